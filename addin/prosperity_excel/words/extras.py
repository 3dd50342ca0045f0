"""How what an optional part needs is installed, in words that are safe to follow.

Prosperity's own name is not on the public index: a command that asks the index for it would run
whatever somebody else put there. So the packages of an extra are named themselves.
"""

from __future__ import annotations

import re
from importlib import metadata

_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")


def packages(extra: str) -> tuple[str, ...]:
    """Return the requirements of one of our extras, as our own metadata state them.

    Raises
    ------
    LookupError
        When there is no such extra.
    """
    found = []
    for line in metadata.requires("prosperity") or ():
        requirement, _, marker = line.partition(";")
        told = _EXTRA.search(marker)
        if told and told[1] == extra:
            found.append(requirement.strip())
    if not found:
        raise LookupError(extra)
    return tuple(found)


def command(extra: str) -> str:
    """Return the command that installs what an extra needs beside Prosperity."""
    return " ".join(["pip install", *(f'"{package}"' for package in packages(extra))])
