"""The verb ``note``: the month on a page of Word, or on slides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from prosperity.errors import SettingError

from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    day_of,
    day_option,
    force_option,
    friendly,
    planned,
    progress_shown,
    read_books,
    read_variants,
    run_options,
    say,
    say_error,
    say_written,
)
from prosperity_excel.words.tongue import language

if TYPE_CHECKING:
    from prosperity.changes import Change
    from prosperity.coming.outlook import Outlook
    from prosperity.settings import Settings

    from prosperity_excel.book.book import Book
    from prosperity_excel.report.note import Chart


@click.command()
@click.argument("books", nargs=-1, type=ANY)
@click.option("--out", type=ANY, metavar="FILE", help="Word document to write. 输出 Word 文档。")
@click.option("--pptx", type=ANY, metavar="FILE", help="Slides to write. 输出幻灯片。")
@click.option(
    "--template",
    "templates",
    multiple=True,
    type=ANY,
    metavar="FILE",
    help="A .docx or .pptx of your own to fill; may be given for each. 自己的模板，可各给一个。",
)
@click.option(
    "--write-template",
    "empty",
    type=ANY,
    metavar="FILE",
    help="Only write the built-in Word template, to edit. 只写出内置模板，供修改。",
)
@run_options
@force_option
@day_option
@friendly
def note(
    books: Sequence[Path],
    out: Path | None,
    pptx: Path | None,
    templates: Sequence[Path],
    empty: Path | None,
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    force: bool,
    on: str,
    **given: Any,
) -> None:
    """Write the month of BOOKS on a page: holdings, what moved, what is due, evidence. 月报。"""
    from prosperity_excel.report.note_docx import write_docx, write_template
    from prosperity_excel.report.note_pptx import write_pptx
    from prosperity_excel.runs.outputs import writing

    outputs = planned(
        ("note", out, "--out"), ("slides", pptx, "--pptx"), ("note", empty, "--write-template")
    )
    if not outputs:
        raise SettingError(
            "nothing_asked",
            "请用 --out 或 --pptx 给出要写的文件。",
            "Say what to write: --out FILE.docx or --pptx FILE.pptx.",
        )
    if (out or pptx) and not books:
        raise SettingError("nothing_given", "请给出工作簿。", "Give the books.")
    check_outputs(outputs, inputs=[*books, *templates], force=force)
    if empty is not None:
        _whole(empty, write_template)
    if out or pptx:
        today = day_of(on)
        made = _note(given, books, wanted, read_variants(variant_texts), today)
        own = _templates(templates)
        with writing("note", *outputs):
            if out is not None:
                _whole(
                    out,
                    lambda path: write_docx(
                        made, path, template=own.get(".docx"), picture=_picture()
                    ),
                )
            if pptx is not None:
                _whole(pptx, lambda path: write_pptx(made, path, template=own.get(".pptx")))
    for output in outputs:
        say_written(output.path)


def _note(
    given: Mapping[str, Any],
    books: Sequence[Path],
    wanted: Sequence[str],
    variants: dict[str, str],
    today: date,
) -> Any:
    from prosperity_excel.report.note import note as content
    from prosperity_excel.runs.evaluate import evaluate_books
    from prosperity_excel.words.report_words import Voice

    with progress_shown() as progress:
        reading = read_books(given, books, progress)
        read, settings = reading.books, reading.settings
        asked: dict[str, Any] = {"wanted": wanted, "settings": settings, "progress": progress}
        evaluation = evaluate_books(read, variants=variants, today=today, **asked)
        outlooks = _outlooks(read, variants, today, asked)
        changes = _changes(read, wanted, settings, today)
    sources = [one.source for book in read for one in book.panel.series.values()]
    return content(evaluation, outlooks, changes, sources, Voice(language()), today)


def _outlooks(
    books: Sequence[Book], variants: dict[str, str], today: date, asked: dict[str, Any]
) -> tuple[Outlook, ...]:
    from prosperity_excel.runs.coming import outlooks

    settings: Settings = asked["settings"]
    if settings.sees_future or settings.timing == "nowcast":
        return ()
    return outlooks(books, variants=variants, today=today, **asked).outlooks


def _changes(
    books: Sequence[Book], wanted: Sequence[str], settings: Settings, today: date
) -> tuple[Change, ...]:
    """Return what changed since the last state that was kept; nothing where none was."""
    from prosperity_excel.runs.changed import since_kept

    found, failures = since_kept(books, wanted, settings, today)
    for error in failures:
        say_error(error)
    return found


def _templates(given: Sequence[Path]) -> dict[str, Path]:
    found = {}
    for path in given:
        suffix = path.suffix.casefold()
        if suffix not in (".docx", ".pptx"):
            raise SettingError(
                "template_form",
                f"模板 {path.name} 应为 .docx 或 .pptx。",
                f"The template {path.name} must be a .docx or a .pptx.",
            )
        found[suffix] = path
    return found


def _picture() -> Callable[[Chart], bytes] | None:
    """Return what draws the chart; without matplotlib the page has none, and that is said."""
    from prosperity_excel.words.extras import command

    if find_spec("matplotlib") is None:
        line = command("images")
        say(f"没有图：{line}", f"No chart without matplotlib: {line}", err=True)
        return None
    from prosperity_excel.report.note_picture import drawn

    return drawn


def _whole(path: Path, write: Callable[[Path], None]) -> None:
    from prosperity_excel.files.replacing import replacing

    with replacing(path) as temporary:
        write(temporary)
