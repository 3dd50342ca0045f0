"""Sweeps: a chunk depends on its job and number alone."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog, closure, find
from prosperity.engine import evaluate
from prosperity.errors import DataError, SettingError
from prosperity.evidence.replay import Replay
from prosperity.evidence.sweep import Job, chunk_table, job, replay_of
from prosperity.evidence.trials import Grid, axis
from prosperity.settings import Settings
from prosperity.simulation import simulate

from . import worlds


def grid(*texts: str) -> Grid:
    return Grid.of([axis(text) for text in texts])


def made(chunk: int = 7, settings: Settings | None = None, *more: str) -> Job:
    model, panel = worlds.no_skill(1)
    axes = grid(
        "denoise=ma,none", "denoise_months=1,3", "dead_band=0:0.1:0.05", "window=,60", *more
    )
    return job(panel, model, settings or Settings(), {model.id: model}, axes, chunk=chunk)


def test_chunks_in_any_order_are_the_whole() -> None:
    whole = chunk_table(made(1000), 0)
    cut = made(7)
    replay = replay_of(cut)
    order = np.random.default_rng(0).permutation(cut.chunks)
    tables = {n: chunk_table(cut, n, replay if n % 2 else None) for n in order}
    joined = pd.concat([tables[n] for n in range(cut.chunks)], ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole, check_exact=True)
    assert list(whole["trial"]) == list(range(24))


def test_rows_are_what_runs_give() -> None:
    model, panel = worlds.no_skill(1)
    table = chunk_table(made(), 1)
    for _, row in table.iterrows():
        window = None if np.isnan(row["window"]) else int(row["window"])
        settings = Settings(
            denoise=row["denoise"],
            denoise_months=row["denoise_months"],
            dead_band=row["dead_band"],
            window=window,
        )
        alone = worlds.result_of(model, panel, settings).backtest
        assert alone is not None
        for key in ("strategy_return", "sharpe", "max_drawdown", "switches"):
            assert row[key] == pytest.approx(alone.statistics[key], rel=1e-9)


def test_an_impossible_trial_is_named_and_stops_nothing() -> None:
    found = chunk_table(made(1000, None, "indicator.one.weight=1,-1"), 0)
    bad = found["indicator.one.weight"] == "-1"
    assert (found.loc[bad, "error"] != "").all()
    assert (found.loc[~bad, "error"] == "").all()
    assert found.loc[bad, "sharpe"].isna().all()
    assert found.loc[~bad, "sharpe"].notna().all()


def test_the_fingerprint_follows_everything_that_counts() -> None:
    base = made()
    assert made().fingerprint == base.fingerprint
    model, panel = worlds.no_skill(1)
    frame = panel.series["one"].frame.copy()
    frame.iloc[5, 0] += 1e-9
    changed = replace(
        panel, series={**panel.series, "one": replace(panel.series["one"], frame=frame)}
    )
    others = [
        made(8),
        made(7, Settings(cost_bps=1)),
        made(7, None, "confirm=1,2"),
        job(changed, model, Settings(), {model.id: model}, base.grid, chunk=7),
    ]
    assert len({base.fingerprint, *(o.fingerprint for o in others)}) == 5


def test_a_job_travels_light_and_gives_the_same_elsewhere() -> None:
    models = list(catalog().values())
    panel = simulate(models, first="2002-01", last="2014-12")
    known = {m.id: m for m in models}
    model = find("glass")
    cut = job(panel, model, Settings(), known, grid("lookback=1,2"), chunk=1)
    assert len(pickle.dumps(cut)) < len(pickle.dumps(panel)) / 5
    assert set(cut.known) == {m.id for m in closure([model], known)}
    sent = pickle.loads(pickle.dumps(cut))
    table = chunk_table(sent, 1)
    run = evaluate(panel, [model], Settings(lookback=2)).results["glass"]
    assert run.backtest is not None
    for key, value in run.backtest.statistics.items():
        assert table[key].iloc[0] == pytest.approx(value, rel=1e-9)


def test_trading_days_and_months_stay_when_others_set_them() -> None:
    """Days and months that only unrelated columns have count in a sweep as in a run."""
    model, panel = worlds.no_skill(2)
    early = pd.bdate_range("1998-01-01", "1999-12-31", unit="ns")
    prices = pd.concat([panel.prices, pd.DataFrame({"other": 1.0}, index=early)]).sort_index()
    other = replace(panel.series["one"], id="other")
    shifted = other.frame.set_index(other.frame.index - pd.offsets.MonthEnd(20))
    full = replace(
        panel, prices=prices, series={**panel.series, "other": replace(other, frame=shifted)}
    )
    cut = job(full, model, Settings(), {model.id: model}, grid("lookback=1,2"))
    whole = Replay(full, model, Settings(), {model.id: model})
    assert (
        replay_of(cut).timeline("month_end").decisions.equals(whole.timeline("month_end").decisions)
    )


def test_nothing_to_sweep_is_said() -> None:
    model, panel = worlds.no_skill(3)
    with pytest.raises(SettingError, match="empty_grid"):
        job(panel, model, Settings(), {model.id: model}, Grid(()))
    bare = replace(panel, prices=panel.prices[["benchmark"]])
    with pytest.raises(DataError, match="no_prices"):
        job(bare, model, Settings(), {model.id: model}, grid("lookback=1,2"))
