"""The API as its description tells it, asked by generated requests over a real server: never an error of the server."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from omzet.workspace import Workspace
from tests.web.serving import serving

ASKED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def test_no_request_is_an_error_of_the_server(lasting: Workspace) -> None:
    statuses: set[int] = set()
    faults: list[str] = []
    words = {
        "metric": st.sampled_from([each.id for each in lasting.metrics()]),
        "by": st.sampled_from(["rep", "team,source", "stage", "month", "region", "nothing"]),
        "period": st.sampled_from(["this-quarter", "2026-Q3", "always", "last-365-days", "2026-02-30"]),
        "grain": st.sampled_from(["month", "week", "aeon"]),
        "where": st.sampled_from(["team = Noord", "amount > 0", "amount > 9e999", "rep in (a", "'; DROP TABLE deals"]),
    }
    with serving(lasting) as served:
        described = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json")
        operations = [each.ok() for each in described.get_all_operations() if isinstance(each, Ok)]
        for operation in operations:

            @ASKED
            @given(case=operation.as_strategy(), known=st.none() | st.fixed_dictionaries({}, optional=words))
            def ask(case: Any, known: dict[str, str] | None) -> None:
                fill(case, known or {})
                answer = case.call()
                statuses.add(answer.status_code)
                if answer.status_code >= 500:
                    faults.append(f"{case.as_curl_command()}: {answer.text[:300]}")

            ask()
    assert faults == []
    assert len(operations) > 5
    assert {200, 400} <= statuses


def fill(case: Any, known: dict[str, str]) -> None:
    """Put words that mean something in place of generated ones, so that more than the reading of a request is reached."""
    asked = case.body.get("question", case.body) if isinstance(case.body, dict) else None
    if isinstance(asked, dict):
        lists = {"metrics": "metric", "by": "by", "where": "where"}
        asked.update({name: [known[word]] for name, word in lists.items() if word in known})
        asked.update({name: known[name] for name in ("grain",) if name in known})
    elif case.query:
        names = {"metrics": "metric"} if "metrics" in case.query else {"metric": "metric"}
        names |= {name: name for name in ("by", "period", "grain", "where")}
        case.query.update({name: known[word] for name, word in names.items() if word in known})
