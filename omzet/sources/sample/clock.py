"""The sample's time: its first and last day, and working days by country."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from omzet.sources.sample.chance import Chance

ZONE = ZoneInfo("Europe/Amsterdam")
WARM_UP = timedelta(days=200)
YEARS = 3
OPENS, CLOSES = 8 * 60 + 30, 17 * 60 + 30
DAY = timedelta(days=1)
NEVER = datetime(1, 1, 2, tzinfo=ZONE)


class Clock:
    """Days from `warm_up` (simulated, then cut off) over `start` (first day of the data) to the day before `today`."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.start = quarter_start(_years_before(today, YEARS))
        self.warm_up = self.start - WARM_UP
        self.now = datetime.combine(today, time(), ZONE)
        self._off = {country: _holidays(country, self.warm_up.year - 1, today.year + 2) for country in ("NL", "BE", "DE")}

    def is_working_day(self, day: date, country: str = "NL") -> bool:
        return day.weekday() < 5 and day not in self._off[country]

    def working_day(self, day: date, country: str = "NL") -> date:
        """The day itself, or the next working day after it."""
        while not self.is_working_day(day, country):
            day += DAY
        return day

    def working_day_before(self, day: date) -> date:
        """The last working day before the day."""
        day -= DAY
        while not self.is_working_day(day):
            day -= DAY
        return day

    def bridge_days(self) -> list[date]:
        """The Fridays after Ascension Day that the company closes in the Netherlands, beside the public holidays."""
        days = sorted(day for day in self._off["NL"] if self.start <= day and day.year <= self.today.year and day.weekday() == 4)
        return [day for day in days if day - DAY in self._off["NL"] and day.month in (5, 6)]

    def years(self, day: date) -> float:
        """Years since the start of the data; negative before it."""
        return (day - self.start).days / 365.25


def quarter_start(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def quarter_after(day: date) -> date:
    """First day of the quarter after the one that holds the day."""
    return quarter_start(quarter_start(day) + timedelta(days=100))


def quarter_before(day: date) -> date:
    """First day of the quarter before the one that holds the day."""
    return quarter_start(quarter_start(day) - DAY)


def month_after(day: date) -> date:
    """First day of the month after the one that holds the day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_later(first: date, months: int) -> date:
    """The first day of a month, that many months later."""
    for _ in range(months):
        first = month_after(first)
    return first


def midnight(day: date) -> datetime:
    """The start of that local day. Adding to it moves the clock on the wall, also across a change of summer time."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def at_work(chance: Chance, day: date, opens: int = OPENS, closes: int = CLOSES) -> datetime:
    """A moment in working hours of that day."""
    return midnight(day) + timedelta(seconds=int(chance.between(opens * 60, closes * 60)))


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _holidays(country: str, first: int, last: int) -> frozenset[date]:
    import holidays

    found = holidays.country_holidays(country, years=range(first, last + 1), language="nl" if country == "NL" else None)
    bridges = {day + DAY for day in found if "Hemelvaart" in found[day]} if country == "NL" else set()
    return frozenset({*found, *bridges})
