"""An import as data: what a user says, what becomes of each series, and the whole plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from prosperity_excel.exports.export_series import ExportSeries, SeriesKey, SheetReading
from prosperity_excel.intake.candidates import Proposal, Target, pick
from prosperity_excel.intake.targets import OpenBook
from prosperity_excel.series.breaks import Break
from prosperity_excel.series.cases import Reason
from prosperity_excel.series.monthly import JanFeb

Status = Literal["write", "same", "ask", "none", "spare", "unreadable"]
STATUS: Mapping[Status, tuple[str, str]] = {
    "write": ("将写入", "would write"),
    "same": ("已有，无变化", "no change"),
    "ask": ("待确认", "to confirm"),
    "none": ("没有对应的列", "no column"),
    "spare": ("未采用", "not used"),
    "unreadable": ("什么也没有读到", "nothing could be read"),
}
Zeros = Literal["ask", "keep", "missing"]
ZEROS: tuple[Zeros, ...] = ("ask", "keep", "missing")


@dataclass(frozen=True)
class Change:
    """A cell that an import changes: month or day, what stands there, what will."""

    when: date
    old: float | None
    new: float


@dataclass(frozen=True)
class Item:
    """What becomes of one series.

    Attributes
    ----------
    series : ExportSeries
    status : str
        Key of :data:`STATUS`.
    target : Target or None
    how : Proposal or None
    values : mapping of date to float
        What would be written, by month end, or by day for prices.
    changes : tuple of Change
        Those of ``values`` that differ from the book.
    releases : mapping of date to date
        Release dates to be written, by month end.
    unit : str
        Unit to be written into the header; empty leaves it.
    questions, remarks : tuple of (str, str)
        What must be answered first; what to know. Chinese and English.
    candidates : tuple of Proposal
    against : tuple of Reason
        Why it may not be what its column holds; see :mod:`prosperity_excel.intake.plausibility`.
    supports : tuple of (str, str)
        What speaks for it.
    answered : tuple of str
        The answers that were applied, as they are typed.
    lasting : tuple of str
        Those of them that are remembered.
    """

    series: ExportSeries
    status: Status
    target: Target | None = None
    how: Proposal | None = None
    values: Mapping[date, float] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    releases: Mapping[date, date] = field(default_factory=dict)
    unit: str = ""
    questions: tuple[tuple[str, str], ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    candidates: tuple[Proposal, ...] = ()
    against: tuple[Reason, ...] = ()
    supports: tuple[tuple[str, str], ...] = ()
    answered: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()

    @property
    def added(self) -> int:
        """How many months or days are new."""
        return sum(c.old is None for c in self.changes)

    @property
    def revised(self) -> int:
        """How many values of the book change."""
        return len(self.changes) - self.added


@dataclass(frozen=True)
class Options:
    """What a user can say about an import.

    Attributes
    ----------
    layout : str
        Id of a layout, in place of the one recognised.
    jan_feb : str
        Key of :data:`prosperity_excel.series.monthly.JAN_FEB`.
    zeros : str
        What zeros in front of a series are: ``keep``, ``missing``, or ``ask``.
    maps : tuple of str
        ``NAME=ID``; an empty id leaves the series out.
    breaks : tuple of str
        ``ID@2021-03=100``.
    answers : tuple of str
        ``NAME=ANSWER``; see :mod:`prosperity_excel.intake.answers`. NAME is the series' name or
        vendor id, or the id of its column.
    replies : mapping of tuple to str
        Answers by the key of an :class:`~prosperity_excel.exports.export_series.ExportSeries`, for
        single series; come before ``answers``.
    choices : mapping of tuple to str
        Target id by the same key, for single series; comes before ``maps``. An empty id leaves
        the series out.
    """

    layout: str = ""
    jan_feb: JanFeb = "combined"
    zeros: Zeros = "ask"
    maps: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    replies: Mapping[SeriesKey, str] = field(default_factory=dict)
    choices: Mapping[SeriesKey, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """An import before anything is written; ``files`` are the exports, where they are known."""

    book: OpenBook
    readings: tuple[SheetReading, ...]
    items: tuple[Item, ...]
    options: Options
    breaks: tuple[Break, ...] = ()
    files: tuple[Path, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()

    @property
    def waiting(self) -> tuple[Item, ...]:
        """The items that are not written because something must be answered first."""
        return tuple(i for i in self.items if i.status == "ask")

    @property
    def unreadable(self) -> tuple[SheetReading, ...]:
        """The sheets that were recognised, or hold refused cells, and gave nothing to use."""
        return tuple(
            r
            for r in self.readings
            if (r.recognised is not None or r.refused)
            and not r.notes
            and not any(s.values for s in pick(r.series))
        )

    @property
    def writes(self) -> tuple[Item, ...]:
        """The items that change something."""
        return tuple(i for i in self.items if i.status == "write")
