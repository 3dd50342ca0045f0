"""A sweep on a cluster of two workers on this machine, one of which is killed midway."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prosperity.catalog import find
from prosperity.simulation import simulate
from prosperity_excel.template.template import write_template

pytest.importorskip("distributed", reason="the cluster extra (distributed) is not installed")
pytest.importorskip("pyarrow", reason="the sweep extra (pyarrow) is not installed")

GRID = ("denoise_months=1:6:1", "window=60,90,120", "min_obs=24,36", "lookback=1,2")
PATIENCE = 120


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cluster") / "autos.xlsx"
    write_template([find("autos")], path, panel=simulate([find("autos")], last="2015-12"))
    return path


def command(book: Path, out: Path, *more: str) -> list[str]:
    grid = [text for axis in GRID for text in ("--grid", axis)]
    code = "from prosperity_excel.cli import main; main()"
    chunk = ("--chunk", "3")
    return [sys.executable, "-c", code, "sweep", str(book), *grid, "--out", str(out), *chunk, *more]


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(what: str, happened: object) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def test_a_worker_that_dies_changes_nothing(book: Path, tmp_path: Path) -> None:
    whole, lost = tmp_path / "whole.parquet", tmp_path / "lost.parquet"
    subprocess.run(command(book, whole, "--jobs", "1"), check=True, timeout=PATIENCE)
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    host = ("--host", "127.0.0.1")
    worker = ("dask_worker", address, *host, "--no-nanny", "--nthreads", "1", "--no-dashboard")
    with (
        started("dask_scheduler", *host, "--port", str(port), "--no-dashboard"),
        started(*worker) as victim,
        started(*worker) as survivor,
    ):
        from distributed import Client

        with Client(address, timeout="60s") as client:
            wait_for("two workers", lambda: len(client.scheduler_info()["workers"]) == 2)
        sweep = subprocess.Popen(command(book, lost, "--cluster", address), stderr=subprocess.PIPE)
        parts = tmp_path / "lost.parquet.parts"
        wait_for("the first chunks", lambda: len(list(parts.glob("part-*.parquet"))) >= 2)
        victim.kill()
        victim.wait()
        assert sweep.poll() is None, "the sweep ended before a worker could be killed"
        _, errors = sweep.communicate(timeout=PATIENCE)
        assert sweep.returncode == 0, errors.decode()
        assert survivor.poll() is None
    assert lost.read_bytes() == whole.read_bytes()
    assert not parts.exists()


def test_a_cluster_that_is_not_there_is_said(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "none.parquet"
    address = f"tcp://127.0.0.1:{free_port()}"
    done = subprocess.run(
        command(book, out, "--cluster", address), capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 1
    assert b"no_cluster" in done.stderr
    assert not out.exists()
