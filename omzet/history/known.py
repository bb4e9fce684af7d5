"""What was known at a moment: the store as it would have been without anything recorded later.

Tables of a scratch session take the place of the store's: rows without what was learned later, the log up to the moment,
and everything derived from these by the same code that derives the present. So an old report can be asked again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.history import facts, surroundings, touches
from omzet.model import CHANGE_TABLES, TABLES, Kind, Table
from omzet.settings import Settings

EVENTS = {
    "deals": ("first_contact_at", "closed_at"),
    "leads": ("contacted_at", "marketing_qualified_at", "qualified_at", "converted_at", "disqualified_at"),
}
"""Instants that tell of something happening: unknown before they happened."""

BEGINNINGS = {"deals": "created_at", "leads": "created_at", "activities": "logged_at", "accounts": "created_at"}
"""The instant before which a row was unknown, where it has one."""

DATED = {"revenue": "recognised_on", "exchange_rates": "quoted_on", "forecasts": "made_on", "targets": "agreed_on"}
"""The day before which a row was unknown, where it has one."""


def moment_of(known: date | datetime, settings: Settings) -> datetime:
    """The last moment, as naive UTC, of what is asked for: a day's end in the company's zone, or the instant itself."""
    if isinstance(known, datetime):
        return (known if known.tzinfo else known.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    after = datetime.combine(known + timedelta(days=1), datetime.min.time(), ZoneInfo(settings.timezone))
    return after.astimezone(UTC).replace(tzinfo=None) - timedelta(microseconds=1)


def everything(session: Session, moment: datetime) -> bool:
    """True when nothing was recorded after the moment, and nothing that is recorded happened after it."""
    ((changed,),) = session.rows("SELECT max(greatest(recorded_at, changed_at)) FROM changes")
    ((loaded,),) = session.rows("SELECT max(recorded_at) FROM loads WHERE NOT undone")
    return all(each is None or each <= moment for each in (changed, loaded))


def limit(session: Session, settings: Settings, moment: datetime) -> None:
    """Let a scratch session know only what was recorded by the moment."""
    until = f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S.%f}'"
    session.run(f"CREATE TEMP TABLE log_later AS SELECT * FROM changes WHERE recorded_at > {until}")
    session.run(f"CREATE TEMP TABLE changes AS SELECT * FROM changes WHERE recorded_at <= {until}")
    for table in TABLES.values():
        if table.name not in CHANGE_TABLES:
            _limit_rows(session, settings, table, until)
    _reopen(session)
    for name in ("stage_order", "rates", "person_teams", "aliases"):
        session.run(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name} LIMIT 0")
    surroundings.fill(session, settings.fiscal_year_start)
    facts.derive(session, settings, None)
    touches.derive(session)


def _limit_rows(session: Session, settings: Settings, table: Table, until: str) -> None:
    """A scratch table of the rows known by then, each field with the value it had before it was changed later."""
    later = [f for (f,) in session.rows("SELECT DISTINCT field FROM log_later WHERE table_name = ?", [table.name])]
    # What a row said when it was loaded was known from then on, whatever days it names.
    loaded = f"first_load NOT IN (SELECT load_no FROM loads WHERE recorded_at > {until})"
    kept = [f"(known_from IS NULL OR known_from <= {until})"]
    if (beginning := BEGINNINGS.get(table.name)) in table.names:
        kept.append(f"({loaded} OR {beginning} IS NULL OR {beginning} <= {until})")
    if day := DATED.get(table.name):
        kept.append(f"({loaded} OR {day} IS NULL OR {day} <= {session.sql.local_day(until, settings.timezone)})")
    columns = {c.name: c for c in table.columns}
    stored = session.names(f"SELECT * FROM {table.name}")
    before = {name: name for name in later if name in stored} | {"x_" + name: name for name in later if "x_" + name in stored}
    values = []
    for name in stored:
        value = quoted(name)
        if name in EVENTS.get(table.name, ()):
            value = f"CASE WHEN {loaded} OR {value} <= {until} THEN {value} END AS {value}"
        if table.name == "deals" and name == "status":
            value = f"CASE WHEN closed_at > {until} AND NOT {loaded} THEN 'open' ELSE coalesce(status, 'open') END AS status"
        values.append(value)
    source = _restored(session, table.name, stored, before) if before else table.name
    session.run(f"CREATE TEMP TABLE {table.name} AS SELECT {', '.join(values)} FROM {source} t WHERE {' AND '.join(kept)}")
    days = [c for c in columns.values() if c.kind is Kind.INSTANT and (c.name in before or c.name in EVENTS.get(table.name, ()))]
    if days:
        found = ", ".join(f"{c.local_day} = {session.sql.local_day(c.name, settings.timezone)}" for c in days)
        session.run(f"UPDATE {table.name} SET {found}")
    if table.name == "activities":
        session.run(
            f"""UPDATE activities SET status = 'planned'
                WHERE happened_at > {until} AND coalesce(status, 'done') = 'done' AND NOT {loaded}"""
        )


def _restored(session: Session, table: str, stored: list[str], before: dict[str, str]) -> str:
    """The rows with each field that was changed later as it was.

    A row's value as loaded last by then is the old value of the first difference that a later load found. Before the
    row's own first load it is what the changes that came with that load say: the old value of the first recorded later.
    What other loads report of the past changes the log, not what the row was known to be.
    """
    firsts = []
    for field, name in before.items():
        for mark, which, order in (
            ("c_", "l.origin = 'compared'", "(l.load_no, l.change_no)"),
            ("r_", "l.origin = 'reported' AND l.load_no = t.first_load", "(l.recorded_at, l.changed_at, l.change_no)"),
        ):
            old = session.sql.earliest("coalesce(l.old_value, '')", order)
            firsts.append(f"{old} FILTER (WHERE l.field = '{name}' AND {which}) AS {quoted(mark + field)}")
    values = []
    for name in stored:
        value = f"t.{quoted(name)}"
        if name in before:
            old = f"coalesce(b.{quoted('r_' + name)}, b.{quoted('c_' + name)})"
            kind = session.rows(f"SELECT typeof({quoted(name)}) FROM {table} LIMIT 1")
            cast = f"CAST(nullif({old}, '') AS {kind[0][0] if kind else 'VARCHAR'})"
            value = f"CASE WHEN {old} IS NULL THEN {value} ELSE {cast} END AS {quoted(name)}"
        values.append(value)
    return f"""(SELECT {", ".join(values)} FROM {table} t
        LEFT JOIN (SELECT l.key, {", ".join(firsts)} FROM log_later l JOIN {table} t ON t.key = l.key
                   WHERE l.table_name = '{table}' GROUP BY l.key) b ON b.key = t.key)"""


def _reopen(session: Session) -> None:
    """A deal closed by a move to a stage that was recorded later was open, as far as anyone knew."""
    session.run(
        """UPDATE deals SET status = 'open', closed_at = NULL, closed_on = NULL WHERE status <> 'open' AND key IN (
            SELECT l.key FROM log_later l JOIN deals d ON d.key = l.key
            JOIN stages s ON s.connection = d.connection AND s.pipeline = d.pipeline AND s.stage = l.value
            LEFT JOIN stages k ON k.connection = d.connection AND k.pipeline = d.pipeline AND k.stage = d.stage
            WHERE l.table_name = 'deals' AND l.field = 'stage' AND l.origin = 'reported' AND l.load_no = d.first_load
                AND s.kind IN ('won', 'lost') AND coalesce(k.kind, 'open') = 'open'
                AND NOT EXISTS (SELECT 1 FROM log_later o WHERE o.key = l.key AND o.table_name = 'deals' AND o.field = 'status'
                    AND o.origin = 'reported')
                AND NOT EXISTS (SELECT 1 FROM changes c JOIN stages e ON e.connection = d.connection
                    AND e.pipeline = d.pipeline AND e.stage = c.value
                    WHERE c.key = l.key AND c.table_name = 'deals' AND c.field = 'stage' AND e.kind = d.status))"""
    )
