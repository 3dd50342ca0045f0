"""An industry of one's own, begun with a word and run as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prosperity_excel.cli import main


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_a_new_industry_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("template", "--new", "copper", "--indicators", 2).exit_code == 0
    assert call("define", "copper.xlsx").exit_code == 0
    done = call("run", "copper.xlsx", "--json", "copper.json")
    assert done.exit_code == 0, done.output
    found = json.loads(Path("copper.json").read_text(encoding="utf-8"))
    assert found["simulated"]
    assert list(found["industries"]) == ["copper"]
    assert len(found["industries"]["copper"]["composite"]) > 100
    again = call("template", "--new", "copper")
    assert "[file_exists]" in again.output


def test_without_data_it_is_in_order_all_the_same(tmp_path: Path) -> None:
    book = tmp_path / "tin.xlsx"
    assert call("template", "--new", "tin", "--empty", "--out", book).exit_code == 0
    assert call("define", book).exit_code == 0
    assert "[nothing_to_run]" in call("run", book).output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--new", "autos"), "known_industry"),
        (("--new", "铜"), "bad_id"),
        (("--new", "copper", "autos"), "ids_or_new"),
        ((), "ids_or_new"),
    ],
)
def test_what_cannot_be_begun_is_said(words: tuple[str, ...], code: str, tmp_path: Path) -> None:
    done = call("template", *words, "--out", tmp_path / "x.xlsx")
    assert (done.exit_code, f"[{code}]" in done.output) == (1, True), done.output
    assert list(tmp_path.iterdir()) == []
