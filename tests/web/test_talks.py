"""Reviews, actions, recognition, contested rows and trainings: between people, measured, and only for whom they are."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from omzet.desk.store import open_desk
from omzet.desk.tables import actions
from omzet.metrics.calendar import Calendar
from omzet.web.action_effects import verdict
from omzet.web.view import Figure
from omzet.workspace import Workspace
from tests.companies import write_company
from tests.web import people
from tests.web.browsing import browser, unfit, watching
from tests.web.cast import Cast
from tests.web.serving import Served


def count(workspace: Workspace, metric: str) -> Any:
    return workspace.query(metric).rows[0][metric] or 0


def test_a_review_is_made_of_the_numbers_held_and_measured(managed: Workspace) -> None:
    cast = Cast(managed)
    before = count(managed, "coaching_session_count")
    made = cast.send(
        cast.manager, "/reviews", "/reviews/new", subject="rep|crm:p1", title="Kwartaal <b>", planned_on="2026-11-20"
    )
    assert made.status_code == 303
    path = made.headers["location"]
    page = cast.manager.get(f"{path}?lang=en").text
    assert "Kwartaal &lt;b&gt;" in page
    assert "Win rate" in page
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    assert cast.send(cast.manager, path, path, notes="We spraken", hold="yes", version=version).status_code == 303
    assert count(managed, "coaching_session_count") == before + 1
    assert cast.send(cast.manager, path, path, notes="te laat", version=version).status_code == 409
    assert "We spraken" in cast.rep.get(path).text
    assert cast.send(cast.rep, path, "/account", notes="x", version="2").status_code == 403
    assert cast.marketing.get(path, headers={"accept": "text/html"}).status_code in (400, 403)


def test_a_manager_reviews_own_people_alone(managed: Workspace) -> None:
    cast = Cast(managed)
    page = cast.manager.get("/reviews/new").text
    assert "Anna Weber" in page
    assert "Daan Mulder" not in page
    assert cast.send(cast.manager, "/reviews", "/reviews/new", subject="rep|crm:p4").status_code == 400
    assert cast.rep.get("/reviews/new", headers={"accept": "text/html"}).status_code == 403
    private = cast.send(cast.manager, "/reviews", "/reviews/new", subject="rep|crm:p1", private="yes").headers["location"]
    assert cast.rep.get(private).status_code == 400
    assert cast.leader.get(private).status_code == 400


def test_an_action_is_agreed_done_and_measured(managed: Workspace) -> None:
    cast = Cast(managed)
    path = cast.send(cast.manager, "/reviews", "/reviews/new", subject="rep|crm:p1").headers["location"]
    form = {
        "review": path.rsplit("/", 1)[1],
        "text": "Bel vaker",
        "due_on": managed.query("won_count").as_of,
        "metric": "calls_made",
    }
    assert cast.send(cast.manager, "/actions", path, **form).status_code == 303
    page = cast.rep.get("/reviews?lang=en").text
    assert "Bel vaker" in page
    (id,) = re.findall(r'action="/actions/(\d+)/done"', page)
    assert cast.send(cast.marketing, f"/actions/{id}/done", "/account", version="1").status_code == 403
    assert cast.send(cast.rep, f"/actions/{id}/done", "/reviews", version="1").status_code == 303
    rows = managed.query("action_completion_rate").rows
    assert rows[0]["action_completion_rate"] == 1
    assert cast.send(cast.manager, "/actions", path, **{**form, "text": " "}).status_code == 400


def test_whether_an_action_helped_is_told_after_a_median_cycle_and_only_where_it_can_be(managed: Workspace) -> None:
    cast = Cast(managed)
    path = cast.send(cast.manager, "/reviews", "/reviews/new", subject="rep|crm:p1").headers["location"]
    form = {
        "review": path.rsplit("/", 1)[1],
        "text": "Bel vaker",
        "due_on": managed.query("won_count").as_of,
        "metric": "win_rate",
    }
    cast.send(cast.manager, "/actions", path, **form)
    cast.send(cast.rep, "/actions/1/done", "/reviews", version="1")
    assert "to be checked on" in cast.rep.get("/reviews?lang=en").text
    assert "to be checked on" in cast.manager.get("/reviews?lang=en").text
    assert "to be checked on" not in cast.marketing.get("/reviews?lang=en").text
    long_ago = Calendar(managed.settings).today() - timedelta(days=200)
    with open_desk(managed.path) as desk, desk.writing(people.SYSTEM) as tx:
        tx.change(actions, 1, {"done_on": long_ago}, "moved back")
    page = cast.manager.get("/reviews?lang=en").text
    row = page[page.index("What helped") :].split("</tr>")[1]
    assert "cannot tell" in row
    assert row.count("%") == 2


@pytest.mark.parametrize(
    ("before", "after", "direction", "told"),
    [
        ((0.1, 0.2), (0.3, 0.4), "up", "better"),
        ((0.1, 0.2), (0.3, 0.4), "down", "worse"),
        ((0.3, 0.4), (0.1, 0.2), "down", "better"),
        ((0.3, 0.4), (0.1, 0.2), "up", "worse"),
        ((0.1, 0.3), (0.2, 0.4), "up", "cannot_tell"),
        ((0.1, 0.2), (0.3, 0.4), "context", "cannot_tell"),
        ((None, None), (0.3, 0.4), "up", "cannot_tell"),
    ],
)
def test_a_verdict_needs_intervals_that_lie_apart(before: Any, after: Any, direction: str, told: str) -> None:
    assert verdict(Figure(0, 9, *before), Figure(0, 9, *after), direction) == told


def test_recognition_is_seen_and_counted_and_feedback_is_between_two(managed: Workspace) -> None:
    cast = Cast(managed)
    before = count(managed, "recognition_count")
    for kind, text in (("recognition", "Knap gedaan"), ("feedback", "Vraag eerder door")):
        form = {"person": "crm:p1", "kind": kind, "text": text}
        assert cast.send(cast.manager, "/remarks", "/person/crm:p1", **form).status_code == 303
    assert count(managed, "recognition_count") == before + 1
    own = cast.rep.get("/person/crm:p1").text
    assert "Knap gedaan" in own
    assert "Vraag eerder door" in own
    theirs = cast.leader.get("/person/crm:p1").text
    assert "Knap gedaan" in theirs
    assert "Vraag eerder door" not in theirs
    assert cast.rep.get("/person/crm:p4").status_code == 400
    assert cast.rep.get("/me").headers["location"] == "/person/crm:p1"
    assert cast.send(cast.rep, "/remarks", "/account", person="crm:p4", kind="recognition", text="x").status_code == 400


def test_a_contested_row_is_answered_by_somebody_else(managed: Workspace) -> None:
    cast = Cast(managed)
    key = next(
        card.key
        for column in managed.board(_question()).columns
        for card in column.cards
        if card.owner == "Anna Weber"
    )  # fmt: skip
    assert cast.send(cast.rep, "/contests", f"/deals/{key}", key=key, text="Dit was van mij <i>").status_code == 303
    page = cast.manager.get("/reviews?lang=en").text
    assert "Dit was van mij &lt;i&gt;" in page
    (id,) = re.findall(r'action="/contests/(\d+)"', page)
    assert cast.send(cast.rep, f"/contests/{id}", "/reviews", verdict="accepted", answer="ja", version="1").status_code == 403
    assert (
        cast.send(cast.manager, f"/contests/{id}", "/reviews", verdict="accepted", answer="Klopt", version="1").status_code == 303
    )
    assert "Klopt" in cast.rep.get("/reviews").text
    again = cast.send(cast.manager, f"/contests/{id}", "/reviews", verdict="declined", answer="Toch niet", version="1")
    assert again.status_code == 409
    other = next(
        card.key
        for column in managed.board(_question()).columns
        for card in column.cards
        if card.owner == "Daan Mulder"
    )  # fmt: skip
    assert cast.send(cast.rep, "/contests", "/reviews", key=other, text="?").status_code == 400


def test_a_training_is_recorded_with_its_cost_and_can_or_cannot_be_told(managed: Workspace) -> None:
    cast = Cast(managed)
    form = {"topic": "Doorvragen", "people": ["crm:p1", "crm:p2"], "from_on": "2026-05-04", "to_on": "2026-05-05", "cost": "1200"}
    assert cast.send(cast.manager, "/training", "/training", **form).status_code == 303
    page = cast.manager.get("/training?lang=en").text
    assert "Doorvragen" in page
    assert "cannot tell" in page or "than the others" in page
    assert cast.send(cast.manager, "/training", "/training", **{**form, "people": ["crm:p4"]}).status_code == 400
    assert cast.send(cast.manager, "/training", "/training", **{**form, "topic": ""}).status_code == 400
    assert cast.send(cast.rep, "/training", "/account", **form).status_code == 403


def test_without_accounts_one_is_told_to_set_up_sign_in(client: TestClient) -> None:
    for path in ("/reviews", "/reviews/new"):
        assert client.get(path, headers={"accept": "text/html"}).status_code == 403
    assert client.get("/training").status_code == 200


def _question() -> Any:
    from omzet.query.question import Question

    return Question(metrics=("open_pipeline_count",))


def test_nothing_is_wrong_with_these_pages(served: Served, tmp_path: Any) -> None:
    write_company(tmp_path / "more")
    cast = people.add_users(served.workspace, {"rep": "crm:p1"})
    with browser() as chrome:
        for width, theme in ((390, "dark"), (1440, "light")):
            looks: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "color_scheme": theme}
            with watching(chrome, served.url, **looks) as watched:
                people.come_in(watched.page, served.url, cast.emails["leader"])
                for path in ("/reviews", "/reviews/new", "/person/crm:p1", "/training"):
                    watched.go(path)
                    assert unfit(watched.page) == [], path
                    assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_a_review_begins_with_what_was_found_about_its_subject(managed: Workspace) -> None:
    cast = Cast(managed)
    told = [each for each in managed.findings(language="en").found if each.grade != "weak" and each.audience.level == "company"]
    assert told
    cast.leader.get("/?lang=en")
    page = cast.leader.get(cast.send(cast.leader, "/reviews", "/reviews/new", subject="company|").headers["location"]).text
    agenda = page[page.index("agenda-title") : page.index("notes-title")]
    places = [agenda.index(str(escape(each.sentence))) for each in told[:3]]
    assert places == sorted(places)
    assert places[-1] < agenda.index("Win rate")
