"""Where an export and the book overlap: do they agree, and if not, what would make them agree?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from prosperity_excel.intake.criteria import limits
from prosperity_excel.series.breaks import FACTORS
from prosperity_excel.series.cases import Case, Reason, Track, month_number, pair
from prosperity_excel.series.monthly import from_cumulative

#: Part of the usual monthly change within which two values agree.
_NEAR = 0.02
#: Values from which their digits are known.
_DIGITS_FROM = 6
#: Stored values that are too few to contradict an export.
_FEW = 5
#: Months from which a correlation says something.
_CORRELATED = 12
_BASE = 100.0


@dataclass(frozen=True)
class Fit:
    """How two series agree where both have values.

    Attributes
    ----------
    at, stored, export : numpy.ndarray
        The months that both have, and their values.
    differs : numpy.ndarray of bool
    """

    at: np.ndarray
    stored: np.ndarray
    export: np.ndarray
    differs: np.ndarray

    @property
    def count(self) -> int:
        """How many months both have."""
        return len(self.at)

    @property
    def wrong(self) -> int:
        """How many of them differ."""
        return int(self.differs.sum())

    def last(self) -> tuple[str, str]:
        """Return the last pair that differs, side by side."""
        n = int(np.flatnonzero(self.differs)[-1])
        at = int(self.at[n])
        return pair((at, float(self.stored[n])), (at, float(self.export[n])))


def fit(old: Track, new: Track, grid: float | None = None) -> Fit:
    """Compare two series month by month.

    Values agree within a small part of the usual monthly change, and within the rounding of the
    one that has fewer digits; ``grid`` is that of ``new`` when its values were changed.
    """
    theirs = new.grid if grid is None else grid
    other = new.get(old.at)
    both = np.isfinite(other)
    at, stored, export = old.at[both], old.values[both], other[both]
    coarse = max if min(len(old), len(new)) >= _DIGITS_FROM else min
    rounding = 0.51 * coarse(old.grid, theirs) if abs(old.grid - theirs) > 1e-12 else 0.0
    near = np.maximum(_NEAR * old.step, 1e-9 * np.abs(stored)) + rounding
    return Fit(at, stored, export, np.abs(export - stored) > near)


def overlap_reasons(case: Case) -> list[Reason]:
    """Return what is wrong where export and book overlap: the best explanation, or that it is."""
    plain = fit(case.old, case.new)
    if not plain.wrong or len(case.old) <= _FEW:
        return []
    for explain in (_scale, _offset, _sign, _shift, _sums, _other, _rebased, _differs):
        found = explain(case, plain)
        if found is not None:
            return [found]
    return []


def _explains(plain: Fit, tried: Fit, least: int, share: float) -> bool:
    """Whether a change makes an export agree that did not before."""
    return (
        tried.count >= least
        and tried.wrong <= share * plain.wrong
        and tried.wrong <= share * tried.count
    )


def factors() -> Iterator[float]:
    """Yield the factors between units, the likeliest first."""
    for factor in sorted(FACTORS, key=lambda f: abs(np.log10(f) - 2)):
        yield factor
        yield 1 / factor


def _scale(case: Case, plain: Fit) -> Reason | None:
    share, _ = limits("scale")
    sized = np.abs(plain.stored) > 1e-12
    if not (plain.differs & sized).any():
        return None
    for factor in factors():
        # A factor of ten is also what a single honest revision may look like.
        least = 1 if factor in (100.0, 0.01) else 3
        scaled = Track(case.new.at, case.new.values * factor)
        tried = fit(case.old, scaled, case.new.grid * factor)
        if _explains(plain, tried, least, share):
            return scale_reason(factor, *plain.last(), f"{tried.count - tried.wrong}/{tried.count}")
    return None


def scale_reason(factor: float, stored: str, export: str, count: str = "") -> Reason:
    """Return the reason that values are a factor off."""
    zh = f"（重叠的 {count} 个月）" if count else ""
    en = f" ({count} months of the overlap)" if count else ""
    return Reason(
        "scale",
        f"工作簿 {stored}，导出 {export}：乘 {factor:g} 才与已有的值相符{zh}",
        f"the book has {stored}, the export {export}: only times {factor:g} they fit{en}",
        stored, export, (f"times:{factor:g}",),
    )  # fmt: skip


def _offset(case: Case, plain: Fit) -> Reason | None:
    share, _ = limits("scale")
    if not (case.percent or case.indicator.base):
        return None
    for sign, word in ((-1.0, "minus"), (1.0, "plus")):
        moved = Track(case.new.at, case.new.values + sign * _BASE)
        tried = fit(case.old, moved, case.new.grid)
        if _explains(plain, tried, 1, share):
            stored, export = plain.last()
            return Reason(
                "base",
                f"工作簿 {stored}，导出 {export}：相差 100，像是上年=100 与增速",
                f"the book has {stored}, the export {export}: 100 apart, as an index on the year "
                "before is from a rate",
                stored, export, (f"{word}:100",),
            )  # fmt: skip
    return None


def _sign(case: Case, plain: Fit) -> Reason | None:
    share, _ = limits("sign")
    tried = fit(case.old, Track(case.new.at, -case.new.values))
    if plain.wrong >= 2 and _explains(plain, tried, 2, share):
        stored, export = plain.last()
        return Reason(
            "sign",
            f"工作簿 {stored}，导出 {export}：变号后才相符",
            f"the book has {stored}, the export {export}: they fit with the sign turned",
            stored, export, ("flip",),
        )  # fmt: skip
    return None


def _shift(case: Case, plain: Fit) -> Reason | None:
    least, share = limits("shift")
    for months in (-1, 1, -2, 2):
        moved = Track(case.new.at + months, case.new.values)
        tried = fit(case.old, moved)
        if plain.wrong >= 2 and plain.count >= least and _explains(plain, tried, int(least), share):
            stored, export = plain.last()
            way = ("早", "earlier") if months < 0 else ("晚", "later")
            return Reason(
                "shift",
                f"工作簿 {stored}，导出 {export}：{tried.count} 个月中 {tried.count - tried.wrong} "
                f"个在{way[0]} {abs(months)} 个月时相同",
                f"the book has {stored}, the export {export}: {tried.count - tried.wrong} of "
                f"{tried.count} months are the same {abs(months)} month {way[1]}",
                stored, export, (f"shift:{months}",),
            )  # fmt: skip
    return None


def _sums(case: Case, plain: Fit) -> Reason | None:
    share = limits("scale")[0]
    months = from_cumulative(case.values).values
    # January, and February without it, are what they were.
    apart = {m: v for m, v in months.items() if v != case.values.get(m)}
    parted = Track.of(apart, month_number)
    if plain.wrong >= 2 and _explains(plain, fit(case.old, parted, case.new.grid), 2, share):
        stored, export = plain.last()
        return Reason(
            "sums",
            f"工作簿 {stored}，导出 {export}：是 1 月以来的累计，化为当月后才相符",
            f"the book has {stored}, the export {export}: sums since January, which fit once made "
            "monthly",
            stored, export, ("part",),
        )  # fmt: skip
    stored_parts = Track.of(from_cumulative(case.held).values, month_number)
    tried = fit(stored_parts, case.new)
    if plain.wrong >= 3 and _explains(plain, tried, 3, share):
        stored, export = plain.last()
        return Reason(
            "sums",
            f"工作簿 {stored}，导出 {export}：工作簿里是 1 月以来的累计，导出是当月值",
            f"the book has {stored}, the export {export}: the book holds sums since January, the "
            "export single months",
            stored, export,
        )  # fmt: skip
    return None


def _other(case: Case, plain: Fit) -> Reason | None:
    """Say when the export is, to the digit, what another column holds."""
    least, share, _ = limits("swap")
    if plain.wrong < 2:
        return None
    for id, held in _near(case):
        if np.std(held.values) == 0:
            continue
        tried = fit(held, case.new)
        if _explains(plain, tried, int(least), share):
            stored, export = plain.last()
            return Reason(
                "swap",
                f"工作簿 {stored}，导出 {export}：重叠的 {tried.count} 个月与 {id} 列相同",
                f"the book has {stored}, the export {export}: the {tried.count} months of the "
                f"overlap are those of the column {id}",
                stored, export,
            )  # fmt: skip
    return None


def _near(case: Case) -> Iterator[tuple[str, Track]]:
    """Yield the other columns of the book that hold at least one value of the export."""
    wanted = {month_number(m): v for m, v in case.values.items()}
    for id, held in case.others().items():
        if _touches(held, wanted):
            yield id, Track.of(held, month_number)


def _touches(held: Mapping[date, float], wanted: Mapping[int, float]) -> bool:
    for month, value in held.items():
        other = wanted.get(month_number(month))
        if other is not None and abs(other - value) <= 0.01 * abs(value) + 1e-12:
            return True
    return False


def _rebased(case: Case, plain: Fit) -> Reason | None:
    least, spread = limits("rebased")
    stored, export = plain.stored, plain.export
    if plain.count < least or (stored * export <= 0).any():
        return None
    ratios = export / stored
    middle = float(np.median(ratios))
    if abs(middle - 1) < 0.01 or np.quantile(np.abs(ratios / middle - 1), 0.9) > spread:
        return None
    one, two = plain.last()
    return Reason(
        "rebased",
        f"工作簿 {one}，导出 {two}：重叠的 {plain.count} 个月都是已有值的 {middle:.4g} 倍，像是"
        "换了基期；若是，整段历史都会改写",
        f"the book has {one}, the export {two}: all {plain.count} months of the overlap are "
        f"{middle:.4g} times the stored ones, as after a change of base; if so the whole history "
        "is to be rewritten",
        one, two, (f"times:{1 / middle:.6g}",),
    )  # fmt: skip


def _differs(case: Case, plain: Fit) -> Reason | None:
    least, share, changes, part = limits("overlap")
    if plain.count < least or plain.wrong <= share * plain.count:
        return None
    off = np.abs(plain.export - plain.stored)
    typical = float(np.median(off))
    if typical <= changes * case.old.step:
        return None
    near = typical <= part * float(np.median(np.abs(plain.stored)))
    if near and (plain.count < _CORRELATED or correlation(plain.stored, plain.export) >= 0.9):
        return None
    stored, export = plain.last()
    return Reason(
        "overlap",
        f"重叠的 {plain.count} 个月中 {plain.wrong} 个不符，例如工作簿 {stored}，导出 {export}",
        f"{plain.wrong} of {plain.count} months of the overlap differ, such as {stored} in the "
        f"book and {export} in the export",
        stored, export,
    )  # fmt: skip


def correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Return the correlation of two series; 1 when either does not move."""
    if len(one) < 3 or np.std(one) == 0 or np.std(two) == 0:
        return 1.0
    return float(np.corrcoef(one, two)[0, 1])
