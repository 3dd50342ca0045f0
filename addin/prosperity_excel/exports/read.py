"""Exports as series: what each sheet is, and what it holds; nothing guessed, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from prosperity_excel.exports.export_series import Refusal, SheetReading
from prosperity_excel.exports.features import look
from prosperity_excel.exports.header_words import empty
from prosperity_excel.exports.layouts import recognise
from prosperity_excel.exports.notes import completed
from prosperity_excel.exports.reader import ExportReader
from prosperity_excel.exports.sources import Unread, read_sheets
from prosperity_excel.sheets.workbook import Sheet

#: What is not seen in an ``.xls`` file.
OLD_FORMAT = (
    "old_format：.xls 中的 Excel 错误值与空单元格无法区分，百分比格式也看不到；建议另存为 .xlsx。",
    "old_format: in .xls files Excel errors look like blank cells and percentages like plain "
    "numbers; save it as .xlsx.",
)


def read_export(path: Path, layout: str = "") -> tuple[SheetReading, ...]:
    """Read every sheet of an export.

    Parameters
    ----------
    path
        A workbook of any kind, or text.
    layout
        Id of a layout to be used instead of the one recognised, on every sheet with dates.

    Returns
    -------
    tuple of SheetReading
        In the order of the file. Series without unit, frequency, id or name take them from a
        table of notes elsewhere in the file.

    Raises
    ------
    BookError
        When the file cannot be read at all.
    """
    readings = [
        unread(found, path) if isinstance(found, Unread) else read_sheet(found, layout)
        for found in read_sheets(path)
    ]
    notes = {key: said for reading in readings for key, said in reading.notes.items()}
    if not notes:
        return tuple(readings)
    return tuple(
        replace(reading, series=tuple(completed(series, notes) for series in reading.series))
        for reading in readings
    )


def unread(found: Unread, path: Path) -> SheetReading:
    """Return the reading of a sheet that could not be read."""
    refusal = Refusal(found.sheet, "", found.error.code, found.error.zh, found.error.en)
    return SheetReading(path.name, found.sheet, None, refused=(refusal,))


def read_sheet(sheet: Sheet, layout: str = "") -> SheetReading:
    """Read one sheet; see :func:`read_export`."""
    features = look(sheet)
    recognised = recognise(features, layout)
    if recognised is None:
        filled = sum(not empty(cell) for row in sheet.rows for cell in row)
        remark = (
            f"没有认出版式，跳过（{filled} 个有内容的单元格；没有日期列）。",
            f"No layout was recognised; skipped ({filled} filled cells, no column of dates).",
        )
        said = (remark,) if filled else (("空表。", "An empty sheet."),)
        return SheetReading(sheet.book, sheet.name, None, remarks=said)
    reader = ExportReader(features, recognised.layout)
    reader.read()
    if sheet.old_format:
        reader.remarks.append(OLD_FORMAT)
    return SheetReading(
        sheet.book,
        sheet.name,
        recognised,
        tuple(reader.series),
        tuple(reader.refused),
        {kind: tuple(cells) for kind, cells in reader.coerced.items()},
        tuple(reader.remarks),
        reader.notes,
    )
