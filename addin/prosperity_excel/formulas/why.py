"""Why a cell shows an error: remembered for PROSPERITY_WHY."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from prosperity.errors import ProsperityError

#: Reasons that are kept, and for how long (a day); the oldest go first.
KEPT = 10_000
KEPT_SECONDS = 86_400.0


class Reasons:
    """The last reason by place: a cell, or an industry as seen from a book."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._by_place: OrderedDict[tuple[str, ...], tuple[float, ProsperityError]] = OrderedDict()

    def keep(self, place: tuple[str, ...], error: ProsperityError) -> None:
        """Remember an error, without the frames that it came through."""
        now = self._now()
        self._by_place[place] = now, error.bare()
        self._by_place.move_to_end(place)
        while len(self._by_place) > KEPT or now - self._oldest() > KEPT_SECONDS:
            self._by_place.popitem(last=False)

    def find(self, place: tuple[str, ...]) -> ProsperityError | None:
        """Return what is remembered of a place."""
        return self._by_place.get(place, (0.0, None))[1]

    def clear(self) -> None:
        """Take everything out."""
        self._by_place.clear()

    def _oldest(self) -> float:
        return next(iter(self._by_place.values()))[0]
