"""Which column is which indicator: by id, by vendor id, by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prosperity.catalog import closure
from prosperity.definition import Indicator, Industry
from prosperity.engine import columns_of
from prosperity.errors import DataError
from prosperity.lag import Lag, longest_lag

from prosperity_excel.book.dated import NAMING, DatedSheet
from prosperity_excel.sheets.findings import Findings, listed
from prosperity_excel.sheets.workbook import Sheet, address
from prosperity_excel.words.book_words import fold


@dataclass(frozen=True)
class Wanted:
    """An indicator as the models of the book know it.

    Attributes
    ----------
    indicator : Indicator
        As the first model has it.
    lag : Lag
        The longest lag that a model gives it.
    codes, names : frozenset of str
        Vendors' ids, names and aliases of all models, folded; none for a composite.
    """

    indicator: Indicator
    lag: Lag
    codes: frozenset[str]
    names: frozenset[str]


def wanted_indicators(models: Iterable[Industry]) -> dict[str, Wanted]:
    """Return the indicators that a column may hold, by id: all but formulas."""
    uses: dict[str, list[Indicator]] = defaultdict(list)
    for model in models:
        for indicator in model.indicators:
            if not indicator.formula:
                uses[indicator.id].append(indicator)
    return {id: _wanted(indicators) for id, indicators in uses.items()}


def _wanted(uses: Sequence[Indicator]) -> Wanted:
    spelt = [i for i in uses if not i.composite]
    return Wanted(
        indicator=uses[0],
        lag=longest_lag(i.lag for i in uses),
        codes=frozenset(fold(code) for i in spelt for code in i.source_ids),
        names=frozenset(fold(n) for i in spelt for n in (i.name_zh, i.name_en, *i.aliases)),
    )


def matched(table: DatedSheet, wanted: Mapping[str, Wanted], findings: Findings) -> dict[int, str]:
    """Return the indicator id of each column that has one.

    A column is matched by the first of its header's id, vendor id and names that means one
    indicator. What means none, or two, is left out with the notice ``unknown_columns``; two
    columns of one indicator are the problem ``duplicate_column``.
    """
    words = _words(wanted)
    found: dict[int, str] = {}
    unknown: list[str] = []
    for column in table.columns:
        candidates = _candidates(table, column, words)
        id = candidates[0] if len(candidates) == 1 else None
        given = table.header("id", column)
        shown = given or table.header("name_zh", column) or table.header("source_id", column)
        place = address(_naming_row(table), column)
        if id is None:
            choice = f"（{'/'.join(candidates)}?）" if candidates else ""
            unknown.append(f"{place} {shown[:40]}{choice}")
            continue
        twin = next((c for c, other in found.items() if other == id), None)
        if twin is not None:
            duplicate_column(table, id, twin, column, findings)
            continue
        if given and fold(given) != id:
            findings.notice(
                "unknown_id",
                f"{table.sheet.name}!{place} 的 id“{given[:40]}”不认识，已按代码或名称认作 {id}。",
                f'{table.sheet.name}!{place}: the id "{given[:40]}" is not known; the column was '
                f"taken as {id} by its code or name.",
            )
        found[column] = id
    if unknown:
        findings.notice(
            "unknown_columns",
            f"{table.sheet.name} 有 {len(unknown)} 列不属于任何指标，未使用：{listed(unknown)}。",
            f"{table.sheet.name}: {len(unknown)} columns belong to no indicator and were not "
            f"used: {listed(unknown)}.",
        )
    return found


_Words = tuple[Mapping[str, set[str]], Mapping[str, set[str]], Mapping[str, set[str]]]


def _words(wanted: Mapping[str, Wanted]) -> _Words:
    """Return which indicators an id, a vendor id and a name may mean."""
    ids, codes, names = defaultdict(set), defaultdict(set), defaultdict(set)
    for id, known in wanted.items():
        ids[id].add(id)
        for code in known.codes:
            codes[code].add(id)
        for name in known.names:
            names[name].add(id)
    return ids, codes, names


def _candidates(table: DatedSheet, column: int, words: _Words) -> list[str]:
    """Return the ids that a column's header means by the first label that means any."""
    ids, codes, names = words
    for known, labels in (
        (ids, ("id",)),
        (codes, ("source_id", "id", "name_zh")),
        (names, ("name_zh", "name_en")),
    ):
        for label in labels:
            means = known.get(fold(table.header(label, column)))  # type: ignore[arg-type]
            if means:
                return sorted(means)
    return []


def _naming_row(table: DatedSheet) -> int:
    """Return the header row that names columns best."""
    return next(table.labels[label] for label in NAMING if label in table.labels)


def duplicate_column(
    table: DatedSheet, id: str, first: int, second: int, findings: Findings
) -> None:
    """Add the problem that two columns hold the same series, with both cells."""
    row = _naming_row(table)
    findings.problem(
        "duplicate_column",
        f"与 {address(row, first)} 是同一个序列（{id}），请删去其中一列。",
        f"This column and {address(row, first)} hold the same series ({id}); delete one of them.",
        *(row, second),
    )


def say_absent(
    industries: Sequence[Industry],
    known: Mapping[str, Industry],
    columns: Iterable[str],
    sheet: Sheet,
    findings: Findings,
) -> None:
    """Say which indicators of ``industries``, and of models that they use, have no column.

    Raises
    ------
    DataError
        ``missing_column`` when no industry has any column at all.
    """
    there = set(columns)
    absent = {m: [id for id in columns_of(m, known) if id not in there] for m in industries}
    without = [m for m in industries if not there & set(columns_of(m, known))]
    if industries and len(without) == len(industries):
        names = "、".join(absent[industries[0]][:3])
        raise DataError(
            "missing_column",
            f"没有任何一列是所需的指标（例如 {names}）。请保留模板的 id 行，或用模板中的指标名称。",
            f"No column is one of the indicators needed (such as {names.replace('、', ', ')}). "
            "Keep the template's id row, or its names.",
            where=sheet.place(),
        )
    for model, ids in absent.items():
        needed = [id for id in ids if _has_column(model, id, known)]
        if model in without:
            findings.notice(
                "industry_without_columns",
                f"{model.name_zh}（{model.id}）在 {sheet.name} 中没有任何一列。",
                f"{model.name_en} ({model.id}) has no column in {sheet.name}.",
            )
        elif needed:
            findings.notice(
                "absent_columns",
                f"{model.name_zh}：{sheet.name} 缺少 {len(needed)} 列（{listed(needed)}），"
                "按其余指标计算。",
                f"{model.name_en}: {sheet.name} lacks {len(needed)} columns ({listed(needed)}); "
                "the others are used.",
            )


def _has_column(model: Industry, id: str, known: Mapping[str, Industry]) -> bool:
    """Whether the indicator ``id`` of a model, or of one that it uses, has its own column."""
    indicators = (i for m in closure([model], known) for i in m.indicators)
    return any(i.id == id and i.own_column for i in indicators)
