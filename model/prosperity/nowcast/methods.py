"""The methods: what each says of a month that is not published, at every past publication.

Contract
--------
A method is given a :class:`Task` and returns (n,) forecasts, in the unit of the series: at the
p-th publication it says what the ``steps``-th expected month after it will be, from the first p
publications alone. NaN where it has too little to go by; a hole is never filled.

``ridge`` and ``median12`` need numpy only. ``sarimax`` and ``dfm`` need statsmodels, which is
imported where it is used and nowhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from prosperity.errors import SettingError
from prosperity.nowcast.festival import moved
from prosperity.nowcast.track import Track

#: Publications before the first forecast of a method that is fitted, rows that a fit needs, and
#: the smallest number of values that a mean of three years is made of.
START, ROWS, MEAN_OF = 48, 24, 12
#: Penalty of the ridge regression on standardised columns, and the shares beyond which they are
#: cut off. Both were set before any result was seen.
PENALTY, CUT = 10.0, (0.02, 0.98)
YEAR, THREE_YEARS = 12, 36
#: Cells of the fits that are made at once: they share their work, and so many stay in the cache.
TOGETHER = 60_000
#: Orders of the seasonal model.
ORDER, SEASONAL = (1, 1, 1), (0, 0, 1, 12)


@dataclass(frozen=True)
class Task:
    """What is to be said: of which series, how far ahead, with which help.

    Attributes
    ----------
    track : Track
    steps : int
        Expected publications ahead, from 1.
    festival : bool
        Whether the Spring Festival moves the series.
    bridges : tuple of Bridge
        Other series that are known earlier.
    """

    track: Track
    steps: int = 1
    festival: bool = False
    bridges: tuple[Bridge, ...] = ()

    @property
    def targets(self) -> np.ndarray:
        """The month that is forecast at each publication (n,)."""
        found: np.ndarray = self.track.expected[:, self.steps - 1]
        return found


@dataclass(frozen=True)
class Bridge:
    """A series that is known earlier.

    Attributes
    ----------
    track : Track
        Those of its months that were public in time; a forecast uses no other.
    """

    track: Track


def last(task: Task) -> np.ndarray:
    """The newest published value."""
    return task.track.values.copy()


def fixed_lag(task: Task) -> np.ndarray:
    """The value one publication older: what a fixed delay uses."""
    return _before(task.track.values, 1)


def median12(task: Task) -> np.ndarray:
    """The newest value plus the median of the last twelve changes, for each step ahead."""
    values = task.track.values
    found = np.full(len(values), np.nan)
    if len(values) > YEAR:
        changes = np.lib.stride_tricks.sliding_window_view(np.diff(values), YEAR)
        found[YEAR:] = values[YEAR:] + task.steps * np.median(changes, axis=1)
    return found


def base_effect(task: Task) -> np.ndarray:
    """Ridge regression of the change on the series' own past and on that of a year ago."""
    track = task.track
    change = ridge(_own(task, task.targets), *_training(task), task.targets)
    found: np.ndarray = track.values + change
    return found


def bridge(task: Task) -> np.ndarray:
    """The same, with what other series have done over the same months; NaN without any."""
    track = task.track
    if not task.bridges:
        return np.full(len(track.values), np.nan)
    rows, change, known = _training(task)
    ends = _ends(task)
    helped = [_moves(one.track, track.months, ends) for one in task.bridges]
    now = [_moves(one.track, track.months, task.targets) for one in task.bridges]
    here = np.column_stack([_own(task, task.targets), *now])
    found: np.ndarray = track.values + ridge(
        here, np.column_stack([rows, *helped]), change, known, task.targets
    )
    return found


def sarimax(task: Task) -> np.ndarray:
    """A seasonal ARIMA (1,1,1)(0,0,1)12, its parameters fitted each January on what was known.

    Raises
    ------
    SettingError
        ``no_statsmodels`` where that is not installed.
    """
    model = _statsmodels().SARIMAX
    track = task.track
    found = np.full(len(track.values), np.nan)
    origins = np.arange(START - 1, len(track.values))
    if not len(origins):
        return found
    whole = _complete(track)
    places = track.months - track.months[0]
    years = track.months // YEAR
    params = None
    with warnings.catch_warnings():
        # It warns of starting values and of fits that did not converge; the gate judges.
        warnings.simplefilter("ignore")
        for year in np.unique(years[origins]):
            mine = origins[years[origins] == year]
            known = model(whole[: places[mine[0]] + 1], order=ORDER, seasonal_order=SEASONAL)
            params = known.fit(start_params=params, disp=0, maxiter=100).params
            upto = model(whole[: places[mine[-1]] + 1], order=ORDER, seasonal_order=SEASONAL)
            found[mine] = _ahead(upto.filter(params).filter_results, task, mine, places)
    return found


def _ahead(filtered: Any, task: Task, origins: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the forecasts from some publications: each state, moved on to the month asked."""
    design, transition = filtered.design[0, :, 0], filtered.transition[:, :, 0]
    said = []
    for p in origins:
        state = filtered.predicted_state[:, places[p] + 1]
        for _ in range(int(task.targets[p] - task.track.months[p]) - 1):
            state = transition @ state
        said.append(float(design @ state))
    return np.array(said)


def dfm(panel: np.ndarray, ahead: int) -> np.ndarray:
    """Return what a dynamic model with one factor says of every series, ``ahead`` months on.

    A variant for comparison: in the experiment of docs/coming.md it is no better than the last
    value, so it is no candidate of the gate.

    Parameters
    ----------
    panel
        (T, K) complete months by series, NaN where not published; what was known on one day.
    ahead
        Months after the last row.

    Returns
    -------
    ndarray, (K,)
        In the units of the series.

    Raises
    ------
    SettingError
        ``no_statsmodels`` where that is not installed.
    """
    import pandas as pd

    model = _statsmodels().DynamicFactorMQ
    index = pd.period_range("2000-01", periods=len(panel), freq="M")
    frame = pd.DataFrame(panel, index=index, columns=[f"s{k}" for k in range(panel.shape[1])])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model(frame, factors=1, factor_orders=1).fit(disp=0, maxiter=50)
        said: np.ndarray = fitted.forecast(ahead).iloc[-1].to_numpy(float)
    return said


Method = Callable[[Task], np.ndarray]
#: Methods by id; the mean of those in :data:`AVERAGED` is one more.
METHODS: Mapping[str, Method] = {
    "fixed_lag": fixed_lag,
    "last": last,
    "median12": median12,
    "base_effect": base_effect,
    "bridge": bridge,
    "sarimax": sarimax,
}
AVERAGED = ("base_effect", "bridge", "sarimax")
#: What may be tried in a cell: numpy alone.
LIGHT = ("median12", "base_effect", "bridge", "mean")
#: What may be tried where there is time.
EVERY = ("median12", "base_effect", "bridge", "sarimax", "mean")


def forecasts(task: Task, allowed: tuple[str, ...] = LIGHT) -> dict[str, np.ndarray]:
    """Return the forecasts (n,) of the methods that are allowed, and of ``last``, by id.

    Raises
    ------
    SettingError
        ``unknown_method``; ``no_statsmodels`` where a method needs it.
    """
    unknown = [name for name in allowed if name not in METHODS and name != "mean"]
    if unknown:
        known = "、".join([*METHODS, "mean"])
        raise SettingError(
            "unknown_nowcast",
            f"没有“{unknown[0]}”这种即时预测方法。可用：{known}。",
            f"There is no nowcasting method {unknown[0]!r}. Try: {known}.",
        )
    found = {name: METHODS[name](task) for name in allowed if name != "mean"}
    found["last"] = last(task)
    averaged = [found[name] for name in AVERAGED if name in found]
    if "mean" in allowed and len(averaged) > 1:
        stack = np.vstack(averaged)
        there = ~np.isnan(stack)
        sums = np.where(there, stack, 0.0).sum(axis=0)
        count = there.sum(axis=0)
        # With one of them alone it would be that one under another name.
        found["mean"] = np.where(count > 1, sums / np.maximum(count, 1), np.nan)
    return found


def ridge(
    now: np.ndarray, rows: np.ndarray, change: np.ndarray, known: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return forecasts (n,) of a change, each fitted on the rows that were complete by then.

    Parameters
    ----------
    now
        (n, F) columns from which each forecast is made.
    rows, change
        (n, F) and (n,): columns and outcomes of the past; a row with NaN is left out.
    known
        (n,) publication at which a row's outcome is known, ascending.
    targets
        (n,) months; of use for their number alone.

    Notes
    -----
    Columns are cut off at the 2nd and 98th percentile of the rows of the fit, standardised by
    their mean and standard deviation there, and penalised with :data:`PENALTY`; the level is not.
    """
    found = np.full(len(targets), np.nan)
    usable = np.flatnonzero(~np.isnan(rows).any(axis=1) & ~np.isnan(change))
    kept, outcome = rows[usable], change[usable]
    count = np.searchsorted(known[usable], np.arange(len(targets)), side="right")
    able = (np.arange(len(targets)) + 1 >= START) & (count >= ROWS) & ~np.isnan(now).any(axis=1)
    origins = np.flatnonzero(able)
    together = max(1, TOGETHER // max(1, kept.size))
    for begin in range(0, len(origins), together):
        here = origins[begin : begin + together]
        most = int(count[here[-1]])
        found[here] = _fits(kept[:most], outcome[:most], now[here], count[here])
    return found


def _fits(rows: np.ndarray, change: np.ndarray, now: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return (C,) forecasts from ``now`` (C, F), each fitted on so many of the first rows."""
    inside = np.arange(len(rows)) < count[:, None]
    low, high = _bounds(rows, inside, count)
    size = count[:, None].astype(float)
    there = inside[:, None]
    # (C, F, N). Not np.clip: its checks cost more than the work on few rows.
    cut = np.minimum(np.maximum(rows.T, low[:, :, None]), high[:, :, None]) * there
    centre = cut.sum(axis=2) / size
    cut = (cut - centre[:, :, None]) * there
    products = cut @ np.swapaxes(cut, 1, 2)
    spread = np.sqrt(np.einsum("cff->cf", products) / size)
    spread[spread == 0] = 1.0
    level = (inside @ change) / count
    off = (change - level[:, None]) * inside
    scaled = products / (spread[:, :, None] * spread[:, None])
    helped = (cut @ off[:, :, None]) / spread[:, :, None]
    slopes = np.linalg.solve(scaled + PENALTY * np.eye(rows.shape[1]), helped)[:, :, 0]
    here = (np.minimum(np.maximum(now, low), high) - centre) / spread
    found: np.ndarray = level + np.einsum("cf,cf->c", here, slopes)
    return found


def _bounds(
    rows: np.ndarray, inside: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the quantiles :data:`CUT` (C, F) of so many of the first rows.

    Between neighbours in proportion.
    """
    ordered = np.sort(np.where(inside[:, None], rows.T, np.inf), axis=2)
    found = []
    for share in CUT:
        place = share * (count - 1)
        below = place.astype(int)
        above = np.minimum(below + 1, count - 1)
        at, then = (
            np.take_along_axis(ordered, k[:, None, None], axis=2)[:, :, 0] for k in (below, above)
        )
        found.append(at + (place - below)[:, None] * (then - at))
    return found[0], found[1]


def _training(task: Task) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows, the changes that followed, and at which publication each was known."""
    values, ends = task.track.values, _ends(task)
    change = np.full(len(values), np.nan)
    count = max(0, len(values) - task.steps)
    change[:count] = values[task.steps :] - values[:count]
    return _own(task, ends), change, np.arange(len(values)) + task.steps


def _ends(task: Task) -> np.ndarray:
    """Return the month that was in fact published ``steps`` after each.

    At the end, where the outcome is not known, it is the expected one.
    """
    months = task.track.months
    ends = task.targets.copy()
    ends[: max(0, len(months) - task.steps)] = months[task.steps :]
    return ends


def _own(task: Task, ends: np.ndarray) -> np.ndarray:
    """Return the columns (n, 4 or 5) of a step to the months ``ends``; see docs/coming.md."""
    track = task.track
    values, months = track.values, track.months
    one, two = _before(values, 1), _before(values, 2)
    columns = [
        values - one,
        one - two,
        values - _mean(track),
        track.at(ends - YEAR) - track.at(months - YEAR),
    ]
    if task.festival:
        columns.append(moved(ends) - moved(months))
    return np.column_stack(columns)


def _before(values: np.ndarray, by: int) -> np.ndarray:
    found = np.full(len(values), np.nan)
    found[by:] = values[:-by]
    return found


def _mean(track: Track) -> np.ndarray:
    """Return the mean over three years to each publication; NaN of fewer than a year's values."""
    sums = np.append(0.0, np.cumsum(track.values))
    begin = np.searchsorted(track.months, track.months - THREE_YEARS, side="right")
    upto = np.arange(1, len(track.values) + 1)
    count = upto - begin
    enough = count * track.step >= MEAN_OF
    found: np.ndarray = np.where(enough, (sums[upto] - sums[begin]) / np.maximum(count, 1), np.nan)
    return found


def _moves(track: Track, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    moved: np.ndarray = track.at(end) - track.at(begin)
    return moved


def _complete(track: Track) -> np.ndarray:
    """Return every month from the first to the last, NaN where none was published."""
    months = np.arange(track.months[0], track.months[-1] + 1)
    return track.at(months)


def _statsmodels() -> Any:
    """Return what is used of statsmodels; a sentence says what to install where it is not there."""
    try:
        from statsmodels.tsa import api
    except ImportError:
        raise SettingError(
            "no_statsmodels",
            'SARIMAX 与动态因子模型需要 statsmodels：请运行 pip install "statsmodels>=0.14.1"。',
            "SARIMAX and the dynamic factor model need statsmodels: run pip install "
            '"statsmodels>=0.14.1".',
        ) from None
    return api
