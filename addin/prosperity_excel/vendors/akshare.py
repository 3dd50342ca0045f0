"""AKShare: free, over the internet; a function an indicator group, whose tables change.

Which function and which column stands for a series is data (``akshare.toml``), checked against
what comes back. The functions fetch from the internet and were not run against it here; that they
exist, with these arguments and columns, is compared with the installed package's source.
"""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from importlib.util import find_spec
from typing import Any

from prosperity_excel.vendors.protocol import (
    REASONS,
    Answer,
    Kind,
    State,
    VendorError,
    Wish,
    answer_of,
    as_text,
    failure,
)
from prosperity_excel.words.pair import Pair

_QUOTE = re.compile(r"^(\d{6})\.(SI|SH|SZ)$")
#: A series that a book names itself: the function, and the column of values. Only functions that
#: fetch data of these kinds are called, whatever a workbook says.
_NAMED = re.compile(
    r"^akshare:((?:macro|bond|futures|spot|energy|rate|index|currency|repo|article)_[a-z0-9_]{2,60})"
    r"/([^/;；]{1,60})$",
    re.IGNORECASE,
)
#: A series of the mapping that only stands in for what the column is called.
_STAND_IN = re.compile(r"^akshare:([a-z0-9_]{1,60})$", re.IGNORECASE)
#: How a column of dates is called.
DATES = ("月份", "日期", "时间", "统计时间", "季度", "date", "年份")


@dataclass(frozen=True)
class Mapped:
    """Where a series stands.

    Attributes
    ----------
    function : str
        Of AKShare.
    date, value, release : str
        Columns of its table; no release date where empty.
    arguments : mapping of str to str
        ``{code}``, ``{begin}`` and ``{end}`` are filled in, dates as 20240131.
    unit : str
    daily : bool
    stands_for : tuple of str
        In Chinese and English, where it is not the series itself but stands in for it; such a
        series is taken only when the book's column asks for it: ``AKSHARE:glass_price``.
    """

    function: str
    date: str
    value: str
    release: str = ""
    arguments: Mapping[str, str] | None = None
    unit: str = ""
    daily: bool = False
    stands_for: tuple[str, ...] = ()


@cache
def mapping() -> Mapping[str, Mapped]:
    """Return where each series stands, by indicator id, and closes by ``close`` and exchange."""
    file = resources.files("prosperity_excel") / "vendors" / "akshare.toml"
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        id: Mapped(**{**row, "stands_for": tuple(row.get("stands_for", ()))})
        for id, row in raw.items()
    }


class AKShare:
    """Series of AKShare by indicator, and closes of indices by code."""

    id = "akshare"
    name: Pair = ("AKShare", "AKShare")
    batch = 1

    def __init__(self) -> None:
        self._tables: dict[tuple[str, tuple[tuple[str, str], ...]], Any] = {}

    def serves(self, id: str, kind: Kind, indicator: str) -> str:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        if kind == "close":
            found = _QUOTE.match(id.upper())
            return id.upper() if found and f"close {found[2]}" in mapping() else ""
        if _NAMED.match(id):
            return id
        said = _STAND_IN.match(id)
        if said:
            return said[1].lower() if said[1].lower() in mapping() else ""
        mapped = mapping().get(indicator)
        return indicator if mapped is not None and not mapped.stands_for else ""

    def state(self) -> State:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        if find_spec("akshare") is None:
            return State(False, error=failure("not_installed", self.name, "pip install akshare"))
        return State(True, None)

    def connect(self) -> None:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        error = self.state().error
        if error is not None:
            raise error

    def fetch(self, wishes: Sequence[Wish]) -> Sequence[Answer]:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        return [self._answer(wish) for wish in wishes]

    def _answer(self, wish: Wish) -> Answer:
        try:
            mapped, code = self._mapped(wish)
            table = self._table(mapped.function, _arguments(mapped, code, wish))
        except VendorError as error:
            if REASONS[error.code].again:
                raise  # to be tried again
            return Answer(wish, error=error)
        date = mapped.date or next((name for name in DATES if name in table), DATES[0])
        for column in filter(None, (date, mapped.value, mapped.release)):
            if column not in table:
                about = f"{mapped.function}: {column}"
                return Answer(wish, error=failure("changed", self.name, about))
        pairs = list(zip(table[date].tolist(), table[mapped.value].tolist(), strict=True))
        releases = table[mapped.release].map(as_text).tolist() if mapped.release else ()
        return answer_of(wish, pairs, self.name, releases=releases, unit=mapped.unit)

    def _mapped(self, wish: Wish) -> tuple[Mapped, str]:
        """Return where a series stands, and the code that its function takes."""
        named, quote = _NAMED.match(wish.id), _QUOTE.match(wish.id)
        if named:
            return Mapped(named[1].lower(), "", named[2]), ""
        key = f"close {quote[2]}" if quote else wish.id
        if key not in mapping():
            raise failure("unknown_id", self.name, wish.id)
        return mapping()[key], quote[1] if quote else ""

    def _table(self, function: str, arguments: Mapping[str, str]) -> Any:
        """Return what a function gives, once for all series that it holds."""
        key = (function, tuple(sorted(arguments.items())))
        if key not in self._tables:
            found = getattr(import_module("akshare"), function, None)
            if found is None:
                raise failure("changed", self.name, function)
            # Its bars of progress would stand between the lines of ours.
            with contextlib.redirect_stderr(io.StringIO()):
                self._tables[key] = _called(found, arguments, self.name)
        return self._tables[key]

    def close(self) -> None:
        """Forget the tables."""
        self._tables.clear()


def _arguments(mapped: Mapped, code: str, wish: Wish) -> dict[str, str]:
    begin, end = f"{wish.begin:%Y%m%d}", f"{wish.end:%Y%m%d}"
    return {
        name: text.format(code=code, begin=begin, end=end)
        for name, text in (mapped.arguments or {}).items()
    }


def _called(function: Any, arguments: Mapping[str, str], name: Pair) -> Any:
    """Call a function of AKShare; say by its kind what goes wrong inside."""
    try:
        return function(**arguments)
    except OSError as error:  # requests' own errors are of this kind
        raise failure("network", name, type(error).__name__) from None
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        # A site that answers otherwise than AKShare expects.
        about = f"{getattr(function, '__name__', '')} ({type(error).__name__})"
        raise failure("bad_answer", name, about) from None
