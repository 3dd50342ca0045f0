"""A notice: something that a reader must know about a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Severity = Literal["warning", "note"]
#: Days that a notice lists before it ends in dots.
SHOWN_DAYS = 6


@dataclass(frozen=True)
class Notice:
    """Something a reader must know about a result.

    Attributes
    ----------
    code : str
        Short, stable identifier.
    zh, en : str
        The text in both languages.
    severity : {"warning", "note"}
    """

    code: str
    zh: str
    en: str
    severity: Severity = "warning"

    def text(self, language: str) -> str:
        """Return the text in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


def days_text(days: pd.DatetimeIndex) -> tuple[str, str]:
    """Return days in Chinese and in English for a notice, the first few of many."""
    shown = [f"{day:%Y-%m-%d}" for day in days[:SHOWN_DAYS]]
    more = len(days) > SHOWN_DAYS
    return "、".join(shown) + (" 等" if more else ""), ", ".join(shown) + (", ..." if more else "")
