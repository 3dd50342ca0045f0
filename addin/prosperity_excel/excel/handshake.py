"""Whether the add-in file, this package and xlwings were made for each other."""

from __future__ import annotations

from importlib import metadata

from prosperity import __version__

#: What the add-in file is called.
FILE_NAME = "prosperity.xlam"
#: What the add-in file and this package say to each other: functions and their arguments, buttons,
#: marks of errors. Raised when any of it changes so that an older file would be misunderstood; a
#: test compares the wrappers with those of this number. Versions may differ as long as it is equal.
PROTOCOL = 3
#: The xlwings whose DLL the add-in file names; pyproject.toml pins the same.
XLWINGS_VERSION = "0.37.8"


def xlwings_version() -> str | None:
    """Return the version of xlwings that is installed here; None when there is none."""
    try:
        return metadata.version("xlwings")
    except metadata.PackageNotFoundError:
        return None


def complaint(protocol: str, xlwings: str, addin: str = "") -> str:
    """Return why an add-in file does not fit what is installed; empty when it does.

    Parameters
    ----------
    protocol
        :data:`PROTOCOL` of the package that built the add-in file; empty in files older than it.
    xlwings
        Version of xlwings that the add-in file names.
    addin
        Version of Prosperity that built it, for the sentence only.
    """
    if protocol != str(PROTOCOL):
        said = addin or "?"
        return (
            f"加载项（{said} 版）与 Python 中的 Prosperity {__version__} 不能配合。请运行 "
            f"prosperity addin install，然后重启 Excel。\n"
            f"The add-in file (of version {said}) does not go together with Prosperity "
            f"{__version__} in Python. Run 'prosperity addin install' and start Excel again."
        )
    installed = xlwings_version()
    if installed != xlwings or xlwings != XLWINGS_VERSION:
        return (
            f"加载项需要 xlwings {xlwings}，而 Python 中是 {installed or '未安装'}。请运行 "
            f'pip install "xlwings=={XLWINGS_VERSION}"，再运行 prosperity addin install。\n'
            f"The add-in needs xlwings {xlwings}, but Python has {installed or 'none'}. Run "
            f"pip install \"xlwings=={XLWINGS_VERSION}\", then 'prosperity addin install'."
        )
    return ""
