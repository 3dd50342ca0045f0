"""Any file that an analyst exports, as sheets: workbooks of every kind, and text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from prosperity.errors import BookError

from prosperity_excel.files.regular import content_of, refuse_odd
from prosperity_excel.sheets.cells import Cell
from prosperity_excel.sheets.ods_facts import OpenDocument
from prosperity_excel.sheets.text_files import read_text
from prosperity_excel.sheets.workbook import Sheet, open_workbook, refused
from prosperity_excel.sheets.xlsb_facts import BinaryPackage
from prosperity_excel.sheets.xlsx_facts import MOST_CELLS

#: Largest file in bytes; most bytes of all parts together; most that a part may be compressed
#: (beyond a size where that matters); most sheets.
MOST_FILE = 150_000_000
MOST_UNPACKED = 700_000_000
MOST_RATIO, RATIO_MATTERS = 400, 80_000_000
MOST_SHEETS = 500
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Parts that only a workbook has that calamine alone reads, and who reads what it leaves out.
_CALAMINE_ONLY: Mapping[str, type[BinaryPackage | OpenDocument]] = {
    "xl/workbook.bin": BinaryPackage,
    "content.xml": OpenDocument,
}
_ODS_ENCRYPTION = b"manifest:encryption-data"


@dataclass(frozen=True)
class Unread:
    """A sheet that could not be read, and why; the others of the file are read all the same."""

    sheet: str
    error: BookError


def read_sheets(path: Path) -> Iterator[Sheet | Unread]:
    """Yield the sheets of a file, whatever its name says that it is.

    ``.xlsx``, ``.xlsm``, ``.xls``, ``.xlsb``, ``.ods`` and text are told apart by their content.

    Raises
    ------
    BookError
        As :func:`prosperity_excel.files.regular.content_of` says; ``too_large``,
        ``packed_too_tight``, ``encrypted``, ``no_sheets``, ``not_a_workbook`` or another code of
        :func:`prosperity_excel.sheets.workbook.open_workbook`.
    """
    content = _content(path)
    if content.startswith(_ZIP) or zipfile.is_zipfile(io.BytesIO(content)):
        names = _checked_package(path, content)
        kind = next((_CALAMINE_ONLY[name] for name in names if name in _CALAMINE_ONLY), None)
        if kind is not None:
            yield from _by_calamine(path, content, kind)
            return
    elif not content.startswith((_OLE, b"PK")):
        yield read_text(path, content)
        return
    workbook = open_workbook(path)
    _refuse_count(path, len(workbook.names))
    for name in dict.fromkeys(workbook.names):
        try:
            sheet = workbook.sheet(name)
        except BookError as error:
            if len(workbook.names) == 1:
                raise
            yield Unread(name, error)
        else:
            yield sheet
    yield from _doubles(path, workbook.names)


def _doubles(path: Path, names: Sequence[str]) -> Iterator[Unread]:
    """Yield the sheets that cannot be asked for, since another has the same name."""
    for name in (n for at, n in enumerate(names) if n in names[:at]):
        error = BookError(
            "sheet_name_twice",
            "另有同名工作表，只读取了第一个；请用 Excel 打开并另存后再试。",
            "Another sheet has the same name and only the first was read; open the file in Excel, "
            "save it, and try again.",
            where=path.name,
        )
        yield Unread(name, error)


def _content(path: Path) -> bytes:
    refuse_odd(path)
    if path.stat().st_size > MOST_FILE:
        _too_large(path)
    return content_of(path)


def _checked_package(path: Path, content: bytes) -> set[str]:
    """Return the names of a package's parts in lower case, once its directory looks harmless."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            names = {entry.filename.lower() for entry in entries}
            manifest = b""
            if "META-INF/manifest.xml" in package.namelist():
                entry = package.getinfo("META-INF/manifest.xml")
                manifest = package.read(entry) if entry.file_size < 10_000_000 else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        _refuse(
            path, "damaged_package",
            "压缩包已损坏或没有下载完，无法作为工作簿打开；请重新导出。",
            "The package is damaged or was not downloaded whole; export it again.",
        )  # fmt: skip
    if _ODS_ENCRYPTION in manifest:
        raise refused("encrypted", path.name)
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        _too_large(path)
    tight = (
        e for e in entries
        if e.file_size > RATIO_MATTERS and e.file_size > MOST_RATIO * max(e.compress_size, 1)
    )  # fmt: skip
    if any(tight):
        _refuse(
            path, "packed_too_tight",
            "文件解压后异常庞大（可能是恶意文件）；请用 Excel 打开，只复制需要的数据另存。",
            "The file unpacks to an unusual size and may be malicious; open it in Excel and save "
            "only the data that you need.",
        )  # fmt: skip
    return names


def _by_calamine(
    path: Path, content: bytes, kind: type[BinaryPackage | OpenDocument]
) -> Iterator[Sheet | Unread]:
    """Read what only calamine can: ``.xlsb`` and ``.ods``."""
    try:
        from python_calamine import CalamineWorkbook

        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        package = kind(content)
    except MemoryError:
        raise
    except BaseException as error:
        _reraise_if_ours(error)
        _damaged(path)
    _refuse_count(path, len(names))
    for name in dict.fromkeys(names):
        try:
            facts = package.facts(name)
            if facts.cells > MOST_CELLS:
                _too_large(path)
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                _too_large(path)
            values = sheet.to_python(skip_empty_area=False)
            rows: list[list[Cell]] = [[None if v == "" else v for v in row] for row in values]
            facts.mark(rows)
        except MemoryError:
            raise
        except BookError as error:
            yield Unread(name, error)
        except BaseException as error:
            _reraise_if_ours(error)
            yield Unread(name, _damage(path))
        else:
            yield Sheet(path.name, name, rows, package.date_1904)
    yield from _doubles(path, names)


def _reraise_if_ours(error: BaseException) -> None:
    """Let go of what is no failure of the reader; its panic derives from BaseException."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error


def _damage(path: Path) -> BookError:
    return BookError(
        "damaged_export",
        "工作簿已损坏，无法读取；请用 Excel 打开并另存为 .xlsx。",
        "The workbook is damaged and cannot be read; open it in Excel and save it as .xlsx.",
        where=path.name,
    )


def _damaged(path: Path) -> NoReturn:
    raise _damage(path)


def _too_large(path: Path) -> NoReturn:
    _refuse(path, "export_too_large", "内容过大，超出可读范围；请只保留需要的数据后再试。",
            "There is too much to read; keep only the data that you need.")  # fmt: skip


def _refuse_count(path: Path, sheets: int) -> None:
    if not sheets:
        _refuse(path, "no_sheets", "工作簿里没有工作表。", "The workbook has no sheets.")
    if sheets > MOST_SHEETS:
        _refuse(path, "too_many_sheets", f"工作表超过 {MOST_SHEETS} 个；请只保留需要的。",
                f"There are more than {MOST_SHEETS} sheets; keep those that you need.")  # fmt: skip


def _refuse(path: Path, code: str, zh: str, en: str) -> NoReturn:
    raise BookError(code, zh, en, where=path.name)
