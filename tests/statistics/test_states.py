"""Chances of absorption against the powers of the whole matrix, a walk of chance, and fractions by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from omzet.statistics.states import Move, absorption

ENDS = ("won", "lost")
STATES = ("lead", "offer", "talk")
pairs = some.sampled_from([(a, b) for a in STATES for b in (*STATES, *ENDS) if a != b])
moves = some.dictionaries(pairs, some.integers(0, 30), min_size=1)


@given(moves)
def test_chances_are_those_of_the_matrix_in_the_long_run(counts: dict[Move, int]) -> None:
    found = absorption(counts, counts, "won", ENDS, draws=2)
    names = [*found.chance, *ENDS]
    whole = np.eye(len(names))
    for state in found.chance:
        row = np.array([0.5 if name in ENDS or (state, name) in counts else 0.0 for name in names])
        row += [counts.get((state, name), 0) for name in names]
        whole[names.index(state)] = row / row.sum()
    final = np.linalg.matrix_power(whole, 1 << 20)
    lost = absorption(counts, counts, "lost", ENDS, draws=2)
    for state, chance in found.chance.items():
        assert chance == pytest.approx(final[names.index(state), names.index("won")], abs=1e-9)
        assert chance + lost.chance[state] == pytest.approx(1)


def test_two_stages_by_hand() -> None:
    counts = {("lead", "offer"): 8, ("lead", "lost"): 4, ("offer", "lead"): 1, ("offer", "won"): 5, ("offer", "lost"): 2}
    found = absorption(counts, counts, "won", ENDS)
    # With a half added: from lead 8½ of 13½ to offer, ½ won, 4½ lost; from offer 1½ of 9½ to lead, 5½ won, 2½ lost.
    up, won_lead = Fraction(17, 27), Fraction(1, 27)
    back, won_offer = Fraction(3, 19), Fraction(11, 19)
    from_lead = (won_lead + up * won_offer) / (1 - up * back)
    assert found.chance["lead"] == pytest.approx(float(from_lead))
    assert found.chance["offer"] == pytest.approx(float(won_offer + back * from_lead))
    assert found.n == {"lead": 12, "offer": 8}
    assert all(found.low[state] < found.chance[state] < found.high[state] for state in found.chance)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    dice = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        lead, offer = dice.multinomial(60, [0.6, 0.4]), dice.multinomial(40, [0.1, 0.5, 0.4])
        counts = {("lead", "offer"): lead[0], ("lead", "lost"): lead[1]}
        counts |= {("offer", "lead"): offer[0], ("offer", "won"): offer[1], ("offer", "lost"): offer[2]}
        found = absorption(counts, counts, "won", ENDS, draws=200)
        held += found.low["lead"] <= 0.6 * 0.5 / (1 - 0.06) <= found.high["lead"]
    assert held / 200 >= 0.9
