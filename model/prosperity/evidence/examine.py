"""All the evidence on one model, computed on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from prosperity.definition import Industry
from prosperity.evaluation import IndustryResult
from prosperity.evidence import moved
from prosperity.evidence.audit import Audit, audit
from prosperity.evidence.leads import Leads, leads
from prosperity.evidence.out_of_sample import OutOfSample, out_of_sample
from prosperity.evidence.phases import phases
from prosperity.evidence.replay import Replay
from prosperity.evidence.resampling import DRAWS
from prosperity.evidence.sensitivity import Sensitivity, sensitivity
from prosperity.evidence.significance import Significance, significance
from prosperity.panel import Panel
from prosperity.progress import Progress
from prosperity.settings import Settings

STEPS = ("audit", "sensitivity", "significance", "out_of_sample", "leads")


@dataclass(frozen=True)
class Evidence:
    """The evidence on one model under its settings.

    Attributes
    ----------
    definition, settings
        What was examined, and how. ``settings.sees_future`` says whether all of it looks ahead.
    audit, sensitivity, significance, out_of_sample
        See the modules of these names.
    leads : tuple of Leads
        Against the relative index first, then against each series asked for.
    moved : DataFrame
        See :func:`prosperity.evidence.moved.contributions`.
    clock : DataFrame
        See :func:`prosperity.evidence.phases.phases`.
    """

    definition: Industry
    settings: Settings
    audit: Audit
    sensitivity: Sensitivity
    significance: Significance
    out_of_sample: OutOfSample
    leads: tuple[Leads, ...]
    moved: pd.DataFrame
    clock: pd.DataFrame


def examine(
    panel: Panel,
    result: IndustryResult,
    settings: Settings,
    known: Mapping[str, Industry],
    *,
    validations: Sequence[str] = (),
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> Evidence:
    """Return the evidence on one model.

    Parameters
    ----------
    panel
        What was published, and prices: the whole of it, not yet cut off.
    result
        The model's result under the same settings.
    settings
        Conventions of the base; all variants start from them.
    known
        Where models that this one uses are looked up.
    validations
        Ids of series of the panel that the composite should lead.
    draws
        Resamples of each test.
    progress
        Called before each step.

    Raises
    ------
    DataError
        Without prices of the index and the benchmark, or without a validation series.
    """
    industry = result.definition

    def say(step: str) -> None:
        if progress:
            progress(f"{industry.id} {step}", STEPS.index(step) + 1, len(STEPS))

    replay = Replay(panel, industry, settings, known)
    say("audit")
    audited = audit(panel, industry, settings, known)
    say("sensitivity")
    tried = sensitivity(replay)
    say("significance")
    tested = significance(replay, tried.trials, draws=draws)
    say("out_of_sample")
    after = out_of_sample(replay, tried.trials)
    say("leads")
    led = tuple(leads(replay, id) for id in ("", *validations))
    return Evidence(
        definition=industry,
        settings=settings,
        audit=audited,
        sensitivity=tried,
        significance=tested,
        out_of_sample=after,
        leads=led,
        moved=moved.contributions(result, lookback=settings.lookback),
        clock=phases(result.composite, result.change),
    )
