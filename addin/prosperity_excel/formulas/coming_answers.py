"""What PROSPERITY_DUE and PROSPERITY_NOWCAST answer.

The model's part is imported where it is used: the UDF server starts without it. A nowcast in a
cell is made of what numpy alone can do; a seasonal model takes seconds and never runs in one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
from prosperity.errors import ProsperityError

from prosperity_excel.formulas.answers import Ask, Table, industry_name
from prosperity_excel.formulas.arguments import moment, text_of, word_of
from prosperity_excel.formulas.cell_values import NoValueError
from prosperity_excel.formulas.parts import NOWCAST_PARTS
from prosperity_excel.formulas.sources import Source

if TYPE_CHECKING:
    from prosperity.coming.outlook import Outlook
    from prosperity.definition import Indicator
    from prosperity.nowcast.nowcasts import Nowcast


def due(ask: Ask, industry: Any) -> Table:
    """Answer PROSPERITY_DUE: the headline, then a row a print."""
    from prosperity_excel.results.coming_rows import cell_rows
    from prosperity_excel.words.coming_words import headline

    found = _outlook(ask, industry)
    rows = cell_rows(found, ask.label)
    first: list[Any] = [ask.label(headline(found))]
    return [first + [""] * (len(rows[0]) - 1), *rows]


def nowcast(ask: Ask, indicator: Any, on_date: Any, what: Any) -> Any:
    """Answer PROSPERITY_NOWCAST."""
    part = word_of("what", what, NOWCAST_PARTS, "value") or "value"
    when = moment("on_date", on_date)
    day = pd.Timestamp(ask.today or date.today()) if when is None else when.day
    source, known = _column(ask, text_of("indicator", indicator) or "?")
    found = ask.results.once(
        ("nowcast", source.digest, known.id, ask.settings, day),
        lambda: _of(source, known, day, cut=when is not None),
    )
    if not found and source.book.panel.series[known.id].frame["release"].min() > day:
        raise NoValueError(
            "nothing_known",
            f"{known.name_zh} 在 {day:%Y-%m-%d} 还没有任何已公布的值。",
            f"Of {known.name_en} nothing was known on {day:%Y-%m-%d}.",
        )
    if not found:
        raise NoValueError(
            "nothing_to_nowcast",
            f"{known.name_zh} 到 {day:%Y-%m} 的月份均已公布，无须预测。",
            f"Every month of {known.name_en} up to {day:%Y-%m} is published; there is nothing to "
            "estimate.",
        )
    return _part(found[-1], part)


def _part(one: Nowcast, part: str) -> Any:
    plain: dict[str, Any] = {
        "value": one.value,
        "is_nowcast": int(one.is_nowcast),
        "method": one.method,
        "period": one.period.to_pydatetime(),
        "due": one.due.to_pydatetime(),
        "ratio": one.ratio if one.is_nowcast else one.best_ratio,
        "low": one.low,
        "high": one.high,
        "last": one.last,
    }
    value = plain[part]
    if isinstance(value, float) and math.isnan(value):
        raise NoValueError(
            "too_few_errors",
            f"{one.name_zh} 的历史太短，没有 {part}。",
            f"The history of {one.name_en} is too short for {part}.",
        )
    return value


def _outlook(ask: Ask, asked: Any) -> Outlook:
    from prosperity_excel.runs.coming import outlooks

    id, source = ask.world.holder(industry_name(asked))

    def compute() -> Outlook:
        found = outlooks(
            [source.book], wanted=[id], settings=ask.settings, today=ask.today or date.today()
        )
        for error in found.failures.values():
            raise error
        return found.outlooks[0]

    key = ("outlook", source.digest, id, ask.settings, ask.today)
    found: Outlook = ask.results.once(key, compute)
    return found


def _of(source: Source, known: Indicator, day: pd.Timestamp, *, cut: bool) -> tuple[Nowcast, ...]:
    from prosperity.nowcast.nowcasts import nowcasts

    panel = source.book.panel.known_on(day) if cut else source.book.panel
    found = nowcasts(panel, [known], day + pd.offsets.MonthEnd(0))
    return found.get(known.id, ())


def _column(ask: Ask, asked: str) -> tuple[Source, Indicator]:
    """Return the first book with a data column that an id or name means, and its definition."""
    from prosperity_excel.runs.coming import columns_of

    words: dict[str, tuple[str, ...]] = {}
    held: dict[str, tuple[Source, Indicator]] = {}
    every = (*([ask.world.own] if ask.world.own else []), *ask.world.library)
    for source in every:
        for id, known in _readable(source, columns_of).items():
            if id in source.book.panel.series and id not in held:
                held[id] = source, known
                words[id] = (known.name_zh, known.name_en, *known.aliases)
    if not held:
        raise NoValueError(
            "no_series",
            "没有任何工作簿含有指标数据。请打开行业工作簿，或选择资料夹。",
            "No book holds any series. Open an industry's book, or choose the library folder.",
        )
    return held[str(word_of("indicator", asked, words))]


def _readable(source: Source, columns: Callable[..., dict[str, Indicator]]) -> dict[str, Indicator]:
    """Return the columns of a book; none of one that is not ours or cannot be read."""
    try:
        return columns(source.book) if source.ours else {}
    except ProsperityError:
        return {}
