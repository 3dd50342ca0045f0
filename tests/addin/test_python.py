"""The surface for Python: what is public, and that the page about it works as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import prosperity
import prosperity_excel
import pytest
from prosperity.errors import SettingError
from prosperity.settings import Settings
from prosperity_excel.runs.evaluate import run_books

from .conftest import sample_book

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


@pytest.fixture(scope="module")
def steel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python") / "demo"
    folder.mkdir()
    return sample_book(folder / "steel.xlsx", "steel")


def test_what_is_public() -> None:
    assert set(prosperity.__all__) == {
        "DataError", "Evaluation", "Industry", "IndustryResult", "Panel", "ProsperityError",
        "Settings", "evaluate", "models", "__version__",
    }  # fmt: skip
    assert set(prosperity_excel.__all__) == {"LoadedBook", "load"}
    for package in (prosperity, prosperity_excel):
        assert all(getattr(package, name) is not None for name in package.__all__)
        assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError):
        prosperity.nothing  # noqa: B018
    assert "steel" in prosperity.models()


def test_the_names_alone_load_nothing() -> None:
    code = "import sys, prosperity, prosperity_excel; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_page_works(steel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line]) == 10
    monkeypatch.chdir(steel.parents[1])
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    result = names["steel"]
    assert isinstance(result, prosperity.IndustryResult)
    assert result.contributions.iloc[-1].sum() == pytest.approx(result.composite.iloc[-1])
    earlier = names["earlier"]
    assert isinstance(earlier, prosperity.Evaluation)
    assert earlier.results["steel"].decisions.max() <= pd.Timestamp(2020, 6, 30)


def test_it_gives_what_a_run_gives(steel: Path) -> None:
    today = date(2019, 1, 5)
    book = prosperity_excel.load(str(steel))
    mine = book.evaluate("steel", cost_bps=10, today=today)
    theirs = run_books([steel], settings=Settings(cost_bps=10), today=today)
    pd.testing.assert_frame_equal(mine.results["steel"].frame, theirs.results["steel"].frame)
    pd.testing.assert_frame_equal(mine.frame, theirs.frame)
    same = book.evaluate(settings=Settings(cost_bps=10), today=today)
    pd.testing.assert_frame_equal(same.frame, mine.frame)
    assert sorted(f.name for f in steel.parent.iterdir()) == ["steel.xlsx"]


def test_frames_say_what_the_results_hold(steel: Path) -> None:
    run = prosperity_excel.load(steel).evaluate()
    (row,) = run.frame.to_dict("records")
    result = run.results["steel"]
    last = result.latest
    assert row["month"] == last
    assert row["composite"] == result.composite[last]
    assert result.backtest is not None
    assert row["strategy_return"] == result.backtest.statistics["strategy_return"]
    assert list(result.frame.index) == list(result.months)
    for shown in (run, result):
        html = shown._repr_html_()
        assert result.definition.name_en in html
        assert "<script" not in html


def test_names_in_html_are_escaped(steel: Path) -> None:
    from prosperity.frames import as_html

    html = as_html("<b>&", pd.DataFrame({"a": ["<i>"]}), ("<u>",))
    assert "<b>" not in html
    assert "<i>" not in html
    assert "<u>" not in html


def test_conventions_are_checked(steel: Path) -> None:
    book = prosperity_excel.load(steel)
    for wrong in ({"cost": 1}, {"cost_bps": -5}, {"as_of": "soon"}):
        with pytest.raises(SettingError):
            book.evaluate(**wrong)
    with pytest.raises(SettingError, match="settings_twice"):
        book.evaluate(settings=Settings(), cost_bps=1)


def test_a_picture_needs_matplotlib(steel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = prosperity_excel.load(steel).evaluate().results["steel"]
    assert len(result.plot().axes) == 2
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(SettingError, match="no_matplotlib"):
        result.plot()
