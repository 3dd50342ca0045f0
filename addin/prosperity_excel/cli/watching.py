"""An update that waits for the next release, and the line by which a scheduler does the same."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import pandas as pd
from prosperity.due import expected_releases, release_lag
from prosperity.schedule import Schedule

from prosperity_excel.book.book import Book, read_book
from prosperity_excel.files.child import read_guarded
from prosperity_excel.words.tongue import spoken

#: When in the day the update runs: statistics come in the morning, closes in the afternoon.
HOUR = clock(18, 0)
#: Seconds that are slept at once, so that a machine that was asleep is noticed.
NAP = 30.0
#: Days after which it is looked all the same, where nothing is expected.
LONGEST_WAIT = 7


def next_day(books: Iterable[Book], today: date) -> date:
    """Return the next day after ``today`` on which something of the books is due.

    The next expected release of any of their series, by release rules and habits, or the next
    month's decision; what is overdue is looked for on the next day.
    """
    now = pd.Timestamp(today)
    tomorrow = now + pd.Timedelta(days=1)
    due = [now + pd.Timedelta(days=LONGEST_WAIT)]
    for book in books:
        calendar = book.panel.calendar
        ends = Schedule("month_end").dates(calendar, now, now + pd.offsets.MonthEnd(2))
        due += [day for day in ends if day > now][:1]
        known = {i.id: i for model in book.definitions.values() for i in model.indicators}
        for id, series in book.panel.series.items():
            if series.frame.empty or id not in known:
                continue
            periods = pd.DatetimeIndex(series.frame.index)
            lag = release_lag(known[id], series)
            _, dates = expected_releases(periods, known[id].frequency, lag, calendar, now)
            due += [max(day, tomorrow) for day in dates[:1]]
    return min(due).date()


def watch(
    books: Sequence[Path],
    update: Callable[[], None],
    *,
    say: Callable[[str], None],
    now: Callable[[], datetime] = datetime.now,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Update, then wait for the next day on which something is due, for ever.

    Parameters
    ----------
    books
        Closed books.
    update
        Does one update; an error of it is the end, an exit code that says that something is left
        is not.
    say
        Told what is waited for.
    now, sleep
        The clock.

    Raises
    ------
    KeyboardInterrupt
        When the user stops it; nothing is half written then.
    """
    while True:
        update()
        day = next_day([read_guarded(read_book, path) for path in books], now().date())
        wake = datetime.combine(day, HOUR)
        at = f"{wake:%Y-%m-%d %H:%M}"
        say(spoken(f"下一次：{at}（Ctrl-C 停止）。", f"Next: {at} (Ctrl-C stops)."))
        while now() < wake:
            sleep(min(NAP, max(0.0, (wake - now()) / timedelta(seconds=1))))


def scheduler_lines(words: Sequence[str]) -> list[str]:
    """Return the lines by which Windows' task scheduler and cron run an update on weekdays.

    Parameters
    ----------
    words
        What stands behind ``prosperity update``.
    """
    program = str(Path(sys.argv[0]).resolve()) if sys.argv and sys.argv[0] else "prosperity"
    run = [program, "update", *words, "--yes"]
    quoted = " ".join(f'\\"{word}\\"' if " " in word else word for word in run)
    return [
        f'schtasks /Create /TN "Prosperity update" /SC WEEKLY /D MON,TUE,WED,THU,FRI '
        f'/ST {HOUR:%H:%M} /TR "{quoted}"',
        f"{HOUR.minute} {HOUR.hour} * * 1-5 {shlex.join(run)}",
    ]
