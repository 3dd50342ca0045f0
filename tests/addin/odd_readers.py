"""Tasks for a child that do what no reader should."""

from __future__ import annotations

import os
import time
from pathlib import Path


def waits(path: Path, seconds: str) -> str:
    """Take a while without computing anything: what a child does on a busy machine."""
    time.sleep(float(seconds))
    return path.name


def breaks_down(path: Path) -> None:
    """End the process without a word."""
    os._exit(7)
