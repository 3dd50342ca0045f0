"""Reports kept as they were last looked at, and how they are compared, part by part."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path

from prosperity.engine import evaluate
from prosperity.evaluation import Evaluation
from prosperity.records import build
from prosperity.settings import Settings
from prosperity.simulation import simulate
from prosperity_excel.report.build import write_report

FOLDER = Path(__file__).parent
LANGUAGES = ("zh", "en", "both")
NOW = datetime(2024, 1, 2, 9, 30)
#: What may differ: part -> what is left out of it, and why.
IGNORED: dict[str, tuple[str, ...]] = {
    # The version of Prosperity stands in footers and on the cover.
    "xl/worksheets/": (r"Prosperity \d[\w.]*",),
    "xl/sharedStrings.xml": (r"Prosperity \d[\w.]*",),
    # The version of the writer.
    "docProps/app.xml": (r"<AppVersion>[^<]*</AppVersion>",),
}
#: Digits of a number that are compared: other versions of numpy differ in the last ones.
DIGITS = 9
_NUMBER = re.compile(r"(?<![\w.#])-?\d+\.\d+(?:[eE][-+]?\d+)?")


@cache
def computed() -> Evaluation:
    """Return what the golden reports show: two industries and a module, simulated."""
    models = [_model(*names) for names in (("toys", "玩具", "Toys"), ("games", "游戏", "Games"))]
    panel = simulate(models, first="2010-01", last="2015-12")
    return evaluate(panel, models, Settings(), known={})


def _model(id: str, zh: str, en: str):  # type: ignore[no-untyped-def]
    rows = (("orders", "订单", "Orders", "demand"), ("sales", "销量", "Sales", "demand"),
            ("plastic", "塑料", "Plastic", "cost"))  # fmt: skip
    return build(
        {
            "industry": [
                {"id": id, "name_zh": zh, "name_en": en, "method": "dimensions",
                 "sample_start": "2014-01", "report_start": "2014-01", "report_end": "2015-12",
                 "report_strategy": 30, "report_index": 20, "report_benchmark": 10}
            ],
            "dimension": [
                {"id": "demand", "name_zh": "需求", "name_en": "Demand"},
                {"id": "cost", "name_zh": "成本", "name_en": "Cost"},
            ],
            "indicator": [
                {"id": f"{id}_{name}", "name_zh": name_zh, "name_en": name_en, "dimension": home,
                 "unit": "%", "lag_days": 10, "sign": -1 if home == "cost" else 1}
                for name, name_zh, name_en, home in rows
            ],
        }
    )  # fmt: skip


def write(language: str, path: Path) -> None:
    """Write the report that is compared."""
    write_report(computed(), path, language=language, generated=NOW)  # type: ignore[arg-type]


def parts(path: Path) -> dict[str, str]:
    """Return the parts of a workbook as they are compared."""
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return {name: _compared(name, text) for name, text in texts.items()}


def _compared(name: str, text: str) -> str:
    for start, patterns in IGNORED.items():
        if name.startswith(start):
            for pattern in patterns:
                text = re.sub(pattern, "", text)
    return _NUMBER.sub(lambda found: f"{float(found[0]):.{DIGITS}g}", text)
