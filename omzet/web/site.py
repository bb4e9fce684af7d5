"""What all pages share: the workspace, answers kept, who reads, and how a template is filled."""

from __future__ import annotations

import secrets
import time
from collections.abc import Hashable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from omzet import __version__
from omzet.desk.refusals import NotAllowed
from omzet.desk.roles import ROLES, Permission, role_name
from omzet.errors import CallError, OmzetError
from omzet.history.report import CheckReport, Load
from omzet.locale import DEFAULT_LANGUAGE, languages
from omzet.metrics.access import ALL, Access
from omzet.metrics.calendar import Calendar
from omzet.metrics.catalogue import own_files
from omzet.query.answer import Answer, Freshness
from omzet.query.question import Question
from omzet.web.asking import Kept
from omzet.web.choice import read_choice
from omzet.web.filling import accepted, environment, nav_link, translate
from omzet.web.finding_keeper import FindingKeeper
from omzet.web.live import Live
from omzet.web.reader import THEMES, Reader
from omzet.web.view import View
from omzet.web.who import STRANGER, WHO, Who, cookie_name
from omzet.workspace.create import DEMO_MARK, METRICS
from omzet.workspace.desk import WorkspaceDesk, access_by, sees_single_deals

if TYPE_CHECKING:
    from omzet.metrics.catalogue import MetricInfo
    from omzet.query.explanation import Explanation
    from omzet.query.restatement import Restatement
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

OF_PEOPLE = frozenset({"rep", "manager"})
"""Dimensions whose values are people."""

BESIDE_DEALS = frozenset({"leads", "responses"})
"""Relations whose rows are no deals: who may only add deals up sees these one by one."""


class Site:
    """One server's pages over one workspace. With `first_code` somebody at another machine may make the first account."""

    def __init__(self, workspace: Workspace, first_code: str = "") -> None:
        self.workspace = workspace
        self.first_code = first_code
        self.kept = Kept()
        self.live = Live(workspace.revision())
        self.end_listening = workspace.on_commit(self.live.committed)
        self.findings = FindingKeeper(self)
        self.templates = environment()
        self.desk = WorkspaceDesk(workspace)
        self.session_cookie = cookie_name(workspace.path)

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

    def key(self, access: Access, *what: Hashable) -> Hashable:
        """The key of something told with this access, for one state of data, settings and own metrics, on one day."""
        settings = self.workspace.settings.model_dump_json()
        own = tuple((path.name, path.stat().st_mtime_ns) for path in own_files(self.workspace.path / METRICS))
        return (self.live.revision, self.today, settings, own, access, *what)

    def ask(self, question: Question, reader: Reader) -> Answer:
        """The answer to a question as its reader may see it, asked once for each state of the data."""
        access, language = reader.access, reader.language
        key = self.key(access, "answer", language, question.model_dump_json())
        return self.kept.of(key, lambda: self.workspace.query(question, language=language, access=access))

    def explain(self, question: Question, reader: Reader, **wanted: Any) -> Explanation:
        """One number opened as its reader may see it; the words are those of `Workspace.explain`.

        Where deals are only added up for the reader, their rows are left out. Raises NotAllowed when a single one is asked for.
        """
        if not reader.sees_deals and wanted.get("deal"):
            raise _only_added_up()
        found = self.workspace.explain(question, language=reader.language, access=reader.access, **wanted)
        if self.lists_rows(found.meaning.id, reader):
            return found
        note = _only_added_up().text(reader.language)
        return found.model_copy(update={"rows": [], "rows_out": [], "columns": [], "notes": [*found.notes, note]})

    def restatement(self, question: Question, earlier: Any, reader: Reader, limit: int) -> Restatement:
        """Why a number is not what it was, as its reader may see it."""
        if not reader.sees_deals:
            raise _only_added_up()
        return self.workspace.restatement(question, earlier, limit=limit, language=reader.language, access=reader.access)

    def metrics(self, language: str) -> list[MetricInfo]:
        """The catalogue in a language."""
        key = self.key(ALL, "metrics", language)
        return self.kept.of(key, lambda: self.workspace.metrics(language))

    def lists_rows(self, metric: str, reader: Reader) -> bool:
        """Whether a reader is shown the rows that a metric counts, one by one."""
        relation = next((each.relation for each in self.metrics(DEFAULT_LANGUAGE) if each.id == metric), "")
        return reader.sees_deals or relation in BESIDE_DEALS

    def values(self, dimension: str, reader: Reader) -> Sequence[str]:
        """The values of a dimension that a reader may see; none where it doesn't exist. New ones show after half a minute."""
        if not reader.sees_names and dimension in OF_PEOPLE:
            return ()
        key = ("values", dimension, reader.access, int(time.monotonic() // VALUES_KEPT))

        def find() -> Sequence[str]:
            try:
                return self.workspace.dimension_values(dimension, access=reader.access)
            except CallError:
                return ()

        return self.kept.of(key, find)

    def dimensions(self, reader: Reader) -> list[tuple[str, str]]:
        """What deals can be filtered by, and its name: the catalogue's own first, then the data's attributes."""
        offered = {name for metric in self.metrics(reader.language) for name in metric.dimensions}
        offered -= OF_PEOPLE if not reader.sees_names else set()
        known = [(name, reader.t(f"web.dimension.{name}", english)) for name, english in DIMENSIONS.items() if name in offered]
        others = sorted(offered - set(DIMENSIONS) - UNFIT)
        return [*known, *((name, name.replace("_", " ").capitalize()) for name in others)]

    def loads(self) -> list[Load]:
        """The loads so far, newest first."""
        return self.kept.of(self.key(ALL, "loads"), self.workspace.loads)

    def report(self, limit: int = 100) -> CheckReport:
        """At most `limit` rows set aside, the figures of quality, and the loads."""
        key = self.key(ALL, "check", limit)
        return self.kept.of(key, lambda: self.workspace.check(limit))

    def freshness(self, language: str) -> Freshness:
        """How new the data are; an empty store has only its revision."""
        try:
            day = self.today
            question = Question(metrics=("won_count",), start=day, end=day + timedelta(days=1))
            key = self.key(ALL, "freshness", language)
            return self.kept.of(key, lambda: self.workspace.query(question, language=language).freshness)
        except OmzetError:
            return Freshness(revision=self.live.revision)

    # Who reads

    def who(self, request: Request) -> Who:
        """Who asks."""
        found: Who = request.scope.get(WHO, STRANGER)
        return found

    def reader(self, request: Request) -> Reader:
        """The reader of a request: their language by its address, else their cookie, their account, the browser, the company."""
        settings, who, revision = self.workspace.settings, self.who(request), self.live.revision
        wanted = [request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)]
        wanted += [who.signed_in.user.language] if who.signed_in else []
        wanted += [*accepted(request), settings.locale]
        language = next((each for each in wanted if each in languages()), DEFAULT_LANGUAGE)
        themes = (request.query_params.get("theme"), request.cookies.get(THEME_COOKIE))
        theme = next((each for each in themes if each in THEMES), THEMES[0])
        return Reader(
            language,
            theme,
            settings.currency,
            settings.zone,
            request.url.path,
            request.url.query,
            who,
            self.access(who),
            who.is_owner or sees_single_deals(self.workspace, who.permissions),
            revision,
        )

    def access(self, who: Who) -> Access:
        """What of the data somebody may see."""
        if who.is_owner:
            return ALL
        person = (who.signed_in.user.person_key if who.signed_in else "") or None
        key = ("access", self.live.revision, self.workspace.settings.access, who.permissions, person)
        return self.kept.of(key, lambda: access_by(self.workspace, who.permissions, person))

    def require(self, request: Request, permission: Permission) -> Who:
        """Who asks. Raises NotAllowed, which says whose it is, unless they may do this."""
        who = self.who(request)
        if who.may(permission):
            return who
        language = self.reader(request).language
        roles = [role_name(role, language) for role, may in ROLES.items() if permission in may]
        named = ", ".join(roles)
        raise NotAllowed("web.not_yours", "This is for: {roles}. Ask an administrator if you need it.", roles=named)

    def for_data(self, request: Request) -> None:
        """For routes that are only for who may manage the data."""
        self.require(request, Permission.MANAGE_DATA)

    def view(self, request: Request, reader: Reader) -> View:
        """The reader's choice, ready to ask. Raises CallError on an address that means nothing."""
        settings = self.workspace.settings
        pairs = parse_qsl(request.url.query)
        choice = read_choice(pairs, self.calendar, self.today)
        fiscal = settings.fiscal_year_start != 1 or settings.fiscal_pattern != "months"
        return View(lambda question: self.ask(question, reader), choice, reader, self.calendar, self.today, fiscal)

    # What is sent

    def render(self, request: Request, template: str, reader: Reader, *, status: int = 200, **given: Any) -> Response:
        """Fill a template. Sets the cookies of a preference in the address, and the token that forms carry."""
        token = request.cookies.get(TOKEN_COOKIE) or secrets.token_urlsafe(24)
        known = reader.who.is_known
        freshness = (given.pop("freshness", None) or self.freshness(reader.language)) if known else None
        content = self.templates.get_template(template).render(
            t=translate(reader),
            reader=reader,
            company=self.workspace.settings.name or "Omzet",
            freshness=freshness,
            token=token,
            version=__version__,
            palette=self.metrics(reader.language) if known else (),
            nav_link=nav_link(reader),
            is_demo=(self.workspace.path / DEMO_MARK).exists(),
            base=request.base_url,
            **given,
        )
        response = HTMLResponse(content, status_code=status, headers={"Cache-Control": "no-store"})
        if request.query_params.get("lang") == reader.language:
            response.set_cookie(LANGUAGE_COOKIE, reader.language, max_age=YEAR, samesite="lax")
        if request.query_params.get("theme") == reader.theme:
            response.set_cookie(THEME_COOKIE, reader.theme, max_age=YEAR, samesite="lax")
        if TOKEN_COOKIE not in request.cookies:
            response.set_cookie(TOKEN_COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
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


def _only_added_up() -> NotAllowed:
    return NotAllowed("web.only_added_up", "Single deals are not shown to your role, only what they add up to.")
