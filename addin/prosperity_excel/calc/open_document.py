"""Open documents of Calc as the host's protocol wants them: books, sheets, ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from os import PathLike, fspath
from types import SimpleNamespace
from typing import Any

from prosperity_excel.calc.addresses import Box, box_of, text_of
from prosperity_excel.calc.grammar import from_calc, to_calc

#: Asks LibreOffice; see :meth:`prosperity_excel.calc.channel.Channel.ask`.
Ask = Callable[..., Any]
DATE_FORMAT = "yyyy-mm-dd"
_DAY = timedelta(days=1)


class App:
    """LibreOffice, as seen from one document."""

    cut_copy_mode: Any = None
    screen_updating = True
    display_alerts = True

    def __init__(self, book: Book, say: Callable[[str | bool], None]) -> None:
        self._book, self._say = book, say

    @property
    def books(self) -> App:
        """What opens files."""
        return self

    def open(self, fullname: str | PathLike[str] | None = None) -> Book:
        """Open a file."""
        told = self._book.ask("load", path=fspath(fullname or ""))
        return Book(self._book.ask, told, self._say)

    @property
    def selection(self) -> Range | None:
        """The selected cells."""
        found = self._book.ask("selection", book=self._book.uid)
        return None if found is None else Range(self._book.sheets[found[0]], Box(*found[1:]))

    @property
    def calculation(self) -> str:
        """Whether it computes by itself."""
        on = self._book.ask("automatic", book=self._book.uid)
        return "automatic" if on else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        self._book.ask("automatic", book=self._book.uid, on=value != "manual")

    @property
    def status_bar(self) -> str | bool:
        """Never known; False is LibreOffice's own."""
        return False

    @status_bar.setter
    def status_bar(self, value: str | bool) -> None:
        self._say(value)

    def calculate(self) -> None:
        """Compute the document."""
        self._book.ask("calculate", book=self._book.uid)


class Book:
    """An open document."""

    def __init__(self, ask: Ask, told: dict[str, str], say: Callable[[str | bool], None]) -> None:
        self.ask, self.uid = ask, told["uid"]
        self.name = told["name"]
        #: The file's name with its folder; of a document that was never saved its title.
        self.fullname = told["path"] or told["name"]
        self.app = App(self, say)

    @cached_property
    def _facts(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("book", book=self.uid)
        return found

    @cached_property
    def null_date(self) -> datetime:
        """The day that is the number zero."""
        return datetime(*self._facts["null_date"])

    @property
    def sheets(self) -> Sheets:
        """Its sheets."""
        return Sheets(self)

    @property
    def api(self) -> Any:
        """What Excel's own object would say too."""
        return SimpleNamespace(
            FullName=self.fullname,
            ReadOnly=self._facts["read_only"],
            Date1904=self.null_date == datetime(1904, 1, 1),
        )

    def to_pdf(self, path: str | PathLike[str] | None = None) -> str:
        """Print it to a PDF."""
        self.ask("print", book=self.uid, path=fspath(path or ""))
        return fspath(path or "")

    def close(self) -> None:
        """Close it without saving."""
        self.ask("close", book=self.uid)

    def serial(self, value: Any) -> Any:
        """Return a date as its number, and anything else as it is."""
        if isinstance(value, datetime):
            return (value.replace(tzinfo=None) - self.null_date) / _DAY
        return value


class Sheets:
    """The sheets of a document."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @property
    def _names(self) -> list[str]:
        return list(self._book.ask("book", book=self._book.uid)["sheets"])

    def __getitem__(self, key: int | str) -> Sheet:
        name = self._names[key] if isinstance(key, int) else key
        if isinstance(key, str) and key not in self._names:
            raise KeyError(key)
        return Sheet(self._book, name)

    def __iter__(self) -> Iterator[Sheet]:
        return (Sheet(self._book, name) for name in self._names)

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str | None = None, before: Any = None, after: Any = None) -> Sheet:
        """Add a sheet."""
        names = self._names
        at = len(names)
        if before is not None:
            at = names.index(before.name)
        elif after is not None:
            at = names.index(after.name) + 1
        wanted = name or f"Sheet{len(names) + 1}"
        self._book.ask("add_sheet", book=self._book.uid, name=wanted, at=at)
        return Sheet(self._book, wanted)


class Sheet:
    """A sheet."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name

    def ask(self, do: str, box: Box | None = None, **given: Any) -> Any:
        """Ask about this sheet, or a part of it."""
        return self.book.ask(do, book=self.book.uid, box=[self.name, *(box or ())], **given)

    @property
    def used_range(self) -> Range:
        """The cells that are used."""
        return Range(self, Box(*self.ask("used")))

    @property
    def charts(self) -> Any:
        """None: Calc's charts are not ours to make."""
        raise NotImplementedError("charts in Calc")

    @property
    def api(self) -> Any:
        """What Excel's own object would say and do too."""
        return SimpleNamespace(
            Activate=lambda: self.ask("show"), ProtectContents=self.ask("protected")
        )

    def range(
        self, cell1: str | tuple[int, int], cell2: str | tuple[int, int] | None = None
    ) -> Range:
        """Return cells by their address, or by the first and the last."""
        first = box_of(cell1)
        last = first if cell2 is None else box_of(cell2)
        return Range(self, Box(first.top, first.left, last.bottom, last.right))

    def clear_contents(self) -> None:
        """Empty all cells."""
        self.used_range.clear_contents()

    def delete(self) -> None:
        """Take the sheet out."""
        self.ask("delete_sheet", name=self.name)


class Range:
    """Cells of one sheet."""

    left = top = 0.0
    column_width: float | None = None

    def __init__(self, sheet: Sheet, box: Box, options: dict[str, Any] | None = None) -> None:
        self.sheet, self.box, self._options = sheet, box, options or {}

    @property
    def impl(self) -> Range:
        """The part that the host gives: these cells."""
        return self

    @property
    def row(self) -> int:
        """The first row, from 1."""
        return self.box.top + 1

    @property
    def column(self) -> int:
        """The first column, from 1."""
        return self.box.left + 1

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.box.bottom - self.box.top + 1, self.box.right - self.box.left + 1

    @property
    def address(self) -> str:
        """The address with dollars."""
        return text_of(self.box)

    def get_address(
        self,
        row_absolute: bool = True,
        column_absolute: bool = True,
        include_sheetname: bool = False,
        external: bool = False,
    ) -> str:
        """Return the address; an external one says of which document and sheet it is."""
        shown = text_of(self.box, row_absolute, column_absolute)
        if external:
            return f"'[{self.sheet.book.fullname}]{self.sheet.name}'!{shown}"
        return f"'{self.sheet.name}'!{shown}" if include_sheetname else shown

    def __len__(self) -> int:
        height, width = self.shape
        return height * width

    def __getitem__(self, key: tuple[int | slice, int | slice] | int | slice) -> Range:
        height, width = self.shape
        if not isinstance(key, tuple):
            key = (key, slice(None)) if width > 1 and height > 1 else (
                (0, key) if height == 1 else (key, 0))  # fmt: skip
        (first, last), (left, right) = _ends(key[0], height), _ends(key[1], width)
        top, start = self.box.top, self.box.left
        return Range(self.sheet, Box(top + first, start + left, top + last, start + right))

    def options(self, convert: Any = None, **options: Any) -> Range:
        """Return the same cells, which give their values as the options say."""
        return Range(self.sheet, self.box, {**self._options, **options})

    def resize(self, row_size: int | None = None, column_size: int | None = None) -> Range:
        """Return cells that begin in the same place and have another size."""
        height, width = self.shape
        box = self.box
        bottom, right = box.top + (row_size or height) - 1, box.left + (column_size or width) - 1
        return Range(self.sheet, Box(box.top, box.left, bottom, right))

    # --- values

    @property
    def raw_value(self) -> list[list[Any]]:
        """Values without a look at formats: numbers, texts, None; errors as their texts."""
        rows = self.sheet.ask("values", self.box)["rows"]
        return [[_plain(value, errors=True) for value in row] for row in rows]

    @property
    def value(self) -> Any:
        """Values, dates as dates."""
        found = self.sheet.ask("values", self.box, kinds=True)
        errors = bool(self._options.get("err_to_str"))
        rows = [[_plain(value, errors=errors) for value in row] for row in found["rows"]]
        for kind, top, left, bottom, right in found["kinds"]:
            for row in rows[top : bottom + 1]:
                for column in range(left, right + 1):
                    row[column] = self._of_kind(kind, row[column])
        return _shaped(rows, self._options.get("ndim"))

    @value.setter
    def value(self, data: Any) -> None:
        rows = self._rows(data)
        box = self._covering(rows)
        serial = self.sheet.book.serial
        dates = [
            (r, c) for r, row in enumerate(rows) for c, v in enumerate(row)
            if isinstance(v, datetime)
        ]  # fmt: skip
        self.sheet.ask("put", box, rows=[[serial(_typed(v)) for v in row] for row in rows])
        if dates:
            self._show_dates(box, dates)

    def _of_kind(self, kind: str, value: Any) -> Any:
        if not isinstance(value, float):
            return value
        if kind == "date":
            try:
                # To the second, as a spreadsheet shows it.
                found = self.sheet.book.null_date + _DAY * value + timedelta(milliseconds=500)
                return found.replace(microsecond=0)
            except OverflowError:
                return value
        return bool(value) if kind == "logical" else value

    def _show_dates(self, box: Box, dates: Sequence[tuple[int, int]]) -> None:
        """Format as dates those that would show as numbers, a column at a time."""
        shown = {
            (r, c)
            for kind, top, left, bottom, right in self.sheet.ask("values", box, kinds=True)["kinds"]
            if kind == "date"
            for r in range(top, bottom + 1)
            for c in range(left, right + 1)
        }
        for column in sorted({c for _, c in dates}):
            rows = [r for r, c in dates if c == column and (r, c) not in shown]
            if rows:
                at = box.left + column
                part = Box(box.top + min(rows), at, box.top + max(rows), at)
                self.sheet.ask("put_format", part, code=DATE_FORMAT)

    # --- formulas

    @property
    def formula(self) -> Any:
        """Formulas as Excel writes them, and values where there are none."""
        formulas = self.sheet.ask("formulas", self.box)
        values = self.sheet.ask("values", self.box)["rows"]
        rows = [
            [_entered(f, v) for f, v in zip(*pair, strict=True)]
            for pair in zip(formulas, values, strict=True)
        ]
        return rows[0][0] if len(self) == 1 else rows

    @formula.setter
    def formula(self, value: Any) -> None:
        rows = self._rows(value)
        typed = [[to_calc(v) if isinstance(v, str) else v for v in row] for row in rows]
        self.sheet.ask("enter", self._covering(rows), rows=typed)

    @property
    def formula2(self) -> Any:
        """None: formulas do not spill in Calc."""
        return None

    @formula2.setter
    def formula2(self, value: Any) -> None:
        self.formula = value

    @property
    def formula_array(self) -> str | None:
        """The formula that fills all of the cells as one array."""
        found = str(self.sheet.ask("formulas", self.box)[0][0])
        return from_calc(found[1:-1]) if found.startswith("{=") else None

    @formula_array.setter
    def formula_array(self, value: str) -> None:
        self.sheet.ask("array", self.box, formula=to_calc(value))

    # --- the rest

    @property
    def number_format(self) -> str | None:
        """The number format; None when the cells have several."""
        found: str | None = self.sheet.ask("format", self.box)
        return found

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.sheet.ask("put_format", self.box, code=value)

    def insert(self, shift: str, copy_origin: str = "format_from_left_or_above") -> None:
        """Insert cells here."""
        self.sheet.ask("insert", self.box, whole=self.box.whole)

    def delete(self, shift: str | None = None) -> None:
        """Take the cells out."""
        self.sheet.ask("delete", self.box, whole=self.box.whole)

    def clear_contents(self) -> None:
        """Empty the cells, formats stay."""
        self.sheet.ask("clear", self.box)

    def _rows(self, data: Any) -> list[list[Any]]:
        height, width = self.shape
        if not isinstance(data, list | tuple):
            return [[data] * width for _ in range(height)]
        if not any(isinstance(row, list | tuple) for row in data):
            return [list(data)]
        return [list(row) for row in data]

    def _covering(self, rows: Sequence[Sequence[Any]]) -> Box:
        """Return the box that rows fill from the first cell on."""
        box = self.box
        return Box(box.top, box.left, box.top + len(rows) - 1, box.left + len(rows[0]) - 1)


def _ends(key: int | slice, length: int) -> tuple[int, int]:
    if isinstance(key, int):
        at = key + length if key < 0 else key
        return at, at
    first, stop, _ = key.indices(length)
    return first, max(first, stop - 1)


def _plain(value: Any, *, errors: bool) -> Any:
    if isinstance(value, dict):
        return value["e"] if errors else None
    return None if value == "" else value


def _typed(value: Any) -> Any:
    """Return a value as it is written: an apostrophe in front only says that it is a text."""
    if isinstance(value, str):
        return value.removeprefix("'")
    return float(value) if isinstance(value, int | float) else value


def _entered(formula: str, value: Any) -> Any:
    if formula.startswith("="):
        return from_calc(formula)
    if isinstance(value, str) and value.startswith(("=", "'")):
        return f"'{value}"
    return formula if formula.startswith("{=") or isinstance(value, dict) else value


def _shaped(rows: list[list[Any]], ndim: int | None) -> Any:
    """Return rows as xlwings does: one value, a list, or a list of rows."""
    if ndim == 2:
        return rows
    if len(rows) == 1 or all(len(row) == 1 for row in rows):
        flat = [value for row in rows for value in row]
        return flat[0] if len(flat) == 1 and ndim is None else flat
    return rows
