"""Results written back into the analyst's own books: ``prosperity refresh`` and the ribbon.

On a closed book only the parts that are ours are replaced: the cells of the sheets of results,
what charts and plain references remember of them, and, in a book that has no such sheet, the few
lines that make a new one known. Every other part stays byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from prosperity.errors import BookError, ProsperityError
from prosperity.evaluation import Evaluation
from prosperity.progress import Progress
from prosperity.settings import Settings

from prosperity_excel import vintages
from prosperity_excel.book.book import Book, read_book
from prosperity_excel.book.former import former_signals
from prosperity_excel.book.own_sheets import not_our_sheet
from prosperity_excel.files.child import read_guarded
from prosperity_excel.files.regular import content_of, refuse_odd
from prosperity_excel.files.saving import refuse_form, refuse_if_open, replace_file
from prosperity_excel.ooxml.cells_xml import FORMATS, new_sheet, with_cells
from prosperity_excel.ooxml.chart_caches import (
    Memory,
    formulas_mention,
    has_other_references,
    mentions,
    renewed_chart,
    renewed_references,
)
from prosperity_excel.ooxml.grid import KEY_ROW, Grid
from prosperity_excel.ooxml.identity import identify
from prosperity_excel.ooxml.looks import first_of_row, is_blank
from prosperity_excel.ooxml.package import Package
from prosperity_excel.ooxml.readback import Expected, check_readable
from prosperity_excel.results.sheet_layout import MARKS, result_grids, sheet_names
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.runs.systems import refuse_systems_alone
from prosperity_excel.vintages.identity import identity_for
from prosperity_excel.words.book_words import SHEETS, fold
from prosperity_excel.words.fields import Kind
from prosperity_excel.words.statements import Former
from prosperity_excel.words.tongue import spoken

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
    """

    path: Path
    evaluation: Evaluation
    changed: bool
    backup: Path | None
    added: tuple[str, ...]
    unsigned: bool
    former: Mapping[str, Former]
    unkept: ProsperityError | None = None


def refresh_book(
    path: Path,
    *,
    variants: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    now: datetime | None = None,
    keep: bool = False,
    today: date | None = None,
    trust_clock: bool = False,
) -> Refreshed:
    """Compute a closed book's industries and write the results into it.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.xlsm`` file that no program has open.
    variants, settings, progress
        As for :func:`prosperity_excel.runs.evaluate.evaluate_books`.
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
    refuse_odd(path)
    refuse_form(path)
    refuse_if_open(path)
    content = content_of(path)
    book: Book = read_guarded(read_book, path)
    refuse_systems_alone([book])
    moment = now or datetime.now()
    former = read_guarded(former_signals, path)
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
    package = Package(content, path.name)
    signed = any(name.startswith(_SIGNATURES) for name in package.names)
    grids = book_grids(book, evaluation, package)
    added = write_results(package, grids)
    backup = None
    if package.changed:
        identify(package, identity_for(path))
        new = package.bytes()
        _check_readable(path, new, package, grids)
        backup = replace_file(path, content, new, moment, "refresh")
    changed = backup is not None
    return Refreshed(path, evaluation, changed, backup, added, signed and changed, former, unkept)


def outcome(done: Refreshed) -> str:
    """Say in a line what became of a book."""
    if not done.changed or done.backup is None:
        said = spoken("结果没有变化，未写入。", "Nothing has changed; not written.")
        return f"{done.path}: {said}"
    name = done.backup.name
    return f"{done.path}: " + spoken(
        f"已写入，备份 {name}（恢复：prosperity restore）。",
        f"Written, copy: {name} (to undo: prosperity restore).",
    )


def said_of(done: Refreshed) -> list[str]:
    """Return what a user should know of how a book was written."""
    said = []
    if done.unkept is not None:
        zh, en = vintages.not_kept(done.unkept)
        said.append(spoken(f"注意：{zh}", f"Warning: {en}"))
    if done.added:
        names = ", ".join(done.added)
        said.append(spoken(f"说明：新增工作表 {names}。", f"Sheets added: {names}."))
    if done.unsigned:
        said.append(
            spoken(
                "注意：工作簿的数字签名不再有效，需要重新签名（宏的签名不受影响）。",
                "Warning: the book's digital signature no longer fits; sign it again. (The macros' "
                "signature is untouched.)",
            )
        )
    return said


def book_grids(book: Book, evaluation: Evaluation, package: Package) -> list[Grid]:
    """Return a book's sheets of results; none for an industry with neither data nor a sheet."""
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
        tree = package.tree(part)
        if tree.first("tablePart") is not None:
            raise _holds_table(name)
        if not is_blank(tree) and first_of_row(package, part, KEY_ROW + 1) not in MARKS:
            raise not_our_sheet(name, package.name)
        package.put(part, with_cells(tree, grid, style, date_1904=package.date_1904))
        named[name] = grid
    memory = Memory(named, date_1904=package.date_1904)
    for chart in package.chart_parts():
        if package.may_name(chart, named):
            package.put(chart, renewed_chart(package.tree(chart), memory))
    readers = _renew_readers(package, named, memory)
    if package.changed != before:
        package.forget_calculation(frozenset(named))
        if readers:
            package.recalculate_on_load()
    return tuple(added)


def _check_readable(path: Path, new: bytes, package: Package, grids: Sequence[Grid]) -> None:
    """Read a book back before it is replaced."""
    there = _present(package)
    expected = {
        there[grid.sheet]: Expected(
            {place: value for place, (value, _) in grid.cells().items()}, whole=True
        )
        for grid in grids
    }
    dashboard = there.get("dashboard")
    renewed = frozenset([dashboard] if dashboard else [])
    check_readable(path, new, expected, renewed, others=package.is_rearranged)


def _present(package: Package) -> dict[str, str]:
    """Return the book's own name of each sheet by ours, whatever its case or language."""
    words = {fold(word): id for id, found in SHEETS.items() for word in found}
    return {words.get(fold(name), fold(name)): name for name in reversed(package.sheets)}


def _renew_readers(package: Package, grids: Mapping[str, Grid], memory: Memory) -> bool:
    """Renew the dashboard; return whether any other formula reads our sheets."""
    dashboard = _present(package).get("dashboard")
    found = any(
        mentions(name.text, sheet)
        for name in package.tree(package.workbook).named("definedName")
        # Names of the program's own, such as rows to repeat in print, compute nothing.
        if not name.attributes.get("name", "").startswith("_xlnm.")
        for sheet in grids
    )
    for name, part in package.sheets.items():
        if name in grids:
            continue
        if not package.may_name(part, grids):
            continue
        tree = package.tree(part)
        if name == dashboard:
            found = found or has_other_references(tree, memory, grids)
            package.put(part, renewed_references(tree, memory))
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
