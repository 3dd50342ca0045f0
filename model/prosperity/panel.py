"""The panel: what a book or an export held, with the day on which each value became public.

Everything that the model knows comes from a panel, so :meth:`Panel.known_on` is the whole of
"what was known then".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar, month_ends, release_dates
from prosperity.definition import Frequency
from prosperity.errors import DataError
from prosperity.lag import Lagged
from prosperity.tables import Table


@dataclass(frozen=True)
class Observations:
    """One published monthly series.

    Attributes
    ----------
    id : str
        Indicator id.
    frame : DataFrame
        Index: period (month end, ascending, each month once; months without a value are absent).
        Columns: ``value`` (float, never NaN), ``release`` (datetime64, never NaT) and
        ``explicit`` (whether the release date was stated rather than derived from a lag); and
        ``estimated`` (bool) where any value is an estimate.
    unit, name, source : str
        As the book says.
    breaks : tuple of Timestamp
        Month ends from which the series has another definition; see
        :func:`prosperity.transforms.apply_chain`.
    announced : mapping of Timestamp to Timestamp
        Stated release dates of months (month ends) that have no value.
    """

    id: str
    frame: pd.DataFrame
    unit: str = ""
    name: str = ""
    source: str = ""
    breaks: tuple[pd.Timestamp, ...] = ()
    announced: Mapping[pd.Timestamp, pd.Timestamp] = field(default_factory=dict)

    def known_on(self, day: pd.Timestamp) -> Observations:
        """Return only what was public on ``day``."""
        return replace(self, frame=self.frame[self.frame["release"] <= day])

    @property
    def estimated(self) -> np.ndarray:
        """Which values are estimates (T,), booleans; False where nothing is said.

        An estimate is a value that nobody published: a nowcast, an interpolated month, a value
        smoothed with what came after. Its release date is the day of the last datum that it was
        made from, and is always stated, so that :meth:`known_on` shows it to no earlier day. A
        :class:`Panel` leaves estimates out unless it is told to take them.
        """
        if "estimated" not in self.frame:
            return np.zeros(len(self.frame), dtype=bool)
        return self.frame["estimated"].to_numpy(bool)

    def published(self) -> Observations:
        """Return the series without its estimates."""
        if "estimated" not in self.frame:
            return self
        kept = self.frame[~self.estimated].drop(columns="estimated")
        return replace(self, frame=kept)

    @property
    def in_order(self) -> bool:
        """Whether no period was published before an earlier one."""
        return bool(self.frame["release"].is_monotonic_increasing)


def observations(
    id: str,
    values: pd.Series[float],
    *,
    calendar: TradingCalendar,
    lag_days: Lagged = 0,
    frequency: Frequency = "M",
    releases: pd.Series[pd.Timestamp] | None = None,
    estimated: pd.Series[bool] | None = None,
    unit: str = "",
    name: str = "",
    source: str = "",
) -> Observations:
    """Make :class:`Observations` from values by day or month.

    Parameters
    ----------
    id
        Indicator id.
    values
        Float Series by date, any day of the month, ascending; NaN rows are left out.
    calendar
        Trading days, for series that are known at the close.
    lag_days, frequency
        Rule for release dates that are not stated.
    releases
        Stated release dates by the same dates; NaT or absent where not known.
    estimated
        Which values are estimates, by the same dates; absent is none. See
        :attr:`Observations.estimated`.
    unit, name, source
        As the book says.

    Raises
    ------
    DataError
        When a month stands there twice, months are not ascending, a value is not finite, a
        stated release date lies before the period's first day, or an estimate has none.
    """
    known = values.dropna().astype(float)
    periods = month_ends(pd.DatetimeIndex(known.index).to_numpy())
    by_rule = release_dates(pd.DatetimeIndex(periods), lag_days, frequency, calendar)
    stated = None
    if releases is not None:
        given = pd.DatetimeIndex(pd.to_datetime(releases.reindex(known.index)))
        stated = given.normalize().as_unit("ns").to_numpy()
    series = Published(periods, known.to_numpy(), by_rule.as_unit("ns").to_numpy(), stated)
    (frame,) = published_frames({id: series}).values()
    if estimated is not None:
        flags = estimated.reindex(known.index, fill_value=False).to_numpy(bool)
        _check_estimates(id, frame, flags)
        frame = frame.assign(estimated=flags) if flags.any() else frame
    return Observations(id, frame, unit, name, source)


def _check_estimates(id: str, frame: pd.DataFrame, estimated: np.ndarray) -> None:
    silent = estimated & ~frame["explicit"].to_numpy(bool)
    if silent.any():
        month = frame.index[int(np.argmax(silent))]
        raise DataError(
            "estimate_without_release",
            f"序列 {id} 在 {month:%Y-%m} 是估计值，须写明公布日，即所用最后一个数据的日期。",
            f"The value of {id} for {month:%Y-%m} is an estimate and needs a release date: the "
            "day of the last datum that it was made from.",
        )


@dataclass(frozen=True)
class Published:
    """A series as arrays of one length.

    Attributes
    ----------
    periods : ndarray
        Month ends, ``datetime64[ns]``, ascending.
    values : ndarray
        Floats without NaN.
    by_rule : ndarray
        The release dates that the rule gives, ``datetime64[ns]``.
    stated : ndarray or None
        Stated release dates, which come before the rule's; NaT where not known.
    """

    periods: np.ndarray
    values: np.ndarray
    by_rule: np.ndarray
    stated: np.ndarray | None = None


def published_frames(series: Mapping[str, Published]) -> dict[str, pd.DataFrame]:
    """Return the frame of each series' :class:`Observations`, by indicator id.

    They are cut from one frame, because making a frame costs much more than cutting one.

    Raises
    ------
    DataError
        As :func:`observations`.
    """
    for id, one in series.items():
        _check(id, one)
    if not series:
        return {}
    parts = list(series.values())
    by_rule = np.concatenate([one.by_rule for one in parts])
    stated = np.concatenate([_stated(one) for one in parts])
    explicit = ~np.isnat(stated)
    whole = pd.DataFrame(
        {
            "value": np.concatenate([one.values for one in parts]),
            "release": np.where(explicit, stated, by_rule),
            "explicit": explicit,
        },
        index=pd.DatetimeIndex(np.concatenate([one.periods for one in parts])),
    )
    ends = np.cumsum([len(one.periods) for one in parts])
    return {
        id: whole.iloc[end - len(one.periods) : end]
        for (id, one), end in zip(series.items(), ends, strict=True)
    }


def _stated(series: Published) -> np.ndarray:
    if series.stated is not None:
        return series.stated
    return np.full(len(series.periods), np.datetime64("NaT", "ns"))


def _check(id: str, series: Published) -> None:
    steps = np.diff(series.periods).astype(np.int64)
    for problem, zh, en in (
        ((steps == 0).any(), "月份重复", "has a month twice"),
        ((steps < 0).any(), "月份没有按先后排列", "has months out of order"),
        (not np.isfinite(series.values).all(), "含有无穷大", "holds an infinite value"),
    ):
        if problem:
            raise DataError("bad_series", f"序列 {id} {zh}。", f"The series {id} {en}.")
    if series.stated is None:
        return
    early = series.stated < series.periods.astype("datetime64[M]")
    if early.any():
        month = str(series.periods[int(np.argmax(early))])[:7]
        raise DataError(
            "early_release",
            f"序列 {id} 在 {month} 的公布日早于当月，请检查。",
            f"The series {id} has a release date before the month {month} itself began.",
        )


@dataclass(frozen=True)
class Panel:
    """All series and prices of a run.

    Attributes
    ----------
    series : mapping of str to Observations
        By indicator id.
    prices : DataFrame
        Closing prices: ascending trading days by index code (or ``benchmark`` or an industry's
        id); NaN where an index has no price.
    simulated : bool
        Whether the book says that any of its data are simulated.
    marked : frozenset of str
        Ids of the series and names of the prices that say so; empty with ``simulated`` means all.
    tables : mapping of str to Table
        Values of many assets, by id.
    lists : mapping of str to DataFrame
        Records that are no series, such as which industry a fund stands for: texts and numbers,
        by id. Where they have a column ``from`` (and ``to``) of days, a record holds since (and
        up to) that day and is not known before; NaT is always.
    estimates : bool
        Whether estimates are taken. Otherwise they are left out here, of series and of tables,
        so that none can enter a score or a backtest unasked; a panel that is made without them
        has lost them.
    """

    series: Mapping[str, Observations] = field(default_factory=dict)
    prices: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(index=pd.DatetimeIndex([])))
    simulated: bool = False
    marked: frozenset[str] = frozenset()
    tables: Mapping[str, Table] = field(default_factory=dict)
    lists: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    estimates: bool = False

    def __post_init__(self) -> None:
        if self.estimates:
            return
        if any("estimated" in one.frame for one in self.series.values()):
            published = {id: one.published() for id, one in self.series.items()}
            object.__setattr__(self, "series", published)
        if any(one.estimated is not None for one in self.tables.values()):
            tables = {id: one.published() for id, one in self.tables.items()}
            object.__setattr__(self, "tables", tables)

    @cached_property
    def calendar(self) -> TradingCalendar:
        """The trading days that the prices show."""
        return TradingCalendar(pd.DatetimeIndex(self.prices.dropna(how="all").index))

    def known_on(self, day: pd.Timestamp) -> Panel:
        """Return the panel as it stood at the close of ``day``."""
        known = {id: observed.known_on(day) for id, observed in self.series.items()}
        tables = {id: table.known_on(day) for id, table in self.tables.items()}
        prices = self.prices[self.prices.index <= day]
        lists = {id: _begun(rows, day) for id, rows in self.lists.items()}
        return replace(self, series=known, prices=prices, tables=tables, lists=lists)

    def describing(self, day: pd.Timestamp) -> Panel:
        """Return the values that describe months up to that of ``day``, whenever published.

        **This looks ahead**; only timing ``period`` uses it. Prices end at ``day`` all the same.
        """
        month = day + pd.offsets.MonthEnd(0)
        described = {
            id: replace(observed, frame=observed.frame[observed.frame.index <= month])
            for id, observed in self.series.items()
        }
        tables = {id: table.describing(month) for id, table in self.tables.items()}
        prices = self.prices[self.prices.index <= day]
        return replace(self, series=described, prices=prices, tables=tables)


def _begun(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the records that had begun on a day; an end after it was not known."""
    if "from" in rows:
        rows = rows[~(rows["from"] > day)]
    return rows.assign(to=rows["to"].mask(rows["to"] > day)) if "to" in rows else rows
