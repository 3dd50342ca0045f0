"""The whole model on small worlds: what must hold for every definition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from prosperity import rules
from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.errors import DataError
from prosperity.evaluation import Evaluation, IndustryResult
from prosperity.exchange import sessions
from prosperity.panel import Observations, Panel
from prosperity.records import build, variant_of, with_changes
from prosperity.scoring import scores
from prosperity.settings import Settings
from prosperity.simulation import simulate

from tests.model import helpers
from tests.model.helpers import by_month, industry_of, panel_of, wave

MODELS = list(catalog())
SETTINGS = [
    Settings(),
    Settings(timing="period", fit="full"),
    Settings(denoise="none", lookback=3, dead_band=0.05, confirm=2, window=60),
    Settings(denoise="hp", extra_lag_months=1, min_weight=0.8),
    Settings(denoise="ema", denoise_months=6, clip=2.0, max_carry=0),
]


@cache
def panel() -> Panel:
    return simulate(catalog().values(), first="2002-01", last="2019-12")


@cache
def whole(number: int = 0) -> Evaluation:
    return evaluate(panel(), catalog().values(), SETTINGS[number])


def changed(source: Panel, id: str, frame: pd.DataFrame) -> Panel:
    return replace(source, series={**source.series, id: replace(source.series[id], frame=frame)})


def without(source: Panel, *ids: str) -> Panel:
    return replace(source, series={k: v for k, v in source.series.items() if k not in ids})


def run(id: str, source: Panel | None = None, settings: Settings | None = None) -> IndustryResult:
    return evaluate(source or panel(), [catalog()[id]], settings).results[id]


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_contributions_add_up_for_every_definition_and_setting(number: int) -> None:
    for id, result in whole(number).results.items():
        for parts, total in (
            (result.contributions, result.composite),
            (result.change_contributions, result.change),
        ):
            known = total.notna()
            assert known.any(), id
            difference = parts.sum(axis=1)[known] - total[known]
            assert difference.abs().max() < 1e-10, id
            assert parts[~known].isna().all(axis=None), id


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_signal_follows_its_definition(number: int) -> None:
    for id, result in whole(number).results.items():
        assert set(result.signal.dropna().unique()) <= {0.0, 1.0}, id
        if result.definition.rule == "marginal_up":
            assert result.signal[result.change.isna()].isna().all(), id
        settings = SETTINGS[number]
        if result.definition.rule == "marginal_up" and not settings.dead_band:
            known = result.change.notna()
            # A change of exactly zero, such as of a score that is cut off twice, keeps the signal.
            moved = result.change[known].where(result.change[known] != 0)
            rising = (moved > 0).astype(float).where(moved.notna()).ffill()
            pd.testing.assert_series_equal(result.signal[known], rising, check_names=False)


@pytest.mark.parametrize("lookback", [1, 3])
def test_where_nothing_moves_the_change_is_exactly_zero(lookback: int) -> None:
    """Moments, loadings and membership are estimated anew each month; none of it is a change."""
    source = panel()
    models = [with_changes(m, ";".join(level(m))) for m in catalog().values()]
    series = {}
    for id, observed in source.series.items():
        frame = observed.frame.copy()
        frame.iloc[-6:, 0] = frame["value"].iloc[-7]
        series[id] = replace(observed, frame=frame)
    still = replace(source, series=series)
    settings = Settings(denoise="none", lookback=lookback)
    found = evaluate(still, models, settings, known={m.id: m for m in models})
    for id, result in found.results.items():
        assert result.change.iloc[-1] == 0.0, id
        assert (result.change_contributions.iloc[-1] == 0.0).all(), id
        assert (result.dimension_changes.iloc[-1].dropna() == 0.0).all(), id
        assert result.change.abs().iloc[:-12].max() > 0, id
        # And a change of zero keeps the signal.
        assert result.signal.iloc[-1] == result.signal.iloc[-2], id


def level(model: Industry) -> list[str]:
    """Return the changes that have every indicator of a model used as it is published."""
    own = [m for m in model.members if not m.composite]
    return [f"indicator.{m.id}.transform = level" for m in own]


@pytest.mark.parametrize("number", [0, 2])
def test_months_to_come_change_nothing_of_a_month(number: int) -> None:
    whole_run = whole(number)
    cut = pd.Timestamp("2016-08-31")
    short = evaluate(panel().known_on(cut), catalog().values(), SETTINGS[number], required=())
    for id, result in short.results.items():
        for name in ("composite", "change", "percentile", "signal", "grade"):
            one, other = getattr(result, name), getattr(whole_run.results[id], name)
            last = result.months[-1]
            assert np.array_equal(one[[last]], other[[last]], equal_nan=True), (id, name)


def test_the_change_is_that_of_the_values_under_the_moments_of_the_month() -> None:
    model = industry_of({"a": {}})
    values = wave(80)
    settings = Settings(denoise="none", clip=100, timing="period")
    found = evaluate(panel_of({"a": values}), [model], settings, known={}).results["toys"]
    for t in (36, 50, 79):
        spread = values.iloc[: t + 1].std()
        expected = (values.iloc[t] - values.iloc[t - 1]) / spread
        assert found.change[values.index[t]] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("id", ["coal", "steel", "general_automation"])
def test_a_band_is_for_each_dimension_and_confirmation_for_the_state(id: str) -> None:
    settings, model = SETTINGS[2], catalog()[id]
    result = whole(2).results[id]
    points = {
        d: rules.direction(result.dimension_changes[d].to_numpy(), dead_band=settings.dead_band)
        for d in result.dimension_changes
    }
    raw = rules.states(points, model.hold_states)
    expected = rules.confirmed(raw, settings.confirm)
    np.testing.assert_array_equal(result.signal, expected)
    assert not np.array_equal(raw, expected, equal_nan=True)


def test_the_percentile_counts_ties_as_no_higher() -> None:
    values = by_month([*np.tile([1.0, 2.0, 3.0, 2.0], 10)])
    model = industry_of({"a": {"standardise": False, "denoise": False}})
    found = evaluate(panel_of({"a": values}), [model], known={}).results["toys"]
    assert found.composite.nunique() == 3
    for t in range(11, len(found.months)):
        so_far = found.composite.iloc[: t + 1]
        assert found.percentile.iloc[t] == (so_far <= so_far.iloc[-1]).mean()
    assert found.percentile.iloc[:11].isna().all()


def test_residual_liquidity_needs_both_of_its_legs() -> None:
    whole_run = run("liquidity_composite").dimensions["residual"]
    assert whole_run.notna().any()
    for leg in ("tsf_stock_yoy", "m2_yoy"):
        found = run("liquidity_composite", without(panel(), leg))
        assert found.dimensions["residual"].isna().all()
    spread = whole_run.dropna().iloc[36:].std()
    assert 0.5 < spread < 2.0  # standardised again, whatever the two have in common


def test_brokers_are_the_liquidity_composite_itself() -> None:
    brokers, liquidity = run("brokers"), run("liquidity_composite")
    expected = liquidity.composite.clip(-3, 3).dropna()
    pd.testing.assert_series_equal(brokers.composite, expected, check_freq=False)


def test_position_is_the_signal_of_the_last_decision() -> None:
    for id, result in whole().industries.items():
        assert result.backtest is not None, id
        position = result.backtest.position
        for month, day in result.decisions.items():
            if day in position.index and position.index.get_loc(day) < len(position) - 1:
                assert position[day] == float(result.signal[month] == 1), (id, month)


def test_sixth_rule_acts_on_the_sixth_and_not_at_month_end() -> None:
    result = run("semiconductors")
    assert result.backtest is not None
    june = pd.Timestamp("2015-06-30")
    assert result.decisions[june] == pd.Timestamp("2015-07-06")
    traded = result.backtest.traded
    assert set(traded[traded].index) <= set(result.decisions)
    assert not set(traded[traded].index) & set(run("autos").decisions)


def test_raising_the_clinker_ratio_lowers_cement() -> None:
    before = run("cement").composite
    frame = panel().series["clinker_storage_ratio"].frame.copy()
    last = frame.index[-3:]
    frame.loc[last, "value"] += 20
    after = run("cement", changed(panel(), "clinker_storage_ratio", frame)).composite
    assert after.iloc[-1] < before.iloc[-1]


@pytest.mark.parametrize("id", ["photovoltaics", "new_energy_vehicles"])
def test_chemicals_ignore_the_new_members_before_2020(id: str) -> None:
    columns = [i.id for i in catalog()[id].indicators if i.own_column]
    source = simulate(catalog().values(), first="2005-01", last="2021-12")
    with_all = run("chemicals_overall", source)
    withheld = run("chemicals_overall", without(source, *columns))
    before = slice(None, "2019-12")
    pd.testing.assert_series_equal(with_all.composite[before], withheld.composite[before])
    assert not with_all.composite["2020-01":].equals(withheld.composite["2020-01":])


def test_chemicals_membership_change_is_no_signal_by_itself() -> None:
    source = simulate(catalog().values(), first="2005-01", last="2021-12")
    result = run("chemicals_overall", source)
    january = pd.Timestamp("2020-01-31")
    parts = result.change_contributions.loc[january]
    # The change compares December and January under January's membership: every part moves by its
    # own like-for-like change, and no part adds its level.
    own = {id: evaluate(source, [catalog()[id]]).results[id].change[january] for id in parts.index}
    for id, change in own.items():
        assert np.sign(parts[id]) == np.sign(change), id
        assert abs(parts[id]) < abs(result.contributions.loc[january, id]) + abs(change), id


def test_glass_depends_on_photovoltaics() -> None:
    frame = panel().series["module_exports"].frame.copy()
    frame["value"] *= np.linspace(1, 3, len(frame))
    after = run("glass", changed(panel(), "module_exports", frame))
    assert not after.composite.equals(run("glass").composite)


def test_park_growth_needs_108_months_of_sales() -> None:
    """96 months for the sum and 12 for its growth: value 108 is the first."""
    park = catalog()["construction_machinery"].indicator("excavator_park_8y")
    sales = panel().series["excavator_sales"].frame["value"]
    for months, count in ((107, 0), (108, 1), (110, 3)):
        stages = scores(sales.iloc[:months], park, Settings(denoise="none"))
        assert stages["transformed"].notna().sum() == count


def test_below_half_the_weight_there_is_no_signal_and_the_benchmark_is_held() -> None:
    cement = catalog()["cement"]
    two_left = without(panel(), "mill_operation_rate", "clinker_storage_ratio", "cement_price")
    result = evaluate(two_left, [cement], required=()).results["cement"]
    assert result.composite.isna().all()
    assert result.signal.isna().all()
    assert result.backtest is not None
    assert (result.backtest.position == 0).all()
    assert "no_signal_months" in {n.code for n in result.notices}
    three_left = without(panel(), "mill_operation_rate", "clinker_storage_ratio")
    assert run("cement", three_left).composite.notna().any()


def test_state_machine_composite_is_demand_less_supply() -> None:
    result = run("coal")
    known = result.composite.notna()
    scores = result.dimensions[known]
    pd.testing.assert_series_equal(
        result.composite[known], scores["demand"] - scores["supply"], check_names=False
    )
    assert (result.contributions[["bohai_thermal_price", "port_coal_inventory"]].dropna() == 0).all(
        axis=None
    )


def test_published_growth_is_not_differenced_again() -> None:
    levels = panel().series["auto_sales"]
    growth = levels.frame.copy()
    growth["value"] = (growth["value"] / growth["value"].shift(12) - 1) * 100
    in_percent = replace(levels, frame=growth.dropna(), unit="%")
    source = replace(panel(), series={**panel().series, "auto_sales": in_percent})
    one = run("steel").stages["transformed"]["auto_sales"]
    other = run("steel", source)
    pd.testing.assert_series_equal(
        one["2010":], other.stages["transformed"]["auto_sales"]["2010":], check_freq=False
    )
    assert "published_growth" in {n.code for n in other.notices}


def test_a_pasted_composite_is_used_as_it_stands() -> None:
    months = pd.date_range("2002-01-31", "2019-12-31", freq="ME", unit="ns")
    values = np.random.default_rng(1).standard_normal(len(months))
    frame = pd.DataFrame({"value": values, "release": months, "explicit": True}, index=months)
    pasted = Observations("pv_composite", frame)
    source = replace(panel(), series={**panel().series, "pv_composite": pasted})
    result = run("glass", source)
    raw = result.stages["raw"]["pv_composite"].dropna()
    assert raw.iloc[-1] == values[-1]


def tiny(**fields: object) -> Industry:
    return build(
        {
            "industry": [{"id": "tiny", "name_zh": "小", "name_en": "Tiny", **fields}],
            "dimension": [{"id": "d", "name_zh": "维", "name_en": "D"}],
            "indicator": [
                {"id": "m2_yoy", "name_zh": "M2", "name_en": "M2", "dimension": "d"},
                {"id": "pmi", "name_zh": "PMI", "name_en": "PMI", "dimension": "d"},
            ],
        }
    )


def test_an_industry_of_two_indicators_runs() -> None:
    industry = tiny()
    result = evaluate(panel(), [industry], known={"tiny": industry}).results["tiny"]
    assert result.composite.notna().any()
    assert result.backtest is None
    assert "no_backtest" in {n.code for n in result.notices}


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("no_data", lambda: without(panel(), *panel().series)),
        ("no_data", lambda: without(panel(), *(i.id for i in catalog()["autos"].indicators))),
        (
            "too_few_months",
            lambda: replace(
                panel(),
                series={
                    id: replace(s, frame=s.frame.iloc[-20:]) for id, s in panel().series.items()
                },
            ),
        ),
        (
            "prices_end_early",
            lambda: replace(panel(), prices=panel().prices[panel().prices.index < "2019-10-20"]),
        ),
    ],
)
def test_what_cannot_be_computed_is_refused(code: str, source) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError) as caught:
        run("autos", source())
    assert caught.value.code == code
    assert caught.value.zh
    assert caught.value.en


def test_short_prices_are_fine_with_an_as_of_date() -> None:
    short = replace(panel(), prices=panel().prices[panel().prices.index < "2019-10-20"])
    result = run("autos", short, Settings(as_of=date(2019, 10, 18)))
    assert result.latest == pd.Timestamp("2019-09-30")


def test_the_sixth_rule_needs_daily_prices() -> None:
    monthly = replace(panel(), prices=panel().prices.resample("ME").last())
    assert run("autos", monthly).backtest is not None
    with pytest.raises(DataError) as caught:
        run("agriculture", monthly)
    assert caught.value.code == "needs_daily_prices"


def test_results_do_not_depend_on_what_else_is_run() -> None:
    alone = run("food_beverage")
    together = whole().results["food_beverage"]
    pd.testing.assert_series_equal(alone.composite, together.composite, check_freq=False)


@pytest.mark.parametrize("id", MODELS)
def test_every_variant_runs(id: str) -> None:
    for variant in catalog()[id].variants:
        industry = variant_of(catalog()[id], variant.id)
        known = {**catalog(), id: industry}
        result = evaluate(panel(), [industry], known=known, required=()).results[id]
        assert result.composite.notna().any(), variant.id


def test_explained_variance_is_a_share() -> None:
    result = run("agriculture")
    shares = result.explained["composite"].dropna()
    assert ((shares > 0.2) & (shares <= 1)).all()


@pytest.mark.parametrize(
    ("years", "day", "said"), [(1, "mid", True), (1, "end", False), (0, "mid", False)]
)
def test_beyond_the_announced_holidays_it_is_said(years: int, day: str, said: bool) -> None:
    """Prices that end within a month of which the exchange's calendar knows nothing."""
    year = sessions()[-1].year + years
    days = pd.bdate_range(f"{year}-06-01", f"{year}-06-{15 if day == 'mid' else 30}")
    days = sessions()[(sessions() >= f"{year - 4}-01-01") & (sessions() < days[0])].append(days)
    frame = pd.DataFrame({"benchmark": 100.0, "toys": 100.0}, days)
    months = pd.date_range(f"{year - 9}-01-31", f"{year - 1}-12-31", freq="ME")
    values = {id: pd.Series(np.arange(len(months)) % 7 + 1.0, months) for id in ("a", "b")}
    data = helpers.panel_of(values, prices=frame)
    model = helpers.industry_of({"a": {}, "b": {}})
    found = evaluate(data, [model], known={}, required=())
    assert ("weekdays_decide" in [n.code for n in found.notices]) is said
