"""Tables and assets: what was known of many assets, and what their prices are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.assets import Asset, closes
from prosperity.errors import DataError
from prosperity.panel import Panel
from prosperity.tables import Table

DATES = pd.date_range("2020-03-31", periods=4, freq="QE")
DAY = pd.Timedelta(days=1)


def table() -> Table:
    """Return a table of two assets, one of which publishes a month later and skips a quarter."""
    values = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [5.0, np.nan, 7.0, 8.0]}, DATES)
    releases = pd.DataFrame({"a": DATES + 30 * DAY, "b": DATES + 60 * DAY}, DATES)
    return Table("earnings", values, releases)


def marked() -> Table:
    flags = pd.DataFrame({"a": [False, False, False, True], "b": False}, DATES)
    return replace(table(), estimated=flags)


@given(days=st.integers(0, 500))
def test_it_holds_what_was_public_on_the_day(days: int) -> None:
    day, whole = DATES[0] + days * DAY, table()
    known = whole.known_on(day)
    for date in DATES:
        for asset in whole.values:
            value = known.values[asset].get(date, np.nan)
            public = whole.releases.loc[date, asset] <= day
            expected = whole.values.loc[date, asset] if public else np.nan
            np.testing.assert_equal(value, expected)
    assert (known.values.index <= day).all()
    # Cutting twice is cutting at the earlier day.
    pd.testing.assert_frame_equal(known.known_on(day - 45 * DAY).values,
                                  whole.known_on(day - 45 * DAY).values)  # fmt: skip


def test_a_panel_cuts_its_tables_as_it_cuts_its_series() -> None:
    panel = Panel(tables={"earnings": table()})
    day = DATES[1] + 40 * DAY
    cut = panel.known_on(day).tables["earnings"]
    pd.testing.assert_frame_equal(cut.values, table().known_on(day).values)
    # Timing 'period' takes what describes the past, published or not.
    described = panel.describing(DATES[1] - 5 * DAY).tables["earnings"]
    assert described.values["a"].tolist() == [1.0, 2.0]


def test_release_dates_that_all_assets_share() -> None:
    one = Table.by_date("e", table().values, pd.Series(DATES + 10 * DAY, DATES))
    assert one.known_on(DATES[2] + 9 * DAY).values["a"].tolist()[:2] == [1.0, 2.0]
    assert one.known_on(DATES[2] + 9 * DAY).values.iloc[2].isna().all()
    assert one.known_on(DATES[2] + 10 * DAY).values["b"].iloc[2] == 7.0


def test_estimates_of_a_table_enter_a_panel_only_when_asked() -> None:
    asked = Panel(tables={"earnings": marked()}, estimates=True).known_on(DATES[3] + 90 * DAY)
    assert asked.tables["earnings"].values["a"].iloc[3] == 4.0
    assert asked.tables["earnings"].estimated is not None
    assert asked.tables["earnings"].estimated.to_numpy().sum() == 1
    unasked = Panel(tables={"earnings": marked()}).tables["earnings"]
    assert np.isnan(unasked.values["a"].iloc[3])
    assert unasked.values["b"].iloc[3] == 8.0
    assert unasked.estimated is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"values": table().values.iloc[::-1]}, "bad_table"),
        ({"values": table().values.replace(7.0, np.inf)}, "infinite_value"),
        ({"values": pd.concat([table().values, table().values], axis=1)}, "bad_table"),
        ({"values": table().values.reset_index(drop=True)}, "bad_table"),
        ({"estimated": marked().estimated.iloc[1:]}, "estimate_marks"),
        ({"releases": table().releases.iloc[1:]}, "no_release"),
        ({"releases": table().releases[["b", "a"]]}, "no_release"),
        ({"releases": table().releases.replace(DATES[2] + 60 * DAY, pd.NaT)}, "no_release"),
        ({"releases": table().releases - 40 * DAY}, "released_before"),
    ],
)
def test_a_table_that_cannot_be_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(DataError) as caught:
        replace(table(), **change)
    assert caught.value.code == code
    assert "earnings" in caught.value.zh
    assert "earnings" in caught.value.en


# --- assets -------------------------------------------------------------------------------------


def asset(id: str, price: str = "", **fields: str) -> Asset:
    return Asset(id=id, name_zh=f"资产{id}", name_en=f"Asset {id}", price=price, **fields)


PRICES = pd.DataFrame({"000300.SH": [1.0, np.nan], "CBA00101.CS": [2, 3]}, DATES[:2])


def test_closes_are_by_asset_in_their_order_and_cash_is_one() -> None:
    found = closes(
        [asset("bond", "CBA00101.CS", kind="bond"), asset("cash", kind="cash"),
         asset("stocks", "000300.SH")], PRICES,
    )  # fmt: skip
    assert list(found) == ["bond", "cash", "stocks"]
    assert found["bond"].tolist() == [2.0, 3.0]
    assert found["cash"].tolist() == [1.0, 1.0]
    np.testing.assert_equal(found["stocks"].to_numpy(), [1.0, np.nan])
    assert asset("x").name("zh") == "资产x"
    assert asset("x").name("en") == "Asset x"


@pytest.mark.parametrize(
    ("assets", "code", "said"),
    [
        ([asset("s", "00300.SH")], "no_price", "000300.SH"),
        ([asset("s")], "no_price", "s"),
        ([asset("s", "000300.SH"), asset("s", "CBA00101.CS")], "asset_twice", "s"),
        (
            [asset("s", "000300.SH", currency="CNY"), asset("t", "CBA00101.CS", currency="USD")],
            "mixed_currencies",
            "USD",
        ),
    ],
)
def test_assets_without_usable_prices_are_refused(
    assets: list[Asset], code: str, said: str
) -> None:
    with pytest.raises(DataError) as caught:
        closes(assets, PRICES)
    assert caught.value.code == code
    assert said in caught.value.zh
    assert said in caught.value.en
