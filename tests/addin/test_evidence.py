"""The evidence through books: the verb, the pages, the JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from openpyxl.chart import ScatterChart
from prosperity.catalog import catalog, closure, find
from prosperity.simulation import simulate
from prosperity_excel.cli import main
from prosperity_excel.report.evidence_words import VERDICTS, VERDICTS_SHORT
from prosperity_excel.report.tried import Tried
from prosperity_excel.template.template import write_template
from python_calamine import CalamineWorkbook


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evidence")
    model = find("autos")
    panel = simulate([model], first="2001-01", last="2024-06")
    write_template([model], path / "autos.xlsx", panel=panel)
    old = panel.known_on(panel.prices.index[-80])
    write_template([model], path / "older.xlsx", panel=old)
    glass = closure([find("glass")], catalog())
    write_template(
        glass, path / "glass.xlsx", panel=simulate(glass, first="2001-01", last="2015-06")
    )
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def done(folder: Path) -> Result:
    done = run(
        "evidence", folder / "autos.xlsx", "--out", folder / "evidence.xlsx", "--json",
        folder / "evidence.json", "--vintage", folder / "older.xlsx", "--validate", "m1_yoy",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return done


def test_the_verb_prints_a_verdict_in_both_languages(done: Result) -> None:
    assert "autos" in done.output
    assert "汽车：" in done.output
    assert "Automobiles: " in done.output
    assert "variants" in done.output


def test_the_json_is_strict_and_whole(done: Result, folder: Path) -> None:
    text = (folder / "evidence.json").read_text("utf-8")
    found = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert found["simulated"] is True
    assert found["sees_future"] is False
    one = found["industries"]["autos"]
    assert list(one["audit"]) == [
        "period_full", "period_expanding", "released_expanding", "delay_1", "delay_2",
    ]  # fmt: skip
    assert one["significance"]["trials"] > 50
    assert 0 < one["significance"]["shifts"] <= 1
    assert [leads["validation"] for leads in one["leads"]] == ["relative_index", "m1_yoy"]
    parts = [row for id, row in one["moved"].items() if id != "total"]
    assert sum(p["level"] for p in parts) == pytest.approx(one["moved"]["total"]["level"])
    vintage = one["vintage"]
    assert vintage["total"]["sum"] == pytest.approx(
        vintage["total"]["revision"] + vintage["total"]["news"]
    )
    together = found["together"]["autos"]
    assert together["p"] == one["significance"]["shifts"]
    assert together["trials"] == one["significance"]["trials"]
    assert together["verdict"] in VERDICTS
    assert together["found"] == (together["verdict"] == "found")
    assert one["significance"]["block"] >= 1


def test_the_workbook_has_an_overview_a_page_and_a_clock(done: Result, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "evidence.xlsx")
    assert book.sheetnames == ["evidence", "evidence_autos", "data_evidence_autos"]
    page = book["evidence_autos"]
    assert len(page._charts) == 7
    (chart,) = (c for c in page._charts if isinstance(c, ScatterChart))
    path, latest, corners = chart.series
    assert path.xVal.numRef.f.count("$") == 4
    rows = [int(part.split("$")[-1]) for part in path.yVal.numRef.f.split(":")]
    assert rows[1] - rows[0] == 23
    assert latest.yVal.numRef.f.endswith(f"${rows[1]}")
    assert len(corners.dLbls.dLbl) == 4
    texts = {str(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None}
    for wanted in ("Look-ahead audit", "Significance", "purged splits", "Revision", "SIMULATED"):
        assert any(wanted in text for text in texts), wanted
    data = book["data_evidence_autos"]
    known = json.loads((folder / "evidence.json").read_text("utf-8"))["industries"]["autos"]
    last = list(known["clock"].values())[-1]
    assert data.cell(rows[1], 2).value == pytest.approx(last["level"])
    assert data.cell(rows[1], 3).value == pytest.approx(last["change"])


def test_a_report_gets_the_pages_only_on_demand(folder: Path) -> None:
    book = folder / "autos.xlsx"
    plain, with_pages = folder / "plain.xlsx", folder / "with.xlsx"
    assert run("report", book, "--out", plain, "--language", "en").exit_code == 0
    done = run("report", book, "--out", with_pages, "--language", "en", "--evidence")
    assert done.exit_code == 0, done.output
    names = [
        openpyxl.load_workbook(path, read_only=True).sheetnames for path in (plain, with_pages)
    ]
    assert not any("evidence" in name for name in names[0])
    assert set(names[1]) - set(names[0]) == {"evidence", "evidence_autos", "data_evidence_autos"}
    # Variants are counted once, and the verdict is one.
    book = CalamineWorkbook.from_path(with_pages)
    sheets = {
        name: [str(v) for row in book.get_sheet_by_name(name).to_python() for v in row if v != ""]
        for name in book.sheet_names
    }
    said = {
        name: found
        for name, texts in sheets.items()
        if (found := set(re.findall(r"variants tried: (\S+);", " ".join(texts))))
    }
    assert set(said) >= {"summary", "autos", "sensitivity"}
    (trials,) = set.union(*said.values())
    heads = sheets["evidence"]
    first, second = heads.index("Industry"), heads.index("Automobiles")
    overview = dict(zip(heads[first:second], heads[second:], strict=False))
    assert float(overview["Variants"]) == float(trials)
    (headline,) = (text for text in sheets["evidence_autos"] if "combinations;" in text)
    assert f"after {trials} variants" in headline
    short = {VERDICTS[kind][1]: VERDICTS_SHORT[kind][1] for kind in VERDICTS}
    assert short[headline.partition(":")[0]] == overview["Significant"]


def test_pages_about_several_models_say_the_range_of_what_was_tried() -> None:
    tried = Tried(11, {"autos": 123, "banks": 136, "coal": 123})
    assert [tried.for_model(id) for id in ("autos", "banks", "glass")] == ["123", "136", "11"]
    assert tried.for_all() == "123–136"
    assert Tried(11).for_all() == Tried(11).for_model("autos") == "11"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--validate", "nothing_here"), "no_validation_series"),
        (("--out", "AUTOS"), "is_input"),
        (("--industry", "steel"), "not_in_book"),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, words: tuple[str, str], code: str) -> None:
    book = folder / "autos.xlsx"
    done = run("evidence", book, *(str(book) if w == "AUTOS" else w for w in words))
    assert done.exit_code == 1
    assert f"[{code}]" in done.output


def test_settings_that_look_ahead_are_labelled(folder: Path) -> None:
    out = folder / "ahead.xlsx"
    done = run("evidence", folder / "autos.xlsx", "--fit", "full", "--out", out, "--language", "en")
    assert done.exit_code == 0, done.output
    page = openpyxl.load_workbook(out)["evidence_autos"]
    texts = [str(cell.value) for row in page.iter_rows(max_row=6) for cell in row]
    assert any("LOOKS AHEAD" in text for text in texts)
