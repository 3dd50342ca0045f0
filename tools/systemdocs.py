"""A page a system under docs/systems, written from the catalog.

``python -m tools.systemdocs docs/systems`` writes them all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from prosperity.systems.reading import plan_definition, systems
from prosperity.systems.spec import EQUAL_WEIGHT, Input, Parameter, Provenance, System

from tools.modeldocs import table

ABOUT: Mapping[Provenance, str] = {
    "seed": "来源文件 the digest",
    "page": "公开网页 a public page",
    "inferred": "推断 inferred",
    "ours": "自定 our own",
}
SCHEDULES: Mapping[str, str] = {
    "month_end": "月末 month end",
    "sixth": "每月 6 日 the 6th of a month",
    "week_end": "周末 week end",
    "day": "每个交易日 each trading day",
}
FORMS: Mapping[str, str] = {
    "wide": "日期为行、每个对象一列 dates down, a column each",
    "long": "每行一个日期与对象 a row a date and entity",
    "list": "名单 a list",
}


def pages() -> dict[str, str]:
    """Return the text of every page by file name."""
    every = [*systems().values(), plan_definition()]
    return {"README.md": _index(every), **{f"{one.id}.md": page(one) for one in every}}


def page(system: System) -> str:
    """Return the page of one system."""
    parts = [
        f"# {system.name_zh} {system.name_en}",
        _facts(system),
        f"## 逻辑 Logic\n\n{system.logic_zh}\n\n{system.logic_en}",
        _part("资产 Assets", ("id", "名称", "Name", "行情 Price"), _assets(system)),
        _part(
            "输入 Inputs",
            (
                "表 Sheet",
                "名称",
                "Name",
                "形式 Form",
                "列 Columns",
                "单位 Unit",
                "公布 Public",
                "必需 Required",
                "出处 Provenance",
            ),
            map(_input, system.inputs),
        ),
        _part(
            "指标 Indicators",
            ("id", "名称", "Name", "单位 Unit", "滞后天数 Lag, days", "出处 Provenance"),
            (
                (f"`{i.id}`", i.name_zh, i.name_en, i.unit or "–", str(i.lag), i.source)
                for i in system.indicators
            ),
        ),
        _part(
            "参数 Parameters",
            (
                "id",
                "名称",
                "Name",
                "默认 Default",
                "范围 Range",
                "单位 Unit",
                "说明 Note",
                "出处 Provenance",
            ),
            map(_parameter, system.parameters),
        ),
        _part(
            "公布的数字 Published figures",
            ("名称", "Name", "数值 Value", "区间 Span", "出处 Source"),
            (
                (p.name_zh, p.name_en, f"{p.value:g}{p.unit}", f"{p.start} – {p.end}", p.source)
                for p in system.published
            ),
        ),
        _part(
            "备选 Variants",
            ("id", "名称", "Name", "改动 Changes"),
            ((f"`{v.id}`", v.name_zh, v.name_en, f"`{v.changes}`") for v in system.variants),
        ),
        _prose("何时失效 When it fails", system.fails_zh, system.fails_en),
        _prose("未知 What is unknown", system.unknown_zh, system.unknown_en),
    ]
    return "\n\n".join(part.rstrip() for part in parts if part) + "\n"


def _index(every: list[System]) -> str:
    rows = [
        (f"[{s.id}]({s.id}.md)", s.name_zh, s.name_en, SCHEDULES[s.schedule], s.source)
        for s in every
    ]
    said = "由目录生成，请勿手工修改。Generated from the catalog; do not edit by hand."
    columns = ("id", "名称", "Name", "决策 Decides", "来源 Source")
    return f"# 系统 Systems\n\n{said}\n\n{table(columns, rows)}\n"


def _facts(system: System) -> str:
    delay = f"{system.delay_days} 个交易日后 trading days later" if system.delay_days else ""
    rows = [
        ("id", f"`{system.id}`"),
        ("决策 Decides", SCHEDULES[system.schedule]),
        ("交易 Trades", delay or "当日收盘 at that close"),
        ("权重 Weights", f"`{system.allocation}`"),
        ("其余资金 The rest", _held(system, system.rest)),
        ("基准 Benchmark", _held(system, system.benchmark)),
        ("来源 Source", system.source),
    ]
    return table(("", ""), [(name, text) for name, text in rows if text])


def _held(system: System, id: str) -> str:
    if id == EQUAL_WEIGHT:
        return "等权 equal weights"
    named = next((a for a in system.assets if a.id == id), None)
    return f"`{id}`" if named is None else f"{named.name_zh} {named.name_en}"


def _assets(system: System) -> Iterator[tuple[str, ...]]:
    for asset in system.assets:
        yield f"`{asset.id}`", asset.name_zh, asset.name_en, f"`{asset.price or asset.id}`"


def _input(one: Input) -> tuple[str, ...]:
    lag = f"+{one.lag_trading_days} 交易日 trading days" if one.lag_trading_days else ""
    note = " ".join(filter(None, (one.publisher_zh, one.publisher_en, lag)))
    return (
        f"`{one.id}`",
        one.name_zh,
        one.name_en,
        FORMS[one.form],
        ", ".join(f"`{field}`" for field in one.fields) or "–",
        one.unit or "–",
        note or f"+{one.lag_days}",
        "是 yes" if one.required else "否 no",
        f"{ABOUT[one.provenance]}: {one.source}".removesuffix(": "),
    )


def _parameter(one: Parameter) -> tuple[str, ...]:
    low, high = (f"{x:g}" if x is not None else "" for x in (one.low, one.high))
    return (
        f"`{one.id}`",
        one.name_zh,
        one.name_en,
        f"{one.value:g}" if isinstance(one.value, int | float) else f"`{one.value}`",
        ", ".join(one.choices) or f"{low} – {high}",
        one.unit or "–",
        " ".join(filter(None, (one.note_zh, one.note_en))) or "–",
        f"{ABOUT[one.provenance]}: {one.source}".removesuffix(": "),
    )


def _part(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    found = list(rows)
    return f"## {title}\n\n{table(columns, found)}" if found else ""


def _prose(title: str, zh: str, en: str) -> str:
    return f"## {title}\n\n{zh}\n\n{en}" if zh or en else ""


def main(folder: Path) -> None:
    """Write every page into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
