"""The page of the plan: equity, what is held and why, what each layer is worth, and its base."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
from prosperity.evaluation import Evaluation
from prosperity.plan_standing import Holding, holdings_of, layer_weights, net_value
from prosperity.systems.plan_result import Layer, PlanResult

from prosperity_excel.report.data_columns import dates, numbers
from prosperity_excel.report.data_sheets import (
    logarithmic,
    net_value_charts,
    week_ends,
    weekly_block,
)
from prosperity_excel.report.model_page import Places, links
from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.returns_page import HALF
from prosperity_excel.report.spec import (
    Band,
    Block,
    Break,
    Chart,
    Column,
    DataSheet,
    Figure,
    Line,
    Link,
    Page,
    Spark,
    Table,
    Tag,
    Text,
    Value,
)
from prosperity_excel.report.system_page import heading, notice_bands, warnings_of
from prosperity_excel.report.system_tables import columns_of, known
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.plan_statements import (
    FINDINGS,
    UNUSED,
    equity_parts,
    plan_name,
    votes_text,
)
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import NOTES
from prosperity_excel.words.system_statements import honest_system_words
from prosperity_excel.words.system_words import REPORT_BLOCKS, REPORT_HEADS

LAYER_NAV, WEIGHTS = "layer_nav", "weights"
CHART_ROWS = 14
#: How the layers' lines look, the first and the last as the strategy is drawn elsewhere.
LOOKS = ("benchmark", "dimension_0", "dimension_1", "dimension_2", "strategy")
#: Months of the small line of a composite.
SPARK_MONTHS = 36


def plan_page(
    plan: PlanResult,
    evaluation: Evaluation,
    page_of: dict[str, str],
    data_of: dict[str, str],
    places: Places,
    voice: Voice,
) -> Page:
    """Return the page of the plan.

    Parameters
    ----------
    plan, evaluation
        The plan, and the run that it belongs to.
    page_of, data_of
        Names of the pages and data sheets of industries and systems.
    places, voice
        Names of sheets; the reader's language.
    """
    bands: list[Band] = [
        (Text(text=voice.stack(_finding(plan, evaluation)), role="title"),),
        links(places, voice),
        *warnings_of(plan, evaluation.today, voice),
        (Text(text=voice.stack(_equity(plan)), role="headline"),),
        (_holdings(plan, evaluation, page_of, data_of, voice),),
        _charts(plan, places.data, voice),
        heading("layers", voice),
        (_layers(plan, voice),),
        (Text(text=voice.stack(NOT_SHOWN), role="note"),),
        (Break(),),
        heading("weights", voice),
        (_by_layer(plan, evaluation, voice),),
        heading("freshness", voice),
        (_used(plan, evaluation, page_of, voice),),
        *notice_bands(plan.notices, voice),
        (Text(text=voice.stack(honest_system_words(plan, evaluation.settings)), role="note"),),
    ]
    title = voice.line(REPORT_BLOCKS["plan"])
    return Page(id=places.page, title=title, widths=GRID, bands=tuple(bands))


NOT_SHOWN: Pair = (
    "检验：把该层所说的内容在时间上平移，其余不变；p > 0.2 的层以灰色列出：未显示有效。",
    "Test: what a layer says is rotated in time, all else as it was; a layer with p above .2 "
    "stands in grey: it is not shown to help.",
)


def _finding(plan: PlanResult, evaluation: Evaluation) -> Pair:
    """Return the equity and what is held, as the title."""
    equity = plan.steps["equity"]["equity"].iloc[-1]
    held = [one for one in holdings_of(plan, plan.decisions[-1]) if one.why and one.now > 0]
    names = [plan_name(one.id, evaluation.results) for one in held]
    zh = "、".join(f"{name[0]} {one.now:.0%}" for name, one in zip(names, held, strict=True))
    en = ", ".join(f"{name[1]} {one.now:.0%}" for name, one in zip(names, held, strict=True))
    day = f"{plan.decisions[-1]:%Y-%m-%d}"
    return (
        f"组合方案 {day}：权益 {equity:.0%}；{zh or '不持有行业'}",
        f"The plan of {day}: equity {equity:.0%}; {en or 'no industry is held'}",
    )


def _equity(plan: PlanResult) -> Pair:
    parts = list(equity_parts(plan))
    zh = " · ".join(f"{one[0]} {one[2]}" for one in parts)
    en = " · ".join(f"{one[1]} {one[2]}" for one in parts)
    votes = votes_text(plan)
    if votes:
        zh, en = f"{zh} · 风格票数 {votes}", f"{en} · votes on styles: {votes}"
    return zh, en


def _holdings(
    plan: PlanResult,
    evaluation: Evaluation,
    page_of: dict[str, str],
    data_of: dict[str, str],
    voice: Voice,
) -> Table:
    columns = (
        *columns_of(
            voice,
            ("industry", "text", 1),
            ("composite", "text", 1),
            ("change", "signed", 2),
            ("rank", "percent", 1),
            ("style", "signed", 1),
            ("crowding", "share", 1),
            ("weight", "percent", 1),
            ("before", "percent", 1),
            ("difference", "signed_percent", 1),
            ("why", "text", 3),
        ),
    )
    found = holdings_of(plan, plan.decisions[-1])
    rows = tuple(_holding(one, evaluation, page_of, data_of, voice) for one in found)
    return Table(columns=columns, rows=rows)


def _holding(
    one: Holding,
    evaluation: Evaluation,
    page_of: dict[str, str],
    data_of: dict[str, str],
    voice: Voice,
) -> tuple[Value, ...]:
    name, result = voice.line(plan_name(one.id, evaluation.results)), None
    if one.id in evaluation.results and one.id in page_of:
        result = evaluation.results[one.id]
    month = None if result is None else result.latest
    change = math.nan if result is None or month is None else float(result.change[month])
    spark: Value = ""
    if result is not None and result.composite.notna().sum() > 1:
        spark = Spark(data_of[one.id], "monthly", "composite", SPARK_MONTHS)
    return (
        Link(name, page_of[one.id]) if result is not None else name,
        spark,
        _known(change),
        _known(one.rank),
        _known(one.style),
        _known(one.crowding),
        one.now,
        _known(one.before),
        _known(one.now - one.before),
        voice.line(one.why) if one.why else "",
    )


def _known(value: float) -> Value:
    return value if known(value) else ""


def _charts(plan: PlanResult, sheet: str, voice: Voice) -> Band:
    """Return the net values of the plan beside the basket, and those of each layer."""
    if plan.backtest is None or len(plan.backtest.nav) < 2:
        return (Text(text=voice.line(("没有回测。", "There is no backtest."))),)
    halves = (
        {"at": 0, "span": HALF, "rows": CHART_ROWS},
        {"at": HALF, "span": 0, "rows": CHART_ROWS},
    )
    whole = net_value_charts(plan.backtest, sheet, voice, halves)
    layers = _layer_chart(plan, whole[1], voice)
    return whole if layers is None else (whole[0], layers)


def _layer_chart(plan: PlanResult, like: Chart, voice: Voice) -> Chart | None:
    """Return the chart of the layers in the place of another one; None where there is no layer."""
    nav = _layer_nav(plan)
    if len(nav.columns) < 2 or len(nav) < 2:
        return None
    ids = [str(id) for id in nav]
    looks = (*LOOKS[: len(ids) - 1], LOOKS[-1])
    title = voice.stack(REPORT_BLOCKS["layer_nav"])
    subtitle = f"{like.y_label} · {nav.index[0]:%Y-%m} – {nav.index[-1]:%Y-%m}"
    made = replace(
        like,
        title=title,
        subtitle=subtitle,
        description=f"{title}; {subtitle}".replace("\n", " "),
        block=LAYER_NAV,
        lines=tuple(Line(id, look) for id, look in zip(ids, looks, strict=True)),
        first=nav.index[0].date(),
        last=nav.index[-1].date(),
        shades=(),
        ends=(),
    )
    return logarithmic(made, nav)


def _layer_nav(plan: PlanResult) -> pd.DataFrame:
    """Return the weekly net values, without costs, of the layers that are used."""
    used = {one.id: one.nav["0"] for one in plan.layers if one.used and len(one.nav)}
    nav = pd.DataFrame(used).dropna(how="any")
    return nav.loc[week_ends(pd.DatetimeIndex(nav.index))] if len(nav) else nav


def _layers(plan: PlanResult, voice: Voice) -> Table:
    costs = list(plan.layers[0].nav)
    net = voice.stack(REPORT_HEADS["net"])
    columns = (
        *columns_of(voice, ("layer", "text", 1)),
        *(Column(label=f"{net}\n{cost} bp", kind="number", span=n) for cost, n in
          zip(costs, (2, 1, 1), strict=False)),
        *columns_of(voice, ("p", "p", 1), ("finding", "text", 3)),
    )  # fmt: skip
    rows = tuple(_layer(one, voice) for one in plan.layers)
    return Table(columns=columns, rows=rows)


def _layer(one: Layer, voice: Voice) -> tuple[Value, ...]:
    """Return a layer's row, in grey where it is not shown to help."""
    ends = [net_value(one.nav[cost]) for cost in one.nav]
    name = voice.line((one.name_zh, one.name_en))
    if not one.used:
        return (Tag(name, "muted"), *("",) * len(ends), "", Tag(voice.line(UNUSED), "muted"))
    finding = voice.line(FINDINGS[one.shown_to_help])
    if one.id == "industries":
        return (name, *(_known(v) for v in ends), "", "")
    if one.shown_to_help:
        return (name, *(_known(v) for v in ends), one.p_value, finding)
    grey = [Tag(f"{v:.2f}" if known(v) else "", "muted") for v in ends]
    tested = f"{one.p_value:.3f}" if known(one.p_value) else "–"
    return (Tag(name, "muted"), *grey, Tag(tested, "muted"), Tag(finding, "muted"))


def _by_layer(plan: PlanResult, evaluation: Evaluation, voice: Voice) -> Table:
    """Return the weights of each layer by the last decision; the sum of industries at the end."""
    weights = layer_weights(plan)
    spans = (1, 2, 1, 1, 2)
    columns = (
        *columns_of(voice, ("industry", "text", 1)),
        *(
            Column(
                label=voice.stack((one.name_zh, one.name_en)),
                kind="percent",
                span=span,
                scale="share",
            )
            for one, span in zip(plan.layers, spans, strict=True)
        ),
    )
    rows: list[tuple[Value, ...]] = [
        (
            voice.line(plan_name(str(id), evaluation.results)),
            *(Figure(float(v), "percent") if v > 0 else "" for v in weights.loc[id]),
        )
        for id in weights.index
    ]
    own = weights[weights.index.isin(list(evaluation.results))].sum()
    total = voice.line(("行业合计", "Industries together"))
    rows.append((total, *(float(own[one.id]) for one in plan.layers)))
    return Table(columns=columns, rows=tuple(rows), total=True)


def _used(plan: PlanResult, evaluation: Evaluation, page_of: dict[str, str], voice: Voice) -> Table:
    """Return the systems that the plan rests on, and which of their decisions it used."""
    columns = columns_of(
        voice, ("system", "text", 1), ("decided", "date", 2), ("days", "count", 2),
        ("origin", "text", 3),
    )  # fmt: skip
    day = plan.decisions[-1]
    rows: list[tuple[Value, ...]] = []
    for id, on in plan.newest.iloc[-1].items():
        result = evaluation.systems.get(str(id))
        own = (str(id), str(id))
        if result is not None:
            own = (result.definition.name_zh, result.definition.name_en)
        name = voice.line(own)
        simulated = result is not None and bool(result.simulated)
        origin = ("模拟数据", "simulated") if simulated else ("工作簿数据", "data as in the book")
        there = pd.notna(on)
        rows.append(
            (
                Link(name, page_of[str(id)]) if str(id) in page_of else name,
                on.date() if there else "",
                float((day - on).days) if there else "",
                Tag(voice.line(origin), "strong" if simulated else "plain"),
            )
        )
    return Table(columns=columns, rows=tuple(rows))


def plan_sheet(plan: PlanResult, evaluation: Evaluation, places: Places, voice: Voice) -> DataSheet:
    """Return the series behind the page."""
    day = dates("decision", voice.line(REPORT_HEADS["decided"]), "date", plan.decisions)
    weights = [
        numbers(str(id), voice.line(plan_name(str(id), evaluation.results)), "", "percent",
                plan.positions[id])
        for id in plan.positions
    ]  # fmt: skip
    blocks = [Block(key=WEIGHTS, title=voice.line(REPORT_HEADS["weight"]), columns=(day, *weights))]
    nav = _layer_nav(plan)
    if len(nav):
        names = {one.id: voice.line((one.name_zh, one.name_en)) for one in plan.layers}
        days = dates("date", voice.label("date"), "date", pd.DatetimeIndex(nav.index))
        lines = [numbers(str(id), names[str(id)], "", "net", nav[id].round(6)) for id in nav]
        title = voice.line(REPORT_BLOCKS["layer_nav"])
        blocks.append(Block(key=LAYER_NAV, title=title, columns=(days, *lines)))
    if plan.backtest is not None:
        blocks.append(weekly_block(plan.backtest, voice, {"index": voice.label("basket")}))
    title = voice.line(REPORT_BLOCKS["plan"])
    return DataSheet(
        id=places.data,
        title=f"{title} · {voice.line(REPORT_BLOCKS['series'])}",
        note=voice.line(NOTES["data"]),
        back=Link(f"← {voice.label('to_page')}", places.page),
        blocks=tuple(blocks),
    )
