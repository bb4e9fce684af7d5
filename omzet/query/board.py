"""The open deals on a day, stage by stage: what a board shows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from omzet.engines import Store
from omzet.engines.sql import text_literal
from omzet.metrics.access import ALL, Access
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.definition import Metric
from omzet.metrics.selection import select
from omzet.query.answer import Freshness
from omzet.query.ask import freshness, opened, resolve
from omzet.query.question import Question
from omzet.settings import Settings

CARDS = 40
"""How many deals of a stage are shown; its number and sum are of all of them."""

OPEN = Metric(
    "open_deals", 1, "", "", "pipeline", "Open deals", "", "", "", "money", "up", "stock",
    relation="staying", population="TRUE", value="sum(amount_as_of)",
)  # fmt: skip


class Card(BaseModel):
    """One open deal. `amount` is in its own currency; `days` since it entered its stage; `touched_on`, when last worked on."""

    key: str
    name: str
    account: str | None
    owner: str | None
    amount: float | None
    currency: str
    expected_close_on: date | None
    days: int | None
    touched_on: date | None
    created_on: date | None


class Column(BaseModel):
    """A stage: how many open deals, their amounts in the reporting currency, and the largest of them.

    Deals in a stage that is not `qualified` are no opportunities yet, and no part of the pipeline.
    """

    stage: str
    key: str
    name: str
    position: int | None
    qualified: bool
    count: int
    amount: float | None
    cards: list[Card] = Field(default_factory=list)


class Board(BaseModel):
    """The open deals of one pipeline; `pipelines` are all that have any, each with its name."""

    pipeline: str
    connection: str
    pipelines: list[str]
    columns: list[Column]
    as_of: date
    latest: bool
    freshness: Freshness


def board(
    store: Store,
    settings: Settings,
    catalogue: Catalogue,
    question: Question,
    pipeline: str = "",
    language: str = "en",
    now: datetime | None = None,
    access: Access = ALL,
) -> Board:
    """The open deals that a question's conditions and day leave, of the pipeline of that name, or of the fullest one."""
    with opened(store, settings, question) as session:
        scope = resolve(session, settings, question.model_copy(update={"by": (), "grain": None}), [OPEN], language, now, access)
        scope = replace(scope, start=None, end=None)
        chosen = select(scope, OPEN)
        where = f"{chosen.reached or 'TRUE'}"
        stage = "r.connection || ':' || coalesce(r.pipeline, '') || '|' || coalesce(r.stage, '')"
        found = session.rows(
            f"""SELECT coalesce(r.connection, ''), coalesce(r.pipeline, ''), coalesce(r.stage, ''), {stage}, count(*),
                    sum(r.amount_as_of)
                FROM {chosen.source} WHERE {where} GROUP BY 1, 2, 3, 4"""
        )
        totals: dict[str, int] = defaultdict(int)
        for _, name, _, _, n, _ in found:
            totals[name] += n
        shown = pipeline if pipeline in totals else max(sorted(totals), key=lambda name: totals[name], default=pipeline)
        stages = session.rows(
            """SELECT connection, stage, stage_key, name, position, is_qualified FROM stage_order
               WHERE pipeline = ? AND kind IS DISTINCT FROM 'won' AND kind IS DISTINCT FROM 'lost'
               ORDER BY position NULLS LAST, stage""",
            [shown],
        )
        held = {key: (n, amount) for _, name, _, key, n, amount in found if name == shown}
        homes = {connection for connection, name, _, _, _, _ in found if name == shown}
        cards = _cards(scope, chosen.source, where, stage, shown)
        columns = [
            Column(
                stage=own,
                key=key,
                name=title or own,
                position=position,
                qualified=bool(qualified),
                count=int(held.get(key, (0, 0))[0]),
                amount=float(held.get(key, (0, 0))[1] or 0) if access.money else None,
                cards=cards.get(key, []),
            )
            for connection, own, key, title, position, qualified in stages
            if key in held or (position is not None and (connection in homes or not homes))
        ]
        known = {column.key for column in columns}
        for _, name, own, key, n, amount in found:
            if name == shown and key not in known:
                sum_of = float(amount or 0) if access.money else None
                columns.append(
                    Column(
                        stage=own,
                        key=key,
                        name=own or "–",
                        position=None,
                        qualified=True,
                        count=n,
                        amount=sum_of,
                        cards=cards.get(key, []),
                    )
                )
        return Board(
            pipeline=shown,
            connection=min(homes, default=""),
            pipelines=sorted(totals),
            columns=columns,
            as_of=scope.as_of.day,
            latest=scope.as_of.latest and scope.as_of.day >= scope.calendar.today(now),
            freshness=freshness(session),
        )


def _cards(scope: Any, source: str, where: str, stage: str, pipeline: str) -> dict[str, list[Card]]:
    rows = scope.session.rows(
        f"""WITH placed AS (
                SELECT {stage} AS stage_key, r.deal_no, r.deal_key, r.name, r.deal_id, r.account_key, r.owner_key,
                       r.amount, r.currency, r.expected_close_on, r.entered_on, r.created_on,
                       row_number() OVER (PARTITION BY {stage} ORDER BY r.amount_as_of DESC NULLS LAST, r.deal_key) AS place
                FROM {source} WHERE {where} AND coalesce(r.pipeline, '') = {text_literal(pipeline)}),
            shown AS (SELECT * FROM placed WHERE place <= {CARDS}),
            worked AS (
                SELECT deal_no, max(happened_on) AS touched_on FROM touches
                WHERE NOT missed AND happened_on <= {scope.as_of.day_sql} AND deal_no IN (SELECT deal_no FROM shown) GROUP BY 1)
            SELECT s.stage_key, s.deal_key, coalesce(s.name, s.deal_id), s.account_key, s.owner_key, s.amount, s.currency,
                   s.expected_close_on, {scope.session.sql.days_between("s.entered_on", scope.as_of.day_sql)}, w.touched_on,
                   s.created_on
            FROM shown s LEFT JOIN worked w ON w.deal_no = s.deal_no ORDER BY s.place"""
    )
    found: dict[str, list[Card]] = defaultdict(list)
    label = scope.labels.label
    for key, deal, name, account, owner, amount, currency, expected, days, touched, created in rows:
        found[key].append(
            Card(
                key=deal,
                name=name,
                account=label("accounts", account),
                owner=label("people", owner),
                amount=float(amount) if amount is not None and scope.access.money else None,
                currency=currency,
                expected_close_on=expected,
                days=days,
                touched_on=touched,
                created_on=created,
            )
        )
    return found
