"""Prompts: files with a version, and the messages and the schema that they become."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from prosperity_excel.views.news import Selected

LOWEST, HIGHEST = -2, 2


@dataclass(frozen=True)
class Prompt:
    """What is said to a model.

    Attributes
    ----------
    task : str
    version : int
    system, user : str
        ``user`` has places for ``date``, ``assets``, ``news``, ``count`` and ``left``.
    """

    task: str
    version: int
    system: str
    user: str

    @property
    def id(self) -> str:
        """Task and version, such as ``industry.v1``."""
        return f"{self.task}.v{self.version}"


@cache
def prompt(task: str) -> Prompt:
    """Return the newest prompt of a task.

    Raises
    ------
    KeyError
        For a task that there is none for.
    """
    folder = resources.files("prosperity_excel") / "views" / "prompts"
    found = [
        Prompt(**tomllib.loads(file.read_text(encoding="utf-8")))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    own = [one for one in found if one.task == task]
    if not own:
        raise KeyError(task)
    return max(own, key=lambda one: one.version)


def messages(
    one: Prompt, day: date, assets: Mapping[str, str], news: Selected
) -> list[dict[str, str]]:
    """Return the messages of a question.

    Parameters
    ----------
    one
        The prompt.
    day
        The decision.
    assets
        Names by id.
    news
        What was published before it.
    """
    # Titles may hold braces; only our own places are filled.
    filled = {
        "date": f"{day:%Y-%m-%d}",
        "assets": "\n".join(f"{id}：{name}" for id, name in assets.items()),
        "news": news.text,
        "count": str(news.count),
        "left": str(news.left),
    }
    text = one.user
    for name in ("date", "assets", "count", "left", "news"):
        text = text.replace("{" + name + "}", filled[name])
    return [
        {"role": "system", "content": one.system.strip()},
        {"role": "user", "content": text.strip()},
    ]


def schema(ids: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of an answer: a whole number from -2 to 2 for every id."""
    score = {"type": "integer", "enum": list(range(LOWEST, HIGHEST + 1))}
    return {
        "type": "object",
        "properties": dict.fromkeys(ids, score),
        "required": list(ids),
        "additionalProperties": False,
    }


def scores_of(answer: Any, ids: Sequence[str]) -> dict[str, int] | None:
    """Return the scores of an answer that keeps to the schema; None for one that does not."""
    if not isinstance(answer, dict) or set(answer) != set(ids):
        return None
    if not all(
        isinstance(v, int) and not isinstance(v, bool) and LOWEST <= v <= HIGHEST
        for v in answer.values()
    ):
        return None
    return {id: int(answer[id]) for id in ids}
