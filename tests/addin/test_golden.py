"""The report, part by part, against copies that were looked at.

After a change that is meant: ``python -m tests.golden``, look at the new reports, keep them.
"""

from __future__ import annotations

import re
import zipfile
from importlib.metadata import version
from pathlib import Path
from subprocess import run

import pytest

from tests import golden
from tests.addin.office import convert

#: The writer whose parts the golden reports have, as in constraints/lock.txt.
WRITER = "3.3.1"
#: Pages of each report: cover, summary, combined, two industries, quality, method, and data.
PAGES = {"zh": (12, 24), "en": (12, 24), "both": (12, 26)}
#: What a formula that fails, or a column that is too narrow, shows.
BROKEN = re.compile(r"###|#(?:REF|DIV/0|VALUE|NAME|N/A|NUM|NULL)|Err:\d+")


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_every_part_is_what_it_was(language: str, tmp_path: Path) -> None:
    if version("XlsxWriter") != WRITER:
        pytest.skip(f"another version of XlsxWriter than {WRITER} writes other parts")
    made = tmp_path / "report.xlsx"
    golden.write(language, made)
    kept, now = golden.parts(golden.FOLDER / f"report_{language}.xlsx"), golden.parts(made)
    assert list(now) == list(kept)
    differing = [name for name in kept if now[name] != kept[name]]
    assert not differing, "meant? then run python -m tests.golden and look at the reports"


def test_a_changed_number_or_part_would_be_seen() -> None:
    kept = golden.FOLDER / "report_en.xlsx"
    with zipfile.ZipFile(kept) as archive:
        sheet = next(n for n in archive.namelist() if n.startswith("xl/worksheets/sheet"))
        text = archive.read(sheet).decode()
    assert golden._compared(sheet, text) != golden._compared(sheet, text.replace("<v>1<", "<v>2<"))
    assert golden._compared("x", "<v>1.2345678901</v>") == golden._compared(
        "x", "<v>1.2345678902</v>"
    )
    assert golden._compared("x", "<v>1.2345</v>") != golden._compared("x", "<v>1.2346</v>")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Print the golden reports and return the text of each page."""
    folder = tmp_path_factory.mktemp("printed")
    files = [golden.FOLDER / f"report_{language}.xlsx" for language in golden.LANGUAGES]
    pages = {}
    for language, path in zip(
        golden.LANGUAGES, convert(files, "pdf", folder, folder / "profile"), strict=True
    ):
        done = run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
        pages[language] = done.stdout.decode().split("\f")[:-1]
    return pages


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_it_prints_on_as_many_pages_as_expected_without_errors(
    printed: dict[str, list[str]], language: str
) -> None:
    pages = printed[language]
    low, high = PAGES[language]
    assert low <= len(pages) <= high
    assert all(len(page.split()) > 15 for page in pages)
    assert not BROKEN.search("".join(pages))


def test_languages_are_kept_apart(printed: dict[str, list[str]]) -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    english = "".join(printed["en"])
    assert not chinese.search(english), chinese.findall(english)[:20]
    assert "Data quality" in english
    assert "数据质量" in "".join(printed["zh"])
    assert "Data quality" not in "".join(printed["zh"])


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_every_series_of_every_chart_points_at_cells_with_the_cached_numbers(
    language: str,
) -> None:
    """A chart has data, and what it remembers is what stands in the cells that it points at."""
    from prosperity_excel.ooxml.chart_caches import area
    from prosperity_excel.sheets.workbook import open_workbook

    path = golden.FOLDER / f"report_{language}.xlsx"
    book = open_workbook(path)
    with zipfile.ZipFile(path) as archive:
        charts = [archive.read(n).decode() for n in archive.namelist() if "charts/chart" in n]
    # The cover, the combined strategy, and each of two industries.
    assert len(charts) == 1 + 6 + 5 + 5
    for text in charts:
        found = re.findall(r"<c:val><c:numRef><c:f>(.*?)</c:f><c:numCache>(.*?)</c:numCache>", text)
        assert found
        assert sum(cache.count("<c:pt ") for _, cache in found) > 2
        for formula, cache in found:
            place = area(formula)
            assert place is not None
            rows = book.sheet(place.sheet).rows
            values = [rows[r][place.columns[0]] for r in range(place.rows[0], place.rows[1] + 1)]
            values = [getattr(v, "value", v) for v in values]
            points = {int(i): float(v) for i, v in
                      re.findall(r'<c:pt idx="(\d+)"><c:v>(.*?)</c:v>', cache)}  # fmt: skip
            assert points == pytest.approx(
                {n: v for n, v in enumerate(values) if isinstance(v, int | float)}
            )
