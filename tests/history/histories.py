"""Random histories of deals as canonical files: skips, ways back, reopened and late-entered closes, hand-overs, moved teams."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

FIRST_DAY = date(2025, 1, 1)

Row = Mapping[str, str]

OPEN_STAGES = ("Lead", "Talk", "Offer", "Deal")
STAGES: tuple[Row, ...] = tuple(
    {"pipeline": "Sales", "stage": stage, "position": str(position), "kind": kind, "is_qualified": qualified}
    for stage, position, kind, qualified in (
        ("Lead", 10, "open", "no"),
        ("Talk", 20, "open", "yes"),
        ("Offer", 30, "open", "yes"),
        ("Deal", 40, "open", "yes"),
        ("Won", 50, "won", "yes"),
        ("Lost", 60, "lost", "yes"),
    )
)


@dataclass
class History:
    """A company's rows by table, as texts."""

    deals: list[Row] = field(default_factory=list)
    deal_changes: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    person_changes: list[Row] = field(default_factory=list)
    stages: list[Row] = field(default_factory=list)
    exchange_rates: list[Row] = field(default_factory=list)

    def write(self, folder: Path, *tables: str) -> list[Path]:
        """The tables (all that have rows by default) as files in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        return [
            _write(folder / f"{name}.csv", rows) for name, rows in vars(self).items() if rows and (not tables or name in tables)
        ]


def _write(path: Path, rows: Sequence[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def random_history(
    seed: int, deals: int, *, logs: Sequence[str] = ("stage", "amount", "owner_id"), currencies: bool = False
) -> History:
    """A company of `deals` deals whose fields in `logs` have recorded changes, some of them wrong, late or missing."""
    dice = random.Random(seed)
    history = History(stages=list(STAGES))
    people = [f"p{n}" for n in range(6)]
    for person in people:
        team = f"t{dice.randrange(3)}"
        if dice.random() < 0.5:
            for _ in range(dice.randint(1, 2)):
                later, team = team, f"t{dice.randrange(3)}"
                moment = _moment(dice, dice.randrange(300))
                history.person_changes.append(
                    {"person_id": person, "field": "team_id", "value": team, "old_value": later, "changed_at": moment}
                )
        history.people.append({"person_id": person, "name": person.upper(), "role": "rep", "team_id": team})
    if currencies:
        history.exchange_rates = [
            {
                "quoted_on": str(FIRST_DAY + timedelta(days=30 * n)),
                "currency": "USD",
                "rate": f"{0.8 + n / 100:.2f}",
                "kind": "actual",
            }
            for n in range(14)
        ]
    for number in range(deals):
        _add_deal(history, dice, f"d{number}", people, set(logs), currencies)
    dice.shuffle(history.deals)
    dice.shuffle(history.deal_changes)
    return history


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def _moment(dice: random.Random, day: float) -> str:
    """A moment on a day of the history; some are written as bare dates."""
    on = FIRST_DAY + timedelta(days=int(day))
    return f"{on}" if dice.random() < 0.2 else f"{on}T{dice.randrange(24):02d}:{dice.randrange(60):02d}:00Z"


def _add_deal(history: History, dice: random.Random, key: str, people: Sequence[str], logs: set[str], currencies: bool) -> None:
    created, life = dice.randrange(200), dice.randint(1, 120)
    stage = dice.choice(OPEN_STAGES) if dice.random() < 0.3 else "Lead"
    owner, amount = dice.choice(people), dice.randint(0, 5000)

    def log(field_name: str, value: str, old: str, day: float) -> None:
        if dice.random() < 0.97:
            row = {"deal_id": key, "field": field_name, "value": value, "changed_at": _moment(dice, day), "seq": ""}
            row["old_value"] = old if dice.random() < 0.8 else ""
            history.deal_changes.append(row)

    status, closed = "open", None
    expected = created + life + dice.randint(-40, 60) if "expected_close_on" in logs else None
    for _ in range(dice.randint(0, 3) if expected is not None else 0):
        before_day, expected = expected, created + life + dice.randint(-40, 90)
        log("expected_close_on", str(_day(expected)), str(_day(before_day or 0)), created + dice.randrange(life + 10))
    for _ in range(dice.randint(0, 6)):
        day = created + dice.randrange(life + 1) - (5 if dice.random() < 0.05 else 0)
        what = dice.random()
        if what < 0.55 and "stage" in logs:
            before, stage = stage, dice.choice((*OPEN_STAGES, "Won", "Lost") if dice.random() < 0.2 else OPEN_STAGES)
            log("stage", stage, before, day)
        elif what < 0.7 and "owner_id" in logs:
            before, owner = owner, dice.choice(people)
            log("owner_id", owner, before, day)
        elif what < 0.9 and "amount" in logs:
            before_amount, amount = amount, dice.randint(0, 5000)
            log("amount", str(amount), str(before_amount), day)
        elif "status" in logs:
            log("status", dice.choice(("open", "won", "lost", "disqualified")), "", day)
    if stage in ("Won", "Lost") or dice.random() < 0.5:
        if stage not in ("Won", "Lost"):
            before, stage = stage, dice.choice(("Won", "Lost"))
            if "stage" in logs:
                log("stage", stage, before, created + life + dice.choice((0, 0, 0, 3, -3)))
        status, closed = stage.lower(), created + life
    if dice.random() < 0.03:
        status, closed = "disqualified", created + life
    history.deals.append(
        {
            "deal_id": key,
            "name": f"Deal {key}",
            "owner_id": owner if dice.random() < 0.97 else "",
            "pipeline": "Sales" if dice.random() < 0.9 else "",
            "stage": stage if dice.random() < 0.95 else "",
            "status": status,
            "amount": str(amount) if dice.random() < 0.93 else "",
            "currency": dice.choice(("EUR", "USD", "XXX")) if currencies else "EUR",
            "created_at": _moment(dice, created) if dice.random() < 0.97 else "",
            "closed_at": _moment(dice, closed) if closed is not None and dice.random() < 0.95 else "",
            "is_deleted": "yes" if dice.random() < 0.02 else "",
            **({} if expected is None else {"expected_close_on": str(_day(expected)) if dice.random() < 0.95 else ""}),
        }
    )
