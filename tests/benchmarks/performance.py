"""What a person waits for, beside two peers, in processes of their own and in turn.

Run ``python -m tests.benchmarks.performance`` for the table, or with ``--write`` to put it into
``docs/performance.md``. A folder of the demonstration's books may be named, and ``--once`` takes
one round. Times are processor time, because the clock of a shared machine says little; linear
algebra has one thread. Nothing is asserted.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median

from tests.benchmarks.plain_stack import books

ROUNDS = 3
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->\n", "<!-- end -->"
PEER = "tests.benchmarks.plain_stack"

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


def rows(paths: Sequence[Path], out: Path) -> Mapping[str, list[str]]:
    """Return the command of each row."""
    names = [str(path) for path in paths]
    peer = [sys.executable, "-m", PEER]
    return {
        "plain stack, whole process": [*peer, "plain", str(paths[0].parent), f"{out}/p.xlsx"],
        "competent stack, whole process": [
            *peer, "competent", str(paths[0].parent), f"{out}/c.xlsx",
        ],
        "`run` of the 20 books": [sys.executable, "-m", "prosperity_excel.cli", "run", *names],
        "reading alone": [sys.executable, "-c", _READ, *names],
        "reading and evaluating": [sys.executable, "-c", f"{_READ}evaluate_books(held)", *names],
        "the same under ten conventions more": [sys.executable, "-c", _READ + _REPEATED, *names],
        "imports of a formula's server": [
            sys.executable, "-c", "import xlwings, prosperity_excel.excel.functions",
        ],
    }  # fmt: skip


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds of processor time and the peak memory (MB) of a process."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        _, code, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(code)
        said.seek(0)
        if child.returncode:
            raise SystemExit(f"{command[1:4]}: {said.read().decode(errors='replace')}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def table(folder: Path, rounds: int) -> str:
    """Return the measured rows as a table, each row once a round."""
    with tempfile.TemporaryDirectory() as out:
        commands = rows(books(folder), Path(out))
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(measured(command))
    base = median(seconds for seconds, _ in taken["plain stack, whole process"])
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
