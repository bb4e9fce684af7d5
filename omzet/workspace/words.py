"""A question out of the words a person writes, on the command line as in Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args

from omzet.errors import CallError, unknown
from omzet.query.question import Compare, Grain, Question

Moment = datetime | date


def question_of(
    metrics: Question | Sequence[str] | str,
    *,
    by: Sequence[str] | str = (),
    grain: str | None = None,
    period: str | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: Moment | str | None = None,
    known: Moment | str | None = None,
    where: Sequence[str] | str = (),
    parameters: Mapping[str, Any] | None = None,
    compare: str | None = None,
    order: Sequence[str] | str = (),
    limit: int | None = None,
) -> Question:
    """The question that these words ask. Raises CallError on a word that means nothing, with the nearest right one.

    A list may be written with commas. `start` may be a period's word (`last-quarter`) when `end` is absent.
    """
    if isinstance(metrics, Question):
        return metrics
    names = words(metrics)
    if not names:
        raise CallError("Name at least one metric. `omzet metrics` lists them.")
    if isinstance(start, str) and end is None and period is None and not is_date(start):
        start, period = None, start
    if period and (start or end):
        raise CallError("Give either a period or a start and an end, not both.")
    if limit is not None and limit < 1:
        raise CallError("The limit must be 1 or more.")
    return Question(
        metrics=names,
        by=words(by),
        grain=_one_of("grain", grain, get_args(Grain)),
        period=period,
        start=_day("from", start),
        end=_day("to", end),
        as_of=_moment("as-of", as_of),
        known=_moment("known", known),
        where=(where,) if isinstance(where, str) else tuple(where),
        parameters={key: _text(value) for key, value in (parameters or {}).items()},
        compare=_one_of("comparison", compare, get_args(Compare)),
        order=words(order),
        limit=limit,
    )


def words(text: Sequence[str] | str) -> tuple[str, ...]:
    """The words of a list, or of a text with commas."""
    parts = [text] if isinstance(text, str) else list(text)
    return tuple(word.strip() for part in parts for word in part.split(",") if word.strip())


def is_date(text: str) -> bool:
    """Whether the text looks like a day (2026-03-31) rather than a period's word or label."""
    return re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text.strip()) is not None


def _one_of(kind: str, word: str | None, known: tuple[str, ...]) -> Any:
    if word is None or word in known:
        return word
    raise unknown(kind, word, known)


def _day(name: str, value: date | str | None) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise CallError(f"--{name} {value}: a day such as 2026-03-31 is expected.") from None


def moment_of(name: str, text: str) -> Moment:
    """A day or an instant as people write it. Raises CallError that names the option."""
    found = _moment(name, text)
    if found is None:
        raise CallError(f"{name} needs a day or an instant, such as 2026-03-31.")
    return found


def _moment(name: str, value: Moment | str | None) -> Moment | None:
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        return date.fromisoformat(text) if is_date(text) else datetime.fromisoformat(text)
    except ValueError:
        raise CallError(f"--{name} {value}: a day (2026-03-31) or a time (2026-03-31T17:00+02:00) is expected.") from None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(_text(each) for each in value)
    return str(value)
