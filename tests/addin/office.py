"""LibreOffice, for tests that look at what a reader would see."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

SECONDS = 240


def convert(files: Sequence[Path], target: str, out: Path, profile: Path) -> list[Path]:
    """Convert files with LibreOffice; skip, saying so, where there is none.

    A fresh profile ends with 81 once; then it is started again.
    """
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    command = [office, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
               target, "--outdir", str(out), *map(str, files)]  # fmt: skip
    environment = {**os.environ, "PATH": "/usr/bin:/bin"}
    for _ in range(2):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=environment
        )
        if done.returncode != 81:
            break
    assert done.returncode == 0, done.stderr
    suffix = target.partition(":")[0]
    made = [out / f"{file.stem}.{suffix}" for file in files]
    missing = [file.name for file in made if not file.exists()]
    assert not missing, (missing, done.stdout, done.stderr)
    return made
