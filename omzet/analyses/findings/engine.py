"""All rules asked of one reader's look: what is worth saying, most at stake first, and what was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from omzet.analyses.findings.finding import Audience, Candidate, Finding, Findings, Looked
from omzet.analyses.findings.grading import adjusted_together, dimmed, grade_of
from omzet.analyses.findings.look import Look
from omzet.analyses.findings.rules import RULES, Rule
from omzet.errors import CallError
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.scope import Scope

SURE = {"strong": 1.0, "none": 1.0, "moderate": 0.7, "weak": 0.3}
"""How much of the value at stake counts when findings are put in order."""


def find(scope: Scope, catalogue: Catalogue, rules: Iterable[Rule] = RULES) -> Findings:
    """Every finding that the reader of `scope` may see, weak ones included. The scope has no period and no dimensions."""
    rules = tuple(rules)
    looks = list(looks_of(scope, catalogue))
    candidates = [each for rule in rules for look in looks for each in _asked(rule, look)]
    if not scope.access.money:
        candidates = [each for each in candidates if not each.tells_money]
    graded = list(_graded(candidates))
    found = sorted(graded, key=lambda each: (-each.worth * SURE[each.grade], -SURE[each.grade], each.id))
    if not scope.access.money:
        found = [replace(each, worth=0.0) for each in found]
    looked = tuple(
        Looked(rule.name, sum(each.rule == rule.name for each in candidates), sum(each.rule == rule.name for each in found))
        for rule in rules
    )
    start, end = looks[0].closed
    return Findings(tuple(found), looked, looks[0].today, start, end)


def looks_of(scope: Scope, catalogue: Catalogue) -> Iterator[Look]:
    """What a reader looks at: everything, the own teams, or the own rows and then the facts of the own team without names."""
    access = scope.access
    if not access.is_limited:
        names = {"person"} if access.names is None else set()
        yield Look(scope, catalogue, frozenset({"company", "team"} | names))
        return
    if any(condition.dimension != "rep" for condition in access.conditions):
        yield Look(scope, catalogue, frozenset({"team", "person"}))
        return
    key = access.person or ""
    yield Look(scope, catalogue, frozenset(), you=Audience("person", key, scope.labels.label("people", key) or "", is_you=True))
    team = _team_of(scope, key)
    if team:
        yield from _own_team(scope, catalogue, team)


def _own_team(scope: Scope, catalogue: Catalogue, team: str) -> Iterator[Look]:
    from omzet.metrics.access import Access
    from omzet.metrics.conditions import Condition
    from omzet.metrics.labels import Labels

    condition = Condition("team", "in", (team,))
    access = Access((condition,), frozenset(), scope.access.money, scope.access.person)
    kept = tuple(each for each in scope.where if each not in scope.access.conditions)
    labels = Labels(scope.session, access)
    inside = replace(scope, where=(*kept, condition), access=access, labels=labels)
    yield Look(
        inside,
        catalogue,
        frozenset(),
        own_team=Audience("team", team, labels.label("teams", team) or ""),
        facts_only=True,
    )


def _team_of(scope: Scope, person: str) -> str | None:
    rows = scope.session.rows(
        "SELECT team_key FROM person_teams WHERE person_key = ? AND from_on <= ? AND to_on > ? AND team_key IS NOT NULL",
        [person, scope.as_of.day, scope.as_of.day],
    )
    return str(rows[0][0]) if rows else None


def _asked(rule: Rule, look: Look) -> list[Candidate]:
    """What a rule sees; nothing where these data have no such dimension or metric."""
    if look.facts_only and not rule.tells_facts:
        return []
    try:
        return [replace(each, rule=rule.name) for each in rule.find(look)]
    except CallError:
        return []


def _graded(candidates: list[Candidate]) -> Iterator[Finding]:
    dims = {(rule, each.audience.level, each.audience.key) for each in candidates if each.gate for rule in each.dims}
    for each, q in zip(candidates, adjusted_together(candidates), strict=True):
        grade = grade_of(each, q)
        if grade is None:
            continue
        about = each.audience
        is_dimmed = grade != "none" and bool({(each.rule, about.level, about.key), (each.rule, "company", "")} & dims)
        yield Finding(
            id="/".join((each.rule, about.level, about.key, each.subject)),
            rule=each.rule,
            kind=each.kind,
            grade=dimmed(grade) if is_dimmed else grade,
            audience=about,
            sentence=each.sentence,
            n=each.n,
            effect=each.effect,
            low=each.low,
            high=each.high,
            p=each.p,
            q=q,
            worth=each.worth,
            figures=each.figures,
            between=each.between,
            caution=each.caution,
            next_step=each.next_step,
            opens=each.opens,
            metric=each.metric,
            dimmed=is_dimmed,
        )
