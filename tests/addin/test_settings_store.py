"""One spelling, one precedence: options, sheet, user file, default."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from prosperity.errors import SettingError
from prosperity_excel.cli import main
from prosperity_excel.runs.settings import (
    names,
    parse,
    read_user,
    resolve,
    run_settings,
    sheet_settings,
    user_file,
    write_user,
)
from prosperity_excel.sheets.workbook import open_workbook

from tests.addin.books import save


def settings_book(path: Path, *rows: list[object]) -> Path:
    return save(path, {"Sheet1": [["x"]], "设定": [["设定 Setting", "值 Value"], *rows]})


def test_precedence_and_sources() -> None:
    found = resolve(
        options={"cost_bps": "1"},
        sheet={"cost_bps": 2.0, "lookback": 3.0},
        user={"cost_bps": 4, "lookback": 5, "clip": 6},
    )
    assert (found.settings.cost_bps, found.settings.lookback, found.settings.clip) == (1, 3, 6)
    told = {n: found.sources[n] for n in ("cost_bps", "lookback", "clip", "timing")}
    assert told == {"cost_bps": "option", "lookback": "sheet", "clip": "user", "timing": "default"}
    assert set(found.sources) == set(names())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("as_of", datetime(2020, 3, 31), date(2020, 3, 31)),
        ("as_of", "2020-03", date(2020, 3, 31)),
        ("start", "2020-03", date(2020, 3, 1)),
        ("start", "2020年3月", date(2020, 3, 1)),
        ("end", 43921.0, date(2020, 3, 31)),
        ("window", "", None),
        ("window", 60.0, 60),
        ("cost_bps", "１２", 12.0),
        ("timing", "period", "period"),
        ("library", r"C:\资料", r"C:\资料"),
    ],
)
def test_values_are_read_in_the_type_of_their_field(
    name: str, value: object, expected: object
) -> None:
    assert parse(name, value) == expected


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("cost_bpss", 1, "Nearest: cost_bps"),
        ("lookback", "1.5", "should look like 3"),
        ("as_of", "03/04/05", "should look like 2023-07-31"),
        ("language", "fr", "should look like auto"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, value: object, hint: str) -> None:
    with pytest.raises(SettingError, match=hint):
        parse(name, value)


def test_the_sheet_is_read_with_its_cells(tmp_path: Path) -> None:
    path = settings_book(tmp_path / "a.xlsx", ["cost_bps", 7], ["clip", None], ["timing", "period"])
    assert sheet_settings(open_workbook(path)) == {"cost_bps": 7.0, "timing": "period"}
    wrong = settings_book(tmp_path / "b.xlsx", ["cost_bps", "many"])
    with pytest.raises(SettingError) as caught:
        sheet_settings(open_workbook(wrong))
    assert caught.value.where == "b.xlsx / 设定!B2"


def test_books_that_differ_are_refused(tmp_path: Path) -> None:
    one = settings_book(tmp_path / "a.xlsx", ["cost_bps", 7])
    two = settings_book(tmp_path / "b.xlsx", ["cost_bps", 8], ["library", "x"])
    assert run_settings({}, [one]).cost_bps == 7.0
    with pytest.raises(SettingError, match="differ in cost_bps"):
        run_settings({}, [one, two])


def test_the_user_file_is_written_whole_or_not_at_all() -> None:
    write_user({"cost_bps": "5", "library": r"C:\资料 \"x\"", "as_of": "2020-03-31"})
    assert read_user() == {
        "cost_bps": 5.0, "library": r"C:\资料 \"x\"", "as_of": date(2020, 3, 31)}  # fmt: skip
    before = user_file().read_bytes()
    with pytest.raises(SettingError):
        write_user({"cost_bps": "-1"})
    with pytest.raises(SettingError):
        write_user({"start": "2021-01", "end": "2020-01"})
    assert user_file().read_bytes() == before
    write_user({"cost_bps": ""})
    assert "cost_bps" not in read_user()


def test_a_broken_user_file_is_said_with_its_place() -> None:
    user_file().write_text("cost_bps = ", encoding="utf-8")
    with pytest.raises(SettingError, match="cannot be read") as caught:
        read_user()
    assert caught.value.where == str(user_file())


def test_the_verb_shows_where_each_value_comes_from() -> None:
    write_user({"cost_bps": 5})
    done = CliRunner().invoke(main, ["settings"])
    lines = {line.split()[0]: line for line in done.output.splitlines() if line}
    assert "user file" in lines["cost_bps"]
    assert "5.0" in lines["cost_bps"]
    assert "默认 default" in lines["timing"]
    assert str(user_file()) in done.output.replace("\n", "")


def test_a_run_takes_sheet_then_user_file_then_default(library: Path, tmp_path: Path) -> None:
    import json
    import shutil

    import openpyxl

    book = tmp_path / "autos.xlsx"
    shutil.copy(library / "autos.xlsx", book)

    def used(*options: str) -> tuple[float, int]:
        done = CliRunner().invoke(main, ["run", str(book), "--json", "-", *options])
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)["settings"]
        return told["cost_bps"], told["lookback"]

    assert used() == (0.0, 1)
    write_user({"cost_bps": 5, "lookback": 2})
    assert used() == (5.0, 2)
    workbook = openpyxl.load_workbook(book)
    workbook.create_sheet("settings").append(["cost_bps", 7])
    workbook.save(book)
    assert used() == (7.0, 2)
    assert used("--cost-bps", "9") == (9.0, 2)


def test_what_a_person_typed_into_the_file_stays(tmp_path: Path) -> None:
    """Comments, order, and lines that do not change."""
    path = tmp_path / "settings.toml"
    path.write_text(
        "# 我的设定\ncost_bps = 10  # 双边\n\n# 语言\nlanguage = 'zh'\nlookback = 2\n",
        encoding="utf-8",
    )
    write_user({"lookback": "3", "denoise": "ema"}, path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(
        "# 我的设定\ncost_bps = 10  # 双边\n\n# 语言\nlanguage = 'zh'\nlookback = 3\n"
    )
    assert read_user(path) == {"cost_bps": 10.0, "language": "zh", "lookback": 3, "denoise": "ema"}
    write_user({"lookback": None}, path)
    assert "lookback" not in path.read_text(encoding="utf-8")
    assert "# 双边" in path.read_text(encoding="utf-8")
