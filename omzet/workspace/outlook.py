"""The outlook of the open quarter, kept after a commit so that it can be scored when the quarter is over."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omzet.engines import Store
    from omzet.history.report import LoadReport
    from omzet.metrics.catalogue import Catalogue
    from omzet.settings import Settings
    from omzet.workspace import Workspace

METRIC = "bookings_outlook"

DEALS = frozenset(
    {"deals", "deal_changes", "deal_lines", "stages", "exchange_rates", "people", "teams", "person_changes", "changes"}
)
"""Tables whose rows the outlook is made of."""

QUIET = 5.0
"""Seconds without a further commit after which a server keeps the outlook."""

log = logging.getLogger(__name__)


def concerns(report: LoadReport) -> bool:
    """True when a load was kept and may have changed the outlook."""
    changed = any(file.table in DEALS and file.added + file.changed for file in report.files)
    return report.load_id is not None and (changed or report.deleted > 0)


def keep_outlook(store: Store, settings: Settings, catalogue: Catalogue, now: datetime | None = None) -> LoadReport | None:
    """Keep the outlook of the open fiscal quarter as made today: the company's and each team's.

    None when nothing was kept: no deal is open, or today's says the same already.
    """
    from omzet.analyses import measure_any
    from omzet.history.own import Kept, keep_forecasts
    from omzet.query.ask import resolve
    from omzet.query.question import Question

    metric = catalogue.find(METRIC)
    with store.reading() as session:
        scope = resolve(session, settings, Question(metrics=(METRIC,)), [metric], "en", now)
        today = scope.calendar.today(now)
        quarter = scope.calendar.unit_of("fiscal-quarter", today)
        if not session.rows("SELECT 1 FROM deal_facts WHERE status = 'open' AND removed IS NULL LIMIT 1"):
            return None
        cells = dict(measure_any(scope, metric, catalogue).cells)
        cells |= measure_any(replace(scope, by=("team",)), metric, catalogue).cells
    last = quarter.end - timedelta(days=1)
    found = [
        Kept(
            quarter.start, last, place[0] if place else None, cell.value, *(cell.columns[name] for name in ("p10", "p50", "p90"))
        )
        for place, cell in cells.items()
        if cell.value is not None and place != (None,)
    ]
    return keep_forecasts(store, settings, today, found)


class Keeper:
    """Keeps the outlook in the background of a server, once no commit has come for a while."""

    def __init__(self, workspace: Workspace, quiet: float = QUIET) -> None:
        self._workspace = workspace
        self._quiet = quiet
        self._commit, self._ended = threading.Event(), threading.Event()
        self._end_listening = workspace.on_commit(lambda revision: self._commit.set())
        self._thread = threading.Thread(target=self._run, name="omzet outlook", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, after what is being kept right now."""
        self._end_listening()
        self._ended.set()
        self._commit.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._commit.wait()
            while self._commit.is_set() and not self._ended.is_set():
                self._commit.clear()
                self._ended.wait(self._quiet)
            if self._ended.is_set():
                return
            try:
                self._workspace.keep_outlook()
            except Exception:
                log.exception("The outlook could not be kept")
