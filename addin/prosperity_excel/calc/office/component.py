"""What LibreOffice loads: the add-in with the functions, and the handler of the menu's entries.

The other files lie in the package prosperity_calc beside this one, in the folder pythonpath.
"""

import unohelper
from prosperity_calc.commands import IMPLEMENTATION as COMMANDS
from prosperity_calc.commands import Commands
from prosperity_calc.functions import IMPLEMENTATION as FUNCTIONS
from prosperity_calc.functions import Functions, add_methods
from prosperity_calc.opened import IMPLEMENTATION as OPENED
from prosperity_calc.opened import Opened
from prosperity_calc.running import ADD_IN, config

add_methods(config()["functions"])
g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816
g_ImplementationHelper.addImplementation(Functions, FUNCTIONS, (ADD_IN, FUNCTIONS))
g_ImplementationHelper.addImplementation(Opened, OPENED, ("com.sun.star.task.Job", OPENED))
g_ImplementationHelper.addImplementation(
    Commands, COMMANDS, ("com.sun.star.frame.ProtocolHandler", COMMANDS)
)
