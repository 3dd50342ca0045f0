"""The entry of the cells' menu that says why: in words, and with the contributions on a sheet."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pandas as pd
from prosperity.errors import ProsperityError
from prosperity.evaluation import IndustryResult

from prosperity_excel.excel.actions.inserting import call_text, selected_cell
from prosperity_excel.excel.actions.press import Press
from prosperity_excel.formulas import answers
from prosperity_excel.formulas.answers import Ask
from prosperity_excel.formulas.arguments import ArgumentError, moment
from prosperity_excel.formulas.formula_calls import call_in
from prosperity_excel.formulas.registry import BY_NAME
from prosperity_excel.formulas.serve import ABOUT_ONE, industry_meant, why
from prosperity_excel.host.patience import patiently
from prosperity_excel.host.protocol import Range
from prosperity_excel.host.write_blocks import own_sheet, write_block
from prosperity_excel.host.xlwings_com import full_name, to_front
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.statements import freshness_words, signal_words

CONTRIBUTIONS_SHEET = ("contributions", "贡献")
CONTRIBUTIONS_MARK = "各指标的贡献 Contributions"
#: Contributions that are said in words, the largest ones.
SAID = 3


def explain(press: Press) -> str:
    """Say why the selected cell shows what it shows; on request, list the contributions.

    Raises
    ------
    AskFirst
        With the explanation, whether the contributions are to be listed on a sheet.
    """
    cell = selected_cell(press)
    view = press.view
    reason = why(view, full_name(press.opened), cell)
    shown = cell.options(err_to_str=True).value
    ask = Ask(view.world, view.resolved, press.session.results, press.session.ranges, view.today)
    try:
        found = _month_meant(ask, cell)
    except ProsperityError:
        found = None
    if found is None or (isinstance(shown, str) and shown.startswith("#")):
        return reason
    result, month = found
    lines = [ask.label(pair) for pair in _words(ask, result, month)]
    question = ask.label(
        ("要在 contributions 表列出各指标的贡献吗？", "List the contributions on a sheet?")
    )
    said = "\n".join([*lines, "", reason, "", question])
    press.ask((said, said) if view.resolved.language != "both" else (said, ""))
    return _list(press, ask, result, month)


def _month_meant(ask: Ask, cell: Range) -> tuple[IndustryResult, pd.Timestamp] | None:
    """Return the result and the month that a cell is about; None when it is about none."""
    call, when = None, None
    # What Excel computes cannot be read here; then the newest month is explained.
    with suppress(ArgumentError):
        call = call_in(cell)
    industry = industry_meant(ask, cell)
    if call is not None and call.name in ABOUT_ONE:
        industry = call.arguments[0]
        names = [argument.name for argument in BY_NAME[call.name].arguments]
        if "on_date" in names:
            when = moment("on_date", call.arguments[names.index("on_date")])
    if industry is None:
        return None
    result = ask.result(industry)
    return result, answers.month_of(result, when)


def _words(ask: Ask, result: IndustryResult, month: pd.Timestamp) -> list[Pair]:
    """Return what a month's composite is made of, in sentences."""
    model = result.definition
    value, change = result.composite[month], result.change[month]
    decided = result.decisions[month]
    zh = f"{model.name_zh} {month:%Y-%m}（决策日 {decided:%Y-%m-%d}）：景气度 {_number(value)}"
    en = f"{model.name_en} {month:%Y-%m} (decided {decided:%Y-%m-%d}): composite {_number(value)}"
    lines = [(f"{zh}，变化 {_number(change)}。", f"{en}, change {_number(change)}.")]
    parts = {m.id: float(result.contributions.at[month, m.id]) for m in model.members}  # type: ignore[arg-type]
    known = [id for id, part in parts.items() if not math.isnan(part)]
    largest = sorted(known, key=lambda id: -abs(parts[id]))[:SAID]
    names = {member.id: (member.name_zh, member.name_en) for member in model.members}
    if largest:
        told = [(names[id], _number(parts[id])) for id in largest]
        lines.append(
            (
                "贡献最大：" + "、".join(f"{name[0]} {part}" for name, part in told) + "。",
                "Largest contributions: "
                + ", ".join(f"{name[1]} {part}" for name, part in told)
                + ".",
            )
        )
    if month == result.latest:
        lines += [signal_words(result), freshness_words(result.freshness)]
    return lines


def _number(value: float) -> str:
    return "#N/A" if pd.isna(value) else f"{value:+.2f}"


def _list(press: Press, ask: Ask, result: IndustryResult, month: pd.Timestamp) -> str:
    id = result.definition.id
    table = answers.contributions(ask, id, f"{month:%Y-%m}")
    formula = call_text("PROSPERITY_CONTRIB", id, f"{month:%Y-%m}")
    width = len(table[0])
    head: list[Any] = [CONTRIBUTIONS_MARK, ask.name(result.definition), f"{month:%Y-%m}", formula]
    rows: list[list[Any]] = [head + [None] * (width - len(head)), [None] * width, *table]
    name = own_sheet(press.opened, CONTRIBUTIONS_SHEET, CONTRIBUTIONS_MARK)
    sheet = write_block(press.opened, (name,), rows, texts=(0,))
    patiently(lambda: to_front(sheet))
    return ""
