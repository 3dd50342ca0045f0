"""The verb ``changes``: why books say other things than they did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosperity_excel.book.book import read_book
from prosperity_excel.cli.shared import (
    ANY,
    books_argument,
    check_outputs,
    day_of,
    force_option,
    friendly,
    planned,
    print_table,
    progress_shown,
    write_text,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import language, spoken

if TYPE_CHECKING:
    from prosperity_excel.runs.changed import Changed


@click.command()
@books_argument
@click.option(
    "--since",
    "since_text",
    metavar="DATE",
    default="",
    help="Compare with how the book ended this day; default: the last state that differs. "
    "与该日结束时比较；默认：最近一次不同的状态。",
)
@click.option(
    "--industry",
    "wanted",
    multiple=True,
    metavar="ID",
    help="Only this industry (id or name); may be repeated. 只看这个行业，可重复。",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting that holds for both states. 两个状态共用的设定。",
)
@click.option(
    "--json",
    "json_path",
    type=ANY,
    metavar="FILE",
    help="Also write it as JSON; - is the screen. 同时写出 JSON。",
)
@force_option
@friendly
def changes(
    books: Sequence[Path],
    since_text: str,
    wanted: Sequence[str],
    assignments: Sequence[str],
    json_path: Path | None,
    force: bool,
) -> None:
    """Say what changed in BOOKS, and part it: new months, revisions, estimation, members, rules.

    说明工作簿自上次以来的变化，并分解为新月份、修订、重新估计、成员与定义。
    """
    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.results.changes_json import changes_json
    from prosperity_excel.runs.changed import changed

    outputs = planned(("json", json_path, "--json"))
    check_outputs(outputs, inputs=books, force=force)
    since = day_of(since_text) if since_text else None
    options = _options(assignments)
    with progress_shown() as progress:
        read = []
        for number, path in enumerate(books, 1):
            progress(path.name, number, len(books))
            read.append(read_guarded(read_book, path))
        found = changed(
            read,
            wanted=wanted,
            options=options,
            since=since,
            today=date.today(),
            progress=progress,
        )
    for output in outputs:
        text = json.dumps(changes_json(found), ensure_ascii=False, allow_nan=False)
        write_text(output, text, "changes")
    _print(found, any(output.on_screen for output in outputs))


def _print(found: Changed, aside: bool) -> None:
    from prosperity_excel.words.change_words import PART_WORDS, change_sentences, sigmas, signed

    for name, said in found.since.items():
        click.echo(spoken(f"{name}：与 {said} 比较", f"{name}: compared with {said}"), err=aside)
    for one in found.changes:
        click.echo(spoken(*change_sentences(one)), err=aside)
    heads = [("行业", "Industry"), ("变化", "Change"), *PART_WORDS.values()]
    rows = [
        [one.industry.id, signed(one.total), *(signed(one.parts[name]) for name in PART_WORDS)]
        for one in found.changes
    ]
    if rows:
        print_table([spoken(*head) for head in heads], rows, aside=aside)
    moved: dict[Pair, tuple[str, ...]] = {
        ("新持有", "Newly held"): found.begun,
        ("不再持有", "No longer held"): found.ended,
    }
    for words, ids in moved.items():
        if ids:
            click.echo(f"{spoken(*words)}: {', '.join(ids)}", err=aside)
    for told in found.surprises:
        size = "" if told.size is None else f" ({sigmas(told.size)}σ)"
        click.echo(
            f"{told.kept.series} {told.kept.period:%Y-%m}: {told.published:g}, "
            + spoken(f"预测 {told.kept.value:.2f}", f"nowcast {told.kept.value:.2f}")
            + f", {signed(told.miss)}{size}",
            err=aside,
        )
    for notice in found.notices:
        click.echo(spoken(notice.zh, notice.en), err=True)
    for id, error in found.failures.items():
        click.echo(f"{id}: {error.message(language())}", err=True)


def _options(assignments: Sequence[str]) -> dict[str, str]:
    pairs = (text.partition("=") for text in assignments)
    return {name.strip(): value.strip() for name, _, value in pairs}
