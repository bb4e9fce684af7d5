"""References that mean another row than they name: a row of another connection, or the one that took a merged row over.

`aliases` holds one row for each such reference, by the table it refers to. It is empty for most companies, and whoever
reads references joins it only where it isn't.
"""

from __future__ import annotations

from omzet.engines import Session
from omzet.engines.sql import quoted, text_literal
from omzet.history.merge import OWN
from omzet.model import CHANGE_TABLES, TABLES, Kind, Table

TABLE = "CREATE TABLE IF NOT EXISTS aliases (table_name VARCHAR, key VARCHAR, actual VARCHAR)"

ROWS = tuple(table for table in TABLES.values() if table.name not in CHANGE_TABLES)

REFERRED = tuple(
    name
    for name in sorted({c.refers_to for t in ROWS for c in t.columns if c.kind is Kind.REFERENCE and c.refers_to})
    if len(TABLES[name].key) == 1
)
"""Tables whose rows others refer to by one id."""

FACTS = {"owner_key": "people", "team_key": "teams", "account_key": "accounts"}
"""References that `deal_versions` and `deal_facts` hold."""

PRESENT = {
    "first_owner_key": "people",
    "first_team_key": "teams",
    "product_key": "products",
    "campaign_key": "campaigns",
}
"""References that only `deal_facts` holds."""


def fill(session: Session) -> bool:
    """Find all aliases anew. True when they changed."""
    before = session.rows("SELECT * FROM aliases ORDER BY ALL")
    several = session.rows("SELECT count(DISTINCT connection) FROM loads WHERE NOT undone AND connection <> ?", [OWN])[0][0] > 1
    found: list[tuple[str, str, str]] = []
    for name in REFERRED:
        merged = _merged(session, name)
        elsewhere = _elsewhere(session, TABLES[name]) if several else {}
        found += [(name, key, merged.get(actual, actual)) for key, actual in {**elsewhere, **merged}.items()]
    session.run("DELETE FROM aliases")
    if found:
        lists = [list(column) for column in zip(*found, strict=True)]
        session.run("INSERT INTO aliases SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])", lists)
    return before != sorted(found)


def any_there(session: Session) -> bool:
    return bool(session.once("SELECT 1 FROM aliases LIMIT 1"))


def source(session: Session, table: str) -> str:
    """SQL to select a table's rows from, each reference as it is meant."""
    if not any_there(session):
        return table
    columns = [c for c in TABLES[table].columns if c.kind is Kind.REFERENCE and c.refers_to in REFERRED]
    replaced = ", ".join(f"coalesce(a{n}.actual, t.{quoted(c.name)}) AS {quoted(c.name)}" for n, c in enumerate(columns))
    joins = " ".join(
        f"LEFT JOIN aliases a{n} ON a{n}.table_name = {text_literal(str(c.refers_to))} AND a{n}.key = t.{quoted(c.name)}"
        for n, c in enumerate(columns)
    )
    return f"(SELECT t.* REPLACE ({replaced}) FROM {table} t {joins})"


def apply(session: Session) -> None:
    """Let the derived tables name the rows that are meant."""
    if not any_there(session):
        return
    for table, columns in (("deal_versions", FACTS), ("deal_facts", {**FACTS, **PRESENT})):
        for column, referred in columns.items():
            session.run(
                f"""UPDATE {table} SET {column} = a.actual FROM aliases a
                    WHERE a.table_name = '{referred}' AND a.key = {table}.{column}"""
            )


def _merged(session: Session, name: str) -> dict[str, str]:
    """Each merged row's key with that of the row that took it over in the end; none for rows merged in a circle."""
    rows = session.rows(f"SELECT key, connection, merged_into FROM {name} WHERE merged_into IS NOT NULL")
    if not rows:
        return {}
    connections = {connection for (connection,) in session.rows("SELECT DISTINCT connection FROM loads")}
    into = {
        key: given if given.partition(":")[0] in connections and ":" in given else f"{connection}:{given}"
        for key, connection, given in rows
    }
    found = {}
    for key in into:
        seen, at = {key}, into[key]
        while at in into and at not in seen:
            seen.add(at)
            at = into[at]
        if at not in seen:
            found[key] = at
    return found


def _elsewhere(session: Session, referred: Table) -> dict[str, str]:
    """Keys that are referred to and have no row, with the only row of another connection that has that id."""
    named = [
        f"SELECT {quoted(column.name)} AS key FROM {table.name}"
        for table in ROWS
        for column in table.columns
        if column.kind is Kind.REFERENCE and column.refers_to == referred.name
    ]
    fields = [c.name for c in TABLES["deals"].columns if c.refers_to == referred.name]
    named += [f"SELECT value FROM changes WHERE table_name = 'deals' AND field = '{field}'" for field in fields]
    rows = session.rows(
        f"""WITH missing AS (SELECT DISTINCT key FROM ({" UNION ALL ".join(named)}) n
                             WHERE key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {referred.name} r WHERE r.key = n.key))
            SELECT m.key, min(r.key) FROM missing m
            JOIN {referred.name} r ON r.{quoted(referred.key[0])} = substr(m.key, instr(m.key, ':') + 1)
            GROUP BY 1 HAVING count(DISTINCT r.key) = 1"""
    )
    return dict(rows)
