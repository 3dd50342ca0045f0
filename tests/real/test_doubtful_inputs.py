"""Small exports that cannot be what they look like: each is asked about, for the right reason.

The files lie beside the repository. What an answer makes of them is checked against the values
that they were made from.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from prosperity.catalog import catalog, find
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.intake.carry_out import apply_import
from prosperity_excel.intake.items import Options
from prosperity_excel.intake.planning import plan_import
from prosperity_excel.template.template import write_template

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the empty book of all industries."""
    path = tmp_path_factory.mktemp("blank") / "all.xlsx"
    write_template(list(catalog().values()), path)
    return path


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the sample book of cars, filled to June 2026."""
    path = tmp_path_factory.mktemp("filled") / "autos.xlsx"
    write_template([find("autos")], path, panel=simulate([find("autos")]))
    return path


CASES = [
    ("01_pe_as_prices.xlsx", "filled", {"autos": {"break"}, "benchmark": {"break"}}),
    ("02_field_pe_ttm.xlsx", "filled", {"autos": {"break", "constant"},
                                        "benchmark": {"break", "constant"}}),
    ("04_zero_for_missing_daily.xlsx", "blank",
     {"thermal_coal_price": {"zeros"}, "port_coal_inventory": {"zeros"}}),
    ("06_fraction_new_month.xlsx", "filled", {"m2_yoy": {"scale"}}),
    ("06b_fraction_three_months.xlsx", "filled", {"m2_yoy": {"scale"}}),
    ("07_monthly_filled_daily.xlsx", "blank", {"pmi": {"filled"}}),
    ("08_ytd_unnamed.xlsx", "blank", {"raw_coal_output": {"sums"}}),
    ("09_yoy_base100.xlsx", "blank", {"cpi_yoy": {"base"}}),
    ("10_pmi_is_a_score.xlsx", "blank", {"pmi": {"range"}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "into", "reasons"), CASES, ids=[c[0][:3] for c in CASES])
def test_what_cannot_be_is_asked_for_the_right_reason_and_not_written(
    real_data: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    name: str,
    into: str,
    reasons: dict[str, set[str]],
) -> None:
    book = shutil.copy(request.getfixturevalue(into), tmp_path / "book.xlsx")
    before = book.read_bytes()
    file = real_data / "failing" / name
    result = CliRunner().invoke(main, ["import", str(file), "--into", str(book), "--yes"])
    assert (result.exit_code, book.read_bytes() == before) == (3, True), result.output
    plan = plan_import([file], book, today=TODAY)
    asked = {i.target.id: {r.criterion for r in i.against} for i in plan.items if i.target}
    # Prices of another field need not get as far: the reader may know that they are no closes.
    for id, wanted in reasons.items():
        if id in asked or into == "blank":
            assert wanted <= asked[id], (id, asked)
            assert f"{id}=" in result.output
    assert not plan.writes


ANSWERS = [
    ("04_zero_for_missing_daily.xlsx", {"zeros": "missing"}, "port_coal_inventory",
     lambda v: v.min() >= 6500),
    ("04_zero_for_missing_daily.xlsx", {"answers": ("thermal_coal_price=missing",)},
     "thermal_coal_price", lambda v: v.min() >= 550 and v.max() <= 650),
    ("06_fraction_new_month.xlsx", {"answers": ("M2:同比=times:100",)}, "m2_yoy",
     # The months before are the book's own, of the size of a year's growth in percent.
     lambda v: v["2026-07-31"] == pytest.approx(5.31) and v["2026-06-30"] > 1.0),
    ("07_monthly_filled_daily.xlsx", {"answers": ("pmi=before",)}, "pmi",
     lambda v: (str(v.index[0].date()), v.iloc[0]) == ("2018-01-31", 50.0)),
    ("08_ytd_unnamed.xlsx", {"answers": ("raw_coal_output=part",)}, "raw_coal_output",
     lambda v: v["2018-03-31"] == 30300.0 and v["2018-02-28"] == 60300.0),
    ("09_yoy_base100.xlsx", {"answers": ("cpi_yoy=minus:100",)}, "cpi_yoy",
     lambda v: v["2018-01-31"] == pytest.approx(2.0) and v.abs().max() < 4),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said", "id", "right"), ANSWERS, ids=[f"{a[0][:2]} {a[2]}" for a in ANSWERS]
)
def test_an_answer_gives_the_right_values(  # type: ignore[no-untyped-def]
    real_data: Path, tmp_path: Path, blank: Path, filled: Path, name, said, id, right
) -> None:
    book = shutil.copy(filled if name.startswith("06") else blank, tmp_path / "book.xlsx")
    plan = plan_import([real_data / "failing" / name], book, Options(**said), today=TODAY)
    (item,) = [i for i in plan.items if i.target is not None and i.target.id == id]
    assert item.status == "write", item.questions
    apply_import(plan)
    assert right(read_book(book).panel.series[id].frame["value"])
