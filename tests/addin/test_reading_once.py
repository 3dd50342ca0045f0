"""A verb opens each of its books once, whatever it wants of them."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prosperity.errors import SettingError
from prosperity_excel.cli import main
from prosperity_excel.runs.reading import read_books
from prosperity_excel.sheets import workbook

from tests.addin.books import save


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def book(library: Path, tmp_path: Path) -> Path:
    return shutil.copy(library / "banks.xlsx", tmp_path / "book.xlsx")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Give a count of how often each file was read as a workbook."""
    count: Counter[str] = Counter()
    read = workbook.content_of

    def counting(path: Path) -> bytes:
        count[path.name] += 1
        return read(path)

    monkeypatch.setattr(workbook, "content_of", counting)
    return count


@pytest.mark.parametrize(
    "line",
    [
        "run {book} --json {out}.json --csv {out}.csv",
        "report {book} --out {out}.xlsx",
        pytest.param(
            "report {book} --out {out}.xlsx --evidence --language en", marks=pytest.mark.slow
        ),
        "due {book}",
        "nowcast {book}",
    ],
)
def test_a_verb_opens_a_book_once(line: str, book: Path, opened: Counter[str]) -> None:
    done = call(*(w.format(book=book, out=book.with_name("out")) for w in line.split()))
    assert done.exit_code == 0, done.output
    assert opened[book.name] == 1


def test_a_wrong_option_is_said_before_a_book_is_read(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        read_books([tmp_path / "none.xlsx"], {"cost_bsp": 5})
    assert caught.value.code == "unknown_setting"


def test_a_wrong_setting_is_said_with_its_cell_before_the_data(tmp_path: Path) -> None:
    rows = [["设定 Setting", "值 Value"], ["cost_bps", "much"]]
    path = save(tmp_path / "b.xlsx", {"Sheet1": [["x"]], "settings": rows})
    with pytest.raises(SettingError) as caught:
        read_books([path])
    assert (caught.value.code, caught.value.where.endswith("!B2")) == ("unreadable_setting", True)
