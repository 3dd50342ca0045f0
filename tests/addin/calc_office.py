"""A LibreOffice with our extension in a profile of its own, and what a person sees there.

One LibreOffice serves all tests of a run, however many processes they are shared among: the first
one that asks does everything at once, and the others read what it wrote down.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from prosperity.catalog import catalog, closure
from prosperity.simulation import SOURCE, simulate
from prosperity.systems.reading import find_system
from prosperity.systems.simulated import simulated_system
from prosperity_excel.calc.install import Office, program_folder
from prosperity_excel.files.log import LOG_VARIABLE
from prosperity_excel.runs.settings import FILE_VARIABLE
from prosperity_excel.template.system_template import write_system_template
from prosperity_excel.template.template import write_template

DRIVER = Path(__file__).with_name("calc_driver.py")
#: A user without rights, as whom LibreOffice's tool runs where the tests are root's.
NOBODY = 65534
PATIENCE = 600.0
FIRST = "2014-01"


def office_python(program: Path) -> Path:
    """Return a Python that can talk to LibreOffice; skip, saying so, where there is none."""
    for place in (program / "python", Path("/usr/bin/python3"), Path(sys.executable)):
        if place.is_file():
            done = subprocess.run([place, "-c", "import uno"], capture_output=True, cwd="/")
            if done.returncode == 0:
                return place
    pytest.skip("no Python on this machine can talk to LibreOffice (python3-uno)")


def real_office(profile: Path) -> Office:
    """Return this machine's LibreOffice; skip, saying so, where there is none."""
    program = program_folder()
    if program is None:
        pytest.skip("LibreOffice is not on this machine")
    return Office(program, profile, own_profile=False)


@contextlib.contextmanager
def desk_user(office: Office, folder: Path) -> Iterator[Office]:
    """Give the office as somebody who is not root has it: LibreOffice's tool refuses root.

    Inside, the profile is that user's; afterwards it is ours again, as the rest of the tests are.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield office
        return
    program = folder / "program"
    program.mkdir(exist_ok=True)
    for name in ("soffice.bin", "pythonloader.py"):
        with contextlib.suppress(FileExistsError):
            (program / name).symlink_to(office.program / name)  # type: ignore[operator]
    tool = program / "unopkg"
    tool.write_text(
        "#!/bin/sh\n"
        'for a; do case $a in *.oxt) chmod 755 "$(dirname "$a")"; chmod 644 "$a";; esac; done\n'
        f"exec env HOME=/tmp setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "
        f'{office.program}/unopkg "$@"\n'
    )
    tool.chmod(0o755)
    office.profile.mkdir(exist_ok=True)
    for above in office.profile.parents:
        if above.stat().st_uid == 0 and above.stat().st_mode & 0o005 != 0o005:
            above.chmod(0o755)
    _give(office.profile, NOBODY)
    try:
        yield Office(program, office.profile, own_profile=False)
    finally:
        _give(office.profile, 0)


def _give(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user)


def make_books(folder: Path) -> Path:
    """Write the library of the tests: a book of all industries, and one of a system."""
    library = folder / "library"
    library.mkdir()
    models = list(catalog().values())
    industries = [model for model in models if model.kind == "industry"]
    write_template(
        industries, library / "all.xlsx", panel=simulate(models, first=FIRST), source_note=SOURCE
    )
    glass = closure([catalog()["glass"]], catalog())
    write_template(
        [catalog()["glass"]], folder / "glass.xlsx",
        panel=simulate(glass, first=FIRST), source_note=SOURCE,
    )  # fmt: skip
    system = find_system("macro_position")
    write_system_template(
        system, library / "macro_position.xlsx", panel=simulated_system(system, months=84)
    )
    return library


def play(office: Office, folder: Path, todo: dict[str, Any]) -> dict[str, Any]:
    """Start LibreOffice, let the driver do what is to be done, and return what it saw."""
    program = office.program
    assert program is not None
    python = office_python(program)
    settings, plan = folder / "settings.toml", folder / "todo.json"
    plan.write_text(json.dumps(todo), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
        "PATH": "/usr/bin:/bin",
        FILE_VARIABLE: str(settings),
        LOG_VARIABLE: str(folder / "prosperity.log"),
    }
    command = [
        str(program / "soffice"), "--headless", "--norestore", "--nologo",
        f"-env:UserInstallation={office.profile.as_uri()}",
        f"--accept=socket,host=127.0.0.1,port={port};urp",
    ]  # fmt: skip
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:  # fmt: skip
        try:
            done = subprocess.run(
                [python, str(DRIVER), str(port), str(plan)],
                env=environment, cwd="/", capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
            # What it saw counts; how it leaves is its own affair.
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(30)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, 9)
    assert done.returncode == 0, done.stderr
    sys.stderr.write(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def formula(name: str, arguments: Sequence[str | None]) -> str:
    """Return a formula as Calc takes it."""
    told = ";".join("" if one is None else f'"{one}"' for one in arguments)
    return f"={name}({told})"


def once(shared: Path, name: str, make: Any) -> Path:
    """Return a folder that one of the processes of a run fills, whichever comes first."""
    folder, done = shared / name, shared / f"{name}.done"
    try:
        folder.mkdir()
    except FileExistsError:
        end = time.monotonic() + PATIENCE
        while not done.exists():
            assert time.monotonic() < end, "another process did not finish"
            time.sleep(0.1)
        said = done.read_text(encoding="utf-8")
        if said.startswith("skip:"):
            pytest.skip(said[5:])
        assert said == "", said
        return folder
    said = "it failed in another process"
    try:
        make(folder)
        said = ""
    except pytest.skip.Exception as skipped:
        said = f"skip:{skipped.msg}"
        raise
    finally:
        done.write_text(said, encoding="utf-8")
    return folder


def copied(file: Path, folder: Path, name: str) -> str:
    """Return a copy's path."""
    return str(shutil.copy(file, folder / name))
