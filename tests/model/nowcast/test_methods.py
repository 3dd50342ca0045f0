"""What the methods say, against known answers and against other implementations."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from prosperity.errors import SettingError
from prosperity.nowcast import festival
from prosperity.nowcast.gate import band, gate
from prosperity.nowcast.methods import (
    CUT,
    LIGHT,
    PENALTY,
    Bridge,
    Task,
    base_effect,
    bridge,
    dfm,
    fixed_lag,
    forecasts,
    last,
    median12,
    ridge,
    sarimax,
)
from prosperity.nowcast.track import Track, track_of

from tests.model.helpers import by_month


def walk(seed: int, count: int = 240) -> Track:
    steps = np.random.default_rng(seed).standard_normal(count)
    return track_of(by_month(np.cumsum(steps)))


def yearly(seed: int = 0, noise: float = 0.1, count: int = 240) -> Track:
    """Return a series that repeats what it was a year ago, with a little noise."""
    generator = np.random.default_rng(seed)
    values = list(generator.standard_normal(12) * 5)
    for _ in range(count - 12):
        values.append(values[-12] + noise * generator.standard_normal())
    return track_of(by_month(values))


def test_median12_of_the_known_series() -> None:
    values = [2.0, 2.2, 2.1, 2.4, 2.6, 2.5, 2.7, 2.9, 2.8, 3.0, 3.1, 2.9, 3.0]
    task = Task(track_of(by_month(values)))
    assert median12(task)[-1] == pytest.approx(3.15)
    assert np.isnan(median12(task)[:-1]).all()
    assert last(task)[-1] == 3.0
    assert fixed_lag(task)[-1] == 2.9
    assert median12(Task(task.track, steps=2))[-1] == pytest.approx(3.3)


def test_the_ridge_is_scikit_learns() -> None:
    from sklearn.linear_model import Ridge

    generator = np.random.default_rng(3)
    rows = generator.standard_normal((90, 4)) * [1, 5, 0.1, 30]
    rows[7, 2] = np.nan
    change = rows @ [0.4, -0.1, 3.0, 0.02] + generator.standard_normal(90)
    change = np.where(np.isnan(change), 0.0, change)
    known = np.arange(90) + 1
    said = ridge(rows, rows, change, known, np.arange(90))
    for p in (47, 60, 89):
        kept = [q for q in range(90) if known[q] <= p and not np.isnan(rows[q]).any()]
        low, high = (np.quantile(rows[kept], share, axis=0) for share in CUT)
        cut = np.clip(rows[kept], low, high)
        centre, spread = cut.mean(axis=0), cut.std(axis=0)
        model = Ridge(alpha=PENALTY).fit((cut - centre) / spread, change[kept])
        here = (np.clip(rows[p], low, high) - centre) / spread
        assert said[p] == pytest.approx(model.predict(here[None])[0], rel=1e-10)
    assert np.isnan(said[:47]).all()


def test_a_series_that_repeats_itself_is_foretold() -> None:
    for seed in range(3):
        task = Task(yearly(seed))
        said = gate(task, forecasts(task, LIGHT))
        best = said.ratio[:, -1]
        assert said.names[said.chosen[-1]] == "base_effect"
        assert np.nanmin(best) < 0.2


def test_a_bridge_that_leads_is_better_than_without() -> None:
    generator = np.random.default_rng(8)
    moves = np.cumsum(generator.standard_normal(200))
    target = track_of(by_month(moves + 0.3 * generator.standard_normal(200))[:-1])
    early = track_of(by_month(moves))
    task = Task(target, bridges=(Bridge(early),))
    said = gate(task, forecasts(task, LIGHT))
    assert said.names[said.chosen[-1]] == "bridge"
    assert said.ratio[said.chosen[-1], -1] < 0.6
    assert np.isnan(bridge(Task(target))).all()
    # A bridge that is not out yet says nothing of the month to come, and no other method changes.
    late = Task(target, bridges=(Bridge(track_of(by_month(moves)[:-1])),))
    assert np.isnan(bridge(late)[-1])
    assert np.array_equal(base_effect(late), base_effect(task), equal_nan=True)


def test_months_that_are_never_published_are_not_expected() -> None:
    values = by_month(np.arange(72.0), "2015-01")
    track = track_of(values[values.index.month != 1])
    december = list(track.months).index((2020 - 1970) * 12 + 11)
    assert (track.expected[december] % 12 + 1).tolist() == [2, 3, 4]
    plain = track_of(values)
    assert (plain.expected[-1] - plain.months[-1]).tolist() == [1, 2, 3]
    quarterly = track_of(values[values.index.month % 3 == 0], "Q")
    assert (quarterly.expected[-1] - quarterly.months[-1]).tolist() == [3, 6, 9]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 12, 30])
@pytest.mark.parametrize("steps", [1, 3])
def test_short_series_say_the_last_value(count: int, steps: int) -> None:
    task = Task(track_of(by_month(np.arange(float(count)))), steps)
    said = gate(task, forecasts(task, LIGHT))
    assert said.chosen.tolist() == [0] * count
    assert np.array_equal(said.used, np.arange(float(count)))


def test_flat_series_and_series_with_one_jump_keep_the_last_value() -> None:
    for values in (np.zeros(150), np.r_[np.zeros(75), np.ones(75)]):
        task = Task(track_of(by_month(values)), festival=True)
        said = gate(task, forecasts(task, LIGHT))
        assert np.isfinite(said.used).all()
        assert said.used[-1] == pytest.approx(values[-1], abs=0.05)


@pytest.mark.parametrize("draws", [40, pytest.param(200, marks=pytest.mark.deep)])
def test_random_walks_rarely_open_the_gate(draws: int) -> None:
    opened, ratios = 0, []
    for seed in range(draws):
        task = Task(walk(seed))
        said = gate(task, forecasts(task, LIGHT))
        opened += int(said.chosen[-1] > 0)
        ratios.append(np.nanmin(said.ratio[1:, -1]))
    assert opened < 0.05 * draws
    assert np.mean(ratios) > 0.97


def test_nothing_said_of_the_past_changes_with_what_comes_later() -> None:
    generator = np.random.default_rng(5)
    values = by_month(np.cumsum(generator.standard_normal(180)) + 20)
    values = values[values.index.month != 1]
    whole = Task(track_of(values), 2, festival=True)
    before = gate(whole, forecasts(whole, LIGHT))
    for cut in (60, 101, 150):
        part = Task(track_of(values[:cut]), 2, festival=True)
        then = gate(part, forecasts(part, LIGHT))
        assert np.array_equal(then.used, before.used[:cut])
        assert np.array_equal(then.ratio, before.ratio[:, :cut], equal_nan=True)
        assert np.array_equal(part.targets, whole.targets[:cut])


def test_the_band_is_of_past_errors_alone() -> None:
    errors = np.arange(-20.0, 21.0)
    assert band(100.0, errors) == (84.0, 116.0)
    assert all(np.isnan(band(100.0, errors[:10])))


def test_the_festival_falls_between_january_and_february() -> None:
    # 2020-01-25 against 2019-02-05: nine days of ten in January, none a year before.
    january = (2020 - 1970) * 12
    assert festival.moved(np.array([january, january + 1])).tolist() == pytest.approx([0.8, -0.8])
    assert festival.moved(np.array([january + 5])).tolist() == [0.0]
    assert festival.moved(np.array([-1000, 5000])).tolist() == [0.0, 0.0]


def test_sarimax_is_statsmodels_fitted_each_january() -> None:
    from statsmodels.tsa.api import SARIMAX

    generator = np.random.default_rng(2)
    values = by_month(np.cumsum(0.5 * generator.standard_normal(50)) + 5)
    said = sarimax(Task(track_of(values)))
    assert np.isnan(said[:47]).all()
    assert np.isfinite(said[47:]).all()
    # The 49th value is of a January: the parameters are fitted on the values up to it, beginning
    # with those of the year before.
    order = {"order": (1, 1, 1), "seasonal_order": (0, 0, 1, 12)}
    params = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for count in (48, 49):
            known = SARIMAX(values.to_numpy()[:count], **order)
            fitted = known.fit(params, disp=0, maxiter=100)
            params = fitted.params
    assert said[48] == pytest.approx(fitted.forecast(1)[0], rel=1e-9)
    again = SARIMAX(values.to_numpy(), **order).filter(fitted.params)
    assert said[49] == pytest.approx(again.forecast(1)[0], rel=1e-9)
    two = sarimax(Task(track_of(values), steps=2))
    assert two[49] == pytest.approx(again.forecast(2)[1], rel=1e-9)


def test_the_factor_model_gives_every_series_a_value() -> None:
    generator = np.random.default_rng(4)
    factor = np.cumsum(generator.standard_normal(90))
    panel = factor[:, None] * [1.0, 2.0, -1.0] + 0.1 * generator.standard_normal((90, 3))
    panel[-1, 0] = np.nan
    said = dfm(panel, 1)
    assert said.shape == (3,)
    assert np.isfinite(said).all()


def test_a_method_that_nobody_knows_is_refused_in_both_languages() -> None:
    with pytest.raises(SettingError) as raised:
        forecasts(Task(walk(1)), ("magic",))
    assert raised.value.code == "unknown_nowcast"
    assert "magic" in raised.value.zh
    assert "magic" in raised.value.en


def test_without_statsmodels_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "statsmodels.tsa", None)
    with pytest.raises(SettingError) as raised:
        sarimax(Task(walk(1)))
    assert raised.value.code == "no_statsmodels"
    assert 'pip install "statsmodels' in raised.value.en


def test_holes_are_never_filled() -> None:
    values = by_month(np.arange(120.0))
    values.iloc[50] = np.nan
    track = track_of(values)
    assert len(track.values) == 119
    assert np.isnan(track.at(np.array([track.months[0] + 50]))[0])
    assert pd.notna(base_effect(Task(track))[-1])


def test_a_habit_that_changes_gives_a_month_one_error() -> None:
    generator = np.random.default_rng(11)
    values = by_month(np.cumsum(generator.standard_normal(240)), "2000-01")
    skipping = (values.index.month != 1) | (values.index.year >= 2012)
    for kept in (skipping, ~((values.index.month <= 2) & (values.index.year < 2010))):
        task = Task(track_of(values[kept]), festival=True)
        said = gate(task, forecasts(task, LIGHT))
        for p in (60, 140, len(task.track.values) - 1):
            months, errors = said.past_errors(p, task.targets)
            assert len(set(months.tolist())) == len(months) == len(errors)
            assert months.max() <= task.track.months[p]
