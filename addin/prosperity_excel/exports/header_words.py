"""Words and forms in the headers of exports: what a cell there says of the values below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from prosperity_excel.series.scripts import simplified
from prosperity_excel.sheets.cells import Cell, text
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import FREQUENCIES, clean, fold, lookup

HeaderLabel = Literal[
    "name", "frequency", "unit", "source_id", "source", "updated", "country", "range", "date",
    "release", "number",
]  # fmt: skip

#: Words that vendors write beside or above what they describe.
HEADER_LABELS: Mapping[HeaderLabel, tuple[str, ...]] = {
    "name": ("指标名称", "名称", "中文名称", "指标", "指标简称", "证券简称", "证券名称", "简称",
             "指标中文名", "指标全称", "指数名称", "name", "series", "indicator", "series name",
             "indicator name", "variable"),
    "frequency": ("频率", "频度", "数据频率", "frequency", "freq", "freq."),
    "unit": ("单位", "数据单位", "计量单位", "unit", "units"),
    "source_id": ("指标ID", "指标代码", "指标编码", "代码", "证券代码", "指数代码", "万得代码",
                  "wind代码", "windcode", "wind_code", "ts_code", "code", "id", "ticker",
                  "symbol", "series_id", "indicator_id", "edb_id", "windid"),
    "source": ("来源", "数据来源", "发布方", "发布机构", "数据源", "source"),
    "updated": ("更新时间", "最近更新", "更新日期", "最新更新时间", "最后更新", "updated",
                "last_updated", "last update", "update_time"),
    "country": ("国家", "国家/地区", "地区", "country", "region"),
    "range": ("时间区间", "起止时间", "时间范围", "数据区间", "起始时间", "开始时间", "起始日期",
              "开始日期", "begin_time", "start_date", "end_date", "截止日期", "结束日期"),
    "date": ("日期", "时间", "月份", "季度", "年月", "统计时间", "统计周期", "统计月份", "年份月份",
             "报告期", "数据日期", "观察期", "日期时间", "date", "dates", "datetime", "month",
             "period", "trade_date", "tradedate", "交易日期", "交易日", "time"),
    "release": ("披露时间", "披露日期", "公布日", "公布时间", "公布日期", "发布时间", "发布日期",
                "发布日", "公告日", "公告日期", "release", "release_date", "release date",
                "publish_date", "ann_date", "announcement date"),
    "number": ("序号", "编号", "no", "no.", "index", "#"),
}  # fmt: skip
YEAR_WORDS, MONTH_WORDS = (
    frozenset(map(fold, words))
    for words in (("年", "年份", "年度", "year"), ("月", "月份", "month"))
)
#: Fields of quotes, by the name that is used here.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "close": ("close", "收盘", "收盘价", "收盘点位", "收盘指数", "收盘价格", "close price",
              "s_dq_close", "px_last", "last price", "今收盘", "今收"),
    "pre_close": ("pre_close", "前收盘", "前收盘价", "昨收", "昨收盘", "preclose", "s_dq_preclose"),
    "open": ("open", "开盘", "开盘价", "今开", "开盘点位", "open price"),
    "high": ("high", "最高", "最高价", "最高点位"),
    "low": ("low", "最低", "最低价", "最低点位"),
    "volume": ("volume", "vol", "成交量", "成交量(股)", "成交量(手)"),
    "amt": ("amount", "amt", "turnover_value", "成交额", "成交金额"),
    "chg": ("chg", "change", "涨跌", "涨跌额"),
    "pct_chg": ("pct_chg", "pctchg", "涨跌幅", "涨幅", "change%", "日涨跌幅"),
    "turn": ("turn", "turnover", "换手率", "turnover_rate"),
    "swing": ("swing", "振幅"),
    "vwap": ("vwap", "均价", "成交均价"),
    "adjfactor": ("adjfactor", "复权因子"),
    "settle": ("settle", "结算价"),
    "oi": ("oi", "持仓量"),
    "pe": ("pe", "pe_ttm", "pe_lyr", "市盈率", "市盈率pe(ttm)", "市盈率(ttm)", "市盈率ttm",
           "市盈率pe", "滚动市盈率", "静态市盈率", "市盈率(pe)", "市盈率(pe,ttm)", "val_pe_ttm"),
    "pb": ("pb", "pb_lf", "pb_mrq", "市净率", "市净率pb", "市净率pb(lf)", "市净率(lf)",
           "市净率(pb)", "市净率pb(mrq)"),
    "ps": ("ps", "ps_ttm", "市销率", "市销率ps(ttm)", "市销率ps"),
    "pcf": ("pcf", "市现率", "市现率pcf"),
    "dividend_yield": ("dividendyield", "dividend_yield", "dividendyield2", "股息率", "dyr"),
    "market_cap": ("mkt_cap", "market_cap", "mkt_cap_ard", "ev", "总市值", "流通市值", "市值",
                   "自由流通市值", "total_mv", "circ_mv"),
    "roe": ("roe", "净资产收益率", "roe_ttm"),
    "eps": ("eps", "每股收益", "eps_ttm"),
}  # fmt: skip
#: Fields without which a table is no table of quotes.
QUOTE_FIELDS = frozenset(FIELDS)
VALUE_WORDS = frozenset(
    map(fold, ("value", "values", "值", "数值", "今值", "数据", "指标值", "数据值", "obs_value"))
)
#: jin10's tables, which AKShare passes on: date of release, value, forecast, previous value.
JIN10 = frozenset(map(fold, ("今值", "预测值", "前值")))
ID_FORMS: Mapping[str, re.Pattern[str]] = {
    "choice": re.compile(r"^(EMM|EMI|EMG)\d{6,}$"),
    "wind": re.compile(r"^[A-Z]\d{7}$"),
    "ifind": re.compile(r"^[A-Z]\d{8,10}$"),
}
CODE = re.compile(r"^[0-9A-Z]{4,8}\.[A-Z]{2,4}$", re.IGNORECASE)
_FIELD_OF: Mapping[str, str] = lookup(FIELDS)
_LABEL_OF: Mapping[str, HeaderLabel] = lookup(HEADER_LABELS)  # type: ignore[arg-type,assignment]
_FREQUENCY_WORDS = frozenset(fold(w) for words in FREQUENCIES.values() for w in words) | {
    "年",
    "年度",
    "旬",
    "半年",
}
#: What pandas puts behind a name that stands twice, and people behind a second table's.
_TWICE = re.compile(r"[._ ]?\d{1,2}$")
_UNIT_BEHIND = re.compile(r"(?:\[单位\].*|\([^()]*\))$")


def label_of(cell: Cell) -> HeaderLabel | None:
    """Return which header label a cell is, if any."""
    if not isinstance(cell, str) or len(cell) > 40:
        return None
    word = fold(cell).rstrip(":")
    return _LABEL_OF.get(word) or _LABEL_OF.get(simplified(word))


def is_date_word(cell: Cell) -> bool:
    """Whether a cell heads a column of dates, once more perhaps, as ``日期.1`` does."""
    if not isinstance(cell, str) or len(cell) > 40:
        return False
    return label_of(cell) == "date" or label_of(_TWICE.sub("", clean(cell))) == "date"


def field_of(cell: Cell) -> str:
    """Return the field of a quote that a cell names, such as ``close``; empty when none."""
    if not isinstance(cell, str) or len(cell) > 40:
        return ""
    word = simplified(fold(cell))
    return _FIELD_OF.get(word) or _FIELD_OF.get(_UNIT_BEHIND.sub("", word), "")


def ids_like(values: Iterable[str]) -> str:
    """Return whose ids most of the texts look like; empty when no vendor's."""
    filled = [v for v in values if v]
    for vendor, form in ID_FORMS.items():
        if filled and sum(bool(form.match(v)) for v in filled) > len(filled) / 2:
            return vendor
    return ""


def mostly_codes(words: list[str]) -> bool:
    """Whether most of the words are codes of securities, such as ``801880.SI``."""
    return sum(bool(CODE.match(w)) for w in words) > len(words) / 2


def is_frequency(word: str) -> bool:
    """Whether a text is the name of a frequency."""
    return fold(word) in _FREQUENCY_WORDS


def header_texts(sheet: Sheet, row: int, start: int, stop: int | None = None) -> list[str]:
    """Return the texts of a header row from a column on."""
    cells = sheet.rows[row] if row < len(sheet.rows) else []
    return [clean(text(cell)) for cell in cells[start:stop]]


def empty(cell: Cell) -> bool:
    """Whether a cell holds nothing, not even a formula or an error."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
