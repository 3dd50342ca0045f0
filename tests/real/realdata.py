"""Panels and definitions for the real data beside the repository.

Where the published series is not there, a stand-in is, and the definition is changed as an analyst
would change it in the ``definition`` sheet: the change is written beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
from prosperity.calendar import TradingCalendar
from prosperity.catalog import catalog, closure, find
from prosperity.definition import Industry
from prosperity.panel import Observations, Panel, observations
from prosperity.records import with_changes

BENCHMARK = "881001.WI"


@dataclass(frozen=True)
class Real:
    """How a model is fed from the real data: series by indicator, and changes to definitions."""

    series: dict[str, str]
    changes: dict[str, str] = field(default_factory=dict)


MONEY = {
    "m2_yoy": "M2:同比",
    "m1_yoy": "M1:同比",
    "tsf_stock_yoy": "社会融资规模存量:同比",
    "cgb10y": "10年期国债收益率:月均",
}
LOANS = {"re_domestic_loans": "房企到位资金:国内贷款:累计值"}
LOANS_CHANGE = (
    "indicator.re_domestic_loans.transform = yoy; indicator.re_domestic_loans.unit = 亿元"
)
CONFIDENCE = {"consumer_confidence": "消费者信心指数"}
EXPORTS = {
    "us_cli": "对美出口金额:当月值",
    "eu_cli": "对欧盟出口金额:当月值",
    "jp_cli": "对日出口金额:当月值",
}
EXPORTS_CHANGE = ";".join(
    f"indicator.{id}.transform = yoy; indicator.{id}.unit = 千美元; indicator.{id}.lag_days = 9"
    for id in EXPORTS
)

REAL: dict[str, Real] = {
    "autos": Real({**MONEY, "long_loans_yoy": "金融机构:各项贷款余额:同比"}),
    "banks": Real(
        {
            "pmi": "PMI",
            "pmi_new_orders": "PMI:新订单",
            "housing_sales_area": "商品房销售面积:累计同比",
            "pmi_construction": "非制造业PMI:建筑业",
            "cgb10y": MONEY["cgb10y"],
            **LOANS,
        },
        {"banks": LOANS_CHANGE},
    ),
    "coal": Real(
        {
            "bohai_port_throughput": "产量:火电:当月同比",
            "raw_coal_output": "产量:原煤:当月同比",
            "port_coal_inventory": "秦皇岛港:库存量:煤炭:月均",
            "bohai_thermal_price": "秦皇岛港:平仓价:动力末煤(Q5500,山西产):月均",
        },
        {
            "coal": "indicator.bohai_port_throughput.lag_days = 18;"
            "indicator.bohai_port_throughput.frequency = M;"
            "indicator.bohai_port_throughput.unit = %;"
            "indicator.bohai_port_throughput.transform = level;"
            "indicator.raw_coal_output.unit = %; indicator.raw_coal_output.transform = level;"
            "indicator.thermal_coal_output.weight = 0; indicator.coking_coal_output.weight = 0;"
            "indicator.power_plant_thermal_inventory.weight = 0;"
            "indicator.steel_mill_coking_inventory.weight = 0;"
            "indicator.coking_plant_coking_inventory.weight = 0;"
        },
    ),
    "steel": Real(
        {
            "housing_new_starts": "房屋新开工面积:累计同比",
            "pmi_new_orders": "PMI:新订单",
            "auto_sales": "销量:汽车:当月同比",
            "ac_output": "产量:空调:当月同比",
            "crude_steel_output": "产量:焦炭:当月同比",
            "social_inventory_5": "中钢协会员企业：钢材：库存（旬）:月均",
            "myspic": "PPI:黑色金属冶炼及压延加工业:当月同比",
        },
        {
            "steel": "indicator.auto_sales.unit = %; indicator.auto_sales.transform = level;"
            "indicator.crude_steel_output.unit = %; indicator.crude_steel_output.transform = level;"
            "indicator.pig_iron_output.weight = 0; indicator.steel_products_output.weight = 0;"
            "indicator.blast_furnace_rate.weight = 0; indicator.iron_ore_imports.weight = 0;"
            "indicator.ore_port_clearance.weight = 0; indicator.myspic.unit = %;"
            "indicator.myspic.transform = level; indicator.myspic.lag_days = 12;"
            "indicator.myspic.frequency = M"
        },
    ),
    "home_appliances": Real(
        {
            **LOANS,
            **CONFIDENCE,
            **EXPORTS,
            "cpi_appliances": "CPI:家用器具:当月同比",
            "ppi_producer_goods": "PPI:生产资料:当月同比",
            "usdcny": "USD/CNY 月均(FRED)",
            "eurcny": "EUR/CNY 月均(推算=EURUSD*USDCNY)",
            "jpycny": "100JPY/CNY 月均(推算)",
        },
        {"home_appliances": f"{LOANS_CHANGE}; {EXPORTS_CHANGE}"},
    ),
    "brokers": Real(
        {
            "m2_yoy": MONEY["m2_yoy"],
            "cgb10y": MONEY["cgb10y"],
            "tsf_stock_yoy": MONEY["tsf_stock_yoy"],
            "core_cpi": "CPI:核心:当月同比",
            "industrial_value_added_yoy": "工业增加值:当月同比",
            "ppi_yoy": "PPI:全部工业品:当月同比",
        },
        {"brokers": "index_code = 801790.SI"},
    ),
    "food_beverage": Real(
        {"pmi": "PMI", "cgb10y": MONEY["cgb10y"], "cpi_yoy": "CPI:当月同比", **CONFIDENCE}
    ),
    "agriculture": Real(
        {
            "hog_price": "CPI:猪肉:当月同比",
            "hog_grain_ratio": "生猪(月均,周价)/玉米(月均,周价)",
        },
        {
            "agriculture": "indicator.hog_price.unit = %; indicator.hog_price.transform = level;"
            "indicator.hog_price.lag_days = 12; indicator.hog_price.frequency = M;"
            "indicator.hog_slaughter.weight = 0; indicator.hog_inventory.weight = 0;"
            "indicator.sow_inventory.weight = 0"
        },
    ),
    "chem_fibre": Real(
        {
            "loom_rate_1": "中国:江浙地区:开工率:涤纶长丝:下游织机:月均",
            "housing_completions": "房屋竣工面积:累计同比",
            **EXPORTS,
        },
        {
            "chem_fibre": "index_code = 801030.SI; indicator.loom_rate_2.weight = 0;"
            f"indicator.loom_rate_3.weight = 0; {EXPORTS_CHANGE}"
        },
    ),
    "glass": Real(
        {
            "real_estate_climate": "国房景气指数",
            "construction_works_investment": "建筑工程投资完成额:累计同比",
            "auto_output": "产量:汽车:当月同比",
        },
        {
            "glass": "index_code = 801710.SI; indicator.auto_output.unit = %;"
            "indicator.auto_output.transform = level"
        },
    ),
}

#: Whose actual release dates stand in release_dates.csv, by a word in the series' name.
RELEASE_GROUPS = {
    "PMI": "官方PMI",
    "M2": "M2",
    "M1": "M2",
    "CPI": "CPI",
    "PPI": "PPI",
    "社会融资": "社融",
}


def definitions(id: str) -> list[Industry]:
    """Return the model and those it uses, with the changes that the real data need."""
    changes = REAL[id].changes
    models = closure([find(id)], catalog())
    return [with_changes(m, changes[m.id]) if m.id in changes else m for m in models]


def panel(folder: Path, id: str) -> Panel:
    """Return the real panel of one model: its series, its index and the market."""
    prices = _prices(folder)
    calendar = TradingCalendar(pd.DatetimeIndex(prices[BENCHMARK].dropna().index))
    models = definitions(id)
    indicators = {i.id: i for m in models for i in m.indicators}
    series: dict[str, Observations] = {}
    for column, name in REAL[id].series.items():
        indicator = indicators[column]
        values = _values(folder, name)
        series[column] = observations(
            column,
            values,
            calendar=calendar,
            lag_days=indicator.lag_days,
            frequency=indicator.frequency,
            releases=_releases(folder, name, values.index),
            unit=indicator.unit,
            name=name,
        )
    names = {m.asset.code: m.id for m in models if m.asset.code in prices}
    return Panel(
        series, prices[[BENCHMARK, *names]].rename(columns={BENCHMARK: "benchmark", **names})
    )


@cache
def _prices(folder: Path) -> pd.DataFrame:
    frame = pd.read_csv(folder / "real" / "index_daily.csv", index_col="date", parse_dates=["date"])
    return frame.set_index(pd.DatetimeIndex(frame.index).as_unit("ns"))


def _values(folder: Path, name: str) -> pd.Series:
    """Return a published series, or the ratio of two, written with a stroke."""
    macro = _macro(folder)
    if name in macro:
        return macro[name]
    over, under = name.split("/")
    return (macro[over] / macro[under]).dropna()


@cache
def _macro(folder: Path) -> dict[str, pd.Series]:
    frame = pd.read_csv(folder / "real" / "macro_monthly.csv", parse_dates=["date"])
    return {str(n): g.set_index("date")["value"] for n, g in frame.groupby("series")}


def _releases(folder: Path, name: str, index: pd.Index) -> pd.Series | None:
    group = next((g for word, g in RELEASE_GROUPS.items() if name.startswith(word)), None)
    if group is None:
        return None
    frame = pd.read_csv(
        folder / "real" / "release_dates.csv", parse_dates=["period", "release_date"]
    )
    known = frame[(frame["group"] == group) & frame["plausible"].astype(str).eq("True")]
    dates = known.drop_duplicates("period").set_index("period")["release_date"]
    return dates.reindex(index)
