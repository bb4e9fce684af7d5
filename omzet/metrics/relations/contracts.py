"""Running agreements with a monthly amount."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import OF_ACCOUNT, AsOf, Reason, Relation, names, of_deal


def contracts(session: Session, as_of: AsOf) -> str:
    """Contracts that had started, at the exchange rate of the day."""
    return f"""
        SELECT *, {as_of.amount_sql} AS amount_as_of FROM (
            SELECT c.key AS contract_key, c.contract_id, c.account_id AS account_key, c.deal_id AS deal_key,
                   c.product_id AS product_key, c.starts_on, c.ends_on, c.monthly_amount AS amount,
                   upper(coalesce(c.currency, '{as_of.currency}')) AS currency, c.connection, c.url,
                   CASE WHEN c.merged_into IS NOT NULL THEN 'merged' WHEN c.is_deleted THEN 'deleted' END AS removed
            FROM {aliases.source(session, "contracts")} c WHERE c.starts_on <= {as_of.day_sql})"""


CONTRACTS = Relation(
    "contracts",
    contracts,
    names("contract_key contract_id account_key starts_on ends_on amount amount_as_of currency"),
    days=names("starts_on ends_on"),
    key="contract_key",
    shown=names("contract_id starts_on ends_on account product amount currency"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged", "r.removed = 'merged'"),
        Reason("ended", "Ended before that day", "r.ends_on IS NOT NULL"),
    ),
    dimensions=(
        *OF_ACCOUNT,
        *of_deal("deal", without=names("account product product_family currency status")),
    ),
    account=("account",),
    deal=("deal",),
)
