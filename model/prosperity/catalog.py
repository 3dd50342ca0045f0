"""The models that come with Prosperity: one TOML file each, beside this module.

``find("glass")``, ``find("玻璃")`` and ``find("Glass")`` give the same definition.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, cast

from prosperity.definition import Industry
from prosperity.errors import DefinitionError, UnknownIndustryError, nearest
from prosperity.record_fields import Table
from prosperity.records import CLASSES, Record, build


@cache
def catalog() -> Mapping[str, Industry]:
    """Return all definitions by id, in evaluation order (a model after those that it uses)."""
    folder = resources.files("prosperity") / "catalog"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    loaded = [read_toml(f.read_text(encoding="utf-8"), f.name) for f in files]
    return MappingProxyType({i.id: i for i in in_order(loaded)})


def parsed_toml(text: str, name: str = "") -> dict[str, Any]:
    """Return the content of a catalog file; ``bad_toml`` when it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(
            "bad_toml", f"不是有效的 TOML：{error}。", f"This is not TOML: {error}.", where=name
        ) from None


def read_toml(text: str, name: str = "") -> Industry:
    """Read one definition from the text of a catalog file.

    Raises
    ------
    DefinitionError
        When the text is no TOML, a section is not one of ``industry``, ``dimension``,
        ``indicator`` and ``variant``, or :func:`prosperity.records.build` refuses the records.
    """
    raw = parsed_toml(text, name)
    tables = {t: [content] if isinstance(content, dict) else content for t, content in raw.items()}
    for table, content in tables.items():
        sound = isinstance(content, list) and all(isinstance(row, dict) for row in content)
        if table not in CLASSES or not sound:
            known = ", ".join(CLASSES)
            raise DefinitionError(
                "unknown_table",
                f"“{table}”不是可用的部分，应为 {known}，各含字段。",
                f"{table!r} is no section of a definition; they are {known}, each with fields.",
                where=name,
            )

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
                "industry_twice_in_catalog",
                f"两个行业的 id 都是 {industry.id}。",
                f"Two industries have the id {industry.id}.",
            )
        by_id[industry.id] = industry
    ordered: dict[str, Industry] = {}
    for industry in by_id.values():
        _visit(industry, by_id, ordered, ())
    return list(ordered.values())


def broken_links(
    models: Iterable[Industry], known: Mapping[str, Industry]
) -> list[tuple[Industry, int, DefinitionError]]:
    """Return what is wrong with the composites that ``models`` take from other models.

    Parameters
    ----------
    models
        The definitions to check.
    known
        Every definition by id, those of ``models`` included.

    Returns
    -------
    list of (Industry, int, DefinitionError)
        The model, the row of its indicator, and the error: a model that is not known, or a
        circle, which is said once at each of ``models`` that takes part in it.
    """
    found = []
    for model in models:
        for row, indicator in enumerate(model.indicators):
            if indicator.composite and indicator.composite not in known:
                found.append((model, row, _unknown_composite(model, indicator.composite, known)))
            elif indicator.composite and (way := _way(indicator.composite, model.id, known)):
                found.append((model, row, _circle_error((model.id, *way))))
    return found


def _way(start: str, end: str, known: Mapping[str, Industry]) -> tuple[str, ...]:
    """Return ids from ``start`` to ``end`` along used composites; empty when there is no way."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == end:
            return way
        for need in known[way[-1]].needs if way[-1] in known else ():
            if need not in seen:
                seen.add(need)
                ways.append((*way, need))
    return ()


def _unknown_composite(
    model: Industry, need: str, known: Mapping[str, Industry]
) -> DefinitionError:
    close = nearest(need, known)
    return DefinitionError(
        "unknown_composite",
        f"{model.name_zh}引用了“{need[:60]}”的景气度，但没有这个模型"
        f"{'，最接近：' + '、'.join(close) if close else ''}。",
        f"{model.name_en} uses the composite of {need[:60]!r}, which is no model"
        f"{'; nearest: ' + ', '.join(close) if close else ''}.",
    )


def _circle_error(ids: tuple[str, ...]) -> DefinitionError:
    circle = " → ".join(ids)
    return DefinitionError(
        "cycle",
        f"景气度互相引用成环：{circle}。请去掉其中一个引用。",
        f"Composites use each other in a circle: {circle}. Remove one of the links.",
    )


def closure(industries: Iterable[Industry], known: Mapping[str, Industry]) -> list[Industry]:
    """Return ``industries`` and every model that they use, in evaluation order.

    Raises
    ------
    DefinitionError
        When one uses a model that is not in ``known``, or they need each other in a circle.
    """
    wanted: dict[str, Industry] = {}
    queue = list(industries)
    known = {**known, **{industry.id: industry for industry in queue}}
    while queue:
        industry = queue.pop()
        if industry.id not in wanted:
            wanted[industry.id] = industry
            for need in industry.needs:
                if need not in known:
                    raise _unknown_composite(industry, need, known)
                queue.append(known[need])
    return in_order(i for i in known.values() if i.id in wanted)


def _visit(
    industry: Industry,
    by_id: Mapping[str, Industry],
    ordered: dict[str, Industry],
    path: tuple[str, ...],
) -> None:
    if industry.id in ordered:
        return
    if industry.id in path:
        raise _circle_error((*path[path.index(industry.id) :], industry.id))
    for need in industry.needs:
        if need in by_id:
            _visit(by_id[need], by_id, ordered, (*path, industry.id))
    ordered[industry.id] = industry
