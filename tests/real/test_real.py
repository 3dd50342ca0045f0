"""The whole way on real data: books written, read back, run, compared with the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from prosperity.engine import evaluate
from prosperity.settings import Settings
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.runs.evaluate import run_books

from . import figures, realdata

END = date(2023, 7, 31)
#: Buy and hold of index and market in percent, and the base date, to a tenth of a point.
VERIFIED = {
    "autos": (316.5, 214.1, "2009-01-23"),
    "home_appliances": (651.3, 214.1, "2009-01-23"),
    "banks": (52.5, 85.8, "2010-12-31"),
    "coal": (17.7, 42.3, "2014-12-31"),
    "steel": (33.8, 127.1, "2013-03-29"),
    "food_beverage": (295.6, 85.8, "2010-12-31"),
    "agriculture": (130.3, 184.9, "2009-02-06"),
}


@pytest.mark.parametrize("id", VERIFIED)
def test_buy_and_hold_equals_the_report(
    id: str, books: dict[str, Path], shown: Callable[[str], None]
) -> None:
    index, market, base = VERIFIED[id]
    for timing in ("released", "period"):
        settings = Settings(as_of=END, timing=timing)
        result = run_books([books[id]], settings=settings).results[id]
        assert result.backtest is not None
        found = result.backtest.statistics
        assert result.backtest.start == pd.Timestamp(base)
        assert result.backtest.end == pd.Timestamp(END)
        assert 100 * found["index_return"] == pytest.approx(index, abs=0.1)
        assert 100 * found["benchmark_return"] == pytest.approx(market, abs=0.1)
        assert np.isfinite(found["strategy_return"])
        ours = " ".join(
            f"{name} {100 * found[f'{name}_return']:7.1f}"
            for name in ("strategy", "index", "benchmark")
        )
        theirs = result.definition
        shown(
            f"{id:<18}{timing:<10}{ours}   report: strategy {theirs.published.strategy:.0f} "
            f"index {theirs.published.index:.0f} benchmark {theirs.published.benchmark:.0f}"
        )


@pytest.mark.parametrize("id", VERIFIED)
def test_a_book_gives_what_the_panel_gives(
    id: str, books: dict[str, Path], real_data: Path
) -> None:
    models = {m.id: m for m in realdata.definitions(id)}
    settings = Settings(as_of=END)
    direct = evaluate(realdata.panel(real_data, id), [models[id]], settings, known=models)
    through = run_books([books[id]], settings=settings)
    one, other = direct.results[id], through.results[id]
    pd.testing.assert_series_equal(one.composite, other.composite, check_freq=False)
    pd.testing.assert_frame_equal(one.releases, other.releases, check_freq=False)


@pytest.mark.parametrize("id", realdata.REAL)
@pytest.mark.parametrize("day", ["2012-05-15", "2016-02-29", "2021-10-08"])
def test_what_was_released_later_changes_nothing(id: str, day: str, books: dict[str, Path]) -> None:
    book = read_book(books[id])
    settings = Settings(as_of=END)
    definition = book.definitions[id]
    cutoff = pd.Timestamp(day)
    generator = np.random.default_rng(7)

    def harmed(frame: pd.DataFrame) -> pd.DataFrame:
        late = frame["release"] > cutoff
        noise = frame["value"] * generator.normal(1, 1, len(frame))
        return frame.assign(value=frame["value"].where(~late, noise))

    series = {k: replace(s, frame=harmed(s.frame)) for k, s in book.panel.series.items()}
    before = evaluate(book.panel, [definition], settings, known=book.definitions).results[id]
    after = evaluate(
        replace(book.panel, series=series), [definition], settings, known=book.definitions
    ).results[id]
    past = before.months[(before.decisions <= cutoff).to_numpy()]
    future = before.months[(before.decisions > cutoff).to_numpy()]
    for name in ("composite", "change", "signal"):
        left, right = getattr(before, name), getattr(after, name)
        pd.testing.assert_series_equal(left[past], right[past], check_exact=True)
    assert not before.composite[future].equals(after.composite[future])


def test_contributions_add_up(books: dict[str, Path]) -> None:
    evaluation = run_books(list(books.values()), settings=Settings(as_of=END))
    for id, result in evaluation.industries.items():
        known = result.composite.notna()
        difference = result.contributions[known].sum(axis=1) - result.composite[known]
        assert difference.abs().max() < 1e-10, id


def test_the_json_of_a_run(books: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    arguments = ["run", str(books["autos"]), "--as-of", "2023-07-31", "--json", str(out)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text("utf-8"))["industries"]["autos"]
    assert found["backtest"]["index_return"] == pytest.approx(3.165, abs=0.001)
    assert len(found["dates"]) == len(found["composite"]) == len(found["signal"])
    assert found["dates"][-1] == "2023-07-31"
    last = [found["contributions"][id][-1] for id in found["contributions"]]
    assert sum(x for x in last if x is not None) == pytest.approx(found["composite"][-1], abs=1e-10)


def test_explicit_release_dates_are_used(books: dict[str, Path]) -> None:
    frame = read_book(books["banks"]).panel.series["pmi"].frame
    assert frame["explicit"].mean() > 0.7
    # For years the survey came out on the first of the next month, so month end did not know it.
    assert (frame["release"] > frame.index).mean() > 0.4


def test_the_figures_of_the_model_pages_are_what_comes_out(real_data: Path) -> None:
    kept = json.loads(figures.FILE.read_text("utf-8"))
    found = figures.figures(real_data)
    assert kept.keys() == found.keys()
    for id, one in found.items():
        assert kept[id]["series"] == one["series"]
        assert kept[id]["changes"] == one["changes"]
        for timing, numbers in one["timings"].items():
            for name, value in numbers.items():
                expected = value if isinstance(value, str) else pytest.approx(value, abs=0.11)
                assert kept[id]["timings"][timing][name] == expected, (id, timing, name)
