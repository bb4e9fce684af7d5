"""The list of goals: what waits for the reader first, then the goals that run as a tree, then what ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from omzet.desk.goal_objectives import objective_name
from omzet.desk.goal_rows import AGREED, LEVELS, Goal
from omzet.web.goal_figures import asked_of, figures_of
from omzet.web.goal_page import initials, metric_of
from omzet.web.goal_people import Circle, names_of, seen_goals
from omzet.web.goal_standing import Standing, parent_of, parts_of, standing_of, status_of
from omzet.web.goal_words import written
from omzet.web.site import Site
from omzet.web.tiles import Mark

ENDED_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """One goal in the list. `depth` is how far below the top of its tree it stands; `parts` what those below add up to."""

    href: str
    subject: str
    initials: str
    title: str
    metric: str
    value: str
    period: str
    status: Mark
    depth: int = 0
    standing: Standing | None = None
    parts: str = ""
    covered: Mark | None = None


@dataclass(frozen=True)
class Listed:
    """The goals of the page, by what they ask of the reader."""

    waiting: tuple[Row, ...] = ()
    others: tuple[Row, ...] = ()
    running: tuple[Row, ...] = ()
    ended: tuple[Row, ...] = ()
    answer: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is no goal at all."""
        return not (self.waiting or self.others or self.running or self.ended)


def listed(site: Site, circle: Circle) -> Listed:
    """Every goal that the reader sees."""
    goals = seen_goals(site, circle)
    names = names_of(site, circle.reader, [id for goal in goals for id in goal.parties])
    running = [goal for goal in goals if goal.status == AGREED and goal.to_on > site.today]
    open_ = [goal for goal in goals if goal.is_open]
    ended = [goal for goal in goals if not goal.is_open and goal not in running]

    def row(goal: Goal) -> Row:
        return _row(site, circle, goal, names)

    waiting = tuple(row(goal) for goal in open_ if goal.waits_for == circle.own)
    tree = tuple(_tree(site, circle, running, goals, names))
    return Listed(
        waiting,
        tuple(row(goal) for goal in open_ if goal.waits_for != circle.own),
        tree,
        tuple(row(goal) for goal in ended[:ENDED_SHOWN]),
        _answer(circle, len(waiting), tree),
    )


def _answer(circle: Circle, waiting: int, running: Sequence[Row]) -> str:
    """How it stands, in a sentence or two."""
    t, said = circle.reader.t, []
    if waiting:
        said.append(t("web.goals.wait_count", "{n} goal waits for your answer. | {n} goals wait for your answer.", n=waiting))
    if running:
        good = sum(row.standing is not None and row.standing.mark.tone == "good" for row in running)
        said.append(
            t(
                "web.goals.run_count",
                "{n} goal runs, {good} of them on pace. | {n} goals run, {good} of them on pace.",
                n=len(running),
                good=circle.reader.number(good),
            )
        )
    return " ".join(said) or t("web.goals.none_run", "No goal runs now.")


def _tree(site: Site, circle: Circle, running: Sequence[Goal], goals: Sequence[Goal], names: dict[int, str]) -> Iterator[Row]:
    """Goals that run, each above those that are a part of it."""
    below: dict[int, list[Goal]] = defaultdict(list)
    shown = {goal.id for goal in running}
    for goal in running:
        parent = parent_of(goal, goals, circle)
        below[parent.id if parent and parent.id in shown else 0].append(goal)

    def place(goal: Goal) -> tuple[int, str, str]:
        return LEVELS.index(goal.level), circle.name(goal.level, goal.subject).casefold(), goal.metric

    def walk(id: int, depth: int) -> Iterator[Row]:
        for goal in sorted(below.get(id, ()), key=place):
            yield _row(site, circle, goal, names, depth, goals)
            yield from walk(goal.id, depth + 1)

    return walk(0, 0)


def _row(site: Site, circle: Circle, goal: Goal, names: dict[int, str], depth: int = 0, goals: Sequence[Goal] = ()) -> Row:
    reader = circle.reader
    metric = metric_of(site, reader, goal.metric)
    subject = circle.name(goal.level, goal.subject)
    standing = None
    if goal.status == AGREED:
        standing = standing_of(site, reader, metric, goal, figures_of(site, reader, metric, asked_of(goal), only_now=True))
    parts = parts_of(reader, metric, goal, goals, circle) if goals else None
    return Row(
        href=f"/goals/{goal.id}",
        subject=subject,
        initials=initials(subject),
        title=objective_name(goal.objective, reader.language),
        metric=metric.name,
        value=written(reader, goal.value, metric.unit),
        period=reader.span(goal.from_on, goal.to_on),
        status=status_of(reader, goal, circle.own, names),
        depth=min(depth, 2),
        standing=standing,
        parts=parts.text if parts else "",
        covered=parts.mark if parts else None,
    )
