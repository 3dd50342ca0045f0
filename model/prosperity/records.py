"""Definitions as flat records, the same in a catalog file and in a ``definition`` sheet.

:func:`build` turns records into an :class:`~prosperity.definition.Industry`, :func:`records` turns
it back; both ways are exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from prosperity.definition import Dimension, Indicator, Industry, Reported, Traded, Variant
from prosperity.definition_checks import Locator, check_whole
from prosperity.errors import DefinitionError
from prosperity.formula import parse
from prosperity.record_fields import Table, convert, missing_field, refusal, unknown_column
from prosperity.transforms import parse_chain

Record = dict[str, Any]

CLASSES: dict[Table, type] = {
    "industry": Industry,
    "dimension": Dimension,
    "indicator": Indicator,
    "variant": Variant,
}
_NOT_COLUMNS = {"dimensions", "indicators", "variants", "chain", "parsed"}
#: Fields that are parts with fields of their own: how each of these is called as a column.
PARTS: dict[str, dict[str, str]] = {
    "asset": {
        "code": "index_code",
        "name_zh": "index_name_zh",
        "name_en": "index_name_en",
        "benchmark": "benchmark_code",
    },
    "published": {
        "start": "report_start",
        "end": "report_end",
        "strategy": "report_strategy",
        "index": "report_index",
        "benchmark": "report_benchmark",
    },
}
_REQUIRED = {"id", "name_zh", "name_en"}


def _columns(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the columns of a table and their defaults, in order."""
    for field in fields(cls):
        if field.name in PARTS:
            part = field.default
            yield from ((column, getattr(part, name)) for name, column in PARTS[field.name].items())
        elif field.name not in _NOT_COLUMNS:
            yield field.name, field.default


#: The columns of each table, in order.
COLUMNS: dict[Table, tuple[str, ...]] = {
    table: tuple(name for name, _ in _columns(cls)) for table, cls in CLASSES.items()
}
_DEFAULTS: dict[Table, Record] = {
    table: {name: default for name, default in _columns(cls) if name not in _REQUIRED}
    for table, cls in CLASSES.items()
}


#: The part of an industry, and the field of it, that a column is.
_PLACES = {column: (part, name) for part, own in PARTS.items() for name, column in own.items()}
_MADE = {"asset": Traded, "published": Reported}


def _made(table: Table, values: Record) -> Any:
    """Return the object of a record, its parts made first."""
    if table != "industry":
        return CLASSES[table](**values)
    parts = {
        part: _MADE[part](**{name: values.pop(column) for name, column in own.items()})
        for part, own in PARTS.items()
    }
    return Industry(**values, **parts)


def build(raw: Mapping[Table, Sequence[Record]], locate: Locator | None = None) -> Industry:
    """Make an :class:`Industry` from flat records.

    Parameters
    ----------
    raw
        Records by table; ``industry`` holds exactly one. A field that is absent, None or an
        empty text takes its default. Lists are TOML lists or texts parted by ``;``.
    locate
        Says where a field stands, for the errors (a key of a file, or a cell of a sheet).

    Raises
    ------
    DefinitionError
        With the place, for the first thing found wrong. :func:`assemble` gives all.
    """
    found, industry = assemble(raw, locate)
    if industry is None:
        raise found[0]
    return industry


def assemble(
    raw: Mapping[Table, Sequence[Record]], locate: Locator | None = None
) -> tuple[tuple[DefinitionError, ...], Industry | None]:
    """Return everything that :func:`build` would refuse, in the order of the tables, or its result.

    Either there are no errors or there is no industry.
    """
    found, industry = _assembled(raw, locate or _record_place)
    return tuple(found), None if found else industry


def says(raw: Mapping[Table, Sequence[Record]], known: Mapping[Table, Sequence[Record]]) -> bool:
    """Whether flat records plainly say what :func:`records` gave for a definition.

    True means that :func:`build` would give that definition; it is much cheaper to see. False
    only means that it is not plain: ``1.50`` as a text is not recognised as 1.5.
    """
    return all(
        len(raw.get(table, ())) == len(known[table])
        and all(
            _says(given, record)
            for given, record in zip(raw.get(table, ()), known[table], strict=True)
        )
        for table in CLASSES
    )


def _says(given: Record, record: Record) -> bool:
    if not given.keys() <= record.keys():
        return False
    return all(_plainly(given.get(column), value) for column, value in record.items())


def _plainly(given: Any, value: Any) -> bool:
    if value is None or value == "":
        return given is None or given == ""
    if type(given) is type(value):
        return bool(given == value)
    # A whole number may stand there as text.
    return isinstance(value, int | float) and value == int(value) and given == str(int(value))


def records(industry: Industry) -> dict[Table, list[Record]]:
    """Return the flat records of ``industry``; :func:`build` gives an equal object back."""
    return {
        "industry": [_record("industry", industry)],
        "dimension": [_record("dimension", d) for d in industry.dimensions],
        "indicator": [_record("indicator", i) for i in industry.indicators],
        "variant": [_record("variant", v) for v in industry.variants],
    }


@dataclass(frozen=True)
class Difference:
    """One field in which two definitions differ; None stands for a record that is not there."""

    field: str
    before: Any
    after: Any


def differences(before: Industry, after: Industry) -> tuple[Difference, ...]:
    """Return every field in which ``after`` differs from ``before``.

    Fields are called as in :func:`with_changes`: ``rule``, ``indicator.cgb10y.weight``. A record
    that only one of them has counts once, as ``indicator.cgb10y``.
    """
    found: list[Difference] = []
    old, new = records(before), records(after)
    for table in CLASSES:
        left = {record["id"]: record for record in old[table]}
        right = {record["id"]: record for record in new[table]}
        for id in dict.fromkeys([*left, *right]):
            prefix = "" if table == "industry" else f"{table}.{id}."
            if id not in left or id not in right:
                was, now = (id, None) if id in left else (None, id)
                found.append(Difference(f"{table}.{id}", was, now))
                continue
            found.extend(
                Difference(prefix + column, left[id][column], right[id][column])
                for column in COLUMNS[table]
                if left[id][column] != right[id][column]
            )
    return tuple(found)


def _record(table: Table, item: object) -> Record:
    places = _PLACES if table == "industry" else {}
    values = {
        name: getattr(getattr(item, places[name][0]), places[name][1])
        if name in places
        else getattr(item, name)
        for name in COLUMNS[table]
    }
    return {k: "; ".join(v) if isinstance(v, tuple) else v for k, v in values.items()}


def _record_place(table: str, row: int, column: str) -> str:
    return f"{table}[{row}].{column}"


def build_parts(
    raw: Mapping[Table, Sequence[Record]], locate: Locator
) -> tuple[list[DefinitionError], dict[Table, list[Any]]]:
    """Return what is wrong with records of single tables, and the objects of the sound ones.

    What concerns several records is not looked at.
    """
    found: list[DefinitionError] = []
    made: dict[Table, list[Any]] = {}
    for table, rows in raw.items():
        read = [_read_record(table, row, record, locate, found) for row, record in enumerate(rows)]
        made[table] = [_made(table, values) for values in read if values is not None]
    return found, made


def _assembled(
    raw: Mapping[Table, Sequence[Record]], locate: Locator
) -> tuple[list[DefinitionError], Industry | None]:
    found, made = build_parts({table: raw.get(table, ()) for table in CLASSES}, locate)
    if found:
        return found, None
    if len(made["industry"]) != 1:
        place = locate("industry", 0, "id")
        count = len(made["industry"])
        text_zh, text_en = (
            f"需要正好一个行业，这里有 {count} 个",
            f"needs one industry, has {count}",
        )
        return [refusal("one_industry", text_zh, text_en, place)], None
    industry = replace(
        made["industry"][0],
        dimensions=tuple(made["dimension"]),
        indicators=tuple(made["indicator"]),
        variants=tuple(made["variant"]),
    )
    found.extend(check_whole(industry, locate))
    if not found:
        found.extend(_check_variants(industry, locate))
    return found, industry


def _read_record(
    table: Table, row: int, record: Record, locate: Locator, found: list[DefinitionError]
) -> Record | None:
    """Convert one record's fields; add what is wrong to ``found``."""
    before = len(found)
    values: Record = dict(_DEFAULTS[table])
    found.extend(
        unknown_column(column, COLUMNS[table], locate(table, row, column))
        for column in record
        if column not in COLUMNS[table]
    )
    for column in COLUMNS[table]:
        given = named_alike(record, column)
        if given is None or given == [] or (isinstance(given, str) and not given.strip()):
            if column in _REQUIRED:
                found.append(missing_field(column, locate(table, row, column)))
            continue
        try:
            values[column] = convert(table, column, given)
        except DefinitionError as error:
            place = locate(table, row, column)
            found.append(DefinitionError(error.code, error.zh, error.en, where=place))
    if table == "indicator":
        _parse_indicator(values, row, locate, found)
    return values if len(found) == before else None


def named_alike(record: Record, column: str) -> Any:
    """Return what a record holds in a column; a thing without an English name has its Chinese."""
    given = record.get(column)
    if column == "name_en" and (given is None or not str(given).strip()):
        return record.get("name_zh")
    return given


def _parse_indicator(
    values: Record, row: int, locate: Locator, found: list[DefinitionError]
) -> None:
    for column, parsed, read in (("transform", "chain", parse_chain), ("formula", "parsed", parse)):
        if values[column]:
            try:
                values[parsed] = read(values[column], where=locate("indicator", row, column))
            except DefinitionError as error:
                found.append(error)
    if values["formula"] and values["composite"]:
        found.append(
            refusal(
                "two_sources",
                "formula 和 composite 只能填一个",
                "fill either formula or composite, not both",
                locate("indicator", row, "composite"),
            )
        )
    if values["weight"] < 0:
        found.append(
            refusal(
                "negative_weight",
                "weight 不能为负；方向请用 sign",
                "weight is not negative; use sign for the direction",
                locate("indicator", row, "weight"),
            )
        )


def _check_variants(industry: Industry, locate: Locator) -> list[DefinitionError]:
    found = []
    for row, variant in enumerate(industry.variants):
        try:
            with_changes(industry, variant.changes, where=locate("variant", row, "changes"))
        except DefinitionError as error:
            found.append(error)
    return found


def with_changes(industry: Industry, changes: str, *, where: str = "") -> Industry:
    """Return ``industry`` with some fields changed, checked like any other definition.

    Parameters
    ----------
    industry
        The definition to start from.
    changes
        ``FIELD = VALUE`` parts, parted by ``;`` or new lines (inside hold-states write ``,``):
        ``rule = states``, ``indicator.cgb10y.weight = 0``, ``dimension.demand.method = mean``.
    where
        The place of the changes, for errors.
    """
    raw = records(industry)
    raw["variant"] = []
    for change in filter(None, (part.strip() for part in re.split(r"[;；\n]", changes))):
        path, equals, value = (part.strip() for part in change.partition("="))
        steps = path.split(".")
        record = _addressed(raw, steps)
        if not equals or record is None or steps[-1] not in record:
            raise refusal(
                "bad_change",
                f"“{change}”应写成 indicator.ID.weight = 0 的形式，并指向存在的字段",
                f"{change!r} must look like indicator.ID.weight = 0 and name an existing field",
                where,
            )
        record[steps[-1]] = value.replace(",", ";") if steps[-1] == "hold" else value
    place = (lambda table, row, column: where) if where else None
    return replace(build(raw, place), variants=industry.variants)


def _addressed(raw: dict[Table, list[Record]], steps: list[str]) -> Record | None:
    if len(steps) == 1:
        return raw["industry"][0]
    if len(steps) == 3 and steps[0] in ("dimension", "indicator"):
        group = raw[cast(Table, steps[0])]
        return next((record for record in group if record["id"] == steps[1]), None)
    return None


def variant_of(industry: Industry, id: str) -> Industry:
    """Return a definition with the changes of one of its variants.

    Raises
    ------
    DefinitionError
        When it has no such variant; the message lists those it has.
    """
    known = {v.id: v for v in industry.variants}
    if id not in known:
        raise DefinitionError(
            "unknown_variant",
            f"{industry.name_zh}没有方案“{id}”。可用：{'、'.join(known) or '无'}。",
            f"{industry.name_en} has no variant {id!r}. Known: {', '.join(known) or 'none'}.",
        )
    return with_changes(industry, known[id].changes)
