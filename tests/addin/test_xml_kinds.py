"""Books in the manner of every writer, through the three verbs that edit a closed book."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prosperity.errors import BookError
from prosperity_excel.checks.book import checked
from prosperity_excel.checks.listing import write_checks
from prosperity_excel.guarded import read_guarded
from prosperity_excel.intake.planning import plan_import
from prosperity_excel.intake.writing import apply_import
from prosperity_excel.refreshing import refresh_book

from .awkward_books import DAYS, good_book
from .exports import export, wind
from .xml_kinds import ARCHIVES, FORMS, WITHIN, Form, Members, in_form, members_of, twice, zipped

NOW = datetime(2024, 5, 6, 7, 8, 9)
VERBS = ("check", "refresh", "import")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return members_of(good_book(tmp_path_factory.mktemp("good")))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an export with one revised month and two new ones."""
    days = [*DAYS, date(2020, 1, 31), date(2020, 2, 29)]
    values = [float(n % 7 + n % 5) + 1.0 for n in range(len(DAYS))] + [7.5, 8.25]
    values[50] = 3.125
    rows = wind(["a:同比"], days, [values], ids=["M001"])
    return export(tmp_path_factory.mktemp("export"), rows, "wind.xlsx")


def act(verb: str, path: Path, source: Path) -> None:
    if verb == "check":
        write_checks(path, read_guarded("check", path).findings, now=NOW)
    elif verb == "refresh":
        assert refresh_book(path, now=NOW).changed
    else:
        plan = plan_import([source], path)
        assert apply_import(plan, now=NOW).written, [i.status for i in plan.items]


def values(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    """Return the cells of every sheet, as a reader sees them that is not asked by the product."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content))
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
