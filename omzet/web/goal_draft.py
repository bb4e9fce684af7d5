"""The page on which a goal is proposed: for whom, about what, by when; then the evidence, and the number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from omzet.charts.goal import GoalMark
from omzet.desk.goal_objectives import objective_about
from omzet.desk.goal_rows import AGREED, Draft, Goal, list_goals
from omzet.desk.refusals import NotAllowed, Refused
from omzet.desk.users import User
from omzet.errors import CallError
from omzet.metrics.catalogue import MetricInfo
from omzet.metrics.periods import Period
from omzet.statistics.proposals import Expected
from omzet.web.goal_evidence import Evidence, evidence_of
from omzet.web.goal_figures import Asked, figures_of
from omzet.web.goal_people import Circle, answerers, metrics_for
from omzet.web.goal_standing import parent_of
from omzet.web.goal_words import Unit, odds_text, read, typed, unit_of, written
from omzet.web.site import Site
from omzet.workspace.goals import Subject, known_targets, refuse_outside

GRAINS = ("quarter", "month", "year")
MOST_DAYS_OFF = 200
SMALL_SHARE = 0.2
FARTHEST_DAYS = 3 * 366


@dataclass(frozen=True)
class Offer:
    """A number that the past suggests: what it is, in words and as typed, and the chance to reach it."""

    name: str
    value: str
    typed: str
    chance: str


@dataclass(frozen=True)
class DraftPage:
    """Everything the template shows. `choices` are the objectives with their metrics; `known` a target that it replaces."""

    subjects: list[Subject]
    subject: Subject
    choices: list[tuple[str, str, list[MetricInfo]]]
    objective: str
    metric: MetricInfo
    about: str
    periods: list[Period]
    period: Period
    days_off: int
    value: str
    unit: Unit
    offers: tuple[Offer, ...]
    to: list[User]
    evidence: Evidence
    chance: str
    known: str


def draft_page(site: Site, circle: Circle, given: Mapping[str, str]) -> DraftPage:
    """The page for what was chosen so far. Raises NotAllowed for who may propose to nobody."""
    reader = circle.reader
    subject, objective, metric, period, days_off = chosen(site, circle, given)
    asked = Asked(metric.id, subject.level, subject.key, period.start, period.end, days_off)
    figures = figures_of(site, reader, metric, asked)
    expected = figures.expected
    offers = _offers(circle, metric, expected) if expected is not None else ()
    value = given.get("value", "").strip() or (offers[0].typed if offers else "")
    marks, chance = [], ""
    if value:
        try:
            number = float(read(reader, value, metric.unit))
            marks = [GoalMark(reader.t("web.goals.you", "you"), number)]
            chance = odds_text(reader, expected.chance(number)) if expected is not None else ""
        except Refused:
            pass  # said when it is sent; the page shows the evidence meanwhile
    inside, outside = known_targets(site.workspace, metric.id, subject.level, subject.key, period.start, period.end)
    known = ""
    if outside:
        try:
            refuse_outside(outside)
        except Refused as refused:
            known = refused.text(reader.language)
    elif inside:
        total = written(reader, sum(each.value for each in inside), metric.unit)
        known = reader.t(
            "web.goals.takes_place",
            "A target of {value} counts for these days already. Once both agree, this goal takes its place.",
            value=total,
        )
    return DraftPage(
        circle.offered(),
        subject,
        metrics_for(site, reader, subject.level),
        objective,
        metric,
        objective_about(objective, reader.language),
        periods(site),
        period,
        days_off,
        value,
        unit_of(reader, metric.unit),
        offers,
        answerers(site, circle, subject),
        evidence_of(site, reader, metric, figures, marks),
        chance,
        known,
    )


def _offers(circle: Circle, metric: MetricInfo, expected: Expected) -> tuple[Offer, ...]:
    reader = circle.reader

    def offer(name: str, value: float) -> Offer:
        said = rounded(value, metric.unit)
        shown, field = written(reader, said, metric.unit), typed(reader, said, metric.unit)
        return Offer(name, shown, field, odds_text(reader, expected.chance(said)))

    before = offer(reader.t("web.goals.as_usual", "As before"), expected.middle)
    further = offer(reader.t("web.goals.stretch", "A stretch"), expected.stretch)
    return tuple(each for each in (before, further) if each.typed != typed(reader, 0, metric.unit))


def chosen(site: Site, circle: Circle, given: Mapping[str, str]) -> tuple[Subject, str, MetricInfo, Period, int]:
    """What an address or form chose, with a sensible choice where it says nothing.

    Raises NotAllowed for a subject that the reader may not propose a goal for, CallError for a word that means nothing.
    """
    offered = circle.offered()
    if not offered:
        raise NotAllowed("web.goals.not_yours", "You can't propose goals. Ask who leads your team, or an administrator.")
    wanted = given.get("subject", "")
    own = circle.user.person_key if circle.user else ""
    first = next((each for each in offered if each.level == "rep" and each.key != own), offered[-1])
    subject = next((each for each in offered if f"{each.level}:{each.key}" == wanted), None if wanted else first)
    if subject is None:
        raise NotAllowed("web.goals.not_theirs", "You can't propose a goal for them.")
    choices = metrics_for(site, circle.reader, subject.level)
    objective, _, id = given.get("about", "").partition(":")
    fit = {(code, each.id): each for code, _, metrics in choices for each in metrics}
    if (objective, id) not in fit:
        objective, id = next((pair for pair in fit if pair[1] == id), next(iter(fit)))
    return subject, objective, fit[objective, id], _period(site, given.get("period", "")), _days_off(given)


def draft_of(site: Site, circle: Circle, given: Mapping[str, str]) -> Draft:
    """The goal that a form proposes. Raises Refused for a number that can't be read, or days that clash with a target."""
    subject, objective, metric, period, days_off = chosen(site, circle, given)
    value = read(circle.reader, given.get("value", ""), metric.unit)
    _, outside = known_targets(site.workspace, metric.id, subject.level, subject.key, period.start, period.end)
    refuse_outside(outside)
    draft = Draft(
        objective=" ".join(given.get("words", "").split())[:120] or objective,
        metric=metric.id,
        level=subject.level,
        subject=subject.key,
        from_on=period.start,
        to_on=period.end,
        value=value,
        days_off=days_off,
        text=given.get("text", ""),
    )
    goals = list_goals(site.desk.open(), metric=metric.id)
    older = [each for each in goals if each.status == AGREED and _is_same(each, draft)]
    parent = parent_of(_as_goal(draft, site.today), goals, circle)
    return Draft(**{**draft.__dict__, "parent_id": parent.id if parent else None, "replaces_id": older[0].id if older else None})


def periods(site: Site) -> list[Period]:
    """The periods that a goal can be for: this and the next quarter, month and year."""
    settings = site.workspace.settings
    fiscal = "fiscal-" if settings.fiscal_year_start != 1 or settings.fiscal_pattern != "months" else ""
    return [
        site.calendar.period(f"{which}-{fiscal if grain != 'month' else ''}{grain}", site.today)
        for grain in GRAINS
        for which in ("this", "next")
    ]


def rounded(value: float, unit: str) -> float:
    """A number as somebody would propose it: two figures, and halves between them where these are far apart."""
    if unit == "share":
        return round(value, 2 if value >= SMALL_SHARE else 3)
    if value < 20:
        return round(value)
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    step /= 2 if value < 30 * step else 1
    return round(value / step) * step


def _period(site: Site, label: str) -> Period:
    offered = periods(site)
    for each in offered:
        if each.label == label:
            return each
    if label:
        found = site.calendar.period(label, site.today)
        if found.end <= site.today or (found.end - site.today).days > FARTHEST_DAYS:
            raise CallError("A goal is for days to come, up to three years from now.")
        return found
    this, following = offered[0], offered[1]
    gone, whole = (site.today - this.start).days, (this.end - this.start).days
    return this if gone * 2 < whole else following


def _days_off(given: Mapping[str, str]) -> int:
    text = given.get("days_off", "").strip()
    return min(int(text), MOST_DAYS_OFF) if text.isascii() and text.isdigit() else 0


def _is_same(goal: Goal, draft: Draft) -> bool:
    same = (goal.metric, goal.level, goal.subject) == (draft.metric, draft.level, draft.subject)
    return same and draft.from_on <= goal.from_on and goal.to_on <= draft.to_on


def _as_goal(draft: Draft, today: date) -> Goal:
    """The draft as a goal that isn't kept yet, to find what it is a part of."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    shared = {name: getattr(draft, name) for name in ("objective", "metric", "level", "subject", "from_on", "to_on", "days_off")}
    return Goal(
        id=0,
        value=Decimal(draft.value),
        status="open",
        proposed_by=0,
        proposed_to=0,
        waits_for=None,
        parent_id=None,
        replaces_id=None,
        agreed_on=None,
        created_at=now,
        version=0,
        **shared,
    )
