"""What an analyst may answer to a question of plausibility, and what the answer does.

An answer that changes values is no end of the matter: what comes out is looked at again. Only
``accept`` takes values as they stand, and it is never remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from prosperity.errors import SettingError, nearest

from prosperity_excel.series.monthly import last_day, month_before
from prosperity_excel.words.book_words import clean, fold

#: By word: whether it takes a number, and what it does in Chinese and English.
WORDS: Mapping[str, tuple[bool, str, str]] = {
    "accept": (False, "照原样采用", "take the values as they stand"),
    "times": (True, "乘以一个数", "multiply by a number"),
    "minus": (True, "减去一个数", "take a number away"),
    "plus": (True, "加上一个数", "add a number"),
    "flip": (False, "变号", "turn the sign"),
    "shift": (True, "移动几个月，负数为提前", "move by months; below zero is earlier"),
    "part": (False, "把累计化为当月", "make months of sums since January"),
    "before": (False, "日度重复的值属于上一个月", "a value repeated by day is the month before's"),
    "own": (False, "日度重复的值属于当月", "a value repeated by day is its own month's"),
    "missing": (False, "0 是缺失", "0 means missing"),
    "keep": (False, "0 是真实的 0", "0 is 0"),
    "shown": (False, "单元格的值以显示的百分比为准", "cells mean the percentages that they show"),
    "known": (False, "不要今天以后的值", "leave out what lies after today"),
}
#: Answers that say what an export is, and so hold for the next one of the same series.
_LASTING = frozenset(
    {"times", "minus", "plus", "flip", "part", "before", "own", "missing", "keep", "shown"}
)
_SPELT = re.compile(r"^([a-z]+)\s*:?\s*([-+0-9.e]*)$")
_SIGNS = {"x": "times", "*": "times", "×": "times"}


@dataclass(frozen=True)
class Answer:
    """One answer: a word of :data:`WORDS`, and its number where it takes one."""

    word: str
    number: float = 0.0

    def __str__(self) -> str:
        """Return it as it is typed."""
        return f"{self.word}:{self.number:.10g}" if WORDS[self.word][0] else self.word

    @property
    def lasting(self) -> bool:
        """Whether it is remembered for the next export of the same series."""
        return self.word in _LASTING

    def said(self) -> tuple[str, str]:
        """Return it in words, in Chinese and English."""
        takes, zh, en = WORDS[self.word]
        number = f" {self.number:.10g}" if takes else ""
        return f"{zh}{number}", f"{en}{number}"


def parse_answers(text: str) -> tuple[Answer, ...]:
    """Read ``times:100`` or ``times:0.01; known``.

    Raises
    ------
    SettingError
        ``bad_answer`` for what is none; it lists those that there are.
    """
    parts = filter(None, (part.strip() for part in re.split(r"[;；,，]", clean(text))))
    return tuple(_parse(part.casefold()) for part in parts)


def _parse(part: str) -> Answer:
    for sign, word in _SIGNS.items():
        if part.startswith(sign) and part[len(sign) :].strip()[:1].isdigit():
            part = f"{word}:{part[len(sign) :].strip()}"
    match = _SPELT.match(part)
    word = match[1] if match else part
    if match is None or word not in WORDS or WORDS[word][0] != bool(match[2]):
        raise _bad(part)
    if not match[2]:
        return Answer(word)
    try:
        number = float(match[2])
    except ValueError:
        raise _bad(part) from None
    whole = word != "shift" or (number == int(number) and 0 < abs(number) <= 12)
    if not (whole and 0 < abs(number) < 1e12) or (word == "times" and number < 0):
        raise _bad(part)
    return Answer(word, number)


def _bad(part: str) -> SettingError:
    spelt = [f"{word}:N" if takes else word for word, (takes, _, _) in WORDS.items()]
    near = nearest(part.partition(":")[0], WORDS)
    hint = (f"，是否为 {near[0]}", f"; is it {near[0]}?") if near else ("", ".")
    return SettingError(
        "bad_answer",
        f"“{part}”不是可用的答复{hint[0]}。可用：{'、'.join(spelt)}。",
        f"{part!r} is no answer{hint[1]} There are {', '.join(spelt)}.",
    )


def named_answers(texts: Iterable[str]) -> dict[str, tuple[Answer, ...]]:
    """Read ``NAME=ANSWER`` texts: answers by folded name, vendor id or indicator id.

    Raises
    ------
    SettingError
        ``bad_answer``.
    """
    found: dict[str, tuple[Answer, ...]] = {}
    for text in texts:
        name, equals, said = text.rpartition("=")
        if not equals or not name.strip() or not said.strip():
            raise SettingError(
                "answer_form",
                f'“{text}”应写成 名称=答复，例如 "M2:同比=times:100"。',
                f"{text!r} must look like NAME=ANSWER, such as 'M2 growth=times:100'.",
            )
        found[fold(name)] = found.get(fold(name), ()) + parse_answers(said)
    return found


def changed(
    values: Mapping[date, float], answers: Iterable[Answer], today: date
) -> dict[date, float]:
    """Return monthly values as the answers change them; others leave them as they are."""
    result = dict(values)
    for answer in answers:
        number = answer.number
        if answer.word == "times":
            result = {m: v * number for m, v in result.items()}
        elif answer.word in ("minus", "plus"):
            step = -number if answer.word == "minus" else number
            result = {m: v + step for m, v in result.items()}
        elif answer.word == "flip":
            result = {m: -v for m, v in result.items()}
        elif answer.word == "shift":
            result = {month_before(m, -int(number)): v for m, v in result.items()}
        elif answer.word == "known":
            result = {m: v for m, v in result.items() if m <= last_day(today)}
    return result
