"""What can go wrong, said so that an analyst knows what to do.

Every error has one root, a code, a message in Chinese and in English, and, where there is one,
the place (a file, a sheet and a cell). Each class is also the builtin that a programmer expects.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Self, TypeVar

E = TypeVar("E", bound="ProsperityError")


class ProsperityError(Exception):
    """Root of all errors that Prosperity raises on purpose.

    Parameters
    ----------
    code
        Short, stable, lower-case identifier, such as ``missing_sheet``.
    zh, en
        The message in Chinese and in English, saying what to do.
    where
        The place, such as ``book.xlsx / data!C12``; empty when there is none.
    """

    def __init__(self, code: str, zh: str, en: str, *, where: str = "") -> None:
        super().__init__(code, zh, en, where)
        self.code = code
        self.zh = zh
        self.en = en
        self.where = where

    def message(self, language: str = "both") -> str:
        """Return the text in ``zh``, ``en`` or ``both``, with the place in front."""
        text = {"zh": self.zh, "en": self.en}.get(language, f"{self.zh}\n{self.en}")
        return f"{self.where}: {text}" if self.where else text

    def __str__(self) -> str:
        return f"[{self.code}] {self.message()}"

    def bare(self) -> Self:
        """Return an equal error without a traceback, to be kept, or raised again.

        A traceback holds every frame that the error came through, and each frame what it worked
        on; an error that is raised twice holds both ways.
        """
        return _rebuild(*self._state())

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own way would call the subclass with these four arguments.
        return _rebuild, self._state()

    def _state(self) -> tuple[type[Self], str, str, str, str, dict[str, object]]:
        return type(self), self.code, self.zh, self.en, self.where, self.__dict__


def _rebuild(kind: type[E], code: str, zh: str, en: str, where: str, state: dict[str, object]) -> E:
    error = kind.__new__(kind)
    ProsperityError.__init__(error, code, zh, en, where=where)
    error.__dict__.update(state)
    return error


class DefinitionError(ProsperityError, ValueError):
    """A definition (catalog file or ``definition`` sheet) that cannot be used."""


class FormulaError(DefinitionError):
    """A formula between series that cannot be read or refers to a missing series."""


class DataError(ProsperityError, ValueError):
    """Indicator or price data that cannot be used as they are."""


class BookError(ProsperityError, ValueError):
    """A workbook that cannot be read or written."""


class SettingError(ProsperityError, ValueError):
    """A setting outside its range."""


class UnknownIndustryError(ProsperityError, LookupError):
    """An industry that is neither in the catalog nor in the book.

    Attributes
    ----------
    asked : str
        What was asked for.
    nearest : tuple of str
        The nearest known ids and names, best first; may be empty.
    """

    def __init__(self, asked: str, known: Iterable[str]) -> None:
        self.asked = asked
        self.nearest = nearest(asked, known)
        hint_zh = f"最接近的是：{'、'.join(self.nearest)}。" if self.nearest else ""
        hint_en = f" Nearest: {', '.join(self.nearest)}." if self.nearest else ""
        super().__init__(
            "unknown_industry",
            f"没有“{asked}”这个行业。{hint_zh}运行 prosperity industries 查看全部名称。",
            f"There is no industry {asked!r}.{hint_en} Run 'prosperity industries' for all names.",
        )


def nearest(asked: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Return up to ``count`` of the ``known`` names that look most like ``asked``."""
    by_folded = {name.casefold(): name for name in known}
    wanted = asked.strip().casefold()
    close = get_close_matches(wanted, by_folded, n=count, cutoff=0.5)
    inside = [name for name in by_folded if wanted and (wanted in name or name in wanted)]
    return tuple(by_folded[name] for name in dict.fromkeys([*close, *inside]))[:count]
