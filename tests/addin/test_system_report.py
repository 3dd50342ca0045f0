"""Pages of systems and of the plan in a report, their evidence and grids: the model's own."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.errors import SettingError
from prosperity.evaluation import Evaluation
from prosperity.evidence.system_trials import grid_size, system_axis
from prosperity.plan_standing import holdings_of
from prosperity.simulation import simulate
from prosperity.systems.reading import find_system
from prosperity.systems.simulated import simulated_system
from prosperity_excel.cli import main
from prosperity_excel.report.build import build_report, save_report
from prosperity_excel.report.spec import Page, Report, Table, Tag, Text
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.template.system_template import write_system_template
from prosperity_excel.template.template import write_template
from prosperity_excel.words.report_words import Language
from prosperity_excel.words.system_words import REPORT_BLOCKS

NOW = datetime(2026, 7, 5, 9, 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reported")
    for id in ("macro_position", "industry_diffusion"):
        system = find_system(id)
        panel = simulated_system(system, months=60)
        write_system_template(system, folder / f"{id}.xlsx", panel=panel)
    models = [catalog()[id] for id in ("autos", "banks")]
    panel = simulate(closure(models, catalog()), first="2016-01")
    write_template(models, folder / "industries.xlsx", panel=panel)
    return folder


@pytest.fixture(scope="module")
def evaluation(folder: Path) -> Evaluation:
    return run_books(sorted(folder.glob("*.xlsx")), today=NOW.date())


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def texts_of(page: Page) -> list[str]:
    return [part.text for band in page.bands for part in band if isinstance(part, Text)]


def tables_of(page: Page) -> list[Table]:
    return [part for band in page.bands for part in band if isinstance(part, Table)]


def page_of(report: Report, id: str) -> Page:
    return next(page for page in report.pages if page.id == id)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_system_has_its_seven_blocks_in_one_language(
    evaluation: Evaluation, language: Language
) -> None:
    report = build_report(evaluation, language=language, generated=NOW)
    ids = [page.id for page in report.pages]
    assert ids.index("plan") == 1
    assert {"systems", "macro_position", "industry_diffusion"} <= set(ids)
    for id in ("macro_position", "industry_diffusion"):
        page = page_of(report, id)
        said = texts_of(page)
        at = 0 if language == "zh" else 1
        blocks = ("standing", "contributions", "statistics", "inputs", "notices")
        assert {REPORT_BLOCKS[block][at] for block in blocks} <= set(said)
        system = find_system(id)
        assert any(text.startswith((system.name_zh, system.name_en)[at]) for text in said)
        assert any(("模拟数据", "SIMULATED")[at] in text for text in said)
        if language == "en":
            assert not [t for t in said if any("\u4e00" <= letter <= "\u9fff" for letter in t)]
    shown = {sheet.id for sheet in report.sheets}
    assert {"data_plan", "data_macro_position"} <= shown


def test_the_plans_page_says_what_the_plan_says(evaluation: Evaluation) -> None:
    plan = evaluation.plan
    assert plan is not None
    page = page_of(build_report(evaluation, language="en", generated=NOW), "plan")
    held = holdings_of(plan, plan.decisions[-1])
    first = tables_of(page)[0]
    assert [row[6] for row in first.rows] == [one.now for one in held]
    layers = next(t for t in tables_of(page) if t.columns[0].label == "Layer")
    assert len(layers.rows) == len(plan.layers)
    for row, layer in zip(layers.rows, plan.layers, strict=True):
        grey = any(isinstance(cell, Tag) and cell.tone == "muted" for cell in row)
        assert grey == (layer.id != "industries" and not layer.shown_to_help)


def test_a_report_is_written_of_systems_alone_and_of_both(
    folder: Path, tmp_path: Path, evaluation: Evaluation
) -> None:
    alone = tmp_path / "alone.xlsx"
    done = shell("report", folder / "macro_position.xlsx", "--out", alone, "--language", "en")
    assert done.exit_code == 0, done.output
    assert open_workbook(alone).names[:2] == ("systems", "macro_position")
    both = tmp_path / "both.xlsx"
    save_report(build_report(evaluation, language="both", generated=NOW), both)
    names = open_workbook(both).names
    assert names.index("plan") < names.index("summary") < names.index("systems")


def test_evidence_counts_what_was_tried(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "evidence.json"
    book = folder / "industry_diffusion.xlsx"
    done = shell("evidence", book, "--json", out, "--out", tmp_path / "evidence.xlsx")
    assert done.exit_code == 0, done.output
    said = json.loads(out.read_text("utf-8"))
    own = said["systems"]["industry_diffusion"]
    assert said["industries"] == {}
    assert own["kind"] == "ranking"
    computed = [v for v in own["variants"].values() if not v["error"]]
    assert own["tried"] == len(computed)
    assert set(own["variants"]) == {"", *(v.id for v in find_system(book.stem).variants)}
    assert f"candidates tried: {own['tried']}" in done.output
    assert "候选" in done.output
    assert "industry_diffusion" in open_workbook(tmp_path / "evidence.xlsx").names


def test_a_sweep_runs_every_combination(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "sweep.parquet"
    book = folder / "industry_diffusion.xlsx"
    done = shell("sweep", book, "--grid", "top=3:6:3", "--grid", "cost_bps=0,30", "--out", out)
    assert done.exit_code == 0, done.output
    table = pd.read_parquet(out)
    assert list(zip(table["top"], table["cost_bps"], strict=True)) == [
        ("3", "0"), ("3", "30"), ("6", "0"), ("6", "30"),
    ]  # fmt: skip
    free, paid = table["annualised_return"].iloc[[0, 1]]
    assert paid < free
    assert table["simulated"].all()
    result = run_books([book]).systems["industry_diffusion"]
    assert result.backtest is not None
    assert table["sharpe"].iloc[2] == pytest.approx(result.backtest.statistics["sharpe"])
    # Some values that the system refuses are said; all of them are an error.
    done = shell("sweep", book, "--grid", "top=3,900", "--out", out, "--force")
    assert done.exit_code == 0, done.output
    assert pd.read_parquet(out)["error"].tolist()[0] == ""
    assert "900" in pd.read_parquet(out)["error"].tolist()[1]
    done = shell("sweep", book, "--grid", "top=900", "--out", tmp_path / "none.parquet")
    assert done.exit_code == 1
    assert not (tmp_path / "none.parquet").exists()


@pytest.mark.parametrize("text", ["top", "tpo=3", "top=1:9", "top=1:0:1", "top=1:9:0", "top=,3",
                                  "top=1:inf:1", "denoise=ma"])  # fmt: skip
def test_a_grid_that_cannot_be_is_refused(text: str) -> None:
    system = find_system("industry_diffusion")
    if text == "top=1:9":  # a text of its own, which the first run refuses
        assert system_axis(text, system).values == ("1:9",)
        return
    with pytest.raises(SettingError, match="grid") as raised:
        system_axis(text, system)
    assert not raised.value.zh.isascii()


def test_a_grid_has_an_end() -> None:
    system = find_system("industry_diffusion")
    axes = [system_axis("top=1:100:1", system), system_axis("cost_bps=0:99:1", system)]
    with pytest.raises(SettingError, match="grid"):
        grid_size(axes)
    with pytest.raises(SettingError, match="grid"):
        grid_size([axes[0], axes[0]])
