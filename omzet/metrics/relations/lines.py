"""Lines of deals, each with its deal as it stood."""

from __future__ import annotations

from omzet.engines import Session
from omzet.history import aliases
from omzet.metrics.relations.base import AsOf, Reason, Relation, names
from omzet.metrics.relations.deals import DEAL_DIMENSIONS, DEAL_DYNAMIC, DEAL_REASONS, DEAL_STATIC, deals


def lines(session: Session, as_of: AsOf) -> str:
    """Deal lines that are not deleted; `rate` takes the deal's currency on its closing day to the reporting currency."""
    return f"""
        SELECT d.* REPLACE (coalesce(l.product_id, d.product_key) AS product_key,
                            l.quantity * l.unit_price AS amount),
               l.key AS line_key, l.line_id, l.quantity, l.unit_price, l.unit_cost, l.list_price,
               CASE WHEN d.currency = '{as_of.currency}' THEN 1 ELSE x.rate END AS rate
        FROM {aliases.source(session, "deal_lines")} l
        JOIN ({deals(session, as_of)}) d ON d.deal_key = l.deal_id
        LEFT JOIN rates x ON x.currency = d.currency AND x.day = d.closed_on
        WHERE l.is_deleted IS NOT TRUE AND l.merged_into IS NULL"""


LINES = Relation(
    "lines",
    lines,
    (*DEAL_DYNAMIC, *DEAL_STATIC, *names("line_key line_id quantity unit_price unit_cost list_price rate")),
    days=names("closed_on"),
    key="line_key",
    shown=names("line_id deal product closed_on quantity unit_price unit_cost list_price currency"),
    reasons=(*(r for r in DEAL_REASONS if r.id != "no_amount"), Reason("no_price", "Without a price or a cost", "TRUE")),
    dimensions=DEAL_DIMENSIONS,
    account=("account",),
    table="deals",
)
