"""The file of a book's history: earlier forms, damage, hostile content, other books, mending."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog
from prosperity.errors import BookError
from prosperity.evaluation import Notice
from prosperity.panel import Panel
from prosperity.records import with_changes
from prosperity_excel import vintages
from prosperity_excel.book.book import Book
from prosperity_excel.cli import main
from prosperity_excel.files.backups import copies
from prosperity_excel.ooxml.identity import book_identity
from prosperity_excel.series.breaks import Break
from prosperity_excel.vintages import mending, opening
from prosperity_excel.vintages.clock import doubt_of, in_place
from prosperity_excel.vintages.facts import facts_of
from prosperity_excel.vintages.history import history_of

from tests.addin.conftest import sample_book
from tests.addin.test_vintages import panel

#: The tables as versions 1 and 2 made them.
OLD = """
CREATE TABLE vintage (
    number INTEGER PRIMARY KEY, kept_at TEXT NOT NULL, event TEXT NOT NULL, said TEXT NOT NULL);
CREATE TABLE value (
    vintage INTEGER NOT NULL REFERENCES vintage(number), kind TEXT NOT NULL, series TEXT NOT NULL,
    period TEXT NOT NULL, value REAL, release TEXT, stated INTEGER NOT NULL,
    PRIMARY KEY (kind, series, period, vintage)) WITHOUT ROWID;
CREATE TABLE break (
    series TEXT NOT NULL, month TEXT NOT NULL, factor REAL NOT NULL, PRIMARY KEY (series, month));
CREATE TABLE match (
    name TEXT NOT NULL, code TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (name, code));
"""
ANSWERS = """
CREATE TABLE answer (
    name TEXT NOT NULL, code TEXT NOT NULL, target TEXT NOT NULL, said TEXT NOT NULL,
    PRIMARY KEY (name, code, target));
"""
DAY = date(2023, 8, 25)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def old_store(book: Path, version: int) -> Path:
    """Make a history as an earlier version did: a value revised, one new, one taken away."""
    path = vintages.store_path(book)
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript(OLD + (ANSWERS if version == 2 else ""))
        store.executemany(
            "INSERT INTO vintage VALUES (?, ?, ?, ?)",
            [(1, "2023-07-20T09:30:00.000000", "import", ""),
             (2, "2023-08-20T23:59:59.999999", "import", "x"),
             (3, "2023-09-20T00:00:00.000000", "refresh", "")],
        )  # fmt: skip
        store.executemany(
            "INSERT INTO value VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(1, "series", "a", "2023-05-31", 1.0, "2023-06-10", 0),
             (1, "price", "toys", "2023-06-29", 100.0, "", 0),
             (2, "series", "a", "2023-05-31", 1.5, "2023-06-10", 0),
             (2, "series", "a", "2023-06-30", 2.0, "2023-07-10", 1),
             (3, "series", "a", "2023-06-30", None, "2023-07-10", 1)],
        )  # fmt: skip
        store.execute("INSERT INTO break VALUES ('a', '2021-03-31', 100.0)")
        store.execute("INSERT INTO match VALUES ('m2', 'M001', 'm2_yoy')")
        if version == 2:
            store.execute("INSERT INTO answer VALUES ('m2', 'M001', 'm2_yoy', 'accept')")
        store.execute(f"PRAGMA user_version = {version}")
    return path


@pytest.mark.parametrize("version", [1, 2])
def test_an_earlier_form_is_read_as_it_is_and_brought_up_with_a_copy(
    version: int, tmp_path: Path
) -> None:
    book = tmp_path / "book.xlsx"
    path = old_store(book, version)
    content = path.read_bytes()

    def seen() -> object:
        then, _ = vintages.book_as_of(Book(book, panel(9.0), {}, ()), DAY)
        frame = then.panel.series["a"].frame
        return (
            [(v.number, v.kept_at, v.event, v.said) for v in vintages.vintages(book)],
            vintages.revisions(book),
            list(frame["value"]), list(frame["release"]), list(frame["explicit"]),
            then.panel.prices["toys"].to_dict(),
            vintages.breaks(book), vintages.matches(book), vintages.answers(book),
        )  # fmt: skip

    before = seen()
    assert before[2:5] == ([1.5, 2.0], [pd.Timestamp(2023, 6, 10), pd.Timestamp(2023, 7, 10)],
                           [False, True])  # type: ignore[index]  # fmt: skip
    assert path.read_bytes() == content, "reading changed the file"
    vintages.keep_breaks(book, [Break("a", date(2021, 3, 31), 100.0)])
    assert path.read_bytes() != content
    (copy,) = copies(path)
    assert copy.path.read_bytes() == content
    assert seen() == before


def spoil(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as store:
        store.executescript(script)


ENDLESS = """
    CREATE VIEW {name} AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)
    SELECT n AS number, '2020-01-01' AS kept_at, '' AS event, '' AS said, '' AS seen_at,
    '' AS doubt FROM r;"""
HOSTILE: dict[str, Callable[[Path], object]] = {
    "no database": lambda p: p.write_bytes(b"no database at all"),
    "cut": lambda p: p.write_bytes(p.read_bytes()[:5000]),
    "a view": lambda p: spoil(p, f"DROP TABLE vintage; {ENDLESS.format(name='vintage')}"),
    "one more view": lambda p: spoil(p, ENDLESS.format(name="more")),
    "a trigger": lambda p: spoil(
        p, "CREATE TRIGGER t AFTER INSERT ON vintage BEGIN DELETE FROM change; END;"
    ),
    "an index": lambda p: spoil(p, "CREATE INDEX i ON vintage (abs(number));"),
    "a computed column": lambda p: spoil(
        p, "ALTER TABLE vintage ADD COLUMN x TEXT AS (event || said);"
    ),
    "another program's": lambda p: spoil(p, "DROP TABLE change; CREATE TABLE change (x);"),
    "cells of text": lambda p: spoil(p, "UPDATE change SET cells = 'abc';"),
    "cells cut": lambda p: spoil(p, "UPDATE change SET cells = x'0102';"),
    "cells far away": lambda p: spoil(
        p, f"UPDATE change SET cells = x'{'01000000ffffff7f' + '00' * 8 + 'ffffff7f00'}';"
    ),
    "no names": lambda p: spoil(p, "DELETE FROM name;"),
    "no time": lambda p: spoil(p, "UPDATE vintage SET kept_at = 'soon';"),
    "a number as time": lambda p: spoil(p, "UPDATE vintage SET kept_at = x'00';"),
    "a fact of bytes": lambda p: spoil(p, "UPDATE fact SET text = x'00ff';"),
    "a later version": lambda p: spoil(p, "PRAGMA user_version = 99;"),
}


@pytest.fixture(scope="module")
def kept_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with a history; tests must not change it."""
    book = sample_book(tmp_path_factory.mktemp("kept") / "autos.xlsx", "autos")
    assert call("run", book).exit_code == 0
    return book


def copied(book: Path, folder: Path) -> Path:
    new = folder / book.name
    new.write_bytes(book.read_bytes())
    vintages.store_path(new).write_bytes(vintages.store_path(book).read_bytes())
    return new


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_spoiled_history_stops_only_what_needs_it(
    kind: str, kept_book: Path, tmp_path: Path
) -> None:
    book = copied(kept_book, tmp_path)
    store = vintages.store_path(book)
    HOSTILE[kind](store)
    content = store.read_bytes()
    code = "later_vintages" if kind == "a later version" else "bad_vintages"
    with pytest.raises(BookError, match=code) as caught:
        history_of(book)
    assert "internal" not in str(caught.value)
    assert "rename" not in caught.value.en, "advice that loses the history"
    read = Book(book, panel(1.0), {}, ())
    error = vintages.keep_seen(read, at=datetime.now(), event="run", live=True)
    assert error is not None
    assert error.code == code
    assert store.read_bytes() == content


def test_run_check_and_import_go_on_without_a_history(kept_book: Path, tmp_path: Path) -> None:
    book = copied(kept_book, tmp_path)
    vintages.store_path(book).write_bytes(b"no database")
    done = call("run", book)
    assert done.exit_code == 0
    assert "not kept" in done.stderr
    assert "internal" not in done.stderr
    checked = call("check", book, "--on", "2019-01-10")
    assert checked.exit_code in (0, 3)
    assert "history" in checked.stdout
    asked = call("run", book, "--as-of", "2015-06-30")
    assert asked.exit_code == 1
    assert "[bad_vintages]" in asked.stderr
    for verb in ("revisions", "vintages"):
        assert "[bad_vintages]" in call(verb, book).stderr
    assert vintages.store_path(book).read_bytes() == b"no database"


def test_a_question_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "book.xlsx"
    vintages.keep(book, panel(1.0), at=at("2023-07-20T09:00"), event="import")
    monkeypatch.setattr(opening, "SECONDS", 0.2)
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r"
    with pytest.raises(BookError, match="bad_vintages"), opening.reading(book) as (store, _):
        store.execute(endless).fetchall()


def test_what_is_only_read_is_opened_so(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    vintages.keep(book, panel(1.0), at=at("2023-07-20T09:00"), event="import")
    with pytest.raises(BookError, match="cannot_keep"), opening.reading(book) as (store, _):
        store.execute("DELETE FROM vintage")
    assert len(vintages.vintages(book)) == 1


def test_several_at_once_keep_a_state_once(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"

    def keep(number: int) -> int:
        now = at("2023-07-20T09:00") + timedelta(seconds=number)
        return vintages.keep(book, panel(1.0, 2.0), at=now, event="refresh")

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(keep, range(16))) == [0] * 15 + [4]
    assert len(vintages.vintages(book)) == 1


# -- times ----------------------------------------------------------------------------------------


def test_a_time_that_goes_back_or_far_ahead_is_doubted() -> None:
    last, day = at("2024-03-10T12:00"), timedelta(days=1)
    assert doubt_of(last - day, last, []) == ""
    assert doubt_of(last - day - timedelta(seconds=1), last, []) == "back"
    assert doubt_of(last + 900 * day, last, []) == ""
    known = [last + 30 * day, last]
    assert doubt_of(last + 31 * day, last, known) == ""
    assert doubt_of(last + 31 * day + timedelta(seconds=1), last, known) == "ahead"


@pytest.mark.parametrize(
    ("days", "doubted", "fits"),
    [
        ([], [], []),
        ([1], [0], [1]),
        ([1, 2, 2, 3], [0, 0, 0, 0], [1, 1, 1, 1]),
        ([1, 900, 2, 3], [0, 0, 0, 0], [1, 0, 1, 1]),
        ([5, 6, 1, 7], [0, 0, 0, 0], [1, 1, 0, 1]),
        ([1, 900, 2], [0, 1, 0], [1, 0, 1]),
        # Nothing tells which of the two is wrong: the earlier one shows no day what came later.
        ([5, 1], [0, 0], [1, 0]),
        ([1, 9, 5], [0, 0, 0], [1, 1, 0]),
    ],
)
def test_one_bad_time_harms_one_vintage(
    days: list[int], doubted: list[bool], fits: list[bool]
) -> None:
    begin = datetime(2020, 1, 1)
    found = in_place((begin + timedelta(days=d) for d in days), map(bool, doubted))
    assert found.tolist() == [bool(f) for f in fits]


def test_a_wrong_clock_is_refused_and_a_wrong_time_mended(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    known = [at("2024-03-12T00:00")]
    vintages.keep(book, panel(1.0), at=at("2024-03-01T09:00"), event="import", known=known)
    for wrong in ("2027-03-10T09:00", "2023-03-10T09:00"):
        with pytest.raises(BookError, match="clock"):
            vintages.keep(book, panel(1.5), at=at(wrong), event="import", known=known)
    wrong_at = at("2027-03-10T09:00")
    vintages.keep(book, panel(1.5), at=wrong_at, event="import", known=known, trust_clock=True)
    vintages.keep(book, panel(1.7), at=at("2024-03-20T09:00"), event="import")

    def on(day: str) -> list[float]:
        now = Book(book, panel(1.7), {}, ())
        then, _ = vintages.book_as_of(now, date.fromisoformat(day), today=date(2028, 1, 1))
        return list(then.panel.series["a"].frame["value"])

    assert [on(d) for d in ("2024-03-05", "2024-03-15", "2024-03-21")] == [[1.0], [1.0], [1.7]]
    assert [one.fits for one in mending.listed(book)] == [True, False, True]
    # The last of all has no later one that it does not fit, but a day that has not come.
    mending.drop(book, 3)
    early = date(2024, 3, 30)
    assert [one.fits for one in mending.listed(book, early)] == [True, False]
    _, said = vintages.book_as_of(Book(book, panel(1.7), {}, ()), date(2024, 3, 5), today=early)
    assert "misplaced_vintages" in {n.code for n in said}
    vintages.keep(book, panel(1.7), at=at("2024-03-20T09:00"), event="import")
    copy = mending.move(book, 2, at("2024-03-10T09:00"))
    assert copy.parent.name == ".prosperity-backups"
    assert all(one.fits for one in mending.listed(book))
    assert [on(d) for d in ("2024-03-05", "2024-03-15", "2024-03-21")] == [[1.0], [1.5], [1.7]]
    mending.drop(book, 2)
    assert [v.number for v in vintages.vintages(book)] == [1, 3]
    assert [on(d) for d in ("2024-03-05", "2024-03-15", "2024-03-21")] == [[1.0], [1.0], [1.7]]
    mending.drop(book, 1)
    assert on("2024-03-21") == [1.7]
    with pytest.raises(BookError, match="unknown_vintage"):
        mending.drop(book, 9)
    with pytest.raises(BookError, match="not_yet"):
        mending.move(book, 3, datetime.now() + timedelta(days=2))


# -- whose history, and what it says --------------------------------------------------------------


def test_definitions_headers_and_settings_of_then_are_used(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    autos = catalog()["autos"]
    held = Book(path, panel(1.0), dict(catalog()), ("autos",), settings={"min_obs": "24"})
    vintages.keep(path, held.panel, at=at("2023-07-01T09:00"), event="run", facts=facts_of(held))
    indicator = autos.indicators[0].id
    changed = with_changes(autos, f"indicator.{indicator}.weight = 7")
    now = Book(path, panel(1.0), {**catalog(), "autos": changed}, ("autos",),
               settings={"min_obs": "36"})  # fmt: skip
    vintages.keep(path, now.panel, at=at("2023-08-01T09:00"), event="run", facts=facts_of(now))
    then, said = vintages.book_as_of(now, date(2023, 7, 15))
    assert then.definitions["autos"] == autos
    assert then.settings == {"min_obs": "24"}
    assert vintages.settings_on(path, date(2023, 8, 2)) == {"min_obs": "36"}
    (change,) = [n for n in said if n.code == "changed_since"]
    assert f"autos.indicator.{indicator}.weight" in change.en
    found = {(f.kind, f.place, f.new) for f in vintages.fact_revisions(path)}
    assert found == {
        ("model", f"autos.indicator.{indicator}.weight", "7.0"), ("setting", "min_obs", "36"),
    }  # fmt: skip


def test_what_was_simulated_or_lacked_then_is_said_of_then_and_not_of_now(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    autos = catalog()["autos"]
    m2, m1 = (i.id for i in autos.indicators[:2])

    def book(*marked: str, unit: str = "%", said: tuple[Notice, ...] = ()) -> Book:
        one = panel(1.0, 2.0).series["a"]
        series = {id: replace(one, id=id, unit=unit) for id in (m2, m1)}
        prices = panel(1.0).prices.rename(columns={"toys": "autos"})
        held = Panel(series, prices, bool(marked), frozenset(marked))
        return Book(path, held, dict(catalog()), ("autos",), notices=said)

    before = book(m2, "autos", unit="亿元")
    vintages.keep_book(before, at=at("2023-07-01T09:00"), event="run", trust_clock=True, live=True)
    now = book(said=(Notice("absent_columns", "缺", "lacks"), Notice("other", "别的", "other")))
    vintages.keep_book(now, at=at("2023-08-01T09:00"), event="run", trust_clock=True, live=True)
    then, _ = vintages.book_as_of(now, date(2023, 7, 15))
    assert then.panel.simulated
    assert then.panel.marked == {m2, "autos"}
    assert [n.code for n in then.notices] == ["other", "unit_differs", "unit_differs"]
    later, _ = vintages.book_as_of(now, date(2023, 8, 15))
    assert not later.panel.simulated
    assert [n.code for n in later.notices] == ["other"]
    # An earlier version kept no marks: what the kept headers say counts, and nothing "changed".
    with closing(sqlite3.connect(vintages.store_path(path))) as store, store:
        store.execute("DELETE FROM fact WHERE name = 'simulated'")
    then, said = vintages.book_as_of(book("autos"), date(2023, 7, 15))
    assert then.panel.marked == {"autos"}
    assert not any("simulated" in n.en for n in said if n.code == "changed_since")


def test_closes_that_changed_are_revisions_too(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    vintages.keep(path, panel(1.0, price=100.0), at=at("2023-07-01T09:00"), event="import")
    vintages.keep(path, panel(1.0, price=101.0), at=at("2023-08-01T09:00"), event="run")
    (found,) = vintages.price_revisions(path)
    days = date(2023, 6, 29), date(2023, 6, 30)
    assert (found.name, found.count, found.first, found.last) == ("toys", 2, *days)
    assert (found.old, found.new, found.event) == (100.0, 101.0, "run")
    now = Book(path, panel(1.0, price=102.0), {}, ())
    _, said = vintages.book_as_of(now, date(2023, 7, 15))
    assert "toys: 2 days (2023-06-29 … 2023-06-30)" in next(
        n.en for n in said if n.code == "prices_changed_since"
    )
    before = vintages.book_before(now)
    assert before is not None
    assert [n.code for n in before[2]] == ["prices_changed_since"]


def test_a_run_that_stops_keeps_what_it_saw_where_there_is_a_history(
    kept_book: Path, tmp_path: Path
) -> None:
    book = copied(kept_book, tmp_path)
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["prices"]
    sheet.delete_rows(sheet.max_row - 60, 61)
    workbook.save(book)
    count = len(vintages.vintages(book))
    stopped = call("run", book)
    assert stopped.exit_code == 1
    assert "prices_end_early" in stopped.stderr
    assert len(vintages.vintages(book)) == count + 1
    vintages.store_path(book).unlink()
    assert call("run", book).exit_code == 1
    assert not vintages.has_store(book)


def test_a_history_of_another_book_is_neither_used_nor_mixed(
    kept_book: Path, tmp_path: Path
) -> None:
    book = copied(kept_book, tmp_path)
    assert call("refresh", book).exit_code == 0
    mine = book_identity(book)
    assert mine
    assert mine == history_of(book).identity
    other = sample_book(tmp_path / "other.xlsx", "autos", seed=1)
    assert call("refresh", other).exit_code == 0
    assert book_identity(other) != mine
    book.write_bytes(other.read_bytes())
    count = len(vintages.vintages(book))
    done = call("run", book)
    assert done.exit_code == 0
    assert "another book" in done.stderr
    assert len(vintages.vintages(book)) == count
    assert "another book" in call("run", book, "--as-of", "2015-06-30").stderr
    assert call("vintages", book, "--adopt").exit_code == 0
    assert "another book" not in call("run", book).stderr
    assert len(vintages.vintages(book)) == count + 1


def test_the_verb_lists_and_mends(kept_book: Path, tmp_path: Path) -> None:
    book = copied(kept_book, tmp_path)
    listed = call("vintages", book)
    assert listed.exit_code == 0
    assert "run" in listed.stdout
    moved = call("vintages", book, "--move", "1", "2024-01-05T08:00")
    assert "2024-01-05 08:00:00" in moved.stdout
    assert "copy of the history" in moved.stdout
    assert call("vintages", book, "--move", "1", "soon").exit_code == 1
    assert call("vintages", book, "--drop", "1", "--adopt").exit_code == 1
    assert call("vintages", book, "--drop", "1").exit_code == 0
    assert "Nothing was kept yet" in call("vintages", book).stdout


def test_nothing_is_put_beside_a_protected_book(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"x")
    held = Book(book, panel(1.0), dict(catalog()), ())
    book.chmod(0o444)
    assert vintages.keep_seen(held, at=datetime.now(), event="run") is None
    assert not vintages.has_store(book)
    book.chmod(0o644)
    assert vintages.keep_seen(held, at=datetime.now(), event="run") is None
    assert vintages.has_store(book)


def test_typed_values_count_from_when_the_file_was_saved(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    vintages.keep(book, panel(1.0), at=at("2023-07-20T09:00"), event="import")
    saved = at("2023-08-01T10:00")
    vintages.keep(book, panel(1.0, 2.0), at=at("2023-08-15T09:00"), event="run", saved=saved)
    assert [v.kept_at for v in vintages.vintages(book)] == [at("2023-07-20T09:00"), saved]
    assert vintages.vintages(book)[1].days == (date(2023, 8, 1), date(2023, 8, 15))
