"""Known events: what happened in the world, or to a statistic, and is no fault of the data.

A small dated table, ``events.toml`` beside this file. It explains oddities of data in words; it
never enters a composite or a signal.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from prosperity.definition import Indicator

Kind = Literal["amount", "growth", "level", "currency", "restart", "price"]
What = Literal["outlier", "shift", "frozen"]
#: Parts of names and units by which an exchange rate is known.
_CURRENCY = ("cny", "汇率", "中间价", "exchange rate")


@dataclass(frozen=True)
class Event:
    """One known event.

    Attributes
    ----------
    id : str
    start, end : date
        First day of the first month and of the last.
    kinds, what : frozenset of str
        Which series it touches, and which findings it explains.
    zh, en : str
    months : frozenset of int
        Months of the year that it is limited to; empty is all.
    ids : frozenset of str
        Series that it is limited to; empty is every series of the kinds.
    """

    id: str
    start: date
    end: date
    kinds: frozenset[str]
    what: frozenset[str]
    zh: str
    en: str
    months: frozenset[int] = frozenset()
    ids: frozenset[str] = frozenset()

    def explains(self, what: What, kinds: frozenset[str], month: date, id: str) -> bool:
        """Whether it explains an oddity of a series in a month."""
        first = month.replace(day=1)
        return (
            what in self.what
            and bool(kinds & self.kinds)
            and self.start <= first <= self.end
            and (not self.months or month.month in self.months)
            and (not self.ids or id in self.ids)
        )


@cache
def events() -> tuple[Event, ...]:
    """Return the known events."""
    text = (resources.files("prosperity") / "events.toml").read_text(encoding="utf-8")
    return tuple(
        Event(
            id=raw["id"],
            start=_month(raw["start"]),
            end=_month(raw["end"]),
            kinds=frozenset(raw["kinds"]),
            what=frozenset(raw["what"]),
            zh=raw["zh"],
            en=raw["en"],
            months=frozenset(raw.get("months", ())),
            ids=frozenset(raw.get("ids", ())),
        )
        for raw in tomllib.loads(text)["event"]
    )


def explained(what: What, kinds: frozenset[str], month: date, id: str = "") -> Event | None:
    """Return the first event that explains an oddity; None when there is none."""
    return next((e for e in events() if e.explains(what, kinds, month, id)), None)


def kind_of(indicator: Indicator) -> Kind:
    """Return of which kind an indicator's values are."""
    name = f"{indicator.id} {indicator.name_zh} {indicator.name_en}".casefold()
    if any(word in name for word in _CURRENCY):
        return "currency"
    grown = any(word in indicator.name_zh for word in ("同比", "环比", "增速"))
    if grown or indicator.unit == "%":
        return "growth"
    return "level" if indicator.base is not None else "amount"


def _month(text: str) -> date:
    year, month = text.split("-")
    return date(int(year), int(month), 1)
