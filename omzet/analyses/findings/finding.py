"""What a finding is: a sentence with its evidence, how strong that is, what it is worth, and where its rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["fact", "signal", "test", "estimate"]
"""A fact is a figure without a test; a signal lies outside its own usual variation; a test has a p-value; of an estimate the
interval decides."""

Grade = Literal["strong", "moderate", "weak", "none"]
"""How strong the evidence is; facts and signals have none."""

Level = Literal["company", "team", "person"]

GRADES: tuple[Grade, ...] = ("strong", "moderate", "weak")


@dataclass(frozen=True)
class Audience:
    """Whom a finding is about and for. `key` is that of the team or person; `name` is what the reader may call them.

    `is_you`: the reader is this person, so that the sentence says "you".
    """

    level: Level
    key: str = ""
    name: str = ""
    is_you: bool = False


COMPANY = Audience("company")


@dataclass(frozen=True)
class Figure:
    """One number of the evidence: what it is called, how it is written, and as a number for a drawing.

    `of` is how many rows it rests on; `low` and `high` its 95 % interval.
    """

    label: str
    text: str
    value: float
    n: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Opens:
    """The number whose rows stand behind a finding: a metric over days, at one place of it."""

    metric: str
    start: date | None = None
    end: date | None = None
    as_of: date | None = None
    cell: tuple[tuple[str, str], ...] = ()
    where: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Candidate:
    """Something that a rule saw, before it is known how sure it is.

    `n` counts the smaller side. `effect` and its interval are in the unit of `minimum`, the least size that matters; the
    sign says which way it went; `between` is that interval in words. `enough` is the least `n` of moderate and of strong
    evidence. `worth` is the value at stake in the reporting currency. `dims` names rules whose findings
    are less sure because of this one. A fact needs neither effect nor p.
    """

    rule: str
    kind: Kind
    subject: str
    audience: Audience
    sentence: str
    n: int
    effect: float = 0.0
    low: float | None = None
    high: float | None = None
    minimum: float = 0.0
    p: float | None = None
    worth: float = 0.0
    figures: tuple[Figure, ...] = ()
    between: str = ""
    caution: str = ""
    next_step: str = ""
    opens: Opens | None = None
    metric: str = ""
    enough: tuple[int, int] = (15, 30)
    dims: frozenset[str] = frozenset()
    tells_money: bool = False
    gate: bool = True
    """Whether what the rule asks for beside the grade holds; a candidate without it is only counted as a test."""


@dataclass(frozen=True)
class Finding:
    """Something worth saying. `id` stays the same as long as the same rule speaks of the same subject.

    `q` is the p-value adjusted for all tests that were asked together. `dimmed` says which shortcoming of the data lowered
    the grade.
    """

    id: str
    rule: str
    kind: Kind
    grade: Grade
    audience: Audience
    sentence: str
    n: int
    effect: float
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    worth: float
    figures: tuple[Figure, ...]
    between: str
    caution: str
    next_step: str
    opens: Opens | None
    metric: str
    dimmed: bool = False


@dataclass(frozen=True)
class Looked:
    """What a rule looked at: how many cases, and how many of them are worth saying."""

    rule: str
    cases: int
    spoken: int


@dataclass(frozen=True)
class Findings:
    """What was found, most at stake first, and what was looked at."""

    found: tuple[Finding, ...]
    looked: tuple[Looked, ...]
    day: date
    start: date
    end: date
