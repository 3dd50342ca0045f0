"""The look-ahead audit: the same model with more and less of what was not yet known.

The first cases look ahead, on purpose and labelled: timing ``period`` uses a month's data before
they were published, fit ``full`` standardises with the future. The gap to the honest case is the
price of honesty. A result that vanishes with one month of extra delay rests on being first.

The book's stated release dates are compared with the lags that stand in for the others: a lag that
is shorter than a stated date shows is too kind, and months without a stated date rest on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from prosperity.calendar import release_dates
from prosperity.definition import Industry
from prosperity.evidence.replay import Replay
from prosperity.evidence.trials import Trial
from prosperity.panel import Panel
from prosperity.settings import Settings

HONEST = "released_expanding"
#: Cases in the order in which they are shown: id -> timing, fit, months of extra delay.
CASES: dict[str, tuple[str, str, int]] = {
    "period_full": ("period", "full", 0),
    "period_expanding": ("period", "expanding", 0),
    HONEST: ("released", "expanding", 0),
    "delay_1": ("released", "expanding", 1),
    "delay_2": ("released", "expanding", 2),
}
#: Statistics that the audit shows.
SHOWN = (
    "strategy_return",
    "annualised_return",
    "excess_over_benchmark",
    "sharpe",
    "information_ratio",
    "max_drawdown",
    "switches",
)


@dataclass(frozen=True)
class Audit:
    """The audit of one model.

    Attributes
    ----------
    cases : DataFrame
        By case id of :data:`CASES`: ``sees_future`` (bool), the statistics of :data:`SHOWN`
        (decimals), and ``agreement``: the share of decisions that equal the honest ones.
    unpublished : DataFrame
        By indicator id: ``months`` of the backtest in which timing ``period`` uses a value,
        ``unpublished`` months in which that value was not public on the decision date, their
        ``share``, ``mean_days`` and ``most_days`` by which the release came later, and
        ``honest``: the same count under timing ``released``, which must be 0.
    lags : DataFrame
        By indicator id, of the indicators with stated release dates: ``stated`` months; in how
        many the lag is ``too_kind``, that is, gives an earlier day than was stated; ``most_days``
        by which; ``months`` concerned (text, such as ``2016-12, 2017-01``); and how many months
        are ``by_lag`` alone.
    """

    cases: pd.DataFrame
    unpublished: pd.DataFrame
    lags: pd.DataFrame


def audit(
    panel: Panel, industry: Industry, settings: Settings, known: Mapping[str, Industry]
) -> Audit:
    """Run the cases; everything else stays as ``settings`` say.

    Raises
    ------
    DataError
        Without prices of index and benchmark.
    """
    rows: dict[str, dict[str, float | bool]] = {}
    positions: dict[str, np.ndarray] = {}
    releases: dict[str, pd.DataFrame] = {}
    # As-of dates cut a panel by timing, so each timing has a replay of its own.
    replays = {
        timing: Replay(panel, industry, replace(settings, timing=timing), known)
        for timing in ("period", "released")
    }
    for id, (timing, fit, delay) in CASES.items():
        replay = replays[timing]
        lag = settings.extra_lag_months + delay
        trial = Trial((("fit", fit), ("extra_lag_months", lag)))
        outcome = replay.run([trial])
        traded = replay.course(trial).rows
        positions[id] = outcome.positions[traded, 0]
        statistics = outcome.statistics.iloc[0]
        seen = replay.settings_of(trial).sees_future
        rows[id] = {"sees_future": seen, **{key: float(statistics[key]) for key in SHOWN}}
    for timing, replay in replays.items():
        releases[timing] = _lateness(replay)
    honest = positions[HONEST]
    for id, own in positions.items():
        size = min(len(own), len(honest))
        rows[id]["agreement"] = float((own[-size:] == honest[-size:]).mean())
    early = releases["period"]
    unpublished = pd.DataFrame(
        {
            "months": early.notna().sum(),
            "unpublished": (early > 0).sum(),
            "share": (early > 0).sum() / early.notna().sum().replace(0, np.nan),
            "mean_days": early.where(early > 0).mean(),
            "most_days": early.where(early > 0).max(),
            "honest": (releases["released"] > 0).sum(),
        }
    )
    lags = lag_check(panel, industry)
    return Audit(pd.DataFrame.from_dict(rows, orient="index"), unpublished, lags)


def lag_check(panel: Panel, industry: Industry) -> pd.DataFrame:
    """Return where the definition's lags are shorter than the stated release dates show.

    See :attr:`Audit.lags`. Only indicators with a column of their own and a stated date stand
    there.
    """
    rows: dict[str, dict[str, object]] = {}
    for indicator in industry.indicators:
        observed = panel.series.get(indicator.id)
        if not indicator.own_column or observed is None:
            continue
        stated = observed.frame[observed.frame["explicit"].to_numpy(bool)]
        if stated.empty:
            continue
        periods = pd.DatetimeIndex(stated.index)
        ruled = release_dates(periods, indicator.lag_days, indicator.frequency, panel.calendar)
        late = np.asarray((pd.DatetimeIndex(stated["release"]) - ruled).days, dtype=float)
        kind = late > 0
        rows[indicator.id] = {
            "stated": len(stated),
            "too_kind": int(kind.sum()),
            "most_days": float(late[kind].max()) if kind.any() else np.nan,
            "months": spans(periods[kind]),
            "by_lag": len(observed.frame) - len(stated),
        }
    columns = ["stated", "too_kind", "most_days", "months", "by_lag"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def spans(months: pd.DatetimeIndex) -> str:
    """Return ascending months as text, those in a row as one: ``2005-08..2016-12, 2023-02``."""
    parts: list[str] = []
    numbers = np.asarray(months.year * 12 + months.month)
    for run in np.split(np.arange(len(months)), np.flatnonzero(np.diff(numbers) > 1) + 1):
        if len(run):
            first, last = months[run[0]], months[run[-1]]
            parts.append(f"{first:%Y-%m}" + (f"..{last:%Y-%m}" if len(run) > 1 else ""))
    return ", ".join(parts)


def _lateness(replay: Replay) -> pd.DataFrame:
    """Return by how many days each used value was released after the decision that used it.

    Traded months by indicator id; NaN where no value is used, negative where it was public.
    """
    rows = replay.course().rows
    decisions = replay.timeline(replay.industry.rebalance).decisions
    day = decisions.to_numpy("datetime64[ns]")[rows]
    columns = {}
    for entry in replay.entries():
        release = entry.aligned.release[rows]
        used = ~np.isnan(entry.aligned.score[rows]) & ~np.isnat(release)
        days = (release - day) / np.timedelta64(1, "D")
        columns[entry.indicator.id] = np.where(used, days, np.nan)
    return pd.DataFrame(columns, index=decisions[rows])
