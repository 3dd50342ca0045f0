"""The words of the evidence pages, Chinese and English side by side: tables of data."""

from __future__ import annotations

from prosperity.backtest import STATISTICS
from prosperity.evidence import audit, sensitivity
from prosperity.evidence.direction import LAGS
from prosperity.evidence.verdict import DEFLATED, FALSE_DISCOVERIES, P_FOUND, P_UNSETTLED, Verdict

from prosperity_excel.report.spec import Kind
from prosperity_excel.words.fields import FIELDS
from prosperity_excel.words.pair import Pair

#: Column of a table -> heading and kind of number.
Heads = dict[str, tuple[Pair, Kind]]

HEADINGS: dict[str, Pair] = {
    "evidence": ("证据", "Evidence"),
    "all_evidence": ("证据一览", "Evidence on all models"),
    "audit": ("前视检查：诚实的代价", "Look-ahead audit: the price of honesty"),
    "unpublished": (
        "当月数据当月用时，决策日尚未公布的指标",
        "Not yet public on the decision date when each month's data are used in that month",
    ),
    "lags": (
        "滞后与工作簿所填公布日的比较",
        "Lags compared with the release dates that the book states",
    ),
    "groups": ("敏感性：一次只改一项", "Sensitivity: one change at a time"),
    "changes": ("逐项结果", "Each change"),
    "tests": ("显著性", "Significance"),
    "around": (
        "浙商原文发布前后（2023年8月）",
        "Before and after publication, Aug 2023",
    ),
    "years": ("分年表现", "Year by year"),
    "walk": ("滚动样本外选参（含隔离期）", "Settings chosen live, with purged splits"),
    "lead": ("景气度的领先相关", "Correlation of the composite by lead"),
    "turns": ("转折点", "Turning points"),
    "screening": ("指标筛选", "Screening of the indicators"),
    "clock": ("景气时钟", "Phase clock"),
    "path": ("近24个月", "last 24 months"),
    "time": ("各阶段", "Time in each phase"),
    "moved": ("什么在变动", "What moved"),
    "vintage": ("两个版本之间：修订与新数据", "Between two vintages: revision and news"),
}

NOTES: dict[str, Pair] = {
    "audit": (
        "前两行有前视，只供对照。信号一致率：与无前视口径持仓相同的决策占比。多等一两个月若结果"
        "大变，说明它靠抢先。",
        "The first two rows look ahead, for comparison only. Signal agreement: share of decisions "
        "equal to those without look-ahead. A result that changes much with a month of delay "
        "rests on being first.",
    ),
    "groups": (
        "超额为策略累计收益减基准累计收益。默认名次 1 为最好；名次总在前列说明默认是挑出来的。",
        "Excess: total return of the strategy less the benchmark's. Rank 1 is best; a default that "
        "always ranks high has been picked.",
    ),
    "tests": (
        "择时收益：（持仓 − 平均持仓）×（行业 − 基准）的年均值，只计切换的功劳。"
        "各检验都计入信号与收益的持续性（慢周期）。p 值为单侧，越小越不像运气。"
        "平减夏普扣除了试过的全部变体，通常大于 95% 才算数。",
        "Timing return: yearly mean of (position less its mean) x (index less benchmark), what the "
        "switching itself earned. The tests allow for signals and returns that move in slow "
        "cycles. p-values are one-sided; small is unlike luck. The deflated Sharpe ratio counts "
        "every variant tried; above 95% is the usual bar.",
    ),
    "around": (
        "“有信号”为有信号的月份数；没有信号时持有基准，收益与基准相同。超额为两者期末净值之比减一。"
        "领先占比只计两者不同的月份。",
        "Signals: months with a signal; without one the benchmark is held and nothing differs. "
        "Excess: ratio of the two net values, less one. Ahead counts only months in which the "
        "two differ.",
    ),
    "walk": (
        "每段之前只用过去选夏普最高的变体，中间空出与滤波窗口相同的月数。",
        "Before each test the variant with the best Sharpe ratio so far is chosen; months that the "
        "filter shares with the test are left out.",
    ),
    "leads": (
        "领先 L 月：本月数值与 L 个月后的检验序列相关。按决策日所知计，公布滞后已扣除。转折点由"
        "Bry-Boschan 法事后标定（有前视，只作描述）。",
        "Lead of L months: this month's value against the validation series L months later. As "
        "known on the decision dates, so publication lags are in it. Turning points are dated "
        "after the fact (Bry-Boschan; sees the future, describes only).",
    ),
    "clock": (
        "横轴为景气度，纵轴为近三个月变化的平均；橙色为最新一月。",
        "Across: the composite; up: the mean of its last three monthly changes; the orange point "
        "is the latest month.",
    ),
    "moved": (
        "各列之和等于景气度及其变化。",
        "Columns sum to the composite and its changes.",
    ),
    "verdict": (
        f"是否显著：p 不超过 {P_FOUND:g}、各模型一起检验的校正 p（Benjamini-Hochberg）不超过 "
        f"{FALSE_DISCOVERIES:g}、平减夏普不低于 {DEFLATED:.0%}，三者都满足才算“不像运气”；"
        f"否则 p 不超过 {P_UNSETTLED:g} 为“未定”，再大为“与运气无异”。",
        f"Significant: unlike luck with p up to {P_FOUND:g}, p adjusted for all models tested "
        f"together (Benjamini and Hochberg) up to {FALSE_DISCOVERIES:g} and a deflated Sharpe "
        f"ratio of at least {DEFLATED:.0%}, all three; else not settled with p up to "
        f"{P_UNSETTLED:g}, and luck above.",
    ),
}

CASES: dict[str, Pair] = {
    "period_full": (
        "当月用·全样本（浙商原文做法，有前视）",
        "Period, full: the report's way, looks ahead",
    ),
    "period_expanding": ("当月用·扩展窗口（有前视）", "Period, expanding: looks ahead"),
    "released_expanding": ("已公布·扩展窗口（诚实）", "Released, expanding: honest"),
    "delay_1": ("再推迟1个月", "One month of extra delay"),
    "delay_2": ("再推迟2个月", "Two months of extra delay"),
}

#: The same in the few letters that stand under a column.
CASES_SHORT: dict[str, Pair] = {
    "period_full": ("当月·全样本", "Period, full"),
    "period_expanding": ("当月·扩展", "Period, expanding"),
    "released_expanding": ("已公布·扩展（默认）", "Released, expanding (default)"),
    "delay_1": ("推迟1个月", "1 month late"),
    "delay_2": ("推迟2个月", "2 months late"),
}
#: Titles of the blocks behind the pictures.
PICTURES: dict[str, Pair] = {
    "null": ("循环移位的分布", "Distribution over circular shifts"),
    "ranges": ("敏感性区间", "Ranges by setting"),
    "leads": ("领先相关", "Correlation by lead"),
    "walk": ("滚动样本外", "Walk-forward"),
    "years": ("逐年超额", "Excess by year"),
    "honesty": ("时点口径", "Conventions of timing"),
}

GROUPS: dict[str, Pair] = {
    "denoise": ("滤波方式", "Filter"),
    "denoise_months": ("滤波窗口", "Months of the filter"),
    "window": ("标准化窗口", "Window of standardising"),
    "min_obs": ("最少观测数", "Observations needed"),
    "clip": ("截断", "Clipping"),
    "lookback": ("比较间隔", "Lookback"),
    "dead_band": ("死区", "Dead band"),
    "confirm": ("确认月数", "Confirmation"),
    "extra_lag_months": ("再推迟", "Extra delay"),
    "max_carry": ("沿用月数", "Months carried"),
    "delay_days": ("成交推迟（日）", "Trading delay, days"),
    "cost_bps": ("成本（基点）", "Cost, bp"),
    "leave_out": ("去掉一个指标", "Leave one indicator out"),
    "weight": ("改一个权重", "Change one weight"),
    "alternative": ("换一个序列", "Alternative series"),
    "variant": ("备选方案", "Documented variants"),
}

PERIODS: dict[str, Pair] = {"before": ("发布前", "Before"), "after": ("发布后", "After")}

STAT_KINDS: dict[str, Kind] = {"percent": "signed_percent", "ratio": "number", "count": "count"}


def _statistic(key: str) -> tuple[Pair, Kind]:
    chinese, english, kind = STATISTICS[key]
    return (chinese, english), STAT_KINDS[kind]


AGREEMENT: tuple[Pair, Kind] = (("信号一致率", "Signal agreement"), "percent")
AUDIT: Heads = {**{key: _statistic(key) for key in audit.SHOWN}, "agreement": AGREEMENT}
UNPUBLISHED: Heads = {
    "months": (("使用月数", "Months used"), "count"),
    "unpublished": (("尚未公布", "Not public"), "count"),
    "share": (("占比", "Share"), "percent"),
    "mean_days": (("平均早（天）", "Days early, mean"), "number"),
    "most_days": (("最多早（天）", "Days early, most"), "count"),
    "honest": (("无前视口径", "When honest"), "count"),
}
LAG_HEADS: Heads = {
    "stated": (("有公布日", "Dates stated"), "count"),
    "by_lag": (("按滞后", "By lag"), "count"),
    "too_kind": (("滞后偏短", "Lag too kind"), "count"),
    "most_days": (("最多短（天）", "By days, most"), "count"),
    "months": (("月份", "Months"), "text"),
}
GROUP_COLUMNS: Heads = {
    "count": (("变体数", "Variants"), "count"),
    "low": (("超额最低", "Excess, low"), "signed_percent"),
    "middle": (("中位", "Median"), "signed_percent"),
    "high": (("最高", "High"), "signed_percent"),
    "base": (("默认", "Default"), "signed_percent"),
    "rank": (("默认名次", "Its rank"), "count"),
    "agreement": AGREEMENT,
}
CHANGE_COLUMNS: Heads = {
    **{key: _statistic(key) for key in sensitivity.SHOWN},
    "agreement": AGREEMENT,
}
PERFORMANCE: Heads = {
    "months": (("月数", "Months"), "count"),
    "signals": (("有信号", "Signals"), "count"),
    "strategy": (("策略", "Strategy"), "signed_percent"),
    "index": (("行业指数", "Index"), "signed_percent"),
    "benchmark": (("基准", "Benchmark"), "signed_percent"),
    "excess": (("超额", "Excess"), "signed_percent"),
    "information_ratio": (("信息比率", "Inf. ratio"), "number"),
    "ahead": (("领先占比", "Ahead"), "percent"),
}
WALK: Heads = {
    "train_last": (("训练止于", "Trained to"), "month"),
    "first": (("检验自", "Test from"), "month"),
    "last": (("至", "to"), "month"),
    "chosen_excess": (("所选超额", "Chosen, excess"), "signed_percent"),
    "base_excess": (("默认超额", "Default, excess"), "signed_percent"),
}
LEAD: Heads = {
    "correlation": (("相关", "Correlation"), "number"),
    "months": (("月数", "Months"), "count"),
    "first_half": (("前半", "First half"), "number"),
    "second_half": (("后半", "Second half"), "number"),
}
SCREENING: Heads = {
    "now": (("同期", "Lead 0"), "number"),
    "three": (("领先3月", "Lead 3"), "number"),
    "six": (("领先6月", "Lead 6"), "number"),
    "best_lead": (("最佳领先", "Best lead"), "count"),
    "best": (("相关", "Correlation"), "number"),
    "first_half": (("前半", "First half"), "number"),
    "second_half": (("后半", "Second half"), "number"),
    "hits": (("方向一致占比", "Same direction"), "percent"),
    "available": (("可得", "Available"), "percent"),
    "lag_days": (("滞后（天）", "Lag, days"), "count"),
}
TURNS: Heads = {
    "kind": (("类型", "Kind"), "text"),
    "matched": (("景气度转折", "Composite turned"), "month"),
    "lead": (("领先（月）", "Lead, months"), "count"),
}
TURN_KINDS: dict[str, Pair] = {"peak": ("顶", "Peak"), "trough": ("底", "Trough")}
TIME: Heads = {
    "share": (("月份占比", "Share of months"), "percent"),
    "months": (("平均持续（月）", "Mean duration, months"), "number"),
}
MOVED: Heads = {
    "level": (FIELDS["composite"].name, "signed"),
    "change_1": (("1个月", "1 month"), "signed"),
    "change_3": (("3个月", "3 months"), "signed"),
    "change_12": (("12个月", "12 months"), "signed"),
}
VINTAGE: Heads = {
    "revision": (("修订", "Revision"), "signed"),
    "news": (("新数据", "News"), "signed"),
    "sum": (("合计", "Sum"), "signed"),
}
TOGETHER: Heads = {
    "timing_return": (("择时收益（年）", "Timing, a year"), "signed_percent"),
    "p": (("p 值", "p-value"), "p"),
    "adjusted": (("校正后", "Adjusted"), "p"),
    "verdict": (("是否显著", "Significant"), "text"),
    "rate": (("胜率", "Hit rate"), "percent"),
    "low": (("下限", "Low"), "percent"),
    "high": (("上限", "High"), "percent"),
    "probabilistic": (("概率夏普", "PSR"), "percent"),
    "deflated": (("平减夏普", "DSR"), "percent"),
    "trials": (("变体数", "Variants"), "count"),
    "after": (("发布后超额", "After Aug 2023"), "signed_percent"),
}
#: Tests of one model: field of Significance -> name, what it compares with.
TESTS: dict[str, tuple[Pair, Pair]] = {
    "shifts": (
        ("循环移位检验", "Circular shifts"),
        ("同一信号平移到所有其他月份", "the same signal shifted by every other number of months"),
    ),
    "stationary": (
        ("平稳自助法", "Stationary bootstrap"),
        (
            "信号的随机长度分块重抽样（平均 {block} 个月）",
            "blocks of the signal of random length ({block} months on average)",
        ),
    ),
    "circular": (
        ("循环块自助", "Circular block bootstrap"),
        ("信号的固定长度分块重抽样", "blocks of the signal of fixed length"),
    ),
    "random": (
        ("随机择时", "Random timing"),
        (
            "信号的各段持有与空仓打乱次序，长短不变",
            "the signal's runs of months held and not held, in random order",
        ),
    ),
    "pesaran_timmermann": (
        ("Pesaran-Timmermann 2009", "Pesaran-Timmermann 2009"),
        (
            f"扣除前 {LAGS} 个月的判断与方向后，判断与实际方向无关",
            f"calls and outcomes unrelated, given those of the {LAGS} months before",
        ),
    ),
    "henriksson_merton": (
        ("Henriksson-Merton", "Henriksson-Merton"),
        (
            "涨跌两类月份的判断正确率之和，与平移后的信号比",
            "shares of ups and of downs called right, against the signal shifted",
        ),
    ),
}
FIGURES: dict[str, tuple[Pair, Kind]] = {
    "timing_return": (("择时收益（年）", "Timing, annualised return"), "signed_percent"),
    "shifts": (("p 值（循环移位检验）", "p, circular shifts"), "p"),
    "rate": (("胜率", "Hit rate"), "percent"),
    "probabilistic": (("概率夏普", "Probabilistic Sharpe"), "percent"),
    "deflated": (("平减夏普", "Deflated Sharpe"), "percent"),
    "trials": (("试过的变体", "Variants tried"), "count"),
}
VALIDATION: Pair = (
    "行业指数 / 基准，12个月变化",
    "industry index over benchmark, change on 12 months",
)
VERDICTS: dict[Verdict, Pair] = {
    "found": ("择时不像运气", "The timing is unlike luck"),
    "unsettled": ("证据不足以定论", "The evidence does not settle it"),
    "luck": ("与运气无法区分", "Indistinguishable from luck"),
    "untested": ("样本太短，无法检验", "Too short a sample to test"),
}
VERDICTS_SHORT: dict[Verdict, Pair] = {
    "found": ("不像运气", "unlike luck"),
    "unsettled": ("未定", "not settled"),
    "luck": ("与运气无异", "luck"),
    "untested": ("未检验", "untested"),
}
NO_CLOCK: Pair = ("阶段已知的月份太少，无法画出", "Too few months whose phase is known to draw it")
