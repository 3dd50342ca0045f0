"""What an entry of Calc's menu does: the same actions as the buttons of Excel's ribbon."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from prosperity_excel.calc.open_document import Book
from prosperity_excel.excel.actions.press import never
from prosperity_excel.excel.carry_out import carry_out
from prosperity_excel.host.protocol import Book as HostBook


def press(
    action: str,
    given: str,
    book: Book | None,
    agreed: str,
    profile: Path | None = None,
) -> tuple[str, str]:
    """Carry out an entry; return what to say and what to ask; never raises.

    Parameters
    ----------
    action
        Id of the entry.
    given
        Names of files or of a folder, where the entry asks for them.
    book
        The document in front.
    agreed
        The question that was asked before and said yes to.
    profile
        Folder of LibreOffice's user.
    """
    if action == "diagnose":
        from prosperity_excel.calc.diagnose import page
        from prosperity_excel.calc.install import Office

        return "\n".join(page(Office.this(profile))), ""
    host = cast(HostBook | None, book)
    return carry_out(action, given, host, agreed, cancelled=never)
