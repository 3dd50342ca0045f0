"""What a check finds, all at once, where it is and what to do; and what it leaves in peace."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from prosperity.errors import BookError
from prosperity.events import events, explained
from prosperity_excel.book.book import read_book
from prosperity_excel.checks.book import check_book, checked
from prosperity_excel.checks.listing import (
    CHECKS,
    CONFIRMED,
    Finding,
    open_findings,
    summary,
    write_checks,
)
from prosperity_excel.checks.series import oddities, overdue, skipped_months
from prosperity_excel.cli import main
from prosperity_excel.intake.carry_out import apply_import
from prosperity_excel.intake.planning import plan_import

from .books import changed, toy_book
from .exports import export, months, wind

DAYS = months((2018, 1), 48)
TODAY = date(2022, 1, 20)
HEAD: list[list[Any]] = [
    ["指标名称", "a:同比", "b:同比", "c:同比", "d:同比"],
    ["频率", "月", "月", "月", "月"],
    ["id", "a", "b", "c", "d"],
    ["lag", 10, 10, 10, 10],
]
GOOD = [*HEAD, *([d, 5 + n * 7 % 5, 2 + n * 3 % 7, 3 + n * 5 % 11, 4 + n * 2 % 9]
                 for n, d in enumerate(DAYS))]  # fmt: skip
PRICES: list[list[Any]] = [["指标ID", "881001.WI", "TOY.SI"], ["id", "benchmark", "toy"],
                           [date(2022, 1, 19), 100.0, 50.0]]  # fmt: skip
FIRST = len(HEAD)


def found(folder: Path, changes: dict[tuple[int, int], Any], **sheets: Any) -> list[Finding]:
    data = changed(GOOD, changes)
    book = toy_book(folder, data=data, **{"prices": PRICES, **sheets})
    return checked(book, TODAY.isoformat())


def marks(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(f.code, f.place) for f in findings}


def test_a_good_book_has_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path, {}) == []


def row(year: int, month: int) -> int:
    """Return a month's row, counted from 0."""
    return FIRST + (year - 2018) * 12 + month - 1


@pytest.mark.parametrize(
    ("code", "place", "changes"),
    [
        ("cell", "data!B5", {(FIRST, 1): "abc"}),
        ("gap", "data!B1", {(row(2020, 5), 1): None, (row(2020, 6), 1): None}),
        ("frozen", f"data!C{row(2020, 8) + 1}", {(row(2020, n), 2): 1.5 for n in range(2, 9)}),
        ("outlier", f"data!D{row(2021, 3) + 1}", {(row(2021, 3), 3): 9999.0}),
        ("scale", f"data!E{row(2020, 1) + 1}",
         {(r, 4): (80 + r % 4) / (100 if r < row(2020, 1) else 1)
          for r in range(FIRST, FIRST + 48)}),
        ("zeros", f"data!E{row(2018, 5) + 1}", {(r, 4): 0 for r in range(FIRST, FIRST + 4)}),
        ("overdue", f"data!B{row(2021, 10) + 1}",
         {(row(2021, 11), 1): None, (row(2021, 12), 1): None}),
        ("empty_column", "data!B1", {(r, 1): None for r in range(FIRST, FIRST + 48)}),
        ("duplicate_column", "data!C1",
         {(r, 2): GOOD[r][1] for r in range(FIRST, FIRST + 48)}),
        ("unknown_column", "data!F1", {(0, 5): "钢产量", (FIRST, 5): 1.0}),
        ("converted", f"data!B{FIRST + 1}", {(FIRST, 1): "1,234"}),
        ("structure", f"data!A{FIRST + 1}", {(FIRST, 0): None}),
        ("duplicate_month", f"data!B{FIRST + 2}",
         {(FIRST, 0): date(2018, 1, 15), (FIRST + 1, 0): date(2018, 1, 31)}),
    ],
)  # fmt: skip
def test_findings(tmp_path: Path, code: str, place: str, changes: dict[Any, Any]) -> None:
    assert (code, place) in marks(found(tmp_path, changes))


def test_all_findings_at_once_worst_first(tmp_path: Path) -> None:
    changes = {(FIRST, 1): "abc", (FIRST + 1, 2): "def", (row(2020, 5), 3): None,
               (row(2021, 12), 4): None}  # fmt: skip
    findings = found(tmp_path, changes, prices=changed(PRICES, {(2, 1): -5.0}))
    assert {("cell", "data!B5"), ("cell", "data!C6"), ("gap", "data!D1"),
            ("bad_price", "prices!B3")} <= marks(findings)  # fmt: skip
    severities = [f.severity for f in findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    for finding in findings:
        assert finding.zh
        assert finding.en
        assert all(CHECKS[finding.code])


def test_prices_that_ended_and_missing_sheets(tmp_path: Path) -> None:
    late = changed(PRICES, {(2, 0): date(2021, 12, 1)})
    assert ("overdue", "prices!B3") in marks(found(tmp_path, {}, prices=late))
    assert ("missing_sheet", "prices") in marks(found(tmp_path, {}, prices=None))


def test_a_january_that_is_never_published_is_no_gap_and_not_late() -> None:
    values = {d: float(n * 7 % 5) for n, d in enumerate(DAYS) if d.month != 1}
    assert skipped_months(list(values)) == {1}
    assert not [o for o in oddities(values, "M", [], "x") if o.code == "gap"]
    until = {d: v for d, v in values.items() if d <= date(2020, 12, 31)}
    assert overdue(until, "M", 15, date(2021, 2, 20)) == []
    assert overdue(until, "M", 15, date(2021, 3, 20)) == [(date(2021, 2, 28), date(2021, 3, 15))]
    # Due on the day is due, the day before it is not.
    assert overdue(until, "M", 15, date(2021, 3, 14)) == []
    assert overdue(until, "M", 15, date(2021, 3, 15))


def test_a_value_is_due_on_its_day_and_not_before() -> None:
    until = {d: v for d, v in zip(DAYS, range(len(DAYS)), strict=True) if d <= date(2020, 12, 31)}

    def late(day: date, lag: int = 15) -> list[date]:
        return [month for month, _ in overdue(until, "M", lag, day)]

    january, february = date(2021, 1, 31), date(2021, 2, 28)
    assert late(date(2021, 2, 14)) == []
    assert late(date(2021, 2, 15)) == [january]
    assert late(date(2021, 3, 14)) == [january]
    assert late(date(2021, 3, 15)) == [january, february]
    # Without a lag the month's own last day is the day.
    assert late(date(2021, 1, 30), 0) == []
    assert late(date(2021, 1, 31), 0) == [january]
    assert overdue({}, "M", 0, date(2021, 1, 31)) == []


def test_prices_are_late_after_ten_days(tmp_path: Path) -> None:
    def late(day: date) -> bool:
        prices = changed(PRICES, {(2, 0): day})
        return ("overdue", "prices!B3") in marks(found(tmp_path, {}, prices=prices))

    assert not late(date(2022, 1, 10))
    assert late(date(2022, 1, 9))


@pytest.mark.parametrize(
    ("lag", "due"),
    [
        (15, date(2021, 3, 15)),
        ("15; 2021-02: 20", date(2021, 3, 20)),
        ("15; 02: 1", date(2021, 3, 1)),
        (0, date(2021, 2, 28)),
    ],
)
def test_a_month_is_overdue_on_the_very_day_and_not_before(lag: int | str, due: date) -> None:
    values = {d: 1.0 + n % 5 for n, d in enumerate(months((2016, 1), 61))}
    assert list(values)[-1] == date(2021, 1, 31)
    assert overdue(values, "M", lag, due - timedelta(days=1)) == []
    assert overdue(values, "M", lag, due) == [(date(2021, 2, 28), due)]


def test_quarters_and_yearly_beginnings_are_no_gaps() -> None:
    quarters = {d: float(n * 7 % 5) for n, d in enumerate(DAYS) if d.month % 3 == 0}
    assert not oddities(quarters, "Q", [], "x")
    early = {d: 1.0 + d.year % 3 for d in months((2005, 1), 156) if d.month == 12}
    assert not [o for o in oddities({**early, **{d: 2.0 + n * 7 % 5 for n, d in enumerate(DAYS)}},
                                    "M", [], "x") if o.code == "gap"]  # fmt: skip


def test_a_rate_that_seldom_moves_is_not_frozen() -> None:
    values = {d: 3.0 + (n // 10) / 4 for n, d in enumerate(DAYS)}
    assert not [o for o in oddities(values, "M", [], "x") if o.code == "frozen"]


def test_revisions_by_the_last_import_and_by_hand(tmp_path: Path) -> None:
    book = toy_book(tmp_path, data=GOOD, prices=PRICES)
    values = [float(GOOD[FIRST + n][1]) for n in range(48)]
    values[10] += 1
    file = export(tmp_path, wind(["甲指标"], DAYS, [values]), "e.xlsx")
    apply_import(plan_import([file], book), now=datetime(2022, 1, 15))
    by_import = [f for f in checked(book, TODAY.isoformat()) if f.code == "revised"]
    assert [(f.place, f.indicator) for f in by_import] == [(f"data!B{FIRST + 11}", "a")]
    workbook = openpyxl.load_workbook(book)
    workbook["data"].cell(FIRST + 21, 3).value = 77.0
    workbook.save(book)
    by_hand = [f for f in checked(book, TODAY.isoformat()) if f.indicator == "b"]
    assert ("revised", f"data!C{FIRST + 21}") in marks(by_hand)


def test_the_sheet_of_checks(tmp_path: Path) -> None:
    book = toy_book(tmp_path, data=changed(GOOD, {(FIRST, 1): "abc"}), prices=PRICES)
    findings = check_book(book, TODAY)
    assert write_checks(book, findings, datetime(2022, 1, 20)) is not None
    sheet = openpyxl.load_workbook(book)["checks"]
    assert [c.value for c in sheet[2]][:3] == ["错误", "error", "data!B5"]
    assert sheet.max_row == 1 + len(findings)
    # The same again is no change; a mended book leaves nothing of the old list.
    assert write_checks(book, findings, datetime(2022, 1, 21)) is None
    write_checks(book, [], datetime(2022, 1, 22))
    assert openpyxl.load_workbook(book)["checks"].max_row == 2


@pytest.mark.parametrize(
    ("names", "written"),
    [
        ({"checks": [["mine"]]}, None),
        ({"检查": [["mine"]]}, "checks"),
        ({"检查": [["程度", "Severity"], ["x"]]}, "检查"),
        ({"Checks": [[]]}, "Checks"),
        ({"checks": [[None, "mine"]], "检查": [["程度"]]}, "检查"),
    ],
    ids=str,
)
def test_a_sheet_of_the_users_own_is_not_replaced(
    names: dict[str, Any], written: str | None, tmp_path: Path
) -> None:
    book = toy_book(tmp_path, data=GOOD, prices=PRICES, **names)
    content = book.read_bytes()
    if written is None:
        with pytest.raises(BookError, match="not_our_sheet"):
            write_checks(book, [], datetime(2022, 1, 20))
        assert book.read_bytes() == content
        return
    write_checks(book, [], datetime(2022, 1, 20))
    after = openpyxl.load_workbook(book)
    assert after[written]["A1"].value == "程度"
    kept = [n for n, rows in names.items() if n != written and rows[0]]
    assert all("mine" in [c.value for c in after[n][1]] for n in kept)


def test_the_verb(tmp_path: Path) -> None:
    book = toy_book(tmp_path, data=changed(GOOD, {(FIRST, 1): "abc"}), prices=PRICES)
    done = CliRunner().invoke(main, ["check", str(book), "--on", "2022-01-20", "--write"])
    assert done.exit_code == 3
    assert "data!B5" in done.output
    assert "checks" in openpyxl.load_workbook(book).sheetnames
    good = toy_book(tmp_path, data=GOOD, prices=PRICES)
    assert CliRunner().invoke(main, ["check", str(good), "--on", "2022-01-20"]).exit_code == 0
    assert read_book(good).industries == ("toy",)
    bad = CliRunner().invoke(main, ["check", str(good), "--on", "soon"])
    assert (bad.exit_code, "bad_date" in bad.output) == (1, True)


def test_a_break_that_the_header_states_is_not_asked_about(tmp_path: Path) -> None:
    shift = {(row(2020, m), 1): 900 + m * 7 % 5 for m in range(1, 13)}
    shift |= {(row(2021, m), 1): 900 + m * 7 % 5 for m in range(1, 13)}
    asked = {f.code for f in found(tmp_path, shift) if f.indicator == "a"}
    assert "level_shift" in asked
    data = changed(GOOD, shift)
    data.insert(FIRST, ["断点", "2020-01"])
    book = toy_book(tmp_path, data=data, prices=PRICES)
    said = {f.code for f in checked(book, TODAY.isoformat()) if f.indicator == "a"}
    assert said == asked - {"level_shift"}


def test_a_confirmed_finding_stays_so_until_its_value_changes(tmp_path: Path) -> None:
    place = row(2021, 3)
    book = toy_book(tmp_path, data=changed(GOOD, {(place, 3): 9999.0}), prices=PRICES)
    write_checks(book, check_book(book, TODAY), datetime(2022, 1, 20))

    def outlier() -> Finding:
        return next(f for f in check_book(book, TODAY) if f.code == "outlier")

    def write(sheet: str, at: int, column: int, value: object) -> None:
        workbook = openpyxl.load_workbook(book)
        workbook[sheet].cell(at, column).value = value
        workbook.save(book)

    cells = [c.value for c in openpyxl.load_workbook(book)["checks"]["I"]]
    assert cells[0] == "起自 Since"
    at = next(n for n, c in enumerate(cells, 1) if c == "2021-03")
    assert outlier().confirmed == ""
    write("checks", at, CONFIRMED + 1, "属实")
    findings = check_book(book, TODAY)
    assert outlier().confirmed == "属实"
    assert outlier() not in open_findings(findings)
    assert summary(findings)[0].endswith("另有 1 处已确认。")
    # Written again, the word is kept.
    write_checks(book, findings, datetime(2022, 1, 21))
    assert outlier().confirmed == "属实"
    shown = CliRunner().invoke(main, ["check", str(book), "--on", TODAY.isoformat()])
    assert "outlier" not in shown.output
    assert "Confirmed besides: 1." in shown.output
    every = CliRunner().invoke(main, ["check", str(book), "--all", "--on", TODAY.isoformat()])
    assert "属实" in every.output
    write("data", place + 1, 4, 8888.0)
    assert outlier().confirmed == ""


def test_an_error_cannot_be_confirmed_away(tmp_path: Path) -> None:
    book = toy_book(tmp_path, data=changed(GOOD, {(FIRST, 1): "abc"}), prices=PRICES)
    write_checks(book, check_book(book, TODAY), datetime(2022, 1, 20))
    workbook = openpyxl.load_workbook(book)
    workbook["checks"].cell(2, CONFIRMED + 1).value = "ok"
    workbook.save(book)
    assert not any(f.confirmed for f in check_book(book, TODAY))


@pytest.mark.parametrize(
    ("id", "month", "explained_by"),
    [
        ("pmi", date(2020, 2, 29), "epidemic_2020"),
        ("pmi", date(2019, 2, 28), None),
        ("pmi", date(2008, 10, 31), "crisis_2008"),
    ],
)
def test_known_events_explain_what_happened_to_all(
    id: str, month: date, explained_by: str | None
) -> None:
    event = explained("outlier", frozenset({"level"}), month, id)
    assert (event.id if event else None) == explained_by
    for one in events():
        assert one.start <= one.end
        assert one.zh
        assert one.en


SPOILS: dict[str, dict[str, Any]] = {
    "text": {"data": {(FIRST + 3, 1): "abc"}},
    "prices end early": {"prices": {(2, 0): date(2021, 6, 30)}},
    "price of zero": {"prices": {(2, 1): 0.0}},
    "no date": {"data": {(FIRST + 2, 0): None}},
    "two values of a month": {"data": {(FIRST, 0): date(2018, 1, 15),
                                       (FIRST + 1, 0): date(2018, 1, 31)}},
    "nothing": {"data": {(r, c): None for r in range(FIRST, FIRST + 48) for c in range(1, 5)}},
    "bad lag": {"data": {(3, 1): "often"}},
    "no header": {"data": {(n, 0): f"x{n}" for n in range(FIRST)}},
    "bad release": {"releases": None},
    "bad setting": {"settings": None},
}  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS)
def test_what_stops_a_run_is_an_error_of_the_check(spoil: str, tmp_path: Path) -> None:
    changes = SPOILS[spoil]
    sheets: dict[str, Any] = {"data": GOOD, "prices": PRICES}
    if "releases" in changes:
        sheets["releases"] = [["id", "a"], [date(2020, 1, 31), "soon"]]
    elif "settings" in changes:
        sheets["settings"] = [["window", "wide"]]
    else:
        sheets |= {name: changed(sheets[name], cells) for name, cells in changes.items()}
    book = toy_book(tmp_path, **sheets)
    ran = CliRunner().invoke(main, ["run", str(book)])
    errors = [f for f in checked(book, TODAY.isoformat()) if f.severity == "error"]
    if ran.exit_code:
        assert errors, ran.output
        assert any(f.sheet in ran.output for f in errors), (ran.output, errors)
