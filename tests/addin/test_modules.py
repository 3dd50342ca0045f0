"""The book of a shared module alone: written, read and run like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from prosperity.catalog import catalog, closure
from prosperity.simulation import simulate
from prosperity_excel.cli import main
from prosperity_excel.template.template import write_template

MODULES = [model.id for model in catalog().values() if model.kind == "module"]


@pytest.mark.parametrize("id", MODULES)
def test_a_module_s_own_book_runs(id: str, tmp_path: Path) -> None:
    book, out = tmp_path / "book.xlsx", tmp_path / "out.json"
    model = catalog()[id]
    panel = simulate(closure([model], catalog()), first="2005-01", last="2014-12")
    write_template([model], book, panel=panel)
    done = CliRunner().invoke(main, ["run", str(book), "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert id in done.output
    assert "hold" not in done.output  # a module is nothing to hold
    found = json.loads(out.read_text())["industries"][id]
    assert found["composite"][-1] is not None
    assert found["backtest"] is None
