"""What is said of signals, holdings and their age: composed here once, for every place.

The printed table, the JSON, the sheets of results, the report and the cells take their sentences
and counts from these functions, so that two of them cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from prosperity.evaluation import MARKET, Evaluation, IndustryResult
from prosperity.freshness import Freshness, SeriesAge
from prosperity.settings import Settings

from prosperity_excel.words.book_words import BENCHMARK_NAMES
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import counted

MISSING = "–"
NO_SIGNAL: Pair = ("无信号", "No signal")
GRADES: Mapping[float, Pair] = {
    1.0: ("超配", "Overweight"),
    0.0: ("标配", "Neutral"),
    -1.0: ("低配", "Underweight"),
}
NO_GRADE: Pair = ("无评级", "No rating")
SIMULATED: Pair = ("模拟", "simulated")
NOWCAST: Pair = ("含即时预测", "with nowcasts")
#: Where industries have different benchmarks, or one has none.
ANY_BENCHMARK: Pair = ("基准", "the benchmark")
#: Series and industries that a sentence names; the others are counted.
NAMED = 6
#: Industries and pieces of news that a button's message lists.
MOST_STANDING, MOST_NEWS = 20, 10


def benchmark_pair(code: str) -> Pair:
    """Return the name of a benchmark; its code where it has no name."""
    return BENCHMARK_NAMES.get(code, (code, code)) if code else ANY_BENCHMARK


def shared_benchmark(evaluation: Evaluation) -> Pair:
    """Return the name of the benchmark that all industries of a run share."""
    codes = {r.definition.asset.benchmark for r in evaluation.industries.values()}
    return benchmark_pair(codes.pop()) if len(codes) == 1 else ANY_BENCHMARK


def signal_pair(signal: float | None, benchmark: Pair) -> Pair:
    """Return a signal in words: hold the industry, hold the benchmark, none.

    Parameters
    ----------
    signal
        1, 0, or None (or NaN) for none.
    benchmark
        The benchmark's name.
    """
    if signal == 1:
        return "持有行业", "In industry"
    if signal == 0:
        return f"持有{benchmark[0]}", f"In {benchmark[1]}"
    return NO_SIGNAL


def signal_of(result: IndustryResult) -> float | None:
    """Return the signal of the last month with a composite; None where there is none.

    A module has none: it is nothing that could be held.
    """
    if result.definition.kind == "module":
        return None
    value = math.nan if result.latest is None else float(result.signal[result.latest])
    return value if math.isfinite(value) else None


def signal_words(result: IndustryResult) -> Pair:
    """Return the last signal in words; one that is not of now says of when it is.

    Of a module only the age is said, since it is nothing that could be held.
    """
    words = signal_pair(signal_of(result), benchmark_pair(result.definition.asset.benchmark))
    said = _joined(age_words(result.freshness), NOWCAST if result.estimated else ("", ""))
    if result.definition.kind == "module":
        return said if any(said) else (MISSING, MISSING)
    return (f"{words[0]}（{said[0]}）", f"{words[1]} ({said[1]})") if any(said) else words


def _joined(*parts: Pair) -> Pair:
    return "；".join(p[0] for p in parts if p[0]), "; ".join(p[1] for p in parts if p[1])


def age_words(age: Freshness | None) -> Pair:
    """Return of when a signal is that is not of now; empty for one that is, or without a day."""
    if age is None or age.decided is None or age.month is None:
        return "", ""
    if age.since is not None:
        return (
            f"截至 {age.month:%Y-%m}，自 {age.since:%Y-%m-%d} 起已过期",
            f"of {age.month:%Y-%m}, overdue since {age.since:%Y-%m-%d}",
        )
    if age.missed is not None:
        return (
            f"{age.decided:%Y-%m-%d} 决策；{age.missed:%Y-%m-%d} 的待行情",
            f"decided {age.decided:%Y-%m-%d}; {age.missed:%Y-%m-%d} awaits prices",
        )
    return "", ""


def freshness_words(age: Freshness | None) -> Pair:
    """Return in a few words whether a result is of today; a dash where nobody asked."""
    if age is None or age.decided is None:
        return MISSING, MISSING
    since = age.overdue_since
    if age.since is not None:
        days = (age.today - age.since).days
        return f"过期 {days} 天", f"overdue {days} days"
    late = _late_words(age)
    if age.missed is not None and since is None:
        return f"待 {age.missed:%Y-%m-%d} 行情", f"awaits prices of {age.missed:%Y-%m-%d}"
    if since is not None:
        return f"{late[0]}，{since:%Y-%m-%d} 起", f"{late[1]} since {since:%Y-%m-%d}"
    return "当期", "current"


def _late_words(age: Freshness) -> Pair:
    parts: list[Pair] = []
    if age.overdue:
        parts.append((f"{len(age.overdue)} 个指标待更新", f"{len(age.overdue)} series due"))
    if age.prices_since is not None:
        parts.append(("行情待更新", "prices due"))
    return "、".join(p[0] for p in parts), ", ".join(p[1] for p in parts)


def grade_words(result: IndustryResult, settings: Settings) -> Pair:
    """Return the grade in words; a neutral one says why, as an industry may be held all the same.

    The signal asks whether the composite rises at all, the grade whether by more than the band.
    """
    grade = math.nan if result.latest is None else float(result.grade[result.latest])
    words = GRADES.get(grade, NO_GRADE)
    if grade != 0:
        return words
    band = settings.grade_band
    return f"{words[0]}：变化在 ±{band:g} 内", f"{words[1]}: change within ±{band:g}"


@dataclass(frozen=True)
class SignalCounts:
    """How many industries have which last signal, and how many of the signals are overdue."""

    hold: int
    market: int
    none: int
    overdue: int


def signal_counts(evaluation: Evaluation) -> SignalCounts:
    """Count the industries of a run by their last signal."""
    counted = [r for r in evaluation.industries.values() if r.definition.kind == "industry"]
    signals = [signal_of(result) for result in counted]
    ages = [result.freshness for result in counted]
    return SignalCounts(
        hold=signals.count(1.0),
        market=signals.count(0.0),
        none=signals.count(None),
        overdue=sum(age is not None and age.since is not None for age in ages),
    )


@dataclass(frozen=True)
class Holdings:
    """What the combined strategy holds, and how that goes with the industries' signals.

    Attributes
    ----------
    day : Timestamp
        The decision date of the weights.
    held : tuple of str
        Ids of the industries with a weight.
    rest : float
        Weight of the benchmark.
    benchmark : pair of str
        Its name.
    signals : int
        Industries whose last signal is to hold.
    left_out : mapping of str to pair of str
        Why an industry with such a signal has no weight, by id.
    kept : tuple of str
        Industries with a weight whose last signal is another one, taken after ``day``.
    """

    day: pd.Timestamp
    held: tuple[str, ...]
    rest: float
    benchmark: Pair
    signals: int
    left_out: Mapping[str, Pair]
    kept: tuple[str, ...]


def holdings(evaluation: Evaluation) -> Holdings | None:
    """Return what the combined strategy of a run holds last; None without one."""
    combined = evaluation.combined
    if combined is None:
        return None
    day, last = combined.targets.index[-1], combined.targets.iloc[-1]
    held = tuple(str(id) for id in last.index if id != MARKET and last[id] > 0)
    hold = [id for id, result in evaluation.industries.items() if signal_of(result) == 1]
    return Holdings(
        day=day,
        held=held,
        rest=float(last[MARKET]),
        benchmark=benchmark_pair(combined.benchmark_code),
        signals=len(hold),
        left_out={id: _why_left_out(id, evaluation, day) for id in hold if id not in held},
        kept=tuple(id for id in held if id not in hold),
    )


def _why_left_out(id: str, evaluation: Evaluation, day: pd.Timestamp) -> Pair:
    results = evaluation.industries
    result = results[id]
    if result.backtest is None:
        return "没有行情", "has no prices"
    if result.latest is not None and result.decisions[result.latest] > day:
        decided = f"{result.decisions[result.latest]:%Y-%m-%d}"
        return f"{decided} 才决策", f"was decided later, on {decided}"
    for other in results.values():
        if id in other.definition.covers and other.backtest is not None:
            name = other.definition
            return f"由{name.name_zh}涵盖", f"is covered by {name.name_en}"
    return "尚未计入", "does not count yet"


def holdings_words(evaluation: Evaluation) -> Pair:
    """Return what the combined strategy holds in one sentence, with why it is not every signal."""
    found = holdings(evaluation)
    if found is None:
        return MISSING, MISSING
    count, share = len(found.held), 1 - found.rest
    noun = "industry" if count == 1 else "industries"
    chinese = (
        f"{found.day:%Y-%m-%d} 起：持有 {count} 个行业，合计 {share:.0%}；"
        f"{found.benchmark[0]} {found.rest:.0%}"
    )
    english = (
        f"From {found.day:%Y-%m-%d}: {count} {noun} with {share:.0%}; "
        f"{found.benchmark[1]} {found.rest:.0%}"
    )
    zh, en = _difference(found, evaluation)
    old = combined_age(evaluation)
    return f"{chinese}{zh}{old[0]}", f"{english}{en}{old[1]}"


def _difference(found: Holdings, evaluation: Evaluation) -> Pair:
    """Say how the industries held differ from those with a hold signal; empty when they do not."""
    parts: list[Pair] = []
    for id, why in found.left_out.items():
        name = evaluation.results[id].definition
        parts.append((f"{name.name_zh}{why[0]}", f"{name.name_en} {why[1]}"))
    for id in found.kept:
        name = evaluation.results[id].definition
        parts.append(
            (f"{name.name_zh}持有到下次调仓", f"{name.name_en} is held until the next decision")
        )
    if not parts:
        return "", ""
    shown = parts[:NAMED]
    more = f" +{len(parts) - NAMED}" if len(parts) > NAMED else ""
    return (
        f"（持有信号 {found.signals} 个：{'、'.join(p[0] for p in shown)}{more}）",
        f" (signals: {found.signals}; {', '.join(p[1] for p in shown)}{more})",
    )


def combined_age(evaluation: Evaluation) -> Pair:
    """Say since when the combined strategy's last decision is not of now; empty when it is."""
    ages = (r.freshness for r in evaluation.industries.values() if r.backtest is not None)
    since = [age.since for age in ages if age is not None and age.since is not None]
    if not since:
        return "", ""
    day = f"{min(since):%Y-%m-%d}"
    return f"；自 {day} 起已过期", f"; overdue since {day}"


def simulated_words(evaluation: Evaluation) -> Pair | None:
    """Return the mark of simulated data, with the industries if not all; None without any."""
    if not evaluation.simulated:
        return None
    marked = [r.definition for r in evaluation.industries.values() if r.simulated]
    if len(marked) in (0, len(evaluation.industries)):
        return "模拟数据：以下数字不是真实的", "SIMULATED DATA: the figures are not real"
    zh = "、".join(d.name_zh for d in marked[:NAMED])
    en = ", ".join(d.name_en for d in marked[:NAMED])
    more = f" +{len(marked) - NAMED}" if len(marked) > NAMED else ""
    return f"部分为模拟数据：{zh}{more}", f"PARTLY SIMULATED DATA: {en}{more}"


def newest_words(one: SeriesAge, age: Freshness) -> Pair:
    """Say from which decision on a series' newest month counts, and why."""
    when, name = _counting_words(one, age), _newest(one)
    return f"{name[0]}{when[0]}", f"{name[1]} {when[1]}"


def waiting_words(evaluation: Evaluation) -> list[Pair]:
    """Return why new months of a run's series change nothing yet, a sentence a decision date."""
    found: dict[Pair, dict[str, Pair]] = {}
    for result in evaluation.industries.values():
        age = result.freshness
        for one in age.waiting if age is not None else ():
            if age is not None:
                found.setdefault(_counting_words(one, age), {})[one.id] = _newest(one)
    return [_named(list(names.values()), when) for when, names in found.items()]


def _named(names: Sequence[Pair], when: Pair) -> Pair:
    more = f" +{len(names) - NAMED}" if len(names) > NAMED else ""
    zh = "、".join(name[0] for name in names[:NAMED])
    en = ", ".join(name[1] for name in names[:NAMED])
    return f"{zh}{more} {when[0]}", f"{en}{more} {when[1] if len(names) == 1 else _plural(when[1])}"


def _plural(words: str) -> str:
    return words.replace("counts", "count", 1)


def _newest(one: SeriesAge) -> Pair:
    """Return a series with its newest month and when that became public."""
    if one.through is None or one.released is None:
        return f"{one.name_zh}（无数据）", f"{one.name_en} (no data)"
    return (
        f"{one.name_zh} {one.through:%Y-%m}（{one.released:%Y-%m-%d} 公布）",
        f"{one.name_en} {one.through:%Y-%m} (released {one.released:%Y-%m-%d})",
    )


def _counting_words(one: SeriesAge, age: Freshness) -> Pair:
    """Return from when a newest month counts, and what that decision waits for."""
    if one.counts_from is None:
        return "没有数据", "counts for nothing yet"
    zh = f"自 {one.counts_from:%Y-%m-%d} 的决策起计入"
    en = f"counts from the decision of {one.counts_from:%Y-%m-%d}"
    if age.decided is not None and age.decided < one.counts_from <= age.today:
        ends = age.prices_through
        if ends is not None and ends < one.counts_from:
            return f"{zh}，而行情止于 {ends:%Y-%m-%d}", f"{en}, but prices end on {ends:%Y-%m-%d}"
        return f"{zh}，该决策尚未作出", f"{en}, which has not been taken yet"
    return zh, en


@dataclass(frozen=True)
class Former:
    """What a sheet of results said before: the last decision date and its signal."""

    decided: pd.Timestamp
    signal: float | None


def change_words(result: IndustryResult, former: Former | None) -> Pair | None:
    """Return how a signal changed; None when it did not.

    Parameters
    ----------
    result
        The result of now.
    former
        What was there before; None compares with the decision before.
    """
    if result.latest is None:
        return None
    now, decided = signal_of(result), result.decisions[result.latest]
    before = former or _decision_before(result)
    if before is None or before.signal == now:
        return None
    benchmark = benchmark_pair(result.definition.asset.benchmark)
    old, new = signal_pair(before.signal, benchmark), signal_pair(now, benchmark)
    zh = f"{result.definition.name_zh}：{old[0]} → {new[0]}，{decided:%Y-%m-%d} 决策"
    en = f"{result.definition.name_en}: {old[1]} → {new[1]}, decided {decided:%Y-%m-%d}"
    if former is None or former.decided < decided:
        return zh, en
    return (
        f"{zh}（上次按 {former.decided:%Y-%m-%d} 的决策；数据、定义或设定改过）",
        f"{en} (before, by the decision of {former.decided:%Y-%m-%d}; data, definition or "
        "settings were changed)",
    )


def _decision_before(result: IndustryResult) -> Former | None:
    earlier = result.signal[result.signal.index < result.latest].dropna()
    if earlier.empty:
        return None
    month = earlier.index[-1]
    return Former(result.decisions[month], float(earlier.iloc[-1]))


def changed_signals(evaluation: Evaluation, former: Mapping[str, Former]) -> Iterator[Pair]:
    """Give the industries of a run whose signal changed; see :func:`change_words`."""
    for id, result in evaluation.industries.items():
        words = change_words(result, former.get(id))
        if words is not None:
            yield words


def told_lines(
    evaluation: Evaluation, former: Mapping[str, Former], say: Callable[[Pair], str]
) -> list[str]:
    """Return what a button says of a run: where each industry stands, what changed, what waits.

    Parameters
    ----------
    evaluation, former
        The run, and what the sheets of results said before.
    say
        Puts a pair of texts into the reader's language.
    """
    results = evaluation.industries
    marked = simulated_words(evaluation)
    standing = [
        f"{id} {r.composite[r.latest]:+.2f} ({r.latest:%Y-%m}) "
        + say(signal_words(r)).replace("\n", " ")
        for id, r in results.items()
        if r.latest is not None
    ]
    news = [*changed_signals(evaluation, former), *waiting_words(evaluation)]
    return [
        *([] if marked is None else [say(marked)]),
        say((f"已计算 {len(results)} 个行业：", f"{counted(len(results), 'industry')}:")),
        *standing[:MOST_STANDING],
        *(say(words) for words in news[:MOST_NEWS]),
    ]
