"""The parts of the add-in's package that are not VBA: sheet, ribbon, properties, and the zip."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

from prosperity_excel.excel.xlam.ribbon_xml import NAMESPACE, ribbon_xml

VBA_PART = "xl/vbaProject.bin"
SHEET_PART, WORKBOOK_PART = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
CORE_PART, RELATIONS_PART = "docProps/core.xml", "_rels/.rels"
OLD_RIBBON, RIBBON_PART = "customUI/customUI.xml", "customUI/customUI14.xml"
#: The name of xlwings' settings sheet: the project's, without an underscore in front.
CONFIG_SHEET = "prosperity.conf"
RIBBON_RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
#: Every part of the zip carries this time, so that the same content gives the same bytes.
STAMP = (2024, 1, 1, 0, 0, 0)

Parts = Mapping[str, bytes]
Setting = str | bool


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the parts of a package by name, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(parts: Parts) -> bytes:
    """Return a package.

    Parts are stored as they are: what compression gives depends on the machine's zlib.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.create_system, entry.external_attr = 0, 0
            package.writestr(entry, content)
    return out.getvalue()


def configured(parts: Parts, settings: Mapping[str, Setting]) -> dict[str, bytes]:
    """Return the package with its settings sheet renewed: names in column A, values in B."""
    rows = "".join(
        f'<row r="{n}">{_cell(f"A{n}", name)}{_cell(f"B{n}", value)}</row>'
        for n, (name, value) in enumerate(settings.items(), 1)
    )
    sheet = parts[SHEET_PART].decode()
    sheet = _once(r"<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>", sheet)
    sheet = _once(r'<dimension ref="[^"]*" />', f'<dimension ref="A1:B{len(settings)}" />', sheet)
    return {**parts, SHEET_PART: sheet.encode()}


def config(parts: Parts) -> dict[str, str]:
    """Return what :func:`configured` wrote, as texts."""
    cells = dict(
        re.findall(
            r'<c r="([AB]\d+)"[^>]*>(?:<is><t[^>]*>|<v>)([^<]*)<', parts[SHEET_PART].decode()
        )
    )
    count = sum(place.startswith("A") for place in cells)
    unescape = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
    for mark, plain in unescape.items():
        cells = {place: text.replace(mark, plain) for place, text in cells.items()}
    return {cells[f"A{n}"]: cells.get(f"B{n}", "") for n in range(1, count + 1)}


def _cell(place: str, value: Setting) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def with_ribbon(parts: Parts, ribbon: bytes) -> dict[str, bytes]:
    """Return the package with our ribbon in place of the template's."""
    relations = parts[RELATIONS_PART].decode()
    relations = _once(re.escape(OLD_RIBBON), RIBBON_PART, relations)
    if RIBBON_RELATION not in relations:
        raise ValueError("the template's ribbon is not related as expected")
    kept = {RIBBON_PART if n == OLD_RIBBON else n: p for n, p in parts.items()}
    return {**kept, RELATIONS_PART: relations.encode(), RIBBON_PART: ribbon}


def with_names(parts: Parts, title: str, description: str) -> dict[str, bytes]:
    """Return the package with its sheet and title named, without the template author's path."""
    workbook = parts[WORKBOOK_PART].decode()
    workbook = _once(r'<sheet name="[^"]*"', f'<sheet name="{CONFIG_SHEET}"', workbook)
    workbook = _once(r"<mc:AlternateContent.*?</mc:AlternateContent>", "", workbook)
    core = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:description>{escape(description)}"
        "</dc:description></cp:coreProperties>"
    )
    return {**parts, WORKBOOK_PART: workbook.encode(), CORE_PART: core.encode()}


def our_ribbon() -> bytes:
    """Return the whole ribbon."""
    return ribbon_xml()


def classic_ribbon() -> bytes:
    """Return the ribbon of the fallback: one button that lets Excel import the functions."""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<customUI xmlns="{NAMESPACE}">'
        '<ribbon><tabs><tab id="prosperity_tab" label="景气度 Prosperity">'
        '<group id="prosperity_group_classic" label="公式 Formulas">'
        '<button id="prosperity_import" label="导入公式 Import functions" size="large" '
        'imageMso="MacroPlay" onAction="ProsperityImport" />'
        "</group></tab></tabs></ribbon></customUI>"
    ).encode()


def _once(pattern: str, new: str, text: str) -> str:
    """Replace what occurs exactly once.

    Raises
    ------
    ValueError
        When it does not: then the template is not the one that this was written for.
    """
    changed, count = re.subn(pattern, lambda _: new, text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"found {count} times in the template: {pattern}")
    return changed
