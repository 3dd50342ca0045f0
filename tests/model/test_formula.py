"""Formulas: what is read, what is refused, and that nothing is ever run as code."""

from __future__ import annotations

import builtins
import keyword
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from prosperity.errors import FormulaError
from prosperity.formula import MAX_DEPTH, MAX_LENGTH, Formula, parse

from tests.model.helpers import by_month

A, B, C = 6.0, 4.0, 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("a + b", A + B),
        ("a - b - c", A - B - C),  # from left to right
        ("a / b / c", A / B / C),
        ("a + b * c", A + B * C),  # times before plus
        ("(a + b) * c", (A + B) * C),
        ("a - (b - c)", A - (B - C)),
        ("-a * b", -A * B),
        ("a - -b", A + B),
        ("+a", A),
        ("--a", A),
        ("0.13 * a", 0.13 * A),
        ("2*a+1", 13.0),
        (".5 * a", 3.0),
        ("1e2 * a", 600.0),
        ("a / 4", 1.5),  # never whole-number division
        ("7 / 2 * a", 21.0),
        ("  a+b  ", A + B),
        ("=a+b", A + B),  # as typed into a cell
        ("= a + b", A + B),
        ("((((a))))", A),
    ],
)
def test_arithmetic(text: str, expected: float) -> None:
    assert parse(text).evaluate({"a": A, "b": B, "c": C}) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("wide", "usual"),
    [
        ("a＋b", "a+b"),
        ("a－b", "a-b"),
        ("a—b", "a-b"),
        ("a×b", "a*b"),
        ("a＊b", "a*b"),
        ("a÷b", "a/b"),
        ("a／b", "a/b"),
        ("（a＋b）×c", "(a+b)*c"),
    ],
)
def test_full_width_signs_are_read_as_the_usual_ones(wide: str, usual: str) -> None:
    values = {"a": A, "b": B, "c": C}
    assert parse(wide).evaluate(values) == parse(usual).evaluate(values)
    assert parse(wide).text == wide  # the analyst's own text is kept


@pytest.mark.parametrize("word", [w for w in keyword.kwlist if w.islower()])
def test_a_word_of_python_may_be_the_id_of_a_series(word: str) -> None:
    formula = parse(f"2*{word}-({word}_cost/{word})")
    assert formula.names == (word, f"{word}_cost")
    assert formula.evaluate({word: 4.0, f"{word}_cost": 2.0}) == 7.5


@pytest.mark.parametrize("text", ["a if b else c", "not a", "a in b", "lambda: a", "await a",
                                  "ʘimport + 1", "a.import", "a and b"])  # fmt: skip
def test_such_words_mean_nothing_else(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.code == "bad_formula"


def test_names_stand_once_each_in_order_of_appearance() -> None:
    assert parse("z9 + a_b * z9 - m").names == ("z9", "a_b", "m")


REFUSED = [
    ("a call", "f(a)"),
    ("a call without arguments", "a()"),
    ("a builtin", "abs(a)"),
    ("an import", "__import__('os').system('true')"),
    ("an attribute", "a.b"),
    ("an attribute of a number", "(1).real + a"),
    ("an item", "a[0]"),
    ("a slice", "a[1:2]"),
    ("a comparison", "a > b"),
    ("an equality", "a == b"),
    ("a chain of comparisons", "a < b < c"),
    ("a power", "a ** 2"),
    ("a remainder", "a % b"),
    ("a whole division", "a // b"),
    ("a matrix product", "a @ b"),
    ("a shift", "a << 2"),
    ("a bit operation", "a | b"),
    ("an inversion", "~a"),
    ("a negation", "not a"),
    ("a conjunction", "a and b"),
    ("a condition", "a if b else c"),
    ("a lambda", "lambda: a"),
    ("an assignment", "(a := 3)"),
    ("a statement", "a = 3"),
    ("two statements", "a; b"),
    ("two lines", "a\nb"),
    ("a tuple", "a, b"),
    ("a list", "[a, b]"),
    ("a set", "{a}"),
    ("a dictionary", "{a: b}"),
    ("a comprehension", "[a for a in b]"),
    ("a star", "*a"),
    ("an await", "await a"),
    ("a yield", "(yield a)"),
    ("a text", "'a'"),
    ("a text beside a name", "a + 'b'"),
    ("a formatted text", "f'{a}'"),
    ("bytes", "b'a' * a"),
    ("an imaginary number", "a + 1j"),
    ("true", "a + True"),
    ("none", "a + None"),
    ("an ellipsis", "a + ..."),
    ("only a number", "5"),
    ("only numbers", "1 + 2 * 3"),
    ("nothing", ""),
    ("spaces", "   "),
    ("only an equals sign", "="),
    ("two equals signs", "==a"),
    ("a sign without a name", "+"),
    ("a missing operand", "a +"),
    ("a missing operator", "a b"),
    ("an open bracket", "(a + b"),
    ("a closed bracket", "a + b)"),
    ("no brackets inside", "()"),
    ("a thousands sign", "1,000 * a"),
    ("a percent sign", "a * 5%"),
    ("a zero byte", "a\0"),
    ("half a character", "a + \ud800"),
    ("a cell reference", "$A$1"),
    ("a sheet reference", "data!A1"),
]


@pytest.mark.parametrize("text", [t for _, t in REFUSED], ids=[n for n, _ in REFUSED])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text, where="catalog.toml: indicator.x.formula")
    assert caught.value.code == "bad_formula"
    assert caught.value.where == "catalog.toml: indicator.x.formula"


def test_the_message_shows_what_is_not_allowed_in_both_languages() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("a + evil(b)")
    assert "evil(b)" in caught.value.zh
    assert "evil(b)" in caught.value.en


class TestSize:
    def test_the_longest_is_read_and_one_more_is_refused(self) -> None:
        name = "a" * MAX_LENGTH
        assert parse(name).names == (name,)
        with pytest.raises(FormulaError, match="longer than"):
            parse(name + "a")

    def test_the_deepest_is_read_and_one_more_is_refused(self) -> None:
        assert parse("-" * MAX_DEPTH + "a").names == ("a",)
        with pytest.raises(FormulaError, match="nested too deeply"):
            parse("-" * (MAX_DEPTH + 1) + "a")

    def test_depth_counts_inside_either_operand(self) -> None:
        deep = "-" * MAX_DEPTH + "a"
        for text in (f"a + {deep}", f"({deep}) + a"):
            with pytest.raises(FormulaError, match="nested too deeply"):
                parse(text)

    @pytest.mark.parametrize(
        "text",
        [
            "(" * 450 + "a" + ")" * 450,
            "-" * 900 + "a",
            "+".join(["a"] * 400),
            "a" * 100_000,
            "(" * 100_000,
        ],
        ids=["brackets", "signs", "terms", "letters", "open brackets"],
    )
    def test_absurd_texts_are_refused_calmly(self, text: str) -> None:
        with pytest.raises(FormulaError):
            parse(text)

    @pytest.mark.parametrize("count", [100, 600, 900])
    def test_a_deep_text_inside_something_forbidden_is_refused_calmly(self, count: int) -> None:
        with pytest.raises(FormulaError):
            parse("f(" + "-" * count + "a)")

    def test_the_message_stays_short(self) -> None:
        with pytest.raises(FormulaError) as caught:
            parse("f(" + "a" * 900 + ")")
        assert len(caught.value.en) < 300


class TestValues:
    def test_nan_spreads(self) -> None:
        a = by_month([1.0, np.nan, 3.0])
        b = by_month([10.0, 20.0, np.nan])
        got = parse("a + 0 * b").evaluate({"a": a, "b": b})
        pd.testing.assert_series_equal(got, by_month([1.0, np.nan, np.nan]))

    def test_arrays_go_element_by_element(self) -> None:
        got = parse("(a - b) / 2").evaluate({"a": np.array([3.0, 5.0]), "b": np.array([1.0, 1.0])})
        assert got.tolist() == [1.0, 2.0]

    def test_a_missing_series_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            parse("a + b").evaluate({"a": 1.0})

    @pytest.mark.parametrize("text", ["a / b", "a + 1 / 0", "(3 - 3) * a / 0", "a + 1 / (2 - 2)"])
    def test_division_by_zero_is_refused_or_not_finite_but_never_a_crash(self, text: str) -> None:
        a, b = by_month([1.0, 2.0]), by_month([0.0, 0.0])
        try:
            formula = parse(text)
        except FormulaError:
            return
        got = formula.evaluate({"a": a, "b": b})
        assert not np.isfinite(np.asarray(got, dtype=float)).any()

    @pytest.mark.parametrize("text", ["a / b", "1 / b", "(a - a) / b"])
    def test_plain_numbers_divide_by_zero_as_arrays_do(self, text: str) -> None:
        assert not math.isfinite(parse(text + " + a").evaluate({"a": 1.0, "b": 0.0}))

    def test_numbers_have_a_largest_one(self) -> None:
        assert parse("a * 9e14").evaluate({"a": 2.0}) == 1.8e15
        for text in ("a * 1e15", "a + 1e999", "1e15"):
            with pytest.raises(FormulaError):
                parse(text)

    def test_a_huge_number_is_refused_or_not_finite_but_never_a_crash(self) -> None:
        try:
            formula = parse("a * " + "9" * 400)
        except FormulaError:
            return
        assert math.isinf(formula.evaluate({"a": 1.0}))


names = st.sampled_from(["a", "b", "c_1"])
numbers = st.one_of(
    st.integers(0, 99).map(str),
    st.floats(0.01, 100, allow_nan=False).map(lambda x: format(x, ".4g")),
)
#: Texts with brackets only where they happen to fall, so that precedence is tested too.
expressions = st.recursive(
    st.one_of(names, numbers),
    lambda inner: st.one_of(
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("+{}".format),
        st.builds("{}{}{}".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner),
    ),
    max_leaves=12,
)
cells = st.one_of(st.just(math.nan), st.integers(-50, 50).map(float))
columns = st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=4)


@given(expressions, columns)
def test_the_value_is_that_of_pythons_own_arithmetic(
    text: str, rows: list[tuple[float, float, float]]
) -> None:
    values = dict(zip(("a", "b", "c_1"), np.array(rows).T, strict=True))
    with np.errstate(all="ignore"):
        try:
            expected = eval(text, {"__builtins__": {}}, dict(values))
        except ZeroDivisionError:
            reject()
        if not any(name in text for name in values):
            with pytest.raises(FormulaError, match="names no series"):
                parse(text)
            return
        formula = parse(text)
        got = formula.evaluate(values)
    np.testing.assert_array_equal(got, expected)
    assert set(formula.names) == {name for name in values if name in text}


syntax = st.text(alphabet="ab1.0+-*/() \n\t,[]{}:='\"<>!~@%^&|#_\\xej;", max_size=30)


@given(st.one_of(syntax, st.text(max_size=30)))
def test_any_text_is_a_formula_of_names_or_a_formula_error(text: str) -> None:
    try:
        formula = parse(text)
    except FormulaError:
        return
    assert isinstance(formula, Formula)
    assert formula.names
    assert all(name.isidentifier() for name in formula.names)


class TestNothingIsRun:
    def test_neither_reading_nor_evaluating_reaches_the_builtins(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never(*_: Any, **__: Any) -> None:
            raise AssertionError("code was run")

        for name in ("eval", "exec", "__import__"):
            monkeypatch.setattr(builtins, name, never)
        formula = parse("a + 2 * (b - 1)")
        value = formula.evaluate({"a": 1.0, "b": 2.0})
        monkeypatch.undo()
        assert value == 3.0

    @pytest.mark.parametrize("name", ["__import__", "print", "__builtins__", "parse", "ast"])
    def test_a_name_is_only_ever_a_series(self, name: str) -> None:
        formula = parse(name)
        assert formula.names == (name,)
        with pytest.raises(KeyError):
            formula.evaluate({})
        assert formula.evaluate({name: 7.0}) == 7.0

    def test_a_formula_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            parse("a").names = ()  # type: ignore[misc]
