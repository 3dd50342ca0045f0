"""Systems as flat records: the same in a catalog file (TOML) and in the ``system`` sheet of a book.

:func:`build` makes a :class:`~prosperity.systems.spec.System` of records, :func:`records` turns it
back; both ways are exact. Indicators and dimensions are read as in definitions of industries.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal, get_args

from prosperity.assets import Asset, AssetKind
from prosperity.catalog import parsed_toml
from prosperity.definition import Frequency, Variant
from prosperity.definition_checks import check_whole
from prosperity.errors import DefinitionError, nearest
from prosperity.record_fields import (
    LARGEST,
    bad_boolean,
    bad_choice,
    missing_field,
    not_a_number,
    not_whole,
    refusal,
    unknown_column,
)
from prosperity.record_fields import Table as IndustryTable
from prosperity.records import COLUMNS, Record, build_parts, named_alike
from prosperity.schedule import By
from prosperity.systems.spec import (
    EQUAL_WEIGHT,
    Allocation,
    Form,
    Input,
    Parameter,
    Provenance,
    Published,
    System,
)

SystemTable = Literal[
    "system", "asset", "input", "parameter", "published", "variant", "dimension", "indicator"
]
#: Says where a field stands: table, row, column.
Locator = Callable[[str, int, str], str]
CLASSES: Mapping[str, type] = {
    "system": System,
    "asset": Asset,
    "input": Input,
    "parameter": Parameter,
    "published": Published,
    "variant": Variant,
}
#: The choices of a parameter that may be any word, such as a month.
ANY_WORD = ("*",)
#: Tables that are read as those of an industry.
SHARED: tuple[IndustryTable, ...] = ("dimension", "indicator")
#: The field of a system that holds each table.
HELD = {
    "asset": "assets",
    "input": "inputs",
    "parameter": "parameters",
    "published": "published",
    "variant": "variants",
    "dimension": "dimensions",
    "indicator": "indicators",
}
CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("system", "schedule"): tuple(word for word in get_args(By) if word != "listed"),
    ("system", "allocation"): get_args(Allocation),
    ("asset", "kind"): get_args(AssetKind),
    ("input", "form"): get_args(Form),
    ("input", "frequency"): get_args(Frequency),
    ("input", "provenance"): get_args(Provenance),
    ("parameter", "provenance"): get_args(Provenance),
    ("published", "provenance"): get_args(Provenance),
}
#: The file of the catalog that is no system of sheets.
PLAN_FILE = "plan.toml"
_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.]{0,59}$")


def columns(table: str) -> tuple[Field[Any], ...]:
    """Return the fields of a table's records, in order."""
    return tuple(f for f in fields(CLASSES[table]) if f.name not in HELD.values())


def build(raw: Mapping[str, Sequence[Record]], locate: Locator | None = None) -> System:
    """Make a system of flat records.

    Parameters
    ----------
    raw
        Records by table; ``system`` holds exactly one. A field that is absent, None or empty
        takes its default. Lists are TOML lists or texts parted by ``;``.
    locate
        Says where a field stands, for the errors (a key of a file, or a cell of a sheet).

    Raises
    ------
    DefinitionError
        With the place, for the first thing found wrong.
    """
    found, system = assemble(raw, locate)
    if system is None:
        raise found[0]
    return system


def assemble(
    raw: Mapping[str, Sequence[Record]], locate: Locator | None = None
) -> tuple[tuple[DefinitionError, ...], System | None]:
    """Return everything that :func:`build` would refuse, or its result: either, never both."""
    place = locate or (lambda table, row, column: f"{table}[{row}].{column}")
    found: list[DefinitionError] = []
    made: dict[str, list[Any]] = {}
    for table, cls in CLASSES.items():
        rows = (_read(table, n, r, place, found) for n, r in enumerate(raw.get(table, ())))
        made[table] = [cls(**values) for values in rows if values is not None]
    for unknown in [table for table in raw if table not in (*CLASSES, *SHARED)]:
        known = ", ".join((*CLASSES, *SHARED))
        zh, en = f"没有“{unknown}”这一部分，应为 {known}", f"{unknown!r} is none of {known}"
        found.append(refusal("unknown_section", zh, en, place(unknown, 0, "")))
    shared = {t: raw.get(t, ()) for t in SHARED}
    wrong, parts = build_parts(shared, place)
    found.extend(wrong)
    if not found and len(made["system"]) != 1:
        count = len(made["system"])
        zh, en = f"需要正好一个 system，这里有 {count} 个", f"needs one system, has {count}"
        found.append(refusal("one_system_record", zh, en, place("system", 0, "id")))
    if found:
        return tuple(found), None
    held = {HELD[table]: tuple(made[table]) for table in CLASSES if table in HELD}
    held |= {HELD[table]: tuple(parts[table]) for table in SHARED}
    system = replace(made["system"][0], **held)
    found = [*_check_whole(system, place), *_check_variants(system, place)]
    return tuple(found), None if found else system


def _read(
    table: str, row: int, record: Record, place: Locator, found: list[DefinitionError]
) -> Record | None:
    """Convert one record's fields; add what is wrong to ``found``."""
    known = {field.name: field for field in columns(table)}
    values, before = {}, len(found)
    found.extend(
        unknown_column(column, known, place(table, row, column))
        for column in record
        if column not in known
    )
    for name, field in known.items():
        given = named_alike(record, name)
        if given is None or given == [] or (isinstance(given, str) and not given.strip()):
            if field.default is MISSING:
                found.append(missing_field(name, place(table, row, name)))
            continue
        try:
            values[name] = _convert(table, field, given)
        except DefinitionError as error:
            found.append(
                DefinitionError(error.code, error.zh, error.en, where=place(table, row, name))
            )
    if table == "parameter" and len(found) == before:
        wrong = parameter_error(Parameter(**values), values["value"])
        if wrong is not None:
            found.append(refusal(*wrong, place(table, row, "value")))
    return values if len(found) == before else None


def _convert(table: str, field: Field[Any], given: Any) -> Any:
    """Return a field's value in the type that its class says."""
    kind, name = str(field.type), field.name
    allowed = CHOICES.get((table, name), ())
    if "tuple" in kind:
        parts = (
            given if isinstance(given, list | tuple) else str(given).replace("；", ";").split(";")
        )
        return tuple(str(part).strip() for part in parts if str(part).strip())
    if kind == "bool":
        return _boolean(given)
    if (table, name) == ("parameter", "value"):
        return _number(name, given) if _is_number(given) else str(given).strip()
    if kind == "int | str":
        return int(_number(name, given)) if _is_number(given) else str(given).strip()
    if kind.startswith(("int", "float")):
        number = _number(name, given)
        if kind == "int" and number != int(number):
            raise not_whole(name)
        return int(number) if kind == "int" else number
    text = str(given).strip()
    if allowed and text not in allowed:
        raise bad_choice(name, text, allowed)
    if name == "id" and not _ID.match(text):
        raise refusal(
            "bad_part_id",
            f"id “{text[:60]}”只能用英文字母、数字、点和下划线",
            f"the id {text[:60]!r} may hold only letters, digits, dots and _",
        )
    return text


def _is_number(given: Any) -> bool:
    try:
        return not isinstance(given, bool) and abs(float(given)) >= 0
    except (TypeError, ValueError):
        return False


def _number(name: str, given: Any) -> float:
    if not _is_number(given) or not abs(float(given)) <= LARGEST:
        raise not_a_number(name, str(given)[:40])
    return float(given)


def _boolean(given: Any) -> bool:
    known = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
    text = str(given).strip().casefold().removesuffix(".0")
    if text not in known:
        raise bad_boolean(given)
    return known[text]


def parameter_error(parameter: Parameter, value: float | str) -> tuple[str, str, str] | None:
    """Return code, Chinese and English of what is wrong with a value; None when nothing is."""
    id, low, high = parameter.id, parameter.low, parameter.high
    if parameter.choices == ANY_WORD:
        return None
    if parameter.choices:
        words = ", ".join(parameter.choices)
        if value in parameter.choices:
            return None
        return (
            "bad_choice",
            f"{id} 不能是“{value}”，可用：{words}",
            f"{id} cannot be {value!r}; it is one of {words}",
        )
    if isinstance(value, str):
        return (
            "not_a_number",
            f"{id} “{value[:40]}”不是数字",
            f"{id} {value[:40]!r} is not a number",
        )
    if parameter.whole and value != int(value):
        return "not_whole", f"{id} 应为整数", f"{id} must be a whole number"
    if (low is not None and value < low) or (high is not None and value > high):
        return (
            "out_of_range",
            f"{id} 应在 {_bound(low)} 至 {_bound(high)} 之间，不能是 {value:g}",
            f"{id} lies between {_bound(low)} and {_bound(high)}, not {value:g}",
        )
    return None


def _bound(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:g}"


def _check_whole(system: System, place: Locator) -> Iterable[DefinitionError]:
    """Yield what is wrong between the records of a system."""
    for table, items in ((t, getattr(system, HELD[t])) for t in HELD if t not in SHARED):
        seen: set[str] = set()
        for row, item in enumerate(items):
            if item.id in seen:
                zh, en = (
                    f"{table} 的 id “{item.id}”重复",
                    f"the {table} id {item.id!r} stands there twice",
                )
                yield refusal("part_id_twice", zh, en, place(table, row, "id"))
            seen.add(item.id)
    words = {EQUAL_WEIGHT, "cash", *(asset.id for asset in system.assets)}
    for column in ("rest", "benchmark"):
        word = getattr(system, column)
        if word not in words:
            near = ", ".join(nearest(word, words))
            yield refusal(
                "no_such_asset",
                f"{column} “{word}”不是该系统的资产；最接近：{near}",
                f"{column} {word!r} is no asset of {system.id}; nearest: {near}",
                place("system", 0, column),
            )
    if system.indicators:
        yield from check_whole(system.module, place)


def _check_variants(system: System, place: Locator) -> Iterable[DefinitionError]:
    for row, variant in enumerate(system.variants):
        try:
            with_changes(system, variant.changes, where=place("variant", row, "changes"))
        except DefinitionError as error:
            yield error


def with_changes(system: System, changes: str, *, where: str = "") -> System:
    """Return a system with constants, or words of its own record, changed and checked.

    Parameters
    ----------
    system
        The system to start from.
    changes
        ``FIELD = VALUE`` parts, parted by ``;`` or new lines: ``parameter.window = 60``,
        ``allocation = top_k``.
    where
        The place of the changes, for errors.

    Raises
    ------
    DefinitionError
        ``bad_change`` for what names no field, else as :func:`build`.
    """
    raw = records(system) | {"variant": []}
    for change in filter(None, (part.strip() for part in re.split(r"[;；\n]", changes))):
        path, equals, value = (part.strip() for part in change.partition("="))
        steps = path.split(".")
        record = _addressed(raw, steps)
        if not equals or record is None:
            zh = f"“{change}”应写成 parameter.ID = 值 的形式，并指向存在的参数"
            en = f"{change!r} must look like parameter.ID = VALUE and name an existing parameter"
            near = ", ".join(nearest(steps[-1], [str(row["id"]) for row in raw["parameter"]]))
            zh, en = (f"{zh}；最接近：{near}", f"{en}; nearest: {near}") if near else (zh, en)
            raise refusal("bad_system_change", zh, en, where)
        record["value" if steps[0] == "parameter" else steps[0]] = value
    place = (lambda table, row, column: where) if where else None
    return replace(build(raw, place), variants=system.variants)


def _addressed(raw: Mapping[str, Sequence[Record]], steps: Sequence[str]) -> Record | None:
    if len(steps) == 2 and steps[0] == "parameter":
        return next((r for r in raw["parameter"] if r["id"] == steps[1]), None)
    own = raw["system"][0]
    return own if len(steps) == 1 and steps[0] in own and steps[0] != "id" else None


def records(system: System) -> dict[str, list[Record]]:
    """Return the flat records of a system; :func:`build` gives an equal object back."""
    found = {"system": [_record("system", system)]}
    for table, held in HELD.items():
        found[table] = [_record(table, item) for item in getattr(system, held)]
    return found


def _record(table: str, item: object) -> Record:
    if table in SHARED:
        names: Iterable[str] = COLUMNS[table]
    else:
        names = (field.name for field in columns(table))
    values = {name: getattr(item, name) for name in names}
    return {k: "; ".join(v) if isinstance(v, tuple) else v for k, v in values.items()}


def read_toml(text: str, name: str = "") -> System:
    """Read one system from the text of a catalog file.

    Raises
    ------
    DefinitionError
        When the text is no TOML, or :func:`build` refuses its records.
    """
    raw = parsed_toml(text, name)
    tables = {t: [content] if isinstance(content, dict) else content for t, content in raw.items()}
    for own in tables.get("system", []):
        # The assets that several systems share stand in one file.
        if universe := own.pop("universe", ""):
            tables["asset"] = [*shared_assets(universe), *tables.get("asset", [])]

    def locate(table: str, row: int, column: str) -> str:
        rows = tables.get(table, [])
        label = rows[row].get("id", row) if row < len(rows) else row
        return f"{name}: {table}.{label}.{column}"

    return build(tables, locate)


@cache
def shared_assets(universe: str) -> Sequence[Record]:
    """Return the records of assets that several systems share, such as ``shenwan1``."""
    file = resources.files("prosperity") / "catalog" / "assets" / f"{universe}.toml"
    return tuple(tomllib.loads(file.read_text(encoding="utf-8"))["asset"])


@cache
def systems() -> Mapping[str, System]:
    """Return the systems of the catalog by id."""
    folder = resources.files("prosperity") / "catalog" / "systems"
    names = (f for f in folder.iterdir() if f.name.endswith(".toml") and f.name != PLAN_FILE)
    files = sorted(names, key=lambda f: f.name)
    loaded = [read_toml(f.read_text(encoding="utf-8"), f.name) for f in files]
    return MappingProxyType({one.id: one for one in loaded})


@cache
def plan_definition() -> System:
    """Return the plan with its constants: it reads systems and no sheet, so it stands apart."""
    file = resources.files("prosperity") / "catalog" / "systems" / PLAN_FILE
    return read_toml(file.read_text(encoding="utf-8"), PLAN_FILE)


@cache
def level1_of() -> Mapping[str, str]:
    """Return the level-1 industry (an asset's id) that each model's index belongs to, by id."""
    file = resources.files("prosperity") / "catalog" / "assets" / "level1_of.toml"
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["level1"]
    return MappingProxyType({row["industry"]: row["asset"] for row in rows})


def find_system(asked: str, known: Mapping[str, System] | None = None) -> System:
    """Return the system with this id or name (Chinese or English, any case).

    Raises
    ------
    DefinitionError
        ``unknown_system``, with the nearest ids and names.
    """
    there = systems() if known is None else known
    wanted = asked.strip().casefold()
    for system in there.values():
        if wanted in (system.id, system.name_zh.casefold(), system.name_en.casefold()):
            return system
    near = nearest(asked, [n for s in there.values() for n in (s.id, s.name_zh, s.name_en)])
    hint = (
        (f"最接近的是：{'、'.join(near)}。", f" Nearest: {', '.join(near)}.") if near else ("", "")
    )
    raise DefinitionError(
        "unknown_system",
        f"没有“{asked[:60]}”这个系统。{hint[0]}运行 prosperity systems 查看全部。",
        f"There is no system {asked[:60]!r}.{hint[1]} Run 'prosperity systems' for all of them.",
    )
