"""How formulas call our functions: by a path, by Calc's full name, or plainly."""

from __future__ import annotations

import re

#: What Calc puts in front of a function's name.
CALC_PREFIX = "org.prosperity.calc.Functions."
#: The path in front of a function, as Excel shows it for an add-in that is elsewhere, or the full
#: name of Calc's add-in. Inside the quotes an apostrophe of the path stands twice.
_PATH = re.compile(
    r"(?:'(?:[^']|'')*prosperity\.xlam'|[\w\\/:.\-]*prosperity\.xlam)!|\b" + re.escape(CALC_PREFIX),
    re.IGNORECASE,
)
_OURS = re.compile(r"\bPROSPERITY(_[A-Z]+)?\s*\(", re.IGNORECASE)
#: Texts inside a formula, in which nothing is a reference.
_TEXT = re.compile(r'("(?:[^"]|"")*")')


def without_path(formula: str) -> str:
    """Return a formula without the path of an add-in in front of our functions."""
    pieces = _TEXT.split(formula)
    return "".join(p if n % 2 else _PATH.sub("", p) for n, p in enumerate(pieces))


def is_ours(formula: str) -> bool:
    """Whether a formula calls one of our functions."""
    return bool(_OURS.search("".join(_TEXT.split(formula)[::2])))


def is_foreign(formula: str) -> bool:
    """Whether a formula of ours carries the path of an add-in."""
    return is_ours(formula) and without_path(formula) != formula
