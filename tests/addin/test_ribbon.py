"""The ribbon's actions on real files: values, status bar, state put back, failures."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw
from prosperity_excel import vintages
from prosperity_excel.excel import ribbon
from prosperity_excel.excel.actions import table
from prosperity_excel.excel.buttons import BUTTONS, SHOWN_SETTINGS
from prosperity_excel.excel.xlam.vba import is_legal_name
from prosperity_excel.files.backups import copies
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.host import patience
from prosperity_excel.ooxml.grid import FIRST_ROW, KEY_ROW
from prosperity_excel.results.sheet_layout import MONTHLY
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.runs.settings import read_user, user_file, write_user

from tests.addin.books import save
from tests.addin.excel_com import com_error
from tests.addin.file_engine import App, open_book

NORMAL = {
    "screen_updating": True,
    "calculation": "semiautomatic",
    "display_alerts": True,
    "status_bar": False,
}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    SESSION.clear()
    monkeypatch.setattr(patience, "PAUSE", 0.0)


@pytest.fixture
def book(library: Path, tmp_path: Path) -> xw.Book:
    path = tmp_path / "autos.xlsx"
    shutil.copy(library / "autos.xlsx", path)
    return open_book(path)


def press(book: xw.Book, action: str, given: str = "") -> str:
    return ribbon.perform(action, given, book)


def app(book: xw.Book) -> App:
    return book.impl.app


def contents(book: xw.Book) -> dict[str, list[list[Any]]]:
    """Return every sheet's cells, without the empty rows at its end."""
    found = {}
    for sheet in book.impl.workbook.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        while rows and not any(value is not None for value in rows[-1]):
            rows.pop()
        found[sheet.title] = rows
    return found


def test_every_button_has_an_action_and_a_name_that_vba_takes() -> None:
    others = {"repair_on_opening", "refresh_on_opening", "confirm_library"}
    assert set(table.ACTIONS) - others == set(BUTTONS)
    assert all(is_legal_name(id) for id in BUTTONS)


def months_of(book: xw.Book, sheet: str) -> list[dict[str, Any]]:
    """Return the months of a sheet of results by the ids of its columns."""
    rows = list(book.impl.workbook[sheet].iter_rows(values_only=True))
    keys = [key for key in rows[KEY_ROW][: len(MONTHLY)] if key]
    found = [dict(zip(keys, row, strict=False)) for row in rows[FIRST_ROW:]]
    return [row for row in found if row["month"] is not None]


def test_a_failure_in_a_later_sheet_puts_the_earlier_ones_back(
    library: Path, tmp_path: Path
) -> None:
    write_user({"library": str(library)})
    ours = [*([None] for _ in range(KEY_ROW)), ["month"]]
    book = open_book(save(tmp_path / "plain.xlsx", {"result_glass": ours}))
    book.impl.protected.add("result_glass")
    assert "Unprotect" in press(book, "refresh_all")
    after = contents(book)
    assert list(after) == ["result_glass"]
    assert [c for row in after["result_glass"] for c in row if c is not None] == ["month"]


@pytest.mark.parametrize(
    ("sheet", "action"),
    [("result_glass", "refresh_all"), ("结果", "refresh_all"), ("backtest", "refresh_backtests")],
)
def test_a_sheet_of_the_users_own_is_not_replaced(
    sheet: str, action: str, library: Path, tmp_path: Path
) -> None:
    write_user({"library": str(library)})
    book = open_book(save(tmp_path / "plain.xlsx", {sheet: [["mine"]]}))
    assert "not replaced" in press(book, action)
    assert contents(book) == {sheet: [["mine"]]}


def test_refresh_writes_the_values_of_a_run(book: xw.Book, library: Path) -> None:
    said = press(book, "refresh_industry")
    result = run_books([library / "autos.xlsx"]).results["autos"]
    rows = months_of(book, "result")
    assert [row["month"] for row in rows] == [m.to_pydatetime() for m in result.months]
    newest = rows[-1]
    assert newest["decision"] == result.decisions.iloc[-1].to_pydatetime()
    assert newest["composite"] == pytest.approx(result.composite.iloc[-1], abs=1e-12)
    assert [row["signal"] for row in rows[-24:]] == list(result.signal[-24:])
    assert "autos" in said
    assert "2018-12" in said


def test_refresh_keeps_what_the_book_held(book: xw.Book) -> None:
    path = Path(book.fullname)
    press(book, "refresh_industry")
    (kept,) = vintages.vintages(path)
    assert kept.event == "refresh"
    press(book, "refresh_all")
    assert len(vintages.vintages(path)) == 1
    data = book.impl.workbook["data"]
    cell = next(c for c in data[data.max_row] if isinstance(c.value, float))
    before, cell.value = cell.value, cell.value + 1.0
    press(book, "refresh_industry")
    (revised,) = vintages.revisions(path)
    assert (revised.old, revised.new) == (before, before + 1.0)


def test_refresh_goes_on_where_nothing_can_be_kept(book: xw.Book) -> None:
    vintages.store_path(Path(book.fullname)).write_bytes(b"no database")
    said = press(book, "refresh_industry")
    assert "were not kept for later" in said
    assert months_of(book, "result")


def test_the_status_bar_tells_what_is_done_and_is_given_back(book: xw.Book) -> None:
    press(book, "refresh_all")
    said = app(book).said
    assert said[0].startswith("Prosperity: 全部刷新 Refresh all")
    assert any("autos (1/1)" in str(text) for text in said)
    assert said[-1] is False
    assert app(book).state == NORMAL


def test_refresh_all_of_a_book_that_is_not_ours_takes_the_library(
    library: Path, tmp_path: Path
) -> None:
    write_user({"library": str(library)})
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["hello"]]}))
    said = press(book, "refresh_all")
    assert "3 industries" in said
    overview = book.impl.workbook["result"].iter_rows(min_row=FIRST_ROW + 1, values_only=True)
    assert {row[0] for row in overview} - {None} == {"autos", "banks", "glass"}
    for id in ("autos", "banks", "glass"):
        assert months_of(book, f"result_{id}")
    assert book.impl.workbook["Sheet1"]["A1"].value == "hello"


def test_which_industry_is_asked_when_there_are_several(library: Path, tmp_path: Path) -> None:
    write_user({"library": str(library)})
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["银行"], ["hello"]]}))
    assert "which_industry" not in press(book, "refresh_industry")
    assert "Select a cell" in press(book, "refresh_industry")
    app(book).selected = book.sheets["Sheet1"].range("A1").impl
    assert "banks" in press(book, "refresh_industry")


def test_refresh_backtests_writes_statistics_and_the_combined_strategy(
    library: Path, tmp_path: Path
) -> None:
    write_user({"library": str(library)})
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["hello"]]}))
    press(book, "refresh_backtests")
    rows = list(book.impl.workbook["backtest"].iter_rows(values_only=True))
    expected = run_books(sorted(library.glob("*.xlsx")))
    by_id = {row[0]: row for row in rows[1:]}
    assert set(by_id) == {"autos", "banks", "glass", "combined"}
    tested = expected.results["glass"].backtest
    assert tested is not None
    assert by_id["glass"][4:] == pytest.approx(tuple(tested.statistics.values()), nan_ok=True)
    assert expected.combined is not None
    assert by_id["combined"][4] == pytest.approx(
        expected.combined.backtest.statistics["strategy_return"]
    )


@pytest.mark.parametrize("failing", ["write", "format"])
def test_a_failing_macro_leaves_the_book_as_it_was(book: xw.Book, failing: str) -> None:
    before = contents(book)
    failures = iter([True])

    def fail_once(what: str) -> None:
        if what == failing and next(failures, False):
            raise RuntimeError("no")

    app(book).before = fail_once
    said = press(book, "refresh_industry")
    assert "nothing was changed" in said
    assert contents(book) == before
    assert app(book).state == NORMAL


def test_a_sheet_that_was_made_for_a_failed_write_goes_again(book: xw.Book) -> None:
    before = contents(book)

    def fail(what: str) -> None:
        if what == "write":
            raise RuntimeError("no")

    app(book).before = fail
    assert "nothing was changed" in press(book, "check_data")
    assert contents(book) == before


def test_a_failing_computation_leaves_everything(book: xw.Book) -> None:
    book.impl.workbook["data"].cell(20, 2).value = "abc"
    before = contents(book)
    said = press(book, "refresh_industry")
    assert "data!B20" in said
    assert "abc" in said
    assert contents(book) == before
    assert app(book).state == NORMAL


def test_protected_and_read_only_books_are_left_alone(book: xw.Book) -> None:
    before = contents(book)
    book.impl.protected.add("result")
    assert "Unprotect" in press(book, "refresh_industry")
    assert contents(book) == before
    book.impl.protected.clear()
    book.impl.api.ReadOnly = True
    for action in ("refresh_industry", "check_data", "due", "repair_links", "settings"):
        assert "open read-only" in press(book, action)
    assert contents(book) == before


def test_a_busy_excel_is_waited_for_and_then_said(
    book: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ATTEMPTS", 5)
    tries = {"left": 3}

    def busy(what: str) -> None:
        if what == "write" and tries["left"]:
            tries["left"] -= 1
            raise com_error(-2147418111)

    app(book).before = busy
    assert "autos" in press(book, "refresh_industry")
    tries["left"] = 1_000
    before = contents(book)
    assert "Excel is busy" in press(book, "refresh_industry")
    tries["left"] = 0
    assert contents(book) == before
    assert app(book).state == NORMAL


def test_state_is_put_back_even_when_putting_back_fails_once(book: xw.Book) -> None:
    failures = iter([True])

    def fail(what: str) -> None:
        off = app(book).state["display_alerts"] is False
        if what == "set display_alerts" and off and next(failures, False):
            raise com_error(-2147418111)

    app(book).before = fail
    press(book, "refresh_industry")
    assert app(book).state == NORMAL


def test_check_of_a_book_without_our_sheets_says_so(tmp_path: Path) -> None:
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["hello"]]}))
    assert "no data and prices sheets" in press(book, "check_data")
    assert "no data and prices sheets" in press(book, "refresh_all")


def test_new_template_goes_to_the_library_and_never_replaces(book: xw.Book, tmp_path: Path) -> None:
    assert "No library folder" in press(book, "new_template", "银行")
    press(book, "library_folder", str(tmp_path))
    assert "Template written" in press(book, "new_template", "银行")
    assert (tmp_path / "banks.xlsx").exists()
    assert [b.name for b in app(book).opened] == ["autos.xlsx", "banks.xlsx"]
    assert "was not replaced" in press(book, "new_template", "banks")
    assert "Nearest" in press(book, "new_template", "bankz")


def test_library_folder_must_exist(book: xw.Book, tmp_path: Path, library: Path) -> None:
    assert "does not exist" in press(book, "library_folder", str(tmp_path / "none"))
    assert read_user() == {}
    assert "3 industries" in press(book, "library_folder", str(library))
    assert read_user() == {"library": str(library)}


def test_report_and_pdf(book: xw.Book, tmp_path: Path) -> None:
    said = press(book, "write_report", str(tmp_path / "out"))
    assert str(tmp_path / "out.xlsx") in said
    assert "autos" in openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True).sheetnames
    assert any("summary" in str(text) for text in app(book).said)
    press(book, "write_pdf", str(tmp_path / "out.pdf"))
    printed = app(book).opened[-1]
    assert printed.printed == [str(tmp_path / "out.pdf")]
    assert printed.closed
    assert (tmp_path / "out.pdf").exists()


def test_a_report_never_replaces_what_is_not_ours(
    book: xw.Book, tmp_path: Path, library: Path
) -> None:
    """A button cannot ask: our own report is written again, everything else is left."""
    out, pdf = tmp_path / "out.xlsx", tmp_path / "out.pdf"
    assert str(out) in press(book, "write_report", str(out))
    first = out.read_bytes()
    assert str(out) in press(book, "write_report", str(out))
    assert [copy.path.read_bytes() for copy in copies(out)] == [first]
    for path, button in ((out, "write_report"), (pdf, "write_pdf")):
        path.write_bytes(b"a person's own")
        assert "did not write it or it was changed" in press(book, button, str(path))
        assert path.read_bytes() == b"a person's own"
    press(book, "library_folder", str(library))
    there = {p: p.read_bytes() for p in library.iterdir()}
    for path in library.glob("*.xlsx"):
        assert "is a file that is read" in press(book, "write_report", str(path))
    assert {p: p.read_bytes() for p in library.iterdir()} == there
    out.with_name("~$other.xlsx").touch()
    out.with_name("other.xlsx").write_bytes(first)
    assert "open in Excel" in press(book, "write_report", str(out.with_name("other.xlsx")))


def test_settings_in_the_sheet_come_before_the_user_file(book: xw.Book) -> None:
    press(book, "cost_bps", "5")
    assert read_user() == {"cost_bps": 5.0}
    assert "user file" in press(book, "settings")
    rows = {r[0]: r for r in book.impl.workbook["settings"].iter_rows(values_only=True)}
    assert rows["cost_bps"][1:4] == (None, "5.0", "用户文件 user file")
    press(book, "cost_bps", "7")
    assert read_user() == {"cost_bps": 5.0}
    press(book, "as_of", "2015年6月30日")
    press(book, "settings")
    rows = {r[0]: r for r in book.impl.workbook["settings"].iter_rows(values_only=True)}
    assert rows["cost_bps"][1:4] == (7, "7.0", "工作表 sheet")
    assert rows["as_of"][2] == "2015-06-30"
    press(book, "refresh_industry")
    assert months_of(book, "result")[-1]["month"] == datetime(2015, 6, 30)
    xw.Book.set_mock_caller(book)
    try:
        shown = ribbon.press("help", None)[0]
    finally:
        del xw.Book._mock_caller
    assert dict(zip(SHOWN_SETTINGS, shown[2:], strict=False)) == {
        "as_of": "2015-06-30",
        "timing": "released",
        "cost_bps": "7",
        "language": "both",
    }


def test_a_wrong_setting_changes_nothing(book: xw.Book) -> None:
    assert "cannot be read" in press(book, "cost_bps", "many")
    assert "0 to 1000" in press(book, "cost_bps", "-3")
    assert not user_file().exists()


def test_messages_come_in_the_language_of_the_settings(book: xw.Book) -> None:
    write_user({"language": "en"})
    assert press(book, "refresh_backtests") == "1 backtests, on the sheet backtest."
    write_user({"language": "zh"})
    assert press(book, "refresh_backtests") == "回测 1 个，见 backtest 表。"


FOREIGN = {
    "A2": (r"='C:\Users\other\prosperity.xlam'!PROSPERITY(" + '"glass")', '=PROSPERITY("glass")'),
    "A3": ('=1+prosperity.xlam!PROSPERITY_SIGNAL("autos")', '=1+PROSPERITY_SIGNAL("autos")'),
    "A4": (
        r"='C:\Users\O''Brien\it''s\Prosperity.xlam'!PROSPERITY(" + '"glass")',
        '=PROSPERITY("glass")',
    ),
    "A5": ("='D:\\a b\\prosperity.xlam'!PROSPERITY(@B1:B3)", "=PROSPERITY(@B1:B3)"),
    "A6": (
        '="it\'s "&\'C:\\x\\prosperity.xlam\'!PROSPERITY("autos")&"\'x.xlam\'!"',
        '="it\'s "&PROSPERITY("autos")&"\'x.xlam\'!"',
    ),
    "A7": (r"=\'\\host\share\prosperity.xlam\'!PROSPERITY_RANK()".replace("\\'", "'"),
           "=PROSPERITY_RANK()"),
}  # fmt: skip
LEFT = {
    "B2": "='C:\\other\\tool.xlam'!OTHER(1)",
    "B3": '="PROSPERITY is a word"',
    "B4": "=\"'C:\\x\\prosperity.xlam'!PROSPERITY(1)\"",
}
OWN = '=PROSPERITY("autos")'


def typed_book(folder: Path) -> tuple[xw.Book, Any]:
    book = open_book(save(folder / "plain.xlsx", {"Sheet1": [["x"]]}))
    sheet = book.impl.workbook["Sheet1"]
    for place, (formula, _) in FOREIGN.items():
        sheet[place].value = formula
    for place, formula in LEFT.items():
        sheet[place].value = formula
    sheet["B5"].value = OWN
    return book, sheet


@pytest.mark.parametrize(("action", "count"), [("repair_links", 7), ("repair_on_opening", 6)])
def test_repair_takes_foreign_paths_out_of_our_formulas_only(
    tmp_path: Path, action: str, count: int
) -> None:
    """By hand every formula of ours is entered anew; on opening those that point elsewhere."""
    book, sheet = typed_book(tmp_path)
    assert f"{count} formulas" in press(book, action)
    for place, (_, right) in FOREIGN.items():
        assert sheet[place].value == right
    for place, formula in {**LEFT, "B5": OWN}.items():
        assert sheet[place].value == formula
    assert press(book, "repair_on_opening") == ""


def test_repair_on_opening_can_be_switched_off_and_leaves_read_only_books(tmp_path: Path) -> None:
    book, sheet = typed_book(tmp_path)
    write_user({"repair_links": "off"})
    assert press(book, "repair_on_opening") == ""
    write_user({"repair_links": "on"})
    book.impl.api.ReadOnly = True
    assert press(book, "repair_on_opening") == ""
    assert sheet["A2"].value == FOREIGN["A2"][0]


def test_repair_in_an_excel_without_arrays_that_spill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, sheet = typed_book(tmp_path)

    def missing(*_: Any) -> Any:
        raise AttributeError("Formula2")

    monkeypatch.setattr(type(book.sheets[0]["A1"].impl), "formula2", property(missing, missing))
    assert "7 formulas" in press(book, "repair_links")
    assert sheet["A2"].value == FOREIGN["A2"][1]


def test_log_diagnose_and_help_answer_without_a_workbook(own_files: Path) -> None:
    assert "Open a workbook" not in ribbon.perform("help", "", None)
    assert "PROSPERITY_SERIES" in ribbon.perform("help", "", None)
    assert "#N/A" in ribbon.perform("help", "", None)
    ribbon.perform("refresh_all", "", None)
    assert "no_book" in ribbon.perform("log", "", None)
    for action in ("check_data", "repair_links", "settings"):
        assert "No workbook is open" in ribbon.perform(action, "glass", None)
    assert "xlwings" in ribbon.perform("diagnose", "", None)


def test_an_internal_error_is_a_sentence_with_its_details_in_the_log(
    book: xw.Book, monkeypatch: pytest.MonkeyPatch, own_files: Path
) -> None:
    def broken(press: Any) -> str:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(table, "ACTIONS", {**table.ACTIONS, "help": broken})
    said = press(book, "help")
    assert "Internal error (ZeroDivisionError)" in said
    assert "Traceback" not in said
    assert "secret" in (own_files / "prosperity.log").read_text("utf-8")
    assert app(book).state == NORMAL


def test_due_is_written_to_its_own_sheet(book: xw.Book) -> None:
    said = press(book, "due")
    assert "see the sheet due" in said
    assert book.sheets["due"]["A1"].value == "待公布 Due"
    assert press(book, "due")
    assert [sheet.name for sheet in book.sheets].count("due") == 1


def test_due_keeps_a_sheet_of_the_users_own(book: xw.Book) -> None:
    book.sheets.add("due")["A1"].value = "mine"
    assert "Rename it" in press(book, "due")
    assert book.sheets["due"]["A1"].value == "mine"
