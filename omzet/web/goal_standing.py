"""Where a goal stands, in a word and a bullet; what it is a part of; and whether a team's goals are equally hard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from omzet.charts.kpi import RateData, SumData, bullet_of_rate, bullet_of_sum
from omzet.desk.goal_rows import AGREED, OPEN, Goal
from omzet.metrics.catalogue import MetricInfo
from omzet.query.question import Question
from omzet.web.change import PACE
from omzet.web.goal_figures import Figures, asked_of, figures_of
from omzet.web.goal_people import Circle, of_subject
from omzet.web.goal_words import odds_text, written
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.tiles import Mark

COUNTS = (OPEN, AGREED)
ABOVE = {"rep": ("team", "company"), "team": ("company",), "company": ()}
BAND_OF = 5
"""So many goals of others are needed before their band is shown to who may not see whose they are."""
UNEVEN = 0.3


@dataclass(frozen=True)
class Standing:
    """How far an agreed goal has come: the figure so far, its status as icon and word, and its bullet."""

    so_far: str
    mark: Mark
    bullet: Markup
    note: str = ""


@dataclass(frozen=True)
class Parts:
    """What the parts of a goal add up to, in words; `mark` says whether that covers it. `goals` are the parts."""

    goals: tuple[Goal, ...]
    text: str = ""
    mark: Mark | None = None


@dataclass(frozen=True)
class Fairness:
    """The chances to reach the goals of a team side by side: a sentence, and rows with names where these may be seen."""

    text: str
    advice: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()


def standing_of(site: Site, reader: Reader, metric: MetricInfo, goal: Goal, figures: Figures) -> Standing:
    """Where an agreed goal stands today."""
    value, t = float(goal.value), reader.t
    if figures.problem:
        return Standing(
            "–", Mark(t("web.goals.unmeasured", "can't be measured"), "", "circle-slash"), Markup(""), figures.problem
        )
    if figures.now is None:
        text = t("web.goals.begins", "begins {day}", day=reader.day(goal.from_on))
        return Standing("–", Mark(text, "", "calendar"), Markup(""))
    found = figures.now.found
    shown = written(reader, found.value, metric.unit)
    over = goal.to_on <= site.today
    if figures.kind == "sum":
        due = value if over or not figures.days else value * figures.days_gone / figures.days
        mark = _pace(reader, found.value or 0.0, due, over)
        bullet = bullet_of_sum(SumData(found.value, target=value, pace=None if over else due), f"{mark.text}, {shown}")
        return Standing(shown, mark, bullet)
    up = metric.direction != "down"
    mark = _against(reader, found.value, found.low, found.high, value, up)
    bounds = (0.0, 1.0) if metric.unit == "share" else (0.0, None)
    bullet = bullet_of_rate(RateData(found.value, found.low, found.high, value, bounds), f"{mark.text}, {shown}")
    return Standing(shown, mark, bullet, t("web.goals.n", "n = {n}", n=reader.number(found.n)))


def chance_of(site: Site, reader: Reader, goal: Goal, figures: Figures) -> tuple[float, bool] | None:
    """The chance to reach the number on the table, and whether it comes from the open deals; None where it can't be told."""
    running = goal.from_on <= site.today < goal.to_on
    if goal.metric == "bookings_amount" and goal.status == AGREED and running and not figures.problem:
        question = Question(metrics=("probability_to_reach_target",), start=goal.from_on, end=goal.to_on)
        access = of_subject(goal.level, goal.subject)
        key = site.key(access, "goal.chance", question.model_dump_json())
        row = site.kept.of(key, lambda: site.workspace.query(question, language=reader.language, access=access)).rows[0]
        if row["probability_to_reach_target"] is not None:
            return float(row["probability_to_reach_target"]), True
    return None if figures.expected is None else (figures.expected.chance(float(goal.value)), False)


def one_each(goals: Iterable[Goal]) -> list[Goal]:
    """The goals that count, one a subject, number and period: the agreed one before one that would take its place."""
    found: dict[tuple[object, ...], Goal] = {}
    for each in sorted(goals, key=lambda each: (each.status != AGREED, -each.id)):
        if each.status in COUNTS:
            found.setdefault((each.metric, each.level, each.subject, each.from_on, each.to_on), each)
    return list(found.values())


def parent_of(goal: Goal, goals: Iterable[Goal], circle: Circle) -> Goal | None:
    """The goal that this one is a part of: that of the team, else of the company, on the same number and days that hold its."""
    found = [each for each in goals if each.id != goal.id and each.status in COUNTS and each.metric == goal.metric]
    named = next((each for each in found if each.id == goal.parent_id), None)
    if named:
        return named
    held = [each for each in found if each.from_on <= goal.from_on and goal.to_on <= each.to_on]
    subject = circle.subjects.get((goal.level, goal.subject))
    for level in ABOVE[goal.level]:
        key = "" if level == "company" else subject.team if subject else ""
        of_level = [each for each in held if each.level == level and each.subject == key]
        if of_level:
            return min(of_level, key=lambda each: (each.status != AGREED, (each.to_on - each.from_on).days, -each.id))
    return None


def parts_of(reader: Reader, metric: MetricInfo, goal: Goal, goals: Sequence[Goal], circle: Circle) -> Parts:
    """The goals that are a part of this one, and what they add up to where they can be added."""
    below = []
    for each in one_each(goals):
        parent = parent_of(each, goals, circle) if each.level != goal.level else None
        if parent is not None and parent.id == goal.id:
            below.append(each)
    parts = tuple(sorted(below, key=lambda each: circle.name(each.level, each.subject).casefold()))
    if not parts or metric.kind != "additive":
        return Parts(parts)
    total, whole = float(sum(each.value for each in parts)), float(goal.value)
    share = reader.percent(total / whole, 0)
    text = reader.t(
        "web.goals.parts",
        "{n} part adds up to {total}, {share} of it | {n} parts add up to {total}, {share} of it",
        n=len(parts),
        total=written(reader, total, metric.unit),
        share=share,
    )
    if total >= whole:
        return Parts(parts, text, Mark(reader.t("web.goals.covered", "covered"), "good", "circle-check"))
    gap = written(reader, whole - total, metric.unit)
    return Parts(parts, text, Mark(reader.t("web.goals.gap", "{gap} not covered", gap=gap), "near", "circle-minus"))


def fairness_of(site: Site, circle: Circle, metric: MetricInfo, goal: Goal, goals: Sequence[Goal]) -> Fairness | None:
    """How likely the people of a team are to reach their goals; names only for who may see all of them."""
    reader = circle.reader
    team = goal.subject if goal.level == "team" else getattr(circle.subjects.get((goal.level, goal.subject)), "team", "")
    if not team:
        return None
    peers = [
        each
        for each in one_each(goals)
        if each.level == "rep"
        and (each.metric, each.from_on, each.to_on) == (goal.metric, goal.from_on, goal.to_on)
        and getattr(circle.subjects.get(("rep", each.subject)), "team", "") == team
    ]
    chances = []
    for each in peers:
        outset = figures_of(site, reader, metric, asked_of(each)).outset
        if outset is not None:
            chances.append((each, outset.chance(float(each.value))))
    open_to_reader = reader.sees_names and all(circle.sight.sees("rep", each.subject) for each in peers)
    if len(chances) < (2 if open_to_reader else BAND_OF + 1):
        return None
    ordered = sorted(chance for _, chance in chances)
    if not open_to_reader:  # the middle half, so that nobody's own is told
        cut = len(ordered) // 4
        ordered = ordered[cut : len(ordered) - cut]
    text = reader.t(
        "web.goals.fair",
        "Over {n} people of the team the chance at the outset runs from {low} to {high}.",
        n=len(chances),
        low=odds_text(reader, ordered[0]),
        high=odds_text(reader, ordered[-1]),
    )
    mean = sum(chance for _, chance in chances) / len(chances)
    advice = ""
    if ordered[-1] - ordered[0] > UNEVEN:
        advice = reader.t("web.goals.uneven", "That is uneven. Look at the goals side by side before you agree.")
    elif not 0.4 <= mean <= 0.8:
        advice = reader.t("web.goals.off_mark", "Few or nearly all would reach it: look at the goals first, not at the people.")
    rows = tuple(
        (circle.name("rep", each.subject), written(reader, each.value, metric.unit), odds_text(reader, chance))
        for each, chance in sorted(chances, key=lambda pair: circle.name("rep", pair[0].subject).casefold())
    )
    return Fairness(text, advice, rows if open_to_reader else ())


def status_of(reader: Reader, goal: Goal, own: int, names: dict[int, str]) -> Mark:
    """What became of a goal, or whose turn it is."""
    t = reader.t
    if goal.status == OPEN:
        if goal.waits_for == own:
            return Mark(t("web.goals.your_turn", "Your turn"), "near", "clock")
        return Mark(t("web.goals.waits", "Waits for {name}", name=names.get(goal.waits_for or 0, "…")), "", "clock")
    ended = {
        AGREED: Mark(t("web.goals.agreed", "Agreed"), "good", "circle-check"),
        "declined": Mark(t("web.goals.declined", "Declined"), "bad", "x"),
        "withdrawn": Mark(t("web.goals.withdrawn", "Withdrawn"), "", "undo-2"),
        "replaced": Mark(t("web.goals.replaced", "Replaced"), "", "rotate-ccw"),
    }
    mark = ended[goal.status]
    if goal.agreed_on and goal.status == AGREED:
        return replace(mark, text=t("web.goals.agreed_on", "Agreed {day}", day=reader.day(goal.agreed_on)))
    return mark


def _pace(reader: Reader, value: float, due: float, over: bool) -> Mark:
    if not due:
        return Mark(reader.t("web.pace.none", "no target due yet"), "", "circle-minus")
    share = value / due
    tone, icon = next((tone, icon) for least, tone, icon in PACE if share >= least)
    words = ("web.pace.target", "{share} of target") if over else ("web.pace.pace", "{share} of pace")
    return Mark(reader.t(*words, share=reader.percent(share, 0)), tone, icon)


def _against(reader: Reader, value: float | None, low: float | None, high: float | None, target: float, up: bool) -> Mark:
    t = reader.t
    if value is None:
        return Mark(t("web.goals.nothing_yet", "nothing to measure yet"), "", "circle-minus")
    if value >= target if up else value <= target:
        return Mark(t("web.goals.there", "reached so far"), "good", "circle-check")
    if low is not None and high is not None and low <= target <= high:
        return Mark(t("web.goals.chance", "short of it, within chance"), "near", "circle-minus")
    return Mark(t("web.goals.short", "short of it"), "bad", "triangle-alert")
