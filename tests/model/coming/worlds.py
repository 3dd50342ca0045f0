"""Books at a day before their next decision, and what typing a print into them gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from prosperity.catalog import catalog
from prosperity.coming.outlook import Outlook
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.evaluation import IndustryResult
from prosperity.exchange import sessions
from prosperity.panel import Panel
from prosperity.settings import Settings
from prosperity.simulation import simulate

INDUSTRIES = tuple(id for id, model in catalog().items() if model.kind == "industry")


@cache
def world(seed: int = 20230731, last: str = "2019-12") -> Panel:
    """Return a panel of every model, with prices on the exchange's own days."""
    made = simulate(catalog().values(), first="2005-01", last=last, seed=seed)
    days = made.prices.index[made.prices.index.isin(sessions())]
    return replace(made, prices=made.prices.loc[days])


def typed(panel: Panel, found: Outlook, values: Mapping[str, float]) -> Panel:
    """Return a panel after every print that counts has come, and the day of the decision is over.

    Parameters
    ----------
    panel
        What is known.
    found
        The outlook: prints come as nowcast.
    values
        Newest values by indicator id, in place of the nowcast.
    """
    series = dict(panel.series)
    for one in found.prints:
        id = one.print.id
        if not one.print.counts or one.nowcast is None or id in found.carried:
            continue
        value = values.get(id, one.nowcast.value) if one.varied else one.nowcast.value
        row = pd.DataFrame(
            {"value": [value], "release": [one.print.latest], "explicit": [False]},
            index=pd.DatetimeIndex([one.print.period]).as_unit("ns"),
        )
        frame = pd.concat([series[id].frame, row]).sort_index()
        series[id] = replace(series[id], frame=frame)
    days = sessions()
    after = days[(days > panel.prices.index[-1]) & (days <= found.decision)]
    flat = pd.DataFrame(
        np.repeat(panel.prices.to_numpy()[-1:], len(after), axis=0),
        index=after,
        columns=panel.prices.columns,
    )
    return replace(panel, series=series, prices=pd.concat([panel.prices, flat]))


def run(
    panel: Panel, industry: Industry, settings: Settings, known: Mapping[str, Industry]
) -> IndustryResult:
    return evaluate(panel, [industry], settings, known=known, required=()).results[industry.id]
