"""Whether a time can be when a book's values are kept: the clock of a machine may be wrong.

A time is doubted when it lies more than a day behind the last vintage, or more than a day ahead of
every time that is known: of the files, and of the newest values.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from prosperity.errors import BookError
from prosperity.panel import Panel

Doubt = Literal["", "back", "ahead"]
#: What is not doubted: two machines' clocks, summer time, a day of the week over a date line.
TOLERANCE = timedelta(days=1)

#: For so long a book may be looked at while nothing in it or around it changes.
UNCHANGED = timedelta(days=92)


def doubt_of(at: datetime, last: datetime | None, known: Iterable[datetime]) -> Doubt:
    """Return why a time is doubted; empty when it is not.

    Parameters
    ----------
    at
        The time.
    last
        When values were kept last; None for never.
    known
        Times that have passed, if the files and values are right; with none nothing is ahead.
    """
    if last is not None and at < last - TOLERANCE:
        return "back"
    times = list(known)
    return "ahead" if times and at > max([*times, last or at.min]) + TOLERANCE else ""


def can_be_seen(at: datetime, known: Iterable[datetime]) -> bool:
    """Whether a book can have been looked at then: it may have lain unchanged for some time."""
    times = list(known)
    return not times or at <= max(times) + UNCHANGED


def file_times(paths: Iterable[Path]) -> list[datetime]:
    """Return when files, and the folders in which they lie, were last changed."""
    found = []
    for path in {place for file in paths for place in (file, file.parent)}:
        try:
            found.append(datetime.fromtimestamp(path.stat().st_mtime))
        except (OSError, ValueError, OverflowError):
            continue
    return found


def value_times(panel: Panel) -> list[datetime]:
    """Return the newest release date and the newest day with a price."""
    newest = [observed.frame["release"].max() for observed in panel.series.values()]
    newest.append(panel.prices.index.max() if len(panel.prices) else pd.NaT)
    known = [day for day in newest if isinstance(day, pd.Timestamp) and not pd.isna(day)]
    return [] if not known else [max(known).to_pydatetime()]


def refused(
    why: Doubt, at: datetime, last: datetime | None, known: Iterable[datetime]
) -> BookError:
    """Return the error for a time that is doubted."""
    other = last if why == "back" and last is not None else max([*known, last or datetime.min])
    zh, en = {
        "back": ("早于上次保存", "before values were kept last"),
        "ahead": ("晚于全部文件与数据的时间", "later than all files and values"),
    }["back" if why == "back" else "ahead"]
    return BookError(
        "clock",
        f"本机时间 {at:%Y-%m-%d %H:%M} {zh}（{other:%Y-%m-%d %H:%M}）一天以上，历史值没有保存。"
        "请校正时钟；时钟无误时用 prosperity import/refresh 的 --trust-clock；上次的时间有误时用 "
        "prosperity vintages 改正。",
        f"This machine's time, {at:%Y-%m-%d %H:%M}, is more than a day {en} "
        f"({other:%Y-%m-%d %H:%M}), so nothing was kept. Set the clock; if it is right, say "
        "--trust-clock to prosperity import or refresh; if the time kept last is wrong, mend it "
        "with prosperity vintages.",
    )


def in_place(times: Iterable[datetime], doubted: Iterable[bool]) -> np.ndarray:
    """Return which vintages' times fit, as booleans: the most that never go back.

    A vintage with a wrong time is passed over, so it harms no other. Those whose time was doubted
    when they were kept count for less than any other; of equal choices the one with the earlier
    vintages is taken, which can never show a day what came after it.
    """
    moments = np.array([np.datetime64(t, "s").astype(np.int64) for t in times], dtype=np.int64)
    count = len(moments)
    weights = np.where(np.fromiter(doubted, dtype=bool, count=count), 1, count + 1)
    best, back = weights.astype(np.int64), np.full(count, -1)
    for at in range(1, count):
        before = np.where(moments[:at] <= moments[at], best[:at], 0)
        if before.max() > 0:
            back[at] = int(np.argmax(before))
            best[at] += before[back[at]]
    fits = np.zeros(count, dtype=bool)
    at = int(np.argmax(best)) if count else -1
    while at >= 0:
        fits[at] = True
        at = int(back[at])
    return fits
