"""The sheet ``plan``: what is held and why, what each layer is worth; docs/results.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from prosperity.evaluation import Evaluation, IndustryResult
from prosperity.plan_standing import holdings_of, layer_weights, net_value
from prosperity.systems.plan_result import PlanResult

from prosperity_excel.ooxml.grid import Grid, GridBlock, GridColumn
from prosperity_excel.results.result_age import plain
from prosperity_excel.results.sheet_layout import (
    DAILY,
    GAP,
    ITEM,
    NET_DECIMALS,
    block_of,
    daily_columns,
    named_columns,
    statistic_columns,
)
from prosperity_excel.results.system_layout import in_rows, notice_columns, system_notes
from prosperity_excel.words.book_words import PLAN_SHEET
from prosperity_excel.words.fields import Heading, headings
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.plan_statements import FINDINGS, UNUSED, plan_name

HOLDINGS: Mapping[str, Heading] = {
    "held": ("持有", "Held", "text"),
    "held_zh": ("中文名", "Chinese name", "text"),
    "held_en": ("英文名", "English name", "text"),
    "weight": ("权重", "Weight", "percent"),
    "before": ("上期", "Before", "percent"),
    "difference": ("变化", "Change", "percent"),
    **headings("composite"),
    "change": ("边际变化", "Change of composite", "number"),
    "grade": ("评级", "Grade", "count"),
    "rank": ("因子排名", "Factor rank", "percent"),
    "style": ("风格", "Style", "number"),
    "crowding": ("拥挤度", "Crowding", "number"),
    "veto": ("否决系数", "Veto factor", "number"),
    "why_zh": ("原因", "Why, in Chinese", "text"),
    "why_en": ("原因（英文）", "Why", "text"),
}
LAYERS: Mapping[str, Heading] = {
    "layer": ("层", "Layer", "text"),
    "layer_zh": ("中文名", "Chinese name", "text"),
    "layer_en": ("英文名", "English name", "text"),
    "used": ("使用（1 是）", "Used (1: yes)", "count"),
    "nav_0": ("净值 0 bp", "Net value, 0 bp", "net"),
    "nav_10": ("净值 10 bp", "Net value, 10 bp", "net"),
    "nav_30": ("净值 30 bp", "Net value, 30 bp", "net"),
    "p_value": ("平移检验 p", "Shift test p", "number"),
    "finding": ("结论", "Finding", "text"),
}
STEPS: Mapping[str, Heading] = {
    **headings("decision"),
    "trade": ("交易日", "Traded on", "date"),
    "equity": ("权益", "Equity", "percent"),
    "macro": ("宏观仓位", "Macro position", "percent"),
    "multiplier": ("市场状态系数", "Market state", "number"),
    "turnover": ("换手", "Turnover", "percent"),
}
USED: Mapping[str, Heading] = {
    "system": ("系统", "System", "text"),
    "decided": ("所用决策日", "Decision used", "date"),
    "days": ("距方案（天）", "Days to the plan", "count"),
}
LAYERS_AT = len(HOLDINGS) + GAP
STEPS_AT = LAYERS_AT + len(LAYERS) + GAP
ITEMS_AT = STEPS_AT + len(STEPS) + GAP
DAILY_AT = ITEMS_AT + len(ITEM) - 1 + GAP
USED_AT = DAILY_AT + len(DAILY) + GAP
NOTICES_AT = USED_AT + len(USED) + GAP
#: What each layer would hold, its net values and all weights stand last: their width varies.
WORTH_AT = NOTICES_AT + 4 + GAP
TITLE: Pair = ("组合方案", "The plan")


def plan_grid(plan: PlanResult, evaluation: Evaluation) -> Grid:
    """Return the sheet of the plan over an evaluation's industries and systems."""
    results = evaluation.results
    blocks = [
        block_of("holdings", ("持有与原因", "Held, and why"), 0, _holdings(plan, results)),
        block_of("layers", ("各层的价值", "What each layer is worth"), LAYERS_AT, _layers(plan)),
        block_of("steps", ("权益", "Equity"), STEPS_AT, _steps(plan)),
        block_of("items", ("统计", "Statistics"), ITEMS_AT, statistic_columns(plan.backtest)),
        block_of("daily", ("每日净值", "Daily net values"), DAILY_AT,
                 daily_columns(plan.backtest, {"index": ("等权行业净值", "Equal-weight basket")})),
        block_of("systems", ("所用系统", "Systems in use"), USED_AT, _used(plan)),
        block_of("notices", ("提示", "Notices"), NOTICES_AT, notice_columns(plan.notices)),
    ]  # fmt: skip
    at = WORTH_AT
    for block in _wide(plan, results):
        blocks.append(GridBlock(block.key, block.zh, block.en, at, block.columns))
        at += len(block.columns) + GAP
    title = " ".join(TITLE)
    return Grid(PLAN_SHEET[0], title, system_notes(plan, evaluation), tuple(blocks))


def _holdings(plan: PlanResult, results: Mapping[str, IndustryResult]) -> tuple[GridColumn, ...]:
    day = plan.decisions[-1]
    rows = []
    for one in holdings_of(plan, day):
        composite, change, grade = composite_of(results.get(one.id), day)
        rows.append(
            (
                one.id,
                *plan_name(one.id, results),
                one.now,
                one.before,
                one.now - one.before,
                composite,
                change,
                grade,
                one.rank,
                one.style,
                one.crowding,
                one.veto,
                *(one.why or ("", "")),
            )
        )
    return in_rows(HOLDINGS, rows)


def composite_of(result: IndustryResult | None, day: pd.Timestamp) -> tuple[float, float, float]:
    """Return composite, its change and grade as decided last by a day; NaN where there is none."""
    if result is None:
        return math.nan, math.nan, math.nan
    decided = result.decisions[(result.decisions <= day) & result.composite.notna()]
    if decided.empty:
        return math.nan, math.nan, math.nan
    month = decided.index[-1]
    values = (result.composite[month], result.change[month], result.grade[month])
    return float(values[0]), float(values[1]), float(values[2])


def _layers(plan: PlanResult) -> tuple[GridColumn, ...]:
    return in_rows(
        LAYERS,
        [
            (
                one.id,
                one.name_zh,
                one.name_en,
                float(one.used),
                *(net_value(one.nav[cost]) for cost in one.nav),
                one.p_value,
                " ".join(FINDINGS[one.shown_to_help] if one.used else UNUSED),
            )
            for one in plan.layers
        ],
    )


def _steps(plan: PlanResult) -> tuple[GridColumn, ...]:
    equity = plan.steps["equity"]
    return named_columns(
        STEPS,
        {
            "decision": plan.decisions,
            "trade": plan.trades,
            **{name: equity[name] for name in ("equity", "macro", "multiplier")},
            "turnover": plan.turnover,
        },
    )


def _used(plan: PlanResult) -> tuple[GridColumn, ...]:
    day, newest = plan.decisions[-1], plan.newest.iloc[-1]
    return in_rows(
        USED,
        [
            (str(id), on, math.nan if pd.isna(on) else float((day - on).days))
            for id, on in newest.items()
        ],
    )


def _wide(plan: PlanResult, results: Mapping[str, IndustryResult]) -> Sequence[GridBlock]:
    """Return the blocks whose width is that of the layers, the styles and the industries."""
    weights = layer_weights(plan)
    ids = [str(id) for id in weights.index]
    names = [plan_name(id, results) for id in ids]
    steps = [
        GridColumn("worth", "持有", "Held", "text", tuple(ids)),
        GridColumn("worth_zh", "中文名", "Chinese name", "text", tuple(zh for zh, _ in names)),
        GridColumn("worth_en", "英文名", "English name", "text", tuple(en for _, en in names)),
        *(
            GridColumn(one.id, one.name_zh, one.name_en, "percent",
                       tuple(plain(v) for v in weights[one.id]))
            for one in plan.layers
        ),
    ]  # fmt: skip
    nav = pd.DataFrame({one.id: one.nav["0"] for one in plan.layers if one.used and len(one.nav)})
    layers = {one.id: (one.name_zh, one.name_en) for one in plan.layers}
    found = [
        block_of("worth", ("各层权重", "Weights by layer"), 0, tuple(steps)),
        block_of("layer_nav", ("各层净值（0 bp）", "Net values by layer, 0 bp"), 0,
                 _dated(nav.round(NET_DECIMALS), layers, "net")),
    ]  # fmt: skip
    votes = plan.steps["votes"]
    if len(votes.columns):
        own = {str(pair): (str(pair), str(pair)) for pair in votes}
        found.append(block_of("votes", ("风格票数", "Votes on styles"), 0, _dated(votes, own)))
    own = {str(id): plan_name(str(id), results) for id in plan.positions}
    found.append(
        block_of("weights", ("目标权重", "Target weights"), 0,
                 _dated(plan.positions, own, "percent"))
    )  # fmt: skip
    return found


def _dated(
    frame: pd.DataFrame, names: Mapping[str, Pair], kind: str = "number"
) -> tuple[GridColumn, ...]:
    days = GridColumn("date", "日期", "Date", "date", tuple(plain(day) for day in frame.index))
    return days, *(
        GridColumn(str(id), *names[str(id)], kind, tuple(plain(v) for v in frame[id]))  # type: ignore[arg-type]
        for id in frame
    )
