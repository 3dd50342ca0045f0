"""The verbs from a shell: the same code as the ribbon's buttons, without Excel."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from prosperity import __version__

from prosperity_excel.cli.speaking import (
    Misused,
    chosen,
    localised,
    misused,
)
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.tongue import speaking

#: Where each verb stands, and what it is called there; loaded when it is asked for.
VERBS: Mapping[str, tuple[str, str]] = {
    "industries": ("models", "industries"),
    "systems": ("models", "systems"),
    "settings": ("models", "settings"),
    "template": ("models", "template"),
    "define": ("models", "define"),
    "demo": ("models", "demo"),
    "import": ("data", "import_"),
    "update": ("update", "update"),
    "sources": ("sources", "sources"),
    "views": ("views", "views"),
    "optimise": ("optimise", "optimise"),
    "learn": ("learn", "learn"),
    "reduce": ("reducing", "reduce"),
    "start": ("update", "start"),
    "check": ("data", "check"),
    "revisions": ("data", "revisions"),
    "vintages": ("history", "vintages"),
    "restore": ("restoring", "restore"),
    "run": ("runs", "run"),
    "plan": ("plan", "plan"),
    "report": ("runs", "report"),
    "refresh": ("runs", "refresh"),
    "evidence": ("evidence", "evidence"),
    "sweep": ("evidence", "sweep"),
    "due": ("coming", "due"),
    "nowcast": ("coming", "nowcast"),
    "changes": ("changes", "changes"),
    "note": ("note", "note"),
    "addin": ("addin", "addin"),
    "calc": ("calc", "calc"),
    "links": ("links", "links"),
    "doctor": ("doctor", "doctor"),
    "completion": ("doctor", "completion"),
}

#: A file in place of a verb.
BOOK_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv"})


class _Verbs(click.Group):
    """The verbs of :data:`VERBS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name]
        return localised(getattr(import_module(f"{__name__}.{module}"), name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; of a mistyped one say which was meant."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            raise Misused(*_no_verb(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the arguments; what is wrong with them is said in the language that is spoken."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise misused(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Do what a verb does; what is wrong with its arguments is said as in make_context."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise misused(error) from None

    def main(self, args: Sequence[str] | None = None, *rest: Any, **kwargs: Any) -> Any:
        """Run, in one language; a console that cannot show a letter shows another one."""
        for stream in (sys.stdout, sys.stderr):
            getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
        language, asked = chosen(sys.argv[1:] if args is None else args)
        with speaking(language):
            spoken: click.Command = localised(self)
            spoken.context_settings = {**self.context_settings, "obj": asked}
            return super(_Verbs, spoken).main(args, *rest, **kwargs)  # type: ignore[misc]


def _no_verb(typed: str) -> Pair:
    """Say that there is no such verb, and which are like it."""
    like = difflib.get_close_matches(typed.lower(), VERBS, n=3, cutoff=0.5)
    if Path(typed).suffix.lower() in BOOK_SUFFIXES:
        return (
            f"“{typed}”是文件；前面应有命令，例如 prosperity run {typed}。",
            f"{typed!r} is a file; a verb comes first, such as: prosperity run {typed}",
        )
    zh, en = f"没有“{typed}”这个命令。", f"There is no verb {typed!r}."
    if like:
        zh += f"是否指：{'、'.join(like)}？"
        en += f" Did you mean {' or '.join(like)}?"
    return zh, en


@click.group(
    cls=_Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """Industry prosperity: templates, runs, reports. 行业景气度：模板、计算、报告。"""
    if context.invoked_subcommand is None:
        from prosperity_excel.cli.first import say_next

        say_next(Path.cwd())
