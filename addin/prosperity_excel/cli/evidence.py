"""The verbs ``evidence`` and ``sweep``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from prosperity.errors import SettingError

from prosperity_excel.cli.shared import (
    ANY,
    books_argument,
    check_outputs,
    day_of,
    day_option,
    force_option,
    friendly,
    out_option,
    planned,
    print_table,
    progress_shown,
    read_books,
    read_variants,
    run_options,
    say,
    say_written,
    write_text,
)
from prosperity_excel.words.tongue import language

MARKED = "模拟数据：数字不是真实的。", "SIMULATED DATA: the figures are not real."


@click.command()
@books_argument
@run_options
@click.option("--out", type=ANY, metavar="REPORT", help="Write a workbook. 写出工作簿。")
@click.option(
    "--json",
    "json_path",
    type=ANY,
    metavar="FILE",
    help="Write JSON; - is the screen. 写出 JSON，- 为屏幕。",
)
@click.option(
    "--validate",
    "validations",
    multiple=True,
    metavar="SERIES",
    help="A series of the book that the composite should lead; may be repeated. "
    "用来检验领先性的序列，可重复。",
)
@click.option(
    "--vintage",
    "older",
    type=ANY,
    metavar="OLDER_BOOK",
    help="An older book: split the move since then into revision and news. "
    "旧版工作簿：把其后的变动拆成修订与新数据。",
)
@force_option
@day_option
@friendly
def evidence(
    books: Sequence[Path],
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    out: Path | None,
    json_path: Path | None,
    validations: Sequence[str],
    older: Path | None,
    force: bool,
    on: str,
    **given: Any,
) -> None:
    """Test how robust the models in BOOKS are. 检验模型是否稳健。"""
    from prosperity_excel.book.book import read_book
    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.report.build import build_report, save_report
    from prosperity_excel.report.evidence_report import evidence_report
    from prosperity_excel.results import system_evidence
    from prosperity_excel.results.evidence_json import evidence_json
    from prosperity_excel.results.evidence_summary import COLUMNS, evidence_rows, verdict_lines
    from prosperity_excel.results.table import notice_lines
    from prosperity_excel.runs.examine import examine_books
    from prosperity_excel.runs.outputs import writing
    from prosperity_excel.words.statements import simulated_words

    reports = planned(("evidence", out, "--out"))
    texts = planned(("json", json_path, "--json"))
    inputs = books if older is None else [*books, older]
    check_outputs([*reports, *texts], inputs=inputs, force=force)
    with progress_shown() as progress:
        read = read_books(given, books, progress)
        evaluation, examined = examine_books(
            read.books,
            wanted=wanted,
            variants=read_variants(variant_texts),
            settings=read.settings,
            validations=validations,
            older=None if older is None else read_guarded(read_book, older),
            progress=progress,
            today=day_of(on),
        )
        if out is not None:
            # Systems have their evidence on their own pages, in a report of theirs.
            build = evidence_report if examined.evidence else build_report
            report = build(
                evaluation,
                examined=examined,
                language=language(),
                generated=datetime.now(),
            )
            with writing("evidence", *reports):
                save_report(report, out, progress)
    for output in texts:
        text = json.dumps(evidence_json(evaluation, examined), ensure_ascii=False, allow_nan=False)
        write_text(output, text, "evidence")
    aside = any(output.on_screen for output in texts)
    marked = simulated_words(evaluation)
    if marked is not None:
        say(*marked, err=aside)
    if examined.evidence:
        print_table(COLUMNS, evidence_rows(examined), aside=aside)
        for line in verdict_lines(examined):
            click.echo(line, err=aside)
    if examined.systems:
        rows = system_evidence.system_evidence_rows(examined.systems)
        print_table(system_evidence.COLUMNS, rows, aside=aside)
        for line in system_evidence.system_verdicts(examined.systems, evaluation.systems):
            click.echo(line, err=aside)
    for line in notice_lines(evaluation):
        click.echo(line, err=True)
    for output in (*reports, *texts):
        if not output.on_screen:
            say_written(output.path, err=aside)


@click.command()
@click.argument("book", type=ANY)
@click.option(
    "--grid",
    "axes",
    multiple=True,
    required=True,
    metavar="NAME=V1,V2",
    help="What to vary: a setting or a field of the definition, with its values or "
    "FIRST:LAST:STEP; repeat for every axis. 要变动的设定或定义字段，可重复。",
)
@out_option
@force_option
@run_options
@click.option(
    "--jobs", type=int, default=-1, metavar="N", help="Local processes; -1 is one a core. 进程数。"
)
@click.option(
    "--chunk",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Trials in a chunk, the unit of what is resumed. 每块方案数。",
)
@click.option(
    "--cluster",
    default="",
    metavar="ADDRESS",
    help="Dask scheduler to compute on, such as tcp://10.0.0.1:8786. Dask 集群地址。",
)
@friendly
def sweep(
    book: Path,
    axes: Sequence[str],
    out: Path,
    force: bool,
    wanted: Sequence[str],
    variant_texts: Sequence[str],
    jobs: int,
    chunk: int,
    cluster: str,
    **given: Any,
) -> None:
    """Try every combination of a grid on one industry or system of BOOK. 扫描设定网格。

    A system's grid is of its parameters: top=3,6,9.

    A sweep that is interrupted goes on where it stopped when it is started again.
    """
    from prosperity.evidence.sweep import job
    from prosperity.evidence.trials import Grid, axis

    from prosperity_excel.runs.outputs import writing
    from prosperity_excel.runs.sweep import check_packages, run_sweep
    from prosperity_excel.runs.sweep_books import industry_of
    from prosperity_excel.runs.system_sweep import sweep_system, system_of

    outputs = planned(("sweep", out, "--out"))
    check_outputs(outputs, inputs=[book], force=force)
    check_packages(cluster)
    if not jobs or jobs < -1:
        raise SettingError(
            "bad_jobs", "--jobs 应为正数，或 -1。", "--jobs is a positive number, or -1."
        )
    variants = read_variants(variant_texts)
    with progress_shown() as progress:
        read = read_books(given, [book], progress)
        found, system = system_of(read.books[0], wanted, variants)
        if system is not None:
            with writing("sweep", *outputs):
                size = sweep_system(found, system, read.settings, axes, out, progress)
            if found.panel.simulated:
                say(*MARKED)
            say(f"{system.id}：{size} 个方案", f"{system.id}: {size} trials")
            say_written(out)
            return
        settings, grid = read.settings, Grid.of([axis(text) for text in axes])
        industry, known = industry_of(found, wanted, variants)
        made = job(found.panel, industry, settings, known, grid, chunk=chunk)
        # What is there was asked about above; parts of another sweep are another matter.
        with writing("sweep", *outputs):
            computed = run_sweep(
                made, out, jobs=jobs, cluster=cluster, force=force, progress=progress
            )
    if found.panel.simulated:
        say(*MARKED)
    if settings.sees_future:
        said = "注意：含前视，只供对照。", "Looks ahead: for comparison only, not tradable."
        say(*said, err=True)
    done = f"{computed} / {made.chunks}"
    say(
        f"{grid.size} 个方案（本次计算 {done} 块）",
        f"{grid.size} trials ({done} chunks computed now)",
    )
    say_written(out)
