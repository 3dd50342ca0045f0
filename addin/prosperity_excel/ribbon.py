"""The old name of :mod:`prosperity_excel.excel.ribbon`, which older add-in files call."""

import sys

from prosperity_excel.excel import ribbon

sys.modules[__name__] = ribbon
