"""Goals on pages: proposed, countered, agreed, and measured at once; nobody sees or answers what isn't theirs."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from omzet.desk import passwords
from omzet.desk.goal_rows import Goal, list_goals
from omzet.desk.links import invite, use_link
from omzet.desk.sessions import SignedIn
from omzet.desk.store import open_desk
from omzet.desk.users import list_users
from omzet.metrics.calendar import Calendar
from omzet.web.app import create_app
from omzet.web.filling import translate
from omzet.web.goal_draft import rounded
from omzet.web.goal_words import read
from omzet.web.reader import Reader
from omzet.web.who import Who
from omzet.workspace import Workspace
from tests.web.browsing import browser as chromium
from tests.web.browsing import unfit, watching
from tests.web.people import PASSWORD, SYSTEM, add_users, browser, come_in, sign_in, token_on
from tests.web.serving import Served, serving

REP, MANAGER, LEADER, OTHER = (f"{name}@noordlicht.example" for name in ("rep", "manager", "leader", "other"))
LOOKS: tuple[dict[str, Any], ...] = (
    {"viewport": {"width": 1440, "height": 900}, "locale": "en", "color_scheme": "light"},
    {"viewport": {"width": 390, "height": 844}, "locale": "nl", "color_scheme": "dark"},
)
REFUSED = ("403 (Forbidden)", "400 (Bad Request)", "409 (Conflict)")
HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture
def led(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The company with a manager over team Noord, an account for each of two of its reps, and a leader."""
    folder = tmp_path / "led"
    folder.mkdir()
    (folder / "people.csv").write_text("person_id,name,team_id,role\np9,Mila Vos,t1,manager\n", encoding="utf-8")
    (folder / "teams.csv").write_text("team_id,name,manager_id\nt1,Noord,p9\n", encoding="utf-8")
    assert workspace.load(folder, connection="crm").set_aside == 0
    add_users(workspace, {"rep": "crm:p1", "manager": "crm:p9"})
    with open_desk(workspace.path) as desk:
        made = invite(desk, SYSTEM, email=OTHER, role="rep", name="Bram Kuiper", person_key="crm:p2")
        use_link(desk, SYSTEM, made.token, password=PASSWORD)
    return workspace


class Office:
    """The people of one server, each with a browser, signed in."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.app = create_app(workspace)
        self.browsers: dict[str, TestClient] = {}

    def of(self, email: str) -> TestClient:
        if email not in self.browsers:
            self.browsers[email] = browser(self.workspace, self.app)
            assert sign_in(self.browsers[email], email) == 303
        return self.browsers[email]

    def get(self, email: str, path: str, status: int = 200) -> str:
        found = self.of(email).get(path, headers=HTML)
        assert found.status_code == status, found.text
        return str(found.text)

    def post(self, email: str, path: str, status: int = 303, **form: Any) -> str:
        client = self.of(email)
        sent = client.post(path, data={"token": token_on(client, "/goals"), **form}, headers=HTML)
        assert sent.status_code == status, sent.text
        return str(sent.headers.get("location", "")) or sent.text

    def propose(self, email: str, value: str, **form: Any) -> Goal:
        page = self.get(email, "/goals/new?" + "&".join(f"{name}={form[name]}" for name in ("subject", "about") if name in form))
        who = re.findall(r'<option value="(\d+)"', page.split('name="who"')[1].split("</select>")[0])
        given = {"subject": "rep:crm:p1", "about": "revenue:bookings_amount", "period": self.quarter, "who": who[0], **form}
        self.post(email, "/goals", value=value, **given)
        return self.goals()[0]

    @property
    def quarter(self) -> str:
        calendar = Calendar(self.workspace.settings)
        return str(calendar.unit_of("quarter", calendar.today()).label)

    def goals(self) -> list[Goal]:
        with open_desk(self.workspace.path) as desk:
            return list_goals(desk)

    def target(self, metric: str = "bookings_amount", rep: str = "Anna Weber") -> float:
        asked = self.workspace.query(
            "target_amount", where=f"rep = {rep}", period="this-quarter", parameters={"metric": metric}
        ).rows
        return float(asked[0]["target_amount"] or 0)


@pytest.fixture
def office(led: Workspace) -> Office:
    return Office(led)


def test_what_two_people_agree_counts_at_once_in_attainment_and_pace(office: Office) -> None:
    assert office.target() == 0
    goal = office.propose(MANAGER, "90,000", text="A fixed follow-up gets us there.")
    assert "Your turn" in office.get(REP, "/goals")
    office.post(REP, f"/goals/{goal.id}/counter", value="80,000", text="Feels fair.", version=goal.version)
    assert office.target() == 0
    page = office.get(MANAGER, f"/goals/{goal.id}")
    assert "Agree to €80k" in page
    assert "Feels fair." in page
    office.post(MANAGER, f"/goals/{goal.id}/agree", version=goal.version + 1)
    assert office.target() == 80_000
    asked: dict[str, Any] = {"where": "rep = Anna Weber", "period": "this-quarter"}
    booked = office.workspace.query("bookings_amount_by_rep", **asked).rows[0]["bookings_amount_by_rep"]
    attained = office.workspace.query("quota_attainment", **asked).rows[0]["quota_attainment"]
    assert attained == pytest.approx(float(booked) / 80_000)
    assert office.workspace.query("pacing_to_target", **asked).rows[0]["pacing_to_target"] > 0
    shown = office.get(MANAGER, "/goals")
    assert "Agreed and running" in shown
    assert "of pace" in shown


def test_a_rate_is_typed_in_percent_and_agreed_as_a_share(office: Office) -> None:
    goal = office.propose(MANAGER, "62,5", about="better:win_rate")
    assert str(goal.value) == "0.625"
    page = office.get(REP, f"/goals/{goal.id}")
    assert "Agree to 62.5%" in page
    assert "tell 62.5% from what is usual" in page
    office.post(REP, f"/goals/{goal.id}/agree", version=goal.version)
    assert office.target("win_rate") == pytest.approx(0.625)


@pytest.mark.parametrize(("email", "end"), [(REP, "decline"), (MANAGER, "withdraw")])
def test_a_goal_that_ends_without_agreement_leaves_no_target(office: Office, email: str, end: str) -> None:
    goal = office.propose(MANAGER, "90000")
    office.post(email, f"/goals/{goal.id}/{end}", version=goal.version, text="Not now.")
    assert office.target() == 0
    assert "Ended" in office.get(MANAGER, "/goals")
    office.post(REP, f"/goals/{goal.id}/agree", 409, version=goal.version)
    assert office.target() == 0


def test_a_newer_goal_takes_the_place_of_the_agreed_one_and_of_a_file_s_target(office: Office, tmp_path: Path) -> None:
    calendar = Calendar(office.workspace.settings)
    quarter = calendar.unit_of("quarter", calendar.today())
    table = "target_id,metric,person_id,from_on,to_on,value,currency\n"
    table += f"x1,bookings_amount,p1,{quarter.start},{quarter.end - timedelta(days=1)},50000,EUR\n"
    (tmp_path / "targets.csv").write_text(table, encoding="utf-8")
    office.workspace.load(tmp_path / "targets.csv", connection="crm")
    assert office.target() == 50_000
    assert "counts for these days already" in office.get(
        MANAGER, f"/goals/new?subject=rep:crm:p1&about=revenue:bookings_amount&period={quarter.label}"
    )
    for value in ("60000", "70000"):
        goal = office.propose(MANAGER, value)
        office.post(REP, f"/goals/{goal.id}/agree", version=goal.version)
        assert office.target() == float(value)
    assert [each.status for each in office.goals()] == ["agreed", "replaced"]


def test_days_that_a_target_reaches_out_of_are_refused_and_said(office: Office, tmp_path: Path) -> None:
    calendar = Calendar(office.workspace.settings)
    year = calendar.today().year
    table = "target_id,metric,person_id,from_on,to_on,value,currency\n"
    table += f"x1,bookings_amount,p1,{year}-01-01,{year}-12-31,500000,EUR\n"
    (tmp_path / "targets.csv").write_text(table, encoding="utf-8")
    office.workspace.load(tmp_path / "targets.csv", connection="crm")
    who = office.get(MANAGER, "/goals/new?subject=rep:crm:p1").split('name="who"')[1]
    first = re.findall(r'<option value="(\d+)"', who)[0]
    form = {"subject": "rep:crm:p1", "about": "revenue:bookings_amount", "period": office.quarter, "who": first}
    assert "partly outside these days" in office.post(MANAGER, "/goals", 400, value="90000", **form)
    assert office.goals() == []


def test_nobody_sees_or_answers_goals_of_others(office: Office) -> None:
    goal = office.propose(MANAGER, "90000", text="Between us two.")
    for path in ("agree", "decline", "withdraw", "counter", "comment"):
        office.post(OTHER, f"/goals/{goal.id}/{path}", 403, version=goal.version, value="1", text="Hm.")
    office.get(OTHER, f"/goals/{goal.id}", 403)
    assert "Anna Weber" not in office.get(OTHER, "/goals")
    page = office.get(LEADER, f"/goals/{goal.id}")  # sees the team's numbers, not what the two said
    assert "€90k" in page
    assert "Between us two." not in page
    office.post(LEADER, f"/goals/{goal.id}/agree", 403, version=goal.version)
    assert "the other&#39;s turn" in office.post(MANAGER, f"/goals/{goal.id}/agree", 403, version=goal.version)
    assert office.goals()[0].status == "open"


def test_a_rep_proposes_for_itself_to_who_leads_and_for_nobody_else(office: Office) -> None:
    page = office.get(REP, "/goals/new")
    assert "Anna Weber" in page
    assert "Bram Kuiper" not in page
    goal = office.propose(REP, "70000")
    assert "Your turn" in office.get(MANAGER, "/goals")
    office.post(REP, "/goals", 403, subject="rep:crm:p2", about="revenue:bookings_amount", value="1", who=goal.proposed_to)
    office.get(REP, "/goals/new?subject=team:crm:t1", 403)
    office.get("marketing@noordlicht.example", "/goals/new?subject=rep:crm:p1", 403)
    office.get("analyst@noordlicht.example", "/goals/new", 403)
    office.post(MANAGER, "/goals", 403, subject="rep:crm:p4", about="revenue:bookings_amount", value="1", who=goal.proposed_by)


def test_two_answers_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    goal = office.propose(MANAGER, "90000")
    one, other = office.of(REP), browser(office.workspace, office.app)
    sign_in(other, REP)
    tokens = [token_on(each, "/goals") for each in (one, other)]
    ready, found = threading.Barrier(2), []

    def answer(client: TestClient, token: str, path: str, form: dict[str, Any]) -> None:
        ready.wait()
        sent = client.post(f"/goals/{goal.id}/{path}", data={"token": token, "version": goal.version, **form}, headers=HTML)
        found.append((sent.status_code, sent.text))

    threads = [
        threading.Thread(target=answer, args=(one, tokens[0], "agree", {})),
        threading.Thread(target=answer, args=(other, tokens[1], "counter", {"value": "80000"})),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in found) == [303, 409]
    (told,) = [text for status, text in found if status == 409]
    assert "in the meantime" in told or "another number on the table" in told


def test_a_team_s_goal_says_what_its_parts_add_up_to(office: Office) -> None:
    team = office.propose(LEADER, "200000", subject="team:crm:t1")
    office.post(MANAGER, f"/goals/{team.id}/agree", version=team.version)
    goal = office.propose(MANAGER, "90000")
    office.post(REP, f"/goals/{goal.id}/agree", version=goal.version)
    assert office.goals()[0].parent_id == team.id
    page = office.get(MANAGER, "/goals")
    assert "1 part adds up to €90k, 45% of it" in page
    assert "€110k not covered" in page
    assert 'class="goal-row depth-1"' in page
    assert "Its parts" in office.get(MANAGER, f"/goals/{team.id}")


@pytest.mark.parametrize("value", ["", "many", "-5", "0", "1e999", "NaN", "9" * 40, "<script>alert(1)</script>"])
def test_a_number_that_is_none_is_said_and_nothing_is_kept(office: Office, value: str) -> None:
    page = office.get(MANAGER, "/goals/new?subject=rep:crm:p1")
    who = re.findall(r'<option value="(\d+)"', page.split('name="who"')[1])[0]
    form = {"subject": "rep:crm:p1", "about": "revenue:bookings_amount", "period": office.quarter, "who": who}
    told = office.post(MANAGER, "/goals", 400, value=value, text="<b>x</b>", **form)
    assert 'role="alert"' in told
    assert "<script>alert" not in told
    assert "<b>x</b>" not in told
    assert office.goals() == []


def test_other_pages_can_show_the_goals_of_somebody(office: Office) -> None:
    office.propose(MANAGER, "90000")
    site = office.app.state.site
    template = '{% set goals_about = ("rep", "crm:p1") %}{% include "goals_of.html" %}'

    def shown(email: str) -> str:
        with open_desk(office.workspace.path) as desk:
            user = next(each for each in list_users(desk, SYSTEM) if each.email == email)
        who = Who(SignedIn(user))
        reader = Reader("en", "light", "EUR", ZoneInfo("Europe/Amsterdam"), who=who, access=site.access(who))
        return str(site.templates.from_string(template).render(reader=reader, t=translate(reader)))

    assert "Anna Weber: €90k" in shown(MANAGER)
    assert "Anna Weber: €90k" in shown(REP)
    assert shown(OTHER).strip() == ""


def test_own_words_stay_words(office: Office) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    goal = office.propose(MANAGER, "90000", words=hostile, text=f"{hostile}\x00\ud800".encode("utf-8", "replace").decode())
    office.post(REP, f"/goals/{goal.id}/comment", text=hostile)
    for path in ("/goals", f"/goals/{goal.id}"):
        page = office.get(MANAGER, path)
        assert "<img" not in page
        assert "{{7*7}}" in page or path == "/goals"
    assert office.goals()[0].objective == hostile


def test_a_form_without_its_token_changes_nothing(office: Office) -> None:
    goal = office.propose(MANAGER, "90000")
    sent = office.of(REP).post(f"/goals/{goal.id}/agree", data={"version": goal.version}, headers=HTML)
    assert sent.status_code == 400
    assert office.goals()[0].status == "open"


def test_no_page_has_style_or_script_of_its_own(office: Office) -> None:
    goal = office.propose(MANAGER, "90000")
    for path in ("/goals", "/goals/new", f"/goals/{goal.id}"):
        page = office.get(MANAGER, path)
        assert " style=" not in page
        assert not re.search(r" on[a-z]+=", page)


def test_before_there_are_accounts_the_first_step_is_offered(workspace: Workspace, writer: TestClient) -> None:
    page = writer.get("/goals", headers=HTML).text
    assert "No goals yet" in page
    assert 'href="/first-run"' in page
    assert writer.get("/goals/1", headers=HTML, follow_redirects=False).status_code == 303
    assert not (workspace.path / "desk.sqlite").exists()  # looking makes no desk


def test_a_rep_is_told_the_band_of_many_colleagues_and_nobody_s_name(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    calendar = Calendar(office.workspace.settings)
    people, deals = ["person_id,name,team_id,role"], ["deal_id,name,owner_id,status,amount,currency,created_at,closed_at"]
    for number in range(6):
        people.append(f"x{number},Zeta {number},t1,rep")
        for back in range(1, 700, 30):
            day = calendar.today() - timedelta(days=back)
            deals.append(f"x{number}-{back},Deal,x{number},won,{1000 * (number + 1)},EUR,{day - timedelta(days=9)},{day}")
    (folder / "people.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    (folder / "deals.csv").write_text("\n".join(deals) + "\n", encoding="utf-8")
    assert office.workspace.load(folder, connection="crm").set_aside == 0
    with open_desk(office.workspace.path) as desk:
        for number in range(6):
            made = invite(desk, SYSTEM, email=f"zeta{number}@noordlicht.example", role="rep", person_key=f"crm:x{number}")
            use_link(desk, SYSTEM, made.token, password=PASSWORD, name=f"Zeta {number}")
    for number in range(6):
        office.propose(MANAGER, "9000", subject=f"rep:crm:x{number}")
    own = office.propose(MANAGER, "20000")
    page = office.get(REP, f"/goals/{own.id}")
    assert "Over 7 people of the team the chance at the outset runs from" in page
    assert "Zeta" not in page
    assert "Zeta 3" in office.get(MANAGER, f"/goals/{own.id}")


@pytest.mark.parametrize("period", ["0001", "9999", "2026-Q4/9999-Q4", "today", "<b>", "last-year", "2026-13"])
def test_a_period_that_is_none_for_a_goal_is_refused(office: Office, period: str) -> None:
    status = 200 if period == "today" else 400
    office.get(MANAGER, f"/goals/new?subject=rep:crm:p1&about=better:win_rate&period={period}", status)


@pytest.mark.parametrize("id", ["0", "-1", "999", "99999999999999999999"])
def test_a_goal_that_is_not_there_is_said(office: Office, id: str) -> None:
    assert "There is no such goal." in office.get(MANAGER, f"/goals/{id}", 400) or len(id) > 10


def test_goals_of_a_team_stand_side_by_side_by_how_hard_they_are(office: Office) -> None:
    for person in ("p1", "p2"):
        goal = office.propose(MANAGER, "20000" if person == "p1" else "300000", subject=f"rep:crm:{person}")
    page = office.get(MANAGER, f"/goals/{goal.id}")
    assert "Equally hard?" in page
    assert "Over 2 people of the team the chance at the outset runs from" in page
    assert "That is uneven." in page
    assert "Equally hard?" not in office.get(REP, f"/goals/{goal.id - 1}")  # two are too few to tell no one's own


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def staffed(led: Workspace) -> Iterator[Served]:
    with serving(led) as found:
        yield found


def fits(page: Page) -> None:
    assert unfit(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("look", LOOKS, ids=["desktop-en", "phone-nl-dark"])
def test_a_goal_is_agreed_by_keyboard_and_every_page_fits(chrome: Browser, staffed: Served, look: dict[str, Any]) -> None:
    dutch = look["locale"] == "nl"
    with watching(chrome, staffed.url, expected=REFUSED, **look) as boss, watching(chrome, staffed.url, **look) as rep:
        come_in(boss.page, staffed.url, MANAGER)
        boss.go(f"/goals?lang={look['locale']}")
        fits(boss.page)
        boss.go("/goals/new?subject=rep:crm:p1&about=better:win_rate")
        fits(boss.page)
        boss.page.focus("[name=value]")
        boss.page.keyboard.press("Control+A")
        boss.page.keyboard.type("55")
        boss.page.keyboard.press("Enter")
        boss.page.wait_for_url("**/goals/1?done=proposed")
        fits(boss.page)
        come_in(rep.page, staffed.url, REP)
        rep.go(f"/goals?lang={look['locale']}")
        fits(rep.page)
        rep.page.click(".goal-what a")
        rep.page.wait_for_url("**/goals/1")
        fits(rep.page)
        rep.page.focus(".goal-answer details summary")
        rep.page.keyboard.press("Enter")
        rep.page.focus(".goal-answer details[open] [name=value]")
        rep.page.keyboard.press("Control+A")
        rep.page.keyboard.type("52,5" if dutch else "52.5")
        fits(rep.page)
        rep.page.keyboard.press("Enter")
        rep.page.wait_for_url("**/goals/1?done=answered")
        boss.go("/goals/1")
        name = "Akkoord met 52,5%" if dutch else "Agree to 52.5%"
        button = boss.page.get_by_role("button", name=name)
        expect(button).to_be_visible()
        button.focus()
        boss.page.keyboard.press("Enter")
        boss.page.wait_for_url("**/goals/1?done=agreed")
        fits(boss.page)
        boss.go("/goals")
        fits(boss.page)


def test_a_team_s_goal_with_its_parts_fits_every_reader(chrome: Browser, staffed: Served) -> None:
    office = Office(staffed.workspace)
    team = office.propose(LEADER, "200000", subject="team:crm:t1")
    office.post(MANAGER, f"/goals/{team.id}/agree", version=team.version)
    for person, value in (("p1", "20000"), ("p2", "300000")):
        office.propose(MANAGER, value, subject=f"rep:crm:{person}")
    for look in LOOKS:
        with watching(chrome, staffed.url, **look) as boss:
            come_in(boss.page, staffed.url, MANAGER)
            boss.go(f"/goals/{team.id}?lang={look['locale']}")
            expect(boss.page.locator("#fair-title")).to_be_visible()
            expect(boss.page.locator("#tree-title")).to_be_visible()
            fits(boss.page)
            boss.go("/goals")
            fits(boss.page)


def test_an_open_list_shows_what_was_agreed_without_being_loaded_again(chrome: Browser, staffed: Served) -> None:
    office = Office(staffed.workspace)
    goal = office.propose(MANAGER, "90000")
    with watching(chrome, staffed.url, **LOOKS[0]) as boss:
        come_in(boss.page, staffed.url, MANAGER)
        boss.go("/goals")
        expect(boss.page.locator("#running-title")).to_have_count(0)
        office.post(REP, f"/goals/{goal.id}/agree", version=goal.version)
        expect(boss.page.locator("#running-title")).to_be_visible(timeout=5000)


@pytest.mark.parametrize(
    ("language", "text", "unit", "value"),
    [
        ("en", "52%", "share", "0.52"),
        ("en", "52.5", "share", "0.525"),
        ("nl", "52,5 %", "share", "0.525"),
        ("nl", "52.5", "share", "0.525"),
        ("en", "€1,250,000", "money", "1250000"),
        ("nl", "€ 1.250.000", "money", "1250000"),
        ("nl", "1.250,50", "money", "1250.5"),
        ("en", "1,250.50", "money", "1250.5"),
        ("en", "41 days", "days", "41"),
        ("nl", "41 dagen", "days", "41"),
    ],
)
def test_a_number_is_read_as_its_reader_writes_it(language: str, text: str, unit: str, value: str) -> None:
    reader = Reader(language, "light", "EUR", ZoneInfo("Europe/Amsterdam"))
    assert read(reader, text, unit) == Decimal(value)


@pytest.mark.parametrize(
    ("value", "unit", "proposed"),
    [
        (205_312, "money", 205_000),
        (2_848_000, "money", 2_850_000),
        (853_111, "money", 850_000),
        (11_900_000, "money", 12_000_000),
        (12_400_000, "money", 12_500_000),
        (108.7, "count", 110),
        (114.9, "count", 115),
        (6.6, "count", 7),
        (0.2318, "share", 0.23),
        (0.0647, "share", 0.065),
        (0.4, "count", 0),
    ],
)
def test_a_number_is_proposed_as_people_would(value: float, unit: str, proposed: float) -> None:
    assert rounded(value, unit) == pytest.approx(proposed)
