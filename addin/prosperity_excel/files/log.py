"""The add-in's log: one file of bounded size; and a bug as an error for people."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from prosperity.errors import ProsperityError

#: Environment variable that names another log file.
LOG_VARIABLE = "PROSPERITY_LOG"
LOG_BYTES = 500_000
_LOGGER = logging.getLogger("prosperity.addin")


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
