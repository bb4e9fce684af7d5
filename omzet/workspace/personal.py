"""What the sales data hold about one person: every row that names them, found by the columns that refer to people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from omzet.engines.sql import quoted
from omzet.metrics.access import Access
from omzet.model import CHANGE_TABLES, TABLES, Kind, Table
from omzet.workspace.desk import _reading

if TYPE_CHECKING:
    from omzet.workspace import Workspace

OURS = frozenset({"load_no", "first_load", "known_from", "deal_no", "change_no"})
"""Columns that say how a row is kept, not what it says."""

Rows = list[dict[str, Any]]


def person_rows(workspace: Workspace, access: Access, *, sees_deals: bool, without: Collection[str] = ()) -> dict[str, Rows]:
    """The rows that name the person of `access`, by table, as JSON can hold them; empty for who is nobody of the data.

    Without `sees_deals` no single deals, where `access` hides money no amounts, and no rows whose key is in `without`.
    """
    if access.person is None:
        return {}
    found: dict[str, Rows] = {}
    with _reading(workspace) as session:
        for table in TABLES.values():
            named = columns_of_people(table)
            if not named or (not sees_deals and is_of_deals(table)):
                continue
            hidden = set() if access.money else {each.name for each in table.columns if each.kind is Kind.MONEY}
            found[table.name] = _rows(session, table.name, named, access.person, hidden | OURS, without)
        found["person_teams"] = _rows(session, "person_teams", ["person_key"], access.person, OURS)
        told = "SELECT * FROM changes WHERE table_name = 'people'"
        found["person_changes"] = _rows(session, f"({told})", ["key"], access.person, OURS)
    return {name: rows for name, rows in found.items() if rows}


def columns_of_people(table: Table) -> list[str]:
    """The stored columns by which a row is somebody's. Of `people` only their own: not those who report to them."""
    if table.name in CHANGE_TABLES:
        return []  # kept together in `changes`
    if table.name == "people":
        return ["key"]
    return [each.name for each in table.columns if each.kind is Kind.REFERENCE and each.refers_to == "people"]


def is_of_deals(table: Table) -> bool:
    """Whether its rows are single deals or parts of them."""
    return table.name == "deals" or any(each.required and each.refers_to == "deals" for each in table.columns)


def _rows(
    session: Any, source: str, named: list[str], person: str, hidden: Collection[str], without: Collection[str] = ()
) -> Rows:
    where = " OR ".join(f"{quoted(name)} = ?" for name in named)
    query = f"SELECT * FROM {source} WHERE {where} ORDER BY ALL"
    names = session.names(query.replace("?", "NULL"))
    rows = (dict(zip(names, row, strict=True)) for row in session.rows(query, [person] * len(named)))
    return [
        {name: _plain(value) for name, value in row.items() if name not in hidden}
        for row in rows
        if row.get("key") not in without
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
