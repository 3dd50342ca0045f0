"""Reasons against a series made into questions, and what an answer does to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from prosperity_excel.exports.export_series import ExportSeries
from prosperity_excel.intake.items import Item
from prosperity_excel.intake.plausibility import overlap_agrees
from prosperity_excel.intake.settling import Answered
from prosperity_excel.series.cases import Case, Reason


def judged(item: Item, against: Sequence[Reason], answered: Answered) -> Item:
    """Make questions of the reasons against a series, unless it is accepted as it stands."""
    item = replace(
        item,
        answered=tuple(map(str, answered.answers)),
        lasting=tuple(str(a) for a in answered.answers if a.lasting),
        remarks=(*item.remarks, *answered.remarks()),
    )
    if not against:
        return item
    if "accept" in answered.words:
        said = tuple((f"已确认：{r.zh}", f"accepted: {r.en}") for r in against)
        return replace(item, remarks=(*item.remarks, *said))
    asked = tuple((r.zh, r.en) for r in against)
    return replace(item, against=tuple(against), questions=(*item.questions, *asked))


def once(reasons: Iterable[Reason]) -> list[Reason]:
    """Return reasons without the second of one criterion."""
    return list({reason.criterion: reason for reason in reversed(list(reasons))}.values())[::-1]


def shown_reasons(case: Case, series: ExportSeries, answered: Answered) -> list[Reason]:
    """Ask once whether cells of 0.08 that show 8.0% mean what they show."""
    compared = overlap_agrees(case)
    if not series.percent_shown or not case.percent or compared or "shown" in answered.words:
        return []
    when, value = list(case.values.items())[-1] if case.values else (case.today, 0.0)
    shown = f"{when:%Y-%m} {value / 100:.6g} ({value:.6g}%)"
    return [
        Reason(
            "shown",
            f"单元格存的是小数而显示为百分比（{shown}），按显示的取值",
            f"cells hold fractions and show percent ({shown}); what they show is taken",
            "", shown, ("shown",),
        )
    ]  # fmt: skip
