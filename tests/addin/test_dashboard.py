"""The dashboard: one industry over one window, by formulas that need no code."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from prosperity.catalog import catalog, closure
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.ooxml.grid import FIRST_ROW
from prosperity_excel.results.dashboard_view import (
    DAILY_AT,
    MONTHS,
    NO_RESULT,
    POINTS,
    STEPS_AT,
    TABLE_ROW,
    WIDTH,
    WINDOWS,
)
from prosperity_excel.results.refresh import refresh_book
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.template.dashboard import COLUMNS, HIDDEN_COLUMN
from prosperity_excel.template.template import write_template

from tests.addin.office import convert

IDS = ("autos", "coal")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a refreshed book of two industries."""
    asked = [catalog()[id] for id in IDS]
    panel = simulate(closure(asked, catalog()), first="2006-01", last="2018-12")
    path = tmp_path_factory.mktemp("dashboard") / "book.xlsx"
    write_template(asked, path, panel=panel, source_note=SOURCE)
    refresh_book(path)
    return path


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office") / "profile"


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def dashboard_part(path: Path) -> str:
    """Return the name of the dashboard's part."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        return next(n for n in names if b"view_monthly" in archive.read(n))


def changed(path: Path, to: Path, replaced: dict[str, tuple[str, str]]) -> Path:
    """Copy a book, with texts of its parts replaced."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            for pattern, (before, after) in replaced.items():
                if name == pattern:
                    assert before.encode() in content, before
                    content = content.replace(before.encode(), after.encode())
            new.writestr(name, content)
    return to


def hidden(path: Path) -> dict[tuple[int, int], object]:
    """Return the filled hidden cells as a reader sees them."""
    sheet = open_workbook(path).find(("dashboard",))
    assert sheet is not None
    return {
        (row, at): value
        for row, cells in enumerate(sheet.rows)
        for at, value in enumerate(cells[HIDDEN_COLUMN : HIDDEN_COLUMN + WIDTH])
        if value not in (None, "")
    }


def chosen(path: Path, to: Path, industry: str, window: str) -> Path:
    """Choose otherwise, as somebody in front of the book does; what formulas gave is taken out.

    LibreOffice computes a formula at opening only where its value is not there.
    """
    texts = part(path, "xl/sharedStrings.xml")
    where = re.findall(r"<si><t[^>]*>(.*?)</t></si>", texts)
    sheet = dashboard_part(path)
    now = part(path, sheet)

    def moved(cell: str, text: str) -> tuple[str, str]:
        found = re.search(rf'<c r="{cell}"[^>]*t="s"><v>(\d+)</v></c>', now)
        assert found is not None
        return found[0], found[0].replace(f"<v>{found[1]}</v>", f"<v>{where.index(text)}</v>")

    first = changed(path, to.with_suffix(".1.xlsx"), {sheet: moved("C3", industry)})
    now = part(first, sheet)
    second = changed(first, to.with_suffix(".2.xlsx"), {sheet: moved("G3", window)})
    now = part(second, sheet)
    bare = re.sub(r"(</f>)<v>[^<]*</v>", r"\1", now)
    return changed(second, to, {sheet: (now, bare)})


@pytest.mark.parametrize(
    ("industry", "window"),
    [("汽车 Automobiles", "5 年 5Y"), ("煤炭 Coal", "1 年 1Y"), ("煤炭 Coal", "全部 All")],
)
def test_the_formulas_give_what_a_refresh_remembers(
    book: Path, tmp_path: Path, profile: Path, industry: str, window: str
) -> None:
    path = chosen(book, tmp_path / "chosen.xlsx", industry, window)
    (computed,) = convert([path], "xlsx", tmp_path / "saved", profile)
    refresh_book(path)
    ours, theirs = hidden(path), hidden(computed)
    assert len(ours) > MONTHS
    assert {k for k in ours if k not in theirs} == set()
    for place, value in ours.items():
        other = theirs[place]
        if isinstance(value, int | float) and isinstance(other, int | float):
            assert other == pytest.approx(value, abs=1e-9), place
        else:
            assert str(other) == str(value), place


def test_the_charts_hang_on_cells_that_hold_what_is_chosen(book: Path) -> None:
    with zipfile.ZipFile(book) as archive:
        charts = [archive.read(f"xl/charts/chart{n}.xml").decode() for n in range(1, 5)]
    for text in charts:
        assert set(re.findall(r"<c:f>([^!]+)!", text)) == {"dashboard"}
        assert '<c:plotVisOnly val="0"/>' in text or "plotVisOnly" not in text
        assert "<c:pt idx=" in text
    assert 'val="lowHi"' not in charts[0]
    for name in ("持有行业", "20% 分位", "80% 分位"):
        assert name in charts[0]
    assert "stacked" in charts[1]


def test_a_window_of_one_year_shows_twelve_months(book: Path, tmp_path: Path) -> None:
    path = chosen(book, tmp_path / "year.xlsx", "汽车 Automobiles", "1 年 1Y")
    refresh_book(path)
    cells = hidden(path)
    months = {cells[TABLE_ROW + n, 0] for n in range(1, MONTHS + 1)}
    assert len(months) == WINDOWS["1 年 1Y"]
    days = [cells[TABLE_ROW + n, DAILY_AT] for n in range(1, POINTS + 1)]
    assert len(set(days)) == 252
    assert cells[TABLE_ROW + 1, DAILY_AT + 1] == 1.0


def test_the_waterfall_adds_up(book: Path) -> None:
    cells = hidden(book)
    last = max(row for row, at in cells if at == STEPS_AT)
    moves = [cells[row, STEPS_AT + 1] for row in range(TABLE_ROW + 1, last + 1)]
    assert sum(float(str(m)) for m in moves[:-1]) == pytest.approx(float(str(moves[-1])))


def test_one_screen_for_all_industries_and_a_small_chart_of_each(book: Path) -> None:
    with zipfile.ZipFile(book) as archive:
        names = archive.namelist()
    assert sum(name.startswith("xl/charts/chart") for name in names) == 4 + 2 + len(IDS)
    xml = part(book, dashboard_part(book))
    assert len(re.findall("<dataValidation ", xml)) == 2
    assert 'hidden="1"' in xml


def test_a_book_without_results_says_so_and_one_of_simulated_data_too(
    book: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.xlsx"
    write_template([catalog()["autos"]], empty)
    sheet = open_workbook(empty).find(("dashboard",))
    assert sheet is not None
    said = [str(cell) for row in sheet.rows for cell in row[: COLUMNS + 1] if cell]
    assert NO_RESULT in said
    full = open_workbook(book).find(("dashboard",))
    assert full is not None
    said = [str(cell) for row in full.rows[:FIRST_ROW] for cell in row[: COLUMNS + 1] if cell]
    assert any(text.startswith("模拟数据：") for text in said)
    assert NO_RESULT not in said


def test_a_book_prints_on_few_pages(book: Path, tmp_path: Path, profile: Path) -> None:
    (printed,) = convert([book], "pdf", tmp_path / "pdf", profile)
    pages = len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))
    assert 5 <= pages <= 25


def test_a_book_that_another_program_saved_is_refreshed_alike(
    book: Path, tmp_path: Path, profile: Path
) -> None:
    path = tmp_path / "moved.xlsx"
    shutil.copy(book, path)
    (saved,) = convert([path], "xlsx", tmp_path / "saved", profile)
    before = hidden(saved)
    refresh_book(saved)
    assert before.keys() <= hidden(saved).keys()
