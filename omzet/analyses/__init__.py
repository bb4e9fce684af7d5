"""Why, and what one SQL aggregate can't give: each analysis is asked for like any metric."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from omzet.metrics.catalogue import Catalogue
from omzet.metrics.cells import Measured
from omzet.metrics.definition import ANALYSES, OWN_SERIES, Metric
from omzet.metrics.measure import measure
from omzet.metrics.scope import Scope
from omzet.metrics.snapshots import each_period

Analysis = Callable[[Scope, Metric, Catalogue], Measured]


def measure_any(scope: Scope, metric: Metric, catalogue: Catalogue) -> Measured:
    """The metric's cells, by one aggregate or by the analysis its entry names; a snapshot with a grain period by period."""
    chosen = metric.varied(scope.values(metric)) if metric.variants else metric
    if not chosen.analysis:
        return measure(scope, metric, catalogue)
    if chosen.is_snapshot and scope.grain and chosen.analysis not in OWN_SERIES:
        return each_period(scope, lambda at: measure_any(at, metric, catalogue))
    module, function = ANALYSES[chosen.analysis].split(":")
    return cast(Analysis, getattr(import_module(f"omzet.analyses.{module}"), function))(scope, chosen, catalogue)
