"""The plan in the shell, in JSON and in cells: the model's own, and honest about what it lacks."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.evaluation import Evaluation
from prosperity.plan import MODULES, planned
from prosperity.simulation import simulate
from prosperity.systems.reading import find_system, plan_definition, with_changes
from prosperity.systems.simulated import simulated_system
from prosperity_excel.cli import main
from prosperity_excel.formulas.answers import row_of
from prosperity_excel.formulas.arguments import moment
from prosperity_excel.formulas.cell_values import MARK, NoValueError
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.template.system_template import write_system_template
from prosperity_excel.template.template import write_template

from tests.addin.excel_com import MISSING, Cells, Excel, call, server

INDUSTRIES = ("autos", "banks", "steel")
DAY = "2026-07-05"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of three industries' books and that of the macro position."""
    folder = tmp_path_factory.mktemp("plan")
    models = [catalog()[id] for id in INDUSTRIES]
    write_template(models, folder / "industries.xlsx", panel=simulate(closure(models, catalog())))
    system = find_system("macro_position")
    write_system_template(system, folder / "macro.xlsx", panel=simulated_system(system, months=84))
    return folder


@pytest.fixture(scope="module")
def evaluation(library: Path) -> Evaluation:
    return run_books(sorted(library.glob("*.xlsx")))


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def as_json(library: Path, *words: str) -> dict[str, object]:
    done = shell("plan", library, "--on", DAY, "--json", "-", *words)
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_shell_and_json_say_what_the_model_says(library: Path, evaluation: Evaluation) -> None:
    plan = evaluation.plan
    assert plan is not None
    said = as_json(library)
    assert said["positions"] == {
        str(id): pytest.approx(plan.positions[id].tolist(), abs=1e-12) for id in plan.positions
    }
    done = shell("plan", library, "--on", DAY)
    assert done.exit_code == 0
    assert f"{plan.decisions[-1]:%Y-%m-%d}" in done.stdout
    for id, weight in plan.positions.iloc[-1].items():
        if weight > 0:
            assert f"{weight:.1%}" in done.stdout, id
    assert "style_timing" in done.stderr


def test_without_any_layer_it_is_the_combined_strategy(
    library: Path, evaluation: Evaluation
) -> None:
    combined = evaluation.combined
    assert combined is not None
    said = as_json(library, "--without", "，".join(MODULES))
    positions = said["positions"]
    assert isinstance(positions, dict)
    for id in combined.targets:
        assert positions[id] == pytest.approx(combined.targets[id].tolist(), abs=0)


def test_constants_of_the_plan_are_changed_from_the_shell(
    library: Path, evaluation: Evaluation
) -> None:
    changed = with_changes(plan_definition(), "parameter.equity_default = 0.5")
    plan = planned(evaluation, definition=changed).plan
    assert plan is not None
    said = as_json(library, "--constant", "equity_default=0.5")
    assert said["positions"] == {
        str(id): pytest.approx(plan.positions[id].tolist(), abs=1e-12) for id in plan.positions
    }
    assert said["positions"] != as_json(library)["positions"]
    other = shell("plan", library, "--on", DAY, "--constant", "tie_system=attention_scores")
    assert "attention_scores" in other.stderr


def test_run_has_the_plan_under_its_key(library: Path) -> None:
    done = shell("run", library, "--on", DAY, "--json", "-")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["plan"] == as_json(library)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--without", "sytle"), "style"),
        (("--industry", "macro_position"), "行业 industry"),
        (("--constant", "tie_wieght=1"), "tie_weight"),
        (("--constant", "tie_weight=9"), "2"),
    ],
)
def test_what_cannot_be_is_said(library: Path, words: tuple[str, str], code: str) -> None:
    done = shell("plan", library, *words)
    assert done.exit_code == 1
    assert code.split()[0] in done.stderr
    assert "Traceback" not in done.output


def test_an_old_plan_is_not_called_one_of_now(library: Path) -> None:
    assert "Not a plan of now" not in shell("plan", library, "--on", DAY).stdout
    assert "Not a plan of now" in shell("plan", library, "--on", "2026-12-31").stdout


@pytest.fixture
def at(library: Path, tmp_path: Path) -> Iterator[Cells]:
    server()
    SESSION.clear()
    shutil.copytree(library, tmp_path / "library")
    book = Excel(tmp_path / "calc.xlsx", ("calc", "settings"))
    book["settings"].put("A1", "library")
    book["settings"].put("B1", "library")
    yield book["calc"].Cells(2, 2)
    SESSION.clear()


def test_cells_say_what_the_model_says(at: Cells, evaluation: Evaluation) -> None:
    plan = evaluation.plan
    assert plan is not None
    rows = call("PROSPERITY_PLAN", caller=at)
    assert isinstance(rows, list), call("PROSPERITY_WHY", at, caller=at)
    weights = {row[0]: row[2] for row in rows[1:]}
    now = plan.positions.iloc[-1]
    assert {id: w for id, w in weights.items() if w} == {
        str(id): pytest.approx(w) for id, w in now.items() if w > 0
    }
    equity = call("PROSPERITY_PLAN", "equity", caller=at)
    assert equity == pytest.approx(plan.steps["equity"]["equity"].iloc[-1])
    assert call("PROSPERITY_PLAN", "权益", MISSING, "macro", caller=at) == 1.0
    day = plan.decisions[-13]
    then = call("PROSPERITY_PLAN", "equity", f"{day:%Y-%m-%d}", caller=at)
    assert then == pytest.approx(plan.steps["equity"].loc[day, "equity"])
    layers = call("PROSPERITY_PLAN", "layers", caller=at)
    assert [row[0] for row in layers[1:]] == [layer.id for layer in plan.layers]
    nav = call("PROSPERITY_PLAN", "nav", caller=at)
    assert plan.backtest is not None
    assert nav[-1][1] == pytest.approx(plan.backtest.nav["strategy"].iloc[-1])
    # A layer that adds nothing leaves the net values as they were.
    assert layers[3][3] == layers[2][3]
    assert not any(isinstance(v, float) and math.isnan(v) for row in rows for v in row)


def test_cells_refuse_what_cannot_be(at: Cells, evaluation: Evaluation) -> None:
    assert call("PROSPERITY_PLAN", "holdings", MISSING, "nosuch", caller=at).startswith(MARK)
    assert call("PROSPERITY_PLAN", "nosuch", caller=at).startswith(MARK)
    plan = planned(evaluation, without=tuple(MODULES)).plan
    assert plan is not None
    before = plan.decisions[0] - pd.Timedelta(days=40)
    assert call("PROSPERITY_PLAN", MISSING, f"{before:%Y-%m-%d}", caller=at).startswith(MARK)
    when = moment("on_date", f"{before:%Y-%m-%d}")
    with pytest.raises(NoValueError, match="The plan starts on"):
        row_of(plan.decisions, when, ("组合方案", "The plan"))
