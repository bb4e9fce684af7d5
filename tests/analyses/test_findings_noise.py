"""Companies in which nothing is so: hardly one of them hears of a test that found something."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from omzet.query.findings import findings
from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company
from tests.analyses.test_findings import NOW, STAGES, Rows, people, table

COMPANIES = 200
TESTS = ("win_rate_changed", "cycle_longer", "stage_drop_off", "slippage_high", "rep_below_expectation", "training_area")
DEALS, REPS = 160, 8


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace; each region is a company of its own, whose deals come and go by the same dice."""
    dice = random.Random(11)
    rows: Rows = []
    moves: Rows = []
    for region in range(COMPANIES):
        for _ in range(DEALS):
            _deal(dice, f"a{region}", f"d{len(rows)}", rows, moves)
    accounts = [{"account_id": f"a{region}", "name": f"A{region}", "region": f"r{region}"} for region in range(COMPANIES)]
    tables = {"deals": table(rows, "deal_id"), "deal_changes": table(moves, "deal_id"), "stages": STAGES}
    tables |= {"accounts": table(accounts, "account_id"), **people(REPS)}
    workspace = company(tmp_path_factory.mktemp("noise"), tables)
    yield workspace
    workspace.close()


def _deal(dice: random.Random, account: str, id: str, rows: Rows, moves: Rows) -> None:
    today = NOW.date()
    made = today - timedelta(days=dice.randrange(760))
    base = {"deal_id": id, "account_id": account, "owner_id": f"p{dice.randrange(REPS)}", "pipeline": "S", "amount": 1000}
    base |= {"created_at": made.isoformat(), "expected_close_on": (made + timedelta(days=dice.randrange(20, 90))).isoformat()}
    at, stage, status, closed = made, "New", "open", ""
    for new in ("Demo", "Proposal", "Won"):
        at += timedelta(days=dice.randrange(3, 30))
        if at > today:
            break
        lost = dice.random() < 0.35
        moved = "Lost" if lost else new
        moves.append({"deal_id": id, "field": "stage", "old_value": stage, "value": moved, "changed_at": at.isoformat()})
        stage = moved
        if moved in ("Won", "Lost"):
            status, closed = moved.lower(), at.isoformat()
            break
    rows.append({**base, "stage": stage, "status": status, "closed_at": closed})


@pytest.mark.parametrize("companies", [30, pytest.param(COMPANIES, marks=pytest.mark.long)])
def test_hardly_any_company_without_effects_hears_of_one(noise: Workspace, companies: int) -> None:
    owner = noise._owner
    assert owner
    heard = tested = 0
    for region in range(companies):
        question = Question(metrics=("won_count",), where=(f"region = r{region}",))
        found = findings(owner.store, owner.settings, owner.catalogue, question, "en", NOW, rules=TESTS)
        heard += any(each.kind == "test" and each.grade in ("strong", "moderate") for each in found.found)
        tested += sum(each.cases for each in found.looked)
    assert tested > 10 * companies  # the rules did look
    assert heard <= 0.1 * companies
