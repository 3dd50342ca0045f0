"""The worksheet functions, thin: each hands its arguments to the one way through.

This is the module that Excel's UDF server imports. It must stay light: scikit-learn, scipy and
the writers of workbooks are imported where they are used, never from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import xlwings as xw
from xlwings.conversion import Accessor, Pipeline
from xlwings.conversion.standard import ValueAccessor

from prosperity_excel.excel import handshake as versions
from prosperity_excel.formulas.registry import BY_NAME, CATEGORY
from prosperity_excel.formulas.serve import SESSION, serve
from prosperity_excel.host.protocol import Range

__all__ = ["SESSION", "decorate", "worksheet_functions"]

# xlwings takes the hint of an argument for the name of a converter when it runs.
if TYPE_CHECKING:
    Caller = Range | None
else:
    Caller = Any


class RangeOrValue(Accessor):
    """Gives a range as ``xlwings.Range`` and anything else as its value."""

    @classmethod
    def reader(cls, options: dict[str, Any]) -> Any:
        """Return the stages of reading; xlwings calls this for every argument."""
        values: Any = ValueAccessor.reader(  # type: ignore[no-untyped-call]
            {**options, "err_to_str": True}
        )

        def read(context: Any) -> None:
            if context.range is not None:
                context.value = context.range
            else:
                values(context)

        stages: Any = Pipeline()
        return stages.append_stage(read)


def PROSPERITY(industry: Any, on_date: Any = None, field: Any = None, data: Any = None,
               caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY", caller, (industry, on_date, field, data))


def PROSPERITY_SERIES(industry: Any, field: Any = None, start: Any = None, finish: Any = None,
                      caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY_SERIES", caller, (industry, field, start, finish))


def PROSPERITY_SIGNAL(industry: Any, on_date: Any = None, caller: Caller = None) -> Any:
    return serve("PROSPERITY_SIGNAL", caller, (industry, on_date))


def PROSPERITY_CONTRIB(industry: Any, on_date: Any = None, caller: Caller = None) -> Any:
    return serve("PROSPERITY_CONTRIB", caller, (industry, on_date))


def PROSPERITY_BACKTEST(industry: Any, statistic: Any = None, start: Any = None,
                        finish: Any = None, cost_bps: Any = None, timing: Any = None,
                        caller: Caller = None) -> Any:  # fmt: skip
    return serve(
        "PROSPERITY_BACKTEST", caller, (industry, statistic, start, finish, cost_bps, timing)
    )


def PROSPERITY_NAV(industry: Any, start: Any = None, finish: Any = None,
                   caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY_NAV", caller, (industry, start, finish))


def PROSPERITY_RANK(on_date: Any = None, field: Any = None, caller: Caller = None) -> Any:
    return serve("PROSPERITY_RANK", caller, (on_date, field))


def PROSPERITY_COMBINED(what: Any = None, on_date: Any = None, caller: Caller = None) -> Any:
    return serve("PROSPERITY_COMBINED", caller, (what, on_date))


def PROSPERITY_PLAN(what: Any = None, on_date: Any = None, without: Any = None,
                    caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY_PLAN", caller, (what, on_date, without))


def PROSPERITY_EVIDENCE(industry: Any, what: Any = None, caller: Caller = None) -> Any:
    return serve("PROSPERITY_EVIDENCE", caller, (industry, what))


def PROSPERITY_INDICATOR(industry: Any, indicator: Any, on_date: Any = None, stage: Any = None,
                         caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY_INDICATOR", caller, (industry, indicator, on_date, stage))


def PROSPERITY_DUE(industry: Any, caller: Caller = None) -> Any:
    return serve("PROSPERITY_DUE", caller, (industry,))


def PROSPERITY_NOWCAST(indicator: Any, on_date: Any = None, what: Any = None,
                       caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY_NOWCAST", caller, (indicator, on_date, what))


def PROSPERITY_SYSTEM(system: Any, what: Any = None, on_date: Any = None, asset: Any = None,
                      caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY_SYSTEM", caller, (system, what, on_date, asset))


def PROSPERITY_SYSTEM_SERIES(system: Any, what: Any = None, start: Any = None, finish: Any = None,
                             caller: Caller = None) -> Any:  # fmt: skip
    return serve("PROSPERITY_SYSTEM_SERIES", caller, (system, what, start, finish))


def PROSPERITY_WHY(industry_or_cell: Any, caller: Caller = None) -> Any:
    return serve("PROSPERITY_WHY", caller, (industry_or_cell,))


def PROSPERITY_INDUSTRIES(caller: Caller = None) -> Any:
    return serve("PROSPERITY_INDUSTRIES", caller, ())


def handshake(protocol: Any, xlwings: Any, addin: Any) -> str:
    """Return why the add-in file and this package do not go together; empty when they do."""
    return versions.complaint(_number(protocol), str(xlwings), str(addin))


def recalculated() -> str:
    """Hear that Excel begins a new recalculation, from the add-in's VBA; return nothing."""
    SESSION.recalculated()
    return ""


def _number(protocol: Any) -> str:
    """Return a protocol's number as text; Excel hands whole numbers over as floats."""
    return f"{protocol:g}" if isinstance(protocol, float) else str(protocol)


def worksheet_functions() -> list[Callable[..., Any]]:
    """Return the functions in the registry's order."""
    return [globals()[name] for name in BY_NAME]


def decorate(
    functions: Iterable[Callable[..., Any]], func: Callable[..., Any], arg: Callable[..., Any]
) -> None:
    """Tell xlwings of the functions what the registry says of them.

    Parameters
    ----------
    functions
        Worksheet functions.
    func, arg
        xlwings' decorators; on systems without Excel those that ``xlwings`` exports do nothing.
    """
    for function in functions:
        known = BY_NAME.get(function.__name__)
        for argument in known.arguments if known else ():
            convert = {"convert": RangeOrValue} if argument.as_range else {"err_to_str": True}
            arg(argument.name, doc=argument.help[1], **convert)(function)
        # Last: xlwings' other decorators set category and call_in_wizard back to their defaults.
        func(category=CATEGORY, call_in_wizard=False)(function)


decorate((*worksheet_functions(), handshake, recalculated), xw.func, xw.arg)
