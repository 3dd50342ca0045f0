"""Leads, turning points, phases: on worlds where they are known."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from prosperity.errors import DataError
from prosperity.evidence.leads import best_lead, lead_correlations, leads, screening
from prosperity.evidence.moved import contributions, vintages
from prosperity.evidence.phases import PHASES, path, phases, time_in_phases
from prosperity.evidence.turning import match_turns, turning_points
from prosperity.settings import Settings

from tests.model.helpers import industry_of, panel_of

from . import worlds

LEAD = 2


def leading_world(seed: int = 1):  # type: ignore[no-untyped-def]
    """Return a model that leads ``margin`` by two months, published on the last day of a month."""
    generator = np.random.default_rng(seed)
    wave = worlds.cycle(worlds.MONTHS + LEAD, generator)
    noise = 0.05 * generator.standard_normal((2, worlds.MONTHS))
    model = industry_of({"orders": {"denoise": False, "frequency": "D"}})
    values = {
        "orders": worlds.by(wave[LEAD:] + noise[0]),
        "margin": worlds.by(wave[: worlds.MONTHS] + noise[1]),
    }
    benchmark = 0.05 * generator.standard_normal(worlds.MONTHS)
    prices = worlds.monthly_prices(benchmark + worlds.months_ahead(generator), benchmark)
    panel = panel_of(values, prices=prices)
    # Published with the close of the month's last trading day, as a price is.
    series = {
        id: replace(
            s, frame=s.frame.assign(release=panel.calendar.last_on_or_before(s.frame.index))
        )
        for id, s in panel.series.items()
    }
    return model, replace(panel, series=series)


def test_a_true_lead_of_two_months_is_two() -> None:
    model, panel = leading_world()
    found = leads(worlds.replay_of(model, panel, Settings()), "margin")
    assert found.best == LEAD
    assert found.composite.loc[LEAD, "correlation"] > 0.95
    assert found.screening.loc["orders", "best_lead"] == LEAD
    assert found.match.turns["lead"].median() == LEAD
    assert found.match.lead_at_peaks == pytest.approx(LEAD, abs=1)
    assert found.match.lead_at_troughs == pytest.approx(LEAD, abs=1)


def test_a_publication_lag_shortens_the_lead() -> None:
    model, panel = leading_world()
    late = {
        id: replace(s, frame=s.frame.assign(release=s.frame.index + pd.Timedelta(days=20)))
        for id, s in panel.series.items()
    }
    replay = worlds.replay_of(model, replace(panel, series=late))
    assert leads(replay, "margin").best == LEAD - 1
    assert leads(worlds.replay_of(model, panel, Settings(denoise="none")), "margin").best == LEAD


def test_the_default_validation_is_the_relative_index() -> None:
    model, panel = leading_world()
    replay = worlds.replay_of(model, panel)
    found = leads(replay)
    assert found.validation == "relative_index"
    assert found.composite["correlation"].abs().max() < 0.5
    with pytest.raises(DataError, match="no_validation"):
        leads(replay, "margins")


def test_correlations_by_lead_are_those_of_shifted_series() -> None:
    generator = np.random.default_rng(2)
    one, other = (worlds.by(worlds.cycle(120, generator)) for _ in range(2))
    one = one.drop(one.index[40:43])
    table = lead_correlations(one, other)
    for lead in (-3, 0, 5):
        pairs = [
            (one[m], other[m + pd.offsets.MonthEnd(lead)])
            for m in one.index
            if m + pd.offsets.MonthEnd(lead) in other.index
        ]
        expected = np.corrcoef(np.array(pairs).T)[0, 1]
        assert table.loc[lead, "correlation"] == pytest.approx(expected)
        assert table.loc[lead, "months"] == len(pairs)
    assert best_lead(lead_correlations(one.iloc[:10], other)) is None


def test_screening_tells_a_leader_from_noise() -> None:
    generator = np.random.default_rng(3)
    wave = worlds.cycle(worlds.MONTHS + 4, generator)
    scores = pd.DataFrame(
        {
            "leader": worlds.by(wave[4:]),
            "noise": worlds.by(generator.standard_normal(worlds.MONTHS)),
            "short": worlds.by(wave[4:]).where(np.arange(worlds.MONTHS) > 180),
        }
    )
    table = screening(scores, worlds.by(wave[: worlds.MONTHS]))
    assert table.loc["leader", "best_lead"] == 4
    assert table.loc["leader", "hits"] > 0.95
    assert abs(table.loc["noise", "best"]) < 0.3
    assert table.loc["short", "available"] == pytest.approx(59 / 240)
    assert table.loc["leader", ["first_half", "second_half"]].min() > 0.95


def test_turning_points_of_a_wave_are_its_own() -> None:
    t = np.arange(200)
    found = turning_points(worlds.by(100 + 5 * np.sin(2 * np.pi * t / 40)))
    peaks = found[found["kind"] == "peak"]["month"]
    expected = worlds.by(t.astype(float)).index[[10, 50, 90, 130, 170]]
    assert list(peaks) == list(expected)
    assert list(found["kind"].iloc[::2]) != list(found["kind"].iloc[1::2])


def test_turning_points_alternate_and_keep_their_distance() -> None:
    for seed in range(30):
        generator = np.random.default_rng(seed)
        series = worlds.by(
            worlds.cycle(worlds.MONTHS, generator) + 0.2 * generator.standard_normal(worlds.MONTHS)
        )
        found = turning_points(series)
        kinds = list(found["kind"])
        assert all(a != b for a, b in itertools.pairwise(kinds))
        place = series.index.get_indexer(found["month"])
        assert (np.diff(place) >= 5).all()
        for kind in ("peak", "trough"):
            assert (np.diff(place[found["kind"] == kind]) >= 15).all()
        peaks = np.array([kind == "peak" for kind in kinds[:-1]])
        assert ((np.diff(found["value"]) < 0) == peaks).all()
        assert (series[found["month"]].to_numpy() == found["value"].to_numpy()).all()


@pytest.mark.parametrize("values", [np.ones(100), np.arange(100.0), np.array([1.0, 2.0])])
def test_what_does_not_turn_has_no_turning_points(values: np.ndarray) -> None:
    assert turning_points(worlds.by(values)).empty


def test_missed_and_extra_cycles_are_counted() -> None:
    t = np.arange(240)
    slow, quick = np.sin(2 * np.pi * t / 60), np.sin(2 * np.pi * (t + 3) / 60)
    humped = quick.copy()
    humped[100:118] += 2.5 * np.sin(np.pi * np.arange(18) / 17)
    clean = match_turns(worlds.by(quick), worlds.by(slow))
    assert (clean.missed, clean.extra) == (0, 0)
    assert clean.turns["lead"].eq(3).all()
    assert match_turns(worlds.by(humped), worlds.by(slow)).extra > 0
    assert match_turns(worlds.by(slow), worlds.by(humped)).missed > 0


def test_the_clock_goes_round() -> None:
    t = np.arange(80)
    level = worlds.by(np.sin(2 * np.pi * t / 40))
    clock = phases(level, level.diff(), smooth=1)
    order = clock["phase"].iloc[1:]
    first = order[order != order.shift()].tolist()
    names = list(PHASES)
    at = names.index(first[0])
    assert first[:4] == [names[(at + n) % 4] for n in range(4)]
    assert len(path(clock)) == 24
    times = time_in_phases(clock)
    assert times["share"].sum() == pytest.approx(1)
    assert times["months"].between(5, 11).all()


def test_the_clock_looks_back_only_and_needs_all_its_months() -> None:
    level = worlds.by(np.sin(np.arange(30.0)))
    change = level.diff()
    clock = phases(level, change)
    assert (clock["phase"].iloc[:3] == "").all()
    altered = change.copy()
    altered.iloc[20:] = 9.0
    assert phases(level, altered).iloc[:20].equals(clock.iloc[:20])


def test_contributions_add_up_to_level_and_changes() -> None:
    model, panel = worlds.no_skill(5)
    result = worlds.result_of(model, panel)
    found = contributions(result)
    parts = found.drop(index="total")
    assert found.loc["total", "level"] == pytest.approx(result.composite[result.latest], abs=1e-12)
    assert parts["level"].sum() == pytest.approx(found.loc["total", "level"], abs=1e-12)
    for span in (1, 3, 12):
        expected = result.change[: result.latest].tail(span).sum()
        assert found.loc["total", f"change_{span}"] == pytest.approx(expected, abs=1e-12)
    assert list(contributions(result, lookback=3).columns) == ["level", "change_1"]


def test_revision_and_news_add_up_between_vintages() -> None:
    model, panel = worlds.no_skill(6)
    cut = pd.Timestamp("2015-08-31")
    old = panel.known_on(cut)
    revised = dict(panel.series)
    frame = panel.series["one"].frame.copy()
    frame.loc[frame.index[-60:-50], "value"] += 0.7
    revised["one"] = replace(panel.series["one"], frame=frame)
    new = replace(panel.known_on(cut + pd.offsets.MonthEnd(1)), series={})
    new = replace(
        new, series={i: s.known_on(cut + pd.offsets.MonthEnd(1)) for i, s in revised.items()}
    )
    before, after = worlds.result_of(model, old), worlds.result_of(model, new)
    found = vintages(before, after)
    assert before.latest is not None
    assert after.latest is not None
    total = after.composite[after.latest] - before.composite[before.latest]
    assert found.loc["total", "sum"] == pytest.approx(total, abs=1e-12)
    np.testing.assert_allclose(found["revision"] + found["news"], found["sum"], atol=1e-12)
    assert abs(found.loc["one", "revision"]) > 1e-3
    same = vintages(before, before)
    assert (same["revision"] == 0).all()
    assert (same["news"] == 0).all()
