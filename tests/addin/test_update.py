"""Data asked of vendors: what a book lacks, and the same book as through an export."""

from __future__ import annotations

import sys
import zipfile
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import find
from prosperity.panel import Panel
from prosperity.simulation import simulate
from prosperity_excel import vintages
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.cli.watching import next_day, scheduler_lines, watch
from prosperity_excel.intake import asked
from prosperity_excel.intake.ids import write_ids
from prosperity_excel.intake.needs import FIRST, needs_of
from prosperity_excel.intake.targets import open_for_import
from prosperity_excel.intake.update import cells_of, fetch
from prosperity_excel.template.template import write_template
from prosperity_excel.vendors import vendor
from prosperity_excel.vendors.akshare import mapping
from prosperity_excel.vendors.calling import Patience

from .exports import export
from .exports import wind as wind_rows
from .standins import Terminal, akshare, choice, ifind, wind
from .test_importing import copied, quotes_of, wind_of

LAST = date(2023, 7, 31)


@pytest.fixture(scope="module")
def autos() -> Panel:
    return simulate([find("autos")], first="2009-01", last="2023-07")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "autos.xlsx"
    write_template([find("autos")], path)
    opened = openpyxl.load_workbook(path)
    for name in ("data", "prices"):
        sheet = opened[name]
        (row,) = (r for r in range(1, 14) if sheet.cell(r, 1).value == "来源")
        for column in range(2, sheet.max_column + 1):
            sheet.cell(row, column).value = "Wind"
    opened.save(path)
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = tmp_path / "home" / "asked.json"
    monkeypatch.setattr(asked, "asked_file", lambda: kept)
    monkeypatch.setattr("prosperity_excel.cli.update.today", lambda: LAST + timedelta(days=14))
    return kept


@pytest.fixture
def terminal(autos: Panel, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal that has every Wind id of the model, and its prices."""
    values: dict[str, dict[date, float]] = {}
    for indicator in find("autos").indicators:
        for id in indicator.source_ids[:1]:
            series = autos.series[indicator.id].frame["value"]
            values[id] = {day.date(): float(value) for day, value in series.items()}
    codes = {"801880.SI": "autos", "881001.WI": "benchmark"}
    for code, column in codes.items():
        prices = autos.prices[column].dropna()
        values[code] = {day.date(): float(value) for day, value in prices.items()}
    made = Terminal(values)
    monkeypatch.setitem(sys.modules, "WindPy", wind(made))
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["update", *words])


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def values_in(path: Path, sheet: str = "data") -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path)
    return list(book[sheet].iter_rows(values_only=True))


def test_an_update_is_the_import_of_an_export(
    autos: Panel, template: Path, terminal: Terminal, tmp_path: Path
) -> None:
    """The same months through a file and through the interface give the same book."""
    served = {i.source_ids[0] for i in find("autos").indicators if i.source_ids}
    by_file, by_call = (copied(template, tmp_path, f"{n}.xlsx") for n in ("file", "call"))
    files = [str(wind_of(autos, tmp_path)), str(quotes_of(autos, tmp_path))]
    names = [i.name_zh for i in find("autos").indicators if not i.source_ids]
    left_out = [word for name in names for word in ("--map", f"中国：{name}=")]
    done = CliRunner().invoke(main, ["import", *files, "--into", str(by_file), *left_out, "--yes"])
    assert done.exit_code == 0, done.output
    result = run(str(by_call), "--source", "wind", "--since", "2005-01-01", "--yes")
    assert served
    assert values_in(by_call) == values_in(by_file)
    assert values_in(by_call, "prices") == values_in(by_file, "prices")
    same = parts(by_file).keys() == parts(by_call).keys()
    assert same, result.output
    differ = [n for n, content in parts(by_file).items() if parts(by_call)[n] != content]
    # Each book has an identity of its own.
    assert set(differ) <= {"docProps/custom.xml", "docProps/core.xml"}


def test_what_is_missing_is_asked_for_and_a_look_back(
    autos: Panel, template: Path, terminal: Terminal, tmp_path: Path
) -> None:
    book = copied(template, tmp_path)
    run(str(book), "--source", "wind", "--yes")
    opened = open_for_import(book)
    today = date(2023, 8, 14)
    needs, _ = needs_of(opened, {"wind": vendor("wind")}, today)
    begins = {need.target.sheet: need.begin for need in needs}
    assert begins["data"] == date(2021, 8, 1)
    assert begins["prices"] == date(2023, 7, 15)
    empty, _ = needs_of(open_for_import(template), {"wind": vendor("wind")}, today)
    assert {need.begin for need in empty} == {FIRST}
    assert cells_of(needs)["wind"] < cells_of(empty)["wind"] / 4


def test_a_dry_run_asks_nobody(template: Path, terminal: Terminal, tmp_path: Path) -> None:
    book = copied(template, tmp_path)
    before = book.read_bytes()
    result = run(str(book), "--plan")
    assert result.exit_code == 0
    assert "cells" in result.output
    assert (terminal.calls, book.read_bytes()) == ([], before)


def test_one_retired_id_leaves_the_others(
    template: Path, terminal: Terminal, tmp_path: Path
) -> None:
    gone = "M0001385"
    terminal.fails = lambda ids: -40522005 if gone in ids else 0
    book = copied(template, tmp_path)
    result = run(str(book), "--source", "wind", "--yes")
    assert result.exit_code == 3
    assert "m2_yoy" in result.output
    rows = values_in(book)
    ids = next(row for row in rows if row[0] == "id")
    filled = {id for n, id in enumerate(ids) if n and any(
        isinstance(row[n], float) for row in rows if isinstance(row[0], date))}  # fmt: skip
    assert "m2_yoy" not in filled
    assert filled
    # The next run asks only for what is still missing.
    terminal.calls.clear()
    terminal.fails = None
    again = run(str(book), "--source", "wind", "--yes")
    assert again.exit_code == 0, again.output
    assert {id for call in terminal.calls for id in call} == {gone}


def test_nothing_half_written_when_it_is_stopped(
    template: Path, terminal: Terminal, tmp_path: Path
) -> None:
    book = copied(template, tmp_path)
    before = book.read_bytes()

    def stop(ids: Any) -> int:
        raise KeyboardInterrupt

    terminal.fails = stop
    result = run(str(book), "--source", "wind", "--yes")
    assert result.exit_code != 0
    assert book.read_bytes() == before


def test_a_revised_value_is_a_revision(template: Path, terminal: Terminal, tmp_path: Path) -> None:
    book = copied(template, tmp_path)
    run(str(book), "--source", "wind", "--yes")
    day = date(2023, 6, 30)
    terminal.values["M0001385"][day] += 0.1  # type: ignore[index]
    shown = run(str(book), "--source", "wind", "--again")
    assert shown.exit_code == 3, "nobody agreed"
    assert "2023-06" in shown.output
    assert not vintages.revisions(book, "m2_yoy")
    run(str(book), "--source", "wind", "--again", "--yes")
    (revised,) = vintages.revisions(book, "m2_yoy")
    assert revised.period == day


def test_the_first_source_that_has_it_and_the_other_as_a_check(
    autos: Panel, template: Path, terminal: Terminal, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    m2 = terminal.values["M0001385"]
    table = pd.DataFrame(
        {
            "月份": [f"{day.year}年{day.month:02d}月份" for day in m2],
            "货币和准货币(M2)-同比增长": [round(v + (0.3 if day == LAST else 0), 1)
                                   for day, v in m2.items()],
        }
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "akshare", akshare(macro_china_money_supply=table))
    monkeypatch.setattr("prosperity_excel.vendors.akshare.find_spec", lambda _: object())
    vendors = {id: vendor(id) for id in ("wind", "akshare")}
    needs, _ = needs_of(open_for_import(template), vendors, LAST, only=("wind", "akshare"))
    m2_need = [need for need in needs if need.target.id == "m2_yoy"]
    found = fetch(m2_need, vendors)
    assert found.readings[0].series[0].source == "Wind"
    assert {one.when for one in found.differences} == {LAST.replace(day=1)}
    terminal.fails = lambda ids: -40520005
    fallen = fetch(m2_need, vendors)
    assert [reading.series[0].source for reading in fallen.readings] == ["AKShare"]


def test_secrets_are_in_no_output(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "hunter2-secret"
    monkeypatch.setenv("PROSPERITY_IFIND_USER", "desk")
    monkeypatch.setenv("PROSPERITY_IFIND_PASSWORD", secret)
    monkeypatch.setenv("PROSPERITY_FRED_KEY", secret)
    terminal = Terminal({})
    terminal.fails = lambda ids: f"bad request password={secret}"
    monkeypatch.setitem(sys.modules, "iFinDPy", ifind(terminal, secret))
    book = copied(template, tmp_path)
    opened = openpyxl.load_workbook(book)
    sheet = opened["data"]
    labels = {sheet.cell(r, 1).value: r for r in range(1, 12)}
    sheet.cell(labels["指标ID"], 2).value = "M001620326"
    opened.save(book)
    result = run(str(book), "--source", "ifind", "--yes")
    log = tmp_path / "prosperity.log"
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert secret not in result.output + str(result.exception)
    assert not any(secret.encode() in p.read_bytes() for p in [*written, log] if p.exists())


def test_what_was_asked_is_forgotten_when_it_cannot_be_read(home: Path, tmp_path: Path) -> None:
    home.parent.mkdir(parents=True)
    for content in ("", "[]", "{", '{"x": 1}', "\x00"):
        home.write_text(content, encoding="utf-8")
        assert asked.asked_today(tmp_path / "a.xlsx", LAST) == frozenset()


def tables_of(panel: Panel) -> dict[str, Any]:
    """Return what AKShare's functions would give of a panel."""

    def months(**columns: str) -> pd.DataFrame:
        index = panel.series["m2_yoy"].frame.index
        made: dict[str, list[Any]] = {"月份": [f"{d.year}年{d.month:02d}月份" for d in index]}
        for name, id in columns.items():
            values = (
                panel.series[id].frame["value"] if id in panel.series else pd.Series(dtype=float)
            )
            made[name] = [values.get(d) for d in index]
        return pd.DataFrame(made)[::-1]

    def closes(name: str, day: str, value: str) -> pd.DataFrame:
        prices = panel.prices[name].dropna()
        return pd.DataFrame({day: [d.date() for d in prices.index], value: prices.to_numpy()})

    money = {"货币(M1)-同比增长": "m1_yoy", "货币和准货币(M2)-同比增长": "m2_yoy",
             "货币和准货币(M2)-数量(亿元)": "m2_level"}  # fmt: skip
    rates = panel.series["cgb10y"].frame["value"]
    rate_table = pd.DataFrame({"日期": [d.date() for d in rates.index],
                               "中国国债收益率10年": rates.to_numpy()})  # fmt: skip
    return {
        "macro_china_money_supply": months(**money),
        "macro_china_pmi": months(**{"制造业-指数": "pmi"}),
        "macro_china_cpi": months(**{"全国-同比增长": "cpi_yoy"}),
        "macro_china_ppi": months(**{"当月同比增长": "ppi_yoy"}),
        "macro_china_xfzxx": months(**{"消费者信心指数-指数值": "consumer_confidence"}),
        "macro_china_gyzjz": months(**{"同比增长": "industrial_value_added_yoy"}).assign(
            发布时间=""
        ),
        "macro_china_real_estate": months().rename(columns={"月份": "日期"}).assign(最新值=None),
        "bond_zh_us_rate": rate_table,
        "index_hist_sw": closes("autos", "日期", "收盘"),
        "stock_zh_index_daily": closes("benchmark", "date", "close"),
    }


def test_a_folder_is_started_from_open_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [find("autos"), find("food_beverage")]
    panel = simulate(models, first="2005-01", last="2023-07")
    monkeypatch.setitem(sys.modules, "akshare", akshare(**tables_of(panel)))
    monkeypatch.setattr("prosperity_excel.vendors.akshare.find_spec", lambda _: object())
    monkeypatch.setattr("prosperity_excel.vendors.oecd.Oecd.serves", lambda *_: "")
    monkeypatch.setattr("prosperity_excel.excel.start.date", _Day)
    folder = tmp_path / "desk"
    result = CliRunner().invoke(main, ["start", str(folder)])
    assert result.exit_code == 0, result.output
    names = {path.name for path in folder.glob("*.xlsx")}
    assert {"autos.xlsx", "food_beverage.xlsx", "report.xlsx"} <= names
    assert "模拟" not in (str(values_in(folder / "autos.xlsx")))
    again = CliRunner().invoke(main, ["start", str(folder)])
    assert again.exit_code == 1, "what is there is not replaced without --force"


class _Day(date):
    @classmethod
    def today(cls) -> date:
        return LAST + timedelta(days=14)


def test_nothing_can_be_started_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prosperity_excel.excel.start.OPEN", ("fred",))
    monkeypatch.delenv("PROSPERITY_FRED_KEY", raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    result = CliRunner().invoke(main, ["start", str(tmp_path / "desk")])
    assert result.exit_code == 1
    assert "no_open_source" in result.output
    assert not (tmp_path / "desk").exists()


def test_an_id_that_was_confirmed_stays_in_the_book(template: Path, tmp_path: Path) -> None:
    book = copied(template, tmp_path)
    opened = open_for_import(book)
    (target,) = (t for t in opened.targets if t.id == "long_loans_yoy")
    backup = write_ids(opened, {target: "AKSHARE:macro_china_x/最新值"})
    assert backup is not None
    vendors = {"akshare": vendor("akshare")}
    needs, _ = needs_of(open_for_import(book), vendors, LAST)
    (need,) = (need for need in needs if need.target.id == "long_loans_yoy")
    assert need.wishes[0][1].id == "AKSHARE:macro_china_x/最新值"
    unchanged = [row for row in values_in(template) if row[0] not in ("指标ID", "来源")]
    assert [r for r in values_in(book) if r[0] not in ("指标ID", "来源")] == unchanged


def test_the_next_day_is_the_next_release(autos: Panel, tmp_path: Path) -> None:
    path = tmp_path / "autos.xlsx"
    write_template([find("autos")], path, panel=autos)
    book = read_book(path)
    # M2 of August comes on about the 12th of September; in the 10-year yield nothing is waited for.
    assert next_day([book], date(2023, 8, 14)) > date(2023, 8, 14)
    assert next_day([book], date(2023, 8, 14)) <= date(2023, 8, 31)
    assert next_day([], LAST) == LAST + timedelta(days=7)


def test_watching_updates_waits_and_stops(autos: Panel, tmp_path: Path) -> None:
    path = tmp_path / "autos.xlsx"
    write_template([find("autos")], path, panel=autos)
    at = [datetime(2023, 8, 14, 9, 0)]
    done: list[datetime] = []
    said: list[str] = []

    def sleep(seconds: float) -> None:
        at[0] += timedelta(hours=6)
        if len(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch([path], lambda: done.append(at[0]), say=said.append, now=lambda: at[0], sleep=sleep)
    assert len(done) == len(said) == 3
    assert [when.hour for when in done[1:]] == [21, 21], "not before six in the evening"
    assert done[1].date() > done[0].date()


def test_lines_for_schedulers() -> None:
    windows, cron = scheduler_lines(["/a folder/book.xlsx"])
    assert windows.startswith("schtasks /Create")
    assert "'/a folder/book.xlsx'" in cron
    assert cron.endswith("--yes")


def other_vendor(folder: Path, template: Path, ids: dict[str, str], source: str) -> Path:
    """Return a copy of the template whose columns go by another vendor's ids."""
    book = copied(template, folder, f"{source}.xlsx")
    opened = openpyxl.load_workbook(book)
    sheet = opened["data"]
    labels = {sheet.cell(r, 1).value: r for r in range(1, 14)}
    for column in range(2, sheet.max_column + 1):
        id = sheet.cell(labels["id"], column).value
        sheet.cell(labels["指标ID"], column).value = ids.get(id)
        sheet.cell(labels["来源"], column).value = source
    opened.save(book)
    return book


@pytest.mark.parametrize(
    ("word", "source", "ids"),
    [
        ("ifind", "iFinD", {"m2_yoy": "M001625222", "m1_yoy": "M001625221"}),
        ("choice", "Choice", {"m2_yoy": "EMM00087086", "m1_yoy": "EMM00087084"}),
    ],
)
def test_every_terminal_gives_what_its_export_gives(
    autos: Panel, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    word: str, source: str, ids: dict[str, str],
) -> None:  # fmt: skip
    values = {
        vendor_id: {d.date(): float(v) for d, v in autos.series[id].frame["value"].items()}
        for id, vendor_id in ids.items()
    }
    terminal = Terminal(values)
    monkeypatch.setenv("PROSPERITY_IFIND_USER", "desk")
    monkeypatch.setenv("PROSPERITY_IFIND_PASSWORD", "right")
    monkeypatch.setitem(sys.modules, "iFinDPy", ifind(terminal))
    monkeypatch.setitem(sys.modules, "EmQuantAPI", choice(terminal))
    by_file = other_vendor(tmp_path, template, ids, source)
    by_call = copied(by_file, tmp_path, "call.xlsx")
    days = sorted(next(iter(values.values())), reverse=True)
    columns = [[values[i].get(day) for day in days] for i in ids.values()]
    titles = [find("autos").indicator(id).name_zh for id in ids]
    rows = wind_rows(titles, days, columns, ids=list(ids.values()),
                     frequencies=["月"] * len(ids), newest_first=True)  # fmt: skip
    file = export(tmp_path, rows, "export.xlsx")
    done = CliRunner().invoke(main, ["import", str(file), "--into", str(by_file), "--yes"])
    assert done.exit_code == 0, done.output
    result = run(str(by_call), "--source", word, "--since", "2005-01-01", "--yes")
    assert values_in(by_call) == values_in(by_file), result.output


def test_choices_publication_dates_go_to_releases(
    autos: Panel, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {"m2_yoy": "EMM00087086"}
    frame = autos.series["m2_yoy"].frame
    values = {d.date(): float(v) for d, v in frame["value"].items()}
    out = {day: day + timedelta(days=9) for day in values}
    terminal = Terminal({ids["m2_yoy"]: values}, {ids["m2_yoy"]: out})
    monkeypatch.setitem(sys.modules, "EmQuantAPI", choice(terminal))
    book = other_vendor(tmp_path, template, ids, "Choice")
    run(str(book), "--source", "choice", "--since", "2005-01-01", "--yes")
    read = read_book(book).panel.series["m2_yoy"].frame
    assert read["explicit"].all()
    assert {d.date(): r.date() for d, r in read["release"].items()} == out


def test_a_quota_that_ends_in_the_middle_is_gone_on_with_later(
    template: Path, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prosperity_excel.vendors.wind.Wind.batch", 1)
    terminal.fails = lambda ids: -40522017 if len(terminal.calls) > 3 else 0
    book = copied(template, tmp_path)
    result = run(str(book), "--source", "wind", "--yes")
    assert (result.exit_code, "额度" in result.output) == (3, True)
    got = {call[0] for call in terminal.calls[:3]}
    terminal.calls.clear()
    terminal.fails = None
    run(str(book), "--source", "wind", "--yes")
    assert not got & {id for call in terminal.calls for id in call}
    assert terminal.calls


def test_a_network_that_is_cut_writes_what_came(
    template: Path, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prosperity_excel.vendors.wind.Wind.batch", 1)
    quick = partial(Patience, waits=(0.0,))
    monkeypatch.setattr("prosperity_excel.vendors.calling.Patience", quick)
    terminal.fails = lambda ids: -40521003 if len(terminal.calls) > 2 else 0
    book = copied(template, tmp_path)
    result = run(str(book), "--source", "wind", "--yes")
    assert result.exit_code == 3
    assert "网络" in result.output
    assert read_book(book).panel.prices.notna().any().any()


def test_a_reason_is_said_once_for_all_its_columns(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "WindPy", None)
    result = run(str(copied(template, tmp_path)), "--source", "wind", "--yes")
    assert result.output.count("is not installed") == 1
    assert "autos" in result.output
    plain = run(str(copied(template, tmp_path, "b.xlsx")), "--plan")
    assert "only wind has it" in plain.output


def test_a_start_without_any_answer_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = {name: ConnectionError("x") for name in tables_of_names()}
    monkeypatch.setitem(sys.modules, "akshare", akshare(**failing))
    monkeypatch.setattr("prosperity_excel.vendors.akshare.find_spec", lambda _: object())
    monkeypatch.setattr("prosperity_excel.vendors.oecd.Oecd.serves", lambda *_: "")
    quick = partial(Patience, waits=())
    monkeypatch.setattr("prosperity_excel.vendors.calling.Patience", quick)
    result = CliRunner().invoke(main, ["start", str(tmp_path / "desk")])
    assert result.exit_code == 1
    assert "nothing_fetched" in result.output
    assert not (tmp_path / "desk").exists()


def tables_of_names() -> set[str]:
    return {mapped.function for mapped in mapping().values()}
