"""Whether an action helped: its number before it was done and as long after it, told apart only where the intervals are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from omzet.desk.reviews import DONE, Action
from omzet.errors import OmzetError
from omzet.query.question import Question
from omzet.web.choice import read_choice
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.subjects import Subject, narrowed, subjects
from omzet.web.view import Figure, only

CYCLE = "sales_cycle_length_median"
USUAL_DAYS = 45
"""How long is waited where no deal was won yet, so that there is no median cycle."""


@dataclass(frozen=True)
class Effect:
    """What came of an action: its metric by name, `before` and `after` as text, and a verdict.

    `verdict` is `wait` until `check_on`, `better`, `worse` or `cannot_tell`; before and after are equally many days.
    """

    action: Action
    about: str
    metric: str
    before: str
    after: str
    verdict: str
    check_on: date


def effects(site: Site, reader: Reader, actions: Sequence[Action]) -> list[Effect]:
    """The effect of each action that is done, has a number, and is about somebody whom the reader sees; the newest first."""
    done = [each for each in actions if each.status == DONE and each.metric and each.done_on]
    if not done:
        return []
    known = {each.key: each for each in subjects(site, reader)}
    if reader.access.person and reader.access.person not in known:
        names = dict(site.workspace.named("people"))
        known[reader.access.person] = Subject("rep", reader.access.person, names.get(reader.access.person) or "")
    wait = timedelta(days=_median_cycle(site, reader))
    found = [_effect(site, reader, each, known[each.subject], wait) for each in done if each.subject in known]
    return sorted((each for each in found if each), key=lambda each: each.check_on, reverse=True)


def _effect(site: Site, reader: Reader, action: Action, about: Subject, wait: timedelta) -> Effect | None:
    meaning = next((each for each in site.metrics(reader.language) if each.id == action.metric), None)
    if meaning is None or action.done_on is None:
        return None
    until = action.done_on + wait
    before = _figure(site, reader, action.metric, about, action.done_on - wait, action.done_on)
    is_over = until <= site.today
    after = _figure(site, reader, action.metric, about, action.done_on, until) if is_over else Figure(None)
    return Effect(
        action,
        about.name,
        meaning.name,
        reader.value(before.value, meaning.unit),
        reader.value(after.value, meaning.unit),
        verdict(before, after, meaning.direction) if is_over else "wait",
        until,
    )


def verdict(before: Figure, after: Figure, direction: str) -> str:
    """`better` or `worse` where the two intervals don't overlap and the metric has a good side, else `cannot_tell`.

    Intervals at 95 % that don't overlap are a stricter test than one of the difference at 5 %: some effects are missed, few are
    made up.
    """
    if direction not in ("up", "down") or None in (before.low, before.high, after.low, after.high):
        return "cannot_tell"
    rose, fell = (after.low or 0) > (before.high or 0), (after.high or 0) < (before.low or 0)
    if not rose and not fell:
        return "cannot_tell"
    return "better" if rose == (direction == "up") else "worse"


def _figure(site: Site, reader: Reader, metric: str, about: Subject, start: date, end: date) -> Figure:
    choice = narrowed(read_choice([], site.calendar, site.today), about)
    try:
        return only(site.ask(Question(metrics=(metric,), where=choice.where(), start=start, end=end), reader), metric)
    except OmzetError:
        return Figure(None)


def _median_cycle(site: Site, reader: Reader) -> int:
    try:
        start = site.today - timedelta(days=365)
        answer = site.ask(Question(metrics=(CYCLE,), start=start, end=site.today + timedelta(days=1)), reader)
    except OmzetError:
        return USUAL_DAYS
    value = only(answer, CYCLE).value
    return max(7, round(value)) if value else USUAL_DAYS
