"""Names, units and notes that a spreadsheet would misread, through every writer."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from prosperity.definition import Industry
from prosperity.engine import evaluate
from prosperity.errors import DefinitionError
from prosperity.evaluation import Evaluation, Notice
from prosperity.panel import Panel
from prosperity.records import build
from prosperity.simulation import simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.report.build import write_report
from prosperity_excel.report.room_for_text import chart_text, clean
from prosperity_excel.results.as_csv import COLUMNS, as_csv, as_text
from prosperity_excel.results.as_json import as_json
from prosperity_excel.results.refresh import refresh_book
from prosperity_excel.template.template import write_template

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")

FORMULAS = ("=1+1", "=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", " =1", "＝1")
ODD = (*FORMULAS, "<r>&]]></r>", "<r>x</r>", "_x0041_", "a\x00b\x1f\x7f", "😀👩‍👩‍👧", "长" * 40_000,
       "'", '"><c r="A1"/>', "\ufffe", "  x  ", "http://x.y", "internal:A1", "$x^2$", "&C&P",
       "[Book]Sheet!A1", "1e5", "2020-01", "TRUE", "%s{0}")  # fmt: skip
HOSTILE = st.one_of(st.sampled_from(ODD), st.text(min_size=1, max_size=40))


def industry(name: str, unit: str, note: str) -> Industry:
    return build(
        {
            "industry": [
                {"id": "odd", "name_zh": name, "name_en": name, "logic_zh": note, "logic_en": note,
                 "index_name_zh": name, "source": note, "sample_start": "2014-01"}
            ],
            "dimension": [
                {"id": "d", "name_zh": name, "name_en": name},
                {"id": "e", "name_zh": note, "name_en": note},
            ],
            "indicator": [
                {"id": "a", "name_zh": name, "name_en": name, "dimension": "d", "unit": unit,
                 "note_zh": note, "note_en": note, "source": note},
                {"id": "b", "name_zh": note, "name_en": note, "dimension": "e", "unit": unit},
            ],
        }
    )  # fmt: skip


PLAIN = industry("名", "%", "注")


@cache
def panel() -> Panel:
    return simulate([PLAIN], first="2010-01", last="2015-12")


@cache
def computed() -> Evaluation:
    return evaluate(panel(), [PLAIN], known={})


def hostile(name: str, unit: str, note: str) -> Evaluation:
    """Return the evaluation with other names and a notice."""
    definition = industry(name, unit, note)
    (result,) = computed().results.values()
    from dataclasses import replace

    notice = Notice("odd", note, note)
    changed = replace(result, definition=definition, notices=(notice,))
    return replace(computed(), results={"odd": changed}, notices=(notice,))


def every_cell_is_plain(path: Path, *, formulas: str = "") -> list[str]:
    """Check that a book holds no formula beside the allowed; return its texts."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(name))
        relations = [archive.read(n).decode() for n in archive.namelist() if "sheets/_rels" in n]
    assert not any('TargetMode="External"' in text for text in relations)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(c.parent.title == formulas for c in cells if c.data_type == "f")
    return [cell.value for cell in cells if isinstance(cell.value, str)]


def held(text: str) -> str:
    """Return a text as a cell holds it, in the form in which the two readers agree."""
    return clean(text).replace("_x005F_", "_").strip()


@example(name="<r>x</r>", unit="<r>x</r>", note="=1+1")
@example(name="=1+1", unit="@SUM(A1)", note="\t=1")
@example(name="=cmd|'/c calc'!A1", unit="[Book]Sheet!A1", note="a!B2")
@given(name=HOSTILE, unit=HOSTILE, note=HOSTILE)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
def test_every_writer_keeps_texts_as_texts(
    tmp_path_factory: pytest.TempPathFactory, name: str, unit: str, note: str
) -> None:
    try:
        evaluation = hostile(name, unit, note)
    except DefinitionError:
        assume(False)
    folder = tmp_path_factory.mktemp("hostile")
    report = folder / "report.xlsx"
    write_report(evaluation, report, language="zh")
    said = {held(text) for text in every_cell_is_plain(report)}
    kept = evaluation.results["odd"].definition
    assert held(kept.name_zh) in said
    assert held(kept.indicator("a").unit) in said or not held(kept.indicator("a").unit)

    rows = list(csv.reader(io.StringIO(as_csv(evaluation).removeprefix("\ufeff"))))
    assert rows[0] == list(COLUMNS)
    assert all(len(row) == len(COLUMNS) for row in rows)
    numbers = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?$")
    for row in rows[1:]:
        for cell in row:
            assert not cell.startswith(tuple("=+-@\t\r")) or numbers.match(cell)

    text = json.dumps(as_json(evaluation), ensure_ascii=False, allow_nan=False)
    assert json.loads(text)["industries"]["odd"]["name_zh"] == kept.name_zh

    book = folder / "book.xlsx"
    try:
        write_template([kept], book, panel=panel())
    except DefinitionError:
        return  # a text that no cell can hold is refused by name; nothing is written
    every_cell_is_plain(book, formulas="dashboard")
    assert read_book(book).definitions["odd"].name_zh.strip() == kept.name_zh.strip()
    refresh_book(book)
    title = openpyxl.load_workbook(book)["result"]["A1"].value
    assert held(kept.name_zh)[:100] in held(title)
    every_cell_is_plain(book, formulas="dashboard")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_marked_as_text_in_csv(text: str) -> None:
    assert as_text(text).startswith("'")
    assert as_text("玻璃 = 1") == "玻璃 = 1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a!B1", "a！B1"), ("=cmd|'/c calc'!$A$1", "=cmd|'/c calc'！$A$1"), ("=1", " =1"),
     ("涨!跌", "涨!跌"), ("a! b", "a! b"), ("玻璃 Glass", "玻璃 Glass"), ("<r>x</r>", "<r>x</r> ")],
)  # fmt: skip
def test_no_text_of_a_chart_is_taken_for_a_reference(text: str, shown: str) -> None:
    assert chart_text(text) == shown
    chart = xlsxwriter.Workbook(io.BytesIO()).add_chart({"type": "line"})
    assert chart._process_names(chart_text(text), None) == (shown, None)
