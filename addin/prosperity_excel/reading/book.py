"""A book of the template's layout: data, release dates, prices and definitions, into a panel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from prosperity.align import is_published_growth
from prosperity.calendar import MARKET_FREQUENCIES, TradingCalendar
from prosperity.catalog import catalog, closure
from prosperity.definition import LONGEST_LAG, Frequency, Indicator, Industry
from prosperity.engine import price_names
from prosperity.errors import BookError
from prosperity.evaluation import Notice
from prosperity.panel import Observations, Panel, observations

from prosperity_excel.layout import (
    BENCHMARK,
    FREQUENCIES,
    SHEET_NAMES_ZH,
    SHEETS,
    SIMULATED,
    SheetId,
    fold,
    lookup,
)
from prosperity_excel.reading.cells import MONTH_ONLY, Cell, Reading, day, number
from prosperity_excel.reading.dated import DatedSheet, Row, read_dated
from prosperity_excel.reading.definitions import read_definitions
from prosperity_excel.reading.findings import Coercion, Findings
from prosperity_excel.reading.matching import (
    Wanted,
    duplicate_column,
    matched,
    say_absent,
    wanted_indicators,
)
from prosperity_excel.reading.sheets import Sheet, Workbook, address, open_workbook

_FREQUENCY_OF: Mapping[str, Frequency] = lookup(FREQUENCIES)  # type: ignore[arg-type,assignment]
#: Without a ``definition`` sheet a book is for the industries of which it has at least this
#: share of the data columns.
ENOUGH_COLUMNS = 0.5


@dataclass(frozen=True)
class Book:
    """What a book holds.

    Attributes
    ----------
    path : Path
    panel : Panel
        Series by indicator id, and prices by the ``id`` row (``benchmark`` or an industry's id),
        else by code, else by name.
    definitions : mapping of str to Industry
        The models of the ``definition`` sheet; for ids that do not stand there, the catalog's.
    industries : tuple of str
        Ids of the models of kind ``industry`` that the book is for.
    notices : tuple of Notice
        What a reader must know.
    coercions : tuple of Coercion
        What was converted, by sheet and kind, with the cells.
    """

    path: Path
    panel: Panel
    definitions: Mapping[str, Industry]
    industries: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    coercions: tuple[Coercion, ...] = ()


def read_book(path: Path) -> Book:
    """Read a book of the template's layout.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.xlsm`` file (``.xls`` as far as it goes). Sheets are found by their
        English or Chinese names; ``data`` and ``prices`` must be there.

    Returns
    -------
    Book
        Columns of ``data`` and ``releases`` are matched by id, else by vendor id, else by name or
        alias; what matches nothing is left out with a notice. Values of one month are combined
        when the series is daily or weekly. A blank cell, a mark for missing and an Excel error
        are missing values; conversions are counted.

        The book is for the industries of its ``definition`` sheet, without those that another
        model of the sheet uses and that have no column among the prices. Without such a sheet it
        is for the catalog's industries that are priced there, else for those of which at least
        half the data columns are there.

        The header's lag counts where it differs from the catalog's, else the definition's; when
        several models use a series, the longest. Dates in ``releases`` count before both.

    Raises
    ------
    BookError
        When the file cannot be read, or ``data``, ``prices`` or their header is missing.
    DataError
        For cells, dates and columns that cannot be used; the problems of a sheet come together.
    DefinitionError
        For the ``definition`` sheet, with the cell.
    """
    workbook = open_workbook(path)
    findings = Findings()
    if workbook.old_format:
        findings.notice(
            "old_format",
            "这是 .xls 工作簿，其中的 Excel 错误值无法与空单元格区分；建议另存为 .xlsx。",
            "This is an .xls book, in which Excel errors look like blank cells; save it as .xlsx.",
        )
    data, prices = _required(workbook, "data"), _required(workbook, "prices")
    sheet = workbook.find(SHEETS["definition"])
    own = read_definitions(sheet) if sheet and _filled(sheet) else {}
    definitions = {**catalog(), **own}
    wanted = wanted_indicators(closure((own or catalog()).values(), definitions))
    priced, prices_simulated = _prices(prices, definitions, findings)
    releases = _releases(workbook.find(SHEETS["releases"]), wanted, findings)
    table = _table(data, findings)
    columns = matched(table, wanted, findings)
    industries = _industries(own, list(priced.columns), columns.values())
    say_absent(
        [definitions[id] for id in industries], definitions, columns.values(), data, findings
    )
    calendar = TradingCalendar(pd.DatetimeIndex(priced.index))
    series = _series(table, columns, wanted, releases, calendar, findings)
    simulated = prices_simulated or _simulated(table)
    return Book(
        path=path,
        panel=Panel(series, priced, simulated),
        definitions=definitions,
        industries=industries,
        notices=tuple(findings.notices),
        coercions=findings.coercions,
    )


def _required(workbook: Workbook, id: SheetId) -> Sheet:
    sheet = workbook.find(SHEETS[id])
    if sheet is None:
        there = "、".join(workbook.names)
        zh = SHEET_NAMES_ZH[id]
        raise BookError(
            "missing_sheet",
            f"工作簿没有 {id}（{zh}）表；现有：{there}。请用模板，或把该表改名为 {id}。",
            f"The book has no sheet {id} ({zh}); it has {there.replace('、', ', ')}. Use the "
            f"template, or rename the sheet to {id}.",
            where=workbook.path.name,
        )
    return sheet


def _filled(sheet: Sheet) -> bool:
    return any(cell is not None for row in sheet.rows for cell in row)


def _table(sheet: Sheet, findings: Findings) -> DatedSheet:
    """Take a sheet apart; its header must name the columns."""
    table = read_dated(sheet, findings)
    if not {"id", "source_id", "name_zh"} & table.labels.keys():
        raise BookError(
            "missing_header",
            "A 列没有表头：需要 id 或 指标名称 这一行。请参照模板补上。",
            "Column A has no header: it needs a row id or 指标名称. See the template.",
            where=sheet.place(),
        )
    return table


def _simulated(table: DatedSheet) -> bool:
    sources = (table.header("source", column).casefold() for column in table.columns)
    return any(word in source for source in sources for word in SIMULATED)


def _industries(
    own: Mapping[str, Industry], priced: Sequence[str], columns: Iterable[str]
) -> tuple[str, ...]:
    """Return the industries that the book is for; see :func:`read_book`."""
    models = own or catalog()
    industries = [m for m in models.values() if m.kind == "industry"]
    have_price = [m.id for m in industries if set(price_names(m)[0]) & set(priced)]
    if own:
        used = {need for m in models.values() for need in m.needs}
        return tuple(
            m.id for m in industries if m.id not in used or m.id in have_price or not priced
        )
    if have_price:
        return tuple(have_price)
    there = set(columns)
    return tuple(m.id for m in industries if _share(m, there) >= ENOUGH_COLUMNS)


def _share(model: Industry, columns: Collection[str]) -> float:
    """Return the share of a model's own data columns that are among ``columns``."""
    needed = [i.id for i in model.indicators if i.own_column]
    return sum(id in columns for id in needed) / len(needed) if needed else 0.0


def _series(
    table: DatedSheet,
    columns: Mapping[int, str],
    wanted: Mapping[str, Wanted],
    releases: Mapping[str, Mapping[pd.Timestamp, pd.Timestamp]],
    calendar: TradingCalendar,
    findings: Findings,
) -> dict[str, Observations]:
    """Return the observations of each column that has values."""
    catalog_lags: dict[str, set[int]] = defaultdict(set)
    for indicator in (i for m in catalog().values() for i in m.indicators):
        catalog_lags[indicator.id].add(indicator.lag_days)
    read = [
        (id, _column(table, column, wanted[id], catalog_lags[id], findings))
        for column, id in columns.items()
    ]
    findings.error_cells(table.sheet)
    findings.stop_if_any(table.sheet)
    made: dict[str, Observations] = {}
    for id, column in read:
        if column.values:
            values = pd.Series(column.values, dtype=float)
            known = pd.Series(releases.get(id, {}), index=values.index, dtype="datetime64[ns]")
            made[id] = observations(
                id,
                values,
                calendar=calendar,
                lag_days=column.lag_days,
                frequency=column.frequency,
                releases=known,
                unit=column.unit,
                name=column.name,
                source=column.source,
            )
    return made


@dataclass(frozen=True)
class _Column:
    """A column of ``data``: its values by month end, and what its header says."""

    values: Mapping[pd.Timestamp, float]
    lag_days: int
    frequency: Frequency
    unit: str
    name: str
    source: str


def _column(
    table: DatedSheet, column: int, wanted: Wanted, catalog_lags: set[int], findings: Findings
) -> _Column:
    indicator = wanted.indicator
    unit = _unit(table, column, indicator, findings)
    frequency = _frequency(table, column, indicator, findings)
    read = list(table.read(column, partial(number, unit=unit), findings))
    if frequency in MARKET_FREQUENCIES:
        values = _by_month(read, indicator.aggregate)
    else:
        values = _one_a_month(read, column, findings)
    return _Column(
        values=values,
        lag_days=_lag(table, column, wanted, catalog_lags, findings),
        frequency=frequency,
        unit=unit,
        name=table.header("name_zh", column) or indicator.name_zh,
        source=table.header("source", column),
    )


_AGGREGATES: Mapping[str, Callable[[list[float]], float]] = {
    "mean": lambda values: float(np.mean(values)),
    "last": lambda values: values[-1],
    "sum": lambda values: float(np.sum(values)),
}


def _month_end(day: date) -> pd.Timestamp:
    return _last_day(day.year, day.month)


@cache
def _last_day(year: int, month: int) -> pd.Timestamp:
    return pd.Timestamp(year, month, 1) + pd.offsets.MonthEnd(0)


def _by_month(read: Iterable[tuple[Row, float]], aggregate: str) -> dict[pd.Timestamp, float]:
    months: dict[pd.Timestamp, list[float]] = defaultdict(list)
    for row, value in read:
        months[_month_end(row.day)].append(value)
    combine = _AGGREGATES[aggregate]
    return {month: combine(values) for month, values in months.items()}


def _one_a_month(
    read: Iterable[tuple[Row, float]], column: int, findings: Findings
) -> dict[pd.Timestamp, float]:
    values: dict[pd.Timestamp, float] = {}
    rows: dict[pd.Timestamp, Row] = {}
    for row, value in read:
        month = _month_end(row.day)
        if month in rows:
            earlier = address(rows[month].number, column)
            findings.problem(
                "duplicate_month",
                f"{month:%Y-%m} 在 {earlier} 已有一个值；月度序列每月只能有一个，请删去其中一个。",
                f"{month:%Y-%m} has a value in {earlier} already; a monthly series has one a "
                "month. Delete one of them.",
                *(row.number, column),
            )
        values[month], rows[month] = value, row
    return values


def _unit(table: DatedSheet, column: int, indicator: Indicator, findings: Findings) -> str:
    given = table.header("unit", column)
    differs = bool(given and indicator.unit) and fold(given) != fold(indicator.unit)
    if differs and not is_published_growth(indicator, given):
        place = f"{table.sheet.name}!{address(table.labels['unit'], column)}"
        findings.notice(
            "unit_differs",
            f"{place}：{indicator.name_zh} 的单位是“{given[:40]}”，定义中是“{indicator.unit}”，"
            "请确认口径相同。",
            f'{place}: the unit of {indicator.name_en} is "{given[:40]}", the definition says '
            f'"{indicator.unit}"; make sure that it is the same series.',
        )
    return given or indicator.unit


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


def _lag(
    table: DatedSheet, column: int, wanted: Wanted, catalog_lags: set[int], findings: Findings
) -> int:
    row = table.labels.get("lag")
    if row is None:
        return wanted.lag_days
    read = number(table.sheet.cell(row, column))
    if read.value is None and not read.problem:
        return wanted.lag_days
    if read.value is None or not 0 <= read.value <= LONGEST_LAG or read.value != int(read.value):
        findings.problem(
            "bad_lag",
            f"滞后天数应是 0 到 {LONGEST_LAG} 的整数。",
            f"The lag is a whole number of days from 0 to {LONGEST_LAG}.",
            *(row, column),
        )
        return wanted.lag_days
    return wanted.lag_days if read.value in catalog_lags else int(read.value)


def _full_day(cell: Cell, *, date_1904: bool) -> Reading[date]:
    """Read a day; a month alone is refused."""
    read = day(cell, date_1904=date_1904)
    return Reading(problem="needs_day") if read.coercion in MONTH_ONLY else read


def _releases(
    sheet: Sheet | None, wanted: Mapping[str, Wanted], findings: Findings
) -> dict[str, dict[pd.Timestamp, pd.Timestamp]]:
    """Return stated release dates by indicator id and month end."""
    if sheet is None or not _filled(sheet):
        return {}
    table = _table(sheet, findings)
    columns = matched(table, wanted, findings)
    read_day = partial(_full_day, date_1904=sheet.date_1904)
    found: dict[str, dict[pd.Timestamp, pd.Timestamp]] = {}
    for column, id in columns.items():
        months: dict[pd.Timestamp, pd.Timestamp] = {}
        for row, released in table.read(column, read_day, findings):
            month = _month_end(row.day)
            place = (row.number, column)
            if month in months:
                zh, en = (
                    "这个月已有公布日，请删去其中一个。",
                    "This month has a release date already; delete one.",
                )
                findings.problem("duplicate_month", zh, en, *place)
            elif released < row.day.replace(day=1):
                zh = f"公布日 {released} 早于 {month:%Y-%m} 当月，请检查。"
                en = f"The release date {released} is before the month {month:%Y-%m} began."
                findings.problem("early_release", zh, en, *place)
            months[month] = pd.Timestamp(released)
        found[id] = months
    findings.error_cells(sheet)
    findings.stop_if_any(sheet)
    return found


def _prices(
    sheet: Sheet, known: Mapping[str, Industry], findings: Findings
) -> tuple[pd.DataFrame, bool]:
    """Return closing prices by day, and whether the sheet says that they are simulated."""
    if not _filled(sheet):
        return pd.DataFrame(index=pd.DatetimeIndex([]), dtype=float), False
    table = _table(sheet, findings)
    names = _price_names(table, known, findings)
    days = pd.DatetimeIndex([row.day for row in table.rows]).as_unit("ns")
    places = {row.number: place for place, row in enumerate(table.rows)}
    columns: dict[str, np.ndarray] = {}
    for column, name in names.items():
        columns[name] = np.full(len(days), np.nan)
        for row, value in table.read(column, number, findings):
            columns[name][places[row.number]] = value
            if value <= 0:
                zh, en = (
                    f"价格 {value:g} 不大于零，请改正或清空。",
                    f"The price {value:g} is not above zero.",
                )
                findings.problem("bad_price", zh, en, row.number, column)
    findings.error_cells(sheet)
    findings.stop_if_any(sheet)
    frame = pd.DataFrame(columns, index=days, dtype=float).dropna(how="all")
    return frame, _simulated(table)


def _price_names(
    table: DatedSheet, known: Mapping[str, Industry], findings: Findings
) -> dict[int, str]:
    """Return each column's name: its id, else its code, else its name."""
    ids = {fold(id): id for id in (BENCHMARK, *known)}
    codes = {
        fold(part): code
        for model in known.values()
        for code in (model.index_code, model.benchmark_code)
        for part in (code, code.partition(".")[0])
        if code
    }
    found: dict[int, str] = {}
    for column in table.columns:
        id, code = table.header("id", column), table.header("source_id", column)
        name = ids.get(fold(id), id) or codes.get(fold(code), code)
        name = name or table.header("name_zh", column) or table.header("name_en", column)
        twin = next((c for c, other in found.items() if other == name), None)
        if twin is None:
            found[column] = name
        else:
            duplicate_column(table, name, twin, column, findings)
    return found
