"""A picture of every kind of page of the report, in Chinese, English and both, side by side.

``python -m tools.contactsheet docs/images/report_pages.png`` writes it. The data are simulated.
It needs LibreOffice, pdftotext and pdftoppm, and Pillow, which comes with matplotlib.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prosperity.catalog import catalog
from prosperity.settings import Settings
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.book.book import read_book
from prosperity_excel.report.build import build_report, save_report
from prosperity_excel.report.evidence_report import Examined
from prosperity_excel.report.office import write_pdf
from prosperity_excel.report.spec import Report
from prosperity_excel.report.tabs import named_in_chinese
from prosperity_excel.runs.coming import outlooks
from prosperity_excel.runs.evaluate import evaluate_books
from prosperity_excel.template.template import write_template
from prosperity_excel.words.report_words import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en", "both")
#: A plain industry, two state machines, one that stands in the place of others, and those.
MODELS = ("autos", "banks", "coal", "construction_machinery", "chem_fibre", "polyurethane",
          "chemicals_overall")  # fmt: skip
EXAMINED = "autos"
#: Kinds of pages: the sheet's id, and which of its printed pages.
KINDS: tuple[tuple[str, int], ...] = (
    ("cover", 0),
    ("summary", 0),
    ("combined", 0),
    ("combined", 2),
    ("due", 0),
    ("autos", 0),
    ("autos", 1),
    ("construction_machinery", 0),
    ("overseas_prosperity", 0),
    ("evidence_autos", 0),
    ("quality", 0),
    ("models", 0),
    ("method", 0),
)
GENERATED = datetime(2024, 1, 2, 9, 30)
#: Lines at the end of a page's text among which its footer stands.
FOOT_LINES = 3
#: Width of a page in the picture, dots an inch at which it is drawn first, and colours.
WIDTH, DOTS, COLOURS = 360, 80, 40


def main(target: Path) -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        columns = [_pictures(report, Path(folder, language)) for language, report in _reports()]
        _joined(columns).save(target, optimize=True)


def _reports() -> Iterable[tuple[Language, Report]]:
    """Give the report in each language."""
    with tempfile.TemporaryDirectory() as folder:
        models = [catalog()[id] for id in MODELS]
        book = Path(folder, "book.xlsx")
        write_template(models, book, panel=simulate(models), source_note=SOURCE)
        read, settings = read_book(book), Settings()
        evaluation = evaluate_books([read], settings=settings)
        coming = outlooks([read], settings=settings, today=evaluation.today)
        found = {EXAMINED: _evidence(read.panel, evaluation.results[EXAMINED], settings)}
        for language in LANGUAGES:
            yield (
                language,
                build_report(
                    evaluation,
                    language=language,
                    generated=GENERATED,
                    examined=Examined(found),
                    outlooks=coming.outlooks,
                ),
            )


def _evidence(panel: Any, result: Any, settings: Settings) -> Any:
    from prosperity.evidence.examine import examine

    return examine(panel, result, settings, catalog())


def _pictures(report: Report, folder: Path) -> list[Any]:
    """Return the pictures of the kinds of pages of one report; None for one that it lacks."""
    from PIL import Image

    folder.mkdir()
    titles = {page.id: page.title for page in report.pages}
    book = folder / "report.xlsx"
    save_report(named_in_chinese(report) if folder.name == "zh" else report, book)
    pdf = write_pdf(book)
    pages = _pages_of(pdf, titles)
    made: list[Any] = []
    for id, place in KINDS:
        numbers = pages.get(id, [])
        if place >= len(numbers):
            made.append(None)
            continue
        stem, page = folder / f"{id}-{place}", str(numbers[place])
        command = ["pdftoppm", "-r", str(DOTS), "-f", page, "-l", page, "-singlefile", "-png"]
        subprocess.run([*command, str(pdf), str(stem)], check=True)
        with Image.open(stem.with_suffix(".png")) as image:
            size = WIDTH, round(image.height * WIDTH / image.width)
            made.append(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    return made


def _pages_of(pdf: Path, titles: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the printed pages of each sheet, by what stands in the middle of their footers."""
    done = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, encoding="utf-8"
    )
    found: dict[str, list[int]] = {}
    here = ""
    # From the end, so that a page whose footer is not read belongs to the one that follows.
    for number, text in reversed(list(enumerate(done.stdout.split("\f"), 1))):
        foot = text.rstrip().rsplit("\n", FOOT_LINES)[-FOOT_LINES:]
        parts = [part.strip() for line in foot for part in line.split("   ") if part.strip()]
        here = next((id for id, title in titles.items() if title in parts), here)
        found.setdefault(here, []).insert(0, number)
    return found


def _joined(columns: list[list[Any]]) -> Any:
    """Return the pictures as one, a language a column, in few colours."""
    from PIL import Image

    height = max(image.height for column in columns for image in column if image is not None)
    whole = Image.new("RGB", (WIDTH * len(columns), height * len(KINDS)), "white")
    for across, column in enumerate(columns):
        for down, image in enumerate(column):
            if image is not None:
                whole.paste(image, (across * WIDTH, down * height))
    # By coverage, so that few pixels of a colour that means something keep it.
    return whole.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
