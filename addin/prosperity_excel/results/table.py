"""The table of industries that the shell prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from prosperity.evaluation import Combined, Evaluation, IndustryResult

from prosperity_excel.words.fields import brief
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import (
    MISSING,
    SIMULATED,
    Former,
    Holdings,
    changed_signals,
    freshness_words,
    holdings,
    holdings_words,
    signal_counts,
    signal_words,
    simulated_words,
    waiting_words,
)

COLUMNS = (
    brief("industry"),
    "名称 Name",
    *(brief(id) for id in ("composite", "change", "percentile", "signal", "month")),
    "决策日 As of",
    brief("freshness"),
    "策略 Strategy",
    "指数 Index",
    "基准 Benchmark",
)
#: Lines of one kind that the shell prints; the others are counted.
MOST_LINES = 12
TOTALS = ("strategy", "index", "benchmark")


def summary_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Return a row an industry, in the order of :data:`COLUMNS`; texts, missing as a dash."""
    rows = [_row(result) for result in evaluation.industries.values()]
    combined = evaluation.combined
    return rows if combined is None else [*rows, _combined_row(combined, evaluation)]


def notice_lines(evaluation: Evaluation) -> Iterator[str]:
    """Give what a reader should know, a line each, gravest first; repeated texts once."""
    seen: set[str] = set()
    for result in evaluation.results.values():
        for notice in result.notices:
            if notice.severity == "warning" and notice.zh not in seen:
                seen.add(notice.zh)
                name = result.definition
                yield f"注意 {name.name_zh} {name.name_en}: {notice.zh} {notice.en}"
    for notice in evaluation.notices:
        yield f"{'注意' if notice.severity == 'warning' else '说明'} {notice.zh} {notice.en}"


def _row(result: IndustryResult) -> tuple[str, ...]:
    definition, latest, tested = result.definition, result.latest, result.backtest
    totals = (math.nan if tested is None else tested.statistics[f"{n}_return"] for n in TOTALS)
    if latest is None:
        standing = (MISSING, MISSING, MISSING, _both(signal_words(result)), *(MISSING,) * 3)
    else:
        standing = (
            _text(result.composite[latest], "{:+.2f}"),
            _text(result.change[latest], "{:+.2f}"),
            _text(result.percentile[latest], "{:.0%}"),
            _both(signal_words(result)),
            f"{latest:%Y-%m}",
            f"{result.decisions[latest]:%Y-%m-%d}",
            _both(freshness_words(result.freshness)),
        )
    mark = f"（{_both(SIMULATED)}）" if result.simulated else ""
    names = (definition.id, f"{definition.name_zh} {definition.name_en}{mark}")
    return *names, *standing, *(_text(total, "{:+.1%}") for total in totals)


def _combined_row(combined: Combined, evaluation: Evaluation) -> tuple[str, ...]:
    """Return the combined strategy's row; under "index" stands the equal-weight basket."""
    found, held = combined.backtest.statistics, holdings(evaluation)
    count = len(held.held) if held is not None else 0
    standing = (
        *(MISSING,) * 3,
        f"持有 {count} 个行业 holds {count}{_of_signals(held)}",
        MISSING,
        f"{combined.targets.index[-1]:%Y-%m-%d}",
        MISSING,
    )
    totals = (_text(found[f"{name}_return"], "{:+.1%}") for name in TOTALS)
    return "combined", "综合策略 Combined strategy", *standing, *totals


def _of_signals(held: Holdings | None) -> str:
    """Say how many industries have a hold signal, where that is not how many are held."""
    if held is None or not (held.left_out or held.kept):
        return ""
    return f"（持有信号 {held.signals}，见下 hold signals, see below）"


def head_lines(evaluation: Evaluation) -> Iterator[str]:
    """Give what stands above the table: the mark of simulated data, and the day of the run."""
    marked = simulated_words(evaluation)
    if marked is not None:
        yield _both(marked)
    if all(result.definition.kind == "module" for result in evaluation.industries.values()):
        return
    counts = signal_counts(evaluation)
    overdue = (f"，其中已过期 {counts.overdue}", f", {counts.overdue} of them overdue")
    late = overdue if counts.overdue else ("", "")
    day = f"{evaluation.today:%Y-%m-%d} " if evaluation.today is not None else ""
    yield (
        f"{day}持有信号 {counts.hold}，基准 {counts.market}，无信号 {counts.none}{late[0]}。 "
        f"Signals: {counts.hold} hold, {counts.market} benchmark, {counts.none} none{late[1]}."
    )


def news_lines(evaluation: Evaluation, former: Mapping[str, Former]) -> Iterator[str]:
    """Give what changed, and why new months change nothing yet.

    Parameters
    ----------
    evaluation
        The run.
    former
        What the books' sheets of results said before, by industry id.
    """
    if evaluation.combined is not None:
        yield from _lines("综合策略 Combined", [holdings_words(evaluation)])
    yield from _lines("信号变化 Signal changed", list(changed_signals(evaluation, former)))
    yield from _lines("尚未计入 Not counted yet", waiting_words(evaluation))


def _lines(head: str, found: Sequence[Pair]) -> Iterator[str]:
    for words in found[:MOST_LINES]:
        yield f"{head}: {words[0]}。 {words[1]}."
    if len(found) > MOST_LINES:
        yield f"{head}: +{len(found) - MOST_LINES}"


def _both(words: Pair) -> str:
    return words[0] if words[0] == words[1] else " ".join(words)


def _text(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else MISSING
