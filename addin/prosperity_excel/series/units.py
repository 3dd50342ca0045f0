"""Units of amounts: which are the same, and by what one becomes another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from prosperity.catalog import catalog

from prosperity_excel.sheets.cells import is_percent
from prosperity_excel.words.book_words import clean, fold

#: Prefixes of Chinese units, the longest first.
PREFIXES: Mapping[str, float] = {
    "万亿": 1e12, "十亿": 1e9, "亿": 1e8, "千万": 1e7, "百万": 1e6, "十万": 1e5, "万": 1e4,
    "千": 1e3, "百": 1e2,
}  # fmt: skip
#: Other spellings of a unit, folded.
_SPELLINGS: Mapping[str, str] = {
    "元人民币": "元", "人民币元": "元", "rmb": "元", "yuan": "元", "cny": "元",
    "平方米": "㎡", "m2": "㎡", "公斤": "千克", "kg": "千克", "t": "吨",
    "usd": "美元", "us$": "美元", "点": "指数", "index": "指数", "points": "指数", "point": "指数",
}  # fmt: skip
#: Units under which one and the same index is published.
_INDEX_UNITS = frozenset({"指数", "%", "", "点"})
_NO_PREFIX = frozenset({"千克", "百分点", "千瓦", "千瓦时", "千米"})


#: Words that are units, besides those of the catalog's series.
_MORE_UNITS = (
    "元", "美元", "吨", "千克", "克", "桶", "辆", "台", "套", "部", "个", "件", "户", "人", "家",
    "㎡", "立方米", "米", "公里", "千瓦", "千瓦时", "度", "重量箱", "手", "股", "点", "指数", "倍",
    "天", "%", "百分点", "bp",
)  # fmt: skip
_IN_BRACKETS = re.compile(r"^(.*\S)\s*\(([^()]{1,16})\)$")


def split_unit(name: str) -> tuple[str, str]:
    """Return a series' name and the unit that stands in brackets behind it.

    ``M2:同比(%)`` gives ``M2:同比`` and ``%``. What stands there and is no unit belongs to the
    name, as in ``PMI(制造业)``.
    """
    match = _IN_BRACKETS.match(clean(name))
    if match is None or not is_unit(match[2]):
        return name, ""
    return match[1], match[2].strip()


def is_unit(text: str) -> bool:
    """Whether a text is a unit, with or without a prefix: 元, 亿元, 元/吨."""
    if text == "M2":
        # The aggregate, not square metres.
        return False
    one, slash, per = _parts(text)[1].partition("/")
    return one in _known_units() and (not slash or _parts(per)[1] in _known_units())


@cache
def _known_units() -> frozenset[str]:
    """Return what units are made of: the parts before and after a slash, without prefixes."""
    units = [*_MORE_UNITS, *(i.unit for model in catalog().values() for i in model.indicators)]
    parts = [part for unit in units for part in unit.split("/") if part]
    return frozenset(_parts(part)[1] for part in parts)


def _parts(unit: str) -> tuple[float, str]:
    """Return the factor of a unit's prefix, and what the prefix belongs to."""
    folded = fold(unit).replace("·", "")
    folded = _SPELLINGS.get(folded, folded)
    head, slash, rest = folded.partition("/")
    if head not in _NO_PREFIX:
        for prefix, factor in PREFIXES.items():
            base = head.removeprefix(prefix)
            if base != head and base:
                return factor, _SPELLINGS.get(base, base) + slash + rest
    return 1.0, head + slash + rest


def same_unit(a: str, b: str) -> bool:
    """Whether two units are the same, or two words for that of an index.

    Indices such as the PMI are published in %, in points and without a unit.
    """
    x, y = _parts(a), _parts(b)
    if x == y or (is_percent(a) and is_percent(b)):
        return True
    return "指数" in (x[1], y[1]) and {x[1], y[1]} <= _INDEX_UNITS


def factor_between(a: str, b: str) -> float | None:
    """Return what a value in unit ``a`` is multiplied by to be in ``b``; None when it cannot be.

    Only the size may differ: 亿元 and 万元, not 元 and 美元.
    """
    if same_unit(a, b):
        return 1.0
    (x, one), (y, other) = _parts(a), _parts(b)
    return x / y if one and one == other else None
