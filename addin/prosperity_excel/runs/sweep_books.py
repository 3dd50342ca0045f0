"""The one industry of a book that a sweep is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prosperity.catalog import find
from prosperity.definition import Industry
from prosperity.engine import has_data
from prosperity.errors import BookError
from prosperity.records import variant_of

from prosperity_excel.book.book import Book
from prosperity_excel.runs.evaluate import held_by


def industry_of(
    book: Book, wanted: Sequence[str], variants: Mapping[str, str]
) -> tuple[Industry, dict[str, Industry]]:
    """Return the industry that is meant, and the definitions that it is computed with.

    Raises
    ------
    BookError
        When more or fewer than one industry is meant.
    """
    known = dict(book.definitions)
    for asked, variant in variants.items():
        model = find(asked, known)
        known[model.id] = variant_of(model, variant)
    held = {id: known[id] for id in book.industries}
    asked_for = [held_by(name, held, [book]).id for name in dict.fromkeys(wanted)]
    ids = asked_for or [id for id, model in held.items() if has_data(book.panel, model, known)]
    if len(ids) != 1:
        names = ", ".join(ids or held) or "–"
        raise BookError(
            "one_industry_at_a_time",
            f"扫描一次只做一个行业，请用 --industry 选一个：{names}。",
            f"A sweep is about one industry; choose one with --industry: {names}.",
            where=book.path.name,
        )
    return known[ids[0]], known
