"""Results of our formulas shown as dates and with decimals, where nobody chose another format.

Arrays that spill come into Excel as plain numbers, dates included. After a refresh the cells that
our formulas fill, and that still have the General format, get one that fits what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from prosperity.errors import ProsperityError

from prosperity_excel.formulas.formula_calls import call_in
from prosperity_excel.formulas.serve import serve
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Book, Range, Sheet
from prosperity_excel.host.repair_links import our_formulas
from prosperity_excel.host.write_blocks import DATE_FORMAT
from prosperity_excel.host.xlwings_com import filled_from, protected

GENERAL, NUMBER_FORMAT = "General", "0.00"
#: Formulas that are looked at in one workbook after one press; what is beyond them stays.
MOST_FORMULAS = 2000


def dress(book: Book) -> int:
    """Format what our formulas fill in an open workbook.

    Formulas whose arguments Excel computes are passed over, and so are protected sheets: nothing
    here is worth a message. Returns the number of columns that were given a format.
    """
    done = looked = 0
    for sheet in book.sheets:
        if protected(sheet):
            continue
        for row, column, _ in our_formulas(sheet):
            looked += 1
            if looked > MOST_FORMULAS:
                return done
            done += _dress(sheet, sheet.range((row, column)))
    return done


def _dress(sheet: Sheet, cell: Range) -> int:
    shape = filled_from(cell)
    if shape is None:
        return 0
    try:
        call = call_in(cell)
        answer = None if call is None else serve(call.name, cell, call.arguments)
    except ProsperityError:
        return 0
    rows = answer if isinstance(answer, list) else [[answer]]
    done = 0
    for number, column in enumerate(zip(*rows, strict=True)):
        wanted = format_of(column)
        if wanted is None or number >= shape[1]:
            continue
        for first, end in _runs(column[: shape[0]]):
            part = sheet.range(
                (cell.row + first, cell.column + number),
                (cell.row + end - 1, cell.column + number),
            )
            done += _format(part, wanted)
    return done


def format_of(values: Sequence[Any]) -> str | None:
    """Return the format of a column of an answer; None for texts and whole numbers."""
    if any(isinstance(value, datetime) for value in values):
        return DATE_FORMAT
    numbers = [v for v in values if isinstance(v, float)]
    return NUMBER_FORMAT if any(not v.is_integer() for v in numbers) else None


def _runs(values: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Give the parts of a column that hold no headings: those from the first value on."""
    first = next((n for n, v in enumerate(values) if isinstance(v, float | datetime)), None)
    if first is not None:
        yield first, len(values)


def _format(part: Range, wanted: str) -> int:
    if patiently(lambda: part.number_format) != GENERAL:
        return 0
    patiently(lambda: setattr(part, "number_format", wanted))
    return 1
