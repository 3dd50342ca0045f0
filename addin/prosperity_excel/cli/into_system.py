"""What the verbs that fill a system's sheets share: the preview, the question, the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from prosperity_excel.cli.offering import NOT_WRITTEN, agreed
from prosperity_excel.cli.shared import print_table

if TYPE_CHECKING:
    from prosperity_excel.intake.system_import import SystemPlan

COLUMNS = (
    "工作表 Sheet",
    "从 From",
    "到 To",
    "新增 New",
    "修改 Changed",
    "相同 Same",
)


def answers_for_inputs(answers: Sequence[str]) -> list[str]:
    """Return the ids of inputs whose doubts are answered, from ``INPUT=accept``."""
    pairs = [text.partition("=") for text in answers]
    return [name.strip() for name, _, answer in pairs if answer.strip().casefold() == "accept"]


def offer_tables(plan: SystemPlan, verb: str, *, yes: bool) -> None:
    """Show what would be written, and write it where somebody agrees.

    Raises
    ------
    SystemExit
        With :data:`NOT_WRITTEN` when nobody agrees.
    """
    from prosperity_excel.intake.system_import import write_tables

    rows = [
        (one.sheet, one.first or "–", one.last or "–", one.counts.new, one.counts.changed,
         one.counts.same)
        for one in plan.tables
    ]  # fmt: skip
    if rows:
        print_table(COLUMNS, rows)
    for one in plan.tables:
        for zh, en in one.doubts:
            click.echo(f"未写入 left out: {one.sheet}: {zh} {en}", err=True)
        if one.doubts:
            accept = f"--answer {one.input}=accept"
            click.echo(f"确认无误请加 {accept}。 If it is right, add {accept}.", err=True)
    for zh, en in plan.questions:
        click.echo(f"{zh}\n{en}", err=True)
    if not plan.writes:
        click.echo("没有要写入的数值。 There is nothing to write.")
        return
    if not (yes or agreed()):
        click.echo("尚未写入；加 --yes 写入。Nothing was written; add --yes to write.", err=True)
        raise SystemExit(NOT_WRITTEN)
    backup = write_tables(plan, verb)
    name = f"{backup.name}（恢复 to undo: prosperity restore）" if backup else "–"
    click.echo(f"{plan.book}: 已写入，备份 written, copy: {name}")
