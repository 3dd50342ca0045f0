"""Formulas and buttons in a real Calc: what a person sees there, beside what a shell says."""

from __future__ import annotations

import json
import math
import os
import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import CliRunner
from prosperity_excel.calc.install import install, uninstall
from prosperity_excel.cli import main
from prosperity_excel.formulas.cell_values import MARK
from prosperity_excel.formulas.registry import BY_NAME, FUNCTIONS
from prosperity_excel.formulas.serve import SESSION, serve
from prosperity_excel.runs.settings import FILE_VARIABLE, write_user

from tests.addin import calc_office

NOT_AVAILABLE, WRONG, NO_BOOK, CANNOT = 32767, 519, 524, 521
_NULL = datetime(1899, 12, 30)


def leftovers(profile: Path) -> list[str]:
    """Return what of a profile speaks of us, in its names or contents."""
    return [
        str(path.relative_to(profile))
        for path in sorted(profile.rglob("*"))
        if "prosperity" in path.name.lower()
        or (path.is_file() and b"prosperity" in path.read_bytes().lower())
    ]


def travelling(path: Path) -> Path:
    """Write a book as Excel has it: formulas of ours, with values that were stored."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("calc")
    sheet.write_formula("A1", '=PROSPERITY("glass")', None, -9.5)
    sheet.write_formula("A2", '=IFERROR(PROSPERITY_SIGNAL("autos","2018-03"),"none")', None, 7)
    sheet.write_formula("A3", '=PROSPERITY_INDICATOR("autos","m2_yoy","2018-03","raw")', None, 1)
    sheet.write_formula("A4", '=PROSPERITY("glass",,,data!A:C)', None, 2)
    sheet.write_array_formula(
        "C1:D6", '{=PROSPERITY_SERIES("glass","change","2018-07","2018-12")}', None, 1
    )
    book.add_worksheet("data").write("A1", "指标名称")
    book.close()
    return path


def asked(library: Path, folder: Path) -> list[dict[str, Any]]:
    """Return each function of the registry as it is entered, and the size of its answer."""
    write_user({"library": str(library)})
    SESSION.clear()
    found = []
    for function in FUNCTIONS:
        arguments = [*function.sample, *[None] * (len(function.arguments) - len(function.sample))]
        answer = serve(function.name, None, tuple(arguments))
        table = isinstance(answer, list)
        found.append(
            {
                "name": function.name,
                "formula": calc_office.formula(function.name, function.sample),
                "array": table,
                "height": len(answer) if table else 1,
                "width": len(answer[0]) if table else 1,
                "expected": plain(answer) if table else plain([[answer]]),
            }
        )
    return found


def plain(rows: list[list[Any]]) -> list[list[Any]]:
    """Return an answer as Calc shows it: dates as numbers, errors by their numbers."""
    numbers = {2042: 32767, 2015: 519, 2023: 524, 2036: 503, 2007: 532, 2029: 525, 2000: 521}

    def one(value: Any) -> Any:
        if isinstance(value, datetime):
            return (value - _NULL) / timedelta(days=1)
        if isinstance(value, str) and value.startswith(MARK):
            return {"error": numbers[int(value.removeprefix(MARK))]}
        return value

    return [[one(value) for value in row] for row in rows]


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what was done in Calc, with the extension installed and taken out again."""
    shared = tmp_path_factory.getbasetemp().parent
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shared = tmp_path_factory.mktemp("calc")

    def make(folder: Path) -> None:
        office = calc_office.real_office(folder / "profile")
        calc_office.office_python(office.program)  # type: ignore[arg-type]
        settings = folder / "settings.toml"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(FILE_VARIABLE, str(settings))
            library = calc_office.make_books(folder)
            every = asked(library, folder)
            todo = {
                "every": every,
                "all": calc_office.copied(library / "all.xlsx", folder, "mine.xlsx"),
                "book": calc_office.copied(folder / "glass.xlsx", folder, "edited.xlsx"),
                "pressed": calc_office.copied(folder / "glass.xlsx", folder, "pressed.xlsx"),
                "export": str(_export(folder / "export.csv")),
                "report": str(folder / "report.xlsx"),
                "travel": str(travelling(folder / "travel.xlsx")),
                "folder": str(folder),
            }
            with calc_office.desk_user(office, folder) as desk:
                installed = install(desk)
            there = leftovers(office.profile)
            found = calc_office.play(office, folder, todo)
            with calc_office.desk_user(office, folder) as desk:
                removed = uninstall(desk)
            out = folder / "run.json"
            done = CliRunner().invoke(main, ["run", str(library / "all.xlsx"), "--json", str(out)])
            assert done.exit_code == 0, done.output
            told = {
                "todo": todo, "found": found, "installed": installed, "there": there,
                "removed": removed, "left": leftovers(office.profile),
                "run": json.loads(out.read_text(encoding="utf-8")),
            }  # fmt: skip
            (folder / "seen.json").write_text(json.dumps(told), encoding="utf-8")

    folder = calc_office.once(shared, "calc-office", make)
    told: dict[str, Any] = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    return told


def _export(path: Path) -> Path:
    """Write an export with a month more of two series."""
    path.write_text(
        "指标名称,国房景气指数,汽车产量\n频率,月,月\n单位,指数,万辆\n"
        "2026-05-31,99.1,3100.5\n2026-06-30,99.4,3140.5\n2026-07-31,99.7,3151.5\n",
        encoding="utf-8",
    )
    return path


def scene(seen: dict[str, Any], name: str) -> Any:
    found = seen["found"][name]
    assert "failed" not in found, found["failed"]
    return found


def same(shown: Any, expected: Any) -> bool:
    if isinstance(expected, int | float) and isinstance(shown, int | float):
        return math.isclose(shown, expected, rel_tol=1e-12, abs_tol=1e-12)
    return bool(shown == expected)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("when", ["entered", "recalculated"])
def test_each_function_shows_in_calc_what_it_answers(
    seen: dict[str, Any], name: str, when: str
) -> None:
    expected = next(one["expected"] for one in seen["todo"]["every"] if one["name"] == name)
    shown = scene(seen, "every")[when][name]
    wrong = [
        (r, c, shown[r][c], value)
        for r, row in enumerate(expected)
        for c, value in enumerate(row)
        if not same(shown[r][c], value)
    ]
    assert not wrong, wrong[:5]


def test_no_sample_is_an_error_so_that_something_was_compared(seen: dict[str, Any]) -> None:
    firsts = {one["name"]: one["expected"][0][0] for one in seen["todo"]["every"]}
    assert not {name: v for name, v in firsts.items() if isinstance(v, dict)}


def test_cells_equal_the_shell_s_run(seen: dict[str, Any]) -> None:
    industries = seen["run"]["industries"]
    shown = scene(seen, "every")["recalculated"]
    glass = industries["glass"]
    assert same(shown["PROSPERITY"][0][0], glass["composite"][-1])
    changes = {day[:7]: v for day, v in zip(glass["dates"], glass["change"], strict=True)}
    for day, change in shown["PROSPERITY_SERIES"]:
        assert same(change, changes[f"{_NULL + timedelta(days=day):%Y-%m}"])
    assert same(shown["PROSPERITY_BACKTEST"][0][0], industries["autos"]["backtest"]["sharpe"])
    rows = scene(seen, "many")
    days = [day[:7] for day in industries["autos"]["dates"]]
    autos = dict(zip(days, industries["autos"]["composite"], strict=True))
    for month, shown_value in zip(rows["months"], rows["values"], strict=True):
        expected = autos.get(month)
        assert same(shown_value, {"error": NOT_AVAILABLE} if expected is None else expected)
    assert sum(isinstance(v, float) for v in rows["values"]) > 500


def test_errors_are_true_ones(seen: dict[str, Any]) -> None:
    found = scene(seen, "errors")
    assert found["unknown"] == {"error": WRONG}
    assert found["absent"] == {"error": NOT_AVAILABLE}
    assert found["no_book"] == {"error": NO_BOOK}
    assert (found["isna"], found["isna_of_wrong"], found["iserror"]) == (1.0, 0.0, 1.0)
    assert found["iferror"] == "caught"
    assert found["of_an_error"] == {"error": WRONG}
    assert "nowhere" in found["why"]
    assert found["chinese"] == 0.0


def test_a_changed_input_changes_the_cells_that_name_it(seen: dict[str, Any]) -> None:
    found = scene(seen, "edits")
    live, plain_cell, padded = found["before"]
    assert live == plain_cell == padded
    assert found["after"][0] == found["after"][2] != live
    # Without the range a formula does not know of the change, until Refresh.
    assert found["after"][1] == plain_cell
    assert found["refreshed"] == found["after"][0]
    assert found["back"] == live
    assert "glass" in found["said"]


def test_a_killed_interpreter_is_started_again(seen: dict[str, Any]) -> None:
    found = scene(seen, "killed")
    assert len(found["ended"]) == len(found["started"]) == 1
    assert found["ended"] != found["started"]
    assert found["after"] == found["before"]


def test_the_sheet_can_be_used_while_twenty_industries_are_ranked(seen: dict[str, Any]) -> None:
    found = scene(seen, "rank")
    assert [row[0] for row in found["rank"][1:]] == [float(n) for n in range(1, 21)]
    assert len(found["meanwhile"]) > 5
    assert [value for value, _ in found["meanwhile"]] == [
        n + 1.0 for n in range(len(found["meanwhile"]))
    ]


def test_buttons_do_in_calc_what_they_do_in_excel(seen: dict[str, Any]) -> None:
    found = scene(seen, "presses")
    said = found["said"]
    assert "settings" in said["settings"]
    assert "checks" in said["check"]
    assert found["checks"][0][0] != ""
    assert "import" in said["import"]
    assert Path(seen["todo"]["report"]).is_file()
    assert seen["todo"]["report"] in said["report"]
    assert "composite" in said["why"]
    assert "已撤销" in said["undo"]
    assert "Extension 0" in said["diagnose"]
    assert "added" in said["write"]
    before, after, undone = found["last"]
    assert before == undone < after
    assert "no data and prices sheets" in said["no_book"]
    assert {"settings", "checks"} <= set(found["sheets"])


def test_a_book_travels_from_excel_and_back(seen: dict[str, Any]) -> None:
    found = scene(seen, "travels")
    numbers, table = found["opened"]
    assert numbers[0][0] != -9.5
    assert all(isinstance(row[0], float) for row in numbers)
    assert found["xlsx"] == found["ods"] == found["xls"] == found["opened"]
    assert not found["modified"]
    assert re.search(r"A1:C\d+", found["whole_column"])
    folder = Path(seen["todo"]["folder"])
    with zipfile.ZipFile(folder / "back.xlsx") as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    assert "PROSPERITY(" in sheet
    assert len(table) == 6


def test_the_function_wizard_knows_names_and_help(seen: dict[str, Any]) -> None:
    found = scene(seen, "wizard")
    assert set(found) == set(BY_NAME)
    for function in FUNCTIONS:
        told = found[function.name]
        assert told["help"] in function.help
        assert [name for name, _, _ in told["arguments"]] == [a.name for a in function.arguments]
        for (_, help_text, _), argument in zip(told["arguments"], function.arguments, strict=True):
            assert help_text in argument.help


def test_installing_and_removing_leave_nothing_behind(seen: dict[str, Any]) -> None:
    assert any("prosperity.oxt" in name for name in seen["there"])
    assert len(seen["installed"]) == 3
    # LibreOffice's own lists of components, which keep the names of all that there ever was.
    assert {Path(name).name for name in seen["left"]} <= {"common.rdb", "common_.rdb"}
    assert not [name for name in seen["left"] if "prosperity" in name]
