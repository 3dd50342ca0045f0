"""What a report says, without Excel: one immutable tree of parts.

A report has pages, a page has bands from top to bottom, and a band has parts side by side on the
page's grid of columns. Series that charts show stand in data sheets, and a chart names them. Every
text is already in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Kind = Literal[
    "text",
    "number",
    "one",
    "signed",
    "net",
    "share",
    "percent",
    "signed_percent",
    "count",
    "p",
    "date",
    "month",
    "mark",
]
Role = Literal[
    "title", "subtitle", "banner", "caution", "headline", "heading", "body", "note", "source"
]
Tone = Literal["strong", "plain", "muted", "up", "down", "held"]
Scale = Literal["", "level", "change", "share"]


@dataclass(frozen=True)
class Link:
    """A text that leads to another page or data sheet of the report."""

    text: str
    page: str


@dataclass(frozen=True)
class Tag:
    """A word that is set off from its neighbours."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Figure:
    """A number whose kind is not that of its column."""

    value: float | None
    kind: Kind


@dataclass(frozen=True)
class Spark:
    """The last ``points`` values of a series of a data sheet, as a small line in the cell."""

    sheet: str
    block: str
    column: str
    points: int


#: What a cell can hold. None, and a float that is not finite, is shown as missing.
Value = str | float | date | Link | Tag | Figure | Spark | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    label : str
        Its heading; may have several lines.
    kind : str
        What its values are, which decides number format and alignment.
    span : int
        How many columns of the page's grid it takes.
    scale : str
        Shading by value, the same in every table: ``level`` from -2 to 2 standard deviations and
        ``change`` from -1 to 1, both with white at zero and another colour on each side;
        ``share`` a bar from 0 to 1.
    """

    label: str = ""
    kind: Kind = "text"
    span: int = 1
    scale: Scale = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table, from the grid column ``at``.

    Attributes
    ----------
    columns : tuple of Column
    rows : tuple of tuple of Value
    at : int
    header : bool
        Whether the columns' labels are shown.
    total : bool
        Whether the last row is a total.
    figures : bool
        A strip of key figures: small labels over large numbers.
    filters : bool
        Whether it is a table of Excel's own, with filters; its headings then differ from each
        other, its columns span one grid column each, and the panes are frozen at its head.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    at: int = 0
    header: bool = True
    total: bool = False
    figures: bool = False
    filters: bool = False


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text over ``span`` grid columns from ``at`` (0: to the last); with ``link`` it leads on."""

    text: str
    role: Role = "body"
    at: int = 0
    span: int = 0
    link: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a chart: the key of a data column, and the name of its look."""

    column: str
    look: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart over dates: lines, or areas down from zero.

    Attributes
    ----------
    title, subtitle, y_label, description : str
        The finding; in grey below it unit and period; the unit of its values; the text for
        screen readers.
    sheet, block : str
        The data sheet, and the block in it, whose first column are the dates.
    lines : tuple of Line
    first, last : date
        The period shown.
    axis : tuple of float
        Lowest value, highest value and step of the value axis.
    form : str
        How the series are drawn.
    ends : tuple of str
        What stands at the end of each line, instead of a legend; empty for a legend.
    shades : tuple of Line
        Series that reach from the axis to its end where something holds: a pale area behind the
        others.
    percent : bool
        Whether values are shares, shown in percent.
    log : bool
        Whether the value axis is logarithmic, a doubling from line to line; ``axis`` is then
        powers of two.
    at, span, rows : int
        Place and size on the page: grid columns, and rows, which share what the page's other
        parts leave of its first printed page.
    """

    title: str
    subtitle: str
    y_label: str
    description: str
    sheet: str
    block: str
    lines: tuple[Line, ...]
    first: date
    last: date
    axis: tuple[float, float, float]
    form: Literal["line", "area"] = "line"
    ends: tuple[str, ...] = ()
    shades: tuple[Line, ...] = ()
    percent: bool = False
    log: bool = False
    at: int = 0
    span: int = 0
    rows: int = 14


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """Steps from one value to another, a column each, over the names in a block's first column.

    Attributes
    ----------
    title, subtitle, y_label, description, sheet, block
        As for :class:`Chart`.
    lines : tuple of Line
        Stacked from zero; the first carries the others and is not seen.
    legend : tuple of int
        Which of the lines the legend names; none for no legend.
    axis, percent, at, span, rows
        As for :class:`Chart`.
    """

    title: str
    subtitle: str
    y_label: str
    description: str
    sheet: str
    block: str
    lines: tuple[Line, ...]
    legend: tuple[int, ...]
    axis: tuple[float, float, float]
    percent: bool = False
    at: int = 0
    span: int = 0
    rows: int = 14


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """A path over two values, with a name in each quarter.

    Attributes
    ----------
    title, subtitle, x_label, y_label, description : str
        What it says; period; the axes; the text for screen readers.
    sheet, block, x, y : str
        The data sheet, the block in it whose first column are the dates, and its two columns.
    first, last : date
        The part of the path that is shown.
    labelled : tuple of date
        Points that show their month.
    corners : str
        A block of four rows: a name, and the columns ``x`` and ``y`` of where it stands.
    x_axis, y_axis : tuple of float
        Lowest value, highest value and step.
    at, span, rows : int
        Place and size, as for a :class:`Chart`.
    """

    title: str
    subtitle: str
    x_label: str
    y_label: str
    description: str
    sheet: str
    block: str
    x: str
    y: str
    first: date
    last: date
    labelled: tuple[date, ...]
    corners: str
    x_axis: tuple[float, float, float]
    y_axis: tuple[float, float, float]
    at: int = 0
    span: int = 0
    rows: int = 14


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Columns, or marked ranges, over the names in a block's first column.

    Attributes
    ----------
    title, subtitle, y_label, description, sheet, block, axis, percent, at, span, rows
        As for :class:`Chart`.
    lines : tuple of Line
        A column each. For ``ranges`` the lowest, the middle and the highest of each name.
    form : str
        ``beside`` or ``stacked`` columns, ``touching`` ones (a histogram), or ``ranges``.
    legend : bool
        Whether there is one.
    most : int
        How many of the block's rows are drawn, from its first; 0 for all.
    """

    title: str
    subtitle: str
    y_label: str
    description: str
    sheet: str
    block: str
    lines: tuple[Line, ...]
    axis: tuple[float, float, float]
    form: Literal["beside", "stacked", "touching", "ranges"] = "beside"
    percent: bool = False
    legend: bool = True
    most: int = 0
    at: int = 0
    span: int = 0
    rows: int = 14


@dataclass(frozen=True)
class Break:
    """The end of a printed page."""


#: What stands on a page as a drawing.
Drawing = Chart | Waterfall | Scatter | Bars
Part = Table | Text | Drawing | Break
Band = tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A sheet to read and to print.

    Attributes
    ----------
    id : str
        Name of the sheet.
    title : str
        What the footer calls it.
    widths : tuple of float
        The grid: widths of its columns, in digits.
    bands : tuple of Band
    header : Table or None
        The table whose headings each printed page repeats; None repeats the page's first row.
    """

    id: str
    title: str
    widths: tuple[float, ...]
    bands: tuple[Band, ...]
    header: Table | None = None


@dataclass(frozen=True, kw_only=True)
class DataColumn:
    """A series: key, label, unit, kind, values (None is a blank cell)."""

    key: str
    label: str
    unit: str
    kind: Kind
    values: tuple[float | date | str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Block:
    """Series with common dates, or names, which are the first column."""

    key: str
    title: str
    columns: tuple[DataColumn, ...]


@dataclass(frozen=True, kw_only=True)
class DataSheet:
    """The series behind one page's charts; ``back`` leads to that page."""

    id: str
    title: str
    note: str
    back: Link
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report: pages to read, and the data sheets behind them.

    Attributes
    ----------
    title, footer : str
    generated : datetime
        Shown, and the creation time of the file.
    warning : str
        Said at the top of every printed page; empty when there is nothing to warn of.
    pages : tuple of Page
    sheets : tuple of DataSheet
    """

    title: str
    footer: str
    generated: datetime
    warning: str
    pages: tuple[Page, ...]
    sheets: tuple[DataSheet, ...]
