"""Single cells of our own sheets in a closed book, everything else as it was.

The results writer replaces a sheet's cells whole; here an analyst's own rows stay where they are,
with their looks, formulas and comments, and only cells that change are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from prosperity_excel.files.regular import refused
from prosperity_excel.files.saving import refuse_form, refuse_if_open, replace_file
from prosperity_excel.ooxml.cells_xml import FORMATS, with_plain_cells
from prosperity_excel.ooxml.chart_caches import formulas_mention, mentions
from prosperity_excel.ooxml.grid import Value
from prosperity_excel.ooxml.identity import identify
from prosperity_excel.ooxml.list_looks import ListLooks, new_list, with_links, wrapped
from prosperity_excel.ooxml.markup import odd_part
from prosperity_excel.ooxml.package import Package
from prosperity_excel.ooxml.readback import Expected, check_readable
from prosperity_excel.ooxml.row_edits import SheetEdit, SheetEditor

SUFFIXES = (".xlsx", ".xlsm")
#: A new sheet of plain cells, without them.
_PLAIN_SHEET = (
    '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1"/>'
    '<sheetFormatPr defaultRowHeight="15"/><cols>'
    '<col min="1" max="2" width="11" customWidth="1"/>'
    '<col min="3" max="4" width="24" customWidth="1"/>'
    '<col min="5" max="8" width="48" customWidth="1"/></cols><sheetData/>'
    '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" '
    'footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
)


def edit_book(
    path: Path,
    edits: Mapping[str, SheetEdit],
    *,
    whole: Mapping[str, Iterable[tuple[int, int, Value]]] | None = None,
    looks: ListLooks | None = None,
    now: datetime | None = None,
    expected: bytes | None = None,
    verb: str = "import",
    identity: str = "",
) -> Path | None:
    """Change cells in a closed book.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.xlsm`` file that no program has open.
    edits
        By sheet, as the book names it.
    whole
        Sheets whose cells are all replaced; added where the book has none.
    looks
        How those sheets look that are lists; a sheet that is there keeps its own, but for links.
    now
        Time in the name of the dated copy; None is now.
    expected
        What the file held when the edits were planned; None is what it holds now.
    verb
        What does this, for the copy's name.
    identity
        What a book that has none is given as its identity; empty gives none.

    Returns
    -------
    Path or None
        The dated copy of the file as it was; None when nothing changed.

    Raises
    ------
    BookError
        ``other_format``, ``is_backup``, ``book_open``, ``read_only``, ``changed_meanwhile``,
        ``cannot_insert``, ``has_formula``, ``name_taken``, ``part_twice``, ``odd_part``,
        ``not_read_back``, ``cannot_write``. The file is then as it was.
    """
    refuse_to_write(path)
    content = path.read_bytes() if expected is None else expected
    package = Package(content, path.name)
    for name, edit in edits.items():
        part = package.sheets[name]
        editor = SheetEditor(
            package.tree(part), name, edit, _styles(package), date_1904=package.date_1904
        )
        package.put(part, editor.edited())
    replaced = {name: list(cells) for name, cells in (whole or {}).items()}
    for name, cells in replaced.items():
        replace_cells(package, name, cells, looks)
    if not package.changed:
        return None
    touched = frozenset({*edits, *replaced})
    package.forget_calculation(frozenset(replaced))
    if _read_by_formulas(package, touched):
        package.recalculate_on_load()
    identify(package, identity)
    new = package.bytes()
    expected_cells = {n: Expected(edit.cells, edit.inserted) for n, edit in edits.items()}
    for name, cells in replaced.items():
        expected_cells[name] = Expected({(r, c): value for r, c, value in cells}, whole=True)
    check_readable(path, new, expected_cells, others=package.is_rearranged)
    return replace_file(path, content, new, now or datetime.now(), verb)


def refuse_to_write(path: Path) -> None:
    """Check that a book can be written; see :func:`edit_book`."""
    refuse_form(path)
    if not path.is_file():
        raise refused(path, "missing_file")
    refuse_if_open(path)


def _read_by_formulas(package: Package, sheets: frozenset[str]) -> bool:
    """Whether a formula anywhere names one of the sheets."""
    return any(
        package.may_name(part, sheets) and formulas_mention(package.tree(part), sheets)
        for part in package.sheets.values()
    ) or any(
        mentions(name.text, sheet)
        for name in package.tree(package.workbook).named("definedName")
        for sheet in sheets
    )


def _styles(package: Package) -> Callable[[Value], int]:
    """Return what gives the style of a value, adding to the style sheet only when it is asked."""
    known: list[int] = []

    def style(value: Value) -> int:
        if not isinstance(value, date):
            return 0
        if not known:
            known.append(package.add_styles({"date": FORMATS["date"]})["date"])
        return known[0]

    return style


def _always(number: int) -> Callable[[Value], int]:
    return lambda _: number


def replace_cells(
    package: Package,
    name: str,
    cells: Sequence[tuple[int, int, Value]],
    looks: ListLooks | None = None,
) -> None:
    """Replace all cells of a sheet of ours, adding the sheet where there is none."""
    if name not in package.sheets:
        package.add_sheet(name, _PLAIN_SHEET if looks is None else new_list(package, looks))
    part = package.sheets[name]
    tree = package.tree(part)
    if tree.first("tablePart") is not None:
        raise odd_part(part)
    style = _styles(package) if looks is None else _always(wrapped(package))
    new = with_plain_cells(tree, cells, style, date_1904=package.date_1904)
    package.put(part, new)
    if looks is not None:
        with_links(package, part, looks, max((row for row, _, _ in cells), default=0) + 1)
