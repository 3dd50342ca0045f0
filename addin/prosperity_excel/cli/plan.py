"""The verb of the plan: the industries under all layers that the books hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from prosperity.errors import DataError

from prosperity_excel.cli.given import books_of
from prosperity_excel.cli.shared import (
    ANY,
    books_argument,
    check_outputs,
    day_of,
    day_option,
    force_option,
    friendly,
    planned,
    print_table,
    progress_shown,
    read_books,
    read_variants,
    run_options,
    say_written,
    write_text,
)


@click.command()
@books_argument
@run_options
@click.option(
    "--without",
    default="",
    metavar="MODULES",
    help="Layers to leave out, with commas: macro, state, style, tie_break, veto, trend. "
    "去掉的层，逗号分隔。",
)
@click.option(
    "--constant",
    "constants",
    multiple=True,
    metavar="NAME=VALUE",
    help="A constant of the plan, such as tie_weight=0.5 or tie_system=news_industry. 方案参数。",
)
@click.option(
    "--json",
    "json_path",
    type=ANY,
    metavar="FILE",
    help="Also write the plan as JSON; - is the screen. 同时写出 JSON。",
)
@click.option(
    "--into",
    type=ANY,
    metavar="BOOK",
    help="Write it into the sheet plan of this book; a copy is kept. 写入该簿 plan 表，留有备份。",
)
@force_option
@day_option
@friendly
def plan(
    books: Sequence[Path],
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    without: str,
    constants: Sequence[str],
    json_path: Path | None,
    into: Path | None,
    force: bool,
    on: str,
    **given: Any,
) -> None:
    """Put the systems of BOOKS over the industries that are held: weights, reasons, worth.

    BOOKS hold industries and systems; a layer whose system is in none of them does nothing, and
    that is said. Without any layer it is the combined strategy.

    组合方案：权益仓位、风格倾斜、因子排名与拥挤否决叠加在所持行业之上。
    """
    from prosperity.plan import planned as with_plan
    from prosperity.plan import refuse_unknown_modules
    from prosperity.systems.reading import plan_definition, with_changes

    from prosperity_excel.results.outcome import outcome, said_of
    from prosperity_excel.results.plan_json import plan_json
    from prosperity_excel.results.plan_table import (
        COLUMNS,
        LAYER_COLUMNS,
        layer_rows,
        plan_head,
        plan_lines,
        plan_rows,
    )
    from prosperity_excel.results.refresh import refuse_unwritable, write_plan
    from prosperity_excel.results.table import notice_lines
    from prosperity_excel.runs.evaluate import evaluate_books, kept, seen

    books = books_of(books)
    outputs = planned(("json", json_path, "--json"))
    check_outputs(outputs, inputs=books, force=force)
    if into is not None:
        refuse_unwritable(into)
    left_out = [word.strip() for word in without.replace("，", ",").split(",") if word.strip()]
    refuse_unknown_modules(left_out)
    changes = "; ".join(f"parameter.{text.replace('=', ' = ', 1)}" for text in constants)
    definition = with_changes(plan_definition(), changes) if changes else None
    today, now = day_of(on), datetime.now()
    with progress_shown() as progress:
        read = read_books(given, books, progress)
        with seen(read.books, now):
            evaluation = evaluate_books(
                read.books,
                wanted=wanted,
                variants=read_variants(variant_texts),
                settings=read.settings,
                progress=progress,
                today=today,
            )
    evaluation = with_plan(
        kept(evaluation, read.books, now), without=left_out, definition=definition
    )
    found = evaluation.plan
    if found is None:
        raise DataError(
            "no_plan",
            "没有方案：需要至少一个有行情、有信号的行业。请把行业账簿与系统账簿一起给出。",
            "There is no plan: it needs an industry with prices and a signal. Give the books of "
            "industries together with those of systems.",
        )
    for output in outputs:
        text = json.dumps(plan_json(found), ensure_ascii=False, allow_nan=False)
        write_text(output, text, "plan")
    aside = any(output.on_screen for output in outputs)
    for line in plan_head(found, evaluation.today):
        click.echo(line, err=aside)
    print_table(COLUMNS, plan_rows(found, evaluation.results), aside=aside)
    print_table(LAYER_COLUMNS, layer_rows(found), aside=aside)
    for line in (*plan_lines(found), *notice_lines(evaluation)):
        click.echo(line, err=True)
    for output in outputs:
        if not output.on_screen:
            say_written(output.path, err=aside)
    if into is not None:
        done = write_plan(into, evaluation, now)
        for line in said_of(done):
            click.echo(line, err=True)
        click.echo(outcome(done), err=aside)
