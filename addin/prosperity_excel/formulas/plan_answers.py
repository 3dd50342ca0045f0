"""What PROSPERITY_PLAN answers.

The plan's part of the model is imported where it is used: the UDF server starts without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from prosperity.errors import BookError, ProsperityError
from prosperity.evaluation import IndustryResult

from prosperity_excel.formulas.answers import Ask, Table, nav_table, row_of, statistics_table
from prosperity_excel.formulas.arguments import moment, text_of, word_of
from prosperity_excel.formulas.cell_values import NoValueError, no_backtest
from prosperity_excel.formulas.parts import PLAN_PARTS
from prosperity_excel.formulas.system_answers import system_result

if TYPE_CHECKING:
    from prosperity.systems.plan_result import PlanResult
    from prosperity.systems.result import SystemResult


def plan(ask: Ask, what: Any, on_date: Any, without: Any) -> Any:
    """Answer PROSPERITY_PLAN."""
    part = word_of("what", what, PLAN_PARTS, "holdings")
    when = moment("on_date", on_date)
    words = (text_of("without", without) or "").replace("，", ",").split(",")
    left_out = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
    found, results = _made(ask, left_out)
    if part == "layers":
        return _layers(ask, found)
    if part in ("statistics", "nav"):
        if found.backtest is None:
            raise no_backtest(("方案", "The plan"))
        if part == "statistics":
            return statistics_table(ask, found.backtest)
        return nav_table(ask, found.backtest, ("等权行业", "Equal-weight basket"))
    day = row_of(found.decisions, when, ("组合方案", "The plan"))
    if part == "equity":
        return float(found.steps["equity"].loc[day, "equity"])
    return _holdings(ask, found, results, day)


def _made(ask: Ask, without: tuple[str, ...]) -> tuple[PlanResult, Mapping[str, IndustryResult]]:
    """Return the plan over all that the calling workbook sees; computed once for a content."""
    from prosperity.plan import plan as made_of
    from prosperity.plan import refuse_unknown_modules

    refuse_unknown_modules(without)
    sources = ask.world.everything(ask.step)
    _, every = ask.results.combined(sources, ask.settings, ask.today, ask.step)
    results = {id: r for id, r in every.items() if isinstance(r, IndustryResult)}
    systems = _systems(ask)
    # What is kept is kept as long as the objects that it was made of: they are new with new data.
    content = tuple(map(id, (*results.values(), *systems.values())))

    def compute() -> tuple[Any, ...]:
        made = made_of(results, systems, ask.settings, without=without)
        return made, results, systems

    made, _, _ = ask.results.once(("plan", content, ask.settings, without), compute)
    if made is None:
        reasons = [r for r in every.values() if isinstance(r, ProsperityError)]
        raise NoValueError(
            "no_plan_here",
            "没有方案：需要至少一个有行情、有信号的行业。" + (reasons[0].zh if reasons else ""),
            "There is no plan: it needs an industry with prices and a signal. "
            + (reasons[0].en if reasons else ""),
        )
    return made, results


def _systems(ask: Ask) -> dict[str, SystemResult]:
    """Return the results of the plan's systems that a book holds; other failures are raised."""
    from prosperity.plan_parts import modules_of
    from prosperity.systems.reading import plan_definition

    found = {}
    for id, _, _ in modules_of(plan_definition().values).values():
        try:
            found[id] = system_result(ask, id)
        except BookError as error:
            if error.code != "no_book_of_system":
                raise
    return found


def _holdings(
    ask: Ask, found: PlanResult, results: Mapping[str, IndustryResult], day: Any
) -> Table:
    from prosperity.plan_standing import holdings_of

    from prosperity_excel.words.plan_statements import plan_name

    heads = (
        ("标识", "Id"),
        ("名称", "Name"),
        ("权重", "Weight"),
        ("上期", "Before"),
        ("风格", "Style"),
        ("因子排名", "Rank"),
        ("拥挤度", "Crowding"),
        ("原因", "Why"),
    )
    rows: Table = [[ask.label(head) for head in heads]]
    for one in holdings_of(found, day):
        why = "" if one.why is None else ask.label(one.why)
        name = ask.label(plan_name(one.id, results))
        rows.append([one.id, name, one.now, one.before, one.style, one.rank, one.crowding, why])
    return rows


def _layers(ask: Ask, found: PlanResult) -> Table:
    from prosperity.plan_standing import net_value

    costs = [f"{cost} bp" for cost in found.layers[0].nav]
    heads = [ask.label(p) for p in (("标识", "Id"), ("层", "Layer"), ("使用", "Used"))]
    tests = [ask.label(p) for p in (("p 值", "p-value"), ("显示有效", "Shown to help"))]
    rows: Table = [[*heads, *costs, *tests]]
    for layer in found.layers:
        ends = [net_value(layer.nav[cost]) for cost in layer.nav]
        name = ask.label((layer.name_zh, layer.name_en))
        helped = "" if layer.shown_to_help is None else layer.shown_to_help
        rows.append([layer.id, name, layer.used, *ends, layer.p_value, helped])
    return rows
