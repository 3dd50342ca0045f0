"""What an analyst-programmer writes instead: two peers that do the work of a run and its report.

``plain`` is pandas over openpyxl, scikit-learn's PCA fitted again each month, a pandas backtest
and an openpyxl report with three charts an industry; ``competent`` is pandas over calamine, numpy's
eigh a month and XlsxWriter. Neither knows release dates, breaks, holes or definitions, so they do
less than a run does, and write more.

Run ``python -m tests.benchmarks.plain_stack plain FOLDER OUT.xlsx`` over a folder of books.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

#: Rows above the numbers, and rows of the ids, in the books' two sheets.
HEADER, IDS = {"data": 9, "prices": 5}, {"data": 6, "prices": 4}
LEAST = 36

Rows = list[list[Any]]


def books(folder: Path) -> list[Path]:
    """Return the books of the demonstration: one an industry."""
    return [p for p in sorted(folder.glob("*.xlsx")) if p.stem not in ("formulas", "report")]


def read_plain(path: Path) -> dict[str, Rows]:
    """Read the two sheets with openpyxl."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    return {name: [list(row) for row in book[name].iter_rows(values_only=True)] for name in HEADER}


def read_competent(path: Path) -> dict[str, Rows]:
    """Read the two sheets with calamine."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in HEADER}


def frame(rows: Rows, sheet: str) -> pd.DataFrame:
    """Return a sheet's numbers by day and id."""
    ids = [str(id) for id in rows[IDS[sheet]][1:]]
    body = [row for row in rows[HEADER[sheet] :] if row[0]]
    values = [[np.nan if v in ("", None) else v for v in row[1 : len(ids) + 1]] for row in body]
    index = pd.DatetimeIndex([row[0] for row in body])
    return pd.DataFrame(values, index, ids).apply(pd.to_numeric, errors="coerce")


def scores(data: pd.DataFrame) -> pd.DataFrame:
    """Return scores of levels: a mean of three months, standardised over all months so far."""
    smooth = data.rolling(3).mean().dropna(how="all", axis=1)
    return ((smooth - smooth.expanding(LEAST).mean()) / smooth.expanding(LEAST).std()).fillna(0.0)


def composite_plain(values: np.ndarray) -> Iterator[float]:
    """Give each month's first component, fitted on the months so far, by scikit-learn."""
    from sklearn.decomposition import PCA

    for end in range(LEAST, len(values) + 1):
        yield float(PCA(1).fit_transform(values[:end])[-1, 0])


def composite_competent(values: np.ndarray) -> Iterator[float]:
    """Give the same by numpy's eigh of the covariance."""
    for end in range(LEAST, len(values) + 1):
        seen = values[:end] - values[:end].mean(axis=0)
        yield float(seen[-1] @ np.linalg.eigh(seen.T @ seen)[1][:, -1])


def backtest(composite: pd.Series[float], prices: pd.DataFrame) -> pd.DataFrame:
    """Return net values of holding the index while the composite rises, else the market."""
    signal = (composite.diff() > 0).reindex(prices.index, method="ffill").shift(1) == True  # noqa: E712
    returns = prices.pct_change().fillna(0.0)
    earned = returns.iloc[:, -1].where(signal, returns.iloc[:, 0])
    return pd.DataFrame({"strategy": earned, "market": returns.iloc[:, 0]}).add(1.0).cumprod()


def write_plain(found: dict[str, pd.DataFrame], out: Path) -> None:
    """Write months and three charts an industry with openpyxl."""
    import openpyxl
    from openpyxl.chart import LineChart, Reference

    book = openpyxl.Workbook()
    for name, table in found.items():
        sheet = book.create_sheet(name[:31])
        sheet.append(["month", *table.columns])
        for month, row in zip(table.index, table.to_numpy().tolist(), strict=True):
            sheet.append([month.to_pydatetime(), *row])
        for number in range(3):
            chart = LineChart()
            chart.add_data(Reference(sheet, min_col=2 + number, min_row=1, max_row=len(table) + 1))
            sheet.add_chart(chart, f"H{2 + number * 16}")
    book.save(out)


def write_competent(found: dict[str, pd.DataFrame], out: Path) -> None:
    """Write the same with XlsxWriter."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(out), {"nan_inf_to_errors": True}) as book:
        for name, table in found.items():
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, ["month", *table.columns])
            sheet.write_column(1, 0, [str(month.date()) for month in table.index])
            for at, column in enumerate(table, 1):
                sheet.write_column(1, at, table[column].tolist())
            for number in range(3):
                chart = book.add_chart({"type": "line"})
                area = [name[:31], 1, 1 + number, len(table), 1 + number]
                chart.add_series({"values": area})
                sheet.insert_chart(1 + number * 16, 7, chart)


STACKS = {
    "plain": (read_plain, composite_plain, write_plain),
    "competent": (read_competent, composite_competent, write_competent),
}


def main(stack: str, folder: Path, out: Path) -> None:
    """Read, compute and write with one of the stacks."""
    read, composite, write = STACKS[stack]
    found: dict[str, pd.DataFrame] = {}
    for path in books(folder):
        rows = read(path)
        data, prices = frame(rows["data"], "data"), frame(rows["prices"], "prices")
        values = scores(data)
        whole = pd.Series(list(composite(values.to_numpy())), values.index[LEAST - 1 :])
        nav = backtest(whole, prices).reindex(whole.index, method="ffill")
        found[path.stem] = nav.assign(composite=whole)[["composite", "strategy", "market"]]
    write(found, out)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
