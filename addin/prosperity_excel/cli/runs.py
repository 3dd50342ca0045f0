"""The verbs that compute: run, report, refresh."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from prosperity.errors import ProsperityError, SettingError

from prosperity_excel.cli.again import Again
from prosperity_excel.cli.given import books_of, exports_told
from prosperity_excel.cli.printout import printout
from prosperity_excel.cli.shared import (
    ANY,
    FAILED,
    books_argument,
    check_outputs,
    day_of,
    day_option,
    force_option,
    friendly,
    out_option,
    planned,
    print_results,
    progress_shown,
    read_books,
    read_variants,
    run_given,
    run_options,
    run_settings,
    say,
    say_error,
    say_written,
    trust_option,
    write_text,
)
from prosperity_excel.results.unchanged import unchanged
from prosperity_excel.words.tongue import language

if TYPE_CHECKING:
    from prosperity.changes import Change
    from prosperity.coming.outlook import Outlook
    from prosperity.settings import Settings

    from prosperity_excel.book.book import Book


@click.command()
@books_argument
@run_options
@click.option(
    "--json",
    "json_path",
    type=ANY,
    metavar="FILE",
    help="Also write all results as JSON; - is the screen. 同时写出 JSON。",
)
@click.option(
    "--csv",
    "csv_path",
    type=ANY,
    metavar="FILE",
    help="Also write the months of every model as CSV; - is the screen. 同时写出逐月 CSV。",
)
@force_option
@day_option
@friendly
def run(
    books: Sequence[Path],
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    json_path: Path | None,
    csv_path: Path | None,
    force: bool,
    on: str,
    **given: Any,
) -> None:
    """Compute the industries of BOOKS and print where they stand. 计算并列出各行业景气度。"""
    books = books_of(books)
    outputs = planned(("csv", csv_path, "--csv"), ("json", json_path, "--json"))
    check_outputs(outputs, inputs=books, force=force)
    today, now = day_of(on), datetime.now()
    again = Again("run", books, given, wanted, variant_texts, today)
    printed = None if outputs else again.printed()
    if printed is not None:
        printed.show()
        return
    from prosperity_excel.results.as_csv import as_csv
    from prosperity_excel.results.as_json import as_json
    from prosperity_excel.runs.evaluate import evaluate_books, kept, seen

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
    computed, evaluation = evaluation, kept(evaluation, read.books, now)
    texts: dict[str, Callable[[], str]] = {
        "csv": lambda: as_csv(evaluation),
        "json": lambda: json.dumps(as_json(evaluation), ensure_ascii=False, allow_nan=False),
    }
    for output in outputs:
        write_text(output, texts[output.kind](), "run")
    aside = any(output.on_screen for output in outputs)
    shown = printout(evaluation, read.former, aside=aside)
    shown.show()
    if not outputs and computed.notices == evaluation.notices:
        again.keep(shown)
    for output in outputs:
        if not output.on_screen:
            say_written(output.path, err=aside)


@click.command()
@books_argument
@out_option
@force_option
@run_options
@click.option(
    "--evidence",
    "with_evidence",
    is_flag=True,
    help="Add pages of evidence (takes seconds a model). 加上证据页（每个模型需数秒）。",
)
@click.option(
    "--sensitivity/--no-sensitivity",
    "sensitive",
    default=True,
    show_default=True,
    help="Run again under other conventions, for a page of its own. 换口径重算，单列一页。",
)
@click.option(
    "--due/--no-due",
    default=True,
    show_default=True,
    help="Add what is due before the next decision, and what changed. 加上待公布与变化。",
)
@click.option(
    "--images",
    type=ANY,
    metavar="FOLDER",
    help="Also write each chart as PNG (needs matplotlib). 另存每张图为 PNG。",
)
@click.option("--pdf", is_flag=True, help="Also write a PDF (needs LibreOffice). 另存 PDF。")
@day_option
@friendly
def report(
    books: Sequence[Path],
    out: Path,
    force: bool,
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    with_evidence: bool,
    sensitive: bool,
    due: bool,
    images: Path | None,
    pdf: bool,
    on: str,
    **given: Any,
) -> None:
    """Write a report workbook with native charts. 生成带原生图表的报告工作簿。"""
    from prosperity_excel.report.build import write_report
    from prosperity_excel.report.images import write_images
    from prosperity_excel.report.office import find_office, write_pdf
    from prosperity_excel.runs.conventions import sensitivity
    from prosperity_excel.runs.evaluate import evaluate_books
    from prosperity_excel.runs.examine import examine_books
    from prosperity_excel.runs.outputs import writing

    books = books_of(books)
    printed = out.with_suffix(".pdf") if pdf else None
    outputs = planned(
        ("report", out, "--out"), ("pdf", printed, "--pdf"), ("images", images, "--images")
    )
    check_outputs(outputs, inputs=books, force=force)
    if pdf:
        find_office()
    variants = read_variants(variant_texts)
    with progress_shown() as progress:
        read = read_books(given, books, progress)
        asked: dict[str, Any] = {
            "wanted": wanted,
            "variants": variants,
            "settings": read.settings,
            "progress": progress,
            "today": day_of(on),
        }
        examined = None
        if with_evidence:
            evaluation, examined = examine_books(read.books, **asked)
        else:
            evaluation = evaluate_books(read.books, **asked)
        outlooks: Sequence[Outlook] = ()
        due = due and bool(evaluation.industries)
        if due:
            outlooks = _outlooks(read.books, wanted, variants, read.settings, day_of(on))
        changes: Sequence[Change] = ()
        if due and not variants:
            changes = _changes(read.books, wanted, read.settings, day_of(on))
        tested = None
        if sensitive and evaluation.industries:
            tested = sensitivity(read.books, evaluation, chosen=variants, progress=progress)
        with writing("report", *outputs):
            shown = write_report(
                evaluation,
                out,
                language=language(),
                tested=tested,
                examined=examined,
                outlooks=outlooks,
                changes=changes,
                progress=progress,
            )
            drawn = write_images(shown, images) if images is not None else []
            if pdf:
                write_pdf(out)
    print_results(evaluation)
    if images is not None:
        say(f"图片：{images}（{len(drawn)}）", f"Images: {images} ({len(drawn)})")
    if printed is not None:
        click.echo(f"PDF: {printed}")
    say(f"报告：{out}", f"Report: {out}")


@click.command()
@books_argument
@run_options
@day_option
@trust_option
@friendly
def refresh(
    books: Sequence[Path],
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    on: str,
    trust_clock: bool,
    **given: Any,
) -> None:
    """Write results into BOOKS; their dashboards follow. 把结果写回工作簿，看板随之更新。"""
    if wanted:
        raise SettingError(
            "no_subset",
            "refresh 写入工作簿的全部行业，不能用 --industry。",
            "refresh writes all industries of a book; it takes no --industry.",
        )
    # The sheets of several books must say the same before one of them is written.
    settings = run_settings(given, books) if len(books) > 1 else None
    options = run_given(given) if settings is None else None
    variants, today, failed = read_variants(variant_texts), day_of(on), False
    for book in books:
        again = Again("refresh", [book], given, settings, variant_texts, today, trust_clock)
        printed = again.printed()
        if printed is not None:
            printed.show()
            click.echo(unchanged(book))
            continue
        from prosperity_excel.results.outcome import outcome, said_of
        from prosperity_excel.results.refresh import refresh_book

        try:
            with exports_told([book]), progress_shown() as progress:
                done = refresh_book(
                    book,
                    variants=variants,
                    settings=settings,
                    options=options,
                    progress=progress,
                    keep=True,
                    today=today,
                    trust_clock=trust_clock,
                )
        except ProsperityError as error:
            say_error(_placed(error, book))
            failed = True
            continue
        print_results(done.evaluation, done.former)
        for line in said_of(done):
            click.echo(line, err=True)
        click.echo(outcome(done))
        if done.unkept is None and done.due_left is None:
            again.keep(printout(done.evaluation, done.now), done.content)
    if failed:
        raise SystemExit(FAILED)


def _outlooks(
    books: Sequence[Book],
    wanted: Sequence[str],
    variants: Mapping[str, str],
    settings: Settings,
    today: date,
) -> tuple[Outlook, ...]:
    """Return what is due; nothing under settings that see the future, which have no such thing."""
    from prosperity_excel.runs.coming import outlooks

    if settings.sees_future or settings.timing == "nowcast":
        return ()
    found = outlooks(books, wanted=wanted, variants=variants, settings=settings, today=today)
    return found.outlooks


def _changes(
    books: Sequence[Book], wanted: Sequence[str], settings: Settings, today: date
) -> tuple[Change, ...]:
    """Return what changed since the last state kept; nothing under settings that see the future."""
    from prosperity_excel.runs.changed import since_kept

    if settings.sees_future or settings.timing == "nowcast":
        return ()
    found, failures = since_kept(books, wanted, settings, today)
    for error in failures:
        say_error(error)
    return found


def _placed(error: ProsperityError, book: Path) -> ProsperityError:
    """Return an error of one of several books with the book's name, where it has none."""
    if book.name in error.where:
        return error
    where = f"{book.name}: {error.where}" if error.where else book.name
    return ProsperityError(error.code, error.zh, error.en, where=where)
