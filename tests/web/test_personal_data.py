"""What is kept about somebody, to take away: all of it, nobody else's, and no secret."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Boolean, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy import Column as Field
from starlette.testclient import TestClient

from omzet.desk import passwords, personal, remarks, reviews
from omzet.desk.api_tokens import make_api_token
from omzet.desk.boards import save
from omzet.desk.erasure import erase_user
from omzet.desk.links import make_link
from omzet.desk.personal import WITHOUT, given_columns, is_about_people
from omzet.desk.store import Desk, open_desk
from omzet.desk.tables import metadata
from omzet.desk.writing import By
from omzet.model import CHANGE_TABLES, TABLES, Kind
from omzet.workspace import Workspace
from omzet.workspace.personal import columns_of_people
from tests.web import people
from tests.web.cast import Cast

ADMIN, REP, MANAGER, LEADER, MARKETING = 1, 2, 3, 4, 5
HERS, HIS = "crm:p1", "crm:p4"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


def taken(client: TestClient, path: str = "/account/privacy/data", on: str = "/account/privacy") -> tuple[Any, str]:
    """What the file holds as JSON, and all of its texts in one."""
    answer = client.post(path, data={"token": people.token_on(client, on)})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith('.zip"')
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        texts = {name: file.read(name).decode() for name in file.namelist()}
    return json.loads(texts["personal-data.json"]), "\n".join(texts.values())


def talk(desk: Desk) -> None:
    """What people said, planned and kept: about the rep, about another, in private and not."""
    manager, leader, rep = (By(id, "page", f"10.0.0.{id}") for id in (MANAGER, LEADER, REP))
    for by, title, subject, private in (
        (manager, "Open talk", HERS, False),
        (manager, "Secret note", HERS, True),
        (leader, "Talk of another", HIS, False),
    ):
        held = reviews.plan(desk, by, title=title, level="rep", subject=subject, planned_on=date(2026, 5, 4), is_private=private)
        text = f"Act on: {title}"
        owner = by.user_id
        reviews.agree_action(desk, by, text=text, due_on=date(2026, 6, 1), subject=subject, owner_id=owner, review_id=held.id)
    # A team with the key of the person: what is about it isn't about her.
    reviews.plan(desk, manager, title="Talk of a team", level="team", subject=HERS, planned_on=date(2026, 5, 4))
    remarks.remark(desk, manager, kind="feedback", person=HERS, text="Ask earlier")
    remarks.remark(desk, manager, kind="feedback", person=HIS, text="Call more")
    remarks.remark(desk, rep, kind="recognition", person=HIS, text="Well done, Daan")
    remarks.contest(desk, rep, table="deals", key="crm:d0", text="That was mine")
    save(desk, rep, name="=Her board", address="/explore?metric=win_rate")
    save(desk, leader, name="His board", address="/explore?metric=win_rate")
    make_api_token(desk, rep, name="Spreadsheet", scopes=["read"], days=30)
    make_api_token(desk, leader, name="Script of the leader", scopes=["read"], days=30)
    make_link(desk, By(ADMIN), REP)


@pytest.fixture
def cast(managed: Workspace) -> Cast:
    found = Cast(managed)
    with open_desk(managed.path) as desk:
        talk(desk)
    return found


NOT_HERS = (
    "Secret note",
    "Talk of another",
    "Talk of a team",
    "Call more",
    "His board",
    "Script of the leader",
    "10.0.0.3",
    "10.0.0.4",
)


def test_a_rep_takes_away_all_of_her_own_and_nothing_of_another(cast: Cast) -> None:
    found, text = taken(cast.rep)
    desk, sales = found["desk"], found["sales"]
    assert [row["email"] for row in desk["users"]] == ["rep@noordlicht.example"]
    assert [row["title"] for row in desk["reviews"]] == ["Open talk"]
    assert [row["text"] for row in desk["actions"]] == ["Act on: Open talk"]
    assert [row["text"] for row in desk["remarks"]] == ["Ask earlier", "Well done, Daan"]
    assert [row["text"] for row in desk["contests"]] == ["That was mine"]
    assert [row["name"] for row in desk["saved_views"]] == ["=Her board"]
    assert [row["name"] for row in desk["api_tokens"]] == ["Spreadsheet"]
    assert len(desk["sessions"]) == len(desk["links"]) == 1
    assert {row["key"] for row in sales["people"]} == {HERS}
    assert {row["owner_id"] for row in sales["deals"]} == {HERS}
    assert sales["deals"][0]["amount"]
    assert "crm:t1" in {row["team_key"] for row in sales["person_teams"]}
    assert not [word for word in NOT_HERS if word in text]
    assert "'=Her board" in text  # no spreadsheet takes it for a formula
    assert "marketing@noordlicht.example" not in text


def test_the_log_is_in_it_as_far_as_it_is_hers(cast: Cast) -> None:
    lines = taken(cast.rep)[0]["desk"]["audit"]
    assert {"accepted", "said", "contested", "personal_data_given"} <= {line["action"] for line in lines}
    by_others = [line for line in lines if line["user_id"] not in (None, REP)]
    assert ("reviews", MANAGER) in {(line["table_name"], line["user_id"]) for line in by_others}
    assert {line["address"] for line in by_others} == {""}


def test_a_private_review_stays_out_of_what_is_measured_too(cast: Cast) -> None:
    places = []
    for title, more in (("Held openly", {}), ("Held in secret", {"private": "on"})):
        form = {"subject": f"rep|{HERS}", "title": title, **more}
        places.append(cast.send(cast.manager, "/reviews", "/reviews/new", **form).headers["location"])
        done = cast.send(cast.manager, places[-1], places[-1], notes=f"Notes: {title}", hold="1", version="1")
        assert done.status_code == 303
    found, text = taken(cast.rep)
    assert "Notes: Held openly" in text
    assert "Held in secret" not in text
    keys = {row["key"] for row in found["sales"]["person_events"]}
    assert [f"review{place.rsplit('/', 1)[1]}" in " ".join(keys) for place in places] == [True, False]
    assert "Held in secret" in taken(cast.manager)[1]


def test_marketing_takes_away_its_own_without_single_deals(cast: Cast) -> None:
    with open_desk(cast.workspace.path) as desk, desk.writing(people.SYSTEM) as tx:
        tx.change(metadata.tables["users"], MARKETING, {"person_key": HERS})
    found, text = taken(cast.marketing)
    assert [row["email"] for row in found["desk"]["users"]] == ["marketing@noordlicht.example"]
    assert {row["key"] for row in found["sales"]["people"]} == {HERS}
    assert not {"deals", "deal_credits"} & set(found["sales"])
    assert "Script of the leader" not in text
    assert "rep@noordlicht.example" not in text


def test_who_is_nobody_of_the_sales_data_gets_none_of_it(cast: Cast) -> None:
    found, _ = taken(cast.leader)
    assert found["sales"] == {}
    assert [row["title"] for row in found["desk"]["reviews"]] == ["Talk of another"]


def test_an_admin_makes_it_for_somebody_and_the_log_says_so(cast: Cast) -> None:
    admin = people.browser(cast.workspace, cast.app)
    assert people.sign_in(admin, people.ADMIN) == 303
    assert f'action="/users/{REP}/data"' in admin.get(f"/users/{REP}").text
    found, text = taken(admin, f"/users/{REP}/data", f"/users/{REP}")
    own, _ = taken(cast.rep)
    assert found["sales"] == own["sales"]
    assert {name: found["desk"][name] for name in ("users", "reviews", "remarks")} == {
        name: own["desk"][name] for name in ("users", "reviews", "remarks")
    }
    assert "Secret note" not in text
    made = [line["user_id"] for line in own["desk"]["audit"] if line["action"] == "personal_data_given"]
    assert made == [ADMIN, REP]
    own_file = taken(admin)[0]["desk"]
    assert [row["id"] for row in own_file["users"]] == [ADMIN]
    assert "rep@noordlicht.example" not in json.dumps(own_file)  # who invited them is in it, not who they are


@pytest.mark.parametrize("who", ["rep", "manager", "leader", "marketing"])
def test_nobody_else_may_make_it_for_another(cast: Cast, who: str) -> None:
    client: TestClient = getattr(cast, who)
    assert cast.send(client, f"/users/{ADMIN}/data", "/account").status_code == 403
    assert client.post("/account/privacy/data", data={"token": "made up"}).status_code == 400


def test_an_erased_person_has_nothing_left_to_take_away(cast: Cast) -> None:
    admin = people.browser(cast.workspace, cast.app)
    people.sign_in(admin, people.ADMIN)
    with open_desk(cast.workspace.path) as desk:
        erase_user(desk, By(ADMIN), REP)
    assert cast.send(admin, f"/users/{REP}/data", "/account").status_code == 400


def test_without_accounts_there_is_nothing_to_take_away(client: TestClient) -> None:
    assert "/account/privacy/data" not in client.get("/account/privacy").text


def test_no_hash_and_no_secret_goes_out(cast: Cast) -> None:
    _, text = taken(cast.rep)
    with open_desk(cast.workspace.path) as desk, desk.reading() as tx:
        kept = [
            value
            for table in metadata.sorted_tables
            for column in table.columns
            if column.name.endswith("_hash")
            for value in [getattr(row, column.name) for row in tx.all(table.select())]
            if value
        ]
    assert len(kept) > 10
    assert not [value for value in kept if value in text]
    assert "_hash" not in text
    assert not re.search(r"omzet_[A-Za-z0-9]{20}|argon2", text)
    for table in metadata.sorted_tables:
        assert not [column.name for column in given_columns(table) if column.name.endswith("_hash")]


def test_the_log_is_paged_filtered_and_escaped_and_only_for_who_may(cast: Cast) -> None:
    admin = people.browser(cast.workspace, cast.app)
    people.sign_in(admin, people.ADMIN)
    with open_desk(cast.workspace.path) as desk:
        for place in range(60):
            save(desk, By(REP), name=f"<script>alert({place})</script>", address="/explore?metric=win_rate")
    first = admin.get("/users/log?lang=en&table=saved_views").text
    assert "&lt;script&gt;alert(59)" in first
    assert "<script>alert" not in first
    numbers = [int(each) for each in re.findall(r'id="line-(\d+)"', first)]
    assert len(numbers) == 50
    assert numbers == sorted(numbers, reverse=True)
    older = re.findall(r'href="(/users/log\?table=saved_views&amp;before=\d+)"', first)[0].replace("&amp;", "&")
    second = admin.get(older).text
    rest = [int(each) for each in re.findall(r'id="line-(\d+)"', second)]
    assert len(rest) == 12  # ten more, and the two saved before
    assert max(rest) < min(numbers)
    assert "His board" in second
    hers = admin.get(f"/users/log?table=saved_views&user={REP}&before={min(numbers)}").text
    assert "=Her board" in hers
    assert "His board" not in hers
    for nonsense in ("user=x", "before=-1", "before=" + "9" * 40, "table=nothing", "user=%C2%B2"):
        assert admin.get(f"/users/log?{nonsense}").status_code == 200
    talks = admin.get("/users/log?table=reviews").text + admin.get("/users/log?table=remarks").text
    assert "planned" in talks
    assert not [word for word in ("Secret note", "Open talk", "Ask earlier") if word in talks]
    for client in (cast.rep, cast.manager, cast.leader, cast.marketing):
        assert client.get("/users/log").status_code == 403


def test_every_table_about_people_is_in_it_or_is_named_with_a_reason() -> None:
    words = re.compile(r"user|person|owner|subject|email|made_by|row_key")
    for table in metadata.sorted_tables:
        if any(words.search(column.name) for column in table.columns):
            assert is_about_people(table) != (table.name in WITHOUT), table.name
    assert all(WITHOUT.values())
    # What is private means something else in each table, so a new one has to be thought of.
    assert {table.name for table in metadata.sorted_tables if "is_private" in table.c} == {"reviews", "remarks"}


def test_every_desk_table_that_is_reached_stands_in_the_file(cast: Cast) -> None:
    found, _ = taken(cast.rep)
    assert set(found["desk"]) == {table.name for table in metadata.sorted_tables if is_about_people(table)}
    assert set(found["without"]) == set(WITHOUT)


def test_a_new_table_is_in_it_by_itself() -> None:
    users = metadata.tables["users"]
    other = MetaData()
    for name, column in (
        ("by_user", Field("whoever", Integer, ForeignKey(users.c.id))),
        ("by_person", Field("person_key", Text)),
        ("by_subject", Field("subject_key", Text)),
    ):
        assert is_about_people(Table(name, other, Field("id", Integer, primary_key=True), column)), name
    plain = Table("plain", other, Field("id", Integer, primary_key=True), Field("is_on", Boolean))
    assert not is_about_people(plain)


def test_every_sales_table_that_refers_to_people_is_in_it() -> None:
    for table in TABLES.values():
        refers = [each.name for each in table.columns if each.kind is Kind.REFERENCE and each.refers_to == "people"]
        assert bool(columns_of_people(table)) == (bool(refers) and table.name not in CHANGE_TABLES), table.name
    assert columns_of_people(TABLES["people"]) == ["key"]
    assert personal.PERSONS
