"""Answers of worksheet functions that took long, for the next start of Excel."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from prosperity_excel.files.kept import key_of, recall, remember

if TYPE_CHECKING:
    from prosperity_excel.formulas.views import View

#: Seconds that an answer must have taken to be worth a file.
SLOW = 0.2
_DAY = "day"


def recalled(view: View, key: tuple[Any, ...]) -> Any:
    """Return an answer as a cell holds it; None where none is known."""
    name = _name(view, key)
    return None if name is None else _decoded(recall(name))


def keep(view: View, key: tuple[Any, ...], answer: Any) -> None:
    """Keep an answer: a number, text, truth, moment, or rows of them."""
    name = _name(view, key)
    if name is not None:
        remember(name, _encoded(answer))


def _name(view: View, key: tuple[Any, ...]) -> str | None:
    """Return what an answer is kept under; None for a run as of a day.

    Such a run rests on the histories of the library's books too.
    """
    if view.resolved.settings.as_of is not None:
        return None
    if not view.named:
        world = view.world
        seen = [*([world.own] if world.own else []), None, *world.library]
        held = [source and (source.name, source.digest) for source in seen]
        missing = world.missing and world.missing.code
        view.named = key_of("cell", held, missing, view.resolved, view.today)
    # The types of the arguments by name: a type itself shows where it lives.
    name, arguments, kinds = key
    return key_of(view.named, name, arguments, [kind.__name__ for kind in kinds])


def _encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_encoded(one) for one in value]
    return {_DAY: value.isoformat()} if isinstance(value, datetime) else value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    return datetime.fromisoformat(value[_DAY]) if isinstance(value, dict) else value
