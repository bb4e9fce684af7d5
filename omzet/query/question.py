"""What is asked: metrics by dimensions over a period, as of a day, with filters and parameters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Grain = Literal["day", "week", "month", "quarter", "year", "fiscal-month", "fiscal-quarter", "fiscal-year"]
Compare = Literal["previous", "last-year"]


class Question(BaseModel):
    """One question. Dates are local days of the company; `end` is excluded.

    `period` is a word such as `this-quarter` and takes the place of `start` and `end`. `as_of` and `known` are a day
    (meaning its end) or an instant; empty `as_of` is the end of today, empty `known` is everything recorded.
    """

    model_config = ConfigDict(frozen=True)

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    period: str | None = None
    start: date | None = None
    end: date | None = None
    as_of: datetime | date | None = None
    known: datetime | date | None = None
    where: tuple[str, ...] = ()
    parameters: dict[str, str] = Field(default_factory=dict)
    compare: Compare | None = None
    order: tuple[str, ...] = ()
    limit: int | None = None
