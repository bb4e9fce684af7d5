"""The figures behind a goal: past periods, what to expect of its own, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from omzet.desk.goal_rows import Goal, Level
from omzet.errors import CallError
from omzet.metrics.catalogue import MetricInfo
from omzet.metrics.periods import Period
from omzet.query.question import Grain, Question
from omzet.statistics.intervals import poisson_exact
from omzet.statistics.proposals import Expected, Kind, Past, expect
from omzet.web.goal_people import of_subject
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.view import Figure, figure

BACK: dict[str, int] = {"month": 12}
QUARTERS_BACK = 8
CREDITED = {"bookings_amount": "bookings_amount_by_rep"}
"""What a person's goal counts in place of a metric: shared deals by their split, as targets do."""


@dataclass(frozen=True)
class Asked:
    """What a goal is about, whether it is agreed, on the table, or only thought of: `to_on` is not in it any more."""

    metric: str
    level: Level
    subject: str
    from_on: date
    to_on: date
    days_off: int = 0


def asked_of(goal: Goal) -> Asked:
    """What a goal is about."""
    return Asked(goal.metric, goal.level, goal.subject, goal.from_on, goal.to_on, goal.days_off)


@dataclass(frozen=True)
class Measured:
    """One period of the past as it was measured; `running` when only a part of it is in."""

    period: Period
    found: Figure
    hits: float = 0.0
    cases: float = 0.0
    running: bool = False


@dataclass(frozen=True)
class Figures:
    """What is known for a goal. `now` is the goal's own period so far, None before it begins; `expected` None with too little
    history; `part` the share of the goal that one past period stands for (a quarter of a year's sum). `problem` says why
    nothing can be told; `label` is that of the goal's own period, where it is a whole unit, and
    `outset` what was to be expected before it began."""

    asked: Asked
    kind: Kind
    grain: Grain
    past: tuple[Measured, ...] = ()
    now: Measured | None = None
    expected: Expected | None = None
    days: int = 0
    days_gone: int = 0
    part: float = 1.0
    problem: str = ""
    label: str = ""
    outset: Expected | None = None

    @property
    def last(self) -> Measured | None:
        """The newest past period that is whole."""
        return next((each for each in reversed(self.past) if not each.running and each.found.value is not None), None)


def kind_of(metric: MetricInfo) -> Kind:
    """How a metric behaves over time: a sum, a share of cases, or a level."""
    if metric.kind == "additive":
        return "sum"
    return "share" if metric.kind == "ratio" and metric.unit == "share" else "level"


def figures_of(site: Site, reader: Reader, metric: MetricInfo, asked: Asked, *, only_now: bool = False) -> Figures:
    """Measure what a goal is about; with `only_now` nothing of the past, as a list of many goals needs.

    The reader must be one who may see it: what is told is the subject's own.
    """
    key = site.key(of_subject(asked.level, asked.subject), "goal.figures", asked, only_now)
    return site.kept.of(key, lambda: _figures(site, reader, metric, asked, only_now))


def _figures(site: Site, reader: Reader, metric: MetricInfo, asked: Asked, only_now: bool) -> Figures:
    calendar, today = site.calendar, site.today
    tomorrow = today + timedelta(days=1)
    grain = grain_of(site, asked)
    first = calendar.unit_of(grain, min(asked.from_on, today))
    spans = [first]
    while len(spans) <= BACK.get(grain, QUARTERS_BACK):
        spans.insert(0, calendar.unit_of(grain, spans[0].start - timedelta(days=1)))
    spans = [each for each in spans if each.start < asked.from_on and each.start <= today and not only_now]
    kind = kind_of(metric)
    try:
        rows = _ask(site, reader, metric.id, asked, spans[0].start, min(spans[-1].end, tomorrow), grain) if spans else {}
        own = _ask(site, reader, metric.id, asked, asked.from_on, min(asked.to_on, tomorrow), None)
    except CallError as error:
        return Figures(asked, kind, grain, problem=str(error))
    past = [_measured(kind, metric, each, rows.get(each.label, {}), running=each.end > tomorrow) for each in spans]
    while past and not past[0].cases and not past[0].found.value:
        past.pop(0)  # nothing yet: somebody who was not there, or a company that did not measure
    days = max(0, calendar.working_days(asked.from_on, asked.to_on) - asked.days_off)
    gone = calendar.working_days(asked.from_on, min(asked.to_on, tomorrow)) if asked.from_on <= today else 0
    left = max(0, days - gone)
    now = _measured(kind, metric, Period(asked.from_on, asked.to_on, ""), own.get("", {}), running=asked.to_on > tomorrow)
    begun = asked.from_on <= today
    exact = kind == "share" and all(each.cases == each.found.n for each in past)
    usable = [
        Past(each.found.value or 0.0, calendar.working_days(each.period.start, each.period.end), each.cases, each.hits)
        for each in past
        if not each.running and (kind == "sum" or each.found.value is not None)
    ]
    counted = kind if exact or kind != "share" else "level"
    up = metric.direction != "down"
    expected = expect(
        counted,
        usable,
        days,
        up=up,
        days_left=left,
        so_far=(now.found.value or 0.0) if begun else 0.0,
        hits_so_far=now.hits if begun else 0.0,
        cases_so_far=now.cases if begun else 0.0,
    )
    usual = sum(each.days for each in usable) / len(usable) if usable else 0.0
    part = usual / days if kind == "sum" and days and abs(usual / days - 1) > 0.2 else 1.0
    return Figures(
        *(asked, counted, grain),
        tuple(past),
        now if begun else None,
        expected,
        days,
        min(gone, days),
        part,
        "",
        label_of(site, asked.from_on, asked.to_on),
        expect(counted, usable, days, up=up),
    )


def label_of(site: Site, start: date, end: date) -> str:
    """The label of the month, quarter or year that these days are; empty for other days."""
    for grain in ("month", "quarter", "year", "fiscal-quarter", "fiscal-year"):
        whole = site.calendar.unit_of(grain, start)
        if (whole.start, whole.end) == (start, end):
            return whole.label
    return ""


def grain_of(site: Site, asked: Asked) -> Grain:
    """The periods of the past that a goal is seen beside: months for a month, quarters for anything longer."""
    settings = site.workspace.settings
    if (asked.to_on - asked.from_on).days <= 45:
        return "month"
    return "fiscal-quarter" if settings.fiscal_year_start != 1 or settings.fiscal_pattern != "months" else "quarter"


def _ask(
    site: Site, reader: Reader, metric: str, asked: Asked, start: date, end: date, grain: Grain | None
) -> dict[str, dict[str, Any]]:
    """Rows by their period's label; one without a grain."""
    if end <= start:
        return {}
    leaf = CREDITED.get(metric, metric) if asked.level == "rep" else metric
    access = of_subject(asked.level, asked.subject)
    question = Question(metrics=(leaf,), start=start, end=end, grain=grain)
    answer = site.workspace.query(question, language=reader.language, access=access)
    renamed = [{name.replace(leaf, metric, 1): value for name, value in row.items()} for row in answer.rows]
    return {str(row.get("period") or ""): row for row in renamed}


def _measured(kind: Kind, metric: MetricInfo, period: Period, row: dict[str, Any], *, running: bool) -> Measured:
    found = figure(row, metric.id)
    if kind == "sum":
        low, high = poisson_exact(int(found.value or 0)) if metric.unit == "count" else (None, None)
        return Measured(period, Figure(found.value or 0.0, found.n, low, high), running=running, cases=float(found.n))
    hits = float(row.get(f"{metric.id}:numerator") or 0)
    cases = float(row.get(f"{metric.id}:denominator") or 0) if kind == "share" else float(found.n)
    return Measured(period, found, hits, cases, running)
