"""Rows that could not be used: kept with their place, the reason and the row itself, never dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omzet.engines import Session
from omzet.history.report import SetAside
from omzet.locale.words import t
from omzet.model import TABLES, Kind
from omzet.sources.batch import Batch, RawTable

if TYPE_CHECKING:
    from omzet.history.merge import Loading

OPEN = "resolved_by IS NULL"


def keep(session: Session, batch: Batch, incoming: str, loading: Loading, *, only: str | None = None) -> int:
    """Keep the bad rows of `incoming`; a row already kept by an earlier load of the same file is not repeated.

    Returns how many bad rows there are. With `only`, those whose fault is exactly that.
    """
    which = "i.bad = ?" if only else "i.bad IS NOT NULL"
    given = [only] if only else []
    ((count,),) = session.rows(f"SELECT count(*) FROM {incoming} i WHERE {which}", given)
    if not count:
        return 0
    raw = batch.raw
    place = (raw.path, raw.sheet, raw.file_hash)
    session.run(
        f"""
        INSERT INTO set_aside
        SELECT (SELECT coalesce(max(number), 0) FROM set_aside) + row_number() OVER (ORDER BY i.line), ?, ?, ?, ?, ?,
            coalesce(i.line, 0), ?, ?,
               nullif(split_part(i.bad, ':', 2), ''), split_part(i.bad, ':', 1), coalesce(i.wrong, ''), coalesce(r.raw_row,
                   '{{}}'), NULL
        FROM {incoming} i
        LEFT JOIN (SELECT {raw.line_sql} AS line, {session.sql.row_json("t")} AS raw_row
            FROM {raw.relation} t) r ON r.line = i.line
        WHERE {which} AND NOT EXISTS (
            SELECT 1 FROM set_aside s WHERE {OPEN} AND s.file_hash = ? AND s.sheet IS NOT DISTINCT FROM ?
                AND s.line = i.line AND s.table_name = ?
                AND s.reason = split_part(i.bad, ':', 1))
        """,
        [loading.number, loading.connection, *place, batch.table, batch.mapping, *given, raw.file_hash, raw.sheet, batch.table],
    )
    return int(count)


def keep_rejected(session: Session, raw: RawTable, table: str | None, loading: Loading) -> int:
    """Keep the physical lines that could not be read as rows at all. Returns how many there are."""
    for rejected in raw.rejected:
        _keep_one(session, raw, table, rejected.line, rejected.reason, rejected.text, {"": rejected.text}, loading)
    return len(raw.rejected)


def keep_unrecognised(session: Session, raw: RawTable, loading: Loading) -> int:
    """Keep every row of a table whose layout nothing recognises. Returns how many there are."""
    rows = (
        session.rows(f"SELECT {raw.line_sql} AS line, {session.sql.row_json('t')} FROM {raw.relation} t") if raw.relation else []
    )
    for line, row in rows:
        _keep_one(session, raw, None, line, "unrecognised", "", json.loads(row), loading)
    return len(rows) + keep_rejected(session, raw, None, loading)


def _keep_one(
    session: Session,
    raw: RawTable,
    table: str | None,
    line: int,
    reason: str,
    text: str,
    row: dict[str, str | None],
    loading: Loading,
) -> None:
    place = (raw.path, raw.sheet, raw.file_hash)
    session.run(
        f"""INSERT INTO set_aside
            SELECT (SELECT coalesce(max(number), 0) + 1 FROM set_aside), ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?, NULL
            WHERE NOT EXISTS (SELECT 1 FROM set_aside WHERE {OPEN} AND file_hash = ? AND sheet IS NOT DISTINCT FROM ?
                AND line = ? AND reason = ?)""",
        [
            loading.number,
            loading.connection,
            *place,
            line,
            table,
            reason,
            text,
            json.dumps(row),
            raw.file_hash,
            raw.sheet,
            line,
            reason,
        ],
    )


def resolve_file(session: Session, raw: RawTable, loading: Loading) -> None:
    """Rows of this file set aside by earlier loads are judged anew by this one: close the earlier entries."""
    session.run(
        f"UPDATE set_aside SET resolved_by = ? WHERE {OPEN} AND file_hash = ? AND sheet IS NOT DISTINCT FROM ? AND load_no <> ?",
        [loading.number, raw.file_hash, raw.sheet, loading.number],
    )


@dataclass(frozen=True)
class Waiting:
    """One row set aside, with what is needed to judge it anew."""

    number: int
    connection: str
    path: str
    sheet: str | None
    file_hash: str
    line: int
    row: dict[str, str | None]


def some(session: Session) -> bool:
    """True when any row is set aside."""
    return bool(session.rows(f"SELECT 1 FROM set_aside WHERE {OPEN} LIMIT 1"))


def waiting(session: Session) -> list[Waiting]:
    """The open rows that can be judged anew: those that were read as rows at all."""
    rows = session.rows(
        f"SELECT number, connection, path, sheet, file_hash, line, raw FROM set_aside WHERE {OPEN} ORDER BY number"
    )
    found = [Waiting(n, c, p, s, h, line, json.loads(raw)) for n, c, p, s, h, line, raw in rows]
    return [each for each in found if set(each.row) - {""}]


def staged(session: Session, rows: Sequence[Waiting]) -> list[RawTable]:
    """The waiting rows as raw tables again, one for each file and sheet they came from."""
    groups: dict[tuple[str, str | None, str], list[Waiting]] = {}
    for each in {(w.file_hash, w.sheet, w.line): w for w in rows}.values():
        groups.setdefault((each.path, each.sheet, each.file_hash), []).append(each)
    tables = []
    for (path, sheet, file_hash), members in groups.items():
        columns = tuple(dict.fromkeys(name for each in members for name in each.row if name and name != "_line"))
        table = session.stage_rows(
            columns, [[each.row.get(c) for c in columns] for each in members], [each.line for each in members]
        )
        tables.append(RawTable(path, sheet, file_hash, columns, table.relation, table.rows, None))
    return tables


def resolve_numbers(session: Session, rows: Sequence[Waiting], unrecognised: Sequence[RawTable], loading: Loading) -> None:
    """Close the entries that are judged anew; those of a layout that nothing recognises stay open."""
    unknown = {(raw.file_hash, raw.sheet) for raw in unrecognised}
    for each in rows:
        if (each.file_hash, each.sheet) not in unknown:
            session.run("UPDATE set_aside SET resolved_by = ? WHERE number = ?", [loading.number, each.number])


def resolve_loaded(session: Session, loading: Loading) -> None:
    """Close entries of rows whose key was loaded now: somebody corrected them."""
    for table in [name for name in loading.seen if TABLES[name].parent is None and loading.keeps_seen]:
        rows = session.rows(
            f"SELECT number, raw FROM set_aside WHERE {OPEN} AND table_name = ? AND connection = ? AND load_no <> ?",
            [table, loading.connection, loading.number],
        )
        for number, raw in rows:
            row = {name.strip().lower(): value for name, value in json.loads(raw).items()}
            parts = [row.get(column) for column in TABLES[table].key]
            if all(parts) and session.rows(
                f"SELECT 1 FROM seen_{table} WHERE key = ?", [f"{loading.connection}:{'|'.join(str(p).strip() for p in parts)}"]
            ):
                session.run("UPDATE set_aside SET resolved_by = ? WHERE number = ?", [loading.number, number])


def listed(session: Session, limit: int = 1000) -> tuple[list[SetAside], int]:
    """The set-aside rows still open, newest load first, and how many there are in all."""
    ((total,),) = session.rows(f"SELECT count(*) FROM set_aside WHERE {OPEN}")
    rows = session.rows(
        f"""SELECT number, load_no, path, sheet, line, table_name, column_name, reason, text, raw
            FROM set_aside WHERE {OPEN} ORDER BY load_no DESC, number LIMIT ?""",
        [limit],
    )
    return list(_read(rows)), int(total)


def _read(rows: Iterable[tuple[Any, ...]]) -> Iterable[SetAside]:
    for number, load, path, sheet, line, table, column, reason, text, raw in rows:
        yield SetAside(
            number=number,
            load_id=load,
            path=path,
            sheet=sheet,
            line=line,
            table=table,
            column=column,
            reason=str(reason),
            text=sentence(str(reason), table, column, str(text)),
            value=str(text),
            row=json.loads(str(raw)),
        )


EXPECTED = {
    Kind.INSTANT: ("aside.kind.instant", "a date or time"),
    Kind.DAY: ("aside.kind.day", "a date"),
    Kind.MONEY: ("aside.kind.money", "an amount of money"),
    Kind.NUMBER: ("aside.kind.number", "a number"),
    Kind.SHARE: ("aside.kind.share", "a share between 0 and 1"),
    Kind.INTEGER: ("aside.kind.integer", "a whole number"),
    Kind.SECONDS: ("aside.kind.seconds", "a whole number of seconds"),
    Kind.FLAG: ("aside.kind.flag", "yes or no"),
}
READABLE = ("aside.kind.other", "readable")


def sentence(reason: str, table: str | None, column: str | None, text: str, language: str = "en") -> str:
    """What was wrong with a row and what to do about it, in a language."""
    known: dict[str, object] = {"column": column, "table": table, "text": text}
    if reason == "unreadable" and table in TABLES and column in TABLES[table].names:
        declared = TABLES[table].column(column)
        if declared.kind is Kind.CHOICE:
            wanted = t("aside.one_of", "one of {choices}", language, choices=", ".join(declared.choices))
        else:
            wanted = t(*EXPECTED.get(declared.kind, READABLE), language)
        return t("aside.not_wanted", "{column} is '{text}', which is not {wanted}.", language, wanted=wanted, **known)
    if reason == "unreadable":
        return t("aside.unreadable", "{column} is '{text}', which can't be read.", language, **known)
    if reason == "missing":
        return t("aside.missing", "{column} is empty and {table} can't do without it.", language, **known)
    if reason == "conflict":
        twice = "The key {text} stands more than once in this load with different content; keep one of the rows."
        return t("aside.conflict", twice, language, **known)
    if reason == "unrecognised":
        return t("aside.unrecognised", "No known layout has these headers; write a mapping for the file.", language)
    return text or reason
