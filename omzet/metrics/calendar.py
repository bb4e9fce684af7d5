"""The company's calendar: local days, periods and their names, comparisons, working days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import NoReturn

from omzet.errors import CallError, unknown
from omzet.metrics.fiscal import FiscalYears
from omzet.metrics.periods import Period, a_year_before, day_of, first_of, month_of, moved, quarter_of, week_of, year_of
from omzet.metrics.working_days import WorkingDays
from omzet.settings import Settings

GRAINS = ("day", "week", "month", "quarter", "year", "fiscal-month", "fiscal-quarter", "fiscal-year")
MOST_PERIODS = 50_000
_UNITS = "|".join(sorted(GRAINS, key=len, reverse=True))
_RELATIVE = re.compile(rf"(this|last|next)-({_UNITS})")
_LAST_MANY = re.compile(rf"last-(\d{{1,5}})-({_UNITS})s?")
_CALENDAR_LABEL = re.compile(r"(\d{4})(?:-(?:Q([1-4])|W(\d\d)|(\d\d)))?")
_FISCAL_LABEL = re.compile(r"FY(\d{4})(?:-(?:Q([1-4])|M(0[1-9]|1[0-2])))?")
_DAY_LABEL = re.compile(r"\d{4}-\d\d-\d\d")


class Calendar:
    """Days and periods as one company counts them.

    Days are local days of the company's time zone. Weeks are ISO weeks. Fiscal years are those of `FiscalYears`.
    `extra_holidays` are the rows of the holidays table: a day and the country it holds in, None meaning everyone.
    """

    def __init__(self, settings: Settings, extra_holidays: Iterable[tuple[date, str | None]] = ()) -> None:
        self._zone = settings.zone
        self._working = WorkingDays(settings.working_days, settings.holidays, extra_holidays)
        self._fiscal = FiscalYears(settings.fiscal_year_start, weeks=settings.fiscal_pattern == "4-4-5")
        self._units: dict[str, Callable[[date], Period]] = {
            "day": day_of,
            "week": week_of,
            "month": month_of,
            "quarter": quarter_of,
            "year": year_of,
            "fiscal-month": self._fiscal.month_of,
            "fiscal-quarter": self._fiscal.quarter_of,
            "fiscal-year": self._fiscal.year_of,
        }

    # Days

    def today(self, now: datetime | None = None) -> date:
        """The local day of `now`, by default of this moment."""
        return self.local_day(now or datetime.now(UTC))

    def local_day(self, instant: datetime) -> date:
        """The local day in which an instant falls. One without a zone is taken as UTC, as instants are stored."""
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(self._zone).date()

    def working_days(self, start: date, end: date, country: str | None = None) -> int:
        """Working days from `start` up to, not including, `end`; `country` is that of a person elsewhere."""
        return self._working.count(start, end, country)

    def is_working_day(self, day: date, country: str | None = None) -> bool:
        """Whether `day` is a working day; `country` is that of a person elsewhere."""
        return self._working.holds(day, country)

    # Periods

    def unit_of(self, grain: str, day: date) -> Period:
        """The whole unit of `grain` that contains `day`. Raises CallError for a grain that doesn't exist."""
        return self._unit(grain)(day)

    def spine(self, grain: str, start: date, end: date) -> list[Period]:
        """Every unit of `grain` that touches the days from `start` up to, not including, `end`, in order.

        The first and last are cut to the range but keep the label of the whole unit. Empty when the range is.
        Raises CallError when there are more than 50,000 of them.
        """
        unit = self._unit(grain)
        if grain == "day":
            first, last = start.toordinal(), end.toordinal()
            _not_too_many(last - first, grain)
            days = [*map(date.fromordinal, range(first, last)), end]
            return list(map(Period, days[:-1], days[1:], map(date.isoformat, days)))
        periods: list[Period] = []
        day = start
        while day < end:
            whole = unit(day)
            until = min(whole.end, end) if whole.end > day else end
            periods.append(Period(day, until, whole.label))
            _not_too_many(len(periods), grain)
            day = until
        return periods

    def period(self, word: str, today: date) -> Period:
        """The period that a word or label names.

        - `today`, `yesterday`.
        - `this-`, `last-` and `next-` followed by `day`, `week`, `month`, `quarter`, `year`, `fiscal-month`,
          `fiscal-quarter` or `fiscal-year`: the whole unit that contains today, the one before, the one after.
          `this-month` runs to the end of the month.
        - `last-N-days`, `last-N-weeks`, `-months`, `-quarters`, `-years` and their fiscal forms: the N whole units
          before the current one. `last-7-days` ends with yesterday, `last-12-months` with the end of last month. Its
          label names the first and last unit: `2025-03/2026-02`.
        - `2026`, `2026-Q1`, `2026-03`, `2026-W13` (ISO), `2026-03-29`, `FY2027`, `FY2027-Q1`, `FY2027-M01`: that unit;
          two of these with `/` between: from the first to the end of the second.

        Raises CallError with the nearest right word for anything else.
        """
        text = word.strip().lower()
        if text == "today":
            return day_of(today)
        if text == "yesterday":
            return day_of(moved(today, -1))
        if match := _RELATIVE.fullmatch(text):
            which, grain = match.groups()
            current = self.unit_of(grain, today)
            if which == "this":
                return current
            return self.unit_of(grain, current.end if which == "next" else moved(current.start, -1))
        if match := _LAST_MANY.fullmatch(text):
            return self._last_many(int(match[1]), match[2], today, word)
        try:
            first, _, last = text.upper().partition("/")
            begin = self._labelled(first) or _unknown(word)
            if not last:
                return begin
            finish = self._labelled(last) or _unknown(word)
            return Period(begin.start, max(begin.start, finish.end), f"{begin.label}/{finish.label}")
        except ValueError as error:
            raise CallError(f"'{word}' is not in the calendar: {error}.") from error

    # Comparisons

    def previous(self, start: date, end: date) -> tuple[date, date]:
        """The range to compare with: as many calendar units before when the range is whole units, else as many days.

        Whole months (so also quarters, years and their fiscal forms in the pattern of months) give the same number
        of months before; whole fiscal months of 4-4-5 the same number of those; weeks are the same number of days.
        """
        if end <= start:
            return start, start
        if start.day == 1 and end.day == 1:
            return first_of(2 * start.year - end.year, 2 * start.month - end.month), start
        if self._fiscal.weeks and (months := self._whole_fiscal_months(start, end)):
            first = start
            for _ in range(months):
                first = self._fiscal.month_of(moved(first, -1)).start
            return first, start
        return moved(start, -(end - start).days), start

    def last_year(self, start: date, end: date) -> tuple[date, date]:
        """The same dates a year before. Where that is no 29 February, a start takes the 28th and an end 1 March."""
        return (
            a_year_before(start, date(max(start.year - 1, 1), 2, 28)),
            a_year_before(end, date(max(end.year - 1, 1), 3, 1)),
        )

    def partial(self, start: date, end: date, base_start: date, base_end: date, as_of: date) -> date:
        """Where the base range ends (excluded) so that both ranges cover equally many working days.

        A range that is not over at the end of `as_of` has k elapsed working days, `as_of` included; the base then ends
        right after its own k-th working day. A range that is over, or has not begun, is compared whole.
        """
        if not start <= as_of < moved(end, -1):
            return base_end
        return self._working.after(base_start, self.working_days(start, moved(as_of, 1)), base_end)

    def _unit(self, grain: str) -> Callable[[date], Period]:
        if grain not in self._units:
            raise unknown("grain", grain, GRAINS)
        return self._units[grain]

    def _whole_fiscal_months(self, start: date, end: date) -> int:
        """How many whole fiscal months the range is, 0 when it isn't or is longer than a century."""
        if (end - start).days > 36_600 or self._fiscal.month_of(start).start != start:
            return 0
        months = self.spine("fiscal-month", start, end)
        return len(months) if self._fiscal.month_of(months[-1].start).end == end else 0

    # Words

    def _last_many(self, count: int, grain: str, today: date, word: str) -> Period:
        if count == 0:
            raise CallError(f"'{word}' is an empty period: ask for at least one {grain}.")
        _not_too_many(count, grain)
        last = first = self.unit_of(grain, moved(self.unit_of(grain, today).start, -1))
        for _ in range(count - 1):
            if first.start == date.min:
                raise CallError(f"'{word}' begins before the calendar does.")
            first = self.unit_of(grain, moved(first.start, -1))
        return Period(first.start, last.end, last.label if count == 1 else f"{first.label}/{last.label}")

    def _labelled(self, text: str) -> Period | None:
        """The unit of that label, None when it isn't a label. Raises ValueError for one that isn't in the calendar."""
        if match := _FISCAL_LABEL.fullmatch(text):
            year, quarter, month = match.groups()
            grain = "fiscal-quarter" if quarter else "fiscal-month" if month else "fiscal-year"
            number = 3 * (int(quarter) - 1) if quarter else int(month or 1) - 1
            return self.unit_of(grain, self._fiscal.month_start(int(year), number))
        if match := _CALENDAR_LABEL.fullmatch(text):
            year, quarter, week, month = match.groups()
            if week:
                return week_of(date.fromisocalendar(int(year), int(week), 1))
            if quarter:
                return quarter_of(date(int(year), 3 * int(quarter) - 2, 1))
            return month_of(date(int(year), int(month), 1)) if month else year_of(date(int(year), 1, 1))
        return day_of(date.fromisoformat(text)) if _DAY_LABEL.fullmatch(text) else None


def _unknown(word: str) -> NoReturn:
    relative = [f"{which}-{grain}" for which in ("this", "last", "next") for grain in GRAINS[1:]]
    count = re.sub(r"\D", "", word)[:5] or "12"
    many = [f"last-{count}-{grain}s" for grain in GRAINS]
    labels = ["2026", "2026-Q1", "2026-03", "2026-W13", "2026-03-29", "FY2027", "FY2027-Q1", "FY2027-M01"]
    raise unknown("period", word, ["today", "yesterday", *relative, *many, *labels])


def _not_too_many(count: int, grain: str) -> None:
    if count > MOST_PERIODS:
        raise CallError(f"That is more than {MOST_PERIODS:,} periods of one {grain}: narrow the range or take a coarser grain.")


__all__ = ["GRAINS", "Calendar", "Period"]
