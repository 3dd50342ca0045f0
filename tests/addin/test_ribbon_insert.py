"""The ribbon's buttons that write at a cell, explain one, and take back what was written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xlwings as xw
from prosperity_excel.excel import dressing, ribbon
from prosperity_excel.excel.actions import inserting
from prosperity_excel.excel.actions.inserting import call_text
from prosperity_excel.excel.actions.press import DESK
from prosperity_excel.excel.buttons import SHOWN
from prosperity_excel.formulas import formula_calls
from prosperity_excel.formulas.arguments import ArgumentError
from prosperity_excel.formulas.formula_calls import Call, call_in
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.runs.settings import write_user

from .books import save
from .file_engine import Range, open_book
from .test_ribbon import app, contents, fresh, press

__all__ = ["fresh"]


@pytest.fixture(autouse=True)
def desk() -> None:
    DESK.clear()


@pytest.fixture
def plain(library: Path, tmp_path: Path) -> xw.Book:
    """Give an empty book that sees the library, with the cell B2 of Sheet1 selected."""
    write_user({"library": str(library), "language": "en"})
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [["hello"]]}))
    select(book, "B2")
    return book


@pytest.fixture
def old_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the engine one without formulas that spill."""

    def missing(*_: Any) -> Any:
        raise AttributeError("Formula2")

    monkeypatch.setattr(Range, "formula2", property(missing, missing))


def select(book: xw.Book, address: str) -> None:
    app(book).selected = book.sheets["Sheet1"].range(address).impl


def value(book: xw.Book, address: str) -> Any:
    return book.impl.workbook["Sheet1"][address].value


def state(book: xw.Book | None) -> dict[str, str]:
    names = [*SHOWN, "resting", "on_opening"]
    return dict(zip(names, ribbon._state(book), strict=True))


# -- formulas --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picks", "formula"),
    [
        ({"pick_industry": "glass"}, '=PROSPERITY("glass")'),
        ({"pick_industry": "玻璃", "pick_field": "变化"}, '=PROSPERITY("glass",,"change")'),
        (
            {"pick_industry": "Glass", "pick_month": "2018年6月", "pick_field": "signal"},
            '=PROSPERITY("glass","2018-06","signal")',
        ),
        ({"pick_industry": "banks", "pick_month": "2018-06-15"},
         '=PROSPERITY("banks","2018-06-15")'),
    ],
)  # fmt: skip
def test_the_formula_of_what_was_picked(
    plain: xw.Book, picks: dict[str, str], formula: str
) -> None:
    for name, given in picks.items():
        assert press(plain, name, given) == ""
    assert press(plain, "insert_formula") == ""
    assert value(plain, "B2") == formula
    shown = state(plain)
    assert {name: shown[name] for name in picks} == picks


def test_a_dimension_is_named_by_its_id_and_a_text_keeps_its_quotes(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    offered = inserting.choices(ribbon.Press(SESSION, plain, "", ribbon._silent),
                                       "pick_field")  # fmt: skip
    model = SESSION.view("").world.definition("glass")
    part = model.dimensions[0]
    assert offered[-len(model.dimensions)] == part.name_en
    press(plain, "pick_field", part.name_zh)
    press(plain, "insert_formula")
    assert value(plain, "B2") == f'=PROSPERITY("glass",,"{part.id}")'
    assert call_text("F", 'a"b', "", "") == '=F("a""b")'


def test_wrong_picks_are_refused_and_the_old_ones_stay(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    assert "Nearest" in press(plain, "pick_industry", "glasz")
    assert "is not a date" in press(plain, "pick_month", "someday")
    assert state(plain)["pick_industry"] == "glass"
    assert state(plain)["pick_month"] == ""
    press(plain, "pick_field", "nosuch")
    assert "field" in press(plain, "insert_formula")
    assert value(plain, "B2") is None


def test_what_stands_in_the_cell_goes_only_after_a_question(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    select(plain, "A1")
    message, question = ribbon.carry_out("insert_formula", "", plain)
    assert (message, value(plain, "A1")) == ("", "hello")
    assert "A1" in question
    # Only a yes to this very question counts.
    again = ribbon.carry_out("insert_formula", "", plain, "another question")
    assert (again, value(plain, "A1")) == (("", question), "hello")
    assert ribbon.carry_out("insert_formula", "", plain, question) == ("", "")
    assert value(plain, "A1") == '=PROSPERITY("glass")'
    assert "Undone" in press(plain, "undo")
    assert value(plain, "A1") == "hello"


def test_nothing_selected_protected_and_read_only(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    app(plain).selected = None
    assert "Select a cell" in press(plain, "insert_formula")
    select(plain, "B2")
    plain.impl.protected.add("Sheet1")
    assert "Unprotect" in press(plain, "insert_formula")
    plain.impl.protected.clear()
    plain.impl.api.ReadOnly = True
    assert "read-only" in press(plain, "insert_formula")
    assert value(plain, "B2") is None


def test_the_lists_of_the_boxes(plain: xw.Book) -> None:
    xw.Book.set_mock_caller(plain)
    try:
        industries, months, fields = (
            ribbon.choices(f"pick_{name}")[0] for name in ("industry", "month", "field")
        )
    finally:
        del xw.Book._mock_caller
    assert industries[0] == months[0] == fields[0] == ""
    assert {"Glass", "Automobiles"} & set(industries)
    assert months[1] == ""
    assert len(months) > 30
    assert "composite" in fields
    for label in industries[1:6]:
        assert press(plain, "pick_industry", label) == ""
    for label in fields[1:]:
        press(plain, "pick_industry", "glass")
        press(plain, "pick_field", label)
        assert press(plain, "insert_formula") == ""
        press(plain, "undo")


# -- tables, charts, arrays ------------------------------------------------------------------


def test_a_table_is_live_and_says_how_old_it_is(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    press(plain, "pick_month", "2018-01")
    assert press(plain, "insert_table") == ""
    sheet = plain.impl.workbook["Sheet1"]
    rows = [[sheet.cell(r, c).value for c in (2, 3, 4)] for r in range(2, 8)]
    assert rows[0][0].startswith("Glass")
    assert rows[1][:2] == ["Decision date", '=PROSPERITY("glass",,"asof")']
    assert rows[2][:2] == ["Days overdue", '=PROSPERITY("glass",,"overdue")']
    assert rows[2][2] == '=IFERROR(IF(C4>0,"▲ overdue",""),"")'
    assert rows[3][0] == "Month"
    assert rows[4] == ['=PROSPERITY_SERIES("glass",,"2018-01")', None, None]
    assert [sheet.cell(6, c).number_format for c in (2, 3)] == ["yyyy-mm-dd", "0.00"]
    assert sheet.cell(17, 3).number_format == "0.00"
    assert sheet["C3"].number_format == "yyyy-mm-dd"
    assert "Undone" in press(plain, "undo")
    assert contents(plain) == {"Sheet1": [["hello", None, None, None]]}
    assert sheet.cell(6, 2).number_format == "General"


@pytest.mark.usefixtures("old_excel")
def test_without_spilling_a_table_is_an_array_formula_of_the_right_size(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    press(plain, "pick_month", "2018-01")
    press(plain, "insert_table")
    assert plain.impl.arrays == {("Sheet1", "$B$6:$C$17"): '=PROSPERITY_SERIES("glass",,"2018-01")'}


def test_a_table_looks_at_every_cell_that_it_will_fill(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    press(plain, "pick_month", "2018-01")
    plain.impl.workbook["Sheet1"]["C17"].value = 1.0
    _, question = ribbon.carry_out("insert_table", "", plain)
    assert "B2:D17" in question
    assert value(plain, "B2") is None
    plain.impl.workbook["Sheet1"]["C17"].value = None
    plain.impl.workbook["Sheet1"]["C18"].value = 1.0
    assert ribbon.carry_out("insert_table", "", plain) == ("", "")


def test_a_table_of_an_industry_without_data_says_why(plain: xw.Book) -> None:
    press(plain, "pick_industry", "steel")
    before = contents(plain)
    assert "steel" in press(plain, "insert_table").casefold()
    assert contents(plain) == before


def test_a_chart_is_drawn_from_the_table_beside_it_or_both_are_not(plain: xw.Book) -> None:
    press(plain, "pick_industry", "glass")
    press(plain, "pick_month", "2018-01")

    def fail(what: str) -> None:
        if what == "chart":
            raise RuntimeError("no")

    before = contents(plain)
    app(plain).before = fail
    assert "cannot be written (no)" in press(plain, "insert_chart")
    assert contents(plain)["Sheet1"][0][:1] == before["Sheet1"][0][:1]
    assert value(plain, "B2") is None
    assert plain.impl.charts_drawn == {"Sheet1": []}
    app(plain).before = lambda what: None
    assert press(plain, "insert_chart") == ""
    (chart,) = plain.impl.charts_drawn["Sheet1"]
    assert (chart.chart_type, chart.source) == ("line", "$B$5:$C$17")
    press(plain, "undo")
    assert plain.impl.charts_drawn["Sheet1"] == []
    assert value(plain, "B2") is None


@pytest.mark.usefixtures("old_excel")
def test_a_function_is_entered_as_an_array_that_fits(plain: xw.Book) -> None:
    sheet = plain.impl.workbook["Sheet1"]
    sheet["A3"].value = "glass"
    formula = '=PROSPERITY_SERIES(A3,"change",DATE(2018,7,1))'
    sheet["B2"].value = formula
    assert press(plain, "enter_array") == "Entered into B2:C7."
    assert plain.impl.arrays == {("Sheet1", "$B$2:$C$7"): formula}
    press(plain, "undo")
    assert value(plain, "B2") == formula
    sheet["C7"].value = 0.0
    assert "B2:C7" in press(plain, "enter_array")
    assert sheet["C7"].value == 0.0
    sheet["C7"].value = None
    sheet["B2"].value = '=PROSPERITY_SERIES("nosuch")'
    assert "nosuch" in press(plain, "enter_array")
    for other, said in (
        ("=1+PROSPERITY()", "one PROSPERITY function"),
        ("=PROSPERITY_SERIES(UPPER(A3))", "computed by Excel"),
        ("5", "one PROSPERITY function"),
    ):
        sheet["B2"].value = other
        assert said in press(plain, "enter_array")
    assert "enter_array" not in state(plain)["resting"]


def test_where_formulas_spill_there_is_nothing_to_enter(plain: xw.Book) -> None:
    assert "spill by themselves" in press(plain, "enter_array")
    assert " enter_array " in state(plain)["resting"]


@pytest.mark.parametrize(
    ("formula", "arguments"),
    [
        ('=PROSPERITY("glass")', ("glass", None, None, None)),
        ('=prosperity( "a ""b"", c" , 202403 ,TRUE)', ('a "b", c', 202403.0, True, None)),
        ("=@PROSPERITY(A1,,Other!$B$2)", ("hello", None, 7.0, None)),
        ("='C:\\x\\prosperity.xlam'!PROSPERITY('It''s'!A1)", ("there", None, None, None)),
        ('=PROSPERITY(",)(",-1.5)', (",)(", -1.5, None, None)),
    ],
)
def test_arguments_are_read_and_never_run(
    tmp_path: Path, formula: str, arguments: tuple[Any, ...]
) -> None:
    sheets = {"Sheet1": [["hello"]], "Other": [[None], [None, 7]], "It's": [["there"]]}
    book = open_book(save(tmp_path / "plain.xlsx", sheets))
    cell = book.sheets["Sheet1"]["C3"]
    book.impl.workbook["Sheet1"]["C3"].value = formula
    assert call_in(cell) == Call("PROSPERITY", arguments)


@pytest.mark.parametrize(
    "formula", ["=PROSPERITY(1)+1", "=SUM(1)", "x", "=PROSPERITY(1,2,3,4,5)", "=PROSPERITYX(1)"]
)
def test_other_formulas_are_no_call(tmp_path: Path, formula: str) -> None:
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [[formula]]}))
    assert call_in(book.sheets["Sheet1"]["A1"]) is None


@pytest.mark.parametrize("argument", ["A1:B2", "1+1", "NOW()", "[x.xlsx]S!A1", "DATE(2020,13,1)"])
def test_what_excel_computes_is_not_guessed(tmp_path: Path, argument: str) -> None:
    book = open_book(save(tmp_path / "plain.xlsx", {"Sheet1": [[f"=PROSPERITY({argument})"]]}))
    with pytest.raises(ArgumentError, match="computed by Excel"):
        call_in(book.sheets["Sheet1"]["A1"])


# -- why -------------------------------------------------------------------------------------


def test_why_says_what_a_value_is_made_of_and_lists_it_on_request(plain: xw.Book) -> None:
    plain.impl.workbook["Sheet1"]["B2"].value = '=PROSPERITY("glass","2018-06")'
    message, question = ribbon.carry_out("explain", "", plain)
    assert message == ""
    assert "Glass 2018-06" in question
    assert "Largest contributions" in question
    assert list(contents(plain)) == ["Sheet1"]
    assert ribbon.carry_out("explain", "", plain, question) == ("", "")
    rows = contents(plain)["contributions"]
    assert rows[0][2:4] == ["2018-06", '=PROSPERITY_CONTRIB("glass","2018-06")']
    result = SESSION.results.industry(
        SESSION.view("").world.holder("glass")[1], "glass", SESSION.view("").resolved.settings,
        SESSION.today(),
    )  # fmt: skip
    parts = [row[3] for row in rows[3:] if isinstance(row[3], float)]
    assert sum(parts) == pytest.approx(result.composite["2018-06-30"])
    assert plain.impl.shown == "contributions"


def test_why_of_the_newest_month_says_signal_and_age(plain: xw.Book) -> None:
    plain.impl.workbook["Sheet1"]["B2"].value = "glass"
    question = ribbon.carry_out("explain", "", plain)[1]
    assert "Glass 2018-12" in question
    assert "overdue" in question


def test_why_of_an_error_and_of_nothing(plain: xw.Book) -> None:
    sheet = plain.impl.workbook["Sheet1"]
    sheet["B2"].value = '=PROSPERITY("glass","1950-01")'
    plain.impl.results["Sheet1", 2, 2] = "#N/A"
    from prosperity_excel.formulas.serve import serve

    serve("PROSPERITY", plain.sheets["Sheet1"]["B2"], ("glass", "1950-01", None, None))
    assert "1950-01" in press(plain, "explain")
    select(plain, "A1")
    assert press(plain, "explain") == "No error and no warning."


# -- undo ------------------------------------------------------------------------------------


def test_undo_of_a_refresh_brings_the_old_sheets_back_and_takes_new_ones_away(
    plain: xw.Book,
) -> None:
    before = contents(plain)
    assert " undo " not in state(plain)["resting"]
    press(plain, "refresh_all")
    first = contents(plain)
    assert "result_glass" in first
    press(plain, "refresh_backtests")
    assert "Refresh backtests" in press(plain, "undo")
    assert contents(plain) == first
    assert "Refresh all" in press(plain, "undo")
    assert contents(plain) == before
    assert "since Excel was started" in press(plain, "undo")


def test_undo_never_takes_what_somebody_typed_since(plain: xw.Book) -> None:
    press(plain, "refresh_backtests")
    plain.impl.workbook["backtest"]["A9"].value = "a note"
    held = contents(plain)
    assert "changed or deleted since" in press(plain, "undo")
    assert contents(plain) == held
    del plain.impl.workbook["backtest"]
    assert "changed or deleted since" in press(plain, "undo")


def test_undo_keeps_no_object_of_excels(plain: xw.Book) -> None:
    """An object that is kept would keep Excel's process alive after its window is closed."""
    press(plain, "refresh_all")
    press(plain, "pick_industry", "glass")
    press(plain, "insert_chart")
    kinds: set[type] = set()

    def look(thing: Any) -> None:
        if isinstance(thing, list | tuple):
            for part in thing:
                look(part)
        elif hasattr(thing, "__dataclass_fields__"):
            look(tuple(vars(thing).values()))
        else:
            kinds.add(type(thing))

    look(list(DESK.history._books.values()))
    assert {kind.__module__ for kind in kinds} <= {"builtins", "datetime"}


# -- how results look ------------------------------------------------------------------------


def spilled(monkeypatch: pytest.MonkeyPatch, parent: str, height: int, width: int) -> None:
    """Make the engine say that a cell's formula spills."""

    def told(self: Range) -> Any:
        if self.address != parent:
            return SimpleNamespace()
        area = SimpleNamespace(
            Row=self.row, Column=self.column,
            Rows=SimpleNamespace(Count=height), Columns=SimpleNamespace(Count=width),
        )  # fmt: skip
        return SimpleNamespace(HasSpill=True, SpillingToRange=area)

    monkeypatch.setattr(Range, "api", property(told))


def test_results_in_general_cells_are_shown_as_dates_and_numbers(
    plain: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = plain.impl.workbook["Sheet1"]
    sheet["B2"].value = '=PROSPERITY_SERIES("glass",,"2018-07")'
    sheet["E2"].value = '=PROSPERITY("glass")'
    sheet["E3"].value = '=PROSPERITY_SIGNAL("glass")'
    sheet["E4"].value = '=1*PROSPERITY("glass")'
    sheet["E5"].value = '=PROSPERITY("glass")'
    sheet["E5"].number_format = "0.0000"
    spilled(monkeypatch, "$B$2", 6, 2)
    assert dressing.dress(plain) == 3
    looks = {cell.coordinate: cell.number_format for row in sheet["B1:E8"] for cell in row}
    assert {looks[f"B{n}"] for n in range(2, 8)} == {"yyyy-mm-dd"}
    assert {looks[f"C{n}"] for n in range(2, 8)} == {"0.00"}
    assert looks["E2"] == "0.00"
    assert [looks[c] for c in ("B8", "C1", "D2", "E3", "E4", "E5")] == [
        "General", "General", "General", "General", "General", "0.0000"]  # fmt: skip
    assert dressing.dress(plain) == 0


def test_results_keep_their_looks_where_the_user_says_so(plain: xw.Book) -> None:
    plain.impl.workbook["Sheet1"]["B2"].value = '=PROSPERITY("glass")'
    xw.Book.set_mock_caller(plain)
    try:
        write_user({"format_results": "off"})
        ribbon.dress()
        assert plain.impl.workbook["Sheet1"]["B2"].number_format == "General"
        write_user({"format_results": "on"})
        ribbon.dress()
        assert plain.impl.workbook["Sheet1"]["B2"].number_format == "0.00"
    finally:
        del xw.Book._mock_caller


def test_headings_and_whole_numbers_have_no_format() -> None:
    assert dressing.format_of(["Rank", 1.0, 2.0]) is None
    assert dressing.format_of(["x", "#PROSPERITY:2042", 0.25]) == "0.00"
    assert dressing.format_of([]) is None


def test_formula_calls_has_no_way_to_run_anything() -> None:
    source = Path(formula_calls.__file__).read_text("utf-8")
    assert "eval(" not in source
    assert "Evaluate" not in source
