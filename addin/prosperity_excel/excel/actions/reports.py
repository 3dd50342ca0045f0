"""Buttons that write files: the report workbook and the PDF."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from prosperity_excel.excel.actions.press import Press, no_books, open_file
from prosperity_excel.files.replacing import replacing
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.xlwings_com import local_file


def write_report_book(press: Press) -> str:
    """Write the report workbook and open it; a file of the user's own is not replaced."""
    path = with_suffix(press.given, ".xlsx")
    with replacing_file(press, "report", path):
        _report(press, path)
    open_file(press, path)
    return press.say((f"报告：{path}", f"Report: {path}"))


def write_pdf(press: Press) -> str:
    """Write the report, let the host print it to a PDF, and close it.

    A file of the user's own is not replaced.
    """
    path = with_suffix(press.given, ".pdf")
    book = press.book
    if book is None:
        raise no_books()
    with replacing_file(press, "pdf", path), tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "report.xlsx"
        _report(press, workbook)
        report = patiently(lambda: book.app.books.open(str(workbook)))
        try:
            patiently(lambda: report.to_pdf(str(path)))
        finally:
            patiently(report.close)
    return press.say((f"PDF：{path}", f"PDF: {path}"))


def _report(press: Press, path: Path) -> None:
    """Write the report whole or not at all: a child that is ended half way leaves nothing."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        press.report(made)
        with replacing(path) as temporary:
            shutil.copyfile(made, temporary)


def replacing_file(press: Press, kind: str, path: Path) -> AbstractContextManager[None]:
    """Keep a copy of a file that is there; one of the user's own is refused."""
    from prosperity_excel.runs.outputs import replacing_ours

    own = None if press.book is None else local_file(press.book)
    read = [source.path for source in press.view.world.library]
    return replacing_ours(kind, path, [file for file in (own, *read) if file is not None])


def with_suffix(given: str, suffix: str) -> Path:
    """Return a path that ends in a suffix."""
    path = Path(given)
    return path if path.suffix.casefold() == suffix else path.with_name(f"{path.name}{suffix}")
