"""An industry of one's own to begin with: a definition that runs, and data that are simulated."""

from __future__ import annotations

from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.errors import DefinitionError
from prosperity.records import build

#: Indicators that a new industry may begin with; more are rows of the definition sheet.
MOST_INDICATORS = 40


def own_industry(id: str, indicators: int) -> Industry:
    """Return an industry with so many monthly indicators of equal weight.

    Parameters
    ----------
    id
        Of the industry; its names are the same until the analyst writes others.
    indicators
        How many, called ``ID_1``, ``ID_2`` and so on; each is taken as it is published.

    Raises
    ------
    DefinitionError
        ``known_industry`` for an id of the catalog, ``bad_id`` for one that cannot be.
    """
    if id in catalog():
        raise DefinitionError(
            "known_industry",
            f"目录中已有 {id}；用 prosperity template {id} 生成它的工作簿，或换一个 id。",
            f"The catalog has {id}; 'prosperity template {id}' writes its book, or choose another "
            "id.",
        )
    rows = [
        {
            "id": f"{id}_{number}",
            "name_zh": f"{id} 指标{number}",
            "name_en": f"{id} indicator {number}",
            "dimension": "all",
            "transform": "yoy",
        }
        for number in range(1, indicators + 1)
    ]
    return build(
        {
            "industry": [{"id": id, "name_zh": id}],
            "dimension": [{"id": "all", "name_zh": "全部", "name_en": "All"}],
            "indicator": rows,
        }
    )
