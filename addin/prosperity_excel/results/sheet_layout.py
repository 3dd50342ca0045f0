"""The layout of the sheets of results; docs/results.md describes it for users.

A book for one industry has one sheet, ``result``. A book for several has the overview in
``result`` and each industry in a sheet of its own, ``result_ID``. Every block begins at a fixed
column and every column grows downwards, so that charts and formulas stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from prosperity.backtest import STATISTICS, Backtest
from prosperity.definition import Industry
from prosperity.evaluation import Combined, Evaluation, IndustryResult, Notice

from prosperity_excel.ooxml.grid import (
    ABOUT_ROWS,
    NOTE_ROWS,
    WARNING_ROWS,
    Grid,
    GridBlock,
    GridColumn,
    Value,
)
from prosperity_excel.results.result_age import AGE, age_values, alarm_words, plain, plains
from prosperity_excel.words.book_words import RESULT_SHEET
from prosperity_excel.words.fields import Heading, Kind, headings
from prosperity_excel.words.guide_words import RESULT_NOTE
from prosperity_excel.words.report_words import report_figures
from prosperity_excel.words.sentences import honest_words

#: Columns that stand free between blocks, and columns kept for dimensions and indicators.
GAP = 1
MOST_DIMENSIONS, MOST_INDICATORS = 12, 40

MONTHLY: Mapping[str, Heading] = headings(
    "month", "decision", "composite", "change", "percentile", "signal", "grade", "state"
)
DAILY: Mapping[str, Heading] = headings(
    "date", "position", "strategy", "index", "benchmark",
    "strategy_relative", "index_relative", "drawdown",
)  # fmt: skip
ITEM: Mapping[str, Heading] = headings("item", "item_zh", "item_en", "value", "reported")
#: Rows of the block of items before the statistics.
STANDING: Mapping[str, Heading] = {**MONTHLY, **headings("start", "end")}
_KINDS: Mapping[str, Kind] = {"percent": "percent", "ratio": "number", "count": "count"}
#: Statistics that the overview shows.
SHOWN = ("strategy_return", "index_return", "benchmark_return", "max_drawdown", "sharpe")
OVERVIEW: Mapping[str, Heading] = {
    **headings("industry", "name_zh", "name_en"),
    **MONTHLY,
    **{key: (zh, en, _KINDS[kind]) for key, (zh, en, kind) in STATISTICS.items() if key in SHOWN},
}
#: What begins the row of ids on a sheet of results: of an industry, of several, of a system, and
#: of the plan.
MARKS = (next(iter(MONTHLY)), next(iter(OVERVIEW)), "decision", "held")
ITEMS_AT = len(MONTHLY) + GAP
DAILY_AT = ITEMS_AT + len(ITEM) + GAP
DIMENSIONS_AT = DAILY_AT + len(DAILY) + GAP
CONTRIBUTIONS_AT = DIMENSIONS_AT + MOST_DIMENSIONS + GAP
CHANGES_AT = CONTRIBUTIONS_AT + MOST_INDICATORS + GAP
#: In the overview: the combined strategy, and its weights.
COMBINED_AT = len(OVERVIEW) + GAP
COMBINED_ITEMS_AT = COMBINED_AT + len(DAILY) + GAP
WEIGHTS_AT = COMBINED_ITEMS_AT + len(ITEM) - 1 + GAP
#: Rows of the items, from the first data row.
ITEM_ROWS = {key: place for place, key in enumerate((*STANDING, *STATISTICS, *AGE))}
LETTERS = 31
#: More decimals of a net value only make the file larger.
NET_DECIMALS = 8


def age_at(industries: int) -> int:
    """Return where the overview's block of origin and age begins, after the weights."""
    return WEIGHTS_AT + industries + 2 + GAP


def sheet_names(industries: Sequence[str]) -> dict[str, str]:
    """Return the name of each industry's sheet of results, by id."""
    if len(industries) == 1:
        return {industries[0]: RESULT_SHEET}
    names: dict[str, str] = {}
    used = {RESULT_SHEET}
    for id in industries:
        name, number = f"{RESULT_SHEET}_{id}"[:LETTERS], 1
        while name.casefold() in used:
            number += 1
            tail = f"_{number}"
            name = f"{RESULT_SHEET}_{id}"[: LETTERS - len(tail)] + tail
        used.add(name.casefold())
        names[id] = name
    return names


def result_grids(
    industries: Sequence[Industry], evaluation: Evaluation | None = None
) -> tuple[Grid, ...]:
    """Return the sheets of results of a book, the overview first.

    Parameters
    ----------
    industries
        Those that the book is for, whether or not they have data.
    evaluation
        Their results; None gives the empty layout.
    """
    results = dict(evaluation.industries) if evaluation else {}
    names = sheet_names([definition.id for definition in industries])
    grids = tuple(industry_grid(d, names[d.id], results.get(d.id), evaluation) for d in industries)
    return grids if len(grids) == 1 else (overview_grid(industries, evaluation), *grids)


def industry_grid(
    definition: Industry,
    sheet: str,
    result: IndustryResult | None = None,
    evaluation: Evaluation | None = None,
) -> Grid:
    """Return one industry's sheet of results; without a result, its empty layout."""
    tested = result.backtest if result else None
    indicators = [i.id for i in definition.members]
    names = {i.id: (i.name_zh, i.name_en) for i in definition.indicators}
    by_dimension = {d.id: (d.name_zh, d.name_en) for d in definition.dimensions}
    frames = result and (result.dimensions, result.contributions, result.change_contributions)
    scores, parts, moves = frames or (None, None, None)
    extra = max(0, len(by_dimension) - MOST_DIMENSIONS)
    more = extra + max(0, len(indicators) - MOST_INDICATORS)
    blocks = (
        block_of("monthly", ("月度", "Monthly"), 0, _monthly(result)),
        block_of("items", ("最新与统计", "Latest and statistics"), ITEMS_AT,
               _items(definition, result)),
        block_of("daily", ("每日净值", "Daily net values"), DAILY_AT, daily_columns(tested)),
        block_of("dimensions", ("维度得分", "Dimension scores"), DIMENSIONS_AT,
               _frame(scores, by_dimension)),
        block_of("contributions", ("对景气度的贡献", "Contributions to the composite"),
               CONTRIBUTIONS_AT + extra, _frame(parts, {id: names[id] for id in indicators})),
        block_of("change_contributions", ("对变化的贡献", "Contributions to the change"),
               CHANGES_AT + more, _frame(moves, {id: names[id] for id in indicators})),
    )  # fmt: skip
    title = f"{definition.name_zh} {definition.name_en} ({definition.id})"
    notices = result.notices if result else ()
    shown = (result,) if result else ()
    return Grid(sheet, title, _notes(tested, notices, evaluation, shown), blocks)


def overview_grid(definitions: Sequence[Industry], evaluation: Evaluation | None = None) -> Grid:
    """Return the overview of a book for several industries; without a run, its empty layout."""
    results = dict(evaluation.industries) if evaluation else {}
    combined = evaluation.combined if evaluation else None
    rows = [_overview_row(d, results.get(d.id)) for d in definitions]
    standings = tuple(
        GridColumn(key, zh, en, kind, tuple(row[key] for row in rows))
        for key, (zh, en, kind) in OVERVIEW.items()
    )
    aged = [age_values(results[d.id]) if d.id in results else {} for d in definitions]
    ages = tuple(
        GridColumn(key, zh, en, kind, tuple(row.get(key) for row in aged))
        for key, (zh, en, kind) in AGE.items()
    )
    tested = combined.backtest if combined else None
    basket = {
        "index": ("等权行业净值", "Equal-weight basket"),
        "position": ("行业权重", "In industries"),
    }
    blocks = (
        block_of("overview", ("行业一览", "Industries"), 0, standings),
        block_of("combined", ("综合策略每日净值", "Combined strategy, daily"), COMBINED_AT,
               daily_columns(tested, basket)),
        block_of("combined_items", ("综合策略统计", "Combined strategy, statistics"),
               COMBINED_ITEMS_AT, statistic_columns(tested)),
        block_of("weights", ("综合策略目标权重", "Combined strategy, target weights"), WEIGHTS_AT,
               _weights(combined, definitions)),
        block_of("age", ("来源与时效", "Origin and age"), age_at(len(definitions)), ages),
    )  # fmt: skip
    notices = evaluation.notices if evaluation else ()
    notes = _notes(tested, notices, evaluation, tuple(results.values()))
    return Grid(RESULT_SHEET, "行业一览 Industries", notes, blocks)


def _notes(
    tested: Backtest | None,
    notices: Iterable[Notice],
    evaluation: Evaluation | None,
    results: Sequence[IndustryResult] = (),
) -> dict[int, str]:
    notes = dict(zip(NOTE_ROWS, RESULT_NOTE, strict=True))
    if evaluation is None:
        return notes
    alarms = alarm_words(results, evaluation)
    notes = {row: f"{alarm}{notes[row]}" for row, alarm in zip(NOTE_ROWS, alarms, strict=True)}
    notes |= {row: alarm for row, alarm in zip(ABOUT_ROWS, alarms, strict=True) if alarm}
    if tested is not None:
        period = f"{tested.start:%Y-%m-%d}", f"{tested.end:%Y-%m-%d}"
        simulated = any(result.simulated for result in results) or (
            evaluation.simulated and not any(r.simulated for r in evaluation.results.values())
        )
        honest = honest_words(evaluation.settings, *period, simulated)
        notes |= {
            row: f"{alarm}{words}"
            for row, alarm, words in zip(ABOUT_ROWS, alarms, honest, strict=True)
        }
    warnings = [n for n in notices if n.severity == "warning"]
    if warnings:
        texts = (
            "注意：" + " ".join(n.zh for n in warnings),
            "Note: " + " ".join(n.en for n in warnings),
        )
        notes |= zip(WARNING_ROWS, texts, strict=True)
    return notes


def block_of(
    key: str, title: tuple[str, str], at: int, columns: tuple[GridColumn, ...]
) -> GridBlock:
    """Return a block from its key, title, place and columns."""
    return GridBlock(key, *title, at, columns)


def _monthly(result: IndustryResult | None) -> tuple[GridColumn, ...]:
    found: dict[str, Iterable[object]] = {}
    if result is not None:
        found = {"month": result.months, **monthly_series(result)}
    return named_columns(MONTHLY, found)


def monthly_series(result: IndustryResult) -> dict[str, pd.Series[Any]]:
    """Return what :data:`MONTHLY` names besides the month, by month."""
    return {
        "decision": result.decisions,
        "composite": result.composite,
        "change": result.change,
        "percentile": result.percentile,
        "signal": result.signal,
        "grade": result.grade,
        "state": result.state,
    }


def daily_columns(
    tested: Backtest | None, names: Mapping[str, tuple[str, str]] = {}
) -> tuple[GridColumn, ...]:
    """Return the days of a backtest; ``names`` stand in place of the headings."""
    found: dict[str, Iterable[object]] = {}
    if tested is not None:
        nav = tested.nav.round(NET_DECIMALS)
        over = (
            tested.nav[["strategy", "index"]]
            .div(tested.nav["benchmark"], axis=0)
            .round(NET_DECIMALS)
        )
        found = {
            "date": nav.index,
            "position": tested.position,
            **{key: nav[key] for key in ("strategy", "index", "benchmark")},
            "strategy_relative": over["strategy"],
            "index_relative": over["index"],
            "drawdown": (nav["strategy"] / nav["strategy"].cummax() - 1.0).round(NET_DECIMALS),
        }
    headings = {k: (*names.get(k, (zh, en)), kind) for k, (zh, en, kind) in DAILY.items()}
    return named_columns(headings, found)


def _items(definition: Industry, result: IndustryResult | None) -> tuple[GridColumn, ...]:
    tested = result.backtest if result else None
    found = _standing(result) if result else {}
    if tested is not None:
        found |= {"start": plain(tested.start), "end": plain(tested.end)}
    ages = age_values(result) if result else {}
    kinds = [
        *(kind for _, _, kind in STANDING.values()),
        *_statistic_kinds(),
        *(kind for _, _, kind in AGE.values()),
    ]
    values = [
        *(found.get(key) for key in STANDING),
        *_statistic_values(tested),
        *(ages.get(key) for key in AGE),
    ]
    # The report's figures are of real data: beside simulated ones they would mislead.
    reported = {} if result and result.simulated else report_figures(definition)
    names = {
        **{key: (zh, en) for key, (zh, en, _) in STANDING.items()},
        **_statistic_names(),
        **{key: (zh, en) for key, (zh, en, _) in AGE.items()},
    }
    columns = (
        tuple(names),
        tuple(zh for zh, _ in names.values()),
        tuple(en for _, en in names.values()),
        tuple(values),
        tuple(reported.get(key) for key in names),
    )
    made = [
        GridColumn(key, zh, en, kind, column)
        for (key, (zh, en, kind)), column in zip(ITEM.items(), columns, strict=True)
    ]
    value = GridColumn("value", *ITEM["value"][:2], "number", tuple(values), tuple(kinds))
    return *made[:3], value, made[4]


def statistic_columns(tested: Backtest | None) -> tuple[GridColumn, ...]:
    """Return the items of a backtest alone."""
    span: list[Value] = [None, None]
    if tested is not None:
        span = [plain(tested.start), plain(tested.end)]
    ends = {key: STANDING[key] for key in ("start", "end")}
    names = {**{key: (zh, en) for key, (zh, en, _) in ends.items()}, **_statistic_names()}
    kinds: tuple[Kind, ...] = ("date", "date", *_statistic_kinds())
    values = (*span, *_statistic_values(tested))
    return (
        GridColumn("item", *ITEM["item"], tuple(names)),
        GridColumn("item_zh", *ITEM["item_zh"], tuple(zh for zh, _ in names.values())),
        GridColumn("item_en", *ITEM["item_en"], tuple(en for _, en in names.values())),
        GridColumn("value", *ITEM["value"], values, kinds),
    )


def _statistic_names() -> dict[str, tuple[str, str]]:
    return {key: (zh, en) for key, (zh, en, _) in STATISTICS.items()}


def _statistic_kinds() -> list[Kind]:
    return [_KINDS[kind] for _, _, kind in STATISTICS.values()]


def _statistic_values(tested: Backtest | None) -> list[Value]:
    if tested is None:
        return [None] * len(STATISTICS)
    return [plain(tested.statistics[key]) for key in STATISTICS]


def _standing(result: IndustryResult) -> dict[str, Value]:
    """Return the values of the last month with a composite; empty where there is none."""
    month = result.latest
    if month is None:
        return {}
    found = {key: plain(values[month]) for key, values in monthly_series(result).items()}
    return {"month": plain(month), **found}


def _overview_row(definition: Industry, result: IndustryResult | None) -> dict[str, Value]:
    row: dict[str, Value] = dict.fromkeys(OVERVIEW)
    row |= {"industry": definition.id, "name_zh": definition.name_zh}
    row["name_en"] = definition.name_en
    if result is not None:
        row |= _standing(result)
        if result.backtest is not None:
            row |= {key: plain(result.backtest.statistics[key]) for key in SHOWN}
    return row


def _weights(combined: Combined | None, definitions: Sequence[Industry]) -> tuple[GridColumn, ...]:
    names = {d.id: (d.name_zh, d.name_en) for d in definitions}
    names["benchmark"] = "基准", "Benchmark"
    frame = None if combined is None else combined.targets
    days = () if frame is None else tuple(plain(day) for day in frame.index)
    first = GridColumn("decision", *MONTHLY["decision"], days)
    return first, *_frame(frame, names, "percent")


def _frame(
    frame: pd.DataFrame | None, names: Mapping[str, tuple[str, str]], kind: Kind = "number"
) -> tuple[GridColumn, ...]:
    """Return a column for each name; one that the frame does not have is empty."""
    columns = {} if frame is None else {str(id): values for id, values in frame.items()}
    return tuple(
        GridColumn(id, zh, en, kind, plains(columns.get(id, ()))) for id, (zh, en) in names.items()
    )


def named_columns(
    headings: Mapping[str, Heading], found: Mapping[str, Iterable[object]]
) -> tuple[GridColumn, ...]:
    """Return a column for each heading; one of which nothing is found is empty."""
    return tuple(
        GridColumn(key, zh, en, kind, plains(found.get(key, ())))
        for key, (zh, en, kind) in headings.items()
    )
