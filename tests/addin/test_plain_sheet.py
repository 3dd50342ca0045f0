"""Sheets seen by one expression look as a parser sees them, or are left to the parser."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prosperity_excel.ooxml.cells_xml import Looks, with_cells
from prosperity_excel.ooxml.grid import Grid, GridBlock, GridColumn
from prosperity_excel.ooxml.markup import Tree
from prosperity_excel.ooxml.plain_sheet import plain_sheet
from prosperity_excel.sheets.workbook import address

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
GRID = Grid(
    "result", "t", {1: "n"},
    (GridBlock("b", "块", "block", 0, (
        GridColumn("month", "月", "Month", "number", (1.0, None, 2.5, "", "text")),
        GridColumn("x", "值", "x", "percent", (0.1, -1e300, 3.0, 0.0, 1e15)),
    )),),
)  # fmt: skip


def _sheet(rows: str, head: str = HEAD, tail: str = "") -> bytes:
    columns = '<cols><col min="2" max="3" width="9" style="4"/></cols>'
    return (
        f'{head}<worksheet xmlns="{MAIN}"><dimension ref="A1"/>{columns}'
        f"<sheetData>{rows}</sheetData>{tail}</worksheet>"
    ).encode()


_CONTENTS = ("<v>1</v>", "<f>A1+1</f><v>2</v>", '<is><t xml:space="preserve"> &lt;a&gt; </t></is>')
_cells = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from(["", ' s="0"', ' s="7"', ' s="12"']),
        st.sampled_from(["", ' t="s"', ' t="inlineStr"', ' t="n"']),
        st.sampled_from(["", *_CONTENTS]),
    ),
    max_size=5, unique_by=lambda cell: cell[0],
)  # fmt: skip
_rows = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["", ' spans="1:3"', ' ht="20" customHeight="1"', ' s="3" spans="1:9"']),
        _cells,
    ),
    max_size=6, unique_by=lambda row: row[0],
)  # fmt: skip


@given(_rows)
@settings(max_examples=60, deadline=None)
def test_a_sheet_as_programs_write_it_looks_as_the_parser_sees_it(rows) -> None:  # type: ignore[no-untyped-def]
    text = ""
    for number, attributes, cells in sorted(rows):
        inner = "".join(
            f'<c r="{address(number, column)}"{style}{kind}' + (f">{said}</c>" if said else "/>")
            for column, style, kind, said in sorted(cells)
        )
        text += f'<row r="{number + 1}"{attributes}' + (f">{inner}</row>" if inner else "/>")
    content = _sheet(text)
    plain = plain_sheet(content, "x", 9)
    assert plain is not None
    seen, looks = Looks.plain(plain), Looks.of(Tree(content, "x"))
    assert (seen.cells, seen.columns, seen.rows) == (
        {c: s for c, s in looks.cells.items() if s}, looks.columns, looks.rows)  # fmt: skip
    by_parser = with_cells(Tree(content, "x"), GRID, lambda kind: 3)
    assert with_cells(plain.tree, GRID, lambda kind: 3, looks=seen) == by_parser


@pytest.mark.parametrize(
    "rows",
    [
        "<row><c><v>1</v></c></row>",
        '<row r="1"><c><v>1</v></c></row>',
        '<row r="2"><c r="A1"><v>1</v></c></row>',
        '<row r="1"/><row r="1"/>',
        '<row r="1"><c r="A1" t="s" s="3"><v>1</v></c></row>',
        "<row r='1'><c r='A1'/></row>",
        '<row r="1">\n<c r="A1"/></row>\n',
        '<row r="1"><c r="A1"><!-- <c r="B1" s="9"/> --></c></row>',
        '<row r="1"><c r="A1" t="str"><v><![CDATA[<c r="B1" s="9"/>]]></v></c></row>',
        '<row r="1"><c r="a1" s="1"/></row>',
        '<row r="1"><c r="A1" s="1" cm="1"/></row>',
        '<x:row xmlns:x="u" r="1"/>',
        '<row r="1"><c r="A1"/><extLst/></row>',
        '<row r="0"/>',
    ],
)
def test_anything_else_is_left_to_the_parser(rows: str) -> None:
    assert plain_sheet(_sheet(rows), "x", 9) is None


def test_a_sheet_inside_a_comment_is_none() -> None:
    rows = '<row r="1"><c r="A1" s="5"/></row>'
    aside = f"<!--<sheetData>{rows}</sheetData>-->"
    assert (
        plain_sheet(_sheet("", tail=aside).replace(b"<sheetData></sheetData>", b""), "x", 9) is None
    )
    assert plain_sheet(_sheet(rows, head=f"{HEAD}<?a <sheetData> ?>"), "x", 9) is None
    assert (
        plain_sheet(_sheet("").replace(b"<sheetData></sheetData>", b"<sheetData/>"), "x", 9) is None
    )
