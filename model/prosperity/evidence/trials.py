"""A trial: what is changed against a run's settings and definition; and grids of trials.

Settings are grouped by the first step of the pipeline that they change, so that a replay can
begin there, and a grid varies the last steps fastest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from prosperity.errors import SettingError, nearest
from prosperity.settings import Settings

Stage = Literal["align", "compose", "decide", "hold", "none"]
Value = str | int | float | None

#: The first step that each setting changes. ``fit`` changes the second as well, ``lookback`` only
#: the earlier scores that the second compares with.
STAGES: dict[str, Stage] = {
    "timing": "align",
    "fit": "align",
    "denoise": "align",
    "denoise_months": "align",
    "hp_lambda": "align",
    "sum_holes": "align",
    "window": "align",
    "min_obs": "align",
    "clip": "align",
    "max_carry": "align",
    "extra_lag_months": "align",
    "lookback": "compose",
    "component_min_obs": "compose",
    "min_weight": "compose",
    "dead_band": "decide",
    "confirm": "decide",
    "cost_bps": "hold",
    "delay_days": "hold",
    "risk_free": "hold",
    "start": "hold",
    "end": "hold",
    # These change no signal and no backtest of a single model, or are the run's own.
    "component_warn_share": "none",
    "grade_band": "none",
    "cap": "none",
    "as_of": "none",
}
ORDER: tuple[Stage, ...] = ("align", "compose", "decide", "hold")
#: Fields of a definition that can be varied. Units, lags and frequencies are facts about a series,
#: and trading on other dates makes another strategy.
FIELDS: dict[str, tuple[str, ...]] = {
    "": ("method", "rule", "anchor", "hold"),
    "dimension": ("method", "weight", "anchor"),
    "indicator": ("weight", "sign", "transform", "denoise", "standardise", "start"),
}
#: Values of a range such as 0:0.1:0.02.
MOST_VALUES = 10_000


@dataclass(frozen=True)
class Trial:
    """Changes against a base.

    Attributes
    ----------
    settings : tuple of (str, value)
        Settings by name.
    changes : tuple of str
        Changes to the definition, each as :func:`prosperity.records.with_changes` reads it.
    """

    settings: tuple[tuple[str, Value], ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Axis:
    """What is varied: a setting, or a field of the definition (with a dot, or ``rule``...)."""

    name: str
    values: tuple[Value, ...]

    @property
    def is_setting(self) -> bool:
        """Whether it is a setting rather than a field of the definition."""
        return self.name in STAGES

    @property
    def kind(self) -> str:
        """Type of its column in a table: ``int64``, ``float64`` or ``string``."""
        if all(isinstance(v, int) for v in self.values):
            return "int64"
        numbers = all(v is None or isinstance(v, int | float) for v in self.values)
        return "float64" if numbers else "string"

    @property
    def stage(self) -> int:
        """Number of the first step that it changes."""
        return ORDER.index(STAGES[self.name]) if self.is_setting else 0


def axis(text: str) -> Axis:
    """Read ``dead_band=0,0.05``, ``dead_band=0:0.1:0.02`` or ``indicator.pmi.weight=0,1``.

    Raises
    ------
    SettingError
        When the form, the name or a value is wrong.
    """
    name, equals, listed = (part.strip() for part in text.partition("="))
    parts = [part.strip() for part in listed.split(",")]
    if not equals or not name or "" in (parts if name != "window" else ["x"]):
        raise SettingError(
            "bad_grid",
            f"“{text}”应写成 名称=值1,值2 或 名称=起:止:步长，例如 dead_band=0:0.1:0.02。",
            f"{text!r} must look like NAME=V1,V2 or NAME=FIRST:LAST:STEP, such as "
            "dead_band=0:0.1:0.02.",
        )
    if STAGES.get(name) == "none" or (name not in STAGES and not _is_field(name)):
        known = [key for key, stage in STAGES.items() if stage != "none"]
        hint = ", ".join(nearest(name, known)) or ", ".join(known)
        raise SettingError(
            "unknown_axis",
            f"“{name}”不能放进网格。可用的设定：{hint}；或定义的字段，如 indicator.pmi.weight。",
            f"{name!r} cannot be varied. Settings: {hint}; or a field of the definition such as "
            "indicator.pmi.weight.",
        )
    values = [value for part in parts for value in _values(name, part)]
    found = Axis(name, tuple(dict.fromkeys(values)))
    for value in found.values if found.is_setting else ():
        Settings(**{name: value})  # type: ignore[arg-type]
    return found


def _is_field(name: str) -> bool:
    table, _, rest = name.rpartition(".")[0].partition(".")
    return name.rpartition(".")[2] in FIELDS.get(table, ()) and bool(rest) == bool(table)


def _values(name: str, text: str) -> Iterator[Value]:
    ends = text.split(":")
    if len(ends) != 3 or not STAGES.get(name, "."):
        yield _value(name, text)
        return
    try:
        first, last, step = (float(part) for part in ends)
        count = math.floor((last - first) / step * (1 + 1e-9)) + 1
    except (ValueError, ZeroDivisionError):
        count = 0
    if not 0 < count <= MOST_VALUES:
        raise SettingError(
            "grid_range",
            f"{name} 的范围“{text}”应写成 起:止:步长，且不超过 {MOST_VALUES} 个值。",
            f"The range {text!r} of {name} must be FIRST:LAST:STEP with at most {MOST_VALUES} "
            "values.",
        )
    for n in range(count):
        yield _value(name, f"{first + n * step:.12g}")


def _value(name: str, text: str) -> Value:
    kind = {f.name: str(f.type) for f in fields(Settings)}.get(name, "")
    if kind == "":
        return text
    if "date" in kind:
        raise SettingError(
            "has_its_option",
            f"{name} 不能放进网格，请用同名选项。",
            f"{name} cannot be varied; use the option of that name.",
        )
    try:
        if "int" in kind:
            return None if text == "" and "None" in kind else int(text)
        return float(text) if kind == "float" else text
    except ValueError:
        raise SettingError(
            "grid_value",
            f"{name} 的值“{text}”无法读取。",
            f"The value {text!r} of {name} cannot be read.",
        ) from None


@dataclass(frozen=True)
class Grid:
    """All combinations of some axes, numbered from 0; made one by one, never all at once.

    The axes stand in the order of the steps that they change, so that neighbours share work.
    """

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, axes: Iterable[Axis]) -> Grid:
        """Return the grid of axes in any order.

        Raises
        ------
        SettingError
            When an axis is named twice.
        """
        given = list(axes)
        names = [a.name for a in given]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice:
            raise SettingError(
                "axis_twice",
                f"网格中 {twice} 出现了两次，请合并。",
                f"{twice} stands in the grid twice; put its values together.",
            )
        return cls(tuple(sorted(given, key=lambda a: a.stage)))

    @property
    def size(self) -> int:
        """Number of trials."""
        return math.prod(len(a.values) for a in self.axes)

    def values(self, number: int) -> tuple[Value, ...]:
        """Return the values of trial ``number``, in the order of the axes."""
        found: list[Value] = []
        for axis in reversed(self.axes):
            number, place = divmod(number, len(axis.values))
            found.append(axis.values[place])
        return tuple(reversed(found))

    def trial(self, number: int) -> Trial:
        """Return trial ``number``."""
        return trial_of(self.axes, self.values(number))


def trial_of(axes: Sequence[Axis], values: Sequence[Value]) -> Trial:
    """Return the trial with these values on these axes."""
    pairs = list(zip(axes, values, strict=True))
    return Trial(
        settings=tuple((a.name, v) for a, v in pairs if a.is_setting),
        changes=tuple(f"{a.name} = {v}" for a, v in pairs if not a.is_setting),
    )
