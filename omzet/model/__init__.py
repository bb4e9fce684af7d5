"""The nouns: every canonical table and column, declared once. `docs/schema.md` follows from these declarations."""

from omzet.model import activity, changes, money, parties, planning, selling
from omzet.model.table import Column, Kind, Table

TABLES: dict[str, Table] = {
    each.name: each
    for each in (
        parties.PEOPLE,
        parties.TEAMS,
        parties.ACCOUNTS,
        parties.CONTACTS,
        selling.PRODUCTS,
        selling.CAMPAIGNS,
        selling.STAGES,
        selling.LEADS,
        selling.DEALS,
        selling.DEAL_LINES,
        selling.DEAL_CREDITS,
        selling.DEAL_CONTACTS,
        activity.ACTIVITIES,
        activity.ACTIVITY_LINKS,
        changes.DEAL_CHANGES,
        changes.LEAD_CHANGES,
        changes.PERSON_CHANGES,
        changes.TEAM_CHANGES,
        changes.ACCOUNT_CHANGES,
        changes.STAGE_CHANGES,
        changes.ACTIVITY_CHANGES,
        changes.TARGET_CHANGES,
        money.REVENUE,
        money.CONTRACTS,
        money.COSTS,
        money.EXCHANGE_RATES,
        planning.TARGETS,
        planning.HOLIDAYS,
        planning.FORECASTS,
        planning.PERSON_EVENTS,
    )
}

CHANGE_TABLES: dict[str, str] = {
    "deal_changes": "deals",
    "lead_changes": "leads",
    "person_changes": "people",
    "team_changes": "teams",
    "account_changes": "accounts",
    "stage_changes": "stages",
    "activity_changes": "activities",
    "target_changes": "targets",
}
"""The change tables, and the table whose rows each tells of."""

__all__ = ["CHANGE_TABLES", "TABLES", "Column", "Kind", "Table"]
