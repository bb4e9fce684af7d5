"""What numbers are split and filtered by: each dimension's SQL key for each relation, and how its keys are named."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.engines import Session
from omzet.errors import unknown
from omzet.metrics.relations import RELATIONS, AsOf, deals


@dataclass(frozen=True)
class Dimension:
    """A dimension of a relation. `key` is SQL over `r` and the joined aliases; `named_by` the table that names its keys."""

    name: str
    key: str
    joins: tuple[str, ...] = ()
    named_by: str | None = None


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

ACCOUNT = {"segment": "segment", "industry": "industry", "region": "region", "country": "country"}

DEAL_TEXTS = (
    "source",
    "loss_reason",
    "competitor",
    "forecast_category",
    "kind",
    "pipeline",
    "currency",
    "playbook",
    "loss_kind",
    "status",
)

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
)
"""Every dimension but the attributes, which are the data's own."""


def of(session: Session, relation: str, *, owner_at: str = "moment") -> dict[str, Dimension]:
    """The dimensions a relation offers, by name, attributes of its rows, their accounts and deals included."""
    found = _own(relation, owner_at)
    found |= _from_account(session, relation, found)
    found |= _attributes(session, relation)
    return found


def standard(relation: str) -> list[str]:
    """The dimensions a relation offers whatever the data, by name."""
    own = set(_own(relation, "moment"))
    return sorted(own | ({*ACCOUNT} if relation in RELATIONS else set()))


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


def _own(relation: str, owner_at: str) -> dict[str, Dimension]:
    owner, team = ("r.first_owner_key", "r.first_team_key") if owner_at == "creation" else ("r.owner_key", "r.team_key")
    dims: list[Dimension] = []
    if relation in ("deals", "customers", "credits"):
        dims = [
            Dimension("rep", owner, (), "people"),
            Dimension("team", team, (), "teams"),
            Dimension("manager", "owner.manager_id", ("owner",), "people"),
            Dimension("stage", "r.connection || ':' || r.pipeline || '|' || r.stage", (), "stages"),
            Dimension("account", "r.account_key", (), "accounts"),
            Dimension("product", "r.product_key", (), "products"),
            Dimension("product_family", "product.family", ("product",)),
            Dimension("campaign", "r.campaign_key", (), "campaigns"),
            Dimension("cycle_days", "(r.closed_on - coalesce(r.first_contact_on, r.created_on))"),
            *(Dimension(name, f"r.{name}") for name in DEAL_TEXTS),
        ]
    elif relation in ("stages", "visits"):
        dims = [
            Dimension("rep", "r.owner_key", (), "people"),
            Dimension("team", "r.team_key", (), "teams"),
            Dimension("manager", "owner.manager_id", ("owner",), "people"),
            Dimension("stage", "r.stage_key", (), "stages"),
            Dimension("pipeline", "r.pipeline"),
            Dimension("status", "r.status"),
            Dimension("account", "deal.account_key", ("stage_deal",), "accounts"),
            Dimension("product", "deal.product_key", ("stage_deal",), "products"),
            Dimension("product_family", "product.family", ("stage_deal", "deal_product")),
            Dimension("campaign", "deal.campaign_key", ("stage_deal",), "campaigns"),
            *(Dimension(name, f"deal.{name}", ("stage_deal",)) for name in DEAL_TEXTS if name not in ("pipeline", "status")),
        ]
    elif relation == "leads":
        dims = [
            Dimension("rep", "r.owner_key", (), "people"),
            Dimension("team", "r.team_key", (), "teams"),
            Dimension("manager", "owner.manager_id", ("owner",), "people"),
            Dimension("account", "r.account_key", (), "accounts"),
            Dimension("campaign", "r.campaign_key", (), "campaigns"),
            Dimension("source", "r.source"),
        ]
    elif relation == "activities":
        dims = [
            Dimension("rep", "r.owner_key", (), "people"),
            Dimension("team", "placed.team_key", ("person_team",), "teams"),
            Dimension("manager", "owner.manager_id", ("owner",), "people"),
            Dimension("kind", "r.kind"),
            Dimension("account", "coalesce(r.own_account, deal.account_key)", ("deal",), "accounts"),
            Dimension("product", "deal.product_key", ("deal",), "products"),
            Dimension("product_family", "product.family", ("deal", "deal_product")),
            *(Dimension(name, f"deal.{name}", ("deal",)) for name in DEAL_TEXTS if name not in ("kind", "status")),
        ]
    elif relation == "revenue":
        dims = [
            Dimension("rep", "deal.owner_key", ("deal",), "people"),
            Dimension("team", "deal.team_key", ("deal",), "teams"),
            Dimension("manager", "owner.manager_id", ("deal", "deal_owner"), "people"),
            Dimension("account", "r.account_key", (), "accounts"),
            Dimension("product", "coalesce(r.product_key, deal.product_key)", ("deal",), "products"),
            Dimension("product_family", "product.family", ("product",)),
            Dimension("currency", "r.currency"),
            *(Dimension(name, f"deal.{name}", ("deal",)) for name in DEAL_TEXTS if name not in ("currency", "status")),
        ]
    return {d.name: d for d in dims}


def _account_joins(relation: str) -> tuple[str, ...]:
    return {
        "stages": ("stage_deal", "deal_account"),
        "visits": ("stage_deal", "deal_account"),
        "activities": ("deal", "own_account"),
    }.get(relation, ("account",))


def _from_account(session: Session, relation: str, own: dict[str, Dimension]) -> dict[str, Dimension]:
    joins = _account_joins(relation)
    found = {name: Dimension(name, f"account.{column}", joins) for name, column in ACCOUNT.items() if name not in own}
    for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = 'accounts'"):
        if name not in own and name not in NAMES:
            found[name] = Dimension(name, f'account."x_{name}"', joins)
    return found


def _attributes(session: Session, relation: str) -> dict[str, Dimension]:
    found: dict[str, Dimension] = {}
    own_table = {"deals": "deals", "customers": "deals", "credits": "deals", "leads": "leads", "activities": "activities"}.get(
        relation
    )
    if relation in ("stages", "visits", "activities", "revenue"):
        for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = 'deals'"):
            found[name] = Dimension(name, f'deal."x_{name}"', ("stage_deal" if relation in ("stages", "visits") else "deal",))
    if own_table:
        for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = ?", [own_table]):
            found[name] = Dimension(name, f'r."x_{name}"')
    return {name: d for name, d in found.items() if name not in NAMES}
