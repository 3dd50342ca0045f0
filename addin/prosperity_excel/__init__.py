"""Prosperity in workbooks: reading, writing, reports, and the verbs of the shell.

From Python, :func:`load` gives a book; docs/python.md shows the way from there.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prosperity_excel.runs.loaded import LoadedBook

__all__ = ["LoadedBook", "load"]


def load(path: str | PathLike[str]) -> LoadedBook:
    """Load a book; see :func:`prosperity_excel.runs.loaded.load`."""
    from prosperity_excel.runs import loaded

    return loaded.load(path)


def __getattr__(name: str) -> Any:
    # Loaded when it is asked for: the shell and Excel's server import this package first.
    if name != "LoadedBook":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from prosperity_excel.runs import loaded

    return loaded.LoadedBook


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
