"""Leads with the minutes until somebody reached out, counted in the company's hours of business only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from omzet.engines import Session
from omzet.metrics.relations.base import AsOf, Hours
from omzet.metrics.relations.responses import RESPONSES, responses
from omzet.metrics.working_days import public_holidays


def in_hours(session: Session, as_of: AsOf) -> str:
    """The rows of `responses`, their minutes those between opening and closing on working days.

    Minutes at work since the first day are counted at both ends; their difference is the time that passed at work.
    """
    ((first,),) = session.rows("SELECT CAST(min(created_at) AS DATE) FROM leads")
    if as_of.hours is None or first is None:
        return responses(session, as_of)
    hours, sql = as_of.hours, session.sql
    first, last = first - timedelta(days=1), as_of.day + timedelta(days=2)
    free = _free(session, hours, first.year, last.year)
    closed = f" AND day NOT IN ({', '.join(free)})" if free else ""
    week = ", ".join(str(day + 1) for day in sorted(hours.week))
    ends = {
        "came": "l.created_at",
        "answered": sql.minutes_after("l.created_at", "a.response_minutes"),
        "now": as_of.instant_sql,
    }
    local = ", ".join(f"{sql.local_time(instant, hours.zone)} AS {name}" for name, instant in ends.items())
    joins = " ".join(f"LEFT JOIN days {name}_day ON {name}_day.day = CAST(t.{name} AS DATE)" for name in ends)
    worked = {name: _worked(session, hours, name) for name in ends}
    return f"""WITH replies AS ({responses(session, as_of)}),
        days AS (SELECT day, works, sum(works) OVER (ORDER BY day) - works AS before
                 FROM (SELECT day, CASE WHEN EXTRACT(ISODOW FROM day) IN ({week}){closed} THEN 1 ELSE 0 END AS works
                       FROM {sql.spine(f"DATE '{first}'", f"DATE '{last}'")} s) w),
        times AS (SELECT a.lead_key, {local} FROM replies a JOIN leads l ON l.key = a.lead_key),
        worked AS (SELECT t.lead_key, CASE WHEN t.answered IS NOT NULL THEN {worked["answered"]} - {worked["came"]} END AS until,
                          {worked["now"]} - {worked["came"]} AS so_far
                   FROM times t {joins})
        SELECT a.* REPLACE (w.until AS response_minutes, w.so_far AS age_minutes)
        FROM replies a JOIN worked w ON w.lead_key = a.lead_key"""


def _worked(session: Session, hours: Hours, name: str) -> str:
    """SQL for the minutes at work before a local time, counted from the first day."""
    length = hours.closes - hours.opens
    minute = session.sql.minutes_between(f"CAST({name}_day.day AS TIMESTAMP)", f"t.{name}")
    within = f"least(greatest({minute} - {hours.opens}, 0), {length})"
    return f"({name}_day.before * {length} + {name}_day.works * {within})"


def _free(session: Session, hours: Hours, first: int, last: int) -> list[str]:
    """The days off of the company, public and its own."""
    days = {day for year in range(first, last + 1) for day in public_holidays(hours.country, year)}
    codes = (hours.country, hours.country.partition("-")[0])
    for day, code in session.rows("SELECT observed_on, country FROM holidays WHERE is_deleted IS NOT TRUE"):
        if day is not None and (not code or code.strip().upper() in codes):
            days.add(day)
    return [f"DATE '{day.isoformat()}'" for day in sorted(days)]


RESPONSES_IN_HOURS = replace(RESPONSES, name="responses_in_hours", select=in_hours, lean=None)
