"""The tables of a history file, and the check that a file has these and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

VERSION = 4
#: Columns of each table, by version of the file.
TABLES: Mapping[int, Mapping[str, tuple[str, ...]]] = {
    1: {
        "vintage": ("number", "kept_at", "event", "said"),
        "value": ("vintage", "kind", "series", "period", "value", "release", "stated"),
        "break": ("series", "month", "factor"),
        "match": ("name", "code", "target"),
    },
    2: {
        "vintage": ("number", "kept_at", "event", "said"),
        "value": ("vintage", "kind", "series", "period", "value", "release", "stated"),
        "break": ("series", "month", "factor"),
        "match": ("name", "code", "target"),
        "answer": ("name", "code", "target", "said"),
    },
    3: {
        "vintage": ("number", "kept_at", "event", "said", "seen_at", "doubt"),
        "name": ("number", "kind", "name"),
        "change": ("vintage", "cells"),
        "fact": ("vintage", "kind", "name", "text"),
        "about": ("name", "text"),
        "break": ("series", "month", "factor"),
        "match": ("name", "code", "target"),
        "answer": ("name", "code", "target", "said"),
    },
    4: {
        "vintage": ("number", "kept_at", "event", "said", "seen_at", "doubt"),
        "name": ("number", "kind", "name"),
        "change": ("vintage", "cells"),
        "fact": ("vintage", "kind", "name", "text"),
        "about": ("name", "text"),
        "break": ("series", "month", "factor"),
        "match": ("name", "code", "target"),
        "answer": ("name", "code", "target", "said"),
        "nowcast": ("series", "period", "made_on", "method", "value", "low", "high", "spread"),
    },
}
#: Of the present version; those of earlier ones that stay as they are come last.
STATEMENTS = (
    "CREATE TABLE vintage (number INTEGER PRIMARY KEY, kept_at TEXT NOT NULL, event TEXT NOT NULL, "
    "said TEXT NOT NULL, seen_at TEXT NOT NULL, doubt TEXT NOT NULL)",
    "CREATE TABLE name (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, "
    "UNIQUE (kind, name))",
    "CREATE TABLE change (vintage INTEGER PRIMARY KEY, cells BLOB NOT NULL)",
    "CREATE TABLE fact (vintage INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, "
    "text TEXT, PRIMARY KEY (kind, name, vintage))",
    "CREATE TABLE about (name TEXT PRIMARY KEY, text TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS break (series TEXT NOT NULL, month TEXT NOT NULL, "
    "factor REAL NOT NULL, PRIMARY KEY (series, month))",
    "CREATE TABLE IF NOT EXISTS match (name TEXT NOT NULL, code TEXT NOT NULL, "
    "target TEXT NOT NULL, PRIMARY KEY (name, code))",
    "CREATE TABLE IF NOT EXISTS answer (name TEXT NOT NULL, code TEXT NOT NULL, "
    "target TEXT NOT NULL, said TEXT NOT NULL, PRIMARY KEY (name, code, target))",
    "CREATE TABLE IF NOT EXISTS nowcast (series TEXT NOT NULL, period TEXT NOT NULL, "
    "made_on TEXT NOT NULL, method TEXT NOT NULL, value REAL NOT NULL, low REAL, high REAL, "
    "spread REAL, PRIMARY KEY (series, period, made_on))",
)
#: The first version with the tables of the present one for values and facts.
WITH_CELLS = 3
_MOST_ENTRIES = 50


def version_of(store: sqlite3.Connection) -> int:
    """Return the version of a history file; 0 for an empty one.

    Raises
    ------
    ValueError
        When it holds anything but the tables of its version: a view or a trigger would be run by
        asking for a table's rows.
    """
    version = int(store.execute("PRAGMA user_version").fetchone()[0])
    entries = store.execute(
        f"SELECT type, name, sql FROM sqlite_master LIMIT {_MOST_ENTRIES}"
    ).fetchall()
    if not entries and version == 0:
        return 0
    if version > VERSION:
        raise NewerError(version)
    tables = TABLES.get(version)
    if tables is None:
        raise ValueError("not a history of ours")
    found = {name for kind, name, _ in entries if kind == "table"}
    for kind, name, sql in entries:
        plain = kind == "table" or (kind == "index" and sql is None)
        if not plain or str(sql or "").upper().startswith("CREATE VIRTUAL"):
            raise ValueError(f"holds a {kind} {name} that is not ours")
    if found != set(tables):
        raise ValueError("other tables than ours")
    for table, columns in tables.items():
        rows = store.execute(f"PRAGMA table_xinfo({table})").fetchall()
        # The last field says whether a column is computed.
        if tuple(row[1] for row in rows) != columns or any(row[6] for row in rows):
            raise ValueError(f"table {table} is not as ours")
    return version


def create(store: sqlite3.Connection) -> None:
    """Make the tables of the present version."""
    for statement in STATEMENTS:
        store.execute(statement)
    store.execute(f"PRAGMA user_version = {VERSION}")


class NewerError(Exception):
    """The file was written by a later version of the product."""
