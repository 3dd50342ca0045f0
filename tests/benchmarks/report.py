"""The report of all models over twenty years, beside openpyxl writing the same sheets and charts.

Run ``python -m tests.benchmarks.report``. It prints seconds, their ratio and peak memory, each
writer in a process of its own; nothing is asserted. openpyxl writes its charts without cached
values, so that previewers show them empty until the file is opened and saved.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prosperity.catalog import catalog
from prosperity.engine import evaluate
from prosperity.simulation import simulate
from prosperity_excel.report import style
from prosperity_excel.report.build import build_report
from prosperity_excel.report.spec import (
    Chart,
    DataSheet,
    Drawing,
    Figure,
    Link,
    Report,
    Table,
    Tag,
    Text,
    Waterfall,
)
from prosperity_excel.report.xlsx import render
from prosperity_excel.report.xlsx_ranges import FIRST_ROW, LABEL_ROW, Ranges

FIRST, LAST = "2003-01", "2022-12"
RUNS = 2


def report() -> Report:
    """Return the report of every model over twenty years of simulated data."""
    models = list(catalog().values())
    panel = simulate(models, first=FIRST, last=LAST)
    evaluation = evaluate(panel, models)
    return build_report(evaluation, language="both", generated=datetime(2024, 1, 1))


def write_ours(shown: Report, path: Path) -> None:
    """Write the report as the product does."""
    render(shown, path)


def write_openpyxl(shown: Report, path: Path) -> None:
    """Write the same cells, styles of cells by kind, and charts with openpyxl."""
    from openpyxl import Workbook
    from openpyxl.styles import NamedStyle

    book = Workbook()
    book.remove(book.active)
    for kind, properties in style.KINDS.items():
        number_format = properties.get("num_format", "General")
        book.add_named_style(NamedStyle(f"k_{kind}", number_format=number_format))
    ranges = Ranges.of(shown)
    data = {sheet.id: book.create_sheet(sheet.id) for sheet in shown.sheets}
    for number, page in enumerate(shown.pages):
        sheet, row = book.create_sheet(page.id, number), 1
        for band in page.bands:
            heights = [_put_part(part, sheet, row, data, ranges) for part in band]
            row += max([1, *heights])
    for part in shown.sheets:
        _put_data(part, data[part.id])
    book.save(path)


def _put_part(part: object, sheet: Any, row: int, data: dict[str, Any], ranges: Ranges) -> int:
    """Write a part of a page with openpyxl; return how many rows it takes."""
    if isinstance(part, Text):
        sheet.cell(row, part.at + 1, part.text)
        return 1
    if isinstance(part, Table):
        lines = [tuple(c.label for c in part.columns), *part.rows]
        for offset, values in enumerate(lines):
            at = part.at + 1
            for column, value in zip(part.columns, values, strict=True):
                plain = value.text if isinstance(value, Link | Tag) else value
                plain = plain.value if isinstance(plain, Figure) else plain
                sheet.cell(row + offset, at, plain).style = f"k_{column.kind}"
                at += column.span
        return len(lines) + 1
    if isinstance(part, Chart | Waterfall):
        sheet.add_chart(_chart(part, data[part.sheet], ranges), f"A{row}")
        return part.rows + 1
    return 1


def _chart(part: Chart | Waterfall, source: Any, ranges: Ranges) -> Any:
    """Return a chart of openpyxl's over the data sheet."""
    from openpyxl.chart import AreaChart, BarChart, LineChart, Reference, Series

    kinds = {"line": LineChart, "area": AreaChart}
    chart = kinds[part.form]() if isinstance(part, Chart) else BarChart()
    dates, _ = ranges.dates[part.sheet, part.block]
    if isinstance(part, Chart):
        ends = ranges.rows(part.sheet, part.block, (part.first, part.last))
    else:
        ends = ranges.all_rows(part.sheet, part.block)
    first, last = ends[0] + 1, ends[1] + 1
    shade = [part.shade] if isinstance(part, Chart) and part.shade else []
    for line in [*part.lines, *shade]:
        at = ranges.columns[part.sheet, part.block, line.column] + 1
        values = Reference(source, at, first, at, last)
        chart.series.append(Series(values, title=line.column))
    chart.set_categories(Reference(source, dates + 1, first, dates + 1, last))
    return chart


def _put_data(part: DataSheet, sheet: Any) -> None:
    """Write a sheet of series with openpyxl."""
    at = 1
    for block in part.blocks:
        for column in block.columns:
            sheet.cell(LABEL_ROW + 1, at, column.label)
            for place, value in enumerate(column.values, FIRST_ROW + 1):
                if value is not None:
                    sheet.cell(place, at, value).style = f"k_{column.kind}"
            at += 1
        at += 1


WRITERS = {"prosperity": write_ours, "openpyxl": write_openpyxl}


def _one(name: str) -> None:
    """Print seconds, bytes and peak memory of one writer."""
    shown = report()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.xlsx")
        start = time.perf_counter()
        WRITERS[name](shown, path)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(seconds, path.stat().st_size, before, peak)


def main() -> None:
    """Run the writers in turn and print how they compare."""
    best: dict[str, tuple[float, ...]] = {}
    for _ in range(RUNS):
        for name in WRITERS:
            done = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.report", name],
                capture_output=True,
                text=True,
                check=True,
            )
            figures = tuple(map(float, done.stdout.split()))
            best[name] = min(best.get(name, figures), figures)
    shown = report()
    cells = sum(len(c.values) for s in shown.sheets for b in s.blocks for c in b.columns)
    charts = sum(isinstance(p, Drawing) for page in shown.pages for b in page.bands for p in b)
    print(f"{date.today()}: {len(shown.pages)} pages, {charts} charts, {cells:,} cells of series")
    for name, (seconds, size, before, peak) in best.items():
        print(
            f"{name:11} {seconds:6.2f} s   {size / 1e6:5.1f} MB   peak memory {peak / 1024:5.0f} MB"
            f" (before writing {before / 1024:.0f} MB)"
        )
    ratio = best["prosperity"][0] / best["openpyxl"][0]
    print(f"ratio {ratio:.2f} (ours with cached values in every chart, openpyxl's without)")


if __name__ == "__main__":
    _one(sys.argv[1]) if len(sys.argv) > 1 else main()
