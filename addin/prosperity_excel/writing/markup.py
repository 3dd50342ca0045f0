"""XML edited as text, so that what is not meant to change stays as it was, to the byte.

Only what an office program writes is handled: UTF-8, one root. Anything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from prosperity.errors import BookError

#: Letters that XML cannot hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
#: What a spreadsheet would take for one of its own escapes, such as ``_x0041_``.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')""")
CELL_LETTERS = 32_767


def decoded(part: bytes, name: str) -> str:
    """Return a part's text.

    Raises
    ------
    BookError
        ``odd_part`` when it is not UTF-8.
    """
    try:
        text = part.decode("utf-8")
    except UnicodeDecodeError as error:
        raise odd_part(name) from error
    if re.match(r"\ufeff?<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", text, re.IGNORECASE):
        raise odd_part(name)
    return text


def odd_part(name: str) -> BookError:
    """Return the error for a part that is not what an office program writes."""
    return BookError(
        "odd_part",
        f"工作簿内部的 {name} 结构特殊，不能安全改写，文件未改动；请用 Excel 打开并另存后再试。",
        f"The part {name} of the book has an unusual form and cannot be edited safely; the file "
        "is untouched. Open it in Excel, save it, and try again.",
    )


def escaped(text: str) -> str:
    """Return a text for XML, as a cell holds it: no illegal letters, no more than a cell takes."""
    kept = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:CELL_LETTERS]
    safe = _ESCAPE.sub("_x005F_", kept)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        safe = safe.replace(sign, entity)
    return safe


@dataclass(frozen=True)
class Element:
    """An element as it stands in a text.

    Attributes
    ----------
    start, stop : int
        Where it begins and ends.
    prefix : str
        Its namespace prefix with the colon; often empty.
    attributes : dict of str to str
        As written, with their prefixes; entities resolved.
    inner : str
        What stands inside, as written; empty for an empty element.
    opening : str
        Its first tag as written.
    """

    start: int
    stop: int
    prefix: str
    attributes: dict[str, str]
    inner: str
    opening: str


def elements(text: str, name: str, start: int = 0, stop: int | None = None) -> Iterator[Element]:
    """Yield the elements called ``name``, whatever their prefix; ones nested in one another not."""
    stop = len(text) if stop is None else stop
    opening = re.compile(rf"<([\w.-]+:)?{name}(?=[\s/>])((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
    while found := opening.search(text, start, stop):
        prefix, empty = found[1] or "", bool(found[3])
        end = inner_end = found.end()
        if not empty:
            closing = f"</{prefix}{name}"
            inner_end = text.find(closing, end, stop)
            if inner_end < 0:
                return
            end = text.index(">", inner_end) + 1
        yield Element(
            found.start(),
            end,
            prefix,
            attributes(found[2]),
            "" if empty else text[found.end() : inner_end],
            found[0],
        )
        start = end


def first(text: str, name: str) -> Element | None:
    """Return the first element called ``name``; None when there is none."""
    return next(elements(text, name), None)


def attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag."""
    return {name: unescape(value[1:-1]) for name, value in _ATTRIBUTE.findall(text)}


def swapped(text: str, element: Element, new: str) -> str:
    """Return the text with an element exchanged."""
    return text[: element.start] + new + text[element.stop :]


def appended(text: str, name: str, new: str, part: str) -> str:
    """Return the text with ``new`` as the last child of the first element called ``name``.

    Raises
    ------
    BookError
        When there is no such element.
    """
    element = first(text, name)
    if element is None:
        raise odd_part(part)
    if element.opening.endswith("/>"):
        opening = f"{element.opening[:-2].rstrip()}>"
        return swapped(text, element, f"{opening}{new}</{element.prefix}{name}>")
    place = element.start + len(element.opening) + len(element.inner)
    return text[:place] + new + text[place:]
