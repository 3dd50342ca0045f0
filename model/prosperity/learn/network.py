"""The networks: simplified self-attention, a GRU, and a residual path.

x (n, T, d): n codes, T days, d features. With all three parts the score is
``w (h_T + P x_T)``, where ``h`` is the GRU over ``x + softmax((x Wq)(x Wk)' / sqrt(d)) x Wv``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

ATTENTION, GRU, RESIDUAL = "attention", "gru", "residual"


def network(parts: Sequence[str], features: int, hidden: int, seed: int) -> Any:
    """Return a network of some parts, with weights that follow from the seed alone."""
    torch.manual_seed(seed)
    made: dict[str, Any] = {}
    if ATTENTION in parts:
        for name in ("query", "key", "value"):
            made[name] = nn.Linear(features, features, bias=False)
    if GRU in parts:
        made["gru"] = nn.GRU(features, hidden, batch_first=True)
    if RESIDUAL in parts:
        made["residual"] = nn.Linear(features, hidden, bias=False)
    made["score"] = nn.Linear(hidden, 1, bias=False)
    return nn.ModuleDict(made)


def attended(net: Any, rows: Any) -> Any:
    """Return what the attention adds to the rows (n, T, d)."""
    return scaled_dot_product_attention(net["query"](rows), net["key"](rows), net["value"](rows))


def scores(net: Any, rows: Any) -> Any:
    """Return the scores (n,) of rows (n, T, d)."""
    last = 0.0
    if "gru" in net:
        seen = rows + attended(net, rows) if "query" in net else rows
        last = net["gru"](seen)[0][:, -1]
    if "residual" in net:
        last = last + net["residual"](rows[:, -1])
    return net["score"](last).squeeze(1)


def loss(found: Any, labels: Any) -> Any:
    """Return minus the correlation of scores with labels."""
    own, other = found - found.mean(), labels - labels.mean()
    return -(own * other).sum() / (own.norm() * other.norm() + 1e-12)


def arrays(net: Any) -> dict[str, np.ndarray]:
    """Return a copy of the weights by name."""
    return {name: value.detach().numpy().copy() for name, value in net.state_dict().items()}


def loaded(
    parts: Sequence[str], features: int, hidden: int, weights: Mapping[str, np.ndarray]
) -> Any:
    """Return a network with given weights."""
    net = network(parts, features, hidden, 0)
    net.load_state_dict({name: torch.from_numpy(np.array(own)) for name, own in weights.items()})
    return net
