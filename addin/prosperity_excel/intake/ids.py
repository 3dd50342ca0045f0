"""Vendors' ids for columns that have none: searched for, confirmed once, kept in the book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from prosperity_excel.files.child import read_guarded
from prosperity_excel.intake.candidates import Target
from prosperity_excel.intake.needs import CALLED, needs_of
from prosperity_excel.intake.targets import OpenBook, open_for_import
from prosperity_excel.ooxml.edits import edit_book
from prosperity_excel.ooxml.row_edits import SheetEdit
from prosperity_excel.vendors import VENDORS, vendor
from prosperity_excel.vendors.catalogs import Offer, akshare_offers, offers
from prosperity_excel.vendors.fred import Fred
from prosperity_excel.vendors.protocol import VendorError
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import Label, fold

#: What a vendor is called in the row 来源 (source).
TITLES: Mapping[str, str] = {"akshare": "AKShare", "fred": "FRED", "oecd": "OECD"}


@dataclass(frozen=True)
class Unmatched:
    """A column that no source on this machine serves, and what sources offer for it."""

    target: Target
    offers: tuple[Offer, ...]


def unmatched(path: Path) -> tuple[OpenBook, list[Unmatched]]:
    """Return a book, and its columns of data that nobody can be asked for, with offers.

    AKShare's source is searched where it is installed; FRED where there is a key.
    """
    opened: OpenBook = read_guarded(open_for_import, path)
    usable = {id: made for id in VENDORS if (made := vendor(id)).state().error is None}
    _, unserved = needs_of(opened, usable, date.today())
    fred = usable.get("fred")
    found = []
    for one in unserved:
        if one.target.indicator is None:
            continue
        indicator = one.target.indicator
        near = offers(indicator.name_zh, akshare_offers())
        if isinstance(fred, Fred):
            near += _of_fred(fred, indicator.name_en)
        found.append(Unmatched(one.target, tuple(near)))
    return opened, found


def _of_fred(fred: Fred, name: str) -> list[Offer]:
    try:
        return offers(name, (Offer(id, title, 0.0) for id, title in fred.search(name)))
    except VendorError:
        return []


def write_ids(book: OpenBook, chosen: Mapping[Target, str]) -> Path | None:
    """Write ids that were confirmed into the header of a closed book; return its dated copy.

    An id is put behind what stands in the row 指标ID, and its vendor behind the row 来源, parted by
    a semicolon.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.ooxml.edits.edit_book`.
    """
    if book.file is None:
        raise TypeError("an open workbook is written by its host")
    edits: dict[str, SheetEdit] = {}
    for target, id in chosen.items():
        table = book.tables[target.sheet]
        head = max(table.labels.values(), default=-1) + 1
        cells = dict(edits.get(table.sheet.name, SheetEdit()).cells)
        added_by: Mapping[Label, str] = {"source_id": id, "source": _title(id)}
        for label, added in added_by.items():
            row = table.labels.get(label)
            if row is None:
                continue
            there = table.header(label, target.column)
            if fold(added) not in fold(there):
                cells[row, target.column] = f"{there}; {added}" if there else added
        edits[table.sheet.name] = SheetEdit(cells, (), head)
    return edit_book(
        book.file, edits, expected=book.content, verb="match", identity=identity_for(book.file)
    )


def _title(id: str) -> str:
    vendor_id = id.partition(":")[0].casefold()
    return TITLES.get(vendor_id, CALLED.get(vendor_id, (vendor_id,))[0])
