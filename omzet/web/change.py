"""How a figure moved and where it stands, in words with a tone and an icon: colour is never alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from markupsafe import Markup

from omzet.charts.kpi import RateData, bullet_of_rate
from omzet.web.targets import Target
from omzet.web.tiles import Mark
from omzet.web.view import FEW, Figure, View

PACE = ((1.0, "good", "circle-check"), (0.9, "near", "circle-minus"), (float("-inf"), "bad", "triangle-alert"))
"""From which share of what is due a sum is on pace, near it, or behind."""

Write = Callable[[float], str]


def against(view: View) -> str:
    """What the change is against: "vs Q3 2026, same working day"."""
    base = view.base()
    if base is None:
        return ""
    name = view.name_of(*base)
    partial = view.choice.start <= view.today < view.choice.end - timedelta(days=1)
    if partial:
        return view.reader.t("web.vs_partial", "vs {name}, up to the same working day", name=name)
    return view.reader.t("web.vs", "vs {name}", name=name)


def relative(view: View, found: Figure, *, up_is_good: bool | None) -> Mark | None:
    """The change as a share of what it was."""
    if found.value is None or not found.previous or found.previous < 0:
        return None
    return direction(view, found.value - found.previous, view.reader.percent(abs(found.value / found.previous - 1)), up_is_good)


def absolute(view: View, found: Figure, write: Write, *, up_is_good: bool | None) -> Mark | None:
    """The change in points or days."""
    if found.value is None or found.previous is None:
        return None
    return direction(view, found.value - found.previous, write(found.value - found.previous), up_is_good)


def direction(view: View, change: float, text: str, up_is_good: bool | None) -> Mark:
    """A change as arrow, tone and text; one that is rounded to nothing is none."""
    if not any(digit in text for digit in "123456789"):
        return Mark(view.reader.t("web.unchanged", "unchanged"), "", "minus")
    tone = "" if up_is_good is None else "good" if (change > 0) == up_is_good else "bad"
    return Mark(view.reader.signed(change, text), tone, "arrow-up-right" if change > 0 else "arrow-down-right")


# Status


def pace(view: View, value: float | None, target: Target | None, write: Write) -> tuple[Mark | None, str]:
    """Where a sum stands against its target, and the target in words."""
    if target is None or value is None:
        return None, ""
    reader = view.reader
    due = target.full if view.over else target.to_date
    of = reader.t("web.kpi.of_target", "of {target}", target=write(target.full))
    if not due:
        return Mark(reader.t("web.pace.none", "no target due yet"), "", "circle-minus"), of
    share = value / due
    text = reader.percent(share, 0)
    words = ("web.pace.target", "{share} of target") if view.over else ("web.pace.pace", "{share} of pace")
    tone, icon = next((tone, icon) for least, tone, icon in PACE if share >= least)
    return Mark(reader.t(*words, share=text), tone, icon), of


def no_target(view: View) -> Mark:
    """What stands in place of a status."""
    return Mark(view.reader.t("web.no_target", "no target"), "", "circle-slash")


def hidden(view: View) -> Mark:
    """What stands in place of a status where amounts are not for the reader."""
    return Mark(view.reader.t("web.kpi.hidden", "amounts are not shown to you"), "", "lock-keyhole")


def by_chance(view: View, found: Figure, *, up_is_good: bool) -> Mark | None:
    """Whether a change is more than chance allows: the period before lies outside the interval, or not."""
    reader = view.reader
    if found.value is None or found.n < FEW:
        return Mark(reader.t("web.few", "too few to judge"), "", "circle-minus") if found.value is not None else None
    if found.previous is None or found.low is None or found.high is None:
        return no_target(view)
    if found.low <= found.previous <= found.high:
        return Mark(reader.t("web.chance", "within chance"), "", "circle-minus")
    better = (found.value > found.previous) == up_is_good
    text = reader.t("web.clearly_better", "clearly better") if better else reader.t("web.clearly_worse", "clearly worse")
    return Mark(text, "good" if better else "bad", "circle-check" if better else "triangle-alert")


def interval(found: Figure, label: str, bounds: tuple[float | None, float | None]) -> Markup:
    """A figure with its interval as a bar."""
    return bullet_of_rate(RateData(found.value, found.low, found.high, bounds=bounds), label)
