"""Canonical tables as they are: columns under canonical names, the others as attributes, and what `deals` says of others."""

from __future__ import annotations

from collections.abc import Sequence

from omzet.engines.sql import quoted
from omzet.model import Table
from omzet.sources.batch import Batch, RawTable
from omzet.sources.files.headers import normal
from omzet.sources.formats import Given
from omzet.sources.layout import ACCEPTED
from omzet.sources.recognition import canonical_columns
from omzet.sources.selects import numbered


def canonical_batches(tables: Sequence[tuple[Table, RawTable]]) -> list[Given]:
    """A batch for each table, and batches of leads and campaigns where `lead_id` or `campaign` stand beside their own.

    A lead that also has a row of its own in this load takes its `deal_id` there; a campaign's name that has a row in this
    load stands for that row's id.
    """
    given: list[Given] = []
    for table, raw in tables:
        found = canonical_columns(raw, table)
        beside = {name: column for column in raw.columns for name in (normal(column),) if name in ACCEPTED.get(table.name, ())}
        chosen = {name: f"s.{quoted(column)}" for name, column in found.items()}
        joins = ""
        if "campaign" in beside:
            joins += _campaign_join(beside["campaign"], tables)
            own = chosen.get("campaign_id")
            chosen["campaign_id"] = _campaign_id(beside["campaign"], own, joins)
        if table.name == "leads":
            joins += _deal_join(chosen, tables)
        taken = {*found.values(), *beside.values()}
        attributes = tuple(column for column in raw.columns if column not in taken)
        parts = [f"{sql} AS {quoted(name)}" for name, sql in chosen.items()] + [f"s.{quoted(name)}" for name in attributes]
        select = "SELECT\n    " + ",\n    ".join([*parts, "s._line AS line"]) + f"\nFROM {numbered(raw)} AS s{joins}"
        given.append(Given(Batch(table.name, raw, select, tuple(chosen), attributes), sources=found))
        if "campaign" in beside:
            given.append(Given(_campaigns(raw, beside["campaign"], found.get("campaign_id"), tables)))
        if "lead_id" in beside and "deal_id" in found:
            given.append(Given(_leads(raw, beside["lead_id"], found["deal_id"], tables)))
    return given


def _others(name: str, tables: Sequence[tuple[Table, RawTable]], *columns: str) -> str | None:
    """The rows of the load's tables called `name` that have all of `columns`, as a subquery."""
    selects = []
    for table, raw in tables:
        found = canonical_columns(raw, table)
        if table.name == "deals":
            found |= {normal(column): column for column in raw.columns if normal(column) in ACCEPTED["deals"]}
        if table.name == name and all(column in found for column in columns):
            selects.append("SELECT " + ", ".join(f"{quoted(found[c])} AS {quoted(c)}" for c in columns) + f" FROM {raw.relation}")
    return f"({' UNION ALL '.join(selects)})" if selects else None


def _campaign_join(column: str, tables: Sequence[tuple[Table, RawTable]]) -> str:
    others = _others("campaigns", tables, "campaign_id", "name")
    if others is None:
        return ""
    return (
        f"\nLEFT JOIN (SELECT name, MIN(campaign_id) AS campaign_id FROM {others} AS o GROUP BY name) AS known_campaigns"
        f" ON known_campaigns.name = s.{quoted(column)}"
    )


def _campaign_id(column: str, own: str | None, joins: str) -> str:
    known = ["known_campaigns.campaign_id"] if joins else []
    parts = [*([own] if own else []), *known, f"s.{quoted(column)}"]
    return f"COALESCE({', '.join(parts)})" if len(parts) > 1 else parts[0]


def _campaigns(raw: RawTable, column: str, id_column: str | None, tables: Sequence[tuple[Table, RawTable]]) -> Batch:
    """The campaigns named in a table that have no row of their own in this load."""
    id = f"COALESCE({quoted(id_column)}, {quoted(column)})" if id_column else quoted(column)
    others = _others("campaigns", tables, "campaign_id")
    named = _others("campaigns", tables, "campaign_id", "name")
    known = f" AND {id} NOT IN (SELECT campaign_id FROM {others} AS o WHERE campaign_id IS NOT NULL)" if others else ""
    if named:
        known += f" AND {quoted(column)} NOT IN (SELECT name FROM {named} AS o WHERE name IS NOT NULL)"
    select = (
        f"SELECT {id} AS campaign_id, {quoted(column)} AS name, MIN(_line) AS line\nFROM {numbered(raw)} AS s"
        f"\nWHERE {quoted(column)} IS NOT NULL{known}\nGROUP BY 1, 2"
    )
    return Batch("campaigns", raw, select, ("campaign_id", "name"))


def _leads(raw: RawTable, column: str, deal_column: str, tables: Sequence[tuple[Table, RawTable]]) -> Batch:
    """The leads that deals came from and that have no row of their own in this load."""
    others = _others("leads", tables, "lead_id")
    known = f" AND {quoted(column)} NOT IN (SELECT lead_id FROM {others} AS o WHERE lead_id IS NOT NULL)" if others else ""
    select = (
        f"SELECT {quoted(column)} AS lead_id, {quoted(deal_column)} AS deal_id, _line AS line\nFROM {numbered(raw)} AS s"
        f"\nWHERE {quoted(column)} IS NOT NULL{known}"
    )
    return Batch("leads", raw, select, ("lead_id", "deal_id"))


def _deal_join(chosen: dict[str, str], tables: Sequence[tuple[Table, RawTable]]) -> str:
    """Gives a lead's row the deal that names it, where the row has none."""
    others = _others("deals", tables, "deal_id", "lead_id")
    if others is None or "lead_id" not in chosen:
        return ""
    own = chosen.get("deal_id")
    chosen["deal_id"] = f"COALESCE({own}, lead_deals.deal_id)" if own else "lead_deals.deal_id"
    return (
        f"\nLEFT JOIN (SELECT lead_id, MIN(deal_id) AS deal_id FROM {others} AS o GROUP BY lead_id) AS lead_deals"
        f" ON lead_deals.lead_id = {chosen['lead_id']}"
    )
