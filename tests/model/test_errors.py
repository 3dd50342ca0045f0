"""Errors: bilingual, coded, placed, picklable, and each also the builtin one would expect."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.errors import (
    BookError,
    DataError,
    DefinitionError,
    FormulaError,
    ProsperityError,
    SettingError,
    UnknownIndustryError,
    nearest,
)

BUILTINS = [
    (DefinitionError, ValueError),
    (FormulaError, ValueError),
    (DataError, ValueError),
    (BookError, ValueError),
    (SettingError, ValueError),
]


@pytest.mark.parametrize(("kind", "builtin"), BUILTINS)
def test_each_is_also_its_builtin(kind: type[ProsperityError], builtin: type[Exception]) -> None:
    with pytest.raises(builtin) as caught:
        raise kind("some_code", "中文", "English", where="book.xlsx / data!C12")
    assert isinstance(caught.value, ProsperityError)


def test_unknown_industry_is_a_lookup_error_and_not_a_value_error() -> None:
    error = UnknownIndustryError("x", [])
    assert isinstance(error, LookupError)
    assert not isinstance(error, ValueError)


def test_a_formula_error_is_a_definition_error() -> None:
    assert issubclass(FormulaError, DefinitionError)


def test_every_subclass_is_covered_by_this_file() -> None:
    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(sub) for sub in kind.__subclasses__()))

    ours = {k for k in below(ProsperityError) if k.__module__ == "prosperity.errors"}
    assert ours == {ProsperityError, UnknownIndustryError, *(kind for kind, _ in BUILTINS)}


@pytest.mark.parametrize(
    ("language", "where", "expected"),
    [
        ("zh", "", "中文"),
        ("en", "", "English"),
        ("both", "", "中文\nEnglish"),
        ("zh", "a!B2", "a!B2: 中文"),
        ("en", "a!B2", "a!B2: English"),
        ("both", "a!B2", "a!B2: 中文\nEnglish"),
    ],
)
def test_message_by_language_with_the_place_in_front(
    language: str, where: str, expected: str
) -> None:
    assert DataError("code", "中文", "English", where=where).message(language) == expected


def test_the_default_message_and_the_text_hold_both_languages() -> None:
    error = DataError("bad_thing", "中文", "English", where="a!B2")
    assert error.message() == "a!B2: 中文\nEnglish"
    assert str(error) == "[bad_thing] a!B2: 中文\nEnglish"


def test_fields_can_be_read_one_by_one() -> None:
    error = BookError("missing_sheet", "缺表", "No sheet", where="b.xlsx")
    assert (error.code, error.zh, error.en, error.where) == (
        "missing_sheet",
        "缺表",
        "No sheet",
        "b.xlsx",
    )
    assert BookError("missing_sheet", "缺表", "No sheet").where == ""


@given(
    kind=st.sampled_from([ProsperityError, *(kind for kind, _ in BUILTINS)]),
    parts=st.tuples(st.text(), st.text(), st.text(), st.text()),
    protocol=st.integers(0, pickle.HIGHEST_PROTOCOL),
)
def test_pickling_keeps_class_and_fields(
    kind: type[ProsperityError], parts: tuple[str, str, str, str], protocol: int
) -> None:
    code, zh, en, where = parts
    before = kind(code, zh, en, where=where)
    for after in (pickle.loads(pickle.dumps(before, protocol)), copy.deepcopy(before)):
        assert type(after) is kind
        assert (after.code, after.zh, after.en, after.where) == (code, zh, en, where)
        assert str(after) == str(before)
        assert after.args == before.args


def test_pickling_keeps_what_a_subclass_adds() -> None:
    before = UnknownIndustryError("glas", ["glass", "coal"])
    after = pickle.loads(pickle.dumps(before))
    assert type(after) is UnknownIndustryError
    assert (after.asked, after.nearest, str(after)) == ("glas", ("glass",), str(before))


def test_unknown_industry_names_the_nearest_in_both_languages_and_what_to_do() -> None:
    error = UnknownIndustryError("glas", ["glass", "coal", "banks"])
    assert error.code == "unknown_industry"
    assert error.nearest == ("glass",)
    for language in ("zh", "en"):
        text = error.message(language)
        assert "glas" in text
        assert "glass" in text
        assert "prosperity industries" in text


def test_unknown_industry_without_anything_near_gives_no_hint() -> None:
    error = UnknownIndustryError("zzzz", ["glass", "coal"])
    assert error.nearest == ()
    assert "Nearest" not in error.en
    assert "最接近" not in error.zh


@pytest.mark.parametrize(
    ("asked", "known", "expected"),
    [
        ("glas", ["coal", "glass"], ("glass",)),
        ("  GLAS ", ["coal", "glass"], ("glass",)),
        ("glass", ["Glass"], ("Glass",)),
        ("汽", ["汽车", "煤炭"], ("汽车",)),  # inside a name, though too short to be close
        ("申万煤炭行业指数", ["煤炭", "银行"], ("煤炭",)),  # a name inside what was asked
        ("", ["a", "b"], ()),
        ("   ", ["a", "b"], ()),
        ("x", [], ()),
        ("qqqq", ["coal", "glass"], ()),
    ],
)
def test_nearest(asked: str, known: list[str], expected: tuple[str, ...]) -> None:
    assert nearest(asked, known) == expected


def test_nearest_puts_the_best_first_and_stops_at_the_count() -> None:
    known = ["steels", "steel", "stee", "steeple"]
    assert nearest("steel", known)[0] == "steel"
    assert len(nearest("steel", known)) == 3
    assert nearest("steel", known, count=1) == ("steel",)
    assert nearest("seal", ["steel", "coal", "seals"])[0] == "seals"


@given(st.text(max_size=12), st.lists(st.text(min_size=1, max_size=12), max_size=8))
def test_nearest_gives_only_known_names_and_none_twice(asked: str, known: list[str]) -> None:
    found = nearest(asked, known)
    assert set(found) <= set(known)
    assert len(set(found)) == len(found) <= 3
