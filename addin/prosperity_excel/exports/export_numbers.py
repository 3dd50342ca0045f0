"""Numbers in exports, where a column shows what a cell alone does not say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from prosperity_excel.series.units import PREFIXES, factor_between, is_unit
from prosperity_excel.sheets.cells import LONGEST, Cell, PercentCell, Reading, is_percent, number
from prosperity_excel.words.book_words import clean

_FOOTNOTE = re.compile(
    r"^(.*[\d%])\s*(?:[*†‡§①-⑳⁰¹²³⁴-⁹]+|\((?:[pre]|初值|终值|修正|预估)\)|[pr])$", re.IGNORECASE
)
_WITH_UNIT = re.compile(r"^([-+(]*[\d.,]+)\s*([^\d\s.,%()+\-][^\d\s.,%()]*)(\)?)$")
#: A number that may have three decimals or a comma between thousands.
_EITHER_COMMA = re.compile(r"^[-+]?\d{1,3},\d{3}$")


@dataclass(frozen=True)
class Style:
    """How a column writes its numbers.

    Attributes
    ----------
    unit : str
        Unit of the series: as the header says, else as the cells do.
    factors : mapping of str to float
        By the unit behind a number, what it is multiplied by to be in ``unit``.
    percent_shown : bool
        Whether cells hold 0.08 and show 8.0%.
    either_comma : bool
        Whether a comma may be a decimal one: texts such as ``1,234`` are then not read.
    """

    unit: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)
    percent_shown: bool = False
    either_comma: bool = False


def style_of(cells: Iterable[Cell], unit: str, *, either_comma: bool = False) -> Style:
    """Look at a column's cells; ``unit`` is what the header says."""
    texts: list[str] = []
    shown = others = 0
    for cell in cells:
        if isinstance(cell, str):
            texts.append(cell)
        elif isinstance(cell, PercentCell):
            shown += 1
        elif cell is not None:
            others += 1
    if not texts and not shown:
        return Style(unit)
    unit = unit or _percent_unit(texts, shown, others)
    found, factors = _units(texts, unit, others)
    return Style(found, factors, bool(shown) and is_percent(found), either_comma)


def _percent_unit(texts: list[str], shown: int, others: int) -> str:
    """Return % when every cell with a number is shown, or written, with that sign."""
    if shown and not others and all(number(t, "%").value is None for t in texts):
        return "%"
    signed = [t for t in texts if clean(t).endswith("%")]
    return "%" if signed and all(number(t, "%").problem == "" for t in texts) else ""


def _units(texts: list[str], unit: str, others: int) -> tuple[str, dict[str, float]]:
    """Return the unit of a column and the factors of the units that its texts carry."""
    behind = Counter(
        match[2] for t in texts
        if len(t) <= LONGEST and (match := _WITH_UNIT.match(clean(t))) and _may_be_unit(match[2])
    )  # fmt: skip
    if not behind:
        return unit, {}
    plain = others or any(number(t).value is not None for t in texts)
    if not unit and plain:
        # A number without a unit beside others with one may be in any.
        return "", {}
    unit = unit or behind.most_common(1)[0][0]
    factors = {own: _factor(own, unit) for own in behind}
    return unit, {own: factor for own, factor in factors.items() if factor is not None}


def _may_be_unit(word: str) -> bool:
    return word in PREFIXES or is_unit(word)


def _factor(own: str, unit: str) -> float | None:
    """Return by what a number with ``own`` behind it comes to ``unit``: 亿 in 万元 is 10,000."""
    if own == unit:
        return 1.0
    if own in PREFIXES:
        prefix = next((p for p in PREFIXES if unit.startswith(p)), "")
        return PREFIXES[own] / PREFIXES.get(prefix, 1.0)
    return factor_between(own, unit)


def export_number(cell: Cell, style: Style) -> Reading[float]:
    """Read a cell as :func:`prosperity_excel.sheets.cells.number` does, and what exports add.

    A number shown as a percentage is read as shown when the unit is percent; footnote marks go;
    units behind numbers count.
    """
    if type(cell) is float and isfinite(cell):
        return Reading(cell)
    if isinstance(cell, PercentCell):
        if style.percent_shown:
            return Reading(float(f"{cell.value * 100:.14g}"), "percent_cell")
        return number(cell, style.unit)
    if not isinstance(cell, str):
        return number(cell, style.unit)
    if style.either_comma and _EITHER_COMMA.match(clean(cell[:LONGEST])):
        return Reading(problem="either_comma")
    read = number(cell, style.unit)
    if read.problem != "not_a_number" or len(cell) > LONGEST:
        return read
    text = clean(cell)
    note = _FOOTNOTE.match(text)
    if note:
        inner = number(note[1], style.unit)
        return Reading(inner.value, "footnote") if inner.value is not None else read
    carried = _WITH_UNIT.match(text)
    if carried and carried[2] in style.factors:
        inner = number(carried[1] + carried[3], style.unit)
        if inner.value is not None:
            return Reading(inner.value * style.factors[carried[2]], "with_unit")
    return read
