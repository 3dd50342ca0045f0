"""The signs that editors and input methods put in place of plus and minus."""

from __future__ import annotations

#: Full-width plus and minus, the mathematical minus, dashes.
_SIGNS = str.maketrans("＋－−–—﹣﹢", "+-----+")


def plain_signs(text: str) -> str:
    """Return a text with plain plus and minus signs: ``−1`` is ``-1``."""
    return text.translate(_SIGNS)
