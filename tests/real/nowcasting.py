"""The nowcast on real series: pseudo-real-time, final values, one or two publications ahead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from prosperity.nowcast.gate import gate
from prosperity.nowcast.methods import EVERY, Bridge, Task, forecasts
from prosperity.nowcast.track import Track, track_of

from . import realdata

#: Series, by name; whether the Spring Festival moves them; and what tells of them earlier.
PRICES = ("PMI:主要原材料购进价格", "期货结算价(连续):布伦特原油:月均", "CRB现货指数:工业:月均")
TRADE = ("PMI:新出口订单", "美国:ISM制造业PMI", "波罗的海运费指数:干散货(BDI):月均")
SERIES: dict[str, tuple[bool, tuple[str, ...]]] = {
    "CPI:当月同比": (True, PRICES[1:]),
    "PPI:全部工业品:当月同比": (False, PRICES),
    "PPI:生产资料:当月同比": (False, PRICES),
    "M0:同比": (True, ()),
    "M1:同比": (True, ()),
    "M2:同比": (True, ()),
    "金融机构:各项贷款余额:同比": (False, ()),
    "社会融资规模:当月值": (False, ()),
    "社会融资规模:新增人民币贷款:当月值": (False, ()),
    "工业增加值:当月同比": (False, ("PMI",)),
    "产量:发电量:当月同比": (False, ("PMI",)),
    "社会消费品零售总额:当月同比": (False, ()),
    "固定资产投资完成额:累计同比": (False, ()),
    "房地产开发投资完成额:累计同比": (False, ()),
    "商品房销售面积:累计同比": (False, ()),
    "房屋新开工面积:累计同比": (False, ()),
    "出口金额:当月同比": (True, TRADE),
    "进口金额:当月同比": (True, TRADE),
    "工业企业:利润总额:累计同比": (False, ()),
    "工业企业:产成品存货:同比": (False, ()),
    "铁路货运量:当月同比": (False, ("PMI",)),
    "产量:汽车:当月同比": (False, ("PMI",)),
    "消费者信心指数": (False, ()),
    "国房景气指数": (False, ()),
}
#: Those for which an earlier experiment on the same file gives figures by name.
NAMED = (
    "CPI:当月同比",
    "PPI:全部工业品:当月同比",
    "M1:同比",
    "M2:同比",
    "金融机构:各项贷款余额:同比",
    "社会融资规模:当月值",
    "工业增加值:当月同比",
    "产量:发电量:当月同比",
    "社会消费品零售总额:当月同比",
    "固定资产投资完成额:累计同比",
    "房地产开发投资完成额:累计同比",
    "出口金额:当月同比",
    "进口金额:当月同比",
    "工业企业:利润总额:累计同比",
    "消费者信心指数",
)
LIGHTEST = ("median12", "base_effect", "bridge", "mean")
FIRST, LAST, GATED = "2011-01", "2022-12", "2014-01"


def month(text: str) -> int:
    return int(np.datetime64(text, "M").astype(int))


def figures(
    folder: Path, name: str, *, steps: int = 1, methods: tuple[str, ...] = LIGHTEST
) -> dict[str, float]:
    """Return root mean square errors over the last value's, by method and of the gate.

    ``gate_t`` is how many standard errors the gate's squared errors are above the last value's.
    """
    macro = realdata._macro(folder)
    festival, others = SERIES[name]
    task = Task(
        track_of(macro[name]), steps, festival, tuple(_bridge(macro[other]) for other in others)
    )
    said = forecasts(task, methods)
    judged = gate(task, said)
    actual = task.track.at(task.targets)
    inside = (task.targets >= month(FIRST)) & (task.targets <= month(LAST)) & ~np.isnan(actual)

    def error(forecast: np.ndarray, where: np.ndarray) -> float:
        where = where & ~np.isnan(forecast)
        ours, plain = (actual - forecast)[where], (actual - said["last"])[where]
        return float(np.sqrt(np.mean(ours**2) / np.mean(plain**2))) if where.any() else np.nan

    found = {method: error(forecast, inside) for method, forecast in said.items()}
    gated = inside & (task.targets >= month(GATED))
    found["gate"] = error(judged.used, gated)
    excess = ((actual - judged.used) ** 2 - (actual - said["last"]) ** 2)[gated]
    spread = float(excess.std(ddof=1)) / np.sqrt(len(excess))
    found["gate_t"] = float(excess.mean()) / spread if spread else 0.0
    return found


def table(folder: Path, *, steps: int = 1, methods: tuple[str, ...] = LIGHTEST) -> pd.DataFrame:
    """Return the figures of every series."""
    rows = {name: figures(folder, name, steps=steps, methods=methods) for name in SERIES}
    return pd.DataFrame(rows).T


def _bridge(values: pd.Series) -> Bridge:
    """Return a series that is public by the end of its month; growth on a year for prices."""
    grown = values / values.shift(12) * 100 - 100 if values.abs().median() > 55 else values
    known: Track = track_of(grown.dropna())
    return Bridge(known)


if __name__ == "__main__":
    shared = Path(__file__).resolve().parents[3] / "shared" / "data"
    for ahead in (1, 2):
        found = table(shared, steps=ahead, methods=EVERY if ahead == 1 else LIGHTEST)
        print(found.round(2).to_string())
        print(found.median().round(2).to_string())
