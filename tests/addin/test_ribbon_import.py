"""The ribbon's import and check over real files: what the shell does, on the open workbook."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw
from prosperity.settings import Settings
from prosperity_excel import vintages
from prosperity_excel.book.book import read_book
from prosperity_excel.checks.book import checked
from prosperity_excel.checks.listing import SHEET_HEAD, sheet_rows
from prosperity_excel.excel import ribbon, work
from prosperity_excel.host.write_cells import Block, blocks
from prosperity_excel.intake.carry_out import apply_import
from prosperity_excel.intake.planning import plan_import
from prosperity_excel.intake.preview import COLUMNS, FILE, MARK
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.runs.settings import write_user
from prosperity_excel.words.tongue import counted

from .books import DATA, MONTHS, Formula, changed, save, toy_book
from .excel_com import com_error
from .exports import export, months, text_export, wind
from .file_engine import open_book
from .standins import Terminal
from .standins import wind as standin
from .test_ribbon import NORMAL, app, contents, fresh, months_of, press

__all__ = ["fresh"]  # an autouse fixture: no answers of other tests, no waiting

DAYS = months((2019, 11), 8)
NEW = [float(n) + 0.5 for n in range(8)]
#: A book with a month missing, notes below the data, and release dates.
GAPS = [*(row for row in DATA if row[0] != MONTHS[1]), [], ["数据来源：Wind"]]
RELEASES: list[list[Any]] = [["id", "a"], *([d, None] for d in DAYS)]


def gap_book(folder: Path, **sheets: Any) -> Path:
    return toy_book(folder, **{"data": GAPS, "releases": RELEASES, **sheets})


def ifind(folder: Path) -> Path:
    rows = [["同花顺iFinD"], ["指标名称", "甲指标"], ["频率", "月"], ["单位", "%"],
            *([d, v] for d, v in zip(DAYS, NEW, strict=True))]  # fmt: skip
    return export(folder, rows)


def choice(folder: Path) -> Path:
    dated = list(zip(DAYS, NEW, strict=True))[::-1]
    rows = [["序号", "日期", "甲指标"], ["", "指标名称", "甲指标"], ["", "指标ID", "EMM00087086"],
            ["", "频率", "月"], ["", "单位", "%"], ["", "发布方", "行"],
            *([n, f"{d:%Y-%m}", v] for n, (d, v) in enumerate(dated, 1)),
            [], ["数据来源：东方财富Choice数据"]]  # fmt: skip
    return export(folder, rows)


def jin10(folder: Path) -> Path:
    rows = [["商品", "日期", "今值", "预测值", "前值"],
            *(["甲指标", date(2020, n + 2, 11), v, 1, 1]
              for n, v in enumerate(NEW[:4]))]  # fmt: skip
    return export(folder, rows)


def akshare(folder: Path) -> Path:
    rows = [["月份", "甲指标"],
            *([f"{d:%Y年%m月份}", f"{v}%"]
              for d, v in zip(DAYS[::-1], NEW[::-1], strict=True))]  # fmt: skip
    return export(folder, rows)


def quotes(folder: Path) -> Path:
    days = [date(2020, 3, 30), *MONTHS[2:], date(2020, 5, 6), date(2020, 5, 7)]
    rows = [["", "万得全A", "", "指数toy", ""], ["", "881001.WI", "", "TOY.SI", ""],
            ["Date", "open", "close", "open", "close"],
            *([d, 1.0, 100.5 + n, 2.0, 50.5 + n] for n, d in enumerate(days))]  # fmt: skip
    return export(folder, rows, "行情（１）.xlsx")


def gb18030(folder: Path) -> Path:
    rows = wind(["甲指标"], DAYS, [NEW], ids=["M001"], newest_first=True)
    return text_export(folder, rows, "导出.csv", "gb18030", "\r\n")


def wind_export(folder: Path, values: list[Any] = NEW, days: list[date] = DAYS) -> Path:
    return export(folder, wind(["甲指标"], days, [values], ids=["M001"]))


EXPORTS: dict[str, Callable[[Path], Path]] = {
    "wind": wind_export, "ifind": ifind, "choice": choice, "jin10": jin10, "akshare": akshare,
    "quotes": quotes, "gb18030": gb18030,
}  # fmt: skip


def filled(workbook: Any, *names: str) -> dict[tuple[str, str], Any]:
    """Return the cells of sheets that hold something, by sheet and address."""
    return {
        (name, cell.coordinate): cell.value
        for name in names
        for row in workbook[name].iter_rows()
        for cell in row
        if cell.value is not None
    }


def shown(book: xw.Book, title: str = "甲指标") -> dict[str, Any]:
    """Return a series' row of the preview by the names of the columns."""
    rows = list(book.impl.workbook["import"].iter_rows(values_only=True))
    (row,) = (r for r in rows[rows.index(COLUMNS) + 1 :] if r[0] == title)
    return dict(zip(COLUMNS, row, strict=True))


def answer(book: xw.Book, name: str, value: Any, column: int = 2) -> None:
    """Type into the preview: an option's value, or the target of a series."""
    sheet = book.impl.workbook["import"]
    (row,) = (c.row for c in sheet["A"] if c.value == name)
    sheet.cell(row, column).value = value


def imported(book: xw.Book, *files: Path) -> str:
    """Press both buttons."""
    press(book, "import_export", "\n".join(map(str, files)))
    return press(book, "write_import")


SHEETS = ("data", "prices", "releases")


@pytest.mark.parametrize("kind", EXPORTS)
def test_the_ribbon_writes_what_the_shell_writes(tmp_path: Path, kind: str) -> None:
    (tmp_path / "shell").mkdir()
    closed, opened = gap_book(tmp_path / "shell"), gap_book(tmp_path)
    file = EXPORTS[kind](tmp_path)
    done = apply_import(plan_import([file], closed))
    assert done.added + done.revised > 3
    book = open_book(opened)
    before = contents(book)
    said = press(book, "import_export", str(file))
    assert {name: rows for name, rows in contents(book).items() if name != "import"} == before
    assert f"{done.added} values new, {done.revised} changed" in said
    said = press(book, "write_import")
    assert f"{counted(done.added, 'value')} added, {done.revised} changed" in said
    book.impl.save()
    one, two = openpyxl.load_workbook(closed), openpyxl.load_workbook(opened)
    assert filled(two, *SHEETS) == filled(one, *SHEETS)
    for name in SHEETS:
        dates = [cell for cell in two[name]["A"] if isinstance(cell.value, datetime)]
        assert all(cell.is_date and cell.number_format == "yyyy-mm-dd" for cell in dates)
    assert vintages.last_kept(opened) == vintages.last_kept(closed)
    assert [v.event for v in vintages.vintages(opened)] == ["before", "import"]
    assert app(book).state == NORMAL
    again = press(book, "import_export", str(file))
    assert "0 series would be written" in again


def test_several_files_at_once(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    said = imported(book, wind_export(tmp_path), quotes(tmp_path))
    assert "nothing to write" not in said
    rows = [row[:2] for row in book.impl.workbook["import"].iter_rows(values_only=True)]
    assert [Path(path).name for name, path in rows if name == FILE] == [
        "export.xlsx", "行情（１）.xlsx",
    ]  # fmt: skip
    held = book.impl.workbook
    assert held["prices"].max_row == 3 + 7
    assert held["data"].max_row == 3 + 8 + 2


def test_the_preview_says_what_will_happen_and_where_from(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    press(book, "import_export", str(wind_export(tmp_path)))
    row = shown(book)
    assert row["目标列 Target"] == "a"
    assert row["结果 Outcome"] == "将写入 would write"
    assert row["依据 By"] == "代码相同 same vendor id"
    assert row["区间 Span"] == "2019-11…2020-06"
    assert (row["值 Values"], row["新增 New"], row["改动 Changed"]) == (8, 5, 3)
    assert (row["代码 Vendor id"], row["单位 Unit"]) == ("M001", "%")
    assert (row["文件 File"], row["表 Sheet"], row["位置 Place"]) == (
        "export.xlsx", "Sheet1", "B2",
    )  # fmt: skip
    assert "2020-01 1→2.5" in row["Questions and remarks"]
    texts = [str(row[0]) for row in book.impl.workbook["import"].iter_rows(values_only=True)]
    assert any("Wind EDB" in text for text in texts)


def test_a_candidate_is_chosen_on_the_sheet_and_remembered(tmp_path: Path) -> None:
    path = toy_book(tmp_path)
    file = export(tmp_path, wind(["甲指标(新)"], MONTHS, [[9.0, 2.0, 3.0, 4.0]]))
    book = open_book(path)
    said = press(book, "import_export", str(file))
    assert "1 series wait for an answer" in said
    row = shown(book, "甲指标(新)")
    assert row["目标列 Target"] is None
    assert str(row["候选 Candidates"]).startswith("a 0.")
    before = contents(book)["data"]
    assert "nothing to write" in press(book, "write_import")
    answer(book, "甲指标(新)", "a")
    said = press(book, "write_import")
    # Nothing is written that was not shown: the choice is shown first.
    assert "nothing was written" in said
    assert contents(book)["data"] == before
    assert shown(book, "甲指标(新)")["结果 Outcome"] == "将写入 would write"
    assert "1 changed" in press(book, "write_import")
    assert book.impl.workbook["data"]["B4"].value == 9.0
    assert list(vintages.matches(path).values()) == ["a"]
    book.impl.save()
    (item,) = plan_import([file], path).items
    assert (item.status, item.how and item.how.how) == ("same", "remembered")


def test_a_series_is_left_out_by_clearing_its_target(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    file = export(tmp_path, wind(["甲指标", "b:同比"], DAYS, [NEW, NEW], units=["%", "%"]))
    press(book, "import_export", str(file))
    answer(book, "甲指标", None)
    assert "nothing was written" in press(book, "write_import")
    assert shown(book)["结果 Outcome"] == "没有对应的列 no column"
    press(book, "write_import")
    cells = book.impl.workbook["data"]
    assert [cells.cell(r, 2).value for r in range(4, 12)] == [
        None, None, 1.0, None, 3.0, 4.0, None, None,
    ]  # fmt: skip
    assert [cells.cell(r, 3).value for r in range(4, 12)] == NEW


def test_of_two_series_for_one_column_the_chosen_one_is_written(tmp_path: Path) -> None:
    book = open_book(toy_book(tmp_path))
    four = [5.0, 6.0, 7.0, 8.0]
    rows = wind(["甲指标", "甲:同比"], MONTHS, [[1.0, 2.0, 3.0, 9.0], four], ids=["M001", "E001"])
    press(book, "import_export", str(export(tmp_path, rows)))
    for title in ("甲指标", "甲:同比"):
        row = shown(book, title)
        assert row["结果 Outcome"] == "待确认 to confirm"
        assert row["目标列 Target"] is None
    answer(book, "甲:同比", "a")
    press(book, "write_import")
    assert shown(book, "甲指标")["结果 Outcome"] == "未采用 not used"
    press(book, "write_import")
    assert [book.impl.workbook["data"].cell(r, 2).value for r in range(4, 8)] == four


def test_options_are_those_of_the_shell(tmp_path: Path) -> None:
    days = months((2017, 1), 40)
    values = [(80.0 + n * 7 % 5) / (100 if n < 20 else 1) for n in range(40)]
    data = changed(DATA, {(r, 1): None for r in range(3, 7)})
    path = toy_book(tmp_path, data=data)
    book = open_book(path)
    press(book, "import_export", str(wind_export(tmp_path, values, days)))
    row = shown(book)
    assert row["结果 Outcome"] == "待确认 to confirm"
    assert "--break a@2018-09=100" in row["Questions and remarks"]
    answer(book, "断点 Break", "a@2018-09=100")
    assert "nothing was written" in press(book, "write_import")
    assert "40 values added" in press(book, "write_import")
    held = [c.value for c in book.impl.workbook["data"]["B"]]
    assert min(v for v in held if isinstance(v, float)) >= 80
    assert [b.factor for b in vintages.breaks(path)] == [100.0]
    answer(book, "开头的零 Zeros", "perhaps")
    assert "--zeros is one of ask, keep, missing" in press(book, "write_import")
    answer(book, "开头的零 Zeros", "keep")
    answer(book, "版式 Layout", "bloomberg")
    assert "bloomberg" in press(book, "write_import")


def test_an_unknown_target_is_refused(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    press(book, "import_export", str(wind_export(tmp_path)))
    answer(book, "甲指标", "nosuch")
    before = contents(book)
    assert "has no column nosuch" in press(book, "write_import")
    assert contents(book) == before


def test_a_preview_that_is_not_the_same_any_more_is_shown_anew(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    press(book, "import_export", str(wind_export(tmp_path)))
    # The counts stay as they were; one value that would be written does not.
    wind_export(tmp_path, [*NEW[:-1], 77.0])
    before = contents(book)["data"]
    assert "nothing was written" in press(book, "write_import")
    assert contents(book)["data"] == before
    book.impl.workbook["data"]["B4"].value = 2.5  # what the export says for that month
    assert "nothing was written" in press(book, "write_import")
    assert shown(book)["改动 Changed"] == 2
    assert "2 changed" in press(book, "write_import")
    assert 77.0 in [c.value for c in book.impl.workbook["data"]["B"]]


def test_a_unit_that_changes_after_the_preview_is_asked_about(tmp_path: Path) -> None:
    data = [GAPS[0], ["单位", "%", "%", "万吨", "元"], *GAPS[1:]]
    book = open_book(gap_book(tmp_path, data=data))
    press(book, "import_export", str(wind_export(tmp_path)))
    book.impl.workbook["data"]["B2"].value = "亿元"
    assert "nothing was written" in press(book, "write_import")
    row = shown(book)
    assert row["结果 Outcome"] == "待确认 to confirm"
    assert row["目标列 Target"] is None
    assert "nothing to write" in press(book, "write_import")


def test_writing_needs_a_preview(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    assert "no preview to write" in press(book, "write_import")
    press(book, "import_export", str(wind_export(tmp_path)))
    book.impl.workbook["import"]["A1"].value = None
    assert "import of its own" in press(book, "write_import")


def test_a_sheet_of_the_users_own_is_never_replaced(tmp_path: Path) -> None:
    own = [["my", "own"], ["import", "list"]]
    book = open_book(gap_book(tmp_path, **{"import": own, "checks": own}))
    before = contents(book)
    for action in ("import_export", "write_import", "check_data"):
        assert "of its own, which is not replaced" in press(
            book, action, str(wind_export(tmp_path))
        )
    assert contents(book) == before
    # A sheet of the Chinese name that is not ours is passed by.
    other = open_book(gap_book(tmp_path, **{"导入": own}))
    press(other, "import_export", str(wind_export(tmp_path)))
    assert other.impl.workbook["导入"]["A1"].value == "my"
    assert other.impl.workbook["import"]["A1"].value == MARK


def test_a_shorter_preview_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    long = export(tmp_path, wind(["甲指标", "x", "y", "z"], DAYS, [NEW] * 4), "long.xlsx")
    press(book, "import_export", str(long))
    press(book, "import_export", str(wind_export(tmp_path)))
    sheet = book.impl.workbook["import"]
    assert "z" not in [cell.value for cell in sheet["A"]]


@pytest.mark.parametrize(
    ("what", "which"),
    [("write", 0), ("write", 1), ("write", 2), ("insert", 0), ("insert", 1), ("calculate", 0)],
)
def test_a_failure_puts_everything_back(tmp_path: Path, what: str, which: int) -> None:
    data = changed(GAPS, {(3, 5): Formula("=B4*2", 2.0), (5, 1): "1,234"})
    book = open_book(gap_book(tmp_path, data=data))
    press(book, "import_export", "\n".join(map(str, (wind_export(tmp_path), quotes(tmp_path)))))
    for row in range(4, 7):
        book.impl.workbook["data"].cell(row, 2).number_format = "@"
    before, results = contents(book), dict(book.impl.results)
    formats = {c.coordinate: c.number_format for r in book.impl.workbook["data"] for c in r}
    seen: list[str] = []

    def fail(done: str) -> None:
        seen.append(done)
        if done == what and seen.count(what) == which + 1:
            raise RuntimeError("no")

    app(book).before = fail
    said = press(book, "write_import")
    assert "nothing was changed" in said
    app(book).before = lambda done: None
    assert contents(book) == before
    assert book.impl.results == results
    after = {c.coordinate: c.number_format for r in book.impl.workbook["data"] for c in r}
    assert {k: v for k, v in after.items() if k in formats} == formats
    assert app(book).state == NORMAL
    assert " added" in press(book, "write_import")


def test_what_cannot_be_put_back_is_said(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    press(book, "import_export", str(wind_export(tmp_path)))

    def fail(done: str) -> None:
        if done in ("write", "delete"):
            raise RuntimeError("no")

    app(book).before = fail
    assert "Close this book without saving" in press(book, "write_import")


def test_protected_busy_and_read_only_books(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    press(book, "import_export", str(wind_export(tmp_path)))
    before = contents(book)
    book.impl.protected.add("data")
    assert "Unprotect" in press(book, "write_import")
    assert contents(book) == before
    book.impl.protected.clear()

    def busy(what: str) -> None:
        if what == "insert":
            raise com_error(-2147418111)

    app(book).before = busy
    assert "Excel is busy" in press(book, "write_import")
    app(book).before = lambda done: None
    assert contents(book) == before
    book.impl.api.ReadOnly = True
    for action in ("import_export", "write_import", "check_data"):
        assert "open read-only" in press(book, action, str(wind_export(tmp_path)))
    assert contents(book) == before


@pytest.mark.parametrize("action", ["import_export", "write_import", "check_data"])
def test_a_busy_excel_is_waited_for(tmp_path: Path, action: str) -> None:
    book = open_book(gap_book(tmp_path))
    press(book, "import_export", str(wind_export(tmp_path)))
    tries = {"read": 3, "write": 3, "insert": 3}

    def busy(what: str) -> None:
        if tries.get(what):
            tries[what] -= 1
            raise com_error(-2147418111)

    app(book).before = busy
    said = press(book, action, str(wind_export(tmp_path)))
    assert "busy" not in said
    assert "error (" not in said
    assert tries["read"] == tries["write"] == 0
    if action == "write_import":
        assert " added" in said
        assert [c.value for c in book.impl.workbook["data"]["B"]][3:11] == NEW


@pytest.mark.parametrize("descending", [False, True])
def test_months_are_inserted_between_rows_with_their_look(tmp_path: Path, descending: bool) -> None:
    rows = [*GAPS[:3], *(GAPS[3:6][::-1] if descending else GAPS[3:6]), *GAPS[6:]]
    book = open_book(gap_book(tmp_path, data=rows))
    app(book).cut_copy_mode = "copy"
    sheet = book.impl.workbook["data"]
    for row in range(4, 7):
        sheet.cell(row, 2).number_format = "0.000"
        sheet.cell(row, 1).number_format = "yyyy/m"
    imported(book, wind_export(tmp_path))
    cells = [[c.value for c in row[:3]] for row in sheet.iter_rows(min_row=4, max_row=13)]
    wanted = dict(zip(DAYS, NEW, strict=True))
    held = {MONTHS[0]: 2.0, MONTHS[2]: 4.0, MONTHS[3]: 5.0}
    order = DAYS[::-1] if descending else DAYS
    assert [(d.date(), a, b) for d, a, b in cells[:8]] == [
        (d, wanted[d], held.get(d)) for d in order
    ]
    assert cells[9][0] == "数据来源：Wind"
    shown_as = {(c.number_format) for row in sheet.iter_rows(4, 11, 2, 2) for c in row}
    assert shown_as == {"0.000"}
    assert {c.number_format for row in sheet.iter_rows(4, 11, 1, 1) for c in row} == {"yyyy/m"}


def test_rows_at_the_end_look_like_the_last_one(tmp_path: Path) -> None:
    book = open_book(toy_book(tmp_path))
    sheet = book.impl.workbook["data"]
    sheet["A7"].number_format, sheet["B7"].number_format = "yyyy/m", "0.00"
    imported(book, wind_export(tmp_path, NEW[2:], DAYS[2:]))
    assert [sheet.cell(r, 1).number_format for r in (8, 9)] == ["yyyy/m"] * 2
    assert [sheet.cell(r, 2).number_format for r in (6, 8, 9)] == ["General", "0.00", "0.00"]
    assert [sheet.cell(r, 2).value for r in (8, 9)] == NEW[-2:]
    assert sheet.max_row == 9


def test_formulas_elsewhere_stay_and_the_new_rows_are_pointed_out(tmp_path: Path) -> None:
    data = changed(GAPS, {(3, 5): Formula("=B4*2", 2.0)})
    path = gap_book(tmp_path, data=data)
    book = open_book(path)
    done: list[str] = []
    app(book).before = done.append
    said = imported(book, wind_export(tmp_path))
    # What the formulas make of the new values is there before the values are kept.
    assert "read" in done[done.index("calculate") :]
    assert "write" not in done[done.index("calculate") :]
    assert "5 rows were inserted into the sheet data" in said
    assert "columns F" in said
    cells = book.impl.workbook["data"]
    # Excel would write =B6*2; the engine of these tests moves a formula as it stands.
    assert [cells.cell(r, 6).value for r in range(4, 9)] == [None, None, "=B4*2", None, None]
    assert cells["B6"].value == NEW[2]


def test_a_formula_is_never_overwritten(tmp_path: Path) -> None:
    data = changed(GAPS, {(4, 1): Formula("=1+2", 3.0)})
    book = open_book(gap_book(tmp_path, data=data))
    press(book, "import_export", str(wind_export(tmp_path)))
    before = contents(book)
    said = press(book, "write_import")
    assert "data!B5: " in said
    assert "holds a formula" in said
    assert contents(book) == before


def test_a_number_does_not_become_a_text_in_a_column_of_texts(tmp_path: Path) -> None:
    book = open_book(toy_book(tmp_path))
    sheet = book.impl.workbook["data"]
    for row in range(4, 8):
        sheet.cell(row, 2).number_format = "@"
    imported(book, wind_export(tmp_path, NEW[2:], DAYS[2:]))
    assert {sheet.cell(row, 2).number_format for row in range(4, 10)} == {"General"}
    assert [sheet.cell(row, 2).value for row in range(4, 10)] == NEW[2:]


def test_unsaved_edits_count_and_the_file_is_left_alone(tmp_path: Path) -> None:
    path = toy_book(tmp_path)
    content = path.read_bytes()
    book = open_book(path)
    book.impl.workbook["data"]["B4"].value = 9.0
    said = press(book, "import_export", str(wind_export(tmp_path, [9.0, 2.0, 3.0, 5.0], MONTHS)))
    assert "0 values new, 1 changed" in said
    press(book, "write_import")
    assert path.read_bytes() == content
    assert not (tmp_path / ".prosperity-backups").exists()


@pytest.mark.parametrize("fullname", ["Book1", "https://d.docs.live.net/1/book.xlsx"])
def test_a_book_without_a_file_here_is_filled_and_nothing_is_kept(
    tmp_path: Path, fullname: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = open_book(gap_book(tmp_path))
    monkeypatch.setattr(type(book.impl), "fullname", property(lambda self: fullname))
    monkeypatch.chdir(tmp_path)
    said = imported(book, wind_export(tmp_path))
    assert "5 values added, 3 changed" in said
    assert "not saved on a disk of this machine" in said
    assert not list(tmp_path.glob("*.sqlite"))
    assert "checks" in press(book, "check_data")


def test_a_book_that_is_not_ours(tmp_path: Path) -> None:
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["hello"]]}))
    before = contents(book)
    assert "no data sheet to fill" in press(book, "import_export", str(wind_export(tmp_path)))
    assert "nothing to check" in press(book, "check_data")
    assert contents(book) == before


def test_bad_files_give_a_sentence_and_change_nothing(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    before = contents(book)
    damaged = tmp_path / "bad.xlsx"
    damaged.write_bytes(b"PK\x03\x04garbage")
    assert "damaged" in press(book, "import_export", str(damaged))
    assert "no such file" in press(book, "import_export", str(tmp_path / "none.xlsx"))
    assert contents(book) == before
    unknown = export(tmp_path, [["hello", "world"], [1, 2]])
    assert "0 series would be written" in press(book, "import_export", str(unknown))
    texts = [str(c.value) for c in book.impl.workbook["import"]["A"]]
    assert any("未识别 not recognised" in text for text in texts)


def test_few_calls_write_many_cells() -> None:
    cells = {(r, c): float(r * c) for r in range(5, 200) for c in range(1, 40)}
    (block,) = blocks(cells)
    assert (block.row, block.column, len(block.rows), len(block.rows[0])) == (5, 1, 195, 39)
    assert block.rows[0][38] == 195.0
    apart = {(1, 1): 1.0, (2, 1): 2.0, (4, 1): 3.0, (1, 2): 4.0, (2, 2): 5.0, (1, 4): 6.0}
    assert sorted(blocks(apart), key=lambda b: (b.row, b.column)) == [
        Block(1, 1, ((1.0, 4.0), (2.0, 5.0))), Block(1, 4, ((6.0,),)), Block(4, 1, ((3.0,),)),
    ]  # fmt: skip


def test_a_run_as_of_a_day_uses_what_was_kept_beside_the_open_book(
    library: Path, tmp_path: Path
) -> None:
    path = tmp_path / "autos.xlsx"
    shutil.copy(library / "autos.xlsx", path)
    vintages.keep(path, read_book(path).panel, at=datetime(2015, 6, 30, 9), event="import")
    expected = run_books([path], settings=Settings(as_of=date(2015, 6, 30))).results["autos"]
    book = open_book(path)
    sheet = book.impl.workbook["data"]
    for row in range(20, 60):
        sheet.cell(row, 2).value = 99.0 + row % 7
    press(book, "as_of", "2015-06-30")
    press(book, "refresh_industry")
    newest = months_of(book, "result")[-1]
    assert newest["composite"] == pytest.approx(expected.composite.iloc[-1], abs=1e-12)
    vintages.store_path(path).unlink()
    press(book, "refresh_industry")
    revised = months_of(book, "result")[-1]
    assert revised["composite"] != pytest.approx(expected.composite.iloc[-1], abs=1e-6)


# -- check ------------------------------------------------------------------------------------


def test_check_finds_what_the_shell_finds(library: Path, tmp_path: Path) -> None:
    path = tmp_path / "autos.xlsx"
    shutil.copy(library / "autos.xlsx", path)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["data"]
    for row, column, value in ((20, 2, "１２．５"), (21, 2, "#N/A"), (22, 2, "半填"),
                               (30, 3, 9e9), (40, 4, None), (41, 4, None)):  # fmt: skip
        sheet.cell(row, column).value = value
    workbook["prices"].cell(20, 2).value = -1.0
    workbook.save(path)
    book = open_book(path)
    said = press(book, "check_data")
    expected = sheet_rows(checked(path, date.today().isoformat()))
    assert len(expected) > 5
    found = list(book.impl.workbook["checks"].iter_rows(values_only=True))
    assert found == [tuple(text or None for text in row) for row in expected]
    assert {"data!B22", "data!B20", "prices!B20"} <= {row[2] for row in found}
    assert "errors" in said
    assert "See the sheet checks" in said


def test_check_counts_unsaved_edits_and_what_was_kept(tmp_path: Path) -> None:
    path = gap_book(tmp_path)
    book = open_book(path)
    imported(book, wind_export(tmp_path))
    book.impl.workbook["data"]["C6"].value = 77.0
    book.impl.workbook["data"]["D6"].value = "abc"
    press(book, "check_data")
    rows = list(book.impl.workbook["checks"].iter_rows(values_only=True))
    places = {(row[2], row[1]) for row in rows}
    assert ("data!D6", "error") in places
    assert any(row[2] == "data!C6" and "改变" in str(row[4]) for row in rows)
    book.impl.workbook["data"]["D6"].value = 3.0
    press(book, "check_data")
    assert "data!D6" not in {row[2].value for row in book.impl.workbook["checks"].iter_rows()}


def test_the_sheet_of_checks_is_the_shells(tmp_path: Path) -> None:
    from prosperity_excel.checks.listing import write_checks

    path = gap_book(tmp_path)
    write_checks(path, checked(path, date.today().isoformat()))
    book = open_book(path)
    before = filled(book.impl.workbook, "checks")
    press(book, "check_data")
    assert filled(book.impl.workbook, "checks") == before
    assert [c.value for c in book.impl.workbook["checks"][1]] == list(SHEET_HEAD)


def test_messages_come_in_one_language(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    write_user({"language": "en"})
    assert press(book, "import_export", str(wind_export(tmp_path))) == (
        "1 series would be written: 5 values new, 3 changed; 0 series have no column. Look at the "
        "sheet import, then press Write import."
    )
    write_user({"language": "zh"})
    assert press(book, "write_import").startswith("book.xlsx: 写入 5 个新值，改动 3 个；")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A Wind terminal that has the toy book's series, asked here and not in a child."""
    made = Terminal({"M0001385": dict(zip(DAYS, NEW, strict=True))})
    monkeypatch.setitem(sys.modules, "WindPy", standin(made))

    def here(task: str, books: Any, *, progress: Any, cancelled: Any, **given: Any) -> Any:
        return work.TASKS[task](books, progress=work.stoppable(progress, cancelled), **given)

    monkeypatch.setattr(work, "in_child", here)
    return made


def vendor_book(folder: Path) -> Path:
    return gap_book(folder, data=[["指标ID", "M0001385"], *GAPS])


def test_updating_asks_first_shows_and_then_writes(tmp_path: Path, terminal: Terminal) -> None:
    book = open_book(vendor_book(tmp_path))
    before = contents(book)["data"]
    _, question = ribbon.carry_out("update_data", "", book)
    assert "额度" in question
    assert terminal.calls == []
    ribbon.carry_out("update_data", "", book, agreed=question)
    assert ("M0001385",) in terminal.calls
    asked = list(terminal.calls)
    assert shown(book, "a:同比")["结果 Outcome"].startswith("将写入")
    assert contents(book)["data"] == before, "only a preview so far"
    press(book, "write_import")
    assert contents(book)["data"] != before
    assert terminal.calls == asked, "what was shown is written, not asked for again"


def test_an_update_that_nobody_can_answer(tmp_path: Path) -> None:
    book = open_book(gap_book(tmp_path))
    assert "没有可取的列" in press(book, "update_data")
