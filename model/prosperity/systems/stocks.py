"""A panel of stocks as it was asked for: its matrix, and who belonged where on each day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.notice import Notice
from prosperity.panel import Panel
from prosperity.systems import heavy
from prosperity.systems.heavy import Matrix
from prosperity.systems.inputs import asset_names
from prosperity.systems.spec import System, Values

#: Typical steps between the rows of a file, in calendar days, and trading days in each.
MONTHLY_STEP, MONTH_DAYS = 20, 21
WEEKLY_STEP, WEEK_DAYS = 5, 5


@dataclass(frozen=True)
class Request:
    """What a reducer is asked for."""

    system: System
    path: Path
    members: pd.DataFrame | None
    panel: Panel | None

    @property
    def values(self) -> Values:
        """The constants of the system."""
        return self.system.values


def read_matrix(
    request: Request, entity: str, values: tuple[str, ...]
) -> tuple[Matrix, tuple[Notice, ...]]:
    """Read a long or a wide file, with what each stock belonged to on each day."""
    names = heavy.header(request.path)
    there = heavy.fields(names, ("date", "code", "group", *values))
    refuse_missing(request.path, there, ("date",))
    if {"code", "close"} <= set(there):
        matrix = heavy.long_matrix(request.path, there, values)
    else:
        matrix = heavy.wide_matrix(request.path, names, there["date"])
    if request.members is None:
        if matrix.groups is None:
            raise DataError(
                "no_stock_members",
                f"{request.path.name} 没有 {entity} 列，也没有给出成分表（code、{entity}）。",
                f"{request.path.name} has no column {entity}, and no table of members (code, "
                f"{entity}, from, to) is given.",
            )
        return matrix, ()
    return _with_members(request, matrix, entity)


def _with_members(
    request: Request, matrix: Matrix, entity: str
) -> tuple[Matrix, tuple[Notice, ...]]:
    rows = _members(request, entity)
    names = sorted({str(name) for name in rows[entity]})
    place = {name: number for number, name in enumerate(names)}
    column = {code: number for number, code in enumerate(matrix.codes)}
    groups = np.full((len(matrix.days), len(matrix.codes)), -1, dtype=np.int16)
    dated = False
    for row in rows.to_dict("records"):
        at = column.get(str(row["code"]))
        if at is None:
            continue
        begin, end = (pd.Timestamp(row.get(word) or "NaT") for word in ("from", "to"))
        dated |= pd.notna(begin) or pd.notna(end)
        on = ~(np.asarray(matrix.days < begin) | np.asarray(matrix.days > end))
        groups[on, at] = place[str(row[entity])]
    said = () if dated else (survivors(request.path.name),)
    return Matrix(matrix.days, matrix.codes, matrix.values, groups, names), said


def survivors(file: str) -> Notice:
    """Return the notice that only today's members are known."""
    return Notice(
        "survivors",
        f"{file} 的成分表没有 from、to：只有现在的成分，统计有幸存者偏差。",
        f"The members of {file} have no from and to: only today's are known, and every statistic "
        "suffers from survivorship.",
    )


def _members(request: Request, entity: str) -> pd.DataFrame:
    rows = request.members
    assert rows is not None
    missing = [name for name in ("code", entity) if name not in rows]
    if missing:
        raise DataError(
            "no_member_column",
            f"成分表没有 {'、'.join(missing)} 列。",
            f"The table of members has no column {', '.join(missing)}.",
        )
    return rows


def group_by_code(request: Request, entity: str) -> dict[str, str]:
    """Return what each stock belongs to, by its code; the last record where it has several."""
    rows = _members(request, entity)
    return dict(zip(rows["code"].astype(str), rows[entity].astype(str), strict=True))


def asset_groups(request: Request, names: Iterable[str]) -> tuple[np.ndarray, list[str]]:
    """Return for each name in a file the place of its asset, and the ids of the assets."""
    known = asset_names(request.system)
    found = [known.asset(name, request.path.name) for name in names]
    ids = list(dict.fromkeys(found))
    return np.array([ids.index(id) for id in found], dtype=np.int64), ids


def refuse_missing(path: Path, there: Mapping[str, str], wanted: Iterable[str]) -> None:
    """Refuse a file without columns for some fields."""
    missing = [field for field in wanted if field not in there]
    if missing:
        names = "; ".join("/".join(heavy.NAMES[field][:3]) for field in missing)
        raise DataError(
            "no_column",
            f"{path.name} 缺少列：{names}。",
            f"{path.name} has no column {names}.",
            where=path.name,
        )


def rows_of(days: int, calendar: pd.DatetimeIndex) -> tuple[int, tuple[Notice, ...]]:
    """Return how many rows of a file are so many trading days, and say where they are not days."""
    steps = np.diff(calendar.to_numpy("datetime64[D]")).astype(int)
    typical = float(np.median(steps)) if len(steps) else 1.0
    each = MONTH_DAYS if typical > MONTHLY_STEP else WEEK_DAYS if typical >= WEEKLY_STEP else 1
    if each == 1:
        return days, ()
    rows = max(1, round(days / each))
    word = ("月", "months") if each == MONTH_DAYS else ("周", "weeks")
    return rows, (
        Notice(
            "coarse_rows",
            f"文件不是日频：{days} 个交易日按 {rows} {word[0]}计。",
            f"The file is not daily: {days} trading days are taken as {rows} {word[1]}.",
            "note",
        ),
    )


def refuse_short(path: Path, there: int, rows: int) -> None:
    """Refuse a file with too few dates for a first result."""
    if there <= rows:
        raise DataError(
            "too_few_dates",
            f"{path.name} 在第一个结果前需要 {rows + 1} 行日期，现有 {there} 行。",
            f"{path.name} needs {rows + 1} dates before the first result and has {there}.",
        )


def period_ends(days: pd.DatetimeIndex, first: int) -> list[int]:
    """Return the last row of each week, from a first row on; month ends are among them or kept."""
    weeks = days.to_period("W-SUN")
    months = days.to_period("M")
    last = np.append((weeks[1:] != weeks[:-1]) | (months[1:] != months[:-1]), True)
    return [int(row) for row in np.flatnonzero(last) if row >= first]


def long_sheet(
    days: pd.DatetimeIndex, entity: str, names: list[str], fields: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return matrices (T, names) as rows of date, entity and fields; rows of no value are left."""
    frame = pd.DataFrame(
        {
            "date": np.repeat(days.to_numpy(), len(names)),
            entity: np.tile(np.array(names, dtype=object), len(days)),
            **{name: values.ravel() for name, values in fields.items()},
        }
    )
    first = next(iter(fields))
    said = frame[list(fields)].notna().any(axis=1) & frame[first].notna()
    return frame[said].reset_index(drop=True)
