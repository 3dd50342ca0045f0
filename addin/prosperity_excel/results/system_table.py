"""The table of systems that the shell prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd
from prosperity.systems.result import SystemResult

from prosperity_excel.results.table import noticed
from prosperity_excel.words.system_statements import position_words
from prosperity_excel.words.tongue import spoken

COLUMNS = (
    "系统 System",
    "名称 Name",
    "持仓 Position",
    "决策日 Decision date",
    "交易日 Traded",
    "策略 Strategy",
    "基准 Benchmark",
    "夏普 Sharpe",
    "回撤 Drawdown",
    "IC",
)
MISSING = "–"


def system_rows(results: Mapping[str, SystemResult]) -> list[tuple[str, ...]]:
    """Return a row a system, in the order of :data:`COLUMNS`; texts, missing as a dash."""
    return [_row(result) for result in results.values()]


def system_lines(results: Mapping[str, SystemResult]) -> Iterator[str]:
    """Give what a reader should know of systems, a line each; repeated texts once."""
    seen: set[str] = set()
    for result in results.values():
        for notice in result.notices:
            if notice.zh not in seen:
                seen.add(notice.zh)
                name = result.definition
                yield noticed(notice, name.name_zh, name.name_en)


def _row(result: SystemResult) -> tuple[str, ...]:
    definition, latest, tested = result.definition, result.latest, result.backtest
    statistics = {} if tested is None else dict(tested.statistics)
    mark = f" ({spoken('模拟', 'simulated')})" if result.simulated else ""
    return (
        result.id,
        f"{spoken(definition.name_zh, definition.name_en)}{mark}",
        spoken(*position_words(result)),
        MISSING if latest is None else f"{latest:%Y-%m-%d}",
        _traded(result, latest),
        _text(statistics.get("strategy_return", math.nan), "{:+.1%}"),
        _text(statistics.get("benchmark_return", math.nan), "{:+.1%}"),
        _text(statistics.get("sharpe", math.nan), "{:.2f}"),
        _text(statistics.get("max_drawdown", math.nan), "{:.1%}"),
        _text(math.nan if result.ranking is None else result.ranking.mean, "{:+.3f}"),
    )


def _traded(result: SystemResult, latest: pd.Timestamp | None) -> str:
    if latest is None or pd.isna(result.trades[latest]):
        return MISSING
    return f"{result.trades[latest]:%Y-%m-%d}"


def _text(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else MISSING
