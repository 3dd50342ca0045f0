"""Buttons that write at the selected cell: a formula, a table, a chart, an array formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from prosperity.catalog import catalog
from prosperity.definition import Industry

from prosperity_excel.excel.actions.press import Press
from prosperity_excel.excel.actions.results import one_industry
from prosperity_excel.formulas import answers
from prosperity_excel.formulas.answers import Ask
from prosperity_excel.formulas.arguments import ArgumentError, moment
from prosperity_excel.formulas.cell_values import MARK
from prosperity_excel.formulas.formula_calls import call_in
from prosperity_excel.formulas.parts import FIELDS, SERIES_FIELDS
from prosperity_excel.formulas.serve import SESSION, place, serve
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Range, Sheet
from prosperity_excel.host.steps import Step, formula_property, record, recording, take_back
from prosperity_excel.host.write_blocks import (
    DATE_FORMAT,
    cannot_write,
    not_put_back,
    refuse_read_only,
)
from prosperity_excel.host.xlwings_com import in_array
from prosperity_excel.words import fields
from prosperity_excel.words.pair import Pair

#: Months that the list offers, the newest first; others can be typed.
OFFERED_MONTHS = 36
NUMBER_FORMAT = "0.00"
#: Rows of a table above its months, and the place and size in points of its chart.
HEAD_ROWS, WIDTH = 4, 3
CHART_SIZE = (480, 260)


@dataclass(frozen=True)
class Picked:
    """What was chosen to be inserted: the industry, a field, and a month as a formula has it."""

    industry: Industry
    field: str
    month: str

    @property
    def field_word(self) -> str:
        """The field as a formula names it; empty for the composite, which needs no name."""
        return "" if self.field == "composite" else self.field.rpartition(":")[2]

    @property
    def field_label(self) -> Pair:
        """The field's name."""
        if self.field in FIELDS:
            return FIELDS[self.field][:2]
        parts = {part.id: part for part in self.industry.dimensions}
        part = parts[self.field.rpartition(":")[2]]
        return part.name_zh, part.name_en


def pick(name: str) -> Callable[[Press], str]:
    """Return the action of a box that says what is to be inserted."""

    def choose(press: Press) -> str:
        before = press.desk.picks.get(name, "")
        press.desk.picks[name] = press.given.strip()
        try:
            if name == "pick_industry" and press.given.strip():
                press.view.world.definition(press.given.strip())
            if name == "pick_month":
                _month(press)
        except Exception:
            press.desk.picks[name] = before
            raise
        return ""

    return choose


def choices(press: Press, name: str) -> list[str]:
    """Return what a box offers, in the language of the settings; never nothing."""
    english = press.view.resolved.language == "en"
    if name == "pick_month":
        newest = pd.Timestamp(press.session.today()).to_period("M")
        return ["", *(str(newest - back) for back in range(OFFERED_MONTHS))]
    if name == "pick_field":
        model = _picked_industry(press)
        parts = () if model is None else model.dimensions
        return [
            *(FIELDS[id][english] for id in FIELDS),
            *(part.name_en if english else part.name_zh for part in parts),
        ]
    known = press.view.world.known() or catalog()
    models = [model for model in known.values() if model.kind == "industry"]
    return [model.name_en if english else model.name_zh for model in models]


def insert_formula(press: Press) -> str:
    """Write the formula of what was picked at the selected cell."""
    picked = _picked(press, tuple(FIELDS))
    cell = selected_cell(press)
    formula = call_text("PROSPERITY", picked.industry.id, picked.month, picked.field_word)
    _enter(press, cell, [[formula]])
    return ""


def insert_table(press: Press) -> str:
    """Write a table of months at the selected cell, live; see :func:`_table`."""
    _table(press)
    return ""


def insert_chart(press: Press) -> str:
    """Write a table of months, and a line chart of Excel's own beside it."""
    with recording() as steps:
        sheet, months = _table(press)

    def draw() -> str:
        beside = sheet.range((months.row, months.column + WIDTH))
        chart = sheet.charts.add(beside.left, beside.top, *CHART_SIZE)
        try:
            chart.set_source_data(months)
            chart.chart_type = "line"
            return str(chart.name)
        except Exception:
            chart.delete()
            raise

    try:
        name = patiently(draw)
    except Exception as error:
        try:
            for step in reversed(steps):
                take_back(press.opened, step)
        except Exception as again:
            raise not_put_back(press.opened, str(sheet.name), again) from error
        if isinstance(error, TimeoutError):
            raise
        raise cannot_write(press.opened, str(sheet.name), error) from error
    record(*steps, Step("delete_chart", str(sheet.name), name))
    return ""


def enter_array(press: Press) -> str:
    """Enter the selected formula again as an array formula over a range that fits its answer."""
    refuse_read_only(press.opened)
    cell = selected_cell(press)
    sheet = cell.sheet
    if formula_property(sheet) == "formula2":
        return press.say(
            (
                "这个 Excel 的公式会自动溢出，不需要数组输入。",
                "Formulas spill by themselves in this Excel; there is nothing to do.",
            )
        )
    if in_array(cell):
        raise ArgumentError(
            "is_array",
            "这个单元格已属于数组公式。要改大小，请先选中整个数组并清除。",
            "The cell belongs to an array formula already. To give it another size, select the "
            "whole array and clear it first.",
        )
    call = call_in(cell)
    if call is None:
        raise ArgumentError(
            "no_call",
            '请先选中一个只含一个 PROSPERITY 函数的公式，如 =PROSPERITY_SERIES("glass")。',
            "Select a cell whose formula is one PROSPERITY function, such as "
            '=PROSPERITY_SERIES("glass"), first.',
        )
    answer = serve(call.name, cell, call.arguments)
    if isinstance(answer, str) and answer.startswith(MARK):
        error = SESSION.reasons.find(place(cell))
        if error is not None:
            raise error.bare()
    rows = answer if isinstance(answer, list) else [[answer]]
    area = cell.resize(len(rows), len(rows[0]))
    held = _held(area)
    if any(value not in (None, "") for n, row in enumerate(held) for value in row[n == 0 :]):
        raise ArgumentError(
            "not_empty",
            f"结果需要 {_address(area)}，其中有内容，未改动。请先清空，或把公式移到别处。",
            f"The answer needs {_address(area)}, where something stands; nothing was changed. "
            "Clear it, or move the formula.",
        )
    _put(press, area, lambda: setattr(area, "formula_array", str(held[0][0])), held)
    return press.say((f"已输入到 {_address(area)}。", f"Entered into {_address(area)}."))


def call_text(name: str, *given: str) -> str:
    """Return a formula that calls a function with texts; those left out at the end are cut."""
    last = max((n for n, text in enumerate(given, 1) if text), default=0)
    texts = ['"' + text.replace('"', '""') + '"' if text else "" for text in given[:last]]
    return f"={name}({','.join(texts)})"


def _table(press: Press) -> tuple[Sheet, Range]:
    """Write a heading, the decision date, a mark of what is overdue, and the months.

    Returns
    -------
    sheet, range
        The range holds the months and values with their headings.
    """
    picked = _picked(press, SERIES_FIELDS)
    cell = selected_cell(press)
    view, id = press.view, picked.industry.id
    ask = Ask(view.world, view.resolved, press.session.results, press.session.ranges, view.today)
    rows = answers.series(ask, id, picked.field_word or None, picked.month or None, None)
    formula = call_text("PROSPERITY_SERIES", id, picked.field_word, picked.month)
    sheet, top, left = cell.sheet, cell.row, cell.column
    overdue = _address(sheet.range((top + 2, left + 1)))
    name, field = ask.name(picked.industry), ask.label(picked.field_label)
    head = [
        [f"{name} · {field}", "", ""],
        [ask.label(fields.FIELDS["decision"].name), call_text("PROSPERITY", id, "", "asof"), ""],
        [
            ask.label(("逾期天数", "Days overdue")),
            call_text("PROSPERITY", id, "", "overdue"),
            f'=IFERROR(IF({overdue}>0,"▲ {ask.label(("已逾期", "overdue"))}",""),"")',
        ],
        [ask.label(("月份", "Month")), field, ""],
    ]
    _enter(press, cell, head, below=(formula, len(rows), 2))
    first, last = top + HEAD_ROWS, top + HEAD_ROWS + len(rows) - 1
    months = sheet.range((first, left), (last, left))
    for part, wanted in (
        (sheet.range((top + 1, left + 1)), DATE_FORMAT),
        (months, DATE_FORMAT),
        (sheet.range((first, left + 1), (last, left + 1)), NUMBER_FORMAT),
    ):
        _show_as(part, wanted)
    return sheet, sheet.range((first - 1, left), (last, left + 1))


def _enter(
    press: Press,
    cell: Range,
    rows: list[list[str]],
    *,
    below: tuple[str, int, int] | None = None,
) -> None:
    """Enter texts and formulas from a cell on, and below them one formula with its whole answer.

    Asks first when something stands in the cells that will show anything.
    """
    refuse_read_only(press.opened)
    height, width = len(rows) + (below[1] if below else 0), len(rows[0])
    area = cell.resize(height, width)
    held = _held(area)
    if any(value not in (None, "") for row in held for value in row):
        press.ask(
            (
                f"{_address(area)} 中已有内容，要覆盖吗？（可用“撤销上次”恢复）",
                f"Something stands in {_address(area)}. Replace it? (Undo last brings it back.)",
            )
        )
    sheet = cell.sheet
    name = formula_property(sheet)

    def write() -> None:
        area.clear_contents()
        head = cell.resize(len(rows), width)
        setattr(head, name, rows if len(rows) > 1 or width > 1 else rows[0][0])
        if below is not None:
            formula, deep, wide = below
            start = sheet.range((cell.row + len(rows), cell.column))
            if name == "formula2":
                start.formula2 = formula
            else:
                start.resize(deep, wide).formula_array = formula

    _put(press, area, write, held)


def _put(press: Press, area: Range, write: Callable[[], object], held: list[list[Any]]) -> None:
    """Write into an area that held something, or put that back."""
    sheet = area.sheet
    before = held if len(area) > 1 else held[0][0]
    back = Step("block", str(sheet.name), str(area.address), before)
    try:
        patiently(write)
    except Exception as error:
        try:
            if _held(area) != held:
                take_back(press.opened, back)
        except Exception as again:
            raise not_put_back(press.opened, str(sheet.name), again) from error
        if isinstance(error, TimeoutError):
            raise
        raise cannot_write(press.opened, str(sheet.name), error) from error
    record(back)


def _show_as(part: Range, wanted: str) -> None:
    """Give cells of one number format another; it is put back by an undo."""
    shown = patiently(lambda: part.number_format)
    if shown == wanted:
        return
    patiently(lambda: setattr(part, "number_format", wanted))
    if shown is not None:
        record(Step("format", str(part.sheet.name), str(part.address), shown))


def _held(area: Range) -> list[list[Any]]:
    """Return what stands in cells, formulas as formulas."""
    found = patiently(lambda: getattr(area, formula_property(area.sheet)))
    if not isinstance(found, list | tuple):
        return [[found]]
    return [list(row) if isinstance(row, list | tuple) else [row] for row in found]


def _address(area: Range) -> str:
    return str(area.address).replace("$", "")


def selected_cell(press: Press) -> Range:
    """Return the first selected cell.

    Raises
    ------
    ArgumentError
        ``no_cell`` while something else is selected, such as a chart.
    """
    selected = press.opened.app.selection
    if selected is None:
        raise ArgumentError("no_cell", "请先选中一个单元格。", "Select a cell first.")
    return selected[0, 0]


def _picked(press: Press, fields: tuple[str, ...]) -> Picked:
    model = _picked_industry(press)
    if model is None:
        model = press.view.world.definition(one_industry(press))
    field = answers.field_of(model, press.desk.picks.get("pick_field") or None, fields)
    return Picked(model, field, _month(press))


def _picked_industry(press: Press) -> Industry | None:
    named = press.desk.picks.get("pick_industry", "")
    return press.view.world.definition(named) if named else None


def _month(press: Press) -> str:
    """Return the picked month as a formula has it."""
    when = moment("on_date", press.desk.picks.get("pick_month") or None)
    if when is None:
        return ""
    day: date = when.day.date()
    return f"{day:%Y-%m}" if when.whole_month else day.isoformat()
