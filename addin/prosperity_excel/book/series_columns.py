"""The columns of ``data`` as series: values by month, units, frequencies and lags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from prosperity.calendar import MARKET_FREQUENCIES, TradingCalendar, release_dates
from prosperity.catalog import catalog
from prosperity.definition import Frequency, Indicator
from prosperity.evaluation import Notice
from prosperity.lag import Lag, lag_of, longest_lag
from prosperity.panel import Observations, Published, published_frames
from prosperity.record_fields import lag_form
from prosperity.scoring import is_published_growth

from prosperity_excel.book.dated import DatedSheet
from prosperity_excel.book.matching import Wanted
from prosperity_excel.series.breaks import Break
from prosperity_excel.series.monthly import last_day
from prosperity_excel.sheets.cells import day, number
from prosperity_excel.sheets.findings import Findings, listed
from prosperity_excel.sheets.workbook import address
from prosperity_excel.words.book_words import FREQUENCIES, fold, lookup

_PARTED = re.compile("[;；,，、\\s]+")
_NO_MONTHS = np.array([], dtype="datetime64[ns]")
_FREQUENCY_OF: Mapping[str, Frequency] = lookup(FREQUENCIES)  # type: ignore[arg-type,assignment]


@dataclass(frozen=True)
class SeriesColumn:
    """A column of ``data``: its values by month end, and what its header says.

    Attributes
    ----------
    months, values : ndarray
        Month ends (``datetime64[ns]``, ascending) and floats without NaN, of one length.
    lag, frequency, unit, name, source
        As for :func:`prosperity.panel.observations`.
    breaks : tuple of Timestamp
        Month ends from which the definition differs.
    """

    months: np.ndarray
    values: np.ndarray
    lag: Lag
    frequency: Frequency
    unit: str
    name: str
    source: str
    breaks: tuple[pd.Timestamp, ...]


def read_columns(
    table: DatedSheet,
    columns: Mapping[int, str],
    wanted: Mapping[str, Wanted],
    findings: Findings,
) -> dict[str, SeriesColumn]:
    """Return the columns of ``data`` that are indicators, by id, blank ones too.

    Parameters
    ----------
    table
        The sheet ``data``.
    columns
        Indicator id by column.
    wanted
        Indicators by id.
    findings
        Takes conversions and notices.

    Raises
    ------
    DataError
        The problems of the sheet's cells, together.
    """
    lags = _catalog_lags()
    read = {
        id: _column(table, column, wanted[id], lags.get(id, frozenset()), findings)
        for column, id in columns.items()
    }
    _say_kind_lags(table, {id: (column, read[id].lag) for column, id in columns.items()}, findings)
    findings.error_cells(table.sheet)
    findings.stop_if_any(table.sheet)
    return read


def series_of(
    columns: Mapping[str, SeriesColumn],
    releases: Mapping[str, Mapping[pd.Timestamp, pd.Timestamp]],
    calendar: TradingCalendar,
) -> dict[str, Observations]:
    """Return the observations of each column that has values, by indicator id.

    Parameters
    ----------
    columns
        As :func:`read_columns` gives them.
    releases
        Stated release dates by indicator id and month end.
    calendar
        Trading days, for series that are known at the close.
    """
    filled = {id: column for id, column in columns.items() if len(column.months)}
    released = _Released(filled.values(), calendar)
    frames = published_frames(
        {
            id: Published(
                column.months,
                column.values,
                released.by_rule(column),
                _stated(column.months, releases.get(id, {})),
            )
            for id, column in filled.items()
        }
    )
    return {
        id: Observations(
            id,
            frames[id],
            column.unit,
            column.name,
            column.source,
            column.breaks,
            _announced(column, releases.get(id, {})),
        )
        for id, column in filled.items()
    }


def _announced(
    column: SeriesColumn, releases: Mapping[pd.Timestamp, pd.Timestamp]
) -> dict[pd.Timestamp, pd.Timestamp]:
    """Return the stated release dates of months that have no value yet."""
    last = column.months[-1]
    return {month: day for month, day in releases.items() if month.to_datetime64() > last}


class _Released:
    """Release dates by rule: most columns share their rule and their months."""

    def __init__(self, columns: Iterable[SeriesColumn], calendar: TradingCalendar) -> None:
        self.months = np.unique(
            np.concatenate([_NO_MONTHS, *(column.months for column in columns)])
        )
        self.calendar = calendar
        self._known: dict[tuple[Lag, Frequency], np.ndarray] = {}

    def by_rule(self, column: SeriesColumn) -> np.ndarray:
        """Return the release dates of a column's months."""
        rule = column.lag, column.frequency
        if rule not in self._known:
            dates = release_dates(pd.DatetimeIndex(self.months), *rule, self.calendar)
            self._known[rule] = dates.as_unit("ns").to_numpy()
        return np.asarray(self._known[rule][np.searchsorted(self.months, column.months)])


def _stated(months: np.ndarray, releases: Mapping[pd.Timestamp, pd.Timestamp]) -> np.ndarray | None:
    """Return the stated release date of each month; NaT where there is none."""
    if not releases:
        return None
    known = pd.Series(releases, dtype="datetime64[ns]")
    return known.reindex(pd.DatetimeIndex(months)).to_numpy("datetime64[ns]")


def _column(
    table: DatedSheet, column: int, wanted: Wanted, catalog_lags: frozenset[Lag], findings: Findings
) -> SeriesColumn:
    indicator = wanted.indicator
    unit = _unit(table, column, indicator, findings)
    frequency = _frequency(table, column, indicator, findings)
    every = table.numbers(column, findings, unit=unit)
    places = np.flatnonzero(~np.isnan(every))
    months, values = table.months[places], every[places]
    if frequency in MARKET_FREQUENCIES:
        months, values = _by_month(months, values, indicator.aggregate)
    else:
        _one_a_month(table, column, places, findings)
    return SeriesColumn(
        months=months,
        values=values,
        lag=_lag(table, column, wanted, catalog_lags, findings),
        frequency=frequency,
        unit=unit,
        name=table.header("name_zh", column) or indicator.name_zh,
        source=table.header("source", column),
        breaks=read_breaks(table, column, findings),
    )


#: Values of each month combined: from all values and the place of each month's first.
_AGGREGATES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mean": lambda values, firsts: (
        np.add.reduceat(values, firsts) / np.diff(firsts, append=len(values))
    ),
    "last": lambda values, firsts: values[np.append(firsts[1:], len(values)) - 1],
    "sum": lambda values, firsts: np.add.reduceat(values, firsts),
}


def _by_month(
    months: np.ndarray, values: np.ndarray, aggregate: str
) -> tuple[np.ndarray, np.ndarray]:
    if not len(months):
        return months, values
    firsts = np.flatnonzero(np.append(True, months[1:] != months[:-1]))
    return months[firsts], _AGGREGATES[aggregate](values, firsts)


def _one_a_month(table: DatedSheet, column: int, places: np.ndarray, findings: Findings) -> None:
    """Report the months in which a monthly series has more than one value."""
    months = table.months[places]
    for again in np.flatnonzero(months[1:] == months[:-1]):
        earlier, later = (table.rows[place].number for place in places[again : again + 2])
        month, place = table.rows[places[again]].day, address(earlier, column)
        findings.problem(
            "duplicate_month",
            f"{month:%Y-%m} 在 {place} 已有一个值；月度序列每月只能有一个，请删去其中一个。",
            f"{month:%Y-%m} has a value in {place} already; a monthly series has one a "
            "month. Delete one of them.",
            *(later, column),
        )


def read_breaks(table: DatedSheet, column: int, findings: Findings) -> tuple[pd.Timestamp, ...]:
    """Return the month ends that the header row ``breaks`` names, ascending.

    A cell holds months parted by semicolons or commas, or one date, which Excel makes of a month.
    """
    row = table.labels.get("breaks")
    cell = None if row is None else table.sheet.cell(row, column)
    parts = _PARTED.split(cell) if isinstance(cell, str) else [cell]
    months = set()
    for part in parts:
        read = day(part, date_1904=table.sheet.date_1904)
        if row is not None and read.problem:
            findings.refused_cell(read.problem, table.sheet, row, column)
        elif read.value is not None:
            months.add(pd.Timestamp(last_day(read.value)))
    return tuple(sorted(months))


def stated_breaks(table: DatedSheet, column: int, id: str) -> tuple[Break, ...]:
    """Return :func:`read_breaks` as answers that rescale nothing; what is no month is passed by."""
    return tuple(Break(id, m.date(), 1.0) for m in read_breaks(table, column, Findings()))


def _unit(table: DatedSheet, column: int, indicator: Indicator, findings: Findings) -> str:
    given = table.header("unit", column)
    place = f"{table.sheet.name}!{address(table.labels.get('unit', 0), column)}"
    notice = unit_notice(place, indicator, given)
    if notice is not None:
        findings.notices.append(notice)
    return given or indicator.unit


def unit_notice(place: str, indicator: Indicator, given: str) -> Notice | None:
    """Return what must be known of a unit that is not the definition's; None where it is."""
    differs = bool(given and indicator.unit) and fold(given) != fold(indicator.unit)
    if not differs or is_published_growth(indicator, given):
        return None
    return Notice(
        "unit_differs",
        f"{place}：{indicator.name_zh} 的单位是“{given[:40]}”，定义中是“{indicator.unit}”，"
        "请确认口径相同。",
        f'{place}: the unit of {indicator.name_en} is "{given[:40]}", the definition says '
        f'"{indicator.unit}"; make sure that it is the same series.',
    )


def _frequency(
    table: DatedSheet, column: int, indicator: Indicator, findings: Findings
) -> Frequency:
    given = table.header("frequency", column)
    known = _FREQUENCY_OF.get(fold(given))
    if given and known is None:
        place = f"{table.sheet.name}!{address(table.labels['frequency'], column)}"
        findings.notice(
            "unknown_frequency",
            f"{place}：频率“{given[:40]}”不认识，应为日、周、月或季；按定义的频率处理。",
            f'{place}: the frequency "{given[:40]}" is not known (日 daily, 周 weekly, 月 monthly, '
            "季 quarterly); the definition's is used.",
        )
    return known or indicator.frequency


def stated_lag(table: DatedSheet, column: int) -> Lag | None:
    """Return the lag in a column's header; None where there is none or it cannot be read."""
    try:
        return _read_lag(table, column)
    except ValueError:
        return None


def _read_lag(table: DatedSheet, column: int) -> Lag | None:
    row = table.labels.get("lag")
    if row is None:
        return None
    cell = table.sheet.cell(row, column)
    read = number(cell)
    if read.value is not None:
        return lag_of(read.value)
    return lag_of(cell) if read.problem else None


def _lag(
    table: DatedSheet,
    column: int,
    wanted: Wanted,
    catalog_lags: frozenset[Lag],
    findings: Findings,
) -> Lag:
    try:
        given = _read_lag(table, column)
    except ValueError:
        row = table.labels["lag"]
        zh, en = lag_form(str(table.sheet.cell(row, column)))
        findings.problem("bad_lag", f"{zh}。", f"{en[0].upper()}{en[1:]}.", *(row, column))
        return wanted.lag
    return wanted.lag if given is None or given in catalog_lags else given


@cache
def _catalog_lags() -> Mapping[str, frozenset[Lag]]:
    """Return the lags that the catalog's models give each indicator."""
    lags: dict[str, set[Lag]] = {}
    for indicator in (i for model in catalog().values() for i in model.indicators):
        lags.setdefault(indicator.id, set()).add(indicator.lag)
    return {id: frozenset(known) for id, known in lags.items()}


def _say_kind_lags(
    table: DatedSheet, lags: Mapping[str, tuple[int, Lag]], findings: Findings
) -> None:
    """Give a notice of the columns whose lag is shorter than the catalog's for some period."""
    known = _catalog_lags()
    kind = []
    for id, (column, lag) in lags.items():
        if id in known:
            usual = longest_lag(known[id])
            if lag != usual and len(lag.shorter_in(usual)):
                row = table.labels.get("lag")
                place = id if row is None else f"{address(row, column)} {id}"
                kind.append(f"{place} {lag} < {usual}")
    if kind:
        findings.notice(
            "kind_lag",
            f"{table.sheet.name} 有 {len(kind)} 列的滞后短于目录：{listed(kind)}。"
            "数值可能在公布之前就被使用；清空滞后单元格即按目录。",
            f"{table.sheet.name}: the lag of {len(kind)} columns is shorter than the catalog's: "
            f"{listed(kind)}. Values may be used before they were public; clear the lag cell to "
            "take the catalog's.",
        )
