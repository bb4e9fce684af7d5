"""What keeps other sites and other machines out: host, origin and size of every request, and the headers of every answer."""

from __future__ import annotations

import contextlib
import ipaddress
import json
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOAD_LIMIT = 1 << 30
BODY_LIMIT = 1 << 20
UPLOADS = "/data/upload"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
TOO_LARGE = (413, "More was sent than is accepted here.", "Load large files with: omzet load")


class TooLarge(Exception):
    """More came in than the limit allows."""


class Guard:
    """ASGI middleware around everything. `names` are further names by which people at other machines may reach it."""

    def __init__(self, app: ASGIApp, names: frozenset[str] = frozenset()) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = refuse(scope, headers, self.names)
        reading = Limited(receive, limit_of(scope["path"]))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in HEADERS if each[0] not in given)]
            await send(message)

        async def answer_unless_too_large(message: Message) -> None:
            # The app may take the end of the reading for a body it can't parse; its answer would then say so.
            if not reading.over:
                await answer(message)

        if refusal:
            await plain(answer, *refusal)
            return
        with contextlib.suppress(TooLarge):
            await self.app(scope, reading, answer_unless_too_large)
        if reading.over:
            await plain(answer, *TOO_LARGE)


class Limited:
    """Reading that stops after `limit` bytes, whatever the sender said beforehand."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit
        self.over = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self.over = True
                raise TooLarge
        return message


def refuse(scope: Scope, headers: dict[str, str], names: frozenset[str] = frozenset()) -> tuple[int, str, str] | None:
    """Status, reason and hint when this request must not be answered, else None."""
    client = scope.get("client")
    if client and not is_loopback(client[0]) and not names:
        return 403, "Only this machine is answered.", "Serve others too with: omzet serve --name NAME"
    if host_of(headers.get("host", "")) not in HOSTS | names:
        hint = (
            "Open it by a name that was given with: omzet serve --name NAME"
            if names
            else "Open it as http://localhost with its port."
        )
        return 400, "This name is not Omzet's.", hint
    if scope["method"] in READING:
        return None
    if int(headers.get("content-length") or 0) > limit_of(scope["path"]):
        return TOO_LARGE
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return 403, "This was sent from another site.", "Use Omzet's own pages."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers["host"]:
        return 403, "This was sent from another site.", "Use Omzet's own pages."
    if scope["path"].startswith("/api/") and headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return 415, "The API reads JSON.", "Send it with the header Content-Type: application/json."
    return None


def host_of(value: str) -> str:
    """The host of a Host header, without its port."""
    if value.startswith("["):
        return value.partition("]")[0].lower() + "]"
    return value.partition(":")[0].lower()


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def limit_of(path: str) -> int:
    """How many bytes may be sent to `path`."""
    return UPLOAD_LIMIT if path == UPLOADS else BODY_LIMIT


async def plain(send: Send, status: int, reason: str, hint: str) -> None:
    """Answer with `{"error", "hint"}`."""
    body = json.dumps({"error": reason, "hint": hint}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
