"""What a rule may take for granted: that within every column values are published in order.

Where they are, one pass over all decisions is exact. A value that was published after a later one
leaves a *hole* on the days in between: there what is known is no beginning of the column. A value
counts once all before it that are known at all are known; days without holes take one pass so,
and each day with a hole a pass of its own over what was known on it. So what is yet to come,
however late, changes neither which values count nor since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from prosperity.panel import Panel
from prosperity.systems.inputs import Inputs
from prosperity.systems.result import Scores
from prosperity.systems.spec import Values

#: From inputs, constants and decision dates to scores.
Rule = Callable[[Inputs, Values, pd.DatetimeIndex], Scores]
_NEVER = np.datetime64("2262-01-01", "ns")


def applied(rule: Rule, inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
    """Return a rule's scores, each from what was known on its decision date."""
    holed = holes(inputs.panel, decisions)
    if not holed.any():
        return rule(inputs, values, decisions)
    whole = rule(replace(inputs, panel=_counted_in_order(inputs.panel)), values, decisions)
    found = []
    for place in np.flatnonzero(holed):
        day = decisions[int(place)]
        known = replace(
            inputs,
            panel=_counted_in_order(inputs.panel.known_on(day)),
            closes=inputs.closes[inputs.closes.index <= day],
        )
        found.append(rule(known, values, decisions[: place + 1]))
    return _patched(whole, found, decisions[holed])


def holes(panel: Panel, decisions: pd.DatetimeIndex) -> np.ndarray:
    """Return on which decisions a later value of some column is known and an earlier one is not."""
    days = decisions.to_numpy("datetime64[ns]")
    change = np.zeros(len(days) + 1, dtype=int)
    for stamps in _columns(panel):
        if (stamps[1:] >= stamps[:-1]).all():
            continue
        # The first day on which anything after each value is known.
        after = np.minimum.accumulate(np.append(stamps[1:], _NEVER)[::-1])[::-1]
        late = after < stamps
        np.add.at(change, np.searchsorted(days, after[late]), 1)
        np.add.at(change, np.searchsorted(days, stamps[late]), -1)
    return np.asarray(np.cumsum(change)[:-1] > 0)


def _columns(panel: Panel) -> Iterable[np.ndarray]:
    """Yield the release dates of each column's values."""
    for table in panel.tables.values():
        there = table.values.notna().to_numpy()
        stamps = table.releases.to_numpy("datetime64[ns]")
        for place in range(there.shape[1]):
            yield stamps[there[:, place], place]
    for series in panel.series.values():
        yield series.frame["release"].to_numpy("datetime64[ns]")


def _counted_in_order(panel: Panel) -> Panel:
    """Return a panel in which each value counts once all before it in its column are known."""
    tables = {
        id: replace(table, releases=table.releases.where(table.values.notna()).cummax())
        for id, table in panel.tables.items()
    }
    series = {
        id: replace(one, frame=one.frame.assign(release=one.frame["release"].cummax()))
        for id, one in panel.series.items()
    }
    return replace(panel, tables=tables, series=series)


def _patched(whole: Scores, found: list[Scores], dates: pd.DatetimeIndex) -> Scores:
    """Return scores with some dates taken from the last row of scores of their own."""

    def joined(frame: pd.DataFrame, rows: Iterable[pd.DataFrame | None]) -> pd.DataFrame:
        last = [row.iloc[[-1]] for row in rows if row is not None and len(row)]
        return pd.concat([frame[~frame.index.isin(dates)], *last]).sort_index()

    def optional(name: str) -> pd.DataFrame | None:
        frame = getattr(whole, name)
        return None if frame is None else joined(frame, (getattr(one, name) for one in found))

    return replace(
        whole,
        scores=joined(whole.scores, (one.scores for one in found)),
        parts=joined(whole.parts, (one.parts for one in found)),
        contributions={
            id: joined(frame, (one.contributions.get(id) for one in found))
            for id, frame in whole.contributions.items()
        },
        stages={
            id: joined(frame, (one.stages.get(id) for one in found))
            for id, frame in whole.stages.items()
        },
        ties=optional("ties"),
        weights=optional("weights"),
        texts=whole.texts
        if whole.texts.empty
        else joined(whole.texts, (one.texts for one in found)),
    )
