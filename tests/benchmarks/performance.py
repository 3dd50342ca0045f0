"""What a person waits for, beside two peers, in processes of their own and in turn.

Run ``python -m tests.benchmarks.performance`` for the table, or with ``--write`` to put it into
``docs/performance.md``. A folder of the demonstration's books may be named, and ``--once`` takes
one round. Times are processor time, because the clock of a shared machine says little; programs
are compiled beforehand, and linear algebra has one thread. Nothing is asserted.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from tests.benchmarks.inputs import make
from tests.benchmarks.plain_stack import books

ROUNDS = 3
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->\n", "<!-- end -->"
PEER = "tests.benchmarks.plain_stack"
PLAIN = "plain stack, whole process"
#: Exit codes that are no failure: an import that asks leaves out what it asks about.
ASKED = 3

_READ = """
import sys, os
from pathlib import Path
from prosperity_excel.book.book import read_book
from prosperity_excel.runs.evaluate import evaluate_books
held = [read_book(Path(name)) for name in sys.argv[1:]]
"""
_REPEATED = """
from prosperity_excel.runs.conventions import sensitivity
sensitivity(held, evaluate_books(held))
"""
_SERVER = """
import sys
sys.modules["matplotlib"] = None
import xlwings, prosperity_excel.excel.functions
"""
_CELL = """
from prosperity_excel.runs.settings import write_user
write_user({"library": sys.argv[1]})
from prosperity_excel.formulas.serve import serve
blanks = {"PROSPERITY": 3, "PROSPERITY_RANK": 2}[sys.argv[2]]
found = serve(sys.argv[2], None, (*sys.argv[3:], *[None] * blanks))
assert "PROSPERITY:" not in str(found), found
"""
_PREVIEW = """
import sys
from pathlib import Path
from prosperity_excel.exports.read import read_export
read_export(Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Row:
    """A row of the table: what is measured, and the process that is."""

    name: str
    command: list[str]


def rows(paths: Sequence[Path], out: Path) -> Iterator[Row]:
    """Give the rows in their order: some work on what those before left."""
    names = [str(path) for path in paths]
    whole, one = shutil.copy(out.parent / "all.xlsx", out), shutil.copy(paths[0], out)
    library = out / "library"
    library.mkdir()
    for path in paths:
        shutil.copy(path, library)

    def python(code: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", code, *arguments]

    def verb(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "prosperity_excel.cli", *arguments]

    def peer(stack: str) -> list[str]:
        return [sys.executable, "-m", PEER, stack, str(paths[0].parent), f"{out}/{stack}.xlsx"]

    yield Row(PLAIN, peer("plain"))
    yield Row("competent stack, whole process", peer("competent"))
    yield Row("`run` of the 20 books, first", verb("run", *names))
    yield Row("`run` again, nothing changed", verb("run", *names))
    yield Row("reading alone", python(_READ, *names))
    yield Row("reading and evaluating", python(f"{_READ}evaluate_books(held)", *names))
    yield Row("the same under ten conventions more", python(_READ + _REPEATED, *names))
    report = ("report", *names, "--force", "--out", f"{out}/report.xlsx")
    yield Row("`report` of the 20 books, no other conventions", verb(*report, "--no-sensitivity"))
    yield Row("`report` of the 20 books", verb(*report))
    yield Row("`refresh` of the book of all industries, first", verb("refresh", whole))
    yield Row("`refresh` again, nothing changed", verb("refresh", whole))
    month = ("import", str(out.parent / "month.xlsx"), "--into", whole, "--yes")
    yield Row("`import` of a month into that book", verb(*month))
    yield Row("`refresh` with that month", verb("refresh", whole))
    yield Row("`refresh` of one industry's book", verb("refresh", one))
    yield Row("imports of a formula's server", python(_SERVER))
    cell = _SERVER + _CELL
    yield Row("first cell of a new server", python(cell, str(library), "PROSPERITY", "glass"))
    rank = python(cell, str(library), "PROSPERITY_RANK")
    yield Row("RANK over 20 industries in a new server, first", rank)
    yield Row("RANK again in a new server", rank)
    yield Row("`evidence` of one model", verb("evidence", names[0]))
    yield Row("reading an export of 3,000 columns", python(_PREVIEW, f"{out.parent}/wide.xlsx"))


def measured(command: Sequence[str], own: Path) -> tuple[float, float]:
    """Return the seconds of processor time and the peak memory (MB) of a process.

    Parameters
    ----------
    command
        What is run.
    own
        A folder for the user's files, which hold what is kept from one process to the next.
    """
    kept = {"PROSPERITY_KEPT": f"{own}/kept", "PROSPERITY_SETTINGS": f"{own}/settings.toml"}
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{own.parent}/compiled"}
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env={**os.environ, **threads, **compiled, **kept},
        )
        _, code, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(code)
        said.seek(0)
        if child.returncode not in (0, ASKED):
            raise SystemExit(f"{command[1:4]}: {said.read().decode(errors='replace')}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def table(folder: Path, rounds: int) -> str:
    """Return the measured rows as a table, each row once a round."""
    taken: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        make(made)
        compiled = made / "first"
        compiled.mkdir()
        measured([sys.executable, "-m", "prosperity_excel.cli", "--help"], compiled)
        measured([sys.executable, "-c", _READ + _SERVER], compiled)
        for number in range(rounds):
            out = made / f"round{number}"
            out.mkdir()
            for row in rows(books(folder), out):
                taken.setdefault(row.name, []).append(measured(row.command, out))
                print(f"{row.name}: {taken[row.name][-1][0]:.2f} s", file=sys.stderr, flush=True)
            shutil.rmtree(out)
    base = median(seconds for seconds, _ in taken[PLAIN])
    lines = [
        f"{date.today()}, {os.cpu_count()} processors, {platform.machine()}, Python "
        f"{platform.python_version()}, rounds in turn: {rounds}, load {os.getloadavg()[0]:.0f}.",
        "",
        "| work | processor time, s | spread | of the plain stack | peak, MB |",
        "|---|---|---|---|---|",
    ]
    for name, figures in taken.items():
        seconds = [one for one, _ in figures]
        peak = max(memory for _, memory in figures)
        lines.append(
            f"| {name} | {median(seconds):.2f} | {min(seconds):.2f} to {max(seconds):.2f} "
            f"| {median(seconds) / base:.2f} | {peak:.0f} |"
        )
    return "\n".join(lines) + "\n"


def main(*arguments: str) -> None:
    """Print the table, or write it into the page."""
    given = [a for a in arguments if not a.startswith("--")]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(given[0]) if given else Path(made, "demo")
        if not given:
            command = [sys.executable, "-m", "prosperity_excel.cli", "demo", "--out", str(folder)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = table(folder, 1 if "--once" in arguments else ROUNDS)
    if "--write" in arguments:
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)
        PAGE.write_text(head + BEGIN + found + END + rest.split(END)[1], encoding="utf-8")
    print(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
