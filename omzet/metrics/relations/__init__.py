"""What metrics are computed from: a few relations of facts, each with its columns and the days that may anchor it.

Each relation is one SELECT as of a day: rows that did not exist by then are absent, and what happened later is empty.
Row-level rules that hold for every metric (deleted and merged rows never count) stand here, once.
"""

from __future__ import annotations

from omzet.metrics.relations.activities import ACTIVITIES
from omzet.metrics.relations.base import AsOf, Dimension, Reason, Relation
from omzet.metrics.relations.deals import CREDITS, CUSTOMERS, DEALS, deals
from omzet.metrics.relations.forecasts import FORECASTS
from omzet.metrics.relations.leads import LEADS
from omzet.metrics.relations.money import REVENUE
from omzet.metrics.relations.stages import STAGES, VISITS

RELATIONS: dict[str, Relation] = {
    each.name: each for each in (DEALS, CUSTOMERS, CREDITS, STAGES, VISITS, LEADS, ACTIVITIES, REVENUE, FORECASTS)
}
"""Every relation by name."""

__all__ = ["RELATIONS", "AsOf", "Dimension", "Reason", "Relation", "deals"]
