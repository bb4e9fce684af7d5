"""The distribution of a sum of deals: exact for few, drawn for many, both held against what is known."""

from __future__ import annotations

from itertools import product
from math import prod, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from omzet.statistics.outcomes import of_deals

chances = some.floats(0, 1)


@given(some.lists(some.tuples(some.integers(-500, 5000), chances), max_size=7))
def test_few_deals_are_enumerated(deals: list[tuple[int, float]]) -> None:
    amounts, given_chances = [a for a, _ in deals], [p for _, p in deals]
    found = of_deals(amounts, given_chances)
    whole: dict[int, float] = {}
    for won in product((0, 1), repeat=len(deals)):
        total = sum(a * w for a, w in zip(amounts, won, strict=True))
        whole[total] = whole.get(total, 0.0) + prod(p if w else 1 - p for p, w in zip(given_chances, won, strict=True))
    assert found.chances.sum() == pytest.approx(1)
    assert found.mean == pytest.approx(sum(total * p for total, p in whole.items()), abs=1e-6)
    for total in whole:
        assert found.at_least(total) == pytest.approx(sum(p for other, p in whole.items() if other >= total), abs=1e-9)


def test_equal_deals_are_binomial() -> None:
    found = of_deals([10.0] * 16, [0.3] * 16)
    expected = stats.binom(16, 0.3)
    assert [found.quantile(q) for q in (0.1, 0.5, 0.9)] == [10 * expected.ppf(q) for q in (0.1, 0.5, 0.9)]


def test_many_deals_are_drawn_as_often_as_they_should_be() -> None:
    dice = np.random.default_rng(3)
    amounts, probabilities = dice.lognormal(8, 1, 6000), dice.random(6000) * 0.5
    found = of_deals(list(amounts), list(probabilities), more=[1000.0, 3000.0])
    mean = (amounts * probabilities).sum() + 2000
    spread = sqrt((amounts**2 * probabilities * (1 - probabilities)).sum() + 1000**2)
    assert found.mean == pytest.approx(mean, abs=4 * spread / 100)
    assert found.quantile(0.9) - found.quantile(0.1) == pytest.approx(2 * 1.2816 * spread, rel=0.05)


def test_no_deals_bring_nothing_but_what_comes_on_top() -> None:
    assert of_deals([], []).quantile(0.5) == 0
    found = of_deals([], [], more=[1.0, 1.0, 3.0])
    assert [found.mean, found.quantile(0.5), found.at_least(3)] == pytest.approx([5 / 3, 1.0, 1 / 3])
