"""What we write and edit against the Open XML schemas, by a validator that is not ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openxml_audit import OpenXmlValidator
from prosperity.catalog import catalog
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.checks.book import check_book
from prosperity_excel.checks.listing import write_checks
from prosperity_excel.cli import main
from prosperity_excel.excel.formula_book import write_formula_book
from prosperity_excel.excel.xlam.build import shipped
from prosperity_excel.report.build import write_report
from prosperity_excel.results.refresh import refresh_book
from prosperity_excel.runs.evaluate import run_books
from prosperity_excel.template.template import write_template

from .awkward_books import good_book
from .corpus import feature_book
from .test_xml_kinds import VERBS, act, source
from .xml_kinds import WITHIN, in_form, members_of, zipped
from .xml_kinds import Form as XmlForm

__all__ = ["source"]

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_validator = OpenXmlValidator()
#: An element of Excel 2016's, which XlsxWriter writes as Excel does; the validator does not know
#: its attribute.
UNKNOWN = "/dataDisplayOptions16[1]/dispNaAsBlank[1]"


def findings(path: Path) -> Counter[tuple[str, str, str]]:
    """Return what is found in a book: kind, part and sentence, and how often.

    That Excel will keep texts elsewhere when it saves the book is a warning of the validator's, and
    true of every book that openpyxl writes.
    """
    found = _validator.validate(path).errors
    errors = [
        error
        for error in found
        if error.id != "Excel_InlineStrCells" and not str(error.path).endswith(UNKNOWN)
    ]
    return Counter((str(e.error_type), str(e.part_uri), e.description) for e in errors)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of one industry and few years."""
    path = tmp_path_factory.mktemp("audit") / "cement.xlsx"
    model = catalog()["cement"]
    panel = simulate([model], first="2009-01", last="2016-12")
    write_template([model], path, panel=panel, source_note=SOURCE)
    return path


def test_the_validator_finds_what_is_wrong(book: Path, tmp_path: Path) -> None:
    parts = members_of(book)
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<sheetData", b"<nonsense/><sheetData", 1)
    path = tmp_path / "wrong.xlsx"
    path.write_bytes(zipped(parts))
    assert findings(path)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.xlsx")), ids=lambda path: path.stem)
def test_templates(path: Path) -> None:
    assert not findings(path)


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_reports(book: Path, language: str, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_report(run_books([book]), path, language=language)  # type: ignore[arg-type]
    assert not findings(path)


def test_a_report_with_evidence(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "evidence.xlsx"
    done = CliRunner().invoke(main, ["evidence", str(book), "--out", str(path)])
    assert done.exit_code == 0, done.output
    assert not findings(path)


def test_the_book_of_formulas(tmp_path: Path) -> None:
    models = [catalog()[id] for id in ("autos", "banks", "glass")]
    panel = simulate(catalog().values())
    for model in models:
        write_template([model], tmp_path / f"{model.id}.xlsx", panel=panel, source_note=SOURCE)
    path = tmp_path / "formulas.xlsx"
    write_formula_book(path, tmp_path)
    assert not findings(path)


def test_the_add_in(tmp_path: Path) -> None:
    path = tmp_path / "prosperity.xlam"
    path.write_bytes(shipped())
    assert not findings(path)


def test_a_template_after_every_verb(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(book.read_bytes())
    assert refresh_book(path).changed
    assert not findings(path)
    assert write_checks(path, check_book(path, date(2017, 3, 1)))
    assert not findings(path)


def _by_openpyxl(path: Path) -> None:
    openpyxl.load_workbook(path).save(path)


def _in_another_form(path: Path) -> None:
    form = XmlForm("prefixed", "'", True, "\n", between="<!-- <sheetData> -->")
    path.write_bytes(zipped(in_form(form)(members_of(path))))


def _strict(path: Path) -> None:
    path.write_bytes(zipped(WITHIN["strict"](members_of(path))))


def _bare(path: Path) -> None:
    path.write_bytes(zipped(WITHIN["bare"](members_of(path))))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("change", [_by_openpyxl, _in_another_form, _strict, _bare])
def test_no_verb_adds_a_finding(
    change: Callable[[Path], None], verb: str, source: Path, tmp_path: Path
) -> None:
    path = good_book(tmp_path)
    change(path)
    before = findings(path)
    act(verb, path, source)
    assert not findings(path) - before


@pytest.mark.parametrize("feature", ["plain", "formats", "signed", "macros", "everything"])
def test_no_finding_is_added_beside_a_feature(feature: str, book: Path, tmp_path: Path) -> None:
    path = feature_book(tmp_path, feature, book, ("data", "prices", "definition"))
    before = findings(path)
    assert refresh_book(path).changed
    assert write_checks(path, check_book(path, date(2017, 3, 1)))
    assert not findings(path) - before
