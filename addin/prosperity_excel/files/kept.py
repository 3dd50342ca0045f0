"""Answers kept from one process to the next, by all that went into them.

What is kept is text and numbers, in the user's own folder and never beside a book: it is found by a
digest of everything that made it, so that what is stale is never found, and it carries a seal made
with a secret of this user and computer, so that what is damaged, foreign or forged is passed over
and made anew. Nothing here is needed: where nothing can be kept, or read, all is computed.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prosperity_excel.files.replacing import replacing

#: Environment variable that names another folder; ``off`` keeps nothing and reads nothing.
FOLDER_VARIABLE = "PROSPERITY_KEPT"
OFF = "off"
#: Answers that are kept, the latest of them; bytes of one.
MOST_ANSWERS, MOST_BYTES = 500, 4_000_000
_SECRET, _SECRET_BYTES, _SEAL_LETTERS = "secret", 32, 64
_SUFFIX = ".json"
#: Packages whose files, and others whose versions, decide the numbers.
_OURS, _OTHERS = ("prosperity", "prosperity_excel"), ("numpy", "pandas", "exchange-calendars")
_CODE = (".py", ".toml", ".csv", ".json")


def folder() -> Path | None:
    """Return the folder of what is kept; None when nothing is to be."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    if named.casefold() == OFF:
        return None
    try:
        return Path(named) if named else Path.home() / ".prosperity" / "kept"
    except RuntimeError:  # a service without a home
        return None


def key_of(*parts: object) -> str:
    """Return the name of an answer: a digest of what went into it, and of the program itself.

    Parameters
    ----------
    parts
        Anything whose ``repr`` tells it from all others of its kind.
    """
    return blake2b(repr((_program(), *parts)).encode(), digest_size=20).hexdigest()


def recall(key: str) -> Any:
    """Return what was kept under a key, as JSON holds it; None when nothing true was."""
    place = folder()
    if place is None:
        return None
    try:
        path = place / f"{key}{_SUFFIX}"
        if path.stat().st_size > MOST_BYTES + _SEAL_LETTERS:
            return None
        content, secret = path.read_bytes(), _read_secret(place)
    except (OSError, ValueError):
        return None
    seal, said = content[:_SEAL_LETTERS], content[_SEAL_LETTERS:]
    if secret is None or not hmac.compare_digest(seal, _seal(secret, said)):
        return None
    whole = json.loads(said)
    # A true one under another's name is still another's.
    return whole["value"] if whole["key"] == key else None


def remember(key: str, value: Any) -> None:
    """Keep a value that JSON holds; where that cannot be done nothing is."""
    place = folder()
    said = json.dumps({"key": key, "value": value}).encode()
    if place is None or len(said) > MOST_BYTES:
        return
    with suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = _read_secret(place) or _new_secret(place)
        if secret is not None:
            with replacing(place / f"{key}{_SUFFIX}") as temporary:
                temporary.write_bytes(_seal(secret, said) + said)
            _prune(place)


def _seal(secret: bytes, said: bytes) -> bytes:
    return blake2b(said, key=secret, digest_size=_SEAL_LETTERS // 2).hexdigest().encode()


def _read_secret(place: Path) -> bytes | None:
    try:
        secret = (place / _SECRET).read_bytes()
    except OSError:
        return None
    return secret if len(secret) == _SECRET_BYTES else None


def _new_secret(place: Path) -> bytes | None:
    """Make a secret, unless another process has just made one."""
    path = place / _SECRET
    with suppress(OSError):
        if path.stat().st_size != _SECRET_BYTES:
            path.unlink()
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
    return _read_secret(place)


def _prune(place: Path) -> None:
    """Let the oldest go; what another process has just removed is gone already."""
    found = list(place.glob(f"*{_SUFFIX}"))
    if len(found) <= MOST_ANSWERS:
        return
    aged: list[tuple[float, Path]] = []
    for path in found:
        with suppress(OSError):
            aged.append((path.stat().st_mtime, path))
    for _, path in sorted(aged)[:-MOST_ANSWERS]:
        path.unlink(missing_ok=True)


@cache
def _program() -> str:
    """Return what differs when the program does, or what it computes with."""
    told: list[object] = []
    for package in _OURS:
        found = find_spec(package)
        for place in (found.submodule_search_locations or ()) if found else ():
            try:
                told += sorted(_files(Path(place)))
            except OSError:  # packed, or not to be looked at: nothing is true of another process
                told.append(secrets.token_hex())
    for package in _OTHERS:
        with suppress(PackageNotFoundError):
            told.append((package, version(package)))
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()


def _files(place: Path) -> Iterable[tuple[str, int, int]]:
    """Give each file of a folder that is program or catalog, with what tells if it was changed."""
    for entry in os.scandir(place):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(Path(entry.path))
        elif entry.name.endswith(_CODE):
            told = entry.stat()
            yield entry.path, told.st_mtime_ns, told.st_size
