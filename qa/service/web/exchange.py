"""A request body bounded in size and time, and a response with security headers. Plain ASGI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Send

from ...errors import QAError
from ..messages import choose_language

# 'unsafe-inline' is for Gradio's start script and styles, 'unsafe-eval' for gr.HTML, which compiles its template. Whatever text
# a document holds, the page loads from its own server and connects to it only.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a form of this page is sent as from nowhere, and refused
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# A script or style runs nothing by itself: what it may do is said by the page. A first load has some fifty of them.
FILE_HEADERS = {name: HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")}


def security_headers(ancestors: Sequence[str] = ()) -> Mapping[str, str]:
    """The headers of every response of a page that the sites `ancestors` may show within theirs."""
    if not ancestors:
        return HEADERS
    allowed = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(ancestors)}")
    return {**HEADERS, "Content-Security-Policy": allowed}


MEBIBYTE = 1 << 20
_DRAINED = 8 * MEBIBYTE  # bytes of a refused body that are still read, since a client that is sending does not read the refusal


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """The limits of the server for one client.

    `body` and `upload` are the most bytes of a request without and with files. `rate` is the most POST requests of one address a
    second, of which `burst` seconds' worth may come at once. A request without files must arrive within `body_seconds`; one with
    files may pause for up to `stall_seconds`. Uploads leave `spare` bytes of the disk free.
    """

    body: int = 1_000_000
    upload: int = 1024 * MEBIBYTE
    rate: float = 50
    burst: float = 10
    body_seconds: float = 20
    stall_seconds: float = 20
    spare: int = 512 * MEBIBYTE


class Refused(QAError):
    """A request that is refused, with the HTTP `status` and `headers` of the response."""

    def __init__(self, code: str, status: int, headers: dict[str, str] | None = None, **values: object) -> None:
        super().__init__(code, **values)
        self.status = status
        self.headers = headers or {}


class Body:
    """A request body bounded in size and time. Unless it has files (`uploads`), it is read whole before the application runs."""

    def __init__(self, receive: Receive, limits: ClientLimits, uploads: bool) -> None:
        self._receive = receive
        self._limits = limits
        self._limit = limits.upload if uploads else limits.body
        self.whole = not uploads
        self.refused: Refused | None = None
        self._read: list[Message] = []
        self._size = 0
        self._more = True

    async def begin(self, headers: Headers) -> None:
        """Read the body, unless it has files. Raises `Refused` when it is or announces to be too large, or is too slow."""
        announced = headers.get("content-length", "")
        if announced and announced_length(announced, self._limit + 1) > self._limit:
            raise self._too_large()
        if not self.whole:
            return
        if not announced and "transfer-encoding" not in headers:
            return  # no body: the next message is the client's disconnect, which the application waits for
        parts = []
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while self._more:
                    part = await self._next()
                    if part["type"] != "http.request":
                        self._read.append(part)
                        return
                    parts.append(part.get("body", b""))
        except TimeoutError:
            raise Refused("chat.too_slow", 408, seconds=self._limits.body_seconds) from None
        self._read.append({"type": "http.request", "body": b"".join(parts), "more_body": False})

    def field(self, name: str) -> str:
        """The text under `name` in a JSON object that was read whole; "" for anything else."""
        try:
            value = json.loads(self._read[0].get("body", b"") if self._read else b"")[name]
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        return value if isinstance(value, str) else ""

    async def receive(self) -> Message:
        """The next message for the application, an ASGI `receive`; a disconnect once the body is `refused`."""
        if self._read:
            return self._read.pop()
        if self.whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._limits.stall_seconds if self._more else None):
                return await self._next()
        except TimeoutError:
            self.refused = Refused("chat.too_slow", 408, seconds=self._limits.stall_seconds)
        except Refused as refused:
            self.refused = refused
        return {"type": "http.disconnect"}

    async def drain(self) -> None:
        """Read and discard the rest of a refused body, up to _DRAINED bytes or 2 s."""
        taken = 0
        try:
            async with asyncio.timeout(2):
                while self._more and taken < _DRAINED:
                    part = await self._receive()
                    taken += len(part.get("body", b""))
                    self._more = part["type"] == "http.request" and part.get("more_body", False)
        except TimeoutError:
            pass

    async def _next(self) -> Message:
        part = await self._receive()
        if part["type"] == "http.request":
            self._size += len(part.get("body", b""))
            self._more = part.get("more_body", False)
            if self._size > self._limit:
                raise self._too_large()
        else:
            self._more = False
        return part

    def _too_large(self) -> Refused:
        limit = f"{self._limit / 1e6:.0f} MB" if self.whole else f"{self._limit // MEBIBYTE} MiB"
        return Refused("chat.too_large", 413, limit=limit)


def announced_length(announced: str, unknown: int) -> int:
    """The number of bytes in the Content-Length header `announced`; `unknown` if it is no number or has over 18 digits."""
    return int(announced) if announced.isascii() and announced.isdecimal() and len(announced) <= 18 else unknown


class GuardedResponse:
    """A response that gets the security headers.

    One with a status in `withheld` is not sent; `withholds` is then the error that the caller sends in its place.
    """

    def __init__(
        self, send: Send, withheld: Mapping[int, Refused] = MappingProxyType({}), headers: Mapping[str, str] = HEADERS
    ) -> None:
        self._send = send
        self._headers = headers
        self._withheld = withheld
        self.withholds: Refused | None = None
        self.began = False

    async def send(self, part: Message) -> None:
        """Send a part of the application's response, an ASGI `send`."""
        if part["type"] == "http.response.start":
            self.withholds = self._withheld.get(part["status"])
        if self.withholds is not None:
            return
        if part["type"] == "http.response.start":
            self.began = True
            headers = MutableHeaders(scope=part)
            for name, value in self._headers.items():
                headers[name] = value
        await self._send(part)

    def unless(self, body: Body) -> Send:
        """`send`, but nothing once `body` is refused: what the application answers to half a request is dropped."""

        async def send(part: Message) -> None:
            if body.refused is None or self.began:
                await self.send(part)

        return send

    async def refuse(self, refused: Refused, request: Headers) -> None:
        """Send `refused` as JSON, in the language of the `request` headers; `end` completes the response.

        Its text is under both keys that clients look for, "error" (programs) and "detail" (Gradio's page).
        """
        text = refused.told(choose_language(request.get("accept-language", "")))
        content = json.dumps({"error": text, "detail": text}, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json",
            "content-length": str(len(content)),
            "connection": "close",
            "cache-control": "no-store",
            **refused.headers,
        }
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._withheld = {}
        self.withholds = None
        await self.send({"type": "http.response.start", "status": refused.status, "headers": encoded})
        await self.send({"type": "http.response.body", "body": content, "more_body": True})

    async def end(self) -> None:
        """Complete the response of `refuse`."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})
