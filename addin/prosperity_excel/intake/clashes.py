"""Several series of one import for one column: which fills it, and what must be chosen from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from prosperity_excel.intake.candidates import How
from prosperity_excel.intake.items import Item

#: Values that differ by less than this share are the same: digits that a vendor cut off.
SAME = 1e-12


def equal(a: float, b: float) -> bool:
    """Whether two values are the same but for digits that a vendor cut off."""
    return a == b or abs(a - b) <= SAME * max(abs(a), abs(b))


def settled(items: Sequence[Item]) -> list[Item]:
    """Let one series fill each column: the same twice is one; others must be chosen from.

    What the user asked for comes first. Published growth comes before the level that it is the
    growth of, as long as nothing of the level stands in the book.
    """
    by_target: dict[tuple[str, int], list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        if item.target is not None and item.status in ("write", "same"):
            by_target[item.target.sheet, item.target.column].append(at)
    result = list(items)
    for places in by_target.values():
        if len(places) < 2:
            continue
        grown = [at for at in places if items[at].unit]
        best = _by(items, places, "asked") or grown or places
        best = _by(items, best, "remembered") or _by(items, best, "code") or best
        first = best[0]
        for at in places:
            if at == first:
                continue
            other = items[at]
            if at not in best:
                zh, en = "该列采用了另一个更确定的序列", "a surer series fills this column"
            elif _agree(items[first].values, other.values):
                zh, en = "与同列的另一个序列相同", "the same as another series of this column"
            else:
                result[first] = _clash(result[first], other)
                result[at] = _clash(other, items[first])
                continue
            result[at] = replace(other, status="spare", remarks=(*other.remarks, (zh, en)))
    return [_unneeded(item, set(by_target)) for item in result]


def _by(items: Sequence[Item], places: Sequence[int], how: How) -> list[int]:
    """Return those of ``places`` whose item was matched in one way."""
    return [at for at in places if (found := items[at].how) is not None and found.how == how]


def _unneeded(item: Item, filled: set[tuple[str, int]]) -> Item:
    """Drop an offer for columns that surer series of the same import fill."""
    if item.target is not None or not item.candidates:
        return item
    free = tuple(p for p in item.candidates if (p.target.sheet, p.target.column) not in filled)
    return replace(item, candidates=free, status="ask" if free else "none")


def _agree(a: Mapping[date, float], b: Mapping[date, float]) -> bool:
    """Whether two series say the same: the same months, the same values."""
    return a.keys() == b.keys() and all(equal(a[d], b[d]) for d in a)


def _clash(item: Item, other: Item) -> Item:
    place = f"{other.series.book} / {other.series.sheet}!{other.series.place}"
    id = item.target.id if item.target else ""
    zh = (f"{place} 也属于 {id} 而内容不同；请加 --map \"{other.series.title}=\" 排除其一，"
          "或只导入其中一个文件")  # fmt: skip
    en = (f'{place} belongs to {id} too and differs; leave one out with --map '
          f'"{other.series.title}=", or import one of the files')  # fmt: skip
    return replace(item, status="ask", questions=(*item.questions, (zh, en)))
