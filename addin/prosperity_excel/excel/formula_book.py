"""The sample book of formulas: each function live in a cell, its value stored beside it.

Without the add-in the book opens all the same and shows the stored values; with it, the formulas
calculate from the sample books in the same folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from prosperity.errors import BookError

from prosperity_excel.files.replacing import replacing
from prosperity_excel.formulas.answers import Ask, warnings
from prosperity_excel.formulas.cell_values import MARK, MEANINGS, cell, table
from prosperity_excel.formulas.registry import FUNCTIONS, Function
from prosperity_excel.formulas.serve import ANSWERS, NOTHING, WHY
from prosperity_excel.formulas.sources import Folder, Results, World
from prosperity_excel.report.xlsx_text import new_chart
from prosperity_excel.runs.settings import resolve
from prosperity_excel.words.marks import FORMULA_BOOK_TITLE
from prosperity_excel.words.tongue import label, spoken

#: Fixed, so that the same input gives the same file.
CREATED = datetime(2024, 1, 1)
FONT = "Microsoft YaHei"
#: Excel's number of the calculation engine: a newer engine than the file's would recalculate at
#: opening, which without the add-in would turn every value into #NAME?.
CALCULATION = 191_029
FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "note": {"font_color": "#595959", "text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bottom": 1, "bg_color": "#DCE6F1", "text_wrap": True},
    "text": {"text_wrap": True, "valign": "top"},
    "code": {"font_name": "Consolas", "valign": "top", "text_wrap": True},
    "plain": {"valign": "top"},
    "line": {"bold": True},
    "quiet": {"font_color": "#595959"},
    "link": {"font_color": "#0563C1", "underline": 1, "valign": "top"},
    "number": {"num_format": "0.0000", "valign": "top"},
    "date": {"num_format": "yyyy-mm-dd", "valign": "top"},
}
NOTE = (
    "公式从同一文件夹的示例工作簿（模拟数据）取数。没有安装加载项时显示的是存下的值；装好后若显示 "
    "#NAME?，请按功能区的“修复链接”。",
    "The formulas take their data from the sample books (simulated data) in the same folder. "
    "Without the add-in you see stored values; with it, press Repair links should #NAME? appear.",
)


#: Dates that a chart has at least.
LEAST_DRAWN = 12


def write_formula_book(path: Path, library: Path) -> None:
    """Write the book.

    Parameters
    ----------
    path
        The ``.xlsx`` file, in the same folder as ``library`` or above it.
    library
        Folder of the sample books that the formulas use.

    Raises
    ------
    ProsperityError
        When a sample formula has no value. One that asks for a book that the library does not
        have is left out.
    """
    resolved = resolve(user={}, sheet={"library": str(library)})
    world = World(None, tuple(Folder().sources(library, without=str(path))))
    ask = Ask(world, resolved, Results())
    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(str(temporary))
        book.set_properties({"title": FORMULA_BOOK_TITLE, "created": CREATED})
        book.set_calc_mode("auto", CALCULATION)
        # XlsxWriter asks Excel for a calculation at opening by default.
        book.calc_on_load = False
        formats = {
            name: book.add_format({"font_name": FONT, **given}) for name, given in FORMATS.items()
        }
        shown = [function for function in FUNCTIONS if _has_book(function, ask)]
        _overview(book, formats, shown, ask)
        for function in shown:
            if function.spills and isinstance(_value(function, ask), list):
                _array(book, formats, function, _value(function, ask))
        _settings(book, formats, library.resolve(), path.resolve().parent)
        book.close()


def _has_book(function: Function, ask: Ask) -> bool:
    try:
        _value(function, ask)
    except BookError as error:
        if error.code not in ("no_book", "no_book_of_system"):
            raise
        return False
    return True


def _value(function: Function, ask: Ask) -> Any:
    arguments = [*function.sample, *[None] * (len(function.arguments) - len(function.sample))]
    if function.name == WHY:
        return warnings(ask, str(arguments[0])) or ask.label(NOTHING)
    found = ANSWERS[function.name](ask, *arguments)
    return table(found) if isinstance(found, list) else cell(found)


def _overview(book: Any, formats: dict[str, Any], shown: Sequence[Function], ask: Ask) -> None:
    sheet = book.add_worksheet("formulas")
    sheet.hide_gridlines(2)
    heads = ("函数 Function", "说明 Help", "公式 Formula", "结果 Result", "存下的值 Stored value")
    for column, width in enumerate((46, 40, 48, 24, 24)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, label("公式示例 Formulas"), formats["title"])
    sheet.merge_range(1, 0, 1, len(heads) - 1, spoken(*NOTE, "\n"), formats["note"])
    sheet.set_row(1, 68)
    for column, head in enumerate(heads):
        sheet.write_string(3, column, label(head), formats["head"])
    for row, function in enumerate(shown, 4):
        sheet.set_row(row, 62)
        sheet.write_string(row, 0, function.signature, formats["code"])
        sheet.write_string(row, 1, spoken(*function.help, "\n"), formats["text"])
        sheet.write_string(row, 2, function.example, formats["code"])
        value = _value(function, ask)
        if isinstance(value, list):
            name = _sheet_name(function)
            sheet.write_url(row, 3, f"internal:'{name}'!A1", formats["link"], f"→ {name}")
        else:
            kind = formats["text" if isinstance(value, str) else "number"]
            sheet.write_formula(row, 3, function.example, kind, value)
            _plain(sheet, row, 4, value, formats)
    first = 5 + len(FUNCTIONS)
    sheet.write_string(first, 0, label("错误值 Error values"), formats["head"])
    for row, (error, (zh, en)) in enumerate(MEANINGS.items(), first + 1):
        sheet.write_string(row, 0, error, formats["code"])
        sheet.write_string(row, 1, spoken(zh, en, "\n"), formats["text"])
        sheet.set_row(row, 34)
    _fit(sheet)


def _array(book: Any, formats: dict[str, Any], function: Function, rows: Sequence[Any]) -> None:
    """Write a formula that spills with the values it gave, and beside it a plain copy."""
    sheet = book.add_worksheet(_sheet_name(function))
    height, width = len(rows), len(rows[0])
    sheet.set_column(0, 2 * width, 20)
    sheet.write_string(0, 0, function.example, formats["line"])
    sheet.write_string(1, 0, spoken(*function.help), formats["quiet"])
    sheet.write_string(2, width + 1, label("存下的值 Stored values"), formats["line"])
    top = 3
    kind = formats["date" if isinstance(rows[0][0], datetime) else "plain"]
    area = (top, 0, top + height - 1, width - 1)
    sheet.write_dynamic_array_formula(*area, function.example, kind, _stored(rows[0][0]))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if (r, c) != (0, 0):
                _plain(sheet, top + r, c, value, formats)
            _plain(sheet, top + r, width + 1 + c, value, formats)
    _draw(book, sheet, rows, (top, width + 1))
    _fit(sheet)


def _draw(book: Any, sheet: Any, rows: Sequence[Any], at: tuple[int, int]) -> None:
    """Draw the stored values of a table of dates; another table has no chart."""
    top, left = at
    first = next((n for n, row in enumerate(rows) if isinstance(row[0], datetime)), None)
    if first is None or len(rows) - first < LEAST_DRAWN:
        return
    chart = new_chart(book, {"type": "line"})
    begin, end = top + first, top + len(rows) - 1
    for column in range(1, len(rows[0])):
        if not isinstance(rows[-1][column], int | float):
            continue
        named = {"name": str(rows[0][column])} if first else {}
        chart.add_series(
            {
                **named,
                "categories": [sheet.get_name(), begin, left, end, left],
                "values": [sheet.get_name(), begin, left + column, end, left + column],
                "line": {"width": 1.5},
            }
        )
    chart.set_x_axis({"date_axis": True, "num_format": "yyyy-mm", "label_position": "low"})
    chart.set_y_axis({"num_format": "0.0", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom"} if first else {"none": True})
    chart.set_size({"width": 640, "height": 320})
    sheet.insert_chart(top, left + len(rows[0]) + 1, chart)


def _plain(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    """Write a value; what has none stays blank."""
    if isinstance(value, str):
        shown = "" if value.startswith(MARK) else value
        sheet.write_string(row, column, shown, formats["text" if len(shown) > 20 else "plain"])
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value, formats["date"])
    else:
        sheet.write_number(row, column, value, formats["number"])


def _settings(book: Any, formats: dict[str, Any], library: Path, folder: Path) -> None:
    sheet = book.add_worksheet("settings")
    sheet.set_column(0, 1, 30)
    for column, head in enumerate(("设定 Setting", "本工作簿 This book")):
        sheet.write_string(0, column, label(head), formats["head"])
    sheet.write_string(1, 0, "library", formats["code"])
    # Relative to the book, so that the folder can be moved.
    sheet.write_string(1, 1, library.relative_to(folder).as_posix(), formats["code"])
    _fit(sheet)


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - datetime(1899, 12, 30)).days
    return value


def _sheet_name(function: Function) -> str:
    return function.name.removeprefix("PROSPERITY_").lower()


def _fit(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
