"""The report workbook, as a reader, a printer and a previewer find it."""

from __future__ import annotations

import itertools
import math
import re
import shutil
import subprocess
import zipfile
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pytest
from prosperity.backtest import STATISTICS
from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.errors import BookError
from prosperity.evaluation import Evaluation, Notice
from prosperity.records import build
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity_excel.report import build as pages
from prosperity_excel.report.build import build_report, sheet_names, write_report
from prosperity_excel.report.data_columns import axis_of
from prosperity_excel.report.data_sheets import week_ends
from prosperity_excel.report.model_tables import STATISTIC_KINDS
from prosperity_excel.report.paging import Measured, page_breaks
from prosperity_excel.report.room_for_text import clean, line_count
from prosperity_excel.report.spec import (
    Band,
    Column,
    Drawing,
    Link,
    Page,
    Report,
    Table,
    Tag,
    Text,
)
from prosperity_excel.report.summary_page import ranked
from prosperity_excel.report.tabs import tab_names
from prosperity_excel.report.waterfall import steps
from prosperity_excel.report.xlsx import render
from prosperity_excel.report.xlsx_charts import apart
from prosperity_excel.words import report_words, sentences, statements
from prosperity_excel.words.findings import is_new, run_of

# openpyxl does not know data bars of 2010.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")

NOW = datetime(2024, 1, 2, 9, 30)
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
#: What no cell may show: Excel's errors, and what Python prints for what is missing.
WRONG = re.compile(r"^#|###|\b(nan|NaN|NaT|None|inf|<NA>)\b")


def industry(id: str, zh: str, en: str, **more: Any) -> Industry:
    """Return a small industry of two dimensions and three indicators."""
    record: dict[str, Any] = {"id": id, "name_zh": zh, "name_en": en, "method": "dimensions"}
    return build(
        {
            "industry": [record | {"sample_start": "2013-01"} | more],
            "dimension": [
                {"id": "demand", "name_zh": "需求", "name_en": "Demand"},
                {"id": "cost", "name_zh": "成本", "name_en": "Cost"},
            ],
            "indicator": [
                {
                    "id": f"{id}_orders",
                    "name_zh": "订单",
                    "name_en": "Orders",
                    "dimension": "demand",
                    "unit": "%",
                    "lag_days": 15,
                    "provenance": "report",
                    "source": "2023 report",
                },
                {"id": f"{id}_sales", "name_zh": "销量", "name_en": "Sales", "dimension": "demand"},
                {
                    "id": f"{id}_plastic",
                    "name_zh": "塑料",
                    "name_en": "Plastic",
                    "dimension": "cost",
                    "unit": "元/吨",
                    "sign": -1,
                },
            ],
        }
    )


TOYS = industry(
    "toys",
    "玩具",
    "Toys",
    report_start="2013-01",
    report_end="2015-12",
    report_strategy=543,
    report_index=317,
    report_benchmark=214,
    logic_zh="逻辑。",
    logic_en="Logic.",
)
#: A state machine whose id does not fit into a sheet's name.
BOOKS = industry(
    "books_and_all_other_printed_matter_of_any_kind",
    "图书",
    "Books",
    method="states",
    rule="states",
    hold="demand+ cost-",
)
MOOD = replace(industry("mood", "情绪", "Mood"), kind="module")


def computed(*models: Industry, **settings: Any) -> Evaluation:
    panel = simulate(models, first="2008-01", last="2015-12")
    return evaluate(panel, models, Settings(**settings), known={})


@cache
def real() -> Evaluation:
    """Return the same industries on data that nobody says are simulated."""
    models = (TOYS, BOOKS, MOOD)
    panel = replace(simulate(models, first="2008-01", last="2015-12"), simulated=False)
    return evaluate(panel, models, Settings(), known={})


@cache
def evaluation() -> Evaluation:
    """Return two industries and a module, on simulated data."""
    return computed(TOYS, BOOKS, MOOD)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a report in both languages."""
    written = tmp_path_factory.mktemp("report") / "report.xlsx"
    write_report(evaluation(), written, generated=NOW)
    return written


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def texts_of(sheet: Any) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def written(tmp_path: Path, computed: Evaluation, language: Any = "both") -> openpyxl.Workbook:
    target = tmp_path / "report.xlsx"
    write_report(computed, target, language=language, generated=NOW)
    return openpyxl.load_workbook(target)


def parts(report: Report, page: str) -> list[Any]:
    bands: tuple[Band, ...] = next(p.bands for p in report.pages if p.id == page)
    return [part for band in bands for part in band]


def report(computed: Evaluation, language: Any = "both") -> Report:
    return build_report(computed, language=language, generated=NOW)


# Charts


def chart_roots(path: Path) -> list[ElementTree.Element]:
    with zipfile.ZipFile(path) as archive:
        names = sorted(n for n in archive.namelist() if n.startswith("xl/charts/chart"))
        return [ElementTree.fromstring(archive.read(name)) for name in names]


def test_every_series_of_every_chart_has_cached_points(path: Path) -> None:
    roots = chart_roots(path)
    # The cover, combined, two industries, the module.
    assert len(roots) == 1 + 6 + 5 + 5 + 2
    for root in roots:
        series = root.findall(f".//{CHART}ser")
        assert series
        if has_names(root):
            assert_its_parts_add_up(series)
            continue
        for one in series:
            for part in ("cat", "val"):
                cache = one.find(f"{CHART}{part}/{CHART}numRef/{CHART}numCache")
                assert cache is not None
                points = [float(v.text or "") for v in cache.iter(f"{CHART}v")]
                assert len(points) > 24
                assert all(map(math.isfinite, points))
            name = one.find(f"{CHART}tx/{CHART}strRef/{CHART}strCache/{CHART}pt/{CHART}v")
            assert name is not None
            assert name.text


def has_names(root: ElementTree.Element) -> bool:
    """Whether a chart stands over names and not over dates."""
    return root.find(f".//{CHART}barChart") is not None


def assert_its_parts_add_up(series: list[ElementTree.Element]) -> None:
    if len(series) == 6:
        assert_a_waterfall_adds_up(series)
    else:
        assert all(cached(one, "cat", "num") and cached(one, "val") for one in series)  # years


def cached(one: ElementTree.Element, part: str, kind: str = "num") -> dict[int, str]:
    """Return the remembered points of a series by their place."""
    points = one.findall(f"{CHART}{part}/{CHART}{kind}Ref/{CHART}{kind}Cache/{CHART}pt")
    return {int(p.get("idx", "")): p.findtext(f"{CHART}v") or "" for p in points}


def assert_a_waterfall_adds_up(series: list[ElementTree.Element]) -> None:
    """Follow the steps of a waterfall from its first column to its last."""
    names = cached(series[0], "cat", "str")
    carried, ends, up, up_below, down, down_below = (
        {place: float(v) for place, v in cached(one, "val").items()} for one in series
    )
    # It starts at a value, or, where the parts of a return add up, at nothing.
    assert set(ends) in ({0, len(names) - 1}, {len(names) - 1})
    at = ends.get(0, 0.0)
    for place in range(0 in ends, len(names) - 1):
        assert carried.get(place, 0.0) * at >= 0
        rise = up.get(place, 0.0) - up_below.get(place, 0.0)
        fall = down.get(place, 0.0) - down_below.get(place, 0.0)
        assert min(rise, fall) == 0
        at += rise - fall
    assert at == pytest.approx(ends[len(names) - 1])


def test_a_waterfall_starts_and_ends_at_the_composite(path: Path) -> None:
    result = evaluation().results["toys"]
    month = result.latest
    made = steps(result, report_words.Voice("en"))
    assert made[0].stop == pytest.approx(result.composite[month] - result.change[month])
    assert made[-1].stop == result.composite[month]
    assert made[-2].stop == pytest.approx(made[-1].stop)
    moves = [abs(step.stop - step.start) for step in made[1:-1]]
    assert moves == sorted(moves, reverse=True)
    assert len(moves) == result.change_contributions.loc[month].notna().sum()


def title_of(root: ElementTree.Element) -> list[str]:
    """Return the lines of a chart's title."""
    title = root.find(f"{CHART}chart/{CHART}title")
    assert title is not None
    return ["".join(p.itertext()) for p in title.iter(f"{DRAWING}p")]


def test_titles_state_the_finding_and_below_it_unit_and_period(path: Path) -> None:
    for root in chart_roots(path):
        *finding, below = title_of(root)
        assert len(finding) == 2  # Chinese, then English
        assert re.search(r"\d|几乎不变", finding[0]), "a finding has a number"
        sizes = [run.get("sz") for run in root.find(f".//{CHART}title").iter(f"{DRAWING}rPr")]  # type: ignore[union-attr]
        assert sizes == ["1100", "900", "850"]
        known = r"标准差|占资金|净值，首日为 1|过去一年|累计收益|资金的倍数"
        assert re.search(known, below), below
        if not has_names(root):
            assert re.search(r"20\d\d-\d\d – 2015-12", below)
            dates = root.find(f".//{CHART}dateAx")
            assert dates is not None
            assert dates.find(f"{CHART}numFmt").get("formatCode") == "yyyy"  # type: ignore[union-attr]
            assert dates.find(f"{CHART}majorTimeUnit").get("val") == "years"  # type: ignore[union-attr]


def test_a_few_lines_are_named_at_their_ends_and_more_in_a_legend_below(path: Path) -> None:
    named = 0
    for root in chart_roots(path):
        legend = root.find(f".//{CHART}legend")
        lines = root.findall(f".//{CHART}lineChart/{CHART}ser")
        labels = [one.find(f"{CHART}dLbls/{CHART}dLbl") for one in lines]
        if legend is not None:
            assert legend.find(f"{CHART}legendPos").get("val") == "b"  # type: ignore[union-attr]
            assert not any(label is not None for label in labels)
            continue
        for one, label in zip(lines, labels, strict=True):
            assert label is not None
            place = int(label.find(f"{CHART}idx").get("val"))  # type: ignore[union-attr,arg-type]
            points = cached(one, "val")
            assert place == max(points)
            said = "".join(label.itertext())
            assert f"{float(points[place]):.2f}".lstrip("-+")[:3] in said or "%" in said
            # No other point shows its value.
            group = one.find(f"{CHART}dLbls")
            assert group.find(f"{CHART}showVal").get("val") == "0"  # type: ignore[union-attr]
            named += 1
    assert named > 10


def test_labels_move_apart_and_keep_their_order() -> None:
    heights = [10.0, 12.0, 11.0, 60.0]
    moved = [h + s for h, s in zip(heights, apart(heights, 8.0), strict=True)]
    assert sorted(range(4), key=lambda n: moved[n]) == [0, 2, 1, 3]
    order = sorted(moved)
    assert all(b - a >= 8.0 - 1e-9 for a, b in itertools.pairwise(order))
    assert moved[3] == 60.0
    assert sum(moved[:3]) == pytest.approx(sum(heights[:3]))
    assert apart([], 8.0) == []


def test_held_times_stand_behind_the_lines_from_end_to_end_of_the_axis(path: Path) -> None:
    behind = 0
    for root in chart_roots(path):
        area, lines = (root.find(f".//{CHART}{kind}Chart") for kind in ("area", "line"))
        if area is None or lines is None:
            continue
        behind += 1
        plot = root.find(f".//{CHART}plotArea")
        assert plot is not None
        order = [child.tag for child in plot]
        assert order.index(f"{CHART}areaChart") < order.index(f"{CHART}lineChart")
        axes = root.findall(f".//{CHART}valAx")
        assert len(axes) == 1  # they share the axis
        ends = {float(axes[0].find(f".//{CHART}{n}").get("val")) for n in ("min", "max")}  # type: ignore[union-attr,arg-type]
        for one in area.findall(f"{CHART}ser"):
            values = {float(v) for v in cached(one, "val").values()}
            assert values <= ends | {0.0}
            assert values & ends
    assert behind == 2 * 3


def test_every_chart_has_a_number_a_source_and_a_text_for_screen_readers(path: Path) -> None:
    shown = report(evaluation())
    numbers = []
    for page in shown.pages:
        for band, below in itertools.pairwise(page.bands):
            drawings = [part for part in band if isinstance(part, Drawing)]
            if not drawings:
                continue
            assert [part.role for part in below] == ["source"] * len(drawings)  # type: ignore[union-attr]
            said = [part.text for part in below]  # type: ignore[union-attr]
            assert all("模拟数据" in text and "simulated" in text for text in said)
            numbers += [int(re.search(r"Figure (\d+)", text)[1]) for text in said]  # type: ignore[index]
            assert all(len(part.description) > 20 for part in drawings)
    assert numbers == list(range(1, len(chart_roots(path)) + 1))
    with zipfile.ZipFile(path) as archive:
        drawn = [archive.read(n).decode() for n in archive.namelist() if "drawings/drawing" in n]
    texts = [t for text in drawn for t in re.findall(r'<xdr:cNvPr [^>]*descr="([^"]+)"', text)]
    assert len(texts) == len(numbers)


def test_every_printed_page_says_that_it_is_no_advice(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert "不构成投资建议" in sheet.oddFooter.left.text
        assert "no investment advice" in sheet.oddFooter.left.text


def test_lines_of_a_chart_differ_in_colour_and_in_dash_or_width(path: Path) -> None:
    for root in chart_roots(path):
        looks = root.findall(f".//{CHART}ser/{CHART}spPr/{DRAWING}ln")
        drawn = [
            (
                line.find(f".//{DRAWING}srgbClr").get("val"),  # type: ignore[union-attr]
                line.get("w"),
                dash.get("val") if (dash := line.find(f"{DRAWING}prstDash")) is not None else "",
            )
            for line in looks
            if line.find(f".//{DRAWING}srgbClr") is not None
        ]
        # Two lines of one colour, the ends of the band of percentiles, differ in their dash.
        assert len(set(drawn)) == len(drawn)
        assert len({color for color, _, _ in drawn}) >= len(drawn) - 1
        assert len({(width, dash) for _, width, dash in drawn}) > 1 or len(drawn) <= 1


@pytest.mark.parametrize(
    ("ends", "axis"),
    [
        ((0.93, 5.41), (0.0, 6.0, 1.0)),
        ((0.87, 1.42), (0.8, 1.6, 0.2)),
        ((-2.6, 2.5), (-4.0, 4.0, 2.0)),
        ((1.0, 1.0), (1.0, 1.0, 0.02)),
        ((1.0, 97.0), (0.0, 100.0, 20.0)),
    ],
)
def test_axes_have_round_ends_and_steps(
    ends: tuple[float, float], axis: tuple[float, float, float]
) -> None:
    assert axis_of(*ends) == pytest.approx(axis)


# Cells


def test_no_cell_is_an_error_or_a_formula_or_shows_what_is_not_a_number(
    book: openpyxl.Workbook,
) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "d", "inlineStr"), cell.coordinate
                if isinstance(cell.value, str):
                    assert not WRONG.search(cell.value), (sheet.title, cell.coordinate, cell.value)


def test_the_sheets_stand_in_order_and_every_link_leads_to_one(book: openpyxl.Workbook) -> None:
    names = book.sheetnames
    printed = "books_and_all_other_printed_mat"
    front, back = ["cover", "summary", "combined"], ["quality", "models", "method"]
    assert names[:9] == [*front, "toys", printed, "mood", *back]
    assert names[9:] == ["data_toys", "data_" + printed[:26], "data_mood", "data_combined"]
    targets = set()
    for sheet in book:
        linked = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]
        assert linked, sheet.title
        targets |= {link.location.split("!")[0].strip("'") for link in linked}
    # Excel follows no link to a hidden sheet.
    assert targets == set(names[:9])
    assert [sheet.title for sheet in book if sheet.sheet_state == "hidden"] == names[9:]


def test_a_chinese_report_has_chinese_tabs_and_all_its_links_and_charts_follow(
    tmp_path: Path,
) -> None:
    target = tmp_path / "report.xlsx"
    write_report(evaluation(), target, language="zh", generated=NOW)
    book = openpyxl.load_workbook(target)
    names = set(book.sheetnames)
    assert {"封面", "总览", "综合策略", "玩具", "序列·玩具"} <= names
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink:
                    assert cell.hyperlink.location.split("!")[0].strip("'") in names
    for root in chart_roots(target):
        for formula in root.iter(f"{CHART}f"):
            assert (formula.text or "").split("!")[0].strip("'") in names


@pytest.mark.parametrize(
    "forbidden",
    ["a/b", "x[1]?", "'q'", "长" * 40, "History", "\U00069074" * 20, "\ud800\x81", "a" * 30 + "'b"],
)
def test_tabs_are_legal_and_differ(forbidden: str) -> None:
    names = tab_names({"one": forbidden, "two": forbidden.upper(), "three": ""})
    made = list(names.values())
    assert len({name.casefold() for name in made}) == 3
    for name in made:
        assert 0 < len(name.encode("utf-16-le")) <= 62
        assert not name.endswith("'")
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert name.casefold() != "history"


def test_charts_show_week_ends_name_chinese_fonts_and_every_step(path: Path) -> None:
    days = len(evaluation().results["toys"].backtest.nav)  # type: ignore[union-attr]
    for root in chart_roots(path):
        fonts = list(root.iter(f"{DRAWING}latin"))
        assert fonts
        assert len(fonts) == len(list(root.iter(f"{DRAWING}ea")))
        for held in root.iter(f"{CHART}numCache"):
            assert int(held.find(f"{CHART}ptCount").get("val", "")) < days / 4  # type: ignore[union-attr]
        if root.find(f".//{CHART}barChart") is not None:
            skips = [e.get("val") for e in root.iter(f"{CHART}tickLblSkip")]
            assert skips == ["1"]
            names = cached(root.findall(f".//{CHART}ser")[0], "cat", "str").values()
            assert all(re.search(r"[+-][\d.]+%?$", name) for name in names)


def test_net_values_stand_on_a_logarithmic_axis(path: Path) -> None:
    logs = [r for r in chart_roots(path) if r.find(f".//{CHART}logBase") is not None]
    assert len(logs) >= 5
    for root in logs:
        assert root.find(f".//{CHART}logBase").get("val") == "2"  # type: ignore[union-attr]
        low, high = (float(root.find(f".//{CHART}scaling/{CHART}{n}").get("val"))  # type: ignore[union-attr,arg-type]
                     for n in ("min", "max"))  # fmt: skip
        assert 0 < low < high


def test_week_ends_are_the_last_days_of_weeks_and_the_first_day() -> None:
    days = pd.bdate_range("2024-01-03", "2024-01-23").delete(2)  # no Friday in the first week
    kept = [f"{day:%m-%d}" for day in week_ends(days)]
    assert kept == ["01-03", "01-04", "01-12", "01-19", "01-23"]


def test_shades_of_changes_are_white_at_zero_and_the_same_in_every_table(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if "worksheets/sheet" in n]
    scales = [s for text in sheets for s in re.findall(r"<colorScale>.*?</colorScale>", text)]
    assert scales
    for scale in scales:
        low, middle, high = (float(v) for v in re.findall(r'type="num" val="([^"]*)"', scale))
        assert middle == 0
        assert low == -high
        colours = re.findall(r'rgb="(\w+)"', scale)
        assert len(set(colours)) == 3
        assert colours[1] == "FFFFFFFF"


def test_the_summary_is_a_table_of_excel_s_own_with_small_lines(
    book: openpyxl.Workbook, path: Path
) -> None:
    sheet = book["summary"]
    (table,) = sheet.tables.values()
    assert table.autoFilter is not None
    assert sheet.freeze_panes is not None
    with zipfile.ZipFile(path) as archive:
        text = archive.read("xl/worksheets/sheet2.xml").decode()
    assert "'data_toys'!" in text or "data_toys!" in text
    assert text.count("<x14:sparkline>") == 3


def test_the_summary_holds_the_numbers_of_the_evaluation(book: openpyxl.Workbook) -> None:
    sheet = book["summary"]
    result = evaluation().results["toys"]
    assert result.backtest is not None
    (row,) = (r for r in sheet.iter_rows() if r[0].value == "玩具 Toys")
    values = [cell.value for cell in row]
    month = result.latest
    run = run_of(result)
    assert run is not None
    assert values[1] in ("● 持有行业 In industry", "○ 持有万得全A In Wind All-A")
    assert values[2] == run.since
    assert values[4:6] == pytest.approx([result.change[month], result.composite[month]])
    assert values[7] == pytest.approx(result.percentile[month])
    assert f"{result.change[month]:+.2f}" in values[8]
    assert values[9] == result.decisions[month]
    assert values[10:12] == ["–", "3 / 3"]  # nobody asked how old it is


def test_industries_that_are_held_come_first_and_new_ones_before_the_others() -> None:
    def turned(result: Any, last: list[float], change: float) -> Any:
        signal = result.signal.copy()
        signal.iloc[-3:] = last
        changes = result.change.copy()
        changes.iloc[-1] = change
        return replace(result, signal=signal, change=changes)

    toys = evaluation().results["toys"]
    made = {
        "out": turned(toys, [0, 0, 0], 0.9),
        "old": turned(toys, [1, 1, 1], 0.8),
        "new": turned(toys, [0, 0, 1], 0.1),
        "left": turned(toys, [1, 1, 0], 0.0),
    }
    order = [id(r) for r in ranked(replace(evaluation(), results=made, asked=tuple(made)))]
    assert order == [id(made[name]) for name in ("new", "old", "left", "out")]
    assert is_new(made["left"])
    assert not is_new(made["old"])


def test_what_the_indicators_add_sums_to_composite_and_change() -> None:
    table = next(p for p in parts(report(evaluation()), "toys") if isinstance(p, Table) and p.total)
    *members, total = table.rows
    for column in (10, 11):
        added = sum(row[column] for row in members)  # type: ignore[misc]
        assert added == pytest.approx(total[column])


def test_the_report_s_own_figures_stand_beside_ours_and_never_beside_simulated_ones(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    simulated = [cell.value for row in book["toys"].iter_rows() for cell in row]
    assert 5.43 not in simulated
    assert not any("2013-01 –" in str(value) for value in simulated)
    sheet = written(tmp_path, real())["toys"]
    ours = real().results["toys"].backtest
    assert ours is not None
    # The first table that has such a row is that of the standard periods.
    found = {row[0].value: row for row in reversed(list(sheet.iter_rows())) if row[0].value}
    for key, label, theirs in (
        ("strategy_return", "策略 Strategy", 5.43),
        ("index_return", "行业指数 Index", 3.17),
    ):
        values = [cell.value for cell in found[label] if cell.value is not None]
        assert values[-2] == pytest.approx(ours.statistics[key])
        assert values[-1] == pytest.approx(theirs)
    (note,) = (t for t in texts_of(sheet) if "浙商原文的区间" in t)
    assert "2013-01 – 2015-12" in note


def test_every_backtest_is_followed_by_an_honest_line(book: openpyxl.Workbook) -> None:
    for name in ("toys", "combined"):
        (line,) = (t for t in texts_of(book[name]) if t.startswith("口径："))
        for part in ("决策日已公布", "未计交易成本", "修订", "2012-12-31", "模拟数据", "no costs"):
            assert part in line


def test_data_sheets_hold_the_series_with_units_formats_and_frozen_heads(
    book: openpyxl.Workbook,
) -> None:
    result = evaluation().results["toys"]
    assert result.backtest is not None
    sheet = book["data_toys"]
    assert sheet.freeze_panes == "A6"
    labels_ = [cell.value for cell in sheet[4]]
    composite = labels_.index("景气度 Composite") + 1
    assert sheet.cell(5, composite).value == "标准差 s.d."
    held = [sheet.cell(row, composite).value for row in range(6, 6 + len(result.months))]
    expected = [None if math.isnan(v) else v for v in result.composite]
    assert held == pytest.approx(expected)
    strategy = labels_.index("策略 Strategy") + 1
    last = 5 + len(week_ends(pd.DatetimeIndex(result.backtest.nav.index)))
    assert sheet.cell(last, strategy).value == pytest.approx(
        result.backtest.nav["strategy"].iloc[-1], abs=1e-5
    )
    assert sheet.cell(last, strategy).number_format == "0.0000"
    assert sheet.cell(6, 1).number_format == "yyyy-mm"


def test_what_is_missing_is_a_dash() -> None:
    result = evaluation().results["toys"]
    assert result.backtest is not None
    bare = replace(result, percentile=result.percentile * float("nan"))
    shown = replace(evaluation(), results={"toys": bare}, combined=None)
    # The percentile, and the age that nobody asked for.
    assert written_texts(shown, "summary").count("–") == 1 + 1


def written_texts(computed: Evaluation, sheet: str) -> list[str]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return texts_of(written(Path(folder), computed)[sheet])


# Languages


def test_both_languages_stand_side_by_side(book: openpyxl.Workbook) -> None:
    said = texts_of(book["toys"])
    assert any(re.match("玩具：.*\nToys: ", text) for text in said)
    assert "订单\nOrders" in said
    assert "元/吨\nCNY/t" in said


def test_english_alone_has_no_chinese(tmp_path: Path) -> None:
    book = written(tmp_path, evaluation(), "en")
    for sheet in book:
        for text in texts_of(sheet):
            assert not re.search(r"[\u4e00-\u9fff]", text), (sheet.title, text)


def test_chinese_alone_has_no_english_labels(tmp_path: Path) -> None:
    book = written(tmp_path, evaluation(), "zh")
    said = {text for sheet in book for text in texts_of(sheet)}
    english = {en for zh, en in report_words.LABELS.values() if zh != en}
    assert not said & english
    assert "玩具" in said


def test_words_cover_every_setting_statistic_and_unit_of_the_catalog() -> None:
    described = {name for _, _, names in sentences.SECTIONS.values() for name in names}
    assert described == {setting.name for setting in fields(Settings)}
    assert set(sentences.STATISTIC_MEANING) == set(STATISTICS)
    assert set(STATISTIC_KINDS) >= {kind for _, _, kind in STATISTICS.values()}
    units = {i.unit for model in catalog().values() for i in model.indicators}
    chinese = {unit for unit in units if re.search(r"[\u4e00-\u9fff]", unit)}
    assert chinese <= set(report_words.UNITS)
    assert set(report_words.SECTORS) >= {model.sector for model in catalog().values()}
    for pairs in (
        report_words.LABELS,
        report_words.PROVENANCE,
        report_words.SECTORS,
        statements.GRADES,
    ):
        assert all(zh and en for zh, en in pairs.values())


# What no reader may overlook


def test_simulated_data_are_announced_on_every_page(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert "模拟数据" in sheet.oddHeader.center.text
    for name in ("summary", "combined", "toys", "mood", "method"):
        assert any("SIMULATED" in text for text in texts_of(book[name]))


def test_real_data_are_not_called_simulated(tmp_path: Path) -> None:
    book = written(tmp_path, real())
    assert not any("SIMULATED" in t or "模拟数据" in t for s in book for t in texts_of(s))
    assert not book["summary"].oddHeader.center.text


def test_settings_that_look_ahead_are_announced(tmp_path: Path) -> None:
    book = written(tmp_path, computed(TOYS, timing="period"))
    assert any("LOOKS AHEAD" in text for text in texts_of(book["toys"]))
    assert "LOOKS AHEAD" in book["summary"].oddHeader.center.text


def test_warnings_are_listed_once_with_the_models_they_concern(tmp_path: Path) -> None:
    shared = Notice("shared", "大家注意", "Mind this")
    note = Notice("remark", "说一下", "A remark", severity="note")
    results = {
        id: replace(result, notices=(shared, note)) for id, result in evaluation().results.items()
    }
    book = written(tmp_path, replace(evaluation(), results=results))
    said = texts_of(book["cover"])
    assert sum("大家注意" in text for text in said) == 1
    assert "全部 All" in said
    assert not any("说一下" in text for text in said)
    assert any("说一下" in text for text in texts_of(book["toys"]))


# Results that are incomplete


def test_an_industry_without_prices_has_no_backtest_and_says_so(tmp_path: Path) -> None:
    panel = simulate([TOYS], first="2008-01", last="2015-12")
    bare = evaluate(
        replace(panel, prices=pd.DataFrame(index=pd.DatetimeIndex([]))), [TOYS], known={}
    )
    book = written(tmp_path, bare)
    assert any("没有回测" in text for text in texts_of(book["toys"]))
    assert "combined" not in book.sheetnames
    assert len(chart_roots(tmp_path / "report.xlsx")) == 2  # composite, and what moved it


def test_a_module_without_data_is_shown_with_dashes(tmp_path: Path) -> None:
    whole = evaluation().results["mood"]
    empty = replace(
        whole,
        **{
            field.name: getattr(whole, field.name).iloc[:0]
            for field in fields(whole)
            if isinstance(getattr(whole, field.name), pd.Series | pd.DataFrame)
        },
        stages={stage: frame.iloc[:0] for stage, frame in whole.stages.items()},
    )
    shown = replace(evaluation(), results={**evaluation().results, "mood": empty})
    book = written(tmp_path, shown)
    assert any("无法作图" in text for text in texts_of(book["mood"]))
    (row,) = (r for r in book["summary"].iter_rows() if r[0].value == "情绪 Mood")
    assert [row[column].value for column in (4, 5, 7)] == ["–"] * 3


def test_data_that_end_early_are_said_to_end(tmp_path: Path) -> None:
    result = evaluation().results["toys"]
    composite = result.composite.copy()
    composite.iloc[-6:] = np.nan
    early = replace(result, composite=composite)
    book = written(tmp_path, replace(evaluation(), results={"toys": early}, combined=None))
    headline = next(t for t in texts_of(book["toys"]) if t.startswith("2015-06"))
    assert "至 2015-12 没有信号" in headline


# Hostile texts

HOSTILE = [
    *("=1+1", "+3", "-2", "@SUM(A1)", "'quoted", "http://x.y", "<b>&", "&quot;"),
    *("📈🚀", "_x0041_", "a\x00b\x07c\x1b", "\ud800x", "长" * 500, "word " * 100, "two\nlines"),
]


def test_awkward_names_arrive_as_text_everywhere(tmp_path: Path) -> None:
    for name in ("=1+1", "长" * 500):
        named = {"name_zh": name, "name_en": name}
        awkward = replace(
            TOYS,
            **named,
            indicators=(replace(TOYS.indicators[0], **named), *TOYS.indicators[1:]),
            dimensions=(replace(TOYS.dimensions[0], **named), TOYS.dimensions[1]),
        )
        result = replace(evaluation().results["toys"], definition=awkward)
        book = written(tmp_path, replace(evaluation(), results={"toys": result}, combined=None))
        for sheet, cells in ((book["toys"], 3), (book["summary"], 1)):
            found = [c for row in sheet.iter_rows() for c in row if c.value == name]
            assert len(found) >= cells
            assert all(cell.data_type == "s" for cell in found)
        assert chart_roots(tmp_path / "report.xlsx")


def test_any_text_arrives_as_text(tmp_path: Path) -> None:
    rows = tuple((name, Link(name, "page"), Tag(name, "strong")) for name in HOSTILE)
    table = Table(columns=(Column(label="=A1"), Column(span=2), Column()), rows=rows)
    titles = tuple((Text(text=name, role="title"),) for name in HOSTILE)
    page = Page(id="page", title="&A 1", widths=(20.0,) * 4, bands=(*titles, (table,)))
    whole = Report(title="=1", footer="1 & 2", generated=NOW, warning="", pages=(page,), sheets=())
    render(whole, tmp_path / "any.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "any.xlsx")["page"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    said = [cell.value for cell in cells]
    for name in HOSTILE:
        assert said.count(clean(name)) == 4


def test_control_characters_and_excess_are_taken_out() -> None:
    assert clean("a\x00b\x1fc\x7f\ufffe\ud83d") == "abc"
    assert clean("a\r\nb\rc\td") == "a\nb\nc d"
    assert len(clean("x" * 50_000)) == 32_767


# Names, rows and pages


def test_sheet_names_are_legal_and_differ_in_any_case() -> None:
    ids = ["summary", "history", "a" * 40, "a" * 41, "data_x", "x"]
    names = sheet_names(ids, ("summary", "method", "history"))
    data = sheet_names(ids, names.values(), prefix="data_")
    every = [*names.values(), *data.values(), "summary", "history"]
    assert len({name.casefold() for name in every}) == len(every)
    assert all(len(name) <= 31 for name in every)
    assert names["x"] == "x"


def test_rows_are_high_enough_for_their_text() -> None:
    assert line_count("短", 200, 9) == 1
    assert line_count("一\n二\n三", 200, 9) == 3
    assert line_count("长" * 100, 120, 9) >= 100 * 12 / 120
    assert line_count("word " * 40, 400, 9) > line_count("word " * 40, 800, 9)


def test_pages_end_before_a_part_that_would_be_torn() -> None:
    title, half = Measured(0, 10), 45.0
    bands = [
        title,
        Measured(1, half, opens=True, whole=True),
        Measured(2, half - 20),
        Measured(3, half, opens=True, whole=True),
        Measured(9, 0, ends=True),
        Measured(9, half),
    ]
    assert page_breaks(bands, page=100, repeated=10) == [3, 9]


def test_a_part_longer_than_a_page_is_torn_between_its_bands() -> None:
    bands = [Measured(0, 10), *(Measured(row, 30, opens=row == 1) for row in range(1, 9))]
    assert page_breaks(bands, page=100, repeated=10) == [4, 7]


def test_pages_print_on_a4_landscape_one_page_wide_with_page_numbers(
    book: openpyxl.Workbook,
) -> None:
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_area
        assert "&P / &N" in sheet.oddFooter.right.text
    for name in ("summary", "combined", "toys", "mood", "method"):
        assert not book[name].sheet_view.showGridLines


# The file


def test_the_same_evaluation_and_time_give_the_same_bytes(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    write_report(evaluation(), again, generated=NOW)
    assert again.read_bytes() == path.read_bytes()


def test_a_time_with_a_zone_is_kept_in_utc(tmp_path: Path) -> None:
    target = tmp_path / "report.xlsx"
    write_report(evaluation(), target, generated=datetime(2024, 1, 2, 9, 30, tzinfo=UTC))
    assert openpyxl.load_workbook(target).properties.created == datetime(2024, 1, 2, 9, 30)


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.xlsx"
    target.write_bytes(b"old")

    def fail(page: str, number: int, count: int) -> None:
        if number == 3:
            raise RuntimeError(page)

    with pytest.raises(RuntimeError):
        write_report(evaluation(), target, progress=fail)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pages, "render", full)
    with pytest.raises(BookError) as caught:
        write_report(evaluation(), target)
    assert caught.value.where == str(target)
    assert [p.name for p in tmp_path.iterdir()] == ["report.xlsx"]
    assert target.read_bytes() == b"old"


def test_progress_names_every_sheet(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    write_report(evaluation(), tmp_path / "r.xlsx", progress=lambda *step: seen.append(step))
    assert [number for _, number, _ in seen] == list(range(1, 14))
    assert {count for _, _, count in seen} == {13}
    assert seen[0][0] == "cover"


def test_the_specification_holds_no_excel_and_can_be_compared() -> None:
    shown = report(evaluation())
    assert shown == report(evaluation())
    banner = next(p for p in parts(shown, "toys") if isinstance(p, Text) and p.role == "banner")
    assert "SIMULATED" in banner.text
    assert isinstance(shown.sheets[0].blocks[0].columns[0].values[0], date)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="soffice is not installed: no PDF")
def test_it_prints_without_overflowing_cells_or_empty_pages(path: Path, tmp_path: Path) -> None:
    command = [
        *("soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"),
        *("--convert-to", "pdf", "--outdir", str(tmp_path), str(path)),
    ]
    for _ in range(2):  # a fresh profile can make the first start end early
        subprocess.run(command, check=False, capture_output=True, timeout=180)
        if (tmp_path / "report.pdf").exists():
            break
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the PDF cannot be read")
    done = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"],
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    printed = done.stdout.split("\f")[:-1]
    # Cover, summary, combined (4), two industries (3 or 4 each), module (1 or 2), data quality,
    # models, method (2 to 4), 4 of data.
    assert 20 <= len(printed) <= 28
    assert all(len(page.split()) > 20 for page in printed)
    assert "###" not in done.stdout
    assert "玩具" in done.stdout
