"""One reading of several spans of days says what a question of each span says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omzet.metrics.measure import measure
from omzet.metrics.spans import over_each
from omzet.query.ask import resolve
from omzet.query.question import Question
from omzet.workspace import Workspace

METRICS = ("bookings_amount", "won_count", "win_rate", "new_customers", "average_deal_size", "sales_cost_amount", "touches")
FIRST = date(2023, 1, 1)
days = st.integers(0, 800).map(lambda n: FIRST + timedelta(days=n))
spans = st.lists(st.tuples(days, days), min_size=1, max_size=8)


@pytest.mark.parametrize("by", [(), ("rep",), ("currency",)])
@given(spans=spans)
@settings(max_examples=15, deadline=None)
def test_each_span_says_what_a_question_of_it_says(
    sample: Workspace, by: tuple[str, ...], spans: list[tuple[date, date]]
) -> None:
    owner = sample._owner
    assert owner
    with owner.store.reading() as session:
        for name in METRICS:
            metric = owner.catalogue.find(name)
            if by == ("currency",) and metric.relation in ("activities", "costs"):
                continue
            scope = resolve(session, owner.settings, Question(metrics=(name,)), [metric], "en")
            scope = replace(scope, by=by)
            for span, found in zip(spans, over_each(scope, metric, owner.catalogue, spans), strict=True):
                alone = measure(scope.within(*span), metric, owner.catalogue)
                assert found.cells.keys() == alone.cells.keys() or not by
                for place, cell in alone.cells.items():
                    assert found.cells.get(place, found.empty).value == pytest.approx(cell.value)
                    assert found.cells.get(place, found.empty).n == cell.n
                assert found.notes == alone.notes
