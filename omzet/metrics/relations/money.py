"""Revenue lines."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import OF_ACCOUNT, AsOf, Reason, Relation, names, of_deal


def revenue(session: Session, as_of: AsOf) -> str:
    """Revenue lines in the reporting currency, at the rate of their day."""
    own = f"coalesce(upper(r.currency), '{as_of.currency}') = '{as_of.currency}'"
    return f"""SELECT r.key AS revenue_key, r.revenue_id, r.account_id AS account_key, r.deal_id AS deal_key,
        r.product_id AS product_key,
                      r.recognised_on, r.amount, upper(coalesce(r.currency, '{as_of.currency}')) AS currency, r.is_recurring,
                      CASE WHEN {own} THEN r.amount ELSE r.amount * x.rate END AS amount_reporting,
                      CASE WHEN {own} THEN r.amount ELSE r.amount * x.plan_rate END AS amount_plan, r.connection, r.url,
                      CASE WHEN r.merged_into IS NOT NULL THEN 'merged' WHEN r.is_deleted THEN 'deleted' END AS removed
               FROM {aliases.source(session, "revenue")} r
               LEFT JOIN rates x ON x.currency = upper(r.currency) AND x.day = r.recognised_on
               WHERE r.recognised_on <= {as_of.day_sql}"""


REVENUE = Relation(
    "revenue",
    revenue,
    names("revenue_key revenue_id recognised_on amount currency is_recurring amount_reporting amount_plan"),
    days=names("recognised_on"),
    key="revenue_key",
    shown=names("revenue_id recognised_on account product amount currency"),
    reasons=(
        Reason("deleted", "Deleted", "r.removed = 'deleted'"),
        Reason("merged", "Merged", "r.removed = 'merged'"),
    ),
    dimensions=(
        *OF_ACCOUNT,
        *of_deal("deal", without=names("account product product_family campaign currency status")),
    ),
    account=("account",),
    deal=("deal",),
)
