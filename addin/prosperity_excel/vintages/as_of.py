"""A book as it was on a day, as far as that was kept, and what must be said of it.

The rule, day by day. Today takes the book as it is. Any other day takes the last state kept by its
end, among those whose times fit. Days before the first take the state with which that one ended,
which is said. A state is known to hold from when it was kept until it was last seen unchanged. On
later days, before the next state was kept, the book may
have been changed by hand at any time: a *new month* that the next state shows counts from its
release date (stated, else by its lag), unless an import brought it; *everything else* (revised
and deleted values, definitions, units, breaks, settings) counts from when it was seen. So no day
sees what was not public on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from prosperity.catalog import catalog, closure
from prosperity.evaluation import Notice
from prosperity.panel import Observations, Panel

from prosperity_excel.ooxml.identity import book_identity
from prosperity_excel.vintages import saying
from prosperity_excel.vintages.changes import (
    NONE,
    PRICE,
    SERIES,
    Name,
    cells_of,
    difference,
    folded,
    folded_all,
    found_in,
    frame_of,
    names_of,
    parts_of,
    prices_of,
)
from prosperity_excel.vintages.facts import (
    compared,
    definitions_of,
    facts_of,
    industries_in,
    settings_in,
    with_head,
    with_marks,
)
from prosperity_excel.vintages.history import IMPORT, FactKey, History, Vintage, history_of

if TYPE_CHECKING:
    from prosperity_excel.book.book import Book


#: Codes of what reading says of headers and columns as they are now.
_OF_HEADERS = frozenset(
    {"unit_differs", "unknown_frequency", "absent_columns", "industry_without_columns"}
)


@dataclass(frozen=True)
class Chosen:
    """Which state a day takes, and the new months that count besides.

    Attributes
    ----------
    vintage : Vintage
    first : bool
        Whether the day lies before the first state, which stands in for it.
    cells : ndarray
        The state of the day.
    names : mapping of int to (str, str)
        What the cells' numbers stand for.
    stated, by_lag : tuple of str
        Series with new months that count from their release dates.
    changed : tuple of str
        Series that were found changed next, when nobody had looked at the book on the day.
    """

    vintage: Vintage
    first: bool
    cells: np.ndarray
    names: Mapping[int, Name]
    stated: tuple[str, ...] = ()
    by_lag: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def book_as_of(
    book: Book, day: date, *, today: date | None = None
) -> tuple[Book, tuple[Notice, ...]]:
    """Return a book as it was on a day, and what a reader must know of that.

    Parameters
    ----------
    book
        The book as it is now.
    day
        The day, whole: what was kept on it counts.
    today
        On this day and later the book counts as it is; None is the clock's.

    Raises
    ------
    BookError
        When the history cannot be read.
    """
    history, identity = history_of(book.path), book_identity(book.path)
    if not history.vintages:
        return book, (saying.nothing_kept(day, copied=bool(identity)),)
    if identity and history.identity and identity != history.identity:
        return book, (saying.other(day),)
    today = today or date.today()
    if day >= today:
        return book, tuple(filter(None, [saying.as_it_is(day), saying.misplaced(history, today)]))
    chosen = choose(history, book.panel, day)
    facts, since = facts_on(history, chosen.vintage)
    panel = _panel(book.panel, chosen, facts)
    then, failed = _with_facts(replace(book, panel=panel), facts)
    gone = set(book.panel.series) - set(panel.series)
    return then, tuple(
        filter(
            None,
            [
                saying.kept(chosen, len(panel.series), day, whole=bool(facts) and since is None),
                saying.not_seen(chosen, day),
                saying.by_release(chosen, day),
                saying.misplaced(history, today),
                saying.facts_later(day, since, known=bool(facts)),
                saying.unbuildable(failed),
                *_since(history, book, chosen.cells, facts, f"{day}"),
                saying.not_there(sorted(gone), day),
            ],
        )
    )


def book_before(book: Book) -> tuple[Book, Vintage, tuple[Notice, ...]] | None:
    """Return a book as it was before it changed last, the state, and what else than values changed.

    The last state kept that differs from the book, whatever its time; None where there is none.
    Values are those of the state alone: nothing is added by release dates.

    Raises
    ------
    BookError
        When the history cannot be read.
    """
    history, identity = history_of(book.path), book_identity(book.path)
    if identity and history.identity not in ("", identity):
        return None
    now, names = _now(history, book.panel)
    facts_now = facts_of(book)
    for vintage in reversed(history.vintages):
        cells = history.state(vintage.number)
        facts, _ = facts_on(history, vintage)
        same_facts = not facts or not compared(facts, facts_now)
        if len(difference(cells, now)) or not same_facts:
            chosen = Chosen(vintage, False, cells, names)
            then = replace(book, panel=_panel(book.panel, chosen, facts))
            told = _since(history, book, cells, facts, f"{vintage.kept_at:%Y-%m-%d %H:%M}")
            return _with_facts(then, facts)[0], vintage, tuple(filter(None, told))
    return None


def _since(
    history: History, book: Book, cells: np.ndarray, facts: Mapping[FactKey, str], when: str
) -> tuple[Notice | None, Notice | None]:
    """Return what else than the values of series differs between a state and the book as it is."""
    now, names = _now(history, book.panel)
    changed = difference(cells, now)
    priced = [number for number, (kind, _) in names.items() if kind == PRICE]
    changed = changed[np.isin(changed["name"], priced) & (found_in(changed, cells) >= 0)]
    columns = {names[n][1]: p["day"] for n, p in parts_of(folded_all([changed])).items()}
    spans = {
        name: (len(days), *(day.astype("datetime64[D]").item() for day in days[[0, -1]]))
        for name, days in columns.items()
    }
    return (
        saying.changed_since(compared(facts, facts_of(book)) if facts else [], when),
        saying.prices_since(spans, when),
    )


def settings_on(file: Path, day: date) -> dict[str, str] | None:
    """Return what the settings sheet of a book said on a day; None where that was not kept.

    Raises
    ------
    BookError
        When the history cannot be read.
    """
    history = history_of(file, cells=False)
    identity = book_identity(file)
    if not history.vintages or (identity and history.identity not in ("", identity)):
        return None
    vintage, _ = state_on(history, day)
    facts, _ = facts_on(history, vintage)
    return settings_in(facts) if facts else None


def state_on(history: History, day: date) -> tuple[Vintage, bool]:
    """Return the last state kept by a day, and whether the day lies before all that were.

    Such a day takes the state with which the first day ended: a first import keeps the book as it
    was, perhaps empty, and as it made it.
    """
    fit = [v for v, fits in zip(history.vintages, history.fits, strict=True) if fits]
    kept = [v for v in fit if v.kept_at.date() <= day]
    if kept:
        return kept[-1], False
    return [v for v in fit if v.kept_at.date() == fit[0].kept_at.date()][-1], True


def choose(history: History, panel: Panel, day: date) -> Chosen:
    """Return the cells that a day takes; see this module's rule.

    Parameters
    ----------
    history
        What was kept; at least one state.
    panel
        What the book holds now, which may not have been kept yet.
    day
        The day.
    """
    vintage, first = state_on(history, day)
    cells = history.state(vintage.number)
    if first or day <= vintage.days[1]:
        return Chosen(vintage, first, cells, history.names)
    after = next((v for v in history.vintages if v.number > vintage.number), None)
    if after is None:
        now, names = _now(history, panel)
        later = difference(cells, now)
    else:
        later, names = history.changes.get(after.number, NONE), dict(history.names)
    if after is not None and after.event == IMPORT:
        # The book was looked at just before it; what it brought was not there before.
        return Chosen(vintage, False, cells, names)
    public = later[(later["release"] <= _days(day)) & ~np.isnan(later["value"])]
    new = public[found_in(public, cells) < 0]
    return Chosen(
        vintage,
        False,
        folded([cells, new]) if len(new) else cells,
        names,
        _series(new[new["stated"] == 1], names),
        _series(new[new["stated"] == 0], names),
        _series(later, names),
    )


def _with_facts(book: Book, facts: Mapping[FactKey, str]) -> tuple[Book, tuple[str, ...]]:
    """Return a book with the definitions and settings of then, and the ids that cannot be made."""
    if not facts:
        return book, ()
    models, failed = definitions_of(facts)
    today = {id: book.definitions[id] for id in failed if id in book.definitions}
    known = {**catalog(), **today, **models}
    industries = tuple(id for id in industries_in(facts) if id in known)
    changed = replace(book, definitions=known, industries=industries, settings=settings_in(facts))
    return replace(changed, notices=_notices(changed)), failed


def _notices(then: Book) -> tuple[Notice, ...]:
    """Return what reading the book said, without what it said of headers that are today's.

    Units are compared again; of a series that is not there the run says so itself.
    """
    from prosperity_excel.book.matching import wanted_indicators
    from prosperity_excel.book.series_columns import unit_notice

    models = closure([then.definitions[id] for id in then.industries], then.definitions)
    wanted = wanted_indicators(models)
    units = [
        unit_notice("data", wanted[id].indicator, observed.unit)
        for id, observed in then.panel.series.items()
        if id in wanted
    ]
    read = (notice for notice in then.notices if notice.code not in _OF_HEADERS)
    return (*read, *filter(None, units))


def facts_on(history: History, vintage: Vintage) -> tuple[dict[FactKey, str], Vintage | None]:
    """Return the facts of a state; where none were kept by then, the first ones, and from when."""
    facts = history.facts_at(vintage.number)
    if facts:
        return facts, None
    later = next((v for v in history.vintages if history.facts.get(v.number)), None)
    return ({}, None) if later is None else (history.facts_at(later.number), later)


def _now(history: History, panel: Panel) -> tuple[np.ndarray, dict[int, Name]]:
    """Return what the book holds now, and the names of its cells, new ones included."""
    numbers = history.numbers
    for name in names_of(panel):
        numbers.setdefault(name, max(numbers.values(), default=0) + 1)
    return cells_of(panel, numbers), {number: name for name, number in numbers.items()}


def _series(cells: np.ndarray, names: Mapping[int, Name]) -> tuple[str, ...]:
    found = (names[int(number)] for number in np.unique(cells["name"]))
    return tuple(sorted(name for kind, name in found if kind == SERIES))


def _days(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _panel(today: Panel, chosen: Chosen, facts: Mapping[FactKey, str]) -> Panel:
    """Return the panel that the cells of a day make, in the order of today's."""
    series: dict[str, Observations] = {}
    prices: dict[str, np.ndarray] = {}
    for number, part in parts_of(chosen.cells).items():
        kind, name = chosen.names[number]
        if kind == PRICE:
            prices[name] = part
        else:
            old = today.series.get(name, Observations(name, pd.DataFrame()))
            series[name] = with_head(replace(old, frame=frame_of(part)), facts)
    then = replace(
        today,
        series={id: series[id] for id in _ordered(series, today.series)},
        prices=prices_of({name: prices[name] for name in _ordered(prices, map(str, today.prices))}),
    )
    return with_marks(then, facts, today) if facts else then


def _ordered(names: Iterable[str], known: Iterable[str]) -> list[str]:
    places = {name: at for at, name in enumerate(known)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))
