"""What two people agreed becomes a target however the process ends, and takes the place of targets from files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from omzet.desk.goal_rows import Draft, Goal
from omzet.desk.goals import agree, propose
from omzet.desk.links import invite, use_link
from omzet.desk.store import Desk, open_desk
from omzet.desk.users import first_admin
from omzet.desk.writing import By
from omzet.metrics.access import Access
from omzet.metrics.conditions import Condition
from omzet.workspace.goals import agree_goal, sight_of, subjects
from tests.loaded import Company

PEOPLE = """person_id,name,role,team_id,manager_id,ended_on
ann,Ann,rep,t1,mo,
bo,Bo,rep,t2,,
cy,Cy,rep,t1,mo,2025-01-31
mo,Mo,manager,t1,,"""
TEAMS = "team_id,name,manager_id,parent_id\nt0,All,,\nt1,North,mo,t0\nt2,South,,t0"
TARGETS = """target_id,metric,person_id,from_on,to_on,value
jan,won_count,ann,2026-01-01,2026-01-31,2
feb,won_count,ann,2026-02-01,2026-02-28,3"""
PASSWORD = "correct horse battery"
QUARTER = (date(2026, 1, 1), date(2026, 4, 1))


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.load("2026-01-10", people=PEOPLE, teams=TEAMS, targets=TARGETS, connection="crm")
    return made


@pytest.fixture
def desk(company: Company) -> Iterator[Desk]:
    with open_desk(company.workspace.path) as opened:
        yield opened


@pytest.fixture
def pair(desk: Desk) -> tuple[By, By]:
    """An admin, and Ann."""
    admin = first_admin(desk, By(None, "cli"), name="Ada", email="ada@example.com", password=PASSWORD)
    made = invite(desk, By(admin.id), email="ann@example.com", role="rep", person_key="crm:ann")
    ann = use_link(desk, By(None), made.token, password=PASSWORD, name="Ann")
    return By(admin.id), By(ann.id)


@pytest.fixture
def goal(desk: Desk, pair: tuple[By, By]) -> Goal:
    admin, ann = pair
    assert ann.user_id is not None
    draft = Draft("revenue", "won_count", "rep", "crm:ann", *QUARTER, Decimal(9))
    return propose(desk, admin, draft, to=ann.user_id)


def target(company: Company) -> float:
    asked = {"where": "rep = Ann", "period": "2026-Q1", "parameters": {"metric": "won_count"}}
    return float(company.value("target_amount", **asked) or 0)


def test_an_agreed_goal_takes_the_place_of_the_targets_inside_its_days(
    company: Company, desk: Desk, pair: tuple[By, By], goal: Goal
) -> None:
    assert target(company) == 5
    told: list[int] = []
    company.workspace.on_commit(told.append)
    agree_goal(company.workspace, desk, pair[1], goal, "", version=goal.version, on=date(2026, 1, 10), unit="count")
    assert target(company) == 9
    assert told
    company.load("2026-01-11", targets=TARGETS, connection="crm")  # what the CRM says again stays replaced
    assert target(company) == 9


def test_what_was_agreed_before_the_process_ended_is_taken_over_later(
    company: Company, desk: Desk, pair: tuple[By, By], goal: Goal
) -> None:
    agree(desk, pair[1], goal.id, version=goal.version, on=date(2026, 1, 10), ends=["crm:jan", "crm:feb"])
    assert target(company) == 5
    assert company.workspace.take_over(desk) == 3
    assert target(company) == 9


def test_a_goal_can_be_for_the_company_a_team_or_who_works_there_now(company: Company) -> None:
    found = {(each.level, each.key): each for each in subjects(company.workspace)}
    assert ("rep", "crm:cy") not in found
    assert found["rep", "crm:ann"].team == "crm:t1"
    assert found["rep", "crm:ann"].managers == ("crm:mo",)
    assert found["team", "crm:t1"].managers == ("crm:mo",)
    assert ("company", "") in found


def test_whose_goals_are_seen_follows_whose_rows_are_seen(company: Company) -> None:
    rep = sight_of(company.workspace, Access((Condition("rep", "in", ("crm:ann",)),), frozenset({"crm:ann"}), person="crm:ann"))
    assert [rep.sees("rep", key) for key in ("crm:ann", "crm:bo")] == [True, False]
    assert not rep.sees("team", "crm:t1")
    boss = sight_of(company.workspace, Access((Condition("team", "in", ("crm:t1",)),), frozenset(), person="crm:mo"))
    assert [boss.sees("rep", key) for key in ("crm:ann", "crm:cy", "crm:bo")] == [True, True, False]
    assert [boss.sees("team", key) for key in ("crm:t1", "crm:t2")] == [True, False]
    assert not boss.sees("company", "")
    assert sight_of(company.workspace, Access()).sees("company", "")
    nameless = sight_of(company.workspace, Access(names=frozenset()))
    assert not nameless.sees("rep", "crm:ann")
