"""A run as of a day against a plain run of the same book, with a long history beside it.

The history has a state for each of 240 months of every series of the catalog: each adds the newest
month and the days of it, and revises some values. Prints the ratio of the two runs, both from the
file to the evaluation, and of the first with the keeping that the shell adds. Nothing is asserted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from prosperity.catalog import catalog
from prosperity.panel import Panel
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity_excel import vintages
from prosperity_excel.book.book import read_book
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.template.template import write_template
from prosperity_excel.vintages.facts import facts_of

ROUNDS, STATES = 5, 240
#: Values of older months that each state revises.
REVISED = 30


def main() -> None:
    """Write the book and its history, run it both ways, print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.xlsx"
        models = list(catalog().values())
        panel = simulate(models, first="2001-01", last="2026-06")
        write_template([m for m in models if m.kind == "industry"], path, panel=panel)
        book = read_book(path)
        fill_history(path, book.panel, facts_of(book))
        count, size = len(vintages.vintages(path)), vintages.store_path(path).stat().st_size
        print(f"{len(book.panel.series)} series, {count} states, {size / 1e6:.1f} MB")
        day = date(2026, 5, 20)
        runs: dict[str, Callable[[], object]] = {
            "plain": lambda: run_books([path], settings=Settings(end=day), today=day),
            "as of": lambda: run_books([path], settings=Settings(as_of=day)),
            "plain, kept": lambda: run_books([path], today=day, keep=datetime.now()),
        }
        taken: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                start = perf_counter()
                run()
                taken[name].append(perf_counter() - start)
    base = median(taken["plain"])
    for name, times in taken.items():
        print(f"{name}: {median(times):.2f} s, {median(times) / base:.2f} times plain")


def fill_history(path: Path, panel: Panel, facts: dict[tuple[str, str], str]) -> None:
    """Keep a state a month, each as the book would have stood."""
    random = np.random.default_rng(0)
    newest = panel.prices.index[-1]
    for back in range(STATES - 1, -1, -1):
        day = newest - np.timedelta64(30 * back, "D")
        series = dict(panel.known_on(day).series)
        for id in random.choice(list(series), REVISED):
            frame = series[id].frame.copy()
            if len(frame):
                place = int(random.integers(max(0, len(frame) - 24), len(frame)))
                frame.iloc[place, 0] += float(random.standard_normal())
                series[id] = type(series[id])(id, frame, series[id].unit, series[id].name)
        known = Panel(series, panel.prices[panel.prices.index <= day])
        at = day.to_pydatetime() + timedelta(hours=17)
        vintages.keep(path, known, at=at, event="import", facts=facts)


if __name__ == "__main__":
    main()
