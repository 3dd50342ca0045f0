"""What the dashboard shows of one industry over one window: where it stands, and its values.

The industry and the window are chosen in two cells. Hidden cells of the dashboard hold what is
chosen, fetched by ``INDEX`` from the sheets of results through names (``view_monthly`` and the
others), and the charts are bound to those cells: no code, and in LibreOffice too, which shows
charts empty that are bound to names. The template writes the formulas; here are the values that
they have, for those who open a book without computing it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from prosperity_excel.ooxml.grid import Grid, GridBlock, Value
from prosperity_excel.results.sheet_layout import DAILY, ITEM_ROWS, MONTHLY

#: Months and points of days that the charts hold, and steps of the waterfall besides its ends.
MONTHS, POINTS, MOST_STEPS = 360, 260, 8
#: Trading days of a month, for windows.
MONTH_DAYS = 21
#: Windows that can be chosen, and their months.
WINDOWS: Mapping[str, int] = {"1 年 1Y": 12, "3 年 3Y": 36, "5 年 5Y": 60, "全部 All": 1200}
DEFAULT_WINDOW = "5 年 5Y"
#: Percentiles of the composite that the bands show.
BANDS = (0.2, 0.8)
NOT_THERE = "#N/A"
#: What the banner says.
NO_RESULT = (
    "尚无结果：填好数据后运行 prosperity refresh，或按功能区的“刷新结果”。 "
    "No result yet: fill in the data, then run 'prosperity refresh' or press Refresh."
)
SIMULATED = "模拟数据：以下数字不是真实的 SIMULATED DATA: the figures are not real"
#: Where no result is yet, a date axis needs some day all the same.
NO_DAY = date(2000, 1, 1)
#: Names of the workbook by which the formulas find their way.
NAMES = ("view_at", "view_industry", "view_window", "view_monthly", "view_daily", "view_items",
         "view_moves", "view_names", "view_about")  # fmt: skip

# Places, counted from the cell that is named view_at. First what is chosen, then the tables.
CONTROLS = ("choice", "months", "days", "span", "shown", "back", "step", "points", "latest",
            *(f"band_{n}" for n in range(len(BANDS))), "banner")  # fmt: skip
CONTROL_AT, WINDOW_AT, LIST_AT = 1, 2, 4
TABLE_ROW = 40
MONTHLY_AT, DAILY_AT, MOVES_AT, STEPS_AT = 0, 6, 14, 18
MONTHLY_KEYS = ("month", "composite", "band_0", "band_1", "held")
DAILY_KEYS = ("date", "strategy", "index", "benchmark", "strategy_relative", "index_relative",
              "held")  # fmt: skip
#: Values of the window's first day to which the others are set in relation.
REBASED = DAILY_KEYS[1:-1]
MOVES_KEYS = ("name", "move", "order")
STEPS_KEYS = ("name", "move", "stop", "carried", "ends", "up_above", "up_below", "down_above",
              "down_below")  # fmt: skip
WIDTH = STEPS_AT + len(STEPS_KEYS)
BEFORE, OTHERS = "变化前 Before", "其余 Others"
Place = tuple[int, int]


def tops(width: int) -> int:
    """Return how many steps a waterfall has of its own where there are so many contributions."""
    return min(MOST_STEPS, width)


def control_row(name: str) -> int:
    """Return the row of a chosen value, from the cell that is named view_at."""
    return CONTROLS.index(name)


@dataclass(frozen=True)
class Shown:
    """One industry's results as the sheets hold them, and a window.

    Attributes
    ----------
    grid : Grid
        Its sheet of results.
    window : int
        Months.
    choice : int
        Its place among the industries of the book, from 1.
    width : int
        Contributions that the widest industry of the book has.
    """

    grid: Grid
    window: int
    choice: int
    width: int

    @cached_property
    def _blocks(self) -> Mapping[str, GridBlock]:
        return {block.key: block for block in self.grid.blocks}

    def column(self, block: str, place: int) -> Sequence[Value]:
        """Return the values of a block's column, by its place from 0."""
        columns = self._blocks[block].columns
        return columns[place].values if place < len(columns) else ()

    def item(self, row: int) -> Value:
        """Return the value of an item by its row from 1; blank where there is none."""
        return cell(self.column("items", 3), row - 1)

    def about(self, row: int) -> Value:
        """Return a line about the run by its number from 1."""
        from prosperity_excel.ooxml.grid import ABOUT_ROWS

        return self.grid.notes.get(ABOUT_ROWS[row - 1], "")

    @cached_property
    def controls(self) -> dict[str, Value]:
        """The chosen values by name."""
        months = sum(value is not None for value in self.column("monthly", 0))
        days = sum(value is not None for value in self.column("daily", 0))
        back = min(days, self.window * MONTH_DAYS)
        step = max(1, math.ceil(back / POINTS))
        month = self.item(ITEM_ROWS["month"] + 1)
        known = list(self.column("monthly", 0))
        latest = known.index(month) + 1 if month is not None and month in known else 0
        composite = [v for v in self.column("monthly", 2) if isinstance(v, float)]
        bands: dict[str, Value] = {
            f"band_{n}": float(np.quantile(composite, share)) if composite else NOT_THERE
            for n, share in enumerate(BANDS)
        }
        numbers = {
            "choice": self.choice,
            "months": months,
            "days": days,
            "span": self.window,
            "shown": min(months, self.window, MONTHS),
            "back": back,
            "step": step,
            "points": math.ceil(back / step),
            "latest": latest,
        }
        simulated = self.item(ITEM_ROWS["simulated"] + 1) == 1
        banner = (SIMULATED if simulated else "") if months else NO_RESULT
        return {
            **{name: float(number) for name, number in numbers.items()},
            **bands,
            "banner": banner,
        }

    def count(self, name: str) -> int:
        """Return a chosen value that is a count."""
        value = self.controls[name]
        return int(value) if isinstance(value, float) else 0

    def cells(self) -> Iterator[tuple[Place, Value]]:
        """Give every hidden cell that holds a formula, with its value."""
        for row, name in enumerate(CONTROLS):
            yield (row, CONTROL_AT), self.controls[name]
        yield from self._monthly()
        yield from self._daily()
        yield from self._moves()
        yield from self._steps()

    def _monthly(self) -> Iterator[tuple[Place, Value]]:
        months, shown = self.count("months"), self.count("shown")
        place = {key: at for at, key in enumerate(MONTHLY)}
        for n in range(1, MONTHS + 1):
            # Beyond the window the last month is repeated, which shows nothing more.
            at = months - shown + min(n, shown) - 1
            row: list[Value] = [NO_DAY, NOT_THERE, NOT_THERE, NOT_THERE, 0.0]
            if shown:
                composite = cell(self.column("monthly", place["composite"]), at)
                signal = cell(self.column("monthly", place["signal"]), at)
                row = [
                    cell(self.column("monthly", place["month"]), at),
                    NOT_THERE if composite is None else composite,
                    *(self.controls[f"band_{k}"] for k in range(len(BANDS))),
                    float(signal == 1),
                ]
            yield from _row(TABLE_ROW + n, MONTHLY_AT, row)

    def _daily(self) -> Iterator[tuple[Place, Value]]:
        days, points, step = (self.count(name) for name in ("days", "points", "step"))
        place = {key: at for at, key in enumerate(DAILY)}
        first = days - (points - 1) * step - 1
        for n in range(1, POINTS + 1):
            row: list[Value] = [NO_DAY, *(NOT_THERE for _ in REBASED), 0.0]
            if points:
                at = days - (points - min(n, points)) * step - 1
                position = cell(self.column("daily", place["position"]), at)
                row = [
                    cell(self.column("daily", place["date"]), at),
                    *(_ratio(self.column("daily", place[key]), at, first) for key in REBASED),
                    float(isinstance(position, float) and position >= 0.5),
                ]
            yield from _row(TABLE_ROW + n, DAILY_AT, row)

    @cached_property
    def moves(self) -> list[tuple[str, float]]:
        """The contributions to the last change: name and value; empty names fill up."""
        columns = self._blocks["change_contributions"].columns
        latest = self.count("latest")
        found = []
        for n in range(self.width):
            value = cell(self.column("change_contributions", n), latest - 1) if latest else None
            name = columns[n].zh if n < len(columns) and latest else ""
            found.append((name, value if isinstance(value, float) else 0.0))
        return found

    def _moves(self) -> Iterator[tuple[Place, Value]]:
        for n, (name, move) in enumerate(self.moves, 1):
            yield from _row(TABLE_ROW + n, MOVES_AT, [name, move, abs(move) + n * 1e-12])

    def _steps(self) -> Iterator[tuple[Place, Value]]:
        order = sorted(enumerate(self.moves, 1), key=lambda one: -(abs(one[1][1]) + one[0] * 1e-12))
        top = [move for _, move in order[: tops(self.width)]]
        latest = self.count("latest")
        composite, change = (
            _number(cell(self.column("monthly", list(MONTHLY).index(key)), latest - 1))
            if latest
            else 0.0
            for key in ("composite", "change")
        )
        others = change - sum(move for _, move in top)
        stop = 0.0
        yield from self._end(0, BEFORE, composite - change, stop)
        for n, (name, move) in enumerate((*top, (OTHERS, others)), 1):
            yield from self._step(n, name, move, stop)
            stop += move
        month = cell(self.column("monthly", 0), latest - 1) if latest else None
        said = f"{month:%Y-%m}" if isinstance(month, date) else ""
        yield from self._end(len(top) + 2, said, composite, change)

    @staticmethod
    def _end(number: int, name: str, value: float, stop: float) -> Iterator[tuple[Place, Value]]:
        """Give the bar of where it began or ended: its name has the composite."""
        parts = [0.0, stop, 0.0, 0.0, 0.0, 0.0]
        row: list[Value] = [_named(name, value), value, stop, *parts]
        yield from _row(TABLE_ROW + 1 + number, STEPS_AT, row)

    @staticmethod
    def _step(number: int, name: str, move: float, start: float) -> Iterator[tuple[Place, Value]]:
        stop = start + move
        low, high = min(start, stop), max(start, stop)
        carried = low if low >= 0 else min(high, 0.0)
        above = high - low if low >= 0 else max(high, 0.0)
        below = low - high if high <= 0 else min(low, 0.0)
        up = stop >= start
        parts = [carried, 0.0, above * up, below * up, above * (not up), below * (not up)]
        row: list[Value] = [_named(name, move), move, stop, *parts]
        yield from _row(TABLE_ROW + 1 + number, STEPS_AT, row)


def cell(values: Sequence[Value], at: int) -> Value:
    """Return a value of a column; None outside it and for a blank one."""
    found = values[at] if 0 <= at < len(values) else None
    return None if found == "" else found


def _row(row: int, at: int, values: Sequence[Value]) -> Iterator[tuple[Place, Value]]:
    for offset, value in enumerate(values):
        yield (row, at + offset), value


def _ratio(values: Sequence[Value], at: int, first: int) -> Value:
    now, base = cell(values, at), cell(values, first)
    both = isinstance(now, float) and isinstance(base, float) and base != 0
    return now / base if both else NOT_THERE  # type: ignore[operator]


def _number(value: Value) -> float:
    return value if isinstance(value, float) else 0.0


def _named(name: str, value: float) -> str:
    """Return a step's name with its value; empty without a name."""
    # As ROUND does, a half goes away from zero.
    rounded = math.copysign(math.floor(abs(value) * 100 + 0.5) / 100, value)
    return f"{name}  {f'{rounded:+.2f}' if rounded else '0.00'}" if name else ""
