"""Workbooks from disk: opened safely, read sheet by sheet, with what the readers leave out.

calamine reads, openpyxl stands by. Neither is asked before the package has been looked at: a
single stray cell at ``XFD1048576`` makes calamine ask for more memory than there is, which ends
the process, and calamine shows Excel errors and uncalculated formulas as blank cells. Both are
found in the sheet's own XML.
"""

from __future__ import annotations

import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TypeVar
from xml.etree import ElementTree

from prosperity.errors import BookError

from prosperity_excel.layout import fold
from prosperity_excel.reading.cells import Cell, ErrorCell, PercentCell
from prosperity_excel.reading.ordinary import Allowance, TooHardError, allowance, is_regular

T = TypeVar("T")

#: Largest used area of a sheet in cells, and largest part of a package in bytes.
MOST_CELLS = 8_000_000
MOST_BYTES = 500_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_REFUSALS: Mapping[str, tuple[str, str]] = {
    "missing_file": (
        "文件不存在，请检查路径。",
        "There is no such file; check the path.",
    ),
    "locked": (
        "文件被其他程序占用或没有读取权限；请关闭后再试。",
        "The file is in use by another program or may not be read; close it and try again.",
    ),
    "unreadable": (
        "文件无法读取（磁盘或网络错误）；请复制到本机后再试。",
        "The file cannot be read (disk or network error); copy it to this machine and try again.",
    ),
    "encrypted": (
        "工作簿有打开密码；请在 Excel 中去掉密码后再试。",
        "The workbook has a password; remove it in Excel and try again.",
    ),
    "not_a_workbook": (
        "这不是完整的 Excel 工作簿（可能已损坏、有密码、未下载完，或只是改了扩展名）；"
        "请用 Excel 打开并另存为 .xlsx。",
        "This is not a whole Excel workbook (damaged, protected, partly downloaded, or only "
        "named like one); open it in Excel and save it as .xlsx.",
    ),
    "other_format": (
        "不支持这种格式；请用 Excel 另存为 .xlsx。",
        "This format is not supported; save it as .xlsx in Excel.",
    ),
    "too_large": (
        "内容过大，超出可读范围；请删去数据区之外的行、列和格式后保存。",
        "There is too much to read; delete rows, columns and formats outside the data, and save.",
    ),
}


@dataclass(frozen=True)
class Sheet:
    """One sheet's cells, from A1.

    Attributes
    ----------
    book, name : str
        Names of the file and the sheet.
    rows : sequence of sequences of Cell
        Blank cells are None; rows may differ in length.
    date_1904 : bool
        Whether the workbook counts its days from 1904.
    """

    book: str
    name: str
    rows: list[list[Cell]]
    date_1904: bool = False

    def cell(self, row: int, column: int) -> Cell:
        """Return a cell by row and column from 0; None outside."""
        if not 0 <= row < len(self.rows) or not 0 <= column < len(self.rows[row]):
            return None
        return self.rows[row][column]

    @property
    def width(self) -> int:
        """Number of columns of the longest row."""
        return max(map(len, self.rows), default=0)

    def place(self, row: int | None = None, column: int = 0) -> str:
        """Return a place such as ``book.xlsx / data!C12``; without ``row`` the sheet's."""
        whole = f"{self.book} / {self.name}"
        return whole if row is None else f"{whole}!{address(row, column)}"


@dataclass(frozen=True)
class Workbook:
    """An open workbook. Sheets are read when they are asked for, each once.

    Attributes
    ----------
    path : Path
    names : tuple of str
        Names of the sheets, in order.
    old_format : bool
        Whether it is an ``.xls`` book, in which error cells look blank.
    """

    path: Path
    names: tuple[str, ...]
    _load: Callable[[str], Sheet] = field(repr=False)
    old_format: bool = False
    _sheets: dict[str, Sheet] = field(default_factory=dict, repr=False)

    def sheet(self, name: str) -> Sheet:
        """Return a sheet by its exact name.

        Raises
        ------
        BookError
            When neither reader can read it, or it is too large.
        """
        if name not in self._sheets:
            self._sheets[name] = self._load(name)
        return self._sheets[name]

    def find(self, words: Iterable[str]) -> Sheet | None:
        """Return the first sheet whose name is one of ``words``, whatever its case and width."""
        folded = [fold(word) for word in words]
        ranked = [(folded.index(fold(n)), n) for n in self.names if fold(n) in folded]
        return self.sheet(min(ranked)[1]) if ranked else None


def address(row: int, column: int) -> str:
    """Return a cell's address, such as ``C12``, from row and column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def open_workbook(path: Path) -> Workbook:
    """Open a workbook: ``.xlsx`` and ``.xlsm``, and ``.xls`` as far as calamine reads it.

    The file is read into memory at once and never kept open. In ``.xls`` books Excel errors
    cannot be told from blank cells.

    Raises
    ------
    BookError
        With the code ``missing_file``, ``locked``, ``unreadable``, ``encrypted``,
        ``not_a_workbook``, ``other_format`` or ``too_large``; never anything else.
    """
    content = _content(path)
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            _refuse("encrypted", path)
        return _opened(path, content, None)
    package = _attempt(lambda: _Package(content))
    if package is None:
        _refuse("not_a_workbook", path)
    if package.refusal:
        _refuse(package.refusal, path)
    return _opened(path, content, package)


def names_of_sheets(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets; raises as :func:`open_workbook`."""
    return open_workbook(path).names


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        _refuse("missing_file", path)
    except PermissionError:
        _refuse("locked", path)
    except OSError:
        _refuse("unreadable", path)


def _refuse(code: str, path: Path, sheet: str = "") -> NoReturn:
    zh, en = _REFUSALS[code]
    where = f"{path.name} / {sheet}" if sheet else path.name
    raise BookError(code, zh, en, where=where) from None


def _opened(path: Path, content: bytes, package: _Package | None) -> Workbook:
    allowed = allowance()
    first: _Calamine | _Openpyxl | None = _attempt(lambda: _Calamine(content))
    if first is None and package is not None:
        if allowed:
            raise TooHardError
        first = _attempt(lambda: _Openpyxl(content))
    if first is None:
        _refuse("not_a_workbook", path)

    def load(name: str) -> Sheet:
        facts = _attempt(
            lambda: package.facts(name, ordinary=bool(allowed)) if package else _Facts()
        )
        if facts is None:
            if allowed:
                raise TooHardError
            _refuse("not_a_workbook", path, name)
        if facts.cells > MOST_CELLS:
            _refuse("too_large", path, name)
        rows = _attempt(lambda: first.rows(name, allowed))
        if rows is None and allowed:
            raise TooHardError
        if rows is None and package is not None:
            rows = _attempt(lambda: _Openpyxl(content).rows(name))
        if rows is None:
            _refuse("not_a_workbook", path, name)
        facts.mark(rows)
        return Sheet(path.name, name, rows, package is not None and package.date_1904)

    return Workbook(path, tuple(first.names), load, old_format=package is None)


def _attempt(read: Callable[[], T]) -> T | None:
    """Return what ``read`` gives, or None when the reader fails in any of its ways."""
    try:
        return read()
    except Exception:
        return None
    except BaseException as panic:
        # A panic in calamine's Rust derives from BaseException.
        if type(panic).__name__ != "PanicException":
            raise
        return None


class _Calamine:
    def __init__(self, content: bytes) -> None:
        from python_calamine import CalamineWorkbook

        self.book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        self.names = list(self.book.sheet_names)

    def rows(self, name: str, allowed: Allowance | None = None) -> list[list[Cell]]:
        sheet = self.book.get_sheet_by_name(name)
        if allowed:
            allowed.spend(sheet.total_height * sheet.total_width)
        values = sheet.to_python(skip_empty_area=False)
        return [[None if value == "" else value for value in row] for row in values]


class _Openpyxl:
    def __init__(self, content: bytes) -> None:
        import openpyxl

        with _quiet():
            self.book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        self.names = list(self.book.sheetnames)

    def rows(self, name: str, allowed: Allowance | None = None) -> list[list[Cell]]:
        sheet = self.book[name]
        sheet.reset_dimensions()
        with _quiet():
            return [
                [None if value == "" else value for value in row]
                for row in sheet.iter_rows(values_only=True)
            ]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep openpyxl from warning of parts that it does not know; only values are wanted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass
class _Facts:
    """What a sheet's XML says and readers do not: cells by (row, column), and the used area."""

    cells: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)

    def mark(self, rows: list[list[Cell]]) -> None:
        """Put error cells and percentages in their places in ``rows``."""
        for (row, column), error in self.errors.items():
            rows.extend([] for _ in range(row + 1 - len(rows)))
            rows[row].extend([None] * (column + 1 - len(rows[row])))
            rows[row][column] = ErrorCell(error)
        for row, column in self.percents:
            value = rows[row][column] if row < len(rows) and column < len(rows[row]) else None
            if isinstance(value, float | int) and not isinstance(value, bool):
                rows[row][column] = PercentCell(float(value))


_ATTRIBUTE = re.compile(rb"""\b(r|s|t)=["']([^"']*)["']""")
_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")
_REFERENCES = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_FILLED_REFERENCES = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>"""
)
_ERROR_CELLS = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)(?<!/)>(.*?)</(?:\w+:)?c>""", re.DOTALL
)
#: Cells that hold a formula and nothing, or an empty value.
_FORMULA_CELLS = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)(?<!/)>\s*"""
    rb"""<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
#: Quick tests for what the patterns above look for at length.
_ERROR_TYPES = (b't="e"', b"t='e'")
_FORMULAS = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/")
#: References to columns of three letters or rows of five digits; without them, the most cells.
_FAR = re.compile(rb"""r=["'](?:[A-Z]{3}|[A-Z]{0,2}\d{5})""")
_NEAR = 702 * 9_999
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_BUILT_IN_PERCENT = (9, 10)
_OTHER_FORMATS = ("xl/workbook.bin", "content.xml", "word/document.xml", "ppt/presentation.xml")
_ENCRYPTED_FLAG = 1


class _Package:
    """The zip that an ``.xlsx`` is: where its sheets are, and what their XML says."""

    def __init__(self, content: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        self.entries = {i.filename.lower(): i for i in self.zip.infolist()}
        self.parts: dict[str, str] = {}
        self.date_1904 = False
        self.percent_styles: frozenset[bytes] = frozenset()
        self.refusal = self._refusal()
        if not self.refusal:
            self._read_book()

    def _refusal(self) -> str:
        entries = self.entries.values()
        refusals = {
            "encrypted": any(i.flag_bits & _ENCRYPTED_FLAG for i in entries),
            "too_large": any(i.file_size > MOST_BYTES for i in entries),
            "other_format": any(name in self.entries for name in _OTHER_FORMATS),
        }
        return next((code for code, applies in refusals.items() if applies), "")

    def _read_book(self) -> None:
        main = self._related("", "officedocument", "xl/workbook.xml")
        book = self._xml(main)
        targets = self._targets(main)
        for sheet in book.iterfind("{*}sheets/{*}sheet"):
            relation = next((v for k, v in sheet.items() if k.endswith("}id")), "")
            self.parts[sheet.get("name", "")] = targets.get(relation, ("", ""))[1]
        properties = book.find("{*}workbookPr")
        self.date_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        styles = self._related(main, "styles", "xl/styles.xml")
        if styles in self.entries:
            self.percent_styles = _percent_styles(self._xml(styles))

    def facts(self, name: str, *, ordinary: bool = False) -> _Facts:
        """Return what the XML of a sheet says; nothing for a sheet that has no part.

        With ``ordinary`` a sheet of which that cannot be said quickly raises
        :class:`TooHardError`.
        """
        entry = self.entries.get(self.parts.get(name, ""))
        if entry is None:
            return _Facts()
        xml = self.zip.read(entry)
        if ordinary and not is_regular(xml):
            raise TooHardError
        facts = _Facts(cells=_used_area(xml))
        if facts.cells > MOST_CELLS:
            return facts
        for attributes, inside in _ERROR_CELLS.findall(xml) if _any_in(xml, _ERROR_TYPES) else ():
            value = _VALUE.search(inside)
            facts.errors.update(_at(attributes, value[1].decode() if value else "#N/A"))
        for attributes in _FORMULA_CELLS.findall(xml) if _any_in(xml, _FORMULAS) else ():
            # A formula whose result is an empty text has t="str" and is calculated.
            if _attributes(attributes).get("t") != "str":
                facts.errors.update(_at(attributes, ""))
        if self.percent_styles:
            styles = b"|".join(sorted(self.percent_styles))
            shown = re.compile(rb"""<(?:\w+:)?c\s([^>]*\bs=["'](?:%s)["'][^>/]*)>""" % styles)
            quotes = (b'"',) if b"='" not in xml else (b'"', b"'")
            marks = [b"s=" + q + n + q for n in self.percent_styles for q in quotes]
            if _any_in(xml, marks):
                facts.percents.update(p for a in shown.findall(xml) for p in _at(a, ""))
        return facts

    def _xml(self, part: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.zip.read(self.entries[part]))

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Return a part's relations: id -> (kind, target), all in lower case but the ids."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations not in self.entries:
            return {}
        found = {}
        for relation in self._xml(relations):
            target = relation.get("Target", "").lower()
            whole = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            kind = relation.get("Type", "").rsplit("/", 1)[-1].lower()
            found[relation.get("Id", "")] = (kind, posixpath.normpath(whole))
        return found

    def _related(self, part: str, kind: str, default: str) -> str:
        targets = self._targets(part).values()
        return next((target for k, target in targets if k == kind), default)


def _percent_styles(styles: ElementTree.Element) -> frozenset[bytes]:
    """Return the numbers of the cell styles whose number format shows a percentage."""
    percent = set(_BUILT_IN_PERCENT)
    for number_format in styles.iterfind("{*}numFmts/{*}numFmt"):
        code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format.get("formatCode", ""))
        if "%" in code:
            percent.add(int(number_format.get("numFmtId", "0")))
    formats = styles.iterfind("{*}cellXfs/{*}xf")
    return frozenset(
        str(place).encode()
        for place, style in enumerate(formats)
        if int(style.get("numFmtId", "0")) in percent
    )


def _any_in(xml: bytes, words: Iterable[bytes]) -> bool:
    return any(word in xml for word in words)


def _used_area(xml: bytes) -> int:
    """Return the rows times columns that a reader has to hold, up to the farthest filled cell."""
    if not _FAR.search(xml):
        return _NEAR
    area = _area(_REFERENCES.findall(xml))
    return area if area <= MOST_CELLS else _area(_FILLED_REFERENCES.findall(xml))


def _area(references: list[tuple[bytes, bytes]]) -> int:
    columns = {letters for letters, _ in references}
    rows = {digits for _, digits in references}
    return max(map(_column, columns), default=0) * max(map(int, rows), default=0)


def _column(letters: bytes) -> int:
    """Return the number, from 1, of the column that letters name."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _attributes(text: bytes) -> dict[str, str]:
    return {k.decode(): v.decode() for k, v in _ATTRIBUTE.findall(text)}


def _at(attributes: bytes, value: str) -> dict[tuple[int, int], str]:
    """Return ``value`` by the position that a cell's attributes give; empty without one."""
    match = _REFERENCE.match(_attributes(attributes).get("r", ""))
    if match is None:
        return {}
    return {(int(match[2]) - 1, _column(match[1].encode()) - 1): value}
