"""Values of a book as flat arrays: what differs between two states, and states from differences.

A *cell* is one value of one series (or price) on one day, with its release date. Arrays of cells
have the dtype :data:`CELL`; days count from 1970. A value of NaN says that the cell is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from prosperity.panel import Panel

#: Little-endian and packed: this is also how the cells stand in the file.
CELL = np.dtype(
    [("name", "<u4"), ("day", "<i4"), ("value", "<f8"), ("release", "<i4"), ("stated", "u1")]
)
NONE = np.array([], dtype=CELL)
SERIES, PRICE = "series", "price"
#: Kind and name of what the cells' numbers stand for.
Name = tuple[str, str]
_FIRST, _LAST = (int(np.datetime64(day, "D").astype(int)) for day in ("1800-01-01", "2261-12-31"))
_SIDE = np.int64(1) << 31


def keys(cells: np.ndarray) -> np.ndarray:
    """Return a whole number for each cell's name and day."""
    return np.asarray((cells["name"].astype(np.int64) << 32) + (cells["day"] + _SIDE))


def folded(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Return the state after all differences, by name and day: the last of each cell counts."""
    state = folded_all(parts)
    kept: np.ndarray = state[~np.isnan(state["value"])]
    return kept


def folded_all(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Return one difference that does what several do one after the other."""
    cells = np.concatenate([NONE, *parts])
    key = keys(cells)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    last = np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]
    whole: np.ndarray = cells[order[last]]
    return whole


def difference(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return the cells that lead from one state to another; both are ordered as :func:`folded`."""
    there = found_in(now, before)
    old = there >= 0
    same = np.zeros(len(now), dtype=bool)
    same[old] = now[old] == before[there[old]]
    gone = before[found_in(before, now) < 0].copy()
    gone["value"] = np.nan
    return np.concatenate([now[~same], gone])


def found_in(cells: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the place of each cell's name and day in a state; -1 where it is not there."""
    wanted, known = keys(cells), keys(state)
    if not len(known):
        return np.full(len(wanted), -1)
    place = np.clip(np.searchsorted(known, wanted), 0, len(known) - 1)
    return np.where(known[place] == wanted, place, -1)


def from_bytes(content: object) -> np.ndarray:
    """Return the cells that stand in a file.

    Raises
    ------
    ValueError
        When the content is none of ours.
    """
    if not isinstance(content, bytes) or len(content) % CELL.itemsize:
        raise ValueError("cells of another form")
    cells = np.frombuffer(content, dtype=CELL)
    days = np.concatenate([cells["day"], cells["release"]])
    if len(days) and not (days.min() >= _FIRST and days.max() <= _LAST):
        raise ValueError("a date far away")
    if np.isinf(cells["value"]).any():
        raise ValueError("an infinite value")
    return cells


def cells_of(panel: Panel, numbers: Mapping[Name, int]) -> np.ndarray:
    """Return what a panel holds, ordered as :func:`folded` does; estimates are not held."""
    parts = [NONE]
    for id, observed in panel.series.items():
        # An estimate was never published, and the file would give it back as if it had been.
        frame = observed.published().frame
        parts.append(
            _cells(
                numbers[SERIES, id], frame.index, frame["value"], frame["release"],
                frame["explicit"],
            )
        )  # fmt: skip
    for name in panel.prices:
        column = panel.prices[name].dropna()
        parts.append(_cells(numbers[PRICE, str(name)], column.index, column))
    return folded(parts)


def names_of(panel: Panel) -> list[Name]:
    """Return everything in a panel that has cells."""
    return [
        *((SERIES, id) for id in panel.series),
        *((PRICE, str(name)) for name in panel.prices),
    ]


def frame_of(cells: np.ndarray) -> pd.DataFrame:
    """Return the cells of one series as the frame of its observations."""
    index = timestamps(cells["day"])
    return pd.DataFrame(
        {
            "value": cells["value"].astype(float),
            "release": timestamps(cells["release"]),
            "explicit": cells["stated"].astype(bool),
        },
        index=index,
    )


def prices_of(columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return prices by day, from the cells of each column."""
    filled = [cells["day"] for cells in columns.values()]
    days = np.unique(np.concatenate([np.array([], dtype=np.int32), *filled]))
    values = np.full((len(days), len(columns)), np.nan)
    for at, cells in enumerate(columns.values()):
        values[np.searchsorted(days, cells["day"]), at] = cells["value"]
    return pd.DataFrame(values, index=timestamps(days), columns=list(columns))


def parts_of(state: np.ndarray) -> dict[int, np.ndarray]:
    """Return a state's cells by name."""
    if not len(state):
        return {}
    firsts = np.flatnonzero(np.append(True, state["name"][1:] != state["name"][:-1]))
    ends = np.append(firsts[1:], len(state))
    return {int(state["name"][a]): state[a:b] for a, b in zip(firsts, ends, strict=True)}


def timestamps(days: np.ndarray) -> pd.DatetimeIndex:
    """Return days since 1970 as timestamps."""
    return pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[ns]"))


def _cells(
    number: int,
    days: pd.Index,
    values: pd.Series[float],
    releases: pd.Series[pd.Timestamp] | None = None,
    stated: pd.Series[bool] | None = None,
) -> np.ndarray:
    cells = np.zeros(len(days), dtype=CELL)
    cells["name"] = number
    cells["day"] = _days(days)
    cells["value"] = values.to_numpy(dtype=float)
    cells["release"] = cells["day"] if releases is None else _days(releases)
    cells["stated"] = 0 if stated is None else stated.to_numpy(dtype=bool)
    return cells


def _days(dates: pd.Index | pd.Series[pd.Timestamp]) -> np.ndarray:
    return np.asarray(dates.to_numpy().astype("datetime64[D]").astype(np.int64))
