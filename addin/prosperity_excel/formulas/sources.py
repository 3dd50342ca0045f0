"""Where an industry's data are, and its results: computed once, kept by content.

The calling workbook comes first when it holds the industry's sheets, then the books of the
library folder. Nothing is kept by name alone: results belong to the content of a book and to the
settings, so two open books never mix, and a changed cell or file is seen at the next look.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd
from prosperity.catalog import catalog, find
from prosperity.combined import combine
from prosperity.definition import Industry
from prosperity.engine import has_data
from prosperity.errors import BookError, ProsperityError, UnknownIndustryError
from prosperity.evaluation import Combined, Evaluation, IndustryResult
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book, read_book, read_workbook
from prosperity_excel.book.definitions import own_models
from prosperity_excel.files.child import read_guarded
from prosperity_excel.files.ordinary import TooHardError, looks_ordinary, ordinary_reading
from prosperity_excel.formulas.evidence_answers import Bench, Tables, tables
from prosperity_excel.formulas.library_files import stamps, unread_words
from prosperity_excel.formulas.long_answers import CancelledError, silent
from prosperity_excel.host.open_book import LiveBook, digest, with_sheet
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.sheets.workbook import Sheet, Workbook, open_workbook
from prosperity_excel.vintages import store_stamp
from prosperity_excel.words.book_words import SHEETS, fold

#: Sheets that make a book one of ours.
NEEDED = (SHEETS["data"], SHEETS["prices"])
#: Sheets of a book that count for its numbers.
COUNTED = tuple(SHEETS[id] for id in ("data", "releases", "prices", "definition"))
#: Seconds that Excel waits at most for one book that is not ordinary, once for each content; and
#: largest file whose bytes, and not its time, tell whether it changed.
SECONDS = 10.0
MOST_FILE = 150_000_000
#: Results and books kept, beside all of the library in use; the least lately used go first.
KEPT_RESULTS = 400
KEPT_BOOKS = 64


@dataclass(eq=False)
class Source:
    """A book whose content is known by its digest; it is read when it is first needed.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    digest : str
        Differs when the content does.
    open : callable
        Gives the workbook.
    path : Path or None
        The file, when it is a closed one, which may hold anything.
    """

    name: str
    digest: str
    open: Callable[[], Workbook]
    path: Path | None = None
    _workbook: Workbook | None = field(default=None, repr=False)
    _book: Book | None = field(default=None, repr=False)
    _failure: ProsperityError | None = field(default=None, repr=False)
    _mentioned: frozenset[str] | None = field(default=None, repr=False)

    @property
    def workbook(self) -> Workbook:
        """The workbook, opened once."""
        if self._workbook is None:
            self._workbook = self.open()
        return self._workbook

    @property
    def ours(self) -> bool:
        """Whether the book has the sheets that our books have."""
        try:
            return all(self._has(words) for words in NEEDED)
        except TooHardError:
            return self._is_read()

    def begin(self) -> None:
        """Begin to read the longest sheet meanwhile, if the book has not been read."""
        with suppress(ProsperityError, TooHardError, OSError):  # it says so when it is asked for
            if self._book is None and self._failure is None and self.ours:
                self.workbook.begin(SHEETS["prices"])

    def _is_read(self) -> bool:
        try:
            return bool(self.book)
        except BookError as error:
            if error.code in ("missing_sheet", "not_our_book"):
                return False
            raise

    def _has(self, words: Sequence[str]) -> bool:
        wanted = {fold(word) for word in words}
        return any(fold(name) in wanted for name in self.workbook.names)

    @property
    def book(self) -> Book:
        """What the book holds; a failure to read it is remembered with the content."""
        if self._failure is not None:
            raise self._failure.bare()
        if self._book is None:
            try:
                self._book = self._read()
            except ProsperityError as error:
                self._failure = error.bare()
                raise
        return self._book

    def _read(self) -> Book:
        try:
            return read_workbook(self.workbook)
        except TooHardError:
            if self.path is None:
                raise _too_large(self.name) from None
            book: Book = read_guarded(read_book, self.path, seconds=SECONDS)
            return book

    def may_hold(self, id: str) -> bool:
        """Whether the industry may be among the book's, judged by its definition sheet alone."""
        if self._mentioned is None:
            try:
                own = own_models(self.workbook)
            except TooHardError:
                return True
            self._mentioned = frozenset(own or catalog())
        return id in self._mentioned

    def with_data(self, sheet: Sheet, changed: str) -> Source:
        """Return the book with another ``data`` sheet, of which ``changed`` is the digest."""
        return Source(
            self.name,
            f"{self.digest}+{changed}",
            lambda: with_sheet(self.workbook, SHEETS["data"], sheet),
        )


def live_source(live: LiveBook, counted: Sequence[Sequence[str]] = COUNTED) -> Source:
    """Return an open workbook as a source, by the values of the sheets that count."""
    found = [live.find(group) for group in counted]
    sheets = [None if name is None else live.values(name) for name in found]
    kept = store_stamp(live.workbook().path)
    return Source(live.name, f"{digest(*sheets)}{kept}", live.workbook)


class Folder:
    """The books of a library folder, looked at again whenever files change."""

    def __init__(self) -> None:
        self._sources: OrderedDict[tuple[str, int, int], Source] = OrderedDict()

    def sources(self, folder: Path, *, without: str = "") -> list[Source]:
        """Return the folder's books in order of their names.

        Parameters
        ----------
        folder
            The library.
        without
            Full name of a file to leave out: the calling workbook.

        Raises
        ------
        BookError
            ``missing_library`` when there is no such folder.
        """
        found = [self._source(path, stamp) for path, stamp in stamps(folder, without)]
        # However many there are, those that were just listed stay: none is read twice.
        while len(self._sources) > max(KEPT_BOOKS, len(found)):
            self._sources.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget all books."""
        self._sources.clear()

    def _source(self, path: Path, stamp: tuple[str, int, int]) -> Source:
        source = self._sources.get(stamp)
        if source is None:
            content = blake2b(repr(stamp).encode(), digest_size=16)
            if stamp[2] <= MOST_FILE:
                with suppress(OSError):
                    content = blake2b(path.read_bytes(), digest_size=16)
            source = Source(path.name, content.hexdigest(), lambda: _opened(path), path)
            self._sources[stamp] = source
        self._sources.move_to_end(stamp)
        return source


def _opened(path: Path) -> Workbook:
    """Open a closed book as far as it is ordinary; Excel itself waits for this process."""
    if not looks_ordinary(path):
        raise TooHardError
    with ordinary_reading():
        return open_workbook(path)


def _too_large(name: str) -> BookError:
    return BookError(
        "too_large_for_data",
        "工作簿过大或结构异常，公式的 data 参数不能用于它；请去掉该参数，或精简工作簿。",
        "The book is too large or odd for a formula's argument data; leave the argument out, or "
        "make the book smaller.",
        where=name,
    )


class Results:
    """Results by content and settings: each model of a book is computed once."""

    def __init__(self) -> None:
        self._kept, self._room = OrderedDict[tuple[Any, ...], Any](), KEPT_RESULTS

    def industry(
        self, source: Source, id: str, settings: Settings, today: date | None = None
    ) -> IndustryResult:
        """Return an industry's result, judged on a day; a failure is kept too.

        Raises
        ------
        ProsperityError
            As reading and evaluating say.
        """
        found = self.once(
            ("industry", source.digest, id, settings, today),
            lambda: evaluate_books([source.book], wanted=[id], settings=settings, today=today),
        )
        return found.results[id]  # type: ignore[no-any-return]

    def evaluation(
        self, source: Source, id: str, settings: Settings, today: date | None = None
    ) -> Evaluation:
        """Return the run that gave :meth:`industry` its result."""
        self.industry(source, id, settings, today)
        kept: Evaluation = self._kept[("industry", source.digest, id, settings, today)]
        return kept

    def evidence(self, source: Source, id: str, settings: Settings, part: str) -> pd.DataFrame:
        """Return one part of the evidence on an industry; the first one computes all of them.

        Raises
        ------
        ProsperityError
            Why there is none of it.
        """

        def compute() -> Tables:
            return tables(Bench(source.book, self.industry(source, id, settings), settings))

        found = self.once(("evidence", source.digest, id, settings), compute)[part]
        if isinstance(found, ProsperityError):
            raise found.bare()
        return found  # type: ignore[no-any-return]

    def combined(
        self,
        sources: Mapping[str, Source],
        settings: Settings,
        today: date | None = None,
        step: Progress = silent,
    ) -> tuple[Combined | None, Mapping[str, IndustryResult | ProsperityError]]:
        """Return the combined strategy over all industries, and each one's result or failure."""
        # Asked for in turn, each would drop the one that is wanted next.
        self._room = max(KEPT_RESULTS, 2 * len(sources))

        def compute() -> tuple[Any, ...]:
            results: dict[str, IndustryResult | ProsperityError] = {}
            for number, (id, source) in enumerate(sources.items(), 1):
                step(id, number, len(sources))
                try:
                    results[id] = self.industry(source, id, settings, today)
                except ProsperityError as error:
                    results[id] = error.bare()
            good = {id: r for id, r in results.items() if isinstance(r, IndustryResult)}
            return combine(good, settings), results

        key = tuple((id, source.digest) for id, source in sources.items())
        return self.once(("combined", key, settings, today), compute)  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Forget all results."""
        self._kept.clear()

    def once(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return what was computed for a key before, or compute it; a failure is kept too."""
        if key not in self._kept:
            try:
                self._kept[key] = compute()
            except CancelledError:
                raise
            except ProsperityError as error:
                self._kept[key] = error.bare()
        self._kept.move_to_end(key)
        found = self._kept[key]
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        if isinstance(found, ProsperityError):
            raise found.bare()
        return found


@dataclass(frozen=True)
class World:
    """What a calling workbook can see: its own book, when it is one of ours, and the library.

    Attributes
    ----------
    own : Source or None
    library : tuple of Source
    missing : BookError or None
        Why there is no library, when one is set and cannot be read.
    """

    own: Source | None
    library: tuple[Source, ...]
    missing: BookError | None = None

    def definition(self, asked: str) -> Industry:
        """Return the industry that an id or name means.

        Definitions of the calling workbook come before the catalog's, those of library books
        after.

        Raises
        ------
        UnknownIndustryError
            With the nearest names.
        """
        known = self.known()
        return find(asked, known)

    def known(self) -> Mapping[str, Industry]:
        """Return all industries that can be named."""
        every = dict(catalog())
        if self.own is not None:
            every.update(self.own.book.definitions)
        return {id: model for id, model in every.items() if model.kind == "industry"}

    def holder(self, asked: str) -> tuple[str, Source]:
        """Return an industry's id and the book that holds it.

        Raises
        ------
        UnknownIndustryError
            When no industry is called so.
        BookError
            ``no_book`` when no book holds it, ``industry_twice`` when two library books do,
            ``missing_library``; and what reading the calling workbook raises.
        """
        try:
            id = self.definition(asked).id
        except UnknownIndustryError as unknown:
            id = self._own_to_library(asked, unknown)
        if self.own is not None and id in self.own.book.industries:
            return id, self.own
        found, unread = self._in_library(id)
        if len(found) > 1:
            names = [source.name for source in found[:2]]
            raise BookError(
                "library_industry_twice",
                f"{names[0]} 和 {names[1]} 都有行业 {id}，请把其中一个移出资料夹。",
                f"{names[0]} and {names[1]} both hold the industry {id}; move one of them out of "
                "the library folder.",
            )
        if not found:
            raise self._absent(id, unread)
        return id, found[0]

    def everything(self, step: Progress = silent) -> dict[str, Source]:
        """Return every industry that has data, with the book that holds it.

        Library books that cannot be read are passed over here; asking for one of their industries
        says why. ``step`` is called before each book.

        Raises
        ------
        BookError
            ``industry_twice`` and ``missing_library``.
        """
        found: dict[str, Source] = {}
        every = (*([self.own] if self.own else []), *self.library)
        for number, source in enumerate(every, 1):
            step(source.name, number, len(every))
            if number < len(every):
                every[number].begin()
            try:
                book = source.book if source.ours else None
            except ProsperityError:
                if source is self.own:
                    raise
                continue
            for id in book.industries if book else ():
                if book and has_data(book.panel, book.definitions[id], book.definitions):
                    if id in found and found[id] is not self.own:
                        self.holder(id)
                    found.setdefault(id, source)
        if not found and self.missing is not None:
            raise self.missing.bare()
        return found

    def _own_to_library(self, asked: str, unknown: UnknownIndustryError) -> str:
        """Look for an industry that only a library book defines."""
        for source in self.library:
            try:
                if source.ours:
                    own = source.book.definitions
                    return find(asked, {i: m for i, m in own.items() if m.kind == "industry"}).id
            except ProsperityError:
                continue
        raise unknown

    def _in_library(self, id: str) -> tuple[list[Source], list[tuple[str, ProsperityError]]]:
        found, unread = [], []
        for source in self.library:
            try:
                if source.ours and source.may_hold(id) and id in source.book.industries:
                    found.append(source)
            except ProsperityError as error:
                unread.append((source.name, error))
        return found, unread

    def _absent(self, id: str, unread: Sequence[tuple[str, ProsperityError]]) -> ProsperityError:
        if self.missing is not None:
            return self.missing.bare()
        zh, en = unread_words(unread)
        return BookError(
            "no_book",
            f"没有工作簿含有行业 {id} 的数据：本工作簿没有它的 data 与 prices 表，"
            f"资料夹里也没有。请用“新建模板”，或在功能区选择资料夹。{zh}",
            f"No book holds the industry {id}: the calling workbook has no data and prices sheets "
            "of it, and neither has the library. Use New template, or choose the library folder "
            f"in the ribbon.{en}",
        )
