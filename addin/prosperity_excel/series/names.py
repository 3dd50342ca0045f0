"""Names of series taken apart: what is measured, how, and in which form; in any order of parts.

``钢材:产量:累计同比`` and ``产量:钢材:累计同比`` are one name, and so are ``原煤产量`` and
``产量:原煤:当月值``. Another commodity, another measure and another form are never one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from prosperity_excel.series.scripts import simplified
from prosperity_excel.series.units import split_unit
from prosperity_excel.words.book_words import fold

#: level, growth on a year or on a month; over one month, since January, or not said.
Kind = Literal["level", "yoy", "mom"]
Span = Literal["month", "to_date", ""]

_YEAR = "同比增长率|同比增长|同比增速|同比涨跌幅|同比变动|同比|年率|增长率|增速"
_MONTH = "环比增长率|环比增长|环比增速|环比|月率"
#: Words for the form, longest first: (pattern, kind, span).
_FORM_WORDS: tuple[tuple[str, Kind | None, Span], ...] = (
    (rf"(?:累计|本年累计|年初至今)(?:{_YEAR}|增长)", "yoy", "to_date"),
    (rf"(?:当月|当期|单月|本月)(?:{_YEAR}|增长)", "yoy", "month"),
    (rf"(?:当月|当期|单月|本月)?(?:{_MONTH})", "mom", ""),
    (_YEAR, "yoy", ""),
    (r"ytdgrowth|ytdyoy|yoyytd|yoygrowthytd|cumulativeyoy|accumyoy|ytd,?yoy", "yoy", "to_date"),
    (r"(?<![a-z])(?:yoy|y/y|y-o-y|year-on-year|yearonyear|growth)(?![a-z])", "yoy", ""),
    (r"(?<![a-z])(?:mom|m/m|m-o-m|month-on-month|monthonmonth)(?![a-z])", "mom", ""),
    (r"(?:本年|年初至今)?累计(?:值|数|额|量)?|年初至今", None, "to_date"),
    (r"(?<![a-z])(?:ytd|cumulative|accumulated)(?![a-z])", None, "to_date"),
    (r"(?:当月|当期|单月|本月|期末|月度|月末)(?:值|数)?", None, "month"),
    (r"(?<![a-z])(?:monthly|currentmonth|currentperiod|level)(?![a-z])", None, "month"),
)
_FORMS = tuple((re.compile(pattern), kind, span) for pattern, kind, span in _FORM_WORDS)
#: Measures: words for one and the same, by one of them. What stands before a slash is the family:
#: a spot price is no list price, but may be offered for one.
_MEASURES: Mapping[str, tuple[str, ...]] = {
    "产量": ("产量", "生产量", "output", "production"),
    "销量": ("销量", "销售量", "sales"),
    "价格": ("价格", "price"),
    "价格/市场": ("市场价",),
    "价格/现货": ("现货价",),
    "价格/平均": ("平均价", "均价"),
    "价格/出厂": ("出厂价",),
    "价格/平仓": ("平仓价",),
    "价格/收盘": ("收盘价",),
    "库存": ("库存量", "库存", "inventory", "stock"),
    "存货": ("产成品存货", "产成品", "存货"),
    "进口量": ("进口数量", "进口量"),
    "出口量": ("出口数量", "出口量"),
    "进口额": ("进口金额", "进口额"),
    "出口额": ("出口金额", "出口额"),
    "零售额": ("零售额", "零售总额"),
    "销售额": ("销售额", "销售金额"),
    "销售面积": ("销售面积",),
    "出货量": ("出货量",),
    "出货额": ("出货额",),
    "吞吐量": ("吞吐量",),
    "开工率": ("开工率", "运转率"),
    "装机": ("新增装机容量", "新增装机", "装机量", "装车量"),
    "存栏": ("存栏量", "存栏数", "存栏"),
    "屠宰量": ("屠宰量",),
    "营收": ("营业收入", "营收", "revenue"),
    "投资": ("投资完成额", "投资额", "投资"),
    "余额": ("余额",),
    "存量": ("存量",),
    "增量": ("增量", "新增"),
    "汇率": ("汇率",),
    "汇率/中间": ("中间价",),
    "汇率/即期": ("即期汇率",),
    "汇率/平均": ("平均汇率",),
    "保有量": ("保有量",),
    "净投放": ("净投放", "净增加"),
}
_MEASURE_OF = {word: key for key, words in _MEASURES.items() for word in words}
_MEASURE_WORDS = sorted(_MEASURE_OF, key=len, reverse=True)
#: Parts that say nothing of what is measured.
_NO_CONTENT = """
    中国 china cn 国内 全国 宏观 宏观经济 指数 数据 指标 报告 终值报告 index 合计 总计 总量 total
    货币供应 货币供应量 货币 货币和准货币 货币金融 金融 物价 通胀 景气 经济增长 官方 中采
    月 日 周 季 亿元 价 值 数值 月均
"""
_NOTHING = frozenset(_NO_CONTENT.split())
#: Parts that only narrow a series down: where, who, which grade.
_QUALIFIER = re.compile(
    r"地区$|^华[东北南中]|^东北|^西[南北]|省市$|^(?:主要|重点|规模以上)|企业$|口径|^\d|\d$|"
    r"^(?:品种|市场|平均|综合|加权|活跃合约|期货|现货|即期|元|收盘|官方)|^(?:新|旧|新口径|旧口径)$"
)
_SPLIT = re.compile(r"[:,;_/|\s()\-]+")
_LATIN = re.compile(r"[a-z][a-z0-9.]*|[^a-z]+")
_JIN10 = re.compile(r"^(?:中国|china)(?=[^:])|(?:终值|初值)?(?:数据)?报告$")


@dataclass(frozen=True)
class Name:
    """A name taken apart.

    Attributes
    ----------
    content : frozenset of str
        What is measured: commodities, aggregates, places.
    measures : frozenset of str
        How: output, sales, price.
    kind : {"level", "yoy", "mom"}
    span : {"month", "to_date", ""}
    said : bool
        Whether the name says a form at all.
    """

    content: frozenset[str]
    measures: frozenset[str]
    kind: Kind
    span: Span
    said: bool

    @property
    def only_form(self) -> bool:
        """Whether nothing but a form is said, as by a column 当月同比."""
        return self.said and not self.content and not self.measures

    @property
    def subject(self) -> tuple[frozenset[str], frozenset[str]]:
        """What is measured, and how."""
        return self.content, self.measures


@lru_cache(maxsize=8192)
def parse_name(name: str) -> Name:
    """Take a name apart; a unit in brackets behind it does not count."""
    text = _JIN10.sub("", simplified(fold(split_unit(name)[0])))
    kind: Kind | None = None
    span: Span = ""
    said = False
    for form, its_kind, its_span in _FORMS:
        text, count = form.subn(":", text)
        if count:
            said = True
            kind = kind or its_kind
            span = span or its_span
    content: set[str] = set()
    measures: set[str] = set()
    for part in _SPLIT.split(text):
        for piece in _LATIN.findall(part):
            own, measure = _measured(piece)
            measures |= measure
            content |= own
    return Name(frozenset(content), frozenset(measures), kind or "level", span, said)


def _measured(part: str) -> tuple[set[str], set[str]]:
    """Part a word such as 原煤产量 into what is measured and the measure."""
    if part in _NOTHING:
        return set(), set()
    for word in _MEASURE_WORDS:
        if part == word:
            return set(), {_MEASURE_OF[word]}
        rest = part.removesuffix(word)
        if rest == part and not word.isascii():
            rest = part.removeprefix(word)
        if rest != part and not (word.isascii() and rest.isascii()):
            own, more = _measured(rest.strip("的:、,"))
            return own, more | {_MEASURE_OF[word]}
    return ({part} if part.strip("、.%+*") else set()), set()


def same_subject(a: Name, b: Name) -> bool:
    """Whether two names measure the same thing in the same way."""
    return bool(a.content or a.measures) and a.subject == b.subject


def could_be(given: Name, known: Name) -> float:
    """Return how well a name that leaves something out fits one that is known; 0 when it cannot.

    What it says must be of the known one: never another commodity or measure. It may leave out
    parts, and have further ones that only narrow it down.
    """
    if not given.content or not given.content & known.content:
        return 0.0
    acronyms = [{w for w in name.content if w.isascii() and w.isalnum()} for name in (given, known)]
    if all(acronyms) and not acronyms[0] & acronyms[1]:
        return 0.0
    families = [{m.partition("/")[0] for m in name.measures} for name in (given, known)]
    if all(families) and not families[0] & families[1]:
        return 0.0
    further = given.content - known.content
    if not all(_QUALIFIER.search(word) for word in further):
        return 0.0
    shared = len(given.content & known.content) + len(given.measures & known.measures)
    whole = len(given.content | known.content) + len(given.measures | known.measures)
    return shared / whole
