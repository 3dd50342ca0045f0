"""What a cell costs: each row of the table of costs beside a peer of the same run.

On the harness of the tests: xlwings' own COM code over stand-ins for Excel's objects, so that COM's
own time is in none of the rows. Prints milliseconds, the peer's, their ratio, and how many
properties of Excel's objects were read; and, from the sources, how often one cell reads xlwings'
settings sheet before Python is called. Nothing is asserted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

import xlwings
from prosperity.catalog import catalog
from prosperity.engine import evaluate
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.excel import functions
from prosperity_excel.excel.xlam.build import FLAGS, START
from prosperity_excel.excel.xlam.vba import modules
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.runs.settings import FILE_VARIABLE, write_user
from prosperity_excel.template.template import write_template
from python_calamine import CalamineWorkbook

from tests.addin.excel_com import MISSING, Cells, Excel, Grid, call, server

ROUNDS = 5
_PROCEDURE = re.compile(
    r"^\s*(?:Public |Private )?(?:Function|Sub) (\w+)(.*?)^\s*End (?:Function|Sub)",
    re.MULTILINE | re.DOTALL,
)


def main() -> None:
    """Write twenty books, measure every row, print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ[FILE_VARIABLE] = str(folder / "settings.toml")
        library = _library(folder / "library")
        server()
        write_user({"library": str(library)})
        print(f"{'what':44}{'ms':>9}{'peer ms':>10}{'ratio':>8}{'reads':>7}")
        for what, ours, peer in _rows(library):
            mine, theirs = _milliseconds(ours), _milliseconds(peer)
            with _reads() as reads:
                ours()
            print(f"{what:44}{mine:9.2f}{theirs:10.2f}{mine / theirs:8.1f}{len(reads):7}")
        _starts()
        _static()


def _library(folder: Path) -> Path:
    folder.mkdir()
    models = list(catalog().values())
    panel = simulate(models)
    for model in models:
        if model.kind == "industry":
            write_template([model], folder / f"{model.id}.xlsx", panel=panel)
    return folder


def _rows(library: Path) -> Iterator[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Give each row: what, the work, and its peer."""
    from xlwings.udfs import xlfunc  # there once server() has stood in for pywin32

    book = Excel.open(library / "autos.xlsx")
    sheet = book["data"]
    at, used = sheet.Cells(1, 60), sheet.UsedRange
    functions.nothing = xlfunc(_nothing)  # type: ignore[attr-defined]

    def empty() -> object:
        return call("nothing", "autos", None, caller=at)

    def raw() -> object:
        return sheet.Range(used.Address).Value2

    def all_raw() -> object:
        return [one.UsedRange.Value2 for one in book.Worksheets]

    def cell(name: str, *arguments: object) -> Callable[[], object]:
        return lambda: call(name, *arguments, caller=at)

    def after(before: Callable[[], object], ours: Callable[[], object]) -> Callable[[], object]:
        def both() -> object:
            before()
            return ours()

        return both

    one = cell("PROSPERITY", "autos")
    SESSION.recalculated()
    one()
    yield "a repeated cell / an empty function", one, empty
    live = cell("PROSPERITY", "autos", MISSING, MISSING, used)
    yield "data=range, nothing changed / its raw values", live, raw
    looked = after(SESSION.recalculated, one)
    yield "look at the calling book / its raw values", looked, all_raw
    books = sorted(library.glob("*.xlsx"))
    outside = Excel(library.parent / "mine.xlsx")["Sheet1"].Cells(1, 1)
    rank = after(SESSION.clear, lambda: call("PROSPERITY_RANK", caller=outside))
    yield "RANK of 20 books, cold / raw values of them", rank, lambda: [_raw(b) for b in books]
    kept = after(SESSION.recalculated, lambda: call("PROSPERITY_RANK", caller=outside))
    yield "RANK again in a new recalculation / empty", kept, empty
    call("PROSPERITY_EVIDENCE", "autos", "audit", caller=outside)
    part = after(
        lambda: [view.answers.clear() for view in SESSION._views.values()],
        lambda: call("PROSPERITY_EVIDENCE", "autos", "years", caller=outside),
    )
    yield "EVIDENCE, a second part / empty", part, empty
    held = read_book(books[0])
    models = [held.definitions[id] for id in held.industries]
    yield (
        "one industry with freshness / without",
        lambda: evaluate(held.panel, models, known=held.definitions, today=date(2026, 1, 15)),
        lambda: evaluate(held.panel, models, known=held.definitions),
    )


def _nothing(industry, caller=None):  # type: ignore[no-untyped-def]
    """Answer at once."""
    return 1.0


def _raw(path: Path) -> object:
    book = CalamineWorkbook.from_path(path)
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def _milliseconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return median(times) * 1000


@contextmanager
def _reads() -> Iterator[list[str]]:
    """Give the names of the properties of Excel's ranges and sheets that are read meanwhile."""
    read: list[str] = []
    harness = call.__code__.co_filename
    plain = {kind: kind.__getattribute__ for kind in (Cells, Grid, Excel)}

    def counting(self: object, name: str) -> object:
        # What the stand-ins ask of each other is no question to Excel.
        if name[0].isupper() and sys._getframe(1).f_code.co_filename != harness:
            read.append(name)
        return object.__getattribute__(self, name)

    for kind in plain:
        kind.__getattribute__ = counting  # type: ignore[method-assign]
    try:
        yield read
    finally:
        for kind, before in plain.items():
            kind.__getattribute__ = before  # type: ignore[method-assign]


def _starts() -> None:
    """Print how long a server takes to import, beside what it cannot do without."""
    for what, imported in (
        (
            "server's imports",
            "xlwings, prosperity_excel.excel.functions, prosperity_excel.excel.ribbon",
        ),
        ("of which the functions'", "xlwings, prosperity_excel.excel.functions"),
        ("of which xlwings, pandas", "xlwings, pandas"),
    ):
        code = f"{START}import {imported}"
        command = [sys.executable, *FLAGS, "-W", "ignore", "-c", code]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        bare = [*command[:-1], "pass"]
        mine = _milliseconds(lambda: subprocess.run(command, env=environment, check=True))  # noqa: B023
        theirs = _milliseconds(lambda: subprocess.run(bare, env=environment, check=True))  # noqa: B023
        print(f"{what + ' / none':44}{mine - theirs:9.2f}{theirs:10.2f}")


def _static() -> None:
    """Print how often xlwings' settings are read on the way to Python, first and later."""
    theirs = Path(xlwings.__file__).with_name("xlwings.bas").read_text(encoding="utf-8")
    bodies = dict(_PROCEDURE.findall(theirs))

    def reached(name: str, seen: frozenset[str]) -> int:
        body = bodies.get(name, "")
        inner = (n for n in bodies if n not in seen and re.search(rf"\b{n}\b", body))
        own = len(re.findall(r"\bGetConfig\(", body))
        return own + sum(reached(n, seen | {n}) for n in inner if n != "GetConfig")

    bridge = dict(_PROCEDURE.findall(modules()["ProsperityBridge"].replace("\r\n", "\n")))
    asked = re.findall(
        r"(If Python Is Nothing Then )?Set Python = XLPy\(\)", bridge["ProsperityCall"]
    )
    print(f"GetConfig on the way of the first cell: {reached('XLPy', frozenset({'XLPy'}))}")
    print(f"of a later one, while Python runs: {0 if asked and asked[0] else 'as many'}")


if __name__ == "__main__":
    main()
