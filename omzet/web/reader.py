"""Who reads a page: language, theme, and how numbers, money and days are written for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from omzet.charts.chart import Formats
from omzet.locale import formats, languages, periods
from omzet.locale.formats import MINUS, NOTHING, Number, between
from omzet.locale.words import Words, words
from omzet.metrics.access import ALL, Access
from omzet.web.who import STRANGER, Who

THEMES = ("system", "light", "dark")
NAMES = {"en": "English", "nl": "Nederlands"}


@dataclass(frozen=True)
class Reader:
    """One reader of one page. `path` and `query` are the address that was asked for; `sees_deals`: one by one.

    `revision` is the newest that everyone was told of when the page was asked for. What the page shows is as new or newer.
    """

    language: str
    theme: str
    currency: str
    zone: ZoneInfo
    path: str = "/"
    query: str = ""
    who: Who = STRANGER
    access: Access = ALL
    sees_deals: bool = True
    revision: int = 0

    def may(self, permission: str) -> bool:
        """Whether the reader may do this."""
        return self.who.may(permission)

    @property
    def sees_money(self) -> bool:
        """Whether amounts are shown."""
        return self.access.money

    @property
    def sees_names(self) -> bool:
        """Whether anybody is shown by name."""
        return self.access.names is None or bool(self.access.names)

    @property
    def languages(self) -> list[tuple[str, str]]:
        """Code and own name of each language there is."""
        return [(code, NAMES.get(code, code)) for code in languages()]

    @property
    def next_theme(self) -> str:
        """The theme that the button changes to."""
        return {"system": "light", "light": "dark"}.get(self.theme, "system")

    @property
    def address(self) -> str:
        """The address asked for, without what only sets a preference."""
        return _with(self.path, [pair for pair in parse_qsl(self.query) if pair[0] not in ("lang", "theme")])

    def switch(self, **preferences: str) -> str:
        """The same page with another language or theme."""
        pairs = [pair for pair in parse_qsl(self.query) if pair[0] not in ("lang", "theme")]
        return _with(self.path, [*pairs, *preferences.items()])

    # Words

    @property
    def words(self) -> Words:
        """The texts of the reader's language."""
        return words(self.language)

    def t(self, key: str, english: str, **blanks: object) -> str:
        """The reader's text for a key, its blanks filled; `{n}` chooses between "one | other"."""
        return self.words.t(key, english, **blanks)

    # Numbers

    def number(self, value: Number | None, decimals: int = 0) -> str:
        """A number with that many decimals."""
        return formats.number(value, self.language, decimals)

    def percent(self, value: Number | None, decimals: int = 1) -> str:
        """A fraction as a percentage."""
        return formats.percent(value, self.language, decimals)

    def points(self, change: Number) -> str:
        """The size of a difference of shares: 3.8 pt."""
        return formats.points(abs(float(change)), self.language).lstrip("+")

    def money(self, value: Number | None) -> str:
        """A short amount: €1.84M, €39k, € 1,84 mln."""
        return formats.money(value, self.currency, self.language)

    def amount(self, value: Number | None) -> str:
        """A whole amount: €18,400."""
        return formats.money_exact(value, self.currency, self.language, 0)

    def days(self, value: Number | None) -> str:
        """A number of days with its word."""
        return formats.duration(value, "days", self.language)

    def signed(self, value: Number, text: str) -> str:
        """`text`, the size of a change, with its sign."""
        return f"{MINUS if value < 0 else '+'}{text}"

    def short(self, value: Number | None) -> str:
        """A number with one decimal where it has any."""
        if value is None:
            return NOTHING
        return self.number(value, 0 if round(float(value), 1) == round(float(value)) else 1)

    def range(self, low: str, high: str) -> str:
        """Two written figures as a range."""
        return between(low, high)

    def value(self, value: Number | None, unit: str) -> str:
        """A value in its unit, as a drill or a table shows it."""
        if value is None:
            return NOTHING
        if unit in ("money", "money_per_day"):
            return self.amount(value)
        if unit in ("share", "points", "months", "days", "hours", "minutes"):
            return formats.in_unit(value, unit, self.currency, self.language)
        return self.short(value)

    def charts(self) -> Formats:
        """What the charts write their numbers with."""
        sign = formats.currency_sign(self.currency, self.language)
        return Formats(self.number, self.money, self.percent, self.day, sign)

    # Days

    def day(self, day: date, grain: str = "day") -> str:
        """A day as short as the grain allows: 24 Nov, Nov, 2026; `long` and `month-long` say the year too."""
        if grain == "year":
            return str(day.year)
        if grain in ("month", "month-long"):
            name = formats.month_name(day.month, self.language, short=True)
            return name if grain == "month" else f"{name} {day.year}"
        return formats.day(day, self.language, year=grain == "long")

    def local(self, moment: datetime | str) -> datetime:
        """An instant in the company's zone; one without a zone is UTC."""
        read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(self.zone)

    def instant(self, moment: datetime | str | None) -> str:
        """An instant in the company's zone: 24 Nov, 14:32."""
        if moment is None:
            return NOTHING
        local = self.local(moment)
        other_year = local.year != datetime.now(self.zone).year
        return f"{formats.day(local.date(), self.language, year=other_year)}, {local:%H:%M}"

    def span(self, start: date, end: date) -> str:
        """Days from `start` up to, not including, `end`: 1 Oct – 31 Dec."""
        this_year = (end - timedelta(days=1)).year == datetime.now(self.zone).year
        return formats.days(start, end, self.language, year=not this_year)

    def unit_name(self, label: str, *, short: bool = False) -> str:
        """A period's label as people say it: Q3 2026, November 2026."""
        return periods.period_label(label, self.language, short=short)

    def period_word(self, word: str) -> str:
        """A period's word as people say it: This quarter."""
        return periods.period_word(word, self.language)


def _with(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
