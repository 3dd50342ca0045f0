"""What was fetched today already, so that a second run asks only for what is still missing.

A file of the user's own beside the settings; it holds ids and days, and no value. Whatever is
wrong with it is treated as nothing having been asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from prosperity_excel.files.replacing import replacing
from prosperity_excel.intake.needs import Need

#: Books that are remembered; the oldest go first.
MOST_BOOKS = 500


def asked_file() -> Path:
    """Return where it is kept."""
    return Path.home() / ".prosperity" / "asked.json"


def asked_today(book: Path, today: date) -> frozenset[str]:
    """Return the columns of a book that were fetched on a day."""
    own = _read().get(str(book.resolve()))
    if not isinstance(own, dict) or own.get("day") != today.isoformat():
        return frozenset()
    columns = own.get("columns")
    return frozenset(map(str, columns)) if isinstance(columns, list) else frozenset()


def keep_asked(book: Path, needs: Iterable[Need], today: date) -> None:
    """Remember that columns were fetched; where that cannot be written nothing is remembered."""
    there = dict(_read())
    key = str(book.resolve())
    columns = asked_today(book, today) | {key_of(need) for need in needs}
    there.pop(key, None)
    there[key] = {"day": today.isoformat(), "columns": sorted(columns)}
    kept = dict(list(there.items())[-MOST_BOOKS:])
    path = asked_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            new.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError:
        return


def key_of(need: Need) -> str:
    """Return what a column is remembered by."""
    return f"{need.target.sheet}:{need.target.id}"


def _read() -> Mapping[str, object]:
    try:
        found = json.loads(asked_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
