"""Which column of a book a series of an export belongs to: known, or offered with a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from prosperity.align import is_published_growth
from prosperity.definition import Indicator
from prosperity.lag import NO_LAG, Lag

from prosperity_excel.layout import fold
from prosperity_excel.reading.breaks import Break
from prosperity_excel.reading.cells import is_percent
from prosperity_excel.reading.monthly import is_cumulative, is_growth
from prosperity_excel.reading.series import ExportSeries
from prosperity_excel.reading.units import split_unit

#: How a match came about. The first five are certain enough to be used without asking.
How = Literal["asked", "remembered", "code", "name", "growth", "cumulative", "similar"]
HOW: Mapping[How, tuple[str, str]] = {
    "asked": ("按 --map 指定", "as asked with --map"),
    "remembered": ("以前确认过", "confirmed before"),
    "code": ("代码相同", "same vendor id"),
    "name": ("名称或别名相同", "same name or alias"),
    "growth": ("同一指标公布的同比", "published growth of the same series"),
    "cumulative": ("同一指标的累计值，可化为当月", "sums of the same series, to be made monthly"),
    "similar": ("名称相近", "similar name"),
}
CERTAIN: tuple[How, ...] = ("asked", "remembered", "code", "name", "growth")
_SCORES: Mapping[How, float] = {
    "asked": 1.0, "remembered": 1.0, "code": 1.0, "name": 0.95, "growth": 0.9, "cumulative": 0.85,
}  # fmt: skip
#: Candidates that are shown, and the score from which they are.
SHOWN, ENOUGH = 3, 0.5
_FORMS = (
    "当月值", "当期值", "累计值", "期末值", "当月同比", "累计同比", "同比", "当月", "累计", "合计",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A column of a book that an import can fill.

    Attributes
    ----------
    sheet : {"data", "prices"}
    id : str
        Indicator id; for prices the column's id, code or name.
    column : int
        From 0.
    codes, names : frozenset of str
        Folded vendor ids and names by which it is known.
    title : str
        Its name for people.
    unit : str
        As the book's header says, else the definition's.
    indicator : Indicator or None
        None for prices.
    lag : Lag
    breaks : tuple of Break
        Where the book's header says that the definition changes.
    """

    sheet: Literal["data", "prices"]
    id: str
    column: int
    codes: frozenset[str]
    names: frozenset[str]
    title: str
    unit: str = ""
    indicator: Indicator | None = None
    lag: Lag = NO_LAG
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A target for a series, how it was found, and a score from 0 to 1."""

    target: Target
    how: How
    score: float

    @property
    def certain(self) -> bool:
        """Whether it is used without asking."""
        return self.how in CERTAIN


def proposals(
    series: ExportSeries,
    targets: Sequence[Target],
    *,
    asked: Mapping[str, str] = {},
    remembered: Mapping[tuple[str, str], str] = {},
) -> list[Proposal]:
    """Return the targets that a series may belong to, best first.

    Parameters
    ----------
    series
        The series.
    targets
        Columns of the book.
    asked
        Target ids by folded name or vendor id, as the user gave them; an empty id means none.
    remembered
        Target ids by folded name and vendor id, as confirmed before.

    Returns
    -------
    list of Proposal
        One when it is certain; else up to three candidates, or none.
    """
    name, code = fold(series.name), fold(series.source_id)
    bare = fold(split_unit(series.name)[0])
    wish = next((asked[k] for k in (code, name) if k and k in asked), None)
    if wish is not None:
        return [Proposal(t, "asked", 1.0) for t in targets if t.id == wish]
    known = remembered.get((name, code))
    if known is not None:
        found = [Proposal(t, "remembered", 1.0) for t in targets if t.id == known]
        if found:
            return found
    fitting = [t for t in targets if (t.sheet == "prices") == is_price(series, t)]
    by_code = [t for t in fitting if code and code in t.codes] or [
        t for t in fitting if name and (name in t.codes or name == fold(t.id))
    ]
    if by_code:
        return [Proposal(t, "code", 1.0) for t in by_code]
    by_name = [t for t in fitting if name and {name, bare} & t.names]
    if by_name:
        return [Proposal(t, "name", _SCORES["name"]) for t in by_name]
    by_form = [p for t in fitting if (p := _by_form(series, t)) is not None]
    if by_form:
        return sorted(by_form, key=lambda p: -p.score)[:SHOWN]
    similar = [Proposal(t, "similar", similarity(series, t)) for t in fitting]
    best = sorted((p for p in similar if p.score >= ENOUGH), key=lambda p: -p.score)
    return best[:SHOWN]


def is_price(series: ExportSeries, target: Target) -> bool:
    """Whether a series can fill a column of prices: a quote, or one named by the same code."""
    if series.field:
        return True
    if target.sheet == "data":
        return False
    keys = {fold(series.source_id), fold(series.name)} - {""}
    return bool(keys & (target.codes | target.names))


def _by_form(series: ExportSeries, target: Target) -> Proposal | None:
    """Match another form of the same series: its published growth, or its sums."""
    indicator = target.indicator
    if indicator is None or stem(split_unit(series.name)[0]) not in {stem(n) for n in target.names}:
        return None
    monthly_growth = is_growth(series.name) and "累计" not in series.name
    unit = series.unit or ("%" if monthly_growth else "")
    if monthly_growth and "环比" not in series.name and is_published_growth(indicator, unit):
        return Proposal(target, "growth", _SCORES["growth"])
    wants_sums = any("累计" in name for name in target.names)
    if is_cumulative(series.name) and not wants_sums and not is_percent(indicator.unit):
        return Proposal(target, "cumulative", _SCORES["cumulative"])
    return None


def stem(name: str) -> str:
    """Return a folded name without the part that says in which form it is published."""
    parts = fold(name).split(":")
    while len(parts) > 1 and parts[-1] in _FORMS:
        parts.pop()
    return ":".join(parts)


def similarity(series: ExportSeries, target: Target) -> float:
    """Return how alike a series' name is to the target's names, from 0 to 0.84.

    Half of it is the words that both have, whatever their order, half the letters. A growth rate
    is never like a level, nor a sum like a month.
    """
    name = fold(split_unit(series.name)[0])
    if not name:
        return 0.0
    best = 0.0
    for known in target.names:
        if is_growth(name) != is_growth(known) or ("累计" in name) != ("累计" in known):
            continue
        words, theirs = set(name.split(":")), set(known.split(":"))
        shared = len(words & theirs) / len(words | theirs)
        letters = SequenceMatcher(None, name, known, autojunk=False).ratio()
        best = max(best, (shared + letters) / 2, letters * 0.8)
    return round(min(best, 0.84), 2)


def pick(series: Iterable[ExportSeries], field: str = "close") -> list[ExportSeries]:
    """Return the series that an import can use: of quotes only the closing price."""
    return [s for s in series if not s.field or s.field == field]
