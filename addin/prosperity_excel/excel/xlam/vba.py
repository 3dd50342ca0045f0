"""The VBA of the add-in, from the registry of functions and the table of buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import resources

from prosperity import __version__

from prosperity_excel.excel.buttons import BUTTONS, SHOWN, Button
from prosperity_excel.excel.handshake import FILE_NAME, PROTOCOL, XLWINGS_VERSION
from prosperity_excel.excel.xlam.ribbon_xml import CHOICE, PREFIX
from prosperity_excel.formulas.cell_values import MARK
from prosperity_excel.formulas.registry import CATEGORY, FUNCTIONS, LONGEST_HELP, Function
from prosperity_excel.words.book_words import SHEETS

#: Names of our modules.
FUNCTIONS_MODULE, BRIDGE_MODULE, RIBBON_MODULE, EVENTS_MODULE = (
    "ProsperityFunctions",
    "ProsperityBridge",
    "ProsperityRibbon",
    "ProsperityEvents",
)
CLASSIC_MODULE = "ProsperityClassic"
#: Letters of source that one line of a text takes; VBA allows lines of 1023.
LINE = 180

#: Shown when Python cannot be reached, before Excel's own reason.
UNREACHABLE = (
    "无法启动 Python，公式不能计算。请运行 prosperity addin diagnose 查看原因（常见：Python 已移动"
    "或卸载，xlwings 版本不同），再运行 prosperity addin install。",
    "Python cannot be reached, so formulas cannot be computed. Run 'prosperity addin diagnose' for "
    "the cause (often Python was moved or removed, or xlwings has another version), then "
    "'prosperity addin install'.",
)
NO_BOOK = ("请先打开一个工作簿。", "Open a workbook first.")
INDUSTRY_PROMPT = (
    "行业的 id 或名称；all 为全部行业：",
    "Id or name of the industry; all is every industry:",
)
#: Files that can be imported, as Excel's dialog shows them: a name and its patterns. The dialog
#: parts names and patterns at commas, so that none may stand inside.
OPEN_FILTERS: tuple[tuple[str, str], ...] = (
    ("数据文件 Data files", "*.xls;*.xlsx;*.xlsm;*.xlsb;*.csv;*.txt;*.tsv;*.ods"),
    ("所有文件 All files", "*.*"),
)

_RESERVED = """
    call case close const declare defbool defbyte defcur defdate defdbl defdec defint deflng
    deflnglng deflngptr defobj defsng defstr defvar dim do else elseif end endif enum erase event
    exit for friend function get global gosub goto if implements input let lock loop lset next on
    open option print private public put raiseevent redim resume return rset seek select set static
    stop sub type unlock wend while with write
    any as byref byval each in is like me new nothing optional paramarray preserve rem shared spc
    tab then to typeof withevents xor and or not mod eqv imp addressof
    abs cbool cbyte ccur cdate cdbl cdec cint clng clnglng clngptr csng cstr cvar cverr date debug
    doevents fix int len lenb psng scale sgn string
    boolean byte currency double integer long longlong longptr single variant object
    true false null empty until array lbound ubound cdecl decimal lineinput
    attribute circle linput pset input inputb version
    """
#: What may not be a name in VBA ([MS-VBAL] 3.3.5.2), in small letters.
RESERVED = frozenset(_RESERVED.split())


def is_legal_name(name: str) -> bool:
    """Whether VBA takes a name: letters, digits and _, begun by a letter, not reserved."""
    return (
        re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,254}", name) is not None
        and name.casefold() not in RESERVED
    )


def modules() -> dict[str, str]:
    """Return the source of each of our modules by name."""
    fill = {
        "ADDIN_VERSION": __version__,
        "PROTOCOL": str(PROTOCOL),
        "XLWINGS_VERSION": XLWINGS_VERSION,
        "MARK": MARK,
        "UNREACHABLE": "\n".join(_assigned("t", "\n".join(UNREACHABLE))),
        "LAST_SHOWN": str(len(SHOWN) - 1),
        "PREFIX": PREFIX,
        "FILE_NAME": FILE_NAME,
        "CHOICE": CHOICE,
        "TABLES": "\n".join(_tables()),
        "WRAPPERS": "\n\n".join("\n".join(_function(f)) for f in FUNCTIONS),
        "HELP_TEXTS": "\n".join(_help_texts()),
    }
    return {
        BRIDGE_MODULE: _template("bridge.bas", fill),
        FUNCTIONS_MODULE: _template("functions.bas", fill),
        RIBBON_MODULE: _template("ribbon.bas", fill),
        EVENTS_MODULE: _template("events.cls", fill),
    }


def classic_module() -> str:
    """Return the module of the fallback, which only lets Excel import the functions."""
    return _template("classic.bas", {})


def _template(name: str, fill: dict[str, str]) -> str:
    source = resources.files(__package__).joinpath(name).read_text(encoding="ascii")
    filled = re.sub(r"@([A-Z_]+)@", lambda match: fill[match[1]], source)
    return filled.replace("\r\n", "\n")


def _function(function: Function) -> Iterator[str]:
    declared = ", ".join(
        f"{'Optional ' if a.optional else ''}{a.name} As Variant" for a in function.arguments
    )
    given = ", ".join([*(a.name for a in function.arguments), "Nothing"])
    name = function.name
    plain = function.help[1].replace('"', '""')
    yield f"Public Function {name}({declared}) As Variant"
    yield f'Attribute {name}.VB_Description = "{plain}"'
    yield f'Attribute {name}.VB_ProcData.VB_Invoke_Func = " \\n14"'
    yield f'    {name} = ProsperityAnswer("{name}", Array({given}), Application.Caller)'
    yield "End Function"


def _help_texts() -> Iterator[str]:
    """Give the statements that tell Excel the help in both languages, which attributes cannot."""
    for function in FUNCTIONS:
        yield from _assigned("t", _cut(function.description()))
        if not function.arguments:
            yield _options(function.name, "")
            continue
        yield f"    ReDim a(0 To {len(function.arguments) - 1})"
        for place, argument in enumerate(function.arguments):
            yield from _assigned(f"a({place})", _cut(" ".join(argument.help)))
        yield _options(function.name, ", ArgumentDescriptions:=a")


def _options(name: str, more: str) -> str:
    category = f'ProsperityLetters("{_escaped(CATEGORY)}")'
    macro = f'"\'" & ThisWorkbook.Name & "\'!{name}"'
    return (
        f"    Application.MacroOptions Macro:={macro}, Description:=t, Category:={category}{more}"
    )


def _cut(text: str) -> str:
    if len(text) > LONGEST_HELP:
        raise ValueError(f"help of {len(text)} letters, more than {LONGEST_HELP}: {text}")
    return text


def _assigned(variable: str, text: str) -> Iterator[str]:
    """Give lines that put a text with any letters into a variable."""
    for number, piece in enumerate(_pieces(text)):
        before = f"{variable} & " if number else ""
        yield f'    {variable} = {before}ProsperityLetters("{piece}")'


def _pieces(text: str) -> Iterator[str]:
    """Give the escaped text in pieces of at most :data:`LINE` letters, no escape cut apart."""
    piece = ""
    for letter in text:
        escaped = _escaped(letter)
        if len(piece) + len(escaped) > LINE:
            yield piece
            piece = ""
        piece += escaped
    yield piece


def _escaped(text: str) -> str:
    units = text.encode("utf-16-be")
    codes = [int.from_bytes(units[n : n + 2]) for n in range(0, len(units), 2)]
    plain = {ord('"'): '""'}
    return "".join(
        plain.get(c) or (chr(c) if 32 <= c < 127 and c != ord("\\") else f"\\u{c:04X}")
        for c in codes
    )


def _tables() -> Iterator[str]:
    """Give the functions that look a button's properties up."""
    yield from _lookup("ProsperityQuestion", "String", lambda b: _quoted(b.asks) if b.asks else "")
    yield from _lookup("ProsperityNeedsBook", "Boolean", lambda b: "True" if b.needs_book else "")
    yield from _lookup(
        "ProsperityRecalculates", "Boolean", lambda b: "True" if b.recalculates else ""
    )
    yield from _lookup(
        "ProsperityPlace",
        "Long",
        lambda b: str(SHOWN.index(b.id)) if b.id in SHOWN else "",
    )
    yield from _lookup(
        "ProsperityFirst", "String", lambda b: _quoted(b.choices[0]) if b.choices else ""
    )
    for name, pair in (
        ("ProsperityIndustryPrompt", INDUSTRY_PROMPT),
        ("ProsperityNoBook", NO_BOOK),
        ("ProsperityResultWord", SHEETS["result"][1:2]),
        ("ProsperityOpenFilter", (",".join(map(",".join, OPEN_FILTERS)),)),
    ):
        yield f"Private Function {name}() As String"
        yield "    Dim t As String"
        yield from _assigned("t", "\n".join(pair))
        yield f"    {name} = t"
        yield "End Function"
        yield ""


def _lookup(name: str, kind: str, value: Callable[[Button], str]) -> Iterator[str]:
    rows: Iterable[tuple[str, str]] = ((b.id, value(b)) for b in BUTTONS.values())
    yield f"Private Function {name}(ByVal Action As String) As {kind}"
    yield "    Select Case Action"
    for id, found in rows:
        if found:
            yield f'        Case "{id}": {name} = {found}'
    yield "    End Select"
    yield "End Function"
    yield ""


def _quoted(text: str) -> str:
    return f'"{text}"'
