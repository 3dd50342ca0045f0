"""What the real data give, for docs/models: ``python -m tests.real.figures`` renews the file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from prosperity.engine import evaluate
from prosperity.settings import Settings

from . import realdata

END = date(2023, 7, 31)
ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "models" / "figures.json"


def figures(folder: Path) -> dict[str, Any]:
    """Return, by model, the series used, the changes made, and the cumulative returns."""
    return {id: _figures(folder, id) for id in realdata.REAL}


def _figures(folder: Path, id: str) -> dict[str, Any]:
    models = {m.id: m for m in realdata.definitions(id)}
    panel = realdata.panel(folder, id)
    timings = {}
    for timing in ("released", "period"):
        settings = Settings(as_of=END, timing=timing)
        result = evaluate(panel, [models[id]], settings, known=models).results[id]
        assert result.backtest is not None
        found = result.backtest.statistics
        timings[timing] = {
            "start": f"{result.backtest.start:%Y-%m-%d}",
            "end": f"{result.backtest.end:%Y-%m-%d}",
            **{n: round(100 * found[f"{n}_return"], 1) for n in ("strategy", "index", "benchmark")},
        }
    real = realdata.REAL[id]
    changes = {model: " ".join(text.split()) for model, text in real.changes.items()}
    return {"series": real.series, "changes": changes, "timings": timings}


if __name__ == "__main__":
    text = json.dumps(figures(ROOT.parent / "shared" / "data"), ensure_ascii=False, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8", newline="\n")
