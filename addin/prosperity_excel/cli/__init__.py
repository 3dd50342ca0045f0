"""The verbs from a shell: the same code as the ribbon's buttons, without Excel."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import click
from prosperity import __version__

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
    "start": ("update", "start"),
    "check": ("data", "check"),
    "revisions": ("data", "revisions"),
    "vintages": ("history", "vintages"),
    "restore": ("restoring", "restore"),
    "run": ("runs", "run"),
    "report": ("runs", "report"),
    "refresh": ("runs", "refresh"),
    "evidence": ("evidence", "evidence"),
    "sweep": ("evidence", "sweep"),
    "due": ("coming", "due"),
    "nowcast": ("coming", "nowcast"),
    "changes": ("changes", "changes"),
    "note": ("note", "note"),
    "addin": ("addin", "addin"),
    "doctor": ("doctor", "doctor"),
    "completion": ("doctor", "completion"),
}


class _Verbs(click.Group):
    """The verbs of :data:`VERBS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name]
        found: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return found


@click.group(
    cls=_Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """Industry prosperity (景气度): templates, runs, reports.

    行业景气度：模板、计算、报告。
    """
    for stream in (sys.stdout, sys.stderr):
        # A console in a Chinese code page must not stop a run over one character.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    if context.invoked_subcommand is None:
        from prosperity_excel.cli.first import say_next

        say_next(Path.cwd())
