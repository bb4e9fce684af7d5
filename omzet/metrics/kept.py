"""Every version of every metric, kept in the store: what a number meant when it was asked stays known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields

from omzet.engines import Session, Store
from omzet.metrics.definition import Metric

_REQUIRED = tuple(each.name for each in fields(Metric) if each.default is MISSING and each.default_factory is MISSING)


def keep_versions(store: Store, metrics: Iterable[Metric]) -> None:
    """Add to the store each version of these metrics that it doesn't hold.

    A metric that was changed without raising its version is kept beside what it said before.
    """
    told = {(metric.id, metric.version, entry(metric)) for metric in metrics}
    with store.reading() as session:
        if not told - _kept(session):
            return
    with store.writing() as session:
        missing = sorted(told - _kept(session))
        places = ", ".join("(?, ?, ?)" for _ in missing)
        if missing:
            session.run(f"INSERT INTO catalogue_versions VALUES {places}", [value for row in missing for value in row])


def entry(metric: Metric) -> str:
    """What a metric says, as JSON. What is as by default is left out, so that a key Omzet gains later changes no entry."""
    usual = asdict(Metric(**{name: getattr(metric, name) for name in _REQUIRED}))
    said = {name: value for name, value in asdict(metric).items() if name in _REQUIRED or value != usual[name]}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)


def _kept(session: Session) -> set[tuple[str, int, str]]:
    rows = session.rows("SELECT metric, version, entry FROM catalogue_versions")
    return {(metric, version, text) for metric, version, text in rows}
