"""Train all kinds on all folds, and say what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from prosperity.errors import DataError, SettingError
from prosperity.learn import store
from prosperity.learn.folds import Fold, folds
from prosperity.learn.linear import ridge
from prosperity.learn.samples import Samples
from prosperity.learn.settings import LearnSettings
from prosperity.learn.store import Piece
from prosperity.learn.worth import Worth, worth
from prosperity.notice import Notice
from prosperity.progress import Progress

RIDGE, PLAIN, ATTENTION_GRU = "ridge", "gru", "attention_gru"
#: The parts of each kind of network; the ridge has none.
KINDS: Mapping[str, tuple[str, ...]] = {
    RIDGE: (),
    PLAIN: ("gru",),
    ATTENTION_GRU: ("attention", "gru", "residual"),
}
#: Steps that are timed before a training, to say how long it will take.
TIMED = 3


@dataclass(frozen=True)
class Estimate:
    """What a training is expected to take on this machine.

    Attributes
    ----------
    seconds : float
    bytes : int
        Of memory, beyond the data that is read.
    networks : int
        That are still to be trained.
    """

    seconds: float
    bytes: int
    networks: int


@dataclass(frozen=True)
class Fitted:
    """Scores out of sample by kind, and what they were worth.

    Attributes
    ----------
    scores : dict of str to DataFrame
        Days scored by code, standardised within the day; each by a fold trained before it.
    trained_to : Series
        By day: when the last label of its fold's training became known.
    worth : dict of str to Worth
    notices : tuple of Notice
    card : dict
        What the folder's ``card.json`` says.
    """

    scores: dict[str, pd.DataFrame]
    trained_to: pd.Series[pd.Timestamp]
    worth: dict[str, Worth]
    notices: tuple[Notice, ...]
    card: dict[str, Any]


def fit(
    samples: Samples,
    settings: LearnSettings,
    folder: Path,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    progress: Progress | None = None,
) -> Fitted:
    """Train, score and judge; what is trained is kept in a folder, piece by piece.

    Parameters
    ----------
    samples, settings
        What is trained on, and how.
    folder
        Made where it is not there. Pieces of the same data and settings are used as they are, so
        that an interrupted training goes on; pieces of others are refused.
    kinds
        Of :data:`KINDS`. The ridge needs no torch.
    progress
        Told of each epoch; it may raise, which ends the work. What was finished stays.

    Returns
    -------
    Fitted

    Raises
    ------
    DataError
        ``short_history``, ``no_labels``, ``other_model`` for a folder that holds another's.
    SettingError
        ``no_torch`` without the extra ``learn``.
    """
    if any(KINDS[kind] for kind in kinds):
        need_torch()
    walked = folds(samples, settings)
    key = store.key_of(samples, settings)
    refuse_other(folder, key)
    folder.mkdir(parents=True, exist_ok=True)
    found = {kind: np.full((0, len(samples.codes)), np.nan) for kind in kinds}
    files: dict[str, str] = {}
    count = len(pieces(walked, kinds, settings)) * settings.epochs
    done = 0
    for fold in walked:
        for kind in kinds:
            own = []
            for seed in range(seeds_of(kind, settings)):
                piece = Piece(fold.number, kind, seed)
                weights = store.load(folder, piece, key)
                if weights is None:
                    told = _told(progress, piece, done, count)
                    weights = _trained(samples, fold, settings, piece, told)
                    store.save(folder, piece, key, weights)
                done += settings.epochs if KINDS[kind] else 0
                files[piece.file] = store.digest(folder, piece)
                own.append(scored(samples, fold.test, settings, kind, weights))
            found[kind] = np.vstack([found[kind], averaged(own)])
    days = samples.days[np.concatenate([fold.test for fold in walked])]
    scores = {kind: pd.DataFrame(own, days, samples.codes) for kind, own in found.items()}
    value = {kind: worth(own, samples, settings) for kind, own in scores.items()}
    ends = [end for fold in walked for end in [fold.trained_to] * len(fold.test)]
    notices = judged(value)
    card = _card(samples, settings, walked, value, files, notices, key)
    store.write_card(folder, card)
    return Fitted(scores, pd.Series(ends, days), value, notices, card)


def estimate(
    samples: Samples, settings: LearnSettings, folder: Path, kinds: Sequence[str] = tuple(KINDS)
) -> Estimate:
    """Return what is still to be trained and how long it takes here, by timing a few steps."""
    need_torch()
    from prosperity.learn import training

    walked = folds(samples, settings)
    key = store.key_of(samples, settings)
    seconds, networks = 0.0, 0
    days = [
        training.labelled(samples, int(place), settings.window)
        for place in walked[-1].train[-TIMED:]
    ]
    weight = {fold.number: len(fold.train) + len(fold.valid) / 3 for fold in walked}
    for kind in [kind for kind in kinds if KINDS[kind]]:
        own = [p for p in pieces(walked, [kind], settings) if store.load(folder, p, key) is None]
        if own:
            networks += len(own)
            each = training.seconds_a_step(KINDS[kind], days, settings)
            seconds += sum(weight[piece.fold] for piece in own) * settings.epochs * each
    chosen = [samples.at(int(place), settings.window)[1] for place in walked[-1].valid]
    largest = max(len(rows) for rows in chosen)
    # Of each day of a window: the rows, the attention's three, the GRU's gates and their slopes.
    wide = 8 * len(samples.features) + 8 * settings.hidden
    size = sum(rows.nbytes for rows in chosen) + 4 * largest * settings.window * wide
    return Estimate(seconds, size, networks)


def need_torch() -> None:
    """Say what to install where torch is not there.

    Raises
    ------
    SettingError
        ``no_torch``.
    """
    try:
        import_module("torch")
        import_module("safetensors")
    except ImportError:
        raise SettingError(
            "no_torch",
            "网络的训练与打分需要 Prosperity 的扩展 learn：pip install torch safetensors。",
            "Networks are trained and score with Prosperity's extra 'learn': pip install torch "
            "safetensors.",
        ) from None


def refuse_other(folder: Path, key: str) -> None:
    """Refuse a folder that holds another training, or anything else.

    Raises
    ------
    DataError
        ``other_model`` or ``not_a_model_folder``.
    """
    if not folder.exists():
        return
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else [folder.name]
    strange = [n for n in names if n not in (store.CARD, "scores.csv")
               and not n.endswith((".safetensors", ".part"))]  # fmt: skip
    if strange or not folder.is_dir():
        raise DataError(
            "not_a_model_folder",
            f"{folder.name} 中有别的文件（{(strange or names)[0]}）；请另选文件夹。",
            f"{folder.name} holds other files ({(strange or names)[0]}); choose another folder.",
        )
    if {*store.keys(folder)} - {key}:
        raise DataError(
            "other_model",
            f"{folder.name} 中的模型用别的数据或设置训练；请另选文件夹。",
            f"The model in {folder.name} was trained on other data or settings; choose another "
            "folder.",
        )


def seeds_of(kind: str, settings: LearnSettings) -> int:
    """Return how many networks of a kind a fold has; a ridge is always the same."""
    return settings.seeds if KINDS[kind] else 1


def pieces(walked: Sequence[Fold], kinds: Sequence[str], settings: LearnSettings) -> list[Piece]:
    """Return the networks of all folds."""
    return [
        Piece(fold.number, kind, seed)
        for fold in walked
        for kind in kinds
        if KINDS[kind]
        for seed in range(settings.seeds)
    ]


def _told(progress: Progress | None, piece: Piece, done: int, count: int) -> Any:
    def told(epoch: int) -> None:
        if progress is not None:
            progress(f"{piece.kind} {piece.fold + 1}.{piece.seed + 1}", done + epoch, count)

    return told


def _trained(
    samples: Samples, fold: Fold, settings: LearnSettings, piece: Piece, told: Any
) -> dict[str, np.ndarray]:
    if not KINDS[piece.kind]:
        return {"weights": ridge(samples, fold, settings.window)}
    from prosperity.learn.training import trained

    return trained(samples, fold, settings, KINDS[piece.kind], piece.seed, told)


def scored(
    samples: Samples, places: Sequence[int] | np.ndarray, settings: LearnSettings, kind: str,
    weights: Mapping[str, np.ndarray],
) -> np.ndarray:  # fmt: skip
    """Return the scores (days, N) of one network or ridge, standardised within each day."""
    if KINDS[kind]:
        from prosperity.learn.training import network_scores

        return _within(network_scores(samples, list(places), settings, KINDS[kind], weights))
    found = np.full((len(places), len(samples.codes)), np.nan)
    for row, place in enumerate(places):
        columns, rows = samples.at(int(place), settings.window)
        found[row, columns] = rows[:, -1].astype(float) @ weights["weights"]
    return _within(found)


def _within(found: np.ndarray) -> np.ndarray:
    """Return scores centred and scaled within each day; 0 where they do not differ."""
    frame = pd.DataFrame(found)
    own = frame.sub(frame.mean(axis=1), axis=0)
    spread = frame.std(axis=1, ddof=0)
    return own.div(spread.where(spread > 1e-12, np.inf), axis=0).to_numpy()


def averaged(own: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of the seeds' scores."""
    mean: np.ndarray = np.mean(np.stack(own), axis=0)
    return mean


def judged(value: Mapping[str, Worth]) -> tuple[Notice, ...]:
    """Say where the network does not beat the straight line."""
    return tuple(_judged(value))


def _judged(value: Mapping[str, Worth]) -> Iterator[Notice]:
    line = value.get(RIDGE)
    for kind in (PLAIN, ATTENTION_GRU):
        own = value.get(kind)
        if own is None or line is None:
            continue
        if not own.coefficient > line.coefficient:
            yield Notice(
                "no_better_than_ridge",
                f"{kind} 的样本外 IC 为 {own.coefficient:+.3f}，不高于岭回归的 "
                f"{line.coefficient:+.3f}：这里用岭回归即可。",
                f"{kind} has an information coefficient out of sample of "
                f"{own.coefficient:+.3f}, no better than ridge with {line.coefficient:+.3f}: the "
                "ridge does as well here.",
            )


def _card(
    samples: Samples, settings: LearnSettings, walked: Sequence[Fold],
    value: Mapping[str, Worth], files: Mapping[str, str], notices: Sequence[Notice], key: str,
) -> dict[str, Any]:  # fmt: skip
    days = samples.days
    return {
        "format": "prosperity.learn",
        "recipe": store.RECIPE,
        "key": key,
        "made_by": f"prosperity {version('prosperity')}",
        "data": {
            "file": samples.file,
            "sha256": samples.sha256,
            "codes": len(samples.codes),
            "first": f"{days[0]:%Y-%m-%d}",
            "last": f"{days[-1]:%Y-%m-%d}",
        },
        "features": samples.features,
        "settings": settings.as_dict(),
        "label": "rank within the day of the return over the horizon",
        "loss": "minus the correlation of score and label within each day",
        "folds": [
            {
                "number": fold.number,
                "train": [f"{days[p]:%Y-%m-%d}" for p in fold.train[[0, -1]]],
                "valid": [f"{days[p]:%Y-%m-%d}" for p in fold.valid[[0, -1]]],
                "test": [f"{days[p]:%Y-%m-%d}" for p in fold.test[[0, -1]]],
                "trained_to": f"{fold.trained_to:%Y-%m-%d}",
            }
            for fold in walked
        ],
        "worth": {kind: _plain(asdict(own)) for kind, own in value.items()},
        "notices": [{"code": n.code, "zh": n.zh, "en": n.en} for n in notices],
        "files": dict(files),
    }


def _plain(found: Any) -> Any:
    """Return a value for JSON: None for what is no number."""
    if isinstance(found, dict):
        return {name: _plain(own) for name, own in found.items()}
    if isinstance(found, list):
        return [_plain(own) for own in found]
    return None if isinstance(found, float) and not np.isfinite(found) else found
