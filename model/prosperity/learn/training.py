"""Train one network on one fold, and score days with it. On one thread, the same each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from prosperity.learn.folds import Fold
from prosperity.learn.network import arrays, loaded, loss, network, scores
from prosperity.learn.samples import FEWEST, Samples
from prosperity.learn.settings import LearnSettings
from prosperity.learn.worth import correlation


@contextmanager
def deterministic() -> Iterator[None]:
    """One thread and the algorithms that give the same each time; as it was before, after."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    state = torch.get_rng_state()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        torch.set_rng_state(state)


def trained(
    samples: Samples, fold: Fold, settings: LearnSettings, parts: Sequence[str], seed: int,
    told: Callable[[int], None] = lambda epoch: None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Return the weights of a network trained on a fold.

    Each step is a day. After each epoch the mean correlation in the fold's validation is taken, and
    the weights of the best epochs are averaged at the end.

    Parameters
    ----------
    samples, fold, settings
        What is trained on, and how.
    parts
        Of :func:`prosperity.learn.network.network`.
    seed
        Of the first weights and of the order of the days.
    told
        Called with the number of each finished epoch, from 1; it may raise, which ends the work.
    """
    with deterministic():
        net = network(parts, len(samples.features), settings.hidden, seed)
        adam = torch.optim.Adam(net.parameters(), lr=settings.rate)
        order = np.random.default_rng(seed)
        ahead = [labelled(samples, place, settings.window) for place in fold.valid]
        kept: list[tuple[float, int, dict[str, np.ndarray]]] = []
        for epoch in range(1, settings.epochs + 1):
            for place in order.permutation(fold.train):
                step(net, adam, *labelled(samples, int(place), settings.window))
            worth = [correlation(forward(net, rows), own) for rows, own in ahead]
            good = [w for w in worth if w == w]
            # Where epochs are equally good, the earlier stays.
            kept.append((float(np.mean(good)) if good else -1.0, -epoch, arrays(net)))
            kept = sorted(kept, key=lambda row: row[:2], reverse=True)[: settings.averaged]
            told(epoch)
    weights = [own for _, _, own in kept]
    return {name: np.mean([own[name] for own in weights], axis=0) for name in weights[0]}


def labelled(samples: Samples, place: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows (n, T, d) and labels (n,) of a day's codes with a label."""
    columns, rows = samples.at(place, window)
    labels = samples.labels(place, columns)
    good = np.isfinite(labels)
    return rows[good], labels[good]


def step(net: object, adam: torch.optim.Optimizer, rows: np.ndarray, labels: np.ndarray) -> None:
    """Take one step on a day; a day of fewer than five codes is passed over."""
    if len(rows) < FEWEST:
        return
    adam.zero_grad()
    target = torch.from_numpy(labels.astype(np.float32))
    loss(scores(net, torch.from_numpy(rows)), target).backward()
    adam.step()


def seconds_a_step(
    parts: Sequence[str], days: Sequence[tuple[np.ndarray, np.ndarray]], settings: LearnSettings
) -> float:
    """Return how long a step on such days takes on this machine: the mean after a first one."""
    with deterministic():
        net = network(parts, days[0][0].shape[2], settings.hidden, 0)
        adam = torch.optim.Adam(net.parameters())
        step(net, adam, *days[-1])
        begin = time.perf_counter()
        for rows, labels in days:
            step(net, adam, rows, labels)
        return (time.perf_counter() - begin) / len(days)


def forward(net: object, rows: np.ndarray) -> np.ndarray:
    """Return the scores (n,) of rows (n, T, d) as numbers."""
    with torch.no_grad():
        found: np.ndarray = scores(net, torch.from_numpy(rows)).numpy().astype(float)
    return found


def network_scores(
    samples: Samples, places: Sequence[int], settings: LearnSettings, parts: Sequence[str],
    weights: Mapping[str, np.ndarray],
) -> np.ndarray:  # fmt: skip
    """Return the scores (days, N) of a network on some days; NaN where a code has no sample."""
    found = np.full((len(places), len(samples.codes)), np.nan)
    with deterministic():
        net = loaded(parts, len(samples.features), settings.hidden, weights)
        for row, place in enumerate(places):
            columns, rows = samples.at(int(place), settings.window)
            if len(columns):
                found[row, columns] = forward(net, rows)
    return found
