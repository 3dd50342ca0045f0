"""The revision map: which months changed, when, by how much; as a sheet and as a picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog
from prosperity.errors import BookError
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.report.revision_map import MOST_MONTHS, revision_map
from prosperity_excel.template.template import write_template
from prosperity_excel.vintages import keep_book

MODELS = (catalog()["autos"],)


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Give a book of which two months of M1 were revised, a day apart."""
    path = tmp_path / "autos.xlsx"
    panel = simulate(MODELS, first="2014-01", last="2018-12").known_on(pd.Timestamp("2018-09-28"))
    for day, months in ((28, 0), (29, 1), (30, 2)):
        frame = panel.series["m1_yoy"].frame.copy()
        if months:
            frame.iloc[-months:, 0] += 0.5
        moved = replace(panel.series["m1_yoy"], frame=frame)
        panel = replace(panel, series={**panel.series, "m1_yoy": moved})
        write_template(MODELS, path, panel=panel)
        keep_book(read_book(path), at=datetime(2018, 9, day, 18), event="run", trust_clock=True)
    return path


def test_the_map_is_written_and_drawn(book: Path, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    sheet, picture = tmp_path / "map.xlsx", tmp_path / "map.png"
    words = ("revisions", book, "--indicator", "m1_yoy", "--map", sheet)
    with_picture = ("--picture", picture)
    done = shell(*words, *with_picture)
    if "matplotlib" in done.output and done.exit_code:
        pytest.skip("matplotlib is not installed")
    assert done.exit_code == 0, done.output
    rows = [[cell.value for cell in row] for row in load_workbook(sheet)["revisions"].iter_rows()]
    numbers = [[v for v in row if isinstance(v, float)] for row in rows]
    assert [row for row in numbers if row] == [[pytest.approx(0.5)], [pytest.approx(0.5)] * 2]
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_changes_of_one_day_add_up_and_old_months_are_left_out() -> None:
    day, other = date(2020, 1, 5), date(2020, 1, 6)
    months = [d.date() for d in pd.date_range("2010-01-31", periods=80, freq="ME")]
    told = [(day, m, 1.0, 1.5) for m in months]
    told += [
        (day, months[-1], 1.5, 1.75),
        (other, months[-1], 1.75, None),
        (other, months[-2], None, 3.0),
    ]
    found = revision_map("x", told)
    assert len(found.months) == MOST_MONTHS
    assert found.days == (day,)
    assert found.change[0, -1] == pytest.approx(0.75)
    assert not np.isnan(found.change).any()
    with pytest.raises(BookError):
        revision_map("x", [(day, months[0], None, 2.0)])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--map", "{folder}/map.xlsx"), "one indicator"),
        (("--indicator", "m2_yoy", "--map", "{folder}/map.xlsx"), "no map"),
        (("--indicator", "m1_yoy", "--map", "{folder}/map.txt"), ".xlsx"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    book: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = shell("revisions", book, *(w.replace("{folder}", str(tmp_path)) for w in words))
    assert done.exit_code != 0
    assert said in done.output
    assert not (tmp_path / "map.xlsx").exists()
