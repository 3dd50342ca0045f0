"""How a sheet looks that lists something: wrapped, filtered, coloured, with a link to each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prosperity_excel.ooxml.markup import Splices, escaped, odd_part, with_attribute
from prosperity_excel.ooxml.package import Package
from prosperity_excel.ooxml.sheet_rows import rows as sheet_lines
from prosperity_excel.sheets.workbook import address

#: Rows over which colours reach.
MOST_ROWS = 5000
#: What may follow the links of a worksheet, in the order of the schema.
_AFTER_LINKS = ("printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
                "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
                "drawing", "legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls",
                "webPublishItems", "tableParts", "extLst")  # fmt: skip
_WRAPPED = (
    '<{p}xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">'
    '<{p}alignment vertical="top" wrapText="1"/></{p}xf>'
)


@dataclass(frozen=True)
class ListLooks:
    """How a list looks.

    Attributes
    ----------
    widths : sequence of float
        Of its columns; 0 hides one.
    colours : mapping of str to tuple of str
        Formulas for the first row below the heading, such as ``$B2="error"``, with the colours of
        the letters and of the cell, as ``RRGGBB``.
    links : mapping
        Cells by row and column, from 0, and the cell that each leads to, such as ``'data'!B5``.
    heights : mapping of int to float
        Of rows, in points: some programs do not fit them to wrapped text.
    """

    widths: Sequence[float]
    colours: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    heights: Mapping[int, float] = field(default_factory=dict)


def new_list(package: Package, looks: ListLooks) -> str:
    """Return the inside of a new worksheet for a list, without its cells."""
    view = package.tree(package.workbook).first("workbookView") is not None
    frozen = (
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    )
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width or 8}" customWidth="1"'
        + ("/>" if width else ' hidden="1"/>')
        for n, width in enumerate(looks.widths, 1)
    )
    last = address(0, len(looks.widths) - 1)
    area = f"A2:{address(MOST_ROWS - 1, len(looks.widths) - 1)}"
    rules = {"TRUE": ("1F3864", "DCE6F2")}
    said = [
        f'<conditionalFormatting sqref="{where}"><cfRule type="expression" dxfId="{style}" '
        f'priority="{n}"><formula>{escaped(formula)}</formula></cfRule></conditionalFormatting>'
        for n, (where, formula, style) in enumerate(
            [
                *(("A1:" + last, formula, _coloured(package, *both, bold=True))
                  for formula, both in rules.items()),
                *((area, formula, _coloured(package, *both))
                  for formula, both in looks.colours.items()),
            ],
            1,
        )
    ]  # fmt: skip
    return (
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1"/>'
        f'{frozen if view else ""}<sheetFormatPr defaultRowHeight="15"/>'
        f'<cols>{columns}</cols><sheetData/><autoFilter ref="A1:{last}"/>{"".join(said)}'
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
    )


def wrapped(package: Package) -> int:
    """Return the number of the style of a cell whose text is wrapped, adding it where need be."""
    part = package.styles_part()
    tree = package.tree(part)
    styles = tree.root.child("cellXfs")
    if styles is None:
        raise odd_part(part)
    entries = list(styles.children("xf"))
    for number, entry in enumerate(entries):
        alignment = entry.child("alignment")
        plain = all(
            entry.attributes.get(name, "0") == "0"
            for name in ("numFmtId", "fontId", "fillId", "borderId")
        )
        if plain and alignment is not None and alignment.attributes.get("wrapText") == "1":
            return number
    splices = Splices(tree)
    opening = with_attribute(styles.opening, "count", str(len(entries) + 1))
    splices.append(styles, _WRAPPED.format(p=styles.prefix), opening)
    package.put(part, splices.result())
    return len(entries)


def _coloured(package: Package, ink: str, fill: str, *, bold: bool = False) -> int:
    """Return the number of a style for rules, adding it."""
    part = package.styles_part()
    tree = package.tree(part)
    there = tree.root.child("dxfs")
    p = tree.root.prefix
    said = (
        f'<{p}dxf><{p}font>{f"<{p}b/>" if bold else ""}<{p}color rgb="FF{ink}"/></{p}font>'
        f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="FF{fill}"/>'
        f'<{p}bgColor rgb="FF{fill}"/></{p}patternFill></{p}fill></{p}dxf>'
    )
    splices = Splices(tree)
    if there is not None:
        entries = list(there.children("dxf"))
        opening = with_attribute(there.opening, "count", str(len(entries) + 1))
        splices.append(there, said, opening)
        number = len(entries)
    else:
        before = tree.root.child("cellStyles") or tree.root.child("cellXfs")
        if before is None:
            raise odd_part(part)
        splices.put(before.stop, before.stop, f'<{p}dxfs count="1">{said}</{p}dxfs>')
        number = 0
    package.put(part, splices.result())
    return number


def with_links(package: Package, part: str, looks: ListLooks, rows: int) -> None:
    """Give a list its links, in place of those of before, and have its filter reach over it."""
    tree = package.tree(part)
    root, splices = tree.root, Splices(tree)
    p = root.prefix
    found = "".join(
        f'<{p}hyperlink ref="{address(*cell)}" location="{escaped(goal)}"/>'
        for cell, goal in sorted(looks.links.items())
    )
    said = f"<{p}hyperlinks>{found}</{p}hyperlinks>" if found else ""
    there = root.child("hyperlinks")
    if there is not None:
        splices.replace(there, said)
    elif said:
        after = next((c for c in root.children() if c.name in _AFTER_LINKS), None)
        at = after.start if after is not None else root.inner_stop
        splices.put(at, at, said)
    for row in sheet_lines(tree):
        if row.number in looks.heights:
            tall = with_attribute(row.element.opening, "ht", f"{looks.heights[row.number]:g}")
            splices.reopen(row.element, with_attribute(tall, "customHeight", "1"))
    filtered = root.child("autoFilter")
    if filtered is not None:
        area = f"A1:{address(max(rows, 1) - 1, len(looks.widths) - 1)}"
        splices.reopen(filtered, with_attribute(filtered.opening, "ref", area))
    package.put(part, splices.result())
