"""Sinolink's macro timing: the equity position is the mean of a growth and a liquidity strength.

A strength is the share, among the series of its group that say something, of those whose event is
on. *Fixed*: the event is that the series, in its stated direction, lies above its own mean.
*Factory*: :mod:`prosperity.systems.event_factory` chooses the event of each series anew at each
month end. A group that is silent leaves the position unknown, never one half.

Values are those known on each month end, whatever order they were published in, with missing
months filled (:mod:`prosperity.systems.as_known`); returns are the market's from month end to month
end, and only those that are over count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prosperity.align import source_observations
from prosperity.definition import Indicator
from prosperity.notice import Notice
from prosperity.systems.as_known import as_known
from prosperity.systems.event_factory import (
    MEAN,
    MEDIAN,
    Candidate,
    Chosen,
    Rules,
    above_mean,
    candidates,
    choose,
)
from prosperity.systems.inputs import Inputs, closes_at
from prosperity.systems.result import Scores
from prosperity.systems.spec import System, Values
from prosperity.tables import Table

MARKET = "benchmark"
MICROCAP = "microcap"
#: A series' event on each date: 1, 0, or NaN where it says nothing; and it in words.
Judged = tuple[np.ndarray, list[tuple[str, str]]]
FORM_WORDS = {"level": ("", ""), "hp": ("HP趋势", "HP trend")}
DERIVED_WORDS = {
    "none": ("", ""),
    "yoy": ("同比差", "change on the year"),
    "diff": ("环比差", "monthly change"),
    "ma": ("移动平均", "moving average"),
}


def compute(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return the equity position, 0 to 1.

    Parameters
    ----------
    inputs
        Series of the sheet ``data``, those with a formula included; closes of the market for
        ``factory``; the table ``microcap`` may be there.
    values
        The constants; see the parameters of the catalog.
    decisions
        Month ends (T,).

    Returns
    -------
    Scores
        The position under the market's id; NaN where a group says nothing. Parts are the groups'
        strengths and a column a series, 1, 0 or NaN; texts are the events in words.
    """
    system = inputs.system
    members = system.module.members
    known = {one.id: _known(inputs, one, values, decisions) for one in members}
    factory = values.word("mode") == "factory"
    following = next_returns(inputs, decisions)
    stages: dict[str, pd.DataFrame] = {"value": pd.DataFrame(known, decisions)}
    judged: dict[str, Judged] = {}
    chosen: dict[str, list[Chosen | None]] = {}
    for one in members:
        if factory:
            rules = factory_rules(values)
            chosen[one.id] = choose(known[one.id], following, rules)
            judged[one.id] = _of_choice(chosen[one.id], candidates(rules))
        else:
            judged[one.id] = fixed_event(known[one.id], one.sign, values.whole("fixed_months"))
    for name in ("win_rate", "count", "ratio") if factory else ():
        stages[name] = pd.DataFrame(
            {
                id: [np.nan if one is None else float(getattr(one, name)) for one in picks]
                for id, picks in chosen.items()
            },
            decisions,
        )
    micro = microcap(inputs, values, known, decisions)
    if micro is not None:
        stages[MICROCAP] = micro
    ones = pd.DataFrame({id: on for id, (on, _) in judged.items()}, decisions)
    return _scores(system, ones, judged, stages, factory and len(candidates(factory_rules(values))))


def factory_rules(values: Values) -> Rules:
    """Return the factory's constants."""
    return Rules(
        window=values.whole("window"),
        min_months=values.whole("min_months"),
        hp_lambda=values.number("hp_lambda"),
        ma_months=values.whole("ma_months"),
        last_lag=values.whole("last_lag"),
        last_window=values.whole("last_window"),
        last_run=values.whole("last_run"),
        confidence=values.number("confidence"),
        win_rate=values.number("win_rate"),
        count_part=values.number("count_part"),
        overlays=values.whole("overlays"),
    )


def _known(
    inputs: Inputs, one: Indicator, values: Values, decisions: pd.DatetimeIndex
) -> np.ndarray:
    observed = source_observations(one, inputs.panel)
    published = inputs.system.module.as_published(one)
    return as_known(observed, published, decisions, values.word("fill"))


def next_returns(inputs: Inputs, decisions: pd.DatetimeIndex) -> np.ndarray:
    """Return the market's return from each date to the next; NaN for the last."""
    found = np.full(len(decisions), np.nan)
    if MARKET in inputs.closes and len(decisions) > 1:
        close = closes_at(inputs.closes[[MARKET]], decisions)[MARKET].to_numpy(float)
        found[:-1] = close[1:] / close[:-1] - 1.0
    return found


def fixed_event(values: np.ndarray, sign: int, months: int) -> Judged:
    """Return whether the signed values lie above their own mean, and that in words."""
    words = _event_words(Candidate("level", "none", 0, MEAN, months), sign)
    return above_mean(sign * values, months), [words] * len(values)


def _of_choice(picks: Sequence[Chosen | None], named: Sequence[Candidate]) -> Judged:
    on = np.array([np.nan if one is None else one.on for one in picks])
    return on, [chosen_words(one, named) for one in picks]


def chosen_words(chosen: Chosen | None, named: Sequence[Candidate]) -> tuple[str, str]:
    """Return what was chosen in Chinese and English."""
    if chosen is None:
        return "没有事件通过检验", "no event passes the test"
    pairs = [
        _event_words(named[place], sign)
        for place, sign in zip(chosen.candidates, chosen.signs, strict=True)
    ]
    zh, en = " 且 ".join(p[0] for p in pairs), " and ".join(p[1] for p in pairs)
    share = f"{chosen.win_rate:.0%}"
    return f"{zh}；{chosen.count} 个月中胜率 {share}", f"{en}; {share} of {chosen.count} months"


def _event_words(one: Candidate, sign: int) -> tuple[str, str]:
    """Return an event in Chinese and English: "above its 5-month median, lag 2"."""
    up = sign > 0
    if one.kind in (MEAN, MEDIAN):
        zh_kind, en_kind = ("均值", "mean") if one.kind == MEAN else ("中位数", "median")
        zh = f"{'高' if up else '低'}于自身 {one.months} 个月{zh_kind}"
        en = f"{'above' if up else 'below'} its {one.months}-month {en_kind}"
    else:
        zh = f"连续 {one.months} 个月{'上' if up else '下'}行"
        en = f"{'up' if up else 'down'} for {one.months} month{'s' * (one.months > 1)} in a row"
    zh_what = FORM_WORDS[one.form][0] + DERIVED_WORDS[one.derived][0]
    en_what = " of the ".join(
        filter(None, (DERIVED_WORDS[one.derived][1], FORM_WORDS[one.form][1]))
    )
    zh, en = zh_what + zh, f"{en_what} {en}".strip()
    return (f"{zh}，滞后 {one.lag} 个月", f"{en}, lag {one.lag}") if one.lag else (zh, en)


def strengths(system: System, ones: pd.DataFrame) -> pd.DataFrame:
    """Return the share of ones of each group; NaN where none of its series says anything."""
    found = {
        group.id: ones[[one.id for one in system.module.members if one.dimension == group.id]].mean(
            axis=1
        )
        for group in system.dimensions
    }
    return pd.DataFrame(found, ones.index)


def _scores(
    system: System,
    ones: pd.DataFrame,
    judged: Mapping[str, Judged],
    stages: Mapping[str, pd.DataFrame],
    tried: int,
) -> Scores:
    groups = strengths(system, ones)
    position = groups.mean(axis=1).where(groups.notna().all(axis=1))
    shares = {}
    for one in system.module.members:
        same = [m.id for m in system.module.members if m.dimension == one.dimension]
        said = ones[same].notna().sum(axis=1)
        shares[one.id] = ones[one.id].fillna(0.0) / said.where(said > 0) / len(system.dimensions)
    contributions = pd.DataFrame(shares, ones.index).where(position.notna(), np.nan, axis=0)
    texts = {id: pd.Series(words, ones.index, dtype=object) for id, (_, words) in judged.items()}
    return Scores(
        scores=pd.DataFrame({MARKET: position}),
        parts=pd.concat([groups, ones], axis=1),
        contributions={MARKET: contributions},
        stages=stages,
        texts=pd.DataFrame(texts, ones.index),
        notices=(*_silent(system, groups), *_many_tried(tried, len(system.module.members))),
        tried=max(1, tried * len(system.module.members)),
    )


def _silent(system: System, groups: pd.DataFrame) -> Iterable[Notice]:
    """Say which groups say nothing on the last date."""
    for group in system.dimensions if len(groups) else ():
        if np.isnan(groups[group.id].iloc[-1]):
            month = f"{groups.index[-1]:%Y-%m}"
            yield Notice(
                "one_group",
                f"{month} 没有任何{group.name_zh}序列给出结论，仓位未知。",
                f"No {group.name_en.lower()} series says anything in {month}; the position is "
                "unknown.",
            )


def _many_tried(tried: int, count: int) -> Iterable[Notice]:
    if tried:
        yield Notice(
            "many_tried",
            f"事件工厂对 {count} 个序列各比较 {tried} 个候选，共 {tried * count} 个：样本内的胜率"
            "偏高，请看证据页的检验。",
            f"The factory compares {tried} candidates for each of {count} series, {tried * count} "
            "in all: win rates within the sample flatter; see the tests of the evidence.",
            severity="note",
        )


def microcap(
    inputs: Inputs, values: Values, known: Mapping[str, np.ndarray], decisions: pd.DatetimeIndex
) -> pd.DataFrame | None:
    """Return whether micro-caps are held, and why; None where their table is not there.

    Columns: ``ratio`` of micro-caps to Mao over its own mean, less 1; ``crowding`` and ``yield``,
    on the year in percent, NaN where not known; ``hold``, 1 while the ratio is above its mean and
    neither alarm rings, NaN before there is a mean.
    """
    table = inputs.table(MICROCAP)
    if table is None or not {"micro", "mao"} <= set(table.values):
        return None
    age = inputs.system.input(MICROCAP).max_age_days
    days = values.whole("micro_mean")
    both = Daily.of(table, "micro", "mao")
    ratio = pd.Series(
        [both.above_mean(day, age, days) for day in decisions], decisions, dtype=float
    )
    crowding = pd.Series(np.nan, decisions)
    if "crowding" in table.values:
        own = Daily.of(table, "crowding")
        crowding = pd.Series([own.last(day, age) for day in decisions], decisions, dtype=float)
    bond = next((one for one in inputs.system.indicators if one.id == "cgb10y"), None)
    level = pd.Series(np.nan, decisions)
    if bond is not None:
        level = pd.Series(_known(inputs, bond, values, decisions), decisions)
    change = (level / level.shift(12).where(lambda base: base > 0) - 1.0) * 100.0
    alarm = (crowding > values.number("crowding_alarm")) | (change > values.number("yield_alarm"))
    hold = ((ratio > 0) & ~alarm).astype(float).where(ratio.notna())
    return pd.DataFrame({"ratio": ratio, "crowding": crowding, "yield": change, "hold": hold})


@dataclass(frozen=True)
class Daily:
    """Values by day, with when each became public; arrays (D,), days ascending, no NaN."""

    days: np.ndarray
    values: np.ndarray
    released: np.ndarray

    @classmethod
    def of(cls, table: Table, over: str, under: str = "") -> Daily:
        """Return a column of a table, or the ratio of two, public when both are."""
        value = table.values[over].to_numpy(float)
        released = table.releases[over].to_numpy("datetime64[ns]")
        if under:
            value = value / table.values[under].to_numpy(float)
            released = np.maximum(released, table.releases[under].to_numpy("datetime64[ns]"))
        there = np.isfinite(value)
        days = pd.DatetimeIndex(table.values.index).to_numpy("datetime64[ns]")
        return cls(days[there], value[there], released[there])

    def known(self, day: pd.Timestamp, max_age_days: int) -> np.ndarray:
        """Return what was public on a day, empty where the last of it is too old."""
        there = np.flatnonzero(self.released <= np.datetime64(day))
        old = np.datetime64(day) - np.timedelta64(max_age_days, "D")
        return self.values[there] if len(there) and self.days[there[-1]] >= old else self.values[:0]

    def last(self, day: pd.Timestamp, max_age_days: int) -> float:
        """Return the newest value that was public on a day; NaN where it is too old."""
        known = self.known(day, max_age_days)
        return float(known[-1]) if len(known) else float("nan")

    def above_mean(self, day: pd.Timestamp, max_age_days: int, count: int) -> float:
        """Return the newest value over the mean of the last ``count``, less 1; NaN while short."""
        known = self.known(day, max_age_days)[-count:]
        return float(known[-1] / known.mean() - 1.0) if len(known) == count else float("nan")
