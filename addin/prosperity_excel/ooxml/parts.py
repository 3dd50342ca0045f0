"""The parts of a closed file, as its archive holds them, and what is put in their place.

A part is found by its name as packages compare names: whatever its case. It is parsed when it is
asked for and when it is changed, each once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import unquote

from prosperity.errors import BookError

from prosperity_excel.ooxml.archive import members, replaced, too_large
from prosperity_excel.ooxml.markup import Tree, check_well_formed, escaped, in_utf8, odd_part
from prosperity_excel.sheets.workbook import refused

#: Bytes of a part that is edited.
MOST_TEXT = 60_000_000


class Parts:
    """The parts of a package.

    Parameters
    ----------
    content
        The file.
    name
        Its name, for messages.

    Raises
    ------
    BookError
        ``not_a_workbook`` when it is not a whole archive.
    """

    def __init__(self, content: bytes, name: str = "") -> None:
        self.content = content
        self.name = name
        self._members = members(content, name)
        self._parts: dict[str, bytes] = {}
        self._alike: dict[str, set[str]] = defaultdict(set)
        self._ambiguous: set[str] = set()
        for member, part in self._members:
            if self._parts.setdefault(member, part) != part:
                self._ambiguous.add(folded(member))
            self._alike[folded(member)].add(member)
        self._new: dict[str, bytes] = {}
        self._dropped: set[str] = set()
        self._trees: dict[str, Tree] = {}

    @property
    def changed(self) -> frozenset[str]:
        """Names of the parts that differ from the file's."""
        return frozenset(self._new) | self._dropped

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parts."""
        return tuple(n for n in {**self._parts, **self._new} if n not in self._dropped)

    def tree(self, name: str) -> Tree:
        """Return where things stand in a part, with the changes made so far.

        Raises
        ------
        BookError
            ``too_large`` or ``odd_part`` when it cannot be edited, ``part_twice`` when the package
            holds two of it.
        """
        if name not in self._trees:
            self._trees[name] = Tree(self.source(name), name)
        return self._trees[name]

    def source(self, name: str) -> bytes:
        """Return a part in UTF-8, with the changes made so far; raises as :meth:`tree`."""
        if name in self._new:
            return self._new[name]
        part = self._parts.get(name, b"")
        if len(part) > MOST_TEXT:
            raise too_large(self.name)
        if folded(name) in self._ambiguous or any(
            self._parts[other] != part for other in self._alike.get(folded(name), ())
        ):
            raise self._part_twice(name)
        return in_utf8(part, name)

    def text(self, name: str) -> str:
        """Return a part as text; raises as :meth:`tree`."""
        return self.source(name).decode()

    def may_name(self, part: str, words: Iterable[str]) -> bool:
        """Whether one of some words may stand in a part, by a quick look.

        Letters can be written as numbers, so a part with such is always one that may.
        """
        text = self.text(part).casefold()
        return "&#" in text or any(
            word.casefold() in text or escaped(word).casefold() in text for word in words
        )

    def put(self, name: str, content: bytes) -> None:
        """Set a part; nothing is noted when it says what the file's does.

        Raises
        ------
        BookError
            ``odd_part`` when it is not well-formed any more.
        """
        if content == self.source(name):
            return
        check_well_formed(content, name)
        self._trees.pop(name, None)
        if name in self._parts and in_utf8(self._parts[name], name) == content:
            del self._new[name]
        else:
            self._new[name] = content

    def bytes(self) -> bytes:
        """Return the whole file with the changes; the same bytes when there are none.

        Raises
        ------
        BookError
            ``not_a_workbook`` when the result, read back, is not what was meant.
        """
        if not self.changed:
            return self.content
        # Members that are one part by name, whatever their case, are changed alike.
        new = {
            member: content
            for name, content in self._new.items()
            for member in (self._alike.get(folded(name)) or {name})
        }
        dropped = frozenset(m for name in self._dropped for m in self._alike[folded(name)])
        result = replaced(self.content, new, dropped)
        fresh = {member: content for member, content in new.items() if member not in self._parts}
        wanted = [(n, new.get(n, part)) for n, part in [*self._members, *fresh.items()]]
        if members(result) != [(n, part) for n, part in wanted if n not in dropped]:
            raise odd_part(self.name)
        return result

    def found(self, part: str) -> str:
        """Return a part's name as the archive has it, whatever its case; itself for none."""
        name = member_of(part)
        alike = self._alike.get(folded(name), set())
        return name if name in alike or not alike else min(alike)

    def _part_twice(self, part: str) -> BookError:
        return refused("part_twice", f"{self.name} / {part}")


def member_of(part: str) -> str:
    """Return the member of the archive that a part's name in XML means."""
    return unquote(part).lstrip("/")


def folded(part: str) -> str:
    """Return a part's name as packages compare names: whatever its case and slashes."""
    return part.replace("\\", "/").lstrip("/").casefold()
