"""The next decision as a function of the prints that come before it.

The model is computed once on the months that are decided and the next one, with every print that
counts at its nowcast. What a print changes is then replayed from the step that it changes: its
member's last score, the model's last composite, the signal; for thousands of values together.

No look-ahead: earlier decisions rest on what was public on them, which no coming print changes.
That holds under timing ``released`` and expanding fits, and nothing else is taken here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from prosperity.catalog import closure
from prosperity.coming.last_row import LastRow
from prosperity.definition import Industry
from prosperity.errors import SettingError
from prosperity.nowcast.nowcasts import Nowcast
from prosperity.panel import Panel
from prosperity.pipeline import Core, Timeline, compose, decide, entries_of
from prosperity.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What N scenarios give for the next decision; arrays of length N.

    Attributes
    ----------
    signal : ndarray
        1, 0 or NaN.
    composite, change : ndarray
        In standard deviations.
    """

    signal: np.ndarray
    composite: np.ndarray
    change: np.ndarray


def refuse_lookahead(settings: Settings) -> None:
    """Refuse settings under which a coming print changes decisions of the past.

    Raises
    ------
    SettingError
        ``looks_ahead``.
    """
    if settings.timing != "released" or settings.fit != "expanding":
        raise SettingError(
            "looks_ahead",
            f"翻转值只在 timing=released、fit=expanding 下计算（现为 timing={settings.timing}，"
            f"fit={settings.fit}）：其他设定下，新数据会改动过去的信号，或本身就是预测。",
            "What would change a signal is computed under timing=released and fit=expanding only "
            f"(now timing={settings.timing}, fit={settings.fit}): otherwise a new value changes "
            "past signals too, or is an estimate already.",
        )


def with_prints(
    panel: Panel, coming: Mapping[str, tuple[tuple[Nowcast, pd.Timestamp], ...]]
) -> Panel:
    """Return a panel with nowcasts in place of the prints to come.

    Parameters
    ----------
    panel
        What is known.
    coming
        By indicator id, the nowcasts of the months to come, ascending, and from when each is
        public.
    """
    series = dict(panel.series)
    for id, ones in coming.items():
        observed = series[id]
        made = pd.DataFrame(
            {
                "value": [one.value for one, _ in ones],
                "release": pd.DatetimeIndex([day for _, day in ones]).as_unit("ns"),
                "explicit": False,
            },
            index=pd.DatetimeIndex([one.period for one, _ in ones]).as_unit("ns"),
        )
        series[id] = replace(observed, frame=pd.concat([observed.frame, made]))
    return replace(panel, series=series)


class Scenarios:
    """A model at its next decision.

    Parameters
    ----------
    panel
        What is known, with the prints that count at their nowcasts; see :func:`with_prints`.
    industry, known
        The model, and where those that it uses are looked up.
    dates
        The decided months and the next one.
    settings
        Conventions; see :func:`refuse_lookahead`.

    Raises
    ------
    SettingError
        As :func:`refuse_lookahead`.
    """

    def __init__(
        self,
        panel: Panel,
        industry: Industry,
        known: Mapping[str, Industry],
        dates: Timeline,
        settings: Settings,
    ) -> None:
        refuse_lookahead(settings)
        self.industry = industry
        self.cores: dict[str, Core] = {}
        self._rows: dict[str, LastRow] = {}
        for model in closure([industry], known):
            entries = entries_of(model, model.members, panel, dates, self.cores, settings)
            composed = compose(model, [e.aligned for e in entries], dates.months, settings)
            self.cores[model.id] = decide(model, entries, composed, dates.months, settings)
            self._rows[model.id] = LastRow(model, entries, composed, panel, dates, settings)

    @property
    def core(self) -> Core:
        """The model with every print at its nowcast; the last row is the next decision."""
        return self.cores[self.industry.id]

    def outcomes(self, values: Mapping[str, np.ndarray]) -> Outcome:
        """Return what values of the newest prints give.

        Parameters
        ----------
        values
            By indicator id, (N,) values of its newest month; at least one. Columns that are not
            there stay at what the panel says.
        """
        count = len(next(iter(values.values())))
        moved: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for id, row in self._rows.items():
            if id == self.industry.id or row.touched(values, moved):
                composed = row.composed(values, moved, count)
                moved[id] = composed.whole.value, composed.whole.change
        signal = self._rows[self.industry.id].signals(composed)
        return Outcome(signal, composed.whole.value, composed.whole.change)
