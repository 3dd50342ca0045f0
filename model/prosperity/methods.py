"""The methods by which parts become one score: a row each.

:data:`OVER_PARTS` combines indicators' scores, in a dimension or in a whole model;
:data:`OVER_DIMENSIONS` combines the dimensions' scores into a composite. A further method is one
function and one row: the tables are plain mappings, and :func:`prosperity.pipeline.compose` takes
others in their place. What the functions compute stands in :mod:`prosperity.composite`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from prosperity.composite import (
    Combination,
    difference,
    first_component,
    weighted_mean,
    weighted_sum,
)
from prosperity.errors import DefinitionError, nearest
from prosperity.settings import Settings


@dataclass(frozen=True)
class Parts:
    """What a method combines, over T decision months and K parts.

    Attributes
    ----------
    scores, previous : ndarray, (T, K)
        As known at each month, and ``lookback`` months earlier on the basis of the present month;
        NaN where there is none.
    weights : ndarray, (T, K) or (K,)
        Weights of the parts.
    anchor : int
        The part that gives a component its sign; -1 for none.
    before : ndarray, (R, K), or None
        Scores of the months before. With them the rows are no months one after the other but
        alternatives for one month; see :func:`prosperity.composite.first_component`.
    """

    scores: np.ndarray
    previous: np.ndarray
    weights: np.ndarray
    anchor: int = -1
    before: np.ndarray | None = None


Combine = Callable[[Parts, Settings], Combination]


def _mean(parts: Parts, settings: Settings) -> Combination:
    return weighted_mean(
        parts.scores, parts.previous, parts.weights, min_weight=settings.min_weight
    )


def _first_component(parts: Parts, settings: Settings) -> Combination:
    return first_component(
        parts.scores,
        parts.previous,
        parts.weights,
        anchor=parts.anchor,
        min_weight=settings.min_weight,
        min_obs=settings.component_min_obs,
        full=settings.fit == "full",
        before=parts.before,
    )


def _difference(parts: Parts, settings: Settings) -> Combination:
    return difference(
        parts.scores,
        parts.previous,
        parts.weights,
        min_obs=settings.min_obs,
        full=settings.fit == "full",
        before=parts.before,
    )


def _sum(parts: Parts, settings: Settings) -> Combination:
    return weighted_sum(parts.scores, parts.previous, parts.weights)


#: Methods over indicators: those of a dimension, and the flat ones of a model.
OVER_PARTS: Mapping[str, Combine] = {
    "mean": _mean,
    "equal_weight": _mean,
    "first_component": _first_component,
    "difference": _difference,
}
#: Methods of a model over its dimensions.
OVER_DIMENSIONS: Mapping[str, Combine] = {"dimensions": _mean, "states": _sum}


@dataclass(frozen=True)
class Methods:
    """The tables that a model is composed with.

    Attributes
    ----------
    parts, dimensions : mapping of str to function
        See the module. A model's method that is in ``dimensions`` is one over dimensions.
    """

    parts: Mapping[str, Combine]
    dimensions: Mapping[str, Combine]

    def over_parts(self, name: str) -> Combine:
        """Return the method over indicators called ``name``.

        Raises
        ------
        DefinitionError
            When there is none, with the nearest names.
        """
        if name not in self.parts:
            known = "、".join(nearest(name, self.parts)) or "、".join(self.parts)
            raise DefinitionError(
                "unknown_method",
                f"没有“{name}”这种合成方法。可用：{known}。",
                f"There is no method {name!r} for a composite. Try: {known}.",
            )
        return self.parts[name]


METHODS = Methods(OVER_PARTS, OVER_DIMENSIONS)
