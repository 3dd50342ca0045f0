"""Choice (东方财富): ``EmQuantAPI``. It gives the publication date of each value.

Written against the documented interface; not run against a live terminal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from prosperity_excel.vendors.protocol import (
    Answer,
    Kind,
    State,
    VendorError,
    Wish,
    answer_of,
    failure,
    of_form,
    reason_of,
)
from prosperity_excel.words.pair import Pair

_SERIES = re.compile(r"^E(?:M[MGI])?\d{5,}$")
_QUOTE = re.compile(r"^[0-9A-Z]{3,12}\.(?:SH|SZ|BJ|SWI|EI|CSI|HI|MSCI)$")
#: The column of values, and what the name of that of publication dates holds.
VALUE, PUBLISHED = "RESULT", "PUBLISH"


class Choice:
    """Series of Choice's economic database with publication dates, and closes of indices."""

    id = "choice"
    name: Pair = ("东方财富 Choice", "Choice")
    batch = 100

    def serves(self, id: str, kind: Kind, indicator: str) -> str:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        return of_form(id, _SERIES if kind == "series" else _QUOTE)

    def state(self) -> State:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        try:
            _interface()
        except VendorError as error:
            return State(False, error=error)
        return State(True, None)

    def connect(self) -> None:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        _refuse(_interface().start("ForceLogin=1"), "not_running")

    def fetch(self, wishes: Sequence[Wish]) -> Sequence[Answer]:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        c = _interface()
        ids = ",".join(wish.id for wish in wishes)
        begin, end = f"{wishes[0].begin:%Y-%m-%d}", f"{wishes[0].end:%Y-%m-%d}"
        if wishes[0].kind == "close":
            result = c.csd(ids, "CLOSE", begin, end, "")
        else:
            asked = f"IsLatest=0,StartDate={begin},EndDate={end},IsPublishDate=1"
            result = c.edb(ids, asked)
        _refuse(result, "bad_answer")
        return [self._answer(wish, result) for wish in wishes]

    def _answer(self, wish: Wish, result: Any) -> Answer:
        there = {str(code).upper(): code for code in result.Data}
        if wish.id not in there:
            return Answer(wish, error=failure("unknown_id", self.name, wish.id))
        columns = list(result.Data[there[wish.id]])
        names = [str(name).strip().upper() for name in result.Indicators]
        dates = list(result.Dates)
        if len(names) != len(columns) or any(len(column) != len(dates) for column in columns):
            return Answer(wish, error=failure("bad_answer", self.name, wish.id))
        published = [n for n, name in enumerate(names) if PUBLISHED in name]
        named = [n for n, name in enumerate(names) if name == VALUE]
        values = named or [n for n in range(len(columns)) if n not in published]
        if len(values) != 1:
            return Answer(wish, error=failure("bad_answer", self.name, ", ".join(names)[:60]))
        releases = columns[published[0]] if published else ()
        pairs = list(zip(dates, columns[values[0]], strict=True))
        return answer_of(wish, pairs, self.name, releases=releases)

    def close(self) -> None:
        """Log out: Choice counts sessions."""
        _interface().stop()


def _interface() -> Any:
    try:
        from EmQuantAPI import c  # type: ignore[import-not-found]
    except ImportError:
        raise failure("not_installed", Choice.name) from None
    return c


def _refuse(result: Any, otherwise: str) -> None:
    """Raise the error that a result says, by its words; ``otherwise`` where they say nothing."""
    code = int(result.ErrorCode)
    if code != 0:
        said = str(getattr(result, "ErrorMsg", ""))
        reason = reason_of(said)
        shown = f"{said} ({code})".strip()
        raise failure(otherwise if reason == "bad_answer" else reason, Choice.name, shown)
