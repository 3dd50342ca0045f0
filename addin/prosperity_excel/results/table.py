"""The table of industries that the shell prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from prosperity.evaluation import Combined, Evaluation, IndustryResult
from prosperity.notice import Notice

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
from prosperity_excel.words.tongue import spoken

COLUMNS = (
    brief("industry"),
    "名称 Name",
    *(brief(id) for id in ("composite", "change", "percentile", "signal", "month")),
    "决策日 Decision date",
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
                yield noticed(notice, name.name_zh, name.name_en)
    for notice in evaluation.notices:
        yield noticed(notice)


def noticed(notice: Notice, zh: str = "", en: str = "") -> str:
    """Return a notice as a line, with the name of what it is about in front."""
    grave = notice.severity == "warning"
    heads = (("注意", "Warning") if grave else ("说明", "Note")), (zh, en)
    front = [" ".join(filter(None, words)) for words in zip(*heads, strict=True)]
    return spoken(f"{front[0]}：{notice.zh}", f"{front[1]}: {notice.en}")


def _row(result: IndustryResult) -> tuple[str, ...]:
    definition, latest, tested = result.definition, result.latest, result.backtest
    totals = (math.nan if tested is None else tested.statistics[f"{n}_return"] for n in TOTALS)
    if latest is None:
        standing = (MISSING, MISSING, MISSING, spoken(*signal_words(result)), *(MISSING,) * 3)
    else:
        standing = (
            _text(result.composite[latest], "{:+.2f}"),
            _text(result.change[latest], "{:+.2f}"),
            _text(result.percentile[latest], "{:.0%}"),
            spoken(*signal_words(result)),
            f"{latest:%Y-%m}",
            f"{result.decisions[latest]:%Y-%m-%d}",
            spoken(*freshness_words(result.freshness)),
        )
    mark = f" ({spoken(*SIMULATED)})" if result.simulated else ""
    names = (definition.id, f"{spoken(definition.name_zh, definition.name_en)}{mark}")
    return *names, *standing, *(_text(total, "{:+.1%}") for total in totals)


def _combined_row(combined: Combined, evaluation: Evaluation) -> tuple[str, ...]:
    """Return the combined strategy's row; under "index" stands the equal-weight basket."""
    found, held = combined.backtest.statistics, holdings(evaluation)
    count = len(held.held) if held is not None else 0
    standing = (
        *(MISSING,) * 3,
        spoken(f"持有 {count} 个行业", f"{count} held") + _of_signals(held),
        MISSING,
        f"{combined.targets.index[-1]:%Y-%m-%d}",
        MISSING,
    )
    totals = (_text(found[f"{name}_return"], "{:+.1%}") for name in TOTALS)
    return "combined", spoken("综合策略", "Combined strategy"), *standing, *totals


def _of_signals(held: Holdings | None) -> str:
    """Say how many industries have a hold signal, where that is not how many are held."""
    if held is None or not (held.left_out or held.kept):
        return ""
    count = held.signals
    return " " + spoken(f"（持有信号 {count}，见下）", f"(signals: {count}, see below)", "")


def head_lines(evaluation: Evaluation) -> Iterator[str]:
    """Give what stands above the table: the mark of simulated data, and the day of the run."""
    marked = simulated_words(evaluation)
    if marked is not None:
        yield spoken(*marked)
    if all(result.definition.kind == "module" for result in evaluation.industries.values()):
        return
    counts = signal_counts(evaluation)
    overdue = (f"，其中已过期 {counts.overdue}", f", {counts.overdue} of them overdue")
    late = overdue if counts.overdue else ("", "")
    day = f"{evaluation.today:%Y-%m-%d} " if evaluation.today is not None else ""
    yield day + spoken(
        f"信号：持有行业 {counts.hold}，持有基准 {counts.market}，无 {counts.none}{late[0]}。",
        f"Signals: {counts.hold} in industry, {counts.market} in market, "
        f"{counts.none} none{late[1]}.",
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
        yield from _lines(("综合策略", "Combined"), [holdings_words(evaluation)])
    yield from _lines(("信号变化", "Signal changed"), list(changed_signals(evaluation, former)))
    yield from _lines(("尚未计入", "Not counted yet"), waiting_words(evaluation))


def _lines(head: Pair, found: Sequence[Pair]) -> Iterator[str]:
    for words in found[:MOST_LINES]:
        yield spoken(f"{head[0]}：{words[0]}。", f"{head[1]}: {words[1]}.")
    if len(found) > MOST_LINES:
        yield f"{spoken(*head)}: +{len(found) - MOST_LINES}"


def _text(value: float, form: str) -> str:
    if not math.isfinite(value):
        return MISSING
    shown = form.format(value)
    # What rounds to nothing has no sign.
    return shown if any(digit in shown for digit in "123456789") else shown.lstrip("+-")
