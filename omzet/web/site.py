"""What all pages share: the workspace, answers kept, who reads, and how a template is filled."""

from __future__ import annotations

import secrets
import time
from collections.abc import Hashable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from omzet import __version__
from omzet.errors import CallError, OmzetError
from omzet.history.report import CheckReport, Load
from omzet.locale import DEFAULT_LANGUAGE, languages
from omzet.metrics.calendar import Calendar
from omzet.metrics.catalogue import own_files
from omzet.query.answer import Answer, Freshness
from omzet.query.question import Question
from omzet.web import front
from omzet.web.asking import Kept
from omzet.web.choice import read_choice
from omzet.web.live import Live
from omzet.web.reader import THEMES, Reader
from omzet.web.view import View
from omzet.workspace.create import METRICS

if TYPE_CHECKING:
    from omzet.metrics.catalogue import MetricInfo
    from omzet.workspace import Workspace

LANGUAGE_COOKIE, THEME_COOKIE, TOKEN_COOKIE = "omzet_language", "omzet_theme", "omzet_token"
YEAR = 365 * 24 * 3600
VALUES_KEPT = 30

DIMENSIONS = {
    "team": "Team",
    "rep": "Rep",
    "product": "Product",
    "region": "Region",
    "source": "Source",
    "segment": "Segment",
    "industry": "Industry",
    "country": "Country",
    "account": "Account",
    "product_family": "Product family",
    "campaign": "Campaign",
    "pipeline": "Pipeline",
    "manager": "Manager",
    "kind": "Kind of deal",
    "competitor": "Competitor",
    "currency": "Currency",
    "playbook": "Playbook",
}
"""Dimensions by which deals are filtered, in the order of the list; others the data bring come after them."""

UNFIT = frozenset({"stage", "status", "loss_reason", "loss_kind", "forecast_category", "age_days", "cycle_days"})
"""Dimensions that only some metrics have, so that the overview can't be filtered by them."""


class Site:
    """One server's pages over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.kept = Kept()
        self.live = Live(workspace.revision())
        self.end_listening = workspace.on_commit(self.live.committed)
        self.templates = environment()

    # What is asked

    @property
    def calendar(self) -> Calendar:
        """The company's calendar, the days off that were loaded included."""
        settings = self.workspace.settings
        key = ("calendar", self.live.revision, settings.model_dump_json())
        return self.kept.of(key, lambda: Calendar(settings, self.workspace.holidays()))

    @property
    def today(self) -> date:
        """The company's local day."""
        return self.calendar.today()

    def key(self, *what: Hashable) -> Hashable:
        """The key of something that holds for one state of data, settings and own metrics, on one day."""
        settings = self.workspace.settings.model_dump_json()
        own = tuple((path.name, path.stat().st_mtime_ns) for path in own_files(self.workspace.path / METRICS))
        return (self.live.revision, self.today, settings, own, *what)

    def ask(self, question: Question, language: str) -> Answer:
        """The answer to a question, asked once for each state of the data."""
        key = self.key("answer", language, question.model_dump_json())
        return self.kept.of(key, lambda: self.workspace.query(question, language=language))

    def metrics(self, language: str) -> list[MetricInfo]:
        """The catalogue in a language."""
        key = self.key("metrics", language)
        return self.kept.of(key, lambda: self.workspace.metrics(language))

    def values(self, dimension: str) -> Sequence[str]:
        """The values of a dimension; none where it doesn't exist here. New ones show after half a minute at most."""
        key = ("values", dimension, int(time.monotonic() // VALUES_KEPT))

        def find() -> Sequence[str]:
            try:
                return self.workspace.dimension_values(dimension)
            except CallError:
                return ()

        return self.kept.of(key, find)

    def dimensions(self, reader: Reader) -> list[tuple[str, str]]:
        """What deals can be filtered by, and its name: the catalogue's own first, then the data's attributes."""
        offered = {name for metric in self.metrics(reader.language) for name in metric.dimensions}
        known = [(name, reader.t(f"web.dimension.{name}", english)) for name, english in DIMENSIONS.items() if name in offered]
        others = sorted(offered - set(DIMENSIONS) - UNFIT)
        return [*known, *((name, name.replace("_", " ").capitalize()) for name in others)]

    def loads(self) -> list[Load]:
        """The loads so far, newest first."""
        return self.kept.of(self.key("loads"), self.workspace.loads)

    def report(self, limit: int = 100) -> CheckReport:
        """At most `limit` rows set aside, the figures of quality, and the loads."""
        key = self.key("check", limit)
        return self.kept.of(key, lambda: self.workspace.check(limit))

    def freshness(self, language: str) -> Freshness:
        """How new the data are; an empty store has only its revision."""
        try:
            day = self.today
            return self.ask(Question(metrics=("won_count",), start=day, end=day + timedelta(days=1)), language).freshness
        except OmzetError:
            return Freshness(revision=self.live.revision)

    # Who reads

    def reader(self, request: Request) -> Reader:
        """The reader of a request: by its address, else their cookie, else the browser, else the company."""
        settings = self.workspace.settings
        wanted = [request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), *accepted(request), settings.locale]
        language = next((each for each in wanted if each in languages()), DEFAULT_LANGUAGE)
        themes = (request.query_params.get("theme"), request.cookies.get(THEME_COOKIE))
        theme = next((each for each in themes if each in THEMES), THEMES[0])
        return Reader(language, theme, settings.currency, settings.zone, request.url.path, request.url.query)

    def view(self, request: Request, reader: Reader) -> View:
        """The reader's choice, ready to ask. Raises CallError on an address that means nothing."""
        settings = self.workspace.settings
        pairs = parse_qsl(request.url.query)
        choice = read_choice(pairs, self.calendar, self.today)
        fiscal = settings.fiscal_year_start != 1 or settings.fiscal_pattern != "months"
        return View(lambda question: self.ask(question, reader.language), choice, reader, self.calendar, self.today, fiscal)

    # What is sent

    def render(self, request: Request, template: str, reader: Reader, *, status: int = 200, **given: Any) -> Response:
        """Fill a template. Sets the cookies of a preference in the address, and the token that forms carry."""
        token = request.cookies.get(TOKEN_COOKIE) or secrets.token_urlsafe(24)
        freshness = given.pop("freshness", None) or self.freshness(reader.language)
        content = self.templates.get_template(template).render(
            t=translate(reader),
            reader=reader,
            company=self.workspace.settings.name or "Omzet",
            freshness=freshness,
            token=token,
            version=__version__,
            palette=self.metrics(reader.language),
            nav_link=nav_link(reader),
            **given,
        )
        response = HTMLResponse(content, status_code=status, headers={"Cache-Control": "no-store"})
        if request.query_params.get("lang") == reader.language:
            response.set_cookie(LANGUAGE_COOKIE, reader.language, max_age=YEAR, samesite="lax")
        if request.query_params.get("theme") == reader.theme:
            response.set_cookie(THEME_COOKIE, reader.theme, max_age=YEAR, samesite="lax")
        if TOKEN_COOKIE not in request.cookies:
            response.set_cookie(TOKEN_COOKIE, token, httponly=True, samesite="strict")
        return response

    def render_part(self, template: str, reader: Reader, **given: Any) -> Response:
        """Fill a template that is a part of a page."""
        content = self.templates.get_template(template).render(t=translate(reader), reader=reader, **given)
        return HTMLResponse(content, headers={"Cache-Control": "no-store"})

    def check_token(self, request: Request, given: str) -> None:
        """Raises CallError unless a form carries the token of its page."""
        known = request.cookies.get(TOKEN_COOKIE, "")
        if not known or not secrets.compare_digest(known, given):
            raise CallError("This form is from a page that is no longer valid. Load the page again and send it once more.")


def environment() -> Environment:
    """The templates, everything escaped, an unknown name an error."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"asset": front.asset, "icon": front.icon}
    return made


def translate(reader: Reader) -> Any:
    """`t` for templates: blanks are escaped, the text itself may hold markup."""

    def t(key: str, english: str, **blanks: object) -> Markup:
        kept = {name: value if isinstance(value, int) else escape(value) for name, value in blanks.items()}
        return Markup(reader.t(key, english, **kept))

    return t


def nav_link(reader: Reader) -> Any:
    """A link of the navigation, marked when it is the page on screen."""

    def link(path: str, picture: str, name: str, count: int = 0) -> Markup:
        here = Markup(' aria-current="page"') if reader.path == path or (path != "/" and reader.path.startswith(path)) else ""
        badge = Markup('<span class="nav-count">{}</span>').format(reader.number(count)) if count else ""
        return Markup('<a href="{}"{}>{}<span>{}</span>{}</a>').format(path, here, front.icon(picture), name, badge)

    return link


def accepted(request: Request) -> list[str]:
    """The languages a browser asks for, first wanted first."""
    header = request.headers.get("accept-language", "")
    return [part.split(";")[0].split("-")[0].strip().lower() for part in header.split(",")]
