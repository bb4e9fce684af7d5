"""The server of the pages: Uvicorn, which ends the live streams before it waits for what is under way."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from omzet.web.live import Live

GRACE_SECONDS = 3


class Server(uvicorn.Server):
    """Serves an application of `create_app`."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_SECONDS
            )
        )
        self._live: Live = app.state.site.live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._live.close()
        await super().shutdown(sockets)
