"""The panel: what a book or an export held, with the day on which each value became public.

Everything that the model knows comes from a panel, so :meth:`Panel.known_on` is the whole of
"what was known then".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from prosperity.calendar import TradingCalendar, month_end, release_dates
from prosperity.definition import Frequency
from prosperity.errors import DataError


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
        ``explicit`` (whether the release date was stated rather than derived from a lag).
    unit, name, source : str
        As the book says.
    """

    id: str
    frame: pd.DataFrame
    unit: str = ""
    name: str = ""
    source: str = ""

    def known_on(self, day: pd.Timestamp) -> Observations:
        """Return only what was public on ``day``."""
        return replace(self, frame=self.frame[self.frame["release"] <= day])

    @property
    def in_order(self) -> bool:
        """Whether no period was published before an earlier one."""
        return bool(self.frame["release"].is_monotonic_increasing)


def observations(
    id: str,
    values: pd.Series[float],
    *,
    calendar: TradingCalendar,
    lag_days: int = 0,
    frequency: Frequency = "M",
    releases: pd.Series[pd.Timestamp] | None = None,
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
    unit, name, source
        As the book says.

    Raises
    ------
    DataError
        When a month stands there twice, months are not ascending, a value is not finite, or a
        stated release date lies before the period's first day.
    """
    known = values.dropna().astype(float)
    periods = month_end(pd.DatetimeIndex(known.index)).as_unit("ns")
    for problem, zh, en in (
        (periods.has_duplicates, "月份重复", "has a month twice"),
        (not periods.is_monotonic_increasing, "月份没有按先后排列", "has months out of order"),
        (not np.isfinite(known.to_numpy()).all(), "含有无穷大", "holds an infinite value"),
    ):
        if problem:
            raise DataError("bad_series", f"序列 {id} {zh}。", f"The series {id} {en}.")
    by_rule = release_dates(periods, lag_days, frequency, calendar).as_unit("ns")
    if releases is None:
        stated = pd.DatetimeIndex([pd.NaT] * len(periods)).as_unit("ns")
    else:
        stated = pd.DatetimeIndex(pd.to_datetime(releases.reindex(known.index)))
        stated = stated.normalize().as_unit("ns")
    explicit = ~np.asarray(stated.isna())
    early = explicit & np.asarray(stated < periods - pd.offsets.MonthBegin(1))
    if early.any():
        month = f"{periods[int(np.argmax(early))]:%Y-%m}"
        raise DataError(
            "early_release",
            f"序列 {id} 在 {month} 的公布日早于当月，请检查。",
            f"The series {id} has a release date before the month {month} itself began.",
        )
    frame = pd.DataFrame(
        {
            "value": known.to_numpy(),
            "release": np.where(explicit, stated, by_rule),
            "explicit": explicit,
        },
        index=periods,
    )
    return Observations(id, frame, unit, name, source)


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
        Whether the book says that its data are simulated.
    """

    series: Mapping[str, Observations] = field(default_factory=dict)
    prices: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(index=pd.DatetimeIndex([])))
    simulated: bool = False

    @property
    def calendar(self) -> TradingCalendar:
        """The trading days that the prices show."""
        return TradingCalendar(pd.DatetimeIndex(self.prices.dropna(how="all").index))

    def known_on(self, day: pd.Timestamp) -> Panel:
        """Return the panel as it stood at the close of ``day``."""
        known = {id: observed.known_on(day) for id, observed in self.series.items()}
        return replace(self, series=known, prices=self.prices[self.prices.index <= day])

    def describing(self, day: pd.Timestamp) -> Panel:
        """Return the values that describe months up to that of ``day``, whenever published.

        **This looks ahead**; only timing ``period`` uses it. Prices end at ``day`` all the same.
        """
        month = day + pd.offsets.MonthEnd(0)
        described = {
            id: replace(observed, frame=observed.frame[observed.frame.index <= month])
            for id, observed in self.series.items()
        }
        return replace(self, series=described, prices=self.prices[self.prices.index <= day])
