"""The sheets of results of systems and of the plan; docs/results.md describes them for users.

A book of one system has one sheet, ``result``, as that of one industry has; where it holds more,
each system has ``result_ID``. Blocks begin at fixed columns as far as they have fixed columns, so
that charts and formulas stay where they are; what a rule names itself stands last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from prosperity.backtest import STATISTICS
from prosperity.evaluation import Evaluation
from prosperity.notice import Notice
from prosperity.systems.result import SystemResult
from prosperity.systems.spec import System
from prosperity.systems.standing import asset_standings, beside, input_standings

from prosperity_excel.ooxml.grid import (
    ABOUT_ROWS,
    NOTE_ROWS,
    WARNING_ROWS,
    Grid,
    GridColumn,
    Value,
)
from prosperity_excel.results.result_age import plain
from prosperity_excel.results.sheet_layout import (
    DAILY,
    GAP,
    ITEM,
    block_of,
    daily_columns,
    named_columns,
    sheet_names,
    statistic_columns,
)
from prosperity_excel.words.book_words import RESULT_SHEET
from prosperity_excel.words.fields import Heading, Kind, headings
from prosperity_excel.words.guide_words import RESULT_NOTE
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.system_statements import (
    SIMULATED_DATA,
    age_of,
    asset_pair,
    honest_system_words,
    on_words,
    position_words,
    severity_pair,
)

DECISIONS: Mapping[str, Heading] = {
    **headings("decision"),
    "trade": ("交易日", "Traded on", "date"),
    "held": ("仓位（除其余资产）", "Held, less the rest", "percent"),
    "turnover": ("换手", "Turnover", "percent"),
    "rank_correlation": ("IC", "IC", "number"),
}
#: What a system says of its assets now, best score first.
STANDING: Mapping[str, Heading] = {
    "asset": ("资产", "Asset", "text"),
    "asset_zh": ("中文名", "Chinese name", "text"),
    "asset_en": ("英文名", "English name", "text"),
    "score": ("得分", "Score", "number"),
    "weight": ("目标权重", "Target weight", "percent"),
    "before": ("上期权重", "Weight before", "percent"),
}
#: Rows of the block of items before the statistics.
ITEMS: Mapping[str, Heading] = {
    "latest": ("最近决策日", "Last decision", "date"),
    "traded": ("交易日", "Traded on", "date"),
    "position": ("持仓", "Position", "text"),
    "age": ("决策距今（天）", "Days since the decision", "count"),
    "simulated": ("模拟数据（1 是）", "Simulated (1: yes)", "count"),
    "ic": ("IC 均值", "Mean IC", "number"),
    "icir": ("ICIR", "ICIR", "number"),
    "hit_rate": ("IC 胜率", "Share of IC above 0", "percent"),
    "tried": ("自行比较的候选数", "Candidates it compared", "count"),
}
PUBLISHED: Mapping[str, Heading] = {
    "figure": ("公布的数字", "Published figure", "text"),
    "figure_zh": ("中文", "Chinese", "text"),
    "figure_en": ("英文", "English", "text"),
    "published": ("公布值", "Published", "number"),
    "unit": ("单位", "Unit", "text"),
    "ours": ("本次运行", "This run", "number"),
    "span": ("期间", "Period", "text"),
    "origin": ("出处", "Origin", "text"),
}
INPUTS: Mapping[str, Heading] = {
    "input": ("输入", "Input", "text"),
    "input_zh": ("中文名", "Chinese name", "text"),
    "input_en": ("英文名", "English name", "text"),
    "newest": ("最近公布日", "Newest release", "date"),
    "days": ("距决策（天）", "Days to the decision", "count"),
    "provenance": ("依据", "Provenance", "text"),
}
NOTICES: Mapping[str, Heading] = {
    "notice": ("提示", "Notice", "text"),
    "severity": ("程度", "Severity", "text"),
    "notice_zh": ("中文", "Chinese", "text"),
    "notice_en": ("英文", "English", "text"),
}
#: Rows of the items, from the first data row.
ITEM_ROWS = {key: n for n, key in enumerate((*ITEMS, "start", "end", *STATISTICS))}
ITEMS_AT = len(DECISIONS) + GAP
DAILY_AT = ITEMS_AT + len(ITEM) + GAP
STANDING_AT = DAILY_AT + len(DAILY) + GAP
PUBLISHED_AT = STANDING_AT + len(STANDING) + GAP
INPUTS_AT = PUBLISHED_AT + len(PUBLISHED) + GAP
NOTICES_AT = INPUTS_AT + len(INPUTS) + GAP
#: Weights follow, a column an asset, then scores and what the rule calls its parts.
WEIGHTS_AT = NOTICES_AT + len(NOTICES) + GAP


def system_sheets(systems: Iterable[str], industries: Sequence[str] = ()) -> dict[str, str]:
    """Return the name of each system's sheet of results, beside those of a book's industries."""
    ids = list(systems)
    if industries or len(ids) > 1:
        names = sheet_names(["", *industries, *ids])
        return {id: names[id] for id in ids}
    return dict.fromkeys(ids, RESULT_SHEET)


def system_grid(
    system: System,
    sheet: str,
    result: SystemResult | None = None,
    evaluation: Evaluation | None = None,
) -> Grid:
    """Return a system's sheet of results; without a result, its empty layout."""
    frames = (
        ("weights", ("目标权重", "Target weights"), "percent", result and result.positions),
        ("scores", ("得分", "Scores"), "number", result and result.scores),
        ("parts", ("组成", "Parts"), "number", result and result.parts),
    )
    blocks = [
        block_of("decisions", ("决策", "Decisions"), 0, _decisions(result)),
        block_of("items", ("最新与统计", "Latest and statistics"), ITEMS_AT,
                 _items(result, evaluation)),
        block_of("daily", ("每日净值", "Daily net values"), DAILY_AT,
                 daily_columns(result.backtest if result else None)),
        block_of("standing", ("最近一次决策", "The last decision"), STANDING_AT,
                 _standing(system, result)),
        block_of("published", ("公布的数字与本次运行", "Published figures and this run"),
                 PUBLISHED_AT, _published(system, result)),
        block_of("inputs", ("输入的时效与依据", "Inputs: freshness and provenance"), INPUTS_AT,
                 _inputs(system, result)),
        block_of("notices", ("提示", "Notices"), NOTICES_AT, _notices(result)),
    ]  # fmt: skip
    at = WEIGHTS_AT
    for key, title, kind, frame in frames:
        columns = _by_date(result, frame, kind)  # type: ignore[arg-type]
        if columns:
            blocks.append(block_of(key, title, at, columns))
            at += len(columns) + GAP
    name = f"{system.name_zh} {system.name_en} ({system.id})"
    return Grid(sheet, name, system_notes(result, evaluation), tuple(blocks))


def system_notes(result: SystemResult | None, evaluation: Evaluation | None) -> dict[int, str]:
    """Return the lines above a sheet of results: what it is, its standing, what to know first."""
    notes = dict(zip(NOTE_ROWS, RESULT_NOTE, strict=True))
    if result is None or evaluation is None:
        return notes
    alarm = _alarm(result, evaluation)
    notes = {row: f"{a}{notes[row]}" for row, a in zip(NOTE_ROWS, alarm, strict=True)}
    said = honest_system_words(result, evaluation.settings)
    notes |= {row: f"{a}{words}" for row, a, words in zip(ABOUT_ROWS, alarm, said, strict=True)}
    warnings = [n for n in result.notices if n.severity == "warning"]
    if warnings:
        notes[WARNING_ROWS[0]] = "注意：" + " ".join(n.zh for n in warnings)
        notes[WARNING_ROWS[1]] = "Note: " + " ".join(n.en for n in warnings)
    return notes


def _alarm(result: SystemResult, evaluation: Evaluation) -> Pair:
    """Return what stands first: simulated data, and the position with the day it is of."""
    zh, en = (
        (f"【{SIMULATED_DATA[0]}】", f"[{SIMULATED_DATA[1]}] ") if result.simulated else ("", "")
    )
    held, then = position_words(result), on_words(result, evaluation.today)
    return f"{zh}【{then[0]}：{held[0]}】", f"{en}[{then[1]}: {held[1]}] "


def _decisions(result: SystemResult | None) -> tuple[GridColumn, ...]:
    found: dict[str, Iterable[object]] = {}
    if result is not None:
        rest = result.positions.columns[-1]
        found = {
            "decision": result.decisions,
            "trade": result.trades,
            "held": 1.0 - result.positions[rest],
            "turnover": result.turnover,
        }
        if result.ranking is not None:
            found["rank_correlation"] = result.ranking.coefficients.reindex(result.decisions)
    return named_columns(DECISIONS, found)


def _items(result: SystemResult | None, evaluation: Evaluation | None) -> tuple[GridColumn, ...]:
    """Return the items: the standing of now, then the statistics of the backtest."""
    found: dict[str, Value] = {} if result is None else _standing_items(result, evaluation)
    tested = statistic_columns(result.backtest if result else None)
    heads = {key: (key, zh, en, found.get(key)) for key, (zh, en, _) in ITEMS.items()}
    own = [tuple(row[n] for row in heads.values()) for n in range(4)]
    made = []
    for n, column in enumerate(tested):
        kinds = (*(k for _, _, k in ITEMS.values()), *column.kinds) if column.kinds else ()
        values = (*own[n], *column.values)
        made.append(GridColumn(column.key, column.zh, column.en, column.kind, values, kinds))
    return tuple(made)


def _standing_items(result: SystemResult, evaluation: Evaluation | None) -> dict[str, Value]:
    found: dict[str, Value] = {
        "simulated": float(bool(result.simulated)),
        "position": " ".join(dict.fromkeys(position_words(result))),
        "tried": float(result.tried),
    }
    latest = result.latest
    if latest is not None:
        found |= {"latest": plain(latest), "traded": plain(result.trades[latest])}
    age = age_of(result, None if evaluation is None else evaluation.today)
    found["age"] = None if age is None else float(age)
    if result.ranking is not None:
        own = result.ranking
        found |= {"ic": plain(own.mean), "icir": plain(own.ratio), "hit_rate": plain(own.hit_rate)}
    return found


def _standing(system: System, result: SystemResult | None) -> tuple[GridColumn, ...]:
    """Return the assets as the last decision sees them, best score first, the rest last."""
    if result is None or result.latest is None:
        return named_columns(STANDING, {})
    return in_rows(
        STANDING,
        [
            (one.id, *asset_pair(result, one.id), one.score, one.weight, one.before)
            for one in asset_standings(result, result.latest)
        ],
    )


def _published(system: System, result: SystemResult | None) -> tuple[GridColumn, ...]:
    rows = [
        (
            one.id,
            one.name_zh,
            one.name_en,
            one.value,
            one.unit,
            beside(result, one),
            " – ".join(filter(None, (one.start, one.end))),
            f"[{one.provenance}] {one.source}".strip(),
        )
        for one in system.published
    ]
    return in_rows(PUBLISHED, rows)


def in_rows(
    headings: Mapping[str, Heading], rows: Sequence[Sequence[object]]
) -> tuple[GridColumn, ...]:
    """Return rows, whose values stand in the order of the headings, as columns."""
    columns = zip(*rows, strict=True) if rows else ()
    return named_columns(headings, dict(zip(headings, columns, strict=bool(rows))))


def _inputs(system: System, result: SystemResult | None) -> tuple[GridColumn, ...]:
    return in_rows(
        INPUTS,
        [
            (one.id, one.name_zh, one.name_en, one.newest, one.age, one.provenance)
            for one in input_standings(system, result)
        ],
    )


def _notices(result: SystemResult | None) -> tuple[GridColumn, ...]:
    return notice_columns(() if result is None else result.notices)


def notice_columns(notices: Sequence[Notice]) -> tuple[GridColumn, ...]:
    """Return notices as a block: code, how grave, both texts."""
    found = {
        "notice": [n.code for n in notices],
        "severity": [" ".join(severity_pair(n.severity)) for n in notices],
        "notice_zh": [n.zh for n in notices],
        "notice_en": [n.en for n in notices],
    }
    return named_columns(NOTICES, found)


def _by_date(
    result: SystemResult | None, frame: pd.DataFrame | None, kind: Kind
) -> tuple[GridColumn, ...]:
    if result is None or frame is None or not len(frame.columns):
        return ()
    days = GridColumn("decision", *DECISIONS["decision"], tuple(plain(d) for d in frame.index))
    return days, *(
        GridColumn(str(id), *asset_pair(result, str(id)), kind, tuple(plain(v) for v in frame[id]))
        for id in frame
    )
