"""The table of kinds of deliberate faults, and how many of them a book's check tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .planted import (
    NOTHING,
    Fault,
    Open,
    copied_from_other,
    copy,
    exchanged,
    frozen,
    future,
    moved,
    newest,
    prices,
    release,
    series,
    shifted,
    swap,
    text_cell,
    times,
    turned,
)

#: Name of each fault, and how it is put into a book.
FAULTS: dict[str, Fault] = {
    "newest ten times, amount": newest("amount", 0, lambda v, b, u: 10 * v),
    "newest ten times, another": newest("amount", 1, lambda v, b, u: 10 * v),
    "newest a hundredth, amount": newest("amount", 2, lambda v, b, u: v / 100),
    "newest a tenth, amount": newest("amount", 1, lambda v, b, u: v / 10),
    "newest zero, amount": newest("amount", 0, lambda v, b, u: 0.0),
    "newest zero, another": newest("amount", 2, lambda v, b, u: 0.0),
    "newest sign turned, amount": newest("amount", 0, lambda v, b, u: -v),
    "newest sign turned, another": newest("amount", 1, lambda v, b, u: -v),
    "newest six errors up": newest("rate", 0, lambda v, b, u: v + 6.5 * u),
    "newest six errors down": newest("rate", 1, lambda v, b, u: v - 6.5 * u),
    "newest six errors, amount": newest("amount", 0, lambda v, b, u: v + 7 * u),
    "newest twice, amount": newest("amount", 2, lambda v, b, u: 2.5 * v),
    "newest equals the month before": newest("moving", 0, lambda v, b, u: b, "unchanged"),
    "newest equals the month before, another": newest(
        "moving", 1, lambda v, b, u: b, "unchanged"
    ),
    "four frozen months at the end": series(
        "amount", 0, lambda v: dict.fromkeys(range(len(v) - 4, len(v)), v[-4]),
        "unchanged", "frozen", "moved", whole=True,
    ),
    "four frozen months inside": series("moving", 1, frozen(-20, 4), "frozen", whole=True),
    "six frozen months of a rate": series("rate", 0, frozen(-30, 6), "frozen", whole=True),
    "zeros in three months": series(
        "amount", 0, lambda v: {len(v) - 20 - 5 * k: 0.0 for k in range(3)}, "zeros", "outlier",
        whole=True,
    ),
    "one zero inside": series("amount", 1, lambda v: {len(v) - 30: 0.0}, "zeros", "outlier"),
    "ten times inside": series(
        "amount", 0, lambda v: {len(v) - 25: v[-25] * 10}, "outlier", "scale"
    ),
    "two months swapped": series(
        "amount", 0, lambda v: swap(v, 1), "swapped_months", "outlier", kept=True
    ),
    "two months swapped, half a year apart": series(
        "amount", 1, lambda v: swap(v, 6), "swapped_months", "outlier"
    ),
    "sign of the second half": series("amount", 0, turned(first=False), "sign", "level_shift"),
    "sign of the first half": series(
        "amount", 1, turned(first=True), "sign", "level_shift", whole=True
    ),
    "columns swapped for two years": exchanged(0, 24),
    "other columns swapped for three years": exchanged(1, 36),
    "columns swapped wholly": exchanged(0, None),
    "columns swapped wholly, kept": exchanged(0, None, kept=True),
    "part copied from before": series("amount", 0, lambda v: copy(v, 12), "copied"),
    "eight months copied": series("amount", 1, lambda v: copy(v, 8), "copied"),
    "part copied from a column": copied_from_other,
    "1.1 times for two years, kept": series("rate", 0, times(1.1, -24), kept=True),
    "1.1 times for a year, kept": series("amount", 1, times(1.1, -12), kept=True),
    "1.3 times for two years": series("amount", 0, times(1.3, -24), "step", "level_shift"),
    "a hundred times for two years": series("amount", 1, times(100, -24), "scale"),
    "a month late, kept": series("amount", 0, lambda v: moved(v, 1), kept=True),
    "a month early, kept": series("rate", 0, lambda v: moved(v, -1), kept=True),
    "sign of the last year, kept": series(
        "rate", 1, lambda v: {k: -v[k] for k in range(len(v) - 12, len(v))}, kept=True
    ),
    "columns swapped for a year, kept": exchanged(1, 12, kept=True),
    "a month in the future": future,
    "a text for a number": text_cell,
    "a release a quarter late": release(100, "release_date"),
    "a release three weeks early": release(-18, "release_date"),
    "a release before its month": release(-70, "cell", "error"),
    "prices split": prices(
        lambda v, m: {k: v[k] / 2 for k in range(len(v) - 300, len(v))}, "price_jump"
    ),
    "prices on another base": prices(
        lambda v, m: {k: v[k] * 10 for k in range(len(v) - 700, len(v))}, "price_jump"
    ),
    "a spike of prices": prices(lambda v, m: {len(v) - 100: v[-100] * 1.3}, "price_spike"),
    "a small spike of prices": prices(lambda v, m: {len(v) - 400: v[-400] * 0.86}, "price_spike"),
    "a price of zero": prices(
        lambda v, m: {len(v) - 50: 0.0}, "bad_price", severity="error", dated=False
    ),
    "prices frozen for four days": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 60, len(v) - 56), v[-60]), "price_frozen"
    ),
    "prices missing for a week": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 60, len(v) - 55)), "price_missing"
    ),
    "days missing altogether": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 160, len(v) - 157)), "price_missing", both=True
    ),
    "index and benchmark swapped": prices(
        lambda v, m: dict(enumerate(m)), "price_swapped", both=True, dated=False
    ),
    "index and benchmark swapped, kept": prices(
        lambda v, m: {k: m[k] for k in range(len(v) - 1)}, both=True, dated=False, kept=True
    ),
    "closes on another base by 2%, kept": prices(
        lambda v, m: {k: v[k] * 1.02 for k in range(len(v))}, dated=False, kept=True
    ),
    "one close half a percent off, kept": prices(
        lambda v, m: {len(v) - 80: v[-80] * 1.005}, kept=True
    ),
    "a quarter of closes taken away, kept": prices(
        lambda v, m: dict.fromkeys(range(len(v) - 180, len(v) - 120)), kept=True
    ),
    "benchmark pasted as index": prices(
        lambda v, m: dict(enumerate(m)), "price_copied", dated=False
    ),
    "a month of the benchmark": prices(
        lambda v, m: {k: m[k] for k in range(len(v) - 90, len(v) - 70)},
        "price_copied", "price_jump",
    ),
    "prices a day late": prices(shifted(1, 0), "price_moved", dated=False),
    "prices three days late lately": prices(shifted(3, -250), "price_moved", dated=False),
}  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """Names of the faults of a book: told, missed, and those that nobody could tell from it."""

    told: list[str]
    missed: list[str]
    untold: list[str]

    @property
    def share(self) -> float:
        """Told ones of all that can be told."""
        return len(self.told) / max(len(self.told) + len(self.missed), 1)

    def __str__(self) -> str:
        count = len(self.told) + len(self.missed)
        return f"{len(self.told)} of {count} faults told, {len(self.untold)} cannot be"


def tally(book: Open, names: Iterable[str] = FAULTS) -> Tally:
    """Put faults into a book one by one, and count which are told; see ``telling``.

    A fault that changes nothing in this book (such as an exchange where there is one column) is
    not counted; one that the book cannot tell, and that is told all the same, is.
    """
    counts = Tally([], [], [])
    for name in names:
        planted = FAULTS[name](book)
        why = planted.untold(book)
        if why == NOTHING:
            continue
        told = planted.told(book.check(planted.changed, kept=planted.kept))
        kind = counts.told if told else counts.untold if why else counts.missed
        kind.append(name)
    return counts
