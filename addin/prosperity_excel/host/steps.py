"""What was changed in an open workbook, as steps that take it back; undo of what a button wrote.

Steps hold names, addresses and values, never Excel's own objects: those would keep Excel alive
after its window was closed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from prosperity.errors import BookError

from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book, Sheet

What = Literal[
    "block", "content", "delete_chart", "delete_rows", "delete_sheet", "format", "formula", "value"
]

#: Changes that are remembered for one workbook, and workbooks; the oldest go first.
KEPT_CHANGES, KEPT_BOOKS = 5, 8


@dataclass(frozen=True)
class Step:
    """One thing to do so that a workbook is again as it was.

    Attributes
    ----------
    what : str
        ``content`` writes a sheet's formulas in place of everything on it; ``value``, ``formula``
        and ``format`` a part of it; ``block`` clears a part first, because Excel changes an array
        formula only as a whole; the others delete what had been added.
    sheet, address : str
        Where; of a chart its name stands in place of an address.
    before : object
        What is put back.
    """

    what: What
    sheet: str
    address: str = ""
    before: Any = None


@dataclass(frozen=True)
class Change:
    """What one button changed: its label, the steps back, and the sheets as they were left."""

    label: str
    steps: tuple[Step, ...]
    left: tuple[tuple[str, str], ...]


_recorded: ContextVar[list[Step] | None] = ContextVar("recorded", default=None)


@contextmanager
def recording() -> Iterator[list[Step]]:
    """Collect the steps back of everything that is written inside."""
    steps: list[Step] = []
    token = _recorded.set(steps)
    try:
        yield steps
    finally:
        _recorded.reset(token)


def record(*steps: Step) -> None:
    """Say how what was just done is taken back; without :func:`recording` nobody listens."""
    kept = _recorded.get()
    if kept is not None:
        kept.extend(steps)


def take_back(book: Book, step: Step) -> None:
    """Do one step on an open workbook."""
    sheet = book.sheets[step.sheet]
    if step.what == "delete_sheet":
        patiently(sheet.delete)
    elif step.what == "delete_chart":
        patiently(sheet.charts[step.address].delete)
    elif step.what == "delete_rows":
        patiently(lambda: sheet.range(step.address).delete("up"))
    elif step.what == "content":
        put_content(sheet, step.before)
    else:
        if step.what == "block":
            patiently(sheet.range(step.address).clear_contents)
        name = {"format": "number_format", "value": "value"}.get(step.what, formula_property(sheet))
        patiently(lambda: setattr(sheet.range(step.address), name, step.before))


def put_content(sheet: Sheet, rows: list[list[Any]]) -> None:
    """Write a sheet's formulas and values, as :func:`snapshot` gave them, in place of all."""
    if trimmed(snapshot(sheet)) == trimmed(rows):
        return
    patiently(sheet.clear_contents)
    last = (len(rows), max(map(len, rows)))
    name = formula_property(sheet)
    patiently(lambda: setattr(sheet.range((1, 1), last), name, rows))


def formula_property(sheet: Sheet) -> str:
    """Return the property through which formulas are read and entered as the user sees them.

    ``formula2`` where the host tells formulas that spill from those that mean one value (``@``),
    which ``formula`` does not show; else ``formula``, as in Excel 2016 and 2019.
    """
    try:
        return "formula" if sheet.range((1, 1)).formula2 is None else "formula2"
    except Exception:  # an older Excel has no such property, and COM's own error says so
        return "formula"


def snapshot(sheet: Sheet) -> list[list[Any]]:
    """Return a sheet's formulas and values from A1 on, for putting it back."""
    used = sheet.used_range
    last = (used.row + used.shape[0] - 1, used.column + used.shape[1] - 1)
    found = getattr(sheet.range((1, 1), last), formula_property(sheet))
    if not isinstance(found, list | tuple):
        return [[found]]
    return [list(row) if isinstance(row, list | tuple) else [row] for row in found]


def trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    """Return rows without the blank cells at their ends, and without blank rows below."""
    kept = [list(row) for row in rows]
    for row in kept:
        while row and row[-1] in (None, ""):
            row.pop()
    while kept and not kept[-1]:
        kept.pop()
    return kept


class History:
    """What buttons changed in each open workbook, the last change last."""

    def __init__(self) -> None:
        self._books: OrderedDict[str, list[Change]] = OrderedDict()

    def keep(self, identity: str, book: Book, label: str, steps: list[Step]) -> None:
        """Remember a change; nothing when there was none."""
        if not steps:
            return
        gone = {step.sheet for step in steps if step.what == "delete_sheet"}
        touched = dict.fromkeys(step.sheet for step in steps)
        left = tuple((name, _digest(book, name)) for name in touched)
        # A sheet that was added goes as a whole; what else was done to it needs no step.
        needed = tuple(s for s in steps if s.sheet not in gone or s.what == "delete_sheet")
        kept = self._books.setdefault(identity, [])
        kept.append(Change(label, needed, left))
        del kept[:-KEPT_CHANGES]
        self._books.move_to_end(identity)
        while len(self._books) > KEPT_BOOKS:
            self._books.popitem(last=False)

    def last(self, identity: str) -> Change | None:
        """Return a workbook's last change."""
        kept = self._books.get(identity)
        return kept[-1] if kept else None

    def undo(self, identity: str, book: Book) -> Change | None:
        """Take a workbook's last change back; None when there is none.

        Raises
        ------
        BookError
            ``changed_since`` when one of the sheets is not as the button left it: what somebody
            typed there would go. Nothing is done then. ``cannot_undo`` when a step fails; the
            change is remembered, and what was undone of it is done again by the button itself.
        """
        change = self.last(identity)
        if change is None:
            return None
        for name, left in change.left:
            if _digest(book, name) != left:
                raise BookError(
                    "changed_since",
                    f"“{change.label}”之后，工作表 {name} 又有改动或已删除，未撤销，以免丢失这些"
                    "改动。",
                    f"The sheet {name} was changed or deleted since {change.label!r}; nothing was "
                    "undone, so that those changes are not lost.",
                    where=str(book.name),
                )
        try:
            for step in reversed(change.steps):
                take_back(book, step)
        except TimeoutError:
            raise
        except Exception as error:
            raise BookError(
                "cannot_undo",
                f"撤销“{change.label}”时出错（{error}）。请取消工作表保护；若内容不完整，不保存"
                "关闭本工作簿。",
                f"Undoing {change.label!r} failed ({error}). Unprotect the sheets; close this book "
                "without saving should something be missing.",
                where=str(book.name),
            ) from error
        self._books[identity].pop()
        return change

    def clear(self) -> None:
        """Forget everything."""
        self._books.clear()


def _digest(book: Book, name: str) -> str:
    """Return a short text that differs when a sheet's content does; empty for no such sheet."""
    if name not in [str(sheet.name) for sheet in book.sheets]:
        return ""
    held = trimmed(patiently(lambda: snapshot(book.sheets[name])))
    return blake2b(repr(held).encode(), digest_size=16).hexdigest()
