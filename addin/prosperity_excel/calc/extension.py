"""The extension file for LibreOffice, made from the registry of functions and the table of buttons.

An ``.oxt`` is a zip of LibreOffice's own configuration files, a type library, and the Python that
runs inside LibreOffice. Equal inputs give equal bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from prosperity import __version__

from prosperity_excel.calc.commands import MENU, TOOLBAR, commands
from prosperity_excel.calc.type_library import Parameter, type_library
from prosperity_excel.excel.buttons import TAB
from prosperity_excel.formulas.registry import FUNCTIONS, Function
from prosperity_excel.ooxml.formula_names import CALC_PREFIX
from prosperity_excel.words.pair import Pair

IDENTIFIER = "org.prosperity.calc"
SERVICE = CALC_PREFIX.removesuffix(".")
INTERFACE = f"{IDENTIFIER}.XFunctions"
#: What the menu's entries are addressed by.
ADDRESS = f"{IDENTIFIER}:"
FILE_NAME = "prosperity.oxt"
#: LibreOffice's languages of the two texts of a pair.
LANGUAGES = (("zh-CN", 0), ("zh-TW", 0), ("en", 1))
#: Zip's first day, so that the same input gives the same file.
_DAY = (1980, 1, 1, 0, 0, 0)
_OFFICE = Path(__file__).with_name("office")
_DOCUMENT: Parameter = ("document", "com.sun.star.beans.XPropertySet")
_ROOT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<oor:component-data '
    'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'oor:name="{name}" oor:package="org.openoffice.Office">\n{body}\n</oor:component-data>\n'
)


def methods() -> Mapping[str, tuple[Parameter, ...]]:
    """Return the parameters of each function's method; the first is the calling document."""
    return {
        f.name: (_DOCUMENT, *((a.name.replace("_", ""), "any") for a in f.arguments))
        for f in FUNCTIONS
    }


def build(interpreter: Path | str) -> bytes:
    """Return the extension file.

    Parameters
    ----------
    interpreter
        The Python, with Prosperity, that LibreOffice is to start.
    """
    parts = {
        "META-INF/manifest.xml": _MANIFEST,
        "description.xml": _description(),
        "description-zh.txt": f"{_ABOUT[0]}\n",
        "description-en.txt": f"{_ABOUT[1]}\n",
        "config.json": json.dumps(_config(str(interpreter)), ensure_ascii=False, indent=1),
        "CalcAddIns.xcu": _ROOT.format(name="CalcAddIns", body=_functions()),
        "Addons.xcu": _ROOT.format(name="Addons", body=_menus()),
        "ProtocolHandler.xcu": _ROOT.format(name="ProtocolHandler", body=_HANDLER),
        "Jobs.xcu": _ROOT.format(name="Jobs", body=_ON_LOAD),
        "component.py": (_OFFICE / "component.py").read_text(encoding="utf-8"),
        **{
            f"pythonpath/prosperity_calc/{path.name}": path.read_text(encoding="utf-8")
            for path in sorted(_OFFICE.glob("*.py"))
            if path.name != "component.py"
        },
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            _add(file, name, text.encode("utf-8"))
        _add(file, "prosperity.rdb", type_library(INTERFACE, methods()))
    return content.getvalue()


def config_of(content: bytes) -> Mapping[str, object]:
    """Return what was written into an extension file when it was built.

    Raises
    ------
    ValueError, KeyError, zipfile.BadZipFile
        When it is none of ours.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        found: Mapping[str, object] = json.loads(file.read("config.json"))
    return found


def _add(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    told = zipfile.ZipInfo(name, _DAY)
    told.compress_type, told.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    file.writestr(told, data)


_ABOUT: Pair = (
    "行业景气度的公式与菜单，数值由本机的 Prosperity 计算。",
    "Formulas and a menu for industry prosperity, computed by the Prosperity on this machine.",
)


def _config(interpreter: str) -> dict[str, object]:
    functions = [
        {
            "name": f.name,
            "help": f.help,
            "arguments": [{"name": a.name, "help": a.help} for a in f.arguments],
        }
        for f in FUNCTIONS
    ]
    entries = {id: {"asks": b.asks, "recalculates": b.recalculates}
               for id, b in commands().items()}  # fmt: skip
    return {
        "interpreter": interpreter,
        "version": __version__,
        "functions": functions,
        "commands": entries,
    }


def _functions() -> str:
    body = "".join(map(_function, FUNCTIONS))
    return _node("AddInInfo", _node(SERVICE, _node("AddInFunctions", body), how="replace"))


def _function(function: Function) -> str:
    shown = _plain("DisplayName", function.name)
    arguments = [_node("document", _plain("DisplayName", "document"), how="replace")] + [
        _node(
            argument.name.replace("_", ""),
            _plain("DisplayName", argument.name) + _said("Description", argument.help),
            how="replace",
        )
        for argument in function.arguments
    ]
    body = (
        shown
        + _said("Description", function.help)
        + '<prop oor:name="Category"><value>Add-In</value></prop>'
        + _plain("CompatibilityName", function.name)
        + _node("Parameters", "".join(arguments))
    )
    return _node(function.name, body, how="replace")


def _menus() -> str:
    entries = commands()
    lines = [
        _node(f"m{n:02}", _entry(entries[id].label, id) if id else _LINE, how="replace")
        for n, id in enumerate(MENU)
    ]
    menu = _node(
        IDENTIFIER,
        _said("Title", TAB) + _plain("Context", _CALC, None) + _node("Submenu", "".join(lines)),
        how="replace",
    )
    buttons = "".join(
        _node(f"b{n:02}", _entry(entries[id].label, id), how="replace")
        for n, id in enumerate(TOOLBAR)
    )
    bar = _node(IDENTIFIER, buttons, how="replace")
    return _node("AddonUI", _node("OfficeMenuBar", menu) + _node("OfficeToolBar", bar))


_CALC = "com.sun.star.sheet.SpreadsheetDocument"
_LINE = '<prop oor:name="URL" oor:type="xs:string"><value>private:separator</value></prop>'


def _entry(label: Pair, id: str) -> str:
    return (
        _plain("URL", f"{ADDRESS}{id}", None)
        + _said("Title", label)
        + _plain("Target", "_self", None)
        + _plain("Context", _CALC, None)
    )


def _node(name: str, body: str, *, how: str = "") -> str:
    """Return a node; ``how`` it comes into a set: ``replace``, or ``fuse`` beside others."""
    told = f" oor:op={quoteattr(how)}" if how else ""
    return f"<node oor:name={quoteattr(name)}{told}>{body}</node>"


def _plain(name: str, text: str, language: str | None = "en") -> str:
    """Return a property with one text, whatever the language."""
    told = "" if language is None else f" xml:lang={quoteattr(language)}"
    kind = ' oor:type="xs:string"' if language is None else ""
    return f'<prop oor:name="{name}"{kind}><value{told}>{escape(text)}</value></prop>'


def _said(name: str, pair: Pair) -> str:
    values = "".join(
        f'<value xml:lang="{language}">{escape(pair[n])}</value>' for language, n in LANGUAGES
    )
    return f'<prop oor:name="{name}">{values}</prop>'


def _description() -> str:
    def named(pairs: Iterable[tuple[str, str]]) -> str:
        return "".join(f'<name lang="{lang}">{escape(text)}</name>' for lang, text in pairs)

    names = named((("en", "Prosperity"), ("zh", "景气度 Prosperity")))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<description xmlns="http://openoffice.org/extensions/description/2006" '
        'xmlns:d="http://openoffice.org/extensions/description/2006" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<identifier value="{IDENTIFIER}"/><version value="{__version__}"/>'
        f"<display-name>{names}</display-name>"
        "<extension-description>"
        '<src lang="en" xlink:href="description-en.txt"/>'
        '<src lang="zh" xlink:href="description-zh.txt"/>'
        "</extension-description></description>\n"
    )


_HANDLER = _node(
    "HandlerSet",
    _node(
        f"{IDENTIFIER}.Commands",
        f'<prop oor:name="Protocols" oor:type="oor:string-list"><value>{ADDRESS}*</value></prop>',
        how="replace",
    ),
)
#: A file written for Excel is looked at once it is loaded.
_ON_LOAD = _node(
    "Jobs",
    _node(
        f"{IDENTIFIER}.Opened",
        f'<prop oor:name="Service"><value>{IDENTIFIER}.Opened</value></prop>',
        how="replace",
    ),
) + _node(
    "Events",
    _node("OnLoad", _node("JobList", _node(f"{IDENTIFIER}.Opened", "", how="replace")), how="fuse"),
)
_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
<manifest:file-entry manifest:full-path="prosperity.rdb"
 manifest:media-type="application/vnd.sun.star.uno-typelibrary;type=RDB"/>
<manifest:file-entry manifest:full-path="component.py"
 manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/>
<manifest:file-entry manifest:full-path="CalcAddIns.xcu"
 manifest:media-type="application/vnd.sun.star.configuration-data"/>
<manifest:file-entry manifest:full-path="Addons.xcu"
 manifest:media-type="application/vnd.sun.star.configuration-data"/>
<manifest:file-entry manifest:full-path="ProtocolHandler.xcu"
 manifest:media-type="application/vnd.sun.star.configuration-data"/>
<manifest:file-entry manifest:full-path="Jobs.xcu"
 manifest:media-type="application/vnd.sun.star.configuration-data"/>
</manifest:manifest>
"""
