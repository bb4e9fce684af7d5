"""The page at `/findings`: what is worth saying, with its evidence; putting one aside, and agreeing on an action."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from omzet.analyses.findings import RULES, Finding, Findings
from omzet.desk.findings import dismiss, dismissed, take_back
from omzet.desk.refusals import Refused
from omzet.desk.reviews import agree_action
from omzet.desk.roles import Permission, permissions
from omzet.desk.users import User, list_users
from omzet.desk.writing import By
from omzet.web.choice import read_choice
from omzet.web.finding_words import Shown, is_changed, names_period, seen_of, shown, together
from omzet.web.reader import Reader
from omzet.web.session import to
from omzet.web.site import Site

Text = Annotated[str, Form()]
WEEKS = 2
"""An action is due so many weeks later unless another day is chosen."""


def routes(site: Site) -> APIRouter:
    """The addresses of findings."""
    router = APIRouter(include_in_schema=False)

    def show(request: Request, problem: Refused | None = None, at: str = "") -> Response:
        reader = site.reader(request)
        found, is_new = site.findings.of(reader)
        wanted = request.query_params.get("show", "")
        listed, aside = parted(site, reader, found)
        weak = [each for each in listed if each.grade == "weak"]
        told = weak if wanted == "weak" else [] if wanted == "aside" else [each for each in listed if each.grade != "weak"]
        choice = site.view(request, reader).choice
        reasons = dismissed(site.desk.open(), reader.who.by) if aside else {}
        items = together(told, reader, choice)
        if wanted == "aside":
            items = [shown(each, reader, choice, reasons[each.id].reason) for each in aside]
        return site.render(
            request,
            "findings.html",
            reader,
            status=400 if problem else 200,
            page_title=reader.t("web.nav.findings", "Findings"),
            items=items,
            wanted=wanted,
            counts={"": len(listed) - len(weak), "weak": len(weak), "aside": len(aside)},
            looked=[(reader.t(f"findings.rule.{each.name}", each.english), count(found, each.name)) for each in RULES],
            period=names_period(site.calendar, found.start, found.end, reader),
            owners=owners(site, reader),
            may_act=reader.who.signed_in is not None and reader.may(Permission.AGREE_GOALS),
            due=site.today + timedelta(weeks=WEEKS),
            today=site.today,
            done=request.query_params.get("done", ""),
            problem=problem.text(reader.language) if problem else "",
            problem_at=at,
            is_new=is_new,
        )

    @router.get("/findings")
    def findings(request: Request) -> Response:
        return show(request)

    @router.post("/findings/dismiss")
    def put_aside(request: Request, token: Text = "", finding: Text = "", reason: Text = "") -> Response:
        site.check_token(request, token)
        reader = site.reader(request)
        try:
            known = finding_of(site, reader, finding)
            dismiss(site.desk.open(), reader.who.by, known.id, reason, seen_of(known))
        except Refused as problem:
            return show(request, problem, finding)
        return to("/findings?done=aside")

    @router.post("/findings/restore")
    def restore(request: Request, token: Text = "", finding: Text = "") -> Response:
        site.check_token(request, token)
        take_back(site.desk.open(), site.reader(request).who.by, finding)
        return to("/findings?done=restored")

    @router.post("/findings/action")
    def act(
        request: Request,
        token: Text = "",
        finding: Text = "",
        task: Text = "",
        owner: Text = "",
        due: Text = "",
        expected: Text = "",
    ) -> Response:
        site.check_token(request, token)
        reader = site.reader(request)
        try:
            known = finding_of(site, reader, finding)
            offered = {each.id for each in owners(site, reader)}
            if not owner.isdecimal() or int(owner) not in offered:
                raise Refused("web.findings.owner", "Choose who does it from the list.")
            agree_action(
                site.desk.open(),
                reader.who.by,
                text=task,
                due_on=_day(due, site.today),
                subject=known.audience.key,
                owner_id=int(owner),
                metric=known.metric,
                expected=_number(expected),
                before=Decimal(str(round(known.figures[0].value, 8))) if known.figures else None,
                finding=known.id,
            )
        except Refused as problem:
            return show(request, problem, finding)
        return to("/findings?done=action")

    return router


def top_findings(site: Site, reader: Reader, count: int = 3) -> list[Finding] | None:
    """The findings with most at stake, for a page that does not wait: None until its reader looked at findings."""
    found = site.findings.at_once(reader)
    if found is None:
        return None
    listed, _ = parted(site, reader, found)
    return [each for each in listed if each.grade != "weak" and (reader.access.is_limited or each.audience.level != "team")][
        :count
    ]


def told_at_top(site: Site, reader: Reader) -> list[Shown] | None:
    """Those of the overview as it shows them; None until its reader looked at findings."""
    found = top_findings(site, reader)
    choice = read_choice([], site.calendar, site.today)
    return None if found is None else [shown(each, reader, choice) for each in found]


def parted(site: Site, reader: Reader, found: Findings) -> tuple[list[Finding], list[Finding]]:
    """The findings that are shown, and those that the reader put aside and whose evidence is still the same."""
    known = dismissed(site.desk.open(), reader.who.by) if site.desk.has_users() or reader.who.is_owner else {}
    aside = [each for each in found.found if each.id in known and not is_changed(each, known[each.id].seen)]
    return [each for each in found.found if each not in aside], aside


def finding_of(site: Site, reader: Reader, id: str) -> Finding:
    """One finding of the reader. Raises Refused for one that there isn't, or isn't any more."""
    found, _ = site.findings.of(reader)
    for each in found.found:
        if each.id == id:
            return each
    raise Refused("web.findings.gone", "This finding is not there any more: the data have changed.")


def owners(site: Site, reader: Reader) -> list[User]:
    """Who can be given an action: the reader, and the people whose names they may see where they hold reviews."""
    signed_in = reader.who.signed_in
    if signed_in is None or not reader.may(Permission.AGREE_GOALS):
        return []
    holds = reader.may(Permission.HOLD_REVIEWS)
    everybody = [each for each in list_users(site.desk.open(), By(None, "system")) if each.is_active and not each.is_invited]
    others = [each for each in everybody if each.id != signed_in.user.id and Permission.AGREE_GOALS in permissions(each.role)]
    seen = [each for each in others if each.person_key and reader.access.shows(each.person_key)]
    return [signed_in.user, *(seen if holds else ())]


def count(found: Findings, rule: str) -> int:
    """How many cases a rule looked at."""
    return next((each.cases for each in found.looked if each.rule == rule), 0)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused("web.findings.due", "Choose the day by which it is done.") from None
    if day < today:
        raise Refused("web.findings.past", "That day has passed. Choose a later one.")
    return day


def _number(text: str) -> Decimal | None:
    plain = text.strip().removesuffix("%").replace("\u00a0", "").replace(" ", "")
    if not plain:
        return None
    try:
        value = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        raise Refused("web.findings.expected", "What you expect is a number, such as 40 or 40%.") from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        raise Refused("web.findings.expected", "What you expect is a number, such as 40 or 40%.")
    return value / 100 if text.strip().endswith("%") else value


__all__ = ["Shown", "routes", "top_findings"]
