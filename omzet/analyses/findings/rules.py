"""The rules there are, in the order of the list on the page: one file each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from omzet.analyses.findings.finding import Candidate
from omzet.analyses.findings.look import Look
from omzet.analyses.findings.overdue_close_dates import overdue_close_dates
from omzet.analyses.findings.stage_drop_off import stage_drop_off
from omzet.analyses.findings.stale_deals import stale_deals


@dataclass(frozen=True)
class Rule:
    """One rule: its name and what it sees. `tells_facts`: also told of a team to somebody who doesn't see its people."""

    name: str
    find: Callable[[Look], Iterable[Candidate]]
    english: str
    tells_facts: bool = False


RULES = (
    Rule("stage_drop_off", stage_drop_off, "Where deals stop"),
    Rule("stale_deals", stale_deals, "Deals without contact", tells_facts=True),
    Rule("overdue_close_dates", overdue_close_dates, "Close dates passed", tells_facts=True),
)
