"""A table: values by date and asset, each with the day on which it became public.

What a panel's series is for one indicator a table is for many assets: forecasts of earnings,
valuations, holdings of funds. It is cut by :meth:`Table.known_on` in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from prosperity.errors import DataError


@dataclass(frozen=True)
class Table:
    """Values by date and asset.

    Parameters
    ----------
    id : str
    values : DataFrame
        Floats: dates (ascending, each once) by asset. A date is the day, or the last day of the
        period, that a value describes. NaN where there is none.
    releases : DataFrame of datetime64
        When each value became public, of the same dates and assets; NaT only where there is no
        value. See :meth:`by_date` for dates that all assets share.
    estimated : DataFrame of bool, or None
        Which values are estimates; None is none of them. See
        :attr:`prosperity.panel.Observations.estimated`.
    unit, source : str
        As they were given.
    left_out : int
        Estimates that were left out, see :meth:`published`.

    Raises
    ------
    DataError
        When dates are out of order or an asset stands there twice, a value is infinite
        (``bad_table``), the release dates are not of the same dates and assets or one is missing
        (``no_release``), or one lies before the date that its value describes
        (``early_release``).
    """

    id: str
    values: pd.DataFrame
    releases: pd.DataFrame
    estimated: pd.DataFrame | None = None
    unit: str = ""
    source: str = ""
    left_out: int = 0

    def __post_init__(self) -> None:
        values = self.values
        dates = values.index
        orderly = isinstance(dates, pd.DatetimeIndex) and dates.is_monotonic_increasing
        if not (orderly and dates.is_unique and values.columns.is_unique):
            raise DataError(
                "bad_table",
                f"表 {self.id} 的日期没有按先后排列、有重复，或同一资产出现两次。",
                f"The dates of the table {self.id} are out of order or stand there twice, or an "
                "asset does.",
            )
        if np.isinf(values.to_numpy(float)).any():
            raise DataError(
                "infinite_value",
                f"表 {self.id} 含有无穷大。",
                f"The table {self.id} holds an infinity.",
            )
        if self.estimated is not None and not (
            self.estimated.index.equals(dates) and self.estimated.columns.equals(values.columns)
        ):
            raise DataError(
                "estimate_marks",
                f"表 {self.id} 的估计标记应与数值的日期和资产一一对应。",
                f"The marks of estimates in the table {self.id} must be of the same dates and "
                "assets as its values.",
            )
        self._check_releases()

    @classmethod
    def by_date(
        cls, id: str, values: pd.DataFrame, releases: pd.Series[pd.Timestamp], source: str = ""
    ) -> Table:
        """Return a table whose assets' values became public together, on one day for each date.

        Raises
        ------
        DataError
            As the class says.
        """
        shared = pd.DataFrame(dict.fromkeys(values, releases), releases.index)
        return cls(id, values, shared, source=source)

    def _check_releases(self) -> None:
        values, releases = self.values, self.releases
        alike = releases.index.equals(values.index) and releases.columns.equals(values.columns)
        there = values.notna().to_numpy()
        if not alike or (there & releases.isna().to_numpy()).any():
            raise DataError(
                "no_release",
                f"表 {self.id} 的公布日应与数值的日期和资产一一对应，有数值处不能为空。",
                f"The release dates of the table {self.id} must be of the same dates and assets "
                "as its values, and none is missing where there is a value.",
            )
        dates = pd.DatetimeIndex(values.index).to_numpy("datetime64[ns]")[:, None]
        early = there & (self._days() < dates)
        if early.any():
            row, column = np.argwhere(early)[0]
            day, asset = values.index[row], values.columns[column]
            raise DataError(
                "released_before",
                f"表 {self.id}：{asset} 在 {day:%Y-%m-%d} 的公布日早于该日。预测值请记在作出预测"
                "的日期下。",
                f"In the table {self.id} the release date of {asset} lies before {day:%Y-%m-%d} "
                "itself. A forecast is dated on the day on which it was made.",
            )

    def _days(self) -> np.ndarray:
        """The release dates, (T, N)."""
        columns = [self.releases[name].to_numpy("datetime64[ns]") for name in self.releases]
        return np.column_stack(columns) if columns else np.empty(self.values.shape)

    def known_on(self, day: pd.Timestamp) -> Table:
        """Return only what was public on ``day``: other values are NaN, dates after it are gone."""
        known = self._days() <= np.datetime64(day)
        return self._only(known, pd.DatetimeIndex(self.values.index) <= day)

    def describing(self, day: pd.Timestamp) -> Table:
        """Return the values of dates up to ``day``, whenever published. **This looks ahead.**"""
        every = np.ones(self.values.shape, dtype=bool)
        return self._only(every, pd.DatetimeIndex(self.values.index) <= day)

    def published(self) -> Table:
        """Return the table without its estimates."""
        if self.estimated is None:
            return self
        flags = self.estimated.to_numpy(bool)
        count = int((flags & self.values.notna().to_numpy()).sum())
        known = self._only(~flags, np.ones(len(self.values), dtype=bool))
        return replace(known, estimated=None, left_out=self.left_out + count)

    def _only(self, kept: np.ndarray, rows: np.ndarray) -> Table:
        flags = self.estimated
        return replace(
            self,
            values=self.values.where(kept)[rows],
            releases=self.releases.where(kept)[rows],
            estimated=None if flags is None else (flags & kept)[rows],
        )
