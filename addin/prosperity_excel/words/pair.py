"""A text in two languages."""

from __future__ import annotations

#: Chinese, English.
Pair = tuple[str, str]
