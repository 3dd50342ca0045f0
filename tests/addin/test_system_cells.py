"""Cells that ask for systems: the same as the model says, true errors, and the reasons."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.systems.reading import find_system
from prosperity.systems.result import SystemResult
from prosperity.systems.run import evaluate_system
from prosperity.systems.simulated import simulated_system
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.formulas.cell_values import MARK
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.template.system_template import write_system_template

from tests.addin.excel_com import MISSING, Cells, Excel, call, server

IDS = ("macro_position", "industry_diffusion")
NA, VALUE, REF = (f"{MARK}{number}" for number in (2042, 2015, 2023))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a library of two systems' books."""
    folder = tmp_path_factory.mktemp("systems")
    for id in IDS:
        system = find_system(id)
        write_system_template(
            system, folder / f"{id}.xlsx", panel=simulated_system(system, months=84)
        )
    return folder


@pytest.fixture(scope="module")
def results(made: Path) -> dict[str, SystemResult]:
    found = {}
    for id in IDS:
        book = read_book(made / f"{id}.xlsx")
        found[id] = evaluate_system(book.panel, book.systems[id])
    return found


@pytest.fixture
def at(made: Path, tmp_path: Path) -> Iterator[Cells]:
    server()
    SESSION.clear()
    shutil.copytree(made, tmp_path / "library")
    book = Excel(tmp_path / "calc.xlsx", ("calc", "settings"))
    book["settings"].put("A1", "library")
    book["settings"].put("B1", "library")
    yield book["calc"].Cells(2, 2)
    SESSION.clear()


def test_a_cell_says_what_the_model_says(at: Cells, results: dict[str, SystemResult]) -> None:
    macro = results["macro_position"]
    assert macro.latest is not None
    held = 1.0 - macro.positions.loc[macro.latest].iloc[-1]
    assert call("PROSPERITY_SYSTEM", "macro_position", caller=at) == held
    assert call("PROSPERITY_SYSTEM", "宏观择时仓位", caller=at) == held
    rest = str(macro.positions.columns[-1])
    assert (
        call("PROSPERITY_SYSTEM", "macro_position", "权重", MISSING, rest, caller=at)
        == (macro.positions.loc[macro.latest].iloc[-1])
    )
    day = macro.decisions[-12]
    then = call("PROSPERITY_SYSTEM", "macro_position", MISSING, f"{day:%Y-%m-%d}", caller=at)
    assert then == 1.0 - macro.positions.loc[day].iloc[-1]
    month = call("PROSPERITY_SYSTEM", "macro_position", "asof", f"{day:%Y-%m}", caller=at)
    assert pd.Timestamp(month).tz_localize(None) == day


def test_scores_rankings_and_stages_are_tables(at: Cells, results: dict[str, SystemResult]) -> None:
    found = results["industry_diffusion"]
    day = found.latest
    ranked = call("PROSPERITY_SYSTEM", "industry_diffusion", "ranking", caller=at)
    assert len(ranked) == 1 + int(found.scores.loc[day].notna().sum())
    assert ranked[1][3] == found.scores.loc[day].max()
    steel = call("PROSPERITY_SYSTEM", "industry_diffusion", "score", MISSING, "钢铁", caller=at)
    assert steel == found.scores.at[day, "steel"]
    assert steel == call(
        "PROSPERITY_SYSTEM", "industry_diffusion", "score", MISSING, "801040", caller=at
    )
    stage = call("PROSPERITY_SYSTEM", "industry_diffusion", "stage:change_month", caller=at)
    assert {row[0]: row[2] for row in stage[1:]} == found.stages["change_month"].loc[
        day
    ].dropna().to_dict()
    held = call("PROSPERITY_SYSTEM", "industry_diffusion", "weights", caller=at)
    assert sum(row[2] for row in held[1:]) == pytest.approx(1.0)
    added = call("PROSPERITY_SYSTEM", "industry_diffusion", "contrib", MISSING, "steel", caller=at)
    assert sum(added[1][2:]) == pytest.approx(found.scores.at[day, "steel"])
    for part in ("statistics", "nav", "published", "parts"):
        assert len(call("PROSPERITY_SYSTEM", "industry_diffusion", part, caller=at)) > 1


def test_a_series_spills_days_and_values(at: Cells, results: dict[str, SystemResult]) -> None:
    macro = results["macro_position"]
    rows = call("PROSPERITY_SYSTEM_SERIES", "macro_position", caller=at)
    said = macro.positions.dropna(how="all")
    assert len(rows) == len(said)
    assert isinstance(rows[0][0], datetime)
    assert rows[-1][1] == 1.0 - said.iloc[-1, -1]
    later = call("PROSPERITY_SYSTEM_SERIES", "macro_position", "仓位", "2026-01", caller=at)
    assert 0 < len(later) < len(rows)
    score = call("PROSPERITY_SYSTEM_SERIES", "industry_diffusion", "score:钢铁", caller=at)
    # What has no value is a true #N/A, never 0.
    assert score[0][1] == NA or score[0][1] > 0


@pytest.mark.parametrize(
    ("name", "arguments", "error", "reason"),
    [
        ("PROSPERITY_SYSTEM", ("macro_positon",), None, "macro_position"),
        ("PROSPERITY_SYSTEM", ("market_state",), REF, "prosperity template market_state"),
        ("PROSPERITY_SYSTEM", ("macro_position", "colour"), VALUE, "what"),
        ("PROSPERITY_SYSTEM", ("macro_position", MISSING, "1999-01-04"), NA, "no decision"),
        ("PROSPERITY_SYSTEM", ("industry_diffusion", "score", MISSING, "Stel"), VALUE, "asset"),
        ("PROSPERITY_SYSTEM", ("industry_diffusion", "stage:x"), VALUE, "what"),
        ("PROSPERITY_SYSTEM_SERIES", ("industry_diffusion", "score"), VALUE, "NAME"),
        ("PROSPERITY_SYSTEM_SERIES", ("macro_position", MISSING, "2099-01"), NA, "span"),
    ],
)
def test_errors_are_true_errors_with_a_reason(
    at: Cells, name: str, arguments: tuple[object, ...], error: str | None, reason: str
) -> None:
    shown = call(name, *arguments, caller=at)
    assert str(shown).startswith(MARK) if error is None else shown == error
    error_kept = SESSION.reasons.find(("", "", ""))
    assert error_kept is None
    found = [e for _, e in SESSION.reasons._by_place.values()]
    assert any(reason in e.en for e in found), found
    assert all(not e.zh.isascii() for e in found)


def test_why_says_what_to_know_of_a_system(at: Cells) -> None:
    said = call("PROSPERITY_WHY", "industry_diffusion", caller=at)
    assert isinstance(said, str)
    assert said
    assert "PROSPERITY" not in said


def test_the_calling_book_of_a_system_is_live(made: Path) -> None:
    server()
    SESSION.clear()
    book = Excel.open(made / "macro_position.xlsx")
    caller = book["guide"].Cells(60, 2)
    before = call("PROSPERITY_SYSTEM", "macro_position", "nav", caller=caller)
    last = max(row for row, column in book["prices"].values if column == 2)
    book["prices"].values[last, 2] *= 2.0
    SESSION.recalculated()
    after = call("PROSPERITY_SYSTEM", "macro_position", "nav", caller=caller)
    assert after[-1][1] != before[-1][1]
    SESSION.clear()


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_shell_says_what_the_model_says(
    made: Path, results: dict[str, SystemResult], tmp_path: Path
) -> None:
    out = tmp_path / "run.json"
    paths = [made / f"{id}.xlsx" for id in IDS]
    done = shell("run", *paths, "--json", out)
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text("utf-8"))
    assert told["version"] == 2
    assert told["industries"] == {}
    assert set(told["systems"]) == set(IDS)
    for id, result in results.items():
        own = told["systems"][id]
        dates = pd.DatetimeIndex(own["decision_dates"])
        assert dates.equals(pd.DatetimeIndex(result.decisions))
        for name, frame in (("scores", result.scores), ("positions", result.positions)):
            read = pd.DataFrame(own[name], dates, dtype=float)
            assert np.array_equal(read, frame.astype(float), equal_nan=True)
        assert own["simulated"] is True
        assert id in done.output
    one = shell("run", *paths, "--system", "宏观择时仓位")
    assert "macro_position" in one.output
    assert "industry_diffusion  " not in one.output


@pytest.mark.parametrize("verb", ["due"])
def test_what_is_for_industries_refuses_a_book_of_systems(
    verb: str, made: Path, tmp_path: Path
) -> None:
    book = Path(shutil.copy(made / "macro_position.xlsx", tmp_path))
    before = book.read_bytes()
    done = shell(verb, book)
    assert done.exit_code != 0
    assert "systems_only" in done.output
    assert book.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [book.name]


def test_templates_and_definitions_by_shell(tmp_path: Path) -> None:
    book = tmp_path / "s.xlsx"
    assert shell("template", "市场状态", "--out", book).exit_code == 0
    assert "相同 the same" in shell("define", book).output
    assert "market_state" in shell("systems").output
    both = shell("template", "market_state", "autos", "--out", book)
    assert "one_system_at_a_time" in both.output
    assert "simulated_systems_only" in shell("template", "autos", "--simulated", "--out",
                                             tmp_path / "x.xlsx").output  # fmt: skip
    found = shell("run", book)
    assert found.exit_code != 0
    assert "s.xlsx" in found.output
