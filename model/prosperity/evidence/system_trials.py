"""A system under other constants: its documented variants, and grids of its parameters.

Each trial is a whole run; what was tried counts in the evidence on the system as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

import pandas as pd

from prosperity.errors import ProsperityError, SettingError, nearest
from prosperity.evidence.of_systems import SystemEvidence, system_evidence
from prosperity.panel import Panel
from prosperity.progress import Progress
from prosperity.settings import Settings
from prosperity.systems.reading import with_changes
from prosperity.systems.result import SystemResult
from prosperity.systems.run import evaluate_system
from prosperity.systems.spec import System

#: Settings that change a system's run; the others are the industries' own.
SETTINGS = ("cost_bps", "delay_days", "risk_free", "start", "end")
#: Statistics of a trial, beside its order and its test.
SHOWN = ("strategy_return", "annualised_return", "annualised_benchmark", "sharpe", "max_drawdown")
#: Trials of a grid, and values of a range.
MOST_TRIALS = 5_000


@dataclass(frozen=True)
class SystemAxis:
    """What a grid varies: a parameter of the system or a setting, and its values as texts."""

    name: str
    values: tuple[str, ...]
    is_setting: bool


def system_axis(text: str, system: System) -> SystemAxis:
    """Read ``top=3,6,9``, ``parameter.window=60:120:12`` or ``cost_bps=0,10``.

    Raises
    ------
    SettingError
        ``bad_grid`` when the form or the name is wrong; values are checked by the first run.
    """
    name, equals, listed = (part.strip() for part in text.partition("="))
    name = name.removeprefix("parameter.")
    parts = [part.strip() for part in listed.split(",")]
    if not equals or not name or "" in parts:
        raise SettingError(
            "system_grid",
            f"“{text[:60]}”应写成 名称=值1,值2 或 名称=起:止:步长，例如 top=3,6,9。",
            f"{text[:60]!r} must look like NAME=V1,V2 or NAME=FIRST:LAST:STEP, such as top=3,6,9.",
        )
    known = [*system.values, *SETTINGS]
    if name not in known:
        hint = ", ".join(nearest(name, known)) or ", ".join(known)
        raise SettingError(
            "unknown_grid_parameter",
            f"{system.id} 没有参数“{name[:40]}”；可用：{hint}。",
            f"{system.id} has no parameter {name[:40]!r}; there are: {hint}.",
        )
    values = tuple(dict.fromkeys(v for part in parts for v in _range(part)))
    return SystemAxis(name, values, name not in system.values)


def _range(text: str) -> Iterator[str]:
    ends = text.split(":")
    if len(ends) != 3:
        yield text
        return
    try:
        first, last, step = (float(part) for part in ends)
        count = math.floor((last - first) / step * (1 + 1e-9)) + 1
    except (ValueError, ZeroDivisionError, OverflowError):
        count = 0
    if not 1 <= count <= MOST_TRIALS:
        raise SettingError(
            "system_grid_range",
            f"“{text[:40]}”不是可用的范围，应为 起:止:步长。",
            f"{text[:40]!r} is no usable range; it is FIRST:LAST:STEP.",
        )
    yield from (f"{first + n * step:.12g}" for n in range(count))


def grid_size(axes: Sequence[SystemAxis]) -> int:
    """Return how many trials a grid has.

    Raises
    ------
    SettingError
        ``bad_grid`` above :data:`MOST_TRIALS`, or where a name stands twice.
    """
    size = math.prod(len(axis.values) for axis in axes)
    names = [axis.name for axis in axes]
    if len(set(names)) < len(names) or size > MOST_TRIALS:
        raise SettingError(
            "system_grid_size",
            f"网格有 {size} 个方案（最多 {MOST_TRIALS}），每个名称只能出现一次。",
            f"The grid has {size} trials ({MOST_TRIALS} at most), and a name may stand once only.",
        )
    return size


def grid_table(
    panel: Panel,
    system: System,
    settings: Settings,
    axes: Sequence[SystemAxis],
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run a system under every combination of a grid.

    Returns
    -------
    DataFrame
        A row a trial, the last axis fastest: the values (texts), :data:`SHOWN`, ``ic``,
        ``p_value``, ``deflated`` (of all trials together), ``periods``, ``error``. A trial that
        the system refuses has its reason, in English, and no figures.

    Raises
    ------
    ProsperityError
        Why the first trial fails, when all of them do.
    """
    size = grid_size(axes)
    rows, failed = [], []
    for number, values in enumerate(product(*(axis.values for axis in axes)), 1):
        if progress:
            progress(system.id, number, size)
        named = dict(zip((axis.name for axis in axes), values, strict=True))
        try:
            rows.append({**named, **_trial(panel, system, settings, axes, values, size)})
        except ProsperityError as error:
            failed.append(error)
            rows.append({**named, "error": error.en})
    if len(failed) == size:
        raise failed[0]
    frame = pd.DataFrame(rows)
    if "error" not in frame:
        frame["error"] = ""
    return frame.assign(error=frame["error"].fillna(""))


def _trial(
    panel: Panel,
    system: System,
    settings: Settings,
    axes: Sequence[SystemAxis],
    values: Sequence[str],
    tried: int,
) -> dict[str, float | str]:
    changes = [f"parameter.{a.name} = {v}" for a, v in zip(axes, values, strict=True)
               if not a.is_setting]  # fmt: skip
    set_to = {a.name: _setting(a.name, v) for a, v in zip(axes, values, strict=True)
              if a.is_setting}  # fmt: skip
    changed = with_changes(system, "; ".join(changes)) if changes else system
    result = evaluate_system(panel, changed, replace(settings, **set_to))  # type: ignore[arg-type]
    return figures_of(result, evidence_on(result, tried - 1))


def _setting(name: str, text: str) -> float | int | str:
    kind = next(str(f.type) for f in fields(Settings) if f.name == name)
    try:
        if kind.startswith("int"):
            return int(text)
        return float(text) if kind.startswith("float") else text
    except ValueError:
        raise SettingError(
            "system_grid_value",
            f"设定 {name} 的值“{text[:40]}”无法读取。",
            f"The value {text[:40]!r} of the setting {name} cannot be read.",
        ) from None


def figures_of(result: SystemResult, found: SystemEvidence | None) -> dict[str, float | str]:
    """Return the figures of a trial; NaN where there is none."""
    statistics = {} if result.backtest is None else result.backtest.statistics
    return {
        **{key: float(statistics.get(key, math.nan)) for key in SHOWN},
        "ic": math.nan if result.ranking is None else float(result.ranking.mean),
        "p_value": math.nan if found is None else found.p_value,
        "deflated": math.nan if found is None else found.deflated,
        "periods": math.nan if found is None else float(found.periods),
        "error": "",
    }


def evidence_on(result: SystemResult, variants: int = 0) -> SystemEvidence | None:
    """Return the evidence on a result with as many variants looked at; None without a portfolio."""
    if result.portfolio is None:
        return None
    return system_evidence(result, result.portfolio.prices, variants=variants)


@dataclass(frozen=True)
class SystemExamined:
    """The evidence on one system, and what its documented variants would have been.

    Attributes
    ----------
    evidence : SystemEvidence
        With its own candidates and all variants counted.
    variants : DataFrame
        Variant by the figures of :func:`figures_of`; the first row is the system as it stands.
    """

    evidence: SystemEvidence
    variants: pd.DataFrame


def examine_system(
    panel: Panel, result: SystemResult, settings: Settings, progress: Progress | None = None
) -> SystemExamined | None:
    """Examine a system beside its documented variants; None without a portfolio."""
    system = result.definition
    if not isinstance(system, System) or result.portfolio is None:
        return None
    rows: dict[str, Mapping[str, float | str]] = {}
    tried = 0
    for number, variant in enumerate(system.variants, 1):
        if progress:
            progress(f"{system.id}: {variant.id}", number, len(system.variants))
        try:
            own = evaluate_system(panel, with_changes(system, variant.changes), settings)
        except ProsperityError as error:
            # A variant that asks for a sheet that is not there cannot be looked at.
            rows[variant.id] = {"error": error.en}
            continue
        tried += own.tried
        rows[variant.id] = figures_of(own, evidence_on(own))
    found = evidence_on(result, tried)
    assert found is not None
    frame = pd.DataFrame({"": figures_of(result, found), **rows}).T
    return SystemExamined(found, frame)
