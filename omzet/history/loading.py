"""One load: read what is given, merge it, derive facts, all in one transaction; or undo a load."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from omzet.engines import Session, Store
from omzet.errors import CallError, OmzetError
from omzet.history import aliases, aside, facts, surroundings, touches
from omzet.history.log import merge_changes
from omzet.history.merge import DESK, OWN, Loading, checked_together, delete_missing, merge_rows
from omzet.history.report import FileReport, LoadReport
from omzet.history.undo import confirmed_later, undo_rows
from omzet.model import CHANGE_TABLES, TABLES
from omzet.settings import Settings
from omzet.sources import files, mapping
from omzet.sources.batch import Batch, RawTable

Progress = Callable[[str, float], None]
"""Told of what is being done and how far it is, from 0 to 1."""

Read = tuple[list[Batch], list[RawTable], list[RawTable]]
"""Batches of rows, the tables that nobody recognised, and all tables that were given."""


class DryRun(Exception):
    """Carries the report of a load that must leave nothing behind."""

    def __init__(self, report: LoadReport) -> None:
        self.report = report


def load(
    store: Store,
    settings: Settings,
    paths: Sequence[Path],
    *,
    connection: str = "files",
    mappings: Sequence[mapping.Mapping] = (),
    recorded_at: datetime | None = None,
    complete: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load files, folders and zips as `connection`'s. Atomic: an error leaves the store as it was.

    Parameters: `recorded_at` is when differences to the last load were learned (default now); with `complete` rows of
    this connection that are missing in the loaded tables count as deleted; `dry_run` reports and keeps nothing.
    Raises OmzetError when nothing could be read.
    """
    if connection in (OWN, DESK):
        what = "what Omzet keeps itself" if connection == OWN else "what people enter"
        raise CallError(f"The connection '{connection}' holds {what}. Name another one.")
    encodings = mapping.encodings(list(mappings))
    return load_tables(
        store,
        settings,
        lambda session: files.open_paths(paths, session, encodings=encodings),
        connection,
        mappings,
        recorded_at=recorded_at,
        complete=complete,
        dry_run=dry_run,
        progress=progress,
    )


def load_tables(
    store: Store,
    settings: Settings,
    read: Callable[[Session], list[RawTable]],
    connection: str,
    mappings: Sequence[mapping.Mapping],
    *,
    recorded_at: datetime | None = None,
    complete: bool = False,
    dry_run: bool = False,
    retried: Sequence[aside.Waiting] = (),
    progress: Progress | None = None,
) -> LoadReport:
    """Load what `read` stages as `connection`'s, in one transaction."""

    def judged(session: Session) -> Read:
        raws = read(session)
        batches, unrecognised = mapping.batches(raws, session, mappings=list(mappings), settings=settings)
        if not batches and not any(raw.rows or raw.rejected for raw in raws):
            raise OmzetError(
                f"There is nothing to load in {', '.join(raw.path for raw in raws) or 'what was given'}: no rows were found."
            )
        return batches, unrecognised, raws

    return load_batches(
        store,
        settings,
        judged,
        connection,
        recorded_at=recorded_at,
        complete=complete,
        dry_run=dry_run,
        retried=retried,
        progress=progress,
    )


def load_batches(
    store: Store,
    settings: Settings,
    read: Callable[[Session], Read],
    connection: str,
    *,
    recorded_at: datetime | None = None,
    complete: bool = False,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    retried: Sequence[aside.Waiting] = (),
    progress: Progress | None = None,
) -> LoadReport:
    """Load the batches that `read` yields, in one transaction.

    With `all_or_nothing` a row that would be set aside is a CallError and nothing is loaded.
    """
    started = time.monotonic()
    say = progress or (lambda text, share: None)
    try:
        with store.writing() as session:
            loading = _begin(session, settings, connection, recorded_at)
            zone = str(settings.connections.get(connection, {}).get("timezone", settings.timezone))
            session.zone(zone)
            say("reading", 0.0)
            batches, unrecognised, raws = read(session)
            report = _merge_all(session, settings, loading, batches, unrecognised, raws, complete, retried, zone, say)
            session.zone(settings.timezone)
            if all_or_nothing:
                _refuse_set_aside(session, loading)
            say("deriving facts", 0.7)
            _derive(session, settings, loading)
            report = report.model_copy(
                update={"seconds": time.monotonic() - started, "load_id": None if dry_run else loading.number}
            )
            session.run(
                "UPDATE loads SET report = ? WHERE load_no = ?",
                [report.model_dump_json(), loading.number],
            )
            _count_revision(session)
            if dry_run:
                raise DryRun(report)
        say("done", 1.0)
    except DryRun as done:
        return done.report
    return report


def _refuse_set_aside(session: Session, loading: Loading) -> None:
    rows = session.rows("SELECT text, column_name FROM set_aside WHERE load_no = ? ORDER BY number LIMIT 1", [loading.number])
    for text, column in rows:
        raise CallError(f"{column}: {text}" if column else str(text))


def undo(store: Store, settings: Settings, number: int) -> LoadReport:
    """Undo a load as a whole; rows that a later load took over stay. Raises CallError when there is no such load."""
    started = time.monotonic()
    with store.writing() as session:
        reports = undo_rows(session, number, settings.timezone)
        told = confirmed_later(session, number, {file.table for file in reports if file.table})
        rebuild(session, settings)
        _count_revision(session)
    moment = _now().isoformat() + "Z"
    return LoadReport(load_id=number, recorded_at=moment, files=reports, notes=told, seconds=time.monotonic() - started)


def retry(
    store: Store,
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    mappings: Sequence[mapping.Mapping] = (),
    progress: Progress | None = None,
) -> LoadReport:
    """Judge the set-aside rows anew, with the mappings as they are now; or load files of corrected rows in their place.

    Raises CallError when nothing is set aside.
    """
    with store.reading() as session:
        waiting = aside.waiting(session)
    if not waiting:
        raise CallError("No rows are set aside: there is nothing to retry.")
    if paths:
        return load(store, settings, paths, connection=waiting[0].connection, mappings=mappings, progress=progress)
    return load_tables(
        store,
        settings,
        lambda session: aside.staged(session, waiting),
        waiting[0].connection,
        mappings,
        retried=waiting,
        progress=progress,
    )


def _begin(session: Session, settings: Settings, connection: str, recorded_at: datetime | None) -> Loading:
    if not connection or ":" in connection:
        raise CallError(f"A connection's name can't be empty or hold a colon: '{connection}'.")
    ((last,),) = session.rows("SELECT coalesce(max(load_no), 0) FROM loads")
    ((previous,),) = session.rows("SELECT max(recorded_at) FROM loads WHERE connection = ? AND NOT undone", [connection])
    now = _now()
    moment = recorded_at.astimezone(UTC).replace(tzinfo=None) if recorded_at and recorded_at.tzinfo else recorded_at or now
    if previous and moment <= previous:
        if recorded_at:
            raise CallError(
                f"recorded-at lies before the last load of '{connection}' ({previous:%Y-%m-%d %H:%M} UTC); "
                "loads go forward in time."
            )
        moment = now
    loading = Loading(number=last + 1, connection=connection, recorded_at=moment, previous_at=previous, zone=settings.timezone)
    session.run("INSERT INTO loads VALUES (?, ?, ?, ?, FALSE, '', FALSE)", [loading.number, connection, moment, now])
    return loading


def _merge_all(
    session: Session,
    settings: Settings,
    loading: Loading,
    batches: Sequence[Batch],
    unrecognised: Sequence[RawTable],
    raws: Sequence[RawTable],
    complete: bool,
    retried: Sequence[aside.Waiting],
    zone: str,
    say: Progress,
) -> LoadReport:
    order = {name: place for place, name in enumerate(TABLES)}
    reports: list[FileReport] = []
    if retried:
        aside.resolve_numbers(session, retried, unrecognised, loading)
    else:
        for raw in raws:
            aside.resolve_file(session, raw, loading)
    tables = [batch.table for batch in batches]
    loading.keeps_seen = complete or len(set(tables)) < len(tables) or aside.some(session)
    told: set[int] = set()
    ahead = sorted(batches, key=lambda b: order[b.table])
    checked: dict[int, str] = {}
    for place, batch in enumerate(ahead):
        say(f"{batch.raw.path}: {batch.table}", 0.1 + 0.6 * place / max(len(batches), 1))
        others = [] if place in checked or batch.table in CHANGE_TABLES else [b for b in ahead if b.table == batch.table]
        if len(others) > 1:
            checked |= dict(enumerate(checked_together(session, others, loading, zone), place))
        session.zone(batch.timezone or zone)
        if batch.table in CHANGE_TABLES:
            report = merge_changes(session, batch, loading)
        else:
            report = merge_rows(session, batch, loading, checked.get(place))
        if batch.raw.rejected and id(batch.raw) not in told:
            told.add(id(batch.raw))
            rejected = aside.keep_rejected(session, batch.raw, batch.table, loading)
            report = report.model_copy(update={"read": report.read + rejected, "set_aside": report.set_aside + rejected})
        reports.append(report)
        needed = {later.raw.relation for later in ahead[place + 1 :]} if not batch.mapping else {batch.raw.relation}
        if batch.raw.relation not in needed:
            session.run(f"DROP TABLE {batch.raw.relation}")
    for raw in [] if retried else unrecognised:
        kept = aside.keep_unrecognised(session, raw, loading)
        reports.append(FileReport(path=raw.path, sheet=raw.sheet, table=None, read=kept, set_aside=kept))
    aside.resolve_loaded(session, loading)
    deleted = 0
    if complete:
        session.run("UPDATE loads SET complete = TRUE WHERE load_no = ?", [loading.number])
        known = [name for name in loading.seen if TABLES[name].parent is None and name not in loading.unsure]
        deleted = sum(delete_missing(session, TABLES[name], loading) for name in known)
    assumptions = [a for raw in raws for a in raw.assumptions] + [a for batch in batches for a in batch.assumptions]
    if complete:
        assumptions += [
            f"missing rows of {name} are not taken for deleted, as not every row could be read" for name in sorted(loading.unsure)
        ]
    return LoadReport(
        load_id=loading.number,
        recorded_at=loading.recorded_at.isoformat() + "Z",
        files=reports,
        assumptions=list(dict.fromkeys(assumptions)),
        deleted=deleted,
    )


THROUGH = {"deal_lines": "deal_id", "leads": "deal_id"}
"""Tables of which a change touches the deals that this column names or named, and those that are meant by it."""


def _derive(session: Session, settings: Settings, loading: Loading) -> None:
    """Bring facts up to date for the deals that this load touched."""
    touched = _touched_tables(session)
    stale = loading.touches_all or "stages" in touched or surroundings.lacks_stages(session, loading.number)
    moved = stale and surroundings.order_stages(session)
    if "exchange_rates" in touched:
        surroundings.fill_rates(session, settings.fiscal_year_start)
    renamed = aliases.fill(session)
    if "people" in touched or renamed:
        before = session.rows("SELECT count(*), bit_xor(hash(person_key, from_on, to_on, team_key)) FROM person_teams")
        surroundings.place_people(session)
        moved |= before != session.rows("SELECT count(*), bit_xor(hash(person_key, from_on, to_on, team_key)) FROM person_teams")
    moved |= renamed
    session.run("CREATE TEMP TABLE touched_now (key VARCHAR)")
    for table, column in THROUGH.items():
        if table in touched:
            session.run(
                f"""INSERT INTO touched_now
                    SELECT {column} FROM {table} WHERE key IN (SELECT key FROM touched_{table}) AND {column} IS NOT NULL
                    UNION
                    SELECT old_value FROM changes WHERE load_no = {loading.number} AND table_name = '{table}'
                        AND field = '{column}' AND old_value IS NOT NULL"""
            )
            session.run(
                """INSERT INTO touched_now SELECT actual FROM aliases
                   WHERE table_name = 'deals' AND key IN (SELECT key FROM touched_now)"""
            )
    if "deals" in touched:
        session.run("INSERT INTO touched_now SELECT key FROM touched_deals")
    ((deals,),) = session.rows("SELECT count(DISTINCT key) FROM touched_now") if not loading.touches_all else ((0,),)
    ((every,),) = session.rows("SELECT count(*) FROM deals")
    if loading.touches_all or moved or "exchange_rates" in touched or deals * 4 > every:
        facts.derive(session, settings, None, loading)
        _follow(session, settings, loading, touched, renamed, None)
    else:
        if deals:
            facts.derive(session, settings, "touched_now", loading)
        _follow(session, settings, loading, touched, renamed, "touched_now")
    session.run("DROP TABLE touched_now")


def _follow(session: Session, settings: Settings, loading: Loading, touched: set[str], renamed: bool, deals: str | None) -> None:
    """Bring up to date what is derived from activities, for these and for the deals that changed."""
    if renamed:
        touches.derive(session)
        return
    touches.refresh(session, touched, loading.number, settings.timezone)
    touches.follow(session, deals)


def _touched_tables(session: Session) -> set[str]:
    present = {name for (name,) in session.rows("SELECT table_name FROM information_schema.tables")}
    return {name for name in TABLES if f"touched_{name}" in present and session.rows(f"SELECT 1 FROM touched_{name} LIMIT 1")}


def rebuild(session: Session, settings: Settings) -> None:
    """Derive everything anew from rows and log."""
    surroundings.fill(session, settings.fiscal_year_start)
    facts.derive(session, settings, None)
    touches.derive(session)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _count_revision(session: Session) -> None:
    session.run("UPDATE revisions SET revision = revision + 1, committed_at = ?", [_now()])
