"""How likely a signal is, given what is not published yet: by the nowcasts' own past errors.

Errors are drawn together: each print's from its own past ones, as they lie, ordered like normal
draws that are correlated as the errors were in the months that the prints share. The draws are
seeded, so that the same book gives the same odds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from prosperity.composite import nearest_correlation
from prosperity.nowcast.gate import BAND_ERRORS
from prosperity.nowcast.nowcasts import Nowcast

DRAWS, SEED = 4000, 20230731


def drawn(
    nowcasts: Mapping[str, Nowcast], draws: int = DRAWS, seed: int = SEED
) -> dict[str, np.ndarray]:
    """Return possible values (N,) of prints, drawn together, by indicator id.

    Prints with fewer than :data:`prosperity.nowcast.gate.BAND_ERRORS` past errors are left out.
    """
    able = {id: one for id, one in nowcasts.items() if len(one.errors) >= BAND_ERRORS}
    if not able:
        return {}
    generator = np.random.default_rng(seed)
    joint = generator.multivariate_normal(
        np.zeros(len(able)), correlation([one.errors for one in able.values()]), size=draws,
        method="eigh",
    )  # fmt: skip
    ranks = (joint.argsort(axis=0).argsort(axis=0) + 0.5) / draws
    return {
        id: one.value + np.quantile(one.errors.to_numpy(float), ranks[:, k])
        for k, (id, one) in enumerate(able.items())
    }


def correlation(errors: list[pd.Series[float]]) -> np.ndarray:
    """Return the correlation of errors (K, K) over the months that each two share.

    Two that share fewer than :data:`prosperity.nowcast.gate.BAND_ERRORS` months, or of which one
    does not vary, count as independent.
    """
    frame = pd.concat(errors, axis=1, sort=True)
    found = frame.corr(min_periods=BAND_ERRORS).fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(found, 1.0)
    mended: np.ndarray = nearest_correlation(found[None])[0]
    return mended
