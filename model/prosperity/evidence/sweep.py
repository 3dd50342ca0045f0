"""Grids of any size: a job that can be cut into chunks, each computed anywhere, in any order.

A chunk's table depends on the job and its number alone, so chunks that were computed before an
interruption, in another process or on another machine are as good as any.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from prosperity import __version__
from prosperity.catalog import closure
from prosperity.definition import Industry
from prosperity.engine import columns_of, price_column, price_names
from prosperity.errors import DefinitionError, SettingError, nearest
from prosperity.evidence.replay import Replay
from prosperity.evidence.trials import Grid, Trial
from prosperity.panel import Panel
from prosperity.performance import STATISTICS
from prosperity.records import records
from prosperity.settings import Settings

CHUNK = 1000
#: Columns of a chunk's table beside those of the axes and the statistics.
TRIAL, ERROR = "trial", "error"


@dataclass(frozen=True)
class Job:
    """Everything that a chunk needs, and nothing else.

    Attributes
    ----------
    panel : Panel
        Only the series and prices that the model reads.
    industry, settings, known, grid
        What is varied, and how.
    chunk : int
        Trials in a chunk.
    fingerprint : str
        Changes with anything that could change a result, the program's version included.
    """

    panel: Panel
    industry: Industry
    settings: Settings
    known: Mapping[str, Industry]
    grid: Grid
    chunk: int = CHUNK
    fingerprint: str = field(default="", compare=False)

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-self.grid.size // self.chunk)


def job(
    panel: Panel,
    industry: Industry,
    settings: Settings,
    known: Mapping[str, Industry],
    grid: Grid,
    *,
    chunk: int = CHUNK,
) -> Job:
    """Return the job of a sweep.

    Raises
    ------
    SettingError
        When the grid is empty of axes, or the chunk not positive; ``unknown_in_grid`` when an
        axis names an indicator or a dimension that the model does not have.
    DataError
        Without prices of index and benchmark.
    """
    if not grid.axes or chunk < 1:
        raise SettingError(
            "empty_grid",
            "网格为空，或每块的方案数不是正数。请至少给一个 --grid。",
            "The grid has no axis, or the chunk is not positive. Give at least one --grid.",
        )
    for axis in grid.axes:
        _refuse_unknown(axis.name, industry)
    models = {m.id: m for m in closure([industry], known)}
    slim = slimmed(panel, industry, models)
    made = Job(slim, industry, settings, models, grid, chunk)
    Replay(slim, industry, settings, models).course()
    return replace(made, fingerprint=_fingerprint(made))


def _refuse_unknown(name: str, industry: Industry) -> None:
    """Refuse an axis over what the model does not have: each of its trials would be impossible."""
    kind, _, rest = name.partition(".")
    there = {
        "indicator": [one.id for one in industry.indicators],
        "dimension": [one.id for one in industry.dimensions],
    }
    id, known = rest.rpartition(".")[0], there.get(kind, [])
    if kind in there and id not in known:
        hint = nearest(id, known) or known
        raise SettingError(
            "unknown_in_grid",
            f"{industry.name_zh}没有 {kind} “{id}”（--grid {name}）；有：{'、'.join(hint)}。",
            f"{industry.name_en} has no {kind} {id!r} (--grid {name}); it has {', '.join(hint)}.",
        )


def slimmed(panel: Panel, industry: Industry, models: Mapping[str, Industry]) -> Panel:
    """Return the panel with only what a model reads, and the same months and trading days."""
    begins = {id: s.frame.index[0] for id, s in panel.series.items() if not s.frame.empty}
    first = [min(begins, key=lambda id: begins[id])] if begins else []
    wanted = dict.fromkeys([*columns_of(industry, models), *first])
    prices = panel.prices.dropna(how="all")
    names = {price_column(panel, found) for found in price_names(industry)} - {None}
    # Days on which only others have a price are trading days all the same.
    kept = prices[sorted(str(name) for name in names)].assign(trading_day=1.0)
    series = {id: panel.series[id] for id in wanted if id in panel.series}
    return replace(panel, series=series, prices=kept, tables={})


def chunk_table(job: Job, number: int, replay: Replay | None = None) -> pd.DataFrame:
    """Return the results of one chunk.

    Parameters
    ----------
    job, number
        The job, and the chunk's number from 0.
    replay
        A replay of the same job, to go on from what it has computed; None makes one.

    Returns
    -------
    DataFrame
        A row a trial: ``trial`` (its number), the axes, the statistics, and ``error``: the code
        of what makes the trial impossible (an anchor without weight, say), with NaN statistics;
        else empty.
    """
    replay = replay or replay_of(job)
    numbers = range(number * job.chunk, min((number + 1) * job.chunk, job.grid.size))
    trials = [job.grid.trial(n) for n in numbers]
    errors = [_impossible(replay, trial) for trial in trials]
    fits = [n for n, error in enumerate(errors) if not error]
    outcome = replay.run([trials[n] for n in fits]).statistics
    statistics = outcome.set_axis(fits).reindex(range(len(trials)))
    values = [job.grid.values(n) for n in numbers]
    columns: dict[str, np.ndarray] = {TRIAL: np.array(numbers, dtype=np.int64)}
    for place, axis in enumerate(job.grid.axes):
        columns[axis.name] = np.array([v[place] for v in values], dtype=_DTYPES[axis.kind])
    columns |= {key: statistics[key].to_numpy(float) for key in STATISTICS}
    columns[ERROR] = np.array(errors, dtype=object)
    return pd.DataFrame(columns)


def replay_of(job: Job) -> Replay:
    """Return a replay of a job."""
    return Replay(job.panel, job.industry, job.settings, job.known)


_DTYPES = {"int64": "int64", "float64": "float64", "string": "object"}


def _impossible(replay: Replay, trial: Trial) -> str:
    try:
        replay.definition(trial)
        replay.settings_of(trial)
    except (DefinitionError, SettingError) as error:
        return error.code
    return ""


def _fingerprint(job: Job) -> str:
    """Return a digest of the job's content."""
    digest = hashlib.sha256()
    plain = {
        "version": __version__,
        "settings": job.settings.as_dict(),
        "industry": records(job.industry),
        "known": {id: records(model) for id, model in sorted(job.known.items())},
        "grid": [[axis.name, list(axis.values)] for axis in job.grid.axes],
        "chunk": job.chunk,
    }
    digest.update(json.dumps(plain, sort_keys=True, default=str).encode())
    for id, observed in sorted(job.panel.series.items()):
        digest.update(f"{id} {observed.unit} {observed.breaks}".encode())
        digest.update(pd.util.hash_pandas_object(observed.frame).to_numpy().tobytes())
    digest.update(" ".join(map(str, job.panel.prices.columns)).encode())
    digest.update(pd.util.hash_pandas_object(job.panel.prices).to_numpy().tobytes())
    return digest.hexdigest()
