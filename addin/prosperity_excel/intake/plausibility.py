"""Whether a series can be what its column holds: all tests, and what speaks for it."""

from __future__ import annotations

from collections.abc import Sequence

from prosperity_excel.intake.criteria import CRITERIA
from prosperity_excel.intake.overlap import correlation, fit, overlap_reasons
from prosperity_excel.intake.seam import seam_reasons
from prosperity_excel.intake.shape import base_reasons, shape_reasons
from prosperity_excel.series.cases import Case, Reason

#: Months of an overlap from which a correlation is worth a word.
_CORRELATED = 12


def reasons_against(case: Case) -> tuple[Reason, ...]:
    """Return why a series may not be what its column holds, each test once; none is plausible."""
    if not case.values:
        return ()
    found = [*shape_reasons(case), *overlap_reasons(case)]
    if not any(reason.criterion == "rebased" for reason in found):
        found += seam_reasons(case)
    found += base_reasons(case)
    first = {reason.criterion: reason for reason in reversed(found)}
    return tuple(first[id] for id in CRITERIA if id in first)


def reasons_for(case: Case) -> tuple[tuple[str, str], ...]:
    """Return what speaks for a series, in Chinese and English."""
    said: list[tuple[str, str]] = []
    low, high = case.bounds
    if low is not None and high is not None and len(case.new):
        inside = ((case.new.values >= low) & (case.new.values <= high)).all()
        if inside:
            said.append((f"都在 {low:g} 到 {high:g} 之间", f"all between {low:g} and {high:g}"))
    compared = fit(case.old, case.new)
    if compared.count:
        same = compared.count - compared.wrong
        text = (f"重叠 {compared.count} 个月，{same} 个相同",
                f"{same} of {compared.count} months of the overlap are the same")  # fmt: skip
        said.append(text)
    if compared.count >= _CORRELATED:
        value = correlation(compared.stored, compared.export)
        said.append((f"相关 {value:.2f}", f"correlation {value:.2f}"))
    return tuple(said)


def overlap_agrees(case: Case) -> bool:
    """Whether most months that export and book both have are the same; False without any."""
    compared = fit(case.old, case.new)
    return compared.count > 0 and 2 * compared.wrong < compared.count


def offered(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """Return the answers that would settle reasons, the likeliest first, ``accept`` last."""
    offers = [offer for reason in reasons for offer in reason.offers]
    return (*dict.fromkeys(offers), "accept") if reasons else ()
