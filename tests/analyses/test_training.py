"""Training: what is planted lies within the interval, and an effect large enough for the people is found."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from omzet.query.question import Question
from omzet.statistics.matching import difference_in_differences
from omzet.workspace import Workspace
from tests.sources.sampled import TODAY, company


def asked(sample: Workspace, **more: Any) -> dict[str, dict[str, Any]]:
    question = Question(**{"metrics": ("training_effect",), "by": ("topic",), "as_of": TODAY, **more})
    return {str(row["topic"]): row for row in sample.query(question).rows}


def test_what_is_planted_lies_within_the_interval(sample: Workspace) -> None:
    truth, rows = company().truth, asked(sample)
    works, nothing = rows[truth.training_that_works.topic], rows[truth.training_without_effect.topic]
    assert works["training_effect:trained"] >= 5
    assert works["training_effect:own_change"] > 0
    assert works["training_effect:low"] < 0.08 < works["training_effect:high"]  # seven people: wide
    assert nothing["training_effect:low"] < 0 < nothing["training_effect:high"]
    assert nothing["training_effect:p"] > 0.2


def test_a_large_effect_is_found() -> None:
    rng = np.random.default_rng(5)
    before = rng.binomial(40, 0.3, 40) / 40
    took = np.arange(40) < 15
    after = rng.binomial(40, np.where(took, 0.5, 0.3)) / 40
    effect = difference_in_differences(before, after, np.ones(40), np.zeros(40), took)
    assert effect is not None
    assert effect.low > 0.05
    assert effect.p < 0.01


def test_right_after_it_nothing_can_be_told(sample: Workspace) -> None:
    on = company().truth.training_that_works.on
    early = asked(sample, as_of=date.fromordinal(on.toordinal() + 60))
    assert early[company().truth.training_that_works.topic]["training_effect:why"] == "too_early"


def test_matching_takes_the_rebound_out() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(40):
        ability = rng.beta(10, 20, 60)
        before, after = (rng.binomial(25, ability) / 25 for _ in range(2))
        took = np.zeros(60, dtype=bool)
        took[np.argsort(before)[:30:2]] = True
        effect = difference_in_differences(before, after, np.ones(60), np.zeros(60), took)
        assert effect is not None
        found.append((effect.value, float((after - before)[took].mean())))
    matched, own = np.mean(found, axis=0)
    assert own > 0.03
    assert abs(matched) < 0.02
    few = np.zeros(60, dtype=bool)
    few[:4] = True
    assert difference_in_differences(before, after, np.ones(60), np.zeros(60), few) is None
