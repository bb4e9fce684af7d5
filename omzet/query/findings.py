"""The findings of one reader: every rule asked of one snapshot of the store, as their access lets them see it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from omzet.analyses.findings import RULES, Findings, find
from omzet.engines import Store
from omzet.metrics.access import ALL, Access
from omzet.metrics.catalogue import Catalogue
from omzet.query.ask import resolve
from omzet.query.question import Question
from omzet.settings import Settings


def findings(
    store: Store,
    settings: Settings,
    catalogue: Catalogue,
    question: Question | None = None,
    language: str = "en",
    now: datetime | None = None,
    access: Access = ALL,
    rules: Collection[str] | None = None,
) -> Findings:
    """What is worth saying of the rows that `access` shows and the filters of `question` leave, as of its day.

    Its metrics and period don't matter: findings are of closed quarters and of the state now. Raises CallError for a filter
    that names something wrongly. `rules` are the names of those that are asked (default: all).
    """
    asked = question or Question(metrics=("won_count",))
    with store.reading() as session:
        scope = resolve(
            session, settings, Question(metrics=asked.metrics, as_of=asked.as_of, where=asked.where), [], language, now, access
        )
        return find(scope, catalogue, [each for each in RULES if rules is None or each.name in rules])
