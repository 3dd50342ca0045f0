"""Data asked of vendors, handed to the import as if they had been exported: no second path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from prosperity.progress import Progress

from prosperity_excel.exports.export_series import ExportSeries, SheetReading
from prosperity_excel.intake.items import Plan
from prosperity_excel.intake.needs import Need, Unserved
from prosperity_excel.sheets.workbook import address
from prosperity_excel.vendors.calling import Patience, ask
from prosperity_excel.vendors.protocol import Answer, Vendor, VendorError, Wish
from prosperity_excel.words.tongue import spoken

#: Sheet name of what a vendor gave, in the preview.
SHEET = "update"
#: Columns that a line names.
NAMED = 8


@dataclass(frozen=True)
class Failed:
    """A column for which no vendor gave anything, and what each said."""

    need: Need
    errors: tuple[tuple[str, VendorError], ...]


@dataclass(frozen=True)
class Difference:
    """A value that two vendors give differently, beyond their rounding."""

    need: Need
    when: date
    first: tuple[str, float]
    other: tuple[str, float]


@dataclass(frozen=True)
class Fetched:
    """What vendors gave.

    Attributes
    ----------
    readings : tuple of SheetReading
        One a vendor, as the import takes them.
    got : tuple of Need
        Columns for which there is something.
    failed : tuple of Failed
    differences : tuple of Difference
        The newest first.
    """

    readings: tuple[SheetReading, ...]
    got: tuple[Need, ...]
    failed: tuple[Failed, ...]
    differences: tuple[Difference, ...]


def cells_of(needs: Iterable[Need]) -> dict[str, int]:
    """Return by vendor how many cells would be asked for at most, comparisons included."""
    found: dict[str, int] = defaultdict(int)
    for need in needs:
        for id, wish in dict.fromkeys([need.wishes[0], *need.checks]):
            found[id] += wish.cells
    return dict(found)


def fetch(
    needs: Sequence[Need],
    vendors: Mapping[str, Vendor],
    *,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Fetched:
    """Ask vendors for what is needed; what fails with one is asked of the next that may have it.

    Parameters
    ----------
    needs
        Of one book or several.
    vendors
        By word.
    progress, patience
        As :func:`prosperity_excel.vendors.calling.ask` takes them. An exception of ``progress``
        ends everything; nothing has been written then.
    """
    answers: dict[tuple[str, Wish], Answer] = {}
    turn = dict.fromkeys(range(len(needs)), 0)
    while True:
        wanted: dict[str, list[Wish]] = defaultdict(list)
        for number, place in turn.items():
            offers = needs[number].wishes
            own = [*offers[place : place + 1], *(needs[number].checks if place == 0 else ())]
            for id, wish in own:
                if (id, wish) not in answers and wish not in wanted[id]:
                    wanted[id].append(wish)
        if not any(wanted.values()):
            break
        for id, wishes in wanted.items():
            if wishes:
                given = ask(vendors[id], wishes, progress=progress, patience=patience)
                answers.update(zip(((id, wish) for wish in wishes), given, strict=True))
        for number, place in turn.items():
            offers = needs[number].wishes
            if place < len(offers) and answers[offers[place]].error is not None:
                turn[number] = place + 1
    for id in {id for id, _ in answers}:
        vendors[id].close()
    return _sorted(needs, turn, answers, vendors)


def _sorted(
    needs: Sequence[Need],
    turn: Mapping[int, int],
    answers: Mapping[tuple[str, Wish], Answer],
    vendors: Mapping[str, Vendor],
) -> Fetched:
    got: list[Need] = []
    failed: list[Failed] = []
    series: dict[str, list[ExportSeries]] = defaultdict(list)
    differences: list[Difference] = []
    for number, need in enumerate(needs):
        place = turn[number]
        if place == len(need.wishes):
            errors = ((id, answers[id, wish].error) for id, wish in need.wishes)
            failed.append(Failed(need, tuple((id, error) for id, error in errors if error)))
            continue
        id, wish = need.wishes[place]
        got.append(need)
        series[id].append(_series(need, vendors[id], answers[id, wish]))
        for other, check in need.checks:
            answer = answers.get((other, check))
            if other != id and answer is not None and answer.error is None:
                differences += _differences(need, id, answers[id, wish], other, answer)
    readings = tuple(
        SheetReading(vendors[id].name[1], SHEET, None, tuple(own)) for id, own in series.items()
    )
    newest = sorted(differences, key=lambda one: one.when, reverse=True)
    return Fetched(readings, tuple(got), tuple(failed), tuple(newest))


def _series(need: Need, vendor: Vendor, answer: Answer) -> ExportSeries:
    """Return an answer as a series of an export; its name is the vendor's, else the column's."""
    target = need.target
    closes = answer.wish.kind == "close"
    return ExportSeries(
        name=answer.name or target.title,
        source_id=_code(answer.wish),
        unit=answer.unit,
        frequency="",
        source=vendor.name[1],
        book=vendor.name[1],
        sheet=SHEET,
        place=address(0, target.column),
        values=answer.values,
        releases=answer.releases,
        field="close" if closes else "",
    )


def _code(wish: Wish) -> str:
    """Return the id by which the column knows the series; none where it goes by the indicator."""
    return "" if wish.id == wish.indicator else wish.id


def _differences(
    need: Need, id: str, first: Answer, other_id: str, other: Answer
) -> list[Difference]:
    """Return where two vendors differ by more than the coarser one's rounding."""
    monthly = first.wish.kind == "series" and not first.wish.daily
    left, right = (_by_period(answer.values, monthly) for answer in (first, other))
    shared = sorted(left.keys() & right.keys())
    places = min(_places(left[when] for when in shared), _places(right[when] for when in shared))
    unit = 10.0**-places
    return [
        Difference(need, when, (id, left[when]), (other_id, right[when]))
        for when in shared
        if abs(left[when] - right[when]) > unit * (0.5 + 1e-9) + 1e-9 * abs(left[when])
    ]


def _by_period(values: Mapping[date, float], monthly: bool) -> dict[date, float]:
    return {(day.replace(day=1) if monthly else day): value for day, value in values.items()}


def _places(values: Iterable[float]) -> int:
    """Return the digits behind the point of the value that has most, at most 12."""
    most = 0
    for value in values:
        exponent = Decimal(repr(value)).as_tuple().exponent
        most = max(most, -exponent if isinstance(exponent, int) else 0)
    return min(most, 12)


def unserved_lines(unserved: Sequence[Unserved]) -> list[str]:
    """Return a line for each reason for which columns cannot be asked for."""
    by_reason: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in unserved:
        by_reason[one.why].append(one.target.id)
    return [f"{_named(ids)}: {spoken(zh, en)}" for (zh, en), ids in by_reason.items()]


def failed_lines(failed: Sequence[Failed]) -> list[str]:
    """Return a line for each reason for which columns failed, with what each vendor said."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for one in failed:
        said = " / ".join(dict.fromkeys(spoken(error.zh, error.en) for _, error in one.errors))
        by_reason[said].append(one.need.target.id)
    return [f"{_named(ids)}: {said}" for said, ids in by_reason.items()]


def _named(ids: Sequence[str]) -> str:
    shown = dict.fromkeys(ids)
    return "、".join(list(shown)[:NAMED]) + (f" … ({len(shown)})" if len(shown) > NAMED else "")


def difference_lines(differences: Sequence[Difference], most: int = 10) -> list[str]:
    """Return a line for each difference, the newest first."""
    lines = [
        f"{one.need.target.id} {one.when:%Y-%m-%d}: {one.first[0]} {one.first[1]:g}, "
        f"{one.other[0]} {one.other[1]:g}"
        for one in differences[:most]
    ]
    more = len(differences) - most
    return [*lines, f"… + {more}"] if more > 0 else lines


def settled_needs(plan: Plan, needs: Iterable[Need]) -> list[Need]:
    """Return the needs that a plan, once carried out, has met: written, or the same as before."""
    met = {
        (item.target.sheet, item.target.id)
        for item in plan.items
        if item.target is not None and item.status in ("write", "same")
    }
    return [need for need in needs if (need.target.sheet, need.target.id) in met]
