"""Why, and what one SQL aggregate can't give: each analysis is asked for like any metric."""

from __future__ import annotations

from collections.abc import Callable

from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Measured
from omzet.metrics.definition import Metric
from omzet.metrics.measure import measure
from omzet.metrics.scope import Scope

Analysis = Callable[[Scope, Metric, Catalogue], Measured]


def measure_any(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The metric's cells, by one aggregate or by the analysis its entry names."""
    if not metric.analysis:
        return measure(scope, metric, catalogue)
    return _found(metric.analysis)(scope, metric, catalogue)


def _found(name: str) -> Analysis:
    from omzet.analyses import growth, targets

    known: dict[str, Analysis] = {
        "growth": growth.growth,
        "compound_growth": growth.compound_growth,
        "target_to_date": targets.target_to_date,
        "attainment": targets.attainment,
    }
    return known[name]
