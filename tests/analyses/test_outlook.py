"""Where a quarter ends: exact for few deals with their own chances, from history by hand, and against the sample company."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from omzet.workspace import Workspace
from tests.analyses.companies import company
from tests.sources.sampled import TODAY

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


def test_deals_come_at_what_deals_of_their_size_were_won_at(tmp_path: Path) -> None:
    # In each of nine quarters three small deals are won at half of what they stood at, three large ones at a fifth more.
    rows, log = ["deal_id,status,amount,created_at,closed_at"], ["deal_id,field,old_value,value,changed_at"]
    for quarter in range(9):
        begin = date(2023 + (quarter + 3) // 4, 1 + (quarter + 3) % 4 * 3, 1)
        for at in range(3):
            for size, before, after in (("s", 100, 50), ("l", 10000, 12000)):
                key, closed = f"{size}{quarter}-{at}", begin + timedelta(days=80)
                rows.append(f"{key},won,{after},{begin},{closed}")
                log.append(f"{key},amount,{before},{after},{closed}")
    rows += ["now-s,open,200,2026-01-01,", "now-l,open,40000,2026-01-01,"]
    workspace = company(tmp_path, {"deals": "\n".join(rows), "deal_changes": "\n".join(log)})
    found = ask(workspace, "bookings_outlook")
    # All were won after 80 days, and so will these be.
    assert found["bookings_outlook:open"] == pytest.approx(200 * 0.5 + 40000 * 1.2)
    assert found["bookings_outlook:amount_ratio"] == pytest.approx(48100 / 40200)
    assert [found[f"bookings_outlook:{q}"] for q in ("p10", "p50", "p90")] == pytest.approx([48100] * 3)
    assert (found["bookings_outlook:past_periods"], found["bookings_outlook:shock"]) == (9, 0)
    early = ask(workspace, "bookings_outlook", as_of=date(2025, 2, 15), start=date(2025, 1, 1), end=date(2025, 4, 1))
    assert (early["bookings_outlook:past_periods"], early["bookings_outlook:amount_ratio"]) == (0, 1)
    assert early["bookings_outlook"] == pytest.approx(3 * 100 + 3 * 10000)


def test_a_shock_may_be_set_and_widens_the_range(tmp_path: Path) -> None:
    workspace = typed(tmp_path)
    plain = ask(workspace, "bookings_outlook", parameters={"probability": "typed"})
    assert plain["bookings_outlook:shock"] == 0
    same = ask(workspace, "bookings_outlook", parameters={"probability": "typed", "shock": "0"})
    assert same == plain
    wide = ask(workspace, "bookings_outlook", parameters={"probability": "typed", "shock": "1"})
    assert wide["bookings_outlook:shock"] == 1
    assert wide["bookings_outlook"] == pytest.approx(plain["bookings_outlook"])
    assert wide["bookings_outlook:p90"] >= plain["bookings_outlook:p90"]


def test_the_shock_of_the_sample_company_is_calibrated(sample: Workspace) -> None:
    found = sample.query(["bookings_outlook"], as_of=TODAY).rows[0]
    assert found["bookings_outlook:past_periods"] == 12
    assert 0 < found["bookings_outlook:shock"] <= 1
    narrow = sample.query(["bookings_outlook"], as_of=TODAY, parameters={"shock": "0"}).rows[0]
    assert narrow["bookings_outlook"] == found["bookings_outlook"]
    widths = [row["bookings_outlook:p90"] - row["bookings_outlook:p10"] for row in (narrow, found)]
    assert widths[1] > 1.1 * widths[0]
    months = sample.query(["bookings_outlook"], as_of=TODAY, grain="month", start=date(TODAY.year, 1, 1), end=TODAY).rows
    assert {row["bookings_outlook"] for row in months}
    alone = sample.query(["bookings_outlook"], as_of=months_end(months[0]["period"])).rows[0]
    assert {k: v for k, v in months[0].items() if k != "period"} == alone


def months_end(label: str) -> date:
    year, month = map(int, label.split("-"))
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
