"""Everything that the report leaves open, and every convention, as one checked object.

The reasons for the defaults stand in docs/method.md; none is tuned to a published return. Each
setting carries its own description in both languages, which help, sheets and reports print.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date, datetime
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np

from prosperity.errors import SettingError

Timing = Literal["released", "period", "nowcast"]
Fit = Literal["expanding", "full"]
Denoise = Literal["ma", "ema", "hp", "none"]


def _setting(default: Any, zh: str, en: str, low: float | None = None, high: float | None = None,
             words: tuple[str, ...] = ()) -> Any:  # fmt: skip
    described = {"zh": zh, "en": en, "low": low, "high": high, "words": words}
    return field(default=default, metadata=described)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a run. Every field has a description in its metadata.

    Raises
    ------
    SettingError
        When a value is outside its range, or a word is not one of its choices.
    """

    timing: Timing = _setting(
        "released",
        "released：只用决策日已公布的数据；period：浙商原文的做法，当月数据当月用（有前视）；"
        "nowcast：已公布的数据，未公布的月份用即时预测（无前视）",
        "released: only what was public on the decision date; period: the report's own way, "
        "each month's data used in that month (looks ahead); nowcast: what was public, and "
        "estimates of the months that were not (no look-ahead)",
        words=get_args(Timing),
    )
    fit: Fit = _setting(
        "expanding",
        "expanding：标准化与主成分只用当时已有的样本；full：全样本（有前视）",
        "expanding: standardisation and first component use the sample so far; full: the whole "
        "sample (looks ahead)",
        words=get_args(Fit),
    )
    denoise: Denoise = _setting(
        "ma",
        "去噪滤波：ma 移动平均、ema 指数移动平均（EMA）、hp 单边HP滤波、none 不去噪",
        "de-noising filter: ma moving average, ema exponential mean, hp one-sided "
        "Hodrick-Prescott, none",
        words=get_args(Denoise),
    )
    denoise_months: int = _setting(
        3, "去噪窗口（月），用于 ma 与 ema", "months of the de-noising filter (ma, ema)", 1, 60
    )
    hp_lambda: float = _setting(
        14400.0, "HP 滤波的 λ", "lambda of the Hodrick-Prescott filter", 0.001, 1e6
    )
    sum_holes: int = _setting(
        1,
        "sum 变换中每 12 个月最多可缺几个月；缺月按比例放大补足",
        "months in twelve that a sum may lack; the sum is scaled up for them",
        0,
        6,
    )
    window: int | None = _setting(
        None,
        "标准化的回看窗口（日历月，缺月也计）；空为扩展窗口",
        "calendar months that standardisation looks back over; empty is expanding",
        2,
        600,
    )
    min_obs: int = _setting(
        36, "标准化所需的最少观测数", "observations needed before the first score", 2, 600
    )
    clip: float = _setting(
        3.0, "标准分截断于正负此值", "scores are cut off at plus and minus this", 0.5, 100
    )
    component_min_obs: int = _setting(
        36,
        "第一主成分中两两指标所需的最少共同月份；不足时用等权",
        "months that each two indicators of a first component must share; before that equal weight",
        3,
        600,
    )
    component_warn_share: float = _setting(
        0.35,
        "第一主成分解释的方差份额低于此值时提示",
        "warn when the first component explains less than this share of variance",
        0,
        1,
    )
    lookback: int = _setting(
        1, "边际变化与几个月前比较", "months back that the marginal change compares with", 1, 12
    )
    dead_band: float = _setting(
        0.0,
        "死区（标准差）：变化不超过此值时保持原信号；为 0 时，只有变化恰为零才保持",
        "dead band (standard deviations): a change no larger keeps the previous signal; with 0 "
        "only a change of exactly zero does",
        0,
        10,
    )
    confirm: int = _setting(
        1, "信号需连续几个月确认", "months in a row that confirm a new signal", 1, 12
    )
    min_weight: float = _setting(
        0.5,
        "可得权重低于此份额时没有信号",
        "no signal when less than this share of the weight is available",
        0.01,
        1,
    )
    max_carry: int = _setting(
        3,
        "指标逾期多少个月仍沿用最近值",
        "months past its due date that an indicator's last value is still carried",
        0,
        24,
    )
    extra_lag_months: int = _setting(
        0, "所有指标再推迟几个月可得", "months by which every indicator is delayed further", 0, 12
    )
    cost_bps: float = _setting(
        0.0,
        "单边交易成本（基点）；换仓卖一次买一次，收两次",
        "one-way cost in basis points; a switch sells and buys, so it is charged twice",
        0,
        1000,
    )
    delay_days: int = _setting(
        0,
        "决策日之后第几个交易日收盘成交；0 为决策日收盘",
        "trading days after the decision date at whose close is traded; 0 is that day's close",
        0,
        20,
    )
    grade_band: float = _setting(
        0.05,
        "三档评级的中性带（标准差）：变化不超过此值为标配",
        "neutral band of the three grades (standard deviations): a smaller change is neutral",
        0,
        10,
    )
    cap: float = _setting(
        0.25,
        "综合策略中单个行业的权重上限，余下持有基准",
        "largest weight of one industry in the combined strategy; the rest is in the benchmark",
        0.01,
        1,
    )
    risk_free: float = _setting(
        0.0, "夏普比率用的年化无风险利率", "annual risk-free rate of the Sharpe ratio", -0.1, 0.5
    )
    as_of: date | None = _setting(
        None, "截至日：之后公布的一概不用", "nothing released after this date is used"
    )
    start: date | None = _setting(
        None, "回测起始月；空为定义中的样本起点", "first month of the backtest; empty: as defined"
    )
    end: date | None = _setting(
        None, "回测结束日；空为行情末日", "last day of the backtest; empty: last price"
    )

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = _checked(setting, getattr(self, setting.name))
            object.__setattr__(self, setting.name, value)
        if self.start and self.end and self.start > self.end:
            raise SettingError(
                "start_after_end", "回测起始晚于结束。", "The backtest starts after it ends."
            )

    @property
    def sees_future(self) -> bool:
        """Whether a result under these settings may use what was not yet known."""
        return self.timing == "period" or self.fit == "full"

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, dates as ISO text."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}

    def changed(self) -> dict[str, Any]:
        """Return only the settings that differ from their defaults."""
        default = {f.name: f.default for f in fields(self) if f.default is not MISSING}
        return {k: v for k, v in self.as_dict().items() if v != default[k]}


def _checked(setting: Field[Any], value: Any) -> Any:
    """Return a value in the type of its setting; a whole number may come as 3.0, from a cell."""
    about, kind = setting.metadata, str(setting.type)
    if value is None and "None" in kind:
        return None
    if about["words"]:
        if value in about["words"]:
            return value
        words = ", ".join(about["words"])
        raise _refused(setting, value, f"{words} 之一", f"one of {words}")
    if "date" in kind:
        if isinstance(value, date) and value == value:  # an empty cell, NaT, equals nothing
            return value.date() if isinstance(value, datetime) else value
        raise _refused(setting, value, "日期", "a date")
    number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    whole = "int" in kind
    low, high = about["low"], about["high"]
    if not number or not low <= value <= high or (whole and value != int(value)):
        kind_zh, kind_en = ("整数", "a whole number") if whole else ("数", "a number")
        raise _refused(setting, value, f"{low} 至 {high} 的{kind_zh}", f"{kind_en} {low} to {high}")
    return int(value) if whole else float(value)


def _refused(setting: Field[Any], value: Any, zh: str, en: str) -> SettingError:
    return SettingError(
        "bad_setting",
        f"{setting.name} 应为 {zh}，不能是“{value}”。",
        f"{setting.name} must be {en}, not {value!r}.",
    )
