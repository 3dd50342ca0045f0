"""Formulas of ours in a closed book, written as Excel and every Calc know them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from prosperity_excel.files.saving import replace_file
from prosperity_excel.ooxml.edits import refuse_to_write
from prosperity_excel.ooxml.formula_names import is_ours, without_path
from prosperity_excel.ooxml.markup import Element, Splices, Tree, escaped
from prosperity_excel.ooxml.package import Package
from prosperity_excel.ooxml.readback import Expected, check_readable

#: The number of another file in front of a function: how a path is written inside a book.
_NUMBERED = re.compile(r"\[\d+\]!(?=PROSPERITY(?:_[A-Z_]+)?\s*\()", re.IGNORECASE)
_TEXT = re.compile(r'("(?:[^"]|"")*")')


def plain_links(path: Path, now: datetime | None = None) -> tuple[int, Path | None]:
    """Take paths and full names of add-ins out of a closed book's formulas of ours.

    Nothing else changes; stored values stay.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.xlsm`` file that no program has open.
    now
        Time in the name of the dated copy; None is now.

    Returns
    -------
    int, Path or None
        How many formulas were changed, and the copy of the file as it was; None when nothing was.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.ooxml.edits.edit_book` says.
    """
    refuse_to_write(path)
    content = path.read_bytes()
    package = Package(content, path.name)
    count, touched = 0, {}
    for name, part in package.sheets.items():
        tree = package.tree(part)
        splices = Splices(tree)
        changed = 0
        for element, plain in _changed(tree):
            splices.fill(element, escaped(plain))
            changed += 1
        if changed:
            package.put(part, splices.result())
            touched[name] = Expected()
            count += changed
    if not count:
        return 0, None
    new = package.bytes()
    check_readable(path, new, touched)
    return count, replace_file(path, content, new, now or datetime.now(), "links")


def plain_formula(formula: str) -> str:
    """Return a formula without what stands in front of our functions."""
    named = "".join(
        part if n % 2 else _NUMBERED.sub("", part) for n, part in enumerate(_TEXT.split(formula))
    )
    return without_path(named)


def _changed(tree: Tree) -> Iterator[tuple[Element, str]]:
    """Give the formulas that change, and what they become."""
    for element in tree.named("f"):
        formula = element.text
        if is_ours(formula) and (plain := plain_formula(formula)) != formula:
            yield element, plain
