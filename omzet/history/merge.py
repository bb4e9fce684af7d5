"""Merge one batch of rows into its table: check, set aside, compare, keep what changed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from omzet.engines import Session
from omzet.engines.sql import quoted, text_literal
from omzet.history import aside
from omzet.history.report import FileReport
from omzet.model import TABLES, Column, Kind, Table
from omzet.sources.batch import Batch

OWN = "omzet"
"""Whose the rows are that Omzet makes itself. What they refer to is told by its whole key, whichever connection has it."""

DESK = "desk"
"""Whose the rows are that people enter. They may enter on rows of any connection, so all are told by their whole key."""

PLACE = ("line", "key", "bad", "wrong")
"""What the rows at hand have beside their content."""


@dataclass
class Loading:
    """What one load knows of itself while it runs."""

    number: int
    connection: str
    recorded_at: datetime
    previous_at: datetime | None
    zone: str
    keeps_seen: bool = True
    seen: dict[str, int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    touches_all: bool = False
    unsure: set[str] = field(default_factory=set)

    @property
    def recorded_sql(self) -> str:
        return f"TIMESTAMP '{self.recorded_at:%Y-%m-%d %H:%M:%S.%f}'"

    @property
    def previous_sql(self) -> str:
        return f"TIMESTAMP '{self.previous_at:%Y-%m-%d %H:%M:%S.%f}'" if self.previous_at else "NULL"


def checked_together(session: Session, batches: Sequence[Batch], loading: Loading, zone: str) -> list[str]:
    """The typed rows of all batches of one table; a key that two of them give different content is a conflict in both.

    Columns that only one of the two has don't make a conflict. Each result goes to `merge_rows`.
    """
    found = []
    for batch in batches:
        session.zone(batch.timezone or zone)
        found.append(_checked(session, batch, TABLES[batch.table], loading))
    keys = " UNION ALL ".join(f"SELECT DISTINCT key FROM {incoming} WHERE bad IS NULL" for incoming in found)
    session.run(f"CREATE TEMP TABLE shared_now AS SELECT key FROM ({keys}) GROUP BY key HAVING count(*) > 1")
    if session.rows("SELECT 1 FROM shared_now LIMIT 1"):
        session.run("CREATE TEMP TABLE clashing_now (key VARCHAR)")
        columns = [[c for c in session.names(f"SELECT * FROM {incoming}") if c not in PLACE] for incoming in found]
        for (one, ours), (other, theirs) in itertools.combinations(zip(found, columns, strict=True), 2):
            differs = " OR ".join(f"a.{quoted(c)} IS DISTINCT FROM b.{quoted(c)}" for c in ours if c in theirs)
            session.run(
                f"""INSERT INTO clashing_now SELECT DISTINCT a.key FROM {one} a JOIN {other} b ON b.key = a.key
                    WHERE a.bad IS NULL AND b.bad IS NULL AND a.key IN (SELECT key FROM shared_now) AND ({differs or "FALSE"})"""
            )
        for incoming in found:
            clashing = "bad IS NULL AND key IN (SELECT key FROM clashing_now)"
            session.run(f"UPDATE {incoming} SET bad = 'conflict:', wrong = key WHERE {clashing}")
        session.run("DROP TABLE clashing_now")
    session.run("DROP TABLE shared_now")
    return found


def merge_rows(session: Session, batch: Batch, loading: Loading, incoming: str | None = None) -> FileReport:
    """Merge a batch of an ordinary table. The report counts every row of the batch exactly once.

    Leaves the keys of added and changed rows in the temporary table `touched_<table>`. `incoming` are the rows as
    `checked_together` left them.
    """
    table = TABLES[batch.table]
    incoming = incoming or _checked(session, batch, table, loading)
    ((read,),) = session.rows(f"SELECT count(*) FROM {incoming}")
    repeated = _resolve_repeats(session, incoming)
    set_aside = aside.keep(session, batch, incoming, loading)
    columns = [c.name for c in table.columns if c.name in batch.columns]
    days = [c.local_day for c in table.columns if c.name in batch.columns and c.kind is Kind.INSTANT]
    attributes = _attributes(session, batch, table)
    values = [*columns, *days, *attributes]
    compared = [*columns, *attributes]
    touched = f"touched_{table.name}"
    session.run(f"CREATE TEMP TABLE IF NOT EXISTS {touched} (key VARCHAR)")

    ((usable,),) = session.rows(f"SELECT count(*) FROM {incoming} WHERE bad IS NULL")
    if loading.connection != DESK:
        _let_entries_stand(session, table, incoming, compared)
    known = _find_known(session, table, incoming)
    changed = _change(session, table, incoming, compared, values, loading, touched) if known else 0
    added = _add(session, table, incoming, values, loading, touched) if known < usable else 0
    session.run("DROP TABLE known_now")
    _replace_sets(session, table, incoming, loading, touched, batch)
    if "is_deleted" not in columns and table.parent is None:
        changed += _bring_back(session, table, incoming, loading, touched)
    if loading.keeps_seen:
        session.run(f"CREATE TEMP TABLE IF NOT EXISTS seen_{table.name} (key VARCHAR)")
        session.run(f"INSERT INTO seen_{table.name} SELECT key FROM {incoming} WHERE key IS NOT NULL")
        if batch.raw.rejected or session.rows(f"SELECT 1 FROM {incoming} WHERE key IS NULL LIMIT 1"):
            loading.unsure.add(table.name)
    loading.seen[table.name] = loading.seen.get(table.name, 0) + usable
    session.run(f"DROP TABLE {incoming}")
    return FileReport(
        path=batch.raw.path,
        sheet=batch.raw.sheet,
        table=table.name,
        mapping=batch.mapping,
        read=read,
        added=added,
        changed=changed,
        unchanged=usable - added - changed + repeated,
        set_aside=set_aside,
    )


def key_of(table: Table, connection: str, given: tuple[str, ...]) -> str:
    """SQL for the key of a row from its typed columns: the connection and the key columns."""
    parts = [
        f"coalesce(CAST({quoted(name)} AS VARCHAR), '{_key_default(table, name)}')"
        if name in given
        else f"'{_key_default(table, name)}'"
        for name in table.key
    ]
    return f"{text_literal(connection + ':')} || {' || chr(124) || '.join(parts)}"


def _key_default(table: Table, column: str) -> str:
    return {"exchange_rates.kind": "actual", "forecasts.metric": "bookings_amount"}.get(f"{table.name}.{column}", "")


def _checked(session: Session, batch: Batch, table: Table, loading: Loading) -> str:
    """A temporary table of typed rows: line, key, bad (what is wrong, else NULL), value (the text that is wrong)."""
    name = f"incoming_{loading.number}_{len(loading.touched)}_{table.name}"
    given = [column for column in table.columns if column.name in batch.columns]
    typed = [f"{_value(session, column, batch, loading)} AS {quoted(column.name)}" for column in given]
    texts = [f"{quoted(column.name)} AS {quoted('t_' + column.name)}" for column in given]
    stored = attribute_names(batch)
    attributes = [f"trim({quoted(a)}) AS {quoted('x_' + name)}" for a, name in stored.items()]
    faults = []
    for column in given:
        text, value = quoted("t_" + column.name), quoted(column.name)
        if column.required:
            faults.append(f"WHEN {text} IS NULL THEN 'missing:{column.name}'")
        if not session.sql.is_safe(column):
            faults.append(f"WHEN {value} IS NULL AND {text} IS NOT NULL THEN 'unreadable:{column.name}'")
    # Of a row that is there already only what was entered is given.
    new = f"trim({quoted('t_' + table.key[0])}) NOT IN (SELECT key FROM {table.name})" if loading.connection == DESK else "TRUE"
    faults += [f"WHEN {new} THEN 'missing:{column}'" for column in table.required if column not in batch.columns]
    bad = f"CASE {' '.join(faults)} END" if faults else "NULL"
    wrong = " ".join(
        f"WHEN {text_literal('unreadable:' + c.name)} THEN {quoted('t_' + c.name)}" for c in given if not session.sql.is_safe(c)
    )
    days = [
        f"{session.sql.local_day(quoted(c.name), loading.zone)} AS {quoted(c.local_day)}" for c in given if c.kind is Kind.INSTANT
    ]
    columns = [quoted(c.name) for c in given]
    kept = [quoted("x_" + name) for name in stored.values()]
    key = _set_key(table, batch, loading) or key_of(table, loading.connection, batch.columns)
    if loading.connection == DESK:
        key = f"trim({quoted('t_' + table.key[0])})"
    named = [c for c in table.key if table.column(c).required]
    whole = " AND ".join(f"{quoted(c)} IS NOT NULL" for c in named if c in batch.columns) or "TRUE"
    if any(c not in batch.columns for c in named):
        whole = "FALSE"
    session.run(
        f"""
        CREATE TEMP TABLE {name} AS
        WITH texts AS ({batch.select}),
        typed AS (SELECT line, {", ".join([*typed, *texts, *attributes])} FROM texts),
        judged AS (SELECT *, {bad} AS bad FROM typed)
        SELECT line, CASE WHEN {whole} THEN {key} END AS key, CAST(bad AS VARCHAR) AS bad,
               {f"CASE bad {wrong} END" if wrong else "NULL"} AS wrong,
               {", ".join([*columns, *days, *kept])}
        FROM judged
        """
    )
    loading.touched.add(f"{name}")
    return name


def _set_key(table: Table, batch: Batch, loading: Loading) -> str | None:
    """Lines without an id of their own are told apart by their content and their place among equal ones."""
    if table.name != "deal_lines" or "line_id" in batch.columns:
        return None
    content = " || chr(124) || ".join(f"coalesce(CAST({quoted(c)} AS VARCHAR), '')" for c in batch.columns)
    place = f"row_number() OVER (PARTITION BY {content} ORDER BY line)"
    return f"{text_literal(loading.connection + ':')} || md5({content}) || '#' || {place}"


def _value(session: Session, column: Column, batch: Batch, loading: Loading) -> str:
    value = session.sql.typed(
        column, quoted(column.name), order=batch.date_order.get(column.name), decimal=batch.decimal.get(column.name)
    )
    if column.kind is Kind.REFERENCE and loading.connection not in (OWN, DESK):
        return f"{text_literal(loading.connection + ':')} || {value}"
    if loading.connection == DESK and column.name in TABLES[batch.table].key:
        return f"substr({value}, instr({value}, ':') + 1)"
    return value


def attribute_name(header: str) -> str:
    """An unknown header as a column name: lower case, words joined by underscores."""
    name = "".join(c if c.isalnum() else "_" for c in header.strip().lower())
    return "_".join(part for part in name.split("_") if part) or "column"


def attribute_names(batch: Batch) -> dict[str, str]:
    """The name of each unknown header's attribute: no two alike, and none that of a column of the table."""
    taken = set(TABLES[batch.table].names)
    names: dict[str, str] = {}
    for header in batch.attributes:
        plain = attribute_name(header)
        names[header] = next(n for n in itertools.chain([plain], (f"{plain}_{i}" for i in itertools.count(2))) if n not in taken)
        taken.add(names[header])
    return names


def _attributes(session: Session, batch: Batch, table: Table) -> list[str]:
    """Make room for the batch's unknown columns; their stored names."""
    known = {name for (name,) in session.rows("SELECT name FROM attributes WHERE table_name = ?", [table.name])}
    names = attribute_names(batch)
    for header, name in names.items():
        if name not in known:
            session.run("INSERT INTO attributes VALUES (?, ?, ?)", [table.name, name, header.strip()])
            session.run(f"ALTER TABLE {table.name} ADD COLUMN {quoted('x_' + name)} VARCHAR")
    return ["x_" + name for name in names.values()]


def _resolve_repeats(session: Session, incoming: str) -> int:
    """The same key twice in one file: an equal row counts once, a different one is a conflict, to be set aside.

    Returns how many equal repeats there were.
    """
    if not session.rows(f"SELECT 1 FROM {incoming} WHERE bad IS NULL GROUP BY key HAVING count(*) > 1 LIMIT 1"):
        return 0
    values = [c for c in session.names(f"SELECT * FROM {incoming}") if c not in PLACE]
    content = " || chr(31) || ".join(f"coalesce(CAST({quoted(c)} AS VARCHAR), chr(30))" for c in values)
    twice = f"SELECT key FROM {incoming} WHERE bad IS NULL GROUP BY key HAVING count(DISTINCT {content}) > 1"
    session.run(f"UPDATE {incoming} SET bad = 'conflict:', wrong = key WHERE bad IS NULL AND key IN ({twice})")
    ((before,),) = session.rows(f"SELECT count(*) FROM {incoming}")
    session.run(
        f"""DELETE FROM {incoming} WHERE bad IS NULL AND rowid NOT IN (
            SELECT min(rowid) FROM {incoming} WHERE bad IS NULL GROUP BY key)"""
    )
    ((after,),) = session.rows(f"SELECT count(*) FROM {incoming}")
    return int(before - after)


def _let_entries_stand(session: Session, table: Table, incoming: str, compared: list[str]) -> None:
    """What was entered on a row stands where the row still shows what it showed at entry: then it says nothing new."""
    entered = f"""c.table_name = {text_literal(table.name)} AND c.origin = 'compared' AND l.connection = {text_literal(DESK)}
        AND NOT l.undone"""
    if not session.rows(f"SELECT 1 FROM changes c JOIN loads l ON l.load_no = c.load_no WHERE {entered} LIMIT 1"):
        return
    first = session.sql.earliest("c.old_value", "c.change_no")
    session.run(
        f"""CREATE TEMP TABLE standing_now AS
            WITH entries AS (
                SELECT c.key, c.field, c.old_value, c.change_no FROM changes c JOIN loads l ON l.load_no = c.load_no
                WHERE {entered} AND c.key IN (SELECT key FROM {incoming} WHERE bad IS NULL)),
            shown AS (
                SELECT c.key, c.field, max(c.change_no) AS change_no FROM changes c JOIN loads l ON l.load_no = c.load_no
                WHERE c.table_name = {text_literal(table.name)} AND c.origin = 'compared' AND l.connection <> {text_literal(DESK)}
                    AND c.key IN (SELECT key FROM entries)
                GROUP BY 1, 2)
            SELECT c.key, c.field, {first} AS base FROM entries c
            LEFT JOIN shown s ON s.key = c.key AND s.field = c.field
            WHERE c.change_no > coalesce(s.change_no, 0) GROUP BY 1, 2"""
    )
    for (name,) in session.rows("SELECT DISTINCT field FROM standing_now"):
        column = name if name in compared else "x_" + name
        if column not in compared:
            continue
        day = table.column(name).local_day if name in table.names and table.column(name).kind is Kind.INSTANT else ""
        sets = ", ".join(f"{quoted(c)} = e.{quoted(c)}" for c in (column, day) if c)
        same = f"{session.sql.as_text(incoming + '.' + quoted(column))} IS NOT DISTINCT FROM s.base"
        session.run(
            f"""UPDATE {incoming} SET {sets} FROM {table.name} e JOIN standing_now s ON s.key = e.key
                WHERE {incoming}.key = e.key AND {incoming}.bad IS NULL AND s.field = {text_literal(name)} AND {same}"""
        )
    session.run("DROP TABLE standing_now")


def _find_known(session: Session, table: Table, incoming: str) -> int:
    """Finds the rows that are in the table already, by key; leaves their places in `known_now`. Returns how many.

    Looking for keys reads one column; by place only the rows found are read in full.
    """
    session.run(
        f"""CREATE TEMP TABLE known_now AS
            SELECT rowid AS place FROM {table.name} WHERE key IN (SELECT key FROM {incoming} WHERE bad IS NULL)"""
    )
    ((known,),) = session.rows("SELECT count(*) FROM known_now")
    return int(known)


def _change(
    session: Session, table: Table, incoming: str, compared: list[str], values: list[str], loading: Loading, touched: str
) -> int:
    """Update rows that differ, keeping each difference in the log. Returns how many rows changed.

    A row that another file of this load added is completed: that is no change.
    """
    differs = [f"i.{quoted(c)} IS DISTINCT FROM e.{quoted(c)}" for c in compared]
    if not differs:
        return 0
    session.run(
        f"""CREATE TEMP TABLE changed_now AS
            SELECT i.*, e.first_load AS known_since, {", ".join(f"e.{quoted(c)} AS {quoted('was_' + c)}" for c in compared)}
            FROM {incoming} i JOIN (SELECT * FROM {table.name} WHERE rowid IN (SELECT place FROM known_now)) e ON e.key = i.key
            WHERE i.bad IS NULL AND ({" OR ".join(differs)})"""
    )
    ((differing,),) = session.rows("SELECT count(*) FROM changed_now")
    changed = 0
    if differing:
        before = f"changed_now i WHERE i.known_since <> {loading.number}"
        now_differs = {c: f"i.{quoted(c)} IS DISTINCT FROM i.{quoted('was_' + c)}" for c in compared}
        counts = ", ".join(f"count(*) FILTER (WHERE {each})" for each in now_differs.values())
        ((changed, *counted),) = session.rows(f"SELECT count(*), {counts} FROM {before}")
        modified = "coalesce(i.modified_at, " if "modified_at" in compared else "("
        for name, count in zip(compared, counted, strict=True):
            if count:
                field_name = name.removeprefix("x_") if name not in table.names else name
                log(
                    session,
                    f"""SELECT {text_literal(table.name)} AS table_name, i.key, {text_literal(field_name)} AS field,
                        {session.sql.as_text("i." + quoted(name))} AS value,
                            {session.sql.as_text("i." + quoted("was_" + name))} AS old_value,
                        {modified}{loading.recorded_sql}) AS changed_at, {loading.recorded_sql} AS recorded_at,
                        CAST(NULL AS BIGINT) AS seq, CAST(NULL AS VARCHAR) AS changed_by
                        FROM {before} AND {now_differs[name]}""",
                    "compared",
                    loading,
                )
        anywhere = session.rows(f"SELECT {counts} FROM changed_now i")[0]
        altered = {name for name, count in zip(compared, anywhere, strict=True) if count}
        altered |= {c.local_day for c in table.columns if c.name in altered and c.kind is Kind.INSTANT}
        sets = ", ".join(f"{quoted(c)} = i.{quoted(c)}" for c in values if c in altered)
        session.run(
            f"UPDATE {table.name} SET {sets}, load_no = {loading.number} FROM changed_now i WHERE {table.name}.key = i.key"
        )
        session.run(f"INSERT INTO {touched} SELECT key FROM changed_now")
    session.run("DROP TABLE changed_now")
    return int(changed)


def _add(session: Session, table: Table, incoming: str, values: list[str], loading: Loading, touched: str) -> int:
    names = ", ".join(quoted(v) for v in values)
    new = f"FROM {incoming} i WHERE i.bad IS NULL"
    if session.rows("SELECT 1 FROM known_now LIMIT 1"):
        new += f" AND NOT EXISTS (SELECT 1 FROM {table.name} e WHERE e.key = i.key)"
    known = "NULL"
    if loading.previous_at and "created_at" in values:
        known = f"CASE WHEN i.created_at IS NULL OR i.created_at <= {loading.previous_sql} THEN {loading.recorded_sql} END"
    elif loading.previous_at:
        known = loading.recorded_sql
    ((before,),) = session.rows(f"SELECT count(*) FROM {table.name}")
    number, numbers = "", ""
    if table.name == "deals":
        ((last,),) = session.rows("SELECT coalesce(max(deal_no), 0) FROM deals")
        # Numbered by their place among the incoming rows: counting them would keep one thread at it.
        ((first,),) = session.rows(f"SELECT coalesce(min(rowid), 0) FROM {incoming}")
        number, numbers = "deal_no, ", f"{last} + 1 + (i.rowid - {first}), "
    session.run(
        f"""INSERT INTO {table.name} (connection, key, load_no, first_load, known_from, {number}{names})
            SELECT {text_literal(loading.connection)}, i.key, {loading.number}, {loading.number}, {known},
                {numbers}{names} {new}"""
    )
    ((after,),) = session.rows(f"SELECT count(*) FROM {table.name}")
    if table.name == "deals" and after > 4 * before:
        loading.touches_all = True
    elif after > before:
        session.run(f"INSERT INTO {touched} SELECT key FROM {table.name} WHERE first_load = {loading.number}")
    return int(after - before)


def _replace_sets(session: Session, table: Table, incoming: str, loading: Loading, touched: str, batch: Batch) -> None:
    """Credits, contacts, links and unnumbered lines are replaced as a set per parent: what is missing is marked deleted."""
    if table.parent is None or (table.name == "deal_lines" and "line_id" in batch.columns):
        return
    parent = quoted(table.parent)
    gone = f"""{table.name}.connection = {text_literal(loading.connection)} AND is_deleted IS NOT TRUE
        AND {parent} IN (SELECT {parent} FROM {incoming} WHERE bad IS NULL) AND key NOT IN (SELECT key FROM {incoming}
            WHERE key IS NOT NULL)"""
    if loading.seen.get(table.name):
        gone += f" AND key NOT IN (SELECT key FROM seen_{table.name})"
    _mark_deleted(session, table, gone, loading)
    _bring_back(session, table, incoming, loading, touched)


MISSED = "missing from a load"
"""Who marked a row as deleted that its source did not mark itself."""


def _bring_back(session: Session, table: Table, incoming: str, loading: Loading, touched: str) -> int:
    """Rows that are deleted only because an earlier load missed them, and that are here again, are no longer deleted.

    Returns how many of them this load did not change otherwise.
    """
    if not session.rows(f"SELECT 1 FROM {table.name} WHERE is_deleted LIMIT 1"):
        return 0
    here = f"SELECT key FROM {incoming} WHERE bad IS NULL"
    missed = f"""SELECT key FROM changes
        WHERE table_name = {text_literal(table.name)} AND field = 'is_deleted' AND key IN ({here})
        GROUP BY key HAVING {session.sql.latest("coalesce(changed_by, '')", "change_no")} = {text_literal(MISSED)}"""
    back = f"is_deleted AND key IN ({missed})"
    ((count,),) = session.rows(f"SELECT count(*) FROM {table.name} WHERE {back} AND load_no <> {loading.number}")
    session.run(f"INSERT INTO {touched} SELECT key FROM {table.name} WHERE {back}")
    log(session, _deletion(table, back, "NULL", loading), "compared", loading)
    session.run(
        f"""UPDATE {table.name} SET is_deleted = NULL, load_no = {loading.number} WHERE is_deleted AND key IN (
            SELECT key FROM changes WHERE table_name = {text_literal(table.name)} AND field = 'is_deleted' AND value IS NULL
                AND load_no = {loading.number})"""
    )
    return int(count)


def delete_missing(session: Session, table: Table, loading: Loading) -> int:
    """After a load that declares itself complete: mark this connection's rows that were not in it. Returns how many."""
    missing = f"""connection = {text_literal(loading.connection)} AND is_deleted IS NOT TRUE
        AND key NOT IN (SELECT key FROM seen_{table.name})"""
    return _mark_deleted(session, table, missing, loading)


def _mark_deleted(session: Session, table: Table, which: str, loading: Loading) -> int:
    ((count,),) = session.rows(f"SELECT count(*) FROM {table.name} WHERE {which}")
    if count:
        session.run(f"INSERT INTO touched_{table.name} SELECT key FROM {table.name} WHERE {which}")
        log(session, _deletion(table, which, "TRUE", loading), "compared", loading)
        session.run(f"UPDATE {table.name} SET is_deleted = TRUE, load_no = {loading.number} WHERE {which}")
    return int(count)


def _deletion(table: Table, which: str, now: str, loading: Loading) -> str:
    return f"""SELECT {text_literal(table.name)} AS table_name, key, 'is_deleted' AS field, CAST({now} AS VARCHAR) AS value,
        CAST(is_deleted AS VARCHAR) AS old_value, {loading.recorded_sql} AS changed_at, {loading.recorded_sql} AS recorded_at,
        CAST(NULL AS BIGINT) AS seq, {text_literal(MISSED) if now == "TRUE" else "CAST(NULL AS VARCHAR)"} AS changed_by
        FROM {table.name} WHERE {which}"""


def log(session: Session, select: str, origin: str, loading: Loading) -> None:
    """Append to the log of changes what `select` yields: table_name, key, field, value, old_value, changed_at,
    recorded_at, seq, changed_by."""
    ((last,),) = session.rows("SELECT coalesce(max(change_no), 0) FROM changes")
    # What is entered on a row is a change of the connection whose row it is.
    whose = "substr(key, 1, instr(key, ':') - 1)" if loading.connection == DESK else text_literal(loading.connection)
    session.run(
        f"""INSERT INTO changes
            SELECT {last} + row_number() OVER (), table_name, {whose}, key, field, value,
                old_value, changed_at,
                   {session.sql.local_day("changed_at", loading.zone)}, recorded_at, seq, changed_by,
                       {text_literal(origin)}, {loading.number}
            FROM ({select})"""
    )
