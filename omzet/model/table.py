"""What a canonical table and a column are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

DateOrder = Literal["ymd", "dmy", "mdy"]
"""In which order a text names year, month and day."""

Decimal = Literal[".", ","]
"""The mark before the decimals."""


class Kind(Enum):
    """How a column's text is read and stored."""

    TEXT = "text"
    ID = "id"
    REFERENCE = "reference"
    INSTANT = "instant"
    DAY = "day"
    MONEY = "money"
    NUMBER = "number"
    SHARE = "share"
    INTEGER = "integer"
    SECONDS = "seconds"
    FLAG = "flag"
    CHOICE = "choice"


@dataclass(frozen=True)
class Column:
    """One column: its name, how it is read, its unit, and what it means in English.

    `refers_to` names the table of a reference; `choices` the texts a choice may take; `ends_day` says that a bare
    date in an instant means the end of that local day (a close) and not its start.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    refers_to: str | None = None
    choices: tuple[str, ...] = ()
    ends_day: bool = False
    open_choices: bool = False

    @property
    def unit(self) -> str:
        """The unit a reader of the schema page sees, or an empty text."""
        units = {
            Kind.MONEY: "currency",
            Kind.SHARE: "fraction",
            Kind.SECONDS: "seconds",
            Kind.INSTANT: "UTC",
            Kind.DAY: "local date",
        }
        return units.get(self.kind, "")

    @property
    def local_day(self) -> str:
        """The stored column beside an instant that holds its local day: `closed_on` beside `closed_at`."""
        return self.name.removesuffix("_at") + "_on"


@dataclass(frozen=True)
class Table:
    """One canonical table. `key` are the columns that identify a row within its connection.

    `parent` marks a table whose rows are replaced as a set per parent at each load (credits, contacts, links).
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    parent: str | None = None
    one_of: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


EVERY_ROW = (
    Column("modified_at", Kind.INSTANT, "When the source last changed the row"),
    Column("is_deleted", Kind.FLAG, "Deleted, spam or a test row; an archived row is not deleted"),
    Column("merged_into", Kind.TEXT, "Id of the row that took this one over, as connection:id for another connection"),
    Column("url", Kind.TEXT, "Where the record opens in its source"),
)


def table(
    name: str, meaning: str, *columns: Column, key: tuple[str, ...], parent: str | None = None, one_of: tuple[str, ...] = ()
) -> Table:
    """A table with the columns that every table takes added at its end."""
    return Table(name, meaning, (*columns, *EVERY_ROW), key, parent, one_of)


def identity(name: str, meaning: str) -> Column:
    return Column(name, Kind.ID, meaning, required=True)


def reference(name: str, refers_to: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.REFERENCE, meaning, required=required, refers_to=refers_to)


def text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, meaning, required=required)


def instant(name: str, meaning: str, *, required: bool = False, ends_day: bool = False) -> Column:
    return Column(name, Kind.INSTANT, meaning, required=required, ends_day=ends_day)


def day(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.DAY, meaning, required=required)


def money(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.MONEY, meaning, required=required)


def number(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.NUMBER, meaning, required=required)


def share(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.SHARE, meaning, required=required)


def integer(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.INTEGER, meaning, required=required)


def seconds(name: str, meaning: str) -> Column:
    return Column(name, Kind.SECONDS, meaning)


def flag(name: str, meaning: str) -> Column:
    return Column(name, Kind.FLAG, meaning)


def choice(name: str, choices: tuple[str, ...], meaning: str, *, required: bool = False, others: bool = False) -> Column:
    """A text out of `choices`; with `others` any further text is taken too."""
    return Column(name, Kind.CHOICE, meaning, required=required, choices=choices, open_choices=others)


CURRENCY = Column("currency", Kind.TEXT, "ISO 4217 code; empty is the reporting currency")
