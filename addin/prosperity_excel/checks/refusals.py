"""What stops a run is an error of a check: the book is read and run as ``run`` does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from prosperity.engine import refuse_unfit
from prosperity.errors import ProsperityError
from prosperity.settings import Settings

from prosperity_excel.book.book import Book, read_workbook
from prosperity_excel.checks.listing import Finding
from prosperity_excel.runs.evaluate import chosen_industries, evaluate_books
from prosperity_excel.runs.settings import ADDIN_SETTINGS, resolve, sheet_settings
from prosperity_excel.sheets.workbook import Workbook

#: Industries of a book up to which all is computed; beyond, what an evaluation refuses is asked
#: for, and its arithmetic is spared.
COMPUTED = 3
#: The sheet that an error without a place is about.
SHEET_OF = {"prices_end_early": "prices", "no_overlap": "prices", "one_day": "prices",
            "needs_daily_prices": "prices", "nothing_to_run": "data", "no_data": "data",
            "too_few_months": "data"}  # fmt: skip


def refusals(workbook: Workbook, today: date, found: Sequence[Finding]) -> list[Finding]:
    """Return what stops a run of the workbook, with its place, as findings.

    Parameters
    ----------
    workbook
        The book.
    today
        As for the check.
    found
        What the check has found: cells that are errors there are not said twice.
    """
    try:
        told = {k: v for k, v in sheet_settings(workbook).items() if k not in ADDIN_SETTINGS}
        settings = resolve(sheet=told).settings
        _run(read_workbook(workbook), settings, today)
    except ProsperityError as error:
        sheet, _, cell = error.where.rpartition("/")[2].strip().partition("!")
        if any(_same(f, error.code, sheet, cell) for f in found):
            return []
        sheet = sheet or SHEET_OF.get(error.code, workbook.path.name)
        return [
            Finding(
                "refused", sheet, cell, "",
                f"run 会停在这里：{error.zh}", f"run stops here: {error.en}",
            )
        ]  # fmt: skip
    return []


def _same(finding: Finding, code: str, sheet: str, cell: str) -> bool:
    """Whether an error among the findings already names what stops the run."""
    if finding.severity != "error":
        return False
    if finding.code == code == "missing_sheet":
        return True
    return finding.sheet == sheet and (not cell or finding.cell == cell)


def _run(book: Book, settings: Settings, today: date) -> None:
    alone = bool(book.systems) and not book.industries
    found = [] if alone else chosen_industries([book], ())
    chosen = [one for _, ones in found for one in ones]
    if len(chosen) <= COMPUTED:
        evaluate_books([book], settings=settings, today=today)
    else:
        refuse_unfit(book.panel, chosen, settings, known=book.definitions)
