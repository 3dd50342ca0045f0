"""The books under templates/: one a model, and one with every industry.

``python -m tools.shipped templates`` writes them; a test compares them with the catalog.
"""

from __future__ import annotations

import sys
from pathlib import Path

from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity_excel.template.template import write_template

ALL = "all"


def shipped() -> dict[str, list[Industry]]:
    """Return the models of each shipped book, by file name."""
    models = list(catalog().values())
    single = {f"{model.id}.xlsx": [model] for model in models}
    return {f"{ALL}.xlsx": [m for m in models if m.kind == "industry"], **single}


def main(folder: Path) -> None:
    """Write every shipped book into ``folder``."""
    for name, models in shipped().items():
        write_template(models, folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
