"""Leads one by one: what the page of the hand-over shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from pydantic import BaseModel

from omzet.engines import Store
from omzet.metrics.access import ALL, Access
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.definition import Metric
from omzet.metrics.selection import select
from omzet.query.ask import opened, resolve
from omzet.query.question import Question
from omzet.settings import Settings

LEADS = Metric(
    "leads", 1, "", "", "leads", "Leads", "", "", "", "count", "up", "additive",
    relation="leads", population="converted_on IS NULL AND disqualified_on IS NULL", value="count(*)",
)  # fmt: skip


class Lead(BaseModel):
    """A lead that is neither converted nor disqualified: whose it is, since when, and how far it was handed over.

    `reason` is why it was last returned.
    """

    key: str
    name: str
    source: str | None
    campaign: str | None
    team: str | None
    owner: str | None
    created_on: date | None
    handed_over_on: date | None
    accepted_on: date | None
    status: str | None
    reason: str | None


def leads(
    store: Store,
    settings: Settings,
    catalogue: Catalogue,
    question: Question,
    limit: int = 200,
    language: str = "en",
    now: datetime | None = None,
    access: Access = ALL,
) -> list[Lead]:
    """The newest leads that a question's conditions leave, of those the reader may see."""
    with opened(store, settings, question) as session:
        scope = resolve(session, settings, question.model_copy(update={"by": (), "grain": None}), [LEADS], language, now, access)
        chosen = select(replace(scope, start=None, end=None), LEADS)
        rows = session.rows(
            f"""SELECT r.lead_key, coalesce(r.name, r.lead_id), r.source, r.campaign_key, r.team_key, r.owner_key, r.created_on,
                    r.marketing_qualified_on, r.qualified_on, l.status, l.disqualify_reason
                FROM {chosen.source} JOIN leads l ON l.key = r.lead_key
                WHERE {chosen.reached or "TRUE"} ORDER BY r.created_on DESC NULLS LAST, r.lead_key LIMIT {int(limit)}"""
        )
        label = scope.labels.label
        return [
            Lead(
                key=key,
                name=name,
                source=source,
                campaign=label("campaigns", campaign),
                team=label("teams", team),
                owner=label("people", owner),
                created_on=created,
                handed_over_on=handed,
                accepted_on=accepted,
                status=status,
                reason=reason,
            )
            for key, name, source, campaign, team, owner, created, handed, accepted, status, reason in rows
        ]
