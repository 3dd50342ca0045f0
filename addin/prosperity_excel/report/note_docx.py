"""The note as a Word document, from a template that a desk can replace by its own.

A template is any ``.docx`` in which paragraphs say ``{{title}}``, ``{{finding}}``, ``{{banner}}``,
``{{holdings}}``, ``{{moved}}``, ``{{chart}}``, ``{{due}}``, ``{{evidence}}``, ``{{sources}}`` and
``{{risk}}``; each is replaced by what it names, in the paragraph's own style. What a template does
not name is left out, except the banner of simulated data, which is put on top.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prosperity.errors import BookError

from prosperity_excel.report.note import Chart, Note

PLACES = (
    "title", "banner", "finding", "holdings", "moved", "chart", "due", "evidence", "sources",
    "risk",
)  # fmt: skip
#: Of the built-in template: millimetres of the margins, points of the text.
MARGIN_MM, TEXT_PT, SMALL_PT = 18, 9.5, 8
NAVY, RUST = (0x1F, 0x3A, 0x5F), (0xA6, 0x3D, 0x2F)
#: Millimetres of a table, of a letter of it in whatever font, and of a cell's two edges; the last
#: narrow letter; how much wider a bold one is.
PAGE_MM, LETTER_MM, EDGES_MM, LAST_NARROW, BOLD = 174, 1.75, 4.2, 0x2E7F, 1.2
#: Rows of a table: the note is one page, and what is left out is counted.
MOST_ROWS = 10
FONT, FONT_ZH = "Calibri", "Microsoft YaHei"


def write_docx(
    note: Note,
    path: Path,
    *,
    template: Path | None = None,
    picture: Callable[[Chart], bytes] | None = None,
) -> None:
    """Write the note.

    Parameters
    ----------
    note
        What it says.
    path
        The file; written as it is, so give a temporary one.
    template
        A desk's own; None is the built-in one.
    picture
        Draws a chart as PNG; None leaves the chart out.

    Raises
    ------
    BookError
        ``bad_template`` when the template cannot be read or names nothing.
    """
    from docx import Document

    document = built_in() if template is None else opened(template, Document)
    found = {name: one for one in _paragraphs(document) if (name := _named(one)) is not None}
    if not found:
        raise BookError(
            "no_placeholder",
            "模板中没有 {{finding}} 这样的占位段落；用 --write-template 写出一份可改的模板。",
            "The template has no paragraph such as {{finding}}; --write-template writes one to "
            "edit.",
            where="" if template is None else template.name,
        )
    if note.banner and "banner" not in found:
        first = next(iter(found.values()))
        found["banner"] = first.insert_paragraph_before("")
    fillers: Mapping[str, Callable[[Any], None]] = {
        "holdings": lambda at: _table(document, at, note.holdings, note.heads["holdings"]),
        "due": lambda at: _table(document, at, note.due, note.heads["due"]),
        "moved": lambda at: _moved(at, note),
        "chart": lambda at: _chart(at, note.chart, picture),
        "banner": lambda at: _banner(at, note.banner),
    }
    for name, at in found.items():
        if name in fillers:
            fillers[name](at)
        elif name in ("title", "finding"):
            _put(at, getattr(note, name))
        else:
            _put(at, getattr(note, name), lead=f"{note.heads[name]}  ")
    document.core_properties.title = note.title
    document.save(str(path))


def write_template(path: Path) -> None:
    """Write the built-in template, for a desk to edit."""
    built_in().save(str(path))


def built_in() -> Any:
    """Return the built-in template."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(MARGIN_MM))
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(TEXT_PT)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT_ZH)
    normal.paragraph_format.space_after = Pt(4)
    for style, size in (("Title", 18), ("Heading 1", 13), ("Heading 2", 10.5)):
        one = document.styles[style]
        one.font.name, one.font.size, one.font.bold = FONT, Pt(size), True
        one.font.color.rgb = RGBColor(*NAVY)
        one.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT_ZH)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme"):
            one.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
        one.paragraph_format.space_before = Pt(6)
        one.paragraph_format.space_after = Pt(3)
    styles = {"title": "Title", "finding": "Heading 1"}
    for name in PLACES:
        document.add_paragraph(f"{{{{{name}}}}}", style=styles.get(name, "Normal"))
    return document


def opened(template: Path, read: Callable[[str], Any]) -> Any:
    """Read a desk's template, a Word document or slides, or say that it cannot be read."""
    try:
        return read(str(template))
    except Exception as error:  # the library raises whatever its parsers do
        raise BookError(
            "bad_template",
            f"模板不是可读的 {template.suffix} 文件；请在 Office 中打开并另存，再作为模板。",
            f"The template is no {template.suffix} file that can be read; open it in Office, save "
            "it, and give that.",
            where=template.name,
        ) from error


def _paragraphs(document: Any) -> list[Any]:
    """Return the paragraphs of the body and of its tables' cells, in order."""
    found = list(document.paragraphs)
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                found.extend(cell.paragraphs)
    return found


def _named(paragraph: Any) -> str | None:
    text = "".join(paragraph.text.split())
    named = text[2:-2] if text.startswith("{{") and text.endswith("}}") else ""
    return named if named in PLACES else None


def _put(paragraph: Any, text: str, *, lead: str = "") -> None:
    """Replace a paragraph's text, keeping its style; ``lead`` is set in bold before it."""
    for run in list(paragraph.runs):
        run._element.getparent().remove(run._element)
    if lead:
        paragraph.add_run(lead).bold = True
    for number, line in enumerate(text.split("\n")):
        run = paragraph.add_run(line)
        if number < text.count("\n"):
            run.add_break()


def _banner(paragraph: Any, text: str) -> None:
    from docx.shared import RGBColor

    if not text:
        paragraph._element.getparent().remove(paragraph._element)
        return
    _put(paragraph, "", lead=text)
    paragraph.runs[0].font.color.rgb = RGBColor(*RUST)


def _table(document: Any, at: Any, rows: Sequence[Sequence[str]], heading: str) -> None:
    """Put a heading and a table where a paragraph stands."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    _put(at, "", lead=heading)
    if len(rows) < 2:
        at.add_run("  –")
        return
    if len(rows) - 1 > MOST_ROWS:
        at.add_run(f"  {MOST_ROWS} / {len(rows) - 1}")
    rows = rows[: MOST_ROWS + 1]
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    style = next((n for n in ("Light List Accent 1", "Table Grid") if n in _styles(document)), None)
    if style:
        table.style = style
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            cell = table.cell(r, c).paragraphs[0]
            cell.paragraph_format.space_after = Pt(0)
            run = cell.add_run(text)
            run.font.size = Pt(SMALL_PT)
            if r and _is_number(text):
                cell.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _share_out(table, rows)
    at._element.addnext(table._element)
    after = document.add_paragraph()
    after.paragraph_format.space_after = Pt(2)
    table._element.addnext(after._element)


def _share_out(table: Any, rows: Sequence[Sequence[str]]) -> None:
    """Give columns the width that their texts need, a Chinese letter counting two."""
    from docx.shared import Mm

    table.autofit = False
    for c, one in enumerate(widths(rows)):
        # Word goes by the cells, others by the columns.
        table.columns[c].width = Mm(one)
        for cell in table.columns[c].cells:
            cell.width = Mm(one)


def widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Return the widths of a table's columns in millimetres, which are the page's together.

    A column whose texts fit into its share has what they need, so that no date or number is
    broken; the others share the rest. Heads are broken between words.
    """
    head, *texts = rows
    needed = [
        max(
            *(_letters(word) * BOLD for word in head[c].split()),
            *(float(_letters(row[c])) for row in texts),
        )
        * LETTER_MM
        + EDGES_MM
        for c in range(len(head))
    ]
    left, found = float(PAGE_MM), list(needed)
    by_need = sorted(range(len(needed)), key=lambda c: needed[c])
    for place, c in enumerate(by_need):
        found[c] = min(needed[c], left / (len(by_need) - place))
        left -= found[c]
    found[by_need[-1]] += left
    return found


def _letters(text: str) -> int:
    return sum(1 + (ord(letter) > LAST_NARROW) for letter in text)


def _styles(document: Any) -> set[str]:
    return {style.name for style in document.styles}


def _is_number(text: str) -> bool:
    plain = text.replace("−", "-").replace(",", "").rstrip("%")
    try:
        float(plain)
    except ValueError:
        return False
    return True


def _moved(at: Any, note: Note) -> None:
    place = at
    _put(at, "", lead=note.heads["moved"])
    for one in note.moved:
        added = _after(place)
        _put(added, one.text, lead=f"{one.heading}  ")
        place = added


def _after(paragraph: Any) -> Any:
    """Return a new paragraph behind another, in its style."""
    from copy import deepcopy

    from docx.text.paragraph import Paragraph

    element = deepcopy(paragraph._element)
    paragraph._element.addnext(element)
    return Paragraph(element, paragraph._parent)


def _chart(at: Any, chart: Chart | None, picture: Callable[[Chart], bytes] | None) -> None:
    from docx.shared import Mm

    if chart is None or picture is None:
        at._element.getparent().remove(at._element)
        return
    _put(at, "")
    at.add_run().add_picture(io.BytesIO(picture(chart)), width=Mm(174))
