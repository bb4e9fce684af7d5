"""What people read about metrics, in their language: names, parts, columns, and why something is left out or undefined."""

from __future__ import annotations

from omzet.locale.words import t
from omzet.metrics.definition import Metric
from omzet.metrics.relations import Reason

PARTS = {
    "adjusted": "Without season, a working day",
    "adjusted_before": "Without season before, a working day",
    "late": "Recorded late",
    "should_be": "Should be filled",
    "filled": "Filled",
    "commit": "Commit",
    "won_commit": "Won from commit",
    "opening": "At the opening",
    "pushed": "Pushed out",
    "weighted": "Weighted",
    "stale": "Without contact",
    "actions_due": "Due",
    "done_on_time": "Done on time",
    "working_days": "Working days",
    "sent": "Sent",
    "replied": "Replied",
    "connected": "Connected",
    "answered_in_time": "Answered in time",
    "answered": "Answered",
    "qualified": "Qualified",
    "customers": "New customers",
    "costs": "Costs",
    "with_reason": "Lost with a reason",
    "heads": "Quota carriers",
    "list_value": "At list price",
    "discount": "Discount",
    "no_decision": "No decision",
    "duplicates": "Duplicates",
    "valid": "Still to come",
    "amount_open": "Amount open",
    "overdue": "Overdue",
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
    "lost_here": "Lost here",
    "moved_back": "Moved back",
    "closed_or_stale": "Closed or stale",
    "came_past": "Came past",
    "skipped": "Skipped",
    "reached": "Reached",
    "reached_first": "Reached the first stage",
    "resolved": "No longer open here",
    "revenue": "Revenue",
    "revenue_before": "Revenue before",
    "inside": "Inside the range",
    "forecasts": "Forecasts",
    "at_target": "At or above target",
    "with_target": "With a target",
    "so_far": "So far",
    "due_by_now": "Due by now",
    "target": "Target",
    "touches": "Touches",
    "went_on": "Went on",
    "won": "Won",
    "won_in_time": "Won in time",
    "won_or_open": "Won or open",
    "won_with_amount": "Won with an amount",
    "other": "Not among them",
}
WHYS = {
    "too_few_months": "Needs 24 whole months with revenue",
    "no_whole_month": "No whole month of it is over",
    "no_closes_recorded": "No close was recorded after the first load",
    "too_few_people": "Too few to tell: needs five people trained and five who were not",
    "too_early": "Too early to tell: not all quarters after it are over",
    "no_trainings": "No trainings",
    "week_not_over": "That week is not over",
    "no_commit": "Nothing was in category commit",
    "nothing_at_opening": "Nothing was expected to close in the period",
    "nothing_weighted": "No open deals with a chance",
    "no_probability": "No open deal has a chance",
    "target_met": "The target is met",
    "one_group": "Needs closed deals with and without the activity",
    "no_hours": "No hours recorded",
    "none_created": "No opportunities created",
    "no_working_days": "Nobody was there on a working day",
    "no_outcomes": "No calls with an outcome",
    "no_answers": "No leads answered",
    "all_alike": "All deals ended alike, so there is no spread",
    "no_leads": "No leads came in",
    "no_new_customers": "No new customers",
    "no_acquisition_cost": "No acquisition cost",
    "no_churn": "No customer left",
    "no_margin": "The gross margin is not known",
    "no_contracts": "No contracts with a customer",
    "no_costs": "No costs",
    "nothing_open": "No deals are open",
    "no_reasons": "No lost deals with a reason",
    "no_heads": "Nobody with a quota was there",
    "no_revenue": "No revenue",
    "no_lines": "No lines with a list price",
    "immature": "Some are too young to tell",
    "no_base": "Nothing to compare with",
    "no_meetings": "No meetings that are past",
    "no_period": "Needs a period",
    "no_rows": "Nothing to measure here",
    "no_target": "No agreed target",
    "no_starters": "Nobody started who had a target",
    "no_actuals": "A period brought nothing to compare with",
    "no_forecasts": "No forecast of a period that is over",
    "no_quantiles": "No forecast with quantiles of a period that is over",
    "no_days_left": "No working days are left",
    "not_begun": "No working day of the period is over",
    "nothing_closed": "No deals closed",
    "nothing_left": "No deals left the stage",
    "by_stage": "Ask for it by stage",
    "half_not_reached": "Less than half so far",
    "no_proposal": "No won deal passed the proposal stage, or the settings name none",
    "nothing_created": "No deals created",
    "nothing_entered": "No deals entered the stage",
    "nothing_lost": "No deals lost",
    "none_staying": "No deals are open",
    "nothing_reached": "No deals reached the stage",
    "nothing_to_follow": "No deals reached the stage, or no stage follows it",
    "nothing_won": "No deals won",
    "too_few_years": "Needs two whole fiscal years",
}
NOTES = {
    "bound": "{between}, depending on whether the {n} open deal without contact for {days} days or more is lost. | "
    "{between}, depending on how many of the {n} open deals without contact for {days} days or more are lost.",
    "no_plan_rate": "{count} in {currency} left out, there is no plan rate for the fiscal year.",
    "no_probability": "{count} open deals have no chance of winning on record and add nothing: {stages}.",
    "goes_together": "These go together; that does not show that one causes the other.",
    "prior_few": "Fewer than five reps closed deals: the rates are drawn to a weak common one.",
    "prior_alike": "Between these reps there is no difference beyond chance.",
    "new_segments": "Segments that have deals in one of both periods only count as mix.",
    "bookings_basis": "There are no revenue lines: revenue is bookings here.",
    "other_costs": "Neither selling nor marketing, and left out: {categories}.",
    "no_chance": "{metric}: {count} open deals are left out, their chance or their amount is not known.",
    "log_rank": "{metric}: that all {count} groups take equally long has p {p} (log-rank test).",
    "bookings_growth": "There are no revenue lines: growth is that of bookings.",
    "no_amount": "{metric}: {missing} of {of} have no amount and add nothing.",
    "no_rate": "{metric}: {count} in {currency} left out, there is no exchange rate for the day.",
    "undated": "{count} closed deals have no closing date and are in no period.",
    "unknown_near": "There is no {what} '{value}'. Did you mean '{near}'?",
    "unknown_value": "There is no {what} '{value}'.",
}
COLUMNS = {
    "topic": "Topic",
    "hours": "Hours",
    "done_on": "Done",
    "due_on": "Due",
    "event_id": "Event",
    "list_price": "List price",
    "unit_cost": "Unit cost",
    "unit_price": "Price",
    "quantity": "Quantity",
    "line_id": "Line",
    "spent_on": "Day",
    "cost_id": "Cost",
    "ends_on": "Last day",
    "starts_on": "First day",
    "contract_id": "Contract",
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
    "credit": "Share credited",
    "currency": "Currency",
    "days": "Days",
    "deal": "Deal",
    "deal_id": "Deal id",
    "direction": "Direction",
    "entered_on": "Entered",
    "forecast_category": "Forecast category",
    "from_on": "First day",
    "happened_on": "Day",
    "industry": "Industry",
    "kind": "Kind",
    "last_left_on": "Last left",
    "lead_id": "Lead id",
    "left_on": "Left",
    "loss_kind": "Kind of loss",
    "loss_reason": "Loss reason",
    "manager": "Manager",
    "made_on": "Made",
    "name": "Name",
    "next_reached_on": "Next reached",
    "outcome": "Outcome",
    "p10": "P10",
    "p50": "P50",
    "p90": "P90",
    "pipeline": "Pipeline",
    "playbook": "Sales method",
    "probability": "Chance",
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
    "ended_on": "Left",
    "started_on": "Started",
    "status": "Status",
    "moved_on": "Moved",
    "step": "Step",
    "team": "Team",
    "to_stage": "To stage",
    "to_on": "Last day",
    "reason": "Left out because",
    "reopened_on": "Reopened",
}

FIGURES = {
    "above_team": "Chance to be above the team",
    "account": "Account filled",
    "accounts": "Accounts",
    "acquisition_cost": "Acquisition cost",
    "after": "Now",
    "bound": "If stale deals are lost",
    "amount": "Amount filled",
    "amount_ratio": "Amount when won ÷ amount now",
    "at_risk": "Still followed",
    "before": "Before",
    "caution": "Mind",
    "centre": "Centre",
    "chance": "Chance to use",
    "closed": "By deals closed",
    "closing": "Closing",
    "costs_before": "Costs the quarter before",
    "covered": "Margin known for",
    "created": "Created",
    "cycle": "By days to win",
    "cycle_days": "Mean days to win",
    "days": "Working days",
    "deal_size": "Won deal size",
    "deals": "Deals",
    "decreased": "Decreased",
    "drop_off": "Dropped",
    "effect_14": "Effect by day 14",
    "effect_30": "Effect by day 30",
    "effect_60": "Effect by day 60",
    "elapsed_days": "Working days past",
    "empirical": "Won of those decided",
    "empirical_n": "Decided",
    "exits": "Deals that left",
    "expected": "Expected wins",
    "expected_close": "Expected close filled",
    "exposed": "Won with the activity",
    "exposed_n": "Deals with it",
    "exposed_open": "Open with it",
    "first_share": "First in samples, by loss",
    "first_share_waiting": "First in samples, by wait",
    "flag": "Signal",
    "fx": "Exchange rates",
    "gap": "Difference",
    "gross_margin": "Gross margin",
    "half_by": "Half of it within",
    "here_now": "Here now",
    "high90": "90% up to",
    "high95": "Upper limit, 95%",
    "high998": "Upper limit, 99.8%",
    "holds_in": "First in ways of counting, by loss",
    "holds_in_waiting": "First in ways of counting, by wait",
    "horizon": "Compared after",
    "increased": "Increased",
    "least": "Lowest",
    "lost": "Lost",
    "lost_amount": "Lost here",
    "lost_n": "Lost deals",
    "low90": "90% from",
    "low95": "Lower limit, 95%",
    "low998": "Lower limit, 99.8%",
    "margin": "Margin",
    "mix": "By the mix of deals",
    "monthly_churn": "Customers lost a month",
    "monthly_revenue_per_customer": "Revenue per customer a month",
    "months": "Months of history",
    "most": "Highest",
    "naive": "Simple difference",
    "naive_exposed": "Simply, with the activity",
    "naive_unexposed": "Simply, without it",
    "new_business": "New business",
    "of_all": "Of all",
    "of_previous": "Of the step before",
    "open": "From open deals",
    "opening": "Opening",
    "overall": "Overall rate",
    "own_change": "Own change",
    "owner": "Owner filled",
    "p": "p-value",
    "p10": "P10",
    "p50": "P50",
    "p90": "P90",
    "past_periods": "Past periods",
    "placebo": "Check with cancelled ones",
    "placebo_high": "Check, up to",
    "placebo_low": "Check, from",
    "prior_a": "Prior wins",
    "prior_b": "Prior losses",
    "pulled_in": "Pulled in",
    "pushed": "Pushed at least once",
    "pushed_out": "Pushed out",
    "q": "q-value",
    "rank_lost": "Place by loss",
    "rank_waiting": "Place by wait",
    "rate": "Rate",
    "reassigned_in": "Taken over",
    "reassigned_out": "Handed over",
    "recurring": "Recurring revenue",
    "recurring_before": "Recurring revenue before",
    "remaining": "Left of the target",
    "remaining_days": "Working days left",
    "removed": "Removed",
    "reopened": "Reopened",
    "reversed": "Every segment moved the other way",
    "season": "Season, a working day",
    "shock": "Common swing of chances",
    "stale": "Open without contact",
    "still_open": "Still open",
    "target": "Target",
    "team_rate": "Team",
    "trained": "Trained",
    "unexposed": "Won without it",
    "unexposed_n": "Deals without it",
    "unexposed_open": "Open without it",
    "unfilled": "Without a reason",
    "untrained": "Not trained",
    "unweighted": "Unweighted",
    "used": "Used",
    "value_in": "Value that came in",
    "wait_days": "Mean wait",
    "wait_median": "Median wait",
    "waiting_value": "Value × days",
    "ways": "Ways of counting",
    "weeks": "Weeks",
    "win_rate": "Win rate",
    "won": "Won so far",
    "won_value": "By deal value",
    "absorption_win_probability.used": "Chance used",
    "pipeline_velocity_change.open": "By open deals",
    "pipeline_velocity_change.deal_size": "By deal size",
    "pipeline_velocity_change.win_rate": "By win rate",
    "bookings_change.win_rate": "By win rate",
    "pipeline_bridge.won": "Won",
    "pipeline_velocity.open": "Open deals",
    "follow_ups_per_deal.lost": "On lost deals",
    "win_rate_change.rate": "By winning within segments",
    "rep_funnel_plot.centre": "Rate of all reps",
    "rep_funnel_plot.rate": "Win rate",
    "case_mix_adjusted_win_rate.rate": "Win rate as it is",
    "training_effect.own_change": "Own change of the trained",
}
"""What stands beside a value; where a name tells another thing of one metric, its id stands before it."""

STATES = {
    "none": "Within the limits",
    "low": "Below own usual",
    "high": "Above own usual",
    "warning_low": "Below the 95% limit",
    "warning_high": "Above the 95% limit",
    "action_low": "Below the 99.8% limit",
    "action_high": "Above the 99.8% limit",
    "yes": "Yes",
    "no": "No",
    "empirical": "As decided deals went",
    "moves": "From the moves",
}
"""What a figure in a word may say."""


def name(metric: Metric, language: str) -> str:
    """The metric's name."""
    return _told(metric, "name", metric.name, language)


def description(metric: Metric, language: str) -> str:
    """What the metric tells, in a sentence or two."""
    return _told(metric, "description", metric.description, language)


def formula(metric: Metric, language: str) -> str:
    """Its formula in words."""
    return _told(metric, "formula", metric.formula, language)


def counted(metric: Metric, language: str) -> str:
    """Which rows it is taken over."""
    return _told(metric, "counted", metric.counted, language)


def parameter(metric: Metric, parameter: str, meaning: str, language: str) -> str:
    """What one of its parameters means; `meaning` is the entry's own text."""
    return _told(metric, f"parameters.{parameter}", meaning, language)


def _told(metric: Metric, word: str, english: str, language: str) -> str:
    """A shipped metric's text in the language; a workspace's own metric speaks the language it was written in."""
    return t(f"metrics.{metric.id}.{word}", english, language) if metric.shipped else english


def part(word: str, language: str) -> str:
    """One side of a ratio, or the rows on it."""
    return t(f"metrics.parts.{word}", PARTS.get(word, word), language)


def why(word: str, language: str) -> str:
    """Why a value is undefined."""
    return t(f"metrics.reasons.{word}", WHYS.get(word, word), language)


def note(word: str, language: str, **values: object) -> str:
    """What a reader must know about an answer."""
    return t(f"metrics.notes.{word}", NOTES[word], language, **values)


def column(name: str, language: str) -> str:
    """The head of a column of listed rows."""
    return t(f"metrics.columns.{name}", COLUMNS.get(name, name.replace("_", " ").capitalize()), language)


def figure(metric: Metric, name: str, language: str) -> str:
    """What a figure that stands beside a metric's value is."""
    own = f"{metric.id}.{name}"
    key = own if own in FIGURES else name
    english = FIGURES.get(key, name.replace("_", " ").capitalize())
    return t(f"metrics.figures.{key}", english, language)


def state(word: str, language: str) -> str:
    """What a figure in a word says."""
    return t(f"metrics.states.{word}", STATES.get(word, word), language)


def left_out(relation: str, reason: Reason, language: str) -> str:
    """Why a row of a relation is left out."""
    place = "any" if reason.id in ("outside_period", "filtered", "no_rate", "not_counted") else relation
    return t(f"metrics.left_out.{place}.{reason.id}", reason.text, language)
