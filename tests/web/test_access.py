"""Roles by doors on the sample company: whatever is asked, nobody is told a row, a name or an amount that is not theirs."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from omzet.desk.api_tokens import make_api_token
from omzet.desk.roles import ROLES
from omzet.desk.users import list_users
from omzet.desk.writing import By
from omzet.metrics.calendar import Calendar
from omzet.sources.sample import write_sample
from omzet.web.app import create_app
from omzet.web.live import event
from omzet.workspace import Workspace, serve_workspace
from omzet.workspace.create import create
from tests.web.people import SYSTEM, add_users, browser, sign_in

HTML = {"accept": "text/html"}
YEAR = "period=last-12-months"
BY_REP = "split=rep&by=rep&by=manager&m=win_rate&m=bookings_amount&show=table&metric=win_rate&metrics=win_rate,bookings_amount"
"""What the pages call a division by people, each in its own way."""
METRICS = (
    "bookings_amount", "win_rate", "open_pipeline_amount", "leads_created", "touches_count", "rep_funnel_plot",
    "stage_reached_count", "pipeline_bridge",
    "sales_cycle_length_median", "weighted_pipeline_amount", "target_attainment", "average_deal_size",
)  # fmt: skip


NAMED = re.compile(r'[^<>"\n,;|]{2,90} – [^<>"\n,;|]{1,40}')
"""Where the name of a deal stands: the sample's all have a dash."""


def within(text: str) -> list[str]:
    """Every run of words around the dash of a text."""
    before, after = text.split(" – ", 1)
    starts, ends = before.split(), after.split()
    return [
        f"{' '.join(starts[start:])} – {' '.join(ends[:end])}" for start in range(len(starts)) for end in range(1, len(ends) + 1)
    ]


@dataclass(frozen=True)
class Secrets:
    """What a role may not be told: names and e-mails of people, names and ids of deals; and the persons it may see."""

    people: frozenset[str]
    persons: frozenset[str]
    deal_ids: frozenset[str]
    deal_names: frozenset[str]

    def told(self, text: str, asked: str = "") -> list[str]:
        """Which of them a text tells, the first few; but for what `asked` itself said."""
        plain = html.unescape(text)
        found = [each for each in self.people if each in plain]
        found += sorted(set(re.findall(r"\bD\d{5}\b", plain)) & self.deal_ids)
        found += [f"person {each}" for each in sorted(set(re.findall(r"sample:(P\d{2})\b", plain)) - self.persons)]
        found += [name for near in set(re.findall(NAMED, plain)) for name in within(near) if name in self.deal_names]
        return [each for each in found if each not in asked][:5]


@dataclass(frozen=True)
class Played:
    """The sample company, served: an application, who has which role, and the tables it was made from."""

    app: FastAPI
    workspace: Workspace
    emails: dict[str, str]
    persons: dict[str, str]
    people: pd.DataFrame
    deals: pd.DataFrame
    leads: frozenset[str]
    """Names of leads; some are those of reps, by chance."""
    involved: dict[str, set[str]]
    """The people who ever had to do with a deal, by its id."""

    def secrets(self, role: str) -> Secrets:
        """What a role may not be told."""
        ids = set(self.people.person_id)
        shown = {"marketing": set(), "rep": self.above("rep"), "manager": self.team() | self.above("manager")}.get(role, ids)
        rows = {"marketing": set(), "rep": {self.persons["rep"][7:]}, "manager": self.team()}.get(role, ids)
        hidden = [deal for deal, persons in self.involved.items() if not persons & rows]
        names = self.deals.set_index("deal_id").name
        seen = "\n".join(names.drop(hidden))  # a name may be a part of another: "A & B" holds "B"
        others = self.people[~self.people.person_id.isin(shown) & ~self.people.name.isin(self.leads)]
        own = {self.persons.get(role, "")[7:]}
        return Secrets(
            frozenset((*others.name, *others.email)),
            frozenset(shown | rows | own),
            frozenset(hidden),
            frozenset(each for each in names[hidden] if each not in seen),
        )

    def team(self) -> set[str]:
        """Everybody who was ever in a team of the manager, and the manager."""
        with self.workspace._owner.store.reading() as session:  # type: ignore[union-attr]
            rows = session.rows(
                "SELECT person_key FROM person_teams WHERE team_key IN (SELECT key FROM teams WHERE manager_id = ?)",
                [self.persons["manager"]],
            )
        return {key[7:] for (key,) in rows} | {self.persons["manager"][7:]}

    def above(self, role: str) -> set[str]:
        """Somebody and the managers over them."""
        managers = self.people.set_index("person_id").manager_id.dropna()
        found = [self.persons[role][7:]]
        while found[-1] in managers.index:
            found.append(str(managers[found[-1]]))
        return set(found)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("played")
    settings = create(folder / "company", {"name": "Noordlicht", "holidays": "NL", "locale": "en"})
    write_sample(folder / "tables", today=Calendar(settings).today())
    with serve_workspace(folder / "company") as workspace:
        assert workspace.load(folder / "tables", connection="sample").set_aside == 0
        people, deals = table(folder, "people"), table(folder, "deals")
        rep = str(deals[deals.owner_id.isin(people[people.role == "rep"].person_id)].owner_id.value_counts().index[0])
        persons = {"rep": rep, "manager": str(people.set_index("person_id").manager_id[rep])}
        for role in ("leader", "marketing"):
            persons[role] = str(people[people.role == role].person_id.iloc[0])
        persons = {role: f"sample:{id}" for role, id in persons.items()}
        leads = frozenset(table(folder, "leads").name.dropna())
        cast = add_users(workspace, persons)
        yield Played(create_app(workspace), workspace, cast.emails, persons, people, deals, leads, involved(folder, deals))


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype=str)


def involved(folder: Path, deals: pd.DataFrame) -> dict[str, set[str]]:
    found = {deal: {owner} for deal, owner in zip(deals.deal_id, deals.owner_id, strict=True)}
    changes = table(folder, "deal_changes")
    owned = changes[changes.field == "owner_id"]
    credits = table(folder, "deal_credits")
    pairs = [*zip(owned.deal_id, owned.value, strict=True), *zip(owned.deal_id, owned.old_value, strict=True)]
    for deal, person in (*pairs, *zip(credits.deal_id, credits.person_id, strict=True)):
        found[deal].add(person)
    return found


@pytest.fixture(scope="module")
def admin(played: Played) -> Iterator[TestClient]:
    """Who sees everything, and asked everything first: what is kept of these answers must reach nobody else."""
    with browser(played.workspace, played.app) as found:
        assert sign_in(found, played.emails["admin"]) == 303
        told = [door.ask(found) for door in doors(played).values()]
        secrets = played.secrets("marketing")
        assert sum(bool(secrets.told(text)) for text in told) > 25, "the doors tell nothing even to an admin"
        yield found


@pytest.fixture(scope="module")
def browsers(played: Played, admin: TestClient) -> dict[str, TestClient]:
    found: dict[str, TestClient] = {}
    for role in ROLES:
        client = browser(played.workspace, played.app)
        assert sign_in(client, played.emails[role]) == 303
        found[role] = client
    return found


@dataclass(frozen=True)
class Door:
    """A way in which something is told: what is asked, and the asking."""

    asked: str
    ask: Callable[[TestClient], str]


def pages(app: FastAPI) -> list[str]:
    """Every address that is read without anything in its path, those of pages to come included."""
    known = [route for each in app.routes for route in getattr(getattr(each, "original_router", None), "routes", [each])]
    paths = {route.path for route in known if "GET" in (getattr(route, "methods", None) or ()) and "{" not in route.path}
    return sorted(paths - {"/live", "/healthz", "/demo", "/sign-in", "/first-run"})


def doors(played: Played) -> dict[str, Door]:
    """Every way in which something is told, each as a function of a browser."""
    rep = played.people[played.people.role == "rep"].iloc[-1]
    won = played.deals[(played.deals.status == "won") & (played.deals.owner_id == rep.person_id)].iloc[-1]

    def page(path: str) -> Door:
        return Door(path, lambda client: str(client.get(path, headers=HTML).text))

    def posted(path: str, body: dict[str, object]) -> Door:
        return Door(json.dumps(body, ensure_ascii=False), lambda client: str(client.post(path, json=body).text))

    found: dict[str, Door] = {
        "overview": page("/"),
        "overview by names": page(f"/?{YEAR}&reps=names&table=bookings-by-month,funnel,reps,cycle"),
        "overview in Dutch": page(f"/?{YEAR}&lang=nl"),
        "overview of a hidden rep": page(f"/?{YEAR}&rep={rep['name']}"),
        "filter that opens": page(f"/?{YEAR}&add=manager"),
        "figures": page(f"/figures?{YEAR}"),
        "catalogue": page("/catalogue"),
        "account": page("/account"),
        "privacy": page("/account/privacy"),
        "pipeline": page("/pipeline"),
        "deal page": page(f"/deals/sample:{won.deal_id}"),
        "data": page("/data"),
        "users": page("/users"),
        "set aside": page("/data/set-aside.csv"),
        "loads": page("/api/v1/loads"),
        "check": page("/api/v1/check"),
        "error": page("/api/v1/query?metrics=won_count&by=repp"),
        "error of a name": page(f"/api/v1/query?metrics=won_count&{YEAR}&where=rep = {rep['name'][:-1]}"),
        "error of a cell": page(f"/drill?metric=won_count&{YEAR}&cell=rep:{rep['name']}"),
        "deal in API by id": posted("/api/v1/explain", {"question": {"metrics": ["won_count"]}, "deal": won.deal_id}),
        "deal in API by name": posted("/api/v1/explain", {"question": {"metrics": ["won_count"]}, "deal": won["name"]}),
        "deal in drill": page(f"/drill?metric=won_count&{YEAR}&deal={won.deal_id}"),
        "restatement": page(
            f"/api/v1/restatement?metric=won_count&earlier={pd.Timestamp.now():%Y}-02-01&from=2024-01-01&limit=500"
        ),
    }
    for path in pages(played.app):
        found |= {
            f"page {path}": page(path),
            f"year of {path}": page(f"{path}?{YEAR}"),
            f"by rep {path}": page(f"{path}?{YEAR}&{BY_REP}"),
        }
    for metric in METRICS:
        found |= {
            f"drill of {metric}": page(f"/drill?metric={metric}&{YEAR}&split=rep"),
            f"rows out of {metric}": page(f"/drill?metric={metric}&{YEAR}&tab=left_out"),
            f"query of {metric}": page(f"/api/v1/query?metrics={metric}&{YEAR}&by=rep"),
            f"CSV of {metric}": page(f"/api/v1/query?metrics={metric}&{YEAR}&by=rep&format=csv"),
            f"managers of {metric}": posted(
                "/api/v1/query", {"metrics": [metric], "by": ["manager"], "period": "last-12-months"}
            ),
            f"explain of {metric}": posted(
                "/api/v1/explain", {"question": {"metrics": [metric], "period": "last-12-months"}, "limit": 1000}
            ),
            f"rows of {metric}": page(f"/api/v1/rows?metric={metric}&{YEAR}&format=csv"),
            f"rows left out of {metric}": page(f"/api/v1/rows?metric={metric}&{YEAR}&tab=left_out&format=csv"),
        }
    return found


@pytest.mark.parametrize("role", ["rep", "manager", "marketing"])
def test_no_door_tells_a_role_what_is_not_theirs(played: Played, browsers: dict[str, TestClient], role: str) -> None:
    secrets = played.secrets(role)
    leaks = {name: told for name, door in doors(played).items() if (told := secrets.told(door.ask(browsers[role]), door.asked))}
    assert leaks == {}


@pytest.mark.parametrize("role", ["leader", "analyst", "admin"])
def test_who_may_see_everything_is_told_names_and_amounts(browsers: dict[str, TestClient], role: str) -> None:
    text = html.unescape(browsers[role].get(f"/?{YEAR}", headers=HTML).text)
    assert "€" in text
    rows = browsers[role].get(f"/api/v1/query?metrics=bookings_amount&{YEAR}&by=rep").json()["rows"]
    assert len(rows) > 20
    assert all(row["rep"] != "…" for row in rows)


def test_marketing_is_told_no_amount(played: Played, browsers: dict[str, TestClient]) -> None:
    amounts = re.compile(r"€\s?\d|\d\s?€|EUR\s?\d")
    for name, door in doors(played).items():
        assert not amounts.search(html.unescape(door.ask(browsers["marketing"]))), name
    for metric in browsers["marketing"].get("/api/v1/metrics").json():
        if metric["unit"].startswith("money"):
            answer = browsers["marketing"].get(f"/api/v1/query?metrics={metric['id']}&{YEAR}")
            if answer.status_code == 200:
                assert [row[metric["id"]] for row in answer.json()["rows"]] == [None], metric["id"]


@pytest.mark.parametrize("role", ["rep", "manager", "marketing"])
def test_whether_a_hidden_deal_exists_is_not_told(played: Played, browsers: dict[str, TestClient], role: str) -> None:
    secrets = played.secrets(role)
    client = browsers[role]
    name = min(secrets.deal_names)

    def explain(deal: str) -> str:
        body = {"question": {"metrics": ["won_count"]}, "deal": deal}
        answer = client.post("/api/v1/explain", json=body)
        assert answer.status_code in (400, 403)
        return str(answer.text).replace(deal, "THAT")

    def page(deal: str) -> str:
        answer = client.get(f"/deals/sample:{deal}", headers=HTML)
        assert answer.status_code in (400, 403, 404)
        return str(answer.text).replace(deal, "THAT")

    hidden = min(secrets.deal_ids)
    assert explain(hidden) == explain(name) == explain("D99999")
    assert page(hidden) == page("D99999")


def test_a_rep_finds_own_rows_and_the_rate_of_all_beside_the_own(played: Played, browsers: dict[str, TestClient]) -> None:
    rep = browsers["rep"]
    rows = rep.get(f"/api/v1/query?metrics=won_count&{YEAR}&by=rep").json()["rows"]
    name = played.people.set_index("person_id").name[played.persons["rep"][7:]]
    assert [row["rep"] for row in rows] == [name]
    own = rep.get(f"/api/v1/rows?metric=won_count&{YEAR}").json()["rows"]
    assert len(own) == rows[0]["won_count"]
    assert name in html.unescape(rep.get("/", headers=HTML).text)


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/data", {"analyst", "admin"}),
        ("/data/set-aside.csv", {"analyst", "admin"}),
        ("/api/v1/loads", {"analyst", "admin"}),
        ("/api/v1/check", {"analyst", "admin"}),
        ("/users", {"admin"}),
        ("/users/1", {"admin"}),
        ("/", set(ROLES)),
        ("/catalogue", set(ROLES)),
        ("/account", set(ROLES)),
        ("/api/v1/metrics", set(ROLES)),
    ],
)
def test_each_door_is_open_to_its_roles_and_says_in_words_whose_it_is(
    browsers: dict[str, TestClient], path: str, roles: set[str]
) -> None:
    for role, client in browsers.items():
        answer = client.get(path, headers=HTML)
        assert answer.status_code == (200 if role in roles else 403), role
        if role not in roles:
            assert re.search("Administrator|Beheerder", answer.text)
        home = client.get("/", headers=HTML).text
        if path in ("/data", "/users"):
            assert (f'href="{path}"' in home) == (role in roles), role


def test_every_page_is_asked_about(played: Played) -> None:
    assert {"/", "/pipeline", "/people", "/explore.csv", "/goals", "/api/v1/query", "/account"} <= set(pages(played.app))


def test_no_page_fails_whoever_opens_it(played: Played, browsers: dict[str, TestClient]) -> None:
    for role, client in browsers.items():
        for path in pages(played.app):
            assert client.get(f"{path}?{YEAR}", headers=HTML).status_code < 500, (role, path)


def test_every_form_needs_the_token_of_its_page(played: Played, browsers: dict[str, TestClient]) -> None:
    known = [route for each in played.app.routes for route in getattr(getattr(each, "original_router", None), "routes", [each])]
    posted = {route.path for route in known if "POST" in (getattr(route, "methods", None) or ())}
    for path in sorted(path for path in posted if not path.startswith("/api/")):
        address = re.sub(r"\{[^}]*\}", "1", path)
        for data in ({}, {"token": "guess"}):
            answer = browsers["admin"].post(address, data=data, headers=HTML)
            assert answer.status_code in (400, 404, 422), (path, answer.status_code)


def test_changing_doors_are_closed_too(browsers: dict[str, TestClient]) -> None:
    for path in (
        "/data/loads/1/undo",
        "/data/retry",
        "/users",
        "/users/1",
        "/users/1/off",
        "/users/1/erase",
        "/data/upload/x/load",
    ):
        assert browsers["manager"].post(path, data={"token": "x"}, headers=HTML).status_code == 403, path


def test_a_token_asks_as_its_owner_within_its_scopes(played: Played) -> None:
    desk = played.app.state.site.desk.open()
    users = {user.role: user for user in list_users(desk, SYSTEM)}
    by = {role: By(users[role].id) for role in ("rep", "analyst")}
    reading = make_api_token(desk, by["rep"], name="reads").token
    writing = make_api_token(desk, by["rep"], name="writes", scopes=["write"]).token
    loads = make_api_token(desk, by["analyst"], name="loads", scopes=["admin"]).token
    with browser(played.workspace, played.app) as program:
        query = f"/api/v1/query?metrics=won_count&{YEAR}&by=rep"

        def ask(path: str, token: str) -> int:
            answer = program.get(path, headers={"authorization": f"Bearer {token}"})
            assert not played.secrets("rep").told(answer.text)
            return int(answer.status_code)

        assert ask(query, reading) == 200
        assert ask(query, writing) == 403
        assert ask(query, loads) == 403
        assert ask("/api/v1/loads", reading) == 403
        assert ask(query, "omzet_nonsense") == 401
        assert ask("/account", reading) == 401


def test_the_live_stream_tells_only_that_something_changed() -> None:
    lines = [line for line in event(7).splitlines() if line.startswith("data: ")]
    assert set(json.loads(lines[0].removeprefix("data: "))) == {"revision", "at"}
