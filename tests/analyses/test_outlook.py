"""Where a quarter ends: exact for few deals with their own chances, from history by hand, and against the sample company."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from omzet.workspace import Workspace
from tests.analyses.companies import company

QUARTER: dict[str, Any] = {"start": date(2026, 1, 1), "end": date(2026, 4, 1)}
AMOUNTS = {"a": (10000, 0.5), "b": (20000, 0.25), "c": (5000, 0.8), "d": (40000, 0.1)}


def typed(folder: Path) -> Workspace:
    rows = [f"{key},open,{amount},{p},2026-01-05,2026-03-15," for key, (amount, p) in AMOUNTS.items()]
    rows += ["late,open,90000,0.9,2026-01-05,2026-05-01,", "won,won,30000,,2026-01-01,,2026-01-20"]
    head = "deal_id,status,amount,probability,created_at,expected_close_on,closed_at"
    targets = "target_id,metric,from_on,to_on,value\nt,bookings_amount,2026-01-01,2026-03-31,60000"
    return company(folder, {"deals": "\n".join([head, *rows]), "targets": targets})


def ask(workspace: Workspace, metric: str, **asked: Any) -> dict[str, Any]:
    return workspace.query([metric], **{"as_of": date(2026, 2, 15), **QUARTER, **asked}).rows[0]


def test_few_deals_with_their_own_chances_are_added_up_exactly(tmp_path: Path) -> None:
    workspace = typed(tmp_path)
    outcomes: dict[int, float] = {}
    for won in product((0, 1), repeat=len(AMOUNTS)):
        total, chance = 30000, 1.0
        for (amount, p), w in zip(AMOUNTS.values(), won, strict=True):
            total, chance = total + amount * w, chance * (p if w else 1 - p)
        outcomes[total] = outcomes.get(total, 0.0) + chance
    found = ask(workspace, "probability_to_reach_target", parameters={"probability": "typed"})
    assert found["probability_to_reach_target"] == pytest.approx(sum(p for total, p in outcomes.items() if total >= 60000))
    spread = ask(workspace, "bookings_outlook", parameters={"probability": "typed"})
    assert spread["bookings_outlook"] == pytest.approx(sum(total * p for total, p in outcomes.items()))
    passed = 0.0
    quantiles: list[int] = []
    for total in sorted(outcomes):
        passed += outcomes[total]
        while len(quantiles) < 3 and passed >= (0.1, 0.5, 0.9)[len(quantiles)] - 1e-12:
            quantiles.append(total)
    assert [spread[f"bookings_outlook:{q}"] for q in ("p10", "p50", "p90")] == quantiles
    assert spread["bookings_outlook:new_business"] == 0


def test_a_period_that_is_over_is_certain(tmp_path: Path) -> None:
    workspace = typed(tmp_path)
    over = ask(workspace, "bookings_outlook", as_of=date(2026, 4, 10))
    assert (over["bookings_outlook"], over["bookings_outlook:p10"], over["bookings_outlook:p90"]) == (30000, 30000, 30000)
    assert ask(workspace, "probability_to_reach_target", as_of=date(2026, 4, 10))["probability_to_reach_target"] == 0


def test_a_chance_from_history_is_that_of_deals_as_old(tmp_path: Path) -> None:
    # Of ten earlier deals, from their entry on: 3 lost after 10 days, 4 won after 40, 1 won after 100, 2 still open.
    ends = [("lost", 10)] * 3 + [("won", 40)] * 4 + [("won", 100)]
    rows, log = ["deal_id,pipeline,stage,status,amount,created_at,closed_at"], ["deal_id,field,old_value,value,changed_at"]
    first = date(2025, 8, 1)
    for at, (status, days) in enumerate(ends):
        closed = first + timedelta(days=days)
        rows.append(f"h{at},Sales,{status.capitalize()},{status},1000,{first},{closed}")
        log.append(f"h{at},stage,Lead,{status.capitalize()},{closed}")
    rows += [f"o{at},Sales,Lead,open,1000,{first}," for at in range(2)]
    rows.append("now,Sales,Lead,open,8000,2026-01-31,")  # 15 days old, 44 days before the quarter ends
    stages = "pipeline,stage,position,kind\nSales,Lead,1,open\nSales,Won,2,won\nSales,Lost,3,lost"
    workspace = company(tmp_path, {"stages": stages, "deals": "\n".join(rows), "deal_changes": "\n".join(log)})
    found = ask(workspace, "bookings_outlook")
    # At risk: 11 at day 10 (S = 8/11); the new deal leaves at 15; 7 at 40: F = 8/11 × 4/7; S(15) = 8/11.
    young = 4 / 7
    old = 0.0  # after 198 days nobody was ever open any longer: those two have not been seen to win later
    assert found["bookings_outlook:open"] == pytest.approx(8000 * young + 2000 * old)


def test_business_not_yet_there_is_what_past_quarters_still_brought(tmp_path: Path) -> None:
    rows = ["deal_id,status,amount,created_at,closed_at"]
    for quarter in range(13):
        begin = date(2022 + (quarter + 3) // 4, 1 + (quarter + 3) % 4 * 3, 1)
        rows.append(f"early{quarter},won,500,{begin},{begin + timedelta(days=80)}")
        rows.append(f"late{quarter},won,{100 * quarter},{begin + timedelta(days=60)},{begin + timedelta(days=75)}")
    workspace = company(tmp_path, {"deals": "\n".join(rows)})
    found = ask(workspace, "bookings_outlook")
    assert found["bookings_outlook:past_periods"] == 12
    past = [100 * quarter for quarter in range(1, 13)]
    assert found["bookings_outlook:new_business"] == pytest.approx(sum(past) / len(past))
    assert found["bookings_outlook:p90"] == sorted(past)[10]
