"""Answers to leads, what people do in their days, and activity against winning; also on the sample's planted truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.analyses.companies import company
from tests.sources.sampled import TODAY
from tests.sources.sampled import company as sampled

LEADS = """lead_id,created_at,contacted_at,deal_id,marketing_qualified_at,qualified_at
L1,2026-03-02T09:00:00Z,,D1,2026-03-02,2026-03-04
L2,2026-03-02T09:00:00Z,,,2026-03-02,
L3,2026-03-02T09:00:00Z,,D2,,
L4,2026-03-02T09:00:00Z,2026-03-02T09:20:00Z,,,2026-02-10
L5,2026-03-31T21:30:00Z,,,,
"""
TOUCHES = """activity_id,kind,lead_id,deal_id,contact_id,owner_id,happened_at,direction,automated,status,outcome
A0,email,L1,,,p1,2026-03-02T09:00:10Z,outbound,true,done,
A1,call,L1,,,p1,2026-03-02T10:00:00Z,outbound,,done,connected
A2,email,L2,,,p1,2026-03-02T09:30:00Z,inbound,,done,
A3,meeting,L2,,,p1,2026-03-03T09:00:00Z,outbound,,done,
A4,task,L3,,,p1,2026-03-02T09:05:00Z,outbound,,done,
B1,email,,D1,,p1,2026-03-05T09:00:00Z,outbound,,done,
B2,email,,D1,,p1,2026-03-06T09:00:00Z,inbound,,done,
B3,call,,D1,,p2,2026-03-07T09:00:00Z,outbound,,done,voicemail
B4,meeting,,D1,,p2,2026-03-09T09:00:00Z,outbound,,done,
B5,call,,D1,,p2,2026-03-20T09:00:00Z,outbound,,done,
C1,email,,D2,,p2,2026-03-04T09:00:00Z,inbound,,done,
C2,call,,D2,,p2,2026-03-04T10:00:00Z,outbound,,done,connected
"""
DEALS = """deal_id,status,created_at,closed_at,owner_id,amount
D1,won,2026-03-04,2026-03-10,p1,900
D2,lost,2026-03-03,2026-03-12,p2,500
"""
PEOPLE = """person_id,name,role,started_on,ended_on
p1,Ann,rep,2026-03-09,
p2,Bob,,,2026-03-13
m1,Mia,manager,,
"""
EVENTS = """event_id,person_id,kind,from_on,to_on,share,hours,due_on,done_on,status,topic
E1,p1,absence,2026-03-09,2026-03-10,,,,,,
E2,p1,absence,2026-03-11,,0.5,,,,,
E3,p1,selling,2026-03-12,,,6,,,,
E4,p1,other_work,2026-03-12,,,2,,,,
E5,p1,review,2026-03-12,,,,,,done,
E6,p1,review,2026-03-13,,,,,,planned,
E7,p1,action,2026-03-01,,,,2026-03-10,2026-03-10,,
E8,p1,action,2026-03-01,,,,2026-03-11,2026-03-14,,
E9,p1,action,2026-03-01,,,,2026-03-12,,,
E10,p2,recognition,2026-03-12,,,,,,,rescue
"""
CREDITS = "deal_id,person_id,kind,share\nD1,p2,overlay,0.25\n"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(
        tmp_path_factory.mktemp("busy"),
        {
            "leads": LEADS,
            "activities": TOUCHES,
            "deals": DEALS,
            "people": PEOPLE,
            "person_events": EVENTS,
            "deal_credits": CREDITS,
        },
    )


def asked(workspace: Workspace, metric: str, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"start": date(2026, 3, 1), "end": date(2026, 4, 1), "as_of": date(2026, 3, 31)}
    return workspace.query(Question(metrics=(metric,), **(base | more))).rows[0]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("lead_response_time_median", 60),  # 20, 60 and 1440 minutes
        ("lead_response_rate", 3 / 5),
        ("lead_response_sla_rate", 2 / 4),  # L5 came in 30 minutes before the day's end
        ("lead_response_time_km_median", 1440),
        ("lead_to_customer_rate", 1 / 5),
        ("mql_to_sql_rate", 1 / 2),
        ("lead_velocity_rate", 0),
        ("call_connect_rate", 2 / 3),
        ("email_reply_rate", 1),
        ("follow_ups_per_deal", 2),
        ("meetings_per_opportunity", 1),
        ("selling_hours", 6),
        ("selling_time_share", 6 / 8),
        ("bookings_per_selling_hour", 150),
        ("coaching_session_count", 1),
        ("action_completion_rate", 1 / 3),
        ("recognition_count", 1),
        ("overlay_amount_by_rep", 225),
        # Ann 9 to 31 March: 17 working days less 2.5; Bob 2 to 13 March: 10.
        ("activities_per_rep_per_working_day", 10 / 24.5),
    ],
)
def test_each_by_hand(busy: Workspace, metric: str, value: float) -> None:
    row = asked(busy, metric)
    assert row[metric] == pytest.approx(value)
    opened = busy.explain(
        Question(metrics=(metric,), start=date(2026, 3, 1), end=date(2026, 4, 1), as_of=date(2026, 3, 31)), limit=100
    )
    assert opened.value == pytest.approx(value)
    assert opened.found == opened.counted + opened.left_out


def test_what_had_not_happened_yet_is_unknown(busy: Workspace) -> None:
    early = {"as_of": datetime(2026, 3, 2, 9, 45, tzinfo=UTC)}
    assert asked(busy, "lead_response_rate", **early)["lead_response_rate"] == 1 / 4
    assert asked(busy, "lead_response_sla_rate", **early)["lead_response_sla_rate"] is None
    assert asked(busy, "lead_response_sla_rate", parameters={"sla_minutes": "20"}, **early)["lead_response_sla_rate"] == 1 / 4


ANSWERED = """lead_id,created_at,contacted_at
evening,2026-03-05T19:00:00Z,2026-03-06T08:30:00Z
weekend,2026-03-06T15:30:00Z,2026-03-09T08:15:00Z
holiday,2026-03-10T15:50:00Z,2026-03-12T08:20:00Z
clocks,2026-03-27T15:00:00Z,2026-03-30T07:30:00Z
night,2026-03-05T22:00:00Z,2026-03-06T05:00:00Z
days,2026-03-16T08:00:00Z,2026-03-18T16:00:00Z
waiting,2026-03-31T15:30:00Z,"""
MINUTES = {"evening": 30, "weekend": 30 + 15, "holiday": 10 + 20, "clocks": 60 + 30, "night": 0, "days": 3 * 480}
"""Local time is an hour ahead of these, from the 29th two: Friday 27 March 16:00 to Monday 9:30 is an hour and a half."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    off = "observed_on,name\n2026-03-11,Closed"
    return company(tmp_path_factory.mktemp("office"), {"leads": ANSWERED, "holidays": off}, business_hours="9:00 - 17:00")


def test_an_answer_in_business_hours_counts_only_time_at_work(office: Workspace) -> None:
    question = Question(
        metrics=("lead_response_time_median",),
        start=date(2026, 3, 1),
        end=date(2026, 4, 1),
        as_of=date(2026, 3, 31),
        parameters={"hours": "business"},
    )
    opened = office.explain(question, limit=100)
    assert (opened.counted, opened.left_out) == (6, 1)
    assert opened.value == pytest.approx((30 + 45) / 2)
    calendar = asked(office, "lead_response_time_median")["lead_response_time_median"]
    assert calendar == pytest.approx((40.5 * 60 + 56 * 60) / 2)


def test_each_answer_takes_the_minutes_at_work(office: Workspace) -> None:
    for id, minutes in MINUTES.items():
        among = [other for other in MINUTES if MINUTES[other] <= minutes]
        rate = asked(
            office,
            "lead_response_sla_rate",
            parameters={"hours": "business", "sla_minutes": str(minutes)},
            as_of=date(2026, 4, 30),
        )
        assert rate["lead_response_sla_rate"] == pytest.approx(len(among) / 7), id


def test_who_still_waits_has_waited_since_the_office_was_open(office: Workspace) -> None:
    parameters = {"hours": "business", "sla_minutes": "1"}
    row = asked(office, "lead_response_sla_rate", parameters=parameters)  # came in at 17:30 on the last day
    assert row["lead_response_sla_rate:n"] == 6
    row = asked(office, "lead_response_sla_rate", parameters=parameters, as_of=date(2026, 4, 1))
    assert row["lead_response_sla_rate:n"] == 7
    row = asked(office, "lead_response_time_km_median", parameters={"hours": "business"})
    assert row["lead_response_time_km_median"] == pytest.approx(45)


def test_days_are_each_person_s_own(busy: Workspace) -> None:
    question = Question(
        metrics=("activities_per_rep_per_working_day",),
        by=("rep",),
        start=date(2026, 3, 1),
        end=date(2026, 4, 1),
        as_of=date(2026, 3, 31),
    )
    rows = {row["rep"]: row for row in busy.query(question).rows}
    assert rows["Ann"]["activities_per_rep_per_working_day:denominator"] == 14.5
    assert rows["Bob"]["activities_per_rep_per_working_day"] == pytest.approx(5 / 10)


def test_follow_ups_of_lost_deals_and_of_one_kind_stand_beside(busy: Workspace) -> None:
    row = asked(busy, "follow_ups_per_deal")
    assert (row["follow_ups_per_deal:lost"], row["follow_ups_per_deal:lost_n"]) == (1, 1)
    assert asked(busy, "follow_ups_per_deal", parameters={"kind": "call"})["follow_ups_per_deal"] == 1


def written(folder: Path, deals: Sequence[tuple[str, int | None, list[int]]]) -> Workspace:
    """Deals made on 1 January: status, the day of life on which each closed, and the days of its calls."""
    rows, calls = ["deal_id,status,created_at,closed_at,amount"], ["activity_id,kind,deal_id,happened_at"]
    for number, (status, closed, days) in enumerate(deals):
        day = date.fromordinal(date(2026, 1, 1).toordinal() + closed).isoformat() if closed is not None else ""
        rows.append(f"d{number},{status},2026-01-01,{day},1")
        for at, called in enumerate(days):
            when = date.fromordinal(date(2026, 1, 1).toordinal() + called).isoformat()
            calls.append(f"c{number}-{at},call,d{number},{when}T10:00:00Z")
    return company(folder, {"deals": "\n".join(rows), "activities": "\n".join(calls)})


def test_the_landmark_leaves_out_what_was_decided_before(tmp_path: Path) -> None:
    life = [
        ("won", 40, [1, 5, 20, 30]),
        ("won", 50, [2, 3]),
        ("lost", 30, [4, 9]),
        ("lost", 10, [1]),
        ("lost", 14, []),
        ("won", 15, []),
        ("lost", 60, [40, 50]),
        ("lost", 20, [14, 14]),
    ]
    row = asked(
        written(tmp_path, life),
        "activity_effect_landmark",
        start=date(2026, 1, 1),
        end=date(2026, 2, 1),
        as_of=date(2026, 6, 1),
        parameters={"day": "14", "min_count": "2"},
    )
    found = {name.removeprefix("activity_effect_landmark:"): value for name, value in row.items()}
    assert row["activity_effect_landmark"] == pytest.approx(2 / 4 - 1 / 2)
    assert (found["exposed"], found["unexposed"], found["exposed_n"], found["unexposed_n"]) == (2 / 4, 1 / 2, 4, 2)
    assert (found["naive_exposed"], found["naive_unexposed"]) == (2 / 5, 1 / 3)
    assert found["naive"] == pytest.approx(2 / 5 - 1 / 3)
    assert found["low"] < 0 < found["high"]
    assert found["caution"] == "These go together; that does not show that one causes the other."


def landmarks(workspace: Workspace, **parameters: str) -> dict[str, Any]:
    months = {"start": date(2026, 1, 1), "end": date(2026, 2, 1), "as_of": date(2026, 6, 1)}
    row = asked(workspace, "activity_effect_landmark", parameters=parameters, **months)
    return {name.removeprefix("activity_effect_landmark:"): value for name, value in row.items()}


def test_where_deals_are_decided_soon_the_other_days_are_those_by_which_they_are(tmp_path: Path) -> None:
    life = [
        ("won", 40, [1, 5, 20, 30]),
        ("won", 50, [2, 3]),
        ("lost", 30, [4, 9]),
        ("lost", 10, [1]),
        ("lost", 14, []),
        ("won", 15, []),
        ("lost", 60, [40, 50]),
        ("lost", 20, [14, 14]),
    ]
    found = landmarks(written(tmp_path, life), min_count="2")
    assert [found[f"{name}_day"] for name in ("early", "middle", "late")] == [14, 20, 40]
    effects = [found[f"{name}_effect"] for name in ("early", "middle", "late")]
    assert effects == pytest.approx([2 / 4 - 1 / 2, 2 / 3 - 0, 1 - 0])


def test_a_day_by_which_too_few_are_decided_is_left_open(tmp_path: Path) -> None:
    life: list[tuple[str, int | None, list[int]]] = [("won", 3, [1]), ("lost", 4, []), ("won", 5, [1])]
    life += [("open", None, [1]), ("open", None, [])]
    found = landmarks(written(tmp_path, life), min_count="1")
    assert [found[f"{name}_day"] for name in ("early", "middle", "late")] == [4, 5, None]
    assert found["late_effect"] is None


def test_where_deals_take_long_the_other_days_are_14_30_and_60_and_open_deals_are_followed(tmp_path: Path) -> None:
    life: list[tuple[str, int | None, list[int]]] = [("won", 40, [1]), ("lost", 50, [1]), ("open", None, [1])]
    life += [("won", 45, []), ("lost", 35, []), ("open", None, [])]
    found = landmarks(written(tmp_path, life), min_count="1")
    assert [found[f"{name}_day"] for name in ("early", "middle", "late")] == [14, 30, 60]
    assert found["early_effect"] == found["middle_effect"] == pytest.approx(1 / 3 - 1 / 3)
    assert found["late_effect"] is None  # by day 60 all are decided but one on either side, which are still open


def test_many_open_deals_are_followed_to_one_horizon(tmp_path: Path) -> None:
    life: list[tuple[str, int | None, list[int]]] = [("won", 30, [1]), ("lost", 40, [1]), ("open", None, [1])]
    life += [("won", 35, []), ("lost", 20, []), ("open", None, [])]
    row = asked(
        written(tmp_path, life),
        "activity_effect_landmark",
        start=date(2026, 1, 1),
        end=date(2026, 2, 1),
        as_of=date(2026, 6, 1),
        parameters={"min_count": "1"},
    )
    assert row["activity_effect_landmark:exposed"] == pytest.approx(1 / 3)
    assert row["activity_effect_landmark"] == pytest.approx(0)
    assert row["activity_effect_landmark:exposed_open"] == pytest.approx(1 / 3)


def test_in_the_sample_calls_have_no_effect_but_a_large_naive_one(sample: Workspace) -> None:
    asking: dict[str, Any] = {"start": None, "end": date(2025, 6, 1), "as_of": TODAY}
    least = {"min_count": str(sampled().truth.calls.min_count)}
    row = asked(sample, "activity_effect_landmark", parameters=least, **asking)
    assert row["activity_effect_landmark:naive"] > 0.12
    assert row["activity_effect_landmark:low"] < 0 < row["activity_effect_landmark:high"]
    assert abs(row["activity_effect_landmark"]) < 0.05
    adjusted = asked(sample, "activity_effect_landmark", parameters={**least, "adjust": "segment, rep"}, **asking)
    assert abs(adjusted["activity_effect_landmark"]) < 0.05
    held = asked(sample, "activity_effect_landmark", parameters={"kind": "meeting", "min_count": "1"}, **asking)
    assert held["activity_effect_landmark:low"] > 0.03
    assert held["activity_effect_landmark:placebo_low"] < 0 < held["activity_effect_landmark:placebo_high"]


def test_a_week_far_below_the_own_twelve_is_flagged(tmp_path: Path) -> None:
    first = date(2026, 1, 5).toordinal()
    counts = [20, 22, 19, 21, 20, 23, 20, 21, 19, 22, 20, 21, 4]
    rows = ["activity_id,kind,owner_id,happened_at"]
    for week, count in enumerate(counts):
        for at in range(count):
            day = date.fromordinal(first + 7 * week + at % 5)
            rows.append(f"a{week}-{at},call,p1,{day}T10:00:00Z")
    people = "person_id,name,role,started_on\np1,Ann,rep,2025-01-01"
    band = company(tmp_path, {"activities": "\n".join(rows), "people": people})
    row = asked(band, "activity_band", start=None, end=None, by=("rep",), as_of=date.fromordinal(first + 7 * 13 + 1))
    own = [count / 5 for count in counts[:-1]]
    moving = sum(abs(b - a) for a, b in pairwise(own)) / 11
    assert row["activity_band"] == pytest.approx(4 / 5)
    assert row["activity_band:low"] == pytest.approx(sum(own) / 12 - 2.66 * moving)
    assert (row["activity_band:flag"], row["activity_band:weeks"]) == ("low", 12)
