"""What people enter at the desk, measured like what any other source tells: rows of the desk's own, and changes on others' rows.

Rows and references are named by their whole key, `connection:id`, as the desk enters on rows of any connection. A value
entered on another connection's row stands until that connection shows a value other than the one it had at entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from omzet.engines import Session, Store
from omzet.engines.sql import quoted
from omzet.errors import CallError
from omzet.history.loading import Read, load_batches
from omzet.history.merge import DESK
from omzet.history.report import LoadReport
from omzet.model import CHANGE_TABLES, TABLES
from omzet.settings import Settings
from omzet.sources.batch import Batch, RawTable

TITLE = "Entered at the desk"
"""What stands where a load's files are named."""

UNENTERED = frozenset({*CHANGE_TABLES, "deal_credits", "deal_contacts", "activity_links"})
"""Tables whose rows have no id of their own, so that one of them can't be entered by itself."""


@dataclass(frozen=True)
class Entry:
    """What was entered of one row: `values` by column as text, None where it was emptied; other columns stay as they are.

    `key` is the row's whole key; a new row of the desk's own is `desk:` and an id. `seen` are values that whoever entered it
    saw: when one of them is another by now, nothing is entered.
    """

    table: str
    key: str
    values: Mapping[str, str | None] = field(default_factory=dict)
    entered_at: datetime | None = None
    seen: Mapping[str, str | None] | None = None


def new_key(identity: str) -> str:
    """The key of a row of the desk's own with this id."""
    return f"{DESK}:{identity}"


def enter(store: Store, settings: Settings, entries: Sequence[Entry]) -> LoadReport:
    """Take over what was entered, in order and all or nothing, as one load.

    Raises CallError for a table or column that can't be entered, for a row of another connection that isn't there, and for
    a value that can't be read, naming row and column.
    """
    for entry in entries:
        _check(entry)

    def read(session: Session) -> Read:
        _refuse_unknown(session, entries)
        for entry in entries:
            _refuse_moved(session, entry)
        return [_batch(session, *batch) for batch in _together(entries)], [], []

    return load_batches(store, settings, read, DESK, all_or_nothing=True)


def _check(entry: Entry) -> None:
    if entry.table not in TABLES or entry.table in UNENTERED:
        raise CallError(f"Rows of '{entry.table}' can't be entered one by one.")
    table = TABLES[entry.table]
    connection, _, identity = entry.key.partition(":")
    if not connection or not identity or len(table.key) != 1:
        raise CallError(f"A row is named by its connection and its id, such as desk:42; not '{entry.key}'.")
    for name in (*entry.values, *(entry.seen or ())):
        if name not in table.names or name in table.key:
            raise CallError(f"'{name}' can't be entered for {entry.table}. Columns: {', '.join(table.names)}.")


def _refuse_unknown(session: Session, entries: Sequence[Entry]) -> None:
    """Only the desk's own rows come into being by being entered."""
    for entry in entries:
        if entry.key.startswith(f"{DESK}:"):
            continue
        if not session.rows(f"SELECT 1 FROM {entry.table} WHERE key = ?", [entry.key]):
            raise CallError(f"There is no row '{entry.key}' in {entry.table}.")


class Moved(CallError):
    """Somebody else, or the row's own source, changed a row since it was looked at. `columns` are those that differ."""

    def __init__(self, key: str, columns: Sequence[str]) -> None:
        self.key, self.columns = key, tuple(columns)
        super().__init__(f"{', '.join(columns)} of {key} changed in the meantime. Look at it again before you change it.")


def _refuse_moved(session: Session, entry: Entry) -> None:
    if not entry.seen:
        return
    columns = list(entry.seen)
    shown = ", ".join(session.sql.as_text(quoted(column)) for column in columns)
    rows = session.rows(f"SELECT {shown} FROM {entry.table} WHERE key = ?", [entry.key])
    moved = [
        column
        for column, now in zip(columns, rows[0] if rows else [None] * len(columns), strict=True)
        if now != entry.seen[column]
    ]
    if moved:
        raise Moved(entry.key, moved)


def _together(entries: Sequence[Entry]) -> list[tuple[str, tuple[str, ...], list[Entry]]]:
    """Entries by table and columns, later ones on the same row on top of earlier ones."""
    latest: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        before = latest.get((entry.table, entry.key))
        values = {**before.values, **entry.values} if before else dict(entry.values)
        latest[entry.table, entry.key] = replace(entry, values=values)
    found: dict[tuple[str, tuple[str, ...]], list[Entry]] = defaultdict(list)
    for entry in latest.values():
        found[entry.table, tuple(sorted(entry.values))].append(entry)
    return [(table, columns, rows) for (table, columns), rows in found.items()]


def _batch(session: Session, table: str, columns: tuple[str, ...], entries: list[Entry]) -> Batch:
    (identity,) = TABLES[table].key
    names = (identity, *columns, "modified_at")
    rows = [(entry.key, *(entry.values[c] for c in columns), _moment(entry.entered_at)) for entry in entries]
    staged = session.stage_rows(names, rows, range(1, len(rows) + 1))
    raw = RawTable(TITLE, table, "", names, staged.relation, staged.rows, None)
    select = f"SELECT {', '.join(map(quoted, names))}, _line AS line FROM {staged.relation}"
    return Batch(table, raw, select, names)


def _moment(entered_at: datetime | None) -> str:
    return (entered_at or datetime.now(UTC)).astimezone(UTC).isoformat()
