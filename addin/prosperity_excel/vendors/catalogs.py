"""What a vendor offers, to find the id of a series by its name."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from prosperity_excel.vendors.akshare import AKShare

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Columns of tables that hold no value of a series.
_NO_VALUE = re.compile(r"月份|日期|时间|季度|年份|代码|名称|省份|地区")
#: How alike a name must be to be offered, and how many are.
ALIKE, OFFERED = 0.3, 5


@dataclass(frozen=True)
class Offer:
    """A series that a vendor offers: the id as a book would say it, what it is, how alike."""

    id: str
    title: str
    score: float


def offers(name: str, known: Iterable[Offer]) -> list[Offer]:
    """Return the best few of ``known`` whose titles are like a name, best first."""
    wanted = _pairs(name)
    scored = (Offer(one.id, one.title, _likeness(wanted, _pairs(one.title))) for one in known)
    good = [one for one in scored if one.score >= ALIKE]
    return sorted(good, key=lambda one: (-one.score, one.id))[:OFFERED]


def _pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring letters of a text, and its letters where it is short."""
    plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).casefold()
    return frozenset(plain[n : n + 2] for n in range(len(plain) - 1)) or frozenset(plain)


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the share of the shorter text's pairs that both have, less a little for length."""
    if not left or not right:
        return 0.0
    shared = len(left & right)
    return shared / min(len(left), len(right)) * (0.7 + 0.3 * shared / max(len(left), len(right)))


@cache
def akshare_offers() -> tuple[Offer, ...]:
    """Return the columns of the tables that AKShare's functions give, read from its source.

    Nothing of it is run. A function without arguments, or whose arguments all have defaults, gives
    a column for each Chinese word among its texts that may be one.
    """
    spec = find_spec("akshare")
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    return tuple(offer for folder in folders for offer in _from_source(Path(folder)))


def _from_source(folder: Path) -> Iterator[Offer]:
    vendor = AKShare()
    for file in sorted(folder.rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or not vendor.serves(
                f"AKSHARE:{node.name}/x", "series", ""
            ):
                continue
            if len(node.args.args) > len(node.args.defaults):
                continue
            about = (ast.get_docstring(node) or "").strip().splitlines()[:1]
            subject = about[0].rpartition("-")[2] if about else node.name
            for column in _columns(node):
                yield Offer(f"AKSHARE:{node.name}/{column}", f"{subject} {column}", 0.0)


def _columns(node: ast.FunctionDef) -> list[str]:
    values = (c.value for c in ast.walk(node) if isinstance(c, ast.Constant))
    texts = (text.strip() for text in values if isinstance(text, str))
    return list(
        dict.fromkeys(
            text
            for text in texts
            if 0 < len(text) < 30
            and "\n" not in text
            and _CHINESE.search(text)
            and not _NO_VALUE.search(text)
            and vendor_accepts(text)
        )
    )


def vendor_accepts(column: str) -> bool:
    """Whether a column can stand in an id."""
    return not set(column) & set("/;；")
