"""The work itself, done by the process that owns the store: the same code for a command, a program and the server."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omzet.workspace import requests
from omzet.workspace.create import METRICS, STORE_NAME
from omzet.workspace.progress import Progress

if TYPE_CHECKING:
    from omzet.desk.entries import Entered
    from omzet.desk.store import Desk
    from omzet.desk.writing import By
    from omzet.engines import Store
    from omzet.history.entered import Entry
    from omzet.history.report import LoadReport
    from omzet.metrics.access import Access
    from omzet.metrics.catalogue import Catalogue
    from omzet.settings import Settings
    from omzet.workspace import Workspace


log = logging.getLogger(__name__)

CHANGING = (requests.LoadFiles, requests.UndoLoad, requests.RetryRows, requests.KeepOutlook)
"""Requests that may commit a change of the data."""

SCRATCH = ".backup-"
LEFT_OVER = 24 * 3600
"""Seconds after which no backup is still busy with its copy."""


class Owner:
    """An open store. Use it only while holding the workspace's lock."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = self._open()
        self._older: list[Store] = []
        self._kept_up: Settings | None = None
        self._catalogue: tuple[object, Catalogue] | None = None
        self._changes = 0
        self.outlook_at: int | None = None
        self._unkept = True
        self._guard = threading.Lock()

    def close(self) -> None:
        """Close the store."""
        for store in (*self._older, self.store):
            store.close()

    @property
    def settings(self) -> Settings:
        """The company's settings, as they are now."""
        return self.workspace.settings

    @property
    def catalogue(self) -> Catalogue:
        """The shipped metrics and the workspace's own, read again when a file of these changes; its versions are kept."""
        from omzet.metrics.catalogue import own_files, read_catalogue
        from omzet.metrics.kept import keep_versions

        folder = self.workspace.path / METRICS
        state = [(path.name, path.stat().st_mtime_ns) for path in own_files(folder)]
        with self._guard:
            if self._catalogue is None or self._catalogue[0] != state:
                self._catalogue = state, read_catalogue(folder)
                self._unkept = True
            catalogue = self._catalogue[1]
            if self._unkept and not self._changes:  # a question doesn't wait for a load; the next one keeps them
                keep_versions(self.store, catalogue)
                self._unkept = False
            return catalogue

    def perform(self, request: requests.Request, progress: Progress | None = None, *, keep_outlook: bool = False) -> Any:
        """Do one request. Whoever listens to the workspace is told when it changed something.

        With `keep_outlook` the outlook is kept too where a load may have changed it; it failing takes nothing from the load.
        """
        self._keep_up()
        work = WORK[type(request)]
        if not isinstance(request, CHANGING):
            return work(self, request, progress)
        with self._changing():
            answer = work(self, request, progress)
            if keep_outlook:
                self._keep_outlook(answer)
            return answer

    def enter(self, desk: Desk, by: By, given: Sequence[Entry], access: Access) -> list[Entered]:
        """Take over what somebody entered. Whoever listens to the workspace is told."""
        from omzet.workspace.entering import enter_rows

        self._keep_up()
        with self._changing():
            return enter_rows(self.store, self.settings, desk, by, given, access)

    def take_over(self, desk: Desk) -> int:
        """Take over what was entered and not taken over, because the process ended in between; how many entries."""
        from omzet.workspace.entering import take_over

        self._keep_up()
        with self._changing():
            return take_over(self.store, self.settings, desk)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        before = self.revision()
        with self._guard:
            self._changes += 1
        try:
            yield
        finally:
            with self._guard:
                self._changes -= 1
            if (after := self.revision()) != before:
                self.workspace.events.committed(after)

    def _keep_outlook(self, report: LoadReport) -> None:
        from omzet.errors import OmzetError
        from omzet.workspace.outlook import concerns

        if concerns(report):
            try:
                _keep_outlook(self, requests.KeepOutlook(), None)
            except OmzetError as error:
                log.warning("The outlook could not be kept: %s", error)

    def _open(self) -> Store:
        from omzet.engines import open_store

        return open_store(self.workspace.path / STORE_NAME, self.settings.timezone)

    def _keep_up(self) -> None:
        """What is derived follows the settings; these may change while a server runs."""
        from omzet.history.upkeep import prepare

        with self._guard:
            settings = self.settings
            if self._kept_up == settings:
                return
            if self._kept_up and self._kept_up.timezone != settings.timezone:
                # Who reads now goes on in the old zone; one process may open the file more than once.
                self._older.append(self.store)
                self.store = self._open()
            prepare(self.store, settings)
            self._kept_up = settings

    def revision(self) -> int:
        """The store's revision."""
        with self.store.reading() as session:
            ((revision,),) = session.rows("SELECT max(revision) FROM revisions")
        return int(revision)


def _load(owner: Owner, request: requests.LoadFiles, progress: Progress | None) -> Any:
    from omzet.history.loading import load

    return load(
        owner.store,
        owner.settings,
        _paths(request.paths),
        connection=request.connection,
        mappings=_mappings(owner, request.mapping),
        recorded_at=request.recorded_at,
        complete=request.complete,
        dry_run=request.dry_run,
        progress=progress,
    )


def _undo(owner: Owner, request: requests.UndoLoad, progress: Progress | None) -> Any:
    from omzet.history.loading import undo

    return undo(owner.store, owner.settings, request.load_id)


def _retry(owner: Owner, request: requests.RetryRows, progress: Progress | None) -> Any:
    from omzet.history.loading import retry

    return retry(
        owner.store, owner.settings, _paths(request.paths), mappings=_mappings(owner, request.mapping), progress=progress
    )


def _check(owner: Owner, request: requests.CheckData, progress: Progress | None) -> Any:
    from omzet.history.checking import check

    return check(owner.store, owner.settings, request.limit)


def _holidays(owner: Owner, request: requests.ListHolidays, progress: Progress | None) -> Any:
    from omzet.query.ask import holidays

    with owner.store.reading() as session:
        return holidays(session)


def _loads(owner: Owner, request: requests.ListLoads, progress: Progress | None) -> Any:
    from omzet.history.checking import loads

    with owner.store.reading() as session:
        return loads(session)


def _query(owner: Owner, request: requests.Ask, progress: Progress | None) -> Any:
    from omzet.query.ask import ask

    return ask(owner.store, owner.settings, owner.catalogue, request.question, request.language, access=request.access)


def _explain(owner: Owner, request: requests.ExplainCell, progress: Progress | None) -> Any:
    from omzet.query.explain import explain

    return explain(
        owner.store,
        owner.settings,
        owner.catalogue,
        request.question,
        deal=request.deal,
        cell=request.cell,
        limit=request.limit,
        offset=request.offset,
        tab=request.tab,
        language=request.language,
        access=request.access,
    )


def _board(owner: Owner, request: requests.ShowBoard, progress: Progress | None) -> Any:
    from omzet.query.board import board

    return board(
        owner.store,
        owner.settings,
        owner.catalogue,
        request.question,
        request.pipeline,
        request.language,
        access=request.access,
    )


def _deal(owner: Owner, request: requests.ShowDeal, progress: Progress | None) -> Any:
    from omzet.query.record import deal_record

    return deal_record(owner.store, owner.settings, owner.catalogue, request.key, request.language, access=request.access)


def _leads(owner: Owner, request: requests.ListLeads, progress: Progress | None) -> Any:
    from omzet.query.leads import leads

    return leads(
        owner.store,
        owner.settings,
        owner.catalogue,
        request.question,
        request.limit,
        request.language,
        access=request.access,
    )


def _restatement(owner: Owner, request: requests.Restate, progress: Progress | None) -> Any:
    from omzet.query.restatement import restate

    return restate(
        owner.store,
        owner.settings,
        owner.catalogue,
        request.question,
        request.earlier,
        limit=request.limit,
        language=request.language,
        access=request.access,
    )


def _findings(owner: Owner, request: requests.ListFindings, progress: Progress | None) -> Any:
    from omzet.query.findings import findings

    return findings(owner.store, owner.settings, owner.catalogue, request.question, request.language, access=request.access)


def _metrics(owner: Owner, request: requests.ListMetrics, progress: Progress | None) -> Any:
    with owner.store.reading() as session:
        return owner.catalogue.infos(request.language, session)


def _values(owner: Owner, request: requests.ListValues, progress: Progress | None) -> Any:
    from omzet.query.ask import dimension_values

    return dimension_values(owner.store, owner.settings, request.dimension, request.limit, request.access)


def _suggest(owner: Owner, request: requests.SuggestMapping, progress: Progress | None) -> Any:
    from omzet.errors import OmzetError
    from omzet.sources.files import open_paths
    from omzet.sources.suggestion import suggest

    with owner.store.writing() as session:  # staging makes temporary tables; nothing else is written
        found = [raw for raw in open_paths([Path(request.path)], session) if raw.columns]
        if not found:
            raise OmzetError(f"{request.path} holds no table, so no mapping can be drafted for it.")
        largest = max(found, key=lambda raw: raw.rows)
        others = [raw.sheet or raw.path for raw in found if raw is not largest]
        draft = suggest(largest, session, owner.settings)
    about = f"# Drafted for {largest.sheet or largest.path}. Draft those beside it too: {', '.join(others)}\n" if others else ""
    return about + draft


def _backup(owner: Owner, request: requests.BackUp, progress: Progress | None) -> Any:
    from omzet.workspace.backup import copy_store, write_archive

    folder = owner.workspace.path
    for left in folder.glob(f"{SCRATCH}*"):
        if time.time() - left.stat().st_mtime > LEFT_OVER:
            shutil.rmtree(left, ignore_errors=True)  # by a backup that was killed
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
        with owner.store.writing():  # no other writer until the copy is made
            copy_store(folder, Path(scratch))
        return str(write_archive(folder, Path(scratch), Path(request.target)))


def _keep_outlook(owner: Owner, request: requests.KeepOutlook, progress: Progress | None) -> Any:
    from omzet.workspace.outlook import keep_outlook

    if owner.outlook_at == (before := owner.revision()):
        return None
    report = keep_outlook(owner.store, owner.settings, owner.catalogue)
    # Its own commit is no reason to keep it again; one that came in between is.
    owner.outlook_at = before + (report is not None)
    return report


def _revision(owner: Owner, request: requests.Revision, progress: Progress | None) -> Any:
    return owner.revision()


WORK: dict[type[requests.Request], Callable[[Owner, Any, Progress | None], Any]] = {
    requests.LoadFiles: _load,
    requests.UndoLoad: _undo,
    requests.RetryRows: _retry,
    requests.CheckData: _check,
    requests.ListLoads: _loads,
    requests.ListHolidays: _holidays,
    requests.Ask: _query,
    requests.ExplainCell: _explain,
    requests.ShowBoard: _board,
    requests.ShowDeal: _deal,
    requests.ListLeads: _leads,
    requests.Restate: _restatement,
    requests.ListFindings: _findings,
    requests.ListMetrics: _metrics,
    requests.ListValues: _values,
    requests.SuggestMapping: _suggest,
    requests.BackUp: _backup,
    requests.KeepOutlook: _keep_outlook,
    requests.Revision: _revision,
}


def _paths(paths: tuple[str, ...]) -> list[Path]:
    return [Path(path) for path in paths]


def _mappings(owner: Owner, named: str | None) -> Any:
    from omzet.sources.mapping import known_mappings

    return known_mappings(owner.workspace.path, Path(named) if named else None)
