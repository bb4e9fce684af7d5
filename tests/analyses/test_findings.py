"""Each rule speaks where there is something to say, and is silent where there is too little, too few, or only noise."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from omzet.analyses.findings import RULES, Findings
from omzet.locale.words import words
from omzet.query.findings import findings
from omzet.workspace import Workspace
from tests.analyses.companies import company

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUNNING, CLOSED, BEFORE = date(2026, 10, 1), date(2026, 7, 1), date(2026, 4, 1)
YEAR = (date(2026, 4, 1), date(2026, 1, 1), date(2025, 10, 1), date(2025, 7, 1))
"""The quarters before the last closed one."""

Rows = list[dict[str, Any]]


def table(rows: Iterable[dict[str, Any]], id: str) -> str:
    rows = list(rows)
    names = [id, *dict.fromkeys(name for row in rows for name in row if name != id)]
    lines = [",".join(names)]
    lines += [",".join(str(row.get(name, f"r{at}" if name == id else "")) for name in names) for at, row in enumerate(rows)]
    return "\n".join(lines)


def deals(n: int, **fields: Any) -> Rows:
    return [{"status": "open", "created_at": "2025-01-10", "amount": 1000, **fields} for _ in range(n)]


def closed(won: int, n: int, day: date, **fields: Any) -> Rows:
    """So many deals closed on a day, of which some were won."""
    base = {"created_at": (day - timedelta(days=30)).isoformat(), "closed_at": day.isoformat(), **fields}
    return deals(won, status="won", **base) + deals(n - won, status="lost", **base)


def asked(workspace: Workspace, language: str = "en", rules: Collection[str] | None = None) -> Findings:
    owner = workspace._owner
    assert owner
    return findings(owner.store, owner.settings, owner.catalogue, None, language, NOW, rules=rules)


def said(found: Findings, rule: str, grades: Iterable[str] = ("none", "strong", "moderate")) -> list[str]:
    return [each.sentence for each in found.found if each.rule == rule and each.grade in grades]


# Small companies, each where one rule must speak or be silent


def win_rates(now: tuple[int, int], then: tuple[int, int]) -> dict[str, str]:
    rows = closed(*now, CLOSED + timedelta(days=40))
    for quarter in YEAR:
        rows += closed(*then, quarter + timedelta(days=40))
    return {"deals": table(rows, "deal_id")}


def cycles(now: int, then: int, count: int = 40) -> dict[str, str]:
    rows: Rows = []
    for quarter, days in ((BEFORE, now), *((day, then) for day in (*YEAR[1:], date(2025, 4, 1)))):
        for at in range(count):
            made = quarter + timedelta(days=10)
            rows += closed(at % 2, 1, made + timedelta(days=days + at % 5), created_at=made.isoformat())
    return {"deals": table(rows, "deal_id")}


STAGES = "pipeline,stage,position,kind\nS,New,1,open\nS,Demo,2,open\nS,Proposal,3,open\nS,Won,4,won\nS,Lost,5,lost"


def walks(lost: int, n: int, quarter: date, first: int, owner: str = "p1") -> tuple[Rows, Rows]:
    """Deals that came to Demo in a quarter; some are lost there, the others are won."""
    rows, moves = [], []
    for at in range(n):
        id, made = f"d{first + at}", quarter + timedelta(days=5)
        is_lost, end = at < lost, made + timedelta(days=40)
        fields = {"deal_id": id, "owner_id": owner, "pipeline": "S", "stage": "Lost" if is_lost else "Won"}
        (row,) = closed(0 if is_lost else 1, 1, end, created_at=made.isoformat(), **fields)
        rows.append(row)
        steps = [("New", "Demo", 10), ("Demo", "Lost", 40)] if is_lost else [("New", "Demo", 10), ("Demo", "Proposal", 20)]
        steps += [] if is_lost else [("Proposal", "Won", 40)]
        for old, new, days in steps:
            day = (made + timedelta(days=days)).isoformat()
            moves.append({"deal_id": id, "field": "stage", "old_value": old, "value": new, "changed_at": day})
    return rows, moves


def stops(now: tuple[int, int], then: tuple[int, int]) -> dict[str, str]:
    rows: Rows = []
    moves: Rows = []
    for place, (quarter, pair) in enumerate(((BEFORE, now), *((day, then) for day in (*YEAR[1:], date(2025, 4, 1))))):
        more, steps = walks(*pair, quarter, 1000 * place)
        rows, moves = rows + more, moves + steps
    return {"deals": table(rows, "deal_id"), "deal_changes": table(moves, "deal_id"), "stages": STAGES}


def reps_at_demo(lost: tuple[int, ...]) -> dict[str, str]:
    rows: Rows = []
    moves: Rows = []
    for rep, count in enumerate(lost):
        for place, quarter in enumerate((BEFORE, date(2026, 1, 1))):
            more, steps = walks(count, 30, quarter, 10_000 * rep + 1000 * place, f"p{rep}")
            rows, moves = rows + more, moves + steps
    return {**people(len(lost)), "deals": table(rows, "deal_id"), "deal_changes": table(moves, "deal_id"), "stages": STAGES}


def people(count: int) -> dict[str, str]:
    rows = [{"person_id": f"p{at}", "name": f"Rep {at}", "team_id": "t1", "role": "rep"} for at in range(count)]
    return {"people": table(rows, "person_id"), "teams": "team_id,name\nt1,North"}


def without_contact(n: int, *, logged: bool = True) -> dict[str, str]:
    rows = deals(n, created_at="2026-08-01") + deals(3, created_at="2026-11-10")
    found = {"deals": table(rows, "deal_id")}
    if logged:
        found["activities"] = f"activity_id,kind,deal_id,happened_at,status\na1,call,r{n},2026-11-15,done"
    return found


def overdue(n: int) -> dict[str, str]:
    rows = deals(n, expected_close_on="2026-11-01") + deals(20, expected_close_on="2026-12-20")
    return {"deals": table(rows, "deal_id")}


def pace(won: int) -> dict[str, str]:
    rows = closed(won, won, RUNNING + timedelta(days=20))
    for quarter in (CLOSED, *YEAR):
        rows += closed(60, 100, quarter + timedelta(days=50))
    rows += deals(5, created_at="2026-10-01", expected_close_on="2026-12-10")
    return {
        "deals": table(rows, "deal_id"),
        "targets": "target_id,metric,from_on,to_on,value,currency\nt1,bookings_amount,2026-10-01,2026-12-31,100000,EUR",
    }


def pushed(now: int, then: int, n: int = 40) -> dict[str, str]:
    rows: Rows = []
    for quarter, out in ((CLOSED, now), *((day, then) for day in (*YEAR, date(2025, 4, 1)))):
        base = {"created_at": (quarter - timedelta(days=20)).isoformat(), "expected_close_on": quarter + timedelta(days=45)}
        late, on_time = quarter + timedelta(days=120), quarter + timedelta(days=40)
        rows += closed(out, out, late, **base) + closed(n - out, n - out, on_time, **base)
    return {"deals": table(rows, "deal_id")}


def forecasts(ratio: float, count: int = 8, spread: float = 0.02) -> dict[str, str]:
    rows: Rows = []
    made = ["made_on,metric,from_on,to_on,kind,amount"]
    quarter = CLOSED
    for at in range(count):
        after = date(quarter.year + quarter.month // 10, (quarter.month + 2) % 12 + 1, 1)
        rows += closed(10, 10, quarter + timedelta(days=50))
        made.append(
            f"{quarter},bookings_amount,{quarter},{after - timedelta(days=1)},model,{10_000 * (ratio + spread * (at % 3))}"
        )
        quarter = date(quarter.year - (quarter.month == 1), (quarter.month - 4) % 12 + 1, 1)
    return {"deals": table(rows, "deal_id"), "forecasts": "\n".join(made)}


def touched(last_week: int) -> dict[str, str]:
    lines = ["activity_id,kind,owner_id,happened_at,status"]
    monday = date(2026, 8, 10)
    for week in range(14):
        for at in range(last_week if week == 13 else 25 + week % 3):
            lines.append(f"a{week}-{at},call,p0,{monday + timedelta(days=7 * week + at % 5)},done")
    return {**people(2), "activities": "\n".join(lines), "deals": table(deals(2, owner_id="p0"), "deal_id")}


def answered(in_time: int, n: int) -> dict[str, str]:
    rows = [
        {"created_at": "2026-08-10T09:00:00Z", "contacted_at": f"2026-08-10T{'09:20' if at < in_time else '19:00'}:00Z"}
        for at in range(n)
    ]
    return {"leads": table(rows, "lead_id"), "deals": table(deals(1), "deal_id")}


def sources(event: tuple[int, int], web: tuple[int, int]) -> dict[str, str]:
    leads: Rows = []
    won: Rows = []
    for source, (customers, n) in (("event", event), ("web", web)):
        for at in range(n):
            lead = {"source": source, "created_at": "2026-02-10", "lead_id": f"{source}{at}"}
            if at < customers:
                lead["deal_id"] = f"w{source}{at}"
                won += closed(1, 1, date(2026, 4, 1), deal_id=lead["deal_id"], source=source, account_id=f"a{source}{at}")
            leads.append(lead)
    return {"leads": table(leads, "lead_id"), "deals": table(won, "deal_id")}


def costs_by_source(event: int, web: int, customers: int = 40) -> dict[str, str]:
    rows: Rows = []
    for source in ("event", "web"):
        for at in range(customers):
            rows += closed(1, 1, date(2026, 3, 1), source=source, account_id=f"a{source}{at}", deal_id=f"d{source}{at}")
    costs = "cost_id,kind,from_on,to_on,category,amount,currency,source"
    for source, amount in (("event", event), ("web", web)):
        costs += f"\nc{source},actual,2026-02-01,2026-02-28,media,{amount},EUR,{source}"
    return {"deals": table(rows, "deal_id"), "costs": costs}


def selling(now: int, then: int) -> dict[str, str]:
    rows: Rows = []
    costs = "cost_id,kind,from_on,to_on,category,amount,currency"
    for quarter in (CLOSED, *YEAR, date(2025, 4, 1)):
        rows += closed(50, 50, quarter + timedelta(days=30))
        amount = now if quarter in (CLOSED, BEFORE) else then
        costs += f"\nc{quarter},actual,{quarter},{quarter + timedelta(days=27)},sales_salaries,{amount},EUR"
    return {"deals": table(rows, "deal_id"), "costs": costs}


def growing(last: int) -> dict[str, str]:
    rows: Rows = []
    quarter = date(2023, 1, 1)
    at = 0
    while quarter <= CLOSED:
        count = last if quarter == CLOSED else 40 + at % 3
        rows += closed(count, count, quarter + timedelta(days=40))
        quarter, at = date(quarter.year + quarter.month // 10, (quarter.month + 2) % 12 + 1, 1), at + 1
    return {"deals": table(rows, "deal_id")}


def of_reps(*won: int, n: int = 60) -> dict[str, str]:
    rows: Rows = []
    for rep, count in enumerate(won):
        for quarter in (CLOSED, *YEAR):
            rows += closed(count, n, quarter + timedelta(days=30), owner_id=f"p{rep}")
    return {**people(len(won)), "deals": table(rows, "deal_id")}


def trained(after: int, n: int = 20) -> dict[str, str]:
    rows: Rows = []
    events = ["event_id,person_id,kind,from_on,to_on,topic"]
    for rep in range(16):
        took = rep < 8
        if took:
            events.append(f"e{rep},p{rep},training,2025-12-15,2025-12-15,Asking")
        for quarter in (date(2026, 4, 1), CLOSED, date(2025, 7, 1), date(2025, 10, 1)):
            count = after if took and quarter.year == 2026 else 6
            rows += closed(count + rep % 2, n, quarter + timedelta(days=30), owner_id=f"p{rep}")
    return {**people(16), "deals": table(rows, "deal_id"), "person_events": "\n".join(events)}


def unfilled(n: int, of: int = 60) -> dict[str, str]:
    rows = deals(n, amount="", owner_id="p1", account_id="a", expected_close_on="2026-12-20")
    rows += deals(of - n, owner_id="p1", account_id="a", expected_close_on="2026-12-20")
    return {"deals": table(rows, "deal_id")}


def starting(won: int, earlier: int) -> dict[str, str]:
    """Reps who sold a little more each in their first whole month, and one who is in it now; targets of 10,000 a month."""
    staff: Rows = []
    rows: Rows = []
    targets = ["target_id,metric,person_id,from_on,to_on,value,currency"]
    for rep in range(earlier + 1):
        started, month = (date(2026, 9, 15), date(2026, 10, 1)) if rep == earlier else (date(2024, 1, 15), date(2024, 2, 1))
        staff.append({"person_id": f"p{rep}", "name": f"Rep {rep}", "team_id": "t1", "role": "rep", "started_on": started})
        targets.append(f"g{rep},bookings_amount,p{rep},{month},{month + timedelta(days=27)},9000,EUR")
        count = won if rep == earlier else 6 + rep % 3
        rows += closed(count, count, month + timedelta(days=10), owner_id=f"p{rep}")
    found = {"people": table(staff, "person_id"), "teams": "team_id,name\nt1,North", "targets": "\n".join(targets)}
    return {**found, "deals": table(rows, "deal_id")}


CASES: list[tuple[str, dict[str, str], str]] = [
    ("win_rate_changed", win_rates((15, 60), (30, 60)), "fell 25 points in Q3 2026: 25%, against 50% in the year before"),
    ("win_rate_changed", win_rates((45, 60), (30, 60)), "rose 25 points"),
    ("win_rate_changed", win_rates((1, 4), (30, 60)), ""),
    ("win_rate_changed", win_rates((290, 600), (310, 600)), ""),
    ("win_rate_changed", win_rates((26, 60), (30, 60)), ""),
    ("cycle_longer", cycles(60, 30), "longer than usual"),
    ("cycle_longer", cycles(30, 60), "less than usual"),
    ("cycle_longer", cycles(32, 31), ""),
    ("cycle_longer", cycles(60, 30, 4), ""),
    ("stage_drop_off", stops((32, 40), (16, 40)), "32 of 40 deals that came to Demo in Q2 2026"),
    ("stage_drop_off", stops((6, 40), (20, 40)), "Fewer deals stop at Demo"),
    ("stage_drop_off", stops((18, 40), (16, 40)), ""),
    ("stage_drop_off", stops((4, 4), (16, 40)), ""),
    ("training_area", reps_at_demo((24, 24, 24, 8, 8, 8, 8, 8, 8, 8)), "3 reps lose more of their deals at Demo"),
    ("training_area", reps_at_demo((24, 8, 8, 8, 8, 8, 8, 8, 8, 8)), ""),
    ("training_area", reps_at_demo((9, 8, 7, 8, 9, 7, 8, 9, 8, 7)), ""),
    ("stale_deals", without_contact(6), "6 open deals (€6,000) have had no contact for over 30 days"),
    ("stale_deals", without_contact(4), ""),
    ("stale_deals", without_contact(9, logged=False), ""),
    ("overdue_close_dates", overdue(6), "6 deals (€6,000) have a close date in the past"),
    ("overdue_close_dates", overdue(4), ""),
    ("behind_pace", pace(20), "of the plan to date"),
    ("behind_pace", pace(56), ""),
    ("coverage_thin", pace(20), "Open pipeline is 0.1× the remaining target; at the usual win rate about 1.7× is needed"),
    ("coverage_thin", pace(110), ""),
    ("slippage_high", pushed(24, 8), "60% of the deals due in Q3 2026 moved to a later period (usual: 20%)"),
    ("slippage_high", pushed(9, 8), ""),
    ("slippage_high", pushed(3, 0, 4), ""),
    ("forecast_biased", forecasts(1.3), "too high on average, in 8 of the last 8 quarters"),
    ("forecast_biased", forecasts(0.7), "too low on average"),
    ("forecast_biased", forecasts(1.3, 5), ""),
    ("forecast_biased", forecasts(0.99), ""),
    ("little_activity", touched(4), "Rep 0 had 0.8 calls, e-mails and meetings per working day last week"),
    ("little_activity", touched(24), ""),
    ("slow_response", answered(20, 60), "33% of the leads of Q3 2026 got an answer within 60"),
    ("slow_response", answered(55, 60), ""),
    ("slow_response", answered(0, 4), ""),
    ("lead_quality", sources((30, 100), (20, 300)), "Leads from event become customers in 30% (30 of 100); the others in 7%"),
    ("lead_quality", sources((22, 100), (60, 300)), ""),
    ("lead_quality", sources((4, 4), (60, 300)), ""),
    (
        "acquisition_cost_by_source",
        costs_by_source(80_000, 20_000),
        "A customer from event costs €2,000, from the other sources €500",
    ),
    ("acquisition_cost_by_source", costs_by_source(20_500, 20_000), ""),
    ("acquisition_cost_by_source", costs_by_source(80_000, 20_000, 8), ""),
    (
        "cost_ratio_rising",
        selling(15_000, 10_000),
        "Selling cost 30.0% of revenue in the last two quarters, 20.0% in the year before",
    ),
    ("cost_ratio_rising", selling(10_500, 10_000), ""),
    ("revenue_growth_changed", growing(90), "above last year in Q3 2026, outside its usual variation"),
    ("revenue_growth_changed", growing(41), ""),
    ("rep_below_expectation", of_reps(6, 30, 31, 29, 30, 32), "Rep 0 won 6 of 60 deals in Q3 2026"),
    ("rep_below_expectation", of_reps(26, 30, 31, 29, 30, 32), ""),
    ("rep_below_expectation", of_reps(0, 2, 2, 2, 2, 2, n=4), ""),
    ("worth_recognising", of_reps(52, 30, 31, 29, 30, 32), "Rep 0 won 52 of 60 deals in Q3 2026"),
    ("worth_recognising", of_reps(33, 30, 31, 29, 30, 32), ""),
    ("growth_lever", of_reps(12, 30, 31, 29, 30, 32), "The win rate is the lever of Rep 0"),
    ("growth_lever", of_reps(30, 30, 31, 29, 30, 32), ""),
    ("new_rep_ramp", starting(2, 9), "Rep 9 is in month 1 at 22% of full target; earlier starters were at 67–89%"),
    ("new_rep_ramp", starting(7, 9), ""),
    ("new_rep_ramp", starting(2, 6), ""),
    ("training_effect", trained(14), "After the training Asking the win rate rose"),
    ("training_effect", trained(6), ""),
    ("data_incomplete", unfilled(20), "33% of open deals have no amount"),
    ("data_incomplete", unfilled(3), ""),
]


@pytest.mark.parametrize(("rule", "tables", "text"), CASES, ids=[f"{at}-{rule}" for at, (rule, _, _) in enumerate(CASES)])
def test_a_rule_speaks_where_it_must_and_is_silent_elsewhere(
    rule: str, tables: dict[str, str], text: str, tmp_path: Path
) -> None:
    workspace = company(tmp_path, tables)
    try:
        told = said(asked(workspace, rules=[rule]), rule)
        if not text:
            assert told == []
            return
        assert any(text in each for each in told), told
        dutch = said(asked(workspace, "nl", [rule]), rule)
        assert len(dutch) == len(told)
        assert not set(dutch) & set(told)
    finally:
        workspace.close()


def test_every_rule_has_its_words_in_dutch() -> None:
    texts = words("nl").texts
    assert [each.name for each in RULES if f"findings.rule.{each.name}" not in texts] == []


def test_every_rule_has_been_heard_and_been_silent() -> None:
    heard = {rule for rule, _, text in CASES if text}
    silent = {rule for rule, _, text in CASES if not text}
    of_the_sample = {"bottleneck", "activity_goes_together"}  # heard in test_findings_of_the_sample
    assert {each.name for each in RULES} - of_the_sample == heard == silent


def test_data_that_lack_something_lower_what_rests_on_them(tmp_path: Path) -> None:
    tables = of_reps(12, 30, 31, 29, 30, 32)
    lacking = table(deals(40, amount="", owner_id="p1"), "deal_id").splitlines()
    workspace = company(tmp_path, tables)
    (lever,) = [each for each in asked(workspace).found if each.rule == "growth_lever"]
    assert (lever.grade, lever.dimmed) == ("moderate", False)
    (tmp_path / "more").mkdir()
    rows = [line.replace("r", "more", 1) for line in lacking[1:]]
    (tmp_path / "more" / "deals.csv").write_text("\n".join([lacking[0], *rows]) + "\n", encoding="utf-8")
    workspace.load(tmp_path / "more")
    (lever,) = [each for each in asked(workspace).found if each.rule == "growth_lever"]
    assert (lever.grade, lever.dimmed) == ("weak", True)
    workspace.close()


def test_an_empty_company_is_looked_at_and_nothing_is_said(tmp_path: Path) -> None:
    workspace = company(tmp_path, {"deals": "deal_id,status,created_at\nd1,open,2026-10-01"})
    found = asked(workspace)
    assert [each for each in found.found if each.kind != "fact"] == []
    assert {each.rule for each in found.looked} == {each.name for each in RULES}
    workspace.close()


def test_names_that_look_like_code_stay_what_they_are(tmp_path: Path) -> None:
    tables = of_reps(6, 30, 31, 29, 30, 32)
    tables["people"] = tables["people"].replace("Rep 0", "<b>{0.__class__} %s | Rep</b>")
    workspace = company(tmp_path, tables)
    (told,) = said(asked(workspace, rules=["rep_below_expectation"]), "rep_below_expectation")
    assert told.startswith("<b>{0.__class__} %s | Rep</b> won 6 of 60 deals")
    workspace.close()
