"""What was revised: values, and what else makes a book's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from prosperity_excel.vintages.changes import NONE, PRICE, SERIES, keys
from prosperity_excel.vintages.facts import compared
from prosperity_excel.vintages.history import FactKey, History, Vintage, history_of


@dataclass(frozen=True)
class Revision:
    """A value that changed: from ``old`` (None: there was none) to ``new`` (None: taken away)."""

    series: str
    period: date
    old: float | None
    new: float | None
    kept_at: datetime
    event: str


@dataclass(frozen=True)
class FactRevision:
    """Something else that changed: a field of a definition or a header, or a setting.

    ``kind`` is ``model``, ``head``, ``setting`` or ``book``; ``place`` names the field, such as
    ``autos.indicator.m1.weight``.
    """

    kind: str
    place: str
    old: str
    new: str
    kept_at: datetime
    event: str


@dataclass(frozen=True)
class PriceRevision:
    """Closes of a column that changed at once, or were taken away.

    ``count`` days from ``first`` to ``last``; ``old`` and ``new`` (None: taken away) are those of
    the last.
    """

    name: str
    count: int
    first: date
    last: date
    old: float
    new: float | None
    kept_at: datetime
    event: str


def vintages(book: Path) -> list[Vintage]:
    """Return the times at which a book's values were kept, in sequence.

    Raises
    ------
    BookError
        When the history cannot be read; so do the others here.
    """
    return list(history_of(book, cells=False).vintages)


def revisions(book: Path, series: str = "", *, additions: bool = False) -> list[Revision]:
    """Return the revision table: every value that was changed or taken away after it was kept.

    Parameters
    ----------
    book
        The book.
    series
        Only this indicator; empty is all.
    additions
        Whether values that are new for their month are listed too.
    """
    return _of_kind(history_of(book), SERIES, series, additions)


def price_revisions(book: Path) -> list[PriceRevision]:
    """Return which closes were changed or taken away after they were kept, by column and vintage.

    Raises
    ------
    BookError
        When the history cannot be read.
    """
    groups: dict[tuple[str, datetime, str], list[Revision]] = {}
    for one in _of_kind(history_of(book), PRICE, "", additions=False):
        groups.setdefault((one.series, one.kept_at, one.event), []).append(one)
    return [
        PriceRevision(
            name, len(group), group[0].period, group[-1].period,
            group[-1].old or 0.0, group[-1].new, kept_at, event,
        )
        for (name, kept_at, event), group in groups.items()
    ]  # fmt: skip


def _of_kind(history: History, kind: str, wanted: str, additions: bool) -> list[Revision]:
    """Return the revisions of what is of a kind, by name, day and vintage."""
    numbers = [n for n, (k, name) in history.names.items() if k == kind and wanted in ("", name)]
    parts, whose = _stacked(history)
    mine = np.isin(parts["name"], numbers)
    parts, whose = parts[mine], whose[mine]
    names = np.array([history.names[int(n)][1] for n in parts["name"]], dtype=object)
    key = keys(parts)
    order = np.lexsort((np.arange(len(key)), parts["day"], names.astype(str)))
    return _revisions(parts[order], key[order], whose[order], history, additions)


def fact_revisions(book: Path) -> list[FactRevision]:
    """Return what changed besides values, after it was first kept, in the order of time."""
    history = history_of(book, cells=False)
    found: list[FactRevision] = []
    state: dict[FactKey, str | None] = {}
    for vintage in history.vintages:
        changed = history.facts.get(vintage.number, {})
        if state:
            before = {key: state.get(key) for key in changed}
            found.extend(
                FactRevision(*one, vintage.kept_at, vintage.event)
                for one in compared(before, changed)
            )
        state.update(changed)
    return found


def last_kept(book: Path) -> dict[str, dict[date, float]]:
    """Return the values of each series by month, as they were kept last."""
    history = history_of(book)
    if not history.vintages:
        return {}
    return _values(history, history.vintages[-1].number, SERIES)


def kept_prices(book: Path) -> tuple[dict[str, dict[date, float]], dict[str, dict[date, float]]]:
    """Return closes by column and day: as they were kept before the last vintage, and last."""
    history = history_of(book)
    states = [_values(history, v.number, PRICE) for v in history.vintages[-2:]]
    return (*[{}] * (2 - len(states)), *states)  # type: ignore[return-value]


def changed_cells(history: History) -> dict[int, int]:
    """Return how many values each vintage changed."""
    return {v.number: len(history.changes.get(v.number, NONE)) for v in history.vintages}


def _values(history: History, number: int, kind: str) -> dict[str, dict[date, float]]:
    """Return the values of a kind as they were in a vintage, by name and day."""
    state = history.state(number)
    days = state["day"].astype("datetime64[D]").tolist()
    found: dict[str, dict[date, float]] = {}
    for name, day, value in zip(state["name"].tolist(), days, state["value"].tolist(), strict=True):
        if history.names[name][0] == kind:
            found.setdefault(history.names[name][1], {})[day] = value
    return found


def _stacked(history: History) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells of all vintages, and the vintage of each."""
    changes = [history.changes.get(v.number, NONE) for v in history.vintages]
    numbers = np.repeat([v.number for v in history.vintages], [len(c) for c in changes])
    return np.concatenate([NONE, *changes]), numbers.astype(int)


def _revisions(
    cells: np.ndarray, key: np.ndarray, whose: np.ndarray, history: History, additions: bool
) -> list[Revision]:
    """Return the revisions among cells that are ordered by series, day and vintage."""
    by_number = {v.number: v for v in history.vintages}
    fresh = np.append(True, key[1:] != key[:-1])[: len(key)]
    values = cells["value"]
    old = np.where(fresh, np.nan, np.append(np.nan, values[:-1])[: len(values)])
    same = (values == old) | (np.isnan(values) & np.isnan(old))
    wanted = ~same & (additions | ~np.isnan(old))
    found = []
    for at in np.flatnonzero(wanted):
        vintage = by_number[int(whose[at])]
        found.append(
            Revision(
                history.names[int(cells["name"][at])][1],
                cells["day"][at].astype("datetime64[D]").item(),
                _value(old[at]),
                _value(values[at]),
                vintage.kept_at,
                vintage.event,
            )
        )
    return found


def _value(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
