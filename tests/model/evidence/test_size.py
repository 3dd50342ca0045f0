"""The size of the tests where signals and returns move in slow cycles and nothing is known.

Two slow cycles run together for years by chance. At 5% a test may reject in about 5% of such
worlds; with 400 of them 3 to 8% is what cannot be told from it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from prosperity.evidence import resampling
from prosperity.evidence.direction import direction

from . import worlds

WORLDS, MANY, DRAWS = 400, 2000, 199
TESTS = ("shifts", "stationary", "circular", "random", "pesaran_timmermann", "henriksson_merton")
Maker = Callable[[int, np.random.Generator], np.ndarray]


def persistent(share: float) -> Maker:
    """Return a maker of series that keep ``share`` of themselves from month to month."""

    def make(size: int, generator: np.random.Generator) -> np.ndarray:
        noise = generator.standard_normal(size) * np.sqrt(1 - share**2)
        out = np.empty(size)
        out[0] = generator.standard_normal()
        for t in range(1, size):
            out[t] = share * out[t - 1] + noise[t]
        return out

    return make


def cycle(size: int, generator: np.random.Generator) -> np.ndarray:
    """Return a cycle of about forty months, past its beginning."""
    return worlds.cycle(size + 200, generator)[200:]


def noisy(make: Maker, noise: float) -> Maker:
    return lambda size, generator: make(size, generator) + noise * generator.standard_normal(size)


def independent(size: int, generator: np.random.Generator) -> np.ndarray:
    return generator.standard_normal(size)


#: What the signal follows, and how the index does against the benchmark.
PAIRS: dict[str, tuple[Maker, Maker]] = {
    "both persistent": (persistent(0.9), persistent(0.9)),
    "persistent signal, returns in cycles": (persistent(0.9), noisy(cycle, 1.0)),
    "hesitant signal, returns in cycles": (noisy(cycle, 0.5), noisy(cycle, 1.0)),
    "very persistent": (persistent(0.95), persistent(0.95)),
    "persistent signal, independent returns": (persistent(0.9), independent),
}


def world(pair: str, seed: int, skill: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return position and index less benchmark over 120 to 200 months."""
    of_signal, of_returns = PAIRS[pair]
    generator = np.random.default_rng(seed)
    size = int(generator.integers(120, 201))
    position = (of_signal(size, generator) > 0).astype(float)
    return position, of_returns(size, generator) + skill * (2 * position - 1)


def p_values(position: np.ndarray, difference: np.ndarray, seed: int) -> dict[str, float]:
    given = {"draws": DRAWS, "seed": seed}
    by_direction = direction(position, difference)
    return {
        "shifts": resampling.circular_shifts(position, difference),
        "stationary": resampling.block_bootstrap(position, difference, **given),
        "circular": resampling.block_bootstrap(position, difference, kind="circular", **given),
        "random": resampling.random_timing(position, difference, **given),
        "pesaran_timmermann": by_direction.pesaran_timmermann,
        "henriksson_merton": by_direction.henriksson_merton,
    }


def rejections(pair: str, count: int, skill: float = 0.0) -> pd.Series:
    """Return the share of worlds in which each test rejects at 5%; 0 where it says nothing."""
    seeds = range(resampling.SEED, resampling.SEED + count)
    found = pd.DataFrame([p_values(*world(pair, seed, skill), seed) for seed in seeds])
    assert list(found) == list(TESTS)
    # A signal that never changes over ten years or more is as rare as it sounds.
    assert found.notna().mean().min() > 0.98
    return (found <= 0.05).mean()


@pytest.mark.parametrize("pair", PAIRS)
def test_without_skill_every_test_keeps_its_size(pair: str) -> None:
    rate = rejections(pair, WORLDS)
    assert rate.between(0.03, 0.08).all(), rate.to_dict()


@pytest.mark.deep
@pytest.mark.parametrize("pair", PAIRS)
def test_the_size_over_many_worlds(pair: str) -> None:
    rate = rejections(pair, MANY)
    assert rate.between(0.035, 0.07).all(), rate.to_dict()


@pytest.mark.parametrize("pair", PAIRS)
def test_skill_is_seen_through_the_cycles(pair: str) -> None:
    """A signal that tells half a standard deviation of the persistent returns each month."""
    rate = rejections(pair, 100, skill=0.5)
    assert rate.min() > 0.4, rate.to_dict()
