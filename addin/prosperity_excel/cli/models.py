"""The verbs about models and books to fill: industries, settings, template, define, demo."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from prosperity.errors import DefinitionError, SettingError

from prosperity_excel.book.definition_report import check_definitions
from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    force_option,
    friendly,
    planned,
    print_results,
    print_table,
    progress_shown,
    say,
    say_written,
)
from prosperity_excel.words.tongue import label, language, spoken

if TYPE_CHECKING:
    from prosperity.systems.spec import System

    from prosperity_excel.runs.outputs import Output


#: Months of a simulated book: enough for the longest history that a system needs.
SIMULATED_MONTHS = 96


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON. 输出 JSON。")
@friendly
def industries(as_json: bool) -> None:
    """List the models that come with Prosperity. 列出全部模型。"""
    from prosperity.catalog import catalog

    from prosperity_excel.words.definition_words import GRADES, SECTORS

    columns = ("id", "name_zh", "name_en", "kind", "sector", "grade")
    rows = [
        {c: getattr(i, c) for c in columns}
        | {"index_code": i.asset.code, "status": GRADES[i.grade]}
        for i in catalog().values()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    print_table(
        ("id", "名称 Name", "类型 Kind", "板块 Sector", "依据 Status", "指数 Index"),
        [
            (r["id"], spoken(r["name_zh"], r["name_en"]), r["kind"], label(SECTORS[r["sector"]]),
             label(r["status"]), r["index_code"])
            for r in rows
        ],
    )  # fmt: skip


@click.command()
@friendly
def settings() -> None:
    """List every setting, its default, and where its value comes from. 列出全部设定及其来源。"""
    from prosperity_excel.runs.settings import SOURCES, described, names, resolve, user_file

    resolved = resolve()
    rows = []
    for name in names():
        default, zh, en = described(name)
        source = spoken(*SOURCES[resolved.sources[name]])
        rows.append((name, default, resolved.value(name), source, spoken(zh, en)))
    heads = ("设定 Setting", "默认 Default", "现值 In force", "来源 Source", "说明 Meaning")
    print_table(heads, rows)
    say(f"用户文件：{user_file()}", f"User file: {user_file()}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON. 输出 JSON。")
@friendly
def systems(as_json: bool) -> None:
    """List the systems that come with Prosperity. 列出全部系统。"""
    from prosperity.systems.reading import systems as every

    found: list[dict[str, Any]] = [
        {
            "id": one.id,
            "name_zh": one.name_zh,
            "name_en": one.name_en,
            "schedule": one.schedule,
            "allocation": one.allocation,
            "assets": len(one.assets),
            "inputs": [i.id for i in one.inputs] + (["data"] if one.indicators else []),
        }
        for one in every().values()
    ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print_table(
        ("id", "名称 Name", "决策 Decides", "配置 Allocation", "资产 Assets", "输入 Inputs"),
        [
            (r["id"], spoken(r["name_zh"], r["name_en"]), r["schedule"], r["allocation"],
             r["assets"], ", ".join(r["inputs"]) or "prices")
            for r in found
        ],
    )  # fmt: skip


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--new",
    "new",
    metavar="ID",
    help="Begin an industry of your own, with simulated data to paste over. "
    "新建自己的行业，先填入模拟数据，可覆盖。",
)
@click.option(
    "--indicators",
    type=click.IntRange(1, 40),
    default=2,
    show_default=True,
    metavar="N",
    help="How many indicators it begins with. 新行业的指标个数。",
)
@click.option(
    "--empty",
    is_flag=True,
    help="Leave the new industry's book without data. 新行业的工作簿不填数据。",
)
@click.option(
    "--simulated",
    is_flag=True,
    help="Fill a system's book with simulated data. 用模拟数据填满系统的工作簿。",
)
@click.option("--out", type=ANY, help="File to write; default: ID.xlsx. 输出文件，默认 ID.xlsx。")
@force_option
@friendly
def template(
    ids: Sequence[str],
    new: str | None,
    indicators: int,
    empty: bool,
    simulated: bool,
    out: Path | None,
    force: bool,
) -> None:
    """Write the book that an analyst fills: of industries ('all' is every one), or of one system.

    生成供填写的工作簿：若干行业，或一个系统。
    """
    from prosperity.catalog import catalog

    from prosperity_excel.ooxml.identity import fresh_identity
    from prosperity_excel.runs.evaluate import catalog_industries
    from prosperity_excel.runs.outputs import writing
    from prosperity_excel.template.template import write_template

    if bool(ids) == bool(new):
        raise SettingError(
            "ids_or_new",
            "请给出行业或系统的 id，或用 --new 新建一个；二者选一。",
            "Give ids of industries or of a system, or begin one with --new: one of the two.",
        )
    out = out or Path(f"{new or ids[0]}.xlsx")
    outputs = planned(("template", out, "--out"))
    if new:
        check_outputs(outputs, force=force)
        _write_own(new, indicators, outputs, empty=empty)
        return
    system = _system(ids, simulated=simulated)
    check_outputs(outputs, force=force)
    if system is not None:
        _write_system(system, outputs, simulated=simulated)
        return
    every = [i for i in catalog().values() if i.kind == "industry"]
    chosen = every if list(ids) == ["all"] else catalog_industries(ids)
    with writing("template", *outputs):
        write_template(chosen, out, identity=fresh_identity())
    say_written(out)


def _write_own(id: str, indicators: int, outputs: Sequence[Output], *, empty: bool) -> None:
    """Write the book of an industry of one's own, which runs as it is."""
    from prosperity.simulation import SOURCE, simulate

    from prosperity_excel.ooxml.identity import fresh_identity
    from prosperity_excel.runs.outputs import writing
    from prosperity_excel.template.own_industry import own_industry
    from prosperity_excel.template.template import write_template

    industry, out = own_industry(id, indicators), outputs[0].path
    panel, source = (None, "") if empty else (simulate([industry]), SOURCE)
    with writing("template", *outputs):
        write_template([industry], out, panel=panel, source_note=source, identity=fresh_identity())
    say_written(out)
    say(
        f"下一步：在 definition 表改名称、单位与变换，贴入数据后运行 prosperity run {out}。",
        f"Next: write names, units and transforms on the sheet definition, paste your data, and "
        f"run 'prosperity run {out}'.",
    )


def _system(ids: Sequence[str], *, simulated: bool) -> System | None:
    """Return the system that is asked for; None where industries are.

    Raises
    ------
    SettingError
        When a system stands beside others, or simulated data are asked for industries.
    """
    from prosperity.systems.reading import find_system

    found = None
    for id in ids:
        try:
            found = find_system(id)
        except DefinitionError:
            continue
    if found is not None and len(ids) > 1:
        raise SettingError(
            "one_system_at_a_time",
            "每个系统有自己的工作簿，请一次只给一个系统。",
            "Each system has a book of its own; give one system at a time.",
        )
    if found is None and simulated:
        raise SettingError(
            "simulated_systems_only",
            "--simulated 只用于系统；行业的模拟工作簿由 prosperity demo 生成。",
            "--simulated is for systems; 'prosperity demo' writes simulated books of industries.",
        )
    return found


def _write_system(system: System, outputs: Sequence[Output], *, simulated: bool) -> None:
    from prosperity.systems.simulated import simulated_system

    from prosperity_excel.ooxml.identity import fresh_identity
    from prosperity_excel.runs.outputs import writing
    from prosperity_excel.template.system_template import write_system_template

    panel = simulated_system(system, SIMULATED_MONTHS) if simulated else None
    out = outputs[0].path
    with writing("template", *outputs):
        write_system_template(system, out, panel=panel, identity=fresh_identity())
    say_written(out)


@click.command()
@click.argument("book", type=ANY)
@friendly
def define(book: Path) -> None:
    """Check the sheets definition and system of BOOK, by cell. 检查 definition 与 system 表。"""
    from prosperity_excel.files.child import read_guarded

    for columns, rows, changes in read_guarded(check_definitions, book):
        print_table(columns, rows)
        for line in changes:
            click.echo(line)
    say("定义没有问题。", "The definitions are in order.")


@click.command()
@click.option(
    "--out",
    type=ANY,
    default=Path("demo"),
    show_default=True,
    help="Folder for the sample books and the report. 示例工作簿与报告所在文件夹。",
)
@force_option
@friendly
def demo(out: Path, force: bool) -> None:
    """Build sample books with simulated data, run them, write the report. 用模拟数据演示全流程。"""
    from prosperity_excel.excel.demo import build_demo, demo_outputs
    from prosperity_excel.results.plan_table import COLUMNS, plan_head, plan_rows

    check_outputs(demo_outputs(out), force=force)
    with progress_shown() as progress:
        evaluation, path = build_demo(out, language=language(), progress=progress)
    say("以下为模拟数据。", "All figures below are simulated.")
    print_results(evaluation)
    if evaluation.plan is not None:
        for line in plan_head(evaluation.plan, evaluation.today):
            click.echo(line)
        print_table(COLUMNS, plan_rows(evaluation.plan, evaluation.results))
    say(f"工作簿：{out}", f"Books: {out}")
    say(f"报告：{path}", f"Report: {path}")
