"""Why a number is what it is: definition, parts, SQL, rows counted and rows left out."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from omzet.query.answer import Freshness, MetricMeaning


class Part(BaseModel):
    """One part of the equation, e.g. won = 118."""

    label: str
    value: float | int | None
    unit: str


class Beside(BaseModel):
    """A further figure that stands beside the value, e.g. the P10 of an outlook. `unit` is text for a word."""

    id: str
    label: str
    value: float | int | str | None
    unit: str


class Group(BaseModel):
    """Rows that share a role ("won", "lost") or a reason for being left out ("deleted")."""

    id: str
    label: str
    count: int


class ShownColumn(BaseModel):
    """A column of the listed rows. `unit` is text, day, instant, days, money, count or share."""

    name: str
    label: str
    unit: str


class DealVerdict(BaseModel):
    """Whether one deal is counted, and why or why not."""

    deal_id: str
    counted: bool
    reason: str
    text: str
    row: dict[str, Any] = Field(default_factory=dict)


class Explanation(BaseModel):
    """One cell of an answer, opened. `counted + left_out = found`."""

    meaning: MetricMeaning
    population: str
    value: float | int | None
    n: int
    low: float | None = None
    high: float | None = None
    why: str | None = None
    parts: list[Part] = Field(default_factory=list)
    beside: list[Beside] = Field(default_factory=list)
    sql: str
    milliseconds: float
    found: int
    counted: int
    left_out: int
    roles: list[Group] = Field(default_factory=list)
    reasons: list[Group] = Field(default_factory=list)
    columns: list[ShownColumn] = Field(default_factory=list)
    rows: list[dict[str, Any]] = Field(default_factory=list)
    rows_out: list[dict[str, Any]] = Field(default_factory=list)
    deal: DealVerdict | None = None
    start: str | None = None
    end: str | None = None
    as_of: str
    known: str | None = None
    where: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    freshness: Freshness
    currency: str
