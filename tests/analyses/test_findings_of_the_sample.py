"""Findings of the sample company: what is planted is found, what is not is not claimed, and each role hears only its own."""

from __future__ import annotations

from functools import cache

import pytest

from omzet.analyses.findings import Finding, Findings
from omzet.desk.roles import ROLES, Role, permissions
from omzet.metrics.access import ALL, Access
from omzet.query.findings import findings
from omzet.query.question import Question
from omzet.sources.sample.truth import BOTTLENECK
from omzet.workspace import Workspace
from omzet.workspace.desk import access_by
from tests.sources.sampled import TODAY

PUSHED = ("none", "strong", "moderate")
_kept: dict[tuple[str, Access], Findings] = {}


def heard(sample: Workspace, access: Access = ALL, language: str = "en") -> Findings:
    owner = sample._owner
    assert owner
    if (language, access) not in _kept:
        question = Question(metrics=("won_count",), as_of=TODAY)
        _kept[language, access] = findings(owner.store, owner.settings, owner.catalogue, question, language, access=access)
    return _kept[language, access]


def rows(sample: Workspace, sql: str) -> list[tuple[str, ...]]:
    owner = sample._owner
    assert owner
    with owner.store.reading() as session:
        return [tuple(map(str, row)) for row in session.rows(sql)]


@cache
def _persons(sample: Workspace) -> dict[str, str]:
    """A rep who sells, and the manager of the team."""
    (rep, manager), *_ = rows(
        sample,
        """SELECT d.owner_key, p.manager_id FROM deal_facts d JOIN people p ON p.key = d.owner_key
           WHERE p.manager_id IS NOT NULL AND p.role = 'rep' AND p.ended_on IS NULL
           GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1""",
    )
    return {"rep": rep, "manager": manager}


def access_of_role(sample: Workspace, role: Role) -> Access:
    return access_by(sample, permissions(role), _persons(sample).get(role))


def test_the_planted_bottleneck_is_found(sample: Workspace) -> None:
    (found,) = [each for each in heard(sample).found if each.rule == "bottleneck"]
    assert found.grade == "strong"
    assert found.sentence.startswith(f"{BOTTLENECK} is the bottleneck")


def test_calls_do_nothing_and_are_not_claimed_meetings_do(sample: Workspace) -> None:
    told = {
        each.id.rpartition("/")[2]
        for each in heard(sample).found
        if each.rule == "activity_goes_together" and each.grade in PUSHED
    }
    assert "call" not in told
    assert "meeting" in told
    (meeting,) = [each for each in heard(sample).found if each.id.endswith("/meeting")]
    assert meeting.caution == "These go together; that does not show that one causes the other."


def test_every_sentence_is_there_in_both_languages(sample: Workspace) -> None:
    english, dutch = heard(sample), heard(sample, language="nl")
    assert {each.id for each in english.found} == {each.id for each in dutch.found}
    assert not {each.sentence for each in english.found} & {each.sentence for each in dutch.found}


def test_what_is_most_at_stake_comes_first_and_ids_are_its_own(sample: Workspace) -> None:
    found = heard(sample).found
    assert len({each.id for each in found}) == len(found)
    strong = [each.worth for each in found if each.grade == "strong"]
    assert strong == sorted(strong, reverse=True)


def told(found: Finding) -> str:
    return " ".join([found.sentence, found.caution, found.next_step, *(figure.label for figure in found.figures)])


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_hears_only_of_whom_it_may_name(sample: Workspace, role: Role) -> None:
    access = access_of_role(sample, role)
    for name, key in rows(sample, "SELECT name, key FROM people WHERE name IS NOT NULL"):
        if not access.shows(key):
            assert [each.id for each in heard(sample, access).found if name in told(each) or each.audience.key == key] == []


@pytest.mark.parametrize("role", ["rep", "manager"])
def test_who_sees_some_rows_hears_nothing_of_the_company_or_other_teams(sample: Workspace, role: Role) -> None:
    access = access_of_role(sample, role)
    own = {value for each in access.conditions if each.dimension == "team" for value in each.values}
    found = heard(sample, access).found
    assert found
    assert all(each.audience.level != "company" for each in found)
    others = [name for name, key in rows(sample, "SELECT name, key FROM teams") if key not in own]
    if role == "manager":
        assert [each.id for each in found if any(f"{name}:" in each.sentence for name in others)] == []
        assert {each.audience.key for each in found if each.audience.level == "team"} <= own


def test_a_rep_hears_of_own_deals_and_facts_of_the_team_whose_rows_do_not_open(sample: Workspace) -> None:
    access = access_of_role(sample, "rep")
    found = heard(sample, access).found
    assert {each.audience.key for each in found if each.audience.level == "person"} <= {access.person}
    teams = [each for each in found if each.audience.level == "team"]
    assert all(each.kind == "fact" and each.opens is None for each in teams)


def test_no_money_is_told_to_who_sees_none(sample: Workspace) -> None:
    found = heard(sample, access_of_role(sample, "marketing")).found
    assert found
    assert [each.id for each in found if "€" in told(each) or each.worth] == []
    assert [each.id for each in found for figure in each.figures if "€" in figure.text] == []
