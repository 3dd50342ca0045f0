"""An import that is shown, agreed to, and written: of exports, or of what vendors gave."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosperity_excel.cli.shared import print_table, say, say_error
from prosperity_excel.sheets.workbook import names_of_sheets
from prosperity_excel.words.tongue import spoken

if TYPE_CHECKING:
    from prosperity_excel.intake.items import Plan

#: Exit code of an import of which something was not written.
NOT_WRITTEN = 3


def offer(plan: Plan, book: Path, files: Sequence[Path], *, yes: bool, trust_clock: bool) -> None:
    """Show what an import would do, and do it where somebody agrees.

    Parameters
    ----------
    plan
        Of a closed book.
    book, files
        The book, and the exports, where there are any.
    yes
        Whether it is agreed to already.
    trust_clock
        Whether this machine's time counts even where it is doubted.

    Raises
    ------
    SystemExit
        With :data:`NOT_WRITTEN` when nobody agrees.
    """
    from prosperity_excel.intake.carry_out import apply_import
    from prosperity_excel.intake.said import COLUMNS, item_lines, outcome, plan_rows, waiting

    rows = plan_rows(plan.items)
    if rows:
        print_table(COLUMNS, rows)
    for line in item_lines(plan.items):
        click.echo(line)
    if left := waiting(plan):
        say(*left, err=True)
    for zh, en in plan.remarks:
        click.echo(spoken(zh, en, "\n"), err=True)
    if plan.writes and not (yes or agreed()):
        say("尚未写入；加 --yes 写入。", "Nothing was written; add --yes to write.", err=True)
        raise SystemExit(NOT_WRITTEN)
    if plan.writes:
        trust_clock = trust_clock or _clock_agreed(book, files)
    click.echo(spoken(*outcome(apply_import(plan, trust_clock=trust_clock)), "\n"))


def _clock_agreed(book: Path, files: Sequence[Path]) -> bool:
    """Ask whether this machine's time is right where it is doubted, before anything is written.

    Returns whether it was doubted and is right.

    Raises
    ------
    BookError
        ``clock`` when it is doubted and nobody can answer, or the answer is no.
    """
    from prosperity_excel.vintages.keeping import doubted

    error = doubted(book, files, datetime.now())
    if error is None:
        return False
    if not sys.stdin.isatty():
        raise error
    say_error(error)
    if click.confirm(spoken("本机时间正确吗？", "Is this machine's time right?"), default=False):
        return True
    raise error


def refuse_unwritable(book: Path) -> None:
    """Refuse what cannot be written before any work: by what it is, and then by its name."""
    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.files.regular import refuse_odd
    from prosperity_excel.files.saving import SUFFIXES, refuse_form

    refuse_odd(book)
    if book.suffix.casefold() not in SUFFIXES:
        read_guarded(names_of_sheets, book)
    refuse_form(book)


def agreed() -> bool:
    """Ask, where somebody can answer."""
    if not sys.stdin.isatty():
        return False
    return click.confirm(spoken("写入？", "Write?"), default=False)
