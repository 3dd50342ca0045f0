"""Workbooks from disk: opened safely, read sheet by sheet, with what the readers leave out.

calamine reads, openpyxl stands by. Neither is asked before the package has been looked at; see
:mod:`prosperity_excel.sheets.xlsx_facts`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import local
from typing import NoReturn, TypeVar, cast

from prosperity.errors import BookError

from prosperity_excel.files.ordinary import Allowance, TooHardError, allowance, may_read_ahead
from prosperity_excel.files.regular import content_of
from prosperity_excel.sheets.cells import Cell
from prosperity_excel.sheets.kinds import not_a_workbook, other_format
from prosperity_excel.sheets.xlsx_facts import MOST_CELLS, Facts, SheetPackage
from prosperity_excel.words.book_words import fold

T = TypeVar("T")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_REFUSALS: Mapping[str, tuple[str, str]] = {
    "encrypted": (
        "工作簿有打开密码；请在 Excel 中去掉密码后再试。",
        "The workbook has a password; remove it in Excel and try again.",
    ),
    "damaged_sheet": (
        "这张表已损坏，无法读取；请用 Excel 打开并另存为 .xlsx。",
        "This sheet is damaged and cannot be read; open the book in Excel and save it as .xlsx.",
    ),
    "part_twice": (
        "文件内有同一部分的两份，内容不同，各程序读到的不一样；请用 Excel 打开核对并另存为 .xlsx。",
        "The file holds one of its parts twice, and the two differ, so that programs read "
        "different things; open it in Excel, check it, and save it as .xlsx.",
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
    old_format : bool
        Whether it is of an ``.xls`` book, in which error cells look blank and formats are not seen.
    either_comma : bool
        Whether a comma in a number may part decimals or thousands, as in text of the one or the
        other country.
    """

    book: str
    name: str
    rows: list[list[Cell]]
    date_1904: bool = False
    old_format: bool = False
    either_comma: bool = False

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
    reads_ahead : bool
        Whether a sheet may be read in another thread; never one of a running Excel.
    """

    path: Path
    names: tuple[str, ...]
    _load: Callable[[str], Sheet] = field(repr=False)
    old_format: bool = False
    reads_ahead: bool = False
    _sheets: dict[str, Sheet] = field(default_factory=dict, repr=False)
    _begun: dict[str, Future[Sheet]] = field(default_factory=dict, repr=False)

    def sheet(self, name: str) -> Sheet:
        """Return a sheet by its exact name.

        Raises
        ------
        BookError
            When neither reader can read it, or it is too large.
        """
        if name not in self._sheets:
            begun = self._begun.pop(name, None)
            self._sheets[name] = self._load(name) if begun is None else begun.result()
        return self._sheets[name]

    def unkept(self, name: str) -> Sheet:
        """Return a sheet without keeping it; raises as :meth:`sheet`."""
        return self._sheets[name] if name in self._sheets else self._load(name)

    def find(self, words: Iterable[str]) -> Sheet | None:
        """Return the first sheet whose name is one of ``words``, whatever its case and width."""
        name = self.named(words)
        return None if name is None else self.sheet(name)

    def filled(self, words: Iterable[str]) -> Sheet | None:
        """Return the sheet that :meth:`find` gives; None when it is blank, too."""
        sheet = self.find(words)
        filled = sheet is not None and any(cell is not None for row in sheet.rows for cell in row)
        return sheet if filled else None

    def named(self, words: Iterable[str]) -> str | None:
        """Return the name of the sheet that :meth:`find` gives, without reading it."""
        folded = [fold(word) for word in words]
        ranked = [(folded.index(fold(n)), n) for n in self.names if fold(n) in folded]
        return min(ranked)[1] if ranked else None

    def begin(self, words: Iterable[str]) -> None:
        """Begin to read a sheet beside what else is done, where that is possible.

        calamine lets other threads run, so a long sheet costs little when it is begun first.
        """
        name = self.named(words)
        if self.reads_ahead and name is not None and name not in {*self._sheets, *self._begun}:
            with_one = ThreadPoolExecutor(max_workers=1)
            self._begun[name] = with_one.submit(self._load, name)
            with_one.shutdown(wait=False)


@cache
def column_index(letters: str) -> int:
    """Return the number of a column, from 0, by its letters."""
    found = 0
    for letter in letters.upper():
        found = found * 26 + ord(letter) - ord("A") + 1
    return found - 1


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
        With a code of :func:`prosperity_excel.files.regular.content_of`, ``encrypted``,
        ``not_a_workbook``, ``other_format`` or ``too_large``; never anything else.
    """
    content = content_of(path)
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            _refuse("encrypted", path)
        return _opened(path, content, None)
    package = _attempt(lambda: SheetPackage(content))
    if package is None:
        raise not_a_workbook(path, content)
    if package.refusal == "other_format":
        raise other_format(path, package.entries)
    if package.refusal:
        _refuse(package.refusal, path)
    if package.is_odd:
        package = _in_plain_form(path, package) or package
    return _opened(path, package.content, package)


def names_of_sheets(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets; raises as :func:`open_workbook`."""
    return open_workbook(path).names


def all_sheets(path: Path, *names: str) -> dict[str, Sheet | str]:
    """Return a workbook's sheets by name; the code of the error for one that cannot be read.

    Parameters
    ----------
    path
        The workbook.
    names
        Names of the only sheets that are wanted; none for all.
    """
    return dict(each_sheet(path, *names))


def each_sheet(path: Path, *names: str) -> Iterator[tuple[str, Sheet | str]]:
    """Give what :func:`all_sheets` returns, one at a time, none of which is kept."""
    workbook = open_workbook(path)
    for name in workbook.names:
        if names and name not in names:
            continue
        try:
            yield name, workbook.unkept(name)
        except BookError as error:
            yield name, error.code


def bare_rows(content: bytes, *names: str) -> Iterator[tuple[str, list[list[Cell]]]]:
    """Give the rows of sheets as calamine alone sees them, one sheet at a time.

    Nothing is known then of errors and percentages. Of a book, or a sheet, that calamine cannot
    read nothing is given.
    """
    reader = _attempt(lambda: _Calamine(content))
    for name in names:
        rows = None if reader is None else _attempt(partial(reader.rows, name))
        if rows is not None:
            yield name, rows


def first_cells(path: Path, *names: str) -> dict[str, Cell]:
    """Return the first cell of some sheets of a workbook; the text ``""`` for a blank sheet.

    Parameters
    ----------
    path
        The workbook.
    names
        Names of sheets, whatever their case and width; those that are not there are left out.
    """
    workbook = open_workbook(path)
    found = {n for n in workbook.names if fold(n) in {fold(name) for name in names}}
    sheets = {name: workbook.filled([name]) for name in found}
    return {name: "" if sheet is None else sheet.cell(0, 0) for name, sheet in sheets.items()}


def no_book(path: Path) -> BookError:
    """Return the error for a workbook that has none of our sheets."""
    return BookError(
        "not_our_book",
        "没有 data（数据）、prices（行情）表，不是本程序的工作簿；请用 prosperity template 生成。",
        "The workbook has no sheets data and prices, so it is none of ours; make one with "
        "'prosperity template'.",
        where=path.name,
    )


def refused(code: str, where: str) -> BookError:
    """Return the error for a workbook that is not read: ``encrypted`` or ``too_large``, say."""
    return BookError(code, *_REFUSALS[code], where=where)


def _refuse(code: str, path: Path, sheet: str = "") -> NoReturn:
    raise refused(code, f"{path.name} / {sheet}" if sheet else path.name) from None


def _in_plain_form(path: Path, package: SheetPackage, sheet: str = "") -> SheetPackage | None:
    """Return a package as every reader takes it; that takes time and memory, so not here.

    None when it is not whole, and a sheet of it is no more than oddly written: then the readers say
    what is wrong.
    """
    if allowance():
        raise TooHardError
    plain = _attempt(package.plain)
    if plain is None and (not sheet or package.sheet_is_odd(sheet, ordinary=True)):
        _refuse("damaged_sheet", path)
    return plain


def _opened(path: Path, content: bytes, package: SheetPackage | None) -> Workbook:
    readers, allowed = local(), allowance()
    readers.one = _reader(content, package, allowed)
    if readers.one is None:
        raise not_a_workbook(path, content)

    def load(name: str) -> Sheet:
        if package is not None and _attempt(
            lambda: package.sheet_is_odd(name, ordinary=bool(allowed))
        ):
            plain = _in_plain_form(path, package, name)
            if plain is not None:
                return _opened(path, plain.content, plain).sheet(name)
        facts = _attempt(
            lambda: package.facts(name, ordinary=bool(allowed)) if package else Facts()
        )
        if facts is None and allowed:
            raise TooHardError
        if facts is None:
            _refuse("damaged_sheet", path, name)
        if facts.cells > MOST_CELLS:
            _refuse("too_large", path, name)
        # A reader serves one thread.
        readers.one = getattr(readers, "one", None) or _reader(content, package, allowed)
        rows = _attempt(lambda: readers.one.rows(name, allowed))
        if rows is None and allowed:
            raise TooHardError
        if rows is None and package is not None:
            rows = _attempt(lambda: _Openpyxl(content).rows(name))
        if rows is None:
            _refuse("damaged_sheet", path, name)
        facts.mark(rows)
        date_1904 = package is not None and package.date_1904
        return Sheet(path.name, name, rows, date_1904, old_format=package is None)

    names = tuple(readers.one.names)
    return Workbook(path, names, load, old_format=package is None, reads_ahead=may_read_ahead())


def _reader(
    content: bytes, package: SheetPackage | None, allowed: Allowance | None
) -> _Calamine | _Openpyxl | None:
    first = _attempt(lambda: _Calamine(content))
    if first is None and package is not None:
        if allowed:
            raise TooHardError
        return _attempt(lambda: _Openpyxl(content))
    return first


def _attempt(read: Callable[[], T]) -> T | None:
    """Return what ``read`` gives, or None when the reader fails in any of its ways."""
    try:
        return read()
    except MemoryError:
        raise
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
        rows = cast("list[list[Cell]]", values)
        return [[None if c == "" else c for c in row] if "" in row else row for row in rows]


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
