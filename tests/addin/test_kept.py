"""Answers kept between processes: equal to what is computed, and never believed without reason."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prosperity_excel.cli import main
from prosperity_excel.files import kept
from prosperity_excel.files.kept import FOLDER_VARIABLE, OFF, key_of, recall, remember
from prosperity_excel.formulas import kept_answers
from prosperity_excel.formulas.serve import SESSION
from prosperity_excel.formulas.sources import Results
from prosperity_excel.runs import evaluate
from prosperity_excel.runs.settings import user_file, write_user
from prosperity_excel.vintages.opening import store_path

from tests.addin.excel_com import Excel, call, server

KEY = key_of("a", 1)
VALUE = {"zh": "景气度", "numbers": [0.1, 1e-310, 3], "none": None}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def _file(folder: Path) -> Path:
    return folder / f"{KEY}.json"


def test_what_is_kept_comes_back_to_the_last_bit(folder: Path) -> None:
    assert recall(KEY) is None
    remember(KEY, VALUE)
    assert recall(KEY) == VALUE
    assert (folder / "secret").stat().st_mode & 0o077 == 0


def test_whatever_is_damaged_forged_or_foreign_is_passed_over_and_made_anew(
    folder: Path, tmp_path: Path
) -> None:
    remember(KEY, VALUE)
    path = _file(folder)
    whole = path.read_bytes()
    other = key_of("b")
    remember(other, 2)
    for wrong in (
        b"", b"x", whole[:-1], whole[:70], whole[:64] + whole[64:].replace(b"0.1", b"9.1"),
        b"0" * 64 + whole[64:], whole + b" ", (folder / f"{other}.json").read_bytes(),
        b"\xff" * 5_000_000, "é".encode() * 40,
    ):  # fmt: skip
        path.write_bytes(wrong)
        assert recall(KEY) is None, wrong[:80]
        remember(KEY, VALUE)
        assert recall(KEY) == VALUE
    # From another user or computer: sealed, by another secret.
    foreign = tmp_path / "foreign"
    shutil.copytree(folder, foreign)
    (folder / "secret").write_bytes(b"s" * 32)
    assert recall(KEY) is None
    for odd in (b"", b"short"):
        (folder / "secret").write_bytes(odd)
        assert recall(KEY) is None
        remember(KEY, VALUE)
        assert recall(KEY) == VALUE


def test_a_folder_that_cannot_be_written_or_goes_away_costs_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_text("a file stands here")
    remember(KEY, VALUE)
    assert recall(KEY) is None
    folder.unlink()
    remember(KEY, VALUE)
    shutil.rmtree(folder)
    assert recall(KEY) is None
    monkeypatch.setenv(FOLDER_VARIABLE, OFF)
    remember(KEY, VALUE)
    assert recall(KEY) is None
    assert not folder.exists()


def test_what_is_too_long_is_not_kept_and_the_oldest_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 200)
    remember(KEY, "x" * 300)
    assert recall(KEY) is None
    monkeypatch.setattr(kept, "MOST_ANSWERS", 3)
    for number in range(6):
        remember(key_of(number), number)
    assert len(list(folder.glob("*.json"))) == 3


def test_several_at_once_do_no_harm(folder: Path) -> None:
    def both(number: int) -> object:
        remember(KEY, VALUE)
        found = recall(KEY)
        return found in (VALUE, None)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(both, range(40)))
    assert recall(KEY) == VALUE
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []


def _asked(*arguments: object) -> Result:
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done


def _said(done: Result) -> tuple[str, str]:
    """Return what was printed, without what was shown of progress."""
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "(1/" not in line)


@pytest.fixture
def book(library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(library / "autos.xlsx", tmp_path / "autos.xlsx"))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the models that were computed."""
    ids: list[str] = []
    plain = evaluate.evaluate

    def counting(panel, industries, *arguments, **options):  # type: ignore[no-untyped-def]
        ids.extend(one.id for one in industries)
        return plain(panel, industries, *arguments, **options)

    monkeypatch.setattr(evaluate, "evaluate", counting)
    return ids


def test_a_run_of_what_has_not_changed_prints_the_same_and_computes_nothing(
    book: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = _said(_asked("run", book))
    computed.clear()
    assert _said(_asked("run", book)) == first
    assert computed == []
    for changed in (
        lambda: ["--cost-bps", "7"],
        lambda: ["--on", "2019-03-01"],
        lambda: write_user({"cost_bps": 3}) and [],
        lambda: store_path(book).unlink() or [],
        lambda: ["--json", str(tmp_path / "out.json")],
    ):
        options = changed() or []
        computed.clear()
        _asked("run", book, *options)
        assert computed == ["autos"], options
    monkeypatch.setenv(FOLDER_VARIABLE, OFF)
    user_file().unlink()
    plain = _said(_asked("run", book))
    assert plain == first


def test_a_book_that_changed_while_it_was_run_is_run_again(
    book: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from prosperity_excel.runs import reading

    plain = reading.read_whole

    def touched(path: Path) -> object:
        found = plain(path)
        content = bytearray(path.read_bytes())
        content[10] ^= 1  # the time of a member
        path.write_bytes(bytes(content))
        return found

    monkeypatch.setattr(reading, "read_whole", touched)
    _asked("run", book)
    monkeypatch.setattr(reading, "read_whole", plain)
    computed.clear()
    _asked("run", book)
    assert computed == ["autos"]


def test_a_refresh_of_what_has_not_changed_computes_and_writes_nothing(
    book: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _asked("refresh", book)
    held = book.read_bytes()
    computed.clear()
    again = _said(_asked("refresh", book))
    assert computed == []
    assert book.read_bytes() == held
    monkeypatch.setenv(FOLDER_VARIABLE, OFF)
    assert _said(_asked("refresh", book)) == again
    assert computed == ["autos"]
    assert book.read_bytes() == held


def test_cells_of_a_new_excel_show_what_the_last_one_computed(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answers, "SLOW", 0.0)
    write_user({"library": str(library)})
    server()
    at = Excel("/desk/desk.xlsx")["Sheet1"].Cells(1, 1)
    cells = (
        ("PROSPERITY", "autos"), ("PROSPERITY_RANK",), ("PROSPERITY_SERIES", "autos"),
        ("PROSPERITY_SIGNAL", "autos"),
    )  # fmt: skip
    SESSION.clear()
    first = [call(name, *arguments, caller=at) for name, *arguments in cells]
    calls: list[object] = []
    plain = Results.once

    def counting(self, key, compute):  # type: ignore[no-untyped-def]
        calls.append(key)
        return plain(self, key, compute)

    monkeypatch.setattr(Results, "once", counting)
    SESSION.clear()
    for (name, *arguments), value in zip(cells, first, strict=True):
        assert call(name, *arguments, caller=at) == value
        assert calls == [], (name, arguments, value)
    # Another setting, another answer.
    write_user({"library": str(library), "cost_bps": 50})
    SESSION.clear()
    call("PROSPERITY_RANK", caller=at)
    assert calls


def test_what_is_kept_is_printed_without_pandas(book: Path, folder: Path) -> None:
    for verb in ("refresh", "run", "refresh"):  # the history notes what it was shown last
        _asked(verb, book)
    for verb, others in (("run", "prosperity_excel.book"), ("refresh", "prosperity_excel.ooxml")):
        code = (
            f"import sys; from prosperity_excel.cli import main; main([{verb!r}, {str(book)!r}], "
            "standalone_mode=False); print([m for m in ('pandas', "
            f"{others!r}) if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
