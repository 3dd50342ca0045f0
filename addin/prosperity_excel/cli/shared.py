"""What the verbs share: arguments, options and settings; messages, tables and progress."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from prosperity.errors import ProsperityError, SettingError
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel.cli.given import exports_told
from prosperity_excel.cli.speaking import language_asked
from prosperity_excel.files.child import one_command
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import PARTING, label, language, spoken, turn_to

if TYPE_CHECKING:
    from prosperity.evaluation import Evaluation

    from prosperity_excel.runs.outputs import Output
    from prosperity_excel.runs.reading import Reading
    from prosperity_excel.words.statements import Former

#: Exit code of a run that bad input or a bad setting stopped; click's own usage errors give 2.
FAILED = 1
#: Exit code when the user stops a command.
STOPPED = 130
#: Cells that head the block of a row on a narrow terminal.
HEAD_CELLS = 2
#: Steps of long work that are words and not names, in Chinese and English.
STEP_WORDS: Mapping[str, Pair] = {
    "audit": ("前视检查", "audit for look-ahead"),
    "sensitivity": ("敏感性", "sensitivity"),
    "significance": ("显著性", "significance"),
    "out_of_sample": ("样本外", "out of sample"),
    "leads": ("领先性", "leads"),
    "sweep": ("扫描", "sweep"),
}
#: A folder or another odd thing is refused by what reads or writes it, in both languages.
ANY = click.Path(path_type=Path, allow_dash=True)

books_argument = click.argument("books", nargs=-1, required=True, type=ANY)
out_option = click.option(
    "--out",
    required=True,
    type=ANY,
    help="File to write. 输出文件。",
)
force_option = click.option(
    "--force",
    is_flag=True,
    help="Replace files that exist, without asking; copies are kept. 直接覆盖已有文件，留有备份。",
)
_RUN_OPTIONS = (
    click.option(
        "--industry",
        "--system",
        "wanted",
        multiple=True,
        metavar="ID",
        help="Only this industry or system (id or name); may be repeated. 只算它，可重复。",
    ),
    click.option(
        "--variant",
        "variant_texts",
        multiple=True,
        metavar="ID=VARIANT",
        help="Use a variant of a model; docs/models lists them. 采用模型的备选方案。",
    ),
    click.option("--timing", type=click.Choice(["released", "period", "nowcast"]), help=""),
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


day_option = click.option(
    "--on",
    "on",
    metavar="DATE",
    default="",
    help="Day on which to judge what is overdue; default today. 按哪一天判断是否逾期，默认今天。",
)
trust_option = click.option(
    "--trust-clock",
    is_flag=True,
    help="Keep the values under this machine's time, though it is doubted. "
    "本机时间可疑时仍按它保存历史值。",
)


def day_of(text: str) -> date:
    """Return the day that an option gives; today where it gives none."""
    try:
        return datetime.fromisoformat(text).date() if text else date.today()
    except ValueError:
        raise SettingError(
            "bad_date",
            f"日期“{text}”无法读取，应形如 2023-07-31。",
            f"The date {text!r} cannot be read; it should look like 2023-07-31.",
        ) from None


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a run; their help comes from the settings themselves."""
    about = {f.name: f.metadata for f in fields(Settings)}
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    for parameter in command.__click_params__:  # type: ignore[attr-defined]
        if parameter.name in about:
            described = about[parameter.name]
            parameter.help = f"{described['en']}.{PARTING}{described['zh']}。"
    return command


def run_given(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a verb was given, by name; what was not given is left out."""
    return _options(given)


def run_settings(given: Mapping[str, Any], books: Sequence[Path] = ()) -> Settings:
    """Return the settings of a run, of which a verb was given options."""
    from prosperity_excel.runs import settings

    return settings.run_settings(_options(given), books)


def read_books(
    given: Mapping[str, Any], books: Sequence[Path], progress: Progress | None = None
) -> Reading:
    """Read the books of a verb, each once, and settle its settings, of which options were given.

    The language that the books' sheets of settings name is spoken from here on, where no option
    names one.
    """
    from prosperity_excel.runs import reading

    with exports_told(books):
        read = reading.read_books(books, _options(given), progress)
    if read.language is not None and not language_asked():
        turn_to(read.language)
    return read


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    options = {k: v for k, v in given.items() if v is not None and k != "assignments"}
    for assignment in given.get("assignments", ()):
        name, _, value = assignment.partition("=")
        options[name.strip()] = value.strip()
    return options


def read_variants(texts: Sequence[str]) -> dict[str, str]:
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


def friendly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors into one clear message and an exit code; never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            with one_command():
                return command(*args, **kwargs)
        except ProsperityError as error:
            say_error(error)
        except (KeyboardInterrupt, click.Abort):
            say("\n已停止，没有写到一半的文件。", "Stopped; nothing is half written.", err=True)
            raise SystemExit(STOPPED) from None
        except BrokenPipeError:
            # Who read our output, such as head, has had enough.
            sys.stderr.close()
        except OSError as error:
            what = f" [file] {error.strerror or error}: {error.filename}"
            click.echo(f"{spoken('错误', 'Error')}{what}", err=True)
        except Exception as error:  # a bug: say so in a sentence, keep the details for a report
            kind, where = type(error).__name__, _log_details()
            said = spoken(
                f"程序内部错误（{kind}），详情已存入 {where}。",
                f"Internal error ({kind}); the details are in {where}.",
                "\n",
            )
            click.echo(f"{spoken('错误', 'Error')} [internal] {said}", err=True)
        raise SystemExit(FAILED)

    return wrapped


def say(zh: str, en: str, *, err: bool = False) -> None:
    """Print a line in the language that is spoken."""
    click.echo(spoken(zh, en), err=err)


def say_error(error: ProsperityError) -> None:
    """Print an error on the error stream, in the language that is spoken."""
    said = f"[{error.code}] {error.message(language())}"
    click.echo(f"{spoken('错误', 'Error')} {said}", err=True)


def say_written(path: Path, *, err: bool = False) -> None:
    """Say that a file was written."""
    say(f"已写入：{path}", f"Written: {path}", err=err)


def _log_details() -> Path:
    import tempfile
    import traceback

    path = Path(tempfile.gettempdir()) / f"prosperity-error-{datetime.now():%Y%m%d-%H%M%S}.txt"
    path.write_text(traceback.format_exc(), encoding="utf-8")
    return path


def planned(*wanted: tuple[str, Path | None, str]) -> list[Output]:
    """Return the outputs that were asked for, from kinds, paths and options."""
    from prosperity_excel.runs.outputs import Output

    return [Output(kind, path, option) for kind, path, option in wanted if path is not None]


def check_outputs(
    outputs: Sequence[Output], *, inputs: Sequence[Path] = (), force: bool = False
) -> None:
    """Check what shall be written before any work; ask about files that are there, if possible.

    Raises
    ------
    SettingError, BookError
        As :func:`prosperity_excel.runs.outputs.check` says.
    """
    from prosperity_excel.runs.outputs import check

    check(outputs, inputs=inputs, force=force, agree=_agreed if sys.stdin.isatty() else None)


def _agreed(files: Sequence[Path]) -> bool:
    from prosperity_excel.runs.outputs import listed

    zh, en = listed(files)
    asked = spoken(
        f"{zh} 已存在，覆盖吗（留有备份）？", f"{en} exists. Replace it (a copy is kept)?"
    )
    return click.confirm(asked, default=False, err=True)


def write_text(output: Output, text: str, verb: str) -> None:
    """Write a whole file or none, or show the text alone on the screen."""
    from prosperity_excel.files.replacing import replacing
    from prosperity_excel.runs.outputs import writing

    if output.on_screen:
        # As UTF-8 whatever the console's code page, like the file; a pipe needs no mark in front.
        shown = text.removeprefix("\ufeff")
        click.echo(shown.encode("utf-8"), nl=not shown.endswith("\n"))
        return
    with writing(verb, output), replacing(output.path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, aside: bool = False
) -> None:
    """Print a table, ``aside`` on the error stream; into a file or a pipe in its full width.

    Headings such as ``行业 Industry`` are shown in the language that is spoken.
    On a terminal that is too narrow each row is a block of lines, a heading and its value: nothing
    is cut off, and no number ends in dots.
    """
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    cells = [[str(cell) for cell in row] for row in rows]
    columns = [label(column) for column in columns]
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in cells:
        table.add_row(*row)
    console = Console(stderr=aside, markup=False, highlight=False, emoji=False)
    unlimited = console.options.update(max_width=10_000)
    needed = Measurement.get(console, unlimited, table).maximum
    if not console.is_terminal:
        console.width = needed
    elif needed > console.width:
        for line in stacked(columns, cells):
            click.echo(line, err=aside)
        return
    console.print(table)


def stacked(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give a table as blocks of lines for a narrow terminal: its first two cells, then the others.

    A cell without a value is left out.
    """
    for row in rows:
        yield "  ".join(cell for cell in row[:HEAD_CELLS] if cell)
        for column, cell in zip(columns[HEAD_CELLS:], row[HEAD_CELLS:], strict=True):
            if cell and cell != "–":
                yield f"    {' '.join(column.split())}: {cell}"


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """Show on the error stream what is being done."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status("…") as status:
            yield lambda what, number, count: status.update(f"{_step(what)} ({number}/{count})")
    else:
        yield lambda what, number, count: click.echo(f"{_step(what)} ({number}/{count})", err=True)


def _step(what: str) -> str:
    """Return a step of long work, whose last word may be one of :data:`STEP_WORDS`."""
    *front, last = what.split(" ")
    return " ".join([*front, spoken(*STEP_WORDS[last])]) if last in STEP_WORDS else what


def print_results(
    evaluation: Evaluation, former: Mapping[str, Former] | None = None, *, aside: bool = False
) -> None:
    """Print where the industries stand; see :func:`prosperity_excel.cli.printout.printout`."""
    from prosperity_excel.cli.printout import printout

    printout(evaluation, former, aside=aside).show()
