"""STL against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.seasonal import STL

from omzet.statistics.seasons import decompose


def series(months: int, seed: int, outliers: int = 0) -> list[float]:
    rng = np.random.default_rng(seed)
    at = np.arange(months)
    values = 1_000 + 12 * at + 200 * np.sin(2 * np.pi * at / 12) + rng.normal(0, 40, months)
    values[rng.choice(months, outliers, replace=False)] *= 3
    return [float(value) for value in values]


@pytest.mark.parametrize("months", [24, 25, 31, 36, 38, 47, 60, 97, 132])
@pytest.mark.parametrize("outliers", [0, 3])
def test_the_parts_are_those_of_statsmodels(months: int, outliers: int) -> None:
    values = series(months, months, outliers)
    found, fitted = decompose(values), STL(np.array(values), period=12, seasonal_deg=0, robust=True).fit()
    assert found.season == pytest.approx(fitted.seasonal, rel=1e-7, abs=1e-6)
    assert found.trend == pytest.approx(fitted.trend, rel=1e-7, abs=1e-6)


def test_a_series_of_another_period() -> None:
    values = series(40, 1)
    found, fitted = decompose(values, 4, 11), STL(np.array(values), period=4, seasonal=11, seasonal_deg=0, robust=True).fit()
    assert found.season == pytest.approx(fitted.seasonal, abs=1e-6)


def test_a_season_that_returns_exactly_is_found_whole() -> None:
    waves = decompose([100.0 + (at % 12) for at in range(48)])
    assert waves.season + waves.trend == pytest.approx([100.0 + (at % 12) for at in range(48)], abs=1e-6)
    assert waves.trend == pytest.approx(np.full(48, 105.5), abs=0.01)


def test_two_periods_are_needed() -> None:
    with pytest.raises(ValueError, match="two periods"):
        decompose(series(23, 1))
