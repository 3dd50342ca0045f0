"""The evidence on real data, and that the READMEs say what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prosperity_excel.cli import main

IDS = ("autos", "banks", "home_appliances")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found(books: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("evidence") / "out.json"
    words = [
        "evidence",
        *(str(books[id]) for id in IDS),
        "--as-of",
        "2024-12-20",
        "--json",
        str(out),
    ]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return json.loads(out.read_text("utf-8"))


def test_nothing_was_used_before_it_was_public(found: dict[str, Any]) -> None:
    for id in IDS:
        one = found["industries"][id]
        assert all(row["honest"] == 0 for row in one["unpublished"].values())
        assert not one["audit"]["released_expanding"]["sees_future"]
        # Monetary and property statistics come out in the middle of the next month.
        assert max(row["share"] or 0 for row in one["unpublished"].values()) > 0.9


def test_the_readmes_say_what_the_evidence_says(
    found: dict[str, Any], shown: Callable[[str], None]
) -> None:
    texts = [
        (ROOT / name).read_text("utf-8").replace("\n", " ")
        for name in ("README.md", "README.zh-CN.md")
    ]
    claims: list[str] = []
    for id in IDS:
        one = found["industries"][id]
        after = one["out_of_sample"]["around"]["after"]
        claims += [f"p = {one['significance']['shifts']:.2f}", f"{after['excess']:+.1%}"]
        assert one["significance"]["deflated"] < 0.6
        assert after["months"] == 16
        shown(
            f"{id:<18}p {one['significance']['shifts']:.3f}  DSR "
            f"{one['significance']['deflated']:.2f}  after {after['excess']:+.1%}"
        )
    autos, banks, appliances = (found["industries"][id] for id in IDS)
    costs = {
        row["value"]: row["excess_over_benchmark"]
        for row in autos["sensitivity"]["changes"]
        if row["group"] == "cost_bps"
    }
    grid = sorted(row["excess_over_benchmark"] for row in banks["sensitivity"]["grid"])
    claims += [
        f"{autos['sensitivity']['rank']}",
        f"{banks['sensitivity']['rank']}",
        f"{100 * costs['0']:.0f}",
        f"{100 * costs['30']:.0f}",
        f"{found['together']['banks']['adjusted']:.2f}",
        f"{100 * (grid[47] + grid[48]) / 2:.0f}",
        f"{100 * banks['audit']['released_expanding']['excess_over_benchmark']:.0f}",
        f"{100 * banks['audit']['delay_1']['excess_over_benchmark']:.0f}",
        f"{appliances['significance']['direction']['rate']:.0%}",
        f"{100 * appliances['audit']['period_full']['excess_over_benchmark']:.0f}",
        f"{100 * appliances['audit']['released_expanding']['excess_over_benchmark']:.0f}",
    ]
    assert autos["sensitivity"]["combinations"] == 96
    for text in texts:
        missing = [claim for claim in claims if claim not in text]
        assert missing == []
