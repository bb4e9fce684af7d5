"""Expressions of the catalogue as SQL."""

from __future__ import annotations

from omzet.metrics.expressions import aggregate, row_sql


def test_every_column_is_that_of_the_relation() -> None:
    kinds = {"kinds": ("none", "later"), "kind": "none"}
    assert row_sql("loss_kind IN (:kinds) AND status = 'lost'", kinds) == "r.loss_kind IN ('none', 'later') AND r.status = 'lost'"
    assert row_sql("loss_kind IN (:kind)", kinds) == "r.loss_kind IN ('none')"
    assert (
        aggregate("count_if(coalesce(loss_kind, 'x') IN (:kinds))", kinds).row
        == "COALESCE(r.loss_kind, 'x') IN ('none', 'later')"
    )
    assert row_sql("loss_kind IN (:kinds)", {"kinds": ()}) == "FALSE"
