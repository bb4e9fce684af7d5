"""Deals by who helped: overlay credit, which never enters bookings."""

from __future__ import annotations

from dataclasses import replace

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import AsOf
from omzet.metrics.relations.deals import CREDITS, deals


def overlays(session: Session, as_of: AsOf) -> str:
    """Deals once for each person with overlay credit."""
    return f"""SELECT s.* REPLACE (c.person_id AS owner_key, t.team_key AS team_key), CAST(c.share AS DECIMAL(12,8)) AS credit
        FROM ({deals(session, as_of)}) s JOIN {aliases.source(session, "deal_credits")} c ON c.deal_id = s.deal_key
        LEFT JOIN person_teams t ON t.person_key = c.person_id AND t.from_on <= s.closed_on AND s.closed_on < t.to_on
        WHERE c.is_deleted IS NOT TRUE AND c.kind = 'overlay'"""


OVERLAYS = replace(CREDITS, name="overlays", select=overlays)
