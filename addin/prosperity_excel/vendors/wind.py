"""Wind: ``WindPy``, which the terminal installs on Windows.

Written against the documented interface; not run against a live terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
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
)
from prosperity_excel.words.pair import Pair

_SERIES = re.compile(r"^[A-Z]\d{7}$")
_QUOTE = re.compile(r"^[0-9A-Z]{3,12}\.(?:SH|SZ|BJ|SI|WI|CI|CSI|CNI|HI|GI)$")
#: Its codes of error, by what they mean to us; others are answers that cannot be understood.
CODES: Mapping[int, str] = {
    -40520004: "not_running",
    -40520005: "permission",
    -40520007: "nothing",
    -40520008: "network",
    -40520013: "not_running",
    -40520014: "not_running",
    -40520015: "bad_login",
    **dict.fromkeys(range(-40521010, -40521000), "network"),
    -40521011: "quota",
    -40522001: "not_running",
    **dict.fromkeys((-40522003, -40522004, -40522005, -40522006, -40522007), "unknown_id"),
    -40522015: "permission",
    -40522017: "quota",
}
#: Seconds that the terminal may take to answer a login.
LOGIN_SECONDS = 60


class Wind:
    """Series of Wind's economic database, and closes of indices."""

    id = "wind"
    name: Pair = ("万得", "Wind")
    batch = 50

    def serves(self, id: str, kind: Kind, indicator: str) -> str:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        return of_form(id, _SERIES if kind == "series" else _QUOTE)

    def state(self) -> State:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        try:
            w = _interface()
        except VendorError as error:
            return State(False, error=error)
        ready = bool(w.isconnected())
        return State(True, ready, None if ready else failure("not_running", self.name))

    def connect(self) -> None:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        w = _interface()
        if not w.isconnected():
            _refuse(w.start(waitTime=LOGIN_SECONDS), start=True)

    def fetch(self, wishes: Sequence[Wish]) -> Sequence[Answer]:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        w = _interface()
        codes = ",".join(wish.id for wish in wishes)
        begin, end = f"{wishes[0].begin:%Y-%m-%d}", f"{wishes[0].end:%Y-%m-%d}"
        # Never Fill=Previous, which invents values, and never a frame, whose shape changes with
        # the number of codes and dates.
        if wishes[0].kind == "close":
            result = w.wsd(codes, "close", begin, end, "")
        else:
            result = w.edb(codes, begin, end, "")
        _refuse(result)
        columns = columns_of(result, len(wishes))
        return [self._answer(wish, columns.get(wish.id.upper()), result.Times) for wish in wishes]

    def _answer(self, wish: Wish, column: Sequence[Any] | None, times: Sequence[date]) -> Answer:
        if column is None:
            return Answer(wish, error=failure("unknown_id", self.name, wish.id))
        return answer_of(wish, list(zip(times, column, strict=True)), self.name)

    def close(self) -> None:
        """Leave the session open: other programs of the desk use the same one."""


def _interface() -> Any:
    try:
        from WindPy import w  # type: ignore[import-not-found]
    except ImportError:
        raise failure("not_installed", Wind.name) from None
    return w


def _refuse(result: Any, *, start: bool = False) -> None:
    """Raise the error that a result says."""
    code = int(result.ErrorCode)
    if code == 0:
        return
    reason = "not_running" if start else CODES.get(code, "bad_answer")
    said = result.Data[0][0] if getattr(result, "Data", None) and result.Data[0] else ""
    raise failure(reason, Wind.name, f"{said} ({code})".strip())


def columns_of(result: Any, asked: int) -> dict[str, Sequence[Any]]:
    """Return the values of each code over the result's dates.

    With one date, values may come as one list over codes.

    Raises
    ------
    VendorError
        ``bad_answer`` when numbers of codes, dates and values do not fit.
    """
    codes, times, data = [str(c).upper() for c in result.Codes], result.Times, result.Data
    if len(times) == 1 and len(data) == 1 and len(data[0]) == len(codes):
        data = [[value] for value in data[0]]
    fits = len(data) == len(codes) and all(len(values) == len(times) for values in data)
    if not fits or len(set(codes)) != len(codes):
        shape = f"{asked}: {len(codes)} × {len(times)}, {[len(values) for values in data][:5]}"
        raise failure("bad_answer", Wind.name, shape)
    return dict(zip(codes, data, strict=True))
