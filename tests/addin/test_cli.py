"""The verbs as a user types them: results, messages, exit codes, files."""

from __future__ import annotations

import json
import shutil
from functools import cache
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.cli import main
from prosperity_excel.template.template import write_template
from python_calamine import CalamineWorkbook


@cache
def sample_bytes(*ids: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        models = closure([catalog()[id] for id in ids], catalog())
        panel = simulate(models, first="2001-01", last="2018-12")
        asked = [catalog()[id] for id in ids]
        write_template(asked, path, panel=panel, source_note=SOURCE)
        return path.read_bytes()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "汽车 autos.xlsx"
    path.write_bytes(sample_bytes("autos"))
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def edit(path: Path, sheet: str, change) -> None:  # type: ignore[no-untyped-def]
    """Change a sheet the way an analyst would, by hand."""
    workbook = openpyxl.load_workbook(BytesIO(path.read_bytes()))
    change(workbook[sheet], workbook)
    workbook.save(path)


def row_of(sheet, label: str) -> int:  # type: ignore[no-untyped-def]
    return next(c.row for c in sheet["A"] if str(c.value).strip().startswith(label))


def first_data_row(sheet) -> int:  # type: ignore[no-untyped-def]
    return next(c.row for c in sheet["A"] if hasattr(c.value, "year"))


def test_run_prints_where_the_industry_stands(book: Path) -> None:
    done = call("run", book)
    assert done.exit_code == 0, done.output
    assert "autos" in done.stdout
    assert "2018-12" in done.stdout
    assert "持有" in done.stdout


def test_json_has_what_is_documented(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "a" / "out.json"
    done = call("run", book, "--json", out, "--cost-bps", 10, "--timing", "period", "--fit", "full")
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text("utf-8"))
    assert found["settings"]["cost_bps"] == 10
    assert found["settings"]["timing"] == "period"
    assert found["simulated"] is True
    autos = found["industries"]["autos"]
    months = len(autos["dates"])
    for key in ("composite", "change", "percentile", "signal", "state", "decision_dates"):
        assert len(autos[key]) == months
    assert all(len(v) == months for v in autos["dimensions"].values())
    assert all(len(v) == months for v in autos["contributions"].values())
    tested = autos["backtest"]
    days = len(tested["nav"]["dates"])
    assert all(len(tested["nav"][k]) == days for k in ("strategy", "index", "benchmark"))
    assert tested["strategy_return"] == pytest.approx(tested["nav"]["strategy"][-1] - 1)
    assert {"start", "end", "annualised_return", "max_drawdown", "sharpe", "switches"} <= set(
        tested
    )
    documented = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    combined = ["dates", "weights", "turnover", "others"]
    for key in [*found, *autos, *tested, *combined]:
        assert f"`{key}`" in documented, key


def test_json_on_the_screen_is_json(book: Path) -> None:
    assert json.loads(call("run", book, "--json", "-").stdout)["version"] == 2


def test_as_of_cuts_the_run_off(book: Path) -> None:
    found = json.loads(call("run", book, "--as-of", "2012-06-20", "--json", "-").stdout)
    assert found["industries"]["autos"]["dates"][-1] == "2012-05-31"
    assert found["industries"]["autos"]["backtest"]["end"] == "2012-06-20"


def test_report_is_written_once_and_not_over_another_file(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.xlsx"
    assert call("report", book, "--out", out).exit_code == 0
    names = CalamineWorkbook.from_path(str(out)).sheet_names
    assert any("autos" in name for name in names)
    before = out.read_bytes()
    refused = call("report", book, "--out", out)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert out.read_bytes() == before
    assert call("report", book, "--out", out, "--force").exit_code == 0


def test_industries_in_both_languages() -> None:
    printed = call("industries").stdout
    for industry in catalog().values():
        assert industry.name_zh in printed
        assert industry.name_en in printed
    listed = json.loads(call("industries", "--json").stdout)
    assert [row["id"] for row in listed] == list(catalog())


def test_settings_are_listed() -> None:
    assert "dead_band" in call("settings").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "absent.xlsx"], "", "absent.xlsx"),
        (["template", "autoz", "--out", "x.xlsx"], "unknown_industry", "autos"),
        (["template", "银航", "--out", "x.xlsx"], "unknown_industry", "银行"),
    ],
)
def test_a_wrong_name_is_said_clearly(
    arguments: list[str], code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert code in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "option",
    [
        ["--set", "dead_bend=1"],
        ["--set", "dead_band=x"],
        ["--set", "min_obs=0"],
        ["--as-of", "yesterday"],
        ["--cost-bps", "-1"],
    ],
)
def test_a_wrong_setting_is_said_clearly(option: list[str], book: Path) -> None:
    done = call("run", book, *option)
    assert done.exit_code == 1
    assert "setting" in done.stderr


def remove_sheet(name: str):  # type: ignore[no-untyped-def]
    return lambda sheet, workbook: workbook.remove(sheet)


def text_in_a_number_cell(sheet, workbook) -> None:  # type: ignore[no-untyped-def]
    sheet.cell(first_data_row(sheet) + 30, 2).value = "see note"


def month_twice(sheet, workbook) -> None:  # type: ignore[no-untyped-def]
    row = first_data_row(sheet) + 12
    sheet.cell(row, 1).value = sheet.cell(row - 1, 1).value


def months_out_of_order(sheet, workbook) -> None:  # type: ignore[no-untyped-def]
    row = first_data_row(sheet) + 12
    one, other = sheet.cell(row, 1).value, sheet.cell(row + 5, 1).value
    sheet.cell(row, 1).value, sheet.cell(row + 5, 1).value = other, one


def short_index(sheet, workbook) -> None:  # type: ignore[no-untyped-def]
    sheet.delete_rows(sheet.max_row - 60, 80)


def few_months(sheet, workbook) -> None:  # type: ignore[no-untyped-def]
    sheet.delete_rows(first_data_row(sheet), 196)


def no_names(sheet, workbook) -> None:  # type: ignore[no-untyped-def]
    for label in ("id", "指标名称", "英文名称", "指标ID"):
        sheet.delete_rows(row_of(sheet, label))


@pytest.mark.parametrize(
    ("sheet", "change", "code", "said"),
    [
        ("data", remove_sheet("data"), "missing_sheet", "data"),
        ("prices", remove_sheet("prices"), "missing_sheet", "prices"),
        ("data", no_names, "missing_", "data"),
        ("data", text_in_a_number_cell, "not_a_number", "see note"),
        ("data", month_twice, "duplicate_month", "data!A"),
        ("data", months_out_of_order, "unsorted_months", "data!A"),
        ("prices", short_index, "prices_end_early", "--as-of"),
        ("data", few_months, "too_few_months", "36"),
    ],
)
def test_bad_input_gets_one_clear_error_and_nothing_is_written(
    sheet: str, change, code: str, said: str, book: Path, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    edit(book, sheet, change)
    before = book.read_bytes()
    out, report = tmp_path / "out.json", tmp_path / "report.xlsx"
    for arguments in (["run", book, "--json", out], ["report", book, "--out", report]):
        done = call(*arguments)
        assert done.exit_code == 1, done.output
        assert code in done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.output
    assert not out.exists()
    assert not report.exists()
    assert book.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [book.name]


def test_an_industry_in_two_books_is_refused(book: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    again.write_bytes(book.read_bytes())
    done = call("run", book, again)
    assert done.exit_code == 1
    assert "industry_twice" in done.stderr


def test_an_empty_template_says_that_it_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    assert call("template", "autos", "--out", path).exit_code == 0
    done = call("run", path)
    assert done.exit_code == 1
    assert "nothing_to_run" in done.stderr


def test_one_book_with_all_and_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    path.write_bytes(sample_bytes("autos", "banks", "coal"))
    done = call("run", path, "--industry", "银行", "--json", "-")
    assert list(json.loads(done.stdout)["industries"]) == ["banks"]
    done = call("run", path, "--json", "-")
    assert set(json.loads(done.stdout)["industries"]) == {"autos", "banks", "coal"}
    assert call("run", path, "--industry", "glass").exit_code == 1


def test_a_model_is_shown_from_its_own_book(tmp_path: Path) -> None:
    books = []
    for id in ("photovoltaics", "glass"):
        books.append(tmp_path / f"{id}.xlsx")
        books[-1].write_bytes(sample_bytes(id))
    for order in (books, books[::-1]):
        found = json.loads(call("run", *order, "--json", "-").stdout)["industries"]
        assert set(found) == {"photovoltaics", "glass"}
        assert found["photovoltaics"]["backtest"] is not None


def test_refresh_writes_into_the_book_and_the_second_time_does_not(tmp_path: Path) -> None:
    path = tmp_path / "autos.xlsx"
    path.write_bytes(sample_bytes("autos"))
    done = call("refresh", path)
    assert done.exit_code == 0, done.stderr
    assert "copy: autos.20" in done.stdout
    content = path.read_bytes()
    again = call("refresh", path)
    assert again.exit_code == 0
    assert "Nothing has changed" in again.stdout
    assert path.read_bytes() == content


def test_refresh_says_which_book_could_not_be_written_and_goes_on(tmp_path: Path) -> None:
    open_book, other = tmp_path / "autos.xlsx", tmp_path / "banks.xlsx"
    open_book.write_bytes(sample_bytes("autos"))
    other.write_bytes(sample_bytes("banks"))
    (tmp_path / "~$autos.xlsx").write_bytes(b"")
    done = call("refresh", open_book, other)
    assert done.exit_code == 1
    assert "book_open" in done.stderr
    assert "autos.xlsx" in done.stderr
    assert "copy: banks.20" in done.stdout
    assert open_book.read_bytes() == sample_bytes("autos")
    assert call("refresh", other, "--industry", "banks").exit_code == 1


def test_csv_holds_the_months(tmp_path: Path) -> None:
    path, out = tmp_path / "autos.xlsx", tmp_path / "months.csv"
    path.write_bytes(sample_bytes("autos"))
    assert call("run", path, "--csv", out).exit_code == 0
    import pandas as pd

    table = pd.read_csv(out, encoding="utf-8-sig", parse_dates=["month"])
    found = json.loads(call("run", path, "--json", "-").stdout)["industries"]["autos"]
    assert table["composite"].tolist() == pytest.approx(
        [float("nan") if v is None else v for v in found["composite"]], nan_ok=True
    )
    assert [f"{day:%Y-%m-%d}" for day in table["month"]] == found["dates"]


@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
def test_report_with_pictures_pdf_and_sensitivity(tmp_path: Path) -> None:
    path, out = tmp_path / "autos.xlsx", tmp_path / "report.xlsx"
    path.write_bytes(sample_bytes("autos"))
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not on this machine")
    pytest.importorskip("matplotlib", reason="matplotlib draws the pictures")
    done = call("report", path, "--out", out, "--images", tmp_path / "images", "--pdf",
                "--language", "en")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    drawn = sorted((tmp_path / "images").iterdir())
    shown = len(openpyxl.load_workbook(out)["autos"]._charts)
    assert shown > 3
    assert [file.name for file in drawn] == [f"autos-{n}.png" for n in range(1, shown + 1)]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in drawn)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")

    book = openpyxl.load_workbook(out)
    texts = [c.value for row in book["sensitivity"].iter_rows() for c in row if c.value]
    assert any("variants tried: 11" in str(text) for text in texts)
    plain = tmp_path / "plain.xlsx"
    assert call("report", path, "--out", plain, "--no-sensitivity").exit_code == 0
    assert "sensitivity" not in openpyxl.load_workbook(plain).sheetnames


def test_no_libreoffice_is_said_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prosperity_excel.report import office

    path, out = tmp_path / "autos.xlsx", tmp_path / "report.xlsx"
    path.write_bytes(sample_bytes("autos"))
    monkeypatch.setattr(office.shutil, "which", lambda name: None)
    monkeypatch.setattr(office, "PLACES", ())
    done = call("report", path, "--out", out, "--pdf")
    assert done.exit_code == 1
    assert "no_libreoffice" in done.stderr
    assert not out.exists()
