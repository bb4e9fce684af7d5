"""The page at `/pipeline`: the open deals stage by stage, on any day, and moving one to another stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from omzet.desk.roles import Permission
from omzet.errors import CallError
from omzet.query.board import Board, Card
from omzet.query.question import Question
from omzet.web.choice import Choice, read_choice, with_pairs
from omzet.web.deals import deal_path, move_entry, single_deals
from omzet.web.reader import Reader
from omzet.web.site import Site

STALE_DAYS = 30
WEEKS_BACK = 52


@dataclass(frozen=True)
class Pick:
    """A filter of the board: its values, the chosen one first known by name."""

    dimension: str
    name: str
    values: tuple[str, ...]
    chosen: str


@dataclass(frozen=True)
class Marks:
    """What a card says at a glance: its amount, when it should close, how long it has stood, and what is wrong with it."""

    amount: str
    due: str
    days: str
    overdue: bool
    stale: bool


def marks(card: Card, reader: Reader, day: date) -> Marks:
    """What to say of a card on a day."""
    last = max((day for day in (card.touched_on, card.created_on) if day is not None), default=None)
    overdue = card.expected_close_on is not None and card.expected_close_on < day
    return Marks(
        amount=reader.amount(card.amount) if card.amount is not None else "–",
        due=reader.day(card.expected_close_on) if card.expected_close_on else reader.t("web.board.no_date", "no date"),
        days=reader.days(card.days) if card.days is not None else "",
        overdue=overdue,
        stale=last is not None and (day - last).days > STALE_DAYS,
    )


def routes(site: Site) -> APIRouter:
    """The addresses of the board."""
    router = APIRouter(include_in_schema=False)

    @router.get("/pipeline")
    def pipeline(request: Request) -> Response:
        reader = single_deals(site.reader(request))
        choice = read_choice(parse_qsl(request.url.query), site.calendar, site.today)
        day = as_of(request.query_params.get("as_of", ""), site.today)
        board = board_of(site, reader, choice, day)
        early = sum(column.count for column in board.columns if not column.qualified)
        total = sum(column.amount or 0 for column in board.columns if column.qualified)
        return site.render(
            request,
            "pipeline.html",
            reader,
            page_title=reader.t("web.nav.pipeline", "Pipeline"),
            freshness=board.freshness,
            board=board,
            day=day,
            today=site.today,
            amount=reader.money(total) if reader.sees_money else "",
            count=sum(column.count for column in board.columns if column.qualified),
            early=early,
            marks=lambda card: marks(card, reader, board.as_of),
            path=deal_path,
            picks=picks(site, reader, choice),
            may_move=board.latest and reader.may(Permission.ENTER_DEALS),
            weeks=min(WEEKS_BACK, max(0, (site.today - day).days // 7)),
            at=lambda day: address(choice, day, site.today),
            moved=request.query_params.get("moved", ""),
            sums=lambda amount: reader.money(amount) if amount is not None else "",
        )

    @router.post("/pipeline/move")
    def move(
        request: Request,
        deal: Annotated[str, Form()],
        stage: Annotated[str, Form()],
        seen: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        site.check_token(request, token)
        reader = single_deals(site.reader(request))
        record = site.workspace.deal(deal, language=reader.language, access=reader.access)
        entry = move_entry(record, stage, seen)
        site.workspace.enter(site.desk.open(), reader.who.by, [entry], access=reader.access)
        if request.headers.get("accept", "").startswith("application/json"):
            return JSONResponse({"moved": record.name, "from": record.stage, "to": stage})
        return RedirectResponse(f"/pipeline?moved={quote(record.name)}", status_code=303)

    return router


def board_of(site: Site, reader: Reader, choice: Choice, day: date) -> Board:
    """The board of a choice on a day, asked once for each state of the data."""
    question = Question(metrics=("open_pipeline_count",), where=choice.where(), as_of=None if day >= site.today else day)
    key = site.key(reader.access, "board", reader.language, question.model_dump_json())
    found: Board = site.kept.of(key, lambda: site.workspace.board(question, language=reader.language, access=reader.access))
    return found


def picks(site: Site, reader: Reader, choice: Choice) -> list[Pick]:
    """The filters of the board that have more than one value."""
    chosen = dict(choice.picks)
    names: list[tuple[str, str]] = [
        ("pipeline", reader.t("web.dimension.pipeline", "Pipeline")),
        ("team", reader.t("web.dimension.team", "Team")),
        ("rep", reader.t("web.dimension.rep", "Rep")),
    ]
    found = []
    for dimension, name in names:
        values = tuple(sorted(site.values(dimension, reader), key=str.casefold))
        if len(values) > 1 or dimension in chosen:
            found.append(Pick(dimension, name, values, next(iter(chosen.get(dimension, ())), "")))
    return found


def as_of(text: str, today: date) -> date:
    """The day an address names, no later than today. Raises CallError when it is none."""
    if not text:
        return today
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        raise CallError(f"'{text}' is no day. Write a day as as_of=2026-03-31.") from None


def address(choice: Choice, day: date, today: date) -> str:
    """The board of the same choice on another day."""
    pairs: list[tuple[str, Any]] = [(name, value) for name, value in choice.pairs() if name != "as_of"]
    if day < today:
        pairs.append(("as_of", day.isoformat()))
    return with_pairs("/pipeline", pairs)


def weeks_before(day: date, weeks: int) -> date:
    """The day so many weeks earlier."""
    return day - timedelta(weeks=weeks)
