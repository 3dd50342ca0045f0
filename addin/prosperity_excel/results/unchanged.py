"""What is said of a book that holds its results already; loads nothing."""

from __future__ import annotations

from pathlib import Path


def unchanged(path: Path) -> str:
    """Say that a book holds its results already."""
    return f"{path}: 结果没有变化，未写入。Nothing has changed; not written."
