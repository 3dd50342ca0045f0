"""What the measured commands work on: books and exports of simulated data, made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
from prosperity.catalog import catalog
from prosperity.panel import Panel
from prosperity.simulation import simulate
from prosperity_excel.template.template import write_template

#: Columns and months of a wide export; its first columns are series of the book.
WIDE, WIDE_MONTHS = 3_000, 60


def make(folder: Path) -> None:
    """Write the book of all industries without its last month, that month, and a wide export."""
    models = list(catalog().values())
    panel = simulate(models)
    months = sorted({month for one in panel.series.values() for month in one.frame.index})
    write_template(
        [model for model in models if model.kind == "industry"],
        folder / "all.xlsx",
        panel=_until(panel, months[-2]),
    )
    values = pd.DataFrame({id: one.frame["value"] for id, one in panel.series.items()})
    _wind(values.loc[months[-13] :], folder / "month.xlsx")
    wide = values.loc[months[-WIDE_MONTHS] :]
    others = range(WIDE - wide.shape[1])
    names = pd.DataFrame(
        {f"样本企业:产量:第{n}家": wide.iloc[:, 0] * (1 + n) for n in others}, wide.index
    )
    _wind(pd.concat([wide, names], axis=1), folder / "wide.xlsx")


def _until(panel: Panel, last: pd.Timestamp) -> Panel:
    series = {
        id: replace(one, frame=one.frame[one.frame.index <= last])
        for id, one in panel.series.items()
    }
    return replace(panel, series=series)


def _wind(values: pd.DataFrame, path: Path) -> None:
    """Write series by month as an export of Wind shows them, known ones by name and unit."""
    known = {i.id: i for model in catalog().values() for i in model.indicators}
    names = [known[id].name_zh if id in known else id for id in values]
    units = [known[id].unit if id in known else "吨" for id in values]
    head = [["指标名称", *names], ["频率", *["月"] * len(names)], ["单位", *units]]
    body = [[day.date(), *row] for day, row in zip(values.index, values.to_numpy(), strict=True)]
    pd.DataFrame([*head, *body]).to_excel(path, header=False, index=False)
