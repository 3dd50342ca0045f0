"""iFinD (同花顺): ``iFinDPy``.

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
from prosperity_excel.vendors.secrets import credentials, has_credentials
from prosperity_excel.words.pair import Pair

_SERIES = re.compile(r"^[A-Z]\d{9}$")
_QUOTE = re.compile(r"^[0-9A-Z]{3,12}\.(?:SH|SZ|BJ|SL|TI|CSI|CNI|HK)$")
#: Answers to a login that are good: done, and done before.
LOGGED_IN = (0, -201)
#: The answer to a login with a wrong name or password.
BAD_LOGIN = -2


class IFind:
    """Series of iFinD's economic database, and closes of indices."""

    id = "ifind"
    name: Pair = ("同花顺 iFinD", "iFinD")
    batch = 200

    def serves(self, id: str, kind: Kind, indicator: str) -> str:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        return of_form(id, _SERIES if kind == "series" else _QUOTE)

    def state(self) -> State:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        try:
            _interface()
        except VendorError as error:
            return State(False, error=error)
        if not has_credentials(self.id):
            return State(True, False, failure("no_credentials", self.name, self.id))
        return State(True, None)

    def connect(self) -> None:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        ths = _interface()
        code = int(ths.THS_iFinDLogin(*credentials(self.id, self.name)))
        if code not in LOGGED_IN:
            raise failure(
                "bad_login" if code == BAD_LOGIN else "not_running", self.name, f"({code})"
            )

    def fetch(self, wishes: Sequence[Wish]) -> Sequence[Answer]:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        ths, kind = _interface(), wishes[0].kind
        begin, end = f"{wishes[0].begin:%Y-%m-%d}", f"{wishes[0].end:%Y-%m-%d}"
        ids = [wish.id for wish in wishes]
        if kind == "close":
            result = ths.THS_HQ(",".join(ids), "close", "", begin, end)
            columns = ("time", "thscode", "close", "")
        else:
            result = ths.THS_EDB(";".join(ids), "", begin, end)
            columns = ("time", "id", "value", "index_name")
        code = int(result.errorcode)
        if code != 0:
            said = str(getattr(result, "errmsg", ""))
            raise failure(reason_of(said), self.name, f"{said} ({code})".strip())
        rows = self._rows(result.data, columns)
        return [self._answer(wish, rows) for wish in wishes]

    def _rows(self, table: Any, columns: tuple[str, str, str, str]) -> list[tuple[Any, ...]]:
        """Return time, id, value and name of each row of a long table."""
        if table is None or not len(table):
            return []
        for column in columns[:3]:
            if column not in table:
                raise failure("changed", self.name, column)
        named = columns[3] if columns[3] in table else columns[1]
        picked = (table[column].tolist() for column in (*columns[:3], named))
        return list(zip(*picked, strict=True))

    def _answer(self, wish: Wish, rows: Sequence[tuple[Any, ...]]) -> Answer:
        own = [row for row in rows if str(row[1]).strip().upper() == wish.id]
        if not own:
            return Answer(wish, error=failure("unknown_id", self.name, wish.id))
        name = str(own[0][3]) if str(own[0][3]).upper() != wish.id else ""
        return answer_of(wish, [(row[0], row[2]) for row in own], self.name, name=name)

    def close(self) -> None:
        """Leave the session open: other programs of the desk use the same one."""


def _interface() -> Any:
    try:
        import iFinDPy  # type: ignore[import-not-found]
    except ImportError:
        raise failure("not_installed", IFind.name) from None
    return iFinDPy
