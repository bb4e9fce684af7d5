"""The distribution of a sum of deals: exact for few, drawn for many, both held against what is known."""

from __future__ import annotations

from itertools import product
from math import prod, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from omzet.statistics.open_deals import Deals, Ratios
from omzet.statistics.outcomes import Outcomes, of_deals, outcomes, share_below
from omzet.statistics.shocks import moved, shocks

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


deal_lists = some.lists(some.tuples(some.integers(1, 5000), some.floats(0.05, 0.95)), min_size=2, max_size=9)


@given(deal_lists, some.sampled_from([0.2, 0.5, 1.0]))
def test_a_shock_widens_what_it_leaves_in_the_middle(deals: list[tuple[int, float]], shock: float) -> None:
    amounts, given_chances = [float(a) for a, _ in deals], [p for _, p in deals]
    alone, together = of_deals(amounts, given_chances), of_deals(amounts, given_chances, shock=shock)
    assert together.chances.sum() == pytest.approx(1)
    assert together.mean == pytest.approx(alone.mean, rel=1e-6)
    assert deviation(together) >= deviation(alone) * (1 - 1e-9)
    assert of_deals(amounts, given_chances, shock=0).totals.tolist() == alone.totals.tolist()


def test_a_larger_shock_gives_a_wider_range_of_many_deals() -> None:
    spreads = []
    for shock in (0.0, 0.3, 0.6, 1.0):
        found = of_deals([100.0] * 60, [0.3] * 60, shock=shock)
        spreads.append(found.quantile(0.9) - found.quantile(0.1))
        assert found.mean == pytest.approx(1800, rel=0.02)
    assert spreads == sorted(spreads)
    # Their own spread is √(0.7 ÷ 0.3 ÷ 60) of what is expected, and the shock moves a chance by 0.3 × 0.7 of itself.
    wide = 1.2816 * sqrt(0.7 / 0.3 / 60 + 0.21**2)
    found = of_deals([100.0] * 60, [0.3] * 60, shock=0.3)
    assert [found.quantile(0.1) / 1800, found.quantile(0.9) / 1800] == pytest.approx([1 - wide, 1 + wide], abs=0.04)


def test_deals_are_won_at_what_deals_of_their_size_were_won_at() -> None:
    ratios = Ratios({2: {0.5: 3, 1.0: 1}, 3: {1.2: 1}})
    deals = Deals.of([(1, 100, 100**2, 1.0, 2), (1, 2000, 2000**2, 1.0, 3)])
    found = outcomes(deals, ratios=ratios)
    assert sorted({round(total) for total in found.totals}) == [2450, 2500]
    assert found.at_least(2500) == pytest.approx(0.25, abs=0.02)
    assert deals.expected(ratios) == pytest.approx(62.5 + 2400)


def test_a_band_with_too_few_takes_the_ratios_of_all() -> None:
    ratios = Ratios({2: {0.5: 1}, 3: {1.0: 9}}, enough=5)
    assert ratios.means(np.array([2, 3, 7])).tolist() == pytest.approx([0.95, 1.0, 0.95])
    assert Ratios({}).means(np.array([1])).tolist() == [1.0]


def test_deals_told_together_spread_as_told_one_by_one() -> None:
    dice = np.random.default_rng(5)
    amounts = dice.lognormal(8, 1, 3000)
    alone = of_deals(list(amounts), [0.2] * 3000, shock=0.2)
    together = outcomes(Deals.of([(3000, amounts.sum(), (amounts**2).sum(), 0.2, 0)]), shock=0.2)
    for share in (0.1, 0.5, 0.9):
        assert together.quantile(share) == pytest.approx(alone.quantile(share), rel=0.01)


@given(some.lists(some.integers(0, 1000), min_size=1, max_size=6), some.integers(-100, 1100))
def test_the_ranked_probability_score_is_that_of_its_definition(totals: list[int], actual: int) -> None:
    found = of_deals([], [], more=[float(total) for total in totals])
    n = len(totals)
    apart = sum(abs(a - b) for a in totals for b in totals) / n**2
    assert found.crps(actual) == pytest.approx(sum(abs(t - actual) for t in totals) / n - apart / 2, abs=1e-6)


@pytest.mark.parametrize("shock", [0.0, 0.4])
def test_the_share_below_a_total_is_that_of_the_draws(shock: float) -> None:
    deals = Deals.single([50.0 + at for at in range(300)], [0.1 + 0.002 * at for at in range(300)])
    found = outcomes(deals, shock=shock)
    for share in (0.1, 0.5, 0.9):
        assert share_below(deals, found.quantile(share), shock) == pytest.approx(share, abs=0.02)


def deviation(found: Outcomes) -> float:
    return sqrt(float(((found.totals - found.mean) ** 2 * found.chances).sum()))


@pytest.mark.parametrize(
    ("n", "spread", "shock"), [(40, 1.0, 0.0), (120, 1.0, 0.3), (400, 1.0, 0.0), (400, 1.8, 0.5), (1000, 1.2, 0.2)]
)
def test_quantiles_are_those_of_every_deal_drawn_by_itself(n: int, spread: float, shock: float) -> None:
    dice = np.random.default_rng(n)
    amounts, given_chances = dice.lognormal(9, spread, n), dice.uniform(0.02, 0.6, n)
    bands = np.floor(np.log10(amounts)).astype(int)
    counts = {int(band): {0.6: 2.0, 0.9: 3.0, 1.0: 6.0, 1.3: 1.0 + int(band)} for band in np.unique(bands)}
    deals = Deals.of([(1, a, a * a, p, b) for a, p, b in zip(amounts, given_chances, bands, strict=True)])
    more = [50_000.0, 90_000.0, 200_000.0]
    found = outcomes(deals, ratios=Ratios(counts), shock=shock, more=more)
    logits = np.log(given_chances / (1 - given_chances))
    drawn = []
    for move in np.asarray([stats.norm.ppf((at + 0.5) / 100, scale=shock) if shock else 0.0 for at in range(100)]):
        if shock:  # the middle of the logits that leaves the chances what they are, by Gauss and Hermite
            at, weights = np.polynomial.hermite_e.hermegauss(60)
            middle = logits.copy()
            for _ in range(10):
                each = 1 / (1 + np.exp(-(middle[:, None] + shock * at)))
                mean, slope = each @ weights / weights.sum(), (each * (1 - each)) @ weights / weights.sum()
                middle -= (mean - given_chances) / slope
            now = 1 / (1 + np.exp(-(middle + move)))
        else:
            now = given_chances
        won = dice.random((600, n)) < now
        ratio = np.empty((600, n))
        for band, ratios in counts.items():
            which = bands == band
            weights = np.asarray(list(ratios.values()))
            ratio[:, which] = dice.choice(list(ratios), (600, int(which.sum())), p=weights / weights.sum())
        drawn.append((won * ratio) @ amounts)
    brute = np.concatenate(drawn) + dice.choice(more, 60_000)
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        # An empirical quantile of 10,000 draws is off by 1 to 2 hundredths of a standard deviation.
        assert found.quantile(share) == pytest.approx(np.quantile(brute, share), abs=0.06 * brute.std())


@given(some.floats(0.001, 0.999), some.sampled_from([0.1, 0.3, 0.75, 1.0, 2.0]))
def test_chances_that_move_are_on_average_what_they_are(chance: float, shock: float) -> None:
    assert moved(np.array([chance]), shocks(shock), shock).mean() == pytest.approx(chance, rel=1e-6)


@pytest.mark.parametrize("n", [60, 200])
def test_sums_of_many_equal_deals_lie_a_step_apart(n: int) -> None:
    found, expected = of_deals([1000.0] * n, [0.2] * n), stats.binom(n, 0.2)
    assert set(found.totals % 1000) == {0}
    for wins in (n // 8, n // 5, n // 4):
        assert found.at_least(1000 * wins) == pytest.approx(expected.sf(wins - 1), abs=0.01)
