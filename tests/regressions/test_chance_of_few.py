"""What happens two times in three is not beyond chance: two of two won at 80 % is no finding."""

from __future__ import annotations

import pytest

from omzet.statistics.chance import limits


@pytest.mark.parametrize(("rate", "trials"), [(0.8, 2), (0.5, 1), (0.6, 5), (0.2, 3)])
def test_an_outcome_that_is_likely_lies_within_the_limits(rate: float, trials: int) -> None:
    assert limits(rate, trials)[1] >= 1 or rate**trials / 2 < 0.025
    assert limits(rate, trials)[0] <= 0 or (1 - rate) ** trials / 2 < 0.025


def test_a_real_exception_among_few_is_still_one() -> None:
    assert limits(0.2, 10)[1] < 0.6
    assert limits(0.8, 10)[0] > 0.4
