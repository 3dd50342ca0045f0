"""The verbs for data: import, check, revisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from prosperity.errors import SettingError

from prosperity_excel.book.book import read_book
from prosperity_excel.cli.into_system import answers_for_inputs, offer_tables
from prosperity_excel.cli.offering import NOT_WRITTEN, offer, refuse_unwritable
from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    day_of,
    force_option,
    friendly,
    planned,
    print_table,
    say,
    say_written,
    trust_option,
)
from prosperity_excel.sheets.workbook import names_of_sheets
from prosperity_excel.words.import_words import OPTIONS
from prosperity_excel.words.tongue import label, spoken

if TYPE_CHECKING:
    from prosperity_excel.runs.outputs import Output
    from prosperity_excel.vintages import Revision

#: What else than values is revised.
FACTS = {
    "model": "定义 definition",
    "head": "表头 header",
    "setting": "设定 setting",
    "book": "行业、模拟标记 industries, simulated",
}
#: Exit code of a check that found errors.
FOUND = 3


def _help(option: str) -> str:
    zh, en = OPTIONS[option]
    return f"{en} {zh}"


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=ANY)
@click.option("--into", "book", required=True, type=ANY, help="Book to fill. 写入的工作簿。")
@click.option("--layout", default="", metavar="NAME", help=_help("--layout"))
@click.option("--yes", is_flag=True, help="Write without asking. 不再询问，直接写入。")
@click.option(
    "--jan-feb",
    type=click.Choice(["combined", "split", "carried"]),
    default="combined",
    show_default=True,
    help=_help("--jan-feb"),
)
@click.option(
    "--zeros",
    type=click.Choice(["ask", "keep", "missing"]),
    default="ask",
    show_default=True,
    help=_help("--zeros"),
)
@click.option("--answer", "answers", multiple=True, metavar="NAME=ANSWER", help=_help("--answer"))
@click.option("--map", "maps", multiple=True, metavar="NAME=ID", help=_help("--map"))
@trust_option
@click.option("--break", "breaks", multiple=True, metavar="ID@MONTH=FACTOR", help=_help("--break"))
@friendly
def import_(
    files: Sequence[Path], book: Path, layout: str, yes: bool, trust_clock: bool, **said: Any
) -> None:
    """Import exports of Wind, iFinD, Choice, AKShare and plain tables into a book.

    What cannot be the series of its column is asked about and left out, also with --yes; the exit
    code is then 3. Answers: accept, times:N, minus:N, plus:N, flip, shift:N, part, before, own,
    missing, keep, shown, known.

    导入数据商导出的文件；先预览，确认后写入。不像该列序列的先询问，未答复的不写入
    （加 --yes 也一样，退出码为 3）。
    """
    from prosperity_excel.intake.items import Options
    from prosperity_excel.intake.planning import plan_import
    from prosperity_excel.intake.said import sheet_lines
    from prosperity_excel.intake.system_import import plan_exports

    refuse_unwritable(book)
    options = Options(layout=layout, **said)
    tables = plan_exports(files, book, _maps(said["maps"]), answers_for_inputs(said["answers"]))
    if tables is not None and (tables.tables or tables.questions):
        offer_tables(tables, "import", yes=yes)
        files = tables.left
        if tables.waiting:
            raise SystemExit(NOT_WRITTEN)
        if not files:
            return
    plan = plan_import(files, book, options)
    for line in sheet_lines(plan.readings):
        click.echo(line)
    offer(plan, book, files, yes=yes, trust_clock=trust_clock)
    if plan.waiting or plan.unreadable:
        raise SystemExit(NOT_WRITTEN)


def _maps(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    return {name.strip(): id.strip() for name, _, id in pairs}


@click.command()
@click.argument("book", type=ANY)
@click.option(
    "--on",
    metavar="DATE",
    default="",
    help="Day on which to judge what should be out; default today. 按哪一天判断，默认今天。",
)
@click.option(
    "--write",
    is_flag=True,
    help="Also write the sheet checks into the book. 同时写入 checks 表。",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Also list what is confirmed in the sheet checks, and what is only counted. "
    "已确认的和只计数的也逐条列出。",
)
@friendly
def check(book: Path, on: str, write: bool, every: bool) -> None:
    """Check the data of BOOK: what is missing, late, odd, doubled or unused, and stops a run.

    A word in the column 已确认 OK of the sheet checks confirms a finding until its value changes.

    检查工作簿的数据，一次列出全部问题；在 checks 表“已确认”列写一个字，该条即视为已确认，
    直到数值改变。
    """
    from prosperity_excel.checks.book import check_book
    from prosperity_excel.checks.listing import COLUMNS, open_findings, rows, summary, write_checks
    from prosperity_excel.files.saving import refuse_if_open

    if write:
        refuse_unwritable(book)
        refuse_if_open(book)
    findings = check_book(book, day_of(on))
    _keep(book)
    print_table(COLUMNS, rows(findings if every else open_findings(findings)))
    say(*summary(findings))
    if write:
        backup = write_checks(book, findings)
        undo = spoken("恢复", "to undo", " ")
        name = f"{backup.name} ({undo}: prosperity restore)" if backup else "–"
        say(f"已写入 checks 表，备份 {name}", f"Sheet checks written, copy: {name}")
    if any(f.severity == "error" for f in findings):
        raise SystemExit(FOUND)


def _keep(path: Path) -> None:
    """Keep what a book holds where it changed; what cannot be read as a whole has no state."""
    from prosperity.errors import ProsperityError

    from prosperity_excel import vintages
    from prosperity_excel.files.child import read_guarded

    try:
        book = read_guarded(read_book, path)
    except ProsperityError:
        return
    error = vintages.keep_seen(book, at=datetime.now(), event="check")
    if error is not None:
        click.echo(spoken(*vintages.not_kept(error), "\n"), err=True)


@click.command()
@click.argument("book", type=ANY)
@click.option("--indicator", default="", metavar="ID", help="Only this indicator. 只列这个指标。")
@click.option(
    "--map",
    "sheet",
    type=ANY,
    metavar="FILE",
    help="Also write the indicator's revision map as a sheet. 另写修订图（表）。",
)
@click.option(
    "--picture",
    type=ANY,
    metavar="FILE",
    help="Also draw it as PNG (needs matplotlib). 另画成 PNG。",
)
@force_option
@friendly
def revisions(
    book: Path, indicator: str, sheet: Path | None, picture: Path | None, force: bool
) -> None:
    """List what was revised since it was kept: values, closes, definitions, headers, settings.

    列出保存以来的修订：值、行情、定义、表头（单位、断点等）与设定。
    """
    from prosperity_excel import vintages
    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.sheets.workbook import no_book
    from prosperity_excel.words.book_words import SHEETS, fold

    outputs = planned(("report", sheet, "--map"), ("picture", picture, "--picture"))
    if outputs and not indicator:
        raise SettingError(
            "one_indicator",
            "修订图是一个指标的；请用 --indicator 指定。",
            "A revision map is of one indicator; name it with --indicator.",
        )
    check_outputs(outputs, inputs=[book], force=force)
    kept = vintages.vintages(book)
    if not kept:
        ours = {fold(word) for word in SHEETS["data"]}
        if not any(fold(name) in ours for name in read_guarded(names_of_sheets, book)):
            raise no_book(book)
        say("还没有保存过历史值；导入或刷新后开始。",
            "Nothing was kept yet; importing and refreshing begin it.")  # fmt: skip
        return
    found = vintages.revisions(book, indicator)
    if outputs:
        _write_map(indicator, found, outputs)
    print_table(
        ("指标 Indicator", "月份 Month", "原值 Old", "新值 New", "保存于 Kept at",
         "事件 Event"),
        [
            (r.series, f"{r.period:%Y-%m}", _number(r.old), _number(r.new),
             f"{r.kept_at:%Y-%m-%d %H:%M}", r.event)
            for r in found
        ],
    )  # fmt: skip
    prices = [] if indicator else vintages.price_revisions(book)
    if prices:
        print_table(
            ("行情 Closes", "天数 Days", "从 From", "到 To", "最后一天原值 Old, last day",
             "新值 New", "保存于 Kept at", "事件 Event"),
            [
                (p.name, str(p.count), f"{p.first}", f"{p.last}", _number(p.old), _number(p.new),
                 f"{p.kept_at:%Y-%m-%d %H:%M}", p.event)
                for p in prices
            ],
        )  # fmt: skip
    facts = [] if indicator else vintages.fact_revisions(book)
    if facts:
        print_table(
            ("类别 Kind", "改动 Changed", "原来 Old", "现在 New", "保存于 Kept at", "事件 Event"),
            [
                (
                    label(FACTS[f.kind]),
                    f.place,
                    f.old,
                    f.new,
                    f"{f.kept_at:%Y-%m-%d %H:%M}",
                    f.event,
                )
                for f in facts
            ],
        )
    say(
        f"{len(kept)} 次保存，{len(found)} 处修订。",
        f"Vintages: {len(kept)}; revisions: {len(found)}.",
    )


def _write_map(indicator: str, found: Sequence[Revision], outputs: Sequence[Output]) -> None:
    from prosperity_excel.files.replacing import replacing
    from prosperity_excel.report.revision_map import draw, revision_map, write_sheet
    from prosperity_excel.runs.outputs import writing

    mapped = revision_map(indicator, [(r.kept_at.date(), r.period, r.old, r.new) for r in found])
    with writing("revisions", *outputs):
        for output in outputs:
            if output.kind == "report":
                write_sheet(mapped, output.path, "both", datetime.now())
            else:
                with replacing(output.path) as temporary:
                    draw(mapped, temporary)
            say_written(output.path)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.10g}"
