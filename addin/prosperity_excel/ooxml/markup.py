"""XML edited in place: expat says where things are, and every other byte stays as it was.

A part is parsed once, and an edit is a list of splices of its bytes. Elements are known by
namespace and never by prefix. A part in UTF-16 is turned into UTF-8 before it is edited, its
declaration with it: what stands around the edited places is then kept as text, not as bytes. A
part with a document type is refused, and with it every entity of its own.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np
from prosperity.errors import BookError

#: Namespaces that an office program writes, transitional and strict, by our prefix for them; names
#: of the main one go without.
_SPACES: Mapping[str, str] = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "",
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "chart:",
    "http://purl.oclc.org/ooxml/drawingml/chart": "chart:",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "office:",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "office:",
    "http://schemas.openxmlformats.org/package/2006/relationships": "package:",
    "http://schemas.openxmlformats.org/package/2006/content-types": "package:",
}
#: Letters that XML cannot hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
#: What a spreadsheet would take for one of its own escapes, such as ``_x0041_``.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
#: A start tag, and its attributes, at a place where the parser says that one begins.
_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_TAG_NAME = re.compile(r"<([^\s/>]+)")
_ATTRIBUTE = re.compile(r"""(\s+)([^\s=/>]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_DECLARATION = re.compile(r"""(<\?xml\b[^>]*?\sencoding\s*=\s*)("[^"]*"|'[^']*')""")
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_SINGLE = ("utf-8", "us-ascii", "ascii")
CELL_LETTERS = 32_767
#: What a chart remembers of a range, and one value of it.
_CACHES, _POINT = ("chart:numCache", "chart:strCache"), "chart:pt"
#: Elements of a part that is edited; each takes some 200 bytes.
MOST_ELEMENTS = 3_000_000


def in_utf8(part: bytes, name: str) -> bytes:
    """Return a part in UTF-8, as it is when it is that already.

    Raises
    ------
    BookError
        ``odd_part`` for any encoding besides UTF-8, ASCII and UTF-16.
    """
    wide = _WIDE.get(part[:2])
    try:
        text = part.decode(wide or "utf-8")
    except UnicodeDecodeError as error:
        raise odd_part(name) from error
    said = _DECLARATION.match(text.removeprefix("\ufeff"))
    if "\0" in text:
        # UTF-32 looks like UTF-16 at first.
        raise odd_part(name)
    if wide is None:
        if said is not None and said[2][1:-1].casefold() not in _SINGLE:
            raise odd_part(name)
        return part
    if said is not None:
        text = text.replace(said[0], f'{said[1]}"UTF-8"', 1)
    return text.removeprefix("\ufeff").encode()


def odd_part(name: str) -> BookError:
    """Return the error for a part that is not what an office program writes."""
    return BookError(
        "odd_part",
        f"工作簿内部的 {name} 结构特殊，不能安全改写，文件未改动；请用 Excel 打开并另存后再试。",
        f"The part {name} of the book has an unusual form and cannot be edited safely; the file "
        "is untouched. Open it in Excel, save it, and try again.",
    )


def kept_text(text: str) -> str:
    """Return a text as a cell holds it: no illegal letters, no more than a cell takes."""
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:CELL_LETTERS]


def escaped(text: str) -> str:
    """Return a text for XML, as a cell holds it."""
    safe = _ESCAPE.sub("_x005F_", kept_text(text))
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        safe = safe.replace(sign, entity)
    return safe


class Tree:
    """A part as the parser sees it: its elements in the order of the text, by their numbers.

    Parameters
    ----------
    content
        The part, in UTF-8.
    part
        Its name, for errors.

    Raises
    ------
    BookError
        ``odd_part`` when it is not well-formed, uses a prefix that is not declared, has a document
        type, or has more elements than can be held.
    """

    def __init__(self, content: bytes, part: str) -> None:
        self.content, self.part = content, part
        self.names: list[str] = []
        self.given: list[list[str] | tuple[()]] = []
        self.starts, self.parents = array("q"), array("q")
        #: Where an element's end tag begins, or its empty tag ends; and the number of the first
        #: element behind it.
        self.ends, self.behind = array("q"), array("q")
        #: Namespaces that an element declares, by prefix.
        self.declared: dict[int, dict[str, str]] = {}
        if content.count(b"<") > 2 * MOST_ELEMENTS:
            raise odd_part(part)
        try:
            self._parse()
        except (expat.ExpatError, _RefusedError) as error:
            raise odd_part(part) from error

    @property
    def root(self) -> Element:
        """The outermost element."""
        return Element(self, 0)

    def named(self, name: str) -> list[Element]:
        """Return all elements of a name, in the order of the text, at any depth."""
        return [Element(self, at) for at, own in enumerate(self.names) if own == name]

    def first(self, name: str) -> Element | None:
        """Return the first element of a name, at any depth; None when there is none."""
        return Element(self, self.names.index(name)) if name in self.names else None

    def attribute(self, at: int, name: str) -> str | None:
        """Return an attribute without a namespace of an element by its number; None without it."""
        given = self.given[at]
        return given[given.index(name) + 1] if name in given[::2] else None

    def _parse(self) -> None:
        parser = _parser()
        parser.ordered_attributes = True
        names, given, known = self.names, self.given, _Names(bare="{}", main="")
        starts, parents = self.starts, self.parents
        order, ends, behind = array("q"), array("q"), array("q")
        stack = [-1]
        pending: dict[str, str] = {}

        def start(name: str, attributes: list[str]) -> None:
            ours = known[name]
            if ours == _POINT and names[stack[-1]] in _CACHES:
                # Thousands of remembered points, of which none is ever looked at.
                parser.StartElementHandler, parser.EndElementHandler = None, pass_over
                return
            if pending:
                self.declared[len(names)] = dict(pending)
                pending.clear()
            parents.append(stack[-1])
            stack.append(len(names))
            names.append(ours)
            given.append(attributes or ())
            starts.append(parser.CurrentByteIndex)

        def end(name: str) -> None:
            order.append(stack.pop())
            ends.append(parser.CurrentByteIndex)
            behind.append(len(names))

        def pass_over(name: str) -> None:
            if known[name] in _CACHES:
                parser.StartElementHandler, parser.EndElementHandler = start, end
                end(name)

        def declare(prefix: str | None, space: str | None) -> None:
            pending[prefix or ""] = space or ""

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.StartNamespaceDeclHandler = declare
        parser.Parse(self.content, True)
        places = np.argsort(np.frombuffer(order, dtype=np.int64))
        for found, kept in ((ends, self.ends), (behind, self.behind)):
            kept.frombytes(np.frombuffer(found, dtype=np.int64)[places].tobytes())


def check_well_formed(content: bytes, part: str) -> None:
    """Check that a part is well-formed XML, in which every prefix is declared; raise as a tree."""
    try:
        _parser().Parse(content, True)
    except (expat.ExpatError, _RefusedError) as error:
        raise odd_part(part) from error


def _parser() -> expat.XMLParserType:
    """Return a parser that knows namespaces and takes no document type."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(*_: object) -> None:
    raise _RefusedError


class _RefusedError(Exception):
    """The parser met what is not edited; becomes ``odd_part``."""


class _Names(dict[str, str]):
    """Our names by the parser's, which are ``namespace local prefix``.

    What has no namespace is an attribute of its element, or no element that is known here.
    """

    def __init__(self, bare: str, main: str) -> None:
        super().__init__()
        self.bare, self.main = bare, main

    def __missing__(self, whole: str) -> str:
        parts = whole.split(" ")
        space, local = parts[:2] if len(parts) > 1 else ("", whole)
        ours = _SPACES.get(space, f"{{{space}}}") if space else self.bare
        self[whole] = (ours or self.main) + local if space else ours + local
        return self[whole]


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a part.

    Attributes
    ----------
    tree : Tree
        The part.
    at : int
        The element's number.
    """

    tree: Tree
    at: int

    @property
    def name(self) -> str:
        """Its name, in a namespace other than the main one with our prefix for it."""
        return self.tree.names[self.at]

    @property
    def attributes(self) -> dict[str, str]:
        """Values by name; names in a namespace with our prefix for it."""
        given, known = self.tree.given[self.at], _ATTRIBUTE_NAMES
        return {known[given[n]]: given[n + 1] for n in range(0, len(given), 2)}

    @property
    def parent(self) -> Element:
        """The element that it stands in; there is none for the root."""
        return Element(self.tree, self.tree.parents[self.at])

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.tree.starts[self.at]

    @property
    def opening(self) -> str:
        """Its start tag as written."""
        return self.tree.content[self.start : self.inner_start].decode()

    @property
    def inner_start(self) -> int:
        """Where its start tag ends."""
        tag = _TAG.match(self.tree.content, self.start)
        if tag is None:
            raise odd_part(self.tree.part)
        return tag.end()

    @property
    def is_empty_tag(self) -> bool:
        """Whether one tag begins and ends it."""
        return self.tree.content[self.inner_start - 2 : self.inner_start] == b"/>"

    @property
    def inner_stop(self) -> int:
        """Where its end tag begins; the end of an empty tag."""
        return self.inner_start if self.is_empty_tag else self.tree.ends[self.at]

    @property
    def stop(self) -> int:
        """Where it ends."""
        if self.is_empty_tag:
            return self.inner_start
        return self.tree.content.index(b">", self.tree.ends[self.at]) + 1

    @property
    def tag(self) -> str:
        """Its name as written, with the prefix."""
        found = _TAG_NAME.match(self.opening)
        return found[1] if found else ""

    @property
    def prefix(self) -> str:
        """Its prefix as written, with the colon; often empty. It may be used inside it."""
        prefix, colon, _ = self.tag.rpartition(":")
        return prefix + colon

    @property
    def text(self) -> str:
        """All character data inside it, as a program reads them."""
        inner = self.tree.content[self.inner_start : self.inner_stop]
        if not any(sign in inner for sign in (b"<", b"&", b"\r")):
            return inner.decode()
        said: list[str] = []
        parser = expat.ParserCreate()
        parser.CharacterDataHandler = said.append
        parser.Parse(b"<x>" + inner + b"</x>", True)
        return "".join(said)

    @property
    def written(self) -> str:
        """The whole element as written."""
        return self.tree.content[self.start : self.stop].decode()

    def children(self, name: str | None = None) -> Iterator[Element]:
        """Yield the elements directly inside it; of one name, where one is given."""
        at, stop = self.at + 1, self.tree.behind[self.at]
        while at < stop:
            if name is None or self.tree.names[at] == name:
                yield Element(self.tree, at)
            at = self.tree.behind[at]

    def child(self, name: str) -> Element | None:
        """Return the first element of a name directly inside it; None when there is none."""
        return next(self.children(name), None)

    def named(self, name: str) -> Iterator[Element]:
        """Yield the elements of a name inside it, at any depth."""
        names = self.tree.names
        for at in range(self.at + 1, self.tree.behind[self.at]):
            if names[at] == name:
                yield Element(self.tree, at)

    def first(self, name: str) -> Element | None:
        """Return the first element of a name inside it, at any depth; None when there is none."""
        return next(self.named(name), None)

    def scope(self) -> dict[str, str]:
        """Return the namespaces that may be used inside it, by prefix."""
        found: dict[str, str] = {}
        at = self.at
        while at >= 0:
            found = {**self.tree.declared.get(at, {}), **found}
            at = self.tree.parents[at]
        return found


_ATTRIBUTE_NAMES = _Names(bare="", main="main:")


@dataclass
class Splices:
    """Changes of a part, made all at once."""

    tree: Tree
    _changes: list[tuple[int, int, str]] = field(default_factory=list)

    def put(self, start: int, stop: int, new: str) -> None:
        """Have ``new`` stand in place of what is between two places."""
        self._changes.append((start, stop, new))

    def replace(self, element: Element, new: str) -> None:
        """Have ``new`` stand in place of an element."""
        self.put(element.start, element.stop, new)

    def reopen(self, element: Element, opening: str) -> None:
        """Exchange the start tag of an element."""
        self.put(element.start, element.inner_start, opening)

    def append(self, element: Element, new: str, opening: str = "") -> None:
        """Put ``new`` behind all that is inside an element; exchange its start tag if one is given.

        An empty tag gets an end tag; give all that is to stand in it at once.
        """
        tag = opening or element.opening
        if element.is_empty_tag:
            tag = tag.removesuffix(">").removesuffix("/").rstrip()
            self.replace(element, f"{tag}>{new}</{element.tag}>")
            return
        if opening:
            self.reopen(element, opening)
        self.put(element.inner_stop, element.inner_stop, new)

    def fill(self, element: Element, new: str) -> None:
        """Exchange all that is inside an element."""
        if element.is_empty_tag:
            self.append(element, new)
        else:
            self.put(element.inner_start, element.inner_stop, new)

    def result(self) -> bytes:
        """Return the part with the changes.

        Raises
        ------
        ValueError
            When two changes meet: a fault of the caller's.
        """
        content, pieces, at = self.tree.content, [], 0
        for start, stop, new in sorted(self._changes, key=lambda change: change[:2]):
            if start < at:
                raise ValueError("two changes of one place")
            pieces += [content[at:start], new.encode()]
            at = stop
        return b"".join([*pieces, content[at:]])


def with_attribute(opening: str, name: str, value: str | None) -> str:
    """Return a start tag with an attribute that has no namespace set; None takes it out.

    Parameters
    ----------
    opening
        The tag as written; what is not changed stays as it is.
    name
        The attribute. A new one comes last.
    value
        Its new value; escaped here.
    """
    said = None if value is None else escaped(value)
    for found in _ATTRIBUTE.finditer(opening):
        if found[2] == name:
            if found[4][1:-1] == said:
                return opening
            new = "" if said is None else f'{found[1]}{name}{found[3]}"{said}"'
            return opening[: found.start()] + new + opening[found.end() :]
    if said is None:
        return opening
    place = len(opening) - (2 if opening.endswith("/>") else 1)
    return f'{opening[:place].rstrip()} {name}="{said}"{opening[place:]}'
