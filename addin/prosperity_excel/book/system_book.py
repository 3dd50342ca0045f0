"""What a book's systems ask of its sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from prosperity.calendar import TradingCalendar
from prosperity.definition import Industry
from prosperity.systems.spec import System

from prosperity_excel.book.entities import asset_ids
from prosperity_excel.book.system_sheet import own_systems
from prosperity_excel.book.system_tables import Filled, read_inputs
from prosperity_excel.sheets.findings import Findings
from prosperity_excel.sheets.workbook import Workbook
from prosperity_excel.words.book_words import SheetId


@dataclass(frozen=True)
class Systems:
    """The systems of a book's sheet ``system``.

    Attributes
    ----------
    own : mapping of str to System
        By id; empty for a book of industries alone.
    """

    own: Mapping[str, System]

    @cached_property
    def modules(self) -> tuple[Industry, ...]:
        """Their indicators, as modules; of those that have any."""
        return tuple(system.module for system in self.own.values() if system.indicators)

    @property
    def required(self) -> tuple[SheetId, ...]:
        """The sheets without which nothing can be computed, beside the inputs."""
        own = any(i.own_column for module in self.modules for i in module.indicators)
        return ("data", "prices") if own else ("prices",)

    @cached_property
    def prices(self) -> Mapping[str, str]:
        """Columns of prices by the folded words that mean them."""
        found: dict[str, str] = {}
        for system in self.own.values():
            names = {asset.id: asset.price for asset in system.assets if asset.price}
            for word, id in asset_ids(system).items():
                if id in names:
                    found.setdefault(word, names[id])
        return found

    def inputs(self, workbook: Workbook, calendar: TradingCalendar, findings: Findings) -> Filled:
        """Read the sheets of their inputs; see :func:`read_inputs`."""
        return read_inputs(workbook, self.own.values(), calendar, findings)

    def with_aliases(
        self, priced: pd.DataFrame, definitions: Mapping[str, Industry]
    ) -> pd.DataFrame:
        """Return prices in which an industry's own column serves as the asset of its code too."""
        wanted = {a.price for s in self.own.values() for a in s.assets if a.price} - set(priced)
        if not wanted:
            return priced
        codes = {m.asset.code: id for id, m in definitions.items() if id in priced and m.asset.code}
        return priced.assign(**{name: priced[codes[name]] for name in wanted if name in codes})


def systems_of(workbook: Workbook) -> Systems:
    """Return the systems that a workbook is for.

    Raises
    ------
    DefinitionError
        For its sheet ``system``, with the cell.
    """
    return Systems(own_systems(workbook))
