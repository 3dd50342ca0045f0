"""The plan: its known answer, what it is without modules, its layers, and no look-ahead."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.engine import evaluate
from prosperity.errors import DataError
from prosperity.evaluation import MARKET, Evaluation
from prosperity.panel import Panel
from prosperity.plan import MODULES, plan, planned
from prosperity.plan_parts import decided, level1_of, percent_ranks, raw_of, veto_of
from prosperity.plan_worth import FEWEST, Weighing, rotation_p_value, shared_out
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity.systems import SystemResult, evaluate_system, systems
from prosperity.systems.loadings import loadings, t_values, weekly_returns
from prosperity.systems.plan_result import PlanResult
from prosperity.systems.reading import plan_definition, with_changes
from prosperity.systems.simulated import simulated_system

USED = ("macro_position", "style_timing", "industry_factors", "etf_flows")
VALUES = plan_definition().values
MONTHS = 126


@cache
def industries_panel() -> Panel:
    return simulate(catalog().values(), first="2013-01", last="2026-06")


@cache
def world() -> Evaluation:
    return evaluate(industries_panel(), catalog().values())


@cache
def panel_of(id: str) -> Panel:
    return simulated_system(systems()[id], MONTHS)


@cache
def run(id: str) -> SystemResult:
    return evaluate_system(panel_of(id), systems()[id])


def all_systems() -> dict[str, SystemResult]:
    return {id: run(id) for id in USED}


@cache
def whole() -> PlanResult:
    found = plan(world().industries, all_systems())
    assert found is not None
    return found


def test_the_known_answer() -> None:
    frame = lambda *row: pd.DataFrame([row], columns=list("abc"))  # noqa: E731
    raw = raw_of(frame(0.6, -0.4, 0.0), frame(1.0, 0.5, 0.0), VALUES)
    np.testing.assert_allclose(raw, [[1.4, 0.9, 0.75]])
    veto = veto_of(frame(np.nan, 0.5, 0.97), VALUES)
    np.testing.assert_array_equal(veto, [[1.0, 1.0, 0.0]])
    shares = (raw * veto).to_numpy()[0] / (raw * veto).to_numpy().sum()
    np.testing.assert_allclose(shares, [0.609, 0.391, 0.0], atol=5e-4)
    holds = np.ones((1, 3), dtype=bool)
    said = {
        "macro": np.array([0.45]),
        "style": np.array([[0.6, -0.4, 0.0]]),
        "tie_break": np.array([[1.0, 0.5, 0.0]]),
        "veto": veto.to_numpy(),
    }
    found = Weighing(holds, 0.25, VALUES).weights(said)
    np.testing.assert_allclose(found, [[0.1125, 0.1125, 0.0, 0.225, 0.55]])


def test_crowding_halves_and_vetoes_at_its_levels() -> None:
    found = veto_of(pd.DataFrame([[0.0, 0.8999, 0.9, 0.9499, 0.95, 1.0, np.nan]]), VALUES)
    np.testing.assert_array_equal(found, [[1, 1, 0.5, 0.5, 0, 0, 1]])


def test_what_is_vetoed_altogether_leaves_the_market() -> None:
    own, market = shared_out(np.zeros((1, 2)), np.ones((1, 2), dtype=bool), 0.25)
    np.testing.assert_array_equal(own, [[0.0, 0.0]])
    assert market[0] == 1.0


@pytest.mark.parametrize("settings", [Settings(), Settings(cost_bps=10, delay_days=1, cap=0.4)])
def test_without_modules_it_is_the_combined_strategy_to_the_last_bit(settings: Settings) -> None:
    evaluation = (
        world()
        if settings == Settings()
        else evaluate(industries_panel(), catalog().values(), settings)
    )
    combined = evaluation.combined
    assert combined is not None
    for given, without in (({}, ()), (all_systems(), tuple(MODULES))):
        found = plan(evaluation.industries, given, settings, without=without)
        assert found is not None
        exact = {"check_exact": True, "check_freq": False}
        pd.testing.assert_frame_equal(found.positions, combined.targets, **exact)
        pd.testing.assert_series_equal(found.turnover, combined.turnover, **exact)
        assert found.backtest is not None
        pd.testing.assert_frame_equal(found.backtest.nav, combined.backtest.nav, **exact)
        pd.testing.assert_series_equal(found.backtest.position, combined.backtest.position, **exact)
        assert found.backtest.statistics == combined.backtest.statistics
        assert [layer.used for layer in found.layers] == [True] + [False] * 4
        missing = [n for n in found.notices if n.code == "plan_without_module"]
        assert len(missing) == (0 if without else 4)


def test_equity_is_the_macro_position_and_the_rest_is_in_bonds() -> None:
    found = whole()
    assert list(found.positions)[-2:] == [MARKET, "bond"]
    np.testing.assert_allclose(found.positions.sum(axis=1), 1.0)
    assert (found.positions >= -1e-12).all(axis=None)
    macro = run("macro_position").scores["benchmark"]
    last = found.decisions[-1]
    assert found.parts.loc[last, "equity"] == macro.loc[:last].iloc[-1]
    np.testing.assert_allclose(
        1.0 - found.positions["bond"], found.steps["equity"]["equity"], atol=1e-12
    )
    # Before the macro position is known equity is the default.
    early = found.steps["equity"]["macro"].isna()
    assert early.any()
    assert (found.steps["equity"].loc[early, "equity"] == 1.0).all()
    industries = found.positions.drop(columns=[MARKET, "bond"])
    limit = 0.25 * found.parts["equity"]
    assert (industries.max(axis=1) <= limit + 1e-12).all()
    assert found.backtest is not None
    # Yields of the same day are public after the close, so the plan is traded on the next.
    made = found.trades.dropna()
    assert (made > made.index).all()


def test_what_is_not_held_has_no_weight_and_vetoed_none() -> None:
    found = whole()
    held, veto = found.steps["held"], found.steps["veto"]
    own = found.positions[list(held)]
    assert (own.where(~held, 0.0) == 0.0).all(axis=None)
    assert (own.where(veto == 0.0, 0.0) == 0.0).all(axis=None)
    scores = found.scores
    assert scores.notna().equals(held)
    for id, parts in found.contributions.items():
        np.testing.assert_allclose(
            parts[held[id]].sum(axis=1), scores.loc[held[id], id], atol=1e-10
        )
    last = held.columns[held.iloc[-1]]
    for zh, en in found.texts[last].iloc[-1]:
        assert zh.startswith("持有")
        assert en.startswith("held")


def test_layers_are_cumulative_and_each_addition_is_tested() -> None:
    found = whole()
    assert [one.id for one in found.layers] == ["industries", "macro", "style", "tie_break", "veto"]
    assert all(one.used for one in found.layers)
    combined = world().combined
    assert combined is not None
    np.testing.assert_array_equal(found.layers[0].nav["0"], combined.backtest.nav["strategy"])
    assert found.backtest is not None
    np.testing.assert_array_equal(found.layers[-1].nav["0"], found.backtest.nav["strategy"])
    assert np.isnan(found.layers[0].p_value)
    assert found.layers[0].shown_to_help is None
    for layer in found.layers[1:]:
        assert 0.0 < layer.p_value <= 1.0
        assert layer.shown_to_help == (layer.p_value <= 0.2)
        assert layer.nav["0"].iloc[-1] > layer.nav["10"].iloc[-1] > layer.nav["30"].iloc[-1]


def test_a_module_that_is_taken_out_leaves_its_layer_as_the_one_before() -> None:
    found = plan(world().industries, all_systems(), without=("style", "veto"))
    assert found is not None
    assert found.without == ("style", "veto")
    used = {one.id: one.used for one in found.layers}
    assert used == {
        "industries": True, "macro": True, "style": False, "tie_break": True, "veto": False,
    }  # fmt: skip
    assert found.layers[2].targets is found.layers[1].targets
    assert (found.steps["veto"] == 1.0).all(axis=None)
    assert set(found.newest) == {"macro_position", "industry_factors"}


def test_a_word_that_is_no_module_is_refused() -> None:
    with pytest.raises(DataError, match="nearest: style") as caught:
        plan(world().industries, {}, without=("styl",))
    assert caught.value.code == "unknown_module"


def test_the_market_state_scales_or_gates_when_it_is_asked_for() -> None:
    dates = whole().decisions
    state = pd.DataFrame({"state": np.where(np.arange(len(dates)) % 2, 1.0, 1.0 / 3.0)}, dates)
    fake = replace(run("macro_position"), parts=state, decisions=dates)
    fake = replace(fake, definition=systems()["market_state"])
    for mode, low in (("scale", 2.0 / 3.0), ("gate", 0.0)):
        definition = with_changes(plan_definition(), f"parameter.state_mode = {mode}")
        found = plan(world().industries, {"market_state": fake}, definition=definition)
        assert found is not None
        np.testing.assert_allclose(found.parts["equity"], np.where(state["state"] < 1, low, 1.0))
        assert list(found.positions)[-1] == "cash"
    unasked = plan(world().industries, {"market_state": fake})
    assert unasked is not None
    assert (unasked.parts["equity"] == 1.0).all()


@pytest.mark.parametrize(
    ("word", "constant", "id"),
    [
        ("macro", "macro_system", "news_market"),
        ("style", "style_system", "news_size"),
        ("tie_break", "tie_system", "industry_gru"),
        ("tie_break", "tie_system", "attention_scores"),
        ("tie_break", "tie_system", "news_industry"),
    ],
)
def test_another_system_fills_a_module_when_it_is_asked_for(
    word: str, constant: str, id: str
) -> None:
    usual = whole()
    made = {**all_systems(), id: run(id)}
    # It is off by default: that it is there changes nothing.
    same = plan(world().industries, made)
    assert same is not None
    pd.testing.assert_frame_equal(same.positions, usual.positions)
    definition = with_changes(plan_definition(), f"parameter.{constant} = {id}")
    others = [w for w in MODULES if w != word]
    found = plan(world().industries, made, without=others, definition=definition)
    assert found is not None
    alone = plan(world().industries, {}, without=MODULES)
    assert alone is not None
    assert not found.positions.equals(alone.positions)
    lost = plan(world().industries, all_systems(), without=others, definition=definition)
    assert lost is not None
    said = next(notice for notice in lost.notices if notice.code == "plan_without_module")
    assert id in said.en
    assert systems()[id].name_zh in said.zh


def test_a_trend_filter_takes_out_what_trends_down() -> None:
    definition = with_changes(plan_definition(), "parameter.min_diffusion = 0.4")
    diffusion = evaluate_system(
        simulated_system(systems()["industry_diffusion"], 60), systems()["industry_diffusion"]
    )
    found = plan(world().industries, {"industry_diffusion": diffusion}, definition=definition)
    assert found is not None
    trend = found.steps["trend"]
    assert ((found.steps["veto"] == 0.0) == (trend < 0.4)).all(axis=None)


def test_the_last_decision_on_or_before_the_date_counts_unless_it_is_old() -> None:
    frame = pd.DataFrame(
        {"a": [1.0, 2.0, np.nan]}, pd.to_datetime(["2024-01-31", "2024-02-08", "2024-02-29"])
    )
    dates = pd.to_datetime(["2024-01-30", "2024-01-31", "2024-02-20", "2024-03-29", "2024-06-28"])
    rows, stamps = decided(frame, pd.DatetimeIndex(dates), 45)
    np.testing.assert_array_equal(rows["a"], [np.nan, 1.0, 2.0, np.nan, np.nan])
    assert list(stamps.notna()) == [False, True, True, True, False]


def test_ranks_run_from_the_lowest_to_the_highest_score() -> None:
    found = percent_ranks(pd.DataFrame([[3.0, 1.0, np.nan, 2.0], [1.0, np.nan, np.nan, np.nan]]))
    np.testing.assert_array_equal(found, [[1.0, 0.0, np.nan, 0.5], [np.nan] * 4])


def test_every_industry_of_the_catalog_has_a_level_1_industry() -> None:
    known = {asset.id for asset in systems()["industry_factors"].assets}
    models = {id for id, model in catalog().items() if model.kind == "industry"}
    assert set(level1_of()) == models
    assert set(level1_of().values()) <= known


def test_loadings_are_t_values_of_a_regression() -> None:
    from scipy.stats import linregress

    generator = np.random.default_rng(6)
    x = generator.normal(0, 0.02, 156)
    y = np.column_stack([0.4 * x, -0.1 * x, 0 * x]) + generator.normal(0, 0.03, (156, 3))
    y[5, 0] = np.nan
    found = t_values(x, y, 52)
    for column in range(3):
        there = ~np.isnan(y[:, column])
        fit = linregress(x[there], y[there, column])
        assert found[column] == pytest.approx(fit.slope / fit.stderr)
    weeks = pd.date_range("2020-01-05", periods=156, freq="W-SUN")
    scaled = loadings(
        pd.DataFrame(y, weeks),
        pd.Series(x, weeks),
        weeks[[40, 155]],
        months=36,
        fewest=52,
        clip=2.0,
    )
    assert scaled.iloc[0].isna().all()
    np.testing.assert_allclose(scaled.iloc[1], np.clip(found, -2, 2) / 2)


def test_a_week_that_is_not_over_does_not_count() -> None:
    days = pd.bdate_range("2024-01-01", "2024-03-29")
    closes = pd.DataFrame({"a": np.arange(1.0, len(days) + 1)}, days)
    wednesday = pd.Timestamp("2024-03-20")
    full = weekly_returns(closes)
    part = weekly_returns(closes.loc[:wednesday])
    pd.testing.assert_frame_equal(
        full.loc[:wednesday], part.loc[:wednesday], check_freq=False, check_exact=True
    )


def test_rotations_find_skill_and_do_not_find_it_where_there_is_none() -> None:
    generator = np.random.default_rng(3)
    months = pd.date_range("2010-01-31", periods=120, freq="ME")
    market = generator.normal(0, 0.05, 120)
    returns = pd.DataFrame({"market": market, "rest": 0.0}, months)

    def weigh(equity: np.ndarray) -> np.ndarray:
        return np.column_stack([equity, 1.0 - equity])

    assert rotation_p_value(weigh, (market > 0).astype(float), returns) <= 0.02
    assert rotation_p_value(weigh, (market < 0).astype(float), returns) > 0.9
    assert rotation_p_value(weigh, np.ones(120), returns) == 1.0
    blind = [
        rotation_p_value(weigh, (generator.random(120) > 0.5).astype(float), returns)
        for _ in range(40)
    ]
    assert 0.3 < np.mean(blind) < 0.7
    assert np.isnan(rotation_p_value(weigh, np.ones(FEWEST - 1), returns.iloc[: FEWEST - 1]))


def test_unknown_things_are_neutral_and_said() -> None:
    crowd = run("etf_flows")
    lost = replace(crowd, stages={**crowd.stages, "crowding": crowd.stages["crowding"] * np.nan})
    found = plan(world().industries, {"etf_flows": lost})
    assert found is not None
    assert (found.steps["veto"] == 1.0).all(axis=None)
    assert "plan_unknown_veto" in {n.code for n in found.notices}
    old = run("macro_position")
    ended = replace(old, decisions=old.decisions[:-4], scores=old.scores[:-4], parts=old.parts[:-4])
    found = plan(world().industries, {"macro_position": ended})
    assert found is not None
    assert "plan_equity_default" in {n.code for n in found.notices}


def test_one_industry_has_no_plan() -> None:
    assert plan({}, all_systems()) is None


def test_an_evaluation_holds_the_systems_and_the_plan() -> None:
    chosen = [catalog()[id] for id in ("autos", "steel")]
    system = systems()["macro_position"]
    panel = simulate([*chosen, system.module], first="2012-01", last="2020-12")
    found = evaluate(panel, chosen, systems=[system])
    assert set(found.systems) == {"macro_position"}
    assert found.plan is not None
    assert found.plan.parts["macro"].notna().iloc[-1]
    assert found.plan.simulated
    plain = evaluate(panel, chosen)
    assert plain.plan is None
    put = planned(replace(plain, systems=found.systems), without=("macro",))
    assert put.plan is not None
    assert (put.plan.parts["equity"] == 1.0).all()
    assert found.combined is not None
    assert plain.combined is not None
    pd.testing.assert_frame_equal(found.combined.targets, plain.combined.targets)


@pytest.mark.parametrize("day", ["2022-05-13", "2024-12-31"])
def test_as_of_a_day_is_a_plan_of_what_was_known(day: str) -> None:
    date = pd.Timestamp(day)
    settings = Settings(as_of=date.date())
    then = evaluate(industries_panel(), catalog().values(), settings, required=())
    known = {id: evaluate_system(panel_of(id), systems()[id], settings) for id in USED}
    found = plan(then.industries, known, settings)
    assert found is not None
    past = whole().decisions[whole().decisions <= date]
    shared = past.intersection(found.decisions)
    assert len(past) - len(shared) <= 1
    for name in ("equity", "style", "rank", "crowding", "raw", "veto", "weight"):
        left, right = found.steps[name].loc[shared], whole().steps[name].loc[shared]
        # An industry whose sample had not begun then has no column, and no weight.
        right = right[[column for column in right if column in left]]
        pd.testing.assert_frame_equal(
            left[list(right)], right, rtol=1e-12, atol=1e-12, check_freq=False, obj=name
        )
