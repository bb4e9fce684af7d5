"""What happened on a day: said at a number, marked in the drawings over time, seen by who sees the team, and taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

from omzet.metrics.calendar import Calendar
from omzet.workspace import Workspace
from tests.web.browsing import browser, unfit, unnamed, watching
from tests.web.cast import Cast
from tests.web.conftest import browser_of
from tests.web.people import token_on
from tests.web.serving import Served

WHY = "/why/won_count?lang=en"


def added(cast: Cast, client: Any, text: str, team: str = "", **more: str) -> Any:
    day = (Calendar(cast.workspace.settings).today() - timedelta(days=20)).isoformat()
    return cast.send(client, "/annotations", WHY, **{"day": day, "text": text, "team": team, "back": WHY, **more})


def seen(client: Any, address: str = WHY) -> str:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 200
    return unescape(answer.text)


def test_what_happened_is_listed_and_marked_in_drawings_and_their_table(managed: Workspace) -> None:
    cast = Cast(managed)
    answer = added(cast, cast.rep, "New <price> list")
    assert (answer.status_code, answer.headers["location"]) == (303, WHY)
    text = seen(cast.marketing)
    assert "<b>New <price> list</b>" in text
    assert re.search(r'class="c-dated"', text)
    assert text.count("New <price> list") > 3
    assert "What happened</th>" in seen(cast.marketing, f"{WHY}&table=trend")
    assert "New <price> list" in seen(cast.marketing, "/marketing")
    assert "<price>" not in cast.marketing.get(WHY).text


def test_what_is_of_a_team_is_seen_by_who_sees_the_team(managed: Workspace) -> None:
    cast = Cast(managed)
    assert added(cast, cast.manager, "Half the team was ill", "crm:t1").status_code == 303
    assert "Half the team was ill" in seen(cast.manager)
    assert "Half the team was ill" in seen(cast.marketing)
    assert "Half the team was ill" not in seen(cast.rep)
    assert "Half the team was ill" in seen(cast.leader, f"{WHY}&team=Noord")
    assert "Half the team was ill" not in seen(cast.leader, f"{WHY}&team=Zuid")
    assert added(cast, cast.rep, "Ours", "crm:t1").status_code == 400
    assert added(cast, cast.manager, "Theirs", "crm:t2").status_code == 400
    assert added(cast, cast.leader, "Nobody's", "crm:nothing").status_code == 400


def test_ones_own_is_taken_away_and_put_back(managed: Workspace) -> None:
    cast = Cast(managed)
    added(cast, cast.rep, "Trade fair")
    (id,) = set(re.findall(r"/annotations/(\d+)/remove", seen(cast.rep)))
    assert "/remove" not in seen(cast.leader)
    assert cast.send(cast.leader, f"/annotations/{id}/remove", WHY, back=WHY).status_code == 403
    assert cast.send(cast.rep, f"/annotations/{id}/burn", WHY, back=WHY).status_code == 400
    gone = cast.send(cast.rep, f"/annotations/{id}/remove", WHY, back=WHY)
    assert gone.headers["location"] == f"{WHY}&page=removed-{id}#notes"
    after = seen(cast.rep, gone.headers["location"])
    assert "Trade fair" not in after
    assert f"/annotations/{id}/restore" in after
    assert cast.send(cast.rep, f"/annotations/{id}/restore", WHY, back=WHY).status_code == 303
    assert "Trade fair" in seen(cast.leader)


def test_what_means_nothing_is_refused(managed: Workspace) -> None:
    cast = Cast(managed)
    for fields in ({"text": " "}, {"text": "x" * 121}, {"day": "yesterday"}, {"day": ""}):
        assert added(cast, cast.rep, **{"text": "Fair", **fields}).status_code in (400, 409)
    assert cast.send(cast.rep, "/annotations/999/remove", WHY, back=WHY).status_code == 403
    for back in ("//evil.example", "https://evil.example", "/why/x\\..", "/goals"):
        assert added(cast, cast.rep, "Fair", back=back).headers["location"] == "/"
    assert cast.rep.post("/annotations", data={"day": "2026-01-01", "text": "No token"}).status_code == 400


def test_the_only_one_there_notes_too(workspace: Workspace) -> None:
    with browser_of(workspace) as owner:
        day = Calendar(workspace.settings).today().isoformat()
        sent = {"token": token_on(owner, WHY), "day": day, "text": "Moved office", "back": WHY}
        assert owner.post("/annotations", data=sent, follow_redirects=False).status_code == 303
        assert "Moved office" in seen(owner)


def test_nothing_is_wrong_with_the_page(served: Served) -> None:
    with browser() as chrome:
        for width, theme in ((390, "dark"), (1440, "light")):
            looks: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "color_scheme": theme}
            with watching(chrome, served.url, **looks) as watched:
                watched.go("/why/win_rate")
                watched.page.fill('.notes-form input[name="text"]', "A price list with a rather long name, from then on")
                watched.page.click(".notes-form button")
                watched.page.wait_for_selector(".notes li")
                assert unfit(watched.page) == []
                assert unnamed(watched.page) == []
                assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
                watched.page.click(".notes li button >> nth=0")
                watched.page.click("text=Undo")
                watched.page.wait_for_selector(".notes li")
