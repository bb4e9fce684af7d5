"""What people want to get better at, and the metrics that show whether they do."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from omzet.locale import t


@dataclass(frozen=True)
class Objective:
    """One aim in words; `metrics` are those suggested for it, the nearest first. `about` says in a line when it fits."""

    name: str
    about: str
    metrics: tuple[str, ...]


OBJECTIVES: MappingProxyType[str, Objective] = MappingProxyType(
    {
        "revenue": Objective(
            "More revenue",
            "What is won, and what feeds it.",
            ("bookings_amount", "pipeline_created_amount", "won_count"),
        ),
        "customers": Objective(
            "More customers",
            "More leads that go on, more opportunities, more new names.",
            ("lead_conversion_rate", "opportunities_created", "new_customers"),
        ),
        "better": Objective(
            "Better deals",
            "Win more of what is worked on, and win larger.",
            ("win_rate", "average_deal_size", "average_discount_rate"),
        ),
        "faster": Objective(
            "Faster",
            "Less time from first contact to a decision.",
            ("sales_cycle_length_median", "lead_response_time_median"),
        ),
        "contact": Objective(
            "Closer to customers",
            "More talks that really take place.",
            ("meetings_held", "calls_made", "meeting_held_rate"),
        ),
    }
)
"""Every objective that is offered, by its code."""


def objective_name(objective: str, language: str = "en") -> str:
    """What an objective is called; words of somebody's own stay as they were typed."""
    known = OBJECTIVES.get(objective)
    return t(f"desk.objective.{objective}.name", known.name, language) if known else objective


def objective_about(objective: str, language: str = "en") -> str:
    """When an objective fits, in a line."""
    known = OBJECTIVES.get(objective)
    return t(f"desk.objective.{objective}.about", known.about, language) if known else ""
