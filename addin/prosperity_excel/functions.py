"""The old name of :mod:`prosperity_excel.excel.functions`, which older add-in files call."""

import sys

from prosperity_excel.excel import functions

sys.modules[__name__] = functions
