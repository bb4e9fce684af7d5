"""One deal with all that happened to it: what its page shows, and the values that can be changed on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from omzet.engines import Session, Store
from omzet.engines.sql import quoted, text_literal
from omzet.errors import CallError
from omzet.metrics import wording
from omzet.metrics.access import ALL, Access
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.scope import Scope
from omzet.metrics.selection import select
from omzet.query.answer import Freshness
from omzet.query.ask import freshness, opened, resolve
from omzet.query.board import OPEN
from omzet.query.explain import verdict
from omzet.query.question import Question
from omzet.settings import Settings

EDITED = (
    *("name", "amount", "currency", "expected_close_on", "pipeline", "stage", "status", "owner_id", "probability"),
    *("forecast_category", "source", "competitor", "loss_reason", "loss_kind", "closed_at", "account_id", "product_id"),
)
"""Columns of a deal that can be changed on its page."""

AMOUNTS = frozenset({"amount", "monthly_amount", "amount_reporting"})
TOLD_OF = ("open_pipeline_count", "won_count", "win_rate", "sales_cycle_length_median", "opportunities_created")
"""Numbers of which a deal's page says whether they count it."""

EVENTS = 400


class Event(BaseModel):
    """Something that happened: a change of a field, or an activity. `by` is who did it, where that is known."""

    at: datetime
    kind: str
    field: str = ""
    old: str | None = None
    new: str | None = None
    by: str | None = None
    activity: dict[str, str | None] = Field(default_factory=dict)


class Counting(BaseModel):
    """Whether a number counts the deal, and why."""

    metric: str
    name: str
    counted: bool
    text: str


class DealRecord(BaseModel):
    """A deal as it stands, with its labels; `values` are its own columns as text, which an entry is made from."""

    key: str
    deal_id: str
    name: str
    connection: str
    account: str | None
    owner: str | None
    team: str | None
    status: str
    stage: str | None
    pipeline: str | None
    stages: list[tuple[str, str, str | None]]
    amount: float | None
    currency: str
    created_on: date | None
    closed_on: date | None
    expected_close_on: date | None
    url: str | None
    values: dict[str, str | None]
    events: list[Event]
    counting: list[Counting]
    freshness: Freshness


def deal_record(
    store: Store,
    settings: Settings,
    catalogue: Catalogue,
    key: str,
    language: str = "en",
    now: datetime | None = None,
    access: Access = ALL,
) -> DealRecord:
    """A deal by its key. Raises CallError when there is none, or none that the reader may see."""
    question = Question(metrics=(TOLD_OF[0],))
    with opened(store, settings, question) as session:
        scope = resolve(session, settings, question, [OPEN], language, now, access)
        facts = _facts(scope, key)
        if facts is None:
            raise CallError(f"There is no deal '{key}'.")
        label = scope.labels.label
        values = _values(session, key, access)
        return DealRecord(
            key=key,
            deal_id=facts["deal_id"],
            name=facts["name"] or facts["deal_id"],
            connection=facts["connection"],
            account=label("accounts", facts["account_key"]),
            owner=label("people", facts["owner_key"]),
            team=label("teams", facts["team_key"]),
            status=facts["status"],
            stage=facts["stage"],
            pipeline=facts["pipeline"],
            stages=_stages(session, facts["connection"], facts["pipeline"]),
            amount=float(facts["amount"]) if facts["amount"] is not None and access.money else None,
            currency=facts["currency"],
            created_on=facts["created_on"],
            closed_on=facts["closed_on"],
            expected_close_on=facts["expected_close_on"],
            url=facts["url"],
            values=values,
            events=_events(scope, key, access),
            counting=_counting(scope, catalogue, facts["deal_id"], language),
            freshness=freshness(session),
        )


def _facts(scope: Scope, key: str) -> Mapping[str, Any] | None:
    chosen = select(replace(scope, start=None, end=None), replace(OPEN, relation="deals"))
    names = (
        *("deal_id", "name", "connection", "account_key", "owner_key", "team_key", "status", "stage", "pipeline", "amount"),
        *("currency", "created_on", "closed_on", "expected_close_on", "url"),
    )
    where = f"r.deal_key = {text_literal(key)} AND r.removed IS NULL AND {chosen.filters or 'TRUE'}"
    rows = scope.session.rows(f"SELECT {', '.join('r.' + n for n in names)} FROM {chosen.source} WHERE {where} LIMIT 1")
    return dict(zip(names, rows[0], strict=True)) if rows else None


def _values(session: Session, key: str, access: Access) -> dict[str, str | None]:
    shown = [name for name in EDITED if access.money or name not in AMOUNTS]
    texts = ", ".join(session.sql.as_text(quoted(name)) for name in shown)
    ((*found,),) = session.rows(f"SELECT {texts} FROM deals WHERE key = ?", [key])
    return dict(zip(shown, found, strict=True))


def _stages(session: Session, connection: str, pipeline: str | None) -> list[tuple[str, str, str | None]]:
    """Id, name and kind of each stage of the deal's pipeline, in order; lost ones last."""
    rows = session.rows(
        "SELECT stage, name, kind FROM stage_order WHERE connection = ? AND pipeline = ? ORDER BY position NULLS LAST, stage",
        [connection, pipeline or ""],
    )
    return [(stage, name or stage, kind) for stage, name, kind in rows]


def _events(scope: Scope, key: str, access: Access) -> list[Event]:
    session, label = scope.session, scope.labels.label
    found = [
        Event(
            at=at,
            kind="change",
            field=field,
            old=_named(scope, field, old),
            new=_named(scope, field, new),
            by=_by(scope, key, by),
        )
        for at, field, old, new, by in session.rows(
            f"""SELECT changed_at, field, old_value, value, changed_by FROM changes
                WHERE table_name = 'deals' AND key = ? AND changed_on <= {scope.as_of.day_sql}
                    AND field NOT IN ('modified_at', 'url')
                ORDER BY changed_at DESC, change_no DESC LIMIT {EVENTS}""",
            [key],
        )
        if access.money or field not in AMOUNTS
    ]
    names = ("kind", "status", "direction", "outcome")
    found += [
        Event(at=at, kind="activity", by=label("people", owner), activity=dict(zip(names, told, strict=True)))
        for at, owner, *told in session.rows(
            f"""SELECT happened_at, owner_id, {", ".join(names)} FROM activities
                WHERE deal_id = ? AND is_deleted IS NOT TRUE AND merged_into IS NULL AND happened_at IS NOT NULL
                ORDER BY happened_at DESC LIMIT {EVENTS}""",
            [key],
        )
    ]
    return sorted(found, key=lambda event: event.at, reverse=True)[:EVENTS]


def _by(scope: Scope, key: str, by: str | None) -> str | None:
    """Who made a change: a person of the deal's connection by name, anything else as its source wrote it."""
    if by is None:
        return None
    person = f"{key.partition(':')[0]}:{by}"
    if scope.session.once("SELECT 1 FROM people WHERE key = ?", [person]):
        return scope.labels.label("people", person)
    return by if scope.access.names is None else None


def _named(scope: Scope, field: str, value: str | None) -> str | None:
    tables = {"owner_id": "people", "team_id": "teams", "account_id": "accounts", "product_id": "products"}
    return scope.labels.label(tables[field], value) if field in tables and value else value


def _counting(scope: Scope, catalogue: Catalogue, deal_id: str, language: str) -> list[Counting]:
    told = []
    for name in TOLD_OF:
        metric = catalogue.find(name)
        found = verdict(scope, metric, select(scope, metric), deal_id, language)
        told.append(Counting(metric=name, name=wording.name(metric, language), counted=found.counted, text=found.text))
    return told
