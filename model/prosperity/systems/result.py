"""What a system says: scores, positions, and what they are made of; plain and immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from prosperity.backtest import Backtest
from prosperity.definition import Industry
from prosperity.notice import Notice
from prosperity.portfolio import Portfolio
from prosperity.systems.ranking import Ranking
from prosperity.systems.spec import System


@dataclass(frozen=True)
class Scores:
    """What a rule gives. All frames have the decision dates as their index.

    Attributes
    ----------
    scores : DataFrame
        By asset id; NaN where nothing can be said.
    parts : DataFrame
        Named parts, such as growth and liquidity, or signals of 0 and 1.
    contributions : mapping of str to DataFrame
        By asset id: what each input adds; rows sum to the asset's score.
    stages : mapping of str to DataFrame
        Intermediate tables, as they were known then.
    ties : DataFrame or None
        What decides between equal scores, by asset id, more is better; then the id does.
    weights : DataFrame or None
        Target weights by asset id, where they are not made of the scores; NaN throughout on dates
        that change nothing.
    texts : DataFrame
        What a reader is told of parts in words, by part, such as the event that was chosen, each
        cell a pair of Chinese and English; empty when there is nothing to say.
    notices : tuple of Notice
    tried : int
        Candidates that the rule compared to choose what it says; 1 where it chose nothing.
    """

    scores: pd.DataFrame
    parts: pd.DataFrame
    contributions: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    stages: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    ties: pd.DataFrame | None = None
    weights: pd.DataFrame | None = None
    texts: pd.DataFrame = field(default_factory=pd.DataFrame)
    notices: tuple[Notice, ...] = ()
    tried: int = 1


@dataclass(frozen=True)
class SystemResult:
    """One system's results. Frames have the decision dates as their index.

    Attributes
    ----------
    definition : System or Industry
        What was computed; an industry seen as a system keeps its own definition.
    decisions : DatetimeIndex
        Dates whose close decides, (T,).
    trades : Series of datetime64
        At whose close each decision is traded; NaT where it is not, or not yet.
    scores, parts, contributions, stages, texts
        As in :class:`Scores`.
    positions : DataFrame
        Target weights by asset id, and the rest in the last column; rows sum to 1. NaN throughout
        on dates on which nothing can be said: what was held before is kept.
    newest : DataFrame of datetime64
        The release date of the newest value that was known, by input.
    portfolio : Portfolio or None
        None where there are no prices.
    backtest : Backtest or None
        Its net values beside those of the benchmark, and as ``index`` those of all assets in
        equal parts, or of the one asset.
    turnover : Series
        Amount bought plus amount sold for each decision, as a share of the capital.
    ranking : Ranking or None
        How well scores order the assets; None with fewer than five.
    notices : tuple of Notice
    simulated : tuple of str
        Ids of what it reads that says that it is simulated.
    tried : int
        As in :class:`Scores`.
    """

    definition: System | Industry
    decisions: pd.DatetimeIndex
    trades: pd.Series[pd.Timestamp]
    scores: pd.DataFrame
    parts: pd.DataFrame
    positions: pd.DataFrame
    contributions: Mapping[str, pd.DataFrame]
    stages: Mapping[str, pd.DataFrame]
    newest: pd.DataFrame
    texts: pd.DataFrame
    portfolio: Portfolio | None = None
    backtest: Backtest | None = None
    turnover: pd.Series[float] = field(default_factory=lambda: pd.Series(dtype=float))
    ranking: Ranking | None = None
    notices: tuple[Notice, ...] = ()
    simulated: tuple[str, ...] = ()
    tried: int = 1

    @property
    def id(self) -> str:
        """The id of what was computed."""
        return self.definition.id

    @property
    def latest(self) -> pd.Timestamp | None:
        """The last decision on which something can be said; None when there is none."""
        known = self.positions.notna().any(axis=1) | self.scores.notna().any(axis=1)
        said = self.decisions[known.to_numpy()]
        return said[-1] if len(said) else None

    def on(self, day: pd.Timestamp) -> pd.Timestamp | None:
        """Return the last decision on or before a day; None before the first."""
        place = int(self.decisions.searchsorted(day, side="right")) - 1
        return self.decisions[place] if place >= 0 else None
