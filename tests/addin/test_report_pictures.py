"""State strips, pictures of the evidence, and the combined page, as the report specifies them."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from prosperity import rules
from prosperity.attribution import linked
from prosperity.evaluation import MARKET, Evaluation
from prosperity.evidence.examine import Evidence, examine
from prosperity_excel.report.build import build_report
from prosperity_excel.report.combined_charts import contribution_steps, turnover_by_year
from prosperity_excel.report.combined_tables import (
    MONTHS,
    contribution_table,
    displaced_table,
    drawdown_table,
    holdings_table,
)
from prosperity_excel.report.evidence_pictures import evidence_blocks, evidence_row
from prosperity_excel.report.evidence_report import Examined
from prosperity_excel.report.fine_grid import fine_widths, refined
from prosperity_excel.report.model_tables import GRID
from prosperity_excel.report.room_for_text import column_pixels
from prosperity_excel.report.spec import Bars, Chart, Column, Link, Page, Report, Table, Tag, Text
from prosperity_excel.report.state_page import MONTHS as STRIP_MONTHS
from prosperity_excel.report.state_page import PARTS, applying, strip_bands
from prosperity_excel.words.findings import directions_of, flip_words
from prosperity_excel.words.report_words import Voice

from tests.addin.test_report import BOOKS, MOOD, TOYS, evaluation

NOW = datetime(2024, 1, 2, 9, 30)
ZH, EN = Voice("zh"), Voice("en")


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    from prosperity.settings import Settings
    from prosperity.simulation import simulate

    models = (TOYS, BOOKS, MOOD)
    panel = simulate(models, first="2008-01", last="2015-12")
    return examine(panel, evaluation().results["toys"], Settings(), {}, draws=99)


@pytest.fixture(scope="module")
def examined(evidence: Evidence) -> Report:
    return build_report(
        evaluation(), language="en", generated=NOW, examined=Examined({"toys": evidence})
    )


def page(report: Report, id: str) -> Page:
    return next(page for page in report.pages if page.id.startswith(id))


def tables(shown: Page) -> list[Table]:
    return [part for band in shown.bands for part in band if isinstance(part, Table)]


# State machines


def machine() -> tuple[Evaluation, str]:
    computed = evaluation()
    return computed, next(id for id in computed.results if id.startswith("books"))


def test_the_strip_shows_each_month_s_directions_and_what_was_held() -> None:
    computed, id = machine()
    result = computed.results[id]
    _, (strip,), _ = strip_bands(result, EN)
    assert isinstance(strip, Table)
    months = result.months[-STRIP_MONTHS:]
    assert len(strip.columns) == STRIP_MONTHS + 1
    for row, dimension in zip(strip.rows, ("demand", "cost"), strict=False):
        for cell, month in zip(row[1:], months, strict=True):
            way = directions_of(result.state[month])[dimension]
            assert isinstance(cell, Tag)
            assert (cell.text, cell.tone) == (("▲", "up") if way > 0 else ("▼", "down"))
    held = [isinstance(cell, Tag) for cell in strip.rows[-1][1:]]
    assert held == [signal == 1 for signal in result.signal[months]]
    # The year stands where it begins.
    labels = [column.label for column in strip.columns[1:]]
    assert [label for label in labels if label.endswith("\n1")] == ["’13\n1", "’14\n1", "’15\n1"]


def test_what_is_held_is_what_applies_and_the_composite_comes_second() -> None:
    computed, id = machine()
    result = computed.results[id]
    for month in result.months[-24:]:
        assert bool(applying(result, month)) == (result.signal[month] == 1)
    shown = page(build_report(computed, language="en", generated=NOW), "books")
    order = [
        part.title if isinstance(part, Chart) else "strip"
        for band in shown.bands
        for part in band
        if isinstance(part, Chart)
        or (isinstance(part, Table) and len(part.columns) == STRIP_MONTHS + 1)
    ]
    assert order[0] == "strip"
    assert "for display" in order[1]
    assert len(shown.widths) == 1 + (len(GRID) - 1) * PARTS
    for table in tables(shown):
        assert table.at + sum(column.span for column in table.columns) <= len(shown.widths)


@pytest.mark.parametrize(
    ("state", "changes", "turning"),
    [
        ("demand+ supply-", {"demand": 0.3, "supply": -0.1}, ("supply",)),
        ("demand+ supply+", {"demand": 0.3, "supply": 0.1}, ("supply",)),
        ("demand- supply+", {"demand": -0.3, "supply": 0.1}, ("demand", "supply")),
        ("demand- supply?", {"demand": -0.3, "supply": math.nan}, None),  # the other is not known
        ("demand? supply?", {}, None),
    ],
)
def test_the_nearest_turn_is_the_smallest_that_changes_the_signal(
    state: str, changes: dict[str, float], turning: tuple[str, ...] | None
) -> None:
    hold = ((("demand", 1), ("supply", -1)),)
    assert rules.nearest_turn(directions_of(state), changes, hold) == turning


def test_a_second_hold_state_is_no_flip() -> None:
    """Supply turning keeps it held by the other state; demand turning does not."""
    hold = ((("demand", 1), ("supply", -1)), (("demand", 1), ("supply", 1)))
    found = rules.nearest_turn(
        {"demand": 1.0, "supply": -1.0}, {"demand": 0.9, "supply": -0.01}, hold
    )
    assert found == ("demand",)


def test_the_flip_of_a_state_machine_names_dimensions_and_their_way() -> None:
    computed, id = machine()
    zh, en = flip_words(computed.results[id])
    assert zh.startswith(("转为持有：", "转为不持有："))
    assert en.startswith(("Enters when ", "Leaves when "))
    assert "turns up" in en or "turns down" in en


def test_the_fine_grid_is_as_wide_and_places_stay_where_they_were() -> None:
    fine = fine_widths(GRID, PARTS)
    assert sum(map(column_pixels, fine)) == pytest.approx(sum(map(column_pixels, GRID)), abs=2)
    table = Table(columns=(Column(span=2), Column(span=1)), rows=(("a", "b"),), at=3)
    (moved, text) = refined((table, Text(text="x", at=5)), len(GRID), PARTS)
    assert isinstance(moved, Table)
    assert (moved.at, [c.span for c in moved.columns]) == (7, [6, 3])
    assert isinstance(text, Text)
    assert (text.at, text.at + text.span) == (13, len(fine))


# Evidence


def test_the_histogram_counts_every_shift_and_marks_the_model(evidence: Evidence) -> None:
    null = evidence.significance.null
    block = next(b for b in evidence_blocks(evidence, EN) if b.key == "null")
    shifts, own = (np.array(column.values, dtype=float) for column in block.columns[1:])
    assert shifts.sum() + own.sum() == len(null)
    assert (own > 0).sum() == 1
    assert not (shifts[own > 0]).any()
    # The p-value is the share of shifts that are no worse, the model itself among them.
    worse = np.array(null[1:])
    p = (1 + (worse >= null[0] - 1e-12).sum()) / len(null)
    assert p == pytest.approx(evidence.significance.shifts)
    marked = float(block.columns[0].values[int(own.argmax())])  # type: ignore[arg-type]
    assert abs(marked - null[0]) <= (max(null) - min(null)) / 25 / 2 + 0.051


def test_ranges_hold_the_default_between_their_ends(evidence: Evidence) -> None:
    block = next(b for b in evidence_blocks(evidence, EN) if b.key == "ranges")
    low, base, high, span = (np.array(c.values, dtype=float) for c in block.columns[1:])
    assert (low <= base).all()
    assert (base <= high).all()
    assert span == pytest.approx(high - low)
    assert (np.diff(span) <= 1e-12).all()  # the widest first


def test_the_pictures_stand_on_both_pages_and_point_at_what_is_there(
    evidence: Evidence, examined: Report
) -> None:
    keys = {(s.id, b.key): {c.key for c in b.columns} for s in examined.sheets for b in s.blocks}
    drawn = [
        part
        for id in ("toys", "evidence_toys")
        for band in page(examined, id).bands
        for part in band
        if isinstance(part, Bars)
    ]
    assert [part.block for part in drawn[:2]] == ["null", "ranges"]
    assert {"leads", "years", "honesty"} <= {part.block for part in drawn[2:]}
    for part in drawn:
        assert {line.column for line in part.lines} <= keys[part.sheet, part.block]
    assert len(evidence_row(evidence, "x", ZH)) == 2
    assert all("\n" not in chart.title for chart in evidence_row(evidence, "x", ZH))


def test_one_count_of_variants_is_said_everywhere(evidence: Evidence, examined: Report) -> None:
    count = str(evidence.significance.trials)
    said = [
        part.text
        for id in ("toys", "evidence_toys", "summary")
        for band in page(examined, id).bands
        for part in band
        if isinstance(part, Text) and "variants" in part.text
    ]
    assert len(said) >= 3
    assert all(count in text for text in said)
    assert not any("plans tried" in text or "trials" in text for text in said)


def test_a_model_that_could_not_be_tested_has_no_histogram(evidence: Evidence) -> None:
    untested = replace(evidence, significance=replace(evidence.significance, null=()))
    assert "null" not in {block.key for block in evidence_blocks(untested, EN)}
    assert len(evidence_row(untested, "x", EN)) == 1


# The combined strategy


def names() -> dict[str, str]:
    return {str(id): str(id) for id in evaluation().combined.targets}  # type: ignore[union-attr]


def test_every_month_of_holdings_has_the_same_width_and_scale() -> None:
    combined = evaluation().combined
    assert combined is not None
    table = holdings_table(combined, dict(names()))
    months = table.columns[1:]
    assert len(months) == MONTHS
    assert {(c.span, c.scale) for c in months} == {(1, "share")}
    assert len({GRID[1 + n] for n in range(MONTHS)}) == 1


def test_contributions_sum_to_the_strategy_s_return_in_table_and_chart() -> None:
    combined = evaluation().combined
    assert combined is not None
    nav = combined.backtest.nav["strategy"]
    whole = float(nav.iloc[-1] / nav.iloc[0] - 1)
    table = contribution_table(combined, dict(names()), EN)
    *rows, total = table.rows
    assert total[-1] == pytest.approx(whole)
    assert sum(float(row[-1]) for row in rows) == pytest.approx(whole)  # type: ignore[arg-type]
    steps = contribution_steps(combined, names(), EN)
    assert steps[-1].end
    assert steps[-1].stop == pytest.approx(whole)
    assert sum(step.stop - step.start for step in steps[:-1]) == pytest.approx(whole)
    assert linked(combined.parts)[MARKET] == pytest.approx(
        next(s.stop - s.start for s in steps if s.name == MARKET)
    )


def test_turnover_by_year_sums_to_the_whole() -> None:
    combined = evaluation().combined
    assert combined is not None
    assert turnover_by_year(combined).sum() == pytest.approx(combined.turnover.sum())


def test_displaced_industries_are_named_with_what_took_their_place() -> None:
    combined = evaluation().combined
    assert combined is not None
    assert displaced_table(combined, dict(names()), EN) is None  # nothing covers anything
    days = pd.DatetimeIndex(combined.targets.index)
    taken = pd.DataFrame({"toys": ["", *["games"] * 3, *[""] * (len(days) - 4)]}, days)
    shown = {"toys": Link("Toys", "toys"), "games": Link("Games", "games")}
    table = displaced_table(replace(combined, displaced=taken), dict(shown), EN)
    assert table is not None
    ((who, by, months, last, now),) = table.rows
    assert (who, by, months, now) == (shown["toys"], shown["games"], 3.0, "")
    assert last == days[3].date()


def test_drawdowns_stand_beside_what_the_market_did() -> None:
    tested = evaluation().combined.backtest  # type: ignore[union-attr]
    table = drawdown_table(tested, EN)
    depths = [float(row[2]) for row in table.rows]  # type: ignore[arg-type]
    assert depths == sorted(depths)
    assert depths[0] == pytest.approx(-abs(tested.statistics["max_drawdown"]))
    assert len(table.rows) <= 5
