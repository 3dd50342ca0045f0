"""Whether a model's data say that they are simulated."""

from __future__ import annotations

from prosperity.evaluation import Evaluation, IndustryResult


def is_simulated(result: IndustryResult, evaluation: Evaluation) -> bool:
    """Whether a model reads simulated data; where no model says which, all of them do."""
    known = any(other.simulated for other in evaluation.results.values())
    return bool(result.simulated) if known else evaluation.simulated
