"""Industry prosperity models: composites, signals and backtests, without look-ahead.

The one way in is :func:`evaluate`. What is public here is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prosperity.catalog import catalog as models
    from prosperity.definition import Industry
    from prosperity.engine import evaluate
    from prosperity.errors import DataError, ProsperityError
    from prosperity.evaluation import Evaluation, IndustryResult
    from prosperity.panel import Panel
    from prosperity.settings import Settings

__version__ = "0.1.0"
__all__ = [
    "DataError",
    "Evaluation",
    "Industry",
    "IndustryResult",
    "Panel",
    "ProsperityError",
    "Settings",
    "__version__",
    "evaluate",
    "models",
]
#: Public names -> module, and the name there. The catalog is public as ``models``: ``catalog`` is
#: the module, and the folder of definitions.
_PUBLIC = {
    "DataError": ("errors", "DataError"),
    "Evaluation": ("evaluation", "Evaluation"),
    "Industry": ("definition", "Industry"),
    "IndustryResult": ("evaluation", "IndustryResult"),
    "Panel": ("panel", "Panel"),
    "ProsperityError": ("errors", "ProsperityError"),
    "Settings": ("settings", "Settings"),
    "evaluate": ("engine", "evaluate"),
    "models": ("catalog", "catalog"),
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, found = _PUBLIC[name]
    return getattr(import_module(f"{__name__}.{module}"), found)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
