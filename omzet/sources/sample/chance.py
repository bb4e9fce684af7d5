"""Draws: named streams of chance, each its own, so that a change in one part of the sample leaves the others as they were."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from random import Random
from typing import TypeVar

Item = TypeVar("Item")
GOLDEN = 0.6180339887498949
PLANE = (0.7548776662466927, 0.5698402909980532)
"""Steps of two sequences that together fill a square evenly (M. Roberts, 2018)."""


class Even:
    """Draws from 0 to 1 that are spread evenly, so that short runs of them hold few surprises (additive recurrence).

    Each draw alone is uniform: what is decided by it keeps its chance. Only totals over many draws vary less.
    """

    def __init__(self, start: float, step: float = GOLDEN) -> None:
        self._at, self._step = start, step

    def random(self) -> float:
        self._at = (self._at + self._step) % 1.0
        return self._at


class Chance:
    """One stream of draws, the same for the same name on every machine."""

    def __init__(self, *name: object) -> None:
        self._random = Random("/".join(str(part) for part in name))
        self.random = self._random.random

    def yes(self, probability: float) -> bool:
        return self.random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int((high - low + 1) * self.random())

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(len(items) * self.random())]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        left = self.random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        mixed = list(items)
        for at in range(len(mixed) - 1, 0, -1):
            other = int((at + 1) * self.random())
            mixed[at], mixed[other] = mixed[other], mixed[at]
        return mixed

    def normal(self, sd: float = 1.0) -> float:
        return self._random.gauss(0.0, sd)

    def lognormal(self, median: float, sigma: float) -> float:
        return median * exp(self._random.gauss(0.0, sigma))

    def waiting(self, mean: float) -> float:
        """An exponential time of that mean."""
        return -mean * log(1.0 - self.random())

    def gamma(self, shape: int, mean: float) -> float:
        """A gamma draw with a whole shape: the sum of that many exponential times."""
        return sum(self.waiting(mean / shape) for _ in range(shape))

    def count(self, mean: float) -> int:
        """A Poisson count (Knuth's product of uniforms; for means below some tens)."""
        limit, product, number = exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            number += 1
        return number
