"""A sweep on disk: chunks computed by processes or a cluster, kept as they come, then joined."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
from prosperity.errors import BookError, SettingError
from prosperity.evidence.replay import Replay
from prosperity.evidence.sweep import Job, chunk_table, replay_of
from prosperity.progress import Progress

from prosperity_excel.files.holding import held
from prosperity_excel.files.replacing import replacing
from prosperity_excel.runs.outputs import exists, refuse_missing

_LABEL, _PART = "job.json", re.compile(r"part-\d{6,}\.parquet")
#: The replay of the last job in this process: a worker goes on from what it has computed.
_LAST: dict[str, Replay] = {}
NEEDED = {"sweep": ("joblib", "pyarrow"), "cluster": ("joblib", "pyarrow", "distributed")}


def run_sweep(
    job: Job,
    out: Path,
    *,
    jobs: int = -1,
    cluster: str = "",
    force: bool = False,
    progress: Progress | None = None,
) -> int:
    """Compute what is not there yet, and write the results as one parquet file.

    Parameters
    ----------
    job
        What to compute.
    out
        The file. While the sweep runs, chunks lie in the folder ``OUT.parts`` beside it; a sweep
        that was interrupted goes on from there, and its result is that of one that ran through.
    jobs
        Local processes; -1 is one a core.
    cluster
        Address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``; empty for local processes.
    force
        Replace a file, or parts of another sweep, that are there already.
    progress
        Called after each chunk.

    Returns
    -------
    int
        Chunks that were computed now.

    Raises
    ------
    SettingError
        When packages are missing, the file exists, or the parts are those of another sweep.
    BookError
        When the cluster cannot be reached; ``held`` when another sweep writes the file.
    """
    check_packages(cluster)
    if out.exists() and not force:
        raise exists([out])
    out.parent.mkdir(parents=True, exist_ok=True)
    with held(out, ("扫描", "sweep")):
        return _compute(job, out, jobs, cluster, force, progress)


def _compute(
    job: Job, out: Path, jobs: int, cluster: str, force: bool, progress: Progress | None
) -> int:
    """Do the work of :func:`run_sweep`, alone with the file."""
    parts = out.with_name(f"{out.name}.parts")
    _open_parts(parts, job, force)
    wanted = [n for n in range(job.chunks) if not _part(parts, n).exists()]
    done = job.chunks - len(wanted)
    if progress and done:
        progress("sweep", done, job.chunks)
    with _computed(job, wanted, jobs, cluster) as tables:
        for number, table in tables:
            with replacing(_part(parts, number)) as temporary:
                table.to_parquet(temporary, index=False)
            done += 1
            if progress:
                progress("sweep", done, job.chunks)
    _join(parts, job, out)
    _remove_parts(parts)
    return len(wanted)


def compute_chunk(job: Job, number: int) -> tuple[int, pd.DataFrame]:
    """Compute one chunk in this process, keeping its replay for the next one."""
    if job.fingerprint not in _LAST:
        _LAST.clear()
        _LAST[job.fingerprint] = replay_of(job)
    return number, chunk_table(job, number, _LAST[job.fingerprint])


@contextmanager
def _computed(
    job: Job, wanted: Sequence[int], jobs: int, cluster: str
) -> Iterator[Iterator[tuple[int, pd.DataFrame]]]:
    """Give the chunks' tables as they are ready, in any order."""
    import joblib

    with _backend(cluster):
        parallel = joblib.Parallel(
            n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs"
        )
        yield parallel(joblib.delayed(compute_chunk)(job, number) for number in wanted)


@contextmanager
def _backend(cluster: str) -> Iterator[None]:
    """Have joblib use a Dask cluster, or local processes."""
    import joblib

    if not cluster:
        with joblib.parallel_config(backend="loky"):
            yield
        return
    from distributed import Client

    try:
        client = Client(cluster, timeout="20s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise BookError(
            "no_cluster",
            f"连不上集群 {cluster}（{error}）。请检查地址，以及调度器是否在运行。",
            f"The cluster {cluster} cannot be reached ({error}). Check the address, and that the "
            "scheduler runs.",
        ) from error
    with client, joblib.parallel_config(backend="dask"):
        yield


def check_packages(cluster: str) -> None:
    """Check that what computes a sweep, here or on a cluster, is installed.

    Raises
    ------
    SettingError
        ``missing_package``.
    """
    extra = "cluster" if cluster else "sweep"
    refuse_missing(NEEDED[extra], extra)


def _open_parts(parts: Path, job: Job, force: bool) -> None:
    """Make the folder of parts, or go on with one of the same job."""
    label = parts / _LABEL
    if parts.exists():
        if label.exists():
            known = json.loads(label.read_text("utf-8")).get("fingerprint")
            if known == job.fingerprint:
                return
        if not force:
            raise SettingError(
                "other_sweep",
                f"{parts} 是另一次扫描的中间结果（数据、设定、网格或版本不同）。换一个文件名，"
                "或加 --force 重新开始。",
                f"{parts} holds parts of another sweep (other data, settings, grid or version). "
                "Choose another name, or add --force to start anew.",
            )
        _remove_parts(parts)
    parts.mkdir(parents=True, exist_ok=True)
    with replacing(label) as temporary:
        temporary.write_text(json.dumps(_about(job), ensure_ascii=False, indent=1), "utf-8")


def _remove_parts(parts: Path) -> None:
    """Remove the parts and their folder, but nothing that somebody else has put there."""
    for file in parts.iterdir():
        if file.name == _LABEL or _PART.fullmatch(file.name):
            file.unlink()
    with suppress(OSError):
        parts.rmdir()


def _about(job: Job) -> dict[str, Any]:
    return {
        "fingerprint": job.fingerprint,
        "industry": job.industry.id,
        "sees_future": job.settings.sees_future,
        "simulated": job.panel.simulated,
        "settings": job.settings.as_dict(),
        "grid": {axis.name: list(axis.values) for axis in job.grid.axes},
        "trials": job.grid.size,
    }


def _part(parts: Path, number: int) -> Path:
    return parts / f"part-{number:06d}.parquet"


def _join(parts: Path, job: Job, out: Path) -> None:
    """Write the parts one after the other into one file: a row group each, in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = json.dumps(_about(job), ensure_ascii=False, sort_keys=True)
    schema = pq.read_schema(_part(parts, 0)).append(pa.field("simulated", pa.bool_()))
    schema = schema.with_metadata({**(schema.metadata or {}), b"prosperity": about.encode()})
    with replacing(out) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for number in range(job.chunks):
            part = pq.read_table(_part(parts, number))
            mark = pa.repeat(pa.scalar(job.panel.simulated), part.num_rows)
            writer.write_table(part.append_column("simulated", mark).cast(schema))
