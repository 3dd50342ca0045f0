"""The catalog's lags against real release dates and a calendar of usual publication days."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.exchange import sessions

#: Group of release_dates.csv -> the catalog's indicators that come out with it.
GROUPS = {
    "官方PMI": ["pmi", "pmi_new_orders", "pmi_construction"],
    "CPI": ["cpi_yoy", "core_cpi", "cpi_appliances"],
    "PPI": ["ppi_yoy", "ppi_producer_goods"],
    "M2": ["m2_yoy", "m1_yoy", "m2_level", "long_loans_yoy", "treasury_deposits"],
    "社融": ["tsf_stock_yoy"],
}
#: Row of release_calendar.csv -> the catalog's indicators that it speaks of.
CALENDAR = {
    "CPI": ["cpi_yoy", "core_cpi", "cpi_appliances"],
    "PPI（全部工业品）": ["ppi_yoy", "ppi_producer_goods"],
    "M2": ["m2_yoy", "m1_yoy", "m2_level"],
    "金融机构各项贷款余额": ["long_loans_yoy"],
    "货币当局总资产": ["treasury_deposits"],
    "社会融资规模": ["tsf_stock_yoy"],
    "工业增加值": ["industrial_value_added_yoy", "ac_output", "crude_steel_output", "auto_output"],
    "固定资产投资完成额": [
        *("infrastructure_investment", "enjoyment_fai_share", "construction_works_investment")
    ],
    "社会消费品零售总额": ["apparel_retail", "furniture_retail"],
    "广义乘用车零售销量": ["auto_sales", "nev_sales"],
    "进出口金额": ["ic_import_value", "ic_export_value"],
    "铁矿石进口数量": ["iron_ore_imports"],
    "房地产开发投资完成额": ["re_domestic_loans", "real_estate_climate"],
    "房屋施工面积": ["housing_new_starts"],
    "房屋竣工面积": ["housing_completions"],
    "商品房销售面积": ["housing_sales_area"],
    "消费者信心指数": ["consumer_confidence"],
    "原煤产量": ["raw_coal_output"],
}
INDICATORS = {i.id: i for model in catalog().values() for i in model.indicators}


@pytest.mark.parametrize("group", GROUPS)
def test_no_release_came_later_than_the_lag_says(group: str, real_data: Path) -> None:
    table = pd.read_csv(real_data / "real" / "release_dates.csv", parse_dates=["period"])
    rows = table[(table["group"] == group) & table["plausible"]]
    assert len(rows) > 100
    for id in GROUPS[group]:
        allowed = INDICATORS[id].lag.of(pd.DatetimeIndex(rows["period"]))
        late = rows[rows["lag_days"].to_numpy() > allowed]
        assert late.empty, f"{id}: {late.to_string()}"
        # Nor is it so strict that a year's worth of months would be public a month late.
        assert np.median(allowed - rows["lag_days"].to_numpy()) < 15


@pytest.mark.parametrize("row", CALENDAR)
def test_no_lag_is_shorter_than_the_usual_day(row: str, real_data: Path) -> None:
    table = pd.read_csv(real_data / "real" / "release_calendar.csv", index_col="指标名称")
    usual = int(table.loc[row, "数据公布时间"][:2])
    for id in CALENDAR[row]:
        assert INDICATORS[id].lag.days >= usual, id


def test_the_exchange_s_days_are_those_with_prices(real_data: Path) -> None:
    prices = pd.read_csv(real_data / "real" / "index_daily.csv", index_col="date", parse_dates=True)
    days = prices["881001.WI"].dropna().index
    known = sessions()
    inside = known[(known >= days[0]) & (known <= days[-1])]
    assert list(inside) == list(days)
