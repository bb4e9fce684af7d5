"""The lines of a deal: products, quantities, discount, cost; and who is credited."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.sources.sample.chance import Chance
from omzet.sources.sample.deals import Deal
from omzet.sources.sample.market import FAMILIES, FRANC, PRODUCTS, SERVICE, product_id

DISCOUNT = {"small": 0.05, "mid": 0.07, "large": 0.11}


@dataclass(frozen=True)
class Line:
    """One product on a deal, with prices in the deal's currency."""

    product_id: str
    family: str
    quantity: int
    unit_price: float
    unit_cost: float
    list_price: float


def lines_of(chance: Chance, deal: Deal, value: float) -> list[Line]:
    """One to three lines worth about `value` together; a renewal is twelve months of a service."""
    rate = 1 / 1.04 if deal.account.currency == FRANC else 1.0
    if deal.kind == "renewal" and deal.monthly:
        monthly = round(deal.monthly * rate, 2)
        place = chance.pick(SERVICE)
        return [_line(place, 12, monthly, round(monthly / 0.96, 2))]
    family = chance.weighted(tuple(FAMILIES), tuple(FAMILIES.values()))
    shares = chance.weighted(((1.0,), (0.75, 0.25), (0.6, 0.25, 0.15)), (0.35, 0.42, 0.23))
    discount = min(0.3, max(0.0, DISCOUNT[deal.account.segment] + chance.normal(0.04)))
    lines, taken = [], set()
    for at, share in enumerate(shares):
        places = [place for place, product in enumerate(PRODUCTS) if product[1] == family and place not in taken]
        if at or not places:
            places = [place for place in range(len(PRODUCTS)) if place not in taken and place not in SERVICE]
        fitting = [place for place in places if PRODUCTS[place][2] <= value * share] or [
            min(places, key=lambda place: PRODUCTS[place][2])
        ]
        place = chance.pick(fitting)
        taken.add(place)
        list_price = round(PRODUCTS[place][2] * rate, 2)
        unit_price = round(list_price * (1 - discount), 2)
        lines.append(_line(place, max(1, round(value * share / unit_price)), unit_price, list_price))
    return lines


def _line(place: int, quantity: int, unit_price: float, list_price: float) -> Line:
    _, family, _, margin = PRODUCTS[place]
    return Line(product_id(place), family, quantity, unit_price, round(list_price * (1 - margin), 2), list_price)


LINE_COLUMNS = ("line_id", "deal_id", "product_id", "quantity", "unit_price", "unit_cost", "list_price")


def line_rows(lines: list[tuple[str, list[Line]]]) -> list[tuple[object, ...]]:
    """Rows of all deals' lines, given each deal's id with its lines."""
    return [
        (
            f"{deal_id}-{at}",
            deal_id,
            line.product_id,
            line.quantity,
            f"{line.unit_price:.2f}",
            f"{line.unit_cost:.2f}",
            f"{line.list_price:.2f}",
        )
        for deal_id, each in lines
        for at, line in enumerate(each, 1)
    ]
