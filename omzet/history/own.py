"""What Omzet keeps itself: forecasts as it made them, one set a day, as a load of its own connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

from omzet.engines import Session, Store
from omzet.history.loading import load_tables
from omzet.history.merge import OWN
from omzet.history.report import LoadReport
from omzet.settings import Settings
from omzet.sources.batch import RawTable

TITLE = "Outlook kept by Omzet"
"""What stands where a load's files are named."""

COLUMNS = ("made_on", "metric", "from_on", "to_on", "team_id", "kind", "amount", "p10", "p50", "p90")


@dataclass(frozen=True)
class Kept:
    """A forecast of the bookings of a period, for a team (its key) or the whole company."""

    start: date
    last: date
    team: str | None
    amount: float
    p10: float
    p50: float
    p90: float


def keep_forecasts(store: Store, settings: Settings, made_on: date, forecasts: Sequence[Kept]) -> LoadReport | None:
    """Keep these as made on a day, in place of what was kept on that day before; None when that says the same."""
    rows = sorted((_row(made_on, each) for each in forecasts), key=str)
    with store.reading() as session:
        if _kept(session, made_on) == rows:
            return None

    def read(session: Session) -> list[RawTable]:
        _drop(session, made_on)
        staged = session.stage_rows(COLUMNS, rows, range(1, len(rows) + 1))
        return [RawTable(TITLE, None, "", COLUMNS, staged.relation, staged.rows, None)]

    return load_tables(store, settings, read, OWN, ())


def _row(made_on: date, forecast: Kept) -> tuple[str | None, ...]:
    start, last, team, *amounts = astuple(forecast)
    told = (made_on.isoformat(), "bookings_amount", start.isoformat(), last.isoformat(), team, "model")
    return (*told, *(f"{amount:.2f}" for amount in amounts))


def _kept(session: Session, made_on: date) -> list[tuple[str | None, ...]]:
    rows = session.rows(
        f"SELECT {', '.join(COLUMNS)} FROM forecasts WHERE connection = ? AND made_on = ? AND is_deleted IS NOT TRUE",
        [OWN, made_on],
    )
    return sorted((_row(made_on, Kept(row[2], row[3], row[4], *map(float, row[6:]))) for row in rows), key=str)


def _drop(session: Session, made_on: date) -> None:
    """Take away what was kept on a day before, and its load: one set a day is enough to be scored later."""
    rows = session.rows("SELECT DISTINCT first_load FROM forecasts WHERE connection = ? AND made_on = ?", [OWN, made_on])
    session.run("DELETE FROM forecasts WHERE connection = ? AND made_on = ?", [OWN, made_on])
    for (number,) in rows:
        session.run("DELETE FROM changes WHERE load_no = ?", [number])
        session.run("DELETE FROM loads WHERE load_no = ?", [number])
