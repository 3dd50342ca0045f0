"""Reading in a process of its own, with limits of time and memory.

A reader may loop over what a file claims to hold, or ask for more memory than there is, which
ends the process. So files from elsewhere are read in a child: whatever happens to it, the
command ends with the reading or with one clear error.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prosperity.errors import BookError, ProsperityError

from prosperity_excel.interpreter import NO_WINDOW, interpreter

#: Limits of the child: seconds of wall clock, and bytes of address space.
SECONDS = 22.0
MEMORY = 900_000_000
_CHILD = "prosperity_excel.guarded"
#: Files this small, and no packages, are read without a child.
SMALL_TEXT = 2_000_000


def read_guarded(task: str, path: Path, *arguments: str, seconds: float = SECONDS) -> Any:
    """Run a reading task in a child process.

    Parameters
    ----------
    task
        Key of :func:`tasks`.
    path, arguments
        What the task takes.
    seconds
        After this time the child is ended.

    Raises
    ------
    BookError
        ``too_slow`` and ``too_large`` when a limit was reached, ``not_a_workbook`` when the
        reader broke down.
    ProsperityError
        As the task raises.
    """
    if _is_harmless(path):
        return tasks()[task](path, *arguments)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    command = [interpreter(), "-m", _CHILD, task, str(path.absolute()), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
            creationflags=NO_WINDOW,
        )
    except subprocess.TimeoutExpired:
        raise BookError(
            "too_slow",
            f"{seconds:.0f} 秒内没有读完，已放弃；请用 Excel 打开，只复制需要的数据另存为 .xlsx。",
            f"It could not be read within {seconds:.0f} seconds; open it in Excel and save only "
            "the data that you need as .xlsx.",
            where=path.name,
        ) from None
    answer = _answer(done.stdout)
    if answer is None:
        raise BookError(
            "not_a_workbook",
            "读取程序无法处理这个文件（内容异常或过大）；请用 Excel 打开，只复制需要的数据另存为 "
            ".xlsx。",
            "The reader broke down over this file (odd or too large); open it in Excel and save "
            "only the data that you need as .xlsx.",
            where=path.name,
        )
    kind, value = answer
    if kind == "error":
        raise value
    return value


def tasks() -> Mapping[str, Callable[..., Any]]:
    """Return what a child can do, by name."""
    from prosperity_excel.checks.book import checked
    from prosperity_excel.reading.exports import read_export
    from prosperity_excel.reading.targets import check_readable

    return {"export": read_export, "target": check_readable, "check": checked}


def _is_harmless(path: Path) -> bool:
    """Whether a file is short text, which no reader can choke on."""
    try:
        if not path.is_file() or path.stat().st_size > SMALL_TEXT:
            return not path.is_file()
        with path.open("rb") as file:
            return not file.read(8).startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    except OSError:
        return True


def _answer(output: bytes) -> tuple[str, Any] | None:
    """Return what the child wrote; it is our own process, so its pickle can be trusted."""
    try:
        kind, value = pickle.loads(output)
    except Exception:
        return None
    return kind, value


def _limit_memory() -> None:
    """Limit the address space where the system can; elsewhere the readers' own limits stand."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _main(task: str, path: str, *arguments: str) -> None:
    output = sys.stdout.buffer
    sys.stdout = sys.stderr
    run = tasks()[task]
    _limit_memory()
    try:
        answer: tuple[str, Any] = ("ok", run(Path(path), *arguments))
        packed = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except ProsperityError as error:
        packed = pickle.dumps(("error", error))
    except MemoryError:
        refused = BookError(
            "too_large",
            "内容过大，内存不够；请用 Excel 打开，只保留需要的数据另存。",
            "There is too much to read for the memory allowed; keep only the data that you need.",
            where=Path(path).name,
        )
        packed = pickle.dumps(("error", refused))
    output.write(packed)
    output.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
