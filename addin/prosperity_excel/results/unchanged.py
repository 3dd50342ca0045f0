"""What is said of a book that holds its results already; loads nothing."""

from __future__ import annotations

from pathlib import Path

from prosperity_excel.words.tongue import spoken


def unchanged(path: Path) -> str:
    """Say that a book holds its results already."""
    said = spoken("结果没有变化，未写入。", "Nothing has changed; not written.")
    return f"{path}: {said}"
