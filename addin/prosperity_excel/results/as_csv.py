"""The months of a run as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

from prosperity.evaluation import Evaluation

from prosperity_excel.report.room_for_text import clean
from prosperity_excel.results.result_age import plain
from prosperity_excel.results.sheet_layout import MONTHLY, monthly_series

COLUMNS = ("industry", "name_zh", "name_en", *MONTHLY, "simulated", "overdue_since")
#: What makes a spreadsheet take a text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: So that Excel reads the file as UTF-8.
BOM = "\ufeff"


def as_csv(evaluation: Evaluation) -> str:
    """Return a row a model and month: UTF-8 with its mark, numbers in full, missing blank.

    A text that a spreadsheet would take for a formula has an apostrophe in front. ``simulated`` is
    1 or 0; ``overdue_since`` stands in the row of the last signal when it is not of now.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for id, result in evaluation.results.items():
        names = id, result.definition.name_zh, result.definition.name_en
        columns = (result.months, *monthly_series(result).values())
        age, mark = result.freshness, int(bool(result.simulated))
        for row in zip(*columns, strict=True):
            values = [plain(value) for value in row]
            old = age.since if age is not None and row[0] == age.month else None
            writer.writerow([_cell(value) for value in (*names, *values, mark, plain(old))])
    return BOM + out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, str):
        return as_text(value)
    return "" if value is None else str(value)


def as_text(text: str) -> str:
    """Return a text as a CSV cell that no spreadsheet takes for a formula."""
    shown = clean(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_FORMULA) or shown[:1] in _FORMULA else shown
