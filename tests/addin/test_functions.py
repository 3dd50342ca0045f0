"""Every worksheet function through xlwings' own COM server, as the add-in's VBA calls it."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prosperity.catalog import catalog
from prosperity.errors import DataError
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.excel import functions
from prosperity_excel.excel.buttons import SHOWN, SHOWN_SETTINGS
from prosperity_excel.formulas import serve, views
from prosperity_excel.formulas import sources as library_module
from prosperity_excel.formulas.cell_values import ABSENT, MARK, NUMBERS, error_value
from prosperity_excel.formulas.evidence_answers import PARTS, Bench
from prosperity_excel.formulas.parts import EVIDENCE_PARTS, FIELDS
from prosperity_excel.formulas.registry import BY_NAME, FUNCTIONS
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.runs.settings import write_user
from prosperity_excel.template.template import write_template

from tests.addin.conftest import sample_book
from tests.addin.excel_com import ERRORS, MISSING, Cells, Excel, Grid, call, com_error, server


def error(name: str) -> str:
    return f"{MARK}{NUMBERS[name]}"


NA, VALUE, REF, NUM, NULL = (error(e) for e in ("#N/A", "#VALUE!", "#REF!", "#NUM!", "#NULL!"))


@pytest.mark.parametrize("code", ABSENT)
def test_what_is_not_there_is_na_and_no_wrong_number(code: str) -> None:
    assert error_value(DataError(code, "没有", "none")) == "#N/A"
    assert error_value(DataError("bad_series", "错", "wrong")) == "#NUM!"


def test_too_few_months_are_na_in_a_cell(tmp_path: Path) -> None:
    """There is no composite yet, which is no fault of the data: #N/A, as for any other value."""
    model = catalog()["autos"]
    panel = simulate([model], first="2016-01", last="2017-12")
    write_template([model], tmp_path / "autos.xlsx", panel=panel)
    _, at = with_sheet(tmp_path / "autos.xlsx")
    assert call("PROSPERITY", "autos", caller=at) == NA
    assert "too little history" in call("PROSPERITY_WHY", "autos", caller=at)


class Now:
    """A clock that only tests move."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    clock = Now()
    SESSION.clear()
    monkeypatch.setattr(SESSION, "told", False)
    monkeypatch.setattr(SESSION, "now", clock)
    server()
    return clock


def with_sheet(path: Path) -> tuple[Excel, Cells]:
    """Open a book with one more sheet, and give a cell of it."""
    book = Excel.open(path)
    book.Worksheets.append(Grid(book, "calc"))
    return book, book["calc"].Cells(2, 2)


@pytest.fixture
def autos(library: Path) -> tuple[Excel, Cells]:
    return with_sheet(library / "autos.xlsx")


@pytest.fixture
def at(autos: tuple[Excel, Cells]) -> Cells:
    """Give a calling cell in a workbook that holds autos."""
    return autos[1]


@pytest.fixture
def desk(library: Path) -> Cells:
    """Give a calling cell in a workbook without our sheets, with the library set."""
    write_user({"library": str(library)})
    return Excel("/desk/desk.xlsx")["Sheet1"].Cells(1, 1)


@pytest.fixture(scope="session")
def told(library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what ``prosperity run --json`` says of the library's books."""
    out = tmp_path_factory.mktemp("json") / "out.json"
    books = [str(library / f"{id}.xlsx") for id in ("autos", "banks", "glass")]
    done = CliRunner().invoke(main, ["run", *books, "--json", str(out)])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))["industries"]
    return found


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_registry_and_the_functions_agree() -> None:
    for function in FUNCTIONS:
        info = getattr(functions, function.name).__xlfunc__
        assert [a["name"] for a in info["args"]] == [
            *(a.name for a in function.arguments), "caller"]  # fmt: skip
        optional = ["optional" in a for a in info["args"][:-1]]
        assert optional == [a.optional for a in function.arguments]
        assert info["call_in_wizard"] is False
        assert info["volatile"] is False
        assert info["category"] == "Prosperity 景气度"
    assert set(serve.ANSWERS) | {serve.WHY} == set(BY_NAME)


@pytest.mark.parametrize("id", ["autos", "banks", "glass"])
@pytest.mark.parametrize("field", ["composite", "change", "percentile", "signal"])
def test_values_are_those_of_run_json(
    desk: Cells, told: dict[str, Any], id: str, field: str
) -> None:
    found = call("PROSPERITY_SERIES", id, field, caller=desk)
    assert [row[0] for row in found] == [when(day) for day in told[id]["dates"]]
    expected = [NA if v is None else v for v in told[id][field]]
    assert [row[1] for row in found] == pytest.approx(expected, abs=1e-12)
    last = told[id]["dates"].index(told[id]["as_of"])
    assert call("PROSPERITY", id, MISSING, field, caller=desk) == pytest.approx(
        told[id][field][last], abs=1e-12
    )


def test_the_other_fields(at: Cells, told: dict[str, Any]) -> None:
    autos = told["autos"]
    value = call("PROSPERITY", "autos", MISSING, "liquidity", caller=at)
    assert value == pytest.approx(autos["dimensions"]["liquidity"][-1], abs=1e-12)
    assert call("PROSPERITY", "autos", MISSING, "流动性", caller=at) == value
    assert call("PROSPERITY", "autos", MISSING, "asof", caller=at) == when(
        autos["decision_dates"][-1]
    )
    position = call("PROSPERITY", "autos", MISSING, "position", caller=at)
    assert position == autos["backtest"]["position"][-1]
    fresh = call("PROSPERITY", "autos", MISSING, "freshness", caller=at)
    # The bond yield is of the decision day itself; since then it has only grown older.
    last = date.fromisoformat(autos["decision_dates"][-1])
    today = serve.SESSION.today()
    assert fresh == (today - last).days
    month = autos["as_of"][:7]
    then = autos["dates"][-14][:7]
    assert call("PROSPERITY", "autos", month, "freshness", caller=at) == fresh
    assert call("PROSPERITY", "autos", then, "freshness", caller=at) == 0.0
    overdue = call("PROSPERITY", "autos", MISSING, "overdue", caller=at)
    assert overdue == autos["freshness"]["overdue_days"] > 0
    assert call("PROSPERITY", "autos", MISSING, "逾期天数", caller=at) == overdue
    assert call("PROSPERITY", "autos", then, "overdue", caller=at) == NA
    assert call("PROSPERITY", "autos", MISSING, "simulated", caller=at) == 1.0
    why = call("PROSPERITY_WHY", "autos", caller=at)
    assert "overdue since" in why
    assert "Simulated data" in why
    assert call("PROSPERITY_SIGNAL", "autos", caller=at) == autos["signal"][-1]


def test_contributions_sum_to_the_composite_and_its_change(at: Cells, told: dict[str, Any]) -> None:
    rows = call("PROSPERITY_CONTRIB", "autos", "2015-06", caller=at)
    place = told["autos"]["dates"].index("2015-06-30")
    assert len(rows) == 1 + len(catalog()["autos"].members)
    assert sum(row[3] for row in rows[1:]) == pytest.approx(told["autos"]["composite"][place])
    assert sum(row[4] for row in rows[1:]) == pytest.approx(told["autos"]["change"][place])
    assert rows[0][0] == "指标 Indicator"


def test_backtest_and_net_values(at: Cells, told: dict[str, Any], library: Path) -> None:
    tested = told["autos"]["backtest"]
    assert call("PROSPERITY_BACKTEST", "autos", "sharpe", caller=at) == pytest.approx(
        tested["sharpe"]
    )
    assert call("PROSPERITY_BACKTEST", "autos", "最大回撤", caller=at) == pytest.approx(
        tested["max_drawdown"]
    )
    rows = call("PROSPERITY_BACKTEST", "autos", caller=at)
    assert {row[0]: row[2] for row in rows[1:]} == pytest.approx(
        {k: v for k, v in tested.items() if isinstance(v, int | float)}
    )
    nav = call("PROSPERITY_NAV", "autos", caller=at)
    assert [row[0] for row in nav[1:]] == [when(d) for d in tested["nav"]["dates"]]
    assert [row[1] for row in nav[1:]] == pytest.approx(tested["nav"]["strategy"])
    changed = CliRunner().invoke(
        main,
        ["run", str(library / "autos.xlsx"), "--json", "-", "--start", "2012-01", "--end",
         "2015-12-31", "--cost-bps", "20", "--timing", "period"],
    )  # fmt: skip
    expected = json.loads(changed.stdout)["industries"]["autos"]["backtest"]
    found = call(
        "PROSPERITY_BACKTEST", "autos", "strategy_return", "2012-01",
        when("2015-12-31"), 20.0, "period", caller=at,
    )  # fmt: skip
    assert found == pytest.approx(expected["strategy_return"])
    part = call("PROSPERITY_NAV", "autos", "2012-01", "2015-12", caller=at)
    assert part[1][1:] == [1.0, 1.0, 1.0]
    assert part[-1][0] == when("2015-12-31")


def test_rank_combined_and_industries(desk: Cells, told: dict[str, Any], library: Path) -> None:
    rows = call("PROSPERITY_RANK", caller=desk)
    values = {id: told[id]["composite"][-1] for id in ("autos", "banks", "glass")}
    ordered = sorted(values, key=lambda id: -values[id])
    assert [row[1] for row in rows[1:]] == ordered
    assert [row[3] for row in rows[1:]] == pytest.approx([values[id] for id in ordered])
    expected = run_books(sorted(library.glob("*.xlsx"))).combined
    assert expected is not None
    held = call("PROSPERITY_COMBINED", "holdings", caller=desk)
    weights = expected.targets.iloc[-1]
    assert {r[0]: r[2] for r in held[1:]} == pytest.approx(weights[weights > 0].to_dict())
    earlier = call("PROSPERITY_COMBINED", "持仓", "2015-06", caller=desk)
    before = expected.targets[expected.targets.index <= "2015-06-30"].iloc[-1]
    assert {r[0]: r[2] for r in earlier[1:]} == pytest.approx(before[before > 0].to_dict())
    statistics = call("PROSPERITY_COMBINED", "statistics", caller=desk)
    assert statistics[1][2] == pytest.approx(expected.backtest.statistics["strategy_return"])
    nav = call("PROSPERITY_COMBINED", "nav", caller=desk)
    assert nav[-1][1] == pytest.approx(expected.backtest.nav["strategy"].iloc[-1])
    every = call("PROSPERITY_INDUSTRIES", caller=desk)
    industries = [m for m in catalog().values() if m.kind == "industry"]
    assert every[1:] == [[m.id, m.name_zh, m.name_en] for m in industries]


def test_indicator_stages(at: Cells, library: Path) -> None:
    result = run_books([library / "autos.xlsx"]).results["autos"]
    for stage, word in (("raw", MISSING), ("transformed", "变换"), ("score", "standardised")):
        found = call("PROSPERITY_INDICATOR", "autos", "M2:同比", "2014-03", word, caller=at)
        assert found == pytest.approx(result.stages[stage].loc["2014-03-31", "m2_yoy"])


def test_dates_in_every_form_mean_the_same(at: Cells) -> None:
    march = call("PROSPERITY", "autos", "2014-03", caller=at)
    same_month = (201403.0, "201403", "2014年3月", "２０１４－０３", "2014/3")
    same_day = (when("2014-03-31"), 41729.0, "2014-03-31", "41729", when("2014-04-15"))
    assert isinstance(march, float)
    for form in (*same_month, *same_day):
        assert call("PROSPERITY", "autos", form, caller=at) == march, form
    # Before the close of the decision date the month before is what was known.
    february = call("PROSPERITY", "autos", "2014-02", caller=at)
    assert call("PROSPERITY", "autos", when("2014-03-30"), caller=at) == february != march
    for absent in ("1990-01", "2030-01", when("1990-01-31")):
        assert call("PROSPERITY", "autos", absent, caller=at) == NA
    for wrong in ("soon", "03/04/05", 2014.3, True):
        assert call("PROSPERITY", "autos", wrong, caller=at) == VALUE


def test_names_in_every_form_and_the_nearest_on_a_miss(at: Cells) -> None:
    value = call("PROSPERITY", "autos", caller=at)
    for name in ("汽车", "Automobiles", "AUTOS", " autos ", "Ａｕｔｏｓ"):
        assert call("PROSPERITY", name, caller=at) == value
    assert call("PROSPERITY", "autoss", caller=at) == VALUE
    reason = call("PROSPERITY_WHY", "autoss", caller=at)
    assert "autos" in reason
    assert "Nearest" in reason
    assert call("PROSPERITY", MISSING, caller=at) == VALUE


def test_ranges_as_arguments(autos: tuple[Excel, Cells]) -> None:
    book, at = autos
    sheet = book["calc"]
    sheet.put("A1", "autos")
    sheet.put("A2", datetime(2014, 3, 31), "yyyy-mm-dd")
    sheet.put("A3", "#N/A")
    found = call("PROSPERITY", sheet.Range("A1"), sheet.Range("A2"), caller=at)
    assert found == call("PROSPERITY", "autos", "2014-03", caller=at)
    assert call("PROSPERITY", sheet.Range("A1"), sheet.Range("B9"), caller=at) == call(
        "PROSPERITY", "autos", caller=at
    )
    assert call("PROSPERITY", sheet.Range("A1:A2"), caller=at) == VALUE
    assert call("PROSPERITY", "autos", sheet.Range("A3"), caller=at) == VALUE
    assert call("PROSPERITY", "autos", ERRORS["#N/A"], caller=at) == VALUE
    sheet.put("B2", "#VALUE!")
    assert "holds the error #N/A" in call("PROSPERITY_WHY", at, caller=sheet.Cells(9, 9))


def test_unknown_words_are_refused_with_what_there_is(autos: tuple[Excel, Cells]) -> None:
    book, at = autos
    asked = (
        ("PROSPERITY", ("autos", MISSING, "compsite"), "composite"),
        ("PROSPERITY_BACKTEST", ("autos", "sharp"), "sharpe"),
        ("PROSPERITY_INDICATOR", ("autos", "m2"), "m2_yoy"),
        ("PROSPERITY_COMBINED", ("holding",), "holdings"),
        ("PROSPERITY_BACKTEST", ("autos", "sharpe", MISSING, MISSING, "x"), "not a number"),
        ("PROSPERITY_BACKTEST", ("autos", "sharpe", MISSING, MISSING, -5.0), "0 to 1000"),
    )
    for name, arguments, hint in asked:
        assert call(name, *arguments, caller=at) == VALUE
        book["calc"].put("B2", "#VALUE!")
        assert hint in call("PROSPERITY_WHY", at, caller=book["calc"].Cells(9, 9))


def test_errors_are_errors_inside_arrays_too(desk: Cells) -> None:
    rows = call("PROSPERITY_SERIES", "autos", "change", caller=desk)
    assert rows[0][1] == NA
    assert not [v for row in rows for v in row if v in ("", None)]


def test_a_missing_signal_is_not_available(at: Cells, told: dict[str, Any]) -> None:
    unknown = [d for d, s in zip(told["autos"]["dates"], told["autos"]["signal"], strict=True)
               if s is None]  # fmt: skip
    assert call("PROSPERITY_SIGNAL", "autos", unknown[0][:7], caller=at) == NA
    assert "has no signal" in call("PROSPERITY_WHY", "autos", caller=at)


def test_too_few_months_are_not_available_and_say_why(autos: tuple[Excel, Cells]) -> None:
    """History that is too short to compute is no value, as a month outside the data is none."""
    book, at = autos
    rows = book["data"].UsedRange.Value
    short = tuple(tuple(row) for row in (*rows[:8], *rows[-12:]))
    assert call("PROSPERITY", "autos", MISSING, MISSING, short, caller=at) == NA
    assert "too little history" in call("PROSPERITY_WHY", "autos", caller=at)


@pytest.mark.parametrize("code", ABSENT)
def test_what_is_absent_is_not_available_whatever_kind_of_error_says_so(code: str) -> None:
    assert error_value(DataError(code, "无", "none")) == "#N/A"
    assert error_value(DataError(f"{code}x", "坏", "bad")) == "#NUM!"


def test_the_codes_of_what_is_absent() -> None:
    assert set(ABSENT) == {
        "no_value", "no_signal", "no_backtest", "no_combined", "no_overlap", "too_few_months",
        "cancelled",
    }  # fmt: skip


def test_a_data_range_makes_the_same_result_and_a_live_one(
    autos: tuple[Excel, Cells], told: dict[str, Any]
) -> None:
    book, at = autos
    data = book["data"]
    whole = data.Range("A:Z")
    value = call("PROSPERITY", "autos", MISSING, MISSING, whole, caller=at)
    assert value == pytest.approx(told["autos"]["composite"][-1], abs=1e-12)
    last = max(r for r, c in data.values if c == 2) - 2
    data.put(f"B{last}", 99.0)
    changed = call("PROSPERITY", "autos", MISSING, MISSING, whole, caller=at)
    assert abs(changed - value) > 0.01
    rows = tuple(tuple(row) for row in data.UsedRange.Value)
    assert call("PROSPERITY", "autos", MISSING, MISSING, rows, caller=at) == changed
    data.put(f"B{last}", "#N/A")
    missing = call("PROSPERITY", "autos", MISSING, MISSING, whole, caller=at)
    assert missing not in (value, changed)
    data.put(f"B{last}", "half")
    assert call("PROSPERITY", "autos", MISSING, MISSING, whole, caller=at) == NUM
    book["calc"].put("B2", "#NUM!")
    assert f"B{last}" in call("PROSPERITY_WHY", at, caller=book["calc"].Cells(9, 9))
    data.put(f"B{last}", 99.0)
    assert call("PROSPERITY", "autos", MISSING, MISSING, data.Range("C5:D9"), caller=at) == REF


def test_percent_cells_are_read_as_the_file_reader_does(
    autos: tuple[Excel, Cells], now: Now
) -> None:
    book, at = autos
    data = book["data"]
    last = max(r for r, c in data.values if c == 2)
    data.put(f"B{last}", 0.08, "0.0%")
    assert call("PROSPERITY", "autos", caller=at) == NUM
    assert "shown as a percentage" in call("PROSPERITY_WHY", "autos", caller=at)


def test_a_changed_cell_is_seen_at_the_next_look(autos: tuple[Excel, Cells], now: Now) -> None:
    book, at = autos
    before = call("PROSPERITY", "autos", caller=at)
    last = max(r for r, c in book["data"].values if c == 2) - 2
    book["data"].put(f"B{last}", 50.0)
    other = book["calc"].Cells(3, 3)
    assert call("PROSPERITY", "autos", caller=other) == before
    now.seconds += views.CHECK_SECONDS + 0.1
    assert call("PROSPERITY", "autos", caller=book["calc"].Cells(4, 4)) != before


def test_two_open_books_never_mix(library: Path, tmp_path: Path) -> None:
    other = sample_book(tmp_path / "autos.xlsx", "autos", seed=7)
    _, first = with_sheet(library / "autos.xlsx")
    _, second = with_sheet(other)
    mine = run_books([library / "autos.xlsx"]).results["autos"].composite.iloc[-1]
    theirs = run_books([other]).results["autos"].composite.iloc[-1]
    assert abs(mine - theirs) > 1e-6
    for _ in range(2):
        assert call("PROSPERITY", "autos", caller=first) == pytest.approx(mine)
        assert call("PROSPERITY", "autos", caller=second) == pytest.approx(theirs)


def test_the_calling_workbook_comes_before_the_library(library: Path, tmp_path: Path) -> None:
    write_user({"library": str(library)})
    other = sample_book(tmp_path / "mine.xlsx", "autos", seed=7)
    _, at = with_sheet(other)
    theirs = run_books([other]).results["autos"].composite.iloc[-1]
    assert call("PROSPERITY", "autos", caller=at) == pytest.approx(theirs)
    banks = run_books([library / "banks.xlsx"]).results["banks"].composite.iloc[-1]
    assert call("PROSPERITY", "banks", caller=at) == pytest.approx(banks)


def test_a_thousand_cells_compute_the_model_once(
    autos: tuple[Excel, Cells], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, _ = autos
    computed: list[Any] = []
    real = library_module.evaluate_books

    def counted(*arguments: Any, **named: Any) -> Any:
        computed.append(named["wanted"])
        return real(*arguments, **named)

    monkeypatch.setattr(library_module, "evaluate_books", counted)
    for n in range(1000):
        field = list(FIELDS)[n % len(FIELDS)]
        month = f"{2010 + n % 8}-{1 + n % 12:02}"
        call("PROSPERITY", "autos", month, field, caller=book["calc"].Cells(n + 1, 1))
    assert computed == [["autos"]]


def test_settings_of_the_sheet_come_before_the_user_file(
    autos: tuple[Excel, Cells], library: Path, now: Now
) -> None:
    book, at = autos
    write_user({"cost_bps": "50"})
    dear = call("PROSPERITY_BACKTEST", "autos", "strategy_return", caller=at)
    book.Worksheets.append(Grid(book, "settings"))
    book["settings"].put("A1", "设定 Setting")
    book["settings"].put("B1", "值")
    book["settings"].put("A2", "cost_bps")
    book["settings"].put("B2", 0.0)
    now.seconds += 10
    free = call("PROSPERITY_BACKTEST", "autos", "strategy_return", caller=at)
    assert free > dear
    book["settings"].put("A3", "cost_bp")
    book["settings"].put("B3", 1.0)
    now.seconds += 10
    assert call("PROSPERITY", "autos", caller=at) == VALUE
    assert "settings!A3" in call("PROSPERITY_WHY", "autos", caller=at)


def test_a_relative_library_starts_at_the_book(library: Path) -> None:
    book = Excel(library / "desk.xlsx", ("Sheet1", "settings"))
    book["settings"].put("A1", "library")
    book["settings"].put("B1", ".")
    assert isinstance(call("PROSPERITY", "glass", caller=book["Sheet1"].Cells(1, 1)), float)


def test_without_a_library_or_with_one_that_is_gone(
    library: Path, tmp_path: Path, now: Now
) -> None:
    desk = Excel("/desk/desk.xlsx")["Sheet1"].Cells(1, 1)
    assert call("PROSPERITY", "glass", caller=desk) == REF
    assert "Use New template" in call("PROSPERITY_WHY", "glass", caller=desk)
    gone = tmp_path / "gone"
    shutil.copytree(library, gone)
    write_user({"library": str(gone)})
    now.seconds += 10
    assert isinstance(call("PROSPERITY", "glass", caller=desk), float)
    shutil.rmtree(gone)
    now.seconds += 10
    assert call("PROSPERITY", "glass", caller=desk) == REF
    assert "library folder does not exist" in call("PROSPERITY_WHY", "glass", caller=desk)


def test_a_library_file_that_changes_is_read_again(library: Path, tmp_path: Path, now: Now) -> None:
    write_user({"library": str(tmp_path)})
    shutil.copy(library / "autos.xlsx", tmp_path / "autos.xlsx")
    desk = Excel("/desk/desk.xlsx")["Sheet1"].Cells(1, 1)
    before = call("PROSPERITY", "autos", caller=desk)
    sample_book(tmp_path / "autos.xlsx", "autos", seed=7)
    now.seconds += 10
    assert call("PROSPERITY", "autos", caller=desk) != before
    shutil.copy(library / "autos.xlsx", tmp_path / "second.xlsx")
    now.seconds += 10
    assert call("PROSPERITY", "autos", caller=desk) == REF
    assert "both hold the industry autos" in call("PROSPERITY_WHY", "autos", caller=desk)


def test_a_damaged_library_book_is_named_only_where_it_matters(
    library: Path, tmp_path: Path
) -> None:
    write_user({"library": str(tmp_path)})
    shutil.copy(library / "autos.xlsx", tmp_path / "autos.xlsx")
    (tmp_path / "banks.xlsx").write_bytes(b"PK not a book")
    (tmp_path / "~$autos.xlsx").write_bytes(b"lock")
    desk = Excel("/desk/desk.xlsx")["Sheet1"].Cells(1, 1)
    assert isinstance(call("PROSPERITY", "autos", caller=desk), float)
    assert call("PROSPERITY", "banks", caller=desk) == REF
    assert "banks.xlsx cannot be read" in call("PROSPERITY_WHY", "banks", caller=desk)


def test_half_typed_data_are_said_with_their_cell(autos: tuple[Excel, Cells]) -> None:
    book, at = autos
    book["data"].put("B30", "12.")
    book["data"].put("B31", "abc")
    assert call("PROSPERITY", "autos", caller=at) == NUM
    assert "data!B31" in call("PROSPERITY_WHY", "autos", caller=at)


def test_why_of_a_cell(autos: tuple[Excel, Cells]) -> None:
    book, at = autos
    elsewhere = book["calc"].Cells(9, 9)
    call("PROSPERITY", "nonsense", caller=at)
    book["calc"].put("B2", "#VALUE!")
    assert "nonsense" in call("PROSPERITY_WHY", at, caller=elsewhere)
    # Once the cell is well again its old reason is not told.
    book["calc"].put("B2", 0.5)
    book["calc"].formulas[2, 2] = '=PROSPERITY("autos")'
    assert "nonsense" not in call("PROSPERITY_WHY", at, caller=elsewhere)
    book["calc"].put("D4", "#DIV/0!")
    said = call("PROSPERITY_WHY", book["calc"].Range("D4"), caller=elsewhere)
    assert "No reason is known" in said


def test_excel_busy_and_bugs_never_show_a_traceback(
    autos: tuple[Excel, Cells], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, at = autos

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("x")

    monkeypatch.setitem(serve.ANSWERS, "PROSPERITY", broken)
    assert call("PROSPERITY", "autos", caller=at) == NULL
    book["calc"].put("B2", "#NULL!")
    said = call("PROSPERITY_WHY", at, caller=book["calc"].Cells(9, 9))
    assert "Internal error (ZeroDivisionError)" in said
    assert "Traceback" not in said

    class Busy(Excel):
        @property
        def Worksheets(self) -> Any:  # noqa: N802
            raise com_error(-2147418111)

        @Worksheets.setter
        def Worksheets(self, value: Any) -> None:  # noqa: N802
            self.__dict__["sheets"] = value

    busy = Busy("/busy/busy.xlsx")
    cell = busy.__dict__["sheets"][0].Cells(1, 1)
    assert call("PROSPERITY", "autos", caller=cell) == NULL
    assert "Excel is busy" in call("PROSPERITY_WHY", "autos", caller=cell)


def test_a_call_from_vba_sees_the_library(library: Path) -> None:
    """The bridge hands over a cell of the add-in itself, which is not in the library's folder."""
    write_user({"library": str(library)})
    own = Excel(r"C:\addins\prosperity.xlam", ("prosperity.conf",))["prosperity.conf"]
    assert isinstance(call("PROSPERITY", "autos", caller=own.Range("A1")), float)


def test_messages_follow_the_language(at: Cells) -> None:
    write_user({"language": "en"})
    assert call("PROSPERITY_CONTRIB", "autos", caller=at)[0][0] == "Indicator"
    assert call("PROSPERITY_WHY", "nosuch", caller=at).startswith("There is no industry")


def test_protocols_shake_hands_whatever_the_versions() -> None:
    from prosperity_excel.excel.handshake import PROTOCOL, XLWINGS_VERSION

    def shake(protocol: object, xlwings: str) -> str:
        found: str = server().CallUDF(
            "prosperity_excel.excel.functions",
            "handshake",
            (protocol, xlwings, "9.9.9"),
            None,
            None,
        )
        return found

    assert shake(PROTOCOL, XLWINGS_VERSION) == ""
    assert shake(float(PROTOCOL), XLWINGS_VERSION) == ""
    other = shake(PROTOCOL - 1, XLWINGS_VERSION)
    assert "add-in file (of version 9.9.9) does not go together" in other
    assert "addin install" in other
    skewed = shake(PROTOCOL, "0.30.0")
    assert "needs xlwings 0.30.0" in skewed
    assert "pip install" in skewed


def test_the_ribbon_shows_the_settings_of_the_book_in_front_without_a_press(
    autos: tuple[Excel, Cells], library: Path
) -> None:
    write_user({"cost_bps": 7.0})
    shown = server().CallUDF("prosperity_excel.excel.ribbon", "shown", (), autos[0], None)
    assert tuple(shown[: len(SHOWN_SETTINGS)]) == ("", "released", "7", "both")
    assert shown[-1] == ""
    assert len(shown) == len(SHOWN) + 3


def test_an_edit_counts_in_the_next_recalculation_however_soon(
    autos: tuple[Excel, Cells], now: Now
) -> None:
    """The clock stands still, and neither a cell that asks again nor a new one gets old values."""
    book, at = autos
    data = book["data"]
    last = max(r for r, c in data.values if c == 2) - 2
    first = call("PROSPERITY", "autos", caller=at)
    for value in (99.0, 3.0):
        data.put(f"B{last}", value)
        changed = call("PROSPERITY", "autos", caller=at)
        assert abs(changed - first) > 0.01
        first = changed
    # From here on the host says when it recalculates.
    server().CallUDF("prosperity_excel.excel.functions", "recalculated", (), book, None)
    first = call("PROSPERITY", "autos", caller=at)
    data.put(f"B{last}", 55.0)
    assert call("PROSPERITY", "autos", caller=at) == first
    server().CallUDF("prosperity_excel.excel.functions", "recalculated", (), book, None)
    changed = call("PROSPERITY", "autos", caller=book["calc"].Cells(7, 7))
    assert abs(changed - first) > 0.01
    assert call("PROSPERITY", "autos", caller=at) == changed


def test_true_is_not_one_and_false_not_zero(at: Cells) -> None:
    assert call("PROSPERITY_BACKTEST", "autos", "sharpe", MISSING, MISSING, 1.0, caller=at) == (
        call("PROSPERITY_BACKTEST", "autos", "sharpe", MISSING, MISSING, 1.0, caller=at)
    )
    assert isinstance(
        call("PROSPERITY_BACKTEST", "autos", "sharpe", MISSING, MISSING, 0.0, caller=at), float
    )
    for value in (False, True):
        wrong = call("PROSPERITY_BACKTEST", "autos", "sharpe", MISSING, MISSING, value, caller=at)
        assert wrong == VALUE


def test_a_live_range_costs_few_reads_when_nothing_changed(
    autos: tuple[Excel, Cells], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, at = autos
    whole = book["data"].Range("A:XFD")
    server().CallUDF("prosperity_excel.excel.functions", "recalculated", (), book, None)
    value = call("PROSPERITY", "autos", MISSING, MISSING, whole, caller=at)
    reads: list[str] = []
    asked = Cells.__getattribute__

    def counting(self: Cells, name: str) -> Any:
        if name[0].isupper() and sys._getframe(1).f_globals["__name__"] != Cells.__module__:
            reads.append(name)
        return asked(self, name)

    monkeypatch.setattr(Cells, "__getattribute__", counting)
    assert call("PROSPERITY", "autos", MISSING, MISSING, whole, caller=at) == value
    assert len(reads) <= 10, reads
    assert "NumberFormat" not in reads


def test_a_library_of_many_files_is_read_once(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(library_module.KEPT_BOOKS + 10):
        (tmp_path / f"{number}.xlsx").write_bytes(b"PK%d" % number)
    shutil.copy(library / "autos.xlsx", tmp_path / "autos.xlsx")
    read: list[Path] = []
    bytes_of = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: (read.append(self), bytes_of(self))[1])
    folder = library_module.Folder()
    first = folder.sources(tmp_path)
    count = len(read)
    assert count >= len(first)
    assert folder.sources(tmp_path) == first
    assert len(read) == count


def test_results_of_a_large_library_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walked again in the same order, a list longer than what is kept would find nothing."""
    monkeypatch.setattr(library_module, "KEPT_RESULTS", 5)
    computed: list[str] = []

    def evaluated(books: list[Any], *, wanted: list[str], **_: Any) -> None:
        computed.extend(wanted)
        raise DataError("no_data", "无数据", "no data")

    monkeypatch.setattr(library_module, "evaluate_books", evaluated)
    sources = {
        str(n): library_module.Source(str(n), str(n), Any, _book=Any)  # type: ignore[arg-type]
        for n in range(40)
    }
    results = library_module.Results()
    for given in (sources, dict(reversed(sources.items())), sources):
        results.combined(given, Settings())
    assert sorted(computed) == sorted(sources)


def test_a_file_that_vanishes_or_is_locked_costs_only_itself(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("autos", "glass"):
        shutil.copy(library / f"{name}.xlsx", tmp_path / f"{name}.xlsx")
    for name, raised in (("gone", FileNotFoundError), ("locked", PermissionError)):
        (tmp_path / f"{name}.xlsx").touch()
        told = Path.stat

        def stat(
            self: Path, raised: type = raised, name: str = name, told: Any = told, **k: Any
        ) -> Any:
            if self.name == f"{name}.xlsx":
                raise raised(self)
            return told(self, **k)

        monkeypatch.setattr(Path, "stat", stat)
    write_user({"library": str(tmp_path)})
    at = Excel("/desk/desk.xlsx")["Sheet1"].Cells(1, 1)
    assert isinstance(call("PROSPERITY", "autos", caller=at), float)
    assert call("PROSPERITY", "coal", caller=at) == REF


def test_an_add_in_file_of_the_release_before_calls_by_the_former_names(
    autos: tuple[Excel, Cells], library: Path
) -> None:
    new, old = (
        call("PROSPERITY", "autos", caller=autos[1], module=f"prosperity_excel.{name}")
        for name in ("excel.functions", "functions")
    )
    assert isinstance(new, float)
    assert old == new
    for module, verb, handed in (("functions", "recalculated", ()), ("ribbon", "shown", ())):
        server().CallUDF(f"prosperity_excel.{module}", verb, handed, autos[0], None)


def test_the_ribbon_answers_through_the_same_server(
    autos: tuple[Excel, Cells], library: Path
) -> None:
    said = server().CallUDF(
        "prosperity_excel.excel.ribbon", "press", ("cost_bps", "12", ""), autos[0], None
    )
    assert tuple(said[: 2 + len(SHOWN_SETTINGS)]) == ("", "", "", "released", "12", "both")
    assert len(said) == 2 + len(SHOWN) + 2
    resting, on_opening = said[-2:]
    assert (" write_import " in resting, on_opening) == (True, "off")
    offered = server().CallUDF(
        "prosperity_excel.excel.ribbon", "choices", ("pick_industry",), autos[0], None
    )
    # One row, whose first item is no entry: that is what the VBA counts on.
    assert offered[0] == ""
    assert "汽车" in offered
    assert server().CallUDF("prosperity_excel.excel.ribbon", "dress", (), autos[0], None)


def test_evidence_is_that_of_the_verb(desk: Cells, library: Path) -> None:
    book = read_book(library / "autos.xlsx")
    bench = Bench(book, run_books([library / "autos.xlsx"]).results["autos"], Settings())
    for part in EVIDENCE_PARTS:
        frame = PARTS[part](bench)
        found = call("PROSPERITY_EVIDENCE", "汽车", part, caller=desk)
        assert found[0][1:] == [str(name) for name in frame.columns]
        assert len(found) == len(frame) + 1 > 1
        for row, (_, expected) in zip(found[1:], frame.iterrows(), strict=True):
            for cell, value in zip(row[1:], expected, strict=True):
                if (
                    isinstance(value, float | int)
                    and not isinstance(value, bool)
                    and value == value
                ):
                    assert cell == pytest.approx(float(value)), part


def test_the_first_part_of_the_evidence_computes_all(
    desk: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prosperity_excel.formulas import evidence_answers

    asked: list[str] = []
    counted = {
        part: lambda bench, part=part, answer=answer: (asked.append(part), answer(bench))[1]
        for part, answer in PARTS.items()
    }
    monkeypatch.setattr(evidence_answers, "PARTS", counted)
    for part in (*PARTS, *PARTS):
        call("PROSPERITY_EVIDENCE", "glass", part, caller=desk)
    assert sorted(asked) == sorted(PARTS)


def test_evidence_without_a_part_is_the_significance(desk: Cells) -> None:
    rows = call("PROSPERITY_EVIDENCE", "autos", caller=desk)
    assert {"p_shifts", "deflated_sharpe", "trials"} <= {row[0] for row in rows[1:]}
    assert call("PROSPERITY_EVIDENCE", "autos", "astrology", caller=desk) == VALUE
