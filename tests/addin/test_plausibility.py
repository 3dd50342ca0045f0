"""An import is compared with what its column holds: what is asked, answered and remembered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from prosperity.catalog import catalog
from prosperity.errors import SettingError
from prosperity_excel import vintages
from prosperity_excel.book.book import read_book
from prosperity_excel.cli import main
from prosperity_excel.excel.import_buttons import CHANGED
from prosperity_excel.intake.answers import WORDS, parse_answers
from prosperity_excel.intake.carry_out import apply_import
from prosperity_excel.intake.criteria import CRITERIA
from prosperity_excel.intake.items import Item, Options, Plan
from prosperity_excel.intake.planning import plan_import
from prosperity_excel.intake.said import item_lines, outcome, plan_rows, sheet_lines

from .books import DATA, model, toy_book
from .exports import export, months, wind
from .histories import KINDS, history
from .test_history import old_store
from .test_ribbon_import import answer, open_book, press, shown

DOCS = Path(__file__).resolve().parents[2] / "docs"
TODAY = date(2026, 11, 25)
DAYS = months((2015, 1), 61)
GROWTH = [round(8 + 3 * float(np.sin(n / 7)) + 0.1 * (n * 7 % 5), 1) for n in range(61)]
#: Sixty months of 甲 are stored, and of d the same moved up; the sixty-first is new.
ROWS = [*DATA[:3], *([d, v, None, None, v + 20] for d, v in zip(DAYS[:60], GROWTH, strict=False))]


def book_of(folder: Path, **changes: Any) -> Path:
    return toy_book(folder, models=(model(**changes),), data=ROWS)


def planned(
    folder: Path,
    values: Sequence[Any],
    days: Sequence[date],
    book: Path,
    name: str = "甲:同比",
    today: date = TODAY,
    **options: Any,
) -> Plan:
    file = export(folder, wind([name], days, [values]), "e.xlsx")
    return plan_import([file], book, Options(**options), today=today)


def only(plan: Plan) -> Item:
    (item,) = plan.items
    return item


def reasons(plan: Plan) -> set[str]:
    return {reason.criterion for reason in only(plan).against}


def test_an_honest_month_is_written_and_what_fits_is_known(tmp_path: Path) -> None:
    item = only(planned(tmp_path, GROWTH[40:], DAYS[40:], book_of(tmp_path)))
    assert (item.status, item.against, item.added) == ("write", (), 1)
    assert "20 of 20 months of the overlap are the same" in [en for _, en in item.supports]


WRONG: list[tuple[str, Sequence[float], Sequence[date], str, str]] = [
    ("a fraction", [0.081], DAYS[60:], "scale", "times:100"),
    ("a hundredfold", [v * 100 for v in GROWTH[50:]], DAYS[50:], "scale", "times:0.01"),
    ("ten thousandfold", [v * 1e4 for v in GROWTH], DAYS, "scale", "times:0.0001"),
    ("the year before is 100", [v + 100 for v in GROWTH[50:]], DAYS[50:], "base", "minus:100"),
    ("one month, of which 100 is the base", [GROWTH[60] + 100], DAYS[60:], "base", "minus:100"),
    ("sign", [-v for v in GROWTH[50:]], DAYS[50:], "sign", "flip"),
    ("a month late", GROWTH[40:60], DAYS[41:61], "shift", "shift:-1"),
    ("a month early", GROWTH[41:61], DAYS[40:60], "shift", "shift:1"),
    ("another column", [v + 20 for v in GROWTH[50:]], DAYS[50:], "swap", "accept"),
    ("another base", [v * 1.07 for v in GROWTH], DAYS, "rebased", "times:0.934579"),
    ("nothing alike", [30 - v for v in GROWTH[30:]], DAYS[30:], "overlap", "accept"),
    ("a typing error", [8100.0], DAYS[60:], "seam", "accept"),
    ("stuck", [9.9] * 8, months((2020, 1), 8), "constant", "accept"),
    ("zeros", [*GROWTH[48:54], *[0.0] * 6, GROWTH[60]], DAYS[48:], "zeros", "missing"),
    ("the future", [8.0, 8.1, 7.9], months((2026, 10), 3), "future", "known"),
    ("the last value on and on", [*GROWTH[52:], *[7.7] * 8], months((2019, 5), 17), "repeated",
     "accept"),
    ("quarters", GROWTH[2:60:3], DAYS[2:60:3], "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("values", "days", "wanted", "offer"),
                         [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])  # fmt: skip
def test_what_does_not_follow_is_asked_about(
    tmp_path: Path, values: Sequence[float], days: Sequence[date], wanted: str, offer: str
) -> None:
    plan = planned(tmp_path, values, days, book_of(tmp_path))
    if not wanted:  # quarters of a monthly column that hold what it holds
        assert reasons(plan) == set()
        return
    item = only(plan)
    assert (item.status, wanted in reasons(plan)) == ("ask", True), item.against
    (reason,) = [r for r in item.against if r.criterion == wanted]
    assert reason.export
    text = "\n".join(item_lines(plan.items))
    assert reason.zh in text
    assert reason.en in text
    assert f'--answer "a={offer}"' in text
    assert not plan.writes


@pytest.mark.parametrize(
    ("values", "days", "said"),
    [
        ([v / 100 for v in GROWTH[50:]], DAYS[50:], "times:100"),
        ([v + 100 for v in GROWTH[50:]], DAYS[50:], "minus:100"),
        ([-v for v in GROWTH[50:]], DAYS[50:], "flip"),
        (GROWTH[40:61], [*DAYS[41:61], date(2020, 2, 29)], "shift:-1"),
        ([v / 100 for v in GROWTH[50:]], DAYS[50:], "× 100"),
    ],
)
def test_an_answer_puts_an_export_right(
    tmp_path: Path, values: Sequence[float], days: Sequence[date], said: str
) -> None:
    book = book_of(tmp_path)
    plan = planned(tmp_path, values, days, book, answers=(f"a={said}",))
    assert (only(plan).status, only(plan).added, only(plan).revised) == ("write", 1, 0)
    apply_import(plan)
    values_now = read_book(book).panel.series["a"].frame["value"]
    assert values_now.to_list() == pytest.approx(GROWTH)


def test_a_wrong_answer_is_asked_about_again(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    plan = planned(tmp_path, [0.081], DAYS[60:], book, answers=("a=times:10000",))
    assert (only(plan).status, reasons(plan) & {"scale", "seam"} != set()) == ("ask", True)


def test_naming_the_column_confirms_the_series_and_not_its_values(tmp_path: Path) -> None:
    plan = planned(tmp_path, [0.081], DAYS[60:], book_of(tmp_path), maps=("甲:同比=a",))
    assert (only(plan).how.how, reasons(plan)) == ("asked", {"scale"})


def test_what_is_accepted_is_written_as_it_stands_and_asked_again_later(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    plan = planned(tmp_path, [0.081], DAYS[60:], book, answers=("甲:同比=accept",))
    assert only(plan).status == "write"
    assert any(en.startswith("accepted: the book has") for _, en in only(plan).remarks)
    apply_import(plan)
    assert vintages.answers(book) == {}


def test_an_answer_is_remembered_and_still_checked(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    apply_import(planned(tmp_path, [0.081], DAYS[60:], book, answers=("a=times:100",)))
    later = months((2020, 2), 1)
    again = planned(tmp_path, [0.079], later, book)
    assert (only(again).status, only(again).values[later[0]]) == ("write", pytest.approx(7.9))
    assert any("as answered before" in en for _, en in only(again).remarks)
    # The vendor has gone over to percent: what was right would now be wrong.
    assert reasons(planned(tmp_path, [7.9], later, book)) == {"scale"}


def test_answers_are_kept_in_a_store_of_the_first_version(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    old_store(book, 1)
    before = vintages.vintages(book)
    assert vintages.answers(book) == {}
    vintages.keep_answers(book, {("甲", "", "a"): "times:100"})
    assert vintages.answers(book) == {("甲", "", "a"): "times:100"}
    assert vintages.vintages(book) == before


NO_ANSWERS = ("accept", "a=", "=accept", "a=times", "a=shift:0", "a=times:-1", "a=nonsense",
              "a=shift:1.5", "a=times:abc", "a=flip:1")  # fmt: skip


@pytest.mark.parametrize("text", NO_ANSWERS)
def test_what_is_no_answer_is_refused_before_any_file_is_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingError) as caught:
        plan_import([tmp_path / "none.xlsx"], tmp_path / "none.xlsx", Options(answers=(text,)))
    formed = all(part.strip() for part in text.split("=")) and "=" in text
    assert caught.value.code == ("bad_answer" if formed else "answer_form")


def test_answers_are_read_as_people_type_them() -> None:
    for text in ("times:100", "TIMES: 100", "times 100", "x100", "×100", "* 100", "times：１００"):
        assert [str(a) for a in parse_answers(text)] == ["times:100"], text
    assert [str(a) for a in parse_answers("times:0.01; known")] == ["times:0.01", "known"]
    for word, (takes, _, _) in WORDS.items():
        assert [a.word for a in parse_answers(f"{word}:1" if takes else word)] == [word]


# -- what the definition says -----------------------------------------------------------------


def test_a_plausible_range_is_of_its_unit(tmp_path: Path) -> None:
    ranged = {"plausible_low": 1000, "plausible_high": 9000, "unit": "万吨", "transform": "yoy"}
    book = toy_book(tmp_path, models=(model(a=ranged),), data=DATA[:3])

    def status(values: Sequence[float], **head: Any) -> set[str]:
        file = export(tmp_path, wind(["甲指标"], DAYS[:24], [values], **head), "e.xlsx")
        return reasons(plan_import([file], book, today=TODAY))

    amounts = [5000.0 + 13 * n for n in range(24)]
    assert status(amounts, units=["万吨"]) == set()
    assert status([v * 10_000 for v in amounts], units=["吨"]) == set()
    assert "range" in status([v * 10_000 for v in amounts], units=["万吨"])
    # Published growth of an amount is no amount, and is not below -100.
    assert status(GROWTH[:24], units=["%"]) == set()
    assert "range" in status([v - 130 for v in GROWTH[:24]], units=["%"])


def test_a_book_older_than_the_ranges_takes_those_of_the_catalog(tmp_path: Path) -> None:
    rows = [["指标名称", "制造业PMI"], ["id", "pmi"]]
    book = toy_book(tmp_path, models=(model(more=[{"id": "pmi", "name_zh": "制造业PMI",
        "name_en": "PMI", "dimension": "main", "unit": "指数"}]),), data=rows)  # fmt: skip
    plan = planned(tmp_path, [v / 10 for v in GROWTH[:24]], DAYS[:24], book, "制造业PMI")
    assert reasons(plan) == {"range"}


def test_an_index_published_against_100_is_no_growth_rate(tmp_path: Path) -> None:
    for base, wanted in ((None, {"base"}), (100, set())):
        book = toy_book(tmp_path, models=(model(a={"base": base}),), data=DATA[:3])
        values = [v + 100 for v in GROWTH[:24]]
        assert reasons(planned(tmp_path, values, DAYS[:24], book)) == wanted


def test_the_catalog_knows_what_is_plausible() -> None:
    for industry in catalog().values():
        for indicator in industry.indicators:
            if indicator.own_column:
                low, high = indicator.plausible_low, indicator.plausible_high
                assert None not in (low, high), indicator.id
                assert indicator.base in (None, 100), indicator.id


def test_a_series_has_one_range_in_all_models() -> None:
    found: dict[str, set[Any]] = {}
    for industry in catalog().values():
        for i in industry.indicators:
            if i.own_column:
                said = (i.unit, i.plausible_low, i.plausible_high, i.base)
                found.setdefault(i.id, set()).add(said)
    assert {id: said for id, said in found.items() if len(said) > 1} == {}


# -- days and sums ----------------------------------------------------------------------------


def weekdays(first: date, count: int) -> list[date]:
    found = (first + timedelta(days=n) for n in range(count * 2))
    return [d for d in found if d.weekday() < 5][:count]


def test_zeros_between_quotations_are_asked_about_before_months_are_made(tmp_path: Path) -> None:
    book = toy_book(tmp_path, data=DATA[:3])
    days = [date(2021, 1, 1) + timedelta(days=n) for n in range(90)]
    values = [0.0 if d.weekday() > 4 else 600.0 + d.day for d in days]
    asked = planned(tmp_path, values, days, book, "Series d")
    assert reasons(asked) == {"zeros"}
    for said in ({"zeros": "missing"}, {"answers": ("d=missing",)}):
        item = only(planned(tmp_path, values, days, book, "Series d", **said))
        assert item.status == "write"
        assert min(item.values.values()) > 600
    kept = only(planned(tmp_path, values, days, book, "Series d", zeros="keep"))
    assert (kept.status, min(kept.values.values())) == ("write", 0.0)


@pytest.mark.parametrize(("turn", "best"), [(1, "before"), (12, "before"), (28, "own")])
def test_a_month_repeated_by_day_is_never_a_month_late(
    tmp_path: Path, turn: int, best: str
) -> None:
    # The value of a month stands from the day on which it came out until the next one does.
    days = weekdays(date(2021, 1, 1), 380)
    book = toy_book(tmp_path, data=DATA[:3])

    def of(day: date) -> float:
        month = day.month + 12 * (day.year - 2021) - (day.day < turn)
        return 50 + (month * 7 % 11) / 10

    values = [of(d) for d in days]
    plan = planned(tmp_path, values, days, book)
    assert reasons(plan) == {"filled"}
    assert only(plan).against[0].offers[0] == best
    item = only(planned(tmp_path, values, days, book, answers=(f"a={best}",)))
    assert item.status == "write"
    shift = 1 if best == "before" else 0
    for month, value in list(item.values.items())[2:-2]:
        number = month.month + 12 * (month.year - 2021) + shift
        assert value == 50 + (number * 7 % 11) / 10


def test_unnamed_sums_since_january_are_asked_about(tmp_path: Path) -> None:
    amount = model(a={"unit": "万吨", "aliases": "甲指标"})
    book = toy_book(tmp_path, models=(amount,), data=DATA[:3])
    monthly = [1000.0 + 20 * (n * 5 % 7) for n in range(36)]
    sums = [sum(monthly[n - n % 12 : n + 1]) for n in range(36)]
    assert reasons(planned(tmp_path, monthly, DAYS[:36], book, "甲指标")) == set()
    assert "sums" in reasons(planned(tmp_path, sums, DAYS[:36], book, "甲指标"))
    item = only(planned(tmp_path, sums, DAYS[:36], book, "甲指标", answers=("a=part",)))
    assert list(item.values.values()) == pytest.approx(monthly)


def test_growth_of_sums_is_not_growth_of_months(tmp_path: Path) -> None:
    file = export(tmp_path, wind(["甲:累计同比"], DAYS, [GROWTH], ids=["M001"]), "e.xlsx")
    plan = plan_import([file], toy_book(tmp_path, data=DATA[:3]), today=TODAY)
    assert reasons(plan) == {"form"}


# -- prices -----------------------------------------------------------------------------------

PRICE_DAYS = weekdays(date(2020, 5, 1), 120)


def prices(level: float = 100.0) -> list[float]:
    rng = np.random.default_rng(3)
    return [round(v, 2) for v in level * np.exp(np.cumsum(0.013 * rng.standard_normal(120)))]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (prices(), set()),
        ([v / 4 for v in prices()], {"break"}),
        ([v * 100 for v in prices()], {"break"}),
        ([100.0] * 120, {"constant"}),
    ],
)
def test_prices_go_on_from_those_that_are_stored(
    tmp_path: Path, values: list[float], wanted: set[str]
) -> None:
    file = export(tmp_path, [["", "881001.WI"], *zip(PRICE_DAYS, values, strict=True)], "p.xlsx")
    plan = plan_import([file], toy_book(tmp_path), today=TODAY)
    assert reasons(plan) == wanted


def test_prices_of_another_kind_on_the_same_days(tmp_path: Path) -> None:
    both = enumerate(zip(PRICE_DAYS, prices(), strict=True))
    stored = [["id", "benchmark", "toy"], *([d, v, 3 * v + n] for n, (d, v) in both)]
    book = toy_book(tmp_path, prices=stored)

    def said(values: Sequence[float], days: Sequence[date] = PRICE_DAYS) -> set[str]:
        rows = [["", "benchmark"], *zip(days, values, strict=True)]
        return reasons(plan_import([export(tmp_path, rows, "p.xlsx")], book, today=TODAY))

    assert said(prices()) == set()
    assert said([round(v * 1.002, 2) for v in prices()]) == set()
    assert said([v * 1.25 for v in prices()]) == {"rebased"}
    assert said([v / 100 for v in prices()]) == {"scale"}
    assert said([3 * v + n for n, v in enumerate(prices())]) == {"swap"}
    assert said(prices()[:-1], PRICE_DAYS[1:]) == {"shift"}


@pytest.mark.parametrize(("level", "wanted"), [(3000.0, set()), (22.0, {"level"})])
def test_without_stored_prices_the_level_must_be_that_of_an_index(
    tmp_path: Path, level: float, wanted: set[str]
) -> None:
    book = toy_book(tmp_path, prices=[["id", "benchmark", "toy"]])
    rows = [["", "benchmark"], *zip(PRICE_DAYS, prices(level), strict=True)]
    plan = plan_import([export(tmp_path, rows, "p.xlsx")], book, today=TODAY)
    assert reasons(plan) == wanted


# -- how it is said ---------------------------------------------------------------------------


def run(*words: str) -> Any:
    return CliRunner().invoke(main, ["import", *words, "--yes"])


def test_what_waits_is_said_and_the_rest_is_written_with_yes(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    rows = wind(["甲:同比", "Series d"], DAYS[60:], [[0.081], [28.3]])
    file = export(tmp_path, rows, "e.xlsx")
    result = run(str(file), "--into", str(book))
    assert result.exit_code == 3
    assert "the book has 2019-12" in result.output
    assert "1 series wait for an answer" in result.output
    assert "1 value added" in result.output
    values = read_book(book).panel.series
    assert (len(values["a"].frame), len(values["d"].frame)) == (60, 61)
    answered = run(str(file), "--into", str(book), "--answer", "a=times:100")
    assert (answered.exit_code, len(read_book(book).panel.series["a"].frame)) == (0, 61)


def test_nothing_that_could_be_read_is_not_no_change(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    file = export(tmp_path, wind(["甲:同比"], DAYS, [["见正文"] * 61]), "e.xlsx")
    before = book.read_bytes()
    result = run(str(file), "--into", str(book))
    assert (result.exit_code, book.read_bytes() == before) == (3, True)
    assert "nothing could be read" in result.output
    assert "no change" not in result.output
    # One line for the cause, however many cells it has.
    assert result.output.count("not read") == 1
    plan = plan_import([file], book, today=TODAY)
    assert "什么也没有读到" in "".join(outcome(apply_import(plan)))
    assert all("no change" not in " ".join(row) for row in plan_rows(plan.items))
    assert any("nothing could be read" in line for line in sheet_lines(plan.readings))


def test_the_ribbon_shows_both_values_and_takes_an_answer(tmp_path: Path) -> None:
    book = open_book(book_of(tmp_path))
    file = export(tmp_path, wind(["甲:同比"], DAYS[60:], [[0.081]]))
    press(book, "import_export", str(file))
    row = shown(book, "甲:同比")
    assert row["结果 Outcome"] == "待确认 to confirm"
    assert row["可用答复 Answers offered"] == "times:100, accept"
    assert (row["工作簿 Book"], row["导出 Export"]) == (f"2019-12 {GROWTH[59]:g}", "2020-01 0.081")
    assert "nothing to write" in press(book, "write_import")
    answer(book, "甲:同比", "times:100", column=3)
    assert CHANGED[1] in press(book, "write_import")
    row = shown(book, "甲:同比")
    assert (row["结果 Outcome"], row["答复 Answer"]) == ("将写入 would write", "times:100")
    assert "1 value added" in press(book, "write_import")
    assert book.impl.workbook["data"].cell(64, 2).value == pytest.approx(8.1)


def test_an_answer_that_is_none_is_refused_in_the_ribbon(tmp_path: Path) -> None:
    book = open_book(book_of(tmp_path))
    press(book, "import_export", str(export(tmp_path, wind(["甲:同比"], DAYS[60:], [[0.081]]))))
    answer(book, "甲:同比", "perhaps", column=3)
    assert "no answer" in press(book, "write_import")
    assert book.impl.workbook["data"].cell(64, 2).value is None


@pytest.mark.parametrize("name", ["data.md", "data.zh-CN.md"])
def test_every_criterion_is_documented_with_its_threshold(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    language = "zh" if "zh" in name else "en"
    for criterion in CRITERIA.values():
        assert f"| `{criterion.id}` | {criterion.rule(language)} |" in text, criterion.id
    for word in WORDS:
        assert f"`{word}" in text, word


def test_random_histories_are_what_they_say() -> None:
    for kind in KINDS:
        found = history(np.random.default_rng(1), kind, 60)
        assert 50 <= len(found) <= 60
        assert len(set(found.values())) > 15
