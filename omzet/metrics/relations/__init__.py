"""What metrics are computed from: a few relations of facts, each with its columns and the days that may anchor it.

Each relation is one SELECT as of a day: rows that did not exist by then are absent, and what happened later is empty.
Row-level rules that hold for every metric (deleted and merged rows never count) stand here, once.
"""

from __future__ import annotations

from omzet.metrics.relations.activities import ACTIVITIES
from omzet.metrics.relations.base import AsOf, Dimension, Reason, Relation
from omzet.metrics.relations.contracts import CONTRACTS
from omzet.metrics.relations.costs import COSTS
from omzet.metrics.relations.deals import CREDITS, CUSTOMERS, DEALS, deals
from omzet.metrics.relations.forecasts import FORECASTS
from omzet.metrics.relations.hours import RESPONSES_IN_HOURS
from omzet.metrics.relations.leads import ALL_LEADS, LEADS
from omzet.metrics.relations.lines import LINES
from omzet.metrics.relations.money import REVENUE
from omzet.metrics.relations.overlays import OVERLAYS
from omzet.metrics.relations.people import HIRES, PERSON_EVENTS
from omzet.metrics.relations.responses import EMAILS, FOLLOWED, LEAD_CUSTOMERS, RESPONSES
from omzet.metrics.relations.stages import CLOSINGS, MOVES, REOPENINGS, STAGES, STAYING, VISITS, WALKS

RELATIONS: dict[str, Relation] = {
    each.name: each
    for each in (
        DEALS,
        RESPONSES,
        RESPONSES_IN_HOURS,
        LEAD_CUSTOMERS,
        FOLLOWED,
        EMAILS,
        PERSON_EVENTS,
        HIRES,
        OVERLAYS,
        CUSTOMERS,
        CREDITS,
        STAGES,
        VISITS,
        LEADS,
        ACTIVITIES,
        REVENUE,
        CONTRACTS,
        COSTS,
        LINES,
        ALL_LEADS,
        FORECASTS,
        CLOSINGS,
        STAYING,
        REOPENINGS,
        WALKS,
        MOVES,
    )
}
"""Every relation by name."""

__all__ = ["RELATIONS", "AsOf", "Dimension", "Reason", "Relation", "deals"]
