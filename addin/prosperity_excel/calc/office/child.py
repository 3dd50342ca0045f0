"""Our interpreter in a child process of LibreOffice: started, asked, started again when it ends.

LibreOffice calls from its main thread, which must never wait for long: whoever asks waits a little,
and what has no answer by then is handed over later. While it computes, the interpreter asks back
for what stands in open documents. That is answered by the thread that waits, which may read
documents in the middle of a recalculation, and by a thread of our own when nobody waits.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable

from . import frames

#: Seconds: for the start, between two looks at what is late, and after which a call is given up.
START, LOOK, LONGEST = 60.0, 1.0, 900.0
#: Seconds before the next start, when the interpreter has just ended: the last one from then on.
PAUSES = (0.0, 0.5, 2.0, 10.0, 60.0)
#: Seconds after which a running interpreter is one that works.
STEADY = 30.0
#: Seconds in which an ordinary question is answered.
SOON = 0.2
#: Variables of LibreOffice's own Python and libraries, which are not ours.
FOREIGN = ("PYTHON", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_", "URE_", "UNO_")

LATE = object()


class ChildError(Exception):
    """The interpreter cannot answer; the text says why, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        Exception.__init__(self, en)
        self.zh, self.en = zh, en


class _Call:
    """A question, and what becomes of it."""

    def __init__(self, message: dict[str, Any], late: Callable[[Any], None] | None) -> None:
        self.message, self.late = message, late
        self.begun = time.monotonic()
        self.tries = 0
        self.waited_for = True
        self.done, self.answer = False, None  # type: bool, Any


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Return the environment without what belongs to LibreOffice's own Python."""
    kept = {k: v for k, v in variables.items() if not k.upper().startswith(FOREIGN)}
    return dict(kept, PYTHONIOENCODING="utf-8", OPENBLAS_NUM_THREADS="1")


class Child:
    """The interpreter, as long as LibreOffice runs.

    Parameters
    ----------
    command
        Program and arguments.
    hello
        What is said first.
    serve
        Answers what the interpreter asks of documents: takes the message, returns a value.
    say
        Told of progress; None when there is nothing to say any more.
    """

    def __init__(
        self,
        command: list[str],
        hello: dict[str, Any],
        serve: Callable[[dict[str, Any]], Any],
        say: Callable[[Any], None],
    ) -> None:
        self._command, self._hello, self._serve, self._say = command, hello, serve, say
        self._changed = threading.Condition()
        self._process = None  # type: subprocess.Popen[bytes] | None
        self._waiting = []  # type: list[dict[str, Any]]
        self._pen = threading.Lock()
        self._numbers = itertools.count(1)
        self._calls = collections.OrderedDict()  # type: collections.OrderedDict[int, _Call]
        self._asked = collections.deque()  # type: collections.deque[tuple[Any, dict[str, Any]]]
        self._waiters = 0
        self._deeds = collections.deque()  # type: collections.deque[Callable[[], None]]
        self._ends = 0
        self._begun = self._rest_until = 0.0
        self._refused = None  # type: ChildError | None
        self._ready = False
        self._helper = None  # type: threading.Thread | None

    # --- asking

    def ask(
        self, message: dict[str, Any], seconds: float, late: Callable[[Any], None] | None = None
    ) -> Any:
        """Return the answer, or :data:`LATE` when there is none by then and ``late`` takes it.

        ``late`` is called in a thread of our own with the answer, or with a :class:`ChildError`.

        Raises
        ------
        ChildError
            When the interpreter cannot be started, does not fit, or ended twice over this.
        """
        call = _Call(message, late)
        deadline = time.monotonic() + seconds
        with self._changed:
            self._start()
            number = self._send(call)
            self._waiters += 1
            try:
                while not call.done:
                    if self._asked:
                        self._serve_one()
                        continue
                    left = deadline - time.monotonic()
                    if left <= 0:
                        break
                    self._changed.wait(left)
            finally:
                self._waiters -= 1
                call.waited_for = False
                self._changed.notify_all()
            if not call.done:
                if late is not None:
                    return LATE
                self._calls.pop(number, None)
                raise ChildError("计算超时，已放弃。", "It took too long and was given up.")
        if isinstance(call.answer, ChildError):
            raise call.answer
        return call.answer

    @property
    def busy(self) -> bool:
        """Whether the interpreter is at something that takes long."""
        before = time.monotonic() - SOON
        return any(not c.waited_for or c.begun < before for c in list(self._calls.values()))

    @property
    def pid(self) -> int | None:
        """The process, for a diagnosis."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """End the interpreter; the next question starts another one."""
        process = self._process
        if process is not None:
            process.kill()

    # --- starting; all of these hold the lock

    def _start(self) -> None:
        if self._refused is not None:
            raise self._refused
        if self._process is not None:
            return
        wait = self._rest_until - time.monotonic()
        if wait > 0:
            raise ChildError(
                "计算进程刚才意外退出，%.0f 秒后重启。" % (wait + 1),
                "The interpreter ended unexpectedly; it starts again in %.0f s." % (wait + 1),
            )
        try:
            process = subprocess.Popen(
                self._command,
                cwd=str(Path(self._command[0]).parent),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(dict(os.environ)),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._rest()
            raise ChildError(
                "无法启动 %s（%s）。请运行 prosperity calc install。" % (self._command[0], error),
                "%s cannot be started (%s). Run 'prosperity calc install'."
                % (self._command[0], error),
            ) from None
        self._process, self._begun, self._ready = process, time.monotonic(), False
        self._waiting = []
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        self._write(process, self._hello)
        if self._helper is None:
            self._helper = threading.Thread(target=self._help, daemon=True)
            self._helper.start()

    def _rest(self) -> None:
        if time.monotonic() - self._begun > STEADY:
            self._ends = 0
        self._rest_until = time.monotonic() + PAUSES[min(self._ends, len(PAUSES) - 1)]
        self._ends += 1

    def _send(self, call: _Call) -> int:
        number = next(self._numbers)
        call.tries += 1
        self._calls[number] = call
        try:
            self._put(dict(call.message, id=number))
        except frames.FrameError as error:
            self._calls.pop(number, None)
            self._finish(call, ChildError("内容过大：%s" % error, "Too large: %s" % error))
        return number

    def _put(self, message: dict[str, Any]) -> None:
        """Send a message; before the interpreter is ready, keep it."""
        if self._ready:
            self._write(self._process, message)
        else:
            frames.packed(message)
            self._waiting.append(message)

    def _write(self, process: Any, message: dict[str, Any]) -> None:
        """Write to the pipe, which the interpreter always empties at once.

        One that has ended is noticed by who listens to it.
        """
        data = frames.packed(message)
        with self._pen, contextlib.suppress(OSError, ValueError):
            process.stdin.write(data)
            process.stdin.flush()

    def _finish(self, call: _Call, answer: Any) -> None:
        if call.done:
            return
        call.done, call.answer = True, answer
        late = call.late
        if not call.waited_for and late is not None:
            self._deeds.append(lambda: late(answer))
        self._changed.notify_all()

    def _serve_one(self) -> None:
        """Answer one of the interpreter's questions, without the lock meanwhile."""
        process, message = self._asked.popleft()
        self._changed.release()
        try:
            try:
                told = {"reply": message.get("ask"), "value": self._serve(message)}
                frames.packed(told)
            except Exception as error:  # whatever UNO says: the interpreter decides about it
                said = "%s: %s" % (type(error).__name__, getattr(error, "Message", error))
                told = {"reply": message.get("ask"), "failed": said[:500]}
            if process is self._process:
                self._write(process, told)
        finally:
            self._changed.acquire()

    # --- threads of one process

    def _listen(self, process: Any) -> None:
        try:
            while True:
                message = frames.receive(process.stdout)
                if message is None:
                    break
                self._hear(process, message)
        except (frames.FrameError, OSError, ValueError):
            pass
        process.kill()
        process.wait()
        with self._pen:
            for pipe in (process.stdin, process.stdout):
                # What could not be said any more is not missed.
                with contextlib.suppress(OSError):
                    pipe.close()
        with self._changed:
            self._ended(process)

    def _hear(self, process: Any, message: dict[str, Any]) -> None:
        if "say" in message:
            text = message["say"]
            with self._changed:
                self._deeds.append(lambda: self._say(text))
                self._changed.notify_all()
            return
        with self._changed:
            if "hello" in message:
                self._ready = True
                waiting, self._waiting = self._waiting, []
                for kept in waiting:
                    self._put(kept)
                if message["hello"] != frames.PROTOCOL or message.get("refused"):
                    zh, en = message.get("refused") or ("版本不符。", "The versions differ.")
                    self._refused = ChildError(zh, en)
                    self._fail_all(self._refused)
                    process.kill()
            elif "ask" in message:
                self._asked.append((process, message))
            elif "id" in message:
                call = self._calls.pop(message["id"], None)
                if call is not None:
                    self._finish(call, message.get("answer"))
            self._changed.notify_all()

    def _ended(self, process: Any) -> None:
        """Ask again what the ended interpreter did not answer; each question once only."""
        if process is not self._process:
            return
        self._process = None
        self._asked.clear()
        self._rest()
        calls = list(self._calls.values())
        self._calls.clear()
        error = ChildError(
            "计算进程意外退出，这次计算没有完成。请刷新。",
            "The interpreter ended unexpectedly and this was not computed. Refresh.",
        )
        for call in calls:
            try:
                if call.tries > 1 or "press" in call.message:
                    raise error
                self._start()
                self._send(call)
            except ChildError as failed:
                self._finish(call, failed)
        self._changed.notify_all()

    def _fail_all(self, error: ChildError) -> None:
        for call in self._calls.values():
            self._finish(call, error)
        self._calls.clear()

    # --- the helper, which may wait for LibreOffice

    def _help(self) -> None:
        while True:
            with self._changed:
                while self._asked and not self._waiters:
                    self._serve_one()
                deed = self._deeds.popleft() if self._deeds else None
                if deed is None:
                    self._changed.wait(LOOK)
                self._give_up()
            if deed is not None:
                # A document may have been closed meanwhile.
                with contextlib.suppress(Exception):
                    deed()

    def _give_up(self) -> None:
        """End an interpreter that does not start, or has worked on one thing for too long."""
        now = time.monotonic()
        stuck = self._process is not None and not self._ready and now - self._begun > START
        late = [call for call in self._calls.values() if now - call.begun > LONGEST]
        for call in late:
            call.tries = 2  # not again
        if (stuck or late) and self._process is not None:
            self._process.kill()
