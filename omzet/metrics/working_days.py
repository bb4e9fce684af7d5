"""Working days: the working week minus public holidays minus the days in the holidays table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from itertools import accumulate

from omzet.errors import OmzetError
from omzet.settings import NONE


class WorkingDays:
    """Counts working days, for the company and for people elsewhere.

    `week` holds the working days of the week (Monday = 0), `country` the company's holidays (`NL`, `DE-BY` or `none`),
    `extra` the rows of the holidays table: a day and the country it holds in, None meaning everyone. With `none` no
    public holidays are looked up for anybody and only `extra` counts.

    A year is counted once and then remembered, so that any later count is a few additions.
    """

    def __init__(self, week: frozenset[int], country: str, extra: Iterable[tuple[date, str | None]] = ()) -> None:
        self._week = week
        self._country = country
        self._extra = frozenset((day, code.strip().upper() if code else None) for day, code in extra)
        self._years: dict[tuple[int, str], list[int]] = {}

    def count(self, start: date, end: date, country: str | None = None) -> int:
        """Working days from `start` up to, not including, `end`; 0 when the range is empty.

        `country` is a person's own; one that the holidays library doesn't know counts as the company's.
        """
        if end <= start:
            return 0
        code = self._known(country)
        if start.year == end.year:
            before = self._before(start.year, code)
            return before[end.timetuple().tm_yday - 1] - before[start.timetuple().tm_yday - 1]
        first = self._before(start.year, code)
        total = first[-1] - first[start.timetuple().tm_yday - 1]
        total += sum(self._before(year, code)[-1] for year in range(start.year + 1, end.year))
        return total + self._before(end.year, code)[end.timetuple().tm_yday - 1]

    def holds(self, day: date, country: str | None = None) -> bool:
        """Whether `day` is a working day."""
        before = self._before(day.year, self._known(country))
        place = day.timetuple().tm_yday
        return before[place] > before[place - 1]

    def after(self, start: date, count: int, end: date) -> date:
        """The day right after the `count`-th working day from `start` on, at most `end`; `start` itself when count is 0."""
        if count <= 0:
            return min(start, end)
        low, high = start, end
        while low < high:
            middle = date.fromordinal((low.toordinal() + high.toordinal()) // 2)
            if self.count(start, middle + timedelta(days=1)) >= count:
                high = middle
            else:
                low = middle + timedelta(days=1)
        return end if low >= end else low + timedelta(days=1)

    def _known(self, country: str | None) -> str:
        if not country or self._country == NONE:
            return self._country
        code = country.strip().upper()
        return code if is_country(code) else self._country

    def _before(self, year: int, country: str) -> list[int]:
        """Element d is the number of working days among the first d days of the year; the last one is the year's."""
        found = self._years.get((year, country))
        if found is None:
            own = {day for day, code in self._extra if day.year == year and code in (None, country, country.partition("-")[0])}
            free = {day.toordinal() for day in public_holidays(country, year) | own}
            first = date(year, 1, 1).toordinal()
            days = range(first, date(year, 12, 31).toordinal() + 1)
            found = [0, *accumulate(int((day + 6) % 7 in self._week and day not in free) for day in days)]
            self._years[(year, country)] = found
        return found


@cache
def _countries() -> dict[str, list[str]]:
    from holidays import list_supported_countries

    known: dict[str, list[str]] = list_supported_countries(include_aliases=False)
    return known


def is_country(code: str) -> bool:
    """Whether public holidays are known for a country (`NL`) or a part of one (`DE-BY`)."""
    country, _, part = code.partition("-")
    return country in _countries() and (not part or part in _countries()[country])


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country in a year, by the `holidays` library; none for `none`.

    Raises OmzetError when the library knows no such country.
    """
    if country == NONE:
        return frozenset()
    if not is_country(country):
        raise OmzetError(f"No public holidays are known for '{country}'. Set holidays in omzet.toml to a country's code or none.")
    from holidays import country_holidays

    name, _, part = country.partition("-")
    return frozenset(day for day in country_holidays(name, subdiv=part or None, years=year) if day.year == year)
