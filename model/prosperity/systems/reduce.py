"""Panels of stocks, too heavy for a book, reduced to the few columns that a system needs.

A file is read once. A *long* one has a row a stock and day (``date``, ``code``, ``close`` and what
it belongs to in ``industry`` or ``index``); a *wide* one has days down and a stock a column, and
then a table of members says who belongs where, since when and until when. The sheets that come out
carry the file's hash and the day on which it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from prosperity.errors import DataError
from prosperity.notice import Notice
from prosperity.panel import Panel
from prosperity.systems import heavy
from prosperity.systems.measures import before, cross_section, share_up, time_series
from prosperity.systems.reading import find_system, with_changes
from prosperity.systems.rules import etf_flows
from prosperity.systems.stocks import (
    Request,
    asset_groups,
    group_by_code,
    long_sheet,
    period_ends,
    read_matrix,
    refuse_missing,
    refuse_short,
    rows_of,
)

#: Days after which a basket's weights say nothing any more.
BASKET_AGE = np.timedelta64(45, "D")


@dataclass(frozen=True)
class Reduced:
    """What a file was reduced to.

    Attributes
    ----------
    system : str
    sheets : dict of str to DataFrame
        By the id of the input: ``date``, its entity (ids of assets), its fields.
    file, sha256 : str
        The name of the file and the hash of its bytes.
    read_on : date
    rows : int
        Values that were read.
    notices : tuple of Notice
    """

    system: str
    sheets: Mapping[str, pd.DataFrame]
    file: str
    sha256: str
    read_on: date
    rows: int
    notices: tuple[Notice, ...] = ()

    @property
    def head(self) -> tuple[str, str]:
        """Where the sheets come from, in Chinese and in English, for their heads."""
        what = f"{self.file}, SHA-256 {self.sha256[:16]}, {self.read_on:%Y-%m-%d}"
        return f"由 prosperity reduce 从 {what} 得到", f"made by 'prosperity reduce' from {what}"


Made = tuple[dict[str, pd.DataFrame], int, tuple[Notice, ...]]


def reduce(
    system: str,
    path: str | Path,
    parameters: Mapping[str, float | str] | None = None,
    *,
    members: pd.DataFrame | None = None,
    panel: Panel | None = None,
    today: date | None = None,
) -> Reduced:
    """Reduce a panel of stocks to the sheets that a system reads.

    Parameters
    ----------
    system
        Id or name of a system of the catalog.
    path
        A parquet or CSV file.
    parameters
        Constants that differ from the catalog's, such as ``momentum_days``.
    members
        Who belongs where: ``code``, ``industry`` (or ``index``), and ``from`` and ``to`` where it
        changed. Needed for wide files; where it is given it comes before the file's own column.
    panel
        The book's panel, for ``etf_flows``: shares and net asset values.
    today
        The day to note; today, where it is not given.

    Returns
    -------
    Reduced

    Raises
    ------
    DataError
        ``nothing_to_reduce`` for a system that has no heavy panel, ``no_column``, ``no_members``,
        ``unknown_entity``, ``doubled``, ``short_history``, and what the file's reader refuses.
    DefinitionError
        For a parameter that there is not, or out of its range.
    """
    found = find_system(system)
    changes = "; ".join(f"parameter.{id} = {value}" for id, value in (parameters or {}).items())
    found = with_changes(found, changes) if changes else found
    if found.id not in REDUCERS:
        known = ", ".join(REDUCERS)
        raise DataError(
            "nothing_to_reduce",
            f"{found.name_zh}没有需要预处理的大表；可用：{known}。",
            f"{found.id} has no heavy panel to reduce; these have: {known}.",
        )
    file = Path(path)
    request = Request(found, file, members, panel)
    sheets, rows, said = REDUCERS[found.id](request)
    return Reduced(
        found.id, sheets, file.name, heavy.sha256(file), today or date.today(), rows, said
    )


def _diffusion(request: Request) -> Made:
    """Return ``industry_momentum``: the share of members above their close of N days before."""
    matrix, said = read_matrix(request, "industry", ("close",))
    rows, spoken = rows_of(request.values.whole("momentum_days"), matrix.days)
    refuse_short(request.path, len(matrix.days), rows)
    codes, names = asset_groups(request, matrix.names)
    # The last of them stands for nothing, which is -1.
    group = np.append(codes, -1).astype(np.int16)[matrix.groups]
    kept = period_ends(matrix.days, rows)
    share, members = share_up(matrix.values["close"], rows, group, len(names), kept)
    sheet = long_sheet(
        matrix.days[kept], "industry", names, {"share": share, "members": members.astype(float)}
    )
    return {"industry_momentum": sheet}, matrix.values["close"].size, (*said, *spoken)


def _market(request: Request) -> Made:
    """Return ``market_members``: breadth and both volatilities by index and day."""
    matrix, said = read_matrix(request, "index", ("close", "size"))
    values = request.values
    rows, spoken = rows_of(values.whole("breadth_days"), matrix.days)
    refuse_short(request.path, len(matrix.days), rows)
    codes, names = asset_groups(request, matrix.names)
    closes, size = matrix.values["close"], matrix.values.get("size")
    returns = closes / before(closes, 1) - 1.0
    past = before(closes, rows)
    sheets = []
    for number, name in enumerate(names):
        inside = matrix.groups == np.flatnonzero(codes == number)[0]
        own = inside.any(axis=0)
        mask = inside[:, own]
        now, then = np.where(mask, closes[:, own], np.nan), past[:, own]
        both = ~np.isnan(now) & ~np.isnan(then)
        total = both.sum(axis=1)
        up = ((now > then) & both).sum(axis=1)
        moves = np.where(mask, returns[:, own], np.nan)
        sized = None if size is None else np.where(mask, size[:, own], np.nan)
        made = {
            "share_up_230": np.where(total > 0, up / np.maximum(total, 1), np.nan)[:, None],
            "cs_vol": 100 * cross_section(moves)[:, None],
            "ts_vol": 100 * time_series(moves, values.whole("ts_days"), sized)[:, None],
        }
        sheets.append(long_sheet(matrix.days, "index", [name], made))
    if size is None:
        said = (
            *said,
            Notice(
                "equal_weighted",
                f"{request.path.name} 没有市值列，时序波动率按等权平均。",
                f"{request.path.name} has no market values: time-series volatility is an equal "
                "mean.",
            ),
        )
    whole = pd.concat(sheets).sort_values(["date", "index"], kind="stable", ignore_index=True)
    return {"market_members": whole}, closes.size, (*said, *spoken)


def _baskets(request: Request) -> Made:
    """Return ``etf_stock_flows``: flows of funds through the weights of their baskets."""
    if request.panel is None or f"{etf_flows.SHEET}.shares" not in request.panel.tables:
        raise DataError(
            "no_etf_flows",
            "etf_flows 表没有或为空：个股层面需要份额与净值。",
            "The sheet etf_flows is missing or empty: the stock level needs shares and net asset "
            "values.",
        )
    shares, nav = (
        request.panel.tables[f"{etf_flows.SHEET}.{field}"].values for field in ("shares", "nav")
    )
    own, value = shares.align(nav, join="inner")
    flow, _ = etf_flows.flows(own, value, request.values.number("corporate_action"))
    weights, names, rows = _basket_weights(request)
    total = np.zeros((len(flow), len(names)))
    seen = np.zeros(total.shape, dtype=bool)
    days = pd.DatetimeIndex(flow.index).to_numpy("datetime64[ns]")
    for code, (dates, table) in weights.items():
        if code not in flow:
            continue
        place = np.searchsorted(dates, days, side="right") - 1
        good = (place >= 0) & (days - dates[np.maximum(place, 0)] <= BASKET_AGE)
        moved = flow[code].to_numpy(float)
        good &= ~np.isnan(moved)
        total[good] += moved[good, None] * table[place[good]]
        seen[good] |= table[place[good]] > 0
    index = pd.DatetimeIndex(flow.index)
    sheet = long_sheet(index, "industry", names, {"flow": np.where(seen, total, np.nan)})
    return {etf_flows.STOCKS: sheet}, rows, ()


def _basket_weights(
    request: Request,
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], list[str], int]:
    """Return by fund the days of its baskets and their weights by industry, (D, industries)."""
    there = heavy.fields(heavy.header(request.path), ("date", "etf", "code", "weight", "group"))
    refuse_missing(request.path, there, ("date", "etf", "weight"))
    by_stock = group_by_code(request, "industry") if request.members is not None else None
    refuse_missing(request.path, there, ("code",) if by_stock is not None else ("group",))
    funds, groups, days = heavy.Coder(), heavy.Coder(), heavy.Coder()
    sums: list[pd.DataFrame] = []
    rows = 0
    keys = ["etf", "day", "group"]
    for batch in heavy.batches(request.path, there):
        rows += len(batch["date"])
        if by_stock is None:
            group = batch["group"].to_pylist()
        else:
            group = [by_stock.get(str(code)) for code in batch["code"].to_pylist()]
        part = pd.DataFrame(
            {
                "etf": funds.numbers(batch["etf"]),
                "day": days.numbers(batch["date"]),
                "group": heavy.numbered(groups, group),
                "weight": heavy.numeric(batch["weight"]),
            }
        )
        part = part[(part[keys] >= 0).all(axis=1)]
        sums.append(part.groupby(keys)[["weight"]].sum().reset_index())
    if not days.known:
        raise heavy.no_rows(request.path)
    whole = pd.concat(sums).groupby(keys)[["weight"]].sum().reset_index()
    calendar, order = heavy.in_order(list(days.known), request.path)
    codes, names = asset_groups(request, [str(name) for name in groups.known])
    whole = whole.assign(day=order[whole["day"]], group=codes[whole["group"]])
    percent = whole.groupby(["etf", "day"])["weight"].sum().median() > 1.5
    found = {}
    labels = [str(name) for name in funds.known]
    for etf, part in whole.groupby("etf"):
        places, at = np.unique(part["day"], return_inverse=True)
        table = np.zeros((len(places), len(names)))
        np.add.at(table, (at, part["group"].to_numpy()), part["weight"].fillna(0.0).to_numpy())
        stamps = calendar[places].to_numpy("datetime64[ns]")
        found[labels[int(str(etf))]] = (stamps, table / 100.0 if percent else table)
    return found, names, rows


REDUCERS: Mapping[str, Callable[[Request], Made]] = {
    "industry_diffusion": _diffusion,
    "market_state": _market,
    "etf_flows": _baskets,
}
