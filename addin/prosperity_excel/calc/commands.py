"""Which of the ribbon's buttons stand in Calc's menu and toolbar."""

from __future__ import annotations

from collections.abc import Mapping

from prosperity_excel.excel.buttons import BUTTONS, Button

#: The menu, in its order; an empty name is a line between two entries.
MENU: tuple[str, ...] = (
    *("refresh_all", "refresh_industry", "check_data", "due", ""),
    *("import_export", "update_data", "write_import", "library_folder", ""),
    *("write_report", "write_pdf", ""),
    *("explain", "enter_array", "undo", "repair_links", ""),
    *("settings", "log", "diagnose", "help"),
)
TOOLBAR: tuple[str, ...] = (
    *("refresh_all", "check_data", "import_export", "update_data", "write_report", "explain"),
    "settings",
)


def commands() -> Mapping[str, Button]:
    """Return the entries by their ids."""
    return {id: BUTTONS[id] for id in MENU if id}
