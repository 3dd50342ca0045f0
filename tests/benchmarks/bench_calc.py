"""What cells cost in a real LibreOffice: a thousand formulas, recalculated.

Installs the extension into a profile of its own, and prints seconds. Nothing is asserted.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from prosperity_excel.calc.install import install
from prosperity_excel.runs.settings import FILE_VARIABLE, write_user

from tests.addin import calc_office

ROUNDS = 7


def main() -> None:
    """Write a library, recalculate, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ[FILE_VARIABLE] = str(folder / "settings.toml")
        office = calc_office.real_office(folder / "profile")
        write_user({"library": str(calc_office.make_books(folder))})
        with calc_office.desk_user(office, folder) as desk:
            install(desk)
        found = calc_office.play(office, folder, {"scenes": ["many"], "rounds": ROUNDS})
        seconds = sorted(found["many"]["seconds"])
        print(f"1,000 formulas recalculated: {seconds[len(seconds) // 2]:.3f} s", end="")
        print(f" (of {ROUNDS}: {seconds[0]:.3f} to {seconds[-1]:.3f})")


if __name__ == "__main__":
    main()
