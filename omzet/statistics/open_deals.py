"""Open deals as arrays: how many alike, their amounts and chances, and at what share of its amount a deal is won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARTS = 1024
"""In so many equally likely parts the ratios of a size band are told when they are drawn."""


@dataclass(frozen=True)
class Deals:
    """Open deals, one or several alike to a row: how many they are, the sum of their amounts and of their squares, the
    chance of each to be won, and the size band whose ratios hold for them."""

    numbers: NDArray[np.float64]
    totals: NDArray[np.float64]
    squares: NDArray[np.float64]
    chances: NDArray[np.float64]
    bands: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, float, float, int]]) -> Deals:
        """From rows of number, sum, sum of squares, chance and band."""
        import numpy as np

        columns = np.asarray(rows, dtype=float).reshape(len(rows), 5).T
        return cls(columns[0], columns[1], columns[2], np.clip(columns[3], 0, 1), columns[4].astype(np.int64))

    @classmethod
    def single(cls, amounts: Sequence[float], chances: Sequence[float]) -> Deals:
        """From one amount and chance for each deal."""
        return cls.of([(1, a, a * a, p, 0) for a, p in zip(amounts, chances, strict=True)])

    def expected(self, ratios: Ratios) -> float:
        """What they bring on average: Σ amount × chance × mean ratio."""
        return float((self.totals * self.chances * ratios.means(self.bands)).sum())

    def kept(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Deals:
        """Some of the rows."""
        return Deals(self.numbers[which], self.totals[which], self.squares[which], self.chances[which], self.bands[which])


@dataclass(frozen=True)
class Ratio:
    """What deals of one size band were won at, as a share of what they had stood at: values, each with its weight."""

    values: NDArray[np.float64]
    weights: NDArray[np.float64]

    @cached_property
    def mean(self) -> float:
        return float((self.values * self.weights).sum() / self.weights.sum())

    @cached_property
    def square(self) -> float:
        return float((self.values**2 * self.weights).sum() / self.weights.sum())

    @cached_property
    def cube(self) -> float:
        return float((self.values**3 * self.weights).sum() / self.weights.sum())

    @cached_property
    def parts(self) -> NDArray[np.float64]:
        """The value in the middle of each of many equally likely parts."""
        import numpy as np

        passed = np.cumsum(self.weights)[:-1] / self.weights.sum()
        return np.asarray(self.values[np.searchsorted(passed, (np.arange(PARTS) + 0.5) / PARTS, side="right")])


class Ratios:
    """By size band what deals were won at; a band without any takes those of all bands, and none at all is 1."""

    def __init__(self, by_band: Mapping[int, Mapping[float, float]], enough: int = 1) -> None:
        import numpy as np

        every: dict[float, float] = {}
        for counts in by_band.values():
            for ratio, n in counts.items():
                every[ratio] = every.get(ratio, 0.0) + n
        chosen = {band: counts for band, counts in by_band.items() if sum(counts.values()) >= enough}
        self._of = {
            band: Ratio(*np.asarray(sorted(counts.items()), dtype=float).T)
            for band, counts in ({None: every} | chosen if every else {}).items()
        }

    @property
    def are_one(self) -> bool:
        """True where every deal was won at what it had stood at, or none is known."""
        return all((ratio.values == 1).all() for ratio in self._of.values())

    def of(self, band: int) -> Ratio | None:
        return self._of.get(band, self._of.get(None))

    def means(self, bands: NDArray[np.int64]) -> NDArray[np.float64]:
        """The mean ratio for each of these bands."""
        return self._moments(bands, "mean")

    def moments(self, bands: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...]:
        """The mean ratio, squared ratio and cubed ratio for each of these bands."""
        return self._moments(bands, "mean"), self._moments(bands, "square"), self._moments(bands, "cube")

    def _moments(self, bands: NDArray[np.int64], name: str) -> NDArray[np.float64]:
        import numpy as np

        if not len(bands):
            return np.ones(0)
        least = int(bands.min())
        of_band = [getattr(self.of(band), name, 1.0) for band in range(least, int(bands.max()) + 1)]
        return np.asarray(of_band, dtype=float)[bands - least]

    def parts(self, bands: NDArray[np.int64]) -> NDArray[np.float64]:
        """For each of these bands a row of its ratios in equally likely parts."""
        import numpy as np

        ratios = [self.of(int(band)) for band in bands]
        return np.stack([np.ones(PARTS) if ratio is None else ratio.parts for ratio in ratios])
