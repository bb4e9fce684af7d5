"""What numbers are split and filtered by: each dimension's SQL key for each relation, and how its keys are named."""

from __future__ import annotations

from omzet.engines import Session
from omzet.errors import unknown
from omzet.metrics.relations import RELATIONS, AsOf, Dimension, Relation, deals

KEYED = {
    "rep": "people",
    "manager": "people",
    "team": "teams",
    "account": "accounts",
    "product": "products",
    "campaign": "campaigns",
    "deal": "deals",
}
"""Dimensions whose values are references: the table that names them."""

ACCOUNT = ("segment", "industry", "region", "country")
"""Dimensions that a row has by its account."""

NAMES = (
    "rep",
    "team",
    "manager",
    "stage",
    "pipeline",
    "segment",
    "industry",
    "region",
    "country",
    "account",
    "product",
    "product_family",
    "source",
    "campaign",
    "loss_reason",
    "loss_kind",
    "competitor",
    "forecast_category",
    "kind",
    "currency",
    "status",
    "playbook",
    "topic",
    "step",
    "to_stage",
)
"""Every dimension but the attributes, which are the data's own."""


def of(session: Session, relation: str, *, owner_at: str = "moment") -> dict[str, Dimension]:
    """The dimensions a relation offers, by name, attributes of its rows, their accounts and deals included."""
    given = RELATIONS[relation]
    found = {d.name: d for d in given.dimensions}
    if owner_at == "creation":
        found["rep"] = Dimension("rep", "r.first_owner_key", (), "people")
        found["team"] = Dimension("team", "r.first_team_key", (), "teams")
    if given.account:
        joins = given.account
        found |= {name: Dimension(name, f"account.{name}", joins) for name in ACCOUNT if name not in found}
        named = session.once("SELECT name FROM attributes WHERE table_name = 'accounts'")
        found |= {name: Dimension(name, f'account."x_{name}"', joins) for (name,) in named if name not in (*found, *NAMES)}
    return found | {name: each for name, each in _attributes(session, given).items() if name not in NAMES}


def standard(relation: str) -> list[str]:
    """The dimensions a relation offers whatever the data, by name."""
    given = RELATIONS[relation]
    return sorted({d.name for d in given.dimensions} | (set(ACCOUNT) if given.account else set()))


def find(session: Session, relation: str, name: str, *, owner_at: str = "moment") -> Dimension:
    """One dimension. Raises CallError with the nearest right word."""
    offered = of(session, relation, owner_at=owner_at)
    if name not in offered:
        raise unknown("dimension", name, offered)
    return offered[name]


def join_sql(name: str, session: Session, as_of: AsOf) -> str:
    """The JOIN that brings an alias a dimension needs."""
    joins = {
        "stage_deal": f"LEFT JOIN ({deals(session, as_of)}) deal ON deal.deal_no = r.deal_no",
        "deal": f"LEFT JOIN ({deals(session, as_of)}) deal ON deal.deal_key = r.deal_key",
        "account": "LEFT JOIN accounts account ON account.key = r.account_key",
        "own_account": "LEFT JOIN accounts account ON account.key = coalesce(r.own_account, deal.account_key)",
        "deal_account": "LEFT JOIN accounts account ON account.key = deal.account_key",
        "product": "LEFT JOIN products product ON product.key = r.product_key",
        "deal_product": "LEFT JOIN products product ON product.key = deal.product_key",
        "owner": "LEFT JOIN people owner ON owner.key = r.owner_key",
        "deal_owner": "LEFT JOIN people owner ON owner.key = deal.owner_key",
        "person_team": "LEFT JOIN person_teams placed ON placed.person_key = r.owner_key "
        "AND placed.from_on <= r.happened_on AND r.happened_on < placed.to_on",
    }
    return joins[name]


def _attributes(session: Session, relation: Relation) -> dict[str, Dimension]:
    found: dict[str, Dimension] = {}
    if relation.deal:
        for (name,) in session.once("SELECT name FROM attributes WHERE table_name = 'deals'"):
            found[name] = Dimension(name, f'deal."x_{name}"', relation.deal)
    if relation.table:
        for (name,) in session.once("SELECT name FROM attributes WHERE table_name = ?", [relation.table]):
            found[name] = Dimension(name, f'r."x_{name}"')
    return found
