"""Rules: directions, marginal change, state machines, grades."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.catalog import catalog
from prosperity.rules import confirmed, direction, grades, marginal_up, states

nan = math.nan


def same(got: np.ndarray, expected: list[float]) -> bool:
    return bool(np.array_equal(got, expected, equal_nan=True))


# --- the sixteen rows -------------------------------------------------------------------------

#: Section 1.7: demand, supply, inventory, price; hold or not. ``*`` is either sign.
TABLE = [
    ("+-**", True),  # A: shortage
    ("+++*", True),  # B: restocking
    ("++-*", False),  # destocking
    ("---+", True),  # C: supply squeeze
    ("----", False),  # weak demand
    ("--+*", False),  # weak demand, stock building
    ("-+**", False),  # surplus
]
DIMENSIONS = ("demand", "supply", "inventory", "price")


def wanted(signs: str) -> bool:
    (held,) = [
        held
        for pattern, held in TABLE
        if all(p in ("*", s) for p, s in zip(pattern, signs, strict=True))
    ]
    return held


@pytest.mark.parametrize("model", ["coal", "steel"])
def test_the_sixteen_rows_give_exactly_the_seven_that_hold(model: str) -> None:
    """Section 9.1, item 1."""
    rows = ["".join(signs) for signs in itertools.product("+-", repeat=4)]
    columns = np.array([[1.0 if s == "+" else -1.0 for s in row] for row in rows]).T
    signal = states(dict(zip(DIMENSIONS, columns, strict=True)), catalog()[model].hold_states)
    held = {row for row, value in zip(rows, signal, strict=True) if value == 1}
    assert held == {row for row in rows if wanted(row)}
    assert len(held) == 7
    assert set(signal) == {0.0, 1.0}


# --- states of which not all is known ---------------------------------------------------------

TWO = [[("a", 1), ("b", -1)], [("a", -1), ("b", 1), ("c", 1)]]


@pytest.mark.parametrize(
    ("a", "b", "c", "expected"),
    [
        (1, -1, nan, 1),  # the first is met, whatever c is
        (-1, 1, 1, 1),
        (-1, 1, -1, 0),
        (1, 1, nan, 0),  # neither can be met any more
        (-1, -1, 1, 0),
        (-1, 1, nan, nan),  # the second hangs on c
        (1, nan, nan, nan),  # the first hangs on b
        (-1, nan, -1, 0),
        (nan, -1, -1, nan),
        (nan, 1, -1, 0),
        (nan, nan, nan, nan),
    ],
)
def test_three_values(a: float, b: float, c: float, expected: float) -> None:
    directions = {k: np.array([v], dtype=float) for k, v in (("a", a), ("b", b), ("c", c))}
    assert same(states(directions, TWO), [expected])


signs = st.sampled_from([1.0, -1.0, nan])
hold_states = st.lists(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([1, -1])),
        min_size=1,
        max_size=3,
        unique_by=lambda pair: pair[0],
    ),
    min_size=1,
    max_size=3,
)


@given(st.tuples(signs, signs, signs), hold_states)
def test_what_is_said_holds_however_the_unknown_turns_out(
    known: tuple[float, ...], hold: list[list[tuple[str, int]]]
) -> None:
    given_directions = {k: np.array([v]) for k, v in zip("abc", known, strict=True)}
    said = states(given_directions, hold)[0]
    outcomes = set()
    for filled in itertools.product(*[[v] if not math.isnan(v) else [1.0, -1.0] for v in known]):
        row = dict(zip("abc", filled, strict=True))
        outcomes.add(any(all(row[d] == want for d, want in state) for state in hold))
    if said == 1:
        assert outcomes == {True}
    elif said == 0:
        assert outcomes == {False}
    else:
        # Not known: holding is possible, and no single state is certain.
        assert True in outcomes
        assert not any(all(given_directions[d][0] == want for d, want in state) for state in hold)


def test_months_do_not_mix() -> None:
    directions = {"a": np.array([1.0, -1.0, nan]), "b": np.array([-1.0, -1.0, -1.0])}
    assert same(states(directions, [[("a", 1), ("b", -1)]]), [1, 0, nan])


# --- directions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "band", "expected"),
    [
        ([0.5, -0.5, 0.1], 0.0, [1, -1, 1]),
        ([0.5, 0.0, -0.5, 0.0], 0.0, [1, 1, -1, -1]),  # no change keeps the direction
        ([0.0, 0.0, 0.3], 0.0, [nan, nan, 1]),
        ([0.5, 0.1, -0.1, -0.5, 0.1], 0.2, [1, 1, 1, -1, -1]),
        ([0.2, -0.2, 0.3], 0.2, [nan, nan, 1]),  # the band's edge is inside
        ([0.5, nan, 0.1], 0.2, [1, nan, 1]),  # the direction outlives a month without a value
        ([nan, 0.1, -0.5], 0.2, [nan, nan, -1]),
        ([], 0.2, []),
    ],
)
def test_direction(change: list[float], band: float, expected: list[float]) -> None:
    assert same(direction(np.array(change, dtype=float), dead_band=band), expected)


changes = st.lists(
    st.one_of(st.just(nan), st.integers(-8, 8).map(lambda n: n / 8)), max_size=30
).map(lambda values: np.array(values, dtype=float))
bands = st.sampled_from([0.0, 0.125, 0.5])


@given(changes, bands)
def test_direction_against_a_search_backwards(change: np.ndarray, band: float) -> None:
    expected = []
    for t, now in enumerate(change):
        outside = [c for c in change[: t + 1] if abs(c) > band]
        known = not math.isnan(now) and bool(outside)
        expected.append(math.copysign(1.0, outside[-1]) if known else nan)
    assert same(direction(change, dead_band=band), expected)


# --- marginal change --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "band", "confirm", "expected"),
    [
        ([0.5, -0.5, 0.1], 0.0, 1, [1, 0, 1]),
        ([0.0, 0.5, 0.0], 0.0, 1, [nan, 1, 1]),  # unchanged: the signal stays what it was
        ([-0.5, 0.0, 0.5, nan, 0.0], 0.0, 1, [0, 0, 1, nan, 1]),
        ([nan, 0.5, nan, -0.5], 0.0, 1, [nan, 1, nan, 0]),
        ([0.5, 0.1, -0.1, -0.5, -0.1], 0.2, 1, [1, 1, 1, 0, 0]),
        ([0.1, -0.1, 0.5], 0.2, 1, [nan, nan, 1]),
        ([0.2, 0.21], 0.2, 1, [nan, 1]),
        ([0.5, nan, 0.1], 0.2, 1, [1, nan, 1]),
        ([1, -1, 1, -1, -1, 1, 1], 0.0, 2, [1, 1, 1, 1, 0, 0, 1]),
        ([1, -1, -1, -1, 1, -1], 0.0, 3, [1, 1, 1, 0, 0, 0]),
        ([1, -1, nan, 1, 1], 0.0, 2, [1, 1, nan, 1, 1]),
        ([1, -0.5, -0.1, -0.1, 0.1], 0.2, 2, [1, 1, 0, 0, 0]),  # the band first, then confirmed
        ([nan, nan], 0.2, 2, [nan, nan]),
        ([], 0.0, 2, []),
    ],
)
def test_marginal_up(change: list[float], band: float, confirm: int, expected: list[float]) -> None:
    got = marginal_up(np.array(change, dtype=float), dead_band=band, confirm=confirm)
    assert same(got, expected)


@given(changes, bands)
def test_both_rules_read_a_change_alike(change: np.ndarray, band: float) -> None:
    """A composite is held exactly where a dimension with the same changes points up."""
    up = marginal_up(change, dead_band=band)
    points = direction(change, dead_band=band)
    assert same(up, list(states({"d": points}, [[("d", 1)]])))
    for now, signal in zip(change, up, strict=True):
        if abs(now) > band:
            assert signal == float(now > 0)


@given(changes, bands, st.integers(1, 4))
def test_no_signal_without_a_change(change: np.ndarray, band: float, confirm: int) -> None:
    got = marginal_up(change, dead_band=band, confirm=confirm)
    assert np.isnan(got[np.isnan(change)]).all()
    assert set(got[~np.isnan(got)]) <= {0.0, 1.0}


@given(st.lists(st.sampled_from([0.0, 1.0, nan]), max_size=30), st.integers(1, 5))
def test_confirmed_against_a_search_backwards(signal: list[float], months: int) -> None:
    """The last run of enough agreeing months decides; the very first value needs none."""
    expected: list[float] = []
    for t, now in enumerate(signal):
        said = [v for v in signal[: t + 1] if not math.isnan(v)]
        held = said[0] if said else nan
        for end in range(months, len(said) + 1):
            if len(set(said[end - months : end])) == 1:
                held = said[end - 1]
        expected.append(nan if math.isnan(now) else held)
    assert same(confirmed(np.array(signal), months), expected)


@given(changes, bands, st.integers(1, 4), st.integers(0, 30))
def test_later_changes_do_not_touch_earlier_signals(
    change: np.ndarray, band: float, confirm: int, cut: int
) -> None:
    whole = marginal_up(change, dead_band=band, confirm=confirm)
    assert same(marginal_up(change[:cut], dead_band=band, confirm=confirm), list(whole[:cut]))
    assert same(
        direction(change[:cut], dead_band=band), list(direction(change, dead_band=band)[:cut])
    )


def test_what_is_given_is_left_alone() -> None:
    change = np.array([0.5, 0.1, nan, -0.5])
    before = change.copy()
    direction(change, dead_band=0.2)
    marginal_up(change, dead_band=0.2, confirm=2)
    confirmed(change, 2)
    assert same(change, list(before))


# --- grades -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "signal", "by_states", "expected"),
    [
        (0.5, 1, False, 1),
        (-0.5, 0, False, -1),
        (0.05, 1, False, 0),  # the band's edge is neutral
        (-0.05, 0, False, 0),
        (0.06, 1, False, 1),
        (0.0, 0, False, 0),
        (nan, nan, False, nan),
        (0.5, nan, False, nan),
        (0.0, 1, True, 1),  # a state machine knows no size of change
        (0.5, 0, True, -1),
        (nan, 1, True, 1),
        (0.5, nan, True, nan),
    ],
)
def test_grades(change: float, signal: float, by_states: bool, expected: float) -> None:
    got = grades(
        np.array([change]), np.array([signal], dtype=float), by_states=by_states, band=0.05
    )
    assert same(got, [expected])
