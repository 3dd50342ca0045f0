"""Books in the manner of every writer, through the three verbs that edit a closed book."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prosperity.errors import BookError, ProsperityError
from prosperity_excel.checks.book import check_book
from prosperity_excel.checks.listing import write_checks
from prosperity_excel.files import child
from prosperity_excel.intake.carry_out import apply_import
from prosperity_excel.intake.planning import plan_import
from prosperity_excel.ooxml import row_edits
from prosperity_excel.ooxml.identity import identity_in
from prosperity_excel.results.refresh import refresh_book
from python_calamine import CalamineWorkbook

from .awkward_books import DAYS, good_book
from .exports import export, wind
from .xml_kinds import (
    ARCHIVES,
    FORMS,
    WITHIN,
    Form,
    Members,
    in_form,
    members_of,
    plain,
    twice,
    zipped,
)

NOW = datetime(2024, 5, 6, 7, 8, 9)
VERBS = ("check", "refresh", "import")
Made = Callable[[Members], bytes]
KINDS: Mapping[str, Made] = {
    **{name: lambda parts, f=form: zipped(in_form(f)(parts)) for name, form in FORMS.items()},
    **{name: lambda parts, c=change: zipped(c(parts)) for name, change in WITHIN.items()},
    **ARCHIVES,
}
#: Books in which days have no format of their own, and are numbers to every reader.
UNFORMATTED = ("no_styles", "bare")


class _Quiet(dict):  # type: ignore[type-arg]
    """A dictionary that is not written out when a test fails."""

    def __repr__(self) -> str:
        return "..."


def _read_here(
    task: Callable[..., object], path: Path, rest: Sequence[str], _: float
) -> tuple[str, object, float]:
    try:
        return "value", task(path, *rest), 0.0
    except ProsperityError as error:
        return "error", error, 0.0


@pytest.fixture(scope="module", autouse=True)
def without_children() -> Iterator[None]:
    """Read what is not ordinary here, without a process for each of hundreds of readings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "_read_in_child", _read_here)
        yield


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return _Quiet(members_of(good_book(tmp_path_factory.mktemp("good"))))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an export with one revised month and two new ones."""
    days = [*DAYS, date(2020, 1, 31), date(2020, 2, 29)]
    values = [float(n % 7 + n % 5) + 1.0 for n in range(len(DAYS))] + [7.5, 8.25]
    values[50] = 3.125
    rows = wind(["a:同比"], days, [values], ids=["M001"])
    return export(tmp_path_factory.mktemp("export"), rows, "wind.xlsx")


def act(verb: str, path: Path, source: Path) -> None:
    """Do what a verb of the shell does."""
    if verb == "check":
        assert write_checks(path, check_book(path, date(2020, 3, 1)), now=NOW)
    elif verb == "refresh":
        assert refresh_book(path, now=NOW).changed
    else:
        plan = plan_import([source], path)
        assert apply_import(plan, now=NOW).written


def seen(content: bytes) -> dict[str, list[list[object]]]:
    """Return the cells of every sheet, as a reader sees them once all is in one plain form."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(plain(content)))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def as_numbers(sheets: Mapping[str, list[list[object]]]) -> object:
    """Return cells with days as their numbers."""
    start = date(1899, 12, 30)
    return {
        name: [[(c - start).days if isinstance(c, date) else c for c in row] for row in rows]
        for name, rows in sheets.items()
    }


def written(folder: Path, content: bytes, verb: str, source: Path) -> bytes:
    folder.mkdir(exist_ok=True)
    path = folder / "book.xlsx"
    path.write_bytes(content)
    act(verb, path, source)
    return path.read_bytes()


@pytest.fixture(scope="module")
def wanted(
    good: Members, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, list[list[object]]]]:
    """What each verb makes of the book in the form in which we write it."""
    folder = tmp_path_factory.mktemp("wanted")
    made = _Quiet({v: seen(written(folder / v, zipped(good), v, source)) for v in VERBS})
    data = made["import"]["data"]
    assert data[3 + 50][1] == 3.125
    assert [row[1] for row in data[-2:]] == [7.5, 8.25]
    assert made["refresh"].keys() == {"data", "prices", "definition", "result"}
    assert made["check"]["checks"][0][0] == "程度"
    return made


def entries(part: bytes) -> list[tuple[str, tuple[tuple[str, str], ...], str]]:
    """Return the entries below the root of a part: names, attributes and text."""
    return [
        (entry.tag, tuple(sorted(entry.attrib.items())), "".join(entry.itertext()))
        for entry in ElementTree.fromstring(part)
    ]


def check_identity(name: str, before: bytes, after: bytes) -> None:
    """Check that a part gained nothing but the book's identity, if anything."""
    old, new = entries(before), entries(after)
    assert new[: len(old)] == old
    assert len(new) <= len(old) + 1
    for _, attributes, text in new[len(old) :]:
        about = dict(attributes)
        if name.endswith(".rels"):
            assert about["Type"].endswith(("/custom-properties", "/customProperties"))
        else:
            assert about["name"] == "ProsperityBook"
            assert identity_in(after) == text


def check_whole(before: bytes, after: bytes) -> None:
    """Check that parts that the verbs do not touch are what they were, and all are XML."""
    with (
        zipfile.ZipFile(io.BytesIO(before)) as old,
        zipfile.ZipFile(io.BytesIO(after)) as new,
    ):
        assert new.testzip() is None
        kept = set(old.namelist()) & set(new.namelist())
        for name in kept:
            low = name.lower()
            if low in ("_rels/.rels", "docprops/custom.xml"):
                check_identity(low, old.read(name), new.read(name))
            elif any(word in low for word in ("docprops", "theme", "strings")):
                assert new.read(name) == old.read(name)
        custom = [n for n in new.namelist() if n.lower() == "docprops/custom.xml"]
        assert identity_in(new.read(custom[0]))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_book_in_the_manner_of_another_writer_is_whole(
    kind: str, verb: str, good: Members, source: Path, wanted, tmp_path: Path
) -> None:
    content = KINDS[kind](good)
    result = written(tmp_path / "book", content, verb, source)
    if kind in UNFORMATTED:
        # A check says of such days that they were taken from numbers.
        found, meant = (dict(sheets) for sheets in (seen(result), wanted[verb]))
        assert bool(found.pop("checks", None)) == bool(meant.pop("checks", None))
        assert as_numbers(found) == as_numbers(meant)
    else:
        assert seen(result) == wanted[verb]
    check_whole(content, result)


FORM = st.builds(
    Form,
    names=st.sampled_from(["default", "prefixed", "low", "odd"]),
    quote=st.sampled_from(["'", '"']),
    long_ends=st.booleans(),
    spaces=st.sampled_from([" ", "\n", "\t \r\n"]),
    shuffled=st.booleans(),
    between=st.sampled_from(["", *(FORMS[n].between for n in ("comments", "instructions"))]),
    cdata=st.booleans(),
    coding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
#: Changes that find their places in the form in which the book is first written, and then go
#: together.
TOGETHER = [
    n for n in WITHIN
    if n not in ("no_styles", "bare", "another_case", "without_places") and "targets" not in n
]  # fmt: skip


@given(
    form=FORM,
    changes=st.lists(st.sampled_from(TOGETHER), unique=True, max_size=3),
    target=st.sampled_from([None, *(n for n in WITHIN if "targets" in n)]),
    archive=st.sampled_from([None, *ARCHIVES]),
    verb=st.sampled_from(VERBS),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_all_kinds_together(
    good: Members, source: Path, wanted, tmp_path: Path, form, changes, target, archive, verb
) -> None:
    parts = good
    chosen = [*changes, *([target] if target else [])]
    for name in sorted(chosen, key=list(WITHIN).index):
        parts = WITHIN[name](parts)
    parts = in_form(form)(parts)
    content = ARCHIVES[archive](parts) if archive else zipped(parts)
    # Copies of the example before lie there too.
    shutil.rmtree(tmp_path / "book", ignore_errors=True)
    result = written(tmp_path / "book", content, verb, source)
    assert seen(result) == wanted[verb]
    check_whole(content, result)


def test_two_versions_of_a_part_are_refused_with_the_reason(
    good: Members, source: Path, tmp_path: Path
) -> None:
    for verb in VERBS:
        with pytest.raises(BookError, match="part_twice"):
            written(tmp_path / verb, twice(good, same=False), verb, source)


@pytest.mark.parametrize("kind", ["chartsheet", "dialogsheet", "macrosheet"])
@pytest.mark.parametrize(("verb", "name"), [("refresh", "Result"), ("check", "checks")])
def test_a_sheet_without_cells_keeps_its_name(
    kind: str, verb: str, name: str, good: Members, source: Path, tmp_path: Path
) -> None:
    parts = dict(good)
    folder = {"chartsheet": "chartsheets", "dialogsheet": "dialogsheets"}.get(kind, "macrosheets")
    part = f"xl/{folder}/sheet1.xml"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    root = "worksheet" if kind == "macrosheet" else kind
    inner = "<sheetData/>" if kind == "macrosheet" else ""
    parts[part] = f'<{root} xmlns="{main}">{inner}</{root}>'.encode()
    type = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    type = type if kind == "macrosheet" else f"{base}/{kind}"
    for file, end, new in (
        ("xl/workbook.xml", "</sheets>", f'<sheet name="{name}" sheetId="77" r:id="rIdX"/>'),
        ("xl/_rels/workbook.xml.rels", "</Relationships>",
         f'<Relationship Id="rIdX" Type="{type}" Target="{folder}/sheet1.xml"/>'),
        ("[Content_Types].xml", "</Types>",
         f'<Override PartName="/{part}" ContentType="x/{kind}"/>'),
    ):  # fmt: skip
        parts[file] = parts[file].replace(end.encode(), (new + end).encode())
    content = zipped(parts)
    with pytest.raises(BookError, match=r"name_taken|not_our_sheet") as caught:
        written(tmp_path / "book", content, verb, source)
    assert name.casefold() in caught.value.en.casefold()
    assert (tmp_path / "book" / "book.xlsx").read_bytes() == content
    # An import has nothing to do with it.
    result = written(tmp_path / "other", content, "import", source)
    check_whole(content, result)


@pytest.mark.parametrize(
    "fault",
    [
        lambda *args, **kwargs: "",
        lambda prefix, place, style, value, **_: f'<c r="{place}"><v>77</v></c>',
        lambda prefix, place, style, value, **_: f'<c r="{place}" t="s"><v>99999</v></c>',
    ],
)
def test_what_does_not_read_back_is_not_written(
    fault, good: Members, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_edits, "plain_cell", fault)
    content = zipped(good)
    with pytest.raises(BookError, match="not_read_back"):
        written(tmp_path / "book", content, "import", source)
    assert (tmp_path / "book" / "book.xlsx").read_bytes() == content
    assert not list((tmp_path / "book").glob("*backup*"))


def test_an_edit_that_changes_another_cell_is_not_written(
    good: Members, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = row_edits.SheetEditor.edited

    def spoiled(self: row_edits.SheetEditor) -> bytes:
        return edited(self).replace(b'<c r="C30"', b'<c r="D30"', 1)

    monkeypatch.setattr(row_edits.SheetEditor, "edited", spoiled)
    with pytest.raises(BookError, match="not_read_back"):
        written(tmp_path / "book", zipped(good), "import", source)
