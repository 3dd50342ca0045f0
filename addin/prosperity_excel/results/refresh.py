"""Results written back into the analyst's own books: ``prosperity refresh`` and the ribbon.

On a closed book only the parts that are ours are replaced: the cells of the sheets of results,
what charts and plain references remember of them, and, in a book that has no such sheet, the few
lines that make a new one known. Every other part stays byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from prosperity.errors import BookError, ProsperityError
from prosperity.evaluation import Evaluation
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel import vintages
from prosperity_excel.book.book import Book
from prosperity_excel.book.former import former_signals
from prosperity_excel.book.own_sheets import not_our_sheet
from prosperity_excel.files.child import read_guarded
from prosperity_excel.files.regular import content_of, refuse_odd
from prosperity_excel.files.saving import refuse_form, refuse_if_open, replace_file
from prosperity_excel.ooxml.archive import refuse_too_much
from prosperity_excel.ooxml.cells_xml import FORMATS, Looks, new_sheet, with_cells
from prosperity_excel.ooxml.chart_caches import (
    Memory,
    formulas_mention,
    has_other_references,
    mentions,
    renewed_chart,
    renewed_references,
)
from prosperity_excel.ooxml.edits import replace_cells
from prosperity_excel.ooxml.grid import KEY_ROW, Grid
from prosperity_excel.ooxml.identity import identify
from prosperity_excel.ooxml.looks import first_of_row, is_blank
from prosperity_excel.ooxml.markup import Tree
from prosperity_excel.ooxml.package import Package
from prosperity_excel.ooxml.plain_sheet import plain_sheet
from prosperity_excel.ooxml.readback import Expected, check_readable
from prosperity_excel.results.dashboard_cells import View, view_of
from prosperity_excel.results.dashboard_view import NAMES
from prosperity_excel.results.due_sheet import held_sheet, renewed_cells
from prosperity_excel.results.plan_layout import plan_grid
from prosperity_excel.results.sheet_layout import MARKS, result_grids, sheet_names
from prosperity_excel.results.system_layout import system_grid, system_sheets
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.runs.reading import read_whole
from prosperity_excel.runs.settings import settled
from prosperity_excel.sheets.workbook import first_cells
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import DUE_SHEET, PLAN_SHEET, SHEETS, fold
from prosperity_excel.words.fields import Kind
from prosperity_excel.words.statements import Former

_SIGNATURES = "_xmlsignatures/"


@dataclass(frozen=True)
class Refreshed:
    """What became of a book.

    Attributes
    ----------
    path : Path
    evaluation : Evaluation
    changed : bool
        Whether the file was written; False when it held these results already.
    backup : Path or None
        The dated copy of the file as it was before.
    added : tuple of str
        Sheets that the book did not have.
    unsigned : bool
        Whether the package carried a digital signature, which no longer fits its content. (The
        signature of the macros is another one, and still does.)
    former : mapping of str to Former
        What the sheet of results said before, by industry id.
    unkept : ProsperityError or None
        Why the values could not be kept for later; the results are written all the same.
    content : bytes
        What the file holds now.
    due_left : ProsperityError or None
        Why the book's sheet ``due`` was left as it was; the results are written all the same.
    """

    path: Path
    evaluation: Evaluation
    changed: bool
    backup: Path | None
    added: tuple[str, ...]
    unsigned: bool
    former: Mapping[str, Former]
    unkept: ProsperityError | None = None
    content: bytes = field(default=b"", repr=False)
    due_left: ProsperityError | None = None

    @property
    def now(self) -> Mapping[str, Former]:
        """What the sheets of results say by now, as a reader of the book finds it."""
        return self.former if not self.changed else read_guarded(former_signals, self.path)


def refresh_book(
    path: Path,
    *,
    variants: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    options: Mapping[str, object] | None = None,
    progress: Progress | None = None,
    now: datetime | None = None,
    keep: bool = False,
    today: date | None = None,
    trust_clock: bool = False,
) -> Refreshed:
    """Compute a closed book's industries and systems, and write the results into it.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.xlsm`` file that no program has open.
    variants, settings, progress
        As for :func:`prosperity_excel.runs.evaluate.evaluate_books`.
    options
        Settings by name that come before those of the book's own sheet, in place of ``settings``.
    now
        Time in the name of the dated copy; None is now.
    keep
        Whether the values that the book holds are kept beside it, for later runs as of this day.
    today
        The day on which it is judged what is overdue; None is that of ``now``.
    trust_clock
        Whether ``now`` is kept as the time even where it is doubted.

    Raises
    ------
    BookError
        ``book_open``, ``read_only``, ``other_format``, ``is_backup``, ``result_table``,
        ``cannot_write`` and what else writing says; the file is then as it was. Also what
        ``evaluate_books`` raises.
    """
    refuse_unwritable(path)
    content = content_of(path)
    refuse_too_much(content, path.name)
    read = read_guarded(read_whole, path)
    book, former = read.book, read.former
    if options is not None:
        settings = settled(options, {path: read.said})
    moment = now or datetime.now()
    unkept: ProsperityError | None = None
    if keep:
        unkept = vintages.keep_seen(
            book, at=moment, event="refresh", begin=True, trust_clock=trust_clock
        )
    evaluation = evaluate_books(
        [book],
        variants=variants,
        settings=settings,
        progress=progress,
        today=today or moment.date(),
    )
    day = today or moment.date()
    done = _written(
        path, content, evaluation, partial(book_grids, book, evaluation), moment, "refresh",
        partial(_renew_due, book=book, settings=settings or Settings(), today=day,
                variants=variants),
    )  # fmt: skip
    return replace(done, former=former, unkept=unkept)


def refuse_unwritable(path: Path) -> None:
    """Refuse a file that is no workbook that we can write into, before any work.

    Raises
    ------
    BookError
        ``book_open``, ``read_only``, ``other_format``, ``is_backup`` and what else is wrong.
    """
    refuse_odd(path)
    try:
        refuse_form(path)
    except BookError:
        # What is no book at all is said to be that: its reader knows what it is.
        read_guarded(first_cells, path)
        raise
    refuse_if_open(path)


def write_plan(path: Path, evaluation: Evaluation, now: datetime | None = None) -> Refreshed:
    """Write the plan of a run over several books into the sheet ``plan`` of a closed book.

    Parameters
    ----------
    path
        The book; its other sheets stay as they are.
    evaluation
        The run, with a plan.
    now
        Time in the name of the dated copy; None is now.

    Raises
    ------
    BookError
        As :func:`refresh_book`; the file is then as it was.
    """
    assert evaluation.plan is not None
    refuse_unwritable(path)
    content = content_of(path)
    grids = [plan_grid(evaluation.plan, evaluation)]
    return _written(path, content, evaluation, grids, now or datetime.now(), "plan")


def _written(
    path: Path,
    content: bytes,
    evaluation: Evaluation,
    made: Sequence[Grid] | Callable[[Package], Sequence[Grid]],
    moment: datetime,
    verb: str,
    also: Callable[[Package], dict[str, Expected]] = lambda package: {},
) -> Refreshed:
    """Write sheets of results into a book whose content is known, if they say anything new.

    ``also`` renews what stands beside them; what it cannot is said, and stops nothing.
    """
    package = Package(content, path.name)
    signed = any(name.startswith(_SIGNATURES) for name in package.names)
    grids = made(package) if callable(made) else made
    added = write_results(package, grids)
    due: dict[str, Expected] = {}
    due_left: ProsperityError | None = None
    try:
        due = also(package)
    except ProsperityError as error:
        due_left = error
    backup, new = None, content
    if package.changed:
        identify(package, identity_for(path))
        new = package.bytes()
        _check_readable(path, new, package, grids, due)
        backup = replace_file(path, content, new, moment, verb)
    changed = backup is not None
    return Refreshed(
        path, evaluation, changed, backup, added, signed and changed, {}, None, new, due_left
    )


def book_grids(book: Book, evaluation: Evaluation, package: Package) -> list[Grid]:
    """Return a book's sheets of results: its industries', its systems' and its plan's.

    None for an industry or a system with neither results nor a sheet.
    """
    grids = _industry_grids(book, evaluation, package) if book.industries else []
    grids += system_grids(book, evaluation, _present(package))
    if evaluation.plan is not None:
        grids.append(plan_grid(evaluation.plan, evaluation))
    return grids


def system_grids(book: Book, evaluation: Evaluation, there: Collection[str] = ()) -> list[Grid]:
    """Return the sheets of results of a book's systems: of those computed, or in ``there``."""
    names = system_sheets(book.systems, book.industries)
    return [
        system_grid(system, names[id], evaluation.systems.get(id), evaluation)
        for id, system in book.systems.items()
        if id in evaluation.systems or names[id] in there
    ]


def _industry_grids(book: Book, evaluation: Evaluation, package: Package) -> list[Grid]:
    results = evaluation.industries
    definitions = [
        results[id].definition if id in results else book.definitions[id] for id in book.industries
    ]
    grids = result_grids(definitions, evaluation)
    there, names = _present(package), sheet_names(list(book.industries))
    idle = {names[id] for id in names if id not in results}
    return [grid for grid in grids if grid.sheet not in idle or grid.sheet in there]


def write_results(package: Package, grids: Sequence[Grid]) -> tuple[str, ...]:
    """Write sheets of results into a package; return the names of sheets that were added.

    Cells of these sheets are replaced, in the looks that they have. Caches of charts and plain
    references on the dashboard are renewed. When other formulas read our sheets, the workbook is
    told to compute when it is opened.

    Raises
    ------
    BookError
        ``result_table`` when a sheet of results holds an Excel table, which would break;
        ``not_our_sheet`` when a sheet that has the name of one is the user's own.
    """
    kinds: dict[Kind, int] = {}

    def style(kind: Kind) -> int:
        if kind == "text":
            return 0
        if not kinds:
            kinds.update(package.add_styles(FORMATS))
        return kinds[kind]

    there, added, before = _present(package), [], package.changed
    named: dict[str, Grid] = {}
    for grid in grids:
        name = there.get(grid.sheet)
        if name is None:
            view = package.tree(package.workbook).first("workbookView")
            package.add_sheet(grid.sheet, new_sheet(grid, view=view is not None))
            added.append(grid.sheet)
            name = grid.sheet
        part = package.sheets[name]
        tree, looks = _looked_at(package, part, name)
        package.put(part, with_cells(tree, grid, style, date_1904=package.date_1904, looks=looks))
        named[name] = grid
    board = view_of(package, _present(package).get("dashboard"), named)
    computed = {board.sheet: board.cells} if board is not None else {}
    memory = Memory(named, date_1904=package.date_1904, computed=computed)
    known = (*named, *computed)
    for chart in package.chart_parts():
        if package.may_name(chart, known):
            package.put(chart, renewed_chart(package.tree(chart), memory))
    readers = _renew_readers(package, named, memory, board)
    if package.changed != before:
        package.forget_calculation(frozenset(named))
        if readers:
            package.recalculate_on_load()
    return tuple(added)


def _looked_at(package: Package, part: str, name: str) -> tuple[Tree, Looks | None]:
    """Return a sheet that is ours to fill, and its looks where they are known without a parser.

    Raises
    ------
    BookError
        ``result_table``, ``not_our_sheet``.
    """
    plain = plain_sheet(package.source(part), part, KEY_ROW + 1)
    tree = package.tree(part) if plain is None else plain.tree
    if tree.first("tablePart") is not None:
        raise _holds_table(name)
    if first_of_row(package, tree, KEY_ROW + 1) in MARKS:
        return tree, None if plain is None else Looks.plain(plain)
    tree = package.tree(part)
    if not is_blank(tree):
        raise not_our_sheet(name, package.name)
    return tree, None


def _renew_due(
    package: Package,
    book: Book,
    settings: Settings,
    today: date,
    variants: Mapping[str, str] | None,
) -> dict[str, Expected]:
    """Renew the sheet ``due`` where the book has ours; return what it is to hold, by its name."""
    there = {fold(name) for name in package.sheets}
    name = held_sheet(book.path) if there & set(map(fold, DUE_SHEET)) else ""
    if not name:
        return {}
    cells = renewed_cells(book, settings, today, variants)
    replace_cells(package, name, cells)
    return {name: Expected({(r, c): value for r, c, value in cells}, whole=True)}


def _check_readable(
    path: Path,
    new: bytes,
    package: Package,
    grids: Sequence[Grid],
    others: Mapping[str, Expected],
) -> None:
    """Read a book back before it is replaced."""
    there = _present(package)
    expected = {there[grid.sheet]: Expected(rows=grid.values(), whole=True) for grid in grids}
    dashboard = there.get("dashboard")
    renewed = frozenset([dashboard] if dashboard else [])
    check_readable(path, new, expected | dict(others), renewed, others=package.is_rearranged)


def _present(package: Package) -> dict[str, str]:
    """Return the book's own name of each sheet by ours, whatever its case or language."""
    words = {fold(word): str(id) for id, found in SHEETS.items() for word in found}
    words |= {fold(word): PLAN_SHEET[0] for word in PLAN_SHEET}
    return {words.get(fold(name), fold(name)): name for name in reversed(package.sheets)}


def _renew_readers(
    package: Package, grids: Mapping[str, Grid], memory: Memory, view: View | None
) -> bool:
    """Renew the dashboard; return whether any other formula reads our sheets."""
    dashboard = _present(package).get("dashboard")
    found = any(
        mentions(name.text, sheet)
        for name in package.tree(package.workbook).named("definedName")
        # Names of the program's own, such as rows to repeat in print, compute nothing.
        if not name.attributes.get("name", "").startswith("_xlnm.")
        # The values that the dashboard's names lead to are renewed here.
        if view is None or name.attributes.get("name") not in NAMES
        for sheet in grids
    )
    for name, part in package.sheets.items():
        if name in grids:
            continue
        if name != dashboard and not package.may_name(part, grids):
            continue
        tree = package.tree(part)
        if name == dashboard:
            found = found or has_other_references(tree, memory, grids)
            shown = view.value if view is not None else None
            package.put(part, renewed_references(tree, memory, shown))
        else:
            found = found or formulas_mention(tree, grids)
    return found


def _holds_table(sheet: str) -> BookError:
    return BookError(
        "result_table",
        f"{sheet} 表含有 Excel“表格”（插入>表格），改写会损坏它；请把它转换为区域或移到别的表。",
        f"The sheet {sheet} holds an Excel table, which rewriting would break; convert it to a "
        "range or move it to another sheet.",
    )
