"""A question made definite: which days, as of when, which rows, by what. Every metric of a question is measured in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from omzet.engines import Session
from omzet.errors import CallError, unknown
from omzet.metrics.access import ALL, Access
from omzet.metrics.calendar import Calendar
from omzet.metrics.conditions import Condition
from omzet.metrics.definition import Metric, Parameter
from omzet.metrics.expressions import SETTINGS
from omzet.metrics.labels import Labels
from omzet.metrics.relations import AsOf
from omzet.metrics.relations.base import Hours
from omzet.settings import Settings, parse_hours


@dataclass(frozen=True)
class Scope:
    """What every part of an answer shares. `start` and `end` are None where the question names no period.

    `compare` is what the question is compared with: `previous` or `last-year`. `where` holds the conditions of `access`
    too; who learns something from all rows, such as a prior, leaves them out and may tell nothing but sums over many people.
    """

    session: Session
    settings: Settings
    calendar: Calendar
    labels: Labels
    as_of: AsOf
    by: tuple[str, ...] = ()
    grain: str | None = None
    start: date | None = None
    end: date | None = None
    where: tuple[Condition, ...] = ()
    parameters: Mapping[str, str] | None = None
    language: str = "en"
    compare: str | None = None
    access: Access = ALL

    def within(self, start: date | None, end: date | None) -> Scope:
        """The same question over another period, without a grain."""
        return replace(self, start=start, end=end, grain=None)

    def at(self, day: date) -> Scope:
        """The same question as of a day (as-of if that is earlier), without a period."""
        if day >= self.as_of.day:
            return self.within(None, None)
        return replace(self.within(None, None), as_of=state_as_of(self.session, self.settings, day))

    def values(self, metric: Metric) -> dict[str, Any]:
        """The metric's parameters as given or by default, and the built-in ones. Raises CallError for a wrong value."""
        found: dict[str, Any] = {"as_of": self.as_of.day, "start": self.start, "end": self.end or self.as_of.day}
        found |= {name: getattr(self.settings, name) for name in SETTINGS}
        for parameter in metric.parameters:
            given = (self.parameters or {}).get(parameter.name)
            default = getattr(self.settings, parameter.setting) if parameter.setting else parameter.default
            found[parameter.name] = default if given is None else _read(parameter.name, given, parameter, default)
        return found


def state_as_of(session: Session, settings: Settings, day: date, moment: datetime | None = None) -> AsOf:
    """The state of the store at the end of a day, or at a moment of it."""
    ((settled,),) = session.once("SELECT max(settled_on) FROM deal_facts")
    rates = session.once("SELECT currency, CAST(rate AS VARCHAR) FROM rates WHERE day = ? AND rate IS NOT NULL ORDER BY 1", [day])
    ends_at = datetime.combine(day + timedelta(days=1), time(), settings.zone).astimezone(UTC).replace(tzinfo=None)
    hours = Hours(settings.working_days, settings.holidays, *parse_hours(settings.business_hours), settings.timezone)
    return AsOf(day, moment, settled is None or settled <= day, settings.currency, tuple(rates), ends_at, hours)


def _read(name: str, text: str, parameter: Parameter, default: Any) -> Any:
    if parameter.choices:
        if text not in parameter.choices:
            raise unknown(f"value of parameter {name}", text, parameter.choices)
        return text
    if isinstance(default, bool):
        return text.lower() in ("true", "yes", "1")
    if parameter.number or isinstance(default, int | float):
        try:
            value = int(text) if isinstance(default, int) else float(text)
        except ValueError:
            raise CallError(f"Parameter {name} must be a number, not '{text}'.") from None
        if parameter.at_least is not None and value < parameter.at_least:
            raise CallError(f"Parameter {name} must be at least {parameter.at_least}, not {text}.")
        return value
    return text
