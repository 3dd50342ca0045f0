"""Books that other programs wrote themselves, through the three verbs that edit a closed book."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from .awkward_books import good_book, good_rows
from .books import save
from .office import convert
from .test_xml_kinds import VERBS, check_whole, seen, source, written

__all__ = ["source"]

WRITERS = Path(__file__).parent / "writers"
Rows = Mapping[str, list[list[Any]]]


def by_openpyxl(folder: Path, sheets: Rows) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "openpyxl.xlsx"
    book.save(path)
    return path


def by_xlsxwriter(folder: Path, sheets: Rows) -> Path:
    return save(folder / "xlsxwriter.xlsx", sheets)


def by_libreoffice(folder: Path, sheets: Rows) -> Path:
    source = good_book(folder)
    return convert([source], "xlsx", folder / "saved", folder / "profile")[0]


def by_node(writer: str) -> Callable[[Path, Rows], Path]:
    """Return what writes with a library of npm; skip, saying so, where there is none."""

    def write(folder: Path, sheets: Rows) -> Path:
        node = shutil.which("node")
        if node is None or not (WRITERS / "node_modules").is_dir():
            pytest.skip("node, or its packages: run npm ci in tests/addin/writers")
        rows, path = folder / f"{writer}.json", folder / f"{writer}.xlsx"
        rows.write_text(json.dumps(sheets, default=_plain), "utf-8")
        done = subprocess.run(
            [node, "write.cjs", writer, str(rows), str(path)],
            cwd=WRITERS, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "TZ": "UTC"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return path

    return write


def _plain(value: object) -> object:
    assert isinstance(value, date)
    return {"day": value.isoformat()}


BY: Mapping[str, Callable[[Path, Rows], Path]] = {
    "openpyxl": by_openpyxl,
    "xlsxwriter": by_xlsxwriter,
    "libreoffice": by_libreoffice,
    "sheetjs": by_node("sheetjs"),
    "exceljs": by_node("exceljs"),
}


@pytest.fixture(scope="module", params=BY)
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the book as a writer makes it; each makes it once."""
    folder = tmp_path_factory.mktemp(request.param)
    return BY[request.param](folder, good_rows()).read_bytes()


def test_a_writers_book_is_whole_after_every_verb(
    foreign: bytes, source: Path, tmp_path: Path
) -> None:
    before = seen(foreign)
    made: list[Path] = []
    for verb in VERBS:
        result = written(tmp_path / verb, foreign, verb, source)
        check_whole(foreign, result)
        after = seen(result)
        changed = {"check": "checks", "refresh": "result", "import": "data"}[verb]
        assert {n: rows for n, rows in after.items() if n != changed} == {
            n: rows for n, rows in before.items() if n != changed
        }
        if verb == "import":
            assert after["data"][53][1] == 3.125
            assert [row[:2] for row in after["data"][-2:]] == [
                [date(2020, 1, 31), 7.5], [date(2020, 2, 29), 8.25]]  # fmt: skip
        else:
            assert len(after[changed]) > 1
        # The three edits after one another, and opened by a third reader.
        path = tmp_path / f"{verb}.xlsx"
        path.write_bytes(result)
        made.append(path)
    for path in made:
        book = openpyxl.load_workbook(path)
        assert set(book.sheetnames) == set(seen(path.read_bytes()))
        book.close()
