"""The reference under docs/reference, written from the code, in both languages.

``python -m tools.reference docs/reference`` writes every page anew; a test holds them to the code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path

import click
from prosperity.formula import LARGEST, MAX_DEPTH, MAX_LENGTH
from prosperity.record_fields import choices
from prosperity.records import COLUMNS
from prosperity.settings import Settings
from prosperity.transforms import STEPS
from prosperity_excel.cli import VERBS, main
from prosperity_excel.runs.settings import ADDIN_SETTINGS
from prosperity_excel.words.book_words import COLUMN_HELP, COLUMN_NAMES_ZH, TABLE_NAMES
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import speaking
from prosperity_excel.words.transform_words import FORMULA_WORDS, TRANSFORM_WORDS

from tools.errortexts import error_texts

SUFFIXES = ("zh-CN.md", "md")
#: What stands at the head of each page.
TITLES: Mapping[str, tuple[Pair, Pair]] = {
    "verbs": (
        ("命令", "Verbs"),
        (
            "`prosperity 命令 --help` 给出同样的内容。",
            "`prosperity VERB --help` says the same.",
        ),
    ),
    "settings": (
        ("设定", "Settings"),
        (
            "写在工作簿的 settings 表，或用 `--set 名称=值`；"
            "`prosperity settings` 列出当前值与来源。",
            "Written on the sheet settings of a book, or given as `--set NAME=VALUE`; `prosperity "
            "settings` lists what is in force and where it comes from.",
        ),
    ),
    "transforms": (
        ("变换与公式", "Transforms and formulas"),
        (
            "transform 一栏由左到右写步骤，用 `|` 分开，如 `sum(12) | yoy`；"
            "每一步只用当月及以前的值。",
            "The column transform holds steps from left to right, parted by `|`, such as `sum(12) "
            "| yoy`; each uses values of its own month and before alone.",
        ),
    ),
    "definition": (
        ("definition 表", "The definition sheet"),
        (
            "每个表格的栏目；`prosperity define 工作簿` 一次列出全部错误及所在单元格。",
            "The columns of each block; `prosperity define BOOK` lists every mistake at once, with "
            "its cell.",
        ),
    ),
    "errors": (
        ("错误代码", "Error codes"),
        (
            "每个代码一种含义；“…”处为出错时填入的内容。",
            "Each code has one meaning; … stands for what is filled in when it is said.",
        ),
    ),
}


def _verbs(english: bool) -> Iterator[str]:
    with speaking("en" if english else "zh"):
        context = click.Context(main, info_name="prosperity")
        for name in sorted(VERBS):
            yield from _verb(main, context, name, english)


def _verb(group: click.Group, context: click.Context, name: str, english: bool) -> Iterator[str]:
    """Give what a verb takes, then its own verbs."""
    command = group.get_command(context, name)
    assert command is not None
    own = click.Context(command, info_name=name, parent=context)
    usage = " ".join(command.collect_usage_pieces(own))
    yield f"## {own.command_path.removeprefix('prosperity ')}\n\n`{own.command_path} {usage}`\n"
    yield f"{_joined(command.help)}\n"
    rows = [
        [f"`{record[0]}`", record[1]]
        for one in command.get_params(own)
        if (record := one.get_help_record(own)) is not None
    ]
    yield _table(("option", "meaning") if english else ("选项", "含义"), rows)
    if isinstance(command, click.Group):
        for further in command.list_commands(own):
            yield from _verb(command, own, further, english)


def _settings(english: bool) -> Iterator[str]:
    rows = []
    for field in fields(Settings):
        about = field.metadata
        default = "" if field.default in (None, MISSING) else str(field.default)
        low, high = about["low"], about["high"]
        limits = "" if low is None else f"{low:g} – {high:g}"
        allowed = ", ".join(f"`{w}`" for w in about["words"]) or limits
        rows.append([f"`{field.name}`", default, allowed, about["en" if english else "zh"]])
    for name, own in ADDIN_SETTINGS.items():
        allowed = ", ".join(f"`{w}`" for w in own.words)
        rows.append([f"`{name}`", own.default, allowed, own.en if english else own.zh])
    heads = ("setting", "default", "may be", "meaning")
    yield _table(heads if english else ("设定", "默认", "可取", "含义"), rows)


def _transforms(english: bool) -> Iterator[str]:
    steps = [
        [f"`{name}(N)`" if kind.months else f"`{name}`", TRANSFORM_WORDS[name][english]]
        for name, kind in STEPS.items()
    ]
    yield _table(("step", "what it does") if english else ("步骤", "作用"), steps)
    yield "\n## Formulas\n" if english else "\n## 公式\n"
    rows = [[f"`{form}`", pair[english]] for form, pair in FORMULA_WORDS]
    yield _table(("may hold", "what it is") if english else ("可用", "含义"), rows)
    yield (
        f"At most {MAX_LENGTH} characters, {MAX_DEPTH} brackets deep, numbers up to {LARGEST:g}. "
        "Nothing else: no functions, no names of Python, no cells; nothing is run as code.\n"
        if english
        else f"最长 {MAX_LENGTH} 个字符，括号最多 {MAX_DEPTH} 层，数字不超过 {LARGEST:g}。"
        "不能用函数、单元格或其他名称；公式不会作为代码执行。\n"
    )


def _definition(english: bool) -> Iterator[str]:
    heads = ("column", "in Chinese", "may be", "what to write")
    for table, columns in COLUMNS.items():
        yield f"## {TABLE_NAMES[table][english]} ({table})\n"
        rows = []
        for column in columns:
            words = ", ".join(f"`{word}`" for word in choices(table, column) if word)
            help = COLUMN_HELP.get(column, ("", ""))[english]
            rows.append([f"`{column}`", COLUMN_NAMES_ZH.get(column, ""), words, help])
        yield _table(heads if english else ("栏目", "中文", "可取", "填写"), rows)


def _errors(english: bool) -> Iterator[str]:
    found = sorted(error_texts(), key=lambda text: text.code)
    rows = [[f"`{text.code}`", text.en if english else text.zh] for text in found]
    yield _table(("code", "what it says") if english else ("代码", "内容"), rows)


PAGES: Mapping[str, Callable[[bool], Iterator[str]]] = {
    "verbs": _verbs,
    "settings": _settings,
    "transforms": _transforms,
    "definition": _definition,
    "errors": _errors,
}


def page(name: str, english: bool) -> str:
    """Return a page of the reference in Markdown."""
    title, about = TITLES[name]
    return "\n".join([f"# {title[english]}\n", f"{about[english]}\n", *PAGES[name](english)])


def pages() -> dict[str, str]:
    """Return every page by its file's name."""
    return {f"{name}.{SUFFIXES[english]}": page(name, english) for name in PAGES
            for english in (False, True)}  # fmt: skip


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [list(heads), ["---"] * len(heads), *rows]
    return "".join(
        "| " + " | ".join(_joined(cell).replace("|", "\\|") for cell in row) + " |\n"
        for row in lines
    )


def _joined(text: str | None) -> str:
    """Return a text on one line, with what Markdown would take for a tag made plain."""
    return " ".join((text or "").split()).replace("<", "&lt;")


def write(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
