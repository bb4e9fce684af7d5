"""What is measured about somebody and who sees it, in plain words; made from `ROLES` and the setting, so as not to lag behind."""

from __future__ import annotations

from dataclasses import dataclass

from omzet.desk.roles import ROLES, Permission, Role, role_name
from omzet.web.reader import Reader
from omzet.web.site import Site


@dataclass(frozen=True)
class RoleSees:
    """What somebody of one role sees of others. `is_yours` marks the reader's own role."""

    role: str
    rows: str
    names: str
    money: str
    is_yours: bool


@dataclass(frozen=True)
class Privacy:
    """`metrics` are the names of the numbers that can be told per person, by their group."""

    open_to_all: bool
    count: int
    metrics: dict[str, list[tuple[str, str]]]
    roles: list[RoleSees]


def privacy_of(site: Site, reader: Reader) -> Privacy:
    """What is measured per person, and what each role sees of it."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    count = 0
    for metric in site.metrics(reader.language):
        if "rep" in metric.dimensions:
            grouped.setdefault(metric.group, []).append((metric.id, metric.name))
            count += 1
    everyone = site.workspace.settings.access == "everyone"
    own = reader.who.signed_in.user.role if reader.who.signed_in else None
    roles = [_sees(role, reader, everyone, own) for role in ROLES]
    return Privacy(everyone, count, grouped, roles)


def _sees(role: Role, reader: Reader, everyone: bool, own: Role | None) -> RoleSees:
    may, t = ROLES[role], reader.t
    every, none = t("web.privacy.all", "all"), t("web.privacy.none", "none")
    if everyone or Permission.SEE_ALL_ROWS in may:
        rows, names = t("web.privacy.every_row", "everybody's rows"), every
    elif Permission.SEE_LEADS in may:
        rows, names = t("web.privacy.added_up", "leads and campaigns; deals only added up"), none
    elif Permission.SEE_OWN_TEAMS in may:
        rows = t("web.privacy.own_teams", "rows of the teams they manage")
        names = t("web.privacy.own_people", "people of these teams")
    else:
        rows = t("web.privacy.own_rows", "their own rows, and the team's band")
        names = t("web.privacy.own_name", "their own, and their managers")
    money = every if everyone or Permission.SEE_ALL_ROWS in may else none
    if not everyone and Permission.SEE_ALL_ROWS not in may and Permission.SEE_MONEY in may:
        money = t("web.privacy.of_these", "of these rows")
    return RoleSees(role_name(role, reader.language), rows, names, money, role == own)
