"""The page at `/explore`: any numbers by anything, as a table, a pivot, lines, bars or a heat map; saved, shared and pinned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from omzet.desk import boards
from omzet.desk.roles import Permission
from omzet.errors import CallError
from omzet.metrics.catalogue import MetricInfo
from omzet.query.question import Grain
from omzet.web.choice import Choice, with_pairs
from omzet.web.export import csv_response, xlsx_response
from omzet.web.filters import Filters, filters_of
from omzet.web.pivots import Found, Table, chart_of, found_of, pivot_of, table_of
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.web.tiles import State
from omzet.web.view import View

SHOWN = {"table": "Table", "pivot": "Pivot", "line": "Lines", "bar": "Bars", "heat": "Heat map"}
GRAINS = {"": "Not over time", "week": "By week", "month": "By month", "quarter": "By quarter", "year": "By year"}
MOST_METRICS = 4
MOST_GROUPS = 2
STARTS = (
    ("win_rate", "rep"),
    ("bookings_amount", "month"),
    ("stage_conversion_rate", "stage"),
    ("loss_reason_share", "loss_reason"),
)
"""What an empty page offers to begin with: a number, and what it is split by."""


@dataclass(frozen=True)
class Ask:
    """What is explored: numbers, by which groups and grain, and how it is shown."""

    metrics: tuple[str, ...]
    by: tuple[str, ...]
    grain: str
    show: str
    sort: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As names and values of an address."""
        found = [("m", metric) for metric in self.metrics] + [("by", name) for name in self.by]
        found += [("grain", self.grain)] if self.grain else []
        return [*found, *([("show", self.show)] if self.show != "table" else []), *([("sort", self.sort)] if self.sort else [])]


def read_ask(pairs: Sequence[tuple[str, str]]) -> Ask:
    """What an address asks for. Raises CallError for a way of showing or a grain that there isn't."""
    several: dict[str, list[str]] = {"m": [], "by": []}
    for name, value in pairs:
        if name in several and value and value not in several[name]:
            several[name].append(value)
    first = dict(reversed([*pairs]))
    show, grain = first.get("show") or "table", first.get("grain", "")
    if show not in SHOWN:
        raise CallError(f"Unknown way to show '{show}'. Known: {', '.join(SHOWN)}.")
    if grain not in GRAINS:
        raise CallError(f"Unknown grain '{grain}'. Known: {', '.join(filter(None, GRAINS))}.")
    return Ask(tuple(several["m"][:MOST_METRICS]), tuple(several["by"][:MOST_GROUPS]), grain, show, first.get("sort", ""))


@dataclass(frozen=True)
class Explored:
    """The page: what was found as a table, and as a drawing where one was asked for; or why there is nothing."""

    filters: Filters
    ask: Ask
    choice: Choice
    table: Table | None = None
    chart: str = ""
    state: State | None = None
    notes: tuple[str, ...] = ()

    def address(self, **changes: Any) -> str:
        """The address of the page, some of what is asked changed."""
        return with_pairs("/explore", [*self.choice.pairs(), *replace(self.ask, **changes).pairs])

    def file(self, form: str) -> str:
        """The address of the same as a file."""
        return with_pairs(f"/explore.{form}", [*self.choice.pairs(), *self.ask.pairs])


def routes(site: Site) -> APIRouter:
    """The addresses of exploring, of what was saved, and of one's board."""
    router = APIRouter(include_in_schema=False)

    def asked(request: Request) -> tuple[Reader, View, Ask]:
        site.require(request, Permission.EXPLORE)
        reader = site.reader(request)
        view = site.view(request, reader)
        return reader, replace(view, choice=replace(view.choice, path="/explore")), read_ask(parse_qsl(request.url.query))

    @router.get("/explore")
    def explore(request: Request) -> Response:
        reader, view, ask = asked(request)
        names = site.dimensions(reader)
        named = {metric.id: metric.name for metric in site.metrics(reader.language)}
        filters = filters_of(view, names, lambda dimension: site.values(dimension, reader))
        return site.render(
            request,
            "explore.html",
            reader,
            page_title=reader.t("web.nav.explore", "Explore"),
            freshness=site.freshness(reader.language),
            model=explored(view, filters, ask),
            groups=grouped(site.metrics(reader.language), reader),
            dimensions=[*names, *extra(site, reader, ask, dict(names))],
            shown={name: reader.t(f"web.explore.{name}", text) for name, text in SHOWN.items()},
            grains={name: reader.t(f"web.explore.grain_{name or 'none'}", text) for name, text in GRAINS.items()},
            saved=boards.saved(site.desk.open(), reader.who.by),
            starts=[(name, by, starting(name, by)) for name, by in STARTS],
            named=named,
            title=", ".join(named.get(metric, metric) for metric in ask.metrics),
            done=request.query_params.get("page", ""),
        )

    @router.get("/explore.csv")
    def as_csv(request: Request) -> Response:
        found = found_of(*asked(request)[1:])
        return csv_response("explore", found.columns, found.rows)

    @router.get("/explore.xlsx")
    def as_xlsx(request: Request) -> Response:
        found = found_of(*asked(request)[1:])
        return xlsx_response("explore", found.columns, found.rows)

    @router.post("/explore/save")
    def save(
        request: Request,
        name: Annotated[str, Form()] = "",
        address: Annotated[str, Form()] = "",
        shared: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        site.check_token(request, token)
        site.require(request, Permission.EXPLORE)
        boards.save(site.desk.open(), site.reader(request).who.by, name=name, address=address, shared=bool(shared))
        return RedirectResponse(f"{address}{'&' if '?' in address else '?'}page=saved", status_code=303)

    @router.post("/explore/{id}/{what}")
    def change(request: Request, id: int, what: str, token: Annotated[str, Form()] = "") -> Response:
        site.check_token(request, token)
        by = site.reader(request).who.by
        if what == "remove":
            boards.remove(site.desk.open(), by, id)
            return RedirectResponse("/explore", status_code=303)
        if what not in ("pin", "unpin"):
            raise CallError(f"A saved view can be pinned, unpinned or removed, not '{what}'.")
        boards.pin(site.desk.open(), by, id, pinned=what == "pin")
        return RedirectResponse("/board", status_code=303)

    @router.get("/board")
    def board(request: Request) -> Response:
        reader = site.reader(request)
        tiles = []
        for each in boards.saved(site.desk.open(), reader.who.by):
            if each.is_pinned:
                tiles.append((each, pinned(site, reader, request, each.address)))
        return site.render(
            request,
            "board.html",
            reader,
            page_title=reader.t("web.nav.board", "My board"),
            freshness=site.freshness(reader.language),
            tiles=tiles,
        )

    return router


def pinned(site: Site, reader: Reader, request: Request, address: str) -> Explored:
    """A saved view as a tile of a board."""
    from omzet.web.choice import read_choice

    pairs = parse_qsl(address.partition("?")[2])
    choice = replace(read_choice(pairs, site.calendar, site.today), path="/explore")
    view = replace(site.view(request, reader), choice=choice)
    return explored(view, filters_of(view, [], lambda dimension: ()), read_ask(pairs))


def explored(view: View, filters: Filters, ask: Ask) -> Explored:
    """The page of what is asked; a question that can't be answered says why in its place."""
    reader = view.reader
    made = Explored(filters, ask, view.choice)
    if not ask.metrics:
        return made
    try:
        found: Found = found_of(view, ask)
    except CallError as error:
        return replace(made, state=State(reader.t("web.explore.failed", "This can't be asked"), str(error), "info"))
    if not found.rows:
        text = reader.t("web.explore.nothing_text", "Nothing falls in this period with this choice.")
        return replace(made, state=State(reader.t("web.page.nothing", "Nothing to show"), text))
    pivoted = ask.show in ("pivot", "heat") and (len(ask.by) + bool(ask.grain)) >= 2
    return replace(
        made,
        table=pivot_of(view, ask, found) if pivoted else table_of(view, ask, found),
        chart=chart_of(view, ask, found) if ask.show in ("line", "bar", "heat") else "",
        notes=found.notes,
    )


def grouped(metrics: Sequence[MetricInfo], reader: Reader) -> dict[str, list[MetricInfo]]:
    """The metrics by the name of their group, those that tell money left out for who sees none."""
    found: dict[str, list[MetricInfo]] = {}
    for metric in metrics:
        if reader.sees_money or not metric.unit.startswith("money"):
            found.setdefault(reader.t(f"web.group.{metric.group}", metric.group.capitalize()), []).append(metric)
    return found


def extra(site: Site, reader: Reader, ask: Ask, names: dict[str, str]) -> list[tuple[str, str]]:
    """Dimensions that only some metrics have, when one of these is asked for."""
    chosen = [metric for metric in site.metrics(reader.language) if metric.id in ask.metrics]
    found = dict.fromkeys(name for metric in chosen for name in metric.dimensions if name not in names)
    return [(name, name.replace("_", " ").capitalize()) for name in found]


def starting(metric: str, by: str) -> str:
    """The address of a first thing to look at."""
    if by in GRAINS:
        return with_pairs("/explore", [("m", metric), ("grain", cast(Grain, by)), ("show", "line"), ("period", "this-year")])
    return with_pairs("/explore", [("m", metric), ("by", by), ("show", "bar")])
