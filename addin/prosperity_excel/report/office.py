"""A report as PDF, printed by LibreOffice where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from prosperity.errors import BookError

from prosperity_excel.files.interpreter import installed
from prosperity_excel.files.replacing import replacing

#: Where LibreOffice is when it is not on the path.
PLACES = (
    Path("/Applications/LibreOffice.app/Contents/MacOS/soffice"),
    Path("C:/Program Files/LibreOffice/program/soffice.exe"),
    Path("C:/Program Files (x86)/LibreOffice/program/soffice.exe"),
)
SECONDS = 600
#: A new profile makes LibreOffice end with this once; then it is started again.
STARTED_ANEW = 81


def find_office() -> str:
    """Return LibreOffice's program.

    Raises
    ------
    BookError
        ``no_libreoffice`` when it is not installed.
    """
    found = installed("soffice") or next((str(p) for p in PLACES if p.exists()), None)
    if found is None:
        raise BookError(
            "no_libreoffice",
            "没有找到 LibreOffice，无法生成 PDF；请安装它，或在 Excel 中打开报告另存为 PDF。",
            "LibreOffice was not found, so there is no PDF; install it, or open the report in "
            "Excel and save it as PDF.",
        )
    return found


def write_pdf(book: Path) -> Path:
    """Print a workbook into a PDF beside it; return its file.

    Raises
    ------
    BookError
        ``no_libreoffice``, or ``no_pdf`` when LibreOffice does not print it.
    """
    office, target = find_office(), book.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder, "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf",
                   "--outdir", folder, str(book.resolve())]  # fmt: skip
        made = Path(folder, target.name)
        said = ""
        for _ in range(2):
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=SECONDS, env=_environment()
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise _failed(book, str(error)) from error
            said = done.stderr.strip()
            if done.returncode != STARTED_ANEW:
                break
        if not made.exists():
            raise _failed(book, said)
        with replacing(target) as temporary:
            shutil.copyfile(made, temporary)
    return target


def _environment() -> dict[str, str]:
    """Return the environment without what belongs to our own Python, which LibreOffice has too."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def _failed(book: Path, said: str) -> BookError:
    return BookError(
        "no_pdf",
        f"LibreOffice 没有生成 PDF（{said or '没有说明'}）。",
        f"LibreOffice made no PDF ({said or 'no reason given'}).",
        where=str(book),
    )
