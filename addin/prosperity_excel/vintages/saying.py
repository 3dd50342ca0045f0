"""What a run as of a day says of the values, definitions and settings that it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from prosperity.evaluation import Notice

from prosperity_excel.vintages.history import History, Vintage

if TYPE_CHECKING:
    from prosperity_excel.vintages.as_of import Chosen

#: Names, and changes, that a notice shows.
_SHOWN = 5
_KINDS: Mapping[str, tuple[str, str]] = {
    "model": ("定义", "definition"),
    "head": (
        "表头（单位、频率、滞后、来源、断点）",
        "header (unit, frequency, lag, source, breaks)",
    ),
    "setting": ("设定", "settings"),
    "book": ("行业与模拟标记", "industries and marks of simulated data"),
}


def kept(chosen: Chosen, count: int, day: date, *, whole: bool) -> Notice:
    """Say whose values are used: only those that were kept by the day are called so."""
    if chosen.first:
        at = f"{chosen.vintage.kept_at:%Y-%m-%d}"
        return _note(
            "as_first_kept",
            f"历史值从 {at} 开始保存，{day} 当时的值无从得知；用首次保存的值（公布日仍按规则）。",
            f"Values were first kept on {at}, so those of {day} cannot be known; the values as "
            "first kept are used (release dates still count).",
        )
    too_zh, too_en = ("及定义、表头与设定", ", with the definitions, headers and settings of then")
    return _note(
        "as_kept",
        f"{count} 个指标用 {day} 当时保存的值{too_zh if whole else ''}。",
        f"{count} series use the values kept by {day}{too_en if whole else ''}.",
    )


def as_it_is(day: date) -> Notice:
    """Say that the book counts as it is."""
    return _note(
        "as_it_is",
        f"截至日 {day} 不早于今天，用工作簿现在的内容。",
        f"As of {day}, which is not before today, the book counts as it is.",
    )


def nothing_kept(day: date, *, copied: bool) -> Notice:
    """Say that the book has no history."""
    zh = "若工作簿是复制或移动来的，请把旁边的历史值文件一并复制过来。" if copied else ""
    en = " If the book was copied or moved, bring its file of kept values along." if copied else ""
    return _note(
        "only_revised",
        f"{day} 当时的值没有保存，全部指标只能用修订后的值（公布日仍按规则）。{zh}",
        f"No values were kept by {day} for all series; revised ones are used (release dates still "
        f"count).{en}",
    )


def other(day: date) -> Notice:
    """Say that the history beside the book is another book's."""
    return Notice(
        "other_history",
        f"旁边的历史值文件属于另一个工作簿，没有使用；{day} 只能用修订后的值。"
        "若确属本工作簿，请运行 prosperity vintages BOOK --adopt。",
        f"The file of kept values beside the book belongs to another book and was not used; for "
        f"{day} there are revised values only. If it is this book's all the same, run 'prosperity "
        "vintages BOOK --adopt'.",
        severity="warning",
    )


def not_seen(chosen: Chosen, day: date) -> Notice | None:
    """Say which series were found changed after a day on which nobody had looked at the book."""
    if not chosen.changed:
        return None
    seen = chosen.vintage.days[1]
    return _note(
        "not_seen",
        f"{seen} 之后到 {day} 没有保存；之后发现改动的 {len(chosen.changed)} 个指标"
        f"（{_names(chosen.changed, '、')}），{day} 当时是否已改无从得知，用 {seen} 的值。",
        f"The book was last seen on {seen}, before {day}; whether {len(chosen.changed)} series "
        f"that were found changed later ({_names(chosen.changed, ', ')}) had changed by then "
        f"cannot be known, so their values of {seen} are used.",
    )


def by_release(chosen: Chosen, day: date) -> Notice | None:
    """Say which series rest on new months that nobody saw in the book by the day."""
    if not (chosen.stated or chosen.by_lag):
        return None
    parts_zh, parts_en = [], []
    for ids, zh, en in (
        (chosen.stated, "注明的公布日", "stated release dates"),
        (chosen.by_lag, "滞后规则", "their lags"),
    ):
        if ids:
            parts_zh.append(f"{len(ids)} 个指标（{_names(ids, '、')}）按{zh}")
            parts_en.append(f"{len(ids)} series ({_names(ids, ', ')}) by {en}")
    return _note(
        "by_release",
        f"手工填入的新月份，何时填入没有记录，从公布之日起算：{'，'.join(parts_zh)}。",
        f"New months that were typed in at an unknown time by {day} count from when they were "
        f"public: {', '.join(parts_en)}.",
    )


def misplaced(history: History, today: date) -> Notice | None:
    """Say which states have times that do not fit, or are still to come."""
    fits = history.fits_on(today)
    wrong = [v.number for v, good in zip(history.vintages, fits, strict=True) if not good]
    if not wrong:
        return None
    shown = [str(number) for number in wrong]
    return Notice(
        "misplaced_vintages",
        f"第 {_names(shown, '、')} 次保存的时间前后不合，已略过；"
        "用 prosperity vintages 查看并改正。",
        f"The times of vintages {_names(shown, ', ')} do not fit, so these are passed over; see "
        "and mend them with 'prosperity vintages'.",
        severity="warning",
    )


def facts_later(day: date, since: Vintage | None, *, known: bool) -> Notice | None:
    """Say that definition, headers and settings of the day were not kept."""
    if known and since is None:
        return None
    zh, en = "现在的", "those of today"
    if since is not None:
        at = f"{since.kept_at:%Y-%m-%d}"
        zh, en = f"{at} 首次保存的", f"those first kept on {at}"
    return _note(
        "facts_not_kept",
        f"{day} 当时的定义、表头与设定没有保存，用{zh}。",
        f"Definitions, headers and settings were not kept by {day}; {en} are used.",
    )


def unbuildable(failed: Sequence[str]) -> Notice | None:
    """Say which definitions of then this version cannot use."""
    if not failed:
        return None
    return Notice(
        "definition_unusable",
        f"当时保存的定义 {_names(failed, '、')} 本版本无法使用，用现在的。",
        f"The definitions kept of {_names(failed, ', ')} cannot be used by this version; today's "
        "are.",
        severity="warning",
    )


def changed_since(changes: Sequence[tuple[str, str, str, str]], day: str) -> Notice | None:
    """Say what else than values was changed since a day or time."""
    if not changes:
        return None
    counts = Counter(kind for kind, *_ in changes)
    zh = "，".join(f"{_KINDS[kind][0]} {count} 处" for kind, count in counts.items())
    en = ", ".join(f"{_KINDS[kind][1]}: {count}" for kind, count in counts.items())
    shown = "; ".join(
        f"{place}: {_short(old)} → {_short(new)}" for _, place, old, new in changes[:_SHOWN]
    )
    more = " …" if len(changes) > _SHOWN else ""
    return _note(
        "changed_since",
        f"{day} 之后的改动（当时的状态用当时的）：{zh}。{shown}{more}",
        f"Changed since {day} (the state of then has what was then): {en}. {shown}{more}",
    )


def prices_since(changed: Mapping[str, tuple[int, date, date]], day: str) -> Notice | None:
    """Say which closes, that were there on a day or at a time, are others now or gone.

    ``changed`` has, by column, how many days, the first and the last of them.
    """
    if not changed:
        return None
    parts = [
        (name, f"{count}", f"{first} … {last}" if count > 1 else f"{first}")
        for name, (count, first, last) in changed.items()
    ]
    more = " …" if len(parts) > _SHOWN else ""
    zh = "；".join(f"{name} {count} 天（{span}）" for name, count, span in parts[:_SHOWN])
    en = "; ".join(f"{name}: {count} days ({span})" for name, count, span in parts[:_SHOWN])
    return _note(
        "prices_changed_since",
        f"{day} 之后改动或删去的行情：{zh}{more}。",
        f"Closes changed or taken away since {day}: {en}{more}.",
    )


def not_there(ids: Sequence[str], day: date) -> Notice | None:
    """Say which series of today the book did not hold."""
    if not ids:
        return None
    return _note(
        "not_in_book_then",
        f"{day} 时工作簿还没有 {len(ids)} 个指标（{_names(ids, '、')}），没有使用。",
        f"By {day} the book held no values of {len(ids)} series ({_names(ids, ', ')}), so they are "
        "not used.",
    )


def _note(code: str, zh: str, en: str) -> Notice:
    return Notice(code, zh, en, severity="note")


def _names(ids: Sequence[str], comma: str) -> str:
    return comma.join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")


def _short(text: str) -> str:
    return (text if len(text) <= 40 else f"{text[:40]}…") or "–"
