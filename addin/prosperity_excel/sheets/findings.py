"""What reading a book found: problems that stop it, things converted, things to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prosperity.errors import DataError, DefinitionError
from prosperity.evaluation import Notice, Severity

from prosperity_excel.sheets.cells import COERCIONS, explain
from prosperity_excel.sheets.workbook import Sheet, address

#: How many places a message lists; the others are counted.
SHOWN = 5


@dataclass(frozen=True)
class Coercion:
    """Cells of one sheet that were converted in one way.

    Attributes
    ----------
    kind : str
        Key of :data:`prosperity_excel.sheets.cells.COERCIONS`.
    sheet : str
    cells : tuple of str
        Addresses, in reading order.
    """

    kind: str
    sheet: str
    cells: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many cells were converted."""
        return len(self.cells)

    def text(self, language: str) -> str:
        """Return a sentence in ``zh`` or ``en``."""
        zh, en = COERCIONS[self.kind]
        shown = listed(self.cells)
        if language == "zh":
            return f"{self.sheet}：{zh} {self.count} 处（{shown}）。"
        return f"{self.sheet}: {self.count} {en} ({shown})."


@dataclass(frozen=True)
class Problem:
    """Something that must be put right: a code, a cell's address, and the text."""

    code: str
    cell: str
    zh: str
    en: str


class Findings:
    """Collects what is found while one book is read."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self._problems: list[Problem] = []
        self._coerced: dict[tuple[str, str], list[str]] = {}

    @property
    def coercions(self) -> tuple[Coercion, ...]:
        """What was converted, by sheet and kind, in the order in which it was met."""
        return tuple(
            Coercion(kind, sheet, tuple(cells)) for (sheet, kind), cells in self._coerced.items()
        )

    def notice(self, code: str, zh: str, en: str, severity: Severity = "warning") -> None:
        """Add something that a reader must know."""
        self.notices.append(Notice(code, zh, en, severity))

    def coercion(self, kind: str, sheet: Sheet, row: int, column: int) -> None:
        """Count a converted cell."""
        self._coerced.setdefault((sheet.name, kind), []).append(address(row, column))

    def problem(self, code: str, zh: str, en: str, row: int, column: int) -> None:
        """Add a problem at a cell of the sheet that is being read."""
        self._problems.append(Problem(code, address(row, column), zh, en))

    def refused_cell(self, problem: str, sheet: Sheet, row: int, column: int) -> None:
        """Add a cell that the normaliser refused."""
        self.problem(problem, *explain(problem, sheet.cell(row, column)), row, column)

    def take_problems(self) -> tuple[Problem, ...]:
        """Return all problems found so far, and forget them."""
        problems, self._problems = self._problems, []
        return tuple(problems)

    def stop_if_any(self, sheet: Sheet) -> None:
        """Raise all problems of ``sheet`` as one error.

        Raises
        ------
        DataError
            With the code of the first problem. Its place is the cell when there is one problem,
            else the sheet; the message lists the first five and counts the others.
        """
        if self._problems:
            raise DataError(*_message(self._problems), where=_place(self._problems, sheet))

    def error_cells(self, sheet: Sheet) -> None:
        """Add a notice when cells of ``sheet`` held Excel errors."""
        cells = self._coerced.get((sheet.name, "error_cell"), [])
        if cells:
            self.notice(
                "error_cells",
                f"{sheet.name} 有 {len(cells)} 个 Excel 错误值（{listed(cells)}），按缺失处理。",
                f"{sheet.name} has {len(cells)} Excel errors ({listed(cells)}), taken as missing.",
            )


def refused_definitions(errors: Sequence[DefinitionError], sheet: Sheet) -> DefinitionError:
    """Return one error for what is wrong in a ``definition`` sheet; the only one as it is."""
    if len(errors) == 1:
        return errors[0]
    problems = [Problem(e.code, e.where.rpartition("!")[2], e.zh, e.en) for e in errors]
    return DefinitionError(*_message(problems), where=sheet.place())


def _message(problems: Sequence[Problem]) -> tuple[str, str, str]:
    first = problems[0]
    if len(problems) == 1:
        return first.code, first.zh, first.en
    count, more = len(problems), len(problems) - SHOWN
    zh = [f"有 {count} 处需要改正：", *(f"{p.cell}：{p.zh}" for p in problems[:SHOWN])]
    en = [
        "1 cell needs correcting:" if count == 1 else f"{count} cells need correcting:",
        *(f"{p.cell}: {p.en}" for p in problems[:SHOWN]),
    ]
    if more > 0:
        zh.append(f"……另有 {more} 处。")
        en.append(f"... and {more} more.")
    return first.code, "\n".join(zh), "\n".join(en)


def _place(problems: Sequence[Problem], sheet: Sheet) -> str:
    return f"{sheet.place()}!{problems[0].cell}" if len(problems) == 1 else sheet.place()


def listed(items: Sequence[str], shown: int = SHOWN) -> str:
    """Return the first of ``items`` parted by commas, with dots for the others."""
    return ", ".join(items[:shown]) + (" …" if len(items) > shown else "")
