"""Our VBA parsed by a grammar of the language's specification (MS-VBAL), as a second reader."""

from __future__ import annotations

import pytest
from antlr4 import CommonTokenStream, InputStream
from antlr4.error.ErrorListener import ErrorListener
from antlr4_vba.vbaLexer import vbaLexer
from antlr4_vba.vbaParser import vbaParser
from prosperity_excel.excel.xlam.vba import EVENTS_MODULE, classic_module, modules

MODULES = {**modules(), "ProsperityClassic": classic_module()}
#: What Excel writes above the attributes of a class that is exported to a file. In a project they
#: are kept elsewhere, and the base of a class stands among the attributes.
CLASS_HEAD = "VERSION 1.0 CLASS\nBEGIN\n  MultiUse = -1  'True\nEND\n"


class Slips(ErrorListener):  # type: ignore[misc]
    """Keeps the slips of syntax."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def syntaxError(self, recognizer, symbol, line, column, message, error) -> None:  # type: ignore[no-untyped-def]  # noqa: N802
        self.found.append(f"{line}:{column} {message}")


def slips(source: str) -> list[str]:
    """Return where a module is not what the grammar allows."""
    told = Slips()
    lexer = vbaLexer(InputStream(source.replace("\r\n", "\n")))
    parser = vbaParser(CommonTokenStream(lexer))
    for reader in (lexer, parser):
        reader.removeErrorListeners()
        reader.addErrorListener(told)
    parser.startRule()
    return told.found


def as_exported(name: str) -> str:
    source = MODULES[name].replace("\r\n", "\n")
    if name != EVENTS_MODULE:
        return source
    kept = [line for line in source.split("\n") if not line.startswith(
        ("Attribute VB_Base", "Attribute VB_TemplateDerived", "Attribute VB_Customizable")
    )]  # fmt: skip
    return CLASS_HEAD + "\n".join(kept)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_of_the_language(name: str) -> None:
    assert slips(as_exported(name)) == []


@pytest.mark.parametrize(
    "slip",
    [
        "Sub A()\n    If x Then\nEnd Sub\n",
        "Sub A()\n    For i = 1 To\n    Next\nEnd Sub\n",
        "Function A( As Long\nEnd Function\n",
        "Sub A()\n    x = (1 + \nEnd Sub\n",
    ],
)
def test_a_slip_is_seen(slip: str) -> None:
    assert slips(f'Attribute VB_Name = "A"\nOption Explicit\n\n{slip}')
