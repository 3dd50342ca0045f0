"""The verbs for what is to come: due, nowcast."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from prosperity.errors import ProsperityError, SettingError

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
    say,
    say_written,
    write_text,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import language, spoken

if TYPE_CHECKING:
    from prosperity.nowcast.nowcasts import Nowcast
    from prosperity.settings import Settings

    from prosperity_excel.book.book import Book
    from prosperity_excel.runs.coming import Coming

_json_option = click.option(
    "--json",
    "json_path",
    type=ANY,
    metavar="FILE",
    help="Also write it as JSON; - is the screen. 同时写出 JSON。",
)
_sarimax_option = click.option(
    "--sarimax",
    is_flag=True,
    help="Let the nowcast try SARIMAX too (seconds a series). 即时预测也试 SARIMAX（每序列数秒）。",
)
_keep_option = click.option(
    "--keep/--no-keep",
    default=True,
    help="Keep the nowcasts beside the book, to compare with the prints. 保存预测以便对照。",
)


@click.command()
@books_argument
@run_options
@_sarimax_option
@_json_option
@click.option(
    "--ics",
    "ics_path",
    type=ANY,
    metavar="FILE",
    help="Also write the releases as a calendar file. 同时写出日历文件。",
)
@click.option(
    "--write", is_flag=True, help="Also write the sheet due into BOOKS. 同时写入工作簿的 due 表。"
)
@_keep_option
@force_option
@day_option
@friendly
def due(
    books: Sequence[Path],
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    sarimax: bool,
    json_path: Path | None,
    ics_path: Path | None,
    write: bool,
    keep: bool,
    force: bool,
    on: str,
    **given: Any,
) -> None:
    """List what is due before the next decision of each industry of BOOKS, and what would flip it.

    列出各行业下次决策前待公布的指标、其即时预测，以及会改变信号的翻转值与概率。
    """
    from prosperity_excel.results.coming_json import due_json
    from prosperity_excel.results.ics import calendar_text
    from prosperity_excel.runs.coming import outlooks

    outputs = planned(("json", json_path, "--json"), ("ics", ics_path, "--ics"))
    check_outputs(outputs, inputs=books, force=force)
    today = day_of(on)
    if write:
        _refuse_unwritable(books)
    with progress_shown() as progress:
        reading = read_books(given, books, progress)
        read, settings = reading.books, reading.settings
        found = outlooks(
            read,
            wanted=wanted,
            variants=read_variants(variant_texts),
            settings=settings,
            progress=progress,
            today=today,
            allowed=_allowed(sarimax),
        )
    texts: dict[str, Callable[[], str]] = {
        "json": lambda: json.dumps(due_json(found), ensure_ascii=False, allow_nan=False),
        "ics": lambda: calendar_text(found.outlooks, language()),
    }
    for output in outputs:
        write_text(output, texts[output.kind](), "due")
    aside = any(output.on_screen for output in outputs)
    _print_due(found, aside)
    if keep and settings.as_of is None:
        _keep_shown(read, _shown(found), today)
    for output in outputs:
        if not output.on_screen:
            say_written(output.path, err=aside)
    if write:
        _write_sheets(read, found, settings, today, aside)


@click.command()
@click.argument("book", type=ANY)
@run_options
@_sarimax_option
@click.option(
    "--bridge",
    "bridges",
    multiple=True,
    metavar="ID=ID,ID",
    help="Series of the book that tell of another, earlier. 以其他指标为桥接，可重复。",
)
@click.option(
    "--record",
    is_flag=True,
    help="Show the nowcasts kept before, beside what was published. 列出以往的预测与公布值。",
)
@_json_option
@_keep_option
@force_option
@day_option
@friendly
def nowcast(
    book: Path,
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    sarimax: bool,
    bridges: Sequence[str],
    record: bool,
    json_path: Path | None,
    keep: bool,
    force: bool,
    on: str,
    **given: Any,
) -> None:
    """Estimate the months of BOOK that are over and not published, where that beats the last value.

    即时预测：估计已结束而未公布的月份；只有胜过最近值的方法才采用。
    """
    from prosperity_excel.results.coming_json import nowcasts_json
    from prosperity_excel.results.coming_rows import NOWCAST_HEADS, nowcast_rows
    from prosperity_excel.runs.coming import book_nowcasts

    if wanted or variant_texts:
        raise SettingError(
            "whole_book",
            "nowcast 预测工作簿的全部指标，不能用 --industry 或 --variant。",
            "nowcast estimates all series of a book; it takes neither --industry nor --variant.",
        )
    outputs = planned(("json", json_path, "--json"))
    check_outputs(outputs, inputs=[book], force=force)
    today = day_of(on)
    with progress_shown() as progress:
        reading = read_books(given, [book], progress)
        read, settings = reading.books[0], reading.settings
        if record:
            _print_record(read)
            return
        found = book_nowcasts(
            read, settings, today, allowed=_allowed(sarimax), bridges=_bridges(bridges)
        )
    for output in outputs:
        text = json.dumps(nowcasts_json(found), ensure_ascii=False, allow_nan=False)
        write_text(output, text, "nowcast")
    aside = any(output.on_screen for output in outputs)
    if found:
        _print(NOWCAST_HEADS, nowcast_rows(found), aside)
    said = _verdict(found) if found else _nothing(read)
    click.echo(spoken(*said, " / "), err=aside)
    if keep and settings.as_of is None:
        _keep_shown([read], found, today)


def _refuse_unwritable(books: Sequence[Path]) -> None:
    """Refuse a book that cannot be written before anything is computed."""
    from prosperity_excel.ooxml.edits import refuse_to_write

    for book in books:
        refuse_to_write(book)


def _write_sheets(
    books: Sequence[Book], found: Coming, settings: Settings, today: date, aside: bool
) -> None:
    """Write the sheet ``due`` of each book, with its own industries."""
    from prosperity_excel.results.due_sheet import of_book, write_due
    from prosperity_excel.runs.changed import since_kept

    for book in books:
        changes = since_kept([book], (), settings, today)[0]
        own = of_book(found, tuple(book.industries))
        backup = write_due(book.path, own, changes=changes)
        name, zh, en = "–", "", ""
        if backup is not None:
            name, zh, en = (
                backup.name,
                "（恢复：prosperity restore）",
                " (to undo: prosperity restore)",
            )
        say(
            f"{book.path.name}：已写入 due 表，备份 {name}{zh}",
            f"{book.path.name}: sheet due written, copy: {name}{en}",
            err=aside,
        )


def _allowed(sarimax: bool) -> tuple[str, ...]:
    from prosperity.nowcast.methods import EVERY, LIGHT

    return EVERY if sarimax else LIGHT


def _bridges(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read ``ppi_yoy=pmi,brent``."""
    found = {}
    for text in texts:
        id, equals, others = text.partition("=")
        named = tuple(part.strip() for part in others.replace("，", ",").split(",") if part.strip())
        if not (id.strip() and equals and named):
            raise SettingError(
                "bad_bridge",
                f"“{text}”应写成 指标=指标,指标，例如 ppi_yoy=pmi。",
                f"{text!r} must look like ppi_yoy=pmi.",
            )
        found[id.strip()] = named
    return found


def _shown(found: Coming) -> dict[str, list[Nowcast]]:
    """Return the nowcasts that were shown, each once, by indicator id."""
    shown: dict[str, dict[Any, Nowcast]] = {}
    for one in found.outlooks:
        for item in one.prints:
            if item.nowcast is not None:
                shown.setdefault(item.print.id, {})[item.print.period] = item.nowcast
    return {id: list(ones.values()) for id, ones in shown.items()}


def _keep_shown(books: Sequence[Book], found: dict[str, Any], today: date) -> None:
    """Keep what was shown beside each book that has the series; a line says why that cannot be."""
    from prosperity_excel.vintages import has_store, keep_nowcasts, not_kept
    from prosperity_excel.vintages.keeping import is_protected

    for book in books:
        ones = [one for id, many in found.items() if id in book.panel.series for one in many]
        try:
            if has_store(book.path) or not is_protected(book.path):
                keep_nowcasts(book.path, ones, today)
        except ProsperityError as error:
            click.echo(spoken(*not_kept(error), "\n"), err=True)


def _print_due(found: Coming, aside: bool) -> None:
    from prosperity_excel.results.coming_rows import HEADS, due_rows
    from prosperity_excel.words.coming_words import headline
    from prosperity_excel.words.statements import SIMULATED

    if found.simulated:
        click.echo(spoken(*SIMULATED, " / "), err=aside)
    for one in found.outlooks:
        click.echo(spoken(*headline(one)), err=aside)
    rows = due_rows(found.outlooks)
    if rows:
        _print(HEADS, rows, aside)
    for one in found.outlooks:
        if one.carried:
            zh, en = "、".join(one.carried), ", ".join(one.carried)
            words = (
                f"{one.definition.name_zh}：{zh} 无法预测，沿用最近值，不计入概率。",
                f"{one.definition.name_en}: {en} cannot be foretold; the last value stands and "
                "the odds leave them out.",
            )
            click.echo(spoken(*words), err=True)
    for id, error in found.failures.items():
        click.echo(f"{id}: {error.message(language())}", err=True)


def _print_record(book: Book) -> None:
    from prosperity_excel.results.coming_rows import RECORD_HEADS, record_rows
    from prosperity_excel.vintages import kept_nowcasts

    kept = kept_nowcasts(book.path)
    if not kept:
        words = (
            "还没有保存过即时预测；用 prosperity nowcast 或 due 开始。",
            "No nowcast was kept yet; 'prosperity nowcast' and 'due' begin it.",
        )
        click.echo(spoken(*words))
        return
    _print(RECORD_HEADS, record_rows(kept, book.panel.series), False)


def _verdict(found: dict[str, Any]) -> Pair:
    better = sum(any(one.is_nowcast for one in ones) for ones in found.values())
    return (
        f"{len(found)} 个指标，其中 {better} 个有胜过最近值的方法；其余沿用最近值。",
        f"{len(found)} series; for {better} of them a method has beaten the last value, and for "
        "the others that stands.",
    )


def _nothing(book: Book) -> Pair:
    """Say why nothing was estimated: there are no values, or every month is published."""
    if not any(len(one.frame) for one in book.panel.series.values()):
        return (
            "data 表没有任何数值，无从预测。请先填入或导入数据。",
            "The sheet data holds no values to go by. Fill it in, or import data first.",
        )
    return (
        "已结束的月份均已公布，无须预测。",
        "Every month that is over is published; there is nothing to estimate.",
    )


def _print(heads: Sequence[Pair], rows: Sequence[Sequence[Pair]], aside: bool) -> None:
    print_table(
        [spoken(*head) for head in heads],
        [[spoken(*cell) for cell in row] for row in rows],
        aside=aside,
    )


def _in(pair: Pair, language: str, join: str = " / ") -> str:
    if language == "both":
        return pair[0] if pair[0] == pair[1] else join.join(pair)
    return pair[language == "en"]
