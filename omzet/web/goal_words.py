"""How the numbers of a goal are written and read, in the unit of its metric and the reader's language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from omzet.desk.refusals import Refused
from omzet.locale import formats
from omzet.web.reader import Reader

SHARE = Decimal(100)
TYPED = re.compile(r"(?:[€$£¥]|[A-Z]{3})?(-?[\d.,]+)(?:%|[^\W\d_]{1,12})?")
"""A number as people type it: with a sign or code before it, a per cent or a word behind it."""
COUNTED_FROM = 10
"""From so many on a count is written whole, though it be an average."""
TIMES = {"days": "days", "hours": "hours", "minutes": "minutes", "months": "months"}


@dataclass(frozen=True)
class Unit:
    """A metric's unit as a goal shows it. `chart` is what a drawing calls it."""

    name: str
    sign: str
    chart: str

    @property
    def is_share(self) -> bool:
        """Whether it is typed as a percentage."""
        return self.name == "share"


def unit_of(reader: Reader, name: str) -> Unit:
    """The unit of that name; its sign stands beside the field where a value is typed."""
    if name == "share":
        return Unit(name, "%", "percent")
    if name in ("money", "money_per_day"):
        return Unit(name, formats.currency_sign(reader.currency, reader.language), "money")
    if name in TIMES:
        return Unit(name, formats.duration(2, name, reader.language).split(" ")[-1].split("\xa0")[-1], "number")
    return Unit(name, "", "number")


def written(reader: Reader, value: float | Decimal | None, unit: str) -> str:
    """A value as people read it: 52%, 52.5%, €120,000, €1.84M, 41 days."""
    if value is None:
        return formats.NOTHING
    if unit == "share":
        share = float(value) * 100
        return reader.percent(float(value), 0 if abs(share - round(share)) < 0.05 else 1)
    if unit in ("money", "money_per_day"):
        return reader.money(value)
    if unit in TIMES:
        return formats.duration(value, unit, reader.language)
    return reader.number(value) if unit == "count" and abs(float(value)) >= COUNTED_FROM else reader.short(value)


def typed(reader: Reader, value: float | Decimal, unit: str) -> str:
    """A value as it stands in a field: plain digits with the language's decimal mark."""
    number = Decimal(str(value)) * (SHARE if unit == "share" else 1)
    digits = 0 if unit in ("money", "count") or number == number.to_integral_value() else 1
    text = f"{round(number, digits):f}"
    return text.replace(".", ",") if _comma(reader) else text


def read(reader: Reader, text: str, unit: str) -> Decimal:
    """A typed value in the metric's unit. Raises Refused when it is no number."""
    found = TYPED.fullmatch(re.sub(r"\s", "", text))
    bare = found[1] if found else ""
    mark, group = (",", ".") if _comma(reader) else (".", ",")
    if re.fullmatch(rf"-?\d{{1,3}}(?:\{group}\d{{3}})+(?:\{mark}\d+)?", bare):
        bare = bare.replace(group, "")
    if not re.fullmatch(r"-?\d+(?:[.,]\d+)?", bare, re.ASCII):
        raise Refused("web.goals.no_number", "Write a number, such as {example}.", example=typed(reader, 1234, "count"))
    value = Decimal(bare.replace(",", "."))
    return (value / SHARE if unit == "share" else value).quantize(Decimal("1e-6")) if abs(value) < 10**16 else value


def odds(reader: Reader, chance: float) -> tuple[str, str]:
    """A chance as people grasp it: the number and what it is out of, 3 and "in 10"."""
    if chance < 0.05:
        return "<1", reader.t("web.goals.in_20", "in 20")
    if chance > 0.95:
        return ">19", reader.t("web.goals.in_20", "in 20")
    return reader.number(min(9, max(1, round(chance * 10)))), reader.t("web.goals.in_10", "in 10")


def odds_text(reader: Reader, chance: float) -> str:
    """The same in one: 3 in 10."""
    return " ".join(odds(reader, chance))


def _comma(reader: Reader) -> bool:
    return formats.marks(reader.language).decimal == ","
