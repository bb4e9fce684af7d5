"""How a finding is shown: its grade in a word, its evidence as bars or numbers, and where its rows are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from omzet.analyses.findings import Finding
from omzet.metrics.calendar import Calendar
from omzet.web.choice import Choice
from omzet.web.reader import Reader
from omzet.web.tiles import Mark

CHANGED = 0.25
"""A fact that moved by so much of what it was is another one."""

GRADES = {
    "strong": ("findings.grade.strong", "Strong evidence", "circle-check"),
    "moderate": ("findings.grade.moderate", "Moderate evidence", "circle-dot"),
    "weak": ("findings.grade.weak", "Weak evidence", "circle-minus"),
}
KINDS = {
    "fact": ("findings.kind.fact", "Fact", "info"),
    "signal": ("findings.kind.signal", "Signal", "activity"),
}


@dataclass(frozen=True)
class Bar:
    """One number of the evidence, its bar as a share of the longest in percent."""

    label: str
    text: str
    note: str
    share: float


@dataclass(frozen=True)
class Shown:
    """A finding as a page shows it. `reason` says why its reader put it aside."""

    id: str
    claim: str
    mark: Mark
    worth: str
    bars: tuple[Bar, ...]
    between: str
    caution: str
    next_step: str
    href: str
    metric: str
    is_weak: bool
    reason: str = ""
    person: str = ""
    inside: tuple[Shown, ...] = ()
    """The same of teams, where the finding is of the whole company."""


def shown(finding: Finding, reader: Reader, choice: Choice, reason: str = "") -> Shown:
    """A finding, written for its reader."""
    id, english, icon = KINDS.get(finding.kind) or GRADES[finding.grade]
    most = max((abs(each.value) for each in finding.figures), default=0.0)
    bars = []
    for each in finding.figures:
        note = reader.t("findings.n", "n = {n}", n=each.n) if each.n else ""
        if each.low is not None and each.high is not None:
            note = f"{reader.range(reader.percent(each.low), reader.percent(each.high))}, {note}".strip(", ")
        bars.append(Bar(each.label, each.text, note, round(100 * abs(each.value) / most, 1) if most else 0.0))
    caution = finding.caution
    if finding.grade == "weak":
        chance = reader.t("findings.chance", "Based on only {n} deals; this may be chance.", n=finding.n)
        caution = f"{chance} {caution}".strip()
    if finding.dimmed:
        data = reader.t("findings.dimmed", "The data behind it are not complete, so it counts a grade less.")
        caution = f"{caution} {data}".strip()
    return Shown(
        id=finding.id,
        claim=finding.sentence,
        mark=Mark(reader.t(id, english), "", icon),
        worth=reader.money(finding.worth) if finding.worth >= 1 and reader.sees_money else "",
        bars=tuple(bars),
        between=_between(finding, reader),
        caution=caution,
        next_step=finding.next_step,
        href=_href(finding, choice),
        metric=finding.metric,
        is_weak=finding.grade == "weak",
        reason=reason,
        person=finding.audience.key if finding.audience.level == "person" else "",
    )


def together(findings: Sequence[Finding], reader: Reader, choice: Choice) -> list[Shown]:
    """Findings written for their reader, those of teams inside that of the company which says the same."""
    whole = {(each.rule, _subject(each)) for each in findings if each.audience.level == "company"}
    inside: dict[tuple[str, str], list[Shown]] = defaultdict(list)
    top = []
    for each in findings:
        key = each.rule, _subject(each)
        if each.audience.level == "team" and key in whole:
            inside[key].append(shown(each, reader, choice))
        else:
            top.append(each)
    found = []
    for each in top:
        made = shown(each, reader, choice)
        if each.audience.level == "company":
            made = replace(made, inside=tuple(inside[each.rule, _subject(each)]))
        found.append(made)
    return found


def _subject(finding: Finding) -> str:
    return finding.id.rpartition("/")[2]


def seen_of(finding: Finding) -> dict[str, Any]:
    """The evidence of a finding, to tell later whether it is still the same."""
    return {"effect": finding.effect, "low": finding.low, "high": finding.high, "grade": finding.grade}


def is_changed(finding: Finding, seen: Mapping[str, Any]) -> bool:
    """Whether the evidence is clearly another one than it was: outside its interval then, or stronger; a fact by a quarter."""
    before = float(seen.get("effect") or 0)
    order = ("weak", "moderate", "strong")
    if finding.grade in order and seen.get("grade") in order and order.index(finding.grade) > order.index(str(seen["grade"])):
        return True
    low, high = seen.get("low"), seen.get("high")
    if low is not None and high is not None:
        return not float(low) <= finding.effect <= float(high)
    return abs(finding.effect - before) > CHANGED * abs(before)


def _between(finding: Finding, reader: Reader) -> str:
    if finding.q is None:
        return finding.between
    least = 0.001
    told = reader.number(max(finding.q, least), 3)
    if finding.q < least:
        p = reader.t("findings.q_below", "adjusted p below {q}", q=told)
    else:
        p = reader.t("findings.q", "adjusted p = {q}", q=told)
    return f"{finding.between}, {p}" if finding.between else p


def _href(finding: Finding, choice: Choice) -> str:
    opens = finding.opens
    if opens is None:
        return ""
    own = replace(choice, picks=(), conditions=opens.where, compare=None, tables=frozenset(), views=())
    if opens.start and opens.end:
        own = own.with_period(opens.start, opens.end)
    return own.drill(
        opens.metric,
        cell=dict(opens.cell),
        always=opens.start is None,
        as_of=opens.as_of,
        parameters=dict(opens.parameters),
    )


def names_period(calendar: Calendar, start: Any, end: Any, reader: Reader) -> str:
    """What the quarter that was looked at is called."""
    unit = calendar.unit_of("quarter", start)
    return reader.unit_name(unit.label) if (unit.start, unit.end) == (start, end) else reader.span(start, end)
