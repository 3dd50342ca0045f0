"""Analysts' lives, simulated: what happens to a book in two years, and the runs made meanwhile.

A life works on a book in memory, with the history kept beside a path. Each day something may
happen; on days with a run its results are remembered. Later the same days are asked for with
``as_of``, which must give the same results.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.errors import BookError, ProsperityError
from prosperity.evaluation import Evaluation
from prosperity.panel import Panel, observations
from prosperity.records import build, with_changes
from prosperity.settings import Settings
from prosperity_excel import vintages
from prosperity_excel.book.book import Book
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.vintages.facts import facts_of

FIRST, BEGIN = pd.Timestamp("2019-01-31"), date(2021, 1, 15)
IDS = ("a", "b", "c", "d")
#: What a run may be asked as; the book's sheet may say another.
BASE: Mapping[str, Any] = {"min_obs": 12, "component_min_obs": 12}


def toy() -> Industry:
    """Make a model of four monthly series: two levels, an amount that grows, and a rate."""
    record = {"dimension": "main", "unit": "%", "lag_days": 12}
    return build(
        {
            "industry": [
                {"id": "toy", "name_zh": "玩具", "name_en": "Toys", "index_code": "TOY.SI",
                 "index_name_zh": "玩具"}
            ],
            "dimension": [{"id": "main", "name_zh": "主", "name_en": "Main"}],
            "indicator": [
                {"id": id, "name_zh": f"序列{id}", "name_en": f"Series {id}", **record,
                 "weight": 1 + n, **({"unit": "亿元", "transform": "yoy"} if id == "c" else {})}
                for n, id in enumerate(IDS)
            ],
        }
    )  # fmt: skip


@dataclass
class Life:
    """One analyst: the book as it is, its history's path, and what was seen.

    ``runs`` holds what each day's run gave, and ``certain`` the days on which it was kept too.
    """

    random: np.random.Generator
    file: Path
    model: Industry = field(default_factory=toy)
    values: dict[str, dict[pd.Timestamp, float]] = field(default_factory=dict)
    stated: dict[tuple[str, pd.Timestamp], pd.Timestamp] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    breaks: dict[str, tuple[pd.Timestamp, ...]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    prices: dict[pd.Timestamp, tuple[float, float]] = field(default_factory=dict)
    runs: dict[date, Any] = field(default_factory=dict)
    certain: set[date] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    saved: datetime | None = None
    day: date = BEGIN

    def __post_init__(self) -> None:
        for month in pd.date_range(FIRST, BEGIN - timedelta(days=45), freq="ME"):
            for id in IDS:
                self.values.setdefault(id, {})[month] = self.drawn(id)
        self.price_until(BEGIN)

    def drawn(self, id: str) -> float:
        return float(self.random.normal(100.0 if id == "c" else 5.0, 3.0))

    def price_until(self, day: date) -> None:
        """Fill the prices up to a day."""
        first = max(self.prices, default=FIRST - pd.offsets.MonthBegin(1))
        for when in pd.date_range(first, pd.Timestamp(day), freq="B"):
            if when not in self.prices:
                step = self.random.normal(0.0, 1.0, 2)
                self.prices[when] = float(100 + step[0]), float(50 + step[1])

    @property
    def book(self) -> Book:
        """The book as it stands."""
        frame = pd.DataFrame.from_dict(
            self.prices, orient="index", columns=["benchmark", "toy"]
        ).sort_index()
        frame.index = pd.DatetimeIndex(frame.index).as_unit("ns")
        empty = Panel(prices=frame)
        series = {}
        for id, months in self.values.items():
            if months:
                values = pd.Series(months).sort_index()
                known = {m: r for (name, m), r in self.stated.items() if name == id}
                one = observations(
                    id, values, calendar=empty.calendar, lag_days=12, unit=self.units.get(id, "%"),
                    releases=pd.Series(known, dtype="datetime64[ns]") if known else None,
                )  # fmt: skip
                series[id] = replace(one, breaks=self.breaks.get(id, ()))
        definitions = {**catalog(), "toy": self.model}
        return Book(
            self.file, Panel(series, frame), definitions, ("toy",), settings=dict(self.settings)
        )

    def keep(self, event: str, at: datetime, **more: Any) -> bool:
        """Keep the book; return whether that was possible."""
        book = self.book
        saved = None if event == "import" else self.saved
        newest = max(o.frame["release"].max() for o in book.panel.series.values())
        known = [max(newest.to_pydatetime(), datetime.combine(self.day, at.time()))]
        try:
            vintages.keep(
                self.file, book.panel, at=at, event=event, facts=facts_of(book), saved=saved,
                known=known, **more,
            )  # fmt: skip
        except BookError as error:
            if error.code != "clock":
                raise
            return False
        return True


def ask(book: Book, settings: Mapping[str, str], day: date, today: date) -> Any:
    """Run a book as of a day; give what must be the same later, and what was said."""
    try:
        given = Settings(**{**BASE, **{k: float(v) for k, v in settings.items()}, "as_of": day})
        found: Evaluation = evaluate_books([book], settings=given, today=today)
    except ProsperityError as error:
        return error.code, []
    result = found.results["toy"]
    return (result.composite, result.change, result.signal), [n.code for n in found.notices]


# -- what may happen ------------------------------------------------------------------------------


def month_of(life: Life) -> pd.Timestamp:
    return pd.Timestamp(life.day) + pd.offsets.MonthEnd(-1)


def news(life: Life) -> None:
    """Fill the newest months of most series, some with a stated release date, and the prices."""
    for id in list(life.values):
        for back in range(3):
            month = month_of(life) + pd.offsets.MonthEnd(-back)
            if month not in life.values[id] and life.random.random() < 0.8:
                life.values[id][month] = life.drawn(id)
                if life.random.random() < 0.2:
                    life.stated[id, month] = pd.Timestamp(life.day)
    life.price_until(life.day)


def revise(life: Life) -> None:
    id = str(life.random.choice([id for id, months in life.values.items() if months]))
    months = sorted(life.values[id])
    life.values[id][months[-1 - int(life.random.integers(min(12, len(months))))]] = life.drawn(id)


def imported(life: Life) -> None:
    """Import: what was typed before is kept apart, then the vendor's values come."""
    noon = datetime.combine(life.day, datetime.min.time()) + timedelta(hours=12)
    life.keep("before", noon)
    news(life)
    for _ in range(int(life.random.integers(3))):
        revise(life)
    life.keep("import", noon)


def with_wrong_clock(life: Life) -> None:
    """Import with a clock that is years off; some say that it is right."""
    years = int(life.random.choice([-2, -1, 1, 3]))
    wrong = datetime.combine(life.day, datetime.min.time()) + timedelta(days=365 * years, hours=9)
    trust = bool(life.random.random() < 0.5)
    before = vintages.vintages(life.file)
    if not before:
        # The very first time has none to be held against.
        imported(life)
        return
    life.keep("before", wrong, trust_clock=trust)
    news(life)
    life.keep("import", wrong, trust_clock=trust)
    after = vintages.vintages(life.file)[len(before) :]
    late = [v for v in after if abs((v.kept_at.date() - life.day).days) > 200 and not v.doubt]
    assert not late, "a clock that is years off was not doubted"


def typed(life: Life) -> None:
    """Type new months, and perhaps correct one; nothing is run."""
    news(life)
    if life.random.random() < 0.5:
        revise(life)


def redefined(life: Life) -> None:
    weight = float(life.random.integers(1, 9))
    life.model = with_changes(life.model, f"indicator.{life.random.choice(IDS)}.weight = {weight}")


def other_unit(life: Life) -> None:
    """Publish the amount's growth instead of it, or the amount again."""
    life.units["c"] = "%" if life.units.get("c", "亿元") != "%" else "亿元"


def broken(life: Life) -> None:
    id = str(life.random.choice(IDS))
    life.breaks[id] = (month_of(life) + pd.offsets.MonthEnd(-int(life.random.integers(3, 15))),)


def set_otherwise(life: Life) -> None:
    life.settings["dead_band"] = str(round(float(life.random.random()), 2))


def deleted(life: Life) -> None:
    """Take a column out, or put it back with other values."""
    id = str(life.random.choice(IDS))
    if id in life.values and len(life.values) > 2:
        del life.values[id]
    elif id not in life.values:
        life.values[id] = {
            m: life.drawn(id) for m in pd.date_range(FIRST, month_of(life), freq="ME")
        }


def copied(life: Life) -> None:
    """Go on with a copy of the book and its history."""
    other = life.file.with_name(f"copy{len(life.log)}.xlsx")
    if vintages.has_store(life.file):
        shutil.copy2(vintages.store_path(life.file), vintages.store_path(other))
    life.file = other


EVENTS: tuple[tuple[Callable[[Life], None], float], ...] = (
    (imported, 6), (typed, 4), (redefined, 1), (other_unit, 0.7), (broken, 0.7),
    (set_otherwise, 0.7), (deleted, 0.5), (copied, 0.5), (with_wrong_clock, 0.5),
)  # fmt: skip


def live(seed: int, folder: Path, months: int = 24) -> Life:
    """Live two years; every month has some days with events, and most of them a run."""
    random = np.random.default_rng(seed)
    life = Life(random, folder / "book.xlsx")
    does, weights = zip(*EVENTS, strict=True)
    chances = np.array(weights) / sum(weights)
    for month in range(months):
        first = pd.Timestamp(BEGIN) + pd.offsets.MonthBegin(1 + month)
        for offset in sorted(random.choice(28, size=int(random.integers(1, 4)), replace=False)):
            life.day = (first + pd.Timedelta(days=int(offset))).date()
            event = does[int(random.choice(len(does), p=chances))]
            life.log.append(f"{life.day} {event.__name__}")
            event(life)
            life.saved = datetime.combine(life.day, datetime.min.time()) + timedelta(hours=15)
            if random.random() < 0.45:
                run(life)
    return life


def run(life: Life) -> None:
    """Run the book at the end of the day, which keeps it."""
    book = life.book
    life.runs[life.day], _ = ask(book, life.settings, life.day, life.day)
    night = datetime.combine(life.day, datetime.min.time()) + timedelta(hours=20)
    if life.keep("run", night):
        life.certain.add(life.day)
        life.log.append(f"{life.day} run")
