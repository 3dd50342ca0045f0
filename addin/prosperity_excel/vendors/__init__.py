"""Vendors of data: what each is asked and answers, behind one small protocol.

Nothing here knows a workbook; :mod:`prosperity_excel.intake.update` does. An interface of a vendor
is imported only when it is asked for something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prosperity.errors import SettingError, nearest

from prosperity_excel.vendors.akshare import AKShare
from prosperity_excel.vendors.choice import Choice
from prosperity_excel.vendors.fred import Fred
from prosperity_excel.vendors.ifind import IFind
from prosperity_excel.vendors.oecd import Oecd
from prosperity_excel.vendors.protocol import Vendor
from prosperity_excel.vendors.wind import Wind

#: By the word for each, in the order in which they are asked.
VENDORS: Mapping[str, Callable[[], Vendor]] = {
    "wind": Wind,
    "ifind": IFind,
    "choice": Choice,
    "akshare": AKShare,
    "fred": Fred,
    "oecd": Oecd,
}


def vendor(id: str) -> Vendor:
    """Return a vendor by its word.

    Raises
    ------
    SettingError
        ``unknown_source``, with the nearest.
    """
    if id not in VENDORS:
        near = nearest(id, VENDORS)
        raise SettingError(
            "unknown_source",
            f"没有“{id[:40]}”这个数据源；可用：{'、'.join(VENDORS)}。",
            f"There is no source {id[:40]!r}; they are {', '.join(VENDORS)}."
            f"{' Nearest: ' + ', '.join(near) + '.' if near else ''}",
        )
    return VENDORS[id]()
