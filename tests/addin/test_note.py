"""The monthly note: what it says, as a Word document and as slides, from a desk's own template."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure
from prosperity.simulation import simulate
from prosperity_excel.cli import main
from prosperity_excel.report.note_docx import PLACES
from prosperity_excel.template.template import write_template

docx = pytest.importorskip("docx")
pptx = pytest.importorskip("pptx")

DAY = "2026-06-15"
MODELS = ("autos", "glass")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = [catalog()[id] for id in MODELS]
    panel = simulate(closure(models, catalog()), first="2014-01", last="2026-06")
    path = tmp_path_factory.mktemp("note") / "desk.xlsx"
    write_template(models, path, panel=panel.known_on(pd.Timestamp(DAY)))
    return path


@pytest.fixture(scope="module")
def written(book: Path) -> Path:
    """Give a folder with the note in both forms and languages."""
    for language in ("zh", "en"):
        words = ("--out", f"{language}.docx", "--pptx", f"{language}.pptx", "--language", language)
        paths = [str(book.parent / w) if "." in w else w for w in words]
        done = CliRunner().invoke(main, ["note", str(book), *paths, "--on", DAY])
        assert done.exit_code == 0, done.output
    return book.parent


def shell(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def text_of(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ("行业景气月报", "持仓", "变动", "待公布", "证据", "来源", "风险提示", "模拟数据",
                "汽车")),
        ("en", ("Industry prosperity", "Holdings", "What moved", "Due next", "Evidence", "Sources",
                "Risk notice", "SIMULATED DATA", "Automobiles")),
    ],
)  # fmt: skip
def test_the_page_has_all_its_parts(written: Path, language: str, said: tuple[str, ...]) -> None:
    text = text_of(written / f"{language}.docx")
    for words in said:
        assert words in text
    assert "{{" not in text
    assert ("Automobiles" in text) == (language == "en")
    assert "Wind All-A" in text or "万得全A" in text or "hold" in text.casefold()


def test_the_page_has_one_chart(written: Path) -> None:
    pytest.importorskip("matplotlib")
    with zipfile.ZipFile(written / "zh.docx") as package:
        assert sum(name.startswith("word/media/") for name in package.namelist()) == 1


def test_no_date_or_number_of_a_table_is_broken() -> None:
    from prosperity_excel.report.note_docx import PAGE_MM, widths

    long = "Housing completions, floor space, growth on a year: held above −4.66 (<1%)"
    rows = [
        ("Industry", "Held since", "Weight", "Next flip"),
        ("Communications equipment", "2026-05", "11%", long),
        ("煤炭", "2026-04", "–", "–"),
    ]
    found = widths(rows)
    assert sum(found) == pytest.approx(PAGE_MM)
    assert found[1] > 14
    assert found[2] > 14
    assert found[3] > found[0]
    # Of several long texts each has a share, and one column has the whole page.
    assert min(widths([("a", "b", "c"), (long, long, "x")])[:2]) > PAGE_MM / 3
    assert widths([("a",), ("b",)]) == [PAGE_MM]


def slides_of(path: Path) -> list[Any]:
    return list(pptx.Presentation(str(path)).slides)


def test_the_slides_have_native_charts_and_a_banner(written: Path) -> None:
    slides = slides_of(written / "en.pptx")
    # Cover, holdings, one an industry that moved, what is due.
    assert len(slides) == 3 + len(MODELS)
    charts = [s.chart for slide in slides for s in slide.shapes if s.has_chart]
    assert len(charts) == 1 + len(MODELS)
    assert all(len(next(iter(c.plots[0].series)).values) > 40 for c in charts)
    for chart in charts[1:]:
        # What the next decision is expected to be is a hollow point, and no line.
        line, hollow = chart.plots[0].series
        assert [value for value in hollow.values if value is not None] == [hollow.values[-1]]
        assert line.values[-1] is None
        drawn = hollow._element.xml
        assert "<a:noFill/>" in drawn
        assert '<c:symbol val="circle"/>' in drawn
    for slide in slides:
        texts = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
        assert any("SIMULATED DATA" in text for text in texts)
    last = [s.text_frame.text for s in slides[-1].shapes if s.has_text_frame]
    assert any("Not investment advice" in text for text in last)
    assert any(s.has_table for s in slides[-1].shapes)


def test_a_desk_fills_its_own_template(book: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.docx"
    assert shell("note", "--write-template", plain).exit_code == 0
    own = docx.Document(str(plain))
    assert [p.text for p in own.paragraphs] == [f"{{{{{name}}}}}" for name in PLACES]
    mine = docx.Document()
    mine.add_paragraph("Our house view")
    table = mine.add_table(rows=1, cols=2)
    table.cell(0, 0).paragraphs[0].add_run("{{fin")
    table.cell(0, 0).paragraphs[0].add_run("ding}}")
    mine.add_paragraph("{{ due }}")
    mine.save(str(tmp_path / "own.docx"))
    out = tmp_path / "out.docx"
    done = shell("note", book, "--out", out, "--template", tmp_path / "own.docx", "--on", DAY)
    assert done.exit_code == 0, done.output
    text = text_of(out)
    assert "Our house view" in text
    assert "{{" not in text
    # What the template leaves out is left out, but for the mark of simulated data.
    assert "风险提示" not in text
    assert "模拟数据" in text


def test_slides_go_behind_those_of_a_template(book: Path, tmp_path: Path) -> None:
    own = pptx.Presentation()
    own.slides.add_slide(own.slide_layouts[5]).shapes.title.text = "Our house"
    own.save(str(tmp_path / "own.pptx"))
    out = tmp_path / "out.pptx"
    done = shell("note", book, "--pptx", out, "--template", tmp_path / "own.pptx", "--on", DAY)
    assert done.exit_code == 0, done.output
    slides = slides_of(out)
    assert slides[0].shapes.title.text == "Our house"
    assert len(slides) == 1 + 3 + len(MODELS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{book}",), "--out FILE.docx"),
        (("--out", "{folder}/x.docx"), "Give the books"),
        (("{book}", "--out", "{folder}/x.xlsx"), ".docx"),
        (("{book}", "--out", "{folder}/x.docx", "--template", "{book}"), "must be a .docx"),
        (("{book}", "--out", "{folder}/x.docx", "--template", "{folder}/bad.docx"), "no .docx"),
        (("{book}", "--out", "{folder}/x.docx", "--template", "{folder}/none.docx"), "{{finding}}"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    book: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "bad.docx").write_bytes(b"not a document")
    docx.Document().save(str(tmp_path / "none.docx"))
    given = [w.replace("{book}", str(book)).replace("{folder}", str(tmp_path)) for w in words]
    done = shell("note", *given, "--on", DAY)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "x.docx").exists()


def test_a_file_of_a_persons_is_not_replaced_unasked(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "note.docx"
    out.write_bytes(b"mine")
    assert shell("note", book, "--out", out, "--on", DAY).exit_code != 0
    assert out.read_bytes() == b"mine"
    copy = shutil.copy(book, tmp_path / "copy.xlsx")
    assert shell("note", copy, "--out", out, "--force", "--on", DAY).exit_code == 0
    assert "持仓" in text_of(out)
