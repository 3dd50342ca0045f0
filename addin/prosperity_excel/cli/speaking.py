"""The shell in one language: which it is, help and usage errors in it."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from prosperity.errors import ProsperityError

from prosperity_excel.files.places import user_file
from prosperity_excel.files.replacing import is_there
from prosperity_excel.words.tongue import (
    LANGUAGES,
    Language,
    help_parts,
    language,
    locale_language,
    spoken,
)

OPTION = "--language"
#: What click itself says in its help, and the Chinese.
HELP_WORDS = {
    "Usage": "用法",
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示本帮助。",
    "Show the version and exit.": "显示版本。",
}
#: Columns between a name and what it means, and the least that are left for the latter.
NAME_GAP, LEAST_TEXT = 4, 12
#: Columns of the longest name that has its meaning beside it.
LONGEST_NAME = 30
#: What click says of an option in brackets, and the Chinese.
_ABOUT = (("default: ", "默认："), ("required", "必填"))
_BRACKETS = re.compile(r"\[(?:default: |required)[^\]]*\]$")
_EXTRA = re.compile(r"^Got unexpected extra arguments? \((.*)\)$", re.DOTALL)


def chosen(args: Sequence[str]) -> tuple[Language, bool]:
    """Return the language of a command, and whether it was asked for.

    ``--language`` counts first, wherever it stands, then the user's setting, then the locale. A
    setting that cannot be read is reported where settings are used.
    """
    asked = _asked(args)
    if asked is not None:
        return asked, True
    if not is_there(user_file()):
        # Nearly always; and what reads it loads much.
        return locale_language(), False
    from prosperity_excel.runs.settings import read_user

    try:
        said = read_user().get("language")
    except ProsperityError:
        said = None
    return (said if said in LANGUAGES else locale_language()), False


def _asked(args: Sequence[str]) -> Language | None:
    """Return the language that the arguments of a command name; None where they name none."""
    for place, word in enumerate(args):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name == OPTION:
            found = value if equals else "".join(args[place + 1 : place + 2])
            return next((known for known in LANGUAGES if known == found), None)
    return None


def language_asked() -> bool:
    """Whether the running command was given ``--language``."""
    context = click.get_current_context(silent=True)
    return context is not None and context.find_root().obj is True


def language_option() -> click.Option:
    """Return the option that every verb has."""
    return click.Option(
        [OPTION],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help="Language of messages and of what is written; default: the setting, then the locale. "
        "消息与输出的语言；默认按设定，其次按系统语言。",
    )


def localised(command: click.Command) -> click.Command:
    """Return a command that speaks: its help in one language, and with ``--language``."""
    made = copy.copy(command)
    made.context_class = _Context
    made.help = _help(command.help)
    made.short_help = _help(command.short_help)
    made.params = [copy.copy(parameter) for parameter in command.params]
    if not any(OPTION in parameter.opts for parameter in made.params):
        made.params.append(language_option())
    for parameter in made.params:
        if isinstance(parameter, click.Option):
            parameter.help = _help(parameter.help)
    if isinstance(command, click.Group) and isinstance(made, click.Group):
        made.commands = {name: localised(one) for name, one in command.commands.items()}
    return made


def _help(text: str | None) -> str | None:
    if not text:
        return text
    zh, en = help_parts(text)
    return spoken(en, en) if not zh else spoken(zh, en, "\n\n" if "\n\n" in text else " ")


class _Formatter(click.HelpFormatter):
    """Help with its headings in the language that is spoken."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{_word('Usage')}: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_word(heading))

    def write_text(self, text: str) -> None:
        with self._narrower(0):
            super().write_text(text)

    def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        rows = list(rows)
        named = min(max((len(first) for first, _ in rows), default=0), LONGEST_NAME) + NAME_GAP
        with self._narrower(named):
            super().write_dl([(first, _about(said)) for first, said in rows], *args, **kwargs)

    @contextmanager
    def _narrower(self, named: int) -> Iterator[None]:
        """Leave room beside ``named`` columns for Chinese signs, which take two each."""
        before = self.width
        if language() == "zh":
            self.width = named + max((before - named) // 2, LEAST_TEXT)
        yield
        self.width = before


class _Context(click.Context):
    formatter_class = _Formatter


def _word(text: str) -> str:
    return spoken(HELP_WORDS.get(text, text), text)


def _about(text: str) -> str:
    """Return what stands beside an option, with what click says of it in the language."""
    found = _BRACKETS.search(text)
    if found is None:
        return _word(text)
    zh = found[0]
    for word, chinese in _ABOUT:
        zh = zh.replace(word, chinese)
    return f"{text[: found.start()]}{spoken(zh, zh if zh == found[0] else found[0])}"


class Misused(click.UsageError):
    """A usage error, said in the language that is spoken."""

    def __init__(self, zh: str, en: str, context: click.Context | None) -> None:
        super().__init__(spoken(zh, en), context)

    def show(self, file: Any = None) -> None:
        """Print the usage, where help is, and what is wrong."""
        if self.ctx is not None:
            path = f"{self.ctx.command_path} {self.ctx.help_option_names[-1]}"
            click.echo(self.ctx.get_usage(), err=True)
            click.echo(spoken(f"用 {path} 查看帮助。", f"Try '{path}' for help."), err=True)
            click.echo(err=True)
        click.echo(f"{spoken('错误', 'Error')}: {self.message}", err=True)


def misused(error: click.UsageError) -> click.UsageError:
    """Return a usage error of click in the language that is spoken."""
    if isinstance(error, Misused | click.exceptions.NoArgsIsHelpError):
        return error
    return Misused(_chinese(error), _english(error), error.ctx)


def _english(error: click.UsageError) -> str:
    near = _near(error)
    return error.format_message() + (f" Did you mean {near}?" if near else "")


def _near(error: click.UsageError) -> str:
    """Return the word of a choice that is most like a wrong one; empty where none is."""
    if not (isinstance(error, click.BadParameter) and error.param is not None):
        return ""
    kind = error.param.type
    typed = re.match(r"^'([^']*)'", error.message)
    if not (isinstance(kind, click.Choice) and typed):
        return ""
    words = [str(word) for word in kind.choices]
    return "".join(difflib.get_close_matches(typed[1].lower(), words, n=1))


def _chinese(error: click.UsageError) -> str:
    """Return what is wrong in Chinese, by the kind of error."""
    if isinstance(error, click.NoSuchOption):
        return f"没有 {error.option_name} 这个选项。{_meant(error.possibilities)}"
    if isinstance(error, click.MissingParameter):
        name = error.param_hint or (error.param.get_error_hint(error.ctx) if error.param else "")
        kind = "选项" if isinstance(error.param, click.Option) else "参数"
        return f"缺少{kind} {_plain(name)}。"
    if isinstance(error, click.BadParameter):
        hint = error.param_hint or (error.param.get_error_hint(error.ctx) if error.param else "")
        near = _near(error)
        return f"{_plain(hint)} 的值不对：{_wrong(error)}{_meant([near] if near else [])}"
    if isinstance(error, click.BadOptionUsage):
        needs = "requires" in error.message
        return f"选项 {error.option_name} {'要有值' if needs else '不带值'}。"
    extra = _EXTRA.match(error.message)
    if extra:
        return f"多出的参数：{extra[1]}。"
    missing = getattr(error, "command_name", None)
    if missing is not None:
        return f"没有“{missing}”这个命令。{_meant(getattr(error, 'possibilities', None))}"
    return error.format_message()


def _wrong(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return f"应为 {'、'.join(str(word) for word in kind.choices)} 之一。"
    if isinstance(kind, click.types.IntParamType):
        return f"应为整数。{kind._describe_range() if isinstance(kind, click.IntRange) else ''}"
    return "应为数字。" if isinstance(kind, click.types.FloatParamType) else error.message


def _meant(near: Sequence[str] | None) -> str:
    return f"是否指：{'、'.join(near)}？" if near else ""


def _plain(hint: Any) -> str:
    return "、".join(hint) if isinstance(hint, list | tuple) else str(hint).replace("'", "")
