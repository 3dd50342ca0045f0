"""OECD: free, over the internet, without a key (SDMX as CSV)."""

from __future__ import annotations

import csv
import io
import os
import re
import urllib.error
from collections.abc import Mapping, Sequence

from prosperity_excel.vendors.fred import get
from prosperity_excel.vendors.protocol import (
    Answer,
    Kind,
    State,
    Wish,
    answer_of,
    failure,
)
from prosperity_excel.words.pair import Pair

ADDRESS, ADDRESS_VARIABLE = "https://sdmx.oecd.org/public/rest", "PROSPERITY_OECD_ADDRESS"
#: Composite leading indicators, amplitude adjusted, monthly.
FLOW = "OECD.SDD.STES,DSD_STES@DF_CLI,"
_MARKED = re.compile(r"^OECD:CLI:([A-Z0-9]{2,8})$")
#: Indicators of the catalog that are composite leading indicators, and their areas.
AREAS: Mapping[str, str] = {"us_cli": "USA", "eu_cli": "G4E", "jp_cli": "JPN"}


class Oecd:
    """The OECD's composite leading indicators, written ``OECD:CLI:USA`` in a book."""

    id = "oecd"
    name: Pair = ("OECD", "OECD")
    batch = 1

    def serves(self, id: str, kind: Kind, indicator: str) -> str:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        if kind != "series":
            return ""
        found = _MARKED.match(id.upper())
        return found[1] if found else AREAS.get(indicator, "")

    def state(self) -> State:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        return State(True, None)

    def connect(self) -> None:
        """No login is needed."""

    def fetch(self, wishes: Sequence[Wish]) -> Sequence[Answer]:
        """See :class:`~prosperity_excel.vendors.protocol.Vendor`."""
        return [self._answer(wish) for wish in wishes]

    def _answer(self, wish: Wish) -> Answer:
        base = os.environ.get(ADDRESS_VARIABLE, ADDRESS)
        asked = f"startPeriod={wish.begin:%Y-%m}&endPeriod={wish.end:%Y-%m}&format=csvfile"
        try:
            content = get(f"{base}/data/{FLOW}/{wish.id}.M.LI...AA...H?{asked}", self.name)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 429:
                raise failure("quota", self.name, f"HTTP {error.code}") from None
            if error.code >= 500:
                raise failure("network", self.name, f"HTTP {error.code}") from None
            return Answer(wish, error=failure("unknown_id", self.name, f"{wish.id} ({error.code})"))
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"))))
        for column in ("TIME_PERIOD", "OBS_VALUE"):
            if rows and column not in rows[0]:
                return Answer(wish, error=failure("changed", self.name, column))
        pairs = [(row["TIME_PERIOD"], row["OBS_VALUE"]) for row in rows]
        return answer_of(wish, pairs, self.name)

    def close(self) -> None:
        """There is nothing to close."""
