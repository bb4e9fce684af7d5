"""Undo a load: what it added goes, what it changed goes back, unless a later load has taken it over."""

from __future__ import annotations

import json

from omzet.engines import Session
from omzet.engines.sql import quoted
from omzet.errors import CallError
from omzet.history.report import FileReport
from omzet.model import CHANGE_TABLES, TABLES, Kind


def undo_rows(session: Session, number: int, zone: str) -> list[FileReport]:
    """Take back load `number`; local days are those of `zone`. Returns per table how many rows went and how many went back.

    Raises CallError when there is no such load or it was undone before.
    """
    found = session.rows("SELECT undone, report FROM loads WHERE load_no = ?", [number])
    if not found:
        last = session.rows("SELECT max(load_no) FROM loads")[0][0]
        raise CallError(f"There is no load {number}." + (f" The last one is {last}." if last else " Nothing was loaded yet."))
    if found[0][0]:
        raise CallError(f"Load {number} was undone already.")
    reports = []
    for table in TABLES.values():
        if table.name in CHANGE_TABLES:
            continue
        restored = _restore_fields(session, table.name, number, zone)
        ((gone,),) = session.rows(f"SELECT count(*) FROM {table.name} WHERE first_load = ? AND load_no = ?", [number, number])
        session.run(f"DELETE FROM {table.name} WHERE first_load = ? AND load_no = ?", [number, number])
        session.run(f"UPDATE {table.name} SET first_load = load_no WHERE first_load = ?", [number])
        session.run(
            f"""UPDATE {table.name} SET load_no = coalesce((SELECT max(c.load_no) FROM changes c
                WHERE c.table_name = '{table.name}'
                    AND c.key = {table.name}.key AND c.origin = 'compared' AND c.load_no < {number}), first_load)
                WHERE load_no = {number}"""
        )
        if gone or restored:
            reports.append(FileReport(path=_paths(found[0][1]), table=table.name, read=gone + restored, changed=gone + restored))
    ((logged,),) = session.rows("SELECT count(*) FROM changes WHERE load_no = ? AND origin = 'reported'", [number])
    if logged:
        reports.append(FileReport(path=_paths(found[0][1]), table="changes", read=logged, changed=logged))
    session.run("DELETE FROM changes WHERE load_no = ?", [number])
    session.run("DELETE FROM set_aside WHERE load_no = ?", [number])
    session.run("UPDATE set_aside SET resolved_by = NULL WHERE resolved_by = ?", [number])
    session.run("UPDATE loads SET undone = TRUE WHERE load_no = ?", [number])
    _drop_empty_attributes(session)
    return reports


def _drop_empty_attributes(session: Session) -> None:
    """Unknown columns that no row has a value in any more are no attributes, unless a logged change still names them."""
    for table, name in session.rows("SELECT table_name, name FROM attributes"):
        column = quoted("x_" + name)
        used = session.rows(f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL LIMIT 1")
        if not used and not session.rows("SELECT 1 FROM changes WHERE table_name = ? AND field = ? LIMIT 1", [table, name]):
            session.run(f"ALTER TABLE {table} DROP COLUMN {column}")
            session.run("DELETE FROM attributes WHERE table_name = ? AND name = ?", [table, name])


def _restore_fields(session: Session, table: str, number: int, zone: str) -> int:
    """Give fields that the load changed their old values back, where no later load changed them again."""
    fields = session.rows(
        "SELECT DISTINCT field FROM changes WHERE table_name = ? AND load_no = ? AND origin = 'compared'", [table, number]
    )
    kinds: dict[str, str] = dict(
        session.rows("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?", [table])
    )
    instants = {c.name: c.local_day for c in TABLES[table].columns if c.kind is Kind.INSTANT}
    touched: set[str] = set()
    for (field,) in fields:
        column = field if field in kinds else "x_" + field
        which = f"""FROM changes c WHERE c.table_name = '{table}' AND c.load_no = {number} AND c.origin = 'compared'
            AND c.field = ?
            AND c.key = {table}.key AND CAST({table}.{quoted(column)} AS VARCHAR) IS NOT DISTINCT FROM c.value
            AND NOT EXISTS (SELECT 1 FROM changes l WHERE l.table_name = '{table}' AND l.key = c.key AND l.field = c.field
                AND l.load_no > {number} AND l.origin = 'compared')"""
        touched |= {
            key
            for (key,) in session.rows(
                f"SELECT {table}.key FROM {table}, changes c {which.removeprefix('FROM changes c')}", [field]
            )
        }
        session.run(f"UPDATE {table} SET {quoted(column)} = CAST(c.old_value AS {kinds[column]}) {which}", [field])
        if column in instants:
            day = session.sql.local_day(quoted(column), zone)
            session.run(
                f"UPDATE {table} SET {quoted(instants[column])} = {day} WHERE {quoted(instants[column])} IS DISTINCT FROM {day}"
            )
    return len(touched)


def confirmed_later(session: Session, number: int, gone: set[str]) -> list[str]:
    """What to tell of later loads of the same connection that had found rows of these tables unchanged: their rows went too."""
    rows = session.rows(
        """SELECT l.load_no, l.report FROM loads l JOIN loads u ON u.connection = l.connection AND u.load_no = ?
           WHERE l.load_no > ? AND NOT l.undone AND l.report <> '' ORDER BY 1""",
        [number, number],
    )
    told = []
    for later, report in rows:
        files = json.loads(report).get("files", [])
        for table in sorted(gone):
            unchanged = sum(file["unchanged"] for file in files if file["table"] == table)
            if unchanged:
                told.append(
                    f"load {later} had found {unchanged} rows of {table} unchanged; those that came with load {number} are gone: "
                    f"load its files again to have them back"
                )
    return told


def _paths(report: str) -> str:
    files = json.loads(report)["files"] if report else []
    return ", ".join(dict.fromkeys(str(f["path"]) for f in files)) or "-"
