"""How many deliberate faults the tests find: ``python -m tests.mutation``; see docs/testing.md.

Each module of :data:`TARGETS` is copied with the tests, a fault is put into the copy, and the tests
that should see it are run until one fails. A sample of the faults is drawn by a seed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from tests.mutation.faults import Fault, faults
from tests.mutation.running import passes

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("model", "addin", "tests", "docs", "templates", "pyproject.toml")
MODEL, SERIES = "model/prosperity", "addin/prosperity_excel/series"
TESTS, ADDIN = "tests/model", "tests/addin"
#: Module -> the tests that should see a fault in it, those that are nearest first.
TARGETS: dict[str, tuple[str, ...]] = {
    f"{MODEL}/align.py": (f"{TESTS}/test_align.py", f"{TESTS}/test_engine.py"),
    f"{MODEL}/backtest.py": (f"{TESTS}/test_backtest.py", f"{TESTS}/test_engine.py"),
    f"{MODEL}/batch.py": (f"{TESTS}/test_batch.py", f"{TESTS}/evidence/test_replay.py"),
    f"{MODEL}/calendar.py": (f"{TESTS}/test_calendar.py", f"{TESTS}/test_panel.py"),
    f"{MODEL}/combined.py": (f"{TESTS}/test_combined.py",),
    f"{MODEL}/composite.py": (f"{TESTS}/test_composite.py", f"{TESTS}/test_engine.py"),
    f"{MODEL}/panel.py": (f"{TESTS}/test_panel.py", f"{TESTS}/test_align.py"),
    f"{MODEL}/pipeline.py": (f"{TESTS}/test_engine.py", f"{TESTS}/test_align.py"),
    f"{MODEL}/rules.py": (f"{TESTS}/test_rules.py",),
    f"{MODEL}/transforms.py": (f"{TESTS}/test_transforms.py",),
    f"{MODEL}/evidence/direction.py": (f"{TESTS}/evidence/test_significance.py",),
    f"{MODEL}/evidence/resampling.py": (f"{TESTS}/evidence/test_significance.py",),
    f"{MODEL}/evidence/verdict.py": (f"{TESTS}/evidence/test_verdict.py",),
    f"{SERIES}/monthly.py": (f"{ADDIN}/test_monthly.py",),
    f"{SERIES}/breaks.py": (f"{ADDIN}/test_monthly.py",),
    "addin/prosperity_excel/vintages/as_of.py": (
        f"{ADDIN}/test_vintages.py",
        f"{ADDIN}/test_history.py",
    ),
    "addin/prosperity_excel/vintages/clock.py": (f"{ADDIN}/test_history.py",),
    "addin/prosperity_excel/checks/series.py": (f"{ADDIN}/test_checking.py",),
}


@dataclass(frozen=True)
class Case:
    """A fault in a module."""

    module: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.module}:{self.fault.line}: {self.fault.before}  ->  {self.fault.after}"


def main() -> None:
    """Draw faults, look for them, print what was not found and the score."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="parts of the modules' names; none is all")
    parser.add_argument("--sample", type=int, default=6, help="faults of each module; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    chosen = [t for t in TARGETS if not given.modules or any(m in t for m in given.modules)]
    cases = list(drawn(chosen, given.sample, given.seed))
    print(f"{len(cases)} faults in {len(chosen)} modules", flush=True)
    survived = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        copies: Queue[Path] = Queue()
        for number in range(given.jobs):
            copies.put(copied(Path(folder) / str(number)))
        whole = copies.get()
        for module in chosen:
            if not passes(whole, TARGETS[module]):
                sys.exit(f"The tests of {module} fail without a fault.")
        copies.put(whole)
        for case, found in zip(cases, pool.map(lambda c: is_found(c, copies), cases), strict=True):
            survived += not found
            print(f"{'found   ' if found else 'SURVIVED'} {case}", flush=True)
    print(f"{len(cases) - survived} of {len(cases)} faults found")


def drawn(modules: Sequence[str], sample: int, seed: int) -> Iterator[Case]:
    """Give up to ``sample`` faults of each module, drawn by ``seed``; all of them with 0."""
    for module in modules:
        every = [Case(module, fault) for fault in faults((ROOT / module).read_text("utf-8"))]
        count = min(sample, len(every)) if sample else len(every)
        places = random.Random(f"{seed} {module}").sample(range(len(every)), count)
        yield from (every[place] for place in sorted(places))


def copied(folder: Path) -> Path:
    """Copy what the tests need into ``folder``."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return folder


def is_found(case: Case, copies: Queue[Path]) -> bool:
    """Whether a test fails with the fault; the copy is as it was afterwards."""
    folder = copies.get()
    place = folder / case.module
    kept = place.read_bytes()
    try:
        place.write_text(case.fault.source, "utf-8")
        return not passes(folder, TARGETS[case.module])
    finally:
        place.write_bytes(kept)
        copies.put(folder)


if __name__ == "__main__":
    main()
