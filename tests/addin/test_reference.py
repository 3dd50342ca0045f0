"""The reference under docs/reference is what the code gives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from prosperity.formula import parse
from prosperity.transforms import STEPS
from prosperity_excel.words.transform_words import FORMULA_WORDS, TRANSFORM_WORDS

from tools.reference import pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_gives(name: str) -> None:
    kept = (FOLDER / name).read_text(encoding="utf-8")
    assert kept == PAGES[name], "run python -m tools.reference docs/reference"


def test_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_every_step_is_described_and_every_form_of_a_formula_is_read() -> None:
    assert TRANSFORM_WORDS.keys() == STEPS.keys()
    for forms, _ in FORMULA_WORDS:
        for form in forms.split(", "):
            parse(form)


def test_a_page_names_every_verb_and_code_in_both_languages() -> None:
    for name, needed in (("verbs", "## addin install"), ("errors", "`missing_sheet`")):
        assert needed in PAGES[f"{name}.md"]
        assert needed in PAGES[f"{name}.zh-CN.md"]
        assert PAGES[f"{name}.md"] != PAGES[f"{name}.zh-CN.md"]


def test_every_dependency_has_its_reason_and_licence() -> None:
    root = FOLDER.parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    given = [*project["dependencies"], *(one for extra in extras for one in extra)]
    wanted = {re.split(r"[<>=!~\[ ]", one)[0].lower() for one in given}
    said: set[str] = set()
    for line in (root / "docs" / "dependencies.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0] not in ("package", "---"):
            assert all(cells)
            said |= {name.strip().lower() for name in cells[0].split(",")}
    assert said == wanted


def test_the_documents_build_as_a_site_without_a_warning(tmp_path: Path) -> None:
    """Links between pages and to their parts lead somewhere."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path / "site")],
        cwd=FOLDER.parents[1],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "reference" / "errors.zh-CN.html").is_file()
