"""The planted truths: what is really so in the sample company, for analyses to be tested against. See docs/sample.md.

All effects are log-odds. A deal is won with probability 1 / (1 + exp(-x)), x being `WIN_BASE` plus the effects of its
kind, segment and source, the ability of the person who owned it when it was made, `MEETING.log_odds` when exposed,
trainings, and `MixShift.lift`. A lead that is answered becomes a deal with x = source + campaign + response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

BOTTLENECK = "Proposal"
"""The stage with the largest drop-off and the longest wait, by count and by value."""

WIN_BASE = -1.93
WIN_BY_KIND = {"new": 0.0, "expansion": 0.65, "renewal": 1.45}
WIN_BY_SEGMENT = {"small": 0.6, "mid": 0.0, "large": -0.95}
WIN_BY_SOURCE = {
    "website": 0.0,
    "advertising": -0.15,
    "event": -0.05,
    "outbound": -0.15,
    "referral": 0.3,
    "partner": 0.4,
    "customer": 0.0,
}
ABILITY_SD = 0.5
"""Spread of true ability among reps with a full load; those with few deals lie close to 0."""

LEAD_BY_SOURCE = {"website": -1.15, "advertising": -1.6, "event": -1.2, "outbound": -1.4, "referral": -0.45, "partner": 0.1}
"""Log-odds that an answered lead becomes a deal. A lead that nobody answers never does."""

SEASON = (1.02, 1.03, 1.10, 1.0, 0.96, 1.06, 0.76, 0.70, 1.18, 1.15, 1.12, 0.80)
"""How many leads and deals arrive in January … December, as a factor on the trend. They lead bookings by the sales cycle."""

VOLUME_GROWTH = 0.05
PRICE_GROWTH = 0.04
"""Growth a year of arrivals and of deal value; together about 9 % of bookings."""

DECEMBER_PULL = 0.65
"""Chance that a win due before 26 January is signed in the last weeks of December instead."""
QUARTER_PULL = 0.3
"""The same for a win due in the first twelve days of any other quarter."""
SUMMER_DELAY = 0.5
"""Chance that a decision due between 20 July and 20 August waits until after the holidays."""

LATE_CLOSE_SHARE = 0.06
"""Share of closes that are entered 2 to 15 days late (`recorded_at` after `changed_at`)."""
NO_AMOUNT_SHARE = 0.02
"""Share of deals that never get an amount or lines; a further `LATE_AMOUNT_SHARE` have none until the proposal."""
LATE_AMOUNT_SHARE = 0.05
OVERDUE_SHARE = 0.25
"""Chance at each passed expected close date that nobody moves it."""
GHOSTED_SHARE = 0.13
"""Share of losing deals that linger for months without contact; those not yet closed make the stale pipeline."""
NO_REASON_SHARE = 0.12
"""Share of lost deals without a loss reason."""
REOPENED_SHARE = 0.03
"""Share of deals at or past the proposal that were lost once, reopened, and decided again."""
DISQUALIFIED_SHARE = 0.04
UNANSWERED_SHARE = 0.07


@dataclass(frozen=True)
class Calls:
    """Calls on a deal do not change whether it is won: each deal has its own rhythm, alike over deals of every outcome.

    Won deals live longer than lost ones and so collect more calls: the naive contrast is large, the landmark one zero.
    """

    log_odds: float = 0.0
    min_count: int = 3
    per_working_day: float = 0.13


@dataclass(frozen=True)
class Meeting:
    """A meeting held by day `days` of a deal does help, and `share` of the deals get one, by chance alone.

    No other meeting is held before day `days + 1`. `cancelled_share` of the deals without one had one cancelled or
    missed in that time, which has no effect.
    """

    log_odds: float = 0.55
    days: int = 14
    share: float = 0.4
    cancelled_share: float = 0.2


@dataclass(frozen=True)
class Response:
    """A lead answered by a person within `minutes` becomes a deal more often than one answered later."""

    log_odds: float = 0.6
    minutes: int = 60


CALLS, MEETING, RESPONSE = Calls(), Meeting(), Response()


@dataclass(frozen=True)
class Training:
    """A training all reps of a team took. It works on deals made by the participants from `on` onward."""

    topic: str
    team_id: str
    on: date
    participants: tuple[str, ...]
    log_odds: float


@dataclass(frozen=True)
class MixShift:
    """From `from_on` more of the new deals come from large accounts, which are won less often.

    The win rate of the quarter that starts on `quarter_on` is lower than that of the quarter on `base_on`, while within
    each segment it did not fall (`lift` raises all of them). The draws are repeated until the data show this.
    """

    dimension: str
    from_on: date
    base_on: date
    quarter_on: date
    lift: float


SEGMENT_MIX = {"small": 0.53, "mid": 0.34, "large": 0.13}
SHIFTED_MIX = {"small": 0.20, "mid": 0.26, "large": 0.54}
SHIFTED_VOLUME = 0.9
SHIFT_LIFT = 0.12
TRAINING_EFFECT = 0.7
BAD_CAMPAIGN_EFFECT = -1.3
COMMIT_BIAS = {"T1": 0.02, "T2": -0.03, "T3": 0.0, "T4": 0.20}
"""How far each team's commits lie above what it books; T4 promises too much."""


@dataclass(frozen=True)
class Truth:
    """The truths of one written sample. `ability` is by person; `few_deals` are reps whose own rate says little."""

    seed: int
    today: date
    start: date
    ability: Mapping[str, float]
    few_deals: tuple[str, ...]
    training_that_works: Training
    training_without_effect: Training
    mix_shift: MixShift
    bad_campaign: str
    best_source: str = "partner"
    bottleneck: str = BOTTLENECK
    calls: Calls = CALLS
    meeting: Meeting = MEETING
    response: Response = RESPONSE
