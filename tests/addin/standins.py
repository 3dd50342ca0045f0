"""Stand-ins for vendors' interfaces, in the shapes that are documented, the awkward ones included.

They answer from one table of values by id and day. Nothing here was compared with a live terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd

#: Values by id and day.
Values = Mapping[str, Mapping[date, float]]


@dataclass
class Terminal:
    """What a stand-in answers from, and what it was asked.

    Attributes
    ----------
    values, releases, names
        By id.
    connected : bool
    calls : list
        Ids of each call.
    fails : callable or None
        Given the ids of a call, returns a code or text of an error, or raises; None is good.
    """

    values: Values
    releases: Mapping[str, Mapping[date, date]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    connected: bool = True
    calls: list[tuple[str, ...]] = field(default_factory=list)
    fails: Callable[[Sequence[str]], Any] | None = None

    def days(self, ids: Sequence[str], begin: str, end: str) -> list[date]:
        first, last = date.fromisoformat(begin), date.fromisoformat(end)
        every = {day for id in ids for day in self.values.get(id, {})}
        return sorted(day for day in every if first <= day <= last)


def wind(terminal: Terminal) -> ModuleType:
    """Return a module WindPy."""

    def answer(codes: str, begin: str, end: str) -> Any:
        ids = codes.split(",")
        terminal.calls.append(tuple(ids))
        failed = terminal.fails(ids) if terminal.fails else None
        if failed:
            return SimpleNamespace(ErrorCode=failed, Codes=[], Fields=[], Times=[],
                                   Data=[["no such thing"]])  # fmt: skip
        days = terminal.days(ids, begin, end)
        values = [[terminal.values[id].get(day, float("nan")) for day in days] for id in ids]
        if len(days) == 1 and len(ids) > 1:
            # With one date, one list over codes.
            values = [[column[0] for column in values]]
        return SimpleNamespace(ErrorCode=0, Codes=ids, Fields=["CLOSE"], Times=days, Data=values)

    def start(waitTime: int = 60) -> Any:  # noqa: N803 - the interface's own word
        terminal.connected = terminal.connected or waitTime < 0
        code = 0 if terminal.connected else -40520004
        return SimpleNamespace(ErrorCode=code, Data=[["not logged in"]])

    module = ModuleType("WindPy")
    module.w = SimpleNamespace(  # type: ignore[attr-defined]
        isconnected=lambda: terminal.connected,
        start=start,
        edb=lambda codes, begin, end, options="": answer(codes, begin, end),
        wsd=lambda codes, field, begin, end, options="": answer(codes, begin, end),
    )
    return module


def ifind(terminal: Terminal, password: str = "right") -> ModuleType:
    """Return a module iFinDPy: values as text, newest first."""

    def rows(ids: Sequence[str], begin: str, end: str, column: str, id_column: str) -> Any:
        terminal.calls.append(tuple(ids))
        failed = terminal.fails(ids) if terminal.fails else None
        if failed:
            return SimpleNamespace(errorcode=-1, errmsg=failed, data=None)
        days = terminal.days(ids, begin, end)[::-1]
        found = [
            {
                "time": f"{day:%Y-%m-%d}",
                id_column: id,
                "index_name": terminal.names.get(id, ""),
                column: str(terminal.values[id][day]),
            }
            for id in ids
            for day in days
            if day in terminal.values.get(id, {})
        ]
        return SimpleNamespace(errorcode=0, errmsg="", data=pd.DataFrame(found))

    module = ModuleType("iFinDPy")
    logins: list[str] = []

    def login(user: str, given: str) -> int:
        logins.append(user)
        return (0 if len(logins) == 1 else -201) if given == password else -2

    module.THS_iFinDLogin = login  # type: ignore[attr-defined]
    module.THS_EDB = (  # type: ignore[attr-defined]
        lambda ids, _, begin, end: rows(ids.split(";"), begin, end, "value", "id")
    )
    module.THS_HQ = (  # type: ignore[attr-defined]
        lambda ids, field, _, begin, end: rows(ids.split(","), begin, end, "close", "thscode")
    )
    return module


def choice(terminal: Terminal) -> ModuleType:
    """Return a module EmQuantAPI: values by code, indicator and date, with publication dates."""

    def answer(codes: str, begin: str, end: str, published: bool) -> Any:
        ids = codes.split(",")
        terminal.calls.append(tuple(ids))
        failed = terminal.fails(ids) if terminal.fails else None
        if failed:
            return SimpleNamespace(ErrorCode=1, ErrorMsg=failed, Codes=[], Indicators=[],
                                   Dates=[], Data={})  # fmt: skip
        days = terminal.days(ids, begin, end)
        data = {}
        for id in ids:
            if id in terminal.values:
                column = [terminal.values[id].get(day) for day in days]
                out = [str(terminal.releases.get(id, {}).get(day, "")) for day in days]
                data[id] = [column, out] if published else [column]
        names = ["RESULT", "PUBLISHDATE"] if published else ["CLOSE"]
        return SimpleNamespace(ErrorCode=0, ErrorMsg="", Codes=list(data), Indicators=names,
                               Dates=[f"{day:%Y/%m/%d}" for day in days], Data=data)  # fmt: skip

    def edb(codes: str, options: str) -> Any:
        said = dict(part.split("=") for part in options.split(","))
        return answer(codes, said["StartDate"], said["EndDate"], said["IsPublishDate"] == "1")

    module = ModuleType("EmQuantAPI")
    good = SimpleNamespace(ErrorCode=0, ErrorMsg="")
    bad = SimpleNamespace(ErrorCode=10001, ErrorMsg="user not login")
    module.c = SimpleNamespace(  # type: ignore[attr-defined]
        start=lambda options: good if terminal.connected else bad,
        stop=lambda: good,
        edb=edb,
        csd=lambda codes, field, begin, end, options="": answer(codes, begin, end, False),
    )
    return module


def akshare(**tables: Any) -> ModuleType:
    """Return a module akshare whose functions give tables, or raise what is an exception."""
    module = ModuleType("akshare")
    module.__spec__ = SimpleNamespace(name="akshare")  # type: ignore[assignment]

    def function(name: str, given: Any) -> Any:
        def call(**arguments: str) -> Any:
            if isinstance(given, Exception):
                raise given
            return given

        call.__name__ = name
        return call

    for name, given in tables.items():
        setattr(module, name, function(name, given))
    return module
