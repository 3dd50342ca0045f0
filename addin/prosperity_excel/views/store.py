"""Answers that were given, kept beside the book by what was asked: asking again costs nothing."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from prosperity.errors import BookError

SUFFIX = ".views.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS answer (
    hash TEXT PRIMARY KEY, scores TEXT NOT NULL, asked_at TEXT NOT NULL, model TEXT NOT NULL,
    prompt TEXT NOT NULL, tokens INTEGER NOT NULL
)
"""


@dataclass(frozen=True)
class Kept:
    """An answer: scores by id as JSON, when it was asked for, and how many tokens it took."""

    scores: str
    asked_at: str
    tokens: int


def question_hash(
    model: str, address: str, prompt: str, messages: Sequence[dict[str, str]], repeat: int
) -> str:
    """Return what an answer is kept by."""
    said = json.dumps([model, address, prompt, list(messages), repeat], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def store_of(book: Path) -> Path:
    """Return where a book's answers are kept."""
    return book.with_name(book.name + SUFFIX)


class Store:
    """The answers of one book."""

    def __init__(self, book: Path) -> None:
        self.path = store_of(book)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
                connection.execute(_TABLE)
                yield connection
        except sqlite3.Error as error:
            raise BookError(
                "bad_views_store",
                f"保存的答复无法使用（{error}）。可把该文件移走，重新询问。",
                f"The answers that were kept cannot be used ({error}). Move the file away and ask "
                "again.",
                where=self.path.name,
            ) from None

    def find(self, hash: str) -> Kept | None:
        """Return an answer that was kept; None where there is none."""
        if not self.path.exists():
            return None
        with self._open() as connection:
            row = connection.execute(
                "SELECT scores, asked_at, tokens FROM answer WHERE hash = ?", (hash,)
            ).fetchone()
        if row is None or not all(isinstance(v, str) for v in row[:2]):
            return None
        return Kept(row[0], row[1], row[2] if isinstance(row[2], int) else 0)

    def keep(self, hash: str, kept: Kept, model: str, prompt: str) -> None:
        """Keep an answer."""
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)",
                (hash, kept.scores, kept.asked_at, model, prompt, kept.tokens),
            )
