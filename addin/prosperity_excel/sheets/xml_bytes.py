"""Quick looks at a sheet's XML as an array of bytes: whether something can be in it at all.

A sheet of prices has millions of bytes and hardly ever what is looked for. An array answers in a
fraction of the time of a pattern; a yes may be wrong and is then settled by a pattern, a no is
never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np

_QUOTES = b"\"'"
_DIGITS = (ord("0"), ord("9"))
_CAPITALS = (ord("A"), ord("Z"))
#: How a cell begins, what may follow the name of a tag, and how long a cell's tag and the number
#: of its row are at most.
_CELL, _TAG_ENDS = b'<c r="', b" >/\t\r\n"
_LONGEST_CELL, _MOST_DIGITS = 320, 7
#: How far behind a place the farthest byte is looked at.
_BEYOND = 16
#: Places of an attribute's value from its name, and bytes of a value that are looked at.
_VALUE = 3
_LOOKED_AT = 7
#: Digits by which styles are told apart; books with a thousand of them are looked at closely.
_STYLE_DIGITS = 3
#: A tag up to its end, with nothing between an attribute's name, the sign and the value.
_TIGHT_TAG = re.compile(rb"""<[^\s=>]++(?:\s++[^\s=>]++=(?:"[^"]*+"|'[^']*+'))*+\s*+/?""")


class XmlBytes:
    """A sheet's XML.

    Parameters
    ----------
    xml
        UTF-8 or another encoding in which ASCII stands for itself.
    """

    def __init__(self, xml: bytes) -> None:
        # Blanks behind the end let every place be looked at alike.
        self.bytes = np.frombuffer(xml + b" " * _BEYOND, dtype=np.uint8)
        self.last_end = xml.rfind(b"</c>")
        self._reaches_far: bool | None = None

    @property
    def is_regular(self) -> bool:
        """Whether all cells are written as office programs write them.

        That is ``<c r="AB123" ...>``, without comments, prefixes and the other ways that XML
        allows. Then the farthest cell is known before a reader makes room for it, and patterns
        over the text find what a parser would, in a time that grows with its length alone.
        """
        opens, closes = (np.flatnonzero(self.bytes == ord(sign)) for sign in "<>")
        if len(opens) != len(closes) or not self._alternate(opens, closes):
            return False
        if self._has_odd_tags(opens) or self._has_wide_equals(opens, closes):
            return False
        is_cell = (self.bytes[opens + 1] == ord("c")) & self._any_of(opens + 2, _TAG_ENDS)
        return self._are_plain(opens[is_cell], closes[is_cell])

    @property
    def may_hold_errors(self) -> bool:
        """Whether there may be a cell of the type ``e``."""
        return self._between(b"e", _QUOTES, _QUOTES)

    @property
    def may_hold_formulas(self) -> bool:
        """Whether there may be an element ``f``, of any prefix."""
        return self._between(b"f", b"<:", b"> /\t\r\n")

    @property
    def may_reach_far(self) -> bool:
        """Whether a reference may have three letters, or five digits behind a letter."""
        if self._reaches_far is not None:
            return self._reaches_far
        first = self._values(b"r")
        third_letter = self._in(first + 2, _CAPITALS)
        fifth_digit = self._in(first + 1, _DIGITS) & self._in(first + 5, _DIGITS)
        return bool((third_letter | fifth_digit | self._in(first + 6, _DIGITS)).any())

    def may_use_styles(self, styles: Collection[bytes]) -> bool:
        """Whether a cell may have one of these styles, each the digits of its number."""
        first = self._values(b"s")
        number = np.zeros(len(first), dtype=np.int32)
        inside = np.ones(len(first), dtype=bool)
        for place in range(_STYLE_DIGITS):
            inside &= self._in(first + place, _DIGITS)
            number = np.where(inside, number * 10 + self.bytes[first + place] - _DIGITS[0], number)
        return bool(np.isin(number, [int(style[:_STYLE_DIGITS]) for style in styles]).any())

    def _alternate(self, opens: np.ndarray, closes: np.ndarray) -> bool:
        """Whether every tag ends before the next one begins."""
        return bool((opens < closes).all() and (closes[:-1] < opens[1:]).all())

    def _has_odd_tags(self, opens: np.ndarray) -> bool:
        """Whether there are comments, cells with a prefix, or letters of two bytes."""
        comments = self.bytes[opens + 1] == ord("!")
        colons = np.flatnonzero(self.bytes == ord(":"))
        prefixed = (self.bytes[colons + 1] == ord("c")) & self._any_of(colons + 2, _TAG_ENDS)
        return bool(comments.any() or prefixed.any() or (self.bytes == 0).any())

    def _has_wide_equals(self, opens: np.ndarray, closes: np.ndarray) -> bool:
        """Whether there is white space around the sign between an attribute and its value.

        Such a sign in a text, or in a value such as the prompt of a data validation, is no matter.
        """
        signs = np.flatnonzero(self.bytes == ord("="))
        # What stands before the first tag is in none.
        signs = signs[signs > (opens[0] if len(opens) else len(self.bytes))]
        behind, ahead = self.bytes[signs - 1], self.bytes[signs + 1]
        wide = signs[(behind <= ord(" ")) | (ahead <= ord(" "))]
        tags = np.searchsorted(opens, wide) - 1
        tags = np.unique(tags[closes[tags] > wide])
        inside = (self.bytes[opens[tag] : closes[tag]].tobytes() for tag in tags.tolist())
        return not all(map(_TIGHT_TAG.fullmatch, inside))

    def _are_plain(self, cells: np.ndarray, ends: np.ndarray) -> bool:
        """Whether cells, by the places where their tags begin and end, are all regular."""
        for place, sign in enumerate(_CELL):
            if (self.bytes[cells + place] != sign).any():
                return False
        letters = cells + len(_CELL)
        sound = self._in(letters, _CAPITALS)
        digits = letters + 1
        for _ in range(2):
            digits = digits + self._in(digits, _CAPITALS)
        sound &= self._in(digits, _DIGITS) & (self.bytes[digits] != ord("0"))
        quote = digits + 1
        for _ in range(_MOST_DIGITS - 1):
            quote = quote + self._in(quote, _DIGITS)
        sound &= (self.bytes[quote] == ord('"')) & (ends - cells <= _LONGEST_CELL)
        self._reaches_far = bool(((digits - letters > 2) | (quote - digits > 4)).any())
        is_open = self.bytes[ends - 1] != ord("/")
        # Something has to end the last cell that is not closed at once.
        last = cells[is_open][-1] if is_open.any() else -1
        return bool(sound.all()) and last <= self.last_end

    def _any_of(self, places: np.ndarray, signs: bytes) -> np.ndarray:
        return np.asarray(np.isin(self.bytes[places], list(signs)))

    def _between(self, letter: bytes, before: bytes, after: bytes) -> bool:
        """Whether a letter stands anywhere right behind and right before one of others."""
        places = np.flatnonzero(self.bytes == letter[0])
        places = places[places > 0]
        behind, ahead = self.bytes[places - 1], self.bytes[places + 1]
        return bool((np.isin(behind, list(before)) & np.isin(ahead, list(after))).any())

    def _values(self, name: bytes) -> np.ndarray:
        """Return where the values of an attribute with a name of one letter begin."""
        places = np.flatnonzero(self.bytes == name[0])
        places = places[places > 0]
        named = (self.bytes[places + 1] == ord("=")) & (self.bytes[places - 1] <= ord(" "))
        return np.asarray(places[named] + _VALUE)

    def _in(self, places: np.ndarray, span: tuple[int, int]) -> np.ndarray:
        """Return at which places the byte lies within a span."""
        values = self.bytes[places]
        return np.asarray((values >= span[0]) & (values <= span[1]))
