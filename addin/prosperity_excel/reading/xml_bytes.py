"""Quick looks at a sheet's XML as an array of bytes: whether something can be in it at all.

A sheet of prices has millions of bytes and hardly ever what is looked for. An array answers in a
fraction of the time of a pattern; a yes may be wrong and is then settled by a pattern, a no is
never wrong.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

_QUOTES = b"\"'"
_DIGITS = (ord("0"), ord("9"))
_CAPITALS = (ord("A"), ord("Z"))
#: Places of an attribute's value from its name, and bytes of a value that are looked at.
_VALUE = 3
_LOOKED_AT = 7
#: Digits by which styles are told apart; books with a thousand of them are looked at closely.
_STYLE_DIGITS = 3


class XmlBytes:
    """A sheet's XML.

    Parameters
    ----------
    xml
        UTF-8 or another encoding in which ASCII stands for itself.
    """

    def __init__(self, xml: bytes) -> None:
        # Blanks behind the end let every place be looked at alike.
        self.bytes = np.frombuffer(xml + b" " * (_VALUE + _LOOKED_AT), dtype=np.uint8)

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
