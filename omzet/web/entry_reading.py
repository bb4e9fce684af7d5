"""One row as a form or a spreadsheet gives it: read in the reader's language, and what is wrong with it, by column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from omzet.desk.goal_rows import Level
from omzet.desk.refusals import Refused
from omzet.model import Column, Kind
from omzet.web.entry_tables import Entering, choice_name
from omzet.web.goal_words import read, written
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.workspace.goals import known_targets
from omzet.workspace.offered import offered

LONGEST = 300
LARGEST = Decimal(10) ** 12
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)
LIST = 500
"""From so many choices on, a name is typed instead of chosen from a list."""

ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
SHORT = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
SPANS = (("from_on", "to_on"), ("starts_on", "ends_on"))


@dataclass(frozen=True)
class Row:
    """One row read: `values` as they are entered, `shown` as people read them, `errors` by column."""

    values: dict[str, str | None]
    shown: dict[str, str]
    errors: dict[str, str]


@dataclass
class Desk:
    """What the rows of one kind may hold for one reader: keys and names by column, and what is there already."""

    site: Site
    reader: Reader
    entering: Entering
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    targets: list[tuple[tuple[str, str, str], date, date]] = field(default_factory=list)

    @property
    def columns(self) -> list[Column]:
        """The columns that this reader fills: not those in which there is nothing to choose."""
        always = (*self.entering.needed, *self.entering.whose[:1])
        return [each for each in self.entering.fields if each.name in always or self.options.get(each.name) != {}]


def desk_of(site: Site, reader: Reader, entering: Entering) -> Desk:
    """What the reader may choose from."""
    desk = Desk(site, reader, entering)
    for each in entering.fields:
        if each.name == "metric":
            shown = [m for m in site.metrics(reader.language) if reader.sees_money or m.unit not in ("money", "money_per_day")]
            desk.units = {m.id: m.unit for m in shown}
            desk.options[each.name] = {m.id: m.name for m in sorted(shown, key=lambda m: m.name.casefold())}
        elif each.name == "category":
            desk.options[each.name] = {value: choice_name(reader, value) for value in _categories(site, each)}
        elif each.kind is Kind.FLAG:
            desk.options[each.name] = {value: choice_name(reader, value) for value in ("false", "true")}
        elif each.kind is Kind.CHOICE:
            desk.options[each.name] = {value: choice_name(reader, value) for value in each.choices}
        elif each.kind is Kind.REFERENCE and each.refers_to:
            desk.options[each.name] = offered(site.workspace, each.refers_to, reader.access)
    if entering.table == "accounts":
        desk.taken = {name.casefold() for name in offered(site.workspace, "accounts", reader.access).values()}
    return desk


def read_row(desk: Desk, given: Mapping[str, str]) -> Row:
    """A row from the texts that were given by column. A row without errors is remembered: the next may not clash with it."""
    row = Row(dict(desk.entering.fixed), {}, {})
    columns = desk.columns
    for column in sorted(columns, key=lambda each: each.name != "metric"):
        text = _clean(given.get(column.name, ""))
        row.values[column.name] = None
        row.shown[column.name] = text
        if not text:
            continue
        try:
            value, shown = _value(desk, column, text, row)
        except Refused as refused:
            row.errors[column.name] = refused.text(desk.reader.language)
        else:
            row.values[column.name], row.shown[column.name] = value, shown
    _complete(desk, row)
    if not row.errors:
        _remember(desk, row)
    return row


def _value(desk: Desk, column: Column, text: str, row: Row) -> tuple[str, str]:
    reader = desk.reader
    if column.name in desk.options:
        key = _chosen(desk, column.name, text)
        return key, desk.options[column.name][key]
    if column.kind is Kind.DAY:
        day = read_day(reader, text)
        return day.isoformat(), reader.day(day, "long")
    if column.kind in (Kind.MONEY, Kind.NUMBER, Kind.INTEGER, Kind.SHARE):
        unit = {Kind.MONEY: "money", Kind.SHARE: "share"}.get(column.kind, "count")
        if column.name == "value":
            unit = desk.units.get(row.values.get("metric") or "", "count")
        return _number(reader, column, text, unit)
    if len(text) > LONGEST:
        raise Refused("web.enter.too_long", "This is too long: at most {most} characters fit.", most=LONGEST)
    if column.name == "currency":
        if not re.fullmatch(r"[A-Za-z]{3}", text):
            raise Refused("web.enter.no_currency", "Write a currency as its three letters, such as EUR.")
        return text.upper(), text.upper()
    if column.name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise Refused("web.enter.no_email", "This is no e-mail address.")
    return text, text


def _chosen(desk: Desk, column: str, text: str) -> str:
    """The key that a text means: a key, the id in it, or a name that only one has."""
    options = desk.options[column]
    if text in options:
        return text
    plain = text.casefold()
    found = [key for key, name in options.items() if plain in (name.casefold(), key.casefold(), key.casefold().partition(":")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused("web.enter.several", "“{text}” is the name of {n}: write the key instead.", text=text[:60], n=len(found))
    if column in ("person_id", "owner_id", "team_id", "account_id", "campaign_id"):
        raise Refused("web.enter.unknown", "There is no “{text}”, or not for you.", text=text[:60])
    some = ", ".join(list(options.values())[:8])
    raise Refused("web.enter.no_choice", "“{text}” is none of these: {some}.", text=text[:60], some=some)


def read_day(reader: Reader, text: str) -> date:
    """A day as 2026-11-25, or as people here write it. Raises Refused for what is no day, or could be two."""
    plain = text.split("T")[0].split(" ")[0]
    day: date | None = None
    try:
        if found := ISO.fullmatch(plain):
            day = date(int(found[1]), int(found[2]), int(found[3]))
        elif found := SHORT.fullmatch(plain):
            first, second, year = int(found[1]), int(found[2]), int(found[3])
            if reader.language == "en" and "." not in plain and first <= 12 and second <= 12 and first != second:
                raise Refused(
                    "web.enter.two_days",
                    "“{text}” could be two days. Write it as {example}.",
                    text=plain,
                    example=f"{year}-{second:02}-{first:02}",
                )
            day = date(year, first, second) if reader.language == "en" and second > 12 else date(year, second, first)
    except ValueError:
        day = None
    if day is None:
        raise Refused("web.enter.no_day", "“{text}” is no day. Write it as {example}.", text=text[:40], example="2026-11-25")
    if not EARLIEST <= day < LATEST:
        raise Refused("web.enter.far_day", "The year {year} can't be meant.", year=str(day.year))
    return day


def _number(reader: Reader, column: Column, text: str, unit: str) -> tuple[str, str]:
    text = re.sub(r"\s*(?:[A-Z]{3}|[€$£¥])$", "", text.replace("−", "-"))
    # A goal may be "41 days"; here 12k would be taken for 12.
    value = read(reader, "" if re.search(r"\d\s*[^\W\d_]", text) else text, unit)
    if unit == "share" and "%" not in text and abs(value * 100) <= 1:
        value *= 100  # 0.52 in a spreadsheet is 52%
    if abs(value) >= LARGEST:
        raise Refused("web.enter.too_large", "This number is too large.")
    if column.kind is Kind.INTEGER and (value != value.to_integral_value() or value < 0):
        raise Refused("web.enter.no_whole", "Write a whole number.")
    if column.kind is Kind.SHARE and not 0 < value <= 1:
        raise Refused("web.enter.no_share", "Write a part between 0% and 100%.")
    if column.name in ("value", "monthly_amount") and value < 0:
        raise Refused("web.enter.negative", "This can't be less than nothing.")
    plain = f"{value.normalize():f}"
    shown = (
        reader.number(value, 0 if value == value.to_integral_value() else 2)
        if unit.startswith("money")
        else written(reader, value, unit)
    )
    return str(int(value)) if column.kind is Kind.INTEGER else plain, shown


def _complete(desk: Desk, row: Row) -> None:
    """What holds between the columns of a row."""
    reader, entering, values, errors = desk.reader, desk.entering, row.values, row.errors
    for name in entering.needed:
        if not values.get(name) and name not in errors:
            errors[name] = reader.t("web.enter.needed", "This can't be empty.")
    for first, last in SPANS:
        if values.get(first) and values.get(last) and str(values[last]) < str(values[first]):
            errors.setdefault(last, reader.t("web.enter.ends_early", "The last day is before the first."))
    limited = reader.access.is_limited
    if limited and entering.whose and not any(values.get(name) for name in entering.whose):
        where = next((name for name in entering.whose if name not in errors), None)
        if where:
            errors[where] = reader.t("web.enter.whose", "Say whose it is: you enter for your own people and accounts.")
    if entering.table == "accounts":
        if limited and not values.get("owner_id") and "owner_id" not in errors:
            values["owner_id"] = reader.access.person
        if str(values.get("name") or "").casefold() in desk.taken:
            errors["name"] = reader.t("web.enter.account_there", "There is an account of that name already.")
    if entering.word == "time-off" and not values.get("to_on") and "to_on" not in errors:
        values["to_on"] = values.get("from_on")
    if entering.table == "targets":
        _target(desk, row)


def _target(desk: Desk, row: Row) -> None:
    """A target is for one person or team, and no other counts on the same days."""
    reader, values = desk.reader, row.values
    if values.get("person_id") and values.get("team_id"):
        row.errors.setdefault("team_id", reader.t("web.enter.one_of", "A target is for a person or for a team, not for both."))
    if row.errors:
        return
    subject, first, last = _subject(values)
    level: Level = "rep" if subject[1] else "team" if subject[2] else "company"
    inside, outside = known_targets(
        desk.site.workspace, subject[0], level, subject[1] or subject[2], first, last + timedelta(days=1)
    )
    among = any(one == subject and start <= last and first <= end for one, start, end in desk.targets)
    if inside or outside or among:
        row.errors["from_on"] = reader.t(
            "web.enter.target_there", "A target counts on these days already: both would be added up."
        )
    elif desk.units.get(subject[0]) == "money":
        values["currency"] = reader.currency


def _subject(values: Mapping[str, str | None]) -> tuple[tuple[str, str, str], date, date]:
    names = (values.get("metric") or "", values.get("person_id") or "", values.get("team_id") or "")
    return names, date.fromisoformat(str(values["from_on"])), date.fromisoformat(str(values["to_on"]))


def _remember(desk: Desk, row: Row) -> None:
    if desk.entering.table == "accounts":
        desk.taken.add(str(row.values["name"]).casefold())
    elif desk.entering.table == "targets":
        desk.targets.append(_subject(row.values))


def _categories(site: Site, column: Column) -> Iterable[str]:
    """The categories that count somewhere, and those that are common."""
    settings = site.workspace.settings
    return dict.fromkeys((*settings.sales_cost_categories, *settings.marketing_cost_categories, *column.choices, "training"))


def _clean(text: str) -> str:
    """A text on one line, without what can't be shown."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "" for c in text).split())
