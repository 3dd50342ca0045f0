"""Where an export goes on from what the book holds: is each new value one that could follow?

A new value is judged by how far it lies from what the stored values let expect, in units of how
far they usually do, under a t distribution of two degrees of freedom: economic series jump, so a
jump alone is no reason. What is asked is whether another reading of the same values (another
unit, sums since January, another column) is so much likelier that the likeness is no accident.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from prosperity_excel.intake.criteria import limits
from prosperity_excel.intake.overlap import factors, fit, scale_reason
from prosperity_excel.intake.shape import near_hundred
from prosperity_excel.series.cases import Case, Reason, Track, month_number, pair

#: Factors that rates may be off by.
_RATES = (100.0, 0.01, 10_000.0, 0.0001)
#: Stored values from which something can be expected, and pairs from which a spread is known.
_ENOUGH, _PAIRS = 6, 6
#: Most that one month can say for another reading: a year of one jump is one jump.
_MOST = 12.0
#: Distances, in usual ones, below which a reading fits and above which it does not.
_FITS, _STRANGE = 3.0, 5.0
#: Part of the distance as they stand that values may keep, however far that is.
_CLOSER = 0.1
#: The same for values that are near zero as they stand, which is strange enough.
_FITS_LARGER = 8.0
_FAR = 1e6
#: What digits that nobody publishes say for a smaller unit.
_DIGITS = 3.0
#: Share of the median above which all of a series' values make it an amount, compared in logs.
_AMOUNT = 0.2


@dataclass(frozen=True)
class Outlook:
    """What stored values let expect of others, in the months ``at``.

    Attributes
    ----------
    expected, spread : numpy.ndarray
        In logs when ``logs``.
    logs : bool
    """

    expected: np.ndarray
    spread: np.ndarray
    logs: bool

    def distance(self, values: np.ndarray) -> np.ndarray:
        """Return how far values lie from what is expected, in usual distances."""
        if self.logs:
            sized = np.where(values > 0, values, np.nan)
            off = np.abs(np.log(sized) - self.expected) / self.spread
        else:
            off = np.abs(values - self.expected) / self.spread
        # What has no logarithm is as far off as can be.
        known: np.ndarray = np.nan_to_num(off, nan=_FAR)
        return known

    def likelihood(self, values: np.ndarray) -> np.ndarray:
        """Return log-likelihoods; comparable between readings of one outlook."""
        found: np.ndarray = -1.5 * np.log1p(self.distance(values) ** 2 / 2) - np.log(self.spread)
        return found


def outlook(track: Track, at: np.ndarray) -> Outlook | None:
    """Return what a series lets expect in the months ``at``; None when it is too short.

    The nearest stored value, or that of the same month a year away, whichever has been the better
    guide.
    """
    if len(track) < _ENOUGH:
        return None
    values = track.values
    logs = bool(values.min() > 0 and values.min() > _AMOUNT * np.median(values))
    if logs:
        track = Track(track.at, np.log(values))
    floor = max(0.5 * track.grid if not logs else 0.0, 1e-3 * float(np.std(track.values)), 1e-9)
    place = np.clip(np.searchsorted(track.at, at), 1, len(track) - 1)
    left, right = track.at[place - 1], track.at[place]
    before = np.where((at > right) | (np.abs(at - right) < np.abs(at - left)), place, place - 1)
    expected, away = track.values[before], np.abs(at - track.at[before])
    spread = np.array([_spread(track, int(k)) for k in away])
    yearly = np.where(np.isfinite(track.get(at - 12)), track.get(at - 12), track.get(at + 12))
    of_year = _spread(track, 12)
    better = np.isfinite(yearly) & (of_year < spread)
    expected = np.where(better, yearly, expected)
    spread = np.where(better, of_year, spread)
    return Outlook(expected, np.maximum(spread, floor), logs)


def _spread(track: Track, months: int) -> float:
    """Return the usual size of a change over some months."""
    later = track.get(track.at + max(months, 1))
    changes = np.abs(later - track.values)
    changes = changes[np.isfinite(changes)]
    if len(changes) >= _PAIRS:
        return 1.4826 * float(np.median(changes))
    if len(track) < 2:
        return float("inf")
    return float(1.4826 * track.step * max(months, 1) ** 0.5)


class Seam:
    """The months of an export that the book lacks, or has otherwise, before what it holds."""

    def __init__(self, case: Case) -> None:
        self.case = case
        compared = fit(case.old, case.new)
        agreed = compared.at[~compared.differs]
        after = min((month_number(b) for b in case.breaks), default=None)
        at = case.new.at[~np.isin(case.new.at, agreed)]
        if after is not None:
            at = at[at < after]
        self.at = at
        self.values = case.new.get(at)

    @cached_property
    def outlook(self) -> Outlook | None:
        """What the book's values let expect."""
        keep = ~np.isin(self.case.old.at, self.at)
        stored = Track(self.case.old.at[keep], self.case.old.values[keep])
        # An export that rewrites all the book holds is compared with that.
        return outlook(stored if len(stored) >= _ENOUGH else self.case.old, self.at)

    def pair(self) -> tuple[str, str]:
        """Return the last stored value and the first new one, side by side."""
        old, first = self.case.old, int(self.at[0])
        place = max(int(np.searchsorted(old.at, first)) - 1, 0)
        stored = int(old.at[place]), float(old.values[place])
        return pair(stored, (first, float(self.values[0])))


def seam_reasons(case: Case) -> list[Reason]:
    """Return what is wrong with the values that the book does not have yet."""
    seam = Seam(case)
    if not len(seam.at) or seam.outlook is None:
        return []
    for explain in (_scale, _offset, _sign, _sums, _other, _strange):
        found = explain(seam, seam.outlook)
        if found is not None:
            return [found]
    return []


def _gain(seam: Seam, expected: Outlook, tried: np.ndarray, factor: float = 1.0) -> float:
    """Return how much likelier new values are in another reading, in logs.

    A reading that makes values smaller is likelier by that alone: it spreads them thinner.
    """
    plain = expected.likelihood(seam.values)
    other = expected.likelihood(tried)
    if not expected.logs:
        other = other + np.log(factor)
    fits, strange = expected.distance(tried), expected.distance(seam.values)
    most = max(_FITS_LARGER if factor > 1 else _FITS, _CLOSER * float(np.median(strange)))
    if np.median(fits) > most:
        return 0.0
    if factor <= 1 and np.median(strange) < _STRANGE:
        return 0.0
    return float(np.minimum(other - plain, _MOST).sum())


def _scale(seam: Seam, expected: Outlook) -> Reason | None:
    _, least = limits("scale")
    best, found = least, None
    if not seam.values.any():
        return None
    for factor in factors():
        if (seam.case.percent or not expected.logs) and factor not in _RATES:
            continue  # a rate that is ten times another is an honest rate
        gain = _gain(seam, expected, seam.values * factor, factor)
        if factor > 1 and _more_digits(seam):
            gain += _DIGITS
        if gain > best:
            best, found = gain, scale_reason(factor, *seam.pair())
    return found


def _more_digits(seam: Seam) -> bool:
    """Whether new values have two digits more than any that are stored."""
    old, new = seam.case.old.digits, Track(seam.at, seam.values).digits
    return old is not None and (new is None or new >= old + 2)


def _offset(seam: Seam, expected: Outlook) -> Reason | None:
    _, least = limits("scale")
    for sign, word in ((-100.0, "minus"), (100.0, "plus")):
        around = seam.values if sign < 0 else seam.case.old.values
        if not (seam.case.percent or seam.case.indicator.base) or not near_hundred(around):
            continue
        if _gain(seam, expected, seam.values + sign) > least:
            stored, export = seam.pair()
            return Reason(
                "base",
                f"工作簿 {stored}，导出 {export}：相差约 100，像是上年=100 与增速",
                f"the book has {stored}, the export {export}: about 100 apart, as an index on the "
                "year before is from a rate",
                stored, export, (f"{word}:100",),
            )  # fmt: skip
    return None


def _sign(seam: Seam, expected: Outlook) -> Reason | None:
    if _gain(seam, expected, -seam.values) <= limits("sign")[1]:
        return None
    stored, export = seam.pair()
    return Reason(
        "sign",
        f"工作簿 {stored}，导出 {export}：变号后才相近",
        f"the book has {stored}, the export {export}: they are near with the sign turned",
        stored, export, ("flip",),
    )  # fmt: skip


def _sums(seam: Seam, expected: Outlook) -> Reason | None:
    if not expected.logs or seam.case.percent:
        return None
    month = seam.at % 12 + 1
    if _gain(seam, expected, seam.values / month) <= limits("scale")[1] or (month == 1).all():
        return None
    stored, export = seam.pair()
    return Reason(
        "sums",
        f"工作簿 {stored}，导出 {export}：像是 1 月以来的累计",
        f"the book has {stored}, the export {export}: as if these were sums since January",
        stored, export, ("part",),
    )  # fmt: skip


def _other(seam: Seam, expected: Outlook) -> Reason | None:
    """Say when new values follow from another column, and by no means from their own."""
    least_count, _, least = limits("swap")
    strange = expected.distance(seam.values)
    if len(seam.at) < least_count or np.median(strange) < 2 * _STRANGE:
        return None
    plain = expected.likelihood(seam.values)
    if expected.logs:
        plain = plain - np.log(np.maximum(seam.values, 1e-12))
    for id, track in _candidates(seam):
        other = outlook(track, seam.at)
        if other is None or np.median(other.distance(seam.values)) > _FITS:
            continue
        gained = other.likelihood(seam.values)
        if other.logs:
            gained = gained - np.log(np.maximum(seam.values, 1e-12))
        if np.minimum(gained - plain, _MOST).sum() > least:
            stored, export = seam.pair()
            return Reason(
                "swap",
                f"工作簿 {stored}，导出 {export}：更像是 {id} 列的延续",
                f"the book has {stored}, the export {export}: rather what follows the column {id}",
                stored, export,
            )  # fmt: skip
    return None


def _candidates(seam: Seam) -> Iterator[tuple[str, Track]]:
    for id, held in seam.case.others().items():
        yield id, Track.of(held, month_number)


def _strange(seam: Seam, expected: Outlook) -> Reason | None:
    width, least = limits("seam")
    old = seam.case.old
    if len(old) < least:
        return None
    low, high = float(old.values.min()), float(old.values.max())
    reach = width * max(high - low, 1e-9)
    bottom, top = low - reach, high + reach
    if expected.logs and low > 0 and not seam.case.percent:
        # Amounts move in proportion: below, the range may reach under zero, where they never are.
        bottom = bottom if bottom > 0 else low * (low / high) ** width
        top = max(top, high * (high / low) ** width)
    outside = (seam.values < bottom) | (seam.values > top)
    if not outside.any():
        return None
    stored, _ = seam.pair()
    n = int(np.flatnonzero(outside)[0])
    _, export = pair((0, 0.0), (int(seam.at[n]), float(seam.values[n])))
    return Reason(
        "seam",
        f"工作簿 {stored}，导出 {export}：远超已有值的范围（{low:.6g} 到 {high:.6g}）",
        f"the book has {stored}, the export {export}: far outside of all that is stored "
        f"({low:.6g} to {high:.6g})",
        stored, export,
    )  # fmt: skip
