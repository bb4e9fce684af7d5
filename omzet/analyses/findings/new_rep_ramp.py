"""A new rep beside those who started before: figures of the same month after the start, outside their usual range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from omzet.analyses.findings.finding import Audience, Candidate, Figure
from omzet.analyses.findings.look import Look
from omzet.analyses.ramp import whole_months
from omzet.analyses.targets import targets_of
from omzet.locale import formats
from omzet.metrics.measure import measure
from omzet.metrics.selection import select
from omzet.statistics.quantiles import quantile

METRIC = "ramp_time_months"
NEW_MONTHS = 12
HIRES = 8
"""With fewer earlier starters there is no range to hold somebody against."""


@dataclass(frozen=True)
class Starter:
    """Somebody who started: when, and bookings ÷ target of each whole month since then, as far as targets go."""

    person: str
    started: date
    gone: bool
    shares: tuple[float, ...]


def new_rep_ramp(look: Look) -> Iterator[Candidate]:
    """Who started in the last twelve months: bookings ÷ target of the last whole month, outside the middle half of what at
    least eight earlier starters had in the same month after theirs. Of those nobody is named."""
    if "person" not in look.levels and not look.you:
        return
    starters = _starters(look)
    since = look.today - timedelta(days=365)
    for each in starters:
        if each.started <= since or each.gone or not each.shares or not look.scope.access.shows(each.person):
            continue
        if look.you and look.you.key != each.person:
            continue
        month = len(each.shares)
        earlier = sorted(other.shares[month - 1] for other in starters if other.started <= since and len(other.shares) >= month)
        if month <= NEW_MONTHS and len(earlier) >= HIRES:
            yield _candidate(look, each, month, earlier)


def _candidate(look: Look, starter: Starter, month: int, earlier: list[float]) -> Candidate:
    about = look.you or Audience("person", starter.person, look.scope.labels.label("people", starter.person) or "")
    x, (low, high) = starter.shares[-1], (quantile(earlier, share) or 0.0 for share in (0.25, 0.75))
    blanks = {
        "name": about.name,
        "m": month,
        "x": look.percent(x),
        "band": formats.between(look.percent(low), look.percent(high)),
    }
    if about.is_you:
        sentence = look.say(
            "findings.new_rep_ramp.you", "In month {m} you are at {x} of full target; earlier starters were at {band}.", **blanks
        )
    else:
        sentence = look.say(
            "findings.new_rep_ramp.text",
            "{name} is in month {m} at {x} of full target; earlier starters were at {band}.",
            **blanks,
        )
    middle = quantile(earlier, 0.5) or 0.0
    return Candidate(
        rule="",
        kind="fact",
        subject="",
        audience=about,
        sentence=sentence,
        n=len(earlier),
        effect=x - middle,
        figures=(
            Figure(look.say("findings.figure.this_month", "This month"), look.percent(x), x),
            Figure(look.say("findings.figure.earlier", "Earlier starters, middle"), look.percent(middle), middle, len(earlier)),
        ),
        caution=look.say("findings.new_rep_ramp.caution", "One month varies much."),
        next_step=look.say(
            "findings.new_rep_ramp.next", "Ask what is still missing to get going: leads, knowledge, somebody to go along with."
        ),
        metric="bookings_amount",
        gate=not low <= x <= high,
    )


def _starters(look: Look) -> list[Starter]:
    """Every rep with a known start, whoever looks: of others only a range is told."""
    scope = replace(look.scope, where=(), by=(), grain=None, start=None, end=None, parameters=None)
    selection = select(scope, look.catalogue.find(METRIC))
    hired = scope.session.rows(
        f"SELECT r.person_key, r.started_on, r.ended_on FROM {selection.source} WHERE {selection.counted} ORDER BY 2, 1"
    )
    if not hired:
        return []
    first, until = min(started for _, started, _ in hired), look.today + timedelta(days=1)
    targets = targets_of(replace(scope, by=("rep",)), "bookings_amount", first, until)
    span = replace(scope, by=("rep",), start=first, end=until, grain="month")
    booked = measure(span, look.catalogue.find("bookings_amount_by_rep"), look.catalogue).cells
    found = []
    for person, started, ended in hired:
        shares = []
        for begin, end in whole_months(started, min(ended or look.today, look.today)):
            target = sum(each.share(scope, begin, end) for each in targets.get((person,), []))
            if target <= 0:
                break
            cell = booked.get((person, f"{begin:%Y-%m}"))
            shares.append(float(cell.value or 0) / target if cell else 0.0)
        found.append(Starter(person, started, ended is not None and ended <= look.today, tuple(shares)))
    return found
