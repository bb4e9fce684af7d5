"""Rates of people with few cases, drawn towards those of their peers: the beta-binomial model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST = 5
"""Fewer people with cases tell nothing about how they differ."""
CERTAIN = 20
"""With fewer people the fit is uncertain itself, and intervals carry that."""
MOST = 500.0
"""Where a + b would grow past this, people do not differ beyond chance."""
WEAK = 10.0
DRAWS = 200


@dataclass(frozen=True)
class Prior:
    """Beta(a, b). `how`: `given`, `fitted`, `few` (too few people: a weak one), `alike` (no difference beyond chance).

    `draws` are the priors of resampled peers with their weights, empty where the fit is taken as certain.
    """

    a: float
    b: float
    how: str
    draws: tuple[tuple[float, float, float], ...] = ()

    @property
    def mean(self) -> float:
        """The rate of the team."""
        return self.a / (self.a + self.b)


class Posterior(NamedTuple):
    """The rate after seeing `won` of `closed`: its mean, 95 % and 90 % intervals, and the chance to be above the team."""

    mean: float
    low: float
    high: float
    low90: float
    high90: float
    above: float


def fit(won: Sequence[int], closed: Sequence[int]) -> Prior | None:
    """The prior by marginal likelihood of k_i ~ Binomial(n_i, p_i), p_i ~ Beta(a, b). None where nobody has cases.

    a + b is at most 500. With fewer than 5 people a weak prior of a + b = 10 around their common rate. With fewer than 20
    the fit is repeated on resampled people, on a grid.
    """
    pairs = tuple(sorted((k, n) for k, n in zip(won, closed, strict=True) if n > 0))
    return _fit(pairs) if pairs else None


@lru_cache(maxsize=512)
def _fit(pairs: tuple[tuple[int, int], ...]) -> Prior:
    total_won, total = sum(k for k, _ in pairs), sum(n for _, n in pairs)
    rate = total_won / total
    if not 0 < rate < 1:
        rate = (total_won + 0.5) / (total + 1)
        return Prior(WEAK * rate, WEAK * (1 - rate), "few")
    if len(pairs) < FEWEST:
        return Prior(WEAK * rate, WEAK * (1 - rate), "few")
    profile = _Profile(pairs)
    low, high = math.log(0.05), math.log(MOST)
    steps = [low + (high - low) * step / 24 for step in range(25)]
    best = max(range(25), key=lambda step: profile.at(steps[step])[0])
    left, right = steps[max(best - 1, 0)], steps[min(best + 1, 24)]
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        one, other = right - ratio * (right - left), left + ratio * (right - left)
        left, right = (left, other) if profile.at(one)[0] >= profile.at(other)[0] else (one, right)
    size = (left + right) / 2
    alike = size > high - 1e-3
    size = high if alike else size
    mean = profile.at(size)[1]
    draws = _draws(pairs, mean) if len(pairs) < CERTAIN else ()
    return Prior(math.exp(size) * mean, math.exp(size) * (1 - mean), "alike" if alike else "fitted", draws)


class _Profile:
    """The log-likelihood of a size a + b at its best mean, from how many people have more than j wins, losses and cases."""

    def __init__(self, pairs: tuple[tuple[int, int], ...]) -> None:
        won = np.array([k for k, _ in pairs])
        closed = np.array([n for _, n in pairs])
        self._won, self._lost, self._all = (_above(each) for each in (won, closed - won, closed))
        self._mean = float(won.sum() / closed.sum())

    def at(self, log_size: float) -> tuple[float, float]:
        """The log-likelihood and the mean where it is highest. It is concave in the mean: Newton, kept within 0 to 1."""
        size, mean = math.exp(log_size), self._mean
        low, high = 0.0, 1.0
        j, i = np.arange(len(self._won)), np.arange(len(self._lost))
        for _ in range(60):
            up, down = self._won / (mean * size + j), self._lost / ((1 - mean) * size + i)
            slope = size * float(up.sum() - down.sum())
            bend = -size * size * float((up / (mean * size + j)).sum() + (down / ((1 - mean) * size + i)).sum())
            low, high = (mean, high) if slope > 0 else (low, mean)
            moved = mean - slope / bend
            moved = moved if low < moved < high else (low + high) / 2
            if abs(moved - mean) < 1e-13:
                break
            mean = moved
        value = (
            float((self._won * np.log(mean * size + j)).sum())
            + float((self._lost * np.log((1 - mean) * size + i)).sum())
            - float((self._all * np.log(size + np.arange(len(self._all)))).sum())
        )
        return value, mean


def _above(counts: NDArray[np.int64]) -> Floats:
    """Element j is how many of the counts are greater than j."""
    top = int(counts.max(initial=0))
    return (len(counts) - np.cumsum(np.bincount(counts, minlength=top + 1))[:top]).astype(float)


def _draws(pairs: tuple[tuple[int, int], ...], mean: float) -> tuple[tuple[float, float, float], ...]:
    """Priors of resampled people, the best points of a grid over mean and size, each with its share of the draws."""
    from scipy.special import betaln

    won = np.array([k for k, _ in pairs], dtype=float)[:, None]
    lost = np.array([n - k for k, n in pairs], dtype=float)[:, None]
    middle = math.log(mean / (1 - mean))
    means = 1 / (1 + np.exp(-(middle + np.linspace(-2.5, 2.5, 61))))
    sizes = np.exp(np.linspace(math.log(0.5), math.log(MOST), 31))
    a, b = (part.ravel()[None, :] for part in (np.outer(means, sizes), np.outer(1 - means, sizes)))
    likelihood = betaln(a + won, b + lost) - betaln(a, b)
    picked = np.random.default_rng(20_240).multinomial(len(pairs), [1 / len(pairs)] * len(pairs), size=DRAWS)
    best, times = np.unique((picked @ likelihood).argmax(axis=1), return_counts=True)
    return tuple((float(a[0, at]), float(b[0, at]), float(count) / DRAWS) for at, count in zip(best, times, strict=True))


def posteriors(prior: Prior, won: Sequence[int], closed: Sequence[int]) -> list[Posterior]:
    """What is known of each one's rate: Beta(a + k, b + n − k), with the uncertainty of the prior where it has draws.

    The mean is (a + k)/(a + b + n) at the prior itself; nothing closed gives the prior's mean.
    """
    from scipy.special import betainc

    if not won:
        return []
    k, n = np.array(won, dtype=float), np.array(closed, dtype=float)
    draws = prior.draws or ((prior.a, prior.b, 1.0),)
    a, b, weight = (np.array(part)[:, None] for part in zip(*draws, strict=True))
    after_a, after_b = a + k, b + n - k

    def below(at: Floats) -> Floats:
        return np.asarray((weight * betainc(after_a, after_b, at)).sum(axis=0))

    means = (prior.a + k) / (prior.a + prior.b + n)
    above = 1 - (weight * betainc(after_a, after_b, a / (a + b))).sum(axis=0)
    low, high, low90, high90 = (_quantile(below, share, len(k)) for share in (0.025, 0.975, 0.05, 0.95))
    return [Posterior(*map(float, each)) for each in zip(means, low, high, low90, high90, above, strict=True)]


def _quantile(below: Callable[[Floats], Floats], share: float, count: int) -> Floats:
    """Where a rising function from 0 to 1 reaches `share`, for each of `count`, by bisection to 1e-12."""
    low, high = np.zeros(count), np.ones(count)
    for _ in range(40):
        middle = (low + high) / 2
        reached = below(middle) >= share
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return (low + high) / 2
