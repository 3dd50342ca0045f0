"""A host is a protocol: nobody else knows Excel's own objects, and nothing in it is superfluous."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import prosperity_excel
import pytest
import xlwings
from prosperity_excel.host import protocol
from prosperity_excel.host.open_book import LiveBook
from prosperity_excel.host.patience import ExcelBusyError, patiently
from prosperity_excel.host.xlwings_com import BUSY, full_name, is_busy

from tests.addin.books import save
from tests.addin.excel_com import Excel, com_error, server
from tests.addin.file_engine import Range, open_book

ADDIN = Path(prosperity_excel.__file__).parent
KNOWS_COM = ADDIN / "host" / "xlwings_com.py"
PROTOCOLS = {
    kind.__name__: kind
    for kind in (
        protocol.App,
        protocol.Book,
        protocol.Books,
        protocol.Chart,
        protocol.Charts,
        protocol.Range,
        protocol.Sheet,
        protocol.Sheets,
    )
}
#: Excel's own names, which xlwings' objects do not have.
OWN_NAMES = {
    "Activate",
    "Application",
    "CurrentArray",
    "Date1904",
    "FullName",
    "HasArray",
    "HasSpill",
    "Hwnd",
    "ProtectContents",
    "ReadOnly",
    "SpillParent",
    "SpillingToRange",
    "StatusBar",
    "UsedRange",
    "Value2",
    "Worksheet",
}
#: The numbers by which COM says what is wrong, as signed and as unsigned ones.
HRESULTS = (range(-(2**31), -(2**31) + 2**26), range(2**31, 2**31 + 2**26))


def members(kind: type) -> set[str]:
    """Return what a protocol asks for."""
    known = {"__getitem__", "__iter__", "__len__"}
    return {name for name in vars(kind) if not name.startswith("_") or name in known}


def of_com(tree: ast.AST) -> Iterator[str]:
    """Give everything in a module that only COM's neighbour may know."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"api", "impl", *OWN_NAMES}:
            yield f"{node.lineno}: .{node.attr}"
        elif isinstance(node, ast.Constant) and node.value in OWN_NAMES:
            yield f"{node.lineno}: {node.value!r}"
        elif isinstance(node, ast.UnaryOp | ast.Constant):
            try:
                number = ast.literal_eval(node)
            except ValueError:
                continue
            if type(number) is int and any(number in numbers for numbers in HRESULTS):
                yield f"{node.lineno}: {number}"


def test_one_module_alone_knows_excels_own_objects_and_numbers() -> None:
    found = {
        str(path.relative_to(ADDIN)): said
        for path in ADDIN.rglob("*.py")
        if path != KNOWS_COM and (said := list(of_com(ast.parse(path.read_text("utf-8")))))
    }
    assert found == {}
    known = " ".join(of_com(ast.parse(KNOWS_COM.read_text("utf-8"))))
    assert all(said in known for said in (".api", ".impl", *OWN_NAMES, *map(str, BUSY)))


def test_the_protocol_imports_nothing_of_ours() -> None:
    """The contract of import-linter names the modules that there are; this holds for new ones."""
    tree = ast.parse(Path(protocol.__file__).read_text("utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


@pytest.fixture
def book(tmp_path: Path) -> xlwings.Book:
    return open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["hello", 1.5], ["x", "=A1"]]}))


def objects(book: xlwings.Book) -> dict[str, object]:
    """Return one of xlwings' objects for each protocol."""
    sheet = book.sheets[0]
    return {
        "App": book.app,
        "Book": book,
        "Books": book.app.books,
        "Chart": sheet.charts.add(),
        "Charts": sheet.charts,
        "Range": sheet.range((1, 1)),
        "Sheet": sheet,
        "Sheets": book.sheets,
    }


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_file_engine_has_every_member(name: str, book: xlwings.Book) -> None:
    selected = book.sheets[0].range("A1")
    book.app.impl.selected = Range(selected.sheet.impl, 1, 1, 1, 1)
    thing = objects(book)[name]
    asked = members(PROTOCOLS[name])
    assert asked
    # Asked of the object itself: an engine that has no such thing raises.
    assert [member for member in asked if not hasattr(thing, member)] == []


@pytest.mark.parametrize("name", PROTOCOLS)
def test_excels_engine_has_every_member(name: str) -> None:
    """Over COM xlwings' object has the member, and its engine does whatever is Excel's to do."""
    server()
    windows = xlwings._xlwindows
    front, engine = getattr(xlwings.main, name), getattr(windows, name)
    asked = members(PROTOCOLS[name])
    assert [member for member in asked if not hasattr(front, member)] == []
    # What xlwings itself makes of other members.
    made = {"value", "options", "resize", "get_address", "__getitem__"}
    lacking = {member for member in asked - made if not hasattr(engine, member)}
    assert lacking == set()


def test_a_calling_cell_gives_what_a_formula_asks_for(tmp_path: Path) -> None:
    server()
    excel = Excel(tmp_path / "desk.xlsx", ("Sheet1", "Other"))
    excel["Sheet1"].put("B2", 0.5, "0%")
    cell = xlwings.Range(impl=xlwings._xlwindows.Range(xl=excel["Sheet1"].Cells(2, 2)))
    book: protocol.Book = cell.sheet.book
    assert full_name(book) == str(tmp_path / "desk.xlsx")
    assert [sheet.name for sheet in book.sheets] == ["Sheet1", "Other"]
    assert (cell.row, cell.column, cell.shape, cell.address) == (2, 2, (1, 1), "$B$2")
    assert (cell.value, cell.number_format) == (0.5, "0%")
    assert LiveBook(book).values("Sheet1").rows == [[], [None, 0.5]]


def test_every_member_is_used() -> None:
    """What nobody asks for is no part of what a host must give."""
    used: set[str] = {"__getitem__", "__iter__", "__len__"}
    for path in ADDIN.rglob("*.py"):
        if path.name == "protocol.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    assert {name: left for name, kind in PROTOCOLS.items() if (left := members(kind) - used)} == {}


def test_busy_is_told_from_other_refusals() -> None:
    assert all(is_busy(com_error(code)) for code in BUSY)
    assert is_busy(com_error(1, "text", (0, None, None, None, 0, min(BUSY))))
    assert not is_busy(com_error(-2147352565))
    tries: list[int] = []

    def nested() -> None:
        tries.append(1)
        raise ExcelBusyError

    with pytest.raises(ExcelBusyError):
        patiently(nested, wait=lambda seconds: None)
    assert len(tries) > 1
