"""Places in XML, and edits that leave every other byte alone."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from prosperity.errors import BookError
from prosperity_excel.ooxml.archive import members, replaced
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.markup import Splices, Tree, in_utf8, with_attribute
from prosperity_excel.ooxml.row_edits import SheetEdit, SheetEditor

from .xml_kinds import ARCHIVES, MAIN, members_of

SHEET = f"""\ufeff<?xml version='1.0'?><!-- <sheetData> -->
<x:worksheet xmlns:x='{MAIN}' xmlns:y="{MAIN}"><x:dimension ref='A1:B3'/><?keep <row>?>
<x:sheetData ><!-- <row r="2"> --><x:row r='1' spans='1:2'><x:c r = "A1" t="inlineStr"><x:is><x:r>\
<x:rPr><x:color rgb="FF"></x:color></x:rPr><x:t>x</x:t></x:r></x:is></x:c ><x:c\nr="B1" s='4'>\
<x:v><![CDATA[</x:c>]]></x:v></x:c></x:row>
<y:row r="3"><y:c s="7"><y:v>1</y:v></y:c><!-- <c/> --><y:c/></y:row></x:sheetData
></x:worksheet>""".encode()


def edited(content: bytes, edit: SheetEdit) -> bytes:
    def style(value: Value) -> int:
        return 0

    return SheetEditor(Tree(content, "part"), "data", edit, style, date_1904=False).edited()


def test_only_the_cell_that_is_named_changes() -> None:
    result = edited(SHEET, SheetEdit({(0, 1): 2.5}))
    old = b"<x:c\nr=\"B1\" s='4'><x:v><![CDATA[</x:c>]]></x:v></x:c>"
    assert result == SHEET.replace(old, b'<x:c r="B1" s="4"><x:v>2.5</x:v></x:c>')


def test_cells_without_a_place_keep_theirs_when_one_goes() -> None:
    result = edited(SHEET, SheetEdit({(2, 0): None, (2, 3): 5.0}))
    assert b'<y:row r="3"><y:c r="A3" s="7"/><!-- <c/> --><y:c r="B3"/><y:c r="D3"><y:v>5' in result
    assert b"<x:dimension ref='A1:B3'/>" not in result
    assert b'<x:dimension ref="A1:D3"/>' in result


def test_new_rows_go_between_those_that_are_there() -> None:
    result = edited(SHEET, SheetEdit({(1, 0): 1.0, (8, 0): 6.0}))
    assert b'<x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row><y:row r="3">' in result
    assert b'</y:row><x:row r="9"><x:c r="A9"><x:v>6</x:v></x:c></x:row></x:sheetData' in result


def test_rows_below_an_inserted_one_move() -> None:
    result = edited(SHEET, SheetEdit({(2, 1): 9.0}, inserted=(2,)))
    new = b'<y:row r="3"><y:c r="A3" s="7"/><y:c r="B3"><y:v>9</y:v></y:c></y:row>'
    old = b'<y:row r="4"><y:c s="7" r="A4"><y:v>1</y:v></y:c><!-- <c/> --><y:c r="B4"/></y:row>'
    assert new + old in result


def test_an_empty_sheet_is_filled() -> None:
    for tag in ("<sheetData/>", "<sheetData />", "<sheetData></sheetData>"):
        sheet = f'<worksheet xmlns="{MAIN}">{tag}</worksheet>'.encode()
        result = edited(sheet, SheetEdit({(0, 0): "a", (1, 1): 2.0}))
        assert result.count(b"<row ") == 2
        assert Tree(result, "part").first("t").text == "a"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ("<!DOCTYPE a><worksheet xmlns='M'><sheetData/></worksheet>", "odd_part"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet xmlns='M'><sheetData/></worksheet>", "odd_part"),
        ("<worksheet xmlns='M'><sheetData><row/></sheetData>", "odd_part"),
        ("<worksheet xmlns='M'><sheetData><q:row/></sheetData></worksheet>", "odd_part"),
        ("<worksheet xmlns='urn:x'><sheetData/></worksheet>", "odd_part"),
        ("<worksheet xmlns='M'><a><sheetData/></a></worksheet>", "odd_part"),
        ("<worksheet xmlns='M'><sheetData><a><row/></a></sheetData></worksheet>", "odd_part"),
        ("<worksheet xmlns='M'><sheetData><row r='2'/><row r='1'/></sheetData></worksheet>",
         "odd_part"),
        ("<worksheet xmlns='M'><sheetData><row r='1'><c r='B1'/><c r='A1'/></row></sheetData>"
         "</worksheet>", "odd_part"),
        ("<worksheet xmlns='M'><sheetData><row r='1'><c r='B2'/></row></sheetData></worksheet>",
         "odd_part"),
        ("<worksheet xmlns='M'><sheetData><row><c><f>1</f></c></row></sheetData></worksheet>",
         "has_formula"),
        ("<worksheet xmlns='M'><sheetData><row><c r='B1'><f t='array' ref='A1:B2'>1</f></c></row>"
         "</sheetData></worksheet>", "has_formula"),
    ],
)  # fmt: skip
def test_what_cannot_be_edited_safely_is_refused(sheet: str, code: str) -> None:
    with pytest.raises(BookError, match=code):
        edited(sheet.replace("'M'", f"'{MAIN}'").encode(), SheetEdit({(0, 0): 1.0}))


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_becomes_utf8_with_its_declaration(coding: str) -> None:
    text = "<?xml version='1.0' encoding='UTF-16'?><a b='指标'/>"
    assert in_utf8(text.encode(coding), "part").decode() == text.replace("'UTF-16'", '"UTF-8"')


def test_other_encodings_are_refused() -> None:
    for coding in ("gbk", "utf-32", "latin-1"):
        text = f"<?xml version='1.0' encoding='{coding}'?><a b='é'/>"
        with pytest.raises(BookError, match="odd_part"):
            in_utf8(text.encode(coding), "part")


def test_attributes_are_set_in_place() -> None:
    tag = "<a b = 'r=\"1\"'\n r='2' />"
    assert with_attribute(tag, "r", "2") == tag
    assert with_attribute(tag, "r", "3") == '<a b = \'r="1"\'\n r="3" />'
    assert with_attribute(tag, "r", None) == "<a b = 'r=\"1\"' />"
    assert with_attribute(tag, "s", "4") == "<a b = 'r=\"1\"'\n r='2' s=\"4\"/>"


def test_two_changes_of_one_place_are_a_fault() -> None:
    tree = Tree(f'<a xmlns="{MAIN}"><b/></a>'.encode(), "part")
    splices = Splices(tree)
    for _ in range(2):
        splices.replace(tree.named("b")[0], "<c/>")
    with pytest.raises(ValueError, match="one place"):
        splices.result()


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_keeps_what_is_not_replaced(kind: str, tmp_path: Path) -> None:
    names = ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "a", "b")
    content = ARCHIVES[kind]({name: name.encode() * 50 for name in names})
    result = replaced(content, {"a": b"new", "z": b"more"}, frozenset({"b"}))
    path = tmp_path / "x.zip"
    path.write_bytes(result)
    assert zipfile.ZipFile(path).testzip() is None
    assert members_of(path) == {
        **{n: n.encode() * 50 for n in names[:2]},
        "a": b"new",
        "z": b"more",
    }
    assert [n for n, _ in members(result)] == [*(n for n, _ in members(content) if n != "b"), "z"]
    if kind == "bytes_before":
        assert result.startswith(content[: content.index(b"PK\x03\x04")])
    # The local header and the packed bytes of a member that stays, as they were.
    first = re.search(rb"PK\x03\x04.{26}xl/workbook\.xml.{20}", content, re.DOTALL)
    assert first
    assert first[0] in result
