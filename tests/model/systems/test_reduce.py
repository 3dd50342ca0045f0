"""Panels of stocks reduced: known answers, properties, what is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prosperity.errors import DataError, DefinitionError
from prosperity.panel import Panel
from prosperity.systems import reduce as reduce_module
from prosperity.systems.measures import cross_section, share_up, time_series
from prosperity.systems.reduce import reduce

from .worlds import DAYS, table

BANKS, COAL = "banks", "煤炭"


def long_file(folder: Path, closes: pd.DataFrame, groups: list[str], name: str = "x.csv") -> Path:
    """Write closes as rows of day, code, close and industry."""
    frame = (
        closes.rename_axis("date").reset_index().melt("date", var_name="code", value_name="close")
    )
    frame["industry"] = frame["code"].map(dict(zip(closes, groups, strict=True)))
    path = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, encoding="gb18030")
    return path


def four(days: int = 12) -> pd.DataFrame:
    """Return three stocks that rise and one that falls; two others."""
    steps = np.arange(days, dtype=float)
    return pd.DataFrame(
        {
            "000001": 10 + steps,
            "000002": 5 + steps,
            "000003": 7 + steps,
            "000004": 50 - steps,
            "600001": 9 - 0.1 * steps,
            "600002": 8 + steps,
        },
        DAYS[:days],
    )


GROUPS = [BANKS] * 4 + [COAL] * 2
FIVE = {"momentum_days": 5.0}


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_three_of_four_up_are_three_quarters(tmp_path: Path, name: str) -> None:
    path = long_file(tmp_path, four(), GROUPS, name)
    made = reduce("industry_diffusion", path, FIVE, today=dt.date(2026, 1, 2))
    sheet = made.sheets["industry_momentum"]
    last = sheet[sheet["date"] == sheet["date"].max()].set_index("industry")
    assert last.loc["banks"].drop("date").tolist() == [0.75, 4.0]
    assert last.loc["coal", "share"] == 0.5
    # Nothing before there are so many days.
    assert sheet["date"].min() >= DAYS[5]
    assert made.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert made.rows == 72
    assert all(made.sha256[:16] in text and "2026-01-02" in text for text in made.head)


def test_a_wide_file_needs_to_be_told_who_belongs_where(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    four().rename_axis("日期").to_csv(path)
    with pytest.raises(DataError) as refused:
        reduce("industry_diffusion", path, FIVE)
    assert refused.value.code == "no_stock_members"
    members = pd.DataFrame({"code": list(four()), "industry": GROUPS})
    made = reduce("industry_diffusion", path, FIVE, members=members)
    assert [notice.code for notice in made.notices] == ["survivors"]
    dated = members.assign(**{"from": pd.NaT, "to": pd.NaT})
    dated.loc[3, "to"] = DAYS[3]
    gone = reduce("industry_diffusion", path, FIVE, members=dated)
    assert not gone.notices
    last = gone.sheets["industry_momentum"].groupby("industry").last()
    assert last.loc["banks", ["share", "members"]].tolist() == [1.0, 3.0]


@given(
    st.lists(
        st.lists(st.floats(1, 100) | st.none(), min_size=4, max_size=4), min_size=4, max_size=9
    ),
    st.floats(0.1, 1000),
)
@hypothesis_settings(max_examples=80, deadline=None)
def test_shares_depend_on_order_alone_and_a_member_that_is_up_never_lowers_them(
    rows: list, scale: float
) -> None:
    closes = np.array(rows, dtype=float)
    group = np.zeros(closes.shape, dtype=int)
    kept = range(len(closes))
    share, members = share_up(closes, 2, group, 1, kept)
    again, _ = share_up(closes * 2.0 ** round(np.log2(scale)), 2, group, 1, kept)
    np.testing.assert_array_equal(share, again)
    known = share[~np.isnan(share)]
    assert ((known >= 0) & (known <= 1)).all()
    rising = np.column_stack([closes, np.arange(1.0, len(closes) + 1)])
    more, count = share_up(rising, 2, np.zeros(rising.shape, dtype=int), 1, kept)
    assert (more >= np.nan_to_num(share)).all()
    assert (count == members + 1).all()


def test_deviations_are_those_that_are_specified() -> None:
    assert cross_section(np.array([[1.0, -1.0, 3.0]])).tolist() == [2.0]
    assert np.isnan(cross_section(np.array([[1.0, np.nan]])))[0]
    returns = np.random.default_rng(1).normal(size=(30, 3))
    size = np.tile([1.0, 2.0, 5.0], (30, 1))
    expected = pd.DataFrame(returns).rolling(20).std().to_numpy() @ np.array([1, 2, 5]) / 8
    np.testing.assert_allclose(time_series(returns, 20, size)[19:], expected[19:], rtol=1e-12)
    assert np.isnan(time_series(returns, 20, size)[:19]).all()


def test_breadth_and_volatility_of_an_index(tmp_path: Path) -> None:
    closes = pd.DataFrame({"A": [10.0, 11, 12, 11, 12], "B": [10.0, 9, 10, 11, 10]}, DAYS[:5])
    path = tmp_path / "m.csv"
    frame = (
        closes.rename_axis("date").reset_index().melt("date", var_name="code", value_name="close")
    )
    frame.assign(index="沪深300").to_csv(path, index=False)
    made = reduce("market_state", path, {"breadth_days": 1.0, "ts_days": 2.0})
    sheet = made.sheets["market_members"]
    assert set(sheet["index"]) == {"csi300"}
    assert sheet["share_up_230"].tolist() == [0.5, 1.0, 0.5, 0.5]
    second = 100 * np.std([0.1, -0.1], ddof=1)
    assert sheet["cs_vol"].iloc[0] == pytest.approx(second)
    assert [notice.code for notice in made.notices] == ["equal_weighted"]


def test_flows_go_through_the_weights_of_baskets(tmp_path: Path) -> None:
    days = DAYS[:3]
    panel = Panel(
        {},
        pd.DataFrame(),
        tables={
            "etf_flows.shares": table(
                "etf_flows.shares", pd.DataFrame({"1": [10, 12, 11], "2": [5, 5, 6]}, days)
            ),
            "etf_flows.nav": table("etf_flows.nav", pd.DataFrame({"1": 2.0, "2": 1.0}, days)),
        },
    )
    path = tmp_path / "pcf.csv"
    pd.DataFrame(
        {
            "date": [days[0]] * 4,
            "etf": ["1", "1", "1", "2"],
            "code": ["a", "b", "c", "c"],
            "weight": [50, 25, 25, 100],
            "industry": ["银行", "银行", "煤炭", "煤炭"],
        }
    ).to_csv(path, index=False)
    sheet = reduce("etf_flows", path, panel=panel).sheets["etf_stock_flows"]
    flow = sheet.pivot(index="date", columns="industry", values="flow")
    # 2 and -1 units at 2 yuan; the second fund bought one unit at 1 yuan on the third day.
    assert flow["banks"].tolist() == [3.0, -1.5]
    assert flow["coal"].tolist() == [1.0, 0.5]
    with pytest.raises(DataError, match="no_etf_flows"):
        reduce("etf_flows", path)


def test_what_cannot_be_reduced_is_refused(tmp_path: Path) -> None:
    path = long_file(tmp_path, four(), GROUPS)

    def code(*given: object, **more: object) -> tuple[str, DataError | DefinitionError]:
        with pytest.raises((DataError, DefinitionError)) as refused:
            reduce(*given, **more)  # type: ignore[arg-type]
        return refused.value.code, refused.value

    assert code("industry_gru", path)[0] == "nothing_to_reduce"
    assert code("industry_diffusion", tmp_path / "no.csv")[0] == "no_file"
    assert code("industry_diffusion", path, {"momentum_days": 4.5})[0] == "not_whole"
    assert code("industry_diffusion", path, {"mode": 4.0})[0] == "bad_system_change"
    assert code("industry_diffusion", path)[0] == "too_few_dates"
    other = tmp_path / "x.dat"
    other.write_text("a")
    assert code("industry_diffusion", other)[0] == "unknown_file"
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    assert code("industry_diffusion", broken)[0] == "unreadable_table"
    strange = long_file(tmp_path, four(), ["banks"] * 5 + ["bank"], "strange.csv")
    found, error = code("industry_diffusion", strange, FIVE)
    assert found == "unknown_entity"
    assert "Banks" in error.en
    dates = tmp_path / "dates.csv"
    dates.write_text("date,code,close,industry\nsoon,1,2,banks\n", encoding="utf-8")
    assert code("industry_diffusion", dates, FIVE)[0] == "bad_dates"
    names = tmp_path / "names.csv"
    names.write_text("when,code,close\n2024-01-02,1,2\n", encoding="utf-8")
    assert code("industry_diffusion", names, FIVE)[0] == "no_column"


def test_a_row_that_stands_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    lines = ["date,code,close,industry"]
    lines += [f"2024010{day},000001,{day},banks" for day in (2, 3, 4, 3)]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        reduce("industry_diffusion", path, {"momentum_days": 5.0})
    assert refused.value.code == "doubled"
    assert "2024-01-03 000001 stand twice in twice.csv, rows 3 and 5" in refused.value.en


def test_a_monthly_file_counts_months(tmp_path: Path) -> None:
    months = pd.date_range("2013-01-31", periods=20, freq="ME")
    closes = four(20).set_axis(months, axis=0)
    made = reduce("industry_diffusion", long_file(tmp_path, closes, GROUPS))
    assert [notice.code for notice in made.notices] == ["coarse_rows"]
    assert "6 months" in made.notices[0].en
    assert made.sheets["industry_momentum"]["date"].min() == months[6]


def test_the_whole_panel_is_walked_once_and_only_wanted_rows_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Work is counted, not timed: one read, one fill, rows of week ends alone."""
    calls: list[int] = []
    own = reduce_module.share_up

    def counted(closes, rows, group, count, kept):  # type: ignore[no-untyped-def]
        calls.append(len(list(kept)))
        return own(closes, rows, group, count, kept)

    monkeypatch.setattr(reduce_module, "share_up", counted)
    path = long_file(tmp_path, four(200), GROUPS, "x.parquet")
    reduce("industry_diffusion", path, FIVE)
    assert len(calls) == 1
    assert calls[0] < 60
