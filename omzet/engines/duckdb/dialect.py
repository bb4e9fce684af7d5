"""The few SQL primitives that differ between engines, as DuckDB writes them.

An instant is a TIMESTAMP in UTC; a local day is a DATE in the session's time zone.
"""

from __future__ import annotations

from omzet.engines.duckdb.casting import is_safe, typed

__all__ = [
    "as_text",
    "carried",
    "days_between",
    "earliest",
    "fingerprint",
    "is_safe",
    "item",
    "latest",
    "listed",
    "local_day",
    "local_time",
    "minutes_after",
    "minutes_between",
    "next_row",
    "previous_row",
    "quantile",
    "row_json",
    "running_max",
    "running_sum",
    "smallest",
    "spine",
    "truncated",
    "typed",
]


def local_day(instant: str, zone: str) -> str:
    """The local date of a UTC instant."""
    # The detour over microseconds takes a thirtieth of the time of timezone('UTC', ...).
    return f"CAST(timezone('{zone}', make_timestamptz(epoch_us({instant}))) AS DATE)"


def local_time(instant: str, zone: str) -> str:
    """The local date and time of a UTC instant."""
    return f"timezone('{zone}', make_timestamptz(epoch_us({instant})))"


def minutes_after(instant: str, minutes: str) -> str:
    """The instant that many minutes later, with their fraction."""
    return f"make_timestamp(epoch_us({instant}) + CAST(round({minutes} * 60000000) AS BIGINT))"


def days_between(start: str, end: str) -> str:
    """Whole days from one date to another, as an integer."""
    return f"date_diff('day', {start}, {end})"


def minutes_between(start: str, end: str) -> str:
    """Minutes from one instant to another, with their fraction."""
    return f"((epoch_us({end}) - epoch_us({start})) / 60000000)"


def latest(value: str, order: str) -> str:
    """Aggregate: the value of the row that is last by `order`."""
    return f"arg_max({value}, {order})"


def earliest(value: str, order: str) -> str:
    """Aggregate: the value of the row that is first by `order`, be it empty."""
    return f"arg_min_null({value}, {order})"


def smallest(value: str, count: int) -> str:
    """Aggregate: a list of the smallest values, in their order."""
    return f"min({value}, {count})"


def listed(value: str) -> str:
    """Aggregate: a list of all values; those of several columns come in one order."""
    return f"list({value})"


def item(values: str, at: int) -> str:
    """The value of a list at a place, counted from 1; NULL past its end."""
    return f"{values}[{at}]"


def quantile(value: str, share: float) -> str:
    """Aggregate: the quantile by linear interpolation (type 7)."""
    return f"quantile_cont({value}, {share})"


def truncated(grain: str, day: str) -> str:
    """The first day of the calendar unit (week, month, quarter, year) that holds the date."""
    if grain in ("week", "month"):
        # Half the time of date_trunc, which goes by way of a timestamp.
        part = "isodow" if grain == "week" else "day"
        return f"(CAST({day} AS DATE) - CAST({part}(CAST({day} AS DATE)) - 1 AS INTEGER))"
    return f"CAST(date_trunc('{grain}', {day}) AS DATE)"


def as_text(value: str) -> str:
    """A value as text, as the log of changes keeps it."""
    return f"CAST({value} AS VARCHAR)"


def fingerprint(*values: str) -> str:
    """A number that is equal for equal values, within one statement's run."""
    return f"hash({', '.join(values)})"


def row_json(alias: str) -> str:
    """The row of a table alias as JSON text."""
    return f"CAST(to_json({alias}) AS VARCHAR)"


def spine(first: str, last: str) -> str:
    """A table function with one row a day, column `day`, from the first to the last date, both included."""
    return f"(SELECT CAST(unnest(generate_series({first}, {last}, INTERVAL 1 DAY)) AS DATE) AS day)"


# Over the rows of a temporary table in the order they were written: DuckDB streams through them without sorting, as it
# keeps insertion order. Holds only where nothing but filters stands between the table and the window: a join may reorder.


def next_row(value: str) -> str:
    """The value in the next row of a table written in order."""
    return f"lead({value}) OVER ()"


def previous_row(value: str) -> str:
    """The value in the row before."""
    return f"lag({value}) OVER ()"


def carried(value: str) -> str:
    """The latest value so far that is not NULL, where the rows come straight from the table."""
    # Many times slower for integers of less than 32 bits.
    return f"arg_max({value}, rowid) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"


def running_max(value: str) -> str:
    """The greatest value so far."""
    return f"max({value}) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"


def running_sum(value: str) -> str:
    """The sum so far."""
    return f"sum({value}) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
