"""Findings worked out beside the pages: after a commit for who looked at them before, and never for longer than a page waits."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from omzet.analyses.findings import Findings
from omzet.metrics.access import Access

if TYPE_CHECKING:
    from collections.abc import Hashable

    from omzet.web.reader import Reader
    from omzet.web.site import Site

QUIET = 5.0
"""Seconds without a further commit after which findings are worked out again."""

PATIENCE = 1.0
"""Seconds that a page waits for new findings where it has those from before the last commit."""

ENDING = 20.0
"""Seconds that closing waits for what is being worked out."""

READERS = 8
"""For so many of those who looked last, each with their access and language, findings are kept up."""

log = logging.getLogger(__name__)
Who = tuple[Access, str]


class FindingKeeper:
    """The findings of one site's readers, each worked out once for each state of the data."""

    def __init__(self, site: Site, quiet: float = QUIET) -> None:
        self._site = site
        self._quiet = quiet
        self._last: OrderedDict[Who, Findings] = OrderedDict()
        self._working: dict[Hashable, threading.Thread] = {}
        self._guard = threading.Lock()
        self._closed = False
        self._timer: threading.Timer | None = None
        self._end = site.workspace.on_commit(self._committed)

    def close(self) -> None:
        """Work nothing out any more after a commit; what is being worked out is waited for, since it reads the store."""
        self._end()
        self._closed = True
        with self._guard:
            running = [*self._working.values(), *([self._timer] if self._timer else [])]
            if self._timer:
                self._timer.cancel()
        for thread in running:
            if thread.is_alive():
                thread.join(ENDING)

    def of(self, reader: Reader) -> tuple[Findings, bool]:
        """A reader's findings, and whether they are of the data as they are now."""
        who = (reader.access, reader.language)
        before = self._last.get(who)
        if before is None or before.day != self._site.today or self._is_known(who):
            return self._work_out(who), True
        thread = self._begin(who)
        thread.join(PATIENCE)
        return (self._work_out(who), True) if self._is_known(who) else (before, False)

    def at_once(self, reader: Reader) -> Findings | None:
        """A reader's findings for a page that does not wait: those worked out last, None while there are none.

        It begins nothing: the pages that a commit changes need the processor first, and the quiet after it brings newer ones.
        """
        return self._last.get((reader.access, reader.language))

    def _key(self, who: Who) -> Hashable:
        return self._site.key(who[0], "findings", who[1])

    def _is_known(self, who: Who) -> bool:
        return self._site.kept.has(self._key(who))

    def _work_out(self, who: Who) -> Findings:
        access, language = who
        workspace = self._site.workspace
        found = self._site.kept.of(self._key(who), lambda: workspace.findings(language=language, access=access))
        with self._guard:
            self._last[who] = found
            self._last.move_to_end(who)
            while len(self._last) > READERS:
                self._last.popitem(last=False)
        return found

    def _begin(self, who: Who) -> threading.Thread:
        key = self._key(who)
        with self._guard:
            thread = self._working.get(key)
            if thread is None or not thread.is_alive():
                self._working = {known: each for known, each in self._working.items() if each.is_alive()}
                thread = threading.Thread(target=self._try, args=(who,), name="omzet findings", daemon=True)
                self._working[key] = thread
                thread.start()
        return thread

    def _try(self, who: Who) -> None:
        try:
            self._work_out(who)
        except Exception:
            log.exception("Findings could not be worked out")

    def _committed(self, revision: int) -> None:
        with self._guard:
            if not self._last:
                return
            if self._timer:
                self._timer.cancel()
            self._timer = threading.Timer(self._quiet, self._keep_up)
            self._timer.daemon = True
            self._timer.start()

    def _keep_up(self) -> None:
        for who in reversed(list(self._last)):
            if self._closed or self._site.workspace._owner is None:  # it is not served any more
                return
            self._try(who)
