"""The constants of a training, each with its default and its range."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from prosperity.errors import SettingError


@dataclass(frozen=True)
class LearnSettings:
    """How a score model is trained.

    Attributes
    ----------
    window : int
        Days of features that the network reads, the decision's own being the last.
    horizon : int
        Days over which the label's return runs, and the gap between a training and what follows.
    every : int
        Days from one sample to the next; as long as the horizon, labels do not overlap.
    hidden : int
        Width of the GRU.
    train_months, valid_months, step_months : int
        Calendar months of a fold's training, of the choice of epochs, and of its scores.
    epochs, averaged : int
        Passes over the training, and how many of the best by validation are averaged.
    seeds : int
        Networks of each kind whose scores are averaged.
    rate : float
        Learning rate of Adam.

    Raises
    ------
    SettingError
        ``bad_setting`` for a value out of its range.
    """

    window: int = 30
    horizon: int = 20
    every: int = 20
    hidden: int = 64
    train_months: int = 72
    valid_months: int = 12
    step_months: int = 12
    epochs: int = 30
    averaged: int = 5
    seeds: int = 3
    rate: float = 1e-3

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = RANGES[field.name]
            value = getattr(self, field.name)
            if not low <= value <= high:
                raise SettingError(
                    "out_of_bounds",
                    f"{field.name} 应为 {low:g} 至 {high:g}，现为 {value:g}。",
                    f"{field.name} is from {low:g} to {high:g}, not {value:g}.",
                )
        if self.averaged > self.epochs:
            raise SettingError(
                "more_averaged",
                f"averaged（{self.averaged}）不能多于 epochs（{self.epochs}）。",
                f"averaged ({self.averaged}) is at most epochs ({self.epochs}).",
            )

    def as_dict(self) -> dict[str, float]:
        """Return the constants by name, for the model's card."""
        return dict(asdict(self))


#: The least and the greatest value of each constant.
RANGES: dict[str, tuple[float, float]] = {
    "window": (1, 250),
    "horizon": (1, 250),
    "every": (1, 60),
    "hidden": (2, 512),
    "train_months": (1, 240),
    "valid_months": (1, 60),
    "step_months": (1, 60),
    "epochs": (1, 500),
    "averaged": (1, 50),
    "seeds": (1, 20),
    "rate": (1e-6, 1.0),
}
