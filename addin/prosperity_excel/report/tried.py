"""How many variants were computed for what a report shows: one count for all of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prosperity.evidence.conventions import Sensitivity
from prosperity.evidence.examine import Evidence


@dataclass(frozen=True)
class Tried:
    """Variants that were computed, what is shown among them.

    Attributes
    ----------
    conventions : int
        Of the whole run; 1 when it was run once.
    models : mapping of str to int
        Of each model that was examined: what its deflated Sharpe ratio counts, the conventions
        among them.
    """

    conventions: int = 1
    models: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, tested: Sensitivity | None, evidence: Mapping[str, Evidence]) -> Tried:
        """Return what was tried for a report with these parts."""
        models = {id: one.significance.trials for id, one in evidence.items()}
        return cls(1 if tested is None else tested.tried, models)

    def for_model(self, id: str) -> str:
        """Return the count that the page of a model says."""
        return str(self.models.get(id, self.conventions))

    def for_all(self) -> str:
        """Return the count that a page about several models says: a range where they differ."""
        counts = sorted(set(self.models.values())) or [self.conventions]
        return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
