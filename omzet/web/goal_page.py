"""The page of one goal: the number on the table and the answer first, then what was said, then the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from omzet.charts.goal import GoalMark
from omzet.desk.goal_objectives import objective_name
from omzet.desk.goal_rows import AGREED, Goal, Level, Step, list_goals, steps_of
from omzet.desk.roles import Permission
from omzet.errors import unknown
from omzet.metrics.catalogue import MetricInfo
from omzet.web.goal_evidence import Evidence, evidence_of
from omzet.web.goal_figures import Figures, asked_of, figures_of
from omzet.web.goal_people import Circle, names_of, seen_goals
from omzet.web.goal_standing import (
    Fairness,
    Parts,
    Standing,
    chance_of,
    fairness_of,
    parent_of,
    parts_of,
    standing_of,
    status_of,
)
from omzet.web.goal_words import Unit, odds, typed, unit_of, written
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.tiles import Mark

OTHERS = 6
"""So many goals of the same subject are named beside one."""


@dataclass(frozen=True)
class Cell:
    """One figure at the top: `tone` is turn for the number that waits for the reader."""

    name: str
    figure: str
    small: str = ""
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Said:
    """One thing said, with who said it: `value` is the number that came with it."""

    name: str
    initials: str
    is_own: bool
    what: str
    value: str
    when: str
    text: str


@dataclass(frozen=True)
class Other:
    """A line that leads to another goal."""

    href: str
    title: str
    text: str
    mark: Mark


@dataclass(frozen=True)
class Page:
    """Everything the template shows of one goal."""

    goal: Goal
    title: str
    sub: str
    subject: str
    initials: str
    metric: str
    status: Mark
    cells: tuple[Cell, ...]
    value: str
    field: str
    unit: Unit
    other_name: str
    is_party: bool
    can_answer: bool
    can_withdraw: bool
    can_change: bool
    said: tuple[Said, ...]
    readers: str
    evidence: Evidence
    standing: Standing | None
    parent: Other | None
    parts: Parts
    parts_of: tuple[Other, ...]
    fairness: Fairness | None
    others: tuple[Other, ...]


def page_of(site: Site, circle: Circle, goal: Goal) -> Page:
    """The page of a goal that the reader may see."""
    reader, own = circle.reader, circle.own
    metric = metric_of(site, reader, goal.metric)
    figures = figures_of(site, reader, metric, asked_of(goal))
    names = names_of(site, reader, goal.parties)
    steps = steps_of(site.desk.open(), goal.id)
    is_party = own in goal.parties
    marks = marks_of(reader, goal, steps, own, names)
    goals = seen_goals(site, circle)
    standing = standing_of(site, reader, metric, goal, figures) if goal.status == AGREED else None
    subject = circle.name(goal.level, goal.subject)
    parts = parts_of(reader, metric, goal, goals, circle)
    other_id = next((each for each in goal.parties if each != own), goal.proposed_to)
    parent = parent_of(goal, goals, circle)
    can_say = is_party and reader.may(Permission.AGREE_GOALS)
    return Page(
        goal=goal,
        title=objective_name(goal.objective, reader.language),
        sub=reader.t("web.goals.for", "For {name}, {period}", name=subject, period=reader.span(goal.from_on, goal.to_on)),
        subject=subject,
        initials=initials(subject),
        metric=metric.name,
        status=status_of(reader, goal, own, names),
        cells=tuple(_cells(site, reader, metric, goal, figures, marks, standing)),
        value=written(reader, goal.value, metric.unit),
        field=typed(reader, goal.value, metric.unit),
        unit=unit_of(reader, metric.unit),
        other_name=names.get(other_id, "…"),
        is_party=is_party,
        can_answer=can_say and goal.is_open and goal.waits_for == own,
        can_withdraw=can_say and goal.is_open and goal.waits_for != own,
        can_change=can_say and goal.status == AGREED and goal.to_on > site.today,
        said=tuple(_said(reader, metric, step, own, names) for step in steps) if is_party else (),
        readers=reader.t("web.goals.only_you", "Only you can read this")
        if other_id == own
        else reader.t("web.goals.readers", "You and {name} can read this", name=names.get(other_id, "…")),
        evidence=evidence_of(site, reader, metric, figures, marks),
        standing=standing,
        parent=other_of(site, circle, parent) if parent else None,
        parts=parts,
        parts_of=tuple(other_of(site, circle, each) for each in parts.goals),
        fairness=fairness_of(site, circle, metric, goal, list_goals(site.desk.open(), metric=goal.metric)),
        others=goals_of(site, circle, goal.level, goal.subject, besides=goal.id),
    )


def goals_of(site: Site, circle: Circle, level: Level, key: str, *, besides: int = 0) -> tuple[Other, ...]:
    """The newest goals of a subject that run or are talked about, of those that the reader sees."""
    found = [
        each
        for each in seen_goals(site, circle)
        if (each.level, each.subject) == (level, key)
        and each.id != besides
        and (each.is_open or (each.status == AGREED and each.to_on > site.today))
    ]
    return tuple(other_of(site, circle, each) for each in found[:OTHERS])


def metric_of(site: Site, reader: Reader, id: str) -> MetricInfo:
    """A metric of the catalogue. Raises CallError for one that isn't there any more."""
    known = {each.id: each for each in site.metrics(reader.language)}
    if id not in known:
        raise unknown("metric", id, tuple(known))
    return known[id]


def marks_of(reader: Reader, goal: Goal, steps: list[Step], own: int, names: dict[int, str]) -> list[GoalMark]:
    """The newest number of each of the two, or the one they agreed; the one on the table last."""
    if goal.status == AGREED:
        return [GoalMark(reader.t("web.goals.mark_agreed", "agreed"), float(goal.value), "agreed")]
    newest: dict[int, float] = {}
    for step in steps:
        if step.value is not None and step.kind in ("proposed", "countered"):
            newest.pop(step.user_id, None)
            newest[step.user_id] = float(step.value)
    first_name = {id: name.split(" ")[0] for id, name in names.items()}
    mine = own if own in goal.parties else goal.proposed_by
    you = reader.t("web.goals.you", "you") if own in goal.parties else first_name.get(mine, "…")
    return [
        GoalMark(you if id == mine else first_name.get(id, "…"), value, "mine" if id == mine else "theirs")
        for id, value in newest.items()
    ]


def other_of(site: Site, circle: Circle, goal: Goal) -> Other:
    """A line that leads to a goal, with how it stands."""
    reader = circle.reader
    metric = metric_of(site, reader, goal.metric)
    name = circle.name(goal.level, goal.subject)
    value = written(reader, goal.value, metric.unit)
    mark = status_of(reader, goal, circle.own, names_of(site, reader, goal.parties))
    if goal.status == AGREED:
        figures = figures_of(site, reader, metric, asked_of(goal), only_now=True)
        mark = standing_of(site, reader, metric, goal, figures).mark
    return Other(f"/goals/{goal.id}", f"{name}: {value}", f"{metric.name}, {reader.span(goal.from_on, goal.to_on)}", mark)


def initials(name: str) -> str:
    """Two letters that stand for a name."""
    words = [word for word in name.split() if word[:1].isalpha()]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else "·"


def _cells(
    site: Site,
    reader: Reader,
    metric: MetricInfo,
    goal: Goal,
    figures: Figures,
    marks: list[GoalMark],
    standing: Standing | None,
) -> list[Cell]:
    t = reader.t
    by = t("web.goals.by", "by {day}", day=reader.day(goal.to_on - timedelta(days=1), "long"))
    cells = [_now(reader, metric, figures)]
    if standing is not None:
        cells.append(Cell(t("web.goals.agreed", "Agreed"), written(reader, goal.value, metric.unit), note=by))
    else:
        for mark in marks:
            name = t("web.goals.you_propose", "You propose") if mark.name == t("web.goals.you", "you") else ""
            name = name or t("web.goals.proposes", "{name} proposes", name=mark.name)
            on_table = goal.is_open and mark is marks[-1]
            cells.append(Cell(name, written(reader, mark.value, metric.unit), note=by, tone="turn" if on_table else ""))
    found = chance_of(site, reader, goal, figures) if goal.is_open or (standing and goal.to_on > site.today) else None
    if found is not None:
        number, of = odds(reader, found[0])
        words = ("web.goals.if_history", "if it goes as it went before")
        note = t("web.goals.if_open", "from the open deals and the past") if found[1] else t(*words)
        cells.append(Cell(t("web.goals.chance_name", "Chance to reach it"), number, of, note))
    return cells


def _now(reader: Reader, metric: MetricInfo, figures: Figures) -> Cell:
    """The goal's own period so far, or the last whole period before it."""
    measured = figures.now or figures.last
    if measured is None or measured.found.value is None:
        return Cell(reader.t("web.goals.now", "Now"), "–", note=reader.t("web.goals.unknown", "not measured yet"))
    found = measured.found
    name = reader.t("web.goals.so_far", "So far") if figures.now else reader.unit_name(measured.period.label)
    if figures.kind == "share" and found.low is not None:
        of = reader.t("web.kpi.of", "{k} of {n}", k=reader.number(measured.hits), n=reader.number(measured.cases))
        between = reader.range(reader.percent(found.low, 0), reader.percent(found.high, 0))
        return Cell(name, written(reader, found.value, metric.unit), note=f"{of}, 95%: {between}")
    return Cell(
        name, written(reader, found.value, metric.unit), note=reader.t("web.goals.n", "n = {n}", n=reader.number(found.n))
    )


def _said(reader: Reader, metric: MetricInfo, step: Step, own: int, names: dict[int, str]) -> Said:
    t, name = reader.t, names.get(step.user_id, "…")
    shown = t("web.goals.you_name", "You") if step.user_id == own else name
    words = {
        "proposed": t("web.goals.said.proposed", "{name} proposed", name=shown),
        "countered": t("web.goals.said.countered", "{name} answered with", name=shown),
        "commented": t("web.goals.said.commented", "{name} said", name=shown),
        "agreed": t("web.goals.said.agreed", "{name} agreed to", name=shown),
        "declined": t("web.goals.said.declined", "{name} declined", name=shown),
        "withdrawn": t("web.goals.said.withdrawn", "{name} took it back", name=shown),
        "replaced": t("web.goals.said.replaced", "{name} agreed another goal in its place", name=shown),
    }
    value = "" if step.value is None else written(reader, step.value, metric.unit)
    return Said(name, initials(name), step.user_id == own, words[step.kind], value, reader.instant(step.made_at), step.text)
