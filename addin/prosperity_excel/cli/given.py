"""The books that were given to a verb: files and folders, without what is no book to compute."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from prosperity.errors import BookError, ProsperityError

from prosperity_excel.files.backups import is_backup
from prosperity_excel.words.marks import FORMULA_BOOK_TITLE
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import spoken

#: Files of a folder that may be books.
SUFFIXES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
#: What in a file's properties says what we wrote it as: part, text, name.
MARKS: tuple[tuple[str, str, Pair], ...] = (
    ("docProps/app.xml", "<Company>Prosperity</Company>", ("报告", "a report")),
    (
        "docProps/core.xml",
        f"<dc:title>{FORMULA_BOOK_TITLE}</dc:title>",
        ("公式簿", "a formula book"),
    ),
)
#: More than this of a part of properties is not read.
MOST_BYTES = 20_000
BACKUP: Pair = ("备份", "a backup")
TEMPORARY: Pair = ("Excel 的临时文件", "a temporary file of Excel")


def books_of(given: Sequence[Path]) -> list[Path]:
    """Return the books among files and folders; of several files, those that are none are told.

    A folder stands for its workbooks, by name. A single file is returned whatever it is: what is
    wrong with it is said where it is read.

    Raises
    ------
    BookError
        ``no_books`` when nothing is left.
    """
    found = [file for path in given for file in _files(path)]
    if len(given) == 1 and found == list(given):
        return found
    books, skipped = [], []
    for file in found:
        kind = no_book(file)
        if kind is None:
            books.append(file)
        else:
            skipped.append(f"{file.name} ({spoken(*kind)})")
    if skipped:
        names = ", ".join(skipped)
        click.echo(spoken(f"跳过：{names}", f"Skipped: {names}"), err=True)
    if not books:
        names = ", ".join(str(path) for path in given)
        raise BookError(
            "no_books",
            "这里没有可以计算的工作簿；请给出填好的模板。",
            "There is no book to compute here; give a filled template.",
            where=names,
        )
    return books


def no_book(path: Path) -> Pair | None:
    """Return what a file is that we wrote and that is no book; None for all others."""
    if path.name.startswith("~$"):
        return TEMPORARY
    if is_backup(path):
        return BACKUP
    try:
        with zipfile.ZipFile(path) as archive:
            for part, mark, kind in MARKS:
                with archive.open(part) as opened:
                    if mark.encode() in opened.read(MOST_BYTES):
                        return kind
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return None
    return None


@contextmanager
def exports_told(books: Sequence[Path]) -> Iterator[None]:
    """Say of an export that was given in place of a book that it is one, and what to do with it."""
    try:
        yield
    except BookError as error:
        if error.code != "missing_sheet":
            raise
        for path in books:
            if path.name in error.where and (vendor := export_of(path)):
                raise _is_export(path, vendor) from None
        raise


def export_of(path: Path) -> str:
    """Return which vendor's export a file is, such as ``Wind EDB``; empty when it is none.

    A book that lacks a sheet may look like one in what is left: it is known by the others. An
    export's one sheet may be called ``data``.
    """
    from prosperity_excel.exports.read import read_export
    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.words.book_words import SHEETS

    try:
        readings = read_guarded(read_export, path)
    except ProsperityError:
        return ""
    ours = {name.casefold() for id, names in SHEETS.items() if id != "data" for name in names}
    if any(reading.sheet.strip().casefold() in ours for reading in readings):
        return ""
    found = [r.recognised.layout.name for r in readings if r.recognised is not None and r.series]
    return found[0] if found else ""


def _is_export(path: Path, vendor: str) -> BookError:
    said = f'"{path}"' if " " in str(path) else path
    return BookError(
        "is_export",
        f"这是数据导出文件（{vendor}），不是工作簿。请导入：prosperity import {said} --into BOOK"
        "；没有工作簿时先用 prosperity template 新建。",
        f"This is an export ({vendor}) and not a book. Import it: prosperity import {said} --into "
        "BOOK; 'prosperity template' makes a book.",
        where=path.name,
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name that is too long
        return False


def _files(path: Path) -> list[Path]:
    # A folder with the name of a workbook was meant as one: its reader says what it is.
    if path.suffix.lower() in SUFFIXES or not _is_folder(path):
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
