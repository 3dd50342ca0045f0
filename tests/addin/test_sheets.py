"""Workbooks as they come: opened safely, or refused in one clear sentence."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.errors import BookError
from prosperity_excel.files import regular
from prosperity_excel.sheets import workbook, xlsx_facts
from prosperity_excel.sheets.cells import ErrorCell, PercentCell
from prosperity_excel.sheets.workbook import Sheet, Workbook, address, open_workbook
from prosperity_excel.sheets.xml_bytes import XmlBytes

from tests.addin.books import Formula, Percent, save
from tests.addin.xml_kinds import members_of, zipped

ROWS = [
    ["text", 1.5, None, date(2020, 3, 31)],
    [],
    [None, True, Formula("=1/0", "#DIV/0!"), Formula("=NA()", "#N/A")],
    [Percent(0.03), Formula("=A1", "x"), Formula("=1+1", 2), "=1+1"],
]


@pytest.mark.parametrize(
    ("row", "column", "name"), [(0, 0, "A1"), (11, 2, "C12"), (0, 25, "Z1"), (9, 26, "AA10"),
                                (0, 701, "ZZ1"), (0, 702, "AAA1"), (1048575, 16383, "XFD1048576")]
)  # fmt: skip
def test_address(row: int, column: int, name: str) -> None:
    assert address(row, column) == name


def test_places_name_file_sheet_and_cell() -> None:
    sheet = Sheet("book.xlsx", "data", [[1.0]])
    assert sheet.place() == "book.xlsx / data"
    assert sheet.place(11, 2) == "book.xlsx / data!C12"
    assert sheet.cell(0, 0) == 1.0
    assert [sheet.cell(0, 1), sheet.cell(1, 0), sheet.cell(-1, 0), sheet.cell(0, -1)] == [None] * 4


def readers() -> list[str]:
    return ["calamine", "openpyxl"]


def use_only(monkeypatch: pytest.MonkeyPatch, reader: str) -> None:
    if reader == "openpyxl":

        def fails(content: bytes) -> None:
            raise RuntimeError("no calamine today")

        monkeypatch.setattr(workbook, "_Calamine", fails)


@pytest.mark.parametrize("reader", readers())
def test_both_readers_give_the_same_cells(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_only(monkeypatch, reader)
    sheet = open_workbook(save(tmp_path / "b.xlsx", {"data": ROWS})).sheet("data")
    moment = sheet.cell(0, 3)
    assert isinstance(moment, date)
    assert (moment.year, moment.month, moment.day) == (2020, 3, 31)
    assert [sheet.cell(0, c) for c in range(3)] == ["text", 1.5, None]
    assert [sheet.cell(1, c) for c in range(4)] == [None] * 4
    assert sheet.cell(2, 1) is True
    assert [sheet.cell(2, c) for c in (2, 3)] == [ErrorCell("#DIV/0!"), ErrorCell("#N/A")]
    assert [sheet.cell(3, c) for c in range(4)] == [PercentCell(0.03), "x", 2.0, "=1+1"]


def test_a_reader_that_panics_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """calamine's panic derives from BaseException, so 'except Exception' would let it through."""
    path = save(tmp_path / "b.xlsx", {"data": ROWS})

    class PanicException(BaseException):
        pass

    class Panics:
        names = ("data",)

        def __init__(self, content: bytes) -> None:
            pass

        def rows(self, name: str) -> Any:
            raise PanicException("index out of bounds")

    monkeypatch.setattr(workbook, "_Calamine", Panics)
    assert open_workbook(path).sheet("data").cell(0, 0) == "text"


@pytest.mark.parametrize("stops", [KeyboardInterrupt, SystemExit])
def test_a_person_can_still_stop_it(
    stops: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(content: bytes) -> None:
        raise stops

    path = save(tmp_path / "b.xlsx", {"data": ROWS})
    monkeypatch.setattr(workbook, "_Calamine", stopped)
    with pytest.raises(stops):
        open_workbook(path)


def test_a_sheet_is_read_once(tmp_path: Path) -> None:
    book = open_workbook(save(tmp_path / "b.xlsx", {"data": ROWS}))
    assert book.sheet("data") is book.sheet("data")
    assert not book.old_format


@pytest.mark.parametrize("name", ["data", "DATA", "Data", "数据", "ｄａｔａ", " data "])
def test_sheets_are_found_by_any_of_their_names(name: str, tmp_path: Path) -> None:
    book = open_workbook(save(tmp_path / "b.xlsx", {"other": [[1]], name: ROWS}))
    found = book.find(("data", "数据"))
    assert found is not None
    assert found.name == name
    assert book.find(("prices",)) is None


def test_the_first_word_wins(tmp_path: Path) -> None:
    book = open_workbook(save(tmp_path / "b.xlsx", {"数据": [["zh"]], "data": [["en"]]}))
    for words, text in ((("data", "数据"), "en"), (("数据", "data"), "zh")):
        found = book.find(words)
        assert found is not None
        assert found.cell(0, 0) == text


def package(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return content.getvalue()


def encrypted_member() -> bytes:
    content = bytearray(package(**{"xl/workbook.xml": "<x/>"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    return bytes(content)


def whole() -> bytes:
    content = io.BytesIO()
    openpyxl.Workbook().save(content)
    return content.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty_file"),
    "text": (lambda: b"date,value\n2020-01,1\n", "not_a_workbook"),
    "web page": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", "not_a_workbook"),
    "half a workbook": (lambda: whole()[: len(whole()) // 2], "not_a_workbook"),
    "head of a workbook": (lambda: whole()[:10], "not_a_workbook"),
    "damaged middle": (lambda: whole().replace(b"workbook.xml", b"warkbook.xml"), "not_a_workbook"),
    "empty zip": (lambda: package(), "not_a_workbook"),
    "zip of other things": (lambda: package(**{"a.txt": "a"}), "not_a_workbook"),
    "broken XML": (lambda: package(**{"xl/workbook.xml": "<workbook"}), "not_a_workbook"),
    "binary workbook": (lambda: package(**{"xl/workbook.bin": ""}), "other_format"),
    "OpenDocument": (lambda: package(**{"content.xml": "<x/>"}), "other_format"),
    "Word": (lambda: package(**{"word/document.xml": "<x/>"}), "other_format"),
    "password": (lambda: OLE + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "password in the zip": (encrypted_member, "encrypted"),
    "damaged xls": (lambda: OLE + b"\0" * 2000, "not_a_workbook"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_workbook_is_refused(
    content: Callable[[], bytes], code: str, tmp_path: Path
) -> None:
    path = tmp_path / "坏 book.xlsx"
    path.write_bytes(content())
    with pytest.raises(BookError) as caught:
        open_workbook(path)
    error = caught.value
    assert error.code == code
    assert error.where == "坏 book.xlsx"
    assert "。" in error.zh
    assert error.en.isascii()
    assert error.__cause__ is None


@given(st.binary(max_size=300), st.integers(0, 3000))
def test_no_bytes_bring_a_traceback(junk: bytes, place: int) -> None:
    """Junk anywhere in a workbook gives a workbook or a BookError, nothing else."""
    good = whole()
    spoiled = good[:place] + junk + good[place + len(junk) :]
    path = Path(__file__).with_name("junk.xlsx")
    for content in (junk, spoiled):
        try:
            book = sheets_of(content, path)
            for name in book.names:
                book.sheet(name)
        except BookError:
            pass


def sheets_of(content: bytes, path: Path) -> Any:
    class InMemory(type(path)):  # type: ignore[misc]
        def read_bytes(self) -> bytes:
            return content

    return open_workbook(InMemory(path))


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(BookError) as missing:
        open_workbook(tmp_path / "none.xlsx")
    assert missing.value.code == "missing_file"
    with pytest.raises(BookError) as folder:
        open_workbook(tmp_path)
    assert folder.value.code == "is_folder"


def test_a_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: str, flags: int) -> int:
        raise PermissionError(13, "in use")

    path = tmp_path / "b.xlsx"
    path.write_bytes(b"PK")
    monkeypatch.setattr(regular, "_opener", locked)
    with pytest.raises(BookError) as caught:
        open_workbook(path)
    assert caught.value.code == "locked"


def with_sheet_xml(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Rewrite the XML of the first sheet."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = change(parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


def far_cell(inside: str) -> Callable[[bytes], bytes]:
    row = f'<row r="1048576"><c r="XFD1048576" s="0"{inside}</row></sheetData>'.encode()
    return lambda xml: xml.replace(b"</sheetData>", row)


def test_a_stray_cell_in_the_last_corner_is_refused_and_ends_nothing(tmp_path: Path) -> None:
    """calamine would ask for half a terabyte and end the process, so a process is risked here."""
    path = save(tmp_path / "b.xlsx", {"data": [[1]]})
    with_sheet_xml(path, far_cell("><v>5</v></c>"))
    program = (
        "import sys, pathlib\n"
        "from prosperity.errors import BookError\n"
        "from prosperity_excel.sheets.workbook import open_workbook\n"
        "try:\n"
        "    open_workbook(pathlib.Path(sys.argv[1])).sheet('data')\n"
        "except BookError as error:\n"
        "    print(error.code, error.where)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "too_large b.xlsx / data")


def test_a_formatted_blank_cell_far_out_does_no_harm(tmp_path: Path) -> None:
    path = with_sheet_xml(save(tmp_path / "b.xlsx", {"data": [[1]]}), far_cell("/>"))
    assert open_workbook(path).sheet("data").rows == [[1.0]]


def test_a_wrong_dimension_record_is_not_believed(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", {"data": [[1, 2], [3, 4]]})
    for wrong in (b"A1:XFD1048576", b"A1"):
        with_sheet_xml(
            path, lambda xml, to=wrong: xml.replace(b'ref="A1:B2"', b'ref="' + to + b'"')
        )
        assert open_workbook(path).sheet("data").rows == [[1.0, 2.0], [3.0, 4.0]]
        save(path, {"data": [[1, 2], [3, 4]]})


def test_a_part_that_unpacks_to_gigabytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "b.xlsx", {"data": [["x" * 30_000]]})
    monkeypatch.setattr(xlsx_facts, "MOST_BYTES", 10_000)
    with pytest.raises(BookError) as caught:
        open_workbook(path)
    assert caught.value.code == "too_large"


def test_a_formula_without_a_stored_value_is_seen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"], sheet["C1"] = 1, "=A1+1", '=IF(A1<2,"a","b")'
    book.save(tmp_path / "b.xlsx")
    read = open_workbook(tmp_path / "b.xlsx").sheet("Sheet")
    assert read.rows == [[1.0, ErrorCell(""), ErrorCell("")]]


def test_a_formula_that_gives_an_empty_text_is_calculated(tmp_path: Path) -> None:
    """Excel marks the result as text; without the mark there is no result."""
    path = save(tmp_path / "b.xlsx", {"data": [[Formula('=""', "x"), Formula('=""', "")]]})
    with_sheet_xml(path, lambda xml: xml.replace(b"<v>x</v>", b"<v></v>"))
    assert open_workbook(path).sheet("data").rows == [[None, ErrorCell("")]]


@pytest.mark.parametrize(
    ("number_format", "shown"),
    [("0%", True), ("0.00%", True), ('#,##0.0" %"', False), ("0.0\\%", False), ("[Red]0.0%", True)],
)
def test_only_a_real_percentage_format_counts(
    number_format: str, shown: bool, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = 0.5
    sheet["A1"].number_format = number_format
    book.save(tmp_path / "b.xlsx")
    cell = open_workbook(tmp_path / "b.xlsx").sheet("Sheet").cell(0, 0)
    assert cell == (PercentCell(0.5) if shown else 0.5)


@pytest.mark.parametrize("reader", readers())
def test_dates_of_a_workbook_that_counts_from_1904(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_only(monkeypatch, reader)
    path = save(tmp_path / "b.xlsx", {"data": [[date(2020, 3, 31), 42459]]}, date_1904=True)
    sheet = open_workbook(path).sheet("data")
    assert sheet.date_1904
    moment = sheet.cell(0, 0)
    assert isinstance(moment, date | datetime)
    assert (moment.year, moment.month, moment.day) == (2020, 3, 31)
    assert sheet.cell(0, 1) == 42459.0
    assert not open_workbook(save(path, {"data": [[1]]})).sheet("data").date_1904


@pytest.mark.parametrize(
    "name", ["wind_edb_full_header.xlsx", "wind_edb_short_header_descending.xlsx",
             "choice_money.xlsx", "ifind_edb.xlsx", "wind_edb_short_header_20_sheets.xlsx"]
)  # fmt: skip
def test_real_exports_open(name: str, real_data: Path) -> None:
    book = open_workbook(real_data / "layouts" / name)
    assert all(len(book.sheet(sheet).rows) > 50 for sheet in book.names[:1])


# --- reading ahead ----------------------------------------------------------------------------


@pytest.mark.parametrize("reader", readers())
def test_a_sheet_that_was_begun_is_the_same(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_only(monkeypatch, reader)
    path = save(tmp_path / "b.xlsx", {"data": ROWS, "other": [["x", 2.0]]})
    ahead, plain = open_workbook(path), open_workbook(path)
    ahead.begin(["data"])
    ahead.begin(["data"])
    ahead.begin(["not there"])
    assert ahead.sheet("other").rows == plain.sheet("other").rows
    assert ahead.sheet("data").rows == plain.sheet("data").rows
    assert ahead.sheet("data") is ahead.sheet("data")


def test_a_sheet_is_begun_in_another_thread_and_only_where_that_is_allowed() -> None:
    threads = []

    def load(name: str) -> Sheet:
        threads.append(threading.get_ident())
        return Sheet("b.xlsx", name, [])

    for allowed in (True, False):
        book = Workbook(Path("b.xlsx"), ("data",), load, reads_ahead=allowed)
        book.begin(["data"])
        book.sheet("data")
    assert len(threads) == 2
    assert threads[0] != threading.get_ident() == threads[1]


def test_what_is_wrong_with_a_begun_sheet_is_said_when_it_is_asked_for(tmp_path: Path) -> None:
    path = with_sheet_xml(save(tmp_path / "b.xlsx", {"data": ROWS}), far_cell("<v>1</v>"))
    book = open_workbook(path)
    book.begin(["data"])
    with pytest.raises(BookError) as caught:
        book.sheet("data")
    assert caught.value.code == "too_large"


# --- quick looks at the XML -------------------------------------------------------------------

_ROW = '<row r="{row}" spans="1:22"><c r="{ref}" s="{style}"{more}>{inside}</c></row>'


def look(ref: str = "AB1234", style: str = "4", more: str = "", inside: str = "<v>1</v>") -> Any:
    row = ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return XmlBytes(_ROW.format(row=row, ref=ref, style=style, more=more, inside=inside).encode())


@pytest.mark.parametrize("ref", ["AAA1", "XFD1", "A10000", "AB12345", "XFD1048576", "B1048576"])
def test_far_cells_are_seen(ref: str) -> None:
    assert look(ref).may_reach_far
    assert XmlBytes(f"<c\nr='{ref}'/>".encode()).may_reach_far
    regular = XmlBytes(f'<c r="B2"/><c r="{ref}" s="1"/>'.encode())
    assert regular.is_regular
    assert regular.may_reach_far


@pytest.mark.parametrize("ref", ["A1", "ZZ9999", "A9999", "Z12"])
def test_near_cells_cost_no_second_look(ref: str) -> None:
    assert not look(ref, inside="<v>1234567.89</v>").may_reach_far
    regular = look(ref, inside="<v>1234567.89</v>")
    assert regular.is_regular
    assert not regular.may_reach_far


@pytest.mark.parametrize("more", [' t="e"', " t='e'"])
def test_error_cells_are_seen(more: str) -> None:
    assert look(more=more).may_hold_errors
    assert not look(more=' t="s"', inside="<v>1e-05</v>").may_hold_errors


@pytest.mark.parametrize("inside", ["<f>A1</f>", "<f/>", '<x:f t="shared" si="0"/>', "<f\n>1</f>"])
def test_formulas_are_seen(inside: str) -> None:
    assert look(inside=inside).may_hold_formulas
    assert not look(inside="<is><t>for f: of</t></is>").may_hold_formulas


@pytest.mark.parametrize(("style", "seen"), [("9", True), ("10", True), ("1", False), ("99", False),
                                             ("1234", True), ("100", False)])  # fmt: skip
def test_styles_are_seen(style: str, seen: bool) -> None:
    assert look(style=style).may_use_styles({b"9", b"10", b"1234"}) is seen
    assert not look(style=style).may_use_styles(())


_SHEET = (
    '<worksheet><cols><col min="1"/></cols><sheetData><row r="1">{}</row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "cells",
    [
        "",
        '<c r="A1"/>',
        '<c r="A1" s="3"/><c r="AB12" t="s"><v>1</v></c>',
        '<c r="XFD1048576"><f>A1&gt;2</f><v>1</v></c>',
        '<c r="A1" t="inlineStr"><is><t>a: c &lt;c&gt;</t></is></c><c r="B1"/>',
    ],
)
def test_cells_as_office_programs_write_them_are_regular(cells: str) -> None:
    assert XmlBytes(_SHEET.format(cells).encode()).is_regular


@pytest.mark.parametrize(
    "cells",
    [
        "<c><v>1</v></c>",
        '<c s="1" r="A1"/>',
        "<c r='A1'/>",
        '<c  r="A1"/>',
        '<c\nr="A1"/>',
        '<c r="1"/>',
        '<c r="a1"/>',
        '<c r="A0"/>',
        '<c r="A"/>',
        '<c r="ABCD1"/>',
        '<c r="A12345678"/>',
        '<c r="A1',
        '<c r="A1">',
        '<c r="A1"><v>1</v></c><c r="B1"><v>1</v>',
        '<x:c r="A1"/>',
        "<x:c><v>1</v></x:c>",
        '<!-- <c r="A1"/> --><c r="A1"/>',
        '<c r="A1" t="inlineStr"><is><t><![CDATA[x]]></t></is></c>',
        '<c r="A1"><v>1\0</v></c>',
        '<c r="A1"><v>1 > 0</v></c>',
        f'<c r="A1" x="{"y" * 400}"/>',
    ],
)
def test_other_cells_are_not(cells: str) -> None:
    assert not XmlBytes(_SHEET.format(cells).encode()).is_regular


@given(st.binary(max_size=60))
def test_any_bytes_can_be_looked_at(xml: bytes) -> None:
    seen = XmlBytes(xml)
    assert seen.may_hold_errors in (True, False)
    assert seen.may_hold_formulas in (True, False)
    assert seen.may_reach_far in (True, False)
    assert seen.may_use_styles({b"9"}) in (True, False)
    assert seen.is_regular in (True, False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b' t="e"', b"\nt = 'e'"),
        (b"</c>", b"</c >"),
        (b"<v>", b"<v><!-- <c t='e'> -->"),
        (b"<v>#N/A</v>", b"<v><![CDATA[#N/A]]></v>"),
    ],
)
def test_errors_and_percentages_are_seen_in_every_form(
    old: bytes, new: bytes, tmp_path: Path
) -> None:
    path = save(tmp_path / "book.xlsx", {"data": [[Percent(0.5), Formula("=NA()", "#N/A"), 3.0]]})
    parts = members_of(path)
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    parts[sheet] = parts[sheet].replace(old, new)
    path.write_bytes(zipped(parts))
    (row,) = open_workbook(path).sheet("data").rows
    assert row == [PercentCell(0.5), ErrorCell("#N/A"), 3.0]
