"""What PROSPERITY_SYSTEM and PROSPERITY_SYSTEM_SERIES answer.

The system's part of the model is imported where it is used: the UDF server starts without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from prosperity_excel.formulas.answers import (
    Ask,
    Table,
    industry_name,
    nav_table,
    statistics_table,
)
from prosperity_excel.formulas.arguments import ArgumentError, Moment, moment, text_of, word_of
from prosperity_excel.formulas.cell_values import no_backtest, no_value
from prosperity_excel.formulas.parts import SYSTEM_PARTS, SYSTEM_SERIES_PARTS
from prosperity_excel.formulas.system_sources import system_holder
from prosperity_excel.words.book_words import fold
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.system_statements import asset_pair

if TYPE_CHECKING:
    from prosperity.systems.result import SystemResult

#: What stands between a part and what it is of: ``stage:crowding``.
COLON = ":"


def system(ask: Ask, system: Any, what: Any, on_date: Any, asset: Any) -> Any:
    """Answer PROSPERITY_SYSTEM."""
    part, of = _part(what, SYSTEM_PARTS)
    result = system_result(ask, system)
    if part in _WHOLE:
        return _WHOLE[part](ask, result)
    day = _day(result, moment("on_date", on_date))
    return _DATED[part](ask, result, day, _asset(result, asset), of)


def series(ask: Ask, system: Any, what: Any, start: Any, finish: Any) -> Table:
    """Answer PROSPERITY_SYSTEM_SERIES."""
    part, of = _part(what, SYSTEM_SERIES_PARTS)
    result = system_result(ask, system)
    values = _series(result, part, of)
    first, last = moment("start", start), moment("finish", finish)
    if first is not None:
        values = values[
            values.index >= (first.day.replace(day=1) if first.whole_month else first.day)
        ]
    if last is not None:
        values = values[values.index <= last.day]
    if values.empty:
        raise no_value("该区间内没有决策日。", "There is no decision in this span.")
    days = [day.to_pydatetime() for day in pd.DatetimeIndex(values.index)]
    return [[day, value] for day, value in zip(days, values.tolist(), strict=True)]


def system_result(ask: Ask, asked: Any) -> SystemResult:
    """Return the result of the system that a formula names; computed once for a content."""
    id, source = system_holder(ask.world, industry_name(asked))

    def compute() -> SystemResult:
        from prosperity_excel.runs.systems import compute_systems

        return compute_systems([source.book], wanted=[id], settings=ask.settings).results[id]

    found: SystemResult = ask.results.once(("system", source.digest, id, ask.settings), compute)
    return found


def system_warnings(ask: Ask, asked: str) -> str:
    """Return what a reader should know about a system, gravest first; empty when nothing."""
    result = system_result(ask, asked)
    grave = [ask.label((n.zh, n.en)) for n in result.notices if n.severity == "warning"]
    return "\n".join(dict.fromkeys(grave))


def _part(what: Any, parts: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return a part, and what of it is wanted: of ``stage:crowding`` the stage and its name."""
    given = (text_of("what", what) or "").replace("：", COLON)
    head, colon, of = given.partition(COLON)
    part = word_of("what", head.strip() or None, parts, "position") or "position"
    if bool(colon) and not of.strip():
        raise ArgumentError(
            "name_missing",
            f"参数 what：“{given}”冒号后缺少名称。",
            f'The argument what: after the colon of "{given}" a name is missing.',
        )
    return part, of.strip()


def _day(result: SystemResult, when: Moment | None) -> pd.Timestamp:
    """Return the last decision by a day, or within a month, on which something was said."""
    said = result.decisions[result.positions.notna().any(axis=1).to_numpy()]
    if said.empty:
        raise no_value("该系统在任何日期都没有结果。", "The system says nothing on any date.")
    if when is None:
        return said[-1]
    by = result.decisions[result.decisions <= when.day]
    if when.whole_month:
        by = by[by >= when.day.replace(day=1)]
    if by.empty:
        name = result.definition
        raise no_value(
            f"{name.name_zh}在该日期没有决策；已有 {said[0]:%Y-%m-%d} 至 {said[-1]:%Y-%m-%d}。",
            f"{name.name_en} has no decision then; there are {said[0]:%Y-%m-%d} to "
            f"{said[-1]:%Y-%m-%d}.",
        )
    return by[-1]


def _asset(result: SystemResult, given: Any) -> str | None:
    """Return the asset that a word means; None for an empty argument."""
    ids = dict.fromkeys([*map(str, result.scores), *map(str, result.positions)])
    words: dict[str, tuple[str, ...]] = {}
    for id in ids:
        price = next((a.price for a in _assets(result) if a.id == id), "")
        words[id] = tuple(filter(None, (*asset_pair(result, id), price, price.partition(".")[0])))
    return word_of("asset", given, words)


def _assets(result: SystemResult) -> tuple[Any, ...]:
    return getattr(result.definition, "assets", ())


def _position(ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str) -> Any:
    if asset is not None:
        return _number(result, _at(result.positions, day).get(asset, 0.0), day)
    return _number(result, 1.0 - _at(result.positions, day).iloc[-1], day)


def _score(ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str) -> Any:
    return _of_assets(ask, result, _at(result.scores, day), day, asset, ("得分", "Score"))


def _weights(ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str) -> Any:
    if asset is not None:
        return _position(ask, result, day, asset, of)
    weights = _at(result.positions, day).dropna()
    held = weights[weights > 0].sort_values(ascending=False, kind="stable")
    if held.empty:
        _number(result, float("nan"), day)
    return _named(ask, result, held, ("权重", "Weight"))


def _parts(ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str) -> Any:
    row = _at(result.parts, day)
    if of:
        return _number(result, row[_column(of, row.index)], day)
    rows: Table = [
        [ask.label(p) for p in (("部分", "Part"), ("数值", "Value"), ("说明", "In words"))]
    ]
    for name, value in row.items():
        text = result.texts.at[day, name] if name in result.texts else None
        rows.append([str(name), value, ask.label(text) if isinstance(text, tuple) else ""])
    return rows


def _ranking(ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str) -> Any:
    scores = _at(result.scores, day).dropna().sort_values(ascending=False, kind="stable")
    if asset is not None:
        rank = scores.rank(ascending=False, method="min").get(asset)
        return _number(result, float("nan") if rank is None else rank, day)
    heads = (
        ("排名", "Rank"),
        ("标识", "Id"),
        ("名称", "Name"),
        ("得分", "Score"),
        ("权重", "Weight"),
    )
    weights = _at(result.positions, day)
    rows: Table = [[ask.label(head) for head in heads]]
    for rank, (id, score) in enumerate(scores.items(), 1):
        weight = weights.get(id, float("nan"))
        rows.append([rank, id, ask.label(asset_pair(result, str(id))), score, weight])
    if len(rows) == 1:
        _number(result, float("nan"), day)
    return rows


def _contributions(
    ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str
) -> Any:
    frames = result.contributions
    shown = [asset] if asset is not None else list(frames)
    shown = [id for id in shown if id in frames and day in frames[id].index]
    if not shown:
        _number(result, float("nan"), day)
    names = list(dict.fromkeys(name for id in shown for name in frames[id]))
    heads = [ask.label(("标识", "Id")), ask.label(("名称", "Name")), *names]
    rows: Table = [heads]
    for id in shown:
        row = _at(frames[id], day).reindex(names)
        rows.append([id, ask.label(asset_pair(result, id)), *row.tolist()])
    return rows


def _stage(ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str) -> Any:
    names = ", ".join(result.stages) or "–"
    if not of:
        raise ArgumentError(
            "stage_missing",
            f"参数 what：stage 后写冒号与名称；有：{names}。",
            f"The argument what: write stage, a colon and a name; there are: {names}.",
        )
    frame = result.stages[_column(of, pd.Index(list(result.stages)))]
    row = _at(frame, day)
    return _of_assets(ask, result, row, day, asset, (of, of))


def _asof(ask: Ask, result: SystemResult, day: pd.Timestamp, asset: str | None, of: str) -> Any:
    return day.to_pydatetime()


def _of_assets(
    ask: Ask, result: SystemResult, row: pd.Series[float], day: pd.Timestamp, asset: str | None,
    head: Pair,
) -> Any:  # fmt: skip
    """Return one asset's value, that of the only one, or a table from the highest to the lowest."""
    if asset is not None or len(row) == 1:
        id = asset if asset is not None else row.index[0]
        return _number(result, row.get(id, float("nan")), day)
    values = row.dropna().sort_values(ascending=False, kind="stable")
    if values.empty:
        _number(result, float("nan"), day)
    return _named(ask, result, values, head)


def _named(ask: Ask, result: SystemResult, values: pd.Series[float], head: Pair) -> Table:
    rows: Table = [[ask.label(p) for p in (("标识", "Id"), ("名称", "Name"), head)]]
    for id, value in values.items():
        rows.append([id, ask.label(asset_pair(result, str(id))), value])
    return rows


def _at(frame: pd.DataFrame, day: pd.Timestamp) -> pd.Series[float]:
    """Return a frame's row of a day; NaN throughout where it has none."""
    if day not in frame.index:
        return pd.Series(float("nan"), frame.columns, dtype=float)
    return pd.Series(frame.loc[day], dtype=float)


def _number(result: SystemResult, value: Any, day: pd.Timestamp) -> Any:
    if pd.isna(value):
        name = result.definition
        raise no_value(
            f"{name.name_zh}在 {day:%Y-%m-%d} 没有数值（数据不足或过旧）。",
            f"{name.name_en} has no value on {day:%Y-%m-%d}: its data were too few or too old.",
        )
    return value


def _statistics(ask: Ask, result: SystemResult) -> Table:
    rows = statistics_table(ask, _tested(result))
    ranked = result.ranking
    if ranked is not None:
        rows += [
            ["ic_mean", ask.label(("IC 均值", "Mean IC")), ranked.mean],
            ["icir", ask.label(("ICIR（年化）", "ICIR, a year")), ranked.ratio],
            ["ic_hit_rate", ask.label(("IC 胜率", "Share of positive ICs")), ranked.hit_rate],
        ]
    return rows


def _nav(ask: Ask, result: SystemResult) -> Table:
    return nav_table(ask, _tested(result), ("全体等权", "All in equal parts"))


def _tested(result: SystemResult) -> Any:
    if result.backtest is None:
        name = result.definition
        why = (
            "prices 表缺少资产或基准的行情。",
            "The sheet prices lacks its assets or benchmark.",
        )
        raise no_backtest((name.name_zh, name.name_en), why)
    return result.backtest


def _published(ask: Ask, result: SystemResult) -> Table:
    heads = (
        ("公布的数字", "Published figure"),
        ("数值", "Value"),
        ("单位", "Unit"),
        ("起", "From"),
        ("止", "To"),
        ("依据", "Provenance"),
        ("出处", "Source"),
    )
    found = getattr(result.definition, "published", ())
    if not isinstance(found, tuple) or not found:
        raise no_value("没有公布的数字。", "No figures were published.")
    rows: Table = [[ask.label(head) for head in heads]]
    for one in found:
        name = ask.label((one.name_zh, one.name_en))
        rows.append([name, one.value, one.unit, one.start, one.end, one.provenance, one.source])
    return rows


def _series(result: SystemResult, part: str, of: str) -> pd.Series[float]:
    said = result.positions.notna().any(axis=1)
    if part == "nav":
        frame = _tested(result).nav
        nav: pd.Series[float] = frame[_column(of, frame.columns) if of else "strategy"]
        return nav
    if part == "position":
        own = 1.0 - result.positions.iloc[:, -1]
        return (result.positions[_asset(result, of)] if of else own)[said]
    frame = {"score": result.scores, "parts": result.parts}.get(part)
    if part == "stage":
        name, _, of = of.partition(COLON)
        frame = result.stages[_column(name, pd.Index(list(result.stages)))]
    assert frame is not None
    if part != "parts" and of:
        of = _asset(result, of) or of
    known = ", ".join(map(str, frame.columns))
    if not of and len(frame.columns) != 1:
        raise ArgumentError(
            "part_missing",
            f"参数 what：请写 {part}:名称，可用：{known}。",
            f"The argument what: write {part}:NAME; there are {known}.",
        )
    found: pd.Series[float] = frame[_column(of, frame.columns) if of else frame.columns[0]]
    return found


def _column(given: str, names: pd.Index[Any]) -> str:
    known = [str(name) for name in names]
    for name in known:
        if fold(name) == fold(given):
            return name
    word_of("what", given, dict.fromkeys(known, ()))
    raise AssertionError(given)


_WHOLE: Mapping[str, Callable[[Ask, Any], Table]] = {
    "statistics": _statistics,
    "nav": _nav,
    "published": _published,
}
_DATED: Mapping[str, Callable[[Ask, Any, pd.Timestamp, str | None, str], Any]] = {
    "position": _position,
    "score": _score,
    "weights": _weights,
    "parts": _parts,
    "ranking": _ranking,
    "contrib": _contributions,
    "stage": _stage,
    "asof": _asof,
}
