"""What is due, nowcasts and break-evens: in the shell, in cells, as JSON and as a calendar."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.nowcast.nowcasts import nowcasts
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.formulas.cell_values import MARK
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.runs.coming import book_nowcasts, outlooks
from prosperity_excel.template.template import write_template
from prosperity_excel.vintages import keep_nowcasts, kept_nowcasts, surprises
from prosperity_excel.vintages.nowcasts import Kept
from prosperity_excel.words.coming_words import headline, number, share

from tests.addin.excel_com import MISSING, Cells, Excel, Grid, call, server

DAY = "2026-06-15"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give books as they would stand in the middle of a month."""
    folder, found = tmp_path_factory.mktemp("coming"), {}
    for id in ("autos", "coal"):
        models = list(closure([catalog()[id]], catalog()))
        panel = simulate(models, first="2008-01", last="2026-06")
        found[id] = folder / f"{id}.xlsx"
        write_template(models, found[id], panel=panel.known_on(pd.Timestamp(DAY)))
    return found


@pytest.fixture
def books(made: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    return {id: Path(shutil.copy(path, tmp_path)) for id, path in made.items()}


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_due_names_the_decision_and_what_would_flip_it(books: dict[str, Path]) -> None:
    done = shell("due", *books.values(), "--on", DAY, "--language", "en")
    assert done.exit_code == 0, done.output
    assert "2026-06-30" in done.output
    for column in ("Nowcast", "Break-even", "Flips alone", "10–90% band"):
        assert column in done.output
    assert "Automobiles" in done.output
    zh = shell("due", books["autos"], "--on", DAY, "--language", "zh")
    assert "汽车" in zh.output
    assert "翻转值" in zh.output
    assert "Automobiles" not in zh.output


def test_json_says_what_the_model_says(books: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "due.json"
    done = shell("due", books["autos"], "--on", DAY, "--json", out, "--no-keep")
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text("utf-8"))["industries"]["autos"]
    book = read_book(books["autos"])
    found = outlooks([book], today=date.fromisoformat(DAY)).outlooks[0]
    assert told["decision"] == f"{found.decision:%Y-%m-%d}" == "2026-06-30"
    assert told["odds_of_holding"] == found.odds
    assert [p["indicator"] for p in told["prints"]] == [d.print.id for d in found.prints]
    values = [[c["value"] for c in p["break_evens"]] for p in told["prints"]]
    assert values == [[c.value for c in d.crossings] for d in found.prints]
    assert told["headline"]["zh"] == headline(found)[0]
    assert found.definition.name_zh in headline(found)[0]
    assert not (tmp_path / "autos.xlsx.vintages.sqlite").exists()


def test_the_calendar_has_an_event_a_release_and_one_a_decision(
    books: dict[str, Path], tmp_path: Path
) -> None:
    from icalendar import Calendar

    out = tmp_path / "due.ics"
    assert shell("due", *books.values(), "--on", DAY, "--ics", out).exit_code == 0
    first = out.read_bytes()
    events = list(Calendar.from_ical(first).walk("VEVENT"))
    names = [str(e["summary"]) for e in events]
    found = outlooks([read_book(p) for p in books.values()], today=date.fromisoformat(DAY))
    prints = {(d.print.id, d.print.period) for one in found.outlooks for d in one.prints}
    assert len(events) == len(prints) + len({one.decision for one in found.outlooks})
    assert sum("Industry decisions" in name for name in names) == 1
    assert all(e["dtstart"].dt.__class__ is date for e in events)
    assert len({str(e["uid"]) for e in events}) == len(events)
    assert shell("due", *books.values(), "--on", DAY, "--ics", out, "--force").exit_code == 0
    assert out.read_bytes() == first


def test_nowcasts_are_kept_and_held_against_what_was_published(
    books: dict[str, Path], tmp_path: Path
) -> None:
    path = books["autos"]
    assert "No nowcast was kept" in shell("nowcast", path, "--record").output
    done = shell("nowcast", path, "--on", DAY, "--language", "en")
    assert done.exit_code == 0, done.output
    assert "m2_yoy" in done.output
    assert "the last value" in done.output
    kept = kept_nowcasts(path)
    assert {one.made_on for one in kept} == {date.fromisoformat(DAY)}
    again = shell("nowcast", path, "--on", DAY)
    assert again.exit_code == 0
    assert len(kept_nowcasts(path)) == len(kept)
    # The print comes: the same book with a month more.
    models = list(closure([catalog()["autos"]], catalog()))
    panel = simulate(models, first="2008-01", last="2026-06")
    later = tmp_path / "later" / "autos.xlsx"
    later.parent.mkdir()
    write_template(models, later, panel=panel)
    shutil.copy(tmp_path / "autos.xlsx.vintages.sqlite", later.parent)
    record = shell("nowcast", later, "--record", "--language", "en")
    assert record.exit_code == 0, record.output
    lines = [row.split() for row in record.output.splitlines() if row.startswith("m2_yoy")]
    frame = panel.series["m2_yoy"].frame
    assert [row[1] for row in lines] == ["2026-05", "2026-06"]
    for row in lines:
        value = frame["value"][pd.Timestamp(row[1]) + pd.offsets.MonthEnd(0)]
        assert number(float(value)) in row


def test_a_surprise_is_against_the_last_nowcast_before_the_print() -> None:
    month = date(2026, 5, 31)
    shown = [
        Kept("m2_yoy", month, date(2026, 6, day), "last", value, None, None, spread)
        for day, value, spread in ((1, 8.0, 0.5), (12, 8.2, 0.4), (20, 9.0, 0.4))
    ]
    published = {"m2_yoy": {month: (8.6, date(2026, 6, 15))}}
    (found,) = surprises(shown, published)
    assert found.kept.made_on == date(2026, 6, 12)
    assert found.miss == pytest.approx(0.4)
    assert found.size == pytest.approx(1.0)
    assert surprises(shown, {}) == []


def test_a_history_of_the_version_before_is_brought_up_to_date(
    books: dict[str, Path], tmp_path: Path
) -> None:
    import sqlite3

    path = books["autos"]
    assert shell("run", path).exit_code == 0
    store = tmp_path / "autos.xlsx.vintages.sqlite"
    with sqlite3.connect(store) as opened:
        opened.execute("DROP TABLE nowcast")
        opened.execute("PRAGMA user_version = 3")
    opened.close()
    assert kept_nowcasts(path) == []
    before = shell("vintages", path).output
    found = book_nowcasts(read_book(path), settings(), date.fromisoformat(DAY))
    keep_nowcasts(path, [one for ones in found.values() for one in ones], date(2026, 6, 15))
    assert kept_nowcasts(path)
    assert shell("vintages", path).output == before


def settings() -> Any:
    from prosperity.settings import Settings

    return Settings()


def test_a_past_day_sees_what_was_public_on_it(books: dict[str, Path]) -> None:
    from prosperity.settings import Settings

    book = read_book(books["autos"])
    day = date(2019, 3, 20)
    found = book_nowcasts(book, Settings(as_of=day), date.fromisoformat(DAY))
    plain = nowcasts(
        book.panel.known_on(pd.Timestamp(day)),
        [catalog()["autos"].indicator("m1_yoy")],
        pd.Timestamp("2019-03-31"),
    )
    assert found["m1_yoy"][-1].value == plain["m1_yoy"][-1].value
    assert shell("due", books["autos"], "--as-of", "2019-03-20").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("due", "{autos}", "--timing", "period"), "timing=released"),
        (("due", "{autos}", "--set", "fit=full"), "fit=full"),
        (("due", "{autos}", "--industry", "coal"), "not in"),
        (("nowcast", "{autos}", "--industry", "autos"), "all series"),
        (("nowcast", "{autos}", "--bridge", "ppi_yoy"), "must look like"),
        (("due", "nosuch.xlsx"), "nosuch"),
        (("nowcast", "{autos}", "--on", "yesterday"), "should look like"),
    ],
)
def test_what_cannot_be_done_is_said_in_both_languages(
    books: dict[str, Path], words: tuple[str, ...], said: str
) -> None:
    done = shell(*(word.format(autos=books["autos"]) for word in words))
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output


def test_odds_are_never_called_certain() -> None:
    assert [share(o) for o in (0.0, 0.5, 0.994, 1.0, float("nan"))] == [
        "<1%", "50%", "99%", ">99%", "–",
    ]  # fmt: skip
    assert [number(v) for v in (-0.0, -0.0012345, 4.86, -0.05)] == [
        "0.00", "-0.00123", "4.86", "-0.05",
    ]  # fmt: skip
    assert number(1234567.0) == "1,234,567"


@pytest.fixture
def sheet(books: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Grid]:
    SESSION.clear()
    monkeypatch.setattr(SESSION, "today", lambda: date.fromisoformat(DAY))
    server()
    book = Excel.open(books["autos"])
    book.Worksheets.append(Grid(book, "calc"))
    yield book["calc"]
    SESSION.clear()


@pytest.fixture
def at(sheet: Grid) -> Cells:
    return sheet.Cells(2, 2)


def test_the_cells_say_what_the_shell_says(at: Cells, books: dict[str, Path]) -> None:
    book = read_book(books["autos"])
    found = outlooks([book], today=date.fromisoformat(DAY)).outlooks[0]
    rows = call("PROSPERITY_DUE", "autos", caller=at)
    assert headline(found)[0] in rows[0][0]
    assert headline(found)[1] in rows[0][0]
    assert len(rows) == 2 + len(found.prints)
    assert {len(row) for row in rows} == {11}
    for row, due in zip(rows[2:], found.prints, strict=True):
        assert due.print.name_zh in row[0]
        assert isinstance(row[2], datetime)
        assert due.nowcast is None or row[5] == pytest.approx(due.nowcast.value)
    said = book_nowcasts(book, settings(), date.fromisoformat(DAY))["m2_yoy"][-1]
    assert call("PROSPERITY_NOWCAST", "m2_yoy", caller=at) == pytest.approx(said.value)
    assert call("PROSPERITY_NOWCAST", "M2:同比", MISSING, "method", caller=at) == said.method
    assert call("PROSPERITY_NOWCAST", "m2_yoy", MISSING, "下限", caller=at) == pytest.approx(
        said.low
    )
    then = call("PROSPERITY_NOWCAST", "m2_yoy", "2019-03-20", caller=at)
    plain = nowcasts(
        book.panel.known_on(pd.Timestamp("2019-03-20")),
        [catalog()["autos"].indicator("m2_yoy")],
        pd.Timestamp("2019-03-31"),
    )
    assert then == pytest.approx(plain["m2_yoy"][-1].value)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("PROSPERITY_DUE", ("autoss",), "autos"),
        ("PROSPERITY_NOWCAST", ("nothing_like_it",), "indicator"),
        ("PROSPERITY_NOWCAST", ("m2_yoy", "soon"), "on_date"),
        ("PROSPERITY_NOWCAST", ("m2_yoy", MISSING, "colour"), "what"),
        ("PROSPERITY_NOWCAST", ("m2_yoy", "2001-05-10"), "nothing was known"),
        ("PROSPERITY_NOWCAST", ("pmi",), "indicator"),
    ],
)
def test_a_wrong_cell_is_an_error_with_a_reason(
    at: Cells, sheet: Grid, name: str, arguments: tuple[Any, ...], said: str
) -> None:
    value = call(name, *arguments, caller=at)
    assert isinstance(value, str)
    assert value.startswith(MARK)
    sheet.put("B2", "#VALUE!")
    assert said in call("PROSPERITY_WHY", at, caller=sheet.Cells(9, 9))


def test_the_report_has_a_page_on_what_is_due(books: dict[str, Path], tmp_path: Path) -> None:
    from openpyxl import load_workbook

    out = tmp_path / "report.xlsx"
    words = ("report", *books.values(), "--out", out, "--on", DAY, "--no-sensitivity")
    assert shell(*words, "--language", "en").exit_code == 0
    book = load_workbook(out, read_only=True)
    assert "due" in book.sheetnames
    cells = [str(c.value) for row in book["due"].iter_rows() for c in row if c.value is not None]
    found = outlooks([read_book(p) for p in books.values()], today=date.fromisoformat(DAY))
    for one in found.outlooks:
        assert headline(one)[1] in cells
    assert sum(len(one.prints) for one in found.outlooks) > 0
    book.close()
    page = load_workbook(out, read_only=True)["autos"]
    shown = [str(c.value) for row in page.iter_rows() for c in row if c.value is not None]
    assert "Next prints" in shown
    assert headline(found.outlooks[0])[1] in shown
    other = tmp_path / "looking.xlsx"
    words = ("report", books["autos"], "--out", other, "--no-sensitivity", "--timing", "period")
    assert shell(*words).exit_code == 0
    assert "due" not in load_workbook(other, read_only=True).sheetnames


def test_a_refresh_renews_the_sheet_that_a_book_has_and_adds_none(books: dict[str, Path]) -> None:
    from openpyxl import load_workbook
    from prosperity_excel.words.change_words import CHANGED

    assert shell("refresh", books["coal"], "--on", DAY).exit_code == 0
    assert "due" not in load_workbook(books["coal"], read_only=True).sheetnames
    # A state is kept, the book gains a month's values, and both blocks are of now.
    path = books["autos"]
    assert shell("due", path, "--on", DAY, "--write", "--no-keep").exit_code == 0
    was = [row[0] for row in load_workbook(path)["due"].values]
    assert " ".join(CHANGED) not in was
    assert shell("refresh", path, "--on", DAY).exit_code == 0
    book = load_workbook(path)
    sheet = book["data"]
    column = next(
        c
        for c in range(1, 60)
        if sheet.cell(1, c).value == "m2_yoy"
        or any(sheet.cell(r, c).value == "m2_yoy" for r in range(1, 9))
    )
    row = max(r for r in range(9, sheet.max_row + 1) if sheet.cell(r, column).value is not None)
    sheet.cell(row, column).value += 1.5
    book.save(path)
    copies = len(list(path.parent.glob("*backup*")) + list(path.parent.glob("*/*")))
    done = shell("refresh", path, "--on", DAY)
    assert done.exit_code == 0, done.output
    cells = [row[0] for row in load_workbook(path)["due"].values]
    assert " ".join(CHANGED) in cells
    found = outlooks([read_book(path)], today=date.fromisoformat(DAY)).outlooks[0]
    assert " ".join(headline(found)) in cells
    assert copies + 1 >= len(list(path.parent.glob("*backup*")) + list(path.parent.glob("*/*")))
    # Under settings that see the future it says why it has nothing.
    assert shell("refresh", path, "--on", DAY, "--timing", "period").exit_code == 0
    cells = [str(row[0]) for row in load_workbook(path)["due"].values]
    assert any("timing=period" in cell for cell in cells)
    assert " ".join(headline(found)) not in cells


def test_a_sheet_due_that_cannot_be_renewed_does_not_stop_a_refresh(
    books: dict[str, Path],
) -> None:
    from openpyxl import load_workbook
    from openpyxl.worksheet.table import Table

    path = books["coal"]
    assert shell("due", path, "--on", DAY, "--write", "--no-keep").exit_code == 0
    book = load_workbook(path)
    book["due"]["P1"], book["due"]["P2"] = "Mine", 1
    book["due"].add_table(Table(displayName="Mine", ref="P1:P2"))
    book.save(path)
    done = shell("refresh", path, "--on", DAY)
    assert done.exit_code == 0, done.output
    assert "sheet due was not renewed" in done.output
    assert load_workbook(path)["due"]["P2"].value == 1


def test_due_is_written_into_the_books_own_sheet(books: dict[str, Path]) -> None:
    from openpyxl import load_workbook

    asked = ("due", books["autos"], "--on", DAY, "--write", "--no-keep", "--language", "en")
    done = shell(*asked)
    assert done.exit_code == 0, done.output
    book = read_book(books["autos"])
    found = outlooks([book], today=date.fromisoformat(DAY)).outlooks[0]
    rows = list(load_workbook(books["autos"])["due"].values)
    assert len({len(row) for row in rows}) == 1
    assert rows[0][:2] == ("待公布 Due", "指标 Indicator")
    assert " ".join(headline(found)) in [row[0] for row in rows]
    table = [row for row in rows[1:] if row[1]]
    assert len(table) == len(found.prints)
    for row, due in zip(table, found.prints, strict=True):
        expected = [due.print.period, due.print.expected, due.print.latest]
        assert [pd.Timestamp(day) for day in row[2:5]] == expected
        if due.nowcast is not None:
            assert row[6] == pytest.approx(due.nowcast.value)
    # The model reads the book as before, and the same again writes nothing.
    again = outlooks([read_book(books["autos"])], today=date.fromisoformat(DAY)).outlooks[0]
    assert again.odds == found.odds
    before = books["autos"].read_bytes()
    assert shell(*asked).exit_code == 0
    assert books["autos"].read_bytes() == before


@pytest.mark.parametrize("name", ["due", "Due", "待公布"])
def test_a_sheet_of_that_name_of_the_users_own_is_kept(books: dict[str, Path], name: str) -> None:
    from openpyxl import load_workbook

    workbook = load_workbook(books["autos"])
    workbook.create_sheet(name)["A1"] = "mine"
    workbook.save(books["autos"])
    done = shell("due", books["autos"], "--on", DAY, "--write", "--no-keep")
    after = load_workbook(books["autos"])
    assert after[name]["A1"].value == "mine"
    if name == "待公布":
        # A name that a new sheet would not get: ours is made beside it.
        assert done.exit_code == 0
        assert after["due"]["A1"].value == "待公布 Due"
    else:
        assert done.exit_code != 0
        assert "not_our_sheet" not in after.sheetnames
        assert "Rename it" in done.output


def test_what_cannot_be_written_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(b"x")
    done = shell("due", path, "--write")
    assert done.exit_code != 0
    assert ".xlsx" in done.output
    assert "只能写入" in done.output


def test_the_summary_says_what_is_due_and_what_changed(
    books: dict[str, Path], tmp_path: Path
) -> None:
    from openpyxl import load_workbook
    from prosperity_excel.report.news_bands import CHANGED, COMING, leading
    from prosperity_excel.vintages import keep_seen

    def summary(*more: object) -> list[str]:
        out = tmp_path / "report.xlsx"
        words = ("report", *books.values(), "--out", out, "--on", DAY, "--no-sensitivity")
        done = shell(*words, "--language", "en", "--force", *more)
        assert done.exit_code == 0, done.output
        with warnings.catch_warnings():
            # openpyxl says that it does not know the small lines in cells.
            warnings.simplefilter("ignore", UserWarning)
            rows = load_workbook(out)["summary"].iter_rows()
        return [str(c.value) for row in rows for c in row if c.value is not None]

    shown = summary()
    told = leading(
        outlooks([read_book(p) for p in books.values()], today=date.fromisoformat(DAY)).outlooks
    )
    assert (COMING[1] in "\n".join(shown)) is bool(told)
    assert told
    for _, due in told:
        assert due.print.name_en in shown
    # Nothing was kept: nothing is said of changes, and that is no failure.
    assert CHANGED[1] not in shown
    path = books["autos"]
    assert keep_seen(read_book(path), at=datetime(2026, 6, 1), event="run", begin=True) is None
    workbook = load_workbook(path)
    cells = [c for c in workbook["data"]["C"] if isinstance(c.value, int | float)]
    cells[-1].value = float(cells[-1].value) + 5.0
    workbook.save(path)
    shown = summary()
    assert CHANGED[1] in shown
    assert any(text.startswith("Automobiles: ") and "composite" in text for text in shown)
    assert CHANGED[1] not in summary("--no-due")


def test_a_book_without_values_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    write_template([catalog()["autos"]], path)
    done = shell("nowcast", path, "--on", DAY, "--no-keep")
    assert done.exit_code == 0
    assert "无从预测" in done.output
    assert "import data first" in done.output
    assert "Nowcast" not in done.output
    for verb in ("due", "changes"):
        done = shell(verb, path)
        assert done.exit_code == 1
        assert "错误" in done.output
        assert "Error" in done.output


def test_the_verdict_counts_every_month_that_is_shown(books: dict[str, Path]) -> None:
    done = shell("nowcast", books["autos"], "--on", DAY, "--no-keep", "--language", "en")
    assert done.exit_code == 0, done.output
    from prosperity.settings import Settings

    found = book_nowcasts(read_book(books["autos"]), Settings(), date.fromisoformat(DAY))
    better = sum(any(one.is_nowcast for one in ones) for ones in found.values())
    assert f"{len(found)} series; for {better} of them" in done.output
