"""What rests on nowcasts is a hollow point in every chart, and never a line."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from prosperity.catalog import catalog
from prosperity.coming.outlook import Outlook, outlook
from prosperity.engine import evaluate
from prosperity.evaluation import Evaluation
from prosperity.panel import Panel
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity_excel.report.build import build_report, write_report
from prosperity_excel.report.hollow import foretold
from prosperity_excel.report.spec import Chart

from .test_report import CHART, NOW, cached, chart_roots

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
DAY = pd.Timestamp("2018-10-22")
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
ID = "food_beverage"


@cache
def panel() -> Panel:
    return simulate([catalog()[ID]], first="2010-01", last="2018-12").known_on(DAY)


@cache
def evaluation(timing: str = "released") -> Evaluation:
    return evaluate(panel(), [catalog()[ID]], Settings(timing=timing), known=catalog())


@cache
def coming() -> Outlook:
    return outlook(panel(), catalog()[ID], Settings(), DAY, known=catalog())


def hollow_series(root: ElementTree.Element) -> list[ElementTree.Element]:
    """Return the series of a chart that are drawn as hollow points without a line."""
    found = []
    for one in root.iter(f"{CHART}ser"):
        symbol = one.find(f"{CHART}marker/{CHART}symbol")
        if symbol is not None and symbol.get("val") == "circle":
            assert one.find(f"{CHART}spPr/{DRAWING}ln/{DRAWING}noFill") is not None
            assert one.find(f"{CHART}marker/{CHART}spPr/{DRAWING}noFill") is not None
            found.append(one)
    return found


def test_the_next_decision_is_a_hollow_point_behind_the_line(tmp_path: Path) -> None:
    found = evaluation()
    path = tmp_path / "r.xlsx"
    write_report(found, path, language="en", generated=NOW, outlooks=[coming()])
    drawn = [one for root in chart_roots(path) for one in hollow_series(root)]
    assert len(drawn) == 1
    points = {place: float(v) for place, v in cached(drawn[0], "val").items()}
    assert list(points.values()) == [pytest.approx(coming().composite)]
    # It stands in the month after the last one of the line, and the sheet of series says so.
    rows = list(openpyxl.load_workbook(path)[f"data_{ID}"].iter_rows(values_only=True))
    last = next(
        r for r in reversed(rows) if r[0] is not None and pd.Timestamp(r[0]) == coming().month
    )
    assert last[2] is None
    assert last[1] is not None
    assert last[1].date() == coming().decision.date()
    assert coming().month == found.results[ID].months[-1] + pd.offsets.MonthEnd(1)


def test_without_an_outlook_nothing_is_hollow(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    write_report(evaluation(), path, generated=NOW)
    assert not [one for root in chart_roots(path) for one in hollow_series(root)]
    assert foretold(evaluation().results[ID], None).empty


def test_under_timing_nowcast_the_months_that_rest_on_one_are_hollow(tmp_path: Path) -> None:
    found = evaluation("nowcast")
    result = found.results[ID]
    points = foretold(result, None)
    assert len(points) > 12
    assert points.equals(result.composite[points.index])
    assert (result.estimated != ()) == (points.index[-1] == result.months[-1])
    path = tmp_path / "r.xlsx"
    write_report(found, path, generated=NOW)
    drawn = [one for root in chart_roots(path) for one in hollow_series(root)]
    assert len(drawn) == 1
    assert len(cached(drawn[0], "val")) > 12


def test_an_outlook_of_another_month_shows_nothing() -> None:
    result = evaluation().results[ID]
    short = outlook(
        panel().known_on(pd.Timestamp("2018-06-20")), catalog()[ID], Settings(), DAY,
        known=catalog(),
    )  # fmt: skip
    assert foretold(result, short).empty
    assert foretold(result, coming()).notna().all()


def test_the_chart_has_room_for_its_points_and_pictures_show_them(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from prosperity_excel.report.images import write_images

    report = build_report(evaluation(), language="zh", generated=NOW, outlooks=[coming()])
    charts = [
        part
        for page in report.pages
        for band in page.bands
        for part in band
        if isinstance(part, Chart) and any(line.look == "nowcast" for line in part.lines)
    ]
    assert len(charts) == 1
    low, high, _ = charts[0].axis
    assert low <= coming().composite <= high
    assert not math.isnan(coming().composite)
    assert charts[0].last == coming().month.date()
    assert write_images(report, tmp_path)
