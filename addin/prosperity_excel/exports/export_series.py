"""What an export gives: series, and for each sheet what was and was not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from prosperity_excel.exports.layouts import Recognised
from prosperity_excel.sheets.cells import COERCIONS
from prosperity_excel.sheets.findings import listed
from prosperity_excel.words.book_words import clean

#: File, sheet, place and title, by which one series of an import is told from the others.
SeriesKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class ExportSeries:
    """One series of an export.

    Attributes
    ----------
    name, source_id, unit, frequency, source : str
        As the header says; empty where it does not. The frequency is the vendor's word.
    book, sheet, place : str
        File, sheet, and the address of the cell that names the series.
    values : mapping of date to float
        By the date in the file, ascending; only cells with a number.
    releases : mapping of date to date
        Release dates by the same dates, where the export has them.
    field : str
        Field of a quote, such as ``close`` or ``pe``, as header, title, sheet or file say; else
        empty.
    released : bool
        Whether the dates are days of release and not periods.
    to_date : bool
        Whether labels of its dates run from January on (``2018年1-3月``), so that values are of
        the year to date. A February alone that holds January too does not count.
    percent_shown : bool
        Whether cells hold 0.08 and show 8.0%; ``values`` has what is shown.
    other_names : tuple of str
        Other names that the file has for it: its header, where notes give a fuller name.
    """

    name: str
    source_id: str
    unit: str
    frequency: str
    source: str
    book: str
    sheet: str
    place: str
    values: Mapping[date, float]
    releases: Mapping[date, date] = field(default_factory=dict)
    field: str = ""
    released: bool = False
    to_date: bool = False
    percent_shown: bool = False
    other_names: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name, or the vendor's id where there is no name."""
        return self.name or self.source_id

    @property
    def key(self) -> SeriesKey:
        """What tells it from the other series of an import, as cells give it back."""
        return clean(self.book), clean(self.sheet), clean(self.place), clean(self.title)


@dataclass(frozen=True)
class Refusal:
    """A cell or a row that was not taken, and why."""

    sheet: str
    cell: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class SheetReading:
    """What one sheet of an export gave.

    Attributes
    ----------
    book, sheet : str
    recognised : Recognised or None
        None when no layout fits.
    series : tuple of ExportSeries
    refused : tuple of Refusal
        Cells and rows that were not taken.
    coercions : mapping of str to tuple of str
        Addresses by kind of conversion.
    remarks : tuple of (str, str)
        Other things to know, in Chinese and English.
    notes : mapping of str to mapping of str to str
        For a table of notes: what it says of each series, by folded id and by folded name.
    """

    book: str
    sheet: str
    recognised: Recognised | None
    series: tuple[ExportSeries, ...] = ()
    refused: tuple[Refusal, ...] = ()
    coercions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[tuple[str, str], ...] = ()
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def coercion_lines(self, language: str) -> list[str]:
        """Return a sentence for each kind of conversion."""
        place = 0 if language == "zh" else 1
        return [
            f"{self.sheet}: {COERCIONS[kind][place]} × {len(cells)} ({listed(cells)})"
            for kind, cells in self.coercions.items()
        ]
