"""What each button does: the table, loaded when one is pressed and not with Excel's server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prosperity_excel.excel.actions import (
    data,
    explaining,
    inserting,
    reports,
    results,
    systems,
    tools,
)
from prosperity_excel.excel.actions.press import Press
from prosperity_excel.excel.buttons import PICKS, SHOWN_SETTINGS

ACTIONS: Mapping[str, Callable[[Press], str]] = {
    "new_template": data.new_template,
    "import_export": data.import_export,
    "update_data": data.update_data,
    "write_import": data.write_import,
    "check_data": data.check_data,
    "due": results.write_due_sheet,
    "library_folder": data.library_folder,
    "confirm_library": data.confirm_library,
    "refresh_industry": results.refresh_industry,
    "refresh_all": results.refresh_all,
    "refresh_backtests": results.refresh_backtests,
    "refresh_system": systems.refresh_systems,
    "write_plan": systems.write_plan_sheet,
    "plan_report": systems.write_plan_report,
    "refresh_on_opening": results.refresh_on_opening,
    **{name: tools.set_value(name) for name in SHOWN_SETTINGS},
    **{name: inserting.pick(name) for name in PICKS},
    "insert_formula": inserting.insert_formula,
    "insert_table": inserting.insert_table,
    "insert_chart": inserting.insert_chart,
    "enter_array": inserting.enter_array,
    "explain": explaining.explain,
    "write_report": reports.write_report_book,
    "write_pdf": reports.write_pdf,
    "undo": tools.undo,
    "log": tools.show_log,
    "diagnose": tools.diagnose,
    "repair_links": tools.repair_links,
    "repair_on_opening": tools.repair_on_opening,
    "settings": tools.show_settings,
    "help": tools.show_help,
}
