"""Exports into a book: first a plan of what goes where and what changes, then the writing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from prosperity.errors import ProsperityError, SettingError
from prosperity.lag import Lag
from prosperity.scoring import is_published_growth

from prosperity_excel import vintages
from prosperity_excel.exports.export_series import ExportSeries, SheetReading
from prosperity_excel.exports.layouts import find_layout
from prosperity_excel.exports.read import read_export
from prosperity_excel.files.child import read_guarded
from prosperity_excel.intake.answers import changed, named_answers, parse_answers
from prosperity_excel.intake.candidates import Proposal, Target, pick, proposals
from prosperity_excel.intake.clashes import equal, settled
from prosperity_excel.intake.items import ZEROS, Change, Item, Options, Plan, Status
from prosperity_excel.intake.judging import judged, once, shown_reasons
from prosperity_excel.intake.plausibility import reasons_against, reasons_for
from prosperity_excel.intake.quotes import Quotes, price_reasons
from prosperity_excel.intake.settling import Answered, bounds_of, months_of
from prosperity_excel.intake.shape import shape_reasons
from prosperity_excel.intake.targets import Held, OpenBook, open_for_import
from prosperity_excel.series.breaks import (
    Break,
    apply_breaks,
    parse_break,
    suspicions,
    without_leading_zeros,
)
from prosperity_excel.series.cases import Case
from prosperity_excel.series.monthly import (
    JAN_FEB,
    Monthly,
    from_cumulative,
    is_cumulative,
    is_growth,
    last_day,
    month_before,
)
from prosperity_excel.series.units import factor_between, same_unit
from prosperity_excel.sheets.cells import is_percent
from prosperity_excel.words.book_words import fold


def plan_import(
    files: Sequence[Path], book: Path, options: Options | None = None, *, today: date | None = None
) -> Plan:
    """Read exports and say what would become of them in a closed book; write nothing.

    Parameters
    ----------
    files
        Exports of any vendor and kind.
    book
        The book to fill, as ``prosperity template`` makes it.
    options
        What the user says; None is nothing.
    today
        The day after which nothing can have been published; None is today.

    Raises
    ------
    BookError, DataError, DefinitionError
        When a file or the book cannot be read.
    SettingError
        For options that cannot be read.
    """
    options = options or Options()
    readings = read_exports(files, options)
    opened: OpenBook = read_guarded(open_for_import, book)
    return replace(plan_readings(readings, opened, options, today), files=tuple(files))


def read_exports(files: Sequence[Path], options: Options) -> tuple[SheetReading, ...]:
    """Read exports, once the options that concern no book have been looked at.

    Raises
    ------
    BookError
        When a file cannot be read.
    SettingError
        For options that cannot be read.
    """
    if options.layout:
        find_layout(options.layout)
    _one_of("--jan-feb", options.jan_feb, JAN_FEB)
    _one_of("--zeros", options.zeros, ZEROS)
    for text in options.breaks:
        parse_break(text)
    named_answers(options.answers)
    for text in options.replies.values():
        parse_answers(text)
    return tuple(r for file in files for r in read_guarded(read_export, file, options.layout))


def plan_readings(
    readings: Sequence[SheetReading], book: OpenBook, options: Options, today: date | None = None
) -> Plan:
    """Say what would become of exports that have been read; see :func:`plan_import`."""
    given = tuple(parse_break(text) for text in options.breaks)
    (kept, remembered, answered), remarks = _remembered(book)
    known = {(b.series, b.month): b for b in (*kept, *given)}
    day = date.today() if today is None else today
    planner = _Planner(book, options, tuple(known.values()), remembered, answered, day)
    items = [planner.item(s) for reading in readings for s in pick(reading.series)]
    return Plan(book, tuple(readings), tuple(settled(items)), options, given, remarks=remarks)


#: Breaks, matches and answers of earlier imports.
_Answers = tuple[list[Break], dict[tuple[str, str], str], dict[tuple[str, str, str], str]]


def _remembered(book: OpenBook) -> tuple[_Answers, tuple[tuple[str, str], ...]]:
    """Return what was answered to earlier imports, and why that cannot be used.

    An import does not need it: what it would answer is asked again.
    """
    file = book.file
    if file is None:
        return ([], {}, {}), ()
    try:
        return (vintages.breaks(file), vintages.matches(file), vintages.answers(file)), ()
    except ProsperityError as error:
        said = (
            f"以前确认过的对应、断点和答复没有用到：{error.message('zh')}",
            "Matches, breaks and answers that were given before are not used: "
            f"{error.message('en')}",
        )
        return ([], {}, {}), (said,)


def _one_of(name: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise SettingError(
            f"bad_{name.removeprefix('--').replace('-', '_')}",
            f"{name} 应为 {'、'.join(allowed)} 之一。",
            f"{name} is one of {', '.join(allowed)}.",
        )


class _Planner:
    """Decides what becomes of each series."""

    def __init__(
        self,
        book: OpenBook,
        options: Options,
        breaks: tuple[Break, ...],
        remembered: Mapping[tuple[str, str], str],
        kept: Mapping[tuple[str, str, str], str],
        today: date,
    ) -> None:
        self.book = book
        self.kept = kept
        self.today = today
        self.answers = named_answers(options.answers)
        self.options = options
        self.breaks = breaks
        self.remembered = remembered
        ids = {t.id for t in book.targets}
        self.asked = _asked(options.maps, ids)
        for id in options.choices.values():
            _refuse_unknown(id, ids)
        self._held: dict[tuple[str, int], Held] = {}

    def held(self, target: Target) -> Held:
        key = (target.sheet, target.column)
        if key not in self._held:
            self._held[key] = self.book.held(target)
        return self._held[key]

    def item(self, series: ExportSeries) -> Item:
        if not series.values:
            return Item(series, "unreadable")
        chosen = self.options.choices.get(series.key)
        asked = self.asked if chosen is None else {fold(series.source_id or series.name): chosen}
        found = proposals(series, self.book.targets, asked=asked, remembered=self.remembered)
        certain = [p for p in found if p.certain]
        if len(certain) != 1:
            status: Status = "ask" if found else "none"
            return Item(series, status, candidates=tuple(found))
        proposal = certain[0]
        if proposal.target.sheet == "prices":
            return self._price(series, proposal)
        return self._indicator(series, proposal)

    def _price(self, series: ExportSeries, proposal: Proposal) -> Item:
        bad = [d for d, v in series.values.items() if v <= 0]
        values = {d: v for d, v in series.values.items() if v > 0}
        remarks: list[tuple[str, str]] = []
        if bad:
            remarks.append(
                (f"{len(bad)} 个价格不大于零，不计（{bad[0]} 等）",
                 f"{len(bad)} prices are not above zero and left out ({bad[0]})")
            )  # fmt: skip
        answered = self._answered(series, proposal.target)
        for answer in answered.answers:
            if answer.word == "times":
                values = {d: v * answer.number for d, v in values.items()}
            elif answer.word == "known":
                values = {d: v for d, v in values.items() if d <= self.today}
        item = Item(series, "write", proposal.target, proposal, values, remarks=tuple(remarks))
        held = self.held(proposal.target).values
        against = price_reasons(Quotes(values, held, self._others(proposal.target), self.today))
        return self._compared(judged(item, against, answered))

    def _indicator(self, series: ExportSeries, proposal: Proposal) -> Item:
        target = proposal.target
        indicator = target.indicator
        if indicator is None:
            raise TypeError("a target of the data sheet has an indicator")
        item = Item(series, "write", target, proposal)
        answered = self._answered(series, target)
        zeros = answered.zeros(self.options.zeros)
        values, releases = series.values, dict(series.releases)
        if series.released:
            values, releases = _by_period(values, target.lag)
        made = months_of(values, indicator, series.frequency, answered, zeros)
        monthly = made.monthly
        releases = {last_day(d): r for d, r in releases.items() if last_day(d) in monthly.values}
        remarks = [*monthly.remarks, *((zh, en) for _, zh, en in monthly.left_out)]
        if "part" in answered.words or self._is_to_be_parted(series, target):
            monthly = from_cumulative(monthly.values, self.options.jan_feb)
            remarks += [*monthly.remarks, *((zh, en) for _, zh, en in monthly.left_out)]
        months = dict(monthly.values)
        item = self._unit(item, series, target, months)
        if item.questions:
            return replace(item, status="ask", remarks=tuple(remarks))
        months = dict(item.values)
        months, scaled = apply_breaks(months, target.id, self.breaks)
        if scaled:
            remarks.append((f"{scaled} 个值按断点换算", f"{scaled} values rescaled at breaks"))
        months = changed(months, answered.answers, self.today)
        if zeros == "missing":
            months = without_leading_zeros(months)
            if any(r.criterion == "zeros" for r in shape_reasons(self._case(item, months))):
                months = {m: v for m, v in months.items() if v != 0}
        asked = [
            (s.zh, s.en)
            for s in suspicions(months, (*self.breaks, *target.breaks), target.id)
            if s.kind != "zeros" or zeros == "ask"
        ]
        early, releases = self._releases(target, months, releases, monthly)
        item = replace(
            item,
            values=months,
            releases=releases,
            remarks=(*item.remarks, *remarks, *early),
            questions=tuple(asked),
        )
        if self.held(target).several:
            zh = "这一列每月有多个值（日或周数据）；月度值不能混入，请先清空该列或另存"
            en = "this column holds several values a month; clear it before importing months"
            item = replace(item, questions=(*item.questions, (zh, en)))
        case = self._case(item, months, made.conflicts, settled=zeros != "ask" or bool(asked))
        against = once(
            (*made.reasons, *reasons_against(case), *shown_reasons(case, series, answered))
        )
        item = replace(item, supports=reasons_for(case))
        return self._compared(judged(item, against, answered))

    def _case(
        self,
        item: Item,
        months: Mapping[date, float],
        conflicts: int = 0,
        *,
        settled: bool = False,
    ) -> Case:
        """Return what the tests of plausibility look at."""
        target, series = item.target, item.series
        if target is None or target.indicator is None:
            raise TypeError("a target of the data sheet has an indicator")
        unit = item.unit or target.unit
        held = self.held(target)
        comparable = not held.several and (not item.unit or is_percent(target.unit))
        grown = is_published_growth(target.indicator, unit)
        return Case(
            values=months,
            held=held.values if comparable else {},
            raw=series.values,
            indicator=target.indicator,
            today=self.today,
            bounds=bounds_of(target, unit, grown=grown),
            percent=is_percent(unit),
            name=series.name,
            said=series.frequency,
            known_as=target.names,
            conflicts=conflicts,
            breaks=[b.month for b in (*target.breaks, *self.breaks) if b.series == target.id],
            others=lambda: self._others(target),
            confirmed=item.how is not None and item.how.how in ("asked", "remembered", "growth"),
            settled=frozenset({"zeros"} if settled else ()),
        )

    def _others(self, target: Target) -> dict[str, Mapping[date, float]]:
        """Return what the other columns of a target's sheet hold, by id."""
        return {
            other.id: self.held(other).values
            for other in self.book.targets
            if other.sheet == target.sheet and other.column != target.column
        }

    def _answered(self, series: ExportSeries, target: Target) -> Answered:
        """Return what the analyst answered for a series: now, else before."""
        reply = self.options.replies.get(series.key)
        if reply is not None:
            return Answered(parse_answers(reply))
        for key in (series.source_id, series.name, target.id):
            if key and fold(key) in self.answers:
                return Answered(self.answers[fold(key)])
        kept = self.kept.get((fold(series.name), fold(series.source_id), target.id), "")
        before = parse_answers(kept)
        return Answered(before, frozenset(before))

    def _is_to_be_parted(self, series: ExportSeries, target: Target) -> bool:
        """Whether a series of sums is to be made monthly for its column."""
        wants_sums = any("累计" in name for name in target.names)
        sums = is_cumulative(series.name) or (series.to_date and not is_growth(series.name))
        return sums and not wants_sums and not is_percent(series.unit)

    def _unit(
        self, item: Item, series: ExportSeries, target: Target, months: Mapping[date, float]
    ) -> Item:
        """Settle the unit: the same, convertible, published growth, or a question."""
        indicator = target.indicator
        item = replace(item, values=months)
        if not series.unit or same_unit(series.unit, target.unit):
            return item
        if indicator is not None and is_published_growth(indicator, series.unit):
            held = self.held(target).values
            rest = set(held) - set(months)
            if not is_percent(target.unit) and rest:
                zh = (
                    f"这是公布的同比（%），而该列还有 {len(rest)} 个月是{target.unit}；请先清空该列"
                )
                en = (f"this is published growth (%), but {len(rest)} months of the column are in "
                      f"{target.unit}; clear the column first")  # fmt: skip
                return replace(item, questions=((zh, en),))
            said = ("采用公布的同比，单位改为 %", "published growth is used; the unit becomes %")
            return replace(item, unit="%", remarks=(said,))
        factor = factor_between(series.unit, target.unit)
        if factor is None:
            certain = item.how is not None and item.how.how in ("asked", "remembered")
            zh = f"单位不同：导出为“{series.unit}”，工作簿为“{target.unit}”"
            en = f"the units differ: {series.unit} in the export, {target.unit} in the book"
            if certain:
                return replace(item, remarks=((zh, en),))
            more = (
                f'{zh}；确认无误请加 --map "{series.title}={target.id}"',
                f'{en}; if they are the same add --map "{series.title}={target.id}"',
            )
            return replace(item, questions=(more,))
        if factor == 1.0:
            return item
        said = (f"单位换算：{series.unit} → {target.unit}，乘 {factor:g}",
                f"unit {series.unit} → {target.unit}: times {factor:g}")  # fmt: skip
        return replace(item, values={m: v * factor for m, v in months.items()}, remarks=(said,))

    def _releases(
        self,
        target: Target,
        months: Mapping[date, float],
        releases: Mapping[date, date],
        monthly: Monthly,
    ) -> tuple[list[tuple[str, str]], dict[date, date]]:
        """Return release dates that can be written, and what to say of the others."""
        kept = {m: r for m, r in releases.items() if m in months and r >= m.replace(day=1)}
        early = [m for m, r in releases.items() if m in months and r < m.replace(day=1)]
        for month, source in monthly.known.items():
            if month in months:
                kept[month] = releases.get(source, source + timedelta(days=target.lag.on(month)))
        remarks: list[tuple[str, str]] = []
        if early:
            remarks.append(
                (f"{len(early)} 个公布日早于当月，不计（{early[0]:%Y-%m} 等）",
                 f"{len(early)} release dates lie before their month and were left out")
            )  # fmt: skip
        if kept and target.id not in self.book.releases:
            remarks.append(
                ("工作簿没有该指标的 releases 列，公布日未写入",
                 "the book has no releases column for it; release dates were not written")
            )  # fmt: skip
            kept = {}
        there = self.book.released(target.id) if kept else {}
        return remarks, {m: r for m, r in kept.items() if there.get(m) != r}

    def _compared(self, item: Item) -> Item:
        """Compare an item with what the book holds."""
        if item.target is None:
            return item
        held = self.held(item.target).values
        changes = tuple(
            Change(when, held.get(when), value)
            for when, value in item.values.items()
            if when not in held or not equal(held[when], value)
        )
        status: Status = "write" if changes or item.releases or item.unit else "same"
        if item.questions:
            status = "ask"
        return replace(item, changes=changes, status=status)


def _by_period(
    values: Mapping[date, float], lag: Lag
) -> tuple[dict[date, float], dict[date, date]]:
    """Turn dates of release into months: the month whose usual release is nearest."""
    months: dict[date, float] = {}
    releases: dict[date, date] = {}
    for when, value in values.items():
        near = [month_before(last_day(when), n) for n in range(14)]
        month = min(near, key=lambda m: abs((m + timedelta(days=lag.on(m)) - when).days))
        months[month], releases[month] = value, when
    return dict(sorted(months.items())), releases


def _asked(maps: Sequence[str], ids: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in maps:
        name, equals, id = text.rpartition("=")
        if not equals or not name.strip():
            raise SettingError(
                "bad_map",
                f'“{text}”应写成 名称=指标id，例如 "M2同比=m2_yoy"；等号后留空表示不导入。',
                f"{text!r} must look like NAME=ID, such as 'M2 growth=m2_yoy'; nothing after = "
                "leaves the series out.",
            )
        _refuse_unknown(id.strip(), ids)
        found[fold(name)] = id.strip()
    return found


def _refuse_unknown(id: str, ids: Collection[str]) -> None:
    if id and id not in ids:
        raise SettingError(
            "unknown_target",
            f"工作簿没有 {id} 这一列；现有：{'、'.join(sorted(ids)[:30])}。",
            f"The book has no column {id}; it has {', '.join(sorted(ids)[:30])}.",
        )
