"""A first real result without a terminal: books that open sources fill, run and reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from prosperity.catalog import catalog, closure
from prosperity.definition import Industry
from prosperity.errors import BookError
from prosperity.progress import Progress
from prosperity.records import with_changes

from prosperity_excel.exports.export_series import SheetReading
from prosperity_excel.files.child import read_guarded
from prosperity_excel.intake.carry_out import apply_import
from prosperity_excel.intake.items import Options, Plan
from prosperity_excel.intake.needs import Need, needs_of
from prosperity_excel.intake.planning import plan_readings
from prosperity_excel.intake.targets import OpenBook, open_for_import
from prosperity_excel.intake.update import Failed, fetch
from prosperity_excel.ooxml.identity import fresh_identity
from prosperity_excel.report.build import write_report
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.runs.outputs import Output, writing
from prosperity_excel.template.template import write_template
from prosperity_excel.vendors import vendor
from prosperity_excel.vendors.calling import Patience
from prosperity_excel.vendors.protocol import Vendor

#: Sources that need no terminal.
OPEN = ("akshare", "fred", "oecd")
#: Share of a model's own columns that they must be able to fill.
ENOUGH = 0.5
#: The market in place of Wind's index, which none of them has: CSI All Share.
BENCHMARK = "000985.SH"


@dataclass(frozen=True)
class Started:
    """What came of a start.

    Attributes
    ----------
    plans : mapping of Path to Plan
        What was imported, by book.
    failed : tuple of Failed
    report : Path or None
        None where no book could be run.
    problem : BookError or None
        Why there is no report.
    """

    plans: Mapping[Path, Plan]
    failed: tuple[Failed, ...]
    report: Path | None
    problem: BookError | None = None


def startable(vendors: Mapping[str, Vendor]) -> list[Industry]:
    """Return the industries of which vendors can fill at least half, with the open benchmark."""
    found = []
    for model in catalog().values():
        if model.kind != "industry":
            continue
        own = {i.id: i for one in closure([model], catalog()) for i in one.indicators
               if i.own_column}  # fmt: skip
        served = [
            id for id in own if any(_serves(v, own[id].source_ids, id) for v in vendors.values())
        ]
        if len(served) >= ENOUGH * len(own):
            found.append(with_changes(model, f"benchmark_code = {BENCHMARK}"))
    return found


def _serves(one: Vendor, ids: Sequence[str], indicator: str) -> bool:
    return any(one.serves(id, "series", indicator) for id in (*ids, ""))


def start_outputs(folder: Path) -> list[Output]:
    """Return what a start writes: a book an industry, and the report."""
    return _outputs(folder, startable(open_vendors()))


def _outputs(folder: Path, models: Sequence[Industry]) -> list[Output]:
    books = [Output("template", folder / f"{model.id}.xlsx") for model in models]
    return [*books, Output("report", folder / "report.xlsx")] if books else []


def open_vendors() -> dict[str, Vendor]:
    """Return the open sources that can be asked on this machine."""
    made = {id: vendor(id) for id in OPEN}
    return {id: one for id, one in made.items() if one.state().error is None}


def _needed(
    models: Sequence[Industry], vendors: Mapping[str, Vendor], day: date
) -> tuple[list[Need], dict[str, frozenset[str]]]:
    """Return what the books of models would lack, each column once, and the columns of each."""
    needs: dict[tuple[str, str], Need] = {}
    columns: dict[str, frozenset[str]] = {}
    with TemporaryDirectory() as folder:
        for model in models:
            path = Path(folder) / f"{model.id}.xlsx"
            write_template([model], path)
            found, _ = needs_of(read_guarded(open_for_import, path), vendors, day)
            needs |= {(one.target.sheet, one.target.id): one for one in found}
            columns[model.id] = frozenset(one.target.title for one in found)
    return list(needs.values()), columns


def _of(readings: Sequence[SheetReading], titles: frozenset[str]) -> list[SheetReading]:
    """Return the series of readings that a book has columns for."""
    return [
        replace(one, series=tuple(s for s in one.series if s.name in titles)) for one in readings
    ]


def start(
    folder: Path,
    *,
    language: str = "both",
    progress: Progress | None = None,
    patience: Patience | None = None,
    today: date | None = None,
) -> Started:
    """Write the books that open sources can fill to at least half, fill, run and report them.

    Parameters
    ----------
    folder
        Made where it is absent; files of the same names are replaced, and copies kept.
    language, progress
        Of the report; told what is being done.
    patience, today
        As :func:`prosperity_excel.intake.update.fetch` and needs take them.

    Raises
    ------
    BookError
        ``no_open_source`` when no industry can be filled to half from this machine;
        ``nothing_fetched`` when no source answers. Nothing is written then.
    """
    day = today or date.today()
    vendors = open_vendors()
    models = startable(vendors)
    if not models:
        raise BookError(
            "no_open_source",
            "本机没有可用的公开数据源。请先 pip install akshare（并联网），再运行。",
            "There is no open source on this machine. Run 'pip install akshare' and try again, "
            "with the internet at hand.",
        )
    *outputs, report = _outputs(folder, models)
    needs, opened = _needed(models, vendors, day)
    fetched = fetch(needs, vendors, progress=progress, patience=patience)
    if not fetched.got:
        raise BookError(
            "nothing_fetched",
            "什么也没有取到，没有建立文件夹。" + fetched.failed[0].errors[0][1].zh,
            "Nothing could be fetched, and no folder was made. "
            + fetched.failed[0].errors[0][1].en,
        )
    folder.mkdir(parents=True, exist_ok=True)
    plans: dict[Path, Plan] = {}
    for model, output in zip(models, outputs, strict=True):
        with writing("start", output):
            write_template([model], output.path, identity=fresh_identity())
        book: OpenBook = read_guarded(open_for_import, output.path)
        plan = plan_readings(_of(fetched.readings, opened[model.id]), book, Options(), day)
        apply_import(plan, now=datetime.now())
        plans[output.path] = plan
    try:
        evaluation = run_books([o.path for o in outputs], progress=progress, today=day)
    except BookError as error:
        return Started(plans, fetched.failed, None, error)
    with writing("start", report):
        write_report(evaluation, report.path, language=language, progress=progress)  # type: ignore[arg-type]
    return Started(plans, fetched.failed, report.path)
