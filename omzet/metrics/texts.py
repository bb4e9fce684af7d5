"""What people read about a metric: its texts, the parts of its equation, why it is undefined, the rows behind it."""

from __future__ import annotations

from typing import Literal

from omzet.locale import t
from omzet.metrics.definition import Metric, Parameter

About = Literal["name", "description", "formula", "counted"]
ABOUT: tuple[About, ...] = ("name", "description", "formula", "counted")

GROUPS = {
    "revenue": "Revenue",
    "growth": "Growth",
    "volume": "Volume",
    "win": "Winning and conversion",
    "funnel": "Funnel",
    "cycle": "Cycle time",
    "pipeline": "Pipeline",
    "activity": "Activity",
    "targets": "Targets",
}

PARTS = {
    "amount_closed": "Amount closed",
    "amount_won": "Amount won",
    "bookings": "Bookings",
    "calls": "Calls",
    "closed": "Closed",
    "converted": "Converted",
    "created": "Created",
    "dropped": "Dropped",
    "due": "Due",
    "entered": "Entered",
    "held": "Held",
    "leads": "Leads",
    "lost": "Lost",
    "open": "Open",
    "reached": "Reached",
    "reached_first": "Reached the first stage",
    "resolved": "No longer open here",
    "revenue": "Revenue",
    "revenue_before": "Revenue before",
    "target": "Target",
    "touches": "Touches",
    "went_on": "Went on",
    "won": "Won",
    "won_in_time": "Won in time",
    "won_or_open": "Won or open",
    "won_with_amount": "Won with an amount",
}

REASONS = {
    "immature": "Some are too young to tell",
    "no_base": "Nothing to compare with",
    "no_meetings": "No meetings that are past",
    "no_period": "Needs a period",
    "no_rows": "Nothing to measure here",
    "no_target": "No agreed target",
    "nothing_closed": "No deals closed",
    "nothing_left": "No deals left the stage",
    "nothing_reached": "No deals reached the stage",
    "nothing_won": "No deals won",
    "too_few_years": "Needs two whole fiscal years",
}


COLUMNS = {
    "account": "Account",
    "activity_id": "Activity",
    "amount": "Amount",
    "campaign": "Campaign",
    "closed_on": "Closed",
    "competitor": "Competitor",
    "contacted_on": "First contact",
    "converted_on": "Converted",
    "country": "Country",
    "created_on": "Created",
    "currency": "Currency",
    "days": "Days",
    "deal": "Deal",
    "deal_id": "Deal id",
    "direction": "Direction",
    "entered_on": "Entered",
    "forecast_category": "Forecast category",
    "happened_on": "Day",
    "industry": "Industry",
    "kind": "Kind",
    "last_left_on": "Last left",
    "lead_id": "Lead id",
    "left_on": "Left",
    "loss_kind": "Kind of loss",
    "loss_reason": "Loss reason",
    "manager": "Manager",
    "name": "Name",
    "next_reached_on": "Reached the next",
    "outcome": "Outcome",
    "pipeline": "Pipeline",
    "playbook": "Sales method",
    "product": "Product",
    "product_family": "Product family",
    "qualified_on": "Qualified",
    "reached_on": "Reached",
    "recognised_on": "Day",
    "region": "Region",
    "rep": "Rep",
    "revenue_id": "Line",
    "segment": "Segment",
    "source": "Source",
    "stage": "Stage",
    "status": "Status",
    "team": "Team",
}


def about(metric: Metric, what: About, language: str) -> str:
    """The name, description, formula or population of a metric. A workspace's own metric has one text for all."""
    english: str = getattr(metric, what)
    return t(f"metrics.{metric.id}.{what}", english, language) if metric.shipped else english


def meaning_of(metric: Metric, parameter: Parameter, language: str) -> str:
    """What a parameter of a metric does."""
    if not metric.shipped:
        return parameter.meaning
    return t(f"metrics.{metric.id}.parameters.{parameter.name}", parameter.meaning, language)


def group_name(group: str, language: str) -> str:
    """The name of a group of metrics; a workspace's own group is shown as it is written."""
    return t(f"metrics.groups.{group}", GROUPS.get(group, group), language)


def part_name(part: str, language: str) -> str:
    """What a part of a metric's equation is called: won, closed."""
    return t(f"metrics.parts.{part}", PARTS.get(part, _readable(part)), language)


def reason(why: str, language: str) -> str:
    """Why a value is undefined, for its code in an answer (`nothing_closed`)."""
    return t(f"metrics.reasons.{why}", REASONS.get(why, _readable(why)), language)


def column_name(column: str, language: str) -> str:
    """The heading of a listed column or the name of a dimension; an attribute of the data's own is shown as it is."""
    return t(f"metrics.columns.{column}", COLUMNS.get(column, column), language)


def left_out(relation: str, reason_id: str, english: str, language: str) -> str:
    """Why a row of a relation is left out. The English text stands with the reason; `any` is for all relations."""
    return t(f"metrics.left_out.{relation}.{reason_id}", english, language)


def _readable(code: str) -> str:
    return code.replace("_", " ").capitalize()
