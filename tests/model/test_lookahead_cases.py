"""No look-ahead in random worlds: whatever comes after a day, what is dated by then stays.

Each case is a world of its own, on the exchange's days with their holidays: three industries, of
which one starts late and covers another and one decides on the 6th; lags that change; release
dates that are stated, in any order (a value that was revised is public in its present form when
the revision was); prices that are missing around decision dates; costs and days of delay. A day is
drawn, and everything after it is made worthless in one of several ways.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from prosperity.calendar import TradingCalendar, month_range
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.evaluation import Evaluation
from prosperity.exchange import sessions
from prosperity.panel import Observations, Panel, observations
from prosperity.settings import Settings

from .helpers import industry_of
from .test_lookahead import HARM, assert_same_past, harmed

FIRST, LAST = pd.Timestamp("2007-01-31"), pd.Timestamp("2013-06-30")
MONTHS = month_range(FIRST, LAST)
LAGS: tuple[int | str, ...] = (0, 1, 15, 31, 45, "1; 2011-03: 0; 02: 1", "25; 2010-01: 9; 12: 21")
#: Ways in which what comes after the day is made worthless; the last stops an index.
WAYS = (*HARM, "unpriced")


def series(
    id: str, lag: int | str, calendar: TradingCalendar, rng: np.random.Generator
) -> Observations:
    """Return a random series: late starts, holes, and release dates stated for some months."""
    steps = rng.normal(0, 1, len(MONTHS)).cumsum() + rng.normal(0, 0.5, len(MONTHS))
    values = pd.Series(50 + steps, MONTHS)[int(rng.integers(0, 30)) :]
    values = values[rng.random(len(values)) > 0.03]
    kind = rng.choice(["none", "near", "any order", "revised"])
    if kind == "none":
        releases = None
    else:
        longest, share = {"near": (28, 0.8), "any order": (120, 0.1), "revised": (500, 0.05)}[kind]
        days = values.index + pd.to_timedelta(rng.integers(0, longest, len(values)), unit="D")
        releases = pd.Series(days, values.index).where(rng.random(len(values)) < share)
    return observations(id, values, calendar=calendar, lag_days=lag, releases=releases)


def prices(ids: tuple[str, ...], rng: np.random.Generator) -> pd.DataFrame:
    """Return prices on the exchange's days; each index begins some time and misses some days."""
    days = sessions()[(sessions() >= "2007-01-01") & (sessions() <= LAST)]
    steps = rng.normal(0.0002, 0.015, (len(days), len(ids)))
    frame = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), days, list(ids))
    ends = TradingCalendar(days).decision_dates(MONTHS, "month_end")
    for id in ids:
        frame.loc[: days[int(rng.integers(0, 700))], id] = np.nan
        for end in ends[rng.random(len(ends)) < 0.08]:
            first = end - pd.Timedelta(days=int(rng.integers(0, 4)))
            longest = 25 if rng.random() < 0.7 else 90
            frame.loc[first : end + pd.Timedelta(days=int(rng.integers(0, longest))), id] = np.nan
    return frame


def world(seed: int) -> tuple[Panel, list[Industry], Settings, pd.Timestamp, str]:
    """Return a random case: a world, conventions, a day, and what happens after it."""
    rng = np.random.default_rng(seed)
    ids = ("early", "late", "sixth")
    market = prices(("benchmark", *ids), rng)
    calendar = Panel(prices=market).calendar
    models, columns = [], {}
    for id in ids:
        names = [f"{id}_{n}" for n in range(3)]
        lags = {name: LAGS[int(rng.integers(len(LAGS)))] for name in names}
        models.append(
            industry_of(
                {
                    name: {"lag_days": lag, "denoise": bool(rng.random() < 0.5)}
                    for name, lag in lags.items()
                },
                id=id,
                sample_start=f"20{int(rng.integers(8, 12)):02}-0{int(rng.integers(1, 10))}",
                rebalance="sixth" if id == "sixth" else "month_end",
                covers=("early",) if id == "late" else (),
                method=str(rng.choice(["equal_weight", "first_component"])),
                anchor=names[0],
            )
        )
        columns |= {name: series(name, lag, calendar, rng) for name, lag in lags.items()}
    settings = Settings(
        min_obs=int(rng.integers(6, 20)),
        component_min_obs=12,
        cost_bps=float(rng.choice([0.0, 15.0])),
        delay_days=int(rng.choice([0, 0, 1, 3])),
        cap=float(rng.choice([0.25, 0.5, 1.0])),
        confirm=int(rng.choice([1, 1, 2])),
        denoise=str(rng.choice(["ma", "ema", "none"])),  # type: ignore[arg-type]
    )
    days = pd.DatetimeIndex(market.index)
    ends, sixths = (
        TradingCalendar(days).decision_dates(MONTHS, rule) for rule in ("month_end", "sixth")
    )
    # Most can go wrong on decision dates, and on those after which the exchange is closed.
    closed = [
        made[made < target - pd.to_timedelta(np.clip(target.day_of_week - 4, 0, 2), unit="D")]
        for made, target in ((ends, MONTHS), (sixths, MONTHS + pd.Timedelta(days=6)))
    ]
    pool = [days, ends, sixths, closed[0].append(closed[1])][int(rng.integers(4))]
    pool = pool[(pool >= "2010-01-01") & (pool <= "2013-04-30")]
    day, how = pool[int(rng.integers(len(pool)))], str(rng.choice(WAYS))
    return Panel(columns, market), models, settings, day, how


def unpriced(panel: Panel, day: pd.Timestamp, seed: int) -> Panel:
    """Return the panel with one index without any price after the day."""
    id = ("early", "late", "sixth")[seed % 3]
    frame = panel.prices.copy()
    frame.loc[frame.index > day, id] = np.nan
    return replace(panel, prices=frame)


def assert_same_combined_past(before: Evaluation, after: Evaluation, day: pd.Timestamp) -> None:
    """Compare the combined strategy by day: net values, share in industries, turnover."""
    if before.combined is None or after.combined is None:
        return
    ours, theirs = before.combined.backtest, after.combined.backtest
    days = ours.nav.index[ours.nav.index <= day]
    # Whatever was there on the day is there in both, and nothing else.
    assert list(days) == list(theirs.nav.index[theirs.nav.index <= day])
    pd.testing.assert_frame_equal(ours.nav.loc[days], theirs.nav.loc[days], check_freq=False)
    pd.testing.assert_series_equal(ours.position[days], theirs.position[days], check_freq=False)


def check(seed: int) -> None:
    panel, models, settings, day, how = world(seed)
    known = {m.id: m for m in models}
    before = evaluate(panel, models, settings, known=known, required=())
    changed = unpriced(panel, day, seed) if how == "unpriced" else harmed(panel, day, how, seed)
    after = evaluate(changed, models, settings, known=known, required=())
    assert_same_past(before, after, day)
    assert_same_combined_past(before, after, day)
    for id, result in before.results.items():
        decided = result.months[(result.decisions <= day).to_numpy()]
        missing = decided.difference(after.results[id].months)
        assert missing.empty, f"{id}: what was decided by the day is not known on it: {missing}"


@pytest.mark.parametrize("block", range(10))
def test_the_future_changes_nothing_in_a_hundred_worlds(block: int) -> None:
    for seed in range(10 * block, 10 * block + 10):
        check(seed)


def test_an_industry_that_cannot_be_tested_yet_decides_all_the_same() -> None:
    """Its decision dates were not known to the combined strategy until it could be tested."""
    check(886)


@pytest.mark.deep
@pytest.mark.parametrize("block", range(10, 100))
def test_the_future_changes_nothing_in_a_thousand_worlds(block: int) -> None:
    for seed in range(10 * block, 10 * block + 10):
        check(seed)


def test_the_worlds_hold_what_they_are_to_try() -> None:
    """Missing prices on decision dates, late and untraded decisions, leaving and combined ones."""
    codes: set[str] = set()
    out_of_order = combined = 0
    for seed in range(12):
        panel, models, settings, _, _ = world(seed)
        found = evaluate(panel, models, settings, known={m.id: m for m in models}, required=())
        codes |= {n.code for r in found.results.values() for n in r.notices}
        codes |= {n.code for n in found.notices}
        out_of_order += sum(not s.in_order for s in panel.series.values())
        combined += found.combined is not None
    assert {"late_trades", "untraded_decisions", "combined_late"} <= codes
    assert out_of_order > 10
    assert combined == 12
