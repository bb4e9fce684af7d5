"""The log of every change, newest first: who did what, when, from where. Words between people are left out of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from omzet.desk.audit import Line, read_log
from omzet.desk.roles import Permission
from omzet.desk.tables import AUDIT, metadata
from omzet.desk.users import list_users
from omzet.web.session import to
from omzet.web.site import Site
from omzet.web.who import FIRST_RUN

AT_ONCE = 50
LONGEST = 200
"""Characters shown of one value."""

BETWEEN = {
    "reviews": frozenset({"title", "agenda", "notes"}),
    "remarks": frozenset({"text", "evidence"}),
    "actions": frozenset({"text", "finding"}),
    "dismissals": frozenset({"reason", "seen"}),
}
"""What people say to each other or keep for themselves: the page says that it changed, not what it says."""


@dataclass(frozen=True)
class Change:
    """One column of a line: what it was and what it is, as text."""

    column: str
    before: str
    after: str


def routes(site: Site) -> APIRouter:
    """The address of the log."""

    def may_read(request: Request) -> None:
        site.require(request, Permission.READ_LOG)

    router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

    @router.get("/users/log")
    def log(request: Request) -> Response:
        if site.who(request).is_owner:
            return to(FIRST_RUN)
        reader, by, desk = site.reader(request), site.who(request).by, site.desk.open()
        user, table, below = (request.query_params.get(name, "") for name in ("user", "table", "before"))
        lines = read_log(
            desk, by, user_id=number(user), table=table if table in tables() else None, before=number(below), limit=AT_ONCE + 1
        )
        people = list_users(desk, by)
        chosen = {name: value for name, value in (("user", user), ("table", table)) if value}
        older = f"/users/log?{urlencode({**chosen, 'before': lines[AT_ONCE - 1].number})}" if len(lines) > AT_ONCE else ""
        return site.render(
            request,
            "users_log.html",
            reader,
            page_title=reader.t("web.audit.title", "Log of changes"),
            lines=[(line, changes(line)) for line in lines[:AT_ONCE]],
            names={each.id: each.shown(reader.language) for each in people},
            tables=tables(),
            user=user,
            table=table,
            newest=f"/users/log?{urlencode(chosen)}" if below else "",
            older=older,
        )

    return router


def tables() -> list[str]:
    """The tables of which changes are logged."""
    return sorted(name for name, table in metadata.tables.items() if table.info.get(AUDIT) != "never" and name != "audit")


def changes(line: Line) -> list[Change]:
    """What a line says, column by column."""
    before, after = line.before or {}, line.after or {}
    return [Change(name, _told(line.table, name, before), _told(line.table, name, after)) for name in {**before, **after}]


def number(text: str) -> int | None:
    """A number from an address; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _told(table: str, column: str, side: Mapping[str, Any]) -> str:
    value = side.get(column)
    if value is None or value == "":
        return ""
    if column in BETWEEN.get(table, ()):
        return "…"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
