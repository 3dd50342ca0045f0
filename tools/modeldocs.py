"""A page a model under docs/models, written from the catalog.

``python -m tools.modeldocs docs/models`` writes them all. What real data gave stands in
``figures.json`` beside the pages, because the data themselves are not part of the product.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prosperity.catalog import catalog
from prosperity.definition import Indicator, Industry
from prosperity_excel.words.definition_words import GRADES, METHODS, PROVENANCE, REBALANCE, SECTORS

FIGURES = "figures.json"
Figures = Mapping[str, Mapping[str, Any]]


def pages(figures: Figures) -> dict[str, str]:
    """Return the text of every page by file name.

    Parameters
    ----------
    figures
        What real data gave, by model id; see :func:`_figures`. A model that is absent has none.
    """
    models = catalog()
    written = {f"{id}.md": page(model, figures.get(id)) for id, model in models.items()}
    return {"README.md": _index(models), **written}


def page(model: Industry, figures: Mapping[str, Any] | None = None) -> str:
    """Return the page of one model."""
    parts = [
        f"# {model.name_zh} {model.name_en}",
        _facts(model),
        f"## 逻辑 Logic\n\n{model.logic_zh}\n\n{model.logic_en}",
        f"## 指标 Indicators\n\n{_indicators(model)}",
        _notes(model),
        _variants(model),
        _figures(model, figures),
        f"## 未知 What is unknown\n\n{model.unknown_zh}\n\n{model.unknown_en}",
    ]
    return "\n\n".join(part for part in parts if part).rstrip() + "\n"


def _index(models: Mapping[str, Industry]) -> str:
    rows = [
        (f"[{m.id}]({m.id}.md)", m.name_zh, m.name_en, SECTORS[m.sector], GRADES[m.grade])
        for m in models.values()
    ]
    said = "由目录生成，请勿手工修改。Generated from the catalog; do not edit by hand."
    head = f"# 模型 Models\n\n{said}\n"
    return f"{head}\n{table(('id', '名称', 'Name', '板块 Sector', '依据 Status'), rows)}\n"


def _facts(model: Industry) -> str:
    index = f"{model.asset.name_zh} {model.asset.name_en} {model.asset.code}".strip()
    rows = [
        ("id", f"`{model.id}`"),
        ("板块 Sector", SECTORS[model.sector]),
        ("依据 Status", GRADES[model.grade]),
        ("合成 Method", METHODS[model.method]),
        ("规则 Rule", _rule(model)),
        ("调仓 Decision", REBALANCE[model.rebalance]),
        ("指数 Index", index),
        ("样本 Sample from", model.sample_start),
        ("来源 Source", model.source),
    ]
    return table(("", ""), [(name, text) for name, text in rows if text])


def _rule(model: Industry) -> str:
    if model.rule == "marginal_up":
        return "边际上行持有 hold while marginally up"
    states = "; ".join(f"`{state.strip()}`" for state in model.hold.split(";"))
    return f"满足任一状态持有 hold in any of the states {states}"


def _indicators(model: Industry) -> str:
    dimensions = {d.id: f"{d.name_zh} {d.name_en}" for d in model.dimensions}
    rows = [
        (
            f"`{i.id}`",
            i.name_zh,
            i.name_en,
            dimensions.get(i.dimension, "–"),
            i.unit or "–",
            _input(i),
            f"{i.sign:+d}" if i.dimension else "–",
            f"{i.weight:g}" if i.dimension else "–",
            str(i.lag) if i.own_column else "–",
            f"{PROVENANCE[i.provenance]}: {i.source}",
        )
        for i in model.indicators
    ]
    columns = (
        "id",
        "指标",
        "Indicator",
        "维度 Dimension",
        "单位 Unit",
        "变换 Transform",
        "方向 Sign",
        "权重 Weight",
        "滞后天数 Lag, days",
        "出处 Provenance",
    )
    note = (
        "维度为 – 的只供公式使用。权重 0 的只在备选方案中使用。"
        "An indicator without a dimension is an ingredient of a formula; one with weight 0 serves "
        "a variant."
    )
    return f"{table(columns, rows)}\n\n{note}"


def _input(indicator: Indicator) -> str:
    steps = f"`{indicator.transform}`"
    if indicator.formula:
        return f"`{indicator.formula}` → {steps}"
    if indicator.composite:
        return f"[{indicator.composite}]({indicator.composite}.md)"
    return steps


def _notes(model: Industry) -> str:
    noted = [i for i in model.indicators if i.note_zh or i.note_en]
    lines = [f"* `{i.id}` {i.note_zh} {i.note_en}" for i in noted]
    return "## 说明 Notes\n\n" + "\n".join(lines) if lines else ""


def _variants(model: Industry) -> str:
    rows = [(f"`{v.id}`", v.name_zh, v.name_en, f"`{v.changes}`") for v in model.variants]
    if not rows:
        return ""
    how = (
        f"用 `--variant {model.id}=ID` 选择，或在 definition 表中修改。Choose one with `--variant "
        f"{model.id}=ID`, or change the definition sheet."
    )
    chosen = table(("id", "方案", "Variant", "改动 Changes"), rows)
    return f"## 备选 Variants\n\n{how}\n\n{chosen}"


def _figures(model: Industry, figures: Mapping[str, Any] | None) -> str:
    """Return the table of cumulative returns: the report's, and ours on real data."""
    if model.kind == "module":
        return ""
    rows = []
    if model.published.start:
        theirs = (model.published.strategy, model.published.index, model.published.benchmark)
        window = f"{model.published.start} – {model.published.end}"
        rows.append(("报告 The report", window, *(_percent(x) for x in theirs)))
    for timing, found in (figures or {}).get("timings", {}).items():
        rows.append(
            (
                f"真实数据 Real data, `timing={timing}`",
                f"{found['start']} – {found['end']}",
                *(_percent(found[k]) for k in ("strategy", "index", "benchmark")),
            )
        )
    if not rows:
        return "## 收益 Returns\n\n没有可用的数字。No figures are available."
    columns = ("", "区间 Window", "策略 Strategy", "指数 Index", "全A Market")
    said = "累计收益，%。Cumulative, percent."
    return f"## 收益 Returns\n\n{table(columns, rows)}\n\n{said}{_stand_ins(figures)}"


def _stand_ins(figures: Mapping[str, Any] | None) -> str:
    """Say which published series fed the model, and how its definition was changed for them."""
    if not figures:
        return ""
    series = table(
        ("id", "序列 Series"), [(f"`{id}`", name) for id, name in figures["series"].items()]
    )
    said = (
        "真实数据一行用下列序列算出；没有列出的指标没有数据，指数代码改动时为代用指数。The rows on "
        "real data use these series; indicators that are not listed had no data, and where the "
        "index code is changed the index is a stand-in."
    )
    changes = [f"* `{id}`: `{text}`" for id, text in figures["changes"].items()]
    changed = "\n\n定义改动 Changes to the definition:\n\n" + "\n".join(changes) if changes else ""
    return f"\n\n{said}\n\n{series}{changed}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; a bar or a line's end in a text does not break it."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def main(folder: Path) -> None:
    """Write every page into ``folder``."""
    path = folder / FIGURES
    figures = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for name, text in pages(figures).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
