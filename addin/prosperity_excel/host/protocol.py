"""What a host of workbooks gives, and nothing more: xlwings' own names, as far as they are used.

xlwings' objects satisfy these protocols as they are, over any of its engines, and so does whatever
else has the same members.
"""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from typing import Any, Protocol


class Range(Protocol):
    """Cells of one sheet."""

    @property
    def sheet(self) -> Sheet:
        """The sheet on which they are."""

    @property
    def row(self) -> int:
        """The first row, from 1."""

    @property
    def column(self) -> int:
        """The first column, from 1."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""

    @property
    def left(self) -> float:
        """Distance from the left edge of the sheet, in points."""

    @property
    def top(self) -> float:
        """Distance from the top edge of the sheet, in points."""

    @property
    def address(self) -> str:
        """The address inside the sheet, with dollars."""

    def get_address(
        self,
        row_absolute: bool = True,
        column_absolute: bool = True,
        include_sheetname: bool = False,
        external: bool = False,
    ) -> str:
        """Return the address; an external one says of which workbook and sheet it is."""

    @property
    def value(self) -> Any:
        """Values: one, or a list or rows of them, as :meth:`options` wants them."""

    @value.setter
    def value(self, data: Any) -> None: ...

    @property
    def formula(self) -> Any:
        """Formulas as before there were any that spill."""

    @formula.setter
    def formula(self, value: Any) -> None: ...

    @property
    def formula2(self) -> Any:
        """Formulas as newer hosts show them; older ones have no such property."""

    @formula2.setter
    def formula2(self, value: Any) -> None: ...

    @property
    def formula_array(self) -> str | None:
        """The formula that fills all of the cells as one array."""

    @formula_array.setter
    def formula_array(self, value: str) -> None: ...

    @property
    def number_format(self) -> str | None:
        """The number format; None when the cells have several."""

    @number_format.setter
    def number_format(self, value: str) -> None: ...

    @property
    def column_width(self) -> float | None:
        """Width of the columns in letters; None when they have several."""

    @column_width.setter
    def column_width(self, value: float) -> None: ...

    def __len__(self) -> int: ...

    def __getitem__(self, key: tuple[int | slice, int | slice] | int | slice) -> Range: ...

    def options(self, convert: Any = None, **options: Any) -> Range:
        """Return the same cells, which give their values as the options say."""

    def resize(self, row_size: int | None = None, column_size: int | None = None) -> Range:
        """Return cells that begin in the same place and have another size."""

    def insert(self, shift: str, copy_origin: str = "format_from_left_or_above") -> None:
        """Insert cells here, with the look of their neighbours."""

    def delete(self, shift: str | None = None) -> None:
        """Take the cells out."""

    def clear_contents(self) -> None:
        """Empty the cells, formats stay."""


class Chart(Protocol):
    """A chart on a sheet."""

    @property
    def name(self) -> str:
        """Its name, by which the sheet finds it."""

    @property
    def chart_type(self) -> str:
        """What is drawn."""

    @chart_type.setter
    def chart_type(self, value: str) -> None: ...

    # A host takes its own ranges only, so that nothing wider can be promised here.
    def set_source_data(self, source: Any) -> None:
        """Draw the values of a range."""

    def delete(self) -> None:
        """Take the chart out."""


class Charts(Protocol):
    """The charts of a sheet."""

    def __getitem__(self, key: int | str) -> Chart: ...

    def add(
        self, left: float = 0, top: float = 0, width: float = 355, height: float = 211
    ) -> Chart:
        """Add a chart; place and size are in points."""


class Sheet(Protocol):
    """A worksheet."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def book(self) -> Book:
        """The workbook that holds it."""

    @property
    def used_range(self) -> Range:
        """The cells that are used."""

    @property
    def charts(self) -> Charts:
        """Its charts."""

    def range(
        self, cell1: str | tuple[int, int], cell2: str | tuple[int, int] | None = None
    ) -> Range:
        """Return cells by their address, or by the first and the last, rows and columns from 1."""

    def clear_contents(self) -> None:
        """Empty all cells, formats stay."""

    def delete(self) -> None:
        """Take the sheet out of its workbook."""


class Sheets(Protocol):
    """The worksheets of a workbook, in their order."""

    def __getitem__(self, key: int | str) -> Sheet: ...

    def __iter__(self) -> Iterator[Sheet]: ...

    # A host takes its own sheets only, so that nothing wider can be promised here.
    def add(self, name: str | None = None, before: Any = None, after: Any = None) -> Sheet:
        """Add a sheet before or after another one."""


class Book(Protocol):
    """An open workbook."""

    @property
    def name(self) -> str:
        """The file's name without its folder."""

    @property
    def fullname(self) -> str:
        """The file's name with its folder; may raise for a workbook that is not on this machine."""

    @property
    def app(self) -> App:
        """The program that has it open."""

    @property
    def sheets(self) -> Sheets:
        """Its worksheets."""

    def to_pdf(self, path: str | PathLike[str] | None = None) -> str:
        """Print it to a PDF."""

    def close(self) -> None:
        """Close it without saving."""


class Books(Protocol):
    """The open workbooks of a program."""

    def open(self, fullname: str | PathLike[str] | None = None) -> Book:
        """Open a file."""


class App(Protocol):
    """The program that has workbooks open."""

    @property
    def books(self) -> Books:
        """The workbooks that it has open."""

    @property
    def selection(self) -> Range | None:
        """The selected cells; None while something else is selected."""

    @property
    def screen_updating(self) -> bool:
        """Whether the screen follows what is done."""

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None: ...

    @property
    def calculation(self) -> str:
        """When it computes: ``automatic``, ``semiautomatic`` or ``manual``."""

    @calculation.setter
    def calculation(self, value: str) -> None: ...

    @property
    def display_alerts(self) -> bool:
        """Whether it asks before it does something."""

    @display_alerts.setter
    def display_alerts(self, value: bool) -> None: ...

    @property
    def status_bar(self) -> str | bool:
        """What the status bar says; False when it is the program's own."""

    @status_bar.setter
    def status_bar(self, value: str | bool) -> None: ...

    @property
    def cut_copy_mode(self) -> str | None:
        """Whether cells are marked for cutting or copying."""

    @cut_copy_mode.setter
    def cut_copy_mode(self, value: bool) -> None: ...

    def calculate(self) -> None:
        """Compute all open workbooks."""
