"""The folder on disk: who owns the store, the door for other processes, and the one object that everything is asked of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from omzet.errors import StoreError
from omzet.settings import FILE_NAME, Settings, read_settings
from omzet.workspace import requests
from omzet.workspace.create import workspace_folder
from omzet.workspace.events import Callback, Events
from omzet.workspace.lock import Holder, Lock
from omzet.workspace.progress import Progress
from omzet.workspace.turn import Waiting, say_who, take_over, take_turn

if TYPE_CHECKING:
    from omzet.analyses.findings import Findings
    from omzet.desk.entries import Entered
    from omzet.desk.store import Desk
    from omzet.desk.writing import By
    from omzet.history.entered import Entry
    from omzet.history.report import CheckReport, Load, LoadReport
    from omzet.metrics.access import Access
    from omzet.metrics.catalogue import MetricInfo
    from omzet.query.answer import Answer
    from omzet.query.board import Board
    from omzet.query.explanation import Explanation
    from omzet.query.leads import Lead
    from omzet.query.question import Question
    from omzet.query.record import DealRecord
    from omzet.query.restatement import Restatement
    from omzet.workspace.door import Door
    from omzet.workspace.owner import Owner


def open_workspace(path: str | Path, *, waiting: Waiting = say_who) -> Workspace:
    """The workspace in folder `path`; what `omzet.open` is. It may be served, or used by other programs, at the same time.

    Raises CallError when there is none. `waiting` is called once when a call has to wait for another process.
    """
    return Workspace(workspace_folder(Path(path)), waiting=waiting)


def serve_workspace(path: str | Path, *, waiting: Waiting = say_who) -> Workspace:
    """The workspace in folder `path`, owned by this process until `close`: it does the work of other processes too.

    Raises StoreError when another process serves it already.
    """
    workspace = open_workspace(path, waiting=waiting)
    workspace.own()
    return workspace


class Workspace:
    """One company's data, asked from Python. Every method may be called while a server runs and from several threads."""

    def __init__(self, path: Path, *, waiting: Waiting = say_who) -> None:
        self.path = path
        self.events = Events()
        self._waiting = waiting
        self._owner: Owner | None = None
        self._door: Door | None = None
        self._lock: Lock | None = None
        self._settings: tuple[int, Settings] | None = None
        self._guard = threading.Lock()

    def __repr__(self) -> str:
        return f"<Omzet workspace '{self.settings.name}' in {self.path}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """The company's settings, as `omzet.toml` says now."""
        changed = (self.path / FILE_NAME).stat().st_mtime_ns if (self.path / FILE_NAME).exists() else 0
        with self._guard:
            if self._settings is None or self._settings[0] != changed:
                self._settings = changed, read_settings(self.path)
            return self._settings[1]

    def load(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        connection: str = "files",
        mapping: str | Path | None = None,
        recorded_at: datetime | None = None,
        complete: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
        keep_outlook: bool = True,
    ) -> LoadReport:
        """Load files, folders and archives in one transaction; what became of each.

        Parameters: `connection` whose ids these are; `mapping` a mapping file to read them with (default: recognised);
        `recorded_at` when differences to the last load were learned (default: now); `complete`: rows of this
        connection that are missing were deleted; `dry_run` reads and checks and keeps nothing; `keep_outlook` keeps the
        outlook of the open quarter afterwards, where no server does that.
        """
        answer: LoadReport = self._work(
            requests.LoadFiles(
                paths=_absolute(paths),
                connection=connection,
                mapping=_one(mapping),
                recorded_at=recorded_at,
                complete=complete,
                dry_run=dry_run,
            ),
            progress,
            keep_outlook,
        )
        return answer

    def undo(self, load_id: int, *, keep_outlook: bool = True) -> LoadReport:
        """Take back one load, as if it had never been. `keep_outlook` as for `load`."""
        answer: LoadReport = self._work(requests.UndoLoad(load_id=load_id), None, keep_outlook)
        return answer

    def retry(
        self,
        paths: str | Path | Iterable[str | Path] = (),
        *,
        mapping: str | Path | None = None,
        progress: Progress | None = None,
        keep_outlook: bool = True,
    ) -> LoadReport:
        """Try the rows that were set aside again: as they are, with a corrected `mapping`, or with corrected rows in `paths`.

        `keep_outlook` as for `load`.
        """
        retried = requests.RetryRows(paths=_absolute(paths), mapping=_one(mapping))
        answer: LoadReport = self._work(retried, progress, keep_outlook)
        return answer

    def keep_outlook(self) -> LoadReport | None:
        """Keep the outlook of the open quarter as made today, to be scored when the quarter is over; None when nothing new."""
        answer: LoadReport | None = self._work(requests.KeepOutlook())
        return answer

    def enter(self, desk: Desk, by: By, given: Sequence[Entry], *, access: Access | None = None) -> list[Entered]:
        """Take over what somebody entered on rows of the sales data, all or nothing: it is measured at once.

        Only in the process that serves the workspace. Raises NotAllowed for what they may not enter on, Moved where a row
        changed since they looked at it, and CallError for a value that can't be read.
        """
        from omzet.metrics.access import ALL

        return self._served().enter(desk, by, given, access or ALL)

    def take_over(self, desk: Desk) -> int:
        """Take over what was entered and not taken over, because the process ended in between; how many entries."""
        return self._served().take_over(desk)

    def named(self, table: str) -> list[tuple[str, str]]:
        """Key and name of every row of `people`, `teams`, `accounts` or `campaigns` that stands, by name.

        Only in the process that serves the workspace. Who may see them is the caller's to decide.
        """
        owner = self._served()
        if table not in ("people", "teams", "accounts", "campaigns"):
            raise ValueError(table)
        with owner.store.reading() as session:
            rows = session.once(
                f"""SELECT key, name FROM {table} WHERE is_deleted IS NOT TRUE AND merged_into IS NULL
                    ORDER BY lower(coalesce(name, key)), key"""
            )
        return [(str(key), str(name or key)) for key, name in rows]

    def _served(self) -> Owner:
        if self._owner is None:
            raise StoreError("Only the process that serves the workspace takes over what is entered.")
        return self._owner

    def suggest_mapping(self, path: str | Path) -> str:
        """A commented draft of a mapping file (TOML) for the file or folder `path`."""
        answer: str = self._work(requests.SuggestMapping(path=_one(path)))
        return answer

    def check(self, limit: int = 1000) -> CheckReport:
        """The rows set aside (at most `limit` of them), figures of data quality, and the loads so far."""
        answer: CheckReport = self._work(requests.CheckData(limit=limit))
        return answer

    def holidays(self) -> list[tuple[date, str | None]]:
        """The days off that were loaded beside those of the country, each with the country it holds in (None: all)."""
        answer: list[tuple[date, str | None]] = self._work(requests.ListHolidays())
        return answer

    def loads(self) -> list[Load]:
        """The loads so far, newest first."""
        answer: list[Load] = self._work(requests.ListLoads())
        return answer

    def query(
        self,
        metrics: Question | Sequence[str] | str,
        *,
        by: Sequence[str] | str = (),
        grain: str | None = None,
        period: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        as_of: datetime | date | str | None = None,
        known: datetime | date | str | None = None,
        where: Sequence[str] | str = (),
        parameters: Mapping[str, Any] | None = None,
        compare: str | None = None,
        order: Sequence[str] | str = (),
        limit: int | None = None,
        language: str | None = None,
        access: Access | None = None,
    ) -> Answer:
        """Ask for metrics by dimensions. The words are those of `omzet query`; `end` is excluded.

        With `access` only what it lets its reader see is told, here and in the methods below.

        >>> workspace.query("win_rate", by="team", period="this-quarter")  # doctest: +SKIP
        """
        from omzet.workspace.words import question_of

        question = question_of(
            metrics,
            by=by,
            grain=grain,
            period=period,
            start=start,
            end=end,
            as_of=as_of,
            known=known,
            where=where,
            parameters=parameters,
            compare=compare,
            order=order,
            limit=limit,
        )
        answer: Answer = self._work(requests.Ask(question=question, language=language or self.settings.locale, **_seen(access)))
        return answer

    def explain(
        self,
        question: Question,
        *,
        deal: str | None = None,
        cell: Mapping[str, Any] | None = None,
        limit: int = 50,
        offset: int = 0,
        tab: str = "counted",
        language: str | None = None,
        access: Access | None = None,
    ) -> Explanation:
        """Open one number: what it means, the SQL behind it, the rows it counts and those it leaves out, with the reason.

        `cell` picks one row of the answer by its dimensions and period; `deal` asks why that deal is in or out.
        """
        answer: Explanation = self._work(
            requests.ExplainCell(
                question=question,
                deal=deal,
                cell=dict(cell) if cell is not None else None,
                limit=limit,
                offset=offset,
                tab=tab,
                language=language or self.settings.locale,
                **_seen(access),
            )
        )
        return answer

    def board(
        self, question: Question, pipeline: str = "", *, language: str | None = None, access: Access | None = None
    ) -> Board:
        """The open deals that a question's conditions and `as_of` leave, by stage, of one pipeline (default: the fullest)."""
        asked = requests.ShowBoard(
            question=question, pipeline=pipeline, language=language or self.settings.locale, **_seen(access)
        )
        answer: Board = self._work(asked)
        return answer

    def deal(self, key: str, *, language: str | None = None, access: Access | None = None) -> DealRecord:
        """One deal by its key (`connection:id`) with all that happened to it. Raises CallError when there is none."""
        answer: DealRecord = self._work(requests.ShowDeal(key=key, language=language or self.settings.locale, **_seen(access)))
        return answer

    def leads(
        self, question: Question, *, limit: int = 200, language: str | None = None, access: Access | None = None
    ) -> list[Lead]:
        """The newest leads that are neither converted nor disqualified, of those a question's conditions leave."""
        asked = requests.ListLeads(question=question, limit=limit, language=language or self.settings.locale, **_seen(access))
        answer: list[Lead] = self._work(asked)
        return answer

    def restatement(
        self,
        question: Question,
        earlier: date | datetime,
        *,
        limit: int = 20,
        language: str | None = None,
        access: Access | None = None,
    ) -> Restatement:
        """Why a number is not what it was when it was known `earlier` (a day's end or an instant), by cause with its rows."""
        answer: Restatement = self._work(
            requests.Restate(
                question=question, earlier=earlier, limit=limit, language=language or self.settings.locale, **_seen(access)
            )
        )
        return answer

    def findings(
        self, question: Question | None = None, *, language: str | None = None, access: Access | None = None
    ) -> Findings:
        """What in the data is worth saying, how sure that is and what it is worth, of the deals that a question's conditions
        leave, as of its day; weak evidence included."""
        asked = requests.ListFindings(question=question, language=language or self.settings.locale, **_seen(access))
        answer: Findings = self._work(asked)
        return answer

    def metrics(self, language: str | None = None) -> list[MetricInfo]:
        """The catalogue, the workspace's own metrics included."""
        answer: list[MetricInfo] = self._work(requests.ListMetrics(language=language or self.settings.locale))
        return answer

    def dimension_values(self, dimension: str, limit: int = 200, *, access: Access | None = None) -> list[str]:
        """The values that a dimension has, most used first."""
        answer: list[str] = self._work(requests.ListValues(dimension=dimension, limit=limit, **_seen(access)))
        return answer

    def backup(self, target: str | Path) -> Path:
        """Save the whole workspace in one file; its path. `target` is a new file, or a folder to put it in."""
        return Path(self._work(requests.BackUp(target=_one(target))))

    @staticmethod
    def restore(archive: str | Path, target: str | Path) -> Workspace:
        """Unpack a backup into a new or empty folder; the workspace there."""
        from omzet.workspace.backup import restore

        restore(Path(archive), Path(target).absolute())
        return open_workspace(target)

    def revision(self) -> int:
        """A number that grows with every committed change."""
        answer: int = self._work(requests.Revision())
        return answer

    def on_commit(self, callback: Callback) -> Callable[[], None]:
        """Call `callback` with the new revision after every change committed here; returns what ends it.

        In the process that serves the workspace these are all changes, whoever asked for them.
        """
        return self.events.on_commit(callback)

    def own(self, doing: str = "omzet serve") -> None:
        """Own the store until `close`, and do the work that other processes send."""
        from omzet.workspace.door import Door
        from omzet.workspace.owner import Owner

        self._lock = lock = take_over(self.path, doing, self._waiting)
        try:
            self._owner = Owner(self)
            self._door = Door(self.path, self._owner.perform)
            lock.announce(Holder(lock.pid, doing, str(self._door.path)))
        except BaseException:
            self.close()
            raise

    def announce(self, address: str) -> None:
        """Tell other processes where the pages of this workspace are served."""
        if self._door and self._lock:
            self._lock.announce(Holder(self._lock.pid, "omzet serve", str(self._door.path), address))

    def close(self) -> None:
        """Let go of the store, if it is owned here."""
        if self._door:
            self._door.close()
        if self._owner:
            self._owner.close()
        if self._lock:
            self._lock.release()
        self._door, self._owner, self._lock = None, None, None

    def _work(self, request: requests.Request, progress: Progress | None = None, keep_outlook: bool = False) -> Any:
        if self._owner:
            return self._owner.perform(request, progress)

        def here() -> Any:
            from omzet.workspace.owner import Owner

            owner = Owner(self)
            try:
                return owner.perform(request, progress, keep_outlook=keep_outlook)
            finally:
                owner.close()

        return take_turn(self.path, request, progress, here, self._waiting)


def _absolute(paths: str | Path | Iterable[str | Path]) -> tuple[str, ...]:
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    return tuple(str(Path(path).expanduser().absolute()) for path in given)


def _seen(access: Access | None) -> dict[str, Any]:
    return {} if access is None else {"access": access}


def _one(path: str | Path | None) -> Any:
    return None if path is None else _absolute(path)[0]
