"""Results as pandas frames, as HTML for a notebook, and as a picture."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from prosperity.errors import SettingError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Months that a notebook shows of a result.
SHOWN_MONTHS = 12
#: Colours: months held, the composite, and the net values by name.
_HOLD, _COMPOSITE = "#f3d9b1", "#1f4e79"
_LINES = {"strategy": "#b0342c", "index": "#7f7f7f", "benchmark": "#bdbdbd"}


def as_html(title: str, frame: pd.DataFrame, notes: tuple[str, ...] = ()) -> str:
    """Return a frame under its title, and what must be known of it, as HTML.

    Parameters
    ----------
    title, notes
        Plain texts.
    frame
        Shown whole.
    """
    lines = "".join(f"<li>{escape(note)}</li>" for note in notes)
    listed = f"<ul>{lines}</ul>" if lines else ""
    return (
        f"<h4>{escape(title)}</h4>{frame.to_html(na_rep='', float_format='{:.4g}'.format)}{listed}"
    )


def draw(
    title: str,
    composite: pd.Series[float],
    signal: pd.Series[float],
    nav: pd.DataFrame | None,
) -> Figure:
    """Return a picture: the composite with its hold months shaded, and below it the net values.

    Parameters
    ----------
    title
        Of the picture.
    composite, signal
        By month end; months in which the signal is 1 are shaded, a missing composite is a gap.
    nav
        Net values by day with the columns ``strategy``, ``index`` and ``benchmark``, on a scale of
        logarithms; None leaves them out.

    Raises
    ------
    SettingError
        ``no_matplotlib`` where matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SettingError(
            "no_matplotlib",
            "画图需要 matplotlib，本机的 Python 中没有；请安装它。",
            "A picture needs matplotlib, which this Python does not have; install it.",
        ) from error
    figure = Figure(figsize=(9, 3.2 if nav is None else 6), layout="constrained")
    count = 1 if nav is None else 2
    axes = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for month in signal.index[(signal == 1).to_numpy()]:
        axes[0].axvspan(month, month + pd.offsets.MonthEnd(1), color=_HOLD, linewidth=0)
    axes[0].plot(composite.index, composite.to_numpy(), color=_COMPOSITE)
    axes[0].axhline(0, color="black", linewidth=0.6)
    axes[0].set_title(title)
    axes[0].set_ylabel("composite")
    if nav is not None:
        for name, color in _LINES.items():
            axes[1].plot(nav.index, nav[name].to_numpy(), color=color, label=name)
        axes[1].set_yscale("log")
        axes[1].set_ylabel("net value")
        axes[1].legend(frameon=False)
    return figure
