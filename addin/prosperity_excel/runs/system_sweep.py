"""A grid of a system's parameters as one parquet file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from prosperity.errors import BookError
from prosperity.progress import Progress
from prosperity.settings import Settings
from prosperity.systems.spec import System

from prosperity_excel.book.book import Book
from prosperity_excel.files.replacing import replacing
from prosperity_excel.runs.systems import system_named, varied


def system_of(
    book: Book, wanted: Sequence[str], variants: Mapping[str, str]
) -> tuple[Book, System | None]:
    """Return the book as varied, and the one system that a sweep is about; None for an industry's.

    Raises
    ------
    BookError
        ``one_system`` when the book holds several, or several are asked for.
    """
    if not book.systems:
        return book, None
    book, _ = varied(book, variants)
    asked = {one.id for name in wanted if (one := system_named(name, [book])) is not None}
    if not asked and (wanted or book.industries):
        return book, None
    ids = list(asked or book.systems)
    if len(ids) != 1:
        names = ", ".join(ids)
        raise BookError(
            "one_system",
            f"扫描一次只做一个系统，请用 --system 选一个：{names}。",
            f"A sweep is about one system; choose one with --system: {names}.",
            where=book.path.name,
        )
    return book, book.systems[ids[0]]


def sweep_system(
    book: Book,
    system: System,
    settings: Settings,
    texts: Sequence[str],
    out: Path,
    progress: Progress | None = None,
) -> int:
    """Run a system under every combination of a grid, and write the table; return its rows.

    Raises
    ------
    SettingError
        ``bad_grid``.
    ProsperityError
        Why the first trial fails, when all do.
    """
    from prosperity.evidence.system_trials import grid_table, system_axis

    axes = [system_axis(text, system) for text in texts]
    table = grid_table(book.panel, system, settings, axes, progress)
    table = table.assign(simulated=book.panel.simulated)
    about = {"system": system.id, "settings": settings.as_dict(), "trials": len(table),
             "grid": {axis.name: list(axis.values) for axis in axes}}  # fmt: skip
    table.attrs = {"prosperity": json.dumps(about, ensure_ascii=False, sort_keys=True)}
    out.parent.mkdir(parents=True, exist_ok=True)
    with replacing(out) as temporary:
        table.to_parquet(temporary, index=False)
    return len(table)
