"""For Windows alone: elsewhere these tests are not collected, as nothing could run them."""

from __future__ import annotations

import sys

collect_ignore = [] if sys.platform == "win32" else ["test_real_windows.py"]
