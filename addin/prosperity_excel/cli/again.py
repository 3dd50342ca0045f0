"""A verb asked again of unchanged books prints what it printed, and computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from pathlib import Path

from prosperity.errors import ProsperityError

from prosperity_excel.cli.printout import Printout
from prosperity_excel.files.kept import folder, key_of, recall, remember
from prosperity_excel.files.places import store_stamp, user_file
from prosperity_excel.files.regular import content_of
from prosperity_excel.words.tongue import language, turn_to

#: Bytes of the largest book that is looked at as a whole.
MOST_BOOK = 100_000_000


class Again:
    """What a verb prints of books, by their bytes and everything else that it is asked.

    Parameters
    ----------
    verb
        Its name.
    books
        The files.
    asked
        Its options, and the day on which it is judged what is overdue.
    """

    def __init__(self, verb: str, books: Sequence[Path], *asked: object) -> None:
        self._verb, self._books, self._asked = verb, tuple(books), asked
        self._begun: str | None = None
        self._language = language()

    def printed(self) -> Printout | None:
        """Return what was printed when nothing had changed since; None when that is not known."""
        self._begun = self._key(None)
        kept = None if self._begun is None else recall(self._begun)
        if kept is None or kept["histories"] != self._histories():
            return None
        turn_to(kept["language"])
        return Printout(kept["parts"])

    def keep(self, shown: Printout, written: bytes | None = None) -> None:
        """Keep what was printed, for the books and their histories as they are now.

        Parameters
        ----------
        shown
            What would be printed now.
        written
            What the one book was made to hold. None is what the books held when they were asked
            for: of one that changed meanwhile nobody knows which state was read.
        """
        key = self._key(written)
        if key is not None and (written is not None or key == self._begun):
            said = {"parts": shown.parts, "language": language()}
            remember(key, {**said, "histories": self._histories()})

    def _key(self, written: bytes | None) -> str | None:
        """Return what it is kept under; None where a book cannot be read, which is then said."""
        if folder() is None:
            return None
        user = user_file()
        try:
            contents = [written] if written is not None else map(_content, self._books)
            held = [blake2b(content).hexdigest() for content in contents]
            own = user.read_bytes() if user.is_file() else b""
        except (ProsperityError, OSError):
            return None
        names = [str(book.absolute()) for book in self._books]
        return key_of(self._verb, self._language, names, held, own, self._asked, date.today())

    def _histories(self) -> list[str]:
        """Return what differs when what is kept of the books' past does."""
        try:
            return [store_stamp(book) for book in self._books]
        except OSError:
            return ["?"]


def _content(book: Path) -> bytes:
    """Return what a book holds; of a large one nothing is kept, so that its reader has limits."""
    if book.stat().st_size > MOST_BOOK:
        raise OSError
    return content_of(book)
