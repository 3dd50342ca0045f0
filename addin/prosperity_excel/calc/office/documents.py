"""What the interpreter may ask of open documents, each a small question with a plain answer.

Rows and columns count from 0; a box is (sheet, top, left, bottom, right) with its ends.
"""

from __future__ import annotations

import collections
from typing import Any, Callable

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.lang import Locale

#: Flags of contents: values, dates, texts, formulas.
CONTENTS = 1 | 2 | 4 | 16
#: Of formula results: errors.
ERRORS = 4
#: Kinds of number formats that change what a number is.
DATE, PERCENT, LOGICAL = 2 | 4, 16, 1024
#: LibreOffice's numbers of errors, as Excel calls them; others are #VALUE!.
CODES = {32767: "#N/A", 519: "#VALUE!", 524: "#REF!", 525: "#NAME?", 503: "#NUM!",
         532: "#DIV/0!", 521: "#NULL!"}  # fmt: skip
#: Documents that are remembered between two questions.
KEPT = 16
_ENGLISH = Locale("en", "US", "")


class Documents:
    """The open documents by the name that LibreOffice gives each at run time."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self._known = collections.OrderedDict()  # type: collections.OrderedDict[str, Any]
        #: Set while a document is read for the interpreter, by thread.
        self.status = None  # type: Any

    def desktop(self) -> Any:
        """Return the desktop."""
        manager = self.context.ServiceManager
        return manager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)

    def told(self, document: Any) -> dict[str, str]:
        """Return how a document is called in a message, and remember it."""
        uid = str(document.RuntimeUID)
        self._known[uid] = document
        self._known.move_to_end(uid)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        url = document.URL
        path = uno.fileUrlToSystemPath(url) if url.startswith("file:") else url
        return {"uid": uid, "path": path, "name": _name(document, path)}

    def find(self, uid: str) -> Any:
        """Return a document.

        Raises
        ------
        LookupError
            When it is not open any more.
        """
        for document in self._open():
            if str(document.RuntimeUID) == uid:
                return document
        try:
            # Being loaded: it has no window yet.
            document = self._known[uid]
            document.Sheets.getCount()
        except Exception:
            self._known.pop(uid, None)
            raise LookupError("the document is closed") from None
        return document

    def _open(self) -> list[Any]:
        found, components = [], self.desktop().getComponents().createEnumeration()
        while components.hasMoreElements():
            one = components.nextElement()
            if one.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
                found.append(one)
        return found

    def serve(self, message: dict[str, Any]) -> Any:
        """Answer a question of the interpreter's."""
        return DEEDS[message["do"]](self, message)


def _name(document: Any, path: str) -> str:
    """Return the file's name; of a document that was never saved its title."""
    last = path.replace("\\", "/").rpartition("/")[2]
    return last or str(document.Title)


def _sheet(documents: Documents, asked: dict[str, Any]) -> Any:
    return documents.find(asked["book"]).Sheets.getByName(asked["box"][0])


def _cells(documents: Documents, asked: dict[str, Any]) -> Any:
    _, top, left, bottom, right = asked["box"]
    return _sheet(documents, asked).getCellRangeByPosition(left, top, right, bottom)


def _book(documents: Documents, asked: dict[str, Any]) -> dict[str, Any]:
    document = documents.find(asked["book"])
    null = document.NullDate
    return {
        "sheets": list(document.Sheets.ElementNames),
        "null_date": [null.Year, null.Month, null.Day],
        "read_only": bool(document.isReadonly()),
    }


def _used(documents: Documents, asked: dict[str, Any]) -> list[int]:
    cursor = _sheet(documents, asked).createCursor()
    cursor.gotoStartOfUsedArea(False)
    cursor.gotoEndOfUsedArea(True)
    place = cursor.RangeAddress
    return [place.StartRow, place.StartColumn, place.EndRow, place.EndColumn]


def _values(documents: Documents, asked: dict[str, Any]) -> dict[str, Any]:
    """Return values, the errors among them, and where numbers are dates, percents or logical."""
    cells = _cells(documents, asked)
    _, top, left, _, _ = asked["box"]
    rows = [list(row) for row in cells.DataArray]
    for place in _addresses(cells.queryFormulaCells(ERRORS)):
        for row in range(place.StartRow, place.EndRow + 1):
            for column in range(place.StartColumn, place.EndColumn + 1):
                code = cells.Spreadsheet.getCellByPosition(column, row).getError()
                rows[row - top][column - left] = {"e": CODES.get(code, "#VALUE!")}
    return {"rows": rows, "kinds": _kinds(documents, asked, cells) if asked.get("kinds") else []}


def _kinds(documents: Documents, asked: dict[str, Any], cells: Any) -> list[Any]:
    """Return (kind, top, left, bottom, right) of the parts whose numbers are not plain ones."""
    formats = documents.find(asked["book"]).NumberFormats
    _, top, left, _, _ = asked["box"]
    found = []
    same = cells.getUniqueCellFormatRanges()
    for n in range(same.getCount()):
        ranges = same.getByIndex(n)
        kind = formats.getByKey(ranges.getByIndex(0).NumberFormat).Type
        name = "date" if kind & DATE else "percent" if kind & PERCENT else \
            "logical" if kind & LOGICAL else ""  # fmt: skip
        if name:
            found += [
                [name, p.StartRow - top, p.StartColumn - left, p.EndRow - top, p.EndColumn - left]
                for p in _addresses(ranges)
            ]
    return found


def _addresses(ranges: Any) -> list[Any]:
    return list(ranges.RangeAddresses)


def _formulas(documents: Documents, asked: dict[str, Any]) -> list[list[str]]:
    return [list(row) for row in _cells(documents, asked).FormulaArray]


def _format(documents: Documents, asked: dict[str, Any]) -> str | None:
    """Return the number format as an English code; None when there are several."""
    cells = _cells(documents, asked)
    formats = documents.find(asked["book"]).NumberFormats
    same = cells.getUniqueCellFormatRanges()
    codes = set()
    for n in range(same.getCount()):
        key = same.getByIndex(n).getByIndex(0).NumberFormat
        codes.add(str(formats.getByKey(formats.getFormatForLocale(key, _ENGLISH)).FormatString))
    return codes.pop() if len(codes) == 1 else None


def _put(documents: Documents, asked: dict[str, Any]) -> None:
    """Write values; texts stay texts, and numbers numbers."""
    rows = tuple(tuple("" if v is None else v for v in row) for row in asked["rows"])
    _cells(documents, asked).setDataArray(rows)


def _enter(documents: Documents, asked: dict[str, Any]) -> None:
    """Write values, and enter formulas where a text begins as one."""
    cells, formulas = _cells(documents, asked), []
    rows = []  # type: list[list[Any]]
    for r, row in enumerate(asked["rows"]):
        rows.append([])
        for c, value in enumerate(row):
            if isinstance(value, str) and value.startswith("="):
                formulas.append((r, c, value))
                value = ""
            elif isinstance(value, str) and value.startswith("'"):
                value = value[1:]
            rows[-1].append("" if value is None else value)
    cells.setDataArray(tuple(map(tuple, rows)))
    for r, c, formula in formulas:
        cells.getCellByPosition(c, r).setFormula(formula)


def _array(documents: Documents, asked: dict[str, Any]) -> None:
    _cells(documents, asked).setArrayFormula(asked["formula"])


def _put_format(documents: Documents, asked: dict[str, Any]) -> None:
    formats = documents.find(asked["book"]).NumberFormats
    key = formats.queryKey(asked["code"], _ENGLISH, False)
    if key < 0:
        key = formats.addNew(asked["code"], _ENGLISH)
    _cells(documents, asked).NumberFormat = key


def _clear(documents: Documents, asked: dict[str, Any]) -> None:
    _cells(documents, asked).clearContents(CONTENTS)


def _insert(documents: Documents, asked: dict[str, Any]) -> None:
    """Insert whole rows, or cells that push others down."""
    _, top, _, bottom, _ = asked["box"]
    sheet = _sheet(documents, asked)
    if asked["whole"] == "rows":
        sheet.Rows.insertByIndex(top, bottom - top + 1)
    else:
        sheet.insertCells(_cells(documents, asked).RangeAddress, uno.Enum(_INSERT, "DOWN"))


def _delete(documents: Documents, asked: dict[str, Any]) -> None:
    _, top, _, bottom, _ = asked["box"]
    sheet = _sheet(documents, asked)
    if asked["whole"] == "rows":
        sheet.Rows.removeByIndex(top, bottom - top + 1)
    else:
        sheet.removeRange(_cells(documents, asked).RangeAddress, uno.Enum(_DELETE, "UP"))


_INSERT, _DELETE = "com.sun.star.sheet.CellInsertMode", "com.sun.star.sheet.CellDeleteMode"


def _add_sheet(documents: Documents, asked: dict[str, Any]) -> None:
    documents.find(asked["book"]).Sheets.insertNewByName(asked["name"], asked["at"])


def _delete_sheet(documents: Documents, asked: dict[str, Any]) -> None:
    documents.find(asked["book"]).Sheets.removeByName(asked["name"])


def _protected(documents: Documents, asked: dict[str, Any]) -> bool:
    return bool(_sheet(documents, asked).isProtected())


def _show(documents: Documents, asked: dict[str, Any]) -> None:
    document = documents.find(asked["book"])
    document.CurrentController.setActiveSheet(_sheet(documents, asked))


def _selection(documents: Documents, asked: dict[str, Any]) -> list[Any] | None:
    document = documents.find(asked["book"])
    selected = None if document.CurrentController is None else document.CurrentSelection
    place = getattr(selected, "RangeAddress", None)
    if place is None:
        return None
    name = document.Sheets.getByIndex(place.Sheet).Name
    return [name, place.StartRow, place.StartColumn, place.EndRow, place.EndColumn]


def _calculate(documents: Documents, asked: dict[str, Any]) -> None:
    documents.find(asked["book"]).calculateAll()


def _automatic(documents: Documents, asked: dict[str, Any]) -> bool:
    """Return whether it computes by itself; changes that first where it is told to."""
    document = documents.find(asked["book"])
    if asked.get("on") is not None:
        document.enableAutomaticCalculation(bool(asked["on"]))
    return bool(document.isAutomaticCalculationEnabled())


def _load(documents: Documents, asked: dict[str, Any]) -> dict[str, str]:
    hidden = PropertyValue("Hidden", 0, bool(asked.get("hidden")), 0)
    url = uno.systemPathToFileUrl(asked["path"])
    document = documents.desktop().loadComponentFromURL(url, "_blank", 0, (hidden,))
    if document is None:
        raise OSError("cannot be opened")
    return documents.told(document)


def _print(documents: Documents, asked: dict[str, Any]) -> None:
    given = (PropertyValue("FilterName", 0, "calc_pdf_Export", 0),)
    documents.find(asked["book"]).storeToURL(uno.systemPathToFileUrl(asked["path"]), given)


def _close(documents: Documents, asked: dict[str, Any]) -> None:
    documents.find(asked["book"]).close(True)


DEEDS: dict[str, Callable[[Documents, dict[str, Any]], Any]] = {
    "add_sheet": _add_sheet,
    "array": _array,
    "automatic": _automatic,
    "book": _book,
    "calculate": _calculate,
    "clear": _clear,
    "close": _close,
    "delete": _delete,
    "delete_sheet": _delete_sheet,
    "enter": _enter,
    "format": _format,
    "formulas": _formulas,
    "insert": _insert,
    "load": _load,
    "print": _print,
    "protected": _protected,
    "put": _put,
    "put_format": _put_format,
    "selection": _selection,
    "show": _show,
    "used": _used,
    "values": _values,
}
