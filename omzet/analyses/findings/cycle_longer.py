"""Deals that take longer to a decision, or less long, than was usual in the same segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from omzet.analyses.findings.finding import COMPANY, Audience, Candidate, Figure
from omzet.analyses.findings.look import USUAL, Look, Span
from omzet.analyses.survival import times
from omzet.statistics.survival import Curve, Exits, curve, log_rank

METRIC = "sales_cycle_length_km_median"
LEAST = 0.15
EVENTS = 20
MANY_OPEN = 0.3
By = Mapping[tuple[Audience, str], Exits]


def cycle_longer(look: Look) -> Iterator[Candidate]:
    """The Kaplan-Meier median days to a decision of the deals made in a quarter, against the four quarters before it.

    The quarter is the one before the last closed, so that its deals have had time; open deals count as such. Log-rank test,
    at least 15 % and 20 decisions; for the company, each team, and each segment.
    """
    span, earlier = look.quarters_ago(2), look.before(USUAL, 3)
    now, usual = _exits(look, span), _exits(look, earlier)
    for (about, segment), exits in now.items():
        base = usual.get((about, segment))
        after, before = curve(exits), curve(base) if base else None
        p = log_rank([exits, base]) if base else None
        if after and before and p is not None:
            found = _candidate(look, about, segment, after, before, p)
            if found:
                yield found


def _exits(look: Look, span: Span) -> By:
    metric = look.catalogue.find(METRIC)
    found: dict[tuple[Audience, str], Exits] = {}
    scope = replace(look.scope, start=span[0], end=span[1], parameters={}, grain=None)
    own = look.you or look.own_team or COMPANY
    if look.you or look.own_team or "company" in look.levels:
        asked: list[tuple[str, ...]] = [(), *([("segment",)] if look.knows("segment", METRIC) else [])]
        for by in asked:
            for place, exits in times(replace(scope, by=by), metric)[0].items():
                if not by or place[0] is not None:
                    found[own, str(place[0]) if by else ""] = exits
    if "team" in look.levels:
        for (key,), exits in times(replace(scope, by=("team",)), metric)[0].items():
            if key is not None:
                found[Audience("team", key, look.scope.labels.label("teams", key) or ""), ""] = exits
    return found


def _candidate(look: Look, about: Audience, segment: str, now: Curve, usual: Curve, p: float) -> Candidate | None:
    days, expected = now.median(), usual.median()
    if days is None or not expected:
        return None
    low, high = now.median_interval()
    decided, decided_before = now.n - now.censored, usual.n - usual.censored
    effect = days / expected - 1
    blanks = {
        "segment": segment,
        "t": look.number(days, 0),
        "e": look.number(expected, 0),
        "x": look.percent(abs(effect)),
    }
    longer = effect > 0
    if segment and longer:
        sentence = look.say(
            "findings.cycle_longer.segment",
            "Deals in {segment} take {t} days to a decision, {x} longer than usual ({e}).",
            **blanks,
        )
    elif segment:
        sentence = look.say(
            "findings.cycle_longer.segment_less",
            "Deals in {segment} take {t} days to a decision, {x} less than usual ({e}).",
            **blanks,
        )
    elif longer:
        sentence = look.say(
            "findings.cycle_longer.text", "Deals take {t} days to a decision, {x} longer than usual ({e}).", **blanks
        )
    else:
        sentence = look.say(
            "findings.cycle_longer.less", "Deals take {t} days to a decision, {x} less than usual ({e}).", **blanks
        )
    still = now.censored / now.n > MANY_OPEN
    span = look.quarters_ago(2)
    bounds = (low / expected - 1, high / expected - 1) if low is not None and high is not None else (None, None)
    given = [f'segment = "{segment}"'] if segment and '"' not in segment else []
    opens = look.opens(about, METRIC, span)
    return Candidate(
        rule="",
        kind="test",
        subject=segment,
        audience=about,
        sentence=look.about(about, sentence),
        n=min(decided, decided_before),
        effect=effect,
        low=bounds[0],
        high=bounds[1],
        between=look.between_percent(*bounds) if bounds[0] is not None and bounds[1] is not None else "",
        minimum=LEAST,
        p=p,
        figures=(
            Figure(look.quarter(span), look.days(days), days, now.n),
            Figure(look.say("findings.figure.year_before", "The year before"), look.days(expected), expected, usual.n),
        ),
        caution=look.say("findings.cycle_longer.caution", "Many of these deals are still open: still provisional.")
        if still
        else "",
        next_step=look.say("findings.cycle_longer.next", "See in which stage the time goes, and agree how to shorten that one."),
        opens=replace(opens, where=(*opens.where, *given)) if opens else None,
        metric=METRIC,
        gate=min(decided, decided_before) >= EVENTS,
    )
