"""A company whose deals lie around today, for pages that show this quarter: made by a rule, the same every time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

STAGES = ("New", "Demo", "Proposal", "Won", "Lost")
TEAMS = (("t1", "Noord"), ("t2", "Zuid"), ("t3", "België"))
REPS = (
    ("p1", "Anna Weber", "t1"),
    ("p2", "Bram Kuiper", "t1"),
    ("p3", "Chloé Dubois", "t3"),
    ("p4", "Daan Mulder", "t2"),
    ("p5", "Emma Peeters", "t3"),
    ("p6", "Fatima El Idrissi", "t2"),
)
SOURCES = ("inbound", "event", "partner")
REGIONS = ("west", "east")
DEALS = 420


def write_company(folder: Path, today: date) -> Path:
    """The tables of the company in `folder`: one deal created a day up to today, followed as far as today allows."""
    folder.mkdir(parents=True, exist_ok=True)
    deals: list[Sequence[object]] = []
    changes: list[Sequence[object]] = []
    for number in range(DEALS):
        deals.append(_deal(number, today, changes))
    _write(folder / "teams.csv", ("team_id", "name"), TEAMS)
    _write(folder / "people.csv", ("person_id", "name", "team_id", "role"), [(*rep, "rep") for rep in REPS])
    _write(
        folder / "stages.csv",
        ("pipeline", "stage", "position", "kind"),
        [("Sales", stage, place, stage.lower() if stage in ("Won", "Lost") else "open") for place, stage in enumerate(STAGES, 1)],
    )
    _write(
        folder / "accounts.csv",
        ("account_id", "name", "region"),
        [(f"a{number}", f"Klant {number}", REGIONS[number % 2]) for number in range(40)],
    )
    header = ("deal_id", "name", "owner_id", "account_id", "pipeline", "stage", "status", "amount", "currency", "source")
    _write(folder / "deals.csv", (*header, "created_at", "closed_at", "budget_holder"), deals)
    _write(folder / "deal_changes.csv", ("deal_id", "field", "old_value", "value", "changed_at"), changes)
    _write(folder / "targets.csv", ("target_id", "metric", "from_on", "to_on", "value", "currency"), _targets(today))
    return folder


def _deal(number: int, today: date, changes: list[Sequence[object]]) -> Sequence[object]:
    """Stages a few days apart; two of five deals are lost, two won, one stays open."""
    created = today - timedelta(days=DEALS - 1 - number)
    lives = (9 + 7 * (number % 5), 20 + 11 * (number % 4), 34 + 13 * (number % 3))
    fate = ("won", "lost", "open", "won", "lost")[number % 5]
    steps = [("Demo", created + timedelta(days=lives[0])), ("Proposal", created + timedelta(days=lives[1]))]
    if fate == "lost" and number % 2:
        steps = steps[:1]
    if fate != "open":
        steps.append(("Won" if fate == "won" else "Lost", created + timedelta(days=lives[2])))
    stage, status, closed = "New", "open", ""
    for name, day in steps:
        if day > today:
            break
        changes.append((f"d{number}", "stage", stage, name, day.isoformat()))
        stage = name
        if name in ("Won", "Lost"):
            status, closed = name.lower(), day.isoformat()
    rep, source = REPS[number % len(REPS)][0], SOURCES[number % 3]
    amount = 4000 + 500 * (number % 17)
    return (
        *(f"d{number}", f"Deal {number}", rep, f"a{number % 40}", "Sales", stage, status, amount, "EUR", source),
        *(created.isoformat(), closed, ("cfo", "owner")[number % 2]),
    )


def _targets(today: date) -> Iterable[Sequence[object]]:
    """A target for the company in each quarter of this year and the one before."""
    for year in (today.year - 1, today.year):
        for quarter in range(4):
            first = date(year, 3 * quarter + 1, 1)
            after = date(year + (quarter == 3), (3 * quarter + 3) % 12 + 1, 1)
            yield f"q{year}-{quarter}", "bookings_amount", first, after - timedelta(days=1), 300_000, "EUR"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
