"""What the columns and rows of a system's sheets are of: assets by any of their names, or codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prosperity.assets import Asset
from prosperity.errors import nearest
from prosperity.systems.spec import System

from prosperity_excel.words.book_words import fold
from prosperity_excel.words.system_words import OWN_ENTITIES


@dataclass(frozen=True)
class Entities:
    """The names that may stand in a sheet.

    Attributes
    ----------
    own : bool
        Whether each is an asset of the system; else any name is taken as it stands.
    ids : mapping of str to str
        The asset's id by folded name.
    system : System
    """

    own: bool
    ids: Mapping[str, str]
    system: System

    def find(self, *names: str) -> str | None:
        """Return the entity that the first name that means any stands for; None when none does."""
        given = [name for name in names if name]
        for name in given:
            id = self.ids.get(fold(name))
            if id is not None:
                return id
        return None if self.own or not given else given[0]

    def unknown(self, name: str, sheet: str) -> tuple[str, str, str]:
        """Return code, Chinese and English of the error that a name is no asset."""
        near = nearest(name, [n for a in self.system.assets for n in _names(a) if n])
        return (
            "unknown_entity",
            f"“{name[:40]}”不是{self.system.name_zh}的资产；最接近：{'、'.join(near) or '无'}。",
            f'"{name[:40]}" is no asset of {self.system.id}; nearest: {", ".join(near) or "none"}.',
        )

    def in_order(self, found: Iterable[str]) -> list[str]:
        """Return entities as the system orders its assets; others by name."""
        places = {asset.id: n for n, asset in enumerate(self.system.assets)}
        return sorted(found, key=lambda id: (places.get(id, len(places)), id))


def entities_of(system: System, entity: str) -> Entities:
    """Return the names by which a system's entities of a kind are known.

    Only assets are known by several: id, column of prices with and without its ending, and both
    names, in any case and width.
    """
    own = entity in OWN_ENTITIES
    return Entities(own, asset_ids(system) if own else {}, system)


def asset_ids(system: System) -> dict[str, str]:
    """Return the id of each asset by each of its names, folded."""
    ids: dict[str, str] = {}
    for asset in system.assets:
        for name in filter(None, _names(asset)):
            ids.setdefault(fold(name), asset.id)
    return ids


def _names(asset: Asset) -> tuple[str, ...]:
    price = asset.price
    return (asset.id, price, price.partition(".")[0], asset.name_zh, asset.name_en)
