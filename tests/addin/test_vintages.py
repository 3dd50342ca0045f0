"""What was kept of a book, by the day: the day itself counts whole, the day before not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from prosperity.calendar import TradingCalendar
from prosperity.evaluation import Notice
from prosperity.panel import Panel, observations
from prosperity_excel import vintages
from prosperity_excel.book.book import Book
from prosperity_excel.series.breaks import Break

MONTHS = pd.DatetimeIndex(["2023-05-31", "2023-06-30"]).as_unit("ns")
DAYS = pd.DatetimeIndex(["2023-06-29", "2023-06-30"]).as_unit("ns")


def panel(*values: float, price: float = 100.0) -> Panel:
    """Return a panel of a series with these values, and a price on two days."""
    months = MONTHS[: len(values)]
    calendar = TradingCalendar(pd.DatetimeIndex([]))
    series = observations("a", pd.Series(values, index=months), calendar=calendar, lag_days=10)
    return Panel({"a": series}, pd.DataFrame({"toys": [price, price]}, index=DAYS))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Give a book of which three states were kept: in a morning, a day's end, and at midnight."""
    path = tmp_path / "book.xlsx"
    at = datetime(2023, 7, 20, 9, 30)
    assert vintages.keep(path, panel(1.0), at=at, event="import") == 3
    at = datetime(2023, 8, 20, 23, 59, 59, 999999)
    assert vintages.keep(path, panel(1.5, 2.0, price=101.0), at=at, event="import") == 4
    at = datetime(2023, 9, 20)
    assert vintages.keep(path, panel(1.5), at=at, event="refresh", said="x") == 3
    return path


def as_of(path: Path, now: Panel, day: date) -> tuple[Panel, tuple[Notice, ...]]:
    """Return what a book, which holds ``now`` and defines nothing, held on a day."""
    found, notices = vintages.book_as_of(Book(path, now, {}, ()), day, today=date(2023, 12, 1))
    return found.panel, notices


def kept(book: Path, day: date) -> tuple[list[float], float, set[str]]:
    found, notices = as_of(book, panel(9.0, 9.0, price=9.0), day)
    values = found.series["a"].frame["value"]
    return list(values), float(found.prices["toys"].iloc[-1]), {n.code for n in notices}


@pytest.mark.parametrize(
    ("day", "values", "price"),
    [
        (date(2023, 7, 20), [1.0], 100.0),
        (date(2023, 8, 19), [1.0], 100.0),
        (date(2023, 8, 20), [1.5, 2.0], 101.0),
        (date(2023, 9, 19), [1.5, 2.0], 101.0),
        (date(2023, 9, 20), [1.5], 100.0),
    ],
)
def test_a_day_sees_what_was_kept_on_it(
    book: Path, day: date, values: list[float], price: float
) -> None:
    found = kept(book, day)
    unseen = {"not_seen"} if day == date(2023, 9, 19) else set()
    said = {"as_kept", "facts_not_kept", "prices_changed_since", *unseen}
    assert found == (values, price, said)


def test_after_the_last_state_only_new_months_count_besides(book: Path) -> None:
    said = {"as_kept", "facts_not_kept", "by_release", "not_seen", "prices_changed_since"}
    # June, which was gone when last seen, was public in July; May's revision was never seen.
    assert kept(book, date(2023, 11, 30)) == ([1.5, 9.0], 100.0, said)


def test_today_takes_the_book_as_it_is(book: Path) -> None:
    assert kept(book, date(2023, 12, 1)) == ([9.0, 9.0], 9.0, {"as_it_is"})


def test_days_before_the_first_cannot_be_known(book: Path) -> None:
    said = {"as_first_kept", "facts_not_kept", "prices_changed_since"}
    assert kept(book, date(2023, 7, 19)) == ([1.0], 100.0, said)


def test_estimates_are_not_kept_as_if_published(tmp_path: Path) -> None:
    now = panel(1.0, 2.0)
    frame = now.series["a"].frame.assign(estimated=[False, True])
    # A panel leaves estimates out by itself; what was given them all the same keeps none either.
    now.series["a"] = replace(now.series["a"], frame=frame)  # type: ignore[index]
    assert now.series["a"].estimated.any()
    book = tmp_path / "book.xlsx"
    vintages.keep(book, now, at=datetime(2023, 8, 20), event="import")
    assert list(vintages.last_kept(book)["a"].values()) == [1.0]


def test_release_dates_are_kept_too(book: Path) -> None:
    found, _ = as_of(book, panel(9.0), date(2023, 8, 20))
    frame = found.series["a"].frame
    assert list(frame.index) == list(MONTHS)
    assert list(frame["release"]) == [pd.Timestamp(2023, 6, 10), pd.Timestamp(2023, 7, 10)]
    assert not frame["explicit"].any()


def test_revisions_are_what_changed_or_went_and_not_what_is_new(book: Path) -> None:
    may, june = date(2023, 5, 31), date(2023, 6, 30)
    found = [(r.period, r.old, r.new, r.kept_at.day) for r in vintages.revisions(book)]
    assert found == [(may, 1.0, 1.5, 20), (june, 2.0, None, 20)]
    with_new = [(r.period, r.old, r.new) for r in vintages.revisions(book, additions=True)]
    assert with_new == [(may, None, 1.0), (may, 1.0, 1.5), (june, None, 2.0), (june, 2.0, None)]
    assert vintages.revisions(book, "b") == []
    assert vintages.last_kept(book) == {"a": {may: 1.5}}


def test_what_is_the_same_is_not_kept_again(book: Path) -> None:
    now = datetime(2023, 10, 1)
    assert vintages.keep(book, panel(1.5), at=now, event="refresh") == 0
    assert [(v.number, v.event, v.said) for v in vintages.vintages(book)] == [
        (1, "import", ""),
        (2, "import", ""),
        (3, "refresh", "x"),
    ]


def test_answers_are_remembered_and_the_last_one_counts(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert (vintages.breaks(book), vintages.matches(book)) == ([], {})
    month = date(2021, 3, 31)
    vintages.keep_breaks(book, [])
    vintages.keep_matches(book, {})
    assert not vintages.has_store(book)
    vintages.keep_breaks(book, [Break("a", month, 10.0), Break("b", month, 2.0)])
    vintages.keep_breaks(book, [Break("a", month, 100.0)])
    assert vintages.breaks(book) == [Break("a", month, 100.0), Break("b", month, 2.0)]
    vintages.keep_matches(book, {("m2", "M001"): "m2_yoy"})
    assert vintages.matches(book) == {("m2", "M001"): "m2_yoy"}
