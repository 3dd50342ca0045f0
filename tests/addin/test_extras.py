"""What people are told to install: packages that exist under the names that are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prosperity_excel.excel.handshake import XLWINGS_VERSION
from prosperity_excel.words.extras import command, packages

ROOT = Path(__file__).resolve().parents[2]


def test_an_extra_is_named_by_its_packages() -> None:
    assert packages("excel") == (f"xlwings=={XLWINGS_VERSION}",)
    assert command("excel") == f'pip install "xlwings=={XLWINGS_VERSION}"'
    assert {re.split(r"[<>=]", name)[0] for name in packages("sweep")} == {"joblib", "pyarrow"}
    with pytest.raises(LookupError):
        packages("nosuch")


def test_nobody_is_told_to_install_our_name_from_an_index() -> None:
    """Whoever claims the name there would run code on every desk that follows the line."""
    folders = [ROOT / name for name in ("addin", "model", "docs", "tests")]
    texts = [*ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    texts += [p for f in folders for p in f.rglob("*") if p.suffix in (".py", ".md", ".bas")]
    assert len(texts) > 100
    told = re.compile(r"""pip\S*\s+install\s+(?:-\S+\s+)*["']?prosperity(?![-\w./])""")
    asked = re.compile(r"""prosperity\[\w+\]""")
    for path in texts:
        if path != Path(__file__).resolve():
            text = path.read_text("utf-8")
            assert not told.search(text), path
            assert not asked.search(text), path
