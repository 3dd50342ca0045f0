"""One statement everywhere: counts, holdings, age and origin, in table, JSON, sheets and report."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from prosperity.catalog import catalog, closure
from prosperity.definition import Traded
from prosperity.errors import BookError, UnknownIndustryError
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.book.former import former_of
from prosperity_excel.cli import main
from prosperity_excel.report.build import write_report
from prosperity_excel.results.as_csv import as_csv
from prosperity_excel.results.as_json import as_json
from prosperity_excel.results.refresh import refresh_book
from prosperity_excel.results.table import head_lines, news_lines, summary_rows
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.template.template import write_template
from prosperity_excel.words.statements import (
    Former,
    benchmark_pair,
    change_words,
    grade_words,
    holdings,
    holdings_words,
    signal_counts,
    signal_words,
    waiting_words,
)

IDS = ("autos", "banks", "glass", "chemicals_overall", "polyurethane")
#: The data end in 2018; a day on which nothing is late, and one long after.
FRESH, LATE = date(2018, 12, 31), date(2020, 11, 25)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a simulated book of five industries, one of which another one covers."""
    path = tmp_path_factory.mktemp("five") / "five.xlsx"
    asked = [catalog()[id] for id in IDS]
    panel = simulate(closure(asked, catalog()), first="2005-01", last="2018-12")
    write_template(asked, path, panel=panel, source_note=SOURCE)
    return path


@pytest.fixture(scope="module")
def late(book: Path) -> Any:
    return run_books([book], today=LATE)


@pytest.fixture(scope="module")
def fresh(book: Path) -> Any:
    return run_books([book], today=FRESH)


def texts(path: Path) -> dict[str, list[str]]:
    """Return the texts of every sheet of a workbook."""
    found = open_workbook(path)
    return {
        name: [str(c) for row in found.sheet(name).rows for c in row if isinstance(c, str)]
        for name in found.names
    }


def test_counts_agree_in_table_json_sheet_and_report(
    book: Path, fresh: Any, tmp_path: Path
) -> None:
    counts, held = signal_counts(fresh), holdings(fresh)
    assert held is not None
    told = json.loads(json.dumps(as_json(fresh)))
    signals = [r["signal"][r["dates"].index(r["as_of"])] for r in told["industries"].values()]
    assert told["signals"] == {
        "hold": signals.count(1),
        "market": signals.count(0),
        "none": 0,
        "overdue": 0,
    }
    assert counts.hold + counts.market == len(IDS)
    weights = {id: values[-1] for id, values in told["combined"]["weights"].items()}
    with_weight = [id for id, weight in weights.items() if weight > 0 and id != "benchmark"]
    assert told["combined"]["held"]["industries"] == with_weight == list(held.held)
    assert told["combined"]["held"]["hold_signals"] == counts.hold
    # What is not held though its signal says so is explained, one by one.
    assert set(held.left_out) == {id for id, signal in zip(IDS, signals, strict=False) if False} | {
        id
        for id, result in told["industries"].items()
        if result["signal"][-1] == 1 and id not in with_weight
    }
    rows = {row[0]: row for row in summary_rows(fresh)}
    assert f"{len(with_weight)} held" in rows["combined"][5]
    assert sum(row[5].startswith("持有行业") for row in rows.values()) == counts.hold
    said = f"Signals: {counts.hold} in industry, {counts.market} in market"
    assert said in "\n".join(head_lines(fresh))
    for language, at in (("zh", 0), ("en", 1)):
        path = tmp_path / f"{language}.xlsx"
        write_report(fresh, path, language=language, generated=datetime(2018, 12, 31))  # type: ignore[arg-type]
        found = texts(path)
        sentence = holdings_words(fresh)[at]
        cover, *others = list(found.values())[:3]
        for page in (cover, *others):
            assert any(sentence in text for text in page)
        (line,) = (t for t in cover if t.startswith("● "))
        assert re.findall(r" (\d+)(?=  ·|$)", line) == [str(counts.hold), str(counts.market), "0"]
    copy = tmp_path / "book.xlsx"
    copy.write_bytes(book.read_bytes())
    refresh_book(copy, now=datetime(2018, 12, 31, 18))
    about = "\n".join(texts(copy)["result"])
    assert f"持有行业 {counts.hold} 个" in about
    assert holdings_words(fresh)[1] in about
    shown = former_of(open_workbook(copy))
    assert sum(one.signal == 1 for one in shown.values()) == counts.hold


def test_an_old_signal_is_never_said_to_be_of_now(late: Any, book: Path, tmp_path: Path) -> None:
    rows = summary_rows(late)
    assert all("overdue since 2019-01-31" in row[5] for row in rows[:-1])
    assert all(re.search(r"overdue \d+ days", row[8]) for row in rows[:-1])
    told = as_json(late)
    assert told["signals"]["overdue"] == len(IDS)
    for industry in told["industries"].values():
        assert industry["freshness"]["status"] == "overdue"
        assert industry["freshness"]["signal_overdue_since"] == "2019-01-31"
        assert "overdue since 2019-01-31" in industry["standing"]["en"]
        assert "overdue_signal" in {n["code"] for n in industry["warnings"]}
    path = tmp_path / "late.xlsx"
    write_report(late, path, language="en", generated=datetime(2020, 11, 25))
    found = texts(path)
    assert "No warnings." not in found["cover"]
    assert any("not of now: 5 of 5" in text for text in found["cover"])
    assert any("overdue since 2019-01-31" in text for text in found["summary"])
    for id in IDS:
        said = "\n".join(found[id])
        assert "overdue since 2019-01-31" in said, id
        assert "Overdue" in said, id
    copy = tmp_path / "book.xlsx"
    copy.write_bytes(book.read_bytes())
    refresh_book(copy, now=datetime(2020, 11, 25, 18))
    sheets = texts(copy)
    assert any("5 signals overdue" in text for text in sheets["result"])
    assert any("overdue since 2019-01-31" in text for text in sheets["result_autos"])
    rows = list(csv.DictReader(io.StringIO(as_csv(late).lstrip("\ufeff"))))
    last = {row["industry"]: row["overdue_since"] for row in rows}
    assert all(last[id] == "2019-01-31" for id in IDS)
    assert sum(bool(row["overdue_since"]) for row in rows) == len(late.results)


def test_the_same_day_gives_the_same_report_and_as_of_is_that_day(
    book: Path, tmp_path: Path
) -> None:
    ran = CliRunner().invoke(
        main, ["run", str(book), "--as-of", "2015-06-30", "--on", "2020-01-01", "--json", "-"]
    )
    told = json.loads(ran.stdout[ran.stdout.index("{") :])
    assert told["today"] == "2015-06-30"
    assert {i["freshness"]["status"] for i in told["industries"].values()} == {"current"}
    made = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.xlsx"
        write_report(run_books([book], today=LATE), path, generated=datetime(2020, 11, 25))
        made.append(path.read_bytes())
    assert made[0] == made[1]
    refused = CliRunner().invoke(main, ["run", str(book), "--on", "someday"])
    assert refused.exit_code == 1
    assert "cannot be read" in refused.output


def test_simulated_data_are_marked_in_every_output(fresh: Any, book: Path, tmp_path: Path) -> None:
    assert "SIMULATED DATA" in next(head_lines(fresh))
    assert all("simulated" in row[1] for row in summary_rows(fresh)[:-1])
    told = as_json(fresh)
    assert told["simulated"] is True
    assert all(industry["simulated"] for industry in told["industries"].values())
    rows = csv.DictReader(io.StringIO(as_csv(fresh).lstrip("\ufeff")))
    assert {row["simulated"] for row in rows} == {"1"}
    path = tmp_path / "report.xlsx"
    write_report(fresh, path, language="en", generated=datetime(2018, 12, 31))
    found = texts(path)
    assert not any("Report\n" in text for text in found["glass"]), "the report's own figures"
    copy = tmp_path / "book.xlsx"
    copy.write_bytes(book.read_bytes())
    refresh_book(copy, now=datetime(2018, 12, 31, 18))
    sheets = texts(copy)
    for name in ("result", *(f"result_{id}" for id in IDS)):
        assert any("SIMULATED DATA" in text for text in sheets[name]), name
    checked = CliRunner().invoke(main, ["check", str(copy), "--on", "2018-12-31"])
    assert "columns are simulated data" in checked.output


def test_a_book_that_is_partly_simulated_names_the_columns_until_their_source_is_changed(
    tmp_path: Path,
) -> None:
    """An analyst puts real numbers where simulated ones stood."""
    industry = catalog()["autos"]
    panel = simulate([industry], first="2005-01", last="2018-12")
    from prosperity_excel.book.book import read_book

    path = tmp_path / "autos.xlsx"
    write_template([industry], path, panel=panel, source_note=SOURCE)
    whole = read_book(path).panel
    assert whole.simulated
    assert set(whole.marked) == {*whole.series, *whole.prices}
    left = frozenset({"m2_yoy", "benchmark"})
    book = replace(read_book(path), panel=replace(whole, marked=left))
    from prosperity_excel.runs.evaluate import evaluate_books

    (result,) = evaluate_books([book], today=FRESH).industries.values()
    assert set(result.simulated) == left
    (notice,) = (n for n in result.notices if n.code == "simulated")
    assert "2 of" in notice.en
    assert "m2_yoy" in notice.en
    assert "来源" in notice.zh


def test_a_changed_signal_says_what_it_was_and_when_it_was_decided(fresh: Any) -> None:
    result = fresh.results["autos"]
    now = result.signal[result.latest]
    before = Former(pd.Timestamp("2018-11-30"), 1.0 - now)
    words = change_words(result, before)
    assert words is not None
    assert words[1].endswith("decided 2018-12-31")
    assert "Automobiles: " in words[1]
    assert change_words(result, Former(pd.Timestamp("2018-11-30"), float(now))) is None
    same_day = change_words(result, Former(pd.Timestamp("2018-12-31"), 1.0 - now))
    assert same_day is not None
    assert "were changed" in same_day[1]
    lines = list(news_lines(fresh, {"autos": before}))
    assert any(line.startswith("信号变化：汽车") for line in lines)


def test_run_compares_with_what_the_sheet_of_results_said(tmp_path: Path) -> None:
    industry = catalog()["autos"]
    panel = simulate([industry], first="2005-01", last="2018-12")
    path = tmp_path / "autos.xlsx"
    write_template([industry], path, panel=panel, source_note=SOURCE)
    signal = run_books([path], today=FRESH).results["autos"].signal.dropna()
    changed = signal.index[(signal.diff() != 0).to_numpy()][-1]
    earlier = signal.index[signal.index < changed][-1]
    cut = (earlier + pd.offsets.MonthEnd(0)).date()
    from prosperity.settings import Settings

    refresh_book(path, settings=Settings(as_of=cut), now=datetime(2018, 12, 31, 9))
    kept = former_of(open_workbook(path))["autos"]
    assert kept.signal == signal[earlier]
    ran = CliRunner().invoke(main, ["run", str(path), "--on", "2018-12-31"])
    last = float(signal.iloc[-1])
    assert ("信号变化：汽车" in ran.stdout) is (last != kept.signal)
    again = CliRunner().invoke(main, ["refresh", str(path), "--on", "2018-12-31"])
    assert ("信号变化：汽车" in again.stdout) is (last != kept.signal)


def test_a_new_month_that_changes_nothing_says_why(fresh: Any, late: Any) -> None:
    said = "\n".join(words[1] for words in waiting_words(fresh))
    assert "M2, YoY 2018-12 (released 2019-01-21)" in said
    assert "count from the decision of 2019-01-31" in said
    assert "prices end" not in said
    assert "but prices end on 2018-12-31" in "\n".join(w[1] for w in waiting_words(late))


def test_the_benchmark_is_called_by_its_name(fresh: Any) -> None:
    result = fresh.results["autos"]
    market = replace(result, signal=result.signal * 0.0, freshness=None)
    assert signal_words(market) == ("持有万得全A", "In Wind All-A")
    other = replace(result.definition, asset=Traded(benchmark="000300.SH"))
    assert signal_words(replace(market, definition=other)) == ("持有沪深300", "In CSI 300")
    own = replace(result.definition, asset=Traded(benchmark="XYZ.SI"))
    assert signal_words(replace(market, definition=own))[1] == "In XYZ.SI"
    assert benchmark_pair("")[1] == "the benchmark"
    assert replace(fresh.combined, benchmark_code="000905.SH")
    moved = replace(fresh, combined=replace(fresh.combined, benchmark_code="000905.SH"))
    assert "中证500" in holdings_words(moved)[0]
    assert "CSI 500" in holdings_words(moved)[1]


def test_a_neutral_grade_says_why_it_may_be_held(fresh: Any) -> None:
    result = fresh.results["autos"]
    neutral = replace(result, grade=result.grade * 0.0)
    assert grade_words(neutral, fresh.settings)[1] == "Neutral: change within ±0.05"
    assert (
        "change within"
        not in grade_words(replace(result, grade=result.grade * 0.0 + 1.0), fresh.settings)[1]
    )


def test_an_industry_that_is_not_in_the_book_exists_all_the_same(book: Path) -> None:
    for asked in ("steel", "钢铁", "Steel"):
        with pytest.raises(BookError) as refused:
            run_books([book], wanted=[asked])
        assert refused.value.code == "not_in_book"
        assert "prosperity template steel" in refused.value.en
        assert "autos" in refused.value.en
    with pytest.raises(BookError, match="is a module"):
        run_books([book], wanted=["liquidity_composite"])
    with pytest.raises(UnknownIndustryError):
        run_books([book], wanted=["no such thing"])
