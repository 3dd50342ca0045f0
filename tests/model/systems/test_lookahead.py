"""No look-ahead in any system: what is released after a date changes nothing on or before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.panel import Observations, Panel
from prosperity.settings import Settings
from prosperity.systems import SystemResult, evaluate_system, systems
from prosperity.systems.inputs import Inputs
from prosperity.systems.reading import with_changes
from prosperity.systems.result import Scores
from prosperity.systems.rules import RULES
from prosperity.systems.simulated import simulated_system
from prosperity.systems.spec import Values
from prosperity.tables import Table

HARM = ("perturb", "delete", "add", "truncate")
#: Months of data; what needs more says so.
MONTHS: Mapping[str, int] = {
    "industry_diffusion": 24,
    "market_state": 15,
    "industry_gru": 6,
    "style_timing": 84,
}
SHORT = 18
#: Values of each table that come late.
LATE = 3
LAG = pd.Timedelta(days=40)


def system_of(id: str):  # type: ignore[no-untyped-def]
    """Return a system that decides by week where it decides by day, to be quick."""
    system = systems()[id]
    return replace(system, schedule="week_end") if system.schedule == "day" else system


@cache
def world(id: str, scrambled: bool) -> tuple[Panel, SystemResult]:
    system = system_of(id)
    panel = simulated_system(system, MONTHS.get(id, max(SHORT, needed(id))), 7)
    panel = out_of_order(panel) if scrambled else panel
    return panel, evaluate_system(panel, system)


def needed(id: str) -> int:
    """Return the months of series that a system asks for, and a few more."""
    return 84 if systems()[id].indicators else SHORT


def out_of_order(panel: Panel) -> Panel:
    """Return a panel in which a few values of each table and series come late."""
    generator = np.random.default_rng(3)

    def table(one: Table) -> Table:
        moved = one.releases.copy()
        for _ in range(LATE):
            row, column = (int(generator.integers(n * 2 // 5, n)) for n in moved.shape)
            moved.iloc[row, column] += pd.Timedelta(days=int(generator.integers(2, 12)))
        return replace(one, releases=moved)

    def series(one: Observations) -> Observations:
        late = generator.random(len(one.frame)) < 0.02
        moved = one.frame["release"] + pd.Timedelta(days=45)
        return replace(
            one, frame=one.frame.assign(release=one.frame["release"].where(~late, moved))
        )

    return replace(
        panel,
        tables={id: table(one) for id, one in panel.tables.items()},
        series={id: series(one) for id, one in panel.series.items()},
    )


def harmed(panel: Panel, day: pd.Timestamp, how: str) -> Panel:
    """Return the panel with everything released after ``day`` changed, deleted or added to."""
    if how == "truncate":
        return panel.known_on(day)
    generator = np.random.default_rng(1)

    def table(one: Table) -> Table:
        if one.id.endswith(".trained_to"):
            return one
        later = (one.releases > day).to_numpy() & one.values.notna().to_numpy()
        values = one.values.to_numpy(float, copy=True)
        if how == "delete":
            values[later] = np.nan
        elif how == "perturb":
            values[later] = generator.uniform(0.01, 3.0, int(later.sum()))
        else:
            # A value where there was none, of an old date and published late.
            empty = np.isnan(values) & (one.releases.isna().to_numpy())
            values[empty] = 1.0
        frame = pd.DataFrame(values, one.values.index, one.values.columns)
        dates = pd.Series(one.values.index, one.values.index)
        late = dates.where(dates > day, day) + LAG
        releases = one.releases.apply(lambda column: column.fillna(late))
        return replace(one, values=frame, releases=releases)

    def series(one: Observations) -> Observations:
        late = (one.frame["release"] > day).to_numpy()
        frame = one.frame.copy()
        if how == "delete":
            return replace(one, frame=frame[~late])
        frame.loc[late, "value"] = generator.normal(50, 100, late.sum())
        return replace(one, frame=frame)

    prices = panel.prices.copy()
    after = prices.index > day
    prices.loc[after] *= generator.uniform(0.5, 2.0, prices.loc[after].shape)
    return replace(
        panel,
        prices=prices,
        tables={id: table(one) for id, one in panel.tables.items()},
        series={id: series(one) for id, one in panel.series.items()},
        lists={id: later_lists(rows, day) for id, rows in panel.lists.items()},
    )


def later_lists(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return records with one more that begins after ``day``, and one that ends after it."""
    if rows.empty or "from" not in rows:
        return rows
    later = rows.iloc[[0]].assign(**{"from": day + LAG})
    ended = rows.copy()
    ended.loc[ended.index[-1], "to"] = day + LAG
    return pd.concat([ended, later], ignore_index=True)


def holed(panel: Panel, day: pd.Timestamp) -> Panel:
    """Return the panel with some values of old dates absent, to be added late."""
    generator = np.random.default_rng(5)

    def table(one: Table) -> Table:
        gone = np.zeros(one.values.shape, dtype=bool)
        last = int(one.values.index.searchsorted(day))
        # A whole row shortly before the day, and a few values around it.
        gone[max(last - 6, 0)] = True
        for _ in range(LATE):
            row, column = (
                generator.integers(max(last - 6, 0), last),
                generator.integers(gone.shape[1]),
            )
            gone[row, column] = True
        return replace(one, values=one.values.mask(gone), releases=one.releases.mask(gone))

    return replace(panel, tables={id: table(one) for id, one in panel.tables.items()})


def assert_same_past(before: SystemResult, after: SystemResult, day: pd.Timestamp) -> None:
    past = before.decisions[before.decisions <= day]
    shared = past.intersection(after.decisions)
    assert len(shared) > 0
    # Only a last one whose period the shorter prices cannot show to be over may be absent.
    assert len(past) - len(shared) <= 1
    for name in ("scores", "positions", "parts", "newest", "texts"):
        same(getattr(before, name), getattr(after, name), shared, name)
    for name in ("stages", "contributions"):
        left, right = getattr(before, name), getattr(after, name)
        for key in left.keys() & right.keys():
            same(left[key], right[key], shared, f"{name}.{key}")
    if before.backtest is not None and after.backtest is not None:
        held = before.backtest.nav.index.intersection(after.backtest.nav.index)
        held = held[held <= day]
        left, right = (one.backtest.nav.loc[held] for one in (before, after))  # type: ignore[union-attr]
        pd.testing.assert_frame_equal(left, right, check_freq=False)


def same(left: pd.DataFrame, right: pd.DataFrame, dates: pd.DatetimeIndex, name: str) -> None:
    if left.empty or right.empty:
        return
    shared = [column for column in left if column in right]
    one, other = left.loc[dates, shared], right.loc[dates, shared]
    pd.testing.assert_frame_equal(one, other, check_freq=False, rtol=1e-12, atol=1e-12, obj=name)
    # What only one of the two knows said nothing yet.
    for frame in (left, right):
        extra = frame.loc[dates, [column for column in frame if column not in shared]]
        if len(extra.columns) and extra.dtypes.map(pd.api.types.is_float_dtype).all():
            assert not extra.fillna(0.0).to_numpy().any(), name


@pytest.mark.parametrize(
    ("how", "scrambled"), [*((how, False) for how in HARM), ("perturb", True), ("add", True)]
)
@pytest.mark.parametrize("id", systems())
def test_the_future_changes_nothing_in_any_system(id: str, how: str, scrambled: bool) -> None:
    panel, before = world(id, scrambled)
    said = before.decisions[before.scores.notna().any(axis=1).to_numpy()]
    cutoff = said[len(said) * 2 // 3] + pd.Timedelta(days=9)
    if how == "add":
        panel = holed(panel, cutoff)
        before = evaluate_system(panel, system_of(id))
    after = evaluate_system(harmed(panel, cutoff, how), system_of(id))
    assert_same_past(before, after, cutoff)


@pytest.mark.parametrize("id", systems())
def test_as_of_gives_what_that_day_would_have_given(id: str) -> None:
    panel, before = world(id, False)
    cutoff = before.decisions[-3] + pd.Timedelta(days=1)
    after = evaluate_system(panel, system_of(id), Settings(as_of=cutoff.date()))
    assert_same_past(before, after, cutoff)


def test_the_test_sees_look_ahead_where_there_is_some(monkeypatch: pytest.MonkeyPatch) -> None:
    system = with_changes(systems()["industry_diffusion"], "parameter.form = trend")
    honest = RULES[system.id]

    def peeking(inputs: Inputs, values: Values, decisions: pd.DatetimeIndex) -> Scores:
        return honest(replace(inputs, closes=inputs.closes.shift(-5)), values, decisions)

    monkeypatch.setitem(RULES, system.id, peeking)  # type: ignore[arg-type]
    panel = simulated_system(system, 24)
    before = evaluate_system(panel, system)
    cutoff = before.decisions[-4]
    after = evaluate_system(harmed(panel, cutoff, "perturb"), system)
    with pytest.raises(AssertionError):
        assert_same_past(before, after, cutoff)
