"""Reading any file at all: here when it is ordinary, else in a child with limits.

A reader may loop over what a file claims to hold, or ask for more memory than there is, which
ends the process. So a file that does not look like what analysts have is read in a child:
whatever happens to it, the command ends with the reading or with one clear error. Ordinary files
are spared the second that a child takes to start.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from prosperity.errors import BookError, ProsperityError

from prosperity_excel.files.interpreter import NO_WINDOW, interpreter
from prosperity_excel.files.limits import limit, processor_time, was_ended
from prosperity_excel.files.ordinary import (
    TooHardError,
    frugal_reading,
    looks_ordinary,
    ordinary_reading,
)
from prosperity_excel.files.regular import refuse_odd

T = TypeVar("T")

#: Seconds of processor time that children may take over one file in one command, and bytes of
#: address space of a child.
SECONDS = 22.0
MEMORY = 900_000_000
#: Seconds of wall clock for each second of processor time: a busy machine refuses no good file, and
#: a child that only waits is ended all the same.
PATIENCE = 4.0
#: Less than this is not worth starting a child for.
_LEAST = 2.0
#: Seconds between two looks at how much time a child has taken.
_LOOK = 0.5
_CHILD = "prosperity_excel.files.child"
_spent: ContextVar[dict[Path, float] | None] = ContextVar("spent", default=None)


@contextlib.contextmanager
def one_command() -> Iterator[None]:
    """Have the children inside share the seconds of a file, however often it is read."""
    token = _spent.set({})
    try:
        yield
    finally:
        _spent.reset(token)


def read_guarded(
    task: Callable[..., T], path: Path, *arguments: str, seconds: float | None = None
) -> T:
    """Run a reading task, in a child process unless the file is ordinary.

    Parameters
    ----------
    task
        A function of a module, which a child can import too.
    path, arguments
        What the task takes.
    seconds
        After this processor time a child is ended, or after :data:`PATIENCE` times as much by the
        clock; None is :data:`SECONDS`.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.files.regular.refuse_odd` says; ``too_slow`` and ``too_large``
        when a limit was reached, ``not_a_workbook`` when the reader broke down, ``no_reader`` when
        no child can be started.
    ProsperityError
        As the task raises.
    """
    refuse_odd(path)
    seconds = SECONDS if seconds is None else seconds
    if looks_ordinary(path):
        try:
            with ordinary_reading():
                return task(path, *arguments)
        except TooHardError:
            pass
    spent = _spent.get()
    whole = path.absolute()
    left = seconds if spent is None else seconds - spent.get(whole, 0.0)
    if left < _LEAST:
        raise _too_slow(path, seconds)
    used = left
    try:
        kind, value, used = _read_in_child(task, path, arguments, left)
    except _OutOfTimeError:
        raise _too_slow(path, seconds) from None
    except OSError as error:
        raise BookError(
            "no_reader",
            f"这个文件要用单独的进程读取，而该进程无法启动（{error}）；请运行 prosperity addin "
            "diagnose。",
            f"This file has to be read in a process of its own, which cannot be started ({error}); "
            "run 'prosperity addin diagnose'.",
            where=path.name,
        ) from error
    finally:
        if spent is not None:
            spent[whole] = spent.get(whole, 0.0) + used
    if kind == "error":
        raise value
    answered: T = value
    return answered


def child_environment() -> dict[str, str]:
    """Return the environment of a child: our own packages, and one thread for linear algebra."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if Path(p).is_absolute()),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONIOENCODING": "utf-8",
    }


class _OutOfTimeError(Exception):
    """A child took more than its seconds; never seen by a user."""


def _read_in_child(
    task: Callable[..., Any], path: Path, arguments: tuple[str, ...], seconds: float
) -> tuple[str, Any, float]:
    """Return what the child answers: what it is, the value or error, and the seconds it took.

    A child that broke down without a word answers with an error, and counts by the clock.
    """
    begun = time.monotonic()
    name = f"{task.__module__}:{task.__qualname__}"
    # -P, and a folder of its own: a module that lies in the current folder, or beside the file, is
    # never imported. -s: neither is what the paths below do not name.
    command = [interpreter(), "-P", "-s", "-m", _CHILD, name, f"{seconds:.2f}"]
    with subprocess.Popen(
        [*command, str(path.absolute()), *arguments],
        cwd=sys.prefix,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        creationflags=NO_WINDOW,
    ) as child:
        try:
            output = _output(child, seconds)
        except BaseException:
            child.kill()
            raise
    answer = _answer(output)
    if answer is not None:
        return answer
    if was_ended(child.returncode):
        raise _OutOfTimeError
    broken = BookError(
        "reader_broke",
        "读取程序无法处理这个文件（内容异常或过大）；请用 Excel 打开，只复制需要的数据另存为 "
        ".xlsx。",
        "The reader broke down over this file (odd or too large); open it in Excel and save only "
        "the data that you need as .xlsx.",
        where=path.name,
    )
    return "error", broken, time.monotonic() - begun


def _output(child: subprocess.Popen[bytes], seconds: float) -> bytes:
    """Return what a child writes; raise :class:`_OutOfTimeError` when it takes too long."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        try:
            return child.communicate(timeout=_LOOK)[0]
        except subprocess.TimeoutExpired:
            if time.monotonic() > end or (processor_time(child) or 0.0) > seconds:
                raise _OutOfTimeError from None


def _too_slow(path: Path, seconds: float) -> BookError:
    return BookError(
        "too_slow",
        f"{seconds:.0f} 秒内没有读完，已放弃；请用 Excel 打开，只复制需要的数据另存为 .xlsx。",
        f"It could not be read within {seconds:.0f} seconds; open it in Excel and save only "
        "the data that you need as .xlsx.",
        where=path.name,
    )


def _answer(output: bytes) -> tuple[str, Any, float] | None:
    """Return what the child wrote; it is our own process, so its pickle can be trusted."""
    try:
        kind, value, used = pickle.loads(output)
    except Exception:
        return None
    return kind, value, used


def _main(task: str, seconds: str, path: str, *arguments: str) -> None:
    output = sys.stdout.buffer
    sys.stdout = sys.stderr
    module, _, function = task.partition(":")
    run = getattr(import_module(module), function)
    limit(MEMORY, float(seconds))
    try:
        with frugal_reading():
            answer: tuple[str, Any, float] = ("ok", run(Path(path), *arguments), _used())
        packed = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except ProsperityError as error:
        packed = pickle.dumps(("error", error, _used()))
    except MemoryError:
        refused = BookError(
            "out_of_memory",
            "内容过大，内存不够；请用 Excel 打开，只保留需要的数据另存。",
            "There is too much to read for the memory allowed; keep only the data that you need.",
            where=Path(path).name,
        )
        packed = pickle.dumps(("error", refused, _used()))
    output.write(packed)
    output.flush()


def _used() -> float:
    """Return the seconds of processor time that this process has taken."""
    return time.process_time()


if __name__ == "__main__":
    _main(*sys.argv[1:])
