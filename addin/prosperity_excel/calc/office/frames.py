"""Messages between LibreOffice and our interpreter: JSON, each behind its length in bytes."""

from __future__ import annotations

import json
import struct
from typing import Any

#: What both sides say to each other. Raised when any of it changes; a test compares the sources
#: with those of this number.
PROTOCOL = 1
#: The module of ours that LibreOffice starts.
SERVER = "prosperity_excel.calc.serving"
#: A longer message is refused by whoever writes or reads it: 64 MiB.
LONGEST = 64 << 20
_HEAD = struct.Struct(">I")


class FrameError(Exception):
    """A message that is none, or too long."""


def packed(message: dict[str, Any]) -> bytes:
    """Return a message as it goes through the pipe.

    Raises
    ------
    FrameError
        When it is longer than :data:`LONGEST`.
    """
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    if len(data) > LONGEST:
        raise FrameError(f"a message of {len(data):,} bytes")
    return _HEAD.pack(len(data)) + data


def receive(pipe: Any) -> dict[str, Any] | None:
    """Return the next message; None at the end of the pipe.

    Raises
    ------
    FrameError
        When what comes is no message.
    """
    head = pipe.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise FrameError("the pipe ended inside a length")
    (length,) = _HEAD.unpack(head)
    if length > LONGEST:
        raise FrameError(f"a message of {length:,} bytes")
    data = pipe.read(length)
    if len(data) < length:
        raise FrameError("the pipe ended inside a message")
    try:
        message = json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise FrameError(f"no JSON: {error}") from None
    if not isinstance(message, dict):
        raise FrameError("no object")
    return message
