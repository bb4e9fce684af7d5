"""The log of changes: append what a source reports, once each, and never rewrite it."""

from __future__ import annotations

from omzet.engines import Session
from omzet.engines.sql import quoted, text_literal
from omzet.history import aside
from omzet.history.merge import Loading, key_of
from omzet.history.report import FileReport
from omzet.model import CHANGE_TABLES, TABLES, Kind
from omzet.sources.batch import Batch


def merge_changes(session: Session, batch: Batch, loading: Loading) -> FileReport:
    """Append the changes of a batch that the log doesn't hold yet. The report counts every row exactly once.

    A change dated before the connection's previous load was not known before it: it counts as recorded by this load.
    """
    changes, subject = TABLES[batch.table], TABLES[CHANGE_TABLES[batch.table]]
    incoming = _checked(session, batch, loading)
    session.run(f"CREATE TEMP TABLE IF NOT EXISTS touched_{subject.name} (key VARCHAR)")
    ((last,),) = session.rows("SELECT coalesce(max(change_no), 0) FROM changes")
    if session.rows("SELECT 1 FROM changes WHERE table_name = ? LIMIT 1", [subject.name]):
        read, set_aside = _append_new(session, batch, incoming, subject.name, last, loading)
    else:
        read, set_aside = _append_all(session, batch, incoming, subject.name, last, loading)
    usable = read - set_aside
    ((added,),) = session.rows("SELECT count(*) FROM changes WHERE change_no > ?", [last])
    if subject.name == "deals" and added > session.rows("SELECT count(*) FROM deals")[0][0]:
        loading.touches_all = True
    else:
        session.run(f"INSERT INTO touched_{subject.name} SELECT DISTINCT key FROM changes WHERE change_no > ?", [last])
    session.run(f"DROP VIEW {incoming}")
    return FileReport(
        path=batch.raw.path,
        sheet=batch.raw.sheet,
        table=changes.name,
        mapping=batch.mapping,
        read=read,
        added=int(added),
        unchanged=usable - int(added),
        set_aside=set_aside,
    )


CONTENT = ("key", "field", "value", "old_value", "changed_at", "seq")
"""What makes two changes the same."""


def _append_all(session: Session, batch: Batch, incoming: str, subject: str, last: int, loading: Loading) -> tuple[int, int]:
    """The first changes of a table go straight into the log: nothing there can equal them. Returns rows read and set aside.

    Bad rows go with them for a moment, as a condition would judge every row twice.
    """
    # Numbered by their place in the file where that is known: counting rows would keep one thread at it.
    placed = batch.mapping is None and batch.raw.first_line is not None
    number = "line" if placed else "row_number() OVER ()"
    _append(session, f"SELECT * FROM {incoming}", number, subject, last, loading, judged=True)
    ((read,),) = session.rows("SELECT count(*) FROM changes WHERE change_no > ?", [last])
    set_aside = 0
    if session.rows("SELECT 1 FROM changes WHERE change_no > ? AND origin = 'bad' LIMIT 1", [last]):
        session.run("DELETE FROM changes WHERE change_no > ? AND origin = 'bad'", [last])
        session.run(f"CREATE TEMP TABLE {incoming}_bad AS SELECT * FROM {incoming} WHERE bad IS NOT NULL")
        set_aside = aside.keep(session, batch, f"{incoming}_bad", loading)
        session.run(f"DROP TABLE {incoming}_bad")
    _drop_repeats(session, "changes", "change_no", f"change_no > {last}")
    return read, set_aside


def _append_new(session: Session, batch: Batch, incoming: str, subject: str, last: int, loading: Loading) -> tuple[int, int]:
    """Append what the log doesn't hold yet. Returns rows read and set aside."""
    rows = f"{incoming}_rows"
    session.run(f"CREATE TEMP TABLE {rows} AS SELECT * FROM {incoming}")
    ((read,),) = session.rows(f"SELECT count(*) FROM {rows}")
    set_aside = aside.keep(session, batch, rows, loading)
    _drop_repeats(session, rows, "rowid", "bad IS NULL")
    same = " AND ".join(f"e.{c} IS NOT DISTINCT FROM i.{c}" for c in CONTENT[3:])
    new = f"""SELECT * FROM {rows} i WHERE bad IS NULL AND NOT EXISTS (
        SELECT 1 FROM changes e WHERE e.table_name = {text_literal(subject)} AND e.origin = 'reported'
            AND e.key = i.key AND e.field = i.field AND coalesce(e.value, '') = coalesce(i.value, '') AND {same})"""
    _append(session, new, "row_number() OVER ()", subject, last, loading)
    session.run(f"DROP TABLE {rows}")
    return read, set_aside


def _append(
    session: Session, select: str, number: str, subject: str, last: int, loading: Loading, *, judged: bool = False
) -> None:
    """Append rows to the log; with `judged` also the bad ones, their origin being 'bad'."""
    required = {"key": "''", "field": "''", "changed_at": "TIMESTAMP '1900-01-01'", "changed_on": "DATE '1900-01-01'"}
    key, field, changed_at, changed_on = (f"coalesce({c}, {none})" if judged else c for c, none in required.items())
    origin = "CASE WHEN bad IS NULL THEN 'reported' ELSE 'bad' END" if judged else "'reported'"
    recorded = f"coalesce(recorded_at, {changed_at})"
    if loading.previous_at:
        recorded = f"CASE WHEN {recorded} <= {loading.previous_sql} THEN {loading.recorded_sql} ELSE {recorded} END"
    session.run(
        f"""INSERT INTO changes
            SELECT {last} + {number}, {text_literal(subject)}, {text_literal(loading.connection)}, {key}, {field}, value,
                   old_value, {changed_at}, {changed_on}, {recorded}, seq, changed_by, {origin}, {loading.number}
            FROM ({select})"""
    )


def _drop_repeats(session: Session, relation: str, place: str, which: str) -> None:
    """Of rows that say the same only the first stays."""
    print_of = session.sql.fingerprint(*CONTENT)
    numbered = f"row_number() OVER (PARTITION BY {', '.join(CONTENT)} ORDER BY {place})"
    twice = f"SELECT {print_of} FROM {relation} WHERE {which} GROUP BY 1 HAVING count(*) > 1"
    session.run(f"CREATE TEMP TABLE twice_now AS {twice}")
    if session.rows("SELECT 1 FROM twice_now LIMIT 1"):
        session.run(
            f"""DELETE FROM {relation} WHERE {which} AND {place} IN (
                SELECT place FROM (
                    SELECT {place} AS place, {numbered} AS n FROM {relation}
                    WHERE {which} AND {print_of} IN (SELECT * FROM twice_now))
                WHERE n > 1)"""
        )
    session.run("DROP TABLE twice_now")


def _checked(session: Session, batch: Batch, loading: Loading) -> str:
    """A temporary view of typed changes, their values written the way the log keeps that field's values."""
    changes, subject = TABLES[batch.table], TABLES[CHANGE_TABLES[batch.table]]
    name = f"incoming_{loading.number}_{batch.table}"
    given = set(batch.columns)
    written = [f for (f,) in session.rows(f"SELECT DISTINCT field FROM ({batch.select})") if f] if "field" in given else []
    fields = {f.strip(" ").lower() for f in written}
    field = "field" if fields == set(written) else "lower(trim(field))"

    def typed(column: str) -> str:
        if column not in given:
            return "NULL"
        return session.sql.typed(
            changes.column(column), quoted(column), order=batch.date_order.get(column), decimal=batch.decimal.get(column)
        )

    def normalised(column: str) -> str:
        if column not in given:
            return "CAST(NULL AS VARCHAR)"
        cases = []
        for known in (c for c in subject.columns if c.name in fields):
            if known.kind is Kind.REFERENCE:
                cases.append(f"WHEN '{known.name}' THEN {text_literal(loading.connection + ':')} || trim({column})")
            elif not session.sql.is_safe(known):
                value = session.sql.typed(known, column, order=batch.date_order.get(column), decimal=batch.decimal.get(column))
                cases.append(f"WHEN '{known.name}' THEN {session.sql.as_text(value)}")
        return f"CASE {field} {' '.join(cases)} ELSE trim({column}) END" if cases else f"trim({column})"

    key_columns = [c for c in changes.key if c not in ("field", "changed_at", "seq", "value")]
    present = tuple(c for c in key_columns if c in given)
    faults = [f"WHEN {quoted('t_' + c)} IS NULL THEN 'missing:{c}'" for c in (*present, "field", "changed_at") if c in given]
    faults += [f"WHEN TRUE THEN 'missing:{c}'" for c in (*key_columns, "field", "changed_at") if c not in given]
    for column in ("changed_at", "recorded_at", "seq"):
        if column in given:
            faults.append(f"WHEN {column} IS NULL AND {quoted('t_' + column)} IS NOT NULL THEN 'unreadable:{column}'")
    for column in ("value", "old_value"):
        if column in given:
            faults.append(f"WHEN {column} IS NULL AND {quoted('t_' + column)} IS NOT NULL THEN 'unreadable:{column}'")
    checked = [c for c in ("changed_at", "recorded_at", "seq", "value", "old_value") if c in given]
    wrong = " ".join(f"WHEN 'unreadable:{c}' THEN {quoted('t_' + c)}" for c in checked)
    texts = [f"{quoted(c)} AS {quoted('t_' + c)}" for c in dict.fromkeys([*present, "field", *checked]) if c in given]
    keys = [f"trim({quoted(c)}) AS {quoted(c)}" for c in present]
    key = key_of(subject, loading.connection, present) if len(present) == len(key_columns) else "NULL"
    session.run(
        f"""
        CREATE TEMP VIEW {name} AS
        WITH typed AS (
            SELECT line, {", ".join([*keys, *texts])}{"," if keys or texts else ""}
                   {field if "field" in given else "CAST(NULL AS VARCHAR)"} AS field,
                   {normalised("value")} AS value, {normalised("old_value")} AS old_value,
                   CAST({typed("changed_at")} AS TIMESTAMP) AS changed_at,
                   CAST({typed("recorded_at")} AS TIMESTAMP) AS recorded_at, CAST({typed("seq")} AS BIGINT) AS seq,
                   {"trim(changed_by)" if "changed_by" in given else "CAST(NULL AS VARCHAR)"} AS changed_by
            FROM ({batch.select})),
        judged AS (SELECT *, CASE {" ".join(faults)} END AS bad FROM typed)
        SELECT line, {key} AS key, CAST(bad AS VARCHAR) AS bad,
               {f"CASE bad {wrong} END" if wrong else "CAST(NULL AS VARCHAR)"} AS wrong, field, value, old_value, changed_at,
               {session.sql.local_day("changed_at", loading.zone)} AS changed_on, recorded_at, seq, changed_by
        FROM judged
        """
    )
    return name
