"""Logistic regression on grouped counts, and the expected wins it gives to cases it has not seen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def fit(design: Floats, successes: Floats, trials: Floats, *, ridge: float = 0.0) -> Floats:
    """Coefficients by iteratively reweighted least squares: `design` has a row for each group, its first column being 1.

    Maximises Σ k·η − n·ln(1 + e^η) − ridge/2·Σβ² (the constant is not held back). A little `ridge` keeps a level that
    only won or only lost finite.
    """
    coefficients = np.zeros(design.shape[1])
    held = np.full(design.shape[1], ridge)
    held[0] = 0.0
    for _ in range(50):
        eta = np.clip(design @ coefficients, -30, 30)
        share = 1 / (1 + np.exp(-eta))
        gradient = design.T @ (successes - trials * share) - held * coefficients
        weight = trials * share * (1 - share)
        hessian = (design * weight[:, None]).T @ design + np.diag(held + 1e-12)
        step = np.linalg.solve(hessian, gradient)
        largest = float(np.abs(step).max())
        coefficients = coefficients + step * min(1.0, 5.0 / largest if largest else 1.0)
        if largest < 1e-10:
            break
    return coefficients


def one_hot(profiles: Sequence[Sequence[Hashable]]) -> Floats:
    """A design matrix: a constant, and for each position of the profiles a column a level but for its first."""
    columns = [np.ones(len(profiles))]
    for position in range(len(profiles[0]) if profiles else 0):
        levels = sorted({profile[position] for profile in profiles}, key=lambda level: (level is None, str(level)))
        columns += [np.array([float(profile[position] == level) for profile in profiles]) for level in levels[1:]]
    return np.column_stack(columns)


def out_of_fold(
    profiles: Sequence[Sequence[Hashable]], folds: Sequence[int], successes: Sequence[int], trials: Sequence[int]
) -> list[float]:
    """The chance to win of each group (a profile in a fold), by a model fitted on the other folds.

    A case never helps to predict itself. Main effects of each position of the profile, ridge 1 on the log-odds. Where the
    other folds hold nothing, the share over all.
    """
    design = one_hot(profiles)
    fold, k, n = np.array(folds), np.array(successes, dtype=float), np.array(trials, dtype=float)
    total = float(n.sum())
    found = np.full(len(profiles), float(k.sum()) / total if total else 0.0)
    for each in sorted(set(folds)):
        rest = fold != each
        if not rest.any() or not 0 < k[rest].sum() < n[rest].sum():
            continue
        eta = design[~rest] @ fit(design[rest], k[rest], n[rest], ridge=1.0)
        found[~rest] = 1 / (1 + np.exp(-np.clip(eta, -30, 30)))
    return [float(value) for value in found]
