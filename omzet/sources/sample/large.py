"""A large company for measuring speed: plain, vectorised, without planted truths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omzet.sources.sample.tables import write_table

LAST = date(2025, 12, 31)
DAYS = 1096
ACCOUNTS, PRODUCTS, TEAMS, REPS = 50_000, 40, 12, 60
STAGES = ("New", "Qualified", "Demo", "Proposal", "Negotiation")
ENDS = ("Won", "Lost")
CHUNK = 50_000

Texts = NDArray[np.object_]
Numbers = NDArray[np.int64]


def write_large(folder: Path, deals: int = 1_000_000, changes_per_deal: int = 5, activities: int = 0, seed: int = 7) -> None:
    """Write canonical CSV files of that many deals, each with so many changes (three at least), over three years to 2025.

    With activities there are leads too.
    Of the changes about two thirds are stages, the others amount, owner and expected close; closed deals end with a stage
    and a status. Rows and their last changes agree.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    _write_surroundings(folder, random)
    days = _texts((LAST - timedelta(days=DAYS - 1 - at)).isoformat() for at in range(DAYS + 400))
    times = _texts(f"T{7 + at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z" for at in range(10 * 3600))
    with (
        (folder / "deals.csv").open("w", encoding="utf-8") as rows,
        (folder / "deal_changes.csv").open("w", encoding="utf-8") as log,
    ):
        rows.write(
            "deal_id,account_id,owner_id,kind,pipeline,stage,status,amount,currency,product_id,source,created_at,closed_at,expected_close_on\n"
        )
        log.write("deal_id,field,value,old_value,changed_at,seq\n")
        lives = [
            _write_deals(rows, log, random, range(first, min(deals, first + CHUNK)), changes_per_deal, days, times)
            for first in range(0, deals, CHUNK)
        ]
    begun, over = (np.concatenate(side) for side in zip(*lives, strict=True))
    if activities:
        _write_leads(folder, random, deals, days, times)
        with (folder / "activities.csv").open("w", encoding="utf-8") as rows:
            rows.write("activity_id,kind,owner_id,deal_id,lead_id,happened_at,status,direction\n")
            for first in range(0, activities, 4 * CHUNK):
                numbers = range(first, min(activities, first + 4 * CHUNK))
                _write_activities(rows, random, numbers, begun, over, days, times)


def _write_deals(
    rows: Any, log: Any, random: np.random.Generator, numbers: range, changes: int, days: Texts, times: Texts
) -> tuple[Numbers, Numbers]:
    """Write these deals and their changes. Returns the days on which each was created and last changed."""
    size = len(numbers)
    ids = _texts(f"D{number:07d}" for number in numbers)
    people, stages = _texts(f"P{at:02d}" for at in range(REPS)), _texts((*STAGES, *ENDS))
    created, life = random.integers(0, DAYS, size), 3 + random.gamma(1.6, 28.0, size).astype(np.int64)
    closed = created + life < DAYS
    won = random.random(size) < 0.27
    second = random.integers(0, 9 * 3600 - changes * 60, size)
    stage, owner = np.zeros(size, np.int64), random.integers(0, REPS, size)
    amount = (random.lognormal(9.8, 0.8, size) / 10).astype(np.int64) * 10
    expected = np.minimum(created + random.integers(20, 90, size), len(days) - 1)
    opened = days[created] + times[second]
    last = np.minimum(created + life, DAYS - 1)
    for slot in range(changes):
        share = (slot + 1) / (changes - 1) if slot < changes - 2 else 1.0
        day = created + ((last - created) * share).astype(np.int64)
        at = days[day] + times[second + 60 * (min(slot, changes - 2) + 1)]
        draw = random.random(size)
        ending = closed & (slot >= changes - 2)
        moving = ~ending & (draw < 0.75) & (stage < len(STAGES) - 1)
        field, old, new = np.empty(size, object), np.empty(size, object), np.empty(size, object)
        if slot == changes - 2:
            _note(field, old, new, ending, "stage", stages[stage], stages[np.where(won, 5, 6)])
        elif slot == changes - 1:
            _note(field, old, new, ending, "status", "open", np.where(won, "won", "lost").astype(object))
        _note(field, old, new, moving, "stage", stages[stage], stages[np.minimum(stage + 1, len(STAGES) - 1)])
        stage += moving
        left = ~ending & ~moving
        pushed, valued = left & (draw % 0.1 < 0.04), left & (draw % 0.1 >= 0.04) & (draw % 0.1 < 0.08)
        given = left & ~pushed & ~valued
        later = np.minimum(expected + random.integers(7, 60, size), len(days) - 1)
        worth = amount + 10 * random.integers(1, 500, size)
        other = (owner + random.integers(1, REPS, size)) % REPS
        _note(field, old, new, pushed, "expected_close_on", days[expected], days[later])
        _note(field, old, new, valued, "amount", _texts(map(str, amount.tolist())), _texts(map(str, worth.tolist())))
        _note(field, old, new, given, "owner_id", people[owner], people[other])
        expected, amount, owner = (
            np.where(pushed, later, expected),
            np.where(valued, worth, amount),
            np.where(given, other, owner),
        )
        _write(log, ids, field, new, old, at, [str(slot)] * size)
    status = np.where(closed, np.where(won, "won", "lost"), "open").astype(object)
    _write(
        rows,
        ids,
        _texts(f"A{at:05d}" for at in random.integers(0, ACCOUNTS, size).tolist()),
        people[owner],
        _texts(("new", "new", "expansion", "renewal"))[random.integers(0, 4, size)],
        ["Sales"] * size,
        stages[np.where(closed, np.where(won, 5, 6), stage)],
        status,
        _texts(map(str, amount.tolist())),
        ["EUR"] * size,
        _texts(f"R{at:02d}" for at in range(PRODUCTS))[random.integers(0, PRODUCTS, size)],
        _texts(("website", "partner", "event", "outbound", "referral"))[random.integers(0, 5, size)],
        opened,
        np.where(closed, at, ""),
        days[expected],
    )
    return created, last


def _write_leads(folder: Path, random: np.random.Generator, deals: int, days: Texts, times: Texts) -> None:
    """Two leads for five deals; three of five became a deal."""
    size = deals * 2 // 5
    came = random.integers(0, DAYS, size)
    at = days[came] + times[random.integers(0, len(times), size)]
    became = random.random(size) < 0.6
    with (folder / "leads.csv").open("w", encoding="utf-8") as rows:
        rows.write("lead_id,owner_id,source,deal_id,created_at,converted_at\n")
        _write(
            rows,
            [f"L{number:07d}" for number in range(size)],
            _texts(f"P{at:02d}" for at in range(REPS))[random.integers(0, REPS, size)],
            _texts(("website", "partner", "event", "outbound", "referral"))[random.integers(0, 5, size)],
            np.where(became, _texts(f"D{number:07d}" for number in random.integers(0, deals, size).tolist()), ""),
            at,
            np.where(became, days[np.minimum(came + 5, DAYS - 1)], ""),
        )


def _write_activities(
    rows: Any, random: np.random.Generator, numbers: range, begun: Numbers, over: Numbers, days: Texts, times: Texts
) -> None:
    """Activities during the lives of deals; every twentieth is with a lead."""
    size, deals = len(numbers), len(begun)
    of = random.integers(0, deals, size)
    lead = random.random(size) < 0.05
    day = begun[of] + (random.random(size) * (over[of] - begun[of] + 1)).astype(np.int64)
    _write(
        rows,
        [f"X{number:08d}" for number in numbers],
        _texts(("call", "email", "email", "meeting", "note"))[random.integers(0, 5, size)],
        _texts(f"P{at:02d}" for at in range(REPS))[random.integers(0, REPS, size)],
        ["" if other else f"D{number:07d}" for number, other in zip(of.tolist(), lead.tolist(), strict=True)],
        [f"L{number * 2 // 5:07d}" if other else "" for number, other in zip(of.tolist(), lead.tolist(), strict=True)],
        days[day] + times[random.integers(0, len(times), size)],
        ["done"] * size,
        _texts(("outbound", "outbound", "inbound"))[random.integers(0, 3, size)],
    )


def _note(field: Texts, old: Texts, new: Texts, where: NDArray[np.bool_], name: str, before: Texts | str, after: Texts) -> None:
    field[where] = name
    old[where] = before if isinstance(before, str) else before[where]
    new[where] = after[where]


def _texts(items: Iterable[str]) -> Texts:
    return np.array(list(items), dtype=object)


def _write(file: Any, *columns: Texts | Sequence[str]) -> None:
    file.write("\n".join(map(",".join, zip(*columns, strict=True))) + "\n")


def _write_surroundings(folder: Path, random: np.random.Generator) -> None:
    """People, teams, accounts, products and stages."""
    people = [(f"P{at:02d}", f"Rep {at:02d}", "rep", f"T{at % TEAMS:02d}", "2018-01-01") for at in range(REPS)]
    write_table(folder, "people", ("person_id", "name", "role", "team_id", "started_on"), people)
    write_table(folder, "teams", ("team_id", "name"), [(f"T{at:02d}", f"Team {at:02d}") for at in range(TEAMS)])
    products = [(f"R{at:02d}", f"Product {at:02d}", f"Family {at % 6}", f"{100 + 35 * at}.00") for at in range(PRODUCTS)]
    write_table(folder, "products", ("product_id", "name", "family", "list_price"), products)
    stages: list[tuple[object, ...]] = [("Sales", name, at, "open", at > 1) for at, name in enumerate(STAGES, 1)]
    stages += [("Sales", name, 5 + at, name.lower(), True) for at, name in enumerate(ENDS, 1)]
    write_table(folder, "stages", ("pipeline", "stage", "position", "kind", "is_qualified"), stages)
    segments = _texts(("small", "mid", "large"))[random.integers(0, 3, ACCOUNTS)]
    regions = _texts(("north", "south", "east", "west"))[random.integers(0, 4, ACCOUNTS)]
    accounts = ((f"A{at:05d}", f"Account {at:05d}", segments[at], regions[at], "NL") for at in range(ACCOUNTS))
    write_table(folder, "accounts", ("account_id", "name", "segment", "region", "country"), accounts)
