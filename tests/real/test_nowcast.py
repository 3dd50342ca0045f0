"""The nowcast's experiment on real series, with actual history: docs/coming.md has the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from . import nowcasting

pytestmark = pytest.mark.real


def test_the_gate_is_better_than_the_last_value_and_hardly_ever_worse(
    real_data: Path, shown: Callable[[str], None]
) -> None:
    found = nowcasting.table(real_data)
    middle = found.median()
    shown(f"nowcast, 24 series: {', '.join(f'{k} {v:.2f}' for k, v in middle.items())}")
    assert len(found) == 24
    assert middle["gate"] < 0.97
    assert found["gate"].max() < 1.1
    # Above the last value only within noise: one-sided, at 5%.
    assert found["gate_t"].max() < 1.65
    # Over the series that an earlier experiment names, its median is 0.92.
    named = found.loc[list(nowcasting.NAMED)].median()
    assert named["base_effect"] == pytest.approx(0.92, abs=0.03)
    assert (found["gate"] < 1.0).sum() >= 15
    assert middle["base_effect"] < 0.95
    assert 0.95 < middle["median12"] < 1.1


@pytest.mark.parametrize(
    ("name", "method", "figure"),
    [
        ("CPI:当月同比", "median12", 1.08),
        ("PPI:全部工业品:当月同比", "median12", 1.00),
        ("M2:同比", "median12", 1.04),
        ("出口金额:当月同比", "median12", 1.02),
        ("社会融资规模:当月值", "base_effect", 0.54),
        ("PPI:全部工业品:当月同比", "base_effect", 0.68),
        ("固定资产投资完成额:累计同比", "base_effect", 1.00),
    ],
)
def test_single_figures(real_data: Path, name: str, method: str, figure: float) -> None:
    assert nowcasting.figures(real_data, name)[method] == pytest.approx(figure, abs=0.03)


def test_staleness_costs_more_than_a_method_gains(real_data: Path) -> None:
    costs = [
        nowcasting.figures(real_data, name, methods=("fixed_lag",))["fixed_lag"]
        for name in nowcasting.SERIES
    ]
    assert np.median(costs) > 1.15


@pytest.mark.deep
def test_with_sarimax_the_gate_gains_a_little(real_data: Path) -> None:
    from prosperity.nowcast.methods import EVERY

    table = nowcasting.table(real_data, methods=EVERY)
    found = table.median()
    assert found["sarimax"] < 0.95
    assert found["gate"] < 0.9
    assert table["gate_t"].max() < 1.65
