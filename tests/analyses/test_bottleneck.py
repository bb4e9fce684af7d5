"""Where a process is held up: each way of counting told again from deals made by chance, in plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from omzet.workspace import Workspace
from tests.analyses.companies import company

NAME = "stage_bottleneck_score"
OPEN = ("Lead", "Talk", "Offer")
STAGES = (
    "pipeline,stage,position,kind\nSales,Lead,1,open\nSales,Talk,2,open\nSales,Offer,3,open\nSales,Won,4,won\nSales,Lost,5,lost"
)
AS_OF = date(2026, 4, 30)
FROM, TO = date(2026, 1, 20), date(2026, 2, 20)


@dataclass(frozen=True)
class Deal:
    """A deal with its way: stage and day of each entry; the last of a closed one is its end."""

    name: str
    status: str
    way: tuple[tuple[str, date], ...]
    closed_on: date | None
    amount: int


def by_chance() -> list[Deal]:
    """Deals that skip stages, go back, wait, and end in every way."""
    dice = random.Random(11)
    deals = []
    for number in range(90):
        day = date(2026, 1, 1) + timedelta(days=dice.randrange(60))
        way = [(dice.choice(("Lead", "Lead", "Lead", "Talk")), day)]
        for _ in range(dice.randrange(4)):
            day += timedelta(days=dice.randrange(1, 15))
            way.append((dice.choice([stage for stage in OPEN if stage != way[-1][0]]), day))
        status = dice.choice(("open", "won", "lost", "lost", "lost", "disqualified"))
        day += timedelta(days=dice.randrange(1, 15))
        if status in ("won", "lost"):
            way.append((status.title(), day))
        deals.append(Deal(f"d{number}", status, tuple(way), day if status != "open" else None, dice.randrange(1, 60) * 100))
    return deals


@pytest.fixture(scope="module")
def deals() -> list[Deal]:
    return by_chance()


@pytest.fixture(scope="module")
def sales(deals: list[Deal], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    rows, changes = ["deal_id,pipeline,stage,status,created_at,closed_at,amount"], ["deal_id,field,old_value,value,changed_at"]
    for deal in deals:
        rows.append(f"{deal.name},Sales,{deal.way[-1][0]},{deal.status},{deal.way[0][1]},{deal.closed_on or ''},{deal.amount}")
        changes += [f"{deal.name},stage,{before},{after},{day}" for (before, _), (after, day) in pairwise(deal.way)]
    tables = {"stages": STAGES, "deals": "\n".join(rows), "deal_changes": "\n".join(changes)}
    return company(tmp_path_factory.mktemp("bottleneck"), tables)


def told(workspace: Workspace) -> dict[str, dict[str, Any]]:
    rows = workspace.query([NAME], by=["stage"], start=str(FROM), end=str(TO), as_of=AS_OF).rows
    return {row["stage"]: {key.removeprefix(f"{NAME}:"): row[key] for key in row} for row in rows if row[f"{NAME}:n"]}


def again(deals: list[Deal], strict: bool, by_stage: bool, without_open: bool, with_disqualified: bool) -> dict[str, Any]:
    """By stage: reached, value, lost, and mean days waiting; the definitions word for word."""
    places = {stage: at for at, stage in enumerate((*OPEN, "Won"))}
    found: dict[str, Any] = {}
    for stage in OPEN:
        reached = lost = value = 0
        times: list[tuple[int, bool]] = []
        for deal in deals:
            furthest = max(places[name] for name, _ in deal.way if name in places)
            entries = [day for name, day in deal.way if name == stage]
            if furthest < places[stage] or (strict and not entries):
                continue
            came = entries[0] if strict else next(day for name, day in deal.way if places.get(name, -1) >= places[stage])
            if not FROM <= (came if by_stage else deal.way[0][1]) < TO:
                continue
            if deal.status == "disqualified" and not with_disqualified:
                continue
            stopped = furthest == places[stage]
            if deal.status == "open" and stopped and without_open:
                continue
            reached, value = reached + 1, value + deal.amount
            lost += stopped and deal.status in ("lost", "disqualified")
            if entries:
                ends = [*(day for _, day in deal.way[1:]), deal.closed_on if deal.way[-1][0] in OPEN else None]
                stays = [(day, end) for (name, day), end in zip(deal.way, ends, strict=True) if name == stage]
                days = sum(((end or AS_OF) - day).days for day, end in stays)
                times.append((days, all(end is not None for _, end in stays)))
        fitted = KaplanMeierFitter().fit([days for days, _ in times], [over for _, over in times])
        wait = restricted_mean_survival_time(fitted, t=365)
        found[stage] = {"reached": reached, "value": value, "lost": lost, "wait": wait}
    return found


def test_the_stage_that_loses_and_the_one_that_waits_in_every_way_of_counting(sales: Workspace, deals: list[Deal]) -> None:
    found = told(sales)
    holds: dict[str, int] = defaultdict(int)
    holds_waiting: dict[str, int] = defaultdict(int)
    for way in product((False, True), repeat=4):
        stages = again(deals, *way)
        holds[max(stages, key=lambda s: stages[s]["lost"] / stages[s]["reached"] * stages[s]["value"])] += 1
        holds_waiting[max(stages, key=lambda s: stages[s]["wait"] * stages[s]["value"])] += 1
    assert {stage: row["holds_in"] for stage, row in found.items() if row["holds_in"]} == dict(holds)
    assert {stage: row["holds_in_waiting"] for stage, row in found.items() if row["holds_in_waiting"]} == dict(holds_waiting)
    assert all(row["ways"] == 16 for row in found.values())


def test_the_figures_beside_are_those_of_the_usual_way(sales: Workspace, deals: list[Deal]) -> None:
    found, stages = told(sales), again(deals, False, False, False, False)
    losses = {stage: row["lost"] / row["reached"] * row["value"] for stage, row in stages.items()}
    for stage, row in stages.items():
        assert found[stage]["n"] == row["reached"]
        assert found[stage]["value_in"] == row["value"]
        assert found[stage]["drop_off"] == pytest.approx(row["lost"] / row["reached"])
        assert found[stage][NAME] == pytest.approx(losses[stage] / sum(losses.values()))
        assert found[stage]["wait_days"] == pytest.approx(row["wait"])
        assert found[stage]["waiting_value"] == pytest.approx(row["wait"] * row["value"])
    assert sum(row["first_share"] for row in found.values()) == pytest.approx(1)
    assert max(found, key=lambda stage: found[stage]["first_share"]) == max(losses, key=lambda stage: losses[stage])


def test_by_period_each_is_told_by_itself(sales: Workspace) -> None:
    rows = sales.query([NAME], by=["stage"], grain="month", start="2026-01-01", end="2026-03-01", as_of=AS_OF).rows
    alone = sales.query([NAME], by=["stage"], start="2026-02-01", end="2026-03-01", as_of=AS_OF).rows
    told_by_month = {row["stage"]: row[NAME] for row in rows if row["period"] == "2026-02"}
    assert {row["stage"]: row[NAME] for row in alone} == told_by_month
    assert sales.query([NAME], as_of=AS_OF).rows[0][f"{NAME}:why"] == "by_stage"
