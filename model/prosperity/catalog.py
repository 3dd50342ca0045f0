"""The models that come with Prosperity: one TOML file each, beside this module.

``find("glass")``, ``find("玻璃")`` and ``find("Glass")`` give the same definition.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import cast

from prosperity.definition import Industry, Record, Table, build
from prosperity.errors import DefinitionError, UnknownIndustryError


@cache
def catalog() -> Mapping[str, Industry]:
    """Return all definitions by id, in evaluation order (a model after those that it uses)."""
    folder = resources.files("prosperity") / "catalog"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    loaded = [read_toml(f.read_text(encoding="utf-8"), f.name) for f in files]
    return MappingProxyType({i.id: i for i in in_order(loaded)})


def read_toml(text: str, name: str = "") -> Industry:
    """Read one definition from the text of a catalog file."""
    raw = tomllib.loads(text)
    tables = {
        table: [content] if isinstance(content, dict) else content for table, content in raw.items()
    }

    def locate(table: str, row: int, column: str) -> str:
        rows = tables.get(table, [])
        label = rows[row].get("id", row) if row < len(rows) else row
        return f"{name}: {table}.{label}.{column}"

    return build(cast("Mapping[Table, list[Record]]", tables), locate)


def find(asked: str, known: Mapping[str, Industry] | None = None) -> Industry:
    """Return the definition with this id or name (Chinese or English, any case).

    Raises
    ------
    UnknownIndustryError
        With the nearest ids and names.
    """
    models = catalog() if known is None else known
    wanted = asked.strip().casefold()
    for industry in models.values():
        if wanted in (industry.id, industry.name_zh.casefold(), industry.name_en.casefold()):
            return industry
    every = [n for i in models.values() for n in (i.id, i.name_zh, i.name_en)]
    raise UnknownIndustryError(asked, every)


def in_order(industries: Iterable[Industry]) -> list[Industry]:
    """Return the definitions with each after those whose composites it uses.

    A needed model that is not among ``industries`` is passed over here; the engine says what is
    missing when it has looked at the data.

    Raises
    ------
    DefinitionError
        When two share an id, or when they need each other in a circle.
    """
    by_id: dict[str, Industry] = {}
    for industry in industries:
        if industry.id in by_id:
            raise DefinitionError(
                "id_twice",
                f"两个行业的 id 都是 {industry.id}。",
                f"Two industries have the id {industry.id}.",
            )
        by_id[industry.id] = industry
    ordered: dict[str, Industry] = {}
    for industry in by_id.values():
        _visit(industry, by_id, ordered, ())
    return list(ordered.values())


def closure(industries: Iterable[Industry], known: Mapping[str, Industry]) -> list[Industry]:
    """Return ``industries`` and every model that they use, in evaluation order."""
    wanted: dict[str, Industry] = {}
    queue = list(industries)
    while queue:
        industry = queue.pop()
        if industry.id not in wanted:
            wanted[industry.id] = industry
            queue.extend(known[need] for need in industry.needs if need in known)
    return in_order(i for i in {**known, **wanted}.values() if i.id in wanted)


def _visit(
    industry: Industry,
    by_id: Mapping[str, Industry],
    ordered: dict[str, Industry],
    path: tuple[str, ...],
) -> None:
    if industry.id in ordered:
        return
    if industry.id in path:
        circle = " → ".join([*path[path.index(industry.id) :], industry.id])
        raise DefinitionError(
            "cycle",
            f"景气度互相引用成环：{circle}。请去掉其中一个引用。",
            f"Composites use each other in a circle: {circle}. Remove one of the links.",
        )
    for need in industry.needs:
        if need in by_id:
            _visit(by_id[need], by_id, ordered, (*path, industry.id))
    ordered[industry.id] = industry
