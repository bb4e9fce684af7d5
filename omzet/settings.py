"""The company's settings, one declaration each, kept in `omzet.toml` of the workspace folder."""

from __future__ import annotations

import os
import re
import textwrap
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from omzet.errors import CallError, unknown
from omzet.locale import languages, t

FILE_NAME = "omzet.toml"
NONE = "none"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECRET_KEYS = re.compile(r"(password|secret|token|api_?key)$", re.IGNORECASE)
SECRET_REFERENCES = ("env:", "keyring:")
DESK_FILE = "sqlite"


class Settings(BaseModel):
    """One company's settings. Each key's description is what `omzet init` writes above it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field("", description="The company's name, as shown on pages and reports.")
    timezone: str = Field(
        "Europe/Amsterdam",
        description="Reporting time zone (IANA name). Days, weeks and months begin and end here.",
    )
    currency: str = Field(
        "EUR",
        description="Reporting currency (ISO 4217). Other currencies are converted with the exchange rates loaded.",
    )
    locale: str = Field("en", description="Language of people who have not chosen one: en or nl.")
    fiscal_year_start: int = Field(
        1,
        ge=1,
        le=12,
        description="First month of the fiscal year, 1 to 12. The year is named after the calendar year it ends in.",
    )
    fiscal_pattern: Literal["months", "4-4-5"] = Field(
        "months",
        description="How the fiscal year is divided: months, or 4-4-5 (quarters of 4, 4 and 5 weeks).",
    )
    working_week: str = Field(
        "mon-fri",
        description="Working days of the week: a range such as mon-fri or sun-thu, or a list such as mon,tue,thu.",
    )
    holidays: str = Field(
        "NL",
        description="Country whose public holidays are no working days: a code such as NL or DE-BY, or none. "
        "Days in the holidays table come on top.",
    )
    sales_cost_categories: tuple[str, ...] = Field(
        ("sales_salaries", "commission", "sales_tools", "travel"),
        description="Cost categories that count as cost of sales.",
    )
    marketing_cost_categories: tuple[str, ...] = Field(
        ("marketing_salaries", "media", "events"),
        description="Cost categories that count as cost of marketing.",
    )
    no_decision_loss_kinds: tuple[str, ...] = Field(
        ("no_decision",),
        description="Kinds of loss that mean the buyer decided nothing.",
    )
    proposal_stage: str | None = Field(
        None,
        description="Stage in which a proposal is out, for the time from proposal to close; or none.",
    )
    business_hours: str = Field(
        "09:00-17:00",
        description="Hours of a working day, for the time to an answer in business hours.",
    )
    sla_minutes: int = Field(60, ge=1, description="Minutes within which a new lead should get an answer.")
    stale_days: int = Field(30, ge=1, description="Days without contact after which an open deal is called stale.")
    landmark_day: int = Field(
        14,
        ge=1,
        description="Day of a deal's life at which the effect of early activity is read.",
    )
    landmark_min_count: int = Field(
        3,
        ge=1,
        description="Activities by that day that make a deal count as worked on early.",
    )
    gross_margin: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Gross margin as a fraction (0.7), for lifetime value and payback where costs don't tell it; or none.",
    )
    access: Literal["teams", "everyone"] = Field(
        "teams",
        description="Who sees what: teams (managers see their teams, reps themselves and the team's band) "
        "or everyone (all see all). It holds for whoever signs in; until somebody has an account, pages are open on this "
        "computer only.",
    )
    desk: str = Field(
        "sqlite",
        description="Where users and what people enter are kept: sqlite (desk.sqlite in this folder), or a PostgreSQL database "
        "as env:NAME or keyring:NAME, which hold its URL; a URL without a password may stand here itself.",
    )
    connections: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="What to read, each connection with its source's own keys. Secrets by reference only: "
        "env:NAME or keyring:NAME. A connection's timezone is used for times without a zone.",
    )

    @property
    def working_days(self) -> frozenset[int]:
        """The working days of the week, Monday being 0."""
        return parse_working_week(self.working_week)

    @property
    def zone(self) -> ZoneInfo:
        """The reporting time zone."""
        return ZoneInfo(self.timezone)

    @field_validator("proposal_stage", "gross_margin", mode="before")
    @classmethod
    def _none_is_a_word(cls, value: Any) -> Any:
        return None if isinstance(value, str) and value.strip().lower() in ("", NONE) else value

    @field_validator("sales_cost_categories", "marketing_cost_categories", "no_decision_loss_kinds", mode="before")
    @classmethod
    def _commas_separate(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip() and part.strip().lower() != NONE)
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str) -> str:
        return check_timezone(value)

    @field_validator("currency")
    @classmethod
    def _currency_is_a_code(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z]{3}", value):
            raise ValueError("an ISO 4217 code of three letters is expected, such as EUR.")
        return value.upper()

    @field_validator("locale")
    @classmethod
    def _language_exists(cls, value: str) -> str:
        if value not in languages():
            raise ValueError(str(unknown("language", value, languages())))
        return value

    @field_validator("working_week")
    @classmethod
    def _week_is_readable(cls, value: str) -> str:
        parse_working_week(value)
        return value

    @field_validator("business_hours")
    @classmethod
    def _hours_are_readable(cls, value: str) -> str:
        parse_hours(value)
        return value

    @field_validator("holidays")
    @classmethod
    def _country_is_a_code(cls, value: str) -> str:
        if value.lower() in ("", NONE):
            return NONE
        if not re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,5})?", value):
            raise ValueError("a country code such as NL or DE-BY is expected, or none.")
        return value.upper()

    @field_validator("desk")
    @classmethod
    def _desk_is_a_database(cls, value: str) -> str:
        if value in ("", DESK_FILE):
            return DESK_FILE
        if re.fullmatch(r"(env|keyring):\S+", value):
            return value
        if not re.match(r"postgres(ql)?://", value):
            raise ValueError(f"{DESK_FILE}, env:NAME, keyring:NAME or a URL such as postgresql://user@host/database is expected.")
        if re.match(r"[^/]+//[^@]*:[^@]*@", value) or re.search(r"[?&]password=", value):
            raise ValueError("write a URL with a password as env:NAME or keyring:NAME, never the secret itself.")
        return value

    @field_validator("connections")
    @classmethod
    def _connections_are_sound(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, keys in value.items():
            if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
                raise ValueError(f"connection '{name}': letters, digits, '-', '_' and '.' are allowed in its name.")
            if "timezone" in keys:
                check_timezone(str(keys["timezone"]))
            for key, text in keys.items():
                if SECRET_KEYS.search(key) and not str(text).startswith(SECRET_REFERENCES):
                    raise ValueError(f"connection '{name}': write {key} as env:NAME or keyring:NAME, never the secret itself.")
        return value


def check_timezone(name: str) -> str:
    """The name of a time zone, as given. Raises ValueError with the nearest right name when there is no such zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        raise ValueError(str(unknown("time zone", name, available_timezones()))) from None
    return name


def check_country(code: str) -> str:
    """The code of a country (`NL`) or part of one (`DE-BY`) whose public holidays are known, or `none`.

    Raises CallError with the nearest right code. Slow the first time: the list of countries is imported.
    """
    if code == NONE:
        return code
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=False)
    country, _, part = code.partition("-")
    if country not in known:
        raise unknown("holidays country", code, [NONE, *known])
    if part and part not in known[country]:
        raise unknown("holidays country", code, [country, *(f"{country}-{each}" for each in known[country])])
    return code


@cache
def parse_hours(text: str) -> tuple[int, int]:
    """The first and the last minute of hours such as 09:00-17:00, counted from midnight. Raises ValueError for others."""
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)", text.strip())
    opens, closes = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if not 0 <= opens < closes <= 24 * 60:
        raise ValueError("hours of a day are expected, such as 09:00-17:00.")
    return opens, closes


def parse_working_week(text: str) -> frozenset[int]:
    """Days of the week out of `mon-fri`, `sun-thu`, `mon,tue,wed` or a mix, Monday being 0. Raises ValueError."""
    days: set[int] = set()
    for part in filter(None, (each.strip().lower() for each in text.split(","))):
        first, _, last = part.partition("-")
        start = _weekday(first)
        end = _weekday(last) if last else start
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    if not days:
        raise ValueError("at least one working day is expected, such as mon-fri.")
    return frozenset(days)


def _weekday(word: str) -> int:
    short = word.strip()[:3]
    if short not in WEEKDAYS:
        raise ValueError(str(unknown("day of the week", word.strip(), WEEKDAYS)))
    return WEEKDAYS.index(short)


def read_settings(folder: Path) -> Settings:
    """The settings of the workspace in `folder`. A key that is absent has its default; the name is the folder's.

    Raises CallError when there is no `omzet.toml`, when it isn't TOML, or when a key or value is wrong.
    """
    path = folder / FILE_NAME
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CallError(f"{folder} is no workspace: it has no {FILE_NAME}. Make one with: omzet init {folder}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallError(f"{path} is not readable as TOML: {error}") from error
    return _validated({"name": folder.resolve().name} | given, str(path))


def write_settings(folder: Path, values: Mapping[str, str]) -> Settings:
    """Write `omzet.toml` in `folder`, every key commented, with `values` in place of the defaults; what it then says.

    Where the file exists only `values` are changed in it; comments and order stay. Nothing is written when a key or
    value is wrong: CallError names it and the nearest right word.
    """
    path = folder / FILE_NAME
    exists = path.is_file()
    before = tomllib.loads(path.read_text(encoding="utf-8-sig")) if exists else {}
    settings = _validated({"name": folder.resolve().name} | before | dict(values), "")
    if "holidays" in values or not exists:
        check_country(settings.holidays)
    text = _changed(path.read_text(encoding="utf-8-sig"), settings, values) if exists else _written(settings)
    folder.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{FILE_NAME}.{os.getpid()}")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
    return settings


def _validated(given: Mapping[str, Any], where: str) -> Settings:
    for key in given:
        if key not in Settings.model_fields:
            raise unknown("setting", key, Settings.model_fields)
    try:
        return Settings.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        shown = "" if first["loc"][0] in ("connections", "desk") else f" = {first['input']!r}"
        raise CallError(f"Setting {key}{shown}: {reason}{f' ({where})' if where else ''}") from error


def texts() -> dict[str, str]:
    """The English texts of a written `omzet.toml` by id: its heading, and what each key means."""
    heading = "Settings of this Omzet workspace. Each key has a default that works."
    meanings = {f"settings.{key}": field.description or "" for key, field in Settings.model_fields.items()}
    return {"settings.heading": heading, **meanings}


def _written(settings: Settings) -> str:
    comments = {id.removeprefix("settings."): _comment(t(id, text, settings.locale)) for id, text in texts().items()}
    lines = [*comments["heading"]]
    for key in Settings.model_fields:
        lines += ["", *comments[key]]
        if key != "connections":
            lines.append(f"{key} = {_toml(getattr(settings, key))}")
    lines += ["# [connections.crm]", '# source = "hubspot"', '# token = "env:CRM_TOKEN"', '# timezone = "Europe/Amsterdam"']
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, 100)]


def _changed(text: str, settings: Settings, values: Mapping[str, str]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    for key in values:
        document[key] = _plain(getattr(settings, key))
    return tomlkit.dumps(document)


def _toml(value: Any) -> str:
    import tomlkit

    text: str = tomlkit.item(_plain(value)).as_string()
    return text


def _plain(value: Any) -> Any:
    if value is None:
        return NONE
    return list(value) if isinstance(value, tuple) else value
