"""The hidden cells of the dashboard: formulas that fetch what is chosen for the charts.

See :mod:`prosperity_excel.results.dashboard_view`, which knows their places and their values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prosperity.definition import Industry

from prosperity_excel.ooxml.grid import ABOUT_ROWS, FIRST_ROW, HEADING_ROW, Grid
from prosperity_excel.results.dashboard_view import (
    BANDS,
    BEFORE,
    CONTROL_AT,
    CONTROLS,
    DAILY_AT,
    LIST_AT,
    MONTH_DAYS,
    MONTHLY_AT,
    MONTHS,
    MOVES_AT,
    NO_RESULT,
    OTHERS,
    POINTS,
    REBASED,
    SIMULATED,
    STEPS_AT,
    TABLE_ROW,
    WINDOW_AT,
    WINDOWS,
    control_row,
    tops,
)
from prosperity_excel.results.sheet_layout import DAILY, ITEM_ROWS, MONTHLY
from prosperity_excel.sheets.workbook import address

#: Rows of results that are reached: fifty years of months, forty of trading days.
MOST_MONTHS, MOST_DAYS = 600, 10_000


@dataclass(frozen=True)
class ViewCells:
    """Where the hidden cells stand on the dashboard, and what they fetch.

    Attributes
    ----------
    sheet : str
        The dashboard's name.
    at : tuple of int
        Row and column, from 0, of the cell that is named view_at.
    industry, window : tuple of int
        The cells in which is chosen; of a book of one industry the first is none.
    industries : sequence of Industry
    grids : sequence of Grid
        Their sheets of results, in the same order.
    """

    sheet: str
    at: tuple[int, int]
    industry: tuple[int, int] | None
    window: tuple[int, int]
    industries: Sequence[Industry]
    grids: Sequence[Grid]

    @property
    def width(self) -> int:
        """Contributions of the widest industry."""
        return max(len(industry.members) for industry in self.industries)

    @property
    def steps(self) -> int:
        """Rows of the waterfall: where it begins, each step, the others, where it ends."""
        return tops(self.width) + 3

    def names(self) -> Iterator[tuple[str, str]]:
        """Give the names that the workbook defines, with what they mean."""
        yield "view_at", f"={self.sheet}!{_fixed(*self.at)}"
        if self.industry is not None:
            yield "view_industry", f"={self.sheet}!{_fixed(*self.industry)}"
        yield "view_window", f"={self.sheet}!{_fixed(*self.window)}"
        last = FIRST_ROW + MOST_MONTHS - 1
        yield "view_monthly", self._chosen("monthly", FIRST_ROW, last, len(MONTHLY))
        yield "view_daily", self._chosen("daily", FIRST_ROW, FIRST_ROW + MOST_DAYS - 1, len(DAILY))
        yield (
            "view_items",
            self._chosen("items", FIRST_ROW, FIRST_ROW + len(ITEM_ROWS) - 1, 1, offset=3),
        )
        yield "view_moves", self._chosen("change_contributions", FIRST_ROW, last, self.width)
        yield (
            "view_names",
            self._chosen("change_contributions", HEADING_ROW, HEADING_ROW, self.width),
        )
        about = [_area(grid.sheet, (ABOUT_ROWS[0], 0), (ABOUT_ROWS[-1], 0)) for grid in self.grids]
        yield "view_about", self._choose(about)

    def _chosen(self, block: str, top: int, bottom: int, width: int, offset: int = 0) -> str:
        areas = []
        for grid in self.grids:
            at = next(found.at for found in grid.blocks if found.key == block) + offset
            areas.append(_area(grid.sheet, (top, at), (bottom, at + width - 1)))
        return self._choose(areas)

    def _choose(self, areas: Sequence[str]) -> str:
        if len(areas) == 1:
            return f"={areas[0]}"
        return f"=CHOOSE({self.sheet}!{self.control('choice')},{','.join(areas)})"

    def control(self, name: str) -> str:
        """Return the address of a chosen value."""
        return self._fixed(control_row(name), CONTROL_AT)

    def _fixed(self, row: int, column: int) -> str:
        return _fixed(self.at[0] + row, self.at[1] + column)

    def area(self, column: int, rows: int, first: int = TABLE_ROW + 1) -> tuple[int, int, int, int]:
        """Return first row, first column, last row and last column of a hidden column."""
        top, at = self.at[0] + first, self.at[1] + column
        return top, at, top + rows - 1, at

    def texts(self) -> Iterator[tuple[tuple[int, int], str | int]]:
        """Give the hidden cells that hold no formula: names of values, the lists of choices."""
        for row, name in enumerate(CONTROLS):
            yield (row, 0), name
        for row, (window, months) in enumerate(WINDOWS.items()):
            yield (row, WINDOW_AT), window
            yield (row, WINDOW_AT + 1), months
        for row, industry in enumerate(self.industries):
            yield (row, LIST_AT), listed(industry)

    def list_of(self, column: int, rows: int) -> str:
        """Return the range of a list of choices."""
        top, at, bottom, _ = self.area(column, rows, 0)
        return f"={_fixed(top, at)}:{_fixed(bottom, at)}"

    def formulas(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Give the hidden cells with their formulas; places from the cell named view_at."""
        for name, formula in self._controls().items():
            yield (control_row(name), CONTROL_AT), formula
        yield from self._monthly()
        yield from self._daily()
        yield from self._moves()
        yield from self._steps()

    def _controls(self) -> dict[str, str]:
        chosen = "=1"
        if self.industry is not None:
            among = self.list_of(LIST_AT, len(self.industries))[1:]
            chosen = f"=IFERROR(MATCH({_fixed(*self.industry)},{among},0),1)"
        windows = self.list_of(WINDOW_AT, len(WINDOWS))[1:]
        months = self.list_of(WINDOW_AT + 1, len(WINDOWS))[1:]
        longest = max(WINDOWS.values())
        c = self.control
        composite = list(MONTHLY).index("composite") + 1
        found = {
            "choice": chosen,
            "months": "=COUNT(INDEX(view_monthly,0,1))",
            "days": "=COUNT(INDEX(view_daily,0,1))",
            "span": f"=IFERROR(INDEX({months},MATCH({_fixed(*self.window)},{windows},0)),"
            f"{longest})",
            "shown": f"=MIN({c('months')},{c('span')},{MONTHS})",
            "back": f"=MIN({c('days')},{c('span')}*{MONTH_DAYS})",
            "step": f"=MAX(1,ROUNDUP({c('back')}/{POINTS},0))",
            "points": f"=ROUNDUP({c('back')}/{c('step')},0)",
            "latest": f"=IFERROR(MATCH(INDEX(view_items,{ITEM_ROWS['month'] + 1}),"
            "INDEX(view_monthly,0,1),0),0)",
        }
        bands = {
            f"band_{n}": f"=IFERROR(PERCENTILE(INDEX(view_monthly,0,{composite}),{share}),NA())"
            for n, share in enumerate(BANDS)
        }
        simulated = f"N(INDEX(view_items,{ITEM_ROWS['simulated'] + 1}))"
        banner = f'=IF({c("months")}=0,"{NO_RESULT}",IF({simulated}=1,"{SIMULATED}",""))'
        return found | bands | {"banner": banner}

    def _monthly(self) -> Iterator[tuple[tuple[int, int], str]]:
        at = {key: n for n, key in enumerate(MONTHLY, 1)}
        shown, months = self.control("shown"), self.control("months")
        gone = f"=IF({shown}=0,"
        for n in range(1, MONTHS + 1):
            row = f"{months}-{shown}+MIN({n},{shown})"
            found = f"INDEX(view_monthly,{row},{at['composite']})"
            signal = f"INDEX(view_monthly,{row},{at['signal']})"
            cells = [
                f"{gone}DATE(2000,1,1),INDEX(view_monthly,{row},{at['month']}))",
                f'{gone}NA(),IF({found}="",NA(),{found}))',
                *(f"{gone}NA(),{self.control(f'band_{k}')})" for k in range(len(BANDS))),
                f"{gone}0,IF({signal}=1,1,0))",
            ]
            yield from _line(TABLE_ROW + n, MONTHLY_AT, cells)

    def _daily(self) -> Iterator[tuple[tuple[int, int], str]]:
        at = {key: n for n, key in enumerate(DAILY, 1)}
        days, points, step = (self.control(name) for name in ("days", "points", "step"))
        gone = f"=IF({points}=0,"
        base = f"{days}-({points}-1)*{step}"
        for n in range(1, POINTS + 1):
            row = f"{days}-({points}-MIN({n},{points}))*{step}"
            cells = [
                f"{gone}DATE(2000,1,1),INDEX(view_daily,{row},{at['date']}))",
                *(
                    f"{gone}NA(),IFERROR(INDEX(view_daily,{row},{at[key]})"
                    f"/INDEX(view_daily,{base},{at[key]}),NA()))"
                    for key in REBASED
                ),
                f"{gone}0,IF(N(INDEX(view_daily,{row},{at['position']}))>=0.5,1,0))",
            ]
            yield from _line(TABLE_ROW + n, DAILY_AT, cells)

    def _moves(self) -> Iterator[tuple[tuple[int, int], str]]:
        latest = self.control("latest")
        for n in range(1, self.width + 1):
            heading = f"INDEX(view_names,1,{n})"
            move = self._fixed(TABLE_ROW + n, MOVES_AT + 1)
            cells = [
                f'=IF({latest}=0,"",IFERROR(LEFT({heading},FIND(CHAR(10),{heading})-1),""))',
                f"=IF({latest}=0,0,N(INDEX(view_moves,MAX({latest},1),{n})))",
                f"=ABS({move})+{n}*0.000000000001",
            ]
            yield from _line(TABLE_ROW + n, MOVES_AT, cells)

    def _steps(self) -> Iterator[tuple[tuple[int, int], str]]:
        at = {key: n for n, key in enumerate(MONTHLY, 1)}
        latest = self.control("latest")
        names, moves, order = (self._moves_area(n) for n in range(3))
        now = {
            key: f"IF({latest}=0,0,N(INDEX(view_monthly,MAX({latest},1),{at[key]})))"
            for key in ("composite", "change")
        }
        month = f"INDEX(view_monthly,MAX({latest},1),1)"
        said = f'IF({latest}=0,"",YEAR({month})&"-"&TEXT(MONTH({month}),"00"))'
        top = TABLE_ROW + 1
        count = tops(self.width)
        for n in range(self.steps):
            row = top + n
            move, stop = (self._fixed(row, STEPS_AT + k) for k in (1, 2))
            before = self._fixed(row - 1, STEPS_AT + 2)
            if n == 0:
                name, value, end = f'"{BEFORE}"', f"{now['composite']}-{now['change']}", "=0"
            elif n == self.steps - 1:
                name, value, end = said, now["composite"], f"={now['change']}"
            elif n == count + 1:
                first, last = (self._fixed(top + k, STEPS_AT + 1) for k in (1, count))
                name, value = f'"{OTHERS}"', f"{now['change']}-SUM({first}:{last})"
                end = f"={before}+{move}"
            else:
                place = f"MATCH(LARGE({order},{n}),{order},0)"
                name = f'IFERROR(INDEX({names},{place}),"")'
                value = f"IFERROR(INDEX({moves},{place}),0)"
                end = f"={before}+{move}"
            shown = f'=IF({name}="","",{name}&"  "&TEXT(ROUND({move},2),"+0.00;-0.00;0.00"))'
            ends = n in (0, self.steps - 1)
            parts = _ends(stop) if ends else _parts(before, stop)
            yield from _line(row, STEPS_AT, [shown, f"={value}", end, *parts])

    def _moves_area(self, column: int) -> str:
        first = self._fixed(TABLE_ROW + 1, MOVES_AT + column)
        return f"{first}:{self._fixed(TABLE_ROW + self.width, MOVES_AT + column)}"


def listed(industry: Industry) -> str:
    """Return an industry's name as the list of choices has it."""
    return f"{industry.name_zh} {industry.name_en}"


def _ends(stop: str) -> list[str]:
    return ["=0", f"={stop}", "=0", "=0", "=0", "=0"]


def _parts(start: str, stop: str) -> list[str]:
    """Return the stacked parts of a step, as reports draw them."""
    low, high = f"MIN({start},{stop})", f"MAX({start},{stop})"
    above = f"IF({low}>=0,{high}-{low},MAX({high},0))"
    below = f"IF({high}<=0,{low}-{high},MIN({low},0))"
    up, down = f"{stop}>={start}", f"{stop}<{start}"
    return [
        f"=IF({low}>=0,{low},MIN({high},0))",
        "=0",
        *(f"=IF({way},{part},0)" for way in (up, down) for part in (above, below)),
    ]


def _line(row: int, at: int, cells: Sequence[str]) -> Iterator[tuple[tuple[int, int], str]]:
    for offset, formula in enumerate(cells):
        yield (row, at + offset), formula


def _area(sheet: str, first: tuple[int, int], last: tuple[int, int]) -> str:
    return f"{sheet}!{_fixed(*first)}:{_fixed(*last)}"


def _fixed(row: int, column: int) -> str:
    letters = address(row, column).rstrip("0123456789")
    return f"${letters}${row + 1}"
