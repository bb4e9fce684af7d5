"""The rules there are, in the order of the list on the page: one file each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from omzet.analyses.findings.acquisition_cost_by_source import acquisition_cost_by_source
from omzet.analyses.findings.activity_goes_together import activity_goes_together
from omzet.analyses.findings.behind_pace import behind_pace
from omzet.analyses.findings.bottleneck import bottleneck
from omzet.analyses.findings.cost_ratio_rising import cost_ratio_rising
from omzet.analyses.findings.coverage_thin import coverage_thin
from omzet.analyses.findings.cycle_longer import cycle_longer
from omzet.analyses.findings.data_incomplete import data_incomplete
from omzet.analyses.findings.finding import Candidate
from omzet.analyses.findings.forecast_biased import forecast_biased
from omzet.analyses.findings.growth_lever import growth_lever
from omzet.analyses.findings.lead_quality import lead_quality
from omzet.analyses.findings.little_activity import little_activity
from omzet.analyses.findings.look import Look
from omzet.analyses.findings.new_rep_ramp import new_rep_ramp
from omzet.analyses.findings.overdue_close_dates import overdue_close_dates
from omzet.analyses.findings.rep_below_expectation import rep_below_expectation
from omzet.analyses.findings.revenue_growth_changed import revenue_growth_changed
from omzet.analyses.findings.slippage_high import slippage_high
from omzet.analyses.findings.slow_response import slow_response
from omzet.analyses.findings.stage_drop_off import stage_drop_off
from omzet.analyses.findings.stale_deals import stale_deals
from omzet.analyses.findings.training_area import training_area
from omzet.analyses.findings.training_effect import training_effect
from omzet.analyses.findings.win_rate_changed import win_rate_changed
from omzet.analyses.findings.worth_recognising import worth_recognising


@dataclass(frozen=True)
class Rule:
    """One rule: its name and what it sees. `tells_facts`: also told of a team to somebody who doesn't see its people."""

    name: str
    find: Callable[[Look], Iterable[Candidate]]
    english: str
    tells_facts: bool = False


RULES = (
    Rule("revenue_growth_changed", revenue_growth_changed, "Growth of revenue"),
    Rule("behind_pace", behind_pace, "Pace to the target", tells_facts=True),
    Rule("coverage_thin", coverage_thin, "Enough open pipeline", tells_facts=True),
    Rule("bottleneck", bottleneck, "The bottleneck"),
    Rule("stage_drop_off", stage_drop_off, "Where deals stop"),
    Rule("win_rate_changed", win_rate_changed, "The win rate"),
    Rule("cycle_longer", cycle_longer, "How long deals take"),
    Rule("stale_deals", stale_deals, "Deals without contact", tells_facts=True),
    Rule("overdue_close_dates", overdue_close_dates, "Close dates passed", tells_facts=True),
    Rule("slippage_high", slippage_high, "Deals pushed to a later quarter"),
    Rule("forecast_biased", forecast_biased, "Forecasts against what came"),
    Rule("activity_goes_together", activity_goes_together, "Activity and winning"),
    Rule("little_activity", little_activity, "Activity against the own usual"),
    Rule("slow_response", slow_response, "How soon leads are answered", tells_facts=True),
    Rule("lead_quality", lead_quality, "Leads by source and campaign"),
    Rule("acquisition_cost_by_source", acquisition_cost_by_source, "What a customer costs, by source"),
    Rule("cost_ratio_rising", cost_ratio_rising, "What selling costs"),
    Rule("rep_below_expectation", rep_below_expectation, "Reps against what was expected"),
    Rule("worth_recognising", worth_recognising, "What deserves a compliment"),
    Rule("growth_lever", growth_lever, "The largest lever of each rep"),
    Rule("new_rep_ramp", new_rep_ramp, "New reps beside earlier starters"),
    Rule("training_area", training_area, "Steps for a training"),
    Rule("training_effect", training_effect, "What trainings changed"),
    Rule("data_incomplete", data_incomplete, "Whether the data are complete", tells_facts=True),
)
