"""Teams side by side, or the reps of one: bookings, deals won, win rate and cycle length. From A to Z, never a ranking."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.web.view import FEW, THIN, Figure, View, figure

METRICS = ("bookings_amount", "won_count", "win_rate", "sales_cycle_length_median")


@dataclass(frozen=True)
class PersonCell:
    """A number of the table and where it opens; `few` greys it."""

    text: str
    href: str
    note: str = ""
    few: bool = False


@dataclass(frozen=True)
class PersonRow:
    """A team or rep. `href` narrows the page to it."""

    name: str
    href: str
    cells: tuple[PersonCell, ...]


@dataclass(frozen=True)
class People:
    """The table, its total recomputed over all rows, never summed up from rates."""

    dimension: str
    title: str
    sub: str
    columns: tuple[str, ...]
    rows: tuple[PersonRow, ...]
    total: tuple[PersonCell, ...]
    csv: str


def people_tile(view: View) -> People | None:
    """By team; by rep when one team is chosen or there are no two teams. None when there is nobody."""
    reader, choice = view.reader, view.choice
    dimension = "rep" if len(choice.picked("team")) == 1 else "team"
    rows = _rows(view, dimension)
    if dimension == "team" and len(rows) < 2:
        dimension, rows = "rep", _rows(view, "rep")
    if not rows:
        return None
    by_team = dimension == "team"
    total = view.main().rows[0]
    period = view.name_of(choice.start, choice.end)
    return People(
        dimension=dimension,
        title=reader.t("web.people.teams", "Teams side by side") if by_team else reader.t("web.people.reps", "Reps side by side"),
        sub=reader.t("web.people.sub", "From A to Z, {period}", period=period),
        columns=(
            reader.t("web.dimension.team", "Team") if by_team else reader.t("web.dimension.rep", "Rep"),
            *((reader.t("web.kpi.bookings", "Bookings"),) if reader.sees_money else ()),
            reader.t("web.people.won", "Won"),
            reader.t("web.kpi.win_rate", "Win rate"),
            reader.t("web.people.cycle", "Median cycle"),
        ),
        rows=tuple(rows),
        total=_cells(view, total, {}),
        csv=choice.export(METRICS, by=dimension),
    )


def _rows(view: View, dimension: str) -> list[PersonRow]:
    answer = view.ask(view.choice.question(METRICS, by=(dimension,)))
    if dimension == "rep" and not view.reader.sees_names:
        return []
    rows = []
    for row in sorted(answer.rows, key=lambda row: str(row.get(dimension) or "~").casefold()):
        name = row.get(dimension)
        if name is None:
            continue
        narrowed = view.choice.with_pick(dimension, [str(name)])
        rows.append(PersonRow(str(name), narrowed.address(), _cells(view, row, {dimension: str(name)})))
    return rows


def _cells(view: View, row: dict[str, object], cell: dict[str, str]) -> tuple[PersonCell, ...]:
    reader = view.reader
    booked, won, rate, cycle = (figure(row, metric) for metric in METRICS)
    texts = (
        (reader.amount(booked.value), "", False),
        (reader.number(won.value), "", False),
        _rate(view, rate, won),
        (reader.days(cycle.value), "", 0 < cycle.n < THIN),
    )
    return tuple(
        PersonCell(text, view.choice.drill(metric, cell=cell), note, few)
        for metric, (text, note, few) in zip(METRICS, texts, strict=True)
        if reader.sees_money or metric != "bookings_amount"
    )


def _rate(view: View, rate: Figure, won: Figure) -> tuple[str, str, bool]:
    reader = view.reader
    if rate.value is None:
        return "–", "", False
    if rate.n < FEW:
        return reader.t("web.kpi.of", "{k} of {n}", k=reader.number(won.value), n=reader.number(rate.n)), "", True
    between = reader.range(reader.percent(rate.low, 0), reader.percent(rate.high, 0))
    return reader.percent(rate.value), between, rate.n < THIN
