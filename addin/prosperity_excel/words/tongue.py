"""The language in which a person is spoken to: of the locale, then a setting, then an option.

What a shell says goes through :func:`spoken`, in whatever room it is put together; the shell says
once, with :func:`speaking`, which language it is. Where nobody did, both are said.
"""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from prosperity_excel.words.pair import Pair

Language = Literal["both", "zh", "en"]

LANGUAGES: tuple[Language, ...] = ("both", "zh", "en")
#: Environment variable that says the language where the locale does not fit.
LANGUAGE_VARIABLE = "PROSPERITY_LANGUAGE"
#: Where a locale stands in the environment, the first one that is set counts.
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

#: Parts a help text whose Chinese begins with a word of other letters.
PARTING = "\x1f"

_language: ContextVar[Language] = ContextVar("language", default="both")


def language() -> Language:
    """Return the language that is spoken."""
    return _language.get()


def turn_to(wanted: Language) -> None:
    """Speak another language from here on, within the same :func:`speaking`."""
    _language.set(wanted)


@contextmanager
def speaking(wanted: Language) -> Iterator[None]:
    """Speak a language, and the former one again afterwards."""
    before = _language.set(wanted)
    try:
        yield
    finally:
        _language.reset(before)


def spoken(zh: str, en: str, between: str = " ") -> str:
    """Return a text in the language that is spoken; in both, the Chinese stands first.

    Parameters
    ----------
    zh, en
        The text.
    between
        What stands between the two where both are said.
    """
    now = _language.get()
    if now == "zh" or zh == en:
        return zh
    return en if now == "en" else f"{zh}{between}{en}"


def counted(count: int, thing: str) -> str:
    """Return a number of things in English, such as ``1 error`` and ``2 errors``."""
    if count == 1:
        return f"{count} {thing}"
    return f"{count} {thing[:-1]}ies" if thing.endswith("ry") else f"{count} {thing}s"


def label(text: str) -> str:
    """Return a heading such as ``行业 Industry`` in the language that is spoken."""
    zh, en = label_parts(text)
    return text if language() == "both" or not (zh and en) else spoken(zh, en)


def label_parts(text: str) -> Pair:
    """Return the Chinese and the English of a heading; the English follows the last Chinese sign.

    A heading in one language has an empty text for the other.
    """
    end = max((place for place, sign in enumerate(text) if is_chinese(sign)), default=-1) + 1
    return text[:end], text[end:].strip()


def help_parts(text: str) -> Pair:
    """Return the Chinese and the English of a help text, of which the English stands first.

    They part at :data:`PARTING`, else at the first Chinese sign.
    """
    if PARTING in text:
        en, zh = text.split(PARTING, 1)
        return zh.strip(), en.strip()
    place = next((at for at, sign in enumerate(text) if is_chinese(sign)), len(text))
    return text[place:].strip(), text[:place].strip()


def is_chinese(sign: str) -> bool:
    """Whether a sign is Chinese: a character, or a mark of Chinese text."""
    return "\u2e80" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uffef" or sign in "“”"


def locale_language(environment: Mapping[str, str] | None = None) -> Language:
    """Return the language of this machine: Chinese, or English for every other locale.

    ``PROSPERITY_LANGUAGE`` comes first. Then count ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` and,
    where none is set, the language of the desktop of Windows.
    """
    given = os.environ if environment is None else environment
    named = given.get(LANGUAGE_VARIABLE, "").strip().lower()
    if named in LANGUAGES:
        return named
    found = next((given[name] for name in LOCALE_VARIABLES if given.get(name)), "")
    if not found and environment is None:
        found = _desktop_locale()
    return "zh" if found.lower().startswith(("zh", "chinese")) else "en"


def _desktop_locale() -> str:
    """Return the locale of Windows' desktop; empty elsewhere."""
    if sys.platform != "win32":
        return ""
    import ctypes

    code = ctypes.windll.kernel32.GetUserDefaultUILanguage()
    return locale.windows_locale.get(code, "")
