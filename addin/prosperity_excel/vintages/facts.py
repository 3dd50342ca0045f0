"""What makes a book's numbers besides its values: definitions, headers and settings, as texts.

A fact has a kind and a name: ``model`` and an id, with the flat records of the definition;
``head`` and a series, with what its header says; ``setting`` and its name; ``book`` and
``industries``, or ``simulated`` with what says that it is. The definitions include those that the
book takes from the catalog, since a later version of the product may define them otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
from prosperity.catalog import catalog, closure
from prosperity.definition import Industry
from prosperity.errors import ProsperityError
from prosperity.panel import Observations, Panel
from prosperity.records import build, differences, records
from prosperity.settings import Settings

from prosperity_excel.vintages.history import FactKey

if TYPE_CHECKING:
    from prosperity_excel.book.book import Book

#: Settings that change numbers; the day itself is what is asked for.
_NUMERIC = frozenset(f.name for f in fields(Settings)) - {"as_of"}
MODEL, HEAD, SETTING, BOOK = "model", "head", "setting", "book"
INDUSTRIES, SIMULATED = (BOOK, "industries"), (BOOK, "simulated")
#: Stands for all of a book that says only as a whole that it is simulated.
_ALL = "*"


def facts_of(book: Book) -> dict[FactKey, str]:
    """Return the facts of a book.

    Raises
    ------
    DefinitionError
        When its definitions do not hang together.
    """
    models = closure([book.definitions[id] for id in book.industries], book.definitions)
    found: dict[FactKey, str] = {(MODEL, model.id): _model_text(model) for model in models}
    for id, observed in book.panel.series.items():
        found[HEAD, id] = _text(_head(observed, book.headers.get(id, {})))
    found.update(
        {(SETTING, name): text for name, text in book.settings.items() if name in _NUMERIC}
    )
    found[INDUSTRIES] = ";".join(book.industries)
    marked = ";".join(sorted(book.panel.marked)) or _ALL
    found[SIMULATED] = marked if book.panel.simulated else ""
    return found


def definitions_of(facts: Mapping[FactKey, str]) -> tuple[dict[str, Industry], tuple[str, ...]]:
    """Return the definitions among facts, by id, and the ids that this version cannot make."""
    found: dict[str, Industry] = {}
    failed = []
    for (kind, id), text in facts.items():
        if kind != MODEL:
            continue
        known = catalog().get(id)
        if known is not None and text == _model_text(known):
            found[id] = known
            continue
        try:
            found[id] = build(json.loads(text))
        except (ProsperityError, ValueError, TypeError, AttributeError):
            failed.append(id)
    return found, tuple(failed)


def with_head(observed: Observations, facts: Mapping[FactKey, str]) -> Observations:
    """Return a series with the unit, source and breaks that its header had."""
    said = _loaded(facts.get((HEAD, observed.id)))
    if not said:
        return observed
    months = (pd.Timestamp(month) for month in str(said.get("breaks", "")).split(";") if month)
    return replace(
        observed,
        unit=str(said.get("unit", "")),
        name=str(said.get("name", "")),
        source=str(said.get("source", "")),
        breaks=tuple(months),
    )


def with_marks(panel: Panel, facts: Mapping[FactKey, str], today: Panel) -> Panel:
    """Return a panel marked as simulated where the book of then said so.

    Histories of earlier versions hold what the headers of series said, and of prices nothing:
    those are marked as they are today.
    """
    from prosperity_excel.book.book import says_simulated

    if SIMULATED in facts:
        told = facts[SIMULATED]
        marked = frozenset() if told == _ALL else frozenset(filter(None, told.split(";")))
        return replace(panel, simulated=bool(told), marked=marked)
    said = {id for id, one in panel.series.items() if says_simulated(one.source)}
    marked = frozenset(said | (today.marked & set(map(str, panel.prices))))
    return replace(panel, simulated=bool(marked), marked=marked)


def settings_in(facts: Mapping[FactKey, str]) -> dict[str, str]:
    """Return what the settings sheet said."""
    return {name: text for (kind, name), text in facts.items() if kind == SETTING}


def industries_in(facts: Mapping[FactKey, str]) -> tuple[str, ...]:
    """Return the industries that the book was for."""
    return tuple(filter(None, facts.get(INDUSTRIES, "").split(";")))


def compared(
    before: Mapping[FactKey, str | None], after: Mapping[FactKey, str | None]
) -> list[tuple[str, str, str, str]]:
    """Return what differs between facts: kind, place, and what it was and is.

    The place is ``autos.indicator.m1.weight``, ``m1.unit``, or the name of a setting. A fact that
    only one of them has counts once.
    """
    found: list[tuple[str, str, str, str]] = []
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old == new or (key == SIMULATED and None in (old, new)):
            # Earlier versions did not keep the marks: they did not change when they first were.
            continue
        found.extend((key[0], place, was, now) for place, was, now in _inside(key, old, new))
    return found


def _inside(key: FactKey, old: str | None, new: str | None) -> Iterable[tuple[str, str, str]]:
    kind, name = key
    if key == SIMULATED:
        was, now = (set((text or "").split(";")) for text in (old, new))
        yield name, ";".join(sorted(was - now)), ";".join(sorted(now - was))
    elif old is None or new is None or kind in (SETTING, BOOK):
        short = kind in (SETTING, BOOK)
        yield name, (old or "") if short else _there(old), (new or "") if short else _there(new)
    elif kind == HEAD:
        one, other = _loaded(old), _loaded(new)
        for field in dict.fromkeys([*one, *other]):
            if one.get(field, "") != other.get(field, ""):
                yield f"{name}.{field}", str(one.get(field, "")), str(other.get(field, ""))
    else:
        left, right = (definitions_of({key: text})[0].get(name) for text in (old, new))
        if left is None or right is None:
            yield name, "?", "?"
        else:
            for it in differences(left, right):
                yield f"{name}.{it.field}", _short(it.before), _short(it.after)


def _there(text: str | None) -> str:
    return "–" if text is None else "✓"


def _short(value: object) -> str:
    return "–" if value is None else str(value)


def _head(observed: Observations, said: Mapping[str, str]) -> dict[str, str]:
    breaks = ";".join(f"{month:%Y-%m-%d}" for month in observed.breaks)
    return {
        **said,
        "unit": observed.unit,
        "name": observed.name,
        "source": observed.source,
        "breaks": breaks,
    }


def _model_text(model: Industry) -> str:
    known = catalog().get(model.id)
    return _catalog_text(model.id) if model is known else _text(records(model))


@cache
def _catalog_text(id: str) -> str:
    return _text(records(catalog()[id]))


def _text(said: Mapping[Any, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _loaded(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
