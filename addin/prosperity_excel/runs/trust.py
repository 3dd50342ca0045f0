"""Which library folder a workbook may name: one beside it, or one that the user has confirmed.

A workbook comes from anywhere, and its formulas are computed without a press. So what its
``settings`` sheet says must not make this computer look into another one, nor into any folder of
this one, before its user has said so. What the user's own settings file says is not questioned.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

from prosperity.errors import BookError

from prosperity_excel.files.replacing import replacing

Reach = Literal["beside", "elsewhere", "remote"]
#: Confirmations that are kept; the oldest go first.
MOST = 500
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")
#: Names that Windows takes for devices, in any folder and with any ending.
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)\s*(\.|:|$)", re.IGNORECASE)


def reach(library: str) -> Reach:
    """Say how far a library that a workbook names lies from the workbook.

    ``beside``: in the workbook's own folder or below. ``elsewhere``: anywhere else on this
    computer. ``remote``: another computer, a web address or a device. Judged by the text alone
    and by the rules of Windows and Unix both, so that nothing is touched.
    """
    text = library.strip()
    windows, posix = PureWindowsPath(text), PurePosixPath(text)
    if text.replace("/", "\\").startswith("\\\\") or _ADDRESS.match(text):
        return "remote"
    if any(_DEVICES.match(part) for part in windows.parts):
        return "remote"
    away = windows.drive or windows.root or posix.is_absolute() or text.startswith("~")
    if away or ".." in windows.parts or "%" in text or "$" in text:
        return "elsewhere"
    return "beside"


def trouble(identity: str, library: str, *, file: Path) -> BookError | None:
    """Return why the library that a workbook names does not count; None when it does.

    Parameters
    ----------
    identity
        Full name of the workbook; a web address for one in OneDrive or SharePoint, a bare name for
        one that was never saved.
    library
        What its ``settings`` sheet says.
    file
        Where confirmations are kept.
    """
    found = reach(library)
    if found == "remote":
        return BookError(
            "library_refused",
            f"本工作簿的 settings 表把资料夹指向网络或设备（{library}），不予采用。确有需要时，"
            "请在功能区用“资料夹”为自己选择。",
            f"The settings sheet of this book names a library on a network or a device "
            f"({library}), which is not used. If it is wanted, choose it for yourself with the "
            "ribbon's Library folder in a book without a settings sheet.",
        )
    if found == "elsewhere" and _token(identity, library) not in _confirmed(file):
        return BookError(
            "library_not_confirmed",
            f"本工作簿的 settings 表指定了资料夹 {library}，尚未确认。请在功能区的提示中确认，"
            "或用“资料夹”另选。",
            f"The settings sheet of this book names the library {library}, which you have not "
            "confirmed. Confirm it when the ribbon asks, or choose one with Library folder.",
        )
    if found == "beside" and not _has_folder(identity):
        return BookError(
            "library_needs_a_file",
            f"资料夹 {library} 以工作簿所在文件夹为准，而本工作簿没有保存在本机（从未保存，或在 "
            "OneDrive、SharePoint 上）。请另存到本机，或在功能区用“资料夹”选择。",
            f"The library {library} starts at the folder of the book, and this book is not on "
            "this computer: it was never saved, or is in OneDrive or SharePoint. Save it here, or "
            "choose the folder with the ribbon's Library folder.",
        )
    return None


def confirm(identity: str, library: str, *, file: Path) -> None:
    """Remember that the user confirmed a library for a workbook.

    Another library, or another workbook, is asked about anew.
    """
    token = _token(identity, library)
    kept = [*(old for old in _confirmed(file) if old != token), token][-MOST:]
    with replacing(file) as temporary:
        temporary.write_text(json.dumps(kept, indent=0), encoding="utf-8")


def _token(identity: str, library: str) -> str:
    said = f"{identity.casefold()}\0{library}".encode()
    return hashlib.sha256(said).hexdigest()


def _confirmed(file: Path) -> list[str]:
    """Return what was confirmed; a file that cannot be read confirms nothing."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return [token for token in kept if isinstance(token, str)] if isinstance(kept, list) else []


def _has_folder(identity: str) -> bool:
    windows = PureWindowsPath(identity)
    return Path(identity).is_absolute() or bool(windows.drive and windows.root)
