"""Flows of ETFs: known answers, properties, the map, splits, what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.errors import DataError
from prosperity.panel import Panel
from prosperity.systems import SystemResult, evaluate_system, systems
from prosperity.systems.reading import with_changes
from prosperity.systems.rules.etf_flows import Arrived, across, flows, measured, percentile
from prosperity.systems.simulated import simulated_system
from scipy.stats import percentileofscore

from .worlds import DAYS, panel_of, system_of, table, walk

SYSTEM = systems()["etf_flows"]
SHARES = [100.0, 104, 103, 103, 106, 106]
NAV = [1.25, 1.25, 1.2, 1.2, 1.3, 1.3]
AMOUNT = [20.0, 12, 10, 13, 15]
INDUSTRIES = list("ABC")


def column(own: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"x": own}, DAYS[: len(own)])


def test_the_known_answer() -> None:
    flow, split = flows(column(SHARES), column(NAV), 0.5)
    assert flow["x"][1:].round(10).tolist() == [5.0, -1.2, 0.0, 3.9, 0.0]
    assert not split.any()
    own = flow.iloc[1:]
    amount = pd.DataFrame({"x": AMOUNT}, own.index)
    arrived = Arrived(own, amount, amount)
    assert (own / amount)["x"].round(2).tolist() == [0.25, -0.1 - 0.02 + 0.02, 0.0, 0.3, 0.0]
    smooth = measured(arrived, with_changes(SYSTEM, "parameter.mean_days = 5").values)
    assert smooth["x"].iloc[-1] == pytest.approx(0.09)


@given(
    st.lists(st.floats(1, 100), min_size=5, max_size=9),
    st.sampled_from([2.0, 3.0, 0.5, 0.1, 10.0]),
    st.integers(1, 4),
)
@hypothesis_settings(max_examples=80, deadline=None)
def test_a_merger_with_the_value_moving_the_other_way_changes_nothing(
    own: list, times: float, at: int
) -> None:
    shares = column([100.0 + k % 3 for k in range(len(own))])
    nav = column([1.0 + 0.01 * (k % 2) for k in range(len(own))])
    plain, _ = flows(shares, nav, 0.5)
    merged, value = shares.copy(), nav.copy()
    merged.iloc[at:] *= times
    value.iloc[at:] /= times
    found, split = flows(merged, value, 0.5)
    assert split[at, 0]
    assert split.sum() == 1
    assert found.iloc[at, 0] == 0.0
    # Before and after, every flow in yuan is what it was.
    others = [k for k in range(1, len(own)) if k != at]
    np.testing.assert_allclose(found.iloc[others], plain.iloc[others], atol=1e-9)


def test_a_large_creation_is_no_split() -> None:
    flow, split = flows(column([100.0, 180.0]), column([1.0, 0.99]), 0.5)
    assert not split.any()
    assert flow.iloc[1, 0] == pytest.approx(79.2)


def test_percentiles_are_those_of_scipy() -> None:
    own = pd.DataFrame(np.random.default_rng(4).integers(0, 9, (60, 2)).astype(float))
    found = percentile(own, 20)
    for row in (19, 40, 59):
        window = own[0][row - 19 : row + 1]
        expected = percentileofscore(window, own[0][row], kind="mean") / 100 + 0.5 / 20
        assert found.iloc[row, 0] == pytest.approx(expected)
    assert found.iloc[:19].isna().all(axis=None)
    whole = percentile(own, None, 5)
    assert whole.iloc[59, 1] == pytest.approx(
        percentileofscore(own[1], own[1][59], kind="mean") / 100 + 0.5 / 60
    )


def world(
    codes: dict[str, str],
    seed: int = 1,
    broad: tuple[str, ...] = (),
    index: dict[str, str] | None = None,
) -> Panel:
    """Return funds by code with their industry, over index prices."""
    generator = np.random.default_rng(seed)
    own = [*codes, *broad]
    shape = (len(DAYS), len(own))
    shares = pd.DataFrame(100 + generator.normal(0, 1, shape).cumsum(axis=0), DAYS, own)
    nav = pd.DataFrame(1 + 0.001 * generator.normal(0, 1, shape).cumsum(axis=0), DAYS, own)
    amount = pd.DataFrame(generator.uniform(5, 20, shape), DAYS, own)
    rows = [
        {"code": c, "index": (index or {}).get(c, c), "industry": i, "broad": 0.0}
        for c, i in codes.items()
    ]
    rows += [{"code": c, "index": "broad", "industry": "", "broad": 1.0} for c in broad]
    tables = [
        table(f"etf_flows.{name}", frame, 1)
        for name, frame in (("shares", shares), ("nav", nav), ("amount", amount))
    ]
    mapped = pd.DataFrame(rows).assign(weight=1.0, **{"from": pd.NaT, "to": pd.NaT})
    return panel_of(walk(INDUSTRIES), tables, {"etf_map": mapped})


def evaluated(panel: Panel, changes: str = "") -> SystemResult:
    system = system_of("etf_flows", INDUSTRIES, f"parameter.top = 1; {changes}")
    return evaluate_system(panel, system)


CODES = {"a1": "A", "a2": "A", "b1": "B", "c1": "C"}


def test_the_score_is_minus_the_standardised_flow_over_amount() -> None:
    panel = world(CODES)
    result = evaluated(panel)
    day = result.decisions[-1]
    # What is known at the close of a day are the rows up to the day before.
    tables = {n: panel.tables[f"etf_flows.{n}"].values for n in ("shares", "nav", "amount")}
    flow = tables["shares"].diff() * tables["nav"]
    by = pd.Series(CODES)
    ratio = flow.T.groupby(by).sum().T / tables["amount"].T.groupby(by).sum().T
    factor = ratio.rolling(5).mean().loc[:day].iloc[-2]
    np.testing.assert_allclose(result.stages["factor"].loc[day][INDUSTRIES], factor, rtol=1e-9)
    z = -(factor - factor.mean()) / factor.std(ddof=0)
    np.testing.assert_allclose(result.scores.loc[day][INDUSTRIES], z, rtol=1e-9)
    # Inflow up lowers the score.
    assert result.scores.loc[day].idxmin() == factor.idxmax()
    crowding = result.stages["crowding"]
    assert crowding.iloc[-1].notna().all()
    assert ((crowding.dropna() > 0) & (crowding.dropna() <= 1)).all(axis=None)


@pytest.mark.parametrize("level", ["industry", "index"])
def test_two_funds_of_one_index_equal_one_with_their_sum(level: str) -> None:
    panel = world(CODES, index={"a1": "x", "a2": "x"})
    two = evaluated(panel, f"parameter.level = {level}")
    tables = dict(panel.tables)
    frames = {n: tables[f"etf_flows.{n}"].values for n in ("shares", "nav", "amount")}
    flow = (frames["shares"].diff() * frames["nav"])[["a1", "a2"]].sum(axis=1)
    one = {n: frame.drop(columns="a2") for n, frame in frames.items()}
    one["nav"]["a1"] = 1.0
    one["shares"]["a1"] = 1000 + flow.cumsum()
    one["amount"]["a1"] = frames["amount"][["a1", "a2"]].sum(axis=1)
    joined = replace(
        panel,
        tables={f"etf_flows.{n}": table(f"etf_flows.{n}", f, 1) for n, f in one.items()},
        lists={"etf_map": panel.lists["etf_map"].query("code != 'a2'")},
    )
    pd.testing.assert_frame_equal(
        evaluated(joined, f"parameter.level = {level}").scores, two.scores, rtol=1e-9
    )


def test_broad_funds_are_left_out_and_unmapped_ones_are_said() -> None:
    panel = world(CODES, broad=("w",))
    result = evaluated(panel)
    assert not [n for n in result.notices if n.code == "unmapped"]
    rows = panel.lists["etf_map"].query("code != 'b1'")
    result = evaluated(replace(panel, lists={"etf_map": rows}))
    said = next(n for n in result.notices if n.code == "unmapped")
    assert said.en.startswith("1 ETFs (")
    assert "have no industry in etf_map and are left out" in said.en
    assert "未计入" in said.zh
    assert result.scores["A"].notna().any()
    assert "B" not in result.scores


def test_a_fund_counts_from_and_up_to_its_days() -> None:
    panel = world(CODES)
    rows = panel.lists["etf_map"].copy()
    rows["from"], rows["to"] = pd.Series(pd.NaT, rows.index), pd.Series(pd.NaT, rows.index)
    rows.loc[rows["code"] == "a2", "from"] = DAYS[200]
    late = evaluated(replace(panel, lists={"etf_map": rows}))
    alone = evaluated(replace(panel, lists={"etf_map": rows.query("code != 'a2'")}))
    whole = evaluated(panel)
    early = late.decisions[late.decisions < DAYS[200]]
    after = late.decisions[late.decisions >= DAYS[210]]
    for dates, same in ((early, alone), (after, whole)):
        pd.testing.assert_frame_equal(
            late.stages["factor"].loc[dates], same.stages["factor"].loc[dates]
        )


def test_splits_are_listed_and_estimates_are_said() -> None:
    panel = world(CODES)
    tables = dict(panel.tables)
    shares, nav = (tables[f"etf_flows.{n}"] for n in ("shares", "nav"))
    merged, value = shares.values.copy(), nav.values.copy()
    merged.loc[DAYS[150] :, "a1"] /= 2
    value.loc[DAYS[150] :, "a1"] *= 2
    flags = pd.DataFrame(False, DAYS, list(CODES))
    flags.iloc[:3] = True
    tables["etf_flows.shares"] = replace(shares, values=merged, estimated=flags)
    tables["etf_flows.nav"] = replace(nav, values=value)
    for taken, word in ((False, "left out"), (True, "taken")):
        result = evaluated(replace(panel, tables=tables, estimates=taken))
        said = {n.code: n for n in result.notices}
        assert f"a1 {DAYS[150]:%Y-%m-%d}" in said["split"].en
        assert (
            f"12 values of etf_flows are marked as estimates and are {word}" in said["estimated"].en
        )
    plain = evaluated(panel)
    days = plain.decisions[plain.decisions > DAYS[160]]
    scale = result.stages["flow"].loc[days]
    np.testing.assert_allclose(scale, plain.stages["flow"].loc[days], atol=1e-6)


def test_every_level_measure_and_form_says_something() -> None:
    panel = simulated_system(SYSTEM, 16)
    base = evaluate_system(panel, SYSTEM)
    # Stock flows are there, so they are what counts.
    assert base.scores.notna().all(axis=None) or base.scores.iloc[-1].notna().all()
    for level in ("stock", "industry", "index", "etf"):
        for measure in ("raw", "size", "amount"):
            changes = f"parameter.level = {level}; parameter.measure = {measure}"
            one = evaluate_system(panel, with_changes(SYSTEM, changes))
            assert one.scores.iloc[-1].notna().all(), changes
    for form in ("history", "window"):
        changes = f"parameter.level = industry; parameter.form = {form}"
        one = evaluate_system(panel, with_changes(SYSTEM, changes))
        factor = one.stages["factor"].iloc[-1]
        assert factor.between(0, 1).all()


def test_a_missing_measure_and_a_missing_map_are_refused() -> None:
    panel = world(CODES)
    tables = {id: t for id, t in panel.tables.items() if not id.endswith("amount")}
    with pytest.raises(DataError, match="no_field"):
        evaluated(replace(panel, tables=tables))
    assert (
        evaluated(replace(panel, tables=tables), "parameter.measure = size")
        .scores.notna()
        .any(axis=None)
    )
    with pytest.raises(DataError, match="no_table"):
        evaluated(replace(panel, lists={}))
    strange = panel.lists["etf_map"].assign(industry="Trade AB")
    with pytest.raises(DataError, match="unknown_entity"):
        evaluated(replace(panel, lists={"etf_map": strange}))


def test_extremes_alone_are_held_and_the_rest_waits() -> None:
    changes = "parameter.form = window; parameter.window = 60; parameter.extreme = 0.3"
    result = evaluated(world(CODES), changes)
    factor = result.stages["factor"]
    assert result.scores.notna().equals(factor <= 0.3)


def test_units_do_not_count() -> None:
    panel = world(CODES)
    scaled = {
        id: replace(t, values=t.values * (1 if id.endswith("nav") else 64.0))
        for id, t in panel.tables.items()
    }
    pd.testing.assert_frame_equal(
        evaluated(replace(panel, tables=scaled)).scores, evaluated(panel).scores
    )


def test_across_leaves_equal_rows_at_nothing() -> None:
    assert across(pd.DataFrame([[2.0, 2.0, 2.0]])).iloc[0].tolist() == [0.0, 0.0, 0.0]


def test_work_is_by_column_and_not_by_day_and_fund(monkeypatch: pytest.MonkeyPatch) -> None:
    from prosperity.systems.rules import etf_flows

    own, calls = etf_flows.newest, []
    monkeypatch.setattr(etf_flows, "newest", lambda *a: calls.append(1) or own(*a))
    evaluated(world(CODES))
    assert len(calls) == 1
