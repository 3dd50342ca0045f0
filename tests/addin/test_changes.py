"""What changed in a book: parted, said in two sentences, as JSON, against what was kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.changes import PARTS
from prosperity.panel import Panel
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.runs.changed import changed
from prosperity_excel.template.template import write_template
from prosperity_excel.vintages import keep_book, keep_nowcasts
from prosperity_excel.words.change_words import change_sentences, signed

MODELS = tuple(closure([catalog()["autos"]], catalog()))


def panel_on(day: str) -> Panel:
    return simulate(MODELS, first="2008-01", last="2018-12").known_on(pd.Timestamp(day))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book that was kept in September, and holds October now."""
    path = tmp_path_factory.mktemp("changes") / "autos.xlsx"
    write_template(MODELS, path, panel=panel_on("2018-09-28"))
    keep_book(read_book(path), at=datetime(2018, 9, 28, 18), event="run", trust_clock=True)
    write_template(MODELS, path, panel=panel_on("2018-11-02"))
    return path


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Path:
    for file in made.parent.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path / made.name


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_change_is_parted_and_said(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = shell("changes", book, "--json", out, "--language", "en")
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text("utf-8"))
    autos = told["industries"]["autos"]
    assert set(autos["parts"]) == set(PARTS)
    assert sum(autos["parts"].values()) == pytest.approx(autos["change"], abs=1e-10)
    assert autos["before"]["month"] == "2018-09-30"
    assert autos["after"]["month"] == "2018-10-31"
    assert abs(autos["parts"]["new_months"]) > 0.005
    assert autos["parts"]["revisions"] == autos["parts"]["definition"] == 0.0
    assert autos["sentences"]["en"] in done.output
    zh = shell("changes", book, "--language", "zh").output
    assert autos["sentences"]["zh"] in zh
    assert "新月份" in zh
    assert "new months" not in zh


def test_the_sentences_are_two_and_fit_the_signal(book: Path) -> None:
    found = changed([read_book(book)]).changes[0]
    zh, en = change_sentences(found)
    assert zh.count("。") == 2
    assert zh.startswith("汽车：信号")
    assert en.startswith("Automobiles: the signal")
    assert signed(found.total) in zh
    moved = replace(
        found,
        before=replace(found.before, signal=0.0),
        after=replace(found.after, signal=1.0),
    )
    assert "信号由持有万得全A变为持有行业" in change_sentences(moved)[0]
    assert 'went from "in Wind All-A" to "in industry"' in change_sentences(moved)[1]
    empty = replace(found, after=replace(found.after, composite=float("nan")))
    assert "–" in change_sentences(empty)[0]


def test_a_revised_value_is_a_revision(book: Path) -> None:
    # Now it is kept, and then one value of the past is another.
    now = read_book(book)
    keep_book(now, at=datetime(2018, 11, 2, 18), event="run", trust_clock=True)
    m1 = now.panel.series["m1_yoy"]
    frame = m1.frame.copy()
    frame.iloc[-1, 0] += 2.0
    panel = replace(now.panel, series={**now.panel.series, "m1_yoy": replace(m1, frame=frame)})
    found = changed([replace(now, panel=panel)]).changes[0]
    assert abs(found.parts["revisions"]) > 1e-3
    assert found.parts["revisions"] == pytest.approx(found.total, abs=1e-12)


def test_a_changed_definition_or_setting_is_a_definition(book: Path) -> None:
    from prosperity.records import with_changes

    now = read_book(book)
    keep_book(now, at=datetime(2018, 11, 2, 18), event="run", trust_clock=True)
    other = with_changes(now.definitions["autos"], "indicator.m1_yoy.weight = 0")
    edited = replace(now, definitions={**now.definitions, "autos": other})
    found = changed([edited]).changes[0]
    assert found.parts["definition"] == pytest.approx(found.total, abs=1e-12)
    assert found.total != 0
    clipped = changed([replace(now, settings={"clip": "0.5"})]).changes[0]
    assert clipped.parts["definition"] == pytest.approx(clipped.total, abs=1e-12)


def test_since_a_day_takes_what_the_day_ended_with(book: Path) -> None:
    found = changed([read_book(book)], since=date(2018, 9, 28), today=date(2018, 11, 2))
    assert found.changes[0].before.month == pd.Timestamp("2018-09-30")
    assert found.since == {"autos.xlsx": "2018-09-28"}
    assert shell("changes", book, "--since", "2018-09-28").exit_code == 0


def test_a_print_is_held_against_the_nowcast_before_it(book: Path) -> None:
    from prosperity.settings import Settings
    from prosperity_excel.runs.coming import book_nowcasts

    day = date(2018, 9, 28)
    found = book_nowcasts(read_book(book), Settings(as_of=day), day)
    keep_nowcasts(book, [one for ones in found.values() for one in ones], day)
    told = changed([read_book(book)]).surprises
    assert "m2_yoy" in {one.kept.series for one in told}
    value = read_book(book).panel.series["m2_yoy"].frame["value"]
    for one in told:
        if one.kept.series == "m2_yoy":
            assert one.published == value[pd.Timestamp(one.kept.period)]
            assert one.miss == pytest.approx(one.published - one.kept.value)
    assert "m2_yoy" in shell("changes", book).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "soon"), "cannot be read"),
        (("--industry", "coal"), "not in"),
        (("--set", "nonsense=1"), "nonsense"),
        (("--set", "as_of=2018-01-01"), "--since"),
    ],
)
def test_what_cannot_be_done_is_said(book: Path, words: tuple[str, ...], said: str) -> None:
    done = shell("changes", book, *words)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("words", [(), ("--since", "2018-09-28")])
def test_without_a_history_there_is_nothing_to_compare_with(
    book: Path, words: tuple[str, ...]
) -> None:
    (book.parent / "autos.xlsx.vintages.sqlite").unlink()
    done = shell("changes", book, *words)
    assert done.exit_code != 0
    assert "nothing_kept" in done.output


def test_the_history_of_a_renamed_book_is_named(book: Path) -> None:
    # Keeping gives the book its identity when it is next written; here by a refresh.
    assert shell("refresh", book).exit_code == 0
    renamed = book.rename(book.with_name("autos 2018.xlsx"))
    done = shell("changes", renamed)
    assert done.exit_code != 0
    assert "autos.xlsx.vintages.sqlite" in done.output
    assert "autos 2018.xlsx.vintages.sqlite" in done.output
    # As it says; and a copy beside its own book has left nothing behind.
    store = book.with_name("autos.xlsx.vintages.sqlite")
    store.rename(store.with_name("autos 2018.xlsx.vintages.sqlite"))
    assert shell("changes", renamed).exit_code == 0
    copy = Path(shutil.copy(renamed, renamed.with_name("copy.xlsx")))
    assert "Rename" not in shell("changes", copy).output


def test_signs_are_always_there_and_no_minus_zero() -> None:
    assert [signed(v) for v in (0.123, -0.5, -0.001, float("nan"))] == [
        "+0.12",
        "−0.50",
        "0.00",
        "–",
    ]
