"""Long work of a button in a child process: watched, shown, and ended when the user gives up.

While a button's Python works, Excel waits for it and cannot be used. So what takes long is done
in a child: this process tells how far it is, and ends it at once when Esc is pressed. Nothing has
been written into a workbook by then.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from prosperity.errors import ProsperityError
from prosperity.evaluation import Evaluation
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.book.book import Book
from prosperity_excel.files.child import child_environment
from prosperity_excel.files.interpreter import NO_WINDOW, interpreter
from prosperity_excel.runs.evaluate import evaluate_books

if TYPE_CHECKING:
    from prosperity_excel.intake.needs import Need
    from prosperity_excel.intake.update import Fetched
    from prosperity_excel.runs.coming import Coming

#: Seconds between two looks at the child and the keyboard.
POLL = 0.1
_CHILD = "prosperity_excel.excel.work"


class CancelledError(ProsperityError):
    """The user pressed Esc."""

    def __init__(self) -> None:
        super().__init__(
            "cancelled", "已取消，没有改动任何内容。", "Cancelled; nothing was changed."
        )


def stoppable(progress: Progress, cancelled: Callable[[], bool]) -> Progress:
    """Return a progress function that raises :class:`CancelledError` once the user gave up."""

    def say(what: str, number: int, count: int) -> None:
        if cancelled():
            raise CancelledError
        progress(what, number, count)

    return say


def evaluation(
    books: Sequence[Book],
    *,
    wanted: Sequence[str],
    settings: Settings,
    today: date,
    progress: Progress,
) -> Evaluation:
    """Return a run over books; see :func:`prosperity_excel.runs.evaluate.evaluate_books`."""
    return evaluate_books(books, wanted=wanted, settings=settings, today=today, progress=progress)


def report(
    books: Sequence[Book],
    *,
    settings: Settings,
    today: date,
    path: Path,
    language: Any,
    progress: Progress,
) -> None:
    """Write the report of a run over books to a file."""
    from prosperity_excel.report.build import write_report
    from prosperity_excel.runs.changed import since_kept
    from prosperity_excel.runs.coming import outlooks

    found = evaluate_books(books, settings=settings, today=today, progress=progress)
    news: dict[str, Any] = {}
    if not settings.sees_future and settings.timing != "nowcast":
        due = outlooks(books, settings=settings, today=today, progress=progress)
        news["outlooks"] = due.outlooks
        news["changes"] = since_kept(books, (), settings, today)[0]
    write_report(found, path, language=language, progress=progress, **news)


def fetching(
    books: Sequence[Book], *, needs: Sequence[Need], words: Sequence[str], progress: Progress
) -> Fetched:
    """Ask vendors for what a book lacks; the book itself is not needed."""
    from prosperity_excel.intake.update import fetch
    from prosperity_excel.vendors import vendor

    return fetch(needs, {word: vendor(word) for word in words}, progress=progress)


def coming(books: Sequence[Book], *, settings: Settings, today: date, progress: Progress) -> Coming:
    """Return what is due; see :func:`prosperity_excel.runs.coming.outlooks`."""
    from prosperity_excel.runs.coming import outlooks

    return outlooks(books, settings=settings, today=today, progress=progress)


TASKS: Mapping[str, Callable[..., Any]] = {
    "evaluation": evaluation,
    "report": report,
    "coming": coming,
    "fetching": fetching,
}


def in_child(
    task: str,
    books: Sequence[Book],
    *,
    progress: Progress,
    cancelled: Callable[[], bool],
    **given: Any,
) -> Any:
    """Do one of :data:`TASKS` in a child process and return what it gives.

    Parameters
    ----------
    task
        Key of :data:`TASKS`.
    books, given
        What it takes.
    progress
        Told what the child is at.
    cancelled
        Asked every :data:`POLL` seconds; when it says so the child is ended.

    Raises
    ------
    CancelledError
        When the user gave up.
    ProsperityError
        As the task raises; ``no_worker`` when no child can be started.
    RuntimeError
        When the child broke down, with what it said.
    """
    try:
        child = subprocess.Popen(
            # -P, -s and a folder of its own: nothing is imported from beside a workbook.
            [interpreter(), "-P", "-s", "-m", _CHILD],
            cwd=sys.prefix,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            creationflags=NO_WINDOW,
        )
    except OSError as error:
        raise ProsperityError(
            "no_worker",
            f"计算要用单独的进程，而该进程无法启动（{error}）；请运行 prosperity addin diagnose。",
            f"This work is done in a process of its own, which cannot be started ({error}); run "
            "'prosperity addin diagnose'.",
        ) from error
    told: queue.Queue[tuple[Any, ...]] = queue.Queue()
    threads = (
        Thread(target=_hand_over, args=(child.stdin, (task, books, given)), daemon=True),
        Thread(target=_listen, args=(child.stdout, told), daemon=True),
    )
    for thread in threads:
        thread.start()
    try:
        return _wait(told, progress, cancelled)
    finally:
        child.kill()
        child.wait()
        for thread in threads:
            thread.join()
        for pipe in (child.stdin, child.stdout):
            # What could not be handed over to a child that has ended is not missed.
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _wait(
    told: queue.Queue[tuple[Any, ...]], progress: Progress, cancelled: Callable[[], bool]
) -> Any:
    while True:
        if cancelled():
            raise CancelledError
        try:
            kind, *rest = told.get(timeout=POLL)
        except queue.Empty:
            continue
        if kind == "progress":
            progress(*rest)
        elif kind == "ok":
            return rest[0]
        elif kind == "error":
            raise rest[0]
        else:
            raise RuntimeError(rest[0])


def _hand_over(pipe: Any, job: tuple[Any, ...]) -> None:
    with contextlib.suppress(OSError):
        pickle.dump(job, pipe, protocol=pickle.HIGHEST_PROTOCOL)
        pipe.close()


def _listen(pipe: Any, told: queue.Queue[tuple[Any, ...]]) -> None:
    """Pass on what the child says; it is our own process, so its pickles can be trusted."""
    try:
        while True:
            told.put(pickle.load(pipe))
    except Exception as error:
        told.put(("broken", f"the child ended: {type(error).__name__} {error}"))


def _main() -> None:
    out = sys.stdout.buffer
    sys.stdout = sys.stderr

    def say(*message: Any) -> None:
        out.write(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
        out.flush()

    try:
        task, books, given = pickle.load(sys.stdin.buffer)

        def progress(what: str, number: int, count: int) -> None:
            say("progress", what, number, count)

        say("ok", TASKS[task](books, progress=progress, **given))
    except ProsperityError as error:
        say("error", error.bare())
    except BaseException:
        say("broken", traceback.format_exc())


if __name__ == "__main__":
    _main()
