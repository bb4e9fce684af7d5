"""The target of a metric over a period: in full, and what is due by today."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.web.view import View, only


@dataclass(frozen=True)
class Target:
    """`full` is the target of the whole period, `to_date` the part that is due by the end of today."""

    full: float
    to_date: float


def target_of(view: View, metric: str) -> Target | None:
    """The target of `metric` for the chosen period and filters; None when there is none."""
    if not view.has_targets:
        return None
    asked = view.choice.question(["target_amount", "target_to_date"], parameters={"metric": metric})
    answer = view.ask(asked)
    full, due = only(answer, "target_amount"), only(answer, "target_to_date")
    return Target(full.value, due.value or 0.0) if full.value else None
