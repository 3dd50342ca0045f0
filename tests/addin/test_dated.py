"""Columns of dated sheets: taken at once where they are plain, cell by cell where they are not."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from prosperity_excel.book.dated import read_dated
from prosperity_excel.sheets.cells import ErrorCell, PercentCell, number
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Sheet

PLAIN = st.one_of(st.none(), st.floats(-1e9, 1e9))
ANY = st.one_of(
    PLAIN,
    st.sampled_from([math.nan, math.inf, 3, True, "1,000", "--", "x", ErrorCell("#N/A")]),
    st.just(PercentCell(0.03)),
)


@given(st.one_of(st.lists(PLAIN, max_size=20), st.lists(ANY, max_size=20)))
def test_a_column_says_what_its_cells_say(cells: list[Any]) -> None:
    days = [date(2020 + n // 12, n % 12 + 1, 28) for n in range(len(cells))]
    rows = [["id", "a"], *([day, cell] for day, cell in zip(days, cells, strict=True))]
    findings = Findings()
    table = read_dated(Sheet("b.xlsx", "data", rows), findings)
    found = table.numbers(1, findings)
    readings = [number(cell) for cell in cells]
    said = [math.nan if r.value is None else r.value for r in readings]
    assert np.array_equal(found, np.array(said, dtype=float), equal_nan=True)
    places = {f"B{n + 2}" for n, r in enumerate(readings) if r.problem}
    assert {p.cell for p in findings.take_problems()} == places
    converted = sum(bool(r.coercion) for r in readings)
    assert sum(c.count for c in findings.coercions) == converted


def test_rows_that_descend_and_rows_of_other_lengths() -> None:
    rows = [["id", "a", "b"], [date(2020, 3, 31), 3.0], [date(2020, 2, 28), 2.0, 5.0], []]
    table = read_dated(Sheet("b.xlsx", "data", rows), Findings())
    assert table.days.astype(str).tolist() == ["2020-02-28", "2020-03-31"]
    assert table.months.astype("datetime64[D]").astype(str).tolist() == ["2020-02-29", "2020-03-31"]
    assert table.numbers(1, Findings()).tolist() == [2.0, 3.0]
    assert np.array_equal(table.numbers(2, Findings()), [5.0, math.nan], equal_nan=True)
    assert np.isnan(table.numbers(9, Findings())).all()
