"""Whether people differ more than chance alone makes them differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FEWEST = 10
"""With fewer people the spread is that of the outlier itself."""


def overdispersion(z_scores: Sequence[float]) -> float:
    """The factor by which z-scores spread more than chance: 1 where that can't be told.

    The mean of z², each z held within the 10 % and 90 % points (Spiegelhalter 2005, Statist. Med. 24:1185-1202); only from
    10 people on, and only where Σz² passes the 95 % point of χ² with one less degree of freedom.
    """
    if len(z_scores) < FEWEST:
        return 1.0
    from scipy.special import chdtri

    z = np.asarray(z_scores, dtype=float)
    if float((z * z).sum()) <= float(chdtri(len(z) - 1, 0.05)):
        return 1.0
    held = np.clip(z, *np.quantile(z, [0.1, 0.9]))
    return max(1.0, float((held * held).mean()))
