"""Everything that is wrong, late or odd in a book's data, in one list with places and advice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
from prosperity.calendar import MARKET_FREQUENCIES, TradingCalendar
from prosperity.catalog import catalog, closure
from prosperity.definition import Frequency, Industry
from prosperity.due import price_overdue
from prosperity.engine import columns_of
from prosperity.errors import ProsperityError

from prosperity_excel.book.book import says_simulated
from prosperity_excel.book.dated import DatedSheet, read_dated
from prosperity_excel.book.definitions import own_models
from prosperity_excel.book.matching import Wanted, matched, wanted_indicators
from prosperity_excel.book.price_columns import price_names_of
from prosperity_excel.book.series_columns import stated_breaks, stated_lag
from prosperity_excel.book.system_book import systems_of
from prosperity_excel.checks.content import Content, content_findings, first_month, folded_text
from prosperity_excel.checks.kept_prices import kept_price_findings
from prosperity_excel.checks.listing import SEVERITIES, Finding, confirmed_in, open_findings
from prosperity_excel.checks.market import PriceColumn, price_findings, release_findings
from prosperity_excel.checks.refusals import refusals
from prosperity_excel.checks.revised import confirmed_breaks, revised_findings, unusable
from prosperity_excel.checks.series import overdue
from prosperity_excel.files.child import read_guarded
from prosperity_excel.series.monthly import last_day, to_months
from prosperity_excel.sheets.cells import COERCIONS, Cell, Reading, day, number
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Sheet, Workbook, address, no_book, open_workbook
from prosperity_excel.words.book_words import (
    CHECKS_SHEET,
    FREQUENCIES,
    SHEETS,
    SheetId,
    fold,
    lookup,
)

#: Cells of one kind in one column that are listed one by one.
MOST_CELLS = 20
#: Findings of one kind that are listed one by one; a list of thousands helps nobody.
MOST_OF_A_KIND = 200
_FREQUENCY_OF: Mapping[str, Frequency] = lookup(FREQUENCIES)  # type: ignore[arg-type,assignment]


def check_book(path: Path, today: date) -> list[Finding]:
    """Return everything that is found in a book, worst first.

    Parameters
    ----------
    path
        The book.
    today
        The day on which it is judged what should have been published.

    Raises
    ------
    BookError
        When the book cannot be read at all.
    """
    found: list[Finding] = read_guarded(checked, path, today.isoformat())
    return found


def checked(path: Path, today: str) -> list[Finding]:
    """Do the work of :func:`check_book`, in whatever process."""
    return check_workbook(open_workbook(path), path, date.fromisoformat(today))


def check_workbook(workbook: Workbook, file: Path | None, today: date) -> list[Finding]:
    """Return everything that is found in a workbook, wherever its sheets come from.

    Parameters
    ----------
    workbook
        The book.
    file
        The book's file, beside which earlier values are kept; None when it has none here.
    today
        As for :func:`check_book`.
    """
    checker = _Checker(workbook, file, today)
    checker.check()
    found = [*checker.found, *refusals(workbook, today, checker.found)]
    confirmed = confirmed_in(workbook.find(CHECKS_SHEET))
    found = [_with_word(f, confirmed) for f in found]
    order = list(SEVERITIES)
    found.sort(key=lambda f: (order.index(f.severity), f.code != "newest", f.sheet != "data"))
    return [*_shortened(found), *_folded(found)]


def _with_word(finding: Finding, confirmed: Mapping[str, str]) -> Finding:
    """Return a finding as confirmed where the analyst has; an error stops a run all the same."""
    word = confirmed.get(finding.key, "")
    return replace(finding, confirmed=word) if word and finding.severity != "error" else finding


def _folded(found: Sequence[Finding]) -> list[Finding]:
    """Return the one line for each reason for which findings are only counted."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        if finding.folded and not finding.confirmed:
            groups[finding.folded].append(finding)
    lines = []
    for reason, group in groups.items():
        zh, en = folded_text(reason, group)
        lines.append(Finding("folded", group[0].sheet, "", "", zh, en))
    return lines


def _shortened(found: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those beyond :data:`MOST_OF_A_KIND`, which are counted."""
    kinds = Counter(f.code for f in open_findings(found))
    seen: Counter[str] = Counter()
    kept = []
    for finding in found:
        if finding.folded or finding.confirmed:
            kept.append(finding)
            continue
        code = finding.code
        seen[code] += 1
        more = kinds[code] - MOST_OF_A_KIND
        if more <= 0 or seen[code] <= MOST_OF_A_KIND:
            kept.append(finding)
        elif seen[code] == MOST_OF_A_KIND + 1:
            zh, en = f"另有 {more} 处同类问题。", f"{more} more like these."
            kept.append(replace(finding, zh=zh, en=en))
    return kept


class _Checker:
    def __init__(self, workbook: Workbook, file: Path | None, today: date) -> None:
        self.workbook = workbook
        self.file = file
        self.today = today
        self.found: list[Finding] = []
        own, self.systems = own_models(workbook), systems_of(workbook)
        self.known: dict[str, Industry] = {**catalog(), **own}
        models = own if own or self.systems.own else catalog()
        self.models = list(models.values())
        self.own = bool(own)
        modules = self.systems.modules
        self.wanted = wanted_indicators([*closure(self.models, self.known), *modules])
        self.breaks, lost = confirmed_breaks(file)
        self.found += lost
        if lost:
            # What it holds is not asked for again.
            self.file = None

    def add(self, code: str, sheet: str, cell: str, indicator: str, zh: str, en: str) -> None:
        self.found.append(Finding(code, sheet, cell, indicator, zh, en))

    def check(self) -> None:
        """Check every sheet of ours.

        Raises
        ------
        BookError
            ``missing_sheet`` for a workbook without any: it is none of ours.
        """
        if all(self.workbook.named(SHEETS[id]) is None for id in ("data", "prices", "definition")):
            raise no_book(self.workbook.path)
        data = self._table("data", needed="data" in self.systems.required or not self.systems.own)
        if data is not None:
            self._data(data)
        prices = self._table("prices")
        if prices is not None:
            self._prices(prices)
        releases = self._table("releases", needed=False)
        if releases is not None:
            self._releases(releases)

    def _table(self, id: SheetId, *, needed: bool = True) -> DatedSheet | None:
        sheet = self.workbook.find(SHEETS[id])
        if sheet is None:
            if needed:
                zh, en = f"没有 {id}（{SHEETS[id][1]}）表。", f"There is no sheet {id}."
                self.add("missing_sheet", id, "", "", zh, en)
            return None
        findings = Findings()
        table = read_dated(sheet, findings)
        self._structure(sheet, findings)
        return table

    def _structure(self, sheet: Sheet, findings: Findings) -> None:
        """Report what taking the sheet apart found."""
        for problem in findings.take_problems():
            self.add("structure", sheet.name, problem.cell, "", problem.zh, problem.en)
        self._coercions(sheet, findings)

    def _coercions(self, sheet: Sheet, findings: Findings) -> None:
        for coercion in findings.coercions:
            code = "error_cells" if coercion.kind == "error_cell" else "converted"
            zh, en = COERCIONS[coercion.kind]
            zh, en = f"{zh} {coercion.count} 处。", f"{coercion.count} {en}."
            self.add(code, sheet.name, coercion.cells[0], "", zh, en)

    # -- data -------------------------------------------------------------------------------

    def _data(self, table: DatedSheet) -> None:
        findings = Findings()
        columns = matched(table, self.wanted, findings)
        self._structure(table.sheet, findings)
        self._simulated(table)
        self._unmatched(table, columns)
        self._absent(table, columns)
        contents: dict[str, Content] = {}
        for column, id in columns.items():
            contents[id] = self._column(table, column, self.wanted[id])
        self._twins(table, columns, {one.column: one.values for one in contents.values()})
        head, name = min(table.labels.values(), default=0), table.sheet.name
        begin = first_month((m for m in self.models if m.kind == "industry"), contents)
        self.found += content_findings(name, head, contents, self.today, begin)
        self._beside_kept(lambda file: revised_findings(name, file, contents))

    def _unmatched(self, table: DatedSheet, columns: Mapping[int, str]) -> None:
        row = min(table.labels.values(), default=0)
        for column in range(1, table.sheet.width):
            if column in columns:
                continue
            title = table.header("name_zh", column) or table.header("id", column)
            filled = sum(table.sheet.cell(r.number, column) is not None for r in table.rows)
            if not title and not filled:
                continue
            self.add(
                "unknown_column", table.sheet.name, address(row, column), "",
                f"这一列（{title[:30] or '无名'}，{filled} 个单元格）不属于任何指标，没有用到。",
                f"This column ({title[:30] or 'no name'}, {filled} cells) belongs to no indicator.",
            )  # fmt: skip

    def _absent(self, table: DatedSheet, columns: Mapping[int, str]) -> None:
        there = set(columns.values())
        used: set[str] = set()
        models = [m for m in self.models if m.kind == "industry"]
        if not self.own:
            models = [m for m in models if there & set(columns_of(m, self.known))]
        for model in models:
            used |= set(columns_of(model, self.known))
            for member in closure([model], self.known):
                for indicator in member.indicators:
                    if indicator.own_column and indicator.id not in there:
                        self._say_absent(table, indicator.id, indicator.name_zh, indicator.name_en)
                        there.add(indicator.id)
        for column, id in columns.items():
            if models and id not in used:
                self.add(
                    "not_used", table.sheet.name, address(0, column), id,
                    f"{id} 不进入本工作簿任何行业的景气度。",
                    f"{id} enters the composite of no industry of this book.",
                )  # fmt: skip

    def _say_absent(self, table: DatedSheet, id: str, zh: str, en: str) -> None:
        self.add(
            "absent_column", table.sheet.name, "", id, f"缺少 {zh}（{id}）。",
            f"{en} ({id}) has no column.",
        )  # fmt: skip

    def _column(self, table: DatedSheet, column: int, wanted: Wanted) -> Content:
        """Check one column; return what it holds."""
        indicator, id = wanted.indicator, wanted.indicator.id
        unit = table.header("unit", column) or indicator.unit
        frequency = _FREQUENCY_OF.get(fold(table.header("frequency", column)), indicator.frequency)
        read = self._values(table, column, partial(number, unit=unit), id)
        daily: dict[date, float] = {}
        rows: dict[date, int] = {}
        for when, value, row in read:
            month = last_day(when)
            if frequency not in MARKET_FREQUENCIES and month in rows:
                self.add(
                    "duplicate_month", table.sheet.name, address(row, column), id,
                    f"{month:%Y-%m} 在 {address(rows[month], column)} 已有一个值。",
                    f"{month:%Y-%m} has a value in {address(rows[month], column)} already.",
                )  # fmt: skip
                continue
            daily[when], rows[month] = value, row
        head = address(min(table.labels.values(), default=0), column)
        if not daily:
            self.add("empty_column", table.sheet.name, head, id, f"{indicator.name_zh}没有数据。",
                     f"{indicator.name_en} has no data.")  # fmt: skip
            return Content(column, {}, rows, indicator, frequency, wanted.lag)
        if frequency in MARKET_FREQUENCIES:
            values = dict(to_months(daily, aggregate=indicator.aggregate).values)
        else:
            values = {last_day(d): v for d, v in daily.items()}
        self._late(table, column, wanted, values, frequency, rows)
        return Content(
            column=column,
            values=values,
            rows=rows,
            indicator=indicator,
            frequency=frequency,
            lag=stated_lag(table, column) or wanted.lag,
            breaks=(*self.breaks, *stated_breaks(table, column, id)),
            simulated=says_simulated(table.header("source", column)),
        )

    def _values(
        self, table: DatedSheet, column: int, read: Callable[[Cell], Reading[float]], id: str
    ) -> list[tuple[date, float, int]]:
        """Return the readable values of a column with their rows; report the others."""
        findings = Findings()
        pairs = list(table.read(column, read, findings))
        problems = findings.take_problems()
        for problem in problems[:MOST_CELLS]:
            self.add("cell", table.sheet.name, problem.cell, id, problem.zh, problem.en)
        if len(problems) > MOST_CELLS:
            rest = len(problems) - MOST_CELLS
            zh, en = f"该列另有 {rest} 处同类问题。", f"{rest} more cells of the column like these."
            self.add("cell", table.sheet.name, problems[MOST_CELLS].cell, id, zh, en)
        self._coercions(table.sheet, findings)
        return [(row.day, value, row.number) for row, value in pairs]

    def _late(
        self,
        table: DatedSheet,
        column: int,
        wanted: Wanted,
        values: Mapping[date, float],
        frequency: Frequency,
        rows: Mapping[date, int],
    ) -> None:
        lag = stated_lag(table, column) or wanted.lag
        late = overdue(values, frequency, lag, self.today)
        if not late:
            return
        due, last = late[0][1], list(values)[-1]
        days = (self.today - due).days
        self.add(
            "overdue", table.sheet.name, address(rows.get(last, 0), column), wanted.indicator.id,
            f"最新到 {last:%Y-%m}；{late[0][0]:%Y-%m} 按日历应于 {due} 公布，已过 {days} 天，"
            f"共缺 {len(late)} 期。",
            f"Data end in {last:%Y-%m}; {late[0][0]:%Y-%m} was due on {due}, {days} days ago; "
            f"{len(late)} values are missing.",
        )  # fmt: skip

    def _twins(
        self,
        table: DatedSheet,
        columns: Mapping[int, str],
        contents: Mapping[int, Mapping[date, float]],
    ) -> None:
        """Report columns that hold the very same numbers."""
        seen: dict[tuple[tuple[date, float], ...], int] = {}
        for column, values in contents.items():
            if len(values) < 12:
                continue
            twin = seen.setdefault(tuple(values.items()), column)
            if twin != column:
                self.add(
                    "duplicate_column", table.sheet.name, address(0, column), columns[column],
                    f"与 {columns[twin]}（{address(0, twin)}）的数值完全相同。",
                    f"Every value equals that of {columns[twin]} ({address(0, twin)}).",
                )  # fmt: skip

    # -- prices and release dates -----------------------------------------------------------

    def _simulated(self, table: DatedSheet) -> None:
        """Report the columns whose source says that they are simulated, in one finding a sheet."""
        marked = [c for c in table.columns if says_simulated(table.header("source", c))]
        if not marked:
            return
        row = table.labels.get("source", 0)
        count, total = len(marked), len(table.columns)
        self.add(
            "simulated", table.sheet.name, address(row, marked[0]), "",
            f"{total} 列中 {count} 列是模拟数据。",
            f"{count} of {total} columns are simulated data.",
        )  # fmt: skip

    def _prices(self, table: DatedSheet) -> None:
        self._simulated(table)
        places: dict[str, PriceColumn] = {}
        names = price_names_of(table, self.known, self.systems.prices)
        for column in table.columns:
            name = names.get(column) or table.header("id", column)
            read = self._values(table, column, number, name)
            head = address(min(table.labels.values(), default=0), column)
            if not read:
                self.add("empty_column", table.sheet.name, head, name, "没有价格。",
                         "There are no prices.")  # fmt: skip
                continue
            for _, value, row in read:
                if value <= 0:
                    zh, en = f"价格 {value:g} 不大于零。", f"The price {value:g} is not above zero."
                    self.add("bad_price", table.sheet.name, address(row, column), name, zh, en)
            closes = {day: value for day, value, _ in read if value > 0}
            rows = {day: row for day, _, row in read}
            places.setdefault(name or address(0, column), PriceColumn(column, closes, rows))
            last, _, row = read[-1]
            days = pd.DatetimeIndex([day for day, _, _ in read])
            late = price_overdue(TradingCalendar(days), pd.Timestamp(self.today))
            if late is not None:
                self.add(
                    "overdue", table.sheet.name, address(row, column), name,
                    f"行情只到 {last}，{late:%Y-%m-%d} 起缺。",
                    f"Prices end on {last}; missing since {late:%Y-%m-%d}.",
                )  # fmt: skip

        self.found += price_findings(table.sheet.name, places, self.today)
        self._beside_kept(lambda file: kept_price_findings(table.sheet.name, file, places))

    def _beside_kept(self, find: Callable[[Path], list[Finding]]) -> None:
        """Add what was found against kept values; a history that cannot be used is said once."""
        if self.file is None:
            return
        try:
            self.found += find(self.file)
        except ProsperityError as error:
            self.found.append(unusable(error))
            self.file = None

    def _releases(self, table: DatedSheet) -> None:
        read = partial(day, date_1904=table.sheet.date_1904)
        for column in table.columns:
            findings = Findings()
            pairs = list(table.read(column, read, findings))
            for problem in findings.take_problems()[:MOST_CELLS]:
                self.add("cell", table.sheet.name, problem.cell, "", problem.zh, problem.en)
            id = table.header("id", column)
            dates = [(row.number, row.day, released) for row, released in pairs]
            self.found += release_findings(table.sheet.name, column, id, dates)
