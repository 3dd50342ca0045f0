"""Running tests of a copy in a process of their own, quickly started."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

#: Starts every run with what takes long to import, and never with anything of the product.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["pandas", "scipy.stats", "sklearn.base", "pytest"])
#: Seconds after which a run with a fault counts as stuck, and the fault as found.
PATIENCE = 600


def passes(folder: Path, tests: Sequence[str]) -> bool:
    """Whether the tests pass in a copy; a run that does not end does not."""
    there = [name for name in tests if (folder / name).exists()]
    process = SERVER.Process(target=run, args=(folder, there))
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode == 0


def run(folder: Path, tests: Sequence[str]) -> None:
    """Run tests of a copy, in a process of their own."""
    import pytest

    # What was imported to get here is not the copy.
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    sys.path[:0] = [str(folder / name) for name in ("model", "addin", ".")]
    sys.dont_write_bytecode = True
    os.chdir(folder)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        sys.exit(int(pytest.main(["-x", "-n", "0", "-p", "no:cacheprovider", *tests])))
