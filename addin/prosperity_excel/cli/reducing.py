"""The verb that reduces a panel of stocks to the columns that a system's sheet holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from prosperity.errors import SettingError

from prosperity_excel.cli.into_system import answers_for_inputs, offer_tables
from prosperity_excel.cli.offering import NOT_WRITTEN, refuse_unwritable
from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    force_option,
    friendly,
    planned,
    say,
    say_written,
    write_text,
)

if TYPE_CHECKING:
    import pandas as pd
    from prosperity.errors import DataError
    from prosperity.panel import Panel


@click.command()
@click.argument("system")
@click.argument("file", type=ANY)
@click.option("--out", type=ANY, metavar="CSV",
              help="CSV of the system's sheet; - is the screen. 输出 CSV。")  # fmt: skip
@click.option("--into", type=ANY, metavar="BOOK",
              help="Write into the system's book, after a preview. 写入工作簿。")  # fmt: skip
@click.option("--yes", is_flag=True, help="Write without asking. 不再询问，直接写入。")
@click.option("--answer", "answers", multiple=True, metavar="INPUT=accept",
              help="Write what was doubted too. 确认有疑问的也写入。")  # fmt: skip
@click.option("--members", type=ANY, metavar="CSV",
              help="Who belongs where: code, industry or index, from, to. 成分表。")  # fmt: skip
@click.option("--book", type=ANY, metavar="BOOK",
              help="The system's book; etf_flows needs its shares. 系统账簿。")  # fmt: skip
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE",
              help="A constant of the system, such as momentum_days=60. 系统参数。")  # fmt: skip
@force_option
@friendly
def reduce(
    system: str,
    file: Path,
    out: Path | None,
    into: Path | None,
    yes: bool,
    answers: Sequence[str],
    members: Path | None,
    book: Path | None,
    assignments: Sequence[str],
    force: bool,
) -> None:
    """Reduce the stocks in FILE (parquet or CSV) to what the sheet of SYSTEM holds.

    market_state: breadth and volatilities by index. industry_diffusion: share of rising members.
    etf_flows: flows through creation baskets. Paste the columns into the sheet that is named.

    把个股面板（parquet 或 CSV）汇总成系统工作表所需的几列，再粘贴到相应工作表。
    """
    from prosperity.systems.reduce import reduce as reduced

    from prosperity_excel.intake.system_import import plan_reduced

    if out is None and into is None:
        raise SettingError(
            "no_output",
            "请用 --into BOOK 写入系统工作簿，或用 --out CSV 写出。",
            "Write into the system's book with --into BOOK, or write a file with --out CSV.",
        )
    if into is not None:
        refuse_unwritable(into)
    outputs = planned(("csv", out, "--out"))
    inputs = [path for path in (file, members, book) if path is not None]
    check_outputs(outputs, inputs=inputs, force=force)
    found = reduced(
        system,
        _there(file),
        _constants(assignments),
        members=None if members is None else read_members(_there(members)),
        # The book that is filled is the system's: what else is needed stands in it.
        panel=_panel_of(system, into) if book is None else _panel(book),
    )
    ((sheet, table),) = found.sheets.items()
    for output in outputs:
        write_text(output, table.to_csv(index=False, date_format="%Y-%m-%d"), "reduce")
        aside = output.on_screen
        zh, en = found.head
        say(f"{zh}。", f"{en}.", err=aside)
        say(
            f"{found.rows} → {len(table)}：请粘贴到工作表 {sheet}。",
            f"{found.rows} → {len(table)}: paste it into the sheet {sheet}.",
            err=aside,
        )
        if not aside:
            say_written(output.path)
    for notice in found.notices:
        say(notice.zh, notice.en, err=True)
    if into is not None:
        tables = plan_reduced(into, found, answers_for_inputs(answers))
        offer_tables(tables, "reduce", yes=yes)
        if tables.waiting:
            raise SystemExit(NOT_WRITTEN)


def _there(path: Path) -> Path:
    from prosperity_excel.files.regular import refuse_odd

    refuse_odd(path)
    return path


def read_members(path: Path) -> pd.DataFrame:
    """Read who belongs where; a file that is no such table is refused."""
    import pandas as pd

    for encoding in ("utf-8-sig", "gb18030"):
        try:
            found = pd.read_csv(path, dtype=str, encoding=encoding)
            break
        except UnicodeDecodeError:
            continue
        except (ValueError, OSError) as error:
            raise _bad_members(
                path,
                f"无法读取（{type(error).__name__}）",
                f"cannot be read ({type(error).__name__})",
            ) from None
    else:
        raise _bad_members(path, "编码不是 UTF-8 或 GB18030", "is neither UTF-8 nor GB18030")
    days = {day: pd.to_datetime(found[day], errors="coerce") for day in ("from", "to")
            if day in found}  # fmt: skip
    for day, values in days.items():
        if (values.isna() & found[day].notna()).any():
            raise _bad_members(
                path, f"的列 {day} 有无法读取的日期", f"has dates that cannot be read, in {day}"
            )
    return found.assign(**days)


def _bad_members(path: Path, zh: str, en: str) -> DataError:
    from prosperity.errors import DataError

    return DataError("bad_members", f"成分表{zh}。", f"The table of members {en}.", where=path.name)


def _panel_of(system: str, book: Path | None) -> Panel | None:
    """Return what the book holds, for the one system that needs it."""
    from prosperity.systems.reading import find_system

    needed = book is not None and find_system(system).id == "etf_flows"
    return _panel(book) if needed and book is not None else None


def _panel(path: Path) -> Panel:
    from prosperity_excel.book.book import read_book
    from prosperity_excel.files.child import read_guarded

    return read_guarded(read_book, path).panel


def _constants(assignments: Sequence[str]) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for text in assignments:
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            found[name.strip()] = value.strip()
    return found
