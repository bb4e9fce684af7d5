"""Committed changes reach whoever listens."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path

import httpx

from omzet.web.app import create_app
from omzet.web.live import Live
from omzet.workspace import Workspace
from tests.companies import write_deals
from tests.web import people
from tests.web.serving import Served


def test_a_load_is_told_within_a_second(served: Served, tmp_path: Path) -> None:
    before = served.workspace.revision()
    heard: list[tuple[int, float]] = []
    listening = threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{served.url}/live", timeout=20) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    heard.append((json.loads(line.removeprefix("data: "))["revision"], time.monotonic()))
                    listening.set()
                    if heard[-1][0] > before:
                        return

    thread = threading.Thread(target=listen)
    thread.start()
    assert listening.wait(10)
    served.workspace.load(write_deals(tmp_path / "deals.csv", 3), connection="crm")
    done = time.monotonic()
    thread.join(10)
    assert [revision for revision, _ in heard] == [before, served.workspace.revision()]
    assert heard[-1][1] - done < 1


def test_each_listener_hears_each_change_and_leaves_when_done() -> None:
    async def scene() -> list[list[str]]:
        live = Live(4)
        live.open(asyncio.get_running_loop())
        streams = [live.stream(), live.stream()]
        first = [await anext(stream) for stream in streams]
        await asyncio.to_thread(live.committed, 5)
        second = [await anext(stream) for stream in streams]
        live.close()
        rest = [[each async for each in stream] for stream in streams]
        return [first, second, *rest]

    first, second, *rest = asyncio.run(scene())
    assert all('"revision": 4' in event for event in first)
    assert all('"revision": 5' in event for event in second)
    assert rest == [[], []]


def test_a_page_never_says_that_it_is_newer_than_what_it_shows(workspace: Workspace, tmp_path: Path) -> None:
    """Between the commit and the news of it, answers that were kept before are shown: such a page must still be refreshed."""
    app = create_app(workspace)
    page = people.browser(workspace, app)
    page.get("/")
    app.state.site.end_listening()
    before = workspace.revision()
    workspace.load(write_deals(tmp_path / "deals.csv", 3), connection="crm")
    assert workspace.revision() > before
    assert f'data-revision="{before}"' in page.get("/").text
