"""Why a cell shows an error: remembered for PROSPERITY_WHY, and written to the log."""

from __future__ import annotations

import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from prosperity.errors import ProsperityError

#: Reasons that are kept, and for how long (a day); the oldest go first.
KEPT = 10_000
KEPT_SECONDS = 86_400.0
#: Environment variable that names another log file.
LOG_VARIABLE = "PROSPERITY_LOG"
LOG_BYTES = 500_000
_LOGGER = logging.getLogger("prosperity.addin")


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


def log_file() -> Path:
    """Return the log's file: named by ``PROSPERITY_LOG``, else beside the user's settings."""
    named = os.environ.get(LOG_VARIABLE)
    return Path(named) if named else Path.home() / ".prosperity" / "prosperity.log"


def log() -> logging.Logger:
    """Return the add-in's log, which is written to a file of bounded size.

    Where the file cannot be written, errors go without a log rather than fail the formula.
    """
    path = log_file()
    present = [h for h in _LOGGER.handlers if isinstance(h, RotatingFileHandler)]
    if present and Path(present[0].baseFilename) == path.absolute():
        return _LOGGER
    for handler in present:
        _LOGGER.removeHandler(handler)
        handler.close()
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        return _LOGGER
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOGGER.addHandler(handler)
    return _LOGGER


def internal(error: Exception) -> ProsperityError:
    """Return a bug as an error for people; its details go to the log."""
    log().error("internal error", exc_info=error)
    kind = type(error).__name__
    return ProsperityError(
        "internal",
        f"程序内部错误（{kind}），详情在日志 {log_file()} 中。",
        f"Internal error ({kind}); the details are in the log {log_file()}.",
    )
