"""What can be held: an asset, and where its prices stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from prosperity.errors import DataError, nearest

AssetKind = Literal["index", "stock", "fund", "bond", "commodity", "currency", "cash"]


@dataclass(frozen=True, kw_only=True)
class Asset:
    """Something that can be held.

    Attributes
    ----------
    id, name_zh, name_en : str
    kind : {"index", "stock", "fund", "bond", "commodity", "currency", "cash"}
    price : str
        Column of its closing prices in a panel. Empty for cash alone, which then earns nothing.
    aliases : tuple of str
        Other columns that its prices may stand in, in order; the market's is ``benchmark`` too.
    currency : str
        Of its prices, such as ``CNY``; empty is that of the run. Nothing is converted.
    """

    id: str
    name_zh: str
    name_en: str
    kind: AssetKind = "index"
    price: str = ""
    aliases: tuple[str, ...] = ()
    currency: str = ""

    def name(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.name_zh if language == "zh" else self.name_en

    def column(self, prices: pd.DataFrame) -> str | None:
        """Return the first column of its own in which there is a price; None where none is."""
        for name in filter(None, (self.price, *self.aliases)):
            if name in prices and prices[name].notna().any():
                return name
        return None


def closes(assets: Iterable[Asset], prices: pd.DataFrame) -> pd.DataFrame:
    """Return the closing prices of assets, as a portfolio takes them.

    Parameters
    ----------
    assets
        Each id once.
    prices
        Closing prices: days by column; see :class:`prosperity.panel.Panel`.

    Returns
    -------
    DataFrame
        The same days by asset id, in order; NaN where an asset has no price, and 1 throughout for
        cash without a column.

    Raises
    ------
    DataError
        When an id stands there twice (``asset_twice``), the assets are in several currencies
        (``mixed_currencies``), or a column is missing (``no_price``).
    """
    wanted = tuple(assets)
    ids = [asset.id for asset in wanted]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise DataError(
            "asset_twice",
            f"资产 id 重复：{'、'.join(twice)}。",
            f"An asset's id stands there twice: {', '.join(twice)}.",
        )
    currencies = sorted({asset.currency for asset in wanted if asset.currency})
    if len(currencies) > 1:
        raise DataError(
            "mixed_currencies",
            f"资产的币种不一（{'、'.join(currencies)}）。行情不作换算，请先换成同一币种。",
            f"The assets are in several currencies ({', '.join(currencies)}). Prices are not "
            "converted; give them all in one.",
        )
    return pd.DataFrame({asset.id: _close(asset, prices) for asset in wanted}, prices.index)


def _close(asset: Asset, prices: pd.DataFrame) -> pd.Series[float]:
    if asset.kind == "cash" and not asset.price:
        return pd.Series(1.0, prices.index)
    column = asset.column(prices) or asset.price
    if column not in prices:
        near = nearest(asset.price, map(str, prices))
        raise DataError(
            "no_price",
            f"{asset.name_zh}：行情中没有“{asset.price}”这一列。"
            f"{'最接近：' + '、'.join(near) + '。' if near else ''}",
            f"{asset.name_en}: the prices have no column {asset.price!r}."
            f"{' Nearest: ' + ', '.join(near) + '.' if near else ''}",
        )
    return prices[column].astype(float)
