"""The interpreter's end of the pipe: questions from LibreOffice, and ours back to it."""

from __future__ import annotations

import itertools
import os
import queue
from threading import Thread
from typing import Any, BinaryIO

from prosperity_excel.calc.office import frames


class HostError(RuntimeError):
    """LibreOffice could not do what was asked, in its own words."""


class Channel:
    """Messages both ways, one question at a time.

    Parameters
    ----------
    source, sink
        The pipe. When it ends so does this process: nobody could be answered any more.
    """

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._numbers = itertools.count(1)
        self._questions: queue.Queue[dict[str, Any]] = queue.Queue()
        self._replies: queue.Queue[dict[str, Any]] = queue.Queue()

    def listen(self) -> None:
        """Begin to read."""
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while (message := frames.receive(self._source)) is not None:
                if "reply" in message:
                    self._replies.put(message)
                else:
                    self._questions.put(message)
        finally:
            os._exit(0)

    def question(self) -> dict[str, Any]:
        """Return the next question; waits for it."""
        return self._questions.get()

    def send(self, message: dict[str, Any]) -> None:
        """Say something."""
        self._sink.write(frames.packed(message))
        self._sink.flush()

    def ask(self, do: str, **given: Any) -> Any:
        """Return what LibreOffice answers.

        Raises
        ------
        HostError
            With what it said.
        """
        number = next(self._numbers)
        self.send({"ask": number, "do": do, **given})
        while True:
            reply = self._replies.get()
            if reply["reply"] == number:
                break
        if "failed" in reply:
            raise HostError(str(reply["failed"]))
        return reply.get("value")

    def say(self, text: str | bool) -> None:
        """Write to the status bar; False gives it back."""
        self.send({"say": text or None})
