"""Incidence by fixed ages between groups, against statsmodels and plain redraws."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from omzet.statistics.contrasts import newcombe
from omzet.statistics.incidence import differences
from omzet.statistics.survival import Exits, curve

OUTCOMES = ("open", "won", "lost")


def items(seed: int, n: int, won: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(1, 60, n), rng.choice([0, 1, 2], n, p=[0.2, won, 0.8 - won])


def exits(times: np.ndarray, ended: np.ndarray) -> Exits:
    return Exits.of((float(time), OUTCOMES[code], 1) for time, code in zip(times, ended, strict=True))


def share(times: np.ndarray, ended: np.ndarray, age: int) -> float:
    fitted = CumIncidenceRight(times, ended)
    return float(np.concatenate(([0.0], fitted.cinc[0]))[np.searchsorted(fitted.times, age, side="right")])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_each_group_stands_beside_all_others_as_statsmodels_counts_them() -> None:
    groups = [items(seed, 80, won) for seed, won in ((1, 0.2), (2, 0.4), (3, 0.3))]
    found = differences([exits(*group) for group in groups], "won", [10, 30, 100])
    for place, group in enumerate(groups):
        others = [other for at, other in enumerate(groups) if at != place]
        rest = np.concatenate([times for times, _ in others]), np.concatenate([ended for _, ended in others])
        for age, each in zip((10, 30, 100), found[place], strict=True):
            assert each.value == pytest.approx(share(*group, age) - share(*rest, age))
            assert each.low < each.value < each.high


def test_the_interval_is_that_of_redraws_one_by_one() -> None:
    groups = [items(4, 150, 0.2), items(5, 250, 0.35)]
    (one, _) = differences([exits(*group) for group in groups], "won", [30])
    rng = np.random.default_rng(9)
    drawn = []
    for _ in range(500):
        picks = [rng.integers(0, len(times), len(times)) for times, _ in groups]
        curves = [curve(exits(times[pick], ended[pick])) for (times, ended), pick in zip(groups, picks, strict=True)]
        assert curves[0]
        assert curves[1]
        drawn.append(curves[0].incidence("won", 30) - curves[1].incidence("won", 30))
    assert one[0].high - one[0].low == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.12)


def test_where_nobody_waits_it_is_the_difference_of_two_shares() -> None:
    groups = [Exits.of([(5.0, "won", k), (9.0, "lost", n - k)]) for k, n in ((30, 100), (45, 100))]
    (one, other) = differences(groups, "won", [20])
    plain = newcombe(30, 100, 45, 100)
    assert plain
    assert one[0].value == pytest.approx(plain.value)
    assert other[0].value == pytest.approx(-plain.value)
    assert (one[0].low, one[0].high) == pytest.approx((plain.low, plain.high), abs=0.02)


def test_before_anything_happened_nothing_differs() -> None:
    groups = [Exits.of([(5.0, "won", 3)]), Exits.of([(6.0, "won", 3)])]
    assert differences(groups, "won", [2])[0][0] == (0, 0, 0)
    with pytest.raises(ValueError, match="two groups"):
        differences(groups[:1], "won", [2])
