"""Two people talk about a goal until both agree: only then is there a target, and never two answers to one number."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from omzet.desk.audit import read_log
from omzet.desk.entries import waiting
from omzet.desk.erasure import erase_user
from omzet.desk.goal_objectives import OBJECTIVES, objective_name
from omzet.desk.goal_rows import Draft, Goal, find_goal, list_goals, steps_of, waiting_for
from omzet.desk.goals import agree, comment, counter, decline, propose, withdraw
from omzet.desk.refusals import Conflict, NotAllowed, Refused
from omzet.desk.store import Desk
from omzet.desk.users import deactivate, first_admin
from omzet.locale import languages
from omzet.metrics.catalogue import read_catalogue
from tests.desk.conftest import PASSWORD, Company, join, page

TODAY = date(2026, 11, 25)


def draft(**other: Any) -> Draft:
    given: dict[str, Any] = {
        "objective": "better",
        "metric": "win_rate",
        "level": "rep",
        "subject": "crm:rens",
        "from_on": date(2027, 1, 1),
        "to_on": date(2027, 4, 1),
        "value": Decimal("0.52"),
    }
    return Draft(**given | other)


@pytest.fixture
def goal(desk: Desk, company: Company) -> Goal:
    """Mila proposes 52% to Rens."""
    return propose(desk, page(company.manager), draft(text="A fixed follow-up gets us there."), to=company.rep.id)


def test_a_proposal_waits_for_the_other(desk: Desk, company: Company, goal: Goal) -> None:
    assert (goal.status, goal.waits_for, goal.value) == ("open", company.rep.id, Decimal("0.52"))
    assert (waiting_for(desk, company.rep.id), waiting_for(desk, company.manager.id)) == (1, 0)
    assert waiting(desk) == []


def test_a_counter_turns_the_table_and_both_agree(desk: Desk, company: Company, goal: Goal) -> None:
    countered = counter(desk, page(company.rep), goal.id, Decimal("0.5"), "Feels fair.", version=goal.version)
    assert (countered.value, countered.waits_for) == (Decimal("0.5"), company.manager.id)
    comment(desk, page(company.rep), goal.id, "Legal must answer within two days.")
    agreed, _ = agree(desk, page(company.manager), goal.id, version=countered.version, on=TODAY)
    assert (agreed.status, agreed.agreed_on, agreed.waits_for) == ("agreed", TODAY, None)
    said = [(step.user_id, step.kind, step.value) for step in steps_of(desk, goal.id)]
    mila, rens = company.manager.id, company.rep.id
    assert said == [
        (mila, "proposed", Decimal("0.52")),
        (rens, "countered", Decimal("0.5")),
        (rens, "commented", None),
        (mila, "agreed", Decimal("0.5")),
    ]


def test_what_both_agreed_is_kept_for_history_with_its_last_day(desk: Desk, company: Company, goal: Goal) -> None:
    agree(desk, page(company.rep), goal.id, version=goal.version, on=TODAY, ends=["crm:t9"])
    ended, target = waiting(desk)
    assert (ended.table, ended.key, ended.given) == ("targets", "crm:t9", {"status": "declined"})
    assert (target.table, target.key) == ("targets", f"desk:goal{goal.id}")
    assert target.given == {
        "metric": "win_rate",
        "person_id": "crm:rens",
        "team_id": None,
        "from_on": "2027-01-01",
        "to_on": "2027-03-31",
        "value": "0.52",
        "currency": None,
        "status": "agreed",
        "agreed_on": "2026-11-25",
    }


@pytest.mark.parametrize("end", [decline, withdraw])
def test_a_goal_that_ends_without_agreement_leaves_no_target(desk: Desk, company: Company, goal: Goal, end: Any) -> None:
    who = company.rep if end is decline else company.manager
    ended = end(desk, page(who), goal.id, "Not now.", version=goal.version)
    assert ended.status in ("declined", "withdrawn")
    assert waiting(desk) == []
    with pytest.raises(Conflict):
        agree(desk, page(company.rep), goal.id, version=ended.version, on=TODAY)


def test_only_who_has_to_answer_answers_and_only_the_two_speak(desk: Desk, company: Company, goal: Goal) -> None:
    other = join(desk, company.admin, "Olga", "rep")
    with pytest.raises(NotAllowed):
        agree(desk, page(company.manager), goal.id, version=goal.version, on=TODAY)
    with pytest.raises(Refused):
        withdraw(desk, page(company.rep), goal.id, version=goal.version)
    for act in (
        lambda: agree(desk, page(other), goal.id, version=goal.version, on=TODAY),
        lambda: counter(desk, page(other), goal.id, Decimal("0.4"), version=goal.version),
        lambda: comment(desk, page(other), goal.id, "Hm."),
        lambda: withdraw(desk, page(other), goal.id, version=goal.version),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert find_goal(desk, goal.id) == goal


def test_a_number_that_moved_on_is_not_agreed_unseen(desk: Desk, company: Company, goal: Goal) -> None:
    once = counter(desk, page(company.rep), goal.id, Decimal("0.5"), version=goal.version)
    back = counter(desk, page(company.manager), goal.id, Decimal("0.51"), version=once.version)
    with pytest.raises(Conflict):
        agree(desk, page(company.rep), goal.id, version=goal.version, on=TODAY)
    agreed, _ = agree(desk, page(company.rep), goal.id, version=back.version, on=TODAY)
    assert agreed.value == Decimal("0.51")


def test_of_two_answers_at_once_one_wins_and_the_other_is_told(desks: tuple[Desk, Desk], company: Company, goal: Goal) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def answer(desk: Desk, value: str) -> None:
        ready.wait()
        try:
            if value:
                counter(desk, page(company.rep), goal.id, Decimal(value), version=goal.version)
            else:
                agree(desk, page(company.rep), goal.id, version=goal.version, on=TODAY)
            outcomes.append("won")
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=answer, args=each) for each in zip(desks, ("", "0.5"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["told", "won"]
    assert len(steps_of(desks[0], goal.id)) == 2


def test_a_rep_proposes_for_itself_alone_and_to_who_may_set_targets(desk: Desk, company: Company) -> None:
    own = propose(desk, page(company.rep), draft(), to=company.manager.id)
    assert own.waits_for == company.manager.id
    other = join(desk, company.admin, "Olga", "rep")
    with pytest.raises(NotAllowed):
        propose(desk, page(company.rep), draft(subject="crm:olga"), to=other.id)
    with pytest.raises(NotAllowed):
        propose(desk, page(company.rep), draft(), to=other.id)
    with pytest.raises(NotAllowed):
        propose(desk, page(company.manager), draft(subject="crm:olga"), to=company.rep.id)
    with pytest.raises(Refused):
        propose(desk, page(company.manager), draft(level="company", subject=""), to=company.manager.id)
    deactivate(desk, page(company.admin), other.id)
    with pytest.raises(NotAllowed):
        propose(desk, page(company.manager), draft(subject="crm:olga"), to=other.id)


def test_who_alone_may_set_targets_agrees_the_company_s_with_themselves(desk: Desk) -> None:
    admin = first_admin(desk, page(), name="Ada", email="ada@example.com", password=PASSWORD)
    rep = join(desk, admin, "Rens", "rep")
    company = draft(level="company", subject="")
    goal = propose(desk, page(admin), company, to=admin.id)
    goal = counter(desk, page(admin), goal.id, Decimal("0.5"), version=goal.version)
    agreed, _ = agree(desk, page(admin), goal.id, version=goal.version, on=TODAY)
    assert agreed.value == Decimal("0.5")
    with pytest.raises(Refused):
        propose(desk, page(rep), draft(), to=rep.id)
    join(desk, admin, "Mila", "manager")
    with pytest.raises(Refused):
        propose(desk, page(admin), company, to=admin.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": Decimal(0)},
        {"value": Decimal(-1)},
        {"value": Decimal("NaN")},
        {"value": Decimal("Infinity")},
        {"value": Decimal(10) ** 16},
        {"to_on": date(2027, 1, 1)},
        {"to_on": date(2030, 1, 1)},
        {"subject": ""},
        {"level": "galaxy"},
        {"objective": " "},
        {"days_off": 200},
        {"days_off": -1},
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(desk: Desk, company: Company, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        propose(desk, page(company.manager), draft(**wrong), to=company.rep.id)
    assert list_goals(desk) == []


def test_a_newer_goal_takes_the_place_of_an_agreed_one(desk: Desk, company: Company, goal: Goal) -> None:
    agree(desk, page(company.rep), goal.id, version=goal.version, on=TODAY)
    newer = propose(desk, page(company.manager), draft(value=Decimal("0.55"), replaces_id=goal.id), to=company.rep.id)
    assert find_goal(desk, goal.id).status == "agreed"
    agree(desk, page(company.rep), newer.id, version=newer.version, on=TODAY)
    assert [(each.id, each.status) for each in list_goals(desk)] == [(newer.id, "agreed"), (goal.id, "replaced")]
    assert [step.kind for step in steps_of(desk, goal.id)] == ["proposed", "agreed", "replaced"]
    assert [(each.key, each.given["status"]) for each in waiting(desk)][1:] == [
        (goal.target_key, "declined"),
        (newer.target_key, "agreed"),
    ]


def test_an_older_goal_that_is_partly_outside_the_days_of_a_newer_one_is_not_counted_beside_it(
    desk: Desk, company: Company, goal: Goal
) -> None:
    agree(desk, page(company.rep), goal.id, version=goal.version, on=TODAY)
    month = draft(from_on=date(2027, 2, 1), to_on=date(2027, 3, 1))
    newer = propose(desk, page(company.manager), month, to=company.rep.id)
    with pytest.raises(Refused, match="partly outside"):
        agree(desk, page(company.rep), newer.id, version=newer.version, on=TODAY)
    assert find_goal(desk, newer.id).is_open


def test_the_log_says_that_words_were_said_but_not_which(desk: Desk, company: Company, goal: Goal) -> None:
    comment(desk, page(company.rep), goal.id, "Legal must answer within two days.")
    lines = read_log(desk, page(company.admin))
    assert "commented" in [line.action for line in lines]
    assert "Legal" not in str(lines)


def test_who_is_erased_leaves_numbers_and_answers_but_no_words(desk: Desk, company: Company, goal: Goal) -> None:
    counter(desk, page(company.rep), goal.id, Decimal("0.5"), "I am Rens.", version=goal.version)
    erase_user(desk, page(company.admin), company.rep.id)
    said = [(step.kind, step.value, step.text) for step in steps_of(desk, goal.id)]
    assert said == [("proposed", Decimal("0.52"), "A fixed follow-up gets us there."), ("countered", Decimal("0.5"), "")]


def test_every_step_is_in_the_log_of_who_made_it(desk: Desk, company: Company, goal: Goal) -> None:
    agree(desk, page(company.rep), goal.id, version=goal.version, on=TODAY)
    lines = [(line.user_id, line.action) for line in read_log(desk, page(company.admin)) if line.table == "goals"]
    assert sorted(lines) == [(company.manager.id, "proposed"), (company.rep.id, "agreed")]


def test_objectives_name_metrics_that_exist_and_are_called_something_in_every_language() -> None:
    catalogue = read_catalogue()
    for code, objective in OBJECTIVES.items():
        for metric in objective.metrics:
            catalogue.find(metric)
        assert objective_name(code, "en") == objective.name
        assert len({objective_name(code, each) for each in languages()}) == len(languages())
    assert objective_name("Our own words", "nl") == "Our own words"
