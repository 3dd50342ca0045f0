"""What a verb prints of its results, as lines and tables that can be printed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from prosperity.evaluation import Evaluation

    from prosperity_excel.words.statements import Former


@dataclass
class Printout:
    """Lines and tables in order.

    Attributes
    ----------
    parts : list
        A line is its text and whether it goes on the error stream; a table its headings, its rows
        as texts, and the same. Only what JSON holds.
    """

    parts: list[Any] = field(default_factory=list)

    def line(self, text: str, *, err: bool = False) -> None:
        """Add a line."""
        self.parts.append([text, err])

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, err: bool = False
    ) -> None:
        """Add a table."""
        self.parts.append([list(columns), [[str(cell) for cell in row] for row in rows], err])

    def show(self) -> None:
        """Print all of it, tables as wide as the terminal lets them be."""
        from prosperity_excel.cli.shared import print_table

        for *said, err in self.parts:
            if isinstance(said[0], str):
                click.echo(said[0], err=err)
            else:
                print_table(*said, aside=err)


def printout(
    evaluation: Evaluation, former: Mapping[str, Former] | None = None, *, aside: bool = False
) -> Printout:
    """Return where the industries stand, and what must be known of it, on the error stream.

    Parameters
    ----------
    evaluation
        The run.
    former
        What the books said before: with it, signals that changed and months that do not count yet
        are said too.
    aside
        Puts all on the error stream, where the other one holds data for a program.
    """
    from prosperity_excel.results.system_table import COLUMNS as SYSTEM_COLUMNS
    from prosperity_excel.results.system_table import system_lines, system_rows
    from prosperity_excel.results.table import (
        COLUMNS,
        head_lines,
        news_lines,
        notice_lines,
        summary_rows,
    )

    found = Printout()
    if evaluation.results:
        for line in head_lines(evaluation):
            found.line(line, err=aside)
        found.table(COLUMNS, summary_rows(evaluation), err=aside)
    if evaluation.systems:
        found.table(SYSTEM_COLUMNS, system_rows(evaluation.systems), err=aside)
        for line in system_lines(evaluation.systems):
            found.line(line, err=True)
    if former is not None:
        for line in news_lines(evaluation, former):
            found.line(line, err=aside)
    for line in notice_lines(evaluation):
        found.line(line, err=True)
    return found
