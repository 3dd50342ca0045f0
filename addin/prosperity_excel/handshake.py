"""Whether the add-in file, this package and xlwings were made for each other."""

from __future__ import annotations

from importlib import metadata

from prosperity import __version__

#: The xlwings whose DLL the add-in file names; pyproject.toml pins the same.
XLWINGS_VERSION = "0.37.8"


def xlwings_version() -> str | None:
    """Return the version of xlwings that is installed here; None when there is none."""
    try:
        return metadata.version("xlwings")
    except metadata.PackageNotFoundError:
        return None


def complaint(addin: str, xlwings: str) -> str:
    """Return why an add-in file does not fit what is installed; empty when it does.

    Parameters
    ----------
    addin
        Version of Prosperity for which the add-in file was built.
    xlwings
        Version of xlwings that the add-in file names.
    """
    if addin != __version__:
        return (
            f"加载项是 {addin} 版，而 Python 中的 Prosperity 是 {__version__} 版。请运行 "
            f"prosperity addin install，然后重启 Excel。\n"
            f"The add-in file is for Prosperity {addin}, but Python has {__version__}. Run "
            "'prosperity addin install' and start Excel again."
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
