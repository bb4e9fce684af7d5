"""The hand-over: marketing hands leads to a team, sales accepts them or gives them back, and each sees its own alone."""

from __future__ import annotations

from typing import Any

from omzet.desk.entries import own_key
from omzet.desk.store import open_desk
from omzet.history.entered import Entry
from omzet.query.leads import Lead
from omzet.query.question import Question
from omzet.workspace import Workspace
from tests.web import people
from tests.web.browsing import browser, unfit, watching
from tests.web.cast import Cast
from tests.web.serving import Served


def lead(workspace: Workspace, name: str) -> Lead:
    (found,) = (each for each in workspace.leads(Question(metrics=("leads_created",))) if each.name == name)
    return found


def made(cast: Cast, name: str) -> Lead:
    """A lead that marketing has put in."""
    assert cast.send(cast.marketing, "/leads", "/leads", name=name, source="Beurs").status_code == 303
    return lead(cast.workspace, name)


def test_a_lead_goes_from_marketing_to_a_team_to_a_rep_and_is_accepted(managed: Workspace) -> None:
    cast = Cast(managed)
    new = made(cast, "Bakkerij <Zon>")
    assert (new.source, new.team, new.owner, new.handed_over_on) == ("Beurs", None, None, None)
    assert cast.send(cast.marketing, f"/leads/{new.key}/hand-over", "/leads", team="crm:t1").status_code == 303
    handed = lead(managed, new.name)
    assert handed.team == "Noord"
    assert handed.handed_over_on is not None
    assert "Bakkerij &lt;Zon&gt;" not in cast.rep.get("/leads").text
    assert "Bakkerij &lt;Zon&gt;" in cast.manager.get("/leads").text
    assert cast.send(cast.manager, f"/leads/{new.key}/assign", "/leads", rep="crm:p1").status_code == 303
    assert lead(managed, new.name).owner == "Anna Weber"
    assert "Bakkerij &lt;Zon&gt;" in cast.rep.get("/leads").text
    before = managed.query("mql_to_sql_rate").rows[0]
    assert cast.send(cast.rep, f"/leads/{new.key}/accept", "/leads").status_code == 303
    accepted = lead(managed, new.name)
    assert (accepted.status, accepted.accepted_on is not None) == ("qualified", True)
    after = managed.query("mql_to_sql_rate").rows[0]
    assert before != after


def test_a_lead_that_goes_back_says_why_and_can_be_handed_over_again(managed: Workspace) -> None:
    cast = Cast(managed)
    key = made(cast, "Slagerij Maan").key
    cast.send(cast.marketing, f"/leads/{key}/hand-over", "/leads", team="crm:t1")
    cast.send(cast.manager, f"/leads/{key}/assign", "/leads", rep="crm:p1")
    assert cast.send(cast.rep, f"/leads/{key}/return", "/leads", reason=" ").status_code == 400
    assert cast.send(cast.rep, f"/leads/{key}/return", "/leads", reason="Geen budget").status_code == 303
    back = lead(managed, "Slagerij Maan")
    assert (back.reason, back.owner, back.team, back.handed_over_on) == ("Geen budget", None, None, None)
    assert "Geen budget" in cast.marketing.get("/leads").text
    assert "Slagerij Maan" not in cast.rep.get("/leads").text
    assert cast.send(cast.marketing, f"/leads/{key}/hand-over", "/leads", team="crm:t2").status_code == 303
    again = lead(managed, "Slagerij Maan")
    assert (again.reason, again.team) == (None, "Zuid")


def test_who_may_not_is_told_so_and_nothing_changes(managed: Workspace) -> None:
    cast = Cast(managed)
    new = made(cast, "Kapper Ster")
    cast.send(cast.marketing, f"/leads/{new.key}/hand-over", "/leads", team="crm:t2")
    before = lead(managed, new.name)
    for client, what, fields, status in (
        (cast.rep, "accept", {}, 403),
        (cast.rep, "return", {"reason": "x"}, 403),
        (cast.manager, "accept", {}, 403),
        (cast.marketing, "accept", {}, 403),
        (cast.marketing, "assign", {"rep": "crm:p1"}, 403),
        (cast.leader, "hand-over", {"team": "crm:nobody"}, 400),
        (cast.leader, "burn", {}, 400),
    ):
        page = "/account" if client is cast.rep else "/leads"
        assert cast.send(client, f"/leads/{new.key}/{what}", page, **fields).status_code == status, what
    assert lead(managed, new.name) == before
    assert cast.send(cast.leader, "/leads/crm:none/accept", "/leads").status_code == 400
    assert cast.send(cast.leader, "/leads", "/leads", name=" ").status_code == 400


def test_marketing_sees_no_rep_by_name(managed: Workspace) -> None:
    cast = Cast(managed)
    key = made(cast, "Fietsen Noord").key
    cast.send(cast.marketing, f"/leads/{key}/hand-over", "/leads", team="crm:t1")
    cast.send(cast.manager, f"/leads/{key}/assign", "/leads", rep="crm:p1")
    assert "Anna Weber" in cast.manager.get("/leads").text
    page = cast.marketing.get("/leads").text
    assert "Fietsen Noord" in page
    assert "Anna Weber" not in page


def test_nothing_is_wrong_with_the_page(served: Served) -> None:
    cast = people.add_users(served.workspace, {"rep": "crm:p1"})
    with open_desk(served.workspace.path, served.workspace.settings.desk) as desk:
        for name, reason in (
            ("Bakkerij Zon", None),
            ("Slagerij met een heel lange naam", "Geen budget dit jaar"),
        ):
            values = {"name": name, "source": "Beurs", "status": "new", "created_at": "2026-11-20T10:00:00+00:00"}
            given = {**values, "marketing_qualified_at": None if reason else values["created_at"], "disqualify_reason": reason}
            served.workspace.enter(desk, people.SYSTEM, [Entry("leads", own_key(), given)])
    with browser() as chrome:
        for width, theme in ((390, "dark"), (1440, "light")):
            looks: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "color_scheme": theme}
            with watching(chrome, served.url, **looks) as watched:
                people.come_in(watched.page, served.url, cast.emails["leader"])
                watched.go("/leads")
                watched.page.click("summary:has-text('Give back') >> nth=0")
                assert unfit(watched.page) == []
                assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_more_than_fit_are_shown_on_request_and_a_number_that_is_none_is_not_read(managed: Workspace) -> None:
    cast = Cast(managed)
    values = {"source": "Beurs", "status": "new", "created_at": "2026-11-20T10:00:00+00:00"}
    with open_desk(managed.path) as desk:
        managed.enter(desk, people.SYSTEM, [Entry("leads", own_key(), {**values, "name": f"Lead {n}"}) for n in range(60)])
    assert cast.leader.get("/leads").text.count('<li class="lead">') == 50
    assert cast.leader.get("/leads?limit=250").text.count('<li class="lead">') == 60
    for nonsense in ("-1", "1e9", "99999999", "x"):
        assert cast.leader.get(f"/leads?limit={nonsense}").status_code == 200
