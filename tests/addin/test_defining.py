"""Definitions in a book: changed, added, and refused with the cell named."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.records import build
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.cli import main
from prosperity_excel.template.template import write_template
from python_calamine import CalamineWorkbook

OWN = build(
    {
        "industry": [
            {
                "id": "shipping",
                "name_zh": "航运",
                "name_en": "Shipping",
                "index_code": "851761.SI",
                "index_name_zh": "申万航运",
                "sample_start": "2010-01",
            }
        ],
        "dimension": [{"id": "demand", "name_zh": "需求", "name_en": "Demand"}],
        "indicator": [
            {"id": "bdi", "name_zh": "波罗的海干散货指数", "name_en": "Baltic dry index",
             "dimension": "demand", "unit": "点", "frequency": "D", "transform": "yoy"},
            {"id": "export_yoy", "name_zh": "出口金额:同比", "name_en": "Exports, growth",
             "dimension": "demand", "unit": "%", "lag_days": 9},
        ],
    }
)  # fmt: skip


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def written(path: Path, *models) -> Path:  # type: ignore[no-untyped-def]
    known = {**catalog(), **{m.id: m for m in models}}
    panel = simulate(closure(models, known), first="2003-01", last="2018-12")
    write_template(list(models), path, panel=panel, source_note=SOURCE)
    return path


Change = Callable[[dict[str, dict[str, dict[str, int]]], object], str]


def edit(path: Path, change: Callable) -> str:  # type: ignore[type-arg]
    """Change the definition sheet by hand and return the address of the changed cell."""
    workbook = openpyxl.load_workbook(BytesIO(path.read_bytes()))
    sheet = workbook["definition"]
    address = change(sheet)
    workbook.save(path)
    return str(address)


def cell(sheet, table: str, id: str, column: str):  # type: ignore[no-untyped-def]
    """Return the cell of a record's field, found by the titles and headers of the sheet."""
    start = next(c.row for c in sheet["A"] if str(c.value).startswith(f"[{table}]"))
    header = next(r for r in range(start, start + 5) if sheet.cell(r, 1).value == "model")
    names = {sheet.cell(header, c).value: c for c in range(1, sheet.max_column + 1)}
    for row in range(header + 1, sheet.max_row + 1):
        if sheet.cell(row, names["id"]).value == id:
            return sheet.cell(row, names[column])
    raise AssertionError((table, id, column))


def set_to(table: str, id: str, column: str, value: object) -> Callable:  # type: ignore[type-arg]
    def change(sheet) -> str:  # type: ignore[no-untyped-def]
        target = cell(sheet, table, id, column)
        target.value = value
        return str(target.coordinate)

    return change


def test_a_new_industry_defined_only_in_a_book_runs_everywhere(tmp_path: Path) -> None:
    book = written(tmp_path / "own.xlsx", OWN)
    checked = call("define", book)
    assert checked.exit_code == 0, checked.output
    assert "新模型" in checked.stdout
    found = json.loads(call("run", book, "--json", "-").stdout)["industries"]["shipping"]
    assert found["name_zh"] == "航运"
    assert set(found["contributions"]) == {"bdi", "export_yoy"}
    assert found["backtest"]["strategy_return"] is not None
    assert "own_definition" in {w["code"] for w in found["warnings"]}
    out = tmp_path / "report.xlsx"
    done = call("report", book, "--out", out)
    assert done.exit_code == 0, done.output
    assert "shipping" in CalamineWorkbook.from_path(str(out)).sheet_names
    assert call("run", book, "--industry", "航运").exit_code == 0


def test_what_stands_in_the_sheet_wins_and_the_difference_is_said(tmp_path: Path) -> None:
    book = written(tmp_path / "autos.xlsx", catalog()["autos"])
    before = json.loads(call("run", book, "--json", "-").stdout)["industries"]["autos"]
    edit(book, set_to("indicator", "m1_yoy", "weight", 0))
    after = json.loads(call("run", book, "--json", "-").stdout)["industries"]["autos"]
    assert "m1_yoy" in before["contributions"]
    assert "m1_yoy" not in after["contributions"]
    said = [w["en"] for w in after["warnings"] if w["code"] == "definition_changed"]
    assert "indicator.m1_yoy.weight" in said[0]
    assert "indicator.m1_yoy.weight: 1.0 → 0.0" in call("define", book).stdout


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (set_to("indicator", "m2_yoy", "transform", "yoyo"), "unknown_transform"),
        (set_to("indicator", "m2_yoy", "weight", "heavy"), "not_a_number"),
        (set_to("indicator", "m2_yoy", "sign", 2), "bad_sign"),
        (set_to("indicator", "m2_yoy", "formula", "m1_yoy - m9_yoy"), "formula_series"),
        (set_to("indicator", "m2_yoy", "formula", "abs(m1_yoy)"), "bad_formula"),
        (set_to("indicator", "m2_yoy", "formula", "m1_yoy.real"), "bad_formula"),
        (set_to("indicator", "m2_yoy", "composite", "glass; steel"), "unknown_composite"),
        (set_to("indicator", "m2_yoy", "composite", "autos"), "own_composite"),
        (set_to("indicator", "m1_yoy", "id", "m2_yoy"), "id_twice"),
        (set_to("industry", "autos", "anchor", "pmi"), "no_anchor"),
        (set_to("industry", "autos", "rebalance", "weekly"), "bad_choice"),
    ],
)
def test_a_bad_definition_is_refused_with_its_cell(
    change: Callable,
    code: str,
    tmp_path: Path,  # type: ignore[type-arg]
) -> None:
    book = written(tmp_path / "autos.xlsx", catalog()["autos"])
    address = edit(book, change)
    for verb in ("define", "run"):
        done = call(verb, book)
        assert done.exit_code == 1, done.output
        assert code in done.stderr
        assert f"definition!{address}" in done.stderr
        assert "Traceback" not in done.output


def test_a_circle_of_models_is_refused_with_a_cell(tmp_path: Path) -> None:
    book = written(tmp_path / "glass.xlsx", catalog()["glass"])
    address = edit(book, set_to("indicator", "module_exports", "composite", "glass"))
    for verb in ("define", "run"):
        done = call(verb, book)
        assert done.exit_code == 1
        assert "cycle" in done.stderr
        assert "photovoltaics → glass → photovoltaics" in done.stderr
        assert str(address) in done.stderr


def test_an_id_used_by_two_models_is_refused(tmp_path: Path) -> None:
    book = written(tmp_path / "two.xlsx", catalog()["autos"], catalog()["banks"])
    edit(book, set_to("industry", "banks", "id", "autos"))
    done = call("define", book)
    assert done.exit_code == 1
    assert "id_twice" in done.stderr or "B8" in done.stderr


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    book = written(tmp_path / "autos.xlsx", catalog()["autos"])
    edit(book, set_to("indicator", "m2_yoy", "sign", 3))
    edit(book, set_to("indicator", "m1_yoy", "weight", "x"))
    said = call("define", book).stderr
    assert "sign" in said
    assert "weight" in said


def test_a_book_without_definitions_says_so(tmp_path: Path) -> None:
    book = written(tmp_path / "autos.xlsx", catalog()["autos"])
    workbook = openpyxl.load_workbook(BytesIO(book.read_bytes()))
    del workbook["definition"]
    workbook.save(book)
    assert "no_definition_sheet" in call("define", book).stderr
    assert call("run", book).exit_code == 0


@pytest.mark.parametrize("industry", ["construction_machinery", "food_beverage"])
def test_variants_are_chosen_on_the_command_line(industry: str, tmp_path: Path) -> None:
    book = written(tmp_path / "b.xlsx", catalog()[industry])
    composites = set()
    for variant in catalog()[industry].variants:
        done = call("run", book, "--variant", f"{industry}={variant.id}", "--json", "-")
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)["industries"][industry]
        composites.add(json.dumps([found["composite"], found["signal"]]))
    assert len(composites) >= len(catalog()[industry].variants) - 1
    assert call("run", book, "--variant", industry).exit_code == 1
    assert call("run", book, "--variant", f"{industry}=none").exit_code == 1
