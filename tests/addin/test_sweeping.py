"""Sweeps from the shell: parquet, chunks, interruption and resumption."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prosperity.catalog import catalog, closure, find
from prosperity.errors import BookError
from prosperity.simulation import simulate
from prosperity_excel.cli import main
from prosperity_excel.files.holding import held
from prosperity_excel.template.template import write_template

pq = pytest.importorskip("pyarrow.parquet", reason="the sweep extra (pyarrow) is not installed")

GRID = ("denoise_months=1:6:1", "min_obs=24,36", "lookback=1,2", "cost_bps=0,10")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "autos.xlsx"
    panel = simulate([find("autos")], first="2001-01", last="2014-12")
    write_template([find("autos")], path, panel=panel)
    return path


def words(book: Path, out: Path, *more: object) -> list[str]:
    grid = [text for axis in GRID for text in ("--grid", axis)]
    return ["sweep", str(book), *grid, "--out", str(out), "--chunk", "4", *map(str, more)]


def run(book: Path, out: Path, *more: object) -> Result:
    return CliRunner().invoke(main, words(book, out, "--jobs", 1, *more))


@pytest.fixture(scope="module")
def whole(book: Path) -> Path:
    out = book.with_name("whole.parquet")
    done = run(book, out)
    assert done.exit_code == 0, done.output
    assert "12 / 12" in done.output
    return out


def test_the_file_holds_every_trial_and_says_what_it_is(whole: Path) -> None:
    table = pq.read_table(whole)
    assert table.num_rows == 48
    assert table["trial"].to_pylist() == list(range(48))
    assert set(table["denoise_months"].to_pylist()) == set(range(1, 7))
    assert table["sharpe"].null_count == 0
    about = json.loads(table.schema.metadata[b"prosperity"])
    assert about["industry"] == "autos"
    assert about["simulated"] is True
    assert about["sees_future"] is False
    assert about["grid"]["cost_bps"] == [0.0, 10.0]
    assert not whole.with_name("whole.parquet.parts").exists()


def test_processes_and_chunks_do_not_show(book: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "two.parquet"
    assert run(book, out, "--jobs", 2).exit_code == 0
    assert out.read_bytes() == whole.read_bytes()
    other = tmp_path / "chunks.parquet"
    assert run(book, other, "--chunk", 1000).exit_code == 0
    assert pq.read_table(other).equals(pq.read_table(whole))


def test_a_sweep_that_was_killed_goes_on(book: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed.parquet"
    parts = tmp_path / "killed.parquet.parts"
    code = "from prosperity_excel.cli import main; main()"
    arguments = words(book, out, "--jobs", "1", "--chunk", "4")
    with subprocess.Popen([sys.executable, "-c", code, *arguments]) as process:
        end = time.monotonic() + 60
        while len(list(parts.glob("part-*.parquet"))) < 3:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < end
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert not out.exists()
    kept = len(list(parts.glob("part-*.parquet")))
    assert 3 <= kept < 12
    done = run(book, out)
    assert done.exit_code == 0, done.output
    assert f"{12 - kept} / 12" in done.output
    assert out.read_bytes() == whole.read_bytes()


def test_parts_of_another_sweep_are_not_mixed_in(book: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "mixed.parquet"
    parts = tmp_path / "mixed.parquet.parts"
    parts.mkdir()
    (parts / "job.json").write_text('{"fingerprint": "other"}', "utf-8")
    (parts / "part-000000.parquet").write_bytes(b"not ours")
    done = run(book, out)
    assert done.exit_code == 1
    assert "[other_sweep]" in done.output
    assert run(book, out, "--force").exit_code == 0
    assert out.read_bytes() == whole.read_bytes()


def test_an_existing_file_stays(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "old.parquet"
    out.write_bytes(b"old")
    done = run(book, out)
    assert done.exit_code == 1
    assert "[file_exists]" in done.output
    assert out.read_bytes() == b"old"


def test_a_missing_package_is_named(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prosperity_excel.runs import outputs

    monkeypatch.setattr(outputs, "find_spec", lambda name: None)
    done = run(book, tmp_path / "none.parquet")
    assert done.exit_code == 1
    assert "pip install" in done.output
    assert '"joblib>=' in done.output
    assert '"pyarrow>=' in done.output


def test_a_book_of_several_industries_needs_a_choice(tmp_path: Path) -> None:
    models = [find("autos"), find("banks")]
    every = closure(models, catalog())
    path = tmp_path / "two.xlsx"
    write_template(models, path, panel=simulate(every, first="2001-01", last="2014-12"))
    done = run(path, tmp_path / "out.parquet")
    assert done.exit_code == 1
    assert "[one_industry_at_a_time]" in done.output
    assert run(path, tmp_path / "out.parquet", "--industry", "banks").exit_code == 0


@pytest.mark.parametrize(
    ("grid", "code"),
    [("colour=1", "unknown_axis"), ("dead_band=1:0:1", "grid_range"), ("lookback", "bad_grid")],
)
def test_a_grid_that_makes_no_sense_is_said(
    book: Path, tmp_path: Path, grid: str, code: str
) -> None:
    done = run(book, tmp_path / "none.parquet", "--grid", grid)
    assert done.exit_code == 1
    assert f"[{code}]" in done.output


def test_a_look_ahead_is_said(book: Path, tmp_path: Path) -> None:
    done = run(book, tmp_path / "ahead.parquet", "--timing", "period")
    assert done.exit_code == 0
    assert "Looks ahead" in done.output


def test_a_second_sweep_to_one_file_says_who_holds_it(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.parquet"
    with held(out, ("扫描", "sweep")):
        refused = run(book, out)
    assert refused.exit_code == 1
    assert f"process {os.getpid()} on" in refused.output
    assert not out.exists()
    # What a process that was killed leaves holds nobody up; another computer's does.
    lock = tmp_path / "one.parquet.lock"
    lock.write_text(json.dumps({"pid": 1, "host": socket.gethostname(), "begun": "2020-01-01"}))
    with held(out, ("扫描", "sweep")):
        pass
    assert not lock.exists()
    lock.write_text(json.dumps({"pid": 1, "host": "elsewhere", "begun": "2020-01-01"}))
    with pytest.raises(BookError, match="elsewhere"), held(out, ("扫描", "sweep")):
        pass
    assert lock.exists()


def test_a_grid_over_what_the_model_does_not_have_is_refused(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "none.parquet"
    asked = ["sweep", str(book), "--grid", "indicator.pmix.weight=0,1", "--out", str(out)]
    refused = CliRunner().invoke(main, asked)
    assert refused.exit_code == 1
    assert "unknown_in_grid" in refused.output
    assert not out.exists()
