"""What a person types at a shell: files, folders, mistyped verbs, narrow terminals, code pages."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from prosperity.errors import BookError
from prosperity_excel.cli import main
from prosperity_excel.cli.given import books_of, no_book
from prosperity_excel.cli.shared import stacked
from prosperity_excel.report.spec import Page, Report, Text
from prosperity_excel.report.xlsx import render
from prosperity_excel.words.marks import FORMULA_BOOK_TITLE


def written(path: Path, company: str = "", title: str = "mine") -> Path:
    """Write a small file with properties."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("docProps/app.xml", f"<Company>{company}</Company>")
        archive.writestr("docProps/core.xml", f"<dc:title>{title}</dc:title>")
    return path


def a_report(path: Path) -> Path:
    from datetime import datetime

    page = Page(id="p", title="p", widths=(10.0,), bands=((Text(text="t", role="title"),),))
    made = Report(title="t", footer="f", generated=datetime(2024, 1, 2), warning="",
                  pages=(page,), sheets=())  # fmt: skip
    render(made, path)
    return path


def test_of_a_folder_reports_formula_books_and_temporary_files_are_left_out_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = written(tmp_path / "autos.xlsx")
    a_report(tmp_path / "report.xlsx")
    written(tmp_path / "formulas.xlsx", title=FORMULA_BOOK_TITLE)
    written(tmp_path / "~$autos.xlsx")
    (tmp_path / "notes.txt").write_text("no book")
    assert books_of([tmp_path]) == [book]
    said = capsys.readouterr().err
    for name in ("report.xlsx (报告 a report)", "formulas.xlsx (公式簿", "~$autos.xlsx (Excel"):
        assert name in said
    assert books_of(sorted(tmp_path.glob("*.xlsx"))) == [book]


def test_a_single_file_is_never_left_out(tmp_path: Path) -> None:
    lone = a_report(tmp_path / "report.xlsx")
    assert books_of([lone]) == [lone]


def test_a_folder_without_a_book_is_an_error(tmp_path: Path) -> None:
    a_report(tmp_path / "report.xlsx")
    with pytest.raises(BookError, match="no_books"):
        books_of([tmp_path])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"plain text"])
def test_what_cannot_be_looked_at_stays_for_its_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.xlsx"
    path.write_bytes(content)
    assert no_book(path) is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("reprot", "report"), ("chek", "check"), ("RUN", "run")]
)
def test_a_mistyped_verb_is_told_which_was_meant(typed: str, meant: str) -> None:
    done = CliRunner().invoke(main, [typed, "book.xlsx"])
    assert done.exit_code == 2
    assert "Did you mean" in done.output
    assert "是否指" in done.output
    assert meant in done.output


def test_a_file_in_place_of_a_verb_is_told_where_the_verb_goes() -> None:
    done = CliRunner().invoke(main, ["book.xlsx"])
    assert done.exit_code == 2
    assert "prosperity run book.xlsx" in done.output


@pytest.mark.parametrize("code_page", ["cp1252", "ascii", "gbk"])
@pytest.mark.parametrize("verb", [[], ["run"]])
def test_help_is_shown_in_any_code_page(code_page: str, verb: list[str]) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": code_page}
    called = [sys.executable, "-m", "prosperity_excel.cli", *verb, "--help"]
    done = subprocess.run(called, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Usage" in done.stdout
    assert b"Traceback" not in done.stderr


def test_on_a_narrow_terminal_rows_are_blocks_without_dots() -> None:
    columns = ("行业 Industry", "名称 Name", "策略\nStrategy", "信号 Signal")
    lines = list(stacked(columns, [["autos", "汽车 Autos", "+1234.5%", "–"]]))
    assert lines == ["autos  汽车 Autos", "    策略 Strategy: +1234.5%"]
