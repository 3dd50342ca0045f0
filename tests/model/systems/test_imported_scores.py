"""Imported scores: held as they are, and refused where their model had seen the future."""

from __future__ import annotations

import pandas as pd
import pytest
from prosperity.errors import DataError
from prosperity.systems import evaluate_system
from prosperity.tables import Table

from .worlds import DAYS, panel_of, system_of, table, walk

ASSETS = list("ABCDEFGH")
WEEKS = DAYS[4::5][:20]
TOP = "parameter.top = 2"


def scores(values: pd.DataFrame) -> Table:
    return table("scores.score", values)


def trained(day: str) -> Table:
    ordinal = (pd.Timestamp(day) - pd.Timestamp("1970-01-01")).days
    return table("scores.trained_to", pd.DataFrame(float(ordinal), WEEKS, ASSETS))


ROWS = pd.DataFrame([range(8)] * len(WEEKS), WEEKS, ASSETS)


def test_the_best_are_held_in_equal_parts() -> None:
    system = system_of("industry_gru", ASSETS, TOP)
    result = evaluate_system(panel_of(walk(ASSETS), [scores(ROWS)]), system)
    row = result.positions.dropna().iloc[-1]
    assert row[row > 0].to_dict() == {"G": 0.5, "H": 0.5}
    low = system_of("industry_gru", ASSETS, TOP + "; parameter.direction = low")
    row = evaluate_system(panel_of(walk(ASSETS), [scores(ROWS)]), low).positions.dropna().iloc[-1]
    assert row[row > 0].to_dict() == {"A": 0.5, "B": 0.5}


def test_scores_that_are_too_old_say_nothing_and_it_is_said() -> None:
    system = system_of("industry_gru", ASSETS, TOP)
    result = evaluate_system(panel_of(walk(ASSETS), [scores(ROWS)]), system)
    assert result.scores.loc[WEEKS[-1] + pd.Timedelta(days=11) :].isna().all(axis=None)
    assert result.latest is not None
    assert result.latest <= WEEKS[-1] + pd.Timedelta(days=10)
    said = next(n for n in result.notices if n.code == "stale_table")
    assert f"ends on {WEEKS[-1]:%Y-%m-%d}" in said.en


def test_scores_of_a_model_that_had_seen_the_future_are_refused() -> None:
    system = system_of("industry_gru", ASSETS, TOP)
    good = panel_of(walk(ASSETS), [scores(ROWS), trained("2024-01-08")])
    assert evaluate_system(good, system).scores.notna().any(axis=None)
    with pytest.raises(DataError) as refused:
        evaluate_system(panel_of(walk(ASSETS), [scores(ROWS), trained("2024-01-31")]), system)
    assert refused.value.code == "leak"
    assert f"scores of {WEEKS[0]:%Y-%m-%d} (A) come from a model trained to 2024-01-31" in str(
        refused.value
    )
    assert "训练到 2024-01-31" in refused.value.zh


def test_ranking_is_perfect_where_scores_foretell_and_scale_does_not_count() -> None:
    closes = walk(ASSETS)
    system = system_of("industry_gru", ASSETS, TOP)
    ends = pd.DatetimeIndex([d for d in DAYS if d.day_of_week == 4])
    ahead = closes.loc[ends].pct_change(fill_method=None).shift(-1).dropna()
    one = evaluate_system(panel_of(closes, [scores(ahead)]), system)
    other = evaluate_system(panel_of(closes, [scores(100 * ahead + 3)]), system)
    assert one.ranking is not None
    assert other.ranking is not None
    assert one.ranking.coefficients.dropna().iloc[:-1].to_numpy() == pytest.approx(1.0)
    pd.testing.assert_series_equal(one.ranking.coefficients, other.ranking.coefficients)
    pd.testing.assert_frame_equal(one.positions, other.positions)


def test_shuffled_columns_change_nothing() -> None:
    system = system_of("industry_gru", ASSETS, TOP)
    closes = walk(ASSETS)
    one = evaluate_system(panel_of(closes, [scores(ROWS)]), system)
    turned = evaluate_system(panel_of(closes[ASSETS[::-1]], [scores(ROWS[ASSETS[::-1]])]), system)
    pd.testing.assert_frame_equal(one.positions, turned.positions[one.positions.columns])
