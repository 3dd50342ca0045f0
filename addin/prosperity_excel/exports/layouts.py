"""The layouts of exports, as one table: what each needs to show, and how it is then read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from prosperity.errors import SettingError, nearest

from prosperity_excel.exports.features import Features

#: How a sheet is taken apart: columns of values; rows of (date, name, value); fields of quotes;
#: a table of notes on series.
Shape = Literal["columns", "long", "quotes", "notes"]
#: What a date means: the period, or the day on which the value was published.
Dates = Literal["period", "release"]

#: What each feature means, in Chinese and English.
FEATURES: Mapping[str, tuple[str, str]] = {
    "dates": ("有日期列", "a column of dates"),
    "turned": ("日期横排", "dates run across"),
    "notes": ("只有指标说明，没有日期", "a table of notes without dates"),
    "release_column": ("有公布日列", "a column of release dates"),
    "several_date_columns": ("并排的几块各有日期列", "blocks side by side, each with dates"),
    "ids": ("有数据商代码", "vendor ids"),
    "ids:wind": ("万得代码", "Wind ids"),
    "ids:choice": ("Choice 代码", "Choice ids"),
    "ids:ifind": ("同花顺代码", "iFinD ids"),
    "mark:wind": ("注明 Wind", "says Wind"),
    "mark:ifind": ("注明同花顺 iFinD", "says iFinD"),
    "mark:choice": ("注明东方财富 Choice", "says Choice"),
    "label:name": ("指标名称行", "a row 指标名称"),
    "label:frequency": ("频率行", "a row 频率"),
    "label:unit": ("单位行", "a row 单位"),
    "label:source_id": ("指标ID行", "a row 指标ID"),
    "label:source": ("来源行", "a row 来源"),
    "label:updated": ("更新时间行", "a row 更新时间"),
    "label:country": ("国家行", "a row 国家"),
    "label:range": ("时间区间行", "a row 时间区间"),
    "running_number": ("序号列", "a column of running numbers"),
    "quote_fields": ("行情字段名", "field names of quotes"),
    "jin10": ("今值、预测值、前值", "columns 今值, 预测值, 前值"),
    "value_column": ("数值列", "a column called value"),
    "name_column": ("名称列", "a column of names"),
    "one_header_row": ("一行表头", "one header row"),
    "corner:latin": ("表头为 date", "headed date"),
    "corner:chinese": ("表头为 日期/月份", "headed 日期 or 月份"),
    "first_of_month": ("日期都是每月 1 日", "every date is the first of a month"),
    "tidy_words": ("value、yoy 等列名", "columns such as value and yoy"),
    "month_words": ("日期写作 2020年03月份", "dates written 2020年03月份"),
}


@dataclass(frozen=True)
class Layout:
    """One layout.

    Attributes
    ----------
    id, name : str
    needs : tuple of str
        Features without which it is not this layout.
    supports, against : tuple of str
        Features that speak for and against it.
    shape, dates : str
        How it is read.
    """

    id: str
    name: str
    needs: tuple[str, ...]
    supports: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    shape: Shape = "columns"
    dates: Dates = "period"


LAYOUTS: tuple[Layout, ...] = (
    Layout("wind_quotes", "Wind 行情 quotes", ("dates", "quote_fields"), shape="quotes"),
    Layout(
        "wind_release", "Wind EDB 带公布日 with release dates", ("dates", "release_column"),
        ("ids", "ids:wind", "mark:wind", "label:name"),
        ("mark:ifind", "mark:choice", "ids:choice"),
    ),
    Layout(
        "wind_full", "Wind EDB 完整表头 full header",
        ("dates", "label:name", "label:frequency"),
        ("label:source_id", "label:unit", "label:source", "label:updated", "label:country",
         "label:range", "ids:wind", "mark:wind"),
        ("mark:ifind", "mark:choice", "running_number", "ids:choice", "release_column"),
    ),
    Layout(
        "wind_short", "Wind EDB 短表头 short header", ("dates", "label:name"),
        ("mark:wind", "one_header_row"),
        ("label:frequency", "mark:ifind", "mark:choice", "running_number", "release_column",
         "jin10", "value_column"),
    ),
    Layout(
        "choice", "东方财富 Choice", ("dates", "label:name"),
        ("mark:choice", "running_number", "ids:choice", "label:source_id", "label:frequency",
         "label:unit", "label:source"),
        ("mark:wind", "mark:ifind", "label:updated", "label:country", "ids:wind"),
    ),
    Layout(
        "ifind", "同花顺 iFinD", ("dates", "mark:ifind"),
        ("label:name", "label:frequency", "label:unit", "ids:ifind", "label:source_id"),
        ("mark:choice", "mark:wind"),
    ),
    Layout("akshare_jin10", "AKShare 金十 jin10", ("dates", "jin10"), dates="release"),
    Layout(
        "akshare_tidy", "AKShare 整理后 tidy", ("dates", "corner:latin", "first_of_month"),
        ("tidy_words", "one_header_row"), ("label:name", "name_column"),
    ),
    Layout(
        "akshare_original", "AKShare 原始 original", ("dates", "corner:chinese", "month_words"),
        ("one_header_row",), ("label:name", "name_column"),
    ),
    Layout(
        "long", "长表 plain long", ("dates", "value_column", "name_column"), ("one_header_row",),
        ("jin10", "label:frequency", "quote_fields"), shape="long",
    ),
    Layout(
        "wide", "宽表 plain wide", ("dates",),
        ("one_header_row", "corner:latin", "corner:chinese"),
        ("label:name", "quote_fields", "jin10", "label:frequency"),
    ),
    Layout("notes", "指标说明 notes on series", ("notes",), shape="notes"),
)  # fmt: skip
_BY_ID = {layout.id: layout for layout in LAYOUTS}


@dataclass(frozen=True)
class Recognised:
    """A layout that a sheet shows.

    Attributes
    ----------
    layout : Layout
    score : float
        From 0 to 1: the share of what the layout can show that the sheet does show, less what
        speaks against it.
    reasons : tuple of str
        Features that were seen.
    forced : bool
        Whether the user asked for it.
    """

    layout: Layout
    score: float
    reasons: tuple[str, ...]
    forced: bool = False

    def why(self, language: str) -> str:
        """Return the reasons in ``zh`` or ``en``."""
        place = 0 if language == "zh" else 1
        said = [FEATURES[reason][place] for reason in self.reasons if reason in FEATURES]
        return ("、" if language == "zh" else ", ").join(said)


def recognise(features: Features, wanted: str = "") -> Recognised | None:
    """Return the layout that a sheet shows best; None when it shows none.

    Parameters
    ----------
    features
        What was seen.
    wanted
        Id of a layout that is to be used instead. It is used wherever its needs for shape (dates,
        quotes, notes) are met, whatever else the sheet shows.

    Raises
    ------
    SettingError
        ``unknown_layout`` for an id that is none.
    """
    if wanted:
        layout = find_layout(wanted)
        needed = ("dates",) if layout.shape != "notes" else ("notes",)
        if not set(needed) <= features.seen:
            return None
        return Recognised(layout, 1.0, _hits(layout, features), forced=True)
    fitting = [layout for layout in LAYOUTS if set(layout.needs) <= features.seen]
    if not fitting:
        return None
    # Among layouts that fit as well, the one that needs more, and so says more.
    best = max(fitting, key=lambda x: (_points(x, features), len(x.needs), -LAYOUTS.index(x)))
    return Recognised(best, _score(best, features), _hits(best, features))


def find_layout(id: str) -> Layout:
    """Return a layout by its id.

    Raises
    ------
    SettingError
        ``unknown_layout``.
    """
    layout = _BY_ID.get(id.strip().casefold())
    if layout is None:
        near = "、".join(nearest(id, _BY_ID) or _BY_ID)
        raise SettingError(
            "unknown_layout",
            f"没有“{id}”这种版式；可用：{near}。",
            f"There is no layout {id!r}; there are {near.replace('、', ', ')}.",
        )
    return layout


def _hits(layout: Layout, features: Features) -> tuple[str, ...]:
    return tuple(f for f in (*layout.needs, *layout.supports) if f in features.seen)


def _points(layout: Layout, features: Features) -> int:
    against = sum(f in features.seen for f in layout.against)
    return len(_hits(layout, features)) - 3 * against


def _score(layout: Layout, features: Features) -> float:
    most = len(layout.needs) + len(layout.supports)
    return max(0.0, round(_points(layout, features) / most, 2))
