"""The interpreter that LibreOffice starts: answers cells and carries out the menu's entries."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from prosperity import __version__
from prosperity.errors import ProsperityError

from prosperity_excel.calc.channel import Channel, HostError
from prosperity_excel.calc.office.frames import PROTOCOL
from prosperity_excel.calc.open_document import Book, Range
from prosperity_excel.files.log import internal, log
from prosperity_excel.formulas.cell_values import MARK, NUMBERS
from prosperity_excel.formulas.serve import SESSION, WHY, serve
from prosperity_excel.host.protocol import Book as HostBook

_ERRORS = {number: name for name, number in NUMBERS.items()}
#: A cell as WHY may be told of it in words: LibreOffice hands on the error of a cell itself.
_PLACE = re.compile(
    r"(?:\$?(?:'((?:[^']|'')+)'|([^\W\d]\w*))[.!])?(\$?[A-Z]{1,3}\$?\d{1,7})", re.IGNORECASE
)


class Caller:
    """The calling document in the place of a calling cell, which Calc does not tell."""

    def __init__(self, book: Book, channel: Channel) -> None:
        self.sheet = SimpleNamespace(book=book)
        self._application = _StatusBar(channel)

    @property
    def api(self) -> Any:
        """What Excel's own object would say too: the program, for its status bar."""
        return SimpleNamespace(Application=self._application)

    @property
    def impl(self) -> Caller:
        """Something, so that there is a caller."""
        return self


class _StatusBar:
    """The application as a long answer knows it: something that has a status bar."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def StatusBar(self) -> str | bool:  # noqa: N802 - Excel's name
        """Never known."""
        return False

    @StatusBar.setter
    def StatusBar(self, value: str | bool) -> None:  # noqa: N802
        self._channel.say(value)


class Server:
    """Answers one question after the other."""

    def __init__(self, channel: Channel, profile: Path | None = None) -> None:
        self._channel, self._profile = channel, profile
        self._round: Any = None

    def answer(self, message: dict[str, Any]) -> Any:
        """Return the answer to a cell, or to a press: what to say, and what to ask."""
        told = message.get("book")
        book = None if told is None else Book(self._channel.ask, told, self._channel.say)
        if "opened" in message:
            from prosperity_excel.excel.carry_out import settings_of

            return settings_of(cast(HostBook, book)).repair_links != "off"
        if "press" in message:
            from prosperity_excel.calc.pressing import press

            action, given = str(message["press"]), str(message["given"])
            return list(press(action, given, book, str(message["agreed"]), self._profile))
        if message.get("round") != self._round:
            self._round = message.get("round")
            SESSION.recalculated()
        name = str(message["call"])
        arguments = tuple(_argument(one, book) for one in message["arguments"])
        if name == WHY and book is not None:
            arguments = (_cell_meant(arguments[0], book), *arguments[1:])
        caller = None if book is None else Caller(book, self._channel)
        return encoded(serve(name, caller, arguments), book)  # type: ignore[arg-type]


def _argument(value: Any, book: Book | None) -> Any:
    if isinstance(value, dict) and book is not None and "range" in value:
        name, top, left, bottom, right = value["range"]
        sheet = book.sheets[name]
        return sheet.range((top + 1, left + 1), (bottom + 1, right + 1))
    if isinstance(value, dict):
        return [[None if cell == "" else cell for cell in row] for row in value["rows"]]
    return None if value == "" else value


def _cell_meant(value: Any, book: Book) -> Any:
    """Return the cell whose address was given as a text; anything else as it is."""
    match = _PLACE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return value
    name = (match[1] or "").replace("''", "'") or match[2]
    try:
        sheet = book.sheets[name] if name else book.sheets[0]
    except KeyError:
        return value
    found: Range = sheet.range(match[3].upper())
    return found


def encoded(value: Any, book: Book | None) -> Any:
    """Return an answer as it goes through the pipe: errors by name, dates as numbers."""
    if isinstance(value, list):
        return [[encoded(cell, book) for cell in row] for row in value]
    if isinstance(value, str) and value.startswith(MARK):
        return {"e": _ERRORS[int(value.removeprefix(MARK))]}
    if isinstance(value, datetime):
        day = value.replace(tzinfo=None)
        return (day - datetime(1899, 12, 30)).total_seconds() / 86400 if book is None else \
            book.serial(day)  # fmt: skip
    return value


def refusal(hello: dict[str, Any]) -> list[str] | None:
    """Return why an extension does not fit this package; None when it does."""
    if hello.get("hello") == PROTOCOL:
        return None
    said = hello.get("version", "?")
    return [
        f"扩展（{said} 版）与 Python 中的 Prosperity {__version__} 不能配合。请运行 prosperity "
        "calc install，然后重启 LibreOffice。",
        f"The extension (of version {said}) does not go together with Prosperity {__version__} in "
        "Python. Run 'prosperity calc install' and start LibreOffice again.",
    ]


def main() -> None:
    """Serve until the pipe ends."""
    # What is printed by whatever library must never be taken for a message.
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    channel = Channel(sys.stdin.buffer, sink)
    channel.listen()
    hello = channel.question()
    refused = refusal(hello)
    channel.send({"hello": PROTOCOL, "version": __version__, "refused": refused})
    profile = hello.get("profile")
    server = Server(channel, Path(str(profile)) if profile else None)
    while True:
        message = channel.question()
        channel.send({"id": message.get("id"), "answer": _answered(server, message)})


def _answered(server: Server, message: dict[str, Any]) -> Any:
    try:
        return server.answer(message)
    except (HostError, ProsperityError) as error:
        log().warning("calc %s", error)
        said = str(error)
    except Exception as error:
        said = internal(error).message("both")
    if "opened" in message:
        return False
    return [said, ""] if "press" in message else {"e": "#NULL!"}


if __name__ == "__main__":
    main()
