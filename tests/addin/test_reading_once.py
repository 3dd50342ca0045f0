"""A verb opens each of its books once, whatever it wants of them."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.errors import SettingError
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.runs.reading import read_books
from prosperity_excel.sheets import workbook
from prosperity_excel.vintages import keep

from tests.addin.books import save

LONG_AGO = datetime(2018, 1, 2, 9)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def book(library: Path, tmp_path: Path) -> Path:
    return shutil.copy(library / "banks.xlsx", tmp_path / "book.xlsx")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[Path]:
    """Give a count of how often each file was read as a workbook."""
    count: Counter[Path] = Counter()
    read = workbook.content_of

    def counting(path: Path) -> bytes:
        count[path] += 1
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
        "refresh {book}",
        "sweep {book} --grid lookback=1,2 --out {out}.parquet",
    ],
)
def test_a_verb_opens_a_book_once(line: str, book: Path, opened: Counter[Path]) -> None:
    done = call(*(w.format(book=book, out=book.with_name("out")) for w in line.split()))
    assert done.exit_code == 0, done.output
    # What was written is compared with what was there before.
    assert opened[book] == (2 if line.startswith("refresh") else 1)


def test_changes_opens_a_book_once(book: Path, opened: Counter[Path]) -> None:
    keep(book, read_book(book).panel.known_on(pd.Timestamp("2017-06-30")), at=LONG_AGO, event="run")
    opened.clear()
    done = call("changes", book)
    assert done.exit_code == 0, done.output
    assert opened[book] == 1


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
