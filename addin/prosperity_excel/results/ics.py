"""Releases and decisions as an iCalendar file, for a desk's own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from prosperity.coming.outlook import Due, Outlook

from prosperity_excel.words.coming_words import crossing_words, headline, number
from prosperity_excel.words.pair import Pair


def calendar_text(outlooks: Sequence[Outlook], language: str = "both") -> str:
    """Return one event a release, whole days, and one an industry's decision day.

    Parameters
    ----------
    outlooks
        A release that several industries wait for is one event.
    language
        ``zh``, ``en`` or ``both``.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Prosperity//Releases//ZH")
    calendar.add("version", "2.0")
    releases: dict[tuple[str, str], list[tuple[Outlook, Due]]] = {}
    decisions: dict[str, list[Outlook]] = {}
    for found in outlooks:
        decisions.setdefault(f"{found.decision:%Y-%m-%d}", []).append(found)
        for due in found.prints:
            key = due.print.id, f"{due.print.period:%Y-%m}"
            releases.setdefault(key, []).append((found, due))
    for (id, period), waiting in sorted(releases.items()):
        one = waiting[0][1].print
        day = one.latest if one.overdue else one.expected
        title = f"{one.name_zh} {period}", f"{one.name_en} {period}"
        lines = [_said(*pair) for pair in waiting]
        calendar.add_component(
            _event(f"{id}-{period}", day, title, lines, language, one.publisher_zh)
        )
    for text, waiting_for in sorted(decisions.items()):
        title = "行业决策日", "Industry decisions"
        lines = [headline(found) for found in waiting_for]
        calendar.add_component(
            _event(f"decision-{text}", waiting_for[0].decision, title, lines, language, "")
        )
    return str(calendar.to_ical().decode("utf-8"))


def _event(  # type: ignore[no-untyped-def]
    key: str, day: datetime, title: Pair, lines: Sequence[Pair], language: str, place: str
):
    from icalendar import Event

    event = Event()
    event.add("uid", f"{blake2b(key.encode(), digest_size=12).hexdigest()}@prosperity")
    # The same file gives the same bytes, so the stamp is the day itself.
    event.add("dtstamp", datetime(day.year, day.month, day.day, tzinfo=UTC))
    event.add("dtstart", day.date())
    event.add("summary", _in(title, language))
    event.add("description", "\n".join(_in(line, language) for line in lines))
    event.add("transp", "TRANSPARENT")
    if place:
        event.add("location", place)
    return event


def _said(found: Outlook, due: Due) -> Pair:
    said, words = due.nowcast, crossing_words(due)
    value = "" if said is None else number(said.value)
    zh = f"{found.definition.name_zh}：{words[0]}" + (f"（即时预测 {value}）" if value else "")
    en = f"{found.definition.name_en}: {words[1]}" + (f" (nowcast {value})" if value else "")
    return zh, en


def _in(pair: Pair, language: str) -> str:
    return " / ".join(pair) if language == "both" else pair[language == "en"]
