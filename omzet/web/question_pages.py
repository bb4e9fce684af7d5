"""The pages that each answer one question, declared: their key figures, drawings and tables, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from omzet.web.cycle_tile import cycle_tile
from omzet.web.funnel_tile import funnel_tile
from omzet.web.reps_tile import reps_tile
from omzet.web.tiles import Tile
from omzet.web.view import View


@dataclass(frozen=True)
class Trend:
    """One number over the last twelve months, with its interval and what it was a year before."""

    id: str
    metric: str
    width: int = 6


@dataclass(frozen=True)
class Split:
    """Numbers by one dimension, a row a group. `title` and `sub` are English; `top` rows are shown, the rest is in the file."""

    id: str
    title: str
    sub: str
    by: str
    metrics: tuple[str, ...]
    width: int = 12
    top: int = 15


@dataclass(frozen=True)
class Drawn:
    """A tile with a drawing of its own."""

    make: Callable[[View], Tile]


Part = Trend | Split | Drawn


@dataclass(frozen=True)
class QuestionPage:
    """A page: its address, icon, name, the question it answers, its key figures and its parts.

    `caution` is said under the question where what goes together may be taken for what causes it. `of_people`: it is only for
    those who may see names.
    """

    path: str
    icon: str
    name: str
    question: str
    kpis: tuple[str, ...]
    parts: tuple[Part, ...]
    caution: str = ""
    of_people: bool = False

    @property
    def id(self) -> str:
        """The page's id in texts."""
        return self.path.strip("/")


PAGES = (
    QuestionPage(
        "/funnel",
        "funnel",
        "Funnel",
        "Where do deals drop off, and where do they wait?",
        ("leads_created", "lead_conversion_rate", "opportunities_created", "win_rate", "no_decision_rate"),
        (
            Drawn(funnel_tile),
            Split("losses", "Why deals are lost", "Share of the lost deals with a reason", "loss_reason",
                  ("loss_reason_share",), 5),
            Split(
                "bottleneck", "Bottlenecks", "Drop-off and waiting weighed by what is lost there, under 16 ways of counting",
                "stage",
                ("stage_bottleneck_score", "stage_drop_off_rate", "time_in_stage_km_median"), 12,
            ),
            Split("stages", "Stage by stage", "Conversion, drop-off and what is still open", "stage",
                  ("stage_reached_count", "stage_conversion_rate", "stage_drop_off_rate", "stage_open_share"), 12),
            Split("sources", "By source", "Where good deals come from", "source",
                  ("opportunities_created", "win_rate", "average_deal_size"), 12),
        ),
    ),
    QuestionPage(
        "/cycle",
        "timer",
        "Sales cycle",
        "How long does it take, counting the deals that are still open?",
        ("sales_cycle_length_median", "sales_cycle_length_p90", "sales_cycle_length_km_median", "lost_cycle_length_median",
         "stage_age_current"),
        (
            Drawn(cycle_tile),
            Trend("cycle-trend", "sales_cycle_length_median", 7),
            Split("ages", "Won by age", "Share won by that many days, open deals counted as not yet", "age_days",
                  ("win_probability_by_age", "loss_probability_by_age", "time_to_decision_survival"), 12, 12),
            Split("time-in-stage", "Time in each stage", "Median days, stays that are not over counted as such", "stage",
                  ("time_in_stage_km_median", "time_in_stage_mean", "stage_age_current"), 7),
            Split("cycle-segments", "By segment", "Median time to a decision", "segment",
                  ("sales_cycle_length_km_median", "sales_cycle_length_median"), 5),
        ),
    ),
    QuestionPage(
        "/activity",
        "activity",
        "Activity",
        "What was done, how fast were answers, and what goes together with it?",
        ("calls_made", "emails_sent", "meetings_held", "activities_per_rep_per_working_day", "lead_response_time_median"),
        (
            Trend("calls", "calls_made", 6),
            Trend("meetings", "meetings_held", 6),
            Split("activity-reps", "By rep", "Each against the working days they were there", "rep",
                  ("calls_made", "emails_sent", "meetings_held", "activities_per_rep_per_working_day"), 12, 40),
            Split("yield", "What it takes", "Activities for each outcome", "team",
                  ("activities_per_won_deal", "calls_per_won_deal", "meetings_per_opportunity", "follow_ups_per_deal"), 7),
            Split("response", "How fast leads are answered", "Leads still waiting counted as such", "source",
                  ("lead_response_time_km_median", "lead_response_rate", "lead_response_sla_rate"), 5),
        ),
        caution="What goes together with winning need not cause it: deals that live long get more calls.",
    ),
    QuestionPage(
        "/people",
        "users-round",
        "People",
        "Who does better or worse than chance, and who needs help with what?",
        ("win_rate", "average_deal_size", "revenue_per_rep", "quota_attainment", "ramp_time_months"),
        (
            Drawn(reps_tile),
            Split("rates", "Win rates drawn to the team's", "With few deals a rate says little: it is drawn to that of all",
                  "rep",
                  ("win_rate_shrunk", "win_rate", "case_mix_adjusted_win_rate"), 7, 40),
            Split("people-results", "Results from A to Z", "Never a ranking", "rep",
                  ("bookings_amount_by_rep", "quota_attainment", "average_deal_size", "sales_cycle_length_median"), 12, 40),
            Split("coaching", "Coaching and recognition", "What was held, done and said", "rep",
                  ("coaching_session_count", "action_completion_rate", "recognition_count"), 12, 40),
        ),
        of_people=True,
    ),
    QuestionPage(
        "/targets",
        "target",
        "Targets",
        "Are we on pace, and what does it take from here?",
        ("quota_attainment", "pacing_to_target", "run_rate_projection", "target_remaining", "required_run_rate"),
        (
            Trend("bookings-trend", "bookings_amount", 7),
            Split("outlook", "Outlook", "What the open period will bring, as a distribution", "team",
                  ("bookings_outlook", "probability_to_reach_target"), 5),
            Split("attainment", "By team", "Booked against agreed", "team",
                  ("quota_attainment", "pacing_to_target", "target_remaining", "pipeline_coverage"), 12),
        ),
    ),
    QuestionPage(
        "/costs",
        "coins",
        "Costs",
        "What does selling cost, and what does a customer bring?",
        ("sales_cost_ratio", "customer_acquisition_cost", "cac_payback_months", "customer_lifetime_value", "ltv_cac_ratio"),
        (
            Trend("cost-ratio", "sales_marketing_cost_ratio", 6),
            Trend("cac", "customer_acquisition_cost", 6),
            Split("cost-kinds", "By category", "What was spent in the period", "kind",
                  ("sales_cost_amount", "marketing_cost_amount"), 6),
            Split("cost-sources", "By source", "Spent for a lead and for a won deal", "source",
                  ("cost_per_lead", "cost_per_won_deal"), 6),
        ),
    ),
    QuestionPage(
        "/marketing",
        "megaphone",
        "Marketing",
        "Which leads become customers, and are they answered in time?",
        ("leads_created", "mql_to_sql_rate", "lead_conversion_rate", "lead_to_customer_rate", "lead_response_sla_rate"),
        (
            Trend("leads", "leads_created", 6),
            Trend("lead-quality", "lead_conversion_rate", 6),
            Split("lead-sources", "Lead quality by source", "From lead to customer", "source",
                  ("leads_created", "mql_to_sql_rate", "lead_conversion_rate", "lead_to_customer_rate"), 12),
            Split("lead-campaigns", "Lead quality by campaign", "From lead to customer", "campaign",
                  ("leads_created", "lead_conversion_rate", "lead_to_customer_rate"), 12),
            Split("lead-answers", "Answered in time", "By who owns the lead", "team",
                  ("lead_response_time_km_median", "lead_response_sla_rate", "duplicate_lead_rate"), 12),
        ),
    ),
)  # fmt: skip
"""All of them, in the order of the navigation."""
