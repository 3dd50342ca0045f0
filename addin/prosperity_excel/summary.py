"""The table of industries that the shell prints."""

from __future__ import annotations

import math
from collections.abc import Iterator

from prosperity.evaluation import MARKET, Combined, Evaluation, IndustryResult

COLUMNS = (
    "行业 Industry",
    "名称 Name",
    "景气度 Composite",
    "变化 Change",
    "分位 Percentile",
    "信号 Signal",
    "月份 Month",
    "决策日 As of",
    "策略 Strategy",
    "指数 Index",
    "基准 Benchmark",
)
SIGNALS = {1.0: "持有行业 hold", 0.0: "持有全A market"}
NO_SIGNAL = "无信号 none"
MISSING = "–"
TOTALS = ("strategy", "index", "benchmark")


def summary_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Return a row an industry, in the order of :data:`COLUMNS`; texts, missing as a dash."""
    rows = [_row(result) for result in evaluation.industries.values()]
    return rows if evaluation.combined is None else [*rows, _combined_row(evaluation.combined)]


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
        standing = (MISSING, MISSING, MISSING, NO_SIGNAL, MISSING, MISSING)
    else:
        standing = (
            _text(result.composite[latest], "{:+.2f}"),
            _text(result.change[latest], "{:+.2f}"),
            _text(result.percentile[latest], "{:.0%}"),
            # A module is nothing that could be held.
            MISSING
            if definition.kind == "module"
            else SIGNALS.get(result.signal[latest], NO_SIGNAL),
            f"{latest:%Y-%m}",
            f"{result.decisions[latest]:%Y-%m-%d}",
        )
    names = (definition.id, f"{definition.name_zh} {definition.name_en}")
    return *names, *standing, *(_text(total, "{:+.1%}") for total in totals)


def _combined_row(combined: Combined) -> tuple[str, ...]:
    """Return the combined strategy's row; under "index" stands the equal-weight basket."""
    last, found = combined.targets.iloc[-1], combined.backtest.statistics
    held = int((last.drop(MARKET) > 0).sum())
    standing = (
        *(MISSING,) * 3,
        f"持有 {held} 个行业 holds {held}",
        MISSING,
        f"{combined.targets.index[-1]:%Y-%m-%d}",
    )
    totals = (_text(found[f"{name}_return"], "{:+.1%}") for name in TOTALS)
    return "combined", "综合策略 Combined strategy", *standing, *totals


def _text(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else MISSING
