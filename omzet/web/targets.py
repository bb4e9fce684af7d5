"""The target of a metric over a period: in full, and what is due by today."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.web.view import View, only, series


@dataclass(frozen=True)
class Target:
    """`full` is the target of the whole period, `to_date` the part that is due by the end of today."""

    full: float
    to_date: float


def target_of(view: View, metric: str) -> Target | None:
    """The target of `metric` for the chosen period and filters; None when there is none, or none for a part of it."""
    if not view.has_targets:
        return None
    parameters = {"metric": metric}
    answer = view.ask(view.choice.question(["target_amount", "target_to_date"], parameters=parameters))
    full, due = only(answer, "target_amount"), only(answer, "target_to_date")
    if not full.value:
        return None
    months = view.ask(view.choice.question("target_amount", parameters=parameters, grain="month"))
    if not all(found.value for _, found in series(months, "target_amount")):
        return None
    return Target(full.value, due.value or 0.0)
