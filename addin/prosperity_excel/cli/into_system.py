"""What the verbs that fill a system's sheets share: the preview, the question, the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prosperity_excel.cli.offering import NOT_WRITTEN, agreed
from prosperity_excel.cli.shared import print_table, say

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
            said = f"未写入：{one.sheet}：{zh}", f"Left out: {one.sheet}: {en}"
            say(*said, err=True)
        if one.doubts:
            accept = f"--answer {one.input}=accept"
            say(f"确认无误请加 {accept}。", f"If it is right, add {accept}.", err=True)
    for zh, en in plan.questions:
        say(zh, en, err=True)
    if not plan.writes:
        say("没有要写入的数值。", "There is nothing to write.")
        return
    if not (yes or agreed()):
        say("尚未写入；加 --yes 写入。", "Nothing was written; add --yes to write.", err=True)
        raise SystemExit(NOT_WRITTEN)
    backup = write_tables(plan, verb)
    name = "–" if backup is None else backup.name
    say(
        f"{plan.book}：已写入，备份 {name}（恢复：prosperity restore）",
        f"{plan.book}: written, copy: {name} (to undo: prosperity restore)",
    )
