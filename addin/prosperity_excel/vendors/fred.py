"""FRED, the Federal Reserve Bank of St. Louis: free, over the internet, with a key of one's own."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
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
)
from prosperity_excel.vendors.secrets import credentials, has_credentials
from prosperity_excel.words.pair import Pair

#: Where it answers; the variable names another address, for a proxy of the desk or a test.
ADDRESS, ADDRESS_VARIABLE = "https://api.stlouisfed.org", "PROSPERITY_FRED_ADDRESS"
#: The most that is read of an answer, and the seconds that it is waited for.
MOST_BYTES, SECONDS = 20_000_000, 30.0
_MARKED = re.compile(r"^FRED:([A-Z0-9_]{1,40})$")


class Fred:
    """Series of FRED, written ``FRED:DGS10`` in a book."""

    id = "fred"
    name: Pair = ("美联储 FRED", "FRED")
    batch = 1

    def serves(self, id: str, kind: Kind, indicator: str) -> str:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        found = _MARKED.match(id.upper())
        return found[1] if found and kind == "series" else ""

    def state(self) -> State:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        if not has_credentials(self.id):
            return State(True, False, failure("no_credentials", self.name, self.id))
        return State(True, None)

    def connect(self) -> None:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        credentials(self.id, self.name)

    def fetch(self, wishes: Sequence[Wish]) -> Sequence[Answer]:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        return [self._answer(wish) for wish in wishes]

    def _answer(self, wish: Wish) -> Answer:
        (key,) = credentials(self.id, self.name)
        given = {
            "series_id": wish.id,
            "observation_start": f"{wish.begin:%Y-%m-%d}",
            "observation_end": f"{wish.end:%Y-%m-%d}",
            "file_type": "json",
            "api_key": key,
        }
        try:
            found = self._json("/fred/series/observations", given)
        except VendorError as error:
            if error.code in ("unknown_id", "bad_answer"):
                return Answer(wish, error=error)
            raise
        rows = found.get("observations") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            return Answer(wish, error=failure("bad_answer", self.name, wish.id))
        try:
            pairs = [(row["date"], row["value"]) for row in rows]
        except (TypeError, KeyError):
            return Answer(wish, error=failure("bad_answer", self.name, wish.id))
        return answer_of(wish, pairs, self.name)

    def search(self, text: str) -> list[tuple[str, str]]:
        """Return ids and titles of series that a text finds, best first.

        Raises
        ------
        VendorError
        """
        (key,) = credentials(self.id, self.name)
        given = {"search_text": text, "file_type": "json", "api_key": key, "limit": "10"}
        found = self._json("/fred/series/search", given)
        rows = found.get("seriess", []) if isinstance(found, dict) else []
        return [(f"FRED:{row.get('id', '')}", str(row.get("title", ""))) for row in rows]

    def _json(self, path: str, given: dict[str, str]) -> Any:
        address = os.environ.get(ADDRESS_VARIABLE, ADDRESS) + path
        try:
            content = get(f"{address}?{urllib.parse.urlencode(given)}", self.name)
        except urllib.error.HTTPError as error:
            with error:
                reason = _reason(error)
            raise failure(reason, self.name, f"HTTP {error.code}") from None
        try:
            return json.loads(content)
        except ValueError:
            raise failure("bad_answer", self.name, "JSON") from None

    def close(self) -> None:
        """There is nothing to close."""


def get(address: str, name: Pair) -> bytes:
    """Return what an address holds; the address, which may hold a key, is in no error.

    Raises
    ------
    VendorError
        ``network``, or ``bad_answer`` for an answer that is too large.
    urllib.error.HTTPError
        For an answer that is an error.
    """
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            content: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError:
        raise
    except (OSError, ValueError) as error:
        raise failure("network", name, type(error).__name__) from None
    if len(content) > MOST_BYTES:
        raise failure("bad_answer", name, f"> {MOST_BYTES:,} bytes")
    return content


def _reason(error: urllib.error.HTTPError) -> str:
    code = error.code
    if code == 429:
        return "quota"
    if code >= 500:
        return "network"
    if code in (401, 403):
        return "bad_login"
    said = error.read(2000).decode("utf-8", "replace").casefold()
    return "bad_login" if "api_key" in said or "api key" in said else "unknown_id"
