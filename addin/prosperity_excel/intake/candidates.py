"""Which column of a book a series of an export belongs to: known, or offered with a score."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from prosperity.definition import Indicator
from prosperity.lag import NO_LAG, Lag
from prosperity.scoring import is_published_growth

from prosperity_excel.exports.export_series import ExportSeries
from prosperity_excel.series.breaks import Break
from prosperity_excel.series.names import Name, could_be, parse_name, same_subject
from prosperity_excel.series.units import split_unit
from prosperity_excel.sheets.cells import is_percent
from prosperity_excel.words.book_words import fold

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
#: Scores of similar names, from the first that leaves out nearly everything to the same name.
_LEAST, _MOST = 0.5, 0.84
#: What Shenwan's industry indices are called besides their industry.
_INDEX_WORDS = re.compile(r"申万|一级|行业|指数|[()]|(?<![a-z])sw(?![a-z])")


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
    wish = next((asked[k] for k in (code, name) if k and k in asked), None)
    if wish is not None:
        return [Proposal(t, "asked", 1.0) for t in targets if t.id == wish]
    known = remembered.get((name, code))
    if known is not None:
        found = [Proposal(t, "remembered", 1.0) for t in targets if t.id == known]
        if found:
            return found
    fitting = [t for t in targets if (t.sheet == "prices") == is_price(series, t)]
    by_code = [t for t in fitting if {code, _bare_id(name)} & t.codes - {""}]
    if by_code:
        return [Proposal(t, "code", 1.0) for t in by_code]
    by_name = [t for t in fitting if _has_name(series, t)]
    if by_name:
        return _unless_bare(series, by_name, fitting)
    by_form = [p for t in fitting if (p := _by_form(series, t)) is not None]
    if by_form:
        return sorted(by_form, key=lambda p: -p.score)[:SHOWN]
    similar = [Proposal(t, "similar", similarity(series, t)) for t in fitting]
    best = sorted((p for p in similar if p.score >= ENOUGH), key=lambda p: -p.score)
    content = form_of(series).content
    same = [p for p in best if any(known.content == content for known in _names(p.target))]
    return (same or best)[:SHOWN]


def _bare_id(name: str) -> str:
    """Return a name that is nothing but an id; a word such as ``PMI`` is a name, and no proof."""
    return name if any(letter.isdigit() for letter in name) else ""


def _has_name(series: ExportSeries, target: Target) -> bool:
    """Whether one of a target's names, or its id, is the series' name; parts in any order."""
    name, bare = fold(series.name), fold(split_unit(series.name)[0])
    if not name:
        return False
    if target.sheet == "prices":
        return bool({name, bare} & (target.names | {fold(target.id)})) or _same_index(name, target)
    given = form_of(series)
    if {name, bare} & (target.names | {fold(target.id)}):
        return not series.to_date or given.kind == "level" or _says_to_date(target)
    return any(_same_form(given, known) for known in _names(target) if same_subject(given, known))


def _same_index(name: str, target: Target) -> bool:
    """Whether 申万汽车 is 汽车(申万)."""
    if not _INDEX_WORDS.search(name):
        return False
    bare = _INDEX_WORDS.sub("", name)
    return bool(bare) and any(
        bare == _INDEX_WORDS.sub("", n) for n in target.names if _INDEX_WORDS.search(n)
    )


def _names(target: Target) -> list[Name]:
    return [parse_name(name) for name in target.names]


def form_of(series: ExportSeries) -> Name:
    """Return the parts of a series' name; labels from January on say the same as 累计."""
    given = parse_name(series.name)
    return replace(given, span="to_date", said=True) if series.to_date else given


def _says_to_date(target: Target) -> bool:
    return any(known.span == "to_date" for known in _names(target))


def _same_form(given: Name, known: Name) -> bool:
    """Whether two names say the same form; a month's need not be said."""
    return given.kind == known.kind and (given.span or "month") == (known.span or "month")


def _unless_bare(
    series: ExportSeries, named: Sequence[Target], fitting: Sequence[Target]
) -> list[Proposal]:
    """Return the targets with a series' name, unless it is as short as M2 and there are others.

    Where neither name nor unit says whether it is a level or a growth rate both are offered.
    """
    given = form_of(series)
    certain = [Proposal(t, "name", _SCORES["name"]) for t in named]
    if given.said or any(t.sheet == "prices" for t in named):
        return certain
    others = [
        t for t in fitting
        if t not in named and any(same_subject(given, known) for known in _names(t))
    ]  # fmt: skip
    if not others:
        return certain
    if series.unit:
        fits = [t for t in named if is_percent(t.unit) == is_percent(series.unit)]
        if fits:
            return [Proposal(t, "name", _SCORES["name"]) for t in fits]
        named, others = (), [t for t in others if is_percent(t.unit) == is_percent(series.unit)]
    return [Proposal(t, "similar", _MOST) for t in (*named, *others)][:SHOWN]


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
    given = form_of(series)
    if indicator is None or not any(same_subject(given, known) for known in _names(target)):
        return None
    monthly_growth = given.kind == "yoy" and given.span != "to_date"
    unit = series.unit or ("%" if monthly_growth else "")
    if monthly_growth and is_published_growth(indicator, unit):
        return Proposal(target, "growth", _SCORES["growth"])
    sums = given.kind == "level" and given.span == "to_date" and not _says_to_date(target)
    if sums and not is_percent(indicator.unit):
        return Proposal(target, "cumulative", _SCORES["cumulative"])
    return None


def similarity(series: ExportSeries, target: Target) -> float:
    """Return how alike a series' name is to the target's names: 0, or from 0.5 to 0.84.

    What the name says must be of the target; see :func:`prosperity_excel.series.names.could_be`.
    A growth rate is never like a level, nor a sum like a month. A name that says no form may be
    either.
    """
    given = form_of(series)
    best = 0.0
    for known in _names(target):
        if given.said and given.kind != known.kind:
            continue
        if given.span and known.span and given.span != known.span:
            continue
        if given.span == "to_date" and not known.span:
            continue
        best = max(best, could_be(given, known))
    return round(_LEAST + (_MOST - _LEAST) * best, 2) if best else 0.0


def pick(series: Iterable[ExportSeries], field: str = "close") -> list[ExportSeries]:
    """Return the series that an import can use: of quotes only the closing price."""
    return [s for s in series if not s.field or s.field == field]
