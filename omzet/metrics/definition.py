"""What a metric is: one frozen value for each catalogue entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Unit = Literal[
    "money", "count", "share", "points", "days", "hours", "minutes", "months", "ratio", "number", "money_per_day", "text"
]
"""`share` is a fraction, `points` a difference of two; `ratio` how many times, `number` what has no unit, as a score."""
Direction = Literal["up", "down", "context"]
MetricKind = Literal["additive", "ratio", "distribution", "stock"]
AnchorKind = Literal["period", "cohort", "snapshot"]


DURATIONS = ("days", "hours", "minutes", "months")
"""Units of time that passed, which is never less than none."""

ANALYSES: Mapping[str, str] = {
    "growth": "growth:growth",
    "shrunk_rate": "people:shrunk_rate",
    "funnel_plot": "people:funnel_plot",
    "case_mix": "people:case_mix",
    "per_working_day": "activity:per_working_day",
    "beside_lost": "activity:beside_lost",
    "landmark": "landmark:landmark",
    "activity_band": "activity:band",
    "training_effect": "training:training_effect",
    "change_of_rate": "drivers:change_of_rate",
    "change_of_bookings": "drivers:change_of_bookings",
    "change_of_velocity": "drivers:change_of_velocity",
    "velocity_of_leads": "activity:velocity_of_leads",
    "compound_growth": "growth:compound_growth",
    "seasonally_adjusted": "season:seasonally_adjusted",
    "target_to_date": "targets:target_to_date",
    "attainment": "targets:attainment",
    "pacing": "pacing:pacing",
    "ramp": "ramp:ramp",
    "survival": "survival:survival",
    "outlook": "outlook:outlook",
    "outlook_backtest": "outlook_backtest:backtest",
    "stage_flow": "stages:flow",
    "lead_funnel": "funnel:lead_funnel",
    "bottleneck": "bottleneck:bottleneck",
    "absorption": "states:absorption_of_stages",
    "forecast_quality": "forecast_quality:forecast_quality",
    "weighted_pipeline": "pipeline:weighted",
    "overdue_pipeline": "pipeline:overdue",
    "pipeline_coverage": "pipeline:coverage",
    "required_coverage": "pipeline:required_coverage",
    "pipeline_velocity": "pipeline:velocity",
    "pipeline_created": "pipeline:created",
    "win_rate_if_lost": "stale:win_rate_if_lost",
    "bounded_by_stale": "stale:bounded",
    "stale_share": "stale:stale_share",
    "push_count": "stale:push_count",
    "pipeline_bridge": "bridge:bridge",
    "slippage": "bridge:slippage",
    "commit_accuracy": "commit:commit_accuracy",
    "field_completeness": "quality:field_completeness",
    "backdated": "quality:backdated",
    "cost_ratio": "costs:cost_ratio",
    "customer_value": "customers:customer_value",
    "magic_number": "customers:magic_number",
    "margin": "money:margin",
    "concentration": "money:concentration",
    "per_head": "money:per_head",
    "reason_share": "money:reason_share",
    "win_probability_quality": "forecast_quality:win_probability_quality",
}
"""What an entry may name as its `analysis`: the module in `omzet.analyses` and the function that measures it."""

OWN_SERIES = frozenset({"weighted_pipeline", "overdue_pipeline", "outlook"})
"""Analyses of a snapshot that measure all periods of a grain at once; the others are asked for each."""


@dataclass(frozen=True)
class Anchor:
    """What places an item in a period.

    `period`: the event in `column` falls in it. `cohort`: so too, and the items are followed to as-of.
    `snapshot`: the state at as-of, or at each period's end; a period without a grain then limits `column`, or nothing
    where that is `as_of`.
    """

    kind: AnchorKind
    column: str


@dataclass(frozen=True)
class Parameter:
    """One parameter with its default; `choices` limits it, `at_least` bounds a number.

    With `setting` the default is what the company set under that key. `number` says that it is one though there is no
    default.
    """

    name: str
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    at_least: float | None = None
    setting: str = ""
    number: bool = False


@dataclass(frozen=True)
class Metric:
    """One catalogue entry.

    An aggregate over one relation has `relation`, `anchor`, `population` and either `value` (additive or stock),
    `numerator` and `denominator` (ratio) or `measure` and `statistic` (distribution), each as SQL. `amount` is the money
    that a ratio or distribution takes of each row (a sum tells by its `value`): a row with money but no exchange rate is
    left out, and with `needs_amount` one without an amount too. A ratio of two metrics has `of`. Any other shape names
    an `analysis` and what it is called `with`; its rows are those of its own `relation`, `anchor` and `population`, of the
    metrics in `of`, or of those in `rows_of`. `columns` are the units of what stands beside its value.
    """

    id: str
    version: int
    owner: str
    changed_on: str
    group: str
    name: str
    description: str
    formula: str
    counted: str
    unit: Unit
    direction: Direction
    kind: MetricKind
    source: str = ""
    relation: str = ""
    anchor: Anchor | None = None
    population: str = "TRUE"
    amount: str = ""
    needs_amount: bool = False
    value: str = ""
    numerator: str = ""
    denominator: str = ""
    parts: tuple[str, ...] = ()
    measure: str = ""
    statistic: float | Literal["mean"] | None = None
    interval: Literal["wilson", "ratio", "mean", "quantile", "posterior", "newcombe", "survival"] | None = None
    defined_if: str = ""
    undefined: str = ""
    of: tuple[str, ...] = ()
    analysis: str = ""
    rows_of: tuple[str, ...] = ()
    columns: Mapping[str, Unit] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    variants: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    owner_at: Literal["moment", "creation"] = "moment"
    by: tuple[str, ...] = ()
    shipped: bool = True

    def varied(self, values: Mapping[str, Any]) -> Metric:
        """This metric in the variant that parameter values choose: `variants` names what another value changes."""
        changed: dict[str, Any] = {}
        for name, by_value in self.variants.items():
            changed |= by_value.get(str(values.get(name)), {})
        if "anchor" in changed:
            ((kind, column),) = changed["anchor"].items()
            changed["anchor"] = Anchor(kind, column)
        return replace(self, **changed) if changed else self

    @property
    def is_snapshot(self) -> bool:
        """True for what stands at a moment, such as the open pipeline."""
        return self.anchor is not None and self.anchor.kind == "snapshot"

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None."""
        return next((p for p in self.parameters if p.name == name), None)
