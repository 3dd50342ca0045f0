"""Exports into books: what is offered, what is written, what stays, what is kept."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from prosperity.catalog import find
from prosperity.errors import BookError, SettingError
from prosperity.panel import Panel
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity_excel import vintages
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.intake.carry_out import apply_import
from prosperity_excel.intake.items import Item, Options, Plan
from prosperity_excel.intake.planning import plan_import
from prosperity_excel.intake.said import outcome, sheet_lines
from prosperity_excel.results.as_json import as_json
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.template.template import write_template

from .books import DATA, MONTHS, PRICES, changed, model, toy_book
from .exports import export, months, wind

DAY = datetime(2024, 3, 5, 12, 0)


@pytest.fixture(scope="module")
def autos() -> Panel:
    return simulate([find("autos")], first="2009-01", last="2023-07")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "autos.xlsx"
    write_template([find("autos")], path)
    return path


def copied(path: Path, folder: Path, name: str = "book.xlsx") -> Path:
    copy = folder / name
    copy.write_bytes(path.read_bytes())
    return copy


def wind_of(
    panel: Panel, folder: Path, name: str = "wind.xlsx", last: str = "2023-07", **changes: float
) -> Path:
    """Write a panel's series the way Wind exports them, newest first."""
    index = panel.series["m2_yoy"].frame.index
    days = [d.date() for d in index if d <= pd.Timestamp(last) + pd.offsets.MonthEnd(0)]
    indicators = {i.id: i for i in find("autos").indicators}
    columns = []
    for id in indicators:
        values = panel.series[id].frame["value"]
        column = [values.get(pd.Timestamp(d)) for d in days]
        at = days.index(date(2020, 3, 31))
        if id in changes:
            column[at] = changes[id]
        columns.append([None if v is None else float(v) for v in column])
    rows = wind(
        [f"中国：{i.name_zh}" for i in indicators.values()], days, columns,
        ids=[(i.source_ids or ("",))[0] for i in indicators.values()],
        frequencies=["月"] * len(indicators), newest_first=True,
    )  # fmt: skip
    return export(folder, rows, name)


def quotes_of(panel: Panel, folder: Path, last: str = "2023-07-31") -> Path:
    prices = panel.prices[panel.prices.index <= last]
    rows: list[list[Any]] = [["", "万得全A", "", "申万汽车", ""],
                             ["", "881001.WI", "", "801880.SI", ""],
                             ["Date", "open", "close", "open", "close"]]  # fmt: skip
    for day, row in prices.iterrows():
        rows.append([day.date(), 1.0, float(row["benchmark"]), 2.0, float(row["autos"])])
    return export(folder, rows, "quotes.xlsx")


def test_importing_equals_typing(autos: Panel, template: Path, tmp_path: Path) -> None:
    typed = tmp_path / "typed.xlsx"
    real = {id: replace(one, source="x") for id, one in autos.series.items()}
    panel = replace(autos, series=real, simulated=False, marked=frozenset())
    write_template([find("autos")], typed, panel=panel)
    book = copied(template, tmp_path)
    plan = plan_import([wind_of(autos, tmp_path), quotes_of(autos, tmp_path)], book)
    assert {i.status for i in plan.items} == {"write"}
    done = apply_import(plan, now=DAY)
    assert done.revised == 0
    one, two = read_book(typed).panel, read_book(book).panel
    assert one.series.keys() == two.series.keys()
    for id, observed in one.series.items():
        pd.testing.assert_frame_equal(
            observed.frame.drop(columns="explicit"), two.series[id].frame.drop(columns="explicit")
        )
    pd.testing.assert_frame_equal(one.prices, two.prices, check_freq=False)
    a = as_json(run_books([typed]))
    b = as_json(run_books([book]))
    assert a["industries"]["autos"] == b["industries"]["autos"]


def test_only_our_own_sheets_change(autos: Panel, template: Path, tmp_path: Path) -> None:
    book = copied(template, tmp_path)
    before = parts(book)
    apply_import(plan_import([wind_of(autos, tmp_path), quotes_of(autos, tmp_path)], book), now=DAY)
    after = parts(book)
    assert after.keys() - before.keys() == {"docProps/custom.xml"}
    assert before.keys() <= after.keys()
    names = {n for n in before if before[n] != after[n]}
    assert names <= {"xl/worksheets/sheet3.xml", "xl/worksheets/sheet5.xml", "xl/workbook.xml",
                     "xl/styles.xml", "_rels/.rels", "[Content_Types].xml"}  # fmt: skip
    backup = next((tmp_path / ".prosperity-backups").glob("book.*.import.xlsx"))
    assert backup.read_bytes() == template.read_bytes()
    # The second reader agrees, and sees dates as dates.
    sheet = openpyxl.load_workbook(book)["prices"]
    assert sheet["A6"].is_date
    assert sheet["B6"].value == pytest.approx(float(autos.prices["benchmark"].iloc[0]))


def parts(path: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_nothing_is_written_twice(autos: Panel, template: Path, tmp_path: Path) -> None:
    book, file = copied(template, tmp_path), wind_of(autos, tmp_path)
    apply_import(plan_import([file], book), now=DAY)
    content = book.read_bytes()
    again = plan_import([file], book)
    assert {i.status for i in again.items} == {"same"}
    assert apply_import(again, now=DAY).backup is None
    assert book.read_bytes() == content


def test_vintages(autos: Panel, template: Path, tmp_path: Path) -> None:
    """Import, revise, import again: the changed cells, and the first run's results."""
    book = copied(template, tmp_path)
    first = [
        wind_of(autos, tmp_path, "1.xlsx", "2023-06"),
        quotes_of(autos, tmp_path, "2023-06-30"),
    ]
    apply_import(plan_import(first, book), now=datetime(2023, 7, 20, 9))
    before = as_json(run_books([book]))
    old = float(autos.series["m2_yoy"].frame["value"][pd.Timestamp("2020-03-31")])
    second = [wind_of(autos, tmp_path, "2.xlsx", m2_yoy=old + 1, cgb10y=9.5),
              quotes_of(autos, tmp_path)]  # fmt: skip
    plan = plan_import(second, book)
    assert {(i.target.id, i.revised) for i in plan.items if i.target and i.revised} == {
        ("m2_yoy", 1), ("cgb10y", 1),
    }  # fmt: skip
    apply_import(plan, now=datetime(2023, 8, 20, 9))
    found = vintages.revisions(book)
    march = date(2020, 3, 31)
    assert [(r.series, r.period, r.new) for r in found] == [
        ("cgb10y", march, 9.5), ("m2_yoy", march, old + 1),
    ]  # fmt: skip
    assert found[1].old == old
    assert vintages.revisions(book, "m1_yoy") == []
    now = as_json(run_books([book]))
    assert now["industries"] != before["industries"]
    between = run_books([book], settings=Settings(as_of=date(2023, 8, 1)))
    assert (
        as_json(between)["industries"]["autos"]["composite"]
        == (before["industries"]["autos"]["composite"])
    )
    assert without_notices(as_json(between)) == without_notices(before)
    assert "as_kept" in {n.code for n in between.notices}
    early = run_books([book], settings=Settings(as_of=date(2023, 7, 1)))
    assert "as_first_kept" in {n.code for n in early.notices}


def without_notices(result: dict[str, Any]) -> dict[str, Any]:
    # A run as of a day is judged on that day, another one only when it is told the day.
    told = ("warnings", "standing", "freshness")
    return {k: v for k, v in result["industries"]["autos"].items() if k not in told}


def test_what_was_typed_before_the_first_import_is_kept_too(tmp_path: Path) -> None:
    book = toy_book(tmp_path)
    file = export(tmp_path, wind(["甲指标"], MONTHS, [[1.0, 2.0, 9.0, 4.0]]), "e.xlsx")
    apply_import(plan_import([file], book))
    events = [v.event for v in vintages.vintages(book)]
    assert events == ["before", "import"]
    (revision,) = vintages.revisions(book)
    assert (revision.series, revision.old, revision.new) == ("a", 3.0, 9.0)


def test_a_half_filled_book_is_filled_all_the_same(tmp_path: Path) -> None:
    book = toy_book(tmp_path, data=changed(DATA, {(3, 2): "abc"}))
    done = apply_import(planned(tmp_path, ["甲指标"], [[9.0, 2.0, 3.0, 4.0]], book))
    assert (done.revised, done.unkept is not None) == (1, True)
    assert "data!C4" in str(done.unkept)
    assert "abc" in "".join(outcome(done))
    assert vintages.vintages(book) == []


def only(plan: Plan) -> Item:
    (item,) = plan.items
    return item


def planned(
    folder: Path,
    names: list[str],
    values: list[list[Any]],
    book: Path | None = None,
    days: list[date] = MONTHS,
    options: Options | None = None,
    **head: Any,
) -> Plan:
    file = export(folder, wind(names, days, values, **head), "e.xlsx")
    return plan_import([file], book or toy_book(folder), options)


def test_matching_by_id_name_and_candidates(tmp_path: Path) -> None:
    four = [1.0, 2.0, 3.0, 4.0]
    by_id = planned(tmp_path, ["别的名字"], [four], ids=["M001"])
    assert (only(by_id).how.how, only(by_id).target.id) == ("code", "a")
    by_alias = planned(tmp_path, ["中国：甲：同比"], [four])
    assert (only(by_alias).how.how, only(by_alias).target.id) == ("name", "a")
    by_name = planned(tmp_path, ["甲指标（%）"], [four])
    assert (only(by_name).how.how, only(by_name).target.id) == ("name", "a")
    similar = only(planned(tmp_path, ["甲指标(新)"], [four]))
    assert (similar.status, similar.candidates[0].target.id) == ("ask", "a")
    assert 0.5 <= similar.candidates[0].score < 0.9
    assert only(planned(tmp_path, ["钢产量"], [four])).status == "none"


def test_a_confirmed_match_is_remembered(tmp_path: Path) -> None:
    book = toy_book(tmp_path)
    values = [9.0, 2.0, 3.0, 4.0]
    options = Options(maps=("甲指标(新)=a",))
    apply_import(planned(tmp_path, ["甲指标(新)"], [values], book, options=options))
    again = only(planned(tmp_path, ["甲指标(新)"], [[8.0, 2.0, 3.0, 4.0]], book))
    assert (again.how.how, again.target.id, again.revised) == ("remembered", "a", 1)
    left_out = only(
        planned(tmp_path, ["甲指标"], [values], book, options=Options(maps=("甲指标=",)))
    )
    assert left_out.status == "none"
    with pytest.raises(SettingError, match="unknown_target"):
        planned(tmp_path, ["x"], [values], book, options=Options(maps=("x=nosuch",)))


def test_what_is_asked_for_comes_before_the_same_code(tmp_path: Path) -> None:
    book = toy_book(tmp_path)
    names, columns = ["别的", "甲:同比"], [[1.0, 2.0, 3.0, 9.0], [5.0, 6.0, 7.0, 8.0]]
    assert [i.status for i in planned(tmp_path, names, columns, book, ids=["M001", ""]).items] == [
        "write", "spare",
    ]  # fmt: skip
    options = Options(maps=("甲:同比=a",))
    plan = planned(tmp_path, names, columns, book, options=options, ids=["M001", ""])
    assert [i.status for i in plan.items] == ["spare", "write"]
    apply_import(plan)
    again = planned(tmp_path, names, columns, book, ids=["M001", ""])
    assert [i.status for i in again.items] == ["spare", "same"]


@pytest.mark.parametrize("descending", [False, True])
def test_new_months_go_where_they_belong(tmp_path: Path, descending: bool) -> None:
    rows = [*DATA[:3], *(DATA[:2:-1] if descending else DATA[3:])]
    rows = [r for r in rows if r[0] != MONTHS[1]]
    book = toy_book(tmp_path, data=[*rows, [], ["数据来源：Wind"]])
    days = months((2019, 11), 8)
    new = [float(n) for n in range(8)]
    plan = planned(tmp_path, ["甲指标"], [new], book, days)
    done = apply_import(plan, now=DAY)
    assert (done.added, done.revised) == (5, 3)
    read = read_book(book)
    assert list(read.panel.series["a"].frame["value"]) == new
    assert [d.date() for d in read.panel.series["a"].frame.index] == days
    # The other columns are where they were.
    b = read.panel.series["b"].frame["value"]
    assert [(d.date(), v) for d, v in b.items()] == [
        (MONTHS[0], 2.0), (MONTHS[2], 4.0), (MONTHS[3], 5.0),
    ]  # fmt: skip
    cells = openpyxl.load_workbook(book)["data"]
    dates = [cells.cell(r, 1).value for r in range(4, 12)]
    assert [d.date() for d in dates] == (days[::-1] if descending else days)
    assert cells.cell(13, 1).value == "数据来源：Wind"


def test_months_are_not_pushed_between_formulas(tmp_path: Path) -> None:
    from .books import Formula

    rows = changed(DATA, {(5, 6): Formula("=B6*2", 2.0)})
    book = toy_book(tmp_path, data=rows)
    plan = planned(tmp_path, ["甲指标"], [[1.0] * 8], book, months((2019, 11), 8))
    content = book.read_bytes()
    with pytest.raises(BookError, match="cannot_insert"):
        apply_import(plan)
    assert book.read_bytes() == content


def test_a_formula_is_not_overwritten(tmp_path: Path) -> None:
    from .books import Formula

    book = toy_book(tmp_path, data=changed(DATA, {(3, 1): Formula("=1+4", 5.0)}))
    plan = planned(tmp_path, ["甲指标"], [[7.0, 2.0, 3.0, 4.0]], book)
    content = book.read_bytes()
    with pytest.raises(BookError, match="has_formula") as caught:
        apply_import(plan)
    assert caught.value.where == "data!B4"
    assert book.read_bytes() == content


GROWS = model(a={"unit": "亿元", "transform": "yoy", "aliases": "产量: 甲: 当月值",
                 "source_ids": "M001"})  # fmt: skip
EMPTY = changed(DATA, {(r, 1): None for r in range(3, 7)})


def test_published_growth_comes_first(tmp_path: Path) -> None:
    data = [EMPTY[0], ["单位", "亿元", "%", "万吨", "元"], *EMPTY[1:]]
    book = toy_book(tmp_path, models=[GROWS], data=data)
    names = ["产量:甲:当月值", "产量:甲:当月同比"]
    values = [[100.0, 110.0, 120.0, 130.0], [5.0, 6.0, 7.0, 8.0]]
    plan = planned(tmp_path, names, values, book, units=["亿元", "%"])
    assert [i.status for i in plan.items] == ["spare", "write"]
    apply_import(plan)
    read = read_book(book).panel.series["a"]
    assert (read.unit, list(read.frame["value"])) == ("%", values[1])


def test_growth_is_not_mixed_with_levels(tmp_path: Path) -> None:
    data = [DATA[0], ["单位", "亿元", "%", "万吨", "元"], *DATA[1:]]
    book = toy_book(tmp_path, models=[GROWS], data=data)
    plan = planned(tmp_path, ["产量:甲:当月同比"], [[5.0]], book, MONTHS[:1], units=["%"])
    assert only(plan).status == "ask"
    assert "3" in only(plan).questions[0][1]


def test_units_are_converted_or_asked_about(tmp_path: Path) -> None:
    book = toy_book(tmp_path, models=[GROWS])
    names, values = ["产量:甲:当月值"], [[1e4, 2e4, 3e4, 4e4]]
    scaled = only(planned(tmp_path, names, values, book, units=["万元"]))
    assert list(scaled.values.values()) == [1.0, 2.0, 3.0, 4.0]
    other = only(planned(tmp_path, names, values, book, units=["美元"]))
    assert (other.status, "美元" in other.questions[0][0]) == ("ask", True)
    in_brackets = only(planned(tmp_path, ["产量:甲:当月值(万元)"], values, book))
    assert list(in_brackets.values.values()) == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("policy", ["combined", "split", "carried"])
def test_sums_since_january_are_made_monthly(tmp_path: Path, policy: str) -> None:
    days = [d for d in months((2019, 3), 26) if d.month != 1]
    totals, sums = [], 0.0
    for d in days:
        sums = (0.0 if d.month == 2 else sums) + (2.0 if d.month == 2 else 1.0)
        totals.append(sums)
    blank = toy_book(
        tmp_path, models=[GROWS], data=EMPTY,
        releases=[["id", "a"], *([d, None] for d in months((2019, 1), 30))],
    )  # fmt: skip
    options = Options(jan_feb=policy, maps=("产量:甲:累计值=a",))  # type: ignore[arg-type]
    plan = planned(tmp_path, ["产量:甲:累计值"], [totals], blank, days, options, units=["亿元"])
    apply_import(plan)
    frame = read_book(blank).panel.series["a"].frame
    january, february = pd.Timestamp("2020-01-31"), pd.Timestamp("2020-02-29")
    # The first sum, of March 2019, says nothing of its month.
    assert pd.Timestamp("2019-03-31") not in frame.index
    wanted = {"combined": (None, 2.0), "split": (1.0, 1.0), "carried": (1.0, 1.0)}[policy]
    assert (frame["value"].get(january), frame["value"][february]) == wanted
    if policy == "split":
        assert frame["release"][january] == frame["release"][february]


def test_a_change_of_unit_waits_for_an_answer(tmp_path: Path) -> None:
    days = months((2017, 1), 40)
    values = [(80.0 + n * 7 % 5) / (100 if n < 20 else 1) for n in range(40)]
    book = toy_book(tmp_path, data=EMPTY)
    asked = only(planned(tmp_path, ["甲指标"], [values], book, days))
    assert (asked.status, asked.changes != ()) == ("ask", True)
    options = Options(breaks=("a@2018-09=100",))
    plan = planned(tmp_path, ["甲指标"], [values], book, days, options)
    apply_import(plan)
    frame = read_book(book).panel.series["a"].frame
    wanted = [v * 100 if n < 20 else v for n, v in enumerate(values)]
    assert frame["value"].to_list() == pytest.approx(wanted)
    # The answer is kept: the same file is no question the next time.
    assert only(planned(tmp_path, ["甲指标"], [values], book, days)).status == "same"


def test_a_break_that_the_header_states_needs_no_answer(tmp_path: Path) -> None:
    days = months((2017, 1), 40)
    values = [(80.0 + n * 7 % 5) / (100 if n < 20 else 1) for n in range(40)]
    book = toy_book(tmp_path, data=[*EMPTY[:3], ["断点", "2018-09"], *EMPTY[3:]])
    plan = planned(tmp_path, ["甲指标"], [values], book, days)
    assert only(plan).status == "write"
    apply_import(plan)
    read = read_book(book).panel.series["a"]
    assert list(read.frame["value"]) == values
    assert [f"{m:%Y-%m}" for m in read.breaks] == ["2018-09"]


def test_two_series_for_one_column_must_be_chosen_from(tmp_path: Path) -> None:
    book = toy_book(tmp_path)
    plan = planned(tmp_path, ["甲指标", "甲:同比"], [[1.0, 2, 3, 4], [5.0, 6, 7, 8]], book)
    assert [i.status for i in plan.items] == ["ask", "ask"]
    same = planned(tmp_path, ["甲指标", "甲:同比"], [[5.0, 6, 7, 8], [5.0, 6, 7, 8]], book)
    assert [i.status for i in same.items] == ["write", "spare"]


def test_dates_of_release_find_their_month(tmp_path: Path) -> None:
    rows = [["商品", "日期", "今值", "预测值", "前值"],
            *(["甲指标", date(2020, n + 2, 11), 5.0 + n, 1, 1] for n in range(4))]  # fmt: skip
    book = toy_book(tmp_path, releases=[["id", "a"], *([d, None] for d in MONTHS)])
    plan = plan_import([export(tmp_path, rows, "jin10.xlsx")], book)
    item = only(plan)
    assert list(item.values) == MONTHS
    apply_import(plan)
    frame = read_book(book).panel.series["a"].frame
    assert list(frame["value"]) == [5.0, 6.0, 7.0, 8.0]
    assert list(frame["release"]) == [pd.Timestamp(2020, n + 2, 11) for n in range(4)]


def test_a_book_that_changed_after_the_preview_is_left_alone(tmp_path: Path) -> None:
    book = toy_book(tmp_path)
    plan = planned(tmp_path, ["甲指标"], [[9.0, 2.0, 3.0, 4.0]], book)
    toy_book(tmp_path, prices=changed(PRICES, {(3, 1): 101.0}))
    content = book.read_bytes()
    with pytest.raises(BookError, match="changed_meanwhile"):
        apply_import(plan)
    assert book.read_bytes() == content


def test_an_open_book_is_left_alone(tmp_path: Path) -> None:
    book = toy_book(tmp_path)
    plan = planned(tmp_path, ["甲指标"], [[9.0, 2.0, 3.0, 4.0]], book)
    (tmp_path / "~$book.xlsx").write_bytes(b"")
    with pytest.raises(BookError, match="book_open"):
        apply_import(plan)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_the_verb_shows_first_and_writes_with_yes(tmp_path: Path) -> None:
    book = toy_book(tmp_path)
    file = export(tmp_path, wind(["甲指标"], MONTHS, [[1.0, 2.0, 9.0, 4.0]]), "e.xlsx")
    content = book.read_bytes()
    shown = run("import", file, "--into", book)
    assert shown.exit_code == 3
    assert book.read_bytes() == content
    assert "2020-03 3→9" in shown.output
    done = run("import", file, "--into", book, "--yes")
    assert done.exit_code == 0
    assert read_book(book).panel.series["a"].frame["value"].iloc[2] == 9.0
    table = run("revisions", book)
    assert "2020-03" in table.output
    assert "revisions: 1" in table.output
    nothing = run("import", tmp_path / "no.xlsx", "--into", book)
    assert (nothing.exit_code, "missing_file" in nothing.output) == (1, True)


@pytest.mark.parametrize(
    ("head", "likeness"), [(["同花顺iFinD"], ""), ([], "近似 most like ")], ids=["mark", "none"]
)
def test_a_weak_likeness_is_said_to_be_one(head: list[str], likeness: str, tmp_path: Path) -> None:
    rows = [head, ["指标名称", "甲指标"], ["单位", "%"], *([d, 1.0] for d in MONTHS)]
    plan = plan_import([export(tmp_path, rows, "x.xlsx")], toy_book(tmp_path))
    (reading,) = plan.readings
    assert reading.recognised is not None
    name = reading.recognised.layout.name
    assert sheet_lines(plan.readings)[0].startswith(f"x.xlsx / Sheet1: {likeness}{name}")
