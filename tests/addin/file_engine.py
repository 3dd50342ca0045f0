"""An engine of xlwings over files: what a macro does is done to a real workbook, by openpyxl.

Only what our actions ask for is there. The status bar's history is kept, a call can be made to
fail, and a workbook can be protected or read-only.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import xlwings
from openpyxl.utils import get_column_letter, range_boundaries
from xlwings import base_classes

ERRORS = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")


def _looks_like_a_number(value: Any) -> bool:
    """Whether Excel makes a number of a text that is typed."""
    return isinstance(value, str) and re.fullmatch(r"[+-]?\d[\d,]*(\.\d+)?", value) is not None


class FileEngine:
    """The engine: how values are cleaned, and its name."""

    name, type = "file", "desktop"

    @property
    def impl(self) -> FileEngine:
        return self

    @staticmethod
    def clean_value_data(data: Any, dates: Any, empty: Any, numbers: Any, errors: bool) -> Any:
        def clean(value: Any) -> Any:
            if value in ("", None):
                return empty
            if isinstance(value, str) and value in ERRORS:
                return value if errors else None
            return float(value) if type(value) is int else value

        return [[clean(value) for value in row] for row in data]

    @staticmethod
    def prepare_xl_data_element(value: Any, date_format: Any) -> Any:
        return value


class App(base_classes.App):
    """Excel itself."""

    engine = FileEngine()
    cut_copy_mode: Any = None

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.state: dict[str, Any] = {
            "screen_updating": True,
            "calculation": "semiautomatic",
            "display_alerts": True,
            "status_bar": False,
        }
        self.opened: list[Book] = []
        self.selected: Range | None = None
        #: ``copy`` while cells are marked for copying, which rows are then inserted from.
        self.cut_copy_mode: Any = None
        #: Called with the name of everything that is done; may raise.
        self.before: Callable[[str], None] = lambda what: None

    pid = 1
    api = SimpleNamespace()

    @property
    def books(self) -> Books:
        return Books(self)

    def calculate(self) -> None:
        self.before("calculate")

    @property
    def selection(self) -> Range | None:
        return self.selected


def _state(name: str) -> Any:
    def get(self: App) -> Any:
        self.before(f"get {name}")
        return self.state[name]

    def put(self: App, value: Any) -> None:
        self.before(f"set {name}")
        if name == "status_bar":
            self.said.append(value)
        self.state[name] = value

    return property(get, put)


for _name in ("screen_updating", "calculation", "display_alerts", "status_bar"):
    setattr(App, _name, _state(_name))


class Books(base_classes.Books):
    """The open workbooks."""

    def __init__(self, app: App) -> None:
        self.app = app

    def open(self, fullname: str, *_: Any, **__: Any) -> Book:
        book = Book(self.app, Path(fullname))
        self.app.opened.append(book)
        return book

    def __call__(self, wanted: Any) -> Book:
        found = [book for book in self.app.opened if book.name == wanted]
        if not found:
            raise KeyError(wanted)
        return found[0]

    def __iter__(self) -> Iterator[Book]:
        return iter(self.app.opened)

    def __len__(self) -> int:
        return len(self.app.opened)


class Book(base_classes.Book):
    """A workbook: formulas as typed, and the values that were stored with them."""

    def __init__(self, app: App, path: Path) -> None:
        self.app_impl, self.path = app, path
        with warnings.catch_warnings():
            # openpyxl does not know all that XlsxWriter writes; only cells are wanted here.
            warnings.simplefilter("ignore")
            self.workbook = openpyxl.load_workbook(path)
        formulas = {
            (sheet.title, *place)
            for sheet in self.workbook.worksheets
            for place, cell in sheet._cells.items()
            if cell.data_type == "f"
        }
        if formulas:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                stored = openpyxl.load_workbook(path, data_only=True)
            for title, row, column in formulas:
                self.results[title, row, column] = stored[title].cell(row, column).value
        self.native = SimpleNamespace(Date1904=False, ReadOnly=False)
        self.protected: set[str] = set()
        self.printed: list[str] = []
        self.charts_drawn: dict[str, list[Chart]] = {}
        #: The sheet in front, once one was brought there.
        self.shown = ""
        #: Array formulas as they were entered, by sheet and address.
        self.arrays: dict[tuple[str, str], str] = {}
        self.closed = False

    @property
    def api(self) -> Any:
        return self.native

    @property
    def results(self) -> dict[tuple[str, int, int], Any]:
        return self.__dict__.setdefault("_results", {})

    @property
    def app(self) -> App:
        return self.app_impl

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fullname(self) -> str:
        return str(self.path)

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    def close(self) -> None:
        self.closed = True

    def to_pdf(self, path: str, quality: Any) -> None:
        self.printed.append(path)
        Path(path).write_bytes(b"%PDF-")

    def save(self, path: str | None = None, password: str | None = None) -> None:
        self.workbook.save(path or self.path)


class Sheets(base_classes.Sheets):
    """The worksheets."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def __call__(self, wanted: Any) -> Sheet:
        names = self.book.workbook.sheetnames
        return Sheet(self.book, names[wanted - 1] if isinstance(wanted, int) else wanted)

    def __len__(self) -> int:
        return len(self.book.workbook.sheetnames)

    def __iter__(self) -> Iterator[Sheet]:
        return (Sheet(self.book, name) for name in self.book.workbook.sheetnames)

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Sheet:
        self.book.app.before("add sheet")
        return Sheet(self.book, self.book.workbook.create_sheet(name).title)


class Sheet(base_classes.Sheet):
    """A worksheet."""

    def __init__(self, book: Book, name: str) -> None:
        if name not in book.workbook.sheetnames:
            raise KeyError(name)
        self.book_impl, self.sheet_name = book, name

    @property
    def cells_(self) -> Any:
        return self.book_impl.workbook[self.sheet_name]

    @property
    def name(self) -> str:
        return self.sheet_name

    @property
    def book(self) -> Book:
        return self.book_impl

    @property
    def index(self) -> int:
        return int(self.book_impl.workbook.sheetnames.index(self.sheet_name)) + 1

    @property
    def used_range(self) -> Range:
        return Range(self, 1, 1, self.cells_.max_row, self.cells_.max_column)

    def range(self, first: Any, second: Any = None) -> Range:
        if isinstance(first, str):
            left, top, right, bottom = range_boundaries(first)
            left, top = left or 1, top or 1  # whole rows and columns
            right, bottom = right or self.cells_.max_column, bottom or self.cells_.max_row
            return Range(self, top, left, bottom - top + 1, right - left + 1)
        if isinstance(first, Range):
            first = (first.row, first.column)
        if isinstance(second, Range):
            second = (second.row, second.column)
        if len(first) == 4:
            return Range(self, *first)
        row, column = first
        last_row, last_column = second or first
        return Range(self, row, column, last_row - row + 1, last_column - column + 1)

    @property
    def drawn(self) -> list[Chart]:
        return self.book_impl.charts_drawn.setdefault(self.sheet_name, [])

    @property
    def charts(self) -> Charts:
        return Charts(self)

    @property
    def api(self) -> Any:
        return SimpleNamespace(Activate=self._to_front)

    def _to_front(self) -> None:
        self.book_impl.shown = self.sheet_name

    def clear_contents(self) -> None:
        self.used_range.clear_contents()

    def delete(self) -> None:
        self.book_impl.app.before("delete sheet")
        del self.book_impl.workbook[self.sheet_name]


class Chart(base_classes.Chart):
    """A chart: what it is drawn from."""

    name = chart_type = source = ""

    def __init__(self, sheet: Sheet, place: tuple[float, ...]) -> None:
        self.sheet, self.place = sheet, place
        self.name = f"Chart {len(sheet.drawn) + 1}"

    def set_source_data(self, cells: Range, plot_by: Any = None) -> None:
        self.sheet.book_impl.app.before("chart")
        self.source = cells.address

    def delete(self) -> None:
        self.sheet.drawn.remove(self)


class Charts(base_classes.Charts):
    """The charts of a worksheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def add(self, *place: float, **_: Any) -> Chart:
        chart = Chart(self.sheet, place)
        self.sheet.drawn.append(chart)
        return chart

    def __call__(self, wanted: str) -> Chart:
        return next(chart for chart in self.sheet.drawn if chart.name == wanted)


class Range(base_classes.Range):
    """Cells."""

    max_cells_per_read = max_cells_per_write = None

    def __init__(self, sheet: Sheet, row: int, column: int, height: int, width: int) -> None:
        self.sheet_impl = sheet
        self.box = (row, column, height, width)
        self.options: Any = {}

    api = SimpleNamespace()

    @property
    def sheet(self) -> Sheet:
        return self.sheet_impl

    @property
    def row(self) -> int:
        return self.box[0]

    @property
    def column(self) -> int:
        return self.box[1]

    @property
    def shape(self) -> tuple[int, int]:
        return self.box[2], self.box[3]

    def __len__(self) -> int:
        return self.box[2] * self.box[3]

    @property
    def coords(self) -> Any:
        return (self.sheet_impl, *self.box)

    def _cells(self) -> list[list[Any]]:
        row, column, height, width = self.box
        sheet = self.sheet_impl.cells_
        return [
            [sheet.cell(r, c) for c in range(column, column + width)]
            for r in range(row, row + height)
        ]

    def _there(self) -> list[list[Any]]:
        """Return the cells that there are; None for one that was never touched."""
        row, column, height, width = self.box
        find = self.sheet_impl.cells_._cells.get
        return [
            [find((r, c)) for c in range(column, column + width)] for r in range(row, row + height)
        ]

    def _change(self, what: str) -> None:
        book = self.sheet_impl.book_impl
        book.app.before(what)
        if self.sheet_impl.sheet_name in book.protected:
            raise RuntimeError("The cell is on a protected sheet.")

    @property
    def raw_value(self) -> Any:
        book, name = self.sheet_impl.book_impl, self.sheet_impl.sheet_name
        book.app.before("read")
        results = book.results
        return [
            [
                None if c is None
                else results.get((name, c.row, c.column)) if c.data_type == "f"
                else c.value
                for c in row
            ]
            for row in self._there()
        ]  # fmt: skip

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        self._put("write", data)

    @property
    def formula(self) -> Any:
        """Formulas as of old: without the ``@`` that newer ones show where one value is meant."""
        found = self._formulas()
        if len(self) == 1:
            return found.replace("@", "") if isinstance(found, str) else found
        return [[c.replace("@", "") if isinstance(c, str) else c for c in row] for row in found]

    @formula.setter
    def formula(self, data: Any) -> None:
        self._put("formula", data)

    @property
    def formula2(self) -> Any:
        return self._formulas()

    @formula2.setter
    def formula2(self, data: Any) -> None:
        self._put("formula", data)

    @property
    def formula_array(self) -> Any:
        return self.sheet_impl.book_impl.arrays.get((self.sheet_impl.sheet_name, self.address))

    @formula_array.setter
    def formula_array(self, formula: str) -> None:
        """Enter an array formula; its first cell stands for it here."""
        self._change("array")
        self._cells()[0][0].value = formula
        book, name = self.sheet_impl.book_impl, self.sheet_impl.sheet_name
        book.arrays[name, self.address] = formula

    left = top = 0.0
    width = height = 48.0

    def _formulas(self) -> Any:
        found = [
            ["" if c is None or c.value is None else c.value for c in row] for row in self._there()
        ]
        return found[0][0] if len(self) == 1 else found

    def _put(self, what: str, data: Any) -> None:
        self._change(what)
        rows = data if isinstance(data, list | tuple) else [[data]]
        rows = [row if isinstance(row, list | tuple) else [row] for row in rows]
        if len(rows) == len(rows[0]) == 1:
            rows = [[rows[0][0]] * self.box[3]] * self.box[2]
        for cells, values in zip(self._cells(), rows, strict=True):
            for cell, value in zip(cells, values, strict=True):
                plain = isinstance(value, str) and value.startswith("'")
                cell.value = None if value == "" else value[1:] if plain else value
                if not plain and cell.number_format != "@" and _looks_like_a_number(value):
                    cell.value = float(value.replace(",", ""))
                if isinstance(value, datetime) and cell.number_format == "General":
                    cell.number_format = "yyyy-mm-dd"

    def clear_contents(self) -> None:
        self._change("clear")
        for row in self._there():
            for cell in row:
                if cell is not None:
                    cell.value = None

    @property
    def number_format(self) -> str | None:
        found = {
            "General" if cell is None else cell.number_format
            for row in self._there() for cell in row
        }  # fmt: skip
        return found.pop() if len(found) == 1 else None

    @number_format.setter
    def number_format(self, value: str) -> None:
        self._change("format")
        for row in self._cells():
            for cell in row:
                cell.number_format = value

    def insert(self, shift: str | None = None, copy_origin: str | None = None) -> None:
        """Insert whole rows; formulas keep their text, and move with their stored results."""
        self._change("insert")
        if self.sheet_impl.book_impl.app.cut_copy_mode:
            raise RuntimeError("Excel would insert the copied cells here.")
        first, count, sheet = self.row, self.box[2], self.sheet_impl.cells_
        self._move_rows(count)
        sheet.insert_rows(first, count)
        model = first - 1 if copy_origin == "format_from_left_or_above" else first + count
        for row in range(first, first + count):
            for column in range(1, sheet.max_column + 1):
                shown = sheet.cell(model, column).number_format
                sheet.cell(row, column).number_format = shown

    def delete(self, shift: str | None = None) -> None:
        self._change("delete")
        self._move_rows(-self.box[2])
        self.sheet_impl.cells_.delete_rows(self.row, self.box[2])

    def _move_rows(self, by: int) -> None:
        results, name = self.sheet_impl.book_impl.results, self.sheet_impl.sheet_name
        moved = {
            (s, row + by if s == name and row >= self.row else row, column): value
            for (s, row, column), value in results.items()
        }
        results.clear()
        results.update(moved)

    @property
    def column_width(self) -> float:
        letter = get_column_letter(self.column)
        return float(self.sheet_impl.cells_.column_dimensions[letter].width)

    @column_width.setter
    def column_width(self, value: float) -> None:
        self._change("width")
        self.sheet_impl.cells_.column_dimensions[get_column_letter(self.column)].width = value

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = divmod(row - 1, self.box[3])
            row, column = row + 1, column + 1
        return Range(self.sheet_impl, self.row + row - 1, self.column + column - 1, 1, 1)

    @property
    def address(self) -> str:
        row, column, height, width = self.box
        first = f"${get_column_letter(column)}${row}"
        last = f"${get_column_letter(column + width - 1)}${row + height - 1}"
        return first if first == last else f"{first}:{last}"


def open_book(path: Path) -> xlwings.Book:
    """Open a file as xlwings' own Book."""
    app = App()
    return xlwings.Book(impl=app.books.open(str(path)))
