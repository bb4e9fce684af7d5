"""Accounts on a served company, and browsers that are signed in as one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page
from starlette.testclient import TestClient

from omzet.desk.links import invite, use_link
from omzet.desk.store import open_desk
from omzet.desk.users import first_admin
from omzet.desk.writing import By
from omzet.web.app import create_app
from omzet.workspace import Workspace

SYSTEM = By(None, "system")
PASSWORD = "een lang wachtwoord 7"
ADMIN = "admin@noordlicht.example"


@dataclass(frozen=True)
class Cast:
    """Who has which role: e-mail by role, and the person's key."""

    emails: dict[str, str]
    persons: dict[str, str]


def add_users(workspace: Workspace, persons: dict[str, str]) -> Cast:
    """An account of every role; `persons` are the people's keys by role."""
    emails = {"admin": ADMIN}
    with open_desk(workspace.path, workspace.settings.desk) as desk:
        first_admin(desk, SYSTEM, name="Beheer", email=ADMIN, password=PASSWORD)
        for role in ("rep", "manager", "leader", "marketing", "analyst"):
            emails[role] = f"{role}@noordlicht.example"
            key = persons.get(role, "")
            made = invite(desk, SYSTEM, email=emails[role], role=role, name=f"Account {role}", person_key=key)
            use_link(desk, SYSTEM, made.token, password=PASSWORD)
    return Cast(emails, persons)


def browser(workspace: Workspace, app: object = None, **looks: str) -> TestClient:
    """A browser at this machine. `app` is shared by browsers of one server."""
    served = app or create_app(workspace)
    return TestClient(served, base_url="http://localhost", client=("127.0.0.1", 50000), follow_redirects=False)  # type: ignore[arg-type]


def token_on(client: TestClient, path: str) -> str:
    """The form token that a page carries."""
    found = re.search(r'name="token" value="([^"]+)"', client.get(path, headers={"accept": "text/html"}).text)
    assert found, path
    return found[1]


def sign_in(client: TestClient, email: str, password: str = PASSWORD, next: str = "/") -> int:
    """Sign in; the status of the answer."""
    form = {"token": token_on(client, "/sign-in?email"), "email": email, "password": password, "next": next}
    status: int = client.post("/sign-in", data=form).status_code
    return status


def come_in(page: Page, url: str, email: str) -> None:
    """Sign in on a page of Chromium, and wait for the first page there."""
    page.goto(f"{url}/sign-in?email")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#page[data-revision]")
