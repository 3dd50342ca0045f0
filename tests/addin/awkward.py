"""Files that nobody should have to read, and that somebody will give: each made by the tests."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import xlsxwriter

from .exports import months, wind
from .xlsb import record, save_xlsb, sheet_part

Made = Callable[[Path], None]
MADE: dict[str, Made] = {}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
DAYS = months((2020, 1), 24)
COLUMNS = [[1.0 + n for n in range(24)], [9.0 - n for n in range(24)]]
ROWS = wind(["M2:同比", "M1:同比"], DAYS, COLUMNS, ids=["M0001385", "M0001383"])


def awkward(name: str) -> Callable[[Made], Made]:
    """Register a maker of a file."""

    def add(make: Made) -> Made:
        MADE[name] = make
        return make

    return add


def plain(path: Path, **options: object) -> None:
    """Write a good export."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    sheet = book.add_worksheet("Sheet1")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, day)
            elif value is not None:
                sheet.write(r, c, value)
    book.close()
    path.write_bytes(buffer.getvalue())


def patched(path: Path, changes: Mapping[str, Callable[[bytes], bytes | None]]) -> None:
    """Write a good export with some of its parts changed; None drops one."""
    plain(path)
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content: bytes | None = old.read(name)
            if name in changes:
                content = changes[name](old.read(name))
            if content is not None:
                new.writestr(name, content)
    path.write_bytes(out.getvalue())


SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"


def sheet_of(data: str) -> Callable[[bytes], bytes]:
    """Return a sheet part with other cells."""
    return lambda _: (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'.encode()
    )


def of_part(name: str, part: str, change: Callable[[bytes], bytes | None]) -> None:
    """Register a good export with one part changed."""
    MADE[name] = lambda path: patched(path, {part: change})


def of_bytes(name: str, content: bytes | Callable[[], bytes]) -> None:
    """Register a file of given bytes."""
    MADE[name] = lambda path: path.write_bytes(content() if callable(content) else content) and None


def more_cells(extra: bytes) -> Callable[[bytes], bytes]:
    """Return a sheet part with something more at the end of its cells."""
    return swap(b"</sheetData>", extra + b"</sheetData>")


def after_cells(extra: bytes) -> Callable[[bytes], bytes]:
    """Return a sheet part with something more after its cells."""
    return swap(b"</sheetData>", b"</sheetData>" + extra)


def dimension(area: bytes) -> Callable[[bytes], bytes]:
    """Return a sheet part that claims to be of another size."""
    return lambda content: re.sub(
        rb'<dimension ref="[^"]*"/>', b'<dimension ref="%s"/>' % area, content
    )


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new)


# -- no workbooks at all
of_bytes("empty.xlsx", b"")
of_bytes("empty.csv", b"")
of_bytes("blank_lines.csv", b"\n\r\n   \r\n\n")
of_bytes("random.xlsx", lambda: random.Random(1).randbytes(5000))
of_bytes("random.csv", lambda: random.Random(2).randbytes(5000))
of_bytes(
    "random.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(3).randbytes(9000)
)
of_bytes("zip_head_only.xlsx", b"PK\x03\x04")
of_bytes("ole_head_only.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
of_bytes("web_page.xls", b"<html><body><table><tr><td>M2</td></tr></table></body></html>")
of_bytes("xml_2003.xls", b'<?xml version="1.0"?><Workbook><Worksheet/></Workbook>')
of_bytes("picture.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(3000))
of_bytes("pdf.xlsx", b"%PDF-1.7\n" + b"1 0 obj\n" * 200)
of_bytes("json.csv", b'{"a": [1, 2, 3], "b": null}')
of_bytes("encrypted.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
         + "EncryptedPackage".encode("utf-16-le") + bytes(600))  # fmt: skip
of_bytes("nul_bytes.csv", b"date,a\n2020-01-31,1\x00\n" * 5)
of_bytes("long_line.csv", b"date," + b"x" * 3_000_000)
of_bytes("open_quote.csv", b'date,"a\n2020-01-31,1\n' * 2000)
of_bytes("many_columns.csv", b",".join(b"c%d" % n for n in range(30_000)) + b"\n2020-01-31,1\n")
of_bytes("many_commas.csv", b"," * 9_000_000)
of_bytes("one_column.csv", "\n".join(str(d) for d in DAYS).encode())
of_bytes("cr.csv", "\r".join(["date,m2_yoy", *(f"{d},1" for d in DAYS)]).encode())
of_bytes("utf16.csv", "\n".join(["date,m2_yoy", *(f"{d},1" for d in DAYS)]).encode("utf-16"))
of_bytes("utf16_no_mark.csv",
         "\n".join(["date,m2_yoy", *(f"{d},1" for d in DAYS)]).encode("utf-16-be"))  # fmt: skip
of_bytes("utf32.csv", "\n".join(["date,m2_yoy", *(f"{d},1" for d in DAYS)]).encode("utf-32"))
of_bytes("gbk.csv", "\n".join(["日期,货币", *(f"{d},1" for d in DAYS)]).encode("gbk"))
of_bytes("semicolon.csv", "\n".join(["date;m2_yoy", *(f"{d};1" for d in DAYS)]).encode())
of_bytes("bad_utf8.csv", b"date,\xff\xfe\x80\n2020-01-31,1\n")
of_bytes("ambiguous_dates.csv", b"date,m2_yoy\n01/02/03,1\n03/04/05,2\n")
of_bytes("duplicate_dates.csv", b"date,m2_yoy\n2020-01-31,1\n2020-01-31,2\n2020-02-29,3\n")


# -- packages that are damaged
@awkward("truncated.xlsx")
def _truncated(path: Path) -> None:
    plain(path)
    path.write_bytes(path.read_bytes()[:-900])


@awkward("half.xlsx")
def _half(path: Path) -> None:
    plain(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@awkward("flipped_bits.xlsx")
def _flipped(path: Path) -> None:
    plain(path)
    content = bytearray(path.read_bytes())
    for at in random.Random(4).sample(range(200, len(content) - 200), 60):
        content[at] ^= 0x55
    path.write_bytes(bytes(content))


@awkward("renamed.xls")
def _renamed(path: Path) -> None:
    plain(path)


@awkward("renamed.csv")
def _renamed_text(path: Path) -> None:
    plain(path)


@awkward("text_named.xlsx")
def _text_named(path: Path) -> None:
    path.write_text("\n".join(["date,m2_yoy", *(f"{d},1" for d in DAYS)]))


@awkward("zip_of_nothing.xlsx")
def _zip_of_nothing(path: Path) -> None:
    with zipfile.ZipFile(path, "w"):
        pass


@awkward("zip_of_a_text.xlsx")
def _zip_of_a_text(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", "hello")


@awkward("word.xlsx")
def _word(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", "<w/>")


@awkward("encrypted_zip.xlsx")
def _encrypted_zip(path: Path) -> None:
    plain(path)
    content = path.read_bytes()
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        (flags,) = struct.unpack_from("<H", content, at + 8)
        content = content[: at + 8] + struct.pack("<H", flags | 1) + content[at + 10 :]
        at += 4
    path.write_bytes(content)


of_part("no_sheet_part.xlsx", SHEET, lambda _: None)
of_part("no_workbook_part.xlsx", BOOK, lambda _: None)
of_part("no_styles.xlsx", "xl/styles.xml", lambda _: None)
of_part("no_strings.xlsx", "xl/sharedStrings.xml", lambda _: None)
of_part("no_types.xlsx", "[Content_Types].xml", lambda _: None)
of_part("broken_xml.xlsx", SHEET, lambda c: c[: len(c) // 2])
of_part("broken_styles.xlsx", "xl/styles.xml", lambda _: b"<styleSheet")
of_part("no_sheets.xlsx", BOOK, lambda _: (
    f'{_HEAD}<workbook xmlns="{_MAIN}"><sheets></sheets></workbook>'.encode()))  # fmt: skip
of_part(
    "string_index_beyond.xlsx",
    SHEET,
    sheet_of('<row r="1"><c r="A1" t="s"><v>999999</v></c></row>'),
)
of_part(
    "bad_reference.xlsx", SHEET, sheet_of('<row r="1"><c r="ZZZZZ99999999999"><v>1</v></c></row>')
)
of_part("negative_row.xlsx", SHEET, sheet_of('<row r="-1"><c r="A0"><v>1</v></c></row>'))
of_part("no_references.xlsx", SHEET, sheet_of(
    "<row><c t='inlineStr'><is><t>指标名称</t></is></c><c><v>1</v></c></row>" * 4))  # fmt: skip
of_part("billion_laughs.xlsx", BOOK, lambda c: c.replace(
    b"<workbook ",
    b'<!DOCTYPE z [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8)
    ) + b"]><workbook ", 1).replace(b'name="Sheet1"', b'name="&i;"'))  # fmt: skip

# -- packages that lie
of_part("lying_dimension.xlsx", SHEET, dimension(b"A1:XFD1048576"))
of_part("tiny_dimension.xlsx", SHEET, dimension(b"A1"))
FAR = b'<row r="1048576"><c r="XFD1048576"%s</row>'
of_part("far_cell.xlsx", SHEET, more_cells(FAR % b"><v>1</v></c>"))
of_part("far_empty_cell.xlsx", SHEET, more_cells(FAR % b' s="1"/>'))
MERGES = b"".join(b'<mergeCell ref="E%d:F%d"/>' % (n, n) for n in range(1, 30_000))
of_part("merges.xlsx", SHEET, after_cells(b"<mergeCells>" + MERGES + b"</mergeCells>"))
of_part(
    "whole_sheet_merged.xlsx",
    SHEET,
    after_cells(b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
)
LONG_TEXT = b'<c r="A40" t="inlineStr"><is><t>' + b"x" * 2_000_000 + b"</t></is></c>"
of_part("megabyte_cell.xlsx", SHEET, more_cells(b'<row r="40">' + LONG_TEXT + b"</row>"))
LONG_NAME = b'<c r="' + b"A" * 2_000_000 + b'"><v>1</v></c>'
of_part("megabyte_attribute.xlsx", SHEET, more_cells(b'<row r="40">' + LONG_NAME + b"</row>"))
MADE["bomb.xlsx"] = lambda path: patched(path, {SHEET: more_cells(b" " * 600_000_000)})
MADE["bomb_in_limits.xlsx"] = lambda path: patched(path, {SHEET: more_cells(b" " * 300_000_000)})
MADE["string_bomb.xlsx"] = lambda path: patched(
    path,
    {"xl/sharedStrings.xml": swap(b"</sst>", b"<si><t>" + b"x" * 200_000_000 + b"</t></si></sst>")},
)
of_part("many_cells.xlsx", SHEET, sheet_of("".join(
    f'<row r="{r}">' + f'<c r="A{r}"><v>1</v></c><c r="GZ{r}"><v>2</v></c>' + "</row>"
    for r in range(1, 200_000))))  # fmt: skip
of_part("deep_nesting.xlsx", SHEET, after_cells(b"<x>" * 100_000 + b"</x>" * 100_000))
of_part("duplicate_sheet_names.xlsx", BOOK, swap(
    b"</sheets>", b'<sheet name="Sheet1" sheetId="9" r:id="rId1"/></sheets>'))  # fmt: skip
of_part("sheet_without_target.xlsx", BOOK, swap(
    b"</sheets>", b'<sheet name="Ghost" sheetId="9" r:id="rId99"/></sheets>'))  # fmt: skip
of_part("strict.xlsx", SHEET, swap(_MAIN.encode(), _STRICT.encode()))
of_part("many_sheets.xlsx", BOOK, swap(b"</sheets>", b"".join(
    b'<sheet name="S%d" sheetId="%d" r:id="rId1"/>' % (n, n + 9) for n in range(2000))
    + b"</sheets>"))  # fmt: skip
of_part("error_cells.xlsx", SHEET, swap(b'<c r="B10"', b'<c t="e" r="B10"'))
of_part("no_cached_values.xlsx", SHEET, sheet_of("".join(
    f'<row r="{r}"><c r="A{r}"><f>TODAY()-{r}</f></c></row>' for r in range(1, 50))))  # fmt: skip
of_part("huge_numbers.xlsx", SHEET, sheet_of(
    '<row r="1"><c r="A1"><v>1e308</v></c><c r="B1"><v>NaN</v></c><c r="C1"><v>INF</v></c>'
    "</row>"))  # fmt: skip
of_part("dates_before_1900.xlsx", SHEET, sheet_of("".join(
    f'<row r="{r}"><c r="A{r}" s="1"><v>-{r}</v></c><c r="B{r}"><v>1</v></c></row>'
    for r in range(1, 9))))  # fmt: skip


# -- odd but honest
@awkward("1904.xlsx")
def _1904(path: Path) -> None:
    plain(path, date_1904=True)


@awkward("chart_sheet_only.xlsx")
def _chart_sheet(path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.create_chartsheet("Chart1")
    book.save(path)


@awkward("protected.xlsx")
def _protected(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in ROWS:
        sheet.append(row)
    sheet.protection.set_password("secret")
    book.save(path)


@awkward("hidden_sheets.xlsx")
def _hidden(path: Path) -> None:
    book = openpyxl.Workbook()
    for state in ("hidden", "veryHidden"):
        sheet = book.create_sheet(state)
        sheet.append(["date", "m2_yoy"])
        sheet.append([date(2020, 1, 31), 1.0])
        sheet.sheet_state = state
    book.save(path)


@awkward("blank_workbook.xlsx")
def _blank(path: Path) -> None:
    openpyxl.Workbook().save(path)


@awkward("macro_named.xlsm")
def _macro(path: Path) -> None:
    plain(path)


@awkward("ods_repeats.ods")
def _ods_repeats(path: Path) -> None:
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    body = (
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell office:value-type="float" office:value="1" '
        'table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{names}office:1.0" '
        f'xmlns:table="{names}table:1.0"><office:body><office:spreadsheet>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr("content.xml", content)


@awkward("broken.ods")
def _broken_ods(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<office:document-content")


@awkward("broken.xlsb")
def _broken_xlsb(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.bin", random.Random(5).randbytes(3000))


def of_binary(name: str, change: Callable[[bytes], bytes]) -> None:
    """Register a good binary export with its sheet changed."""

    def make(path: Path) -> None:
        texts: dict[str, int] = {}
        sheet = change(sheet_part(ROWS, texts))
        save_xlsb(path, {"Sheet1": ROWS}, extra={"xl/worksheets/sheet1.bin": sheet})

    MADE[name] = make


FAR_RECORDS = (
    record(0, struct.pack("<IIH", 1_048_575, 0, 300) + bytes(7))
    + record(5, struct.pack("<IId", 16_383, 0, 1.0))
    + record(146)
)
of_binary("giant_dimension.xlsb", lambda c: c.replace(
    record(148, struct.pack("<4I", 0, len(ROWS) - 1, 0, 2)),
    record(148, struct.pack("<4I", 0, 1_048_575, 0, 16_383))))  # fmt: skip
of_binary("impossible_dimension.xlsb", lambda c: c.replace(
    record(148, struct.pack("<4I", 0, len(ROWS) - 1, 0, 2)),
    record(148, b"\xff" * 16)))  # fmt: skip
of_binary("far_cell.xlsb", lambda c: c.replace(record(146), FAR_RECORDS))
of_binary("cut_records.xlsb", lambda c: c[: len(c) * 2 // 3])
of_binary("long_record.xlsb", lambda c: c[:20] + b"\x07\xff\xff\xff\x7f" + c[20:])
of_binary("bomb.xlsb", lambda c: c.replace(record(146), record(7, bytes(60_000)) * 5_000))
MADE["1904.xlsb"] = lambda path: save_xlsb(path, {"S": ROWS}, date_1904=True) and None
MADE["same_names.xlsb"] = lambda path: save_xlsb(path, [("S", ROWS), ("S", ROWS)]) and None


@awkward("overlapping_entries.xlsx")
def _overlapping(path: Path) -> None:
    plain(path)
    content = path.read_bytes()
    path.write_bytes(content + content[-300:] + b"PK\x05\x06" + bytes(18))


def makers() -> Iterator[tuple[str, Made]]:
    """Yield every file's name and maker."""
    yield from MADE.items()
