"""A folder of trained models: weights as safetensors, never pickles, and a card in JSON.

Each piece carries the key of what it was trained on: data, settings and kind. A piece whose key is
another's is not used, so an interrupted training goes on where it ended, and nothing else does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from prosperity.errors import DataError
from prosperity.learn.samples import Samples
from prosperity.learn.settings import LearnSettings

CARD = "card.json"
#: Of the training's own ways: a change that moves its results moves this number.
RECIPE = 1
#: A card, and weights, that are larger than this are not ours.
MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Piece:
    """The name of one piece: a kind's network of one fold and seed."""

    fold: int
    kind: str
    seed: int

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"fold{self.fold:03d}_{self.kind}_seed{self.seed}.safetensors"


def key_of(samples: Samples, settings: LearnSettings) -> str:
    """Return the key of data and settings."""
    digest = hashlib.sha256(f"{RECIPE} {sorted(settings.as_dict().items())}".encode())
    digest.update("\0".join([*samples.codes, "", *samples.features]).encode())
    for array in (samples.days.to_numpy("int64"), samples.values, samples.there, samples.returns):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def save(folder: Path, piece: Piece, key: str, weights: Mapping[str, np.ndarray]) -> str:
    """Write a piece whole or not at all; return the hash of its bytes."""
    from safetensors.numpy import save as packed

    own = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    # One entry alone: the order of several is not the same each time.
    data = packed(own, metadata={"key": f"{key} {piece.file}"})
    write(folder / piece.file, data)
    return hashlib.sha256(data).hexdigest()


def load(folder: Path, piece: Piece, key: str) -> dict[str, np.ndarray] | None:
    """Return a piece's weights; None where it is not there, or is another key's, or damaged."""
    from safetensors import SafetensorError, safe_open

    path = folder / piece.file
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            if (file.metadata() or {}).get("key") != f"{key} {piece.file}":
                return None
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError):
        return None


def keys(folder: Path) -> Iterator[str]:
    """Yield the keys of the card and the pieces of a folder; empty for what cannot be read."""
    from safetensors import SafetensorError, safe_open

    if (folder / CARD).exists():
        yield str(read_card(folder).get("key", ""))
    for path in folder.glob("*.safetensors"):
        try:
            with safe_open(path, framework="numpy") as file:
                yield (file.metadata() or {}).get("key", "").partition(" ")[0]
        except (SafetensorError, OSError, ValueError):
            yield ""


def digest(folder: Path, piece: Piece) -> str:
    """Return the hash of a piece's bytes."""
    return hashlib.sha256((folder / piece.file).read_bytes()).hexdigest()


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write the card of a folder."""
    text = json.dumps(card, ensure_ascii=False, indent=1, allow_nan=False)
    write(folder / CARD, text.encode())


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card of a folder.

    Raises
    ------
    DataError
        ``no_model`` where there is none that can be read.
    """
    path = folder / CARD
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        card = json.loads(path.read_text("utf-8"))
        if card["format"] != "prosperity.learn" or card["recipe"] != RECIPE:
            raise ValueError("another format")
        return dict(card)
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(
            "no_trained_model",
            f"{folder.name} 中没有本版本可读的模型卡 {CARD}；请先运行 prosperity learn fit。",
            f"{folder.name} has no model card {CARD} that this version reads; run 'prosperity "
            "learn fit' first.",
        ) from None
