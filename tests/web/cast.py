"""Browsers of a manager, her rep, another manager and marketing, on one served company with teams that have managers."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from omzet.web.app import create_app
from omzet.workspace import Workspace
from tests.web import people

MANAGED = """team_id,name,manager_id
t1,Noord,p7
t2,Zuid,p8
t3,België,p8
"""
MANAGERS = """person_id,name,team_id,role
p7,Mieke Manager,t1,manager
p8,Otto Ander,t2,manager
"""


class Cast:
    """Browsers of a manager, her rep, another manager and a rep of nobody's."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.app = create_app(workspace)
        cast = people.add_users(workspace, {"rep": "crm:p1", "manager": "crm:p7", "analyst": ""})
        self.manager, self.rep, self.leader, self.marketing = (
            self._signed(cast.emails[role]) for role in ("manager", "rep", "leader", "marketing")
        )

    def _signed(self, email: str) -> TestClient:
        client = people.browser(self.workspace, self.app)
        assert people.sign_in(client, email) == 303
        return client

    def send(self, client: TestClient, path: str, on: str, **fields: Any) -> Any:
        return client.post(path, data={"token": people.token_on(client, on), **fields})
