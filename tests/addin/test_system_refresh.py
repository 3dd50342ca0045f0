"""Results of systems and of the plan in the analyst's own books: the model's own, nothing lost."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.plan_standing import holdings_of, layer_weights
from prosperity.simulation import simulate
from prosperity.systems.reading import find_system
from prosperity.systems.simulated import simulated_system
from prosperity.systems.standing import asset_standings, input_standings
from prosperity_excel.cli import main
from prosperity_excel.ooxml.grid import FIRST_ROW, KEY_ROW
from prosperity_excel.results.plan_layout import HOLDINGS
from prosperity_excel.results.system_layout import STANDING, system_sheets
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.sheets.workbook import Sheet, open_workbook
from prosperity_excel.template.system_template import write_system_template
from prosperity_excel.template.template import write_template

DAY = "2026-07-05"
IDS = ("macro_position", "industry_diffusion")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of two systems' books, and a book of two industries."""
    folder = tmp_path_factory.mktemp("books")
    for id in IDS:
        system = find_system(id)
        panel = simulated_system(system, months=60)
        write_system_template(system, folder / f"{id}.xlsx", panel=panel)
    models = [catalog()[id] for id in ("autos", "banks")]
    panel = simulate(closure(models, catalog()), first="2016-01")
    write_template(models, folder / "industries.xlsx", panel=panel)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "own")
    return tmp_path / "own"


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def columns(sheet: Sheet, first: str, keys: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Return the rows of a block: columns by their keys, from the first of that name on."""
    row = [sheet.cell(KEY_ROW, column) for column in range(sheet.width)]
    start = row.index(first)
    at = [row.index(key, start) for key in keys]
    found = [
        # A cell that is shown in percent says so.
        tuple(getattr(v, "value", v) for v in (sheet.cell(r, c) for c in at))
        for r in range(FIRST_ROW, len(sheet.rows))
    ]
    return [row for row in found if any(value is not None for value in row)]


def test_a_systems_book_takes_its_results(folder: Path) -> None:
    path = folder / "industry_diffusion.xlsx"
    done = shell("refresh", path, "--on", DAY)
    assert done.exit_code == 0, done.output
    result = run_books([path]).systems["industry_diffusion"]
    assert result.latest is not None
    sheet = open_workbook(path).sheet("result")
    standing = asset_standings(result, result.latest)
    assert [(r[0], r[3], r[4]) for r in columns(sheet, "asset", tuple(STANDING))] == [
        (one.id, pytest.approx(one.score, nan_ok=True) if one.score == one.score else None,
         pytest.approx(one.weight) if one.weight == one.weight else None)
        for one in standing
    ]  # fmt: skip
    assert result.backtest is not None
    nav = columns(sheet, "date", ("date", "strategy"))
    assert nav[-1][1] == round(float(result.backtest.nav["strategy"].iloc[-1]), 8)
    decided = columns(sheet, "decision", ("decision",))
    assert len(decided) == len(result.decisions)
    inputs = input_standings(find_system(result.id), result)
    assert [r[0] for r in columns(sheet, "input", ("input",))] == [one.id for one in inputs]
    text = " ".join(str(sheet.cell(row, 0)) for row in range(7))
    assert "SIMULATED" in text
    assert "模拟数据" in text
    # The same again changes nothing and writes nothing.
    before = path.read_bytes()
    again = shell("refresh", path, "--on", DAY)
    assert "not written" in again.output
    assert path.read_bytes() == before


def test_a_refresh_changes_our_sheets_alone(folder: Path) -> None:
    path = folder / "macro_position.xlsx"
    names = open_workbook(path).names
    with zipfile.ZipFile(path) as package:
        before = {name: package.read(name) for name in package.namelist()}
    assert shell("refresh", path, "--on", DAY).exit_code == 0
    with zipfile.ZipFile(path) as package:
        after = {name: package.read(name) for name in package.namelist()}
    assert open_workbook(path).names == names
    changed = {name for name, content in before.items() if after[name] != content}
    ours = {n for n in changed if "chart" not in n and not n.startswith("docProps")}
    number = {name: f"xl/worksheets/sheet{n}.xml" for n, name in enumerate(names, 1)}
    assert number["result"] in ours
    assert number["prices"] not in ours
    assert number["data"] not in ours
    assert list(folder.rglob("macro_position.*.refresh.xlsx"))


def test_an_old_decision_is_said_above_the_results(folder: Path) -> None:
    path = folder / "macro_position.xlsx"
    assert shell("refresh", path, "--on", "2027-01-05").exit_code == 0
    sheet = open_workbook(path).sheet("result")
    assert "overdue since the decision" in str(sheet.cell(4, 0))
    assert "已过期" in str(sheet.cell(3, 0))


def test_somebodys_own_sheet_is_not_replaced(folder: Path, tmp_path: Path) -> None:
    from tests.addin.books import save

    path = save(tmp_path / "own.xlsx", {"plan": [["my plan"], ["buy low"]]})
    before = path.read_bytes()
    done = shell("plan", folder, "--into", path, "--on", DAY)
    assert done.exit_code == 1
    assert "not_our_sheet" in done.output
    assert path.read_bytes() == before


def test_the_plan_goes_into_a_book(folder: Path) -> None:
    path = folder / "industries.xlsx"
    done = shell("plan", folder, "--into", path, "--on", DAY)
    assert done.exit_code == 0, done.output
    evaluation = run_books(sorted(folder.glob("*.xlsx")), today=date.fromisoformat(DAY))
    plan = evaluation.plan
    assert plan is not None
    sheet = open_workbook(path).sheet("plan")
    held = columns(sheet, "held", tuple(HOLDINGS))
    assert [(r[0], r[3], r[13]) for r in held] == [
        (one.id, pytest.approx(one.now), one.why[0] if one.why else None)
        for one in holdings_of(plan, plan.decisions[-1])
    ]
    layers = columns(sheet, "layer", ("layer", "nav_0", "nav_30"))
    assert [row[0] for row in layers] == [layer.id for layer in plan.layers]
    assert layers[1][1] == pytest.approx(plan.layers[1].nav["0"].iloc[-1])
    weights = layer_weights(plan)
    worth = columns(sheet, "worth", ("worth", "industries", "veto"))
    assert [row[0] for row in worth] == list(weights.index)
    assert sum(row[2] for row in worth if row[2]) == pytest.approx(1.0)
    # It reads no worse than before: the same book still runs, and says the same.
    again = shell("plan", folder, "--into", path, "--on", DAY)
    assert "not written" in again.output


def test_sheets_of_results_have_names_of_their_own() -> None:
    assert system_sheets(["a"]) == {"a": "result"}
    assert system_sheets(["a", "b"]) == {"a": "result_a", "b": "result_b"}
    assert system_sheets(["autos"], ["autos"])["autos"] != "result"
    long = system_sheets(["x" * 40, "x" * 41], ["autos"])
    assert len(set(long.values())) == 2
    assert all(len(name) <= 31 for name in long.values())


def test_a_refresh_on_a_plain_day_needs_no_option(folder: Path) -> None:
    path = folder / "macro_position.xlsx"
    assert shell("refresh", path).exit_code == 0
    age = open_workbook(path).sheet("result")
    rows = dict(columns(age, "item", ("item", "value")))
    assert rows["age"] == (date.today() - datetime.fromisoformat("2026-06-30").date()).days


def press(path: Path, action: str) -> str:
    from prosperity_excel.excel import ribbon
    from prosperity_excel.formulas.serve import SESSION

    from tests.addin.file_engine import open_book

    SESSION.clear()
    book = open_book(path)
    said = ribbon.perform(action, "", book)
    book.save()
    return said


def test_the_button_writes_what_the_shell_writes(folder: Path, tmp_path: Path) -> None:
    by_button = tmp_path / "button.xlsx"
    shutil.copy(folder / "industry_diffusion.xlsx", by_button)
    said = press(by_button, "refresh_system")
    assert "industry" in said.casefold() or "行业" in said
    assert shell("refresh", folder / "industry_diffusion.xlsx").exit_code == 0
    ours = open_workbook(by_button).sheet("result")
    theirs = open_workbook(folder / "industry_diffusion.xlsx").sheet("result")
    keys = ("asset", "score", "weight")
    written, wanted = (columns(sheet, "asset", keys) for sheet in (ours, theirs))
    assert [row[0] for row in written] == [row[0] for row in wanted]
    for one, other in zip(written, wanted, strict=True):
        assert one[1:] == pytest.approx(other[1:])
    assert "no sheets system" in press(folder / "industries.xlsx", "refresh_system")


def test_the_button_writes_the_plan_of_book_and_library(folder: Path, tmp_path: Path) -> None:
    from prosperity_excel.runs.settings import write_user

    write_user({"library": str(folder)})
    path = tmp_path / "industries.xlsx"
    shutil.copy(folder / "industries.xlsx", path)
    (folder / "industries.xlsx").unlink()
    said = press(path, "write_plan")
    assert "plan" in said
    plan = run_books([path, *sorted(folder.glob("*.xlsx"))]).plan
    assert plan is not None
    held = columns(open_workbook(path).sheet("plan"), "held", ("held", "weight"))
    assert held == [
        (one.id, pytest.approx(one.now)) for one in holdings_of(plan, plan.decisions[-1])
    ]
