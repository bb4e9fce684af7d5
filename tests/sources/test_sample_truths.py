"""The planted truths can be found in the written data, by plain pandas and statsmodels (see docs/sample.md)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.stats import betabinom, spearmanr

from omzet.sources.sample.truth import (
    BAD_CAMPAIGN_EFFECT,
    COMMIT_BIAS,
    LEAD_BY_SOURCE,
    WIN_BY_KIND,
    WIN_BY_SEGMENT,
    WIN_BY_SOURCE,
)
from tests.sources.sampled import STAGES, TODAY, company, days

NOW = pd.Timestamp(TODAY)


@cache
def stays() -> pd.DataFrame:
    """One row a stay of a decided deal in an open stage, with its days."""
    decided = company().decided()
    changes = company().table("deal_changes")
    moves = changes[changes.field == "stage"][["deal_id", "value", "changed_at"]].set_axis(["deal_id", "stage", "at"], axis=1)
    first = decided[["deal_id"]].assign(stage="New", at=decided.created_at)
    entered = pd.concat([first, moves[moves.deal_id.isin(decided.deal_id)]])
    entered["at"] = pd.to_datetime(entered["at"], utc=True)
    entered = entered.sort_values(["deal_id", "at"])
    entered["days"] = (entered.groupby("deal_id")["at"].shift(-1) - entered["at"]).dt.total_seconds() / 86400
    return entered[entered.stage.isin(STAGES)]


@cache
def win_model() -> tuple[pd.Series[float], pd.Series[float]]:
    """Logistic regression of winning on everything that is planted: coefficients and their standard errors."""
    truth, deals = company().truth, company().decided()
    held = company().on_deals("meeting", "done")
    changes = company().table("deal_changes")
    handed = changes[changes.field == "owner_id"].groupby("deal_id").old_value.first()
    maker = deals.deal_id.map(handed).fillna(deals.owner_id)
    columns = {
        "meeting": deals.deal_id.isin(held[held.age <= truth.meeting.days].deal_id),
        "ability": maker.map(truth.ability),
        "shifted": deals.created_on >= pd.Timestamp(truth.mix_shift.from_on),
        "works": maker.isin(truth.training_that_works.participants) & (deals.created_on >= str(truth.training_that_works.on)),
        "nothing": maker.isin(truth.training_without_effect.participants)
        & (deals.created_on >= str(truth.training_without_effect.on)),
        **{kind: deals.kind == kind for kind in ("expansion", "renewal")},
        **{segment: deals.segment == segment for segment in ("small", "large")},
        **{source: deals.source == source for source in ("partner", "referral", "advertising", "outbound", "event")},
    }
    fit = sm.Logit(deals.won, sm.add_constant(pd.DataFrame(columns).astype(float))).fit(disp=0)
    return fit.params, fit.bse


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("meeting", company().truth.meeting.log_odds),
        ("ability", 1.0),
        ("works", company().truth.training_that_works.log_odds),
        ("nothing", 0.0),
        *((kind, WIN_BY_KIND[kind]) for kind in ("expansion", "renewal")),
        *((segment, WIN_BY_SEGMENT[segment]) for segment in ("small", "large")),
        *((source, WIN_BY_SOURCE[source]) for source in ("partner", "referral", "advertising", "outbound", "event")),
    ],
)
def test_a_regression_finds_each_planted_effect_on_winning(name: str, effect: float) -> None:
    found, error = win_model()
    assert abs(found[name] - effect) < 3 * error[name]


def test_the_proposal_is_the_bottleneck_by_drop_off_by_waiting_and_by_value() -> None:
    decided = company().decided()
    furthest = stays().assign(place=stays().stage.map(STAGES.index)).groupby("deal_id").place.max()
    place = decided.deal_id.map(furthest)
    dropped, lost_value = {}, {}
    for at, stage in enumerate(STAGES[:-1]):
        here = (place == at) & (decided.won == 0)
        dropped[stage], lost_value[stage] = here.sum() / (place >= at).sum(), decided.euros[here].sum()
    waiting = stays().groupby(["deal_id", "stage"]).days.sum().groupby("stage")
    for measure in (dropped, lost_value, waiting.mean().to_dict(), waiting.median().to_dict()):
        ranked = sorted(STAGES[:-1], key=lambda stage: -measure[stage])
        assert ranked[0] == company().truth.bottleneck
        assert measure[ranked[0]] > 1.5 * measure[ranked[1]]


def _win_contrast(deals: pd.DataFrame, exposed: pd.Series[bool]) -> tuple[float, float]:
    """Difference in win share, and its standard error."""
    one, other = deals.won[exposed], deals.won[~exposed]
    return one.mean() - other.mean(), float(np.sqrt(one.var() / len(one) + other.var() / len(other)))


def test_calls_show_a_large_effect_naively_and_none_by_landmark() -> None:
    decided, calls = company().decided(), company().on_deals("call", "done")
    threshold = company().truth.calls.min_count
    naive, _ = _win_contrast(decided, decided.deal_id.map(calls.groupby("deal_id").size()).fillna(0) >= threshold)
    assert naive > 0.12
    for day in (14, 30, 60):
        still_open = decided[decided.age > day]
        number = still_open.deal_id.map(calls[calls.age <= day].groupby("deal_id").size()).fillna(0)
        effect, error = _win_contrast(still_open, number >= threshold)
        assert abs(effect) < 1.96 * error


def test_an_early_meeting_helps_and_a_cancelled_one_does_not() -> None:
    truth, decided = company().truth.meeting, company().decided()
    still_open = decided[decided.age > truth.days]
    held, missed = company().on_deals("meeting", "done"), company().on_deals("meeting", "cancelled", "no_show")
    exposed = still_open.deal_id.isin(held[held.age <= truth.days].deal_id)
    assert exposed.mean() == pytest.approx(truth.share, abs=0.03)
    effect, error = _win_contrast(still_open, exposed)
    assert effect > 0.06
    assert effect > 3 * error
    rest = still_open[~exposed]
    placebo, error = _win_contrast(rest, rest.deal_id.isin(missed[missed.age <= truth.days].deal_id))
    assert abs(placebo) < 1.96 * error


def test_shrunk_win_rates_rank_reps_closer_to_the_truth_than_raw_ones() -> None:
    ability = company().truth.ability
    won = company().decided().groupby("owner_id").won.agg(["sum", "count"])

    def misfit(log_prior: tuple[float, float]) -> float:
        return -float(betabinom.logpmf(won["sum"], won["count"], *np.exp(log_prior)).sum())

    a, b = np.exp(minimize(misfit, [1.0, 2.0], method="Nelder-Mead").x)
    true = [ability[person] for person in won.index]
    raw = spearmanr(won["sum"] / won["count"], true).statistic
    shrunk = spearmanr((a + won["sum"]) / (a + b + won["count"]), true).statistic
    assert shrunk > raw + 0.05
    assert shrunk > 0.8
    few = won.index.isin(company().truth.few_deals)
    assert won["count"][few].median() < 0.3 * won["count"][~few].median()


def test_the_win_rate_fell_by_the_mix_while_no_segment_fell() -> None:
    shift, decided = company().truth.mix_shift, company().decided()
    quarter = decided.closed_on.dt.to_period("Q")
    before, after = (decided[quarter == pd.Timestamp(first).to_period("Q")] for first in (shift.base_on, shift.quarter_on))
    assert after.won.mean() <= before.won.mean() - 0.02
    rates = pd.DataFrame({"before": before.groupby("segment").won.mean(), "after": after.groupby("segment").won.mean()})
    assert (rates.after >= rates.before).all()
    shares = [each.segment.value_counts(normalize=True) for each in (before, after)]
    middle = (rates.before + rates.after) / 2
    mix = ((shares[1] - shares[0]) * middle).sum()
    assert mix < -0.03


def test_one_training_worked_and_the_other_did_not() -> None:
    truth, decided = company().truth, company().decided()
    works, nothing = truth.training_that_works, truth.training_without_effect
    assert len(works.participants) >= 5
    assert len(nothing.participants) >= 5

    decided["above"] = decided.won - decided.groupby(["segment", "kind"]).won.transform("mean")
    decided = decided[decided.created_on >= pd.Timestamp(works.on) - pd.DateOffset(years=1)]

    def gain(participants: tuple[str, ...], on: pd.Timestamp) -> float:
        others = ~decided.owner_id.isin((*works.participants, *nothing.participants))
        changes = []
        for group in (decided.owner_id.isin(participants), others):
            after = decided[group & (decided.created_on >= on)].above.mean()
            changes.append(after - decided[group & (decided.created_on < on)].above.mean())
        return float(changes[0] - changes[1])

    assert gain(works.participants, pd.Timestamp(works.on)) > 0.06
    assert abs(gain(nothing.participants, pd.Timestamp(nothing.on))) < 0.05
    events = company().table("person_events")
    held = events[events.kind == "training"]
    assert {(row.topic, row.from_on) for row in held.itertuples()} == {(each.topic, str(each.on)) for each in (works, nothing)}


@cache
def lead_model() -> tuple[pd.Series[float], pd.Series[float]]:
    """Logistic regression of conversion on source, campaign and response, among answered leads old enough to tell."""
    leads = company().table("leads")
    leads = leads[(leads.is_deleted == "false") & leads.merged_into.isna() & leads.contacted_at.notna()]
    leads = leads[days(leads.created_at) < NOW - pd.DateOffset(days=45)]
    wait = (_instant(leads.contacted_at) - _instant(leads.created_at)).dt.total_seconds() / 60
    columns = pd.get_dummies(leads.source).drop(columns="website")
    columns["quick"] = wait <= company().truth.response.minutes
    columns["bad"] = leads.campaign_id == company().truth.bad_campaign
    fit = sm.Logit(leads.converted_at.notna().astype(int), sm.add_constant(columns.astype(float))).fit(disp=0)
    return fit.params, fit.bse


def _instant(texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(texts, utc=True)


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("quick", company().truth.response.log_odds),
        ("bad", BAD_CAMPAIGN_EFFECT),
        *((source, effect - LEAD_BY_SOURCE["website"]) for source, effect in LEAD_BY_SOURCE.items() if source != "website"),
    ],
)
def test_a_regression_finds_each_planted_effect_on_lead_conversion(name: str, effect: float) -> None:
    found, error = lead_model()
    assert abs(found[name] - effect) < 3 * error[name]


def test_partner_leads_convert_best_and_one_campaign_hardly_at_all() -> None:
    leads = company().table("leads")
    leads["converted"] = leads.converted_at.notna()
    by_source = leads.groupby("source").converted.mean()
    assert by_source.idxmax() == company().truth.best_source
    by_campaign = leads.groupby("campaign_id").converted.agg(["mean", "count"])
    assert by_campaign["mean"].idxmin() == company().truth.bad_campaign
    assert by_campaign.loc[company().truth.bad_campaign, "count"] > 200


def test_unanswered_leads_never_convert_and_the_first_activity_is_the_answer() -> None:
    leads, activities = company().table("leads"), company().table("activities")
    assert leads[leads.contacted_at.isna()].converted_at.isna().all()
    human = activities[activities.lead_id.notna() & (activities.automated == "false") & (activities.direction == "outbound")]
    first = _instant(human.happened_at).groupby(human.lead_id).min()
    answered = leads[leads.contacted_at.notna()].set_index("lead_id")
    assert (first[answered.index] == _instant(answered.contacted_at)).all()
    automatic = activities[activities.lead_id.notna() & (activities.automated == "true")]
    assert len(automatic) > 1_000


def test_arrivals_follow_the_season() -> None:
    leads = company().table("leads")
    created = days(leads.created_at)
    whole = leads[(created >= "2023-01-01") & (created < "2025-01-01")]
    by_month = days(whole.created_at).dt.month.value_counts()
    assert by_month[[7, 8, 12]].mean() < 0.8 * by_month[[3, 9, 10, 11]].mean()
    won = company().decided()
    won = won[won.won == 1]
    wins = won.closed_on.dt.month.value_counts()
    assert wins[12] > 1.2 * wins[8]
    assert wins[12] > 1.2 * wins[1]


def test_some_closes_are_entered_late() -> None:
    changes = company().table("deal_changes")
    closes = changes[(changes.field == "status") & (changes.value != "open")]
    late = closes[closes.recorded_at.notna()]
    assert len(late) / len(closes) == pytest.approx(0.06, abs=0.015)
    lag = (_instant(late.recorded_at) - _instant(late.changed_at)).dt.days
    assert lag.between(1, 22).all()


def test_data_quality_is_as_bad_as_planted() -> None:
    deals = company().deals()
    still_open = deals[deals.status == "open"]
    assert 0.01 < deals.amount.isna().mean() < 0.05
    assert 0.03 < (days(still_open.expected_close_on) < NOW).mean() < 0.15
    lost = deals[deals.status == "lost"]
    assert lost.loss_reason.isna().mean() == pytest.approx(0.12, abs=0.03)
    touches = company().table("activities")
    touches = touches[
        (touches.status == "done") & touches.kind.isin(["call", "email", "meeting"]) & (touches.automated == "false")
    ]
    last = days(touches.happened_at).groupby(touches.deal_id).max()
    silent = (NOW - still_open.deal_id.map(last).fillna(still_open.created_on)).dt.days >= 30
    assert 0.04 < silent.mean() < 0.2


def test_one_team_promises_too_much() -> None:
    forecasts, deals, people = company().table("forecasts"), company().decided(), company().table("people")
    commits = forecasts[(forecasts.kind == "commit") & (forecasts.from_on < "2025-10-01")]
    moves = company().table("person_changes").query("field == 'team_id'").set_index("person_id")
    team = deals.owner_id.map(people.set_index("person_id").team_id)
    moved = deals.owner_id.isin(moves.index) & (deals.closed_on < days(deals.owner_id.map(moves.changed_at)))
    team = team.where(~moved, deals.owner_id.map(moves.old_value))
    won = deals.won == 1
    actual = deals[won].euros.groupby([deals.closed_on.dt.to_period("Q").astype(str), team]).sum()
    booked = [actual.get((str(pd.Timestamp(row.from_on).to_period("Q")), row.team_id), 0.0) for row in commits.itertuples()]
    bias = (
        commits.amount.astype(float).groupby(commits.team_id).sum()
        / pd.Series(booked, commits.index).groupby(commits.team_id).sum()
        - 1
    )
    assert bias.idxmax() == max(COMMIT_BIAS, key=lambda team_id: COMMIT_BIAS[team_id])
    assert bias.max() > 0.12


def test_the_company_looks_healthy() -> None:
    deals, decided = company().deals(), company().decided()
    won = decided[decided.won == 1]
    assert 0.24 <= decided.won.mean() <= 0.30
    assert 0.23 <= decided[decided.closed_on.dt.year == TODAY.year].won.mean() <= 0.31
    assert 38 <= (won.closed_on - days(won.first_contact_at)).dt.days.median() <= 50
    by_year = won.euros.groupby(won.closed_on.dt.year).sum()
    assert 0.04 <= by_year[2024] / by_year[2023] - 1 <= 0.16
    assert 0.7e6 <= by_year[2023] / 12 <= 1.0e6
    targets = company().table("targets")
    rep = targets[(targets.metric == "bookings_amount") & targets.person_id.notna() & (targets.from_on >= "2024-10-01")]
    rep = rep[rep.from_on <= "2025-07-01"]
    year = won[(won.closed_on >= "2024-10-01") & (won.closed_on < "2025-10-01")]
    assert 0.85 <= year.euros.sum() / rep.value.astype(float).sum() <= 1.15
    attained = (year.groupby("owner_id").euros.sum() / rep.value.astype(float).groupby(rep.person_id).sum()).dropna()
    assert 0.25 < attained.std() < 0.8
    company_target = targets[(targets.metric == "bookings_amount") & targets.person_id.isna() & targets.team_id.isna()]
    this = float(company_target[company_target.from_on == "2025-10-01"].value.iloc[0])
    remaining = this - won[won.closed_on >= "2025-10-01"].euros.sum()
    pipeline = deals[
        (deals.status == "open") & (deals.stage != "New") & (days(deals.expected_close_on) < "2026-01-01")
    ].euros.sum()
    assert 2.0 <= pipeline / remaining <= 4.0
