"""A replay gives what evaluating gives, and computes no step twice."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.catalog import catalog, closure, find
from prosperity.engine import evaluate
from prosperity.errors import DefinitionError, SettingError
from prosperity.evidence.replay import Replay
from prosperity.evidence.trials import STAGES, Axis, Grid, Trial, axis
from prosperity.settings import Settings
from prosperity.simulation import simulate

from tests.model import helpers

from . import worlds

AXES = {
    "timing": ("released", "period"),
    "fit": ("expanding", "full"),
    "denoise": ("ma", "ema", "hp", "none"),
    "denoise_months": (1, 2, 6),
    "hp_lambda": (100.0, 14400.0),
    "sum_holes": (1, 0),
    "window": (None, 60),
    "min_obs": (24, 36),
    "clip": (1.0, 3.0),
    "max_carry": (1, 3),
    "extra_lag_months": (0, 2),
    "lookback": (1, 3),
    "component_min_obs": (24, 36),
    "min_weight": (0.5, 0.9),
    "dead_band": (0.0, 0.1),
    "confirm": (1, 3),
    "cost_bps": (0.0, 30.0),
    "delay_days": (0, 5),
    "risk_free": (0.0, 0.02),
}
#: Equal weight over another model; first component; dimensions over modules; states; the sixth.
MODELS = ("glass", "autos", "home_appliances", "coal", "semiconductors")


@pytest.fixture(scope="module", params=MODELS)
def replay(request: pytest.FixtureRequest) -> Replay:
    model = find(request.param)
    models = closure([model], catalog())
    panel = simulate(models, first="2004-01", last="2017-12")
    return Replay(panel, model, Settings(), {m.id: m for m in models})


def agrees(replay: Replay, trial: Trial) -> None:
    definition = replay.definition(trial)
    known = {**replay.known, definition.id: definition}
    run = evaluate(replay.panel, [definition], replay.settings_of(trial), known=known)
    expected = run.results[definition.id]
    outcome = replay.run([trial])
    months = replay.timeline(definition.rebalance).months
    position = pd.Series(outcome.positions[:, 0], index=months)[expected.months]
    np.testing.assert_array_equal(position, (expected.signal == 1).astype(int))
    composite = pd.Series(replay.composed(trial).whole.value, index=months)[expected.months]
    np.testing.assert_allclose(composite, expected.composite, rtol=1e-10, atol=1e-12)
    assert expected.backtest is not None
    for key, value in expected.backtest.statistics.items():
        found = outcome.statistics[key].iloc[0]
        assert found == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), key


def test_each_setting_alone(replay: Replay) -> None:
    for name, values in AXES.items():
        agrees(replay, Trial(((name, values[-1]),)))


@hypothesis_settings(max_examples=2)
@given(data=st.data())
def test_any_combination_in_any_order(replay: Replay, data: st.DataObject) -> None:
    chosen = {name: data.draw(st.sampled_from(values), name) for name, values in AXES.items()}
    member = data.draw(st.sampled_from(replay.industry.members), "member")
    weight = f"indicator.{member.id}.weight = {data.draw(st.sampled_from([0.5, 2]), 'weight')}"
    agrees(replay, Trial(tuple(chosen.items()), (weight,)))


def test_as_of_holds_for_every_trial() -> None:
    model, panel = worlds.no_skill(1)
    settings = Settings(as_of=pd.Timestamp("2012-05-10").date())
    agrees(worlds.replay_of(model, panel, settings), Trial((("denoise_months", 6),)))


def test_a_step_is_not_computed_again() -> None:
    model, panel = worlds.no_skill(2)
    replay = worlds.replay_of(model, panel)
    replay.run([Trial()])
    assert replay.computed == {"entries": 2, "composed": 1, "signals": 1, "courses": 1}
    replay.run([Trial((("cost_bps", float(bps)),)) for bps in range(50)])
    assert replay.computed == {"entries": 2, "composed": 1, "signals": 1, "courses": 1}
    replay.run([Trial((("dead_band", 0.05),))])
    assert replay.computed == {"entries": 2, "composed": 1, "signals": 2, "courses": 1}
    replay.run([Trial((("lookback", 2),)), Trial(changes=("indicator.one.weight = 2",))])
    assert replay.computed == {"entries": 2, "composed": 3, "signals": 4, "courses": 1}
    replay.run([Trial((("denoise_months", 2),))])
    assert replay.computed == {"entries": 4, "composed": 4, "signals": 5, "courses": 1}


def test_the_base_sees_no_future() -> None:
    """Noise in what was released after a date changes no earlier position."""
    from dataclasses import replace

    model, panel = worlds.no_skill(3)
    cutoff = pd.Timestamp("2012-06-15")
    generator = np.random.default_rng(0)
    series = {}
    for id, observed in panel.series.items():
        late = (observed.frame["release"] > cutoff).to_numpy()
        noise = np.where(late, generator.standard_normal(len(late)), 0.0)
        series[id] = replace(
            observed, frame=observed.frame.assign(value=observed.frame["value"] + noise)
        )
    trials = [Trial((("denoise", how), ("window", w))) for how in ("ma", "hp") for w in (None, 60)]
    before = worlds.replay_of(model, panel)
    after = worlds.replay_of(model, replace(panel, series=series))
    past = before.timeline("month_end").decisions <= cutoff
    one, other = (r.run(trials).positions for r in (before, after))
    np.testing.assert_array_equal(one[past], other[past])
    assert (one[~past] != other[~past]).any()


def test_every_setting_belongs_to_a_stage() -> None:
    assert set(STAGES) == {f.name for f in fields(Settings)}
    varied = {name for name, stage in STAGES.items() if stage != "none"}
    assert set(AXES) == varied - {"start", "end"}


def test_a_setting_that_changes_nothing_changes_nothing() -> None:
    model, panel = worlds.no_skill(4)
    base = worlds.result_of(model, panel, Settings()).backtest
    for name, value in {"component_warn_share": 0.9, "grade_band": 1.0, "cap": 0.1}.items():
        other = worlds.result_of(model, panel, Settings(**{name: value})).backtest  # type: ignore[arg-type]
        assert base is not None
        assert other is not None
        assert other.statistics == pytest.approx(base.statistics, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dead_band=0:0.1:0.02", Axis("dead_band", (0.0, 0.02, 0.04, 0.06, 0.08, 0.1))),
        ("denoise_months=1:3:1", Axis("denoise_months", (1, 2, 3))),
        (" denoise = ma , none ", Axis("denoise", ("ma", "none"))),
        ("window=,60", Axis("window", (None, 60))),
        ("cost_bps=10,10", Axis("cost_bps", (10.0,))),
        ("indicator.pmi.weight=0,1", Axis("indicator.pmi.weight", ("0", "1"))),
        ("rule=marginal_up,states", Axis("rule", ("marginal_up", "states"))),
    ],
)
def test_axes_are_read(text: str, expected: Axis) -> None:
    assert axis(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "dead_band",
        "=1",
        "dead_band=",
        "dead_band=a",
        "dead_band=-1",
        "dead_band=0:1:0",
        "dead_band=1:0:0.1",
        "denoise_months=1.5",
        "denoise=loess",
        "colour=1",
        "cap=0.1,0.2",
        "as_of=2020-01-01",
        "start=2020-01",
        "indicator.pmi.lag_days=1,2",
        "indicator.weight=1",
        "rebalance=sixth",
    ],
)
def test_axes_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match=r"grid|axis|option|setting"):
        axis(text)


def test_a_grid_gives_every_combination_once() -> None:
    given_axes = [axis("cost_bps=0,10"), axis("denoise=ma,none"), axis("dead_band=0,0.1,0.2")]
    grid = Grid.of(given_axes)
    assert [a.name for a in grid.axes] == ["denoise", "dead_band", "cost_bps"]
    assert grid.size == 12
    assert len({grid.trial(n) for n in range(12)}) == 12
    assert grid.values(1) == ("ma", 0.0, 10.0)
    with pytest.raises(SettingError, match="axis_twice"):
        Grid.of([axis("cost_bps=0"), axis("cost_bps=1")])


def test_changes_that_make_no_definition_are_said() -> None:
    model, panel = worlds.no_skill(5)
    with pytest.raises(DefinitionError):
        worlds.replay_of(model, panel).run([Trial(changes=("indicator.none.weight = 1",))])


def test_months_of_a_panel_are_those_of_the_helpers() -> None:
    assert worlds.by(np.ones(3)).index.equals(helpers.month_ends(3, worlds.FIRST))
