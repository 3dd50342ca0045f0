"""The verbs from a shell: the same code as the ribbon's buttons, without Excel."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from prosperity import __version__
from prosperity.errors import ProsperityError, SettingError
from prosperity.settings import Settings

from prosperity_excel.addin_cli import commands as addin_commands
from prosperity_excel.data_verbs import add_data_verbs
from prosperity_excel.guarded import one_command

#: Exit code of a run that bad input or a bad setting stopped; click's own usage errors give 2.
FAILED = 1
LANGUAGES = ("both", "zh", "en")
#: Verbs that stand in files of their own.
ELSEWHERE = {
    "evidence": "prosperity_excel.cli_evidence",
    "sweep": "prosperity_excel.cli_evidence",
}

_books = click.argument(
    "books", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)
_out = click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write. 输出文件。",
)
_force = click.option(
    "--force", is_flag=True, help="Replace the file if it exists. 文件已存在时覆盖。"
)
_language = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="both",
    show_default=True,
    help="Language of what is written. 输出语言。",
)
_RUN_OPTIONS = (
    click.option(
        "--industry",
        "wanted",
        multiple=True,
        metavar="ID",
        help="Only this industry (id or name); may be repeated. 只算这个行业，可重复。",
    ),
    click.option(
        "--variant",
        "variant_texts",
        multiple=True,
        metavar="ID=VARIANT",
        help="Use a variant of a model; docs/models lists them. 采用模型的备选方案。",
    ),
    click.option("--timing", type=click.Choice(["released", "period"]), help=""),
    click.option("--fit", type=click.Choice(["expanding", "full"]), help=""),
    click.option("--as-of", metavar="DATE", help=""),
    click.option("--cost-bps", type=float, metavar="N", help=""),
    click.option("--start", metavar="MONTH", help=""),
    click.option("--end", metavar="DATE", help=""),
    click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any other setting; see 'prosperity settings'. 其他设定，见 prosperity settings。",
    ),
)


def _run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a run; their help comes from the settings themselves."""
    about = {f.name: f.metadata for f in fields(Settings)}
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    for parameter in command.__click_params__:  # type: ignore[attr-defined]
        if parameter.name in about:
            described = about[parameter.name]
            parameter.help = f"{described['en']}. {described['zh']}。"
    return command


def _settings(given: dict[str, Any], books: Sequence[Path] = ()) -> Settings:
    """Return the settings of a run: options, then the books' sheets, the user's file, defaults."""
    from prosperity_excel.settings_store import books_settings, resolve

    options = {k: v for k, v in given.items() if v is not None and k != "assignments"}
    for assignment in given.get("assignments", ()):
        name, _, value = assignment.partition("=")
        options[name.strip()] = value.strip()
    return resolve(options=options, sheet=books_settings(books)).settings


def _variants(texts: Sequence[str]) -> dict[str, str]:
    """Read ``autos=money_only``."""
    pairs = [text.partition("=") for text in texts]
    for model, equals, variant in pairs:
        if not (model and equals and variant):
            raise SettingError(
                "bad_variant",
                f"“{model}{equals}{variant}”应写成 行业=方案，例如 autos=money_only。",
                f"{model}{equals}{variant!r} must look like autos=money_only.",
            )
    return {model.strip(): variant.strip() for model, _, variant in pairs}


def _friendly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors into one clear message and an exit code; never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            with one_command():
                return command(*args, **kwargs)
        except ProsperityError as error:
            click.echo(f"错误 Error {error}", err=True)
        except OSError as error:
            click.echo(f"错误 Error [file] {error.strerror or error}: {error.filename}", err=True)
        except Exception as error:  # a bug: say so in a sentence, keep the details for a report
            kind, where = type(error).__name__, _log_details()
            click.echo(
                f"错误 Error [internal] 程序内部错误（{kind}），详情已存入 {where}。\n"
                f"Internal error ({kind}); the details are in {where}.",
                err=True,
            )
        raise SystemExit(FAILED)

    return wrapped


def _log_details() -> Path:
    import tempfile
    import traceback

    path = Path(tempfile.gettempdir()) / f"prosperity-error-{datetime.now():%Y%m%d-%H%M%S}.txt"
    path.write_text(traceback.format_exc(), encoding="utf-8")
    return path


class _Verbs(click.Group):
    """The verbs; those of other files are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(ELSEWHERE[cmd_name]), cmd_name)
        return found


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__)
def main() -> None:
    """Industry prosperity (景气度): templates, runs, reports.

    行业景气度：模板、计算、报告。
    """
    for stream in (sys.stdout, sys.stderr):
        # A console in a Chinese code page must not stop a run over one character.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON. 输出 JSON。")
@_friendly
def industries(as_json: bool) -> None:
    """List the models that come with Prosperity. 列出全部模型。"""
    from prosperity.catalog import catalog

    from prosperity_excel.labels import GRADES, SECTORS

    columns = ("id", "name_zh", "name_en", "kind", "sector", "grade", "index_code")
    rows = [
        {c: getattr(i, c) for c in columns} | {"status": GRADES[i.grade]}
        for i in catalog().values()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    _print_table(
        ("id", "名称", "Name", "类型 Kind", "板块 Sector", "依据 Status", "指数 Index"),
        [
            (r["id"], r["name_zh"], r["name_en"], r["kind"], SECTORS[r["sector"]], r["status"],
             r["index_code"])
            for r in rows
        ],
    )  # fmt: skip


@main.command()
@_friendly
def settings() -> None:
    """List every setting, its default, and where its value comes from. 列出全部设定及其来源。"""
    from prosperity_excel.settings_store import SOURCES, described, names, resolve, user_file

    resolved = resolve()
    rows = []
    for name in names():
        default, zh, en = described(name)
        source = " ".join(SOURCES[resolved.sources[name]])
        rows.append((name, default, resolved.value(name), source, zh, en))
    heads = ("设定 Setting", "默认 Default", "现值 In force", "来源 Source", "说明", "Meaning")
    _print_table(heads, rows)
    click.echo(f"用户文件 User file: {user_file()}")


@main.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@_out
@_force
@_friendly
def template(ids: Sequence[str], out: Path, force: bool) -> None:
    """Write the book that an analyst fills; 'all' is every industry. 生成供填写的工作簿。"""
    from prosperity.catalog import catalog

    from prosperity_excel.running import catalog_industries
    from prosperity_excel.writing.template import write_template

    _refuse_existing(out, force)
    every = [i for i in catalog().values() if i.kind == "industry"]
    chosen = every if list(ids) == ["all"] else catalog_industries(ids)
    write_template(chosen, out)
    click.echo(f"已写入 Written: {out}")


@main.command()
@click.argument("book", type=click.Path(path_type=Path, dir_okay=False))
@_friendly
def define(book: Path) -> None:
    """Check the definition sheet of BOOK, cell by cell. 检查工作簿的 definition 表。"""
    from prosperity_excel.defining import COLUMNS
    from prosperity_excel.guarded import read_guarded

    rows, changes = read_guarded("definitions", book)
    _print_table(COLUMNS, rows)
    for line in changes:
        click.echo(line)
    click.echo("定义没有问题。The definitions are in order.")


@main.command()
@_books
@_run_options
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Also write all results as JSON ('-' is the screen). 同时写出 JSON。",
)
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the months of every model as CSV. 同时写出逐月 CSV。",
)
@_friendly
def run(
    books: Sequence[Path],
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    json_path: Path | None,
    csv_path: Path | None,
    **given: Any,
) -> None:
    """Compute the industries of BOOKS and print where they stand. 计算并列出各行业景气度。"""
    from prosperity_excel.jsonout import as_json
    from prosperity_excel.running import run_books
    from prosperity_excel.summary import COLUMNS, notice_lines, summary_rows

    settings = _settings(given, books)
    with _progress() as progress:
        evaluation = run_books(
            books,
            wanted=wanted,
            variants=_variants(variant_texts),
            settings=settings,
            progress=progress,
        )
    if csv_path is not None:
        from prosperity_excel.csvout import as_csv

        _write_text(csv_path, as_csv(evaluation))
    if json_path is not None:
        text = json.dumps(as_json(evaluation), ensure_ascii=False, allow_nan=False)
        if str(json_path) == "-":
            click.echo(text)
            return
        _write_text(json_path, text)
    _print_table(COLUMNS, summary_rows(evaluation))
    for line in notice_lines(evaluation):
        click.echo(line, err=True)
    for written in filter(None, (json_path, csv_path)):
        click.echo(f"已写入 Written: {written}")


@main.command()
@_books
@_out
@_force
@_run_options
@click.option(
    "--evidence",
    "with_evidence",
    is_flag=True,
    help="Add pages of evidence (takes seconds a model). 加上证据页（每个模型需数秒）。",
)
@_language
@click.option(
    "--sensitivity/--no-sensitivity",
    "sensitive",
    default=True,
    show_default=True,
    help="Run again under other conventions, for a page of its own. 换口径重算，单列一页。",
)
@click.option(
    "--images",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Also write each chart as PNG (needs matplotlib). 另存每张图为 PNG。",
)
@click.option("--pdf", is_flag=True, help="Also write a PDF (needs LibreOffice). 另存 PDF。")
@_friendly
def report(
    books: Sequence[Path],
    out: Path,
    force: bool,
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    with_evidence: bool,
    language: str,
    sensitive: bool,
    images: Path | None,
    pdf: bool,
    **given: Any,
) -> None:
    """Write a report workbook with native charts. 生成带原生图表的报告工作簿。"""
    from prosperity_excel.examining import examine_books
    from prosperity_excel.guarded import read_guarded
    from prosperity_excel.running import evaluate_books
    from prosperity_excel.sensitivity import sensitivity
    from prosperity_excel.summary import COLUMNS, notice_lines, summary_rows
    from prosperity_excel.writing.images import write_images
    from prosperity_excel.writing.office import find_office, write_pdf
    from prosperity_excel.writing.pages import write_report

    settings, variants = _settings(given, books), _variants(variant_texts)
    _refuse_existing(out, force)
    if pdf:
        _refuse_existing(out.with_suffix(".pdf"), force)
        find_office()
    with _progress() as progress:
        asked: dict[str, Any] = {
            "wanted": wanted,
            "variants": variants,
            "settings": settings,
            "progress": progress,
        }
        examined = None
        if with_evidence:
            evaluation, examined = examine_books(books, **asked)
        read = []
        if sensitive or not with_evidence:
            for number, path in enumerate(books, 1):
                progress(path.name, number, len(books))
                read.append(read_guarded("book", path))
        if not with_evidence:
            evaluation = evaluate_books(read, **asked)
        tested = None
        if sensitive:
            tested = sensitivity(read, evaluation, chosen=variants, progress=progress)
        shown = write_report(
            evaluation,
            out,
            language=language,  # type: ignore[arg-type]
            tested=tested,
            examined=examined,
            progress=progress,
        )
        drawn = write_images(shown, images) if images is not None else []
        printed = write_pdf(out) if pdf else None
    _print_table(COLUMNS, summary_rows(evaluation))
    for line in notice_lines(evaluation):
        click.echo(line, err=True)
    if images is not None:
        click.echo(f"图片 Images: {images} ({len(drawn)})")
    if printed is not None:
        click.echo(f"PDF: {printed}")
    click.echo(f"报告 Report: {out}")


@main.command()
@_books
@_run_options
@_friendly
def refresh(
    books: Sequence[Path], wanted: Sequence[str], variant_texts: Sequence[str], **given: Any
) -> None:
    """Write results into BOOKS; their dashboards follow. 把结果写回工作簿，看板随之更新。"""
    from prosperity_excel.refreshing import outcome, refresh_book, said_of
    from prosperity_excel.summary import COLUMNS, notice_lines, summary_rows

    if wanted:
        raise SettingError(
            "no_subset",
            "refresh 写入工作簿的全部行业，不能用 --industry。",
            "refresh writes all industries of a book; it takes no --industry.",
        )
    settings, variants = _settings(given, books), _variants(variant_texts)
    failed = False
    for book in books:
        try:
            with _progress() as progress:
                done = refresh_book(
                    book, variants=variants, settings=settings, progress=progress, keep=True
                )
        except ProsperityError as error:
            click.echo(f"错误 Error {_placed(error, book)}", err=True)
            failed = True
            continue
        _print_table(COLUMNS, summary_rows(done.evaluation))
        for line in (*notice_lines(done.evaluation), *said_of(done)):
            click.echo(line, err=True)
        click.echo(outcome(done))
    if failed:
        raise SystemExit(FAILED)


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Folder for the sample books and the report. 示例工作簿与报告所在文件夹。",
)
@_language
@_friendly
def demo(out: Path, language: str) -> None:
    """Build sample books with simulated data, run them, write the report. 用模拟数据演示全流程。"""
    from prosperity_excel.demo import build_demo
    from prosperity_excel.summary import COLUMNS, notice_lines, summary_rows

    with _progress() as progress:
        evaluation, path = build_demo(out, language=language, progress=progress)
    click.echo("以下为模拟数据 All figures below are simulated.")
    _print_table(COLUMNS, summary_rows(evaluation))
    for line in notice_lines(evaluation):
        click.echo(line, err=True)
    click.echo(f"工作簿 Books: {out}\n报告 Report: {path}")


main.add_command(addin_commands(_friendly, lambda path, force: _refuse_existing(path, force)))


def _placed(error: ProsperityError, book: Path) -> ProsperityError:
    """Return an error of one of several books with the book's name, where it has none."""
    if book.name in error.where:
        return error
    where = f"{book.name}: {error.where}" if error.where else book.name
    return ProsperityError(error.code, error.zh, error.en, where=where)


def _refuse_existing(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise SettingError(
            "file_exists",
            f"{path} 已存在。换一个文件名，或加 --force 覆盖。",
            f"{path} exists. Choose another name, or add --force to replace it.",
        )


def _write_text(path: Path, text: str) -> None:
    """Write a whole file or none."""
    from prosperity_excel.files import replacing

    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        # Into a file or a pipe the table keeps its full width.
        unlimited = console.options.update(max_width=10_000)
        console.width = Measurement.get(console, unlimited, table).maximum
    console.print(table)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show on the error stream what is being done."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status("…") as status:
            yield lambda what, number, count: status.update(f"{what} ({number}/{count})")
    else:
        yield lambda what, number, count: click.echo(f"{what} ({number}/{count})", err=True)


add_data_verbs(main, _friendly, _print_table)
