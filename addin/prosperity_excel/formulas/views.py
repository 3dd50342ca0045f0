"""The state of one UDF server: what each calling workbook sees, and what has been answered.

A calling workbook's content, its settings and the library are looked at again at the first cell
of each recalculation, and when the last look is older than :data:`CHECK_SECONDS`; in between every
cell is served from memory, so a sheet with a thousand formulas is read once.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from prosperity.errors import BookError, ProsperityError

from prosperity_excel.formulas.library_files import stamps
from prosperity_excel.formulas.sources import (
    COUNTED,
    NEEDED,
    Folder,
    Results,
    Source,
    World,
    live_source,
)
from prosperity_excel.formulas.system_sources import holds_system, is_counted
from prosperity_excel.formulas.why import Reasons
from prosperity_excel.host.open_book import LiveBook, LiveRanges, digest
from prosperity_excel.host.protocol import Book
from prosperity_excel.runs.settings import (
    SETTINGS_SHEET,
    Resolved,
    read_user,
    resolve,
    sheet_settings,
    sheet_then,
    trusted_file,
    user_file,
)
from prosperity_excel.runs.trust import trouble
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.vintages import keep_opened, store_stamp

#: Seconds for which a calling workbook, its settings and the library are taken as unchanged.
CHECK_SECONDS = 1.0
#: Answers that are kept for one calling workbook.
KEPT_ANSWERS = 20_000
#: Calling workbooks that are remembered, and seconds after which one that asks for nothing goes.
KEPT_VIEWS = 32
VIEW_SECONDS = 3600.0


@dataclass(eq=False)
class View:
    """What one calling workbook sees, as long as nothing changes.

    Attributes
    ----------
    token : tuple
        Differs when content, settings or library differ.
    stamp : tuple
        What was seen at the last look; differs when anything has changed since.
    world : World
    resolved : Resolved
    checked : float
        When it was last found unchanged.
    today : date
        The day on which it is judged what is overdue.
    used : float
        When it was last asked for.
    asked : set
        Places of the cells that have asked since the last look.
    answers : dict
        By function and arguments.
    failures : dict of str to ProsperityError
        The last failure by industry id.
    named : str
        What its answers are kept under from one process to the next; empty until one is.
    """

    token: tuple[Any, ...]
    stamp: tuple[Any, ...]
    world: World
    resolved: Resolved
    checked: float
    today: date
    used: float = 0.0
    asked: set[tuple[str, ...]] = field(default_factory=set)
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    failures: dict[str, ProsperityError] = field(default_factory=dict)
    named: str = ""

    def keep(self, key: tuple[Any, ...], answer: Any) -> None:
        """Keep an answer; all are dropped when there are too many."""
        if len(self.answers) >= KEPT_ANSWERS:
            self.answers.clear()
        self.answers[key] = answer


class Session:
    """Views by calling workbook, and results that all of them share."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.now = now
        self.today = today
        self.folder = Folder()
        self.results = Results()
        self.reasons = Reasons()
        self.ranges = LiveRanges()
        #: Whether the host says when it recalculates.
        self.told = False
        self._views: OrderedDict[str, View] = OrderedDict()

    def clear(self) -> None:
        """Forget everything, so that the next call reads and computes anew."""
        self.folder.clear()
        self.results.clear()
        self.reasons.clear()
        self.ranges.clear()
        self._views.clear()

    def look_again(self) -> None:
        """Take nothing as unchanged any longer; what turns out to be unchanged is kept."""
        for view in self._views.values():
            view.checked = -math.inf

    def recalculated(self) -> None:
        """Say that the host begins a new recalculation: the next cell looks at its workbook again.

        A host that says so is trusted to say it each time. With others a cell that asks again means
        that a recalculation has begun since, because each cell is computed once in one.
        """
        self.told = True
        self.look_again()

    def view(
        self,
        identity: str,
        book: Callable[[], Book] | None = None,
        cell: Callable[[], tuple[str, ...]] | None = None,
    ) -> View:
        """Return what a calling workbook sees.

        Parameters
        ----------
        identity
            Full name of the calling workbook; empty without one.
        book
            Gives it; called when it has to be looked at.
        cell
            Gives the place of the calling cell; called while the host does not say when it
            recalculates.

        Raises
        ------
        ProsperityError
            For wrong settings; problems of books come when an industry is asked for.
        """
        now = self.now()
        view = self._views.get(identity)
        place = cell() if cell is not None and not self.told else ()
        again = view is not None and bool(place) and place in view.asked
        if view is None or again or now - view.checked >= CHECK_SECONDS:
            view = self._look(identity, None if book is None else LiveBook(book()), view)
            view.asked.clear()
        if place:
            view.asked.add(place)
        view.used = now
        self._views[identity] = view
        self._views.move_to_end(identity)
        self._forget(now)
        return view

    def _forget(self, now: float) -> None:
        """Forget the views that were used least lately: each holds a workbook's content."""
        while len(self._views) > KEPT_VIEWS or (
            now - next(iter(self._views.values())).used > VIEW_SECONDS
        ):
            self._views.popitem(last=False)

    def _look(self, identity: str, live: LiveBook | None, known: View | None) -> View:
        """Return the view as it is now: the known one when nothing has changed."""
        if known is None and live is not None and all(live.find(words) for words in NEEDED):
            # Before anything is remembered of the history's file, which this may change.
            keep_opened(live.workbook(), live.workbook().path)
        seen = (self.today(), *_seen(live))
        if known is not None:
            library = known.resolved.library
            if known.stamp == (*seen, library, _listed(library, identity)):
                known.checked = self.now()
                return known
        view = self._read(identity, live, seen)
        if known is not None and view.token == known.token:
            known.checked, known.stamp = view.checked, view.stamp
            return known
        return view

    def _read(self, identity: str, live: LiveBook | None, seen: tuple[Any, ...]) -> View:
        sheet = None if live is None else _values(live, SETTINGS_SHEET)
        given = {} if live is None or sheet is None else sheet_settings(live.workbook())
        missing = _library_trouble(identity, given)
        if missing is not None:
            given = {name: value for name, value in given.items() if name != "library"}
        resolved = resolve(sheet=given, user=read_user(), folder=_parent(identity))
        if live is not None and resolved.settings.as_of is not None:
            # As of a day the sheet counts as it was then, as in a shell.
            # A history that cannot be read is said by whatever is computed.
            with suppress(BookError):
                given = sheet_then(given, live.workbook().path, resolved.settings.as_of)
                resolved = resolve(sheet=given, user=read_user(), folder=_parent(identity))
        if missing is not None:
            resolved = replace(resolved, library=None)
        own = None if live is None else _own_source(live)
        # Listed before it is read: a file that changes meanwhile is seen at the next look.
        files = _listed(resolved.library, identity)
        library: tuple[Source, ...] = ()
        if resolved.library is not None:
            try:
                library = tuple(self.folder.sources(resolved.library, without=identity))
            except BookError as error:
                missing = error.bare()
        token = (
            own.digest if own else "",
            digest(sheet),
            _stamp(user_file()),
            resolved.library,
            tuple(source.digest for source in library),
            "" if missing is None else missing.code,
            self.today(),
        )
        stamp = (*seen, resolved.library, files)
        world = World(own, library, missing)
        return View(token, stamp, world, resolved, self.now(), self.today())


def _own_source(live: LiveBook) -> Source | None:
    """Return an open workbook as a source, where it is a book of industries or of systems."""
    if holds_system(live.names):
        return live_source(live, [(name,) for name in live.names if is_counted(name)])
    ours = all(live.find(words) for words in NEEDED)
    return live_source(live) if ours else None


def _seen(live: LiveBook | None) -> tuple[Any, ...]:
    """Return what differs when the workbook or the user's files do; cheaper than to read them."""
    return (
        () if live is None else live.stamp(_groups(live)),
        "" if live is None else store_stamp(live.workbook().path),
        _stamp(user_file()),
        _stamp(trusted_file()),
    )


def _groups(live: LiveBook) -> tuple[tuple[str, ...], ...]:
    """Return the names of the sheets that count."""
    if not holds_system(live.names):
        return (*COUNTED, SETTINGS_SHEET)
    return tuple((name,) for name in live.names if is_counted(name))


def _listed(library: Path | None, identity: str) -> tuple[Any, ...]:
    """Return what differs when a file of the library does."""
    if library is None:
        return ()
    try:
        return tuple(stamp for _, stamp in stamps(library, identity))
    except BookError as error:
        return (error.code,)


def _library_trouble(identity: str, given: Mapping[str, object]) -> BookError | None:
    """Return why the library that a workbook's own sheet names does not count."""
    named = str(given.get("library") or "")
    return trouble(identity, named, file=trusted_file()) if named else None


def _values(live: LiveBook, words: tuple[str, ...]) -> Sheet | None:
    name = live.find(words)
    return None if name is None else live.values(name)


def _parent(identity: str) -> Path | None:
    """Return the folder of a calling workbook; None for one that was never saved."""
    path = Path(identity)
    return path.parent if identity and path.is_absolute() else None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_mtime_ns, told.st_size
