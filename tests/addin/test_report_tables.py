"""Numbers of the report's further pages, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prosperity import align
from prosperity.backtest import Backtest
from prosperity.catalog import catalog
from prosperity.errors import ProsperityError
from prosperity.evidence.conventions import COMBINED, VARIANTS
from prosperity.settings import Settings
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.report.combined_tables import yearly_returns
from prosperity_excel.report.quality_page import quality_page
from prosperity_excel.report.spec import Table, Tag, Text
from prosperity_excel.runs.conventions import sensitivity
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.template.template import write_template
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.tongue import spoken


def backtest_of(nav: pd.DataFrame) -> Backtest:
    held = pd.Series(1.0, index=nav.index)
    return Backtest(nav.index[0], nav.index[-1], nav, held, held.ne(held), {})


def test_years_begin_where_the_last_one_ended() -> None:
    days = pd.DatetimeIndex(["2019-12-31", "2020-06-30", "2020-12-31", "2021-03-31", "2021-12-31"])
    nav = pd.DataFrame(
        {
            "strategy": [1.0, 0.8, 1.2, 0.9, 1.5],
            "index": [1.0, 1.0, 1.1, 1.1, 1.1],
            "benchmark": [1.0, 1.0, 1.0, 2.0, 2.0],
        },
        index=days,
    )
    found = yearly_returns(backtest_of(nav))
    assert found.index.tolist() == [2020, 2021]  # the base alone is no year
    assert found["strategy"].tolist() == pytest.approx([0.2, 0.25])
    assert found["excess"].tolist() == pytest.approx([0.2, 0.25 - 1.0])
    assert found["drawdown"].tolist() == pytest.approx([-0.2, -0.25])
    assert np.prod(1 + found["strategy"]) == pytest.approx(1.5)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "two.xlsx"
    chosen = [catalog()[id] for id in ("autos", "banks")]
    write_template(chosen, path, panel=simulate(chosen), source_note=SOURCE)
    return path


def test_sensitivity_is_what_the_runs_themselves_give(book: Path) -> None:
    read = [read_book(book)]
    evaluation = evaluate_books(read, settings=Settings(cost_bps=10.0))
    tested = sensitivity(read, evaluation)
    # The run's own cost is one of the variants, and is not computed twice.
    assert tested.tried == len(VARIANTS)
    assert list(tested.base.index) == ["autos", "banks", COMBINED]
    place = next(n for n, v in enumerate(tested.variants) if v.changes == {"lookback": 3})
    alone = evaluate_books(read, settings=Settings(cost_bps=10.0, lookback=3))
    for id in ("autos", "banks"):
        backtest = alone.industries[id].backtest
        assert backtest is not None
        assert tested.totals.loc[id, place] == backtest.statistics["strategy_return"]
    costly = next(n for n, v in enumerate(tested.variants) if v.changes == {"cost_bps": 30.0})
    assert (tested.totals[costly] < tested.base).all()


def test_every_convention_is_replayed_as_it_would_be_run(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a day, with a variant of a model; costs and a later trade compute no score again."""
    read, chosen = [read_book(book)], {"autos": catalog()["autos"].variants[0].id}
    settings = Settings(as_of=date(2018, 3, 14), fit="full")
    evaluation = evaluate_books(read, variants=chosen, settings=settings)
    passes: list[int] = []
    plain = align.stages_of
    monkeypatch.setattr(align, "stages_of", lambda *a: passes.append(1) or plain(*a))
    begun: dict[str, int] = {}
    found = sensitivity(
        read, evaluation, chosen=chosen, progress=lambda name, *_: begun.update({name: len(passes)})
    )
    for place, variant in enumerate(found.variants):
        run = evaluate_books(read, variants=chosen, settings=replace(settings, **variant.changes))
        totals = {id: r.backtest.statistics["strategy_return"] for id, r in run.industries.items()}
        totals[COMBINED] = run.combined.backtest.statistics["strategy_return"]
        pd.testing.assert_series_equal(
            found.totals[place], pd.Series(totals), check_names=False, rtol=1e-10
        )
    said = {one.en: spoken(one.zh, one.en) for one in found.variants}
    alike = ("Cost 30 bp", "Cost 10 bp", "Traded at the T+1 close")
    assert len({begun[said[name]] for name in alike}) == 1


def test_a_convention_that_leaves_too_little_history_has_no_totals(tmp_path: Path) -> None:
    chosen = [catalog()[id] for id in ("autos", "banks")]
    panel = simulate(chosen, first="2018-01", last="2022-12")
    write_template(chosen, tmp_path / "short.xlsx", panel=panel, source_note=SOURCE)
    read = [read_book(tmp_path / "short.xlsx")]
    settings = Settings(min_obs=45)
    evaluation = evaluate_books(read, settings=settings)
    found = sensitivity(read, evaluation)
    for place, variant in enumerate(found.variants):
        try:
            run = evaluate_books(
                read,
                wanted=list(evaluation.industries),
                settings=replace(settings, **variant.changes),
            )
        except ProsperityError:
            assert found.totals[place].isna().all()
        else:
            assert found.totals[place].count() == len(run.industries) + (run.combined is not None)


def test_data_quality_shows_what_is_old_and_what_is_not_in_use(book: Path) -> None:
    read = read_book(book)
    panel = read.panel
    short = panel.series["m1_yoy"]
    last = short.frame.index[-8]
    cut = replace(short, frame=short.frame[short.frame.index <= last])
    stale = replace(read, panel=replace(panel, series={**panel.series, "m1_yoy": cut}))
    evaluation = evaluate_books([stale])
    pages = {id: id for id in evaluation.results}
    page = quality_page(evaluation, pages, "quality", "summary", Voice("en"))
    (table,) = (p for band in page.bands for p in band if isinstance(p, Table))
    heads = [column.label for column in table.columns]
    (row,) = (r for r in table.rows if r[1] == "M1, YoY" and isinstance(r[0], Tag))
    found = dict(zip(heads, row, strict=True))
    assert row[0].text == "no score on the last decision"
    assert found["Last month"] == last.date()
    assert found["Months\nold"] >= 7
    # What has a problem stands first, and a line says how many there are.
    problems = [isinstance(r[0], Tag) for r in table.rows]
    assert problems == sorted(problems, reverse=True)
    assert page.header is table
    headline = next(p.text for band in page.bands for p in band
                    if isinstance(p, Text) and p.role == "headline")  # fmt: skip
    assert f"{sum(problems)} of {len(problems)} indicators have a problem" in headline
