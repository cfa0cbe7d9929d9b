"""The checks before every request: access, limits and allowed paths. Plain ASGI; knows neither Gradio nor the index.

In this order: the host name it was sent to, the site it comes from, the password, the rate, the path, the size of the body. A
refusal is one line as JSON, in the language of Accept-Language.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import re
import shutil
import socket
import time
import traceback
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .exchange import Body, ClientLimits, GuardedResponse, Refused, announced_length

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARDS = ("0.0.0.0", "::")

# The routes of Gradio that the page and programs need. Left out are those that fetch a URL for the client, call endpoints past
# the queue, or belong to features that are off. The page calls events without a queue by `run/predict`.
_JOIN = "/gradio_api/queue/join"
_UPLOAD = "/gradio_api/upload"
_FILE = "/gradio_api/file="
_COLLECTIONS = "/api/collections/"  # below it documents are put in
_SERVED = {
    "GET": re.compile(
        r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/(?:static|assets|svelte)/.+"
        r"|/gradio_api/(?:info/?|openapi\.json|app_id/?|startup-events|theme\.css|login_check/?|user/?|token/?|upload_progress"
        r"|queue/(?:data|status)|heartbeat/[^/]+|call/(?:v2/)?[^/]+/[^/]+|file=.+)"
    ),
    "POST": re.compile(r"/gradio_api/(?:queue/join|run/predict|call/(?:v2/)?[^/]+/?|cancel|reset/?|upload)"),
}
_SERVED["HEAD"] = _SERVED["GET"]


@dataclass
class Allowance:
    """A token bucket for each client: `rate` tokens a second, up to `size` tokens saved; `clock` is in seconds."""

    rate: float
    size: float
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, client: str, *, take: bool = True) -> float:
        """Take a token of `client` and return 0, or the seconds until there is one. With `take=False` none is taken."""
        now = self.clock()
        left, since = self._left.get(client, (self.size, now))
        left = min(self.size, left + (now - since) * self.rate)
        if left < 1:
            return (1 - left) / self.rate
        if not take:
            return 0
        if len(self._left) > 10_000:  # a full bucket needs no entry
            full = self.size / self.rate
            self._left = {name: entry for name, entry in self._left.items() if now - entry[1] < full}
        self._left[client] = (left - 1, now)
        return 0


def names_served(host: str, more: Iterable[str] = ()) -> frozenset[str]:
    """The host names that a request may be sent to, in lower case: loopback, `host` and `more`.

    Against DNS rebinding: another site can let its own name resolve to this machine and would then be of the same origin. So only
    names known to be this server's are served.
    """
    names = {*LOOPBACK, host, *more}
    if host in WILDCARDS:
        own = socket.gethostname()
        names |= {own, f"{own}.local"}
    return frozenset(name.lower().strip("[]") for name in names)


class Guards:
    """The checks around the ASGI application `app`, which is served on `host` under `names` (`names_served`).

    `credentials` are user and password, None when everybody who reaches the server may ask. `open_addresses` are the paths served
    beside Gradio's, as patterns. `files` is the only folder whose files are served by path.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        names: Collection[str],
        credentials: tuple[str, str] | None,
        open_addresses: Collection[re.Pattern[str]],
        files: Path,
        limits: ClientLimits,
    ) -> None:
        self.app = app
        self.numeric = host in WILDCARDS  # serve any numeric address then; DNS rebinding needs a name
        self.names = frozenset(names)
        self.credentials = None if credentials is None else ":".join(credentials).encode()
        self.user = b"" if credentials is None else credentials[0].encode()
        self.open_addresses = tuple(open_addresses)
        self.files = files.resolve()
        self.limits = limits
        self.requests = Allowance(limits.rate, limits.rate * limits.burst)
        self.wrong_passwords = Allowance(0.2, 10)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        # For a full queue the page shows English whatever its language, so that this response is replaced below.
        answer = GuardedResponse(send, withheld=503 if scope["path"] == _JOIN and "origin" in headers else 0)
        body = Body(receive, self.limits, uploads=_has_files(scope))
        try:
            self._check(scope)
            await body.begin(headers)
            try:
                await self.app(scope, body.receive, answer.send if body.whole else answer.unless(body))
            except Exception:
                if body.refused is None:
                    if not answer.complete:
                        raise
                    traceback.print_exc()  # the response was complete, without the reason: that is for the terminal
            if body.refused is not None:
                raise body.refused
            if answer.withholds:
                raise Refused("chat.busy", 429)
        except Refused as refused:
            if not answer.began:
                await answer.refuse(refused, headers)
                await body.drain()
                await answer.end()

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        client = (scope.get("client") or ("",))[0]
        host = headers.get("host", "")
        forwarded = headers.get("x-forwarded-host", host)  # Gradio makes its URLs from it
        if not all(map(self._is_served, (host, *forwarded.split(",")))):
            raise Refused("chat.bad_host", 400)
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and _is_foreign(headers, host):
            raise Refused("chat.bad_origin", 403)
        if self.credentials is not None:
            self._check_password(headers.get("authorization", ""), client)
        if scope["method"] not in ("GET", "HEAD") and (seconds := self.requests.wait(client)):
            raise _too_soon("chat.too_many_requests", seconds=seconds)
        path = scope["path"]
        if not any(address.match(path) for address in self.open_addresses):
            served = _SERVED.get(scope["method"])
            if served is None or not served.fullmatch(path):
                raise Refused("chat.not_served", 404)
            if path.startswith(_FILE) and not self._is_own_file(path.removeprefix(_FILE)):
                raise Refused("chat.not_served", 404)
        coming = announced_length(headers.get("content-length", ""), self.limits.upload)
        if _has_files(scope) and shutil.disk_usage(self.files).free < self.limits.spare + min(coming, self.limits.upload):
            raise Refused("chat.no_space", 507)

    def _is_served(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host.strip()}").hostname or ""
        except ValueError:
            return False
        if name in self.names:
            return True
        return self.numeric and _is_address(name)

    def _check_password(self, authorization: str, client: str) -> None:
        scheme, _, encoded = authorization.partition(" ")
        given = b""
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(encoded.strip(), validate=True)
            except (binascii.Error, ValueError):
                given = b""
        elif scheme.lower() == "bearer":  # programs that know only keys give the password, or both
            given = encoded.strip().encode("latin-1", "replace")
            given = given if b":" in given else self.user + b":" + given
        # A client out of attempts is refused even with the right password, else it could go on guessing at any speed.
        right = self.credentials is not None and hmac.compare_digest(given, self.credentials)
        if given and (seconds := self.wrong_passwords.wait(client, take=not right)):
            raise _too_soon("chat.too_many_passwords", seconds=seconds)
        if not right:
            raise Refused("chat.bad_password", 401, {"WWW-Authenticate": 'Basic realm="Ask your documents", charset="UTF-8"'})

    def _is_own_file(self, path: str) -> bool:
        """Whether `path`, with links resolved, is in the folder `files`."""
        try:
            return Path(path).resolve(strict=True).is_relative_to(self.files)
        except (OSError, ValueError, RuntimeError):
            return False


def _has_files(scope: Scope) -> bool:
    """Whether a request brings files: an upload of the page, or a form with documents."""
    path = scope["path"]
    if path == _UPLOAD:
        return True
    form = Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")
    return form and scope["method"] in ("POST", "PUT") and path.startswith(_COLLECTIONS)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_foreign(headers: Headers, host: str) -> bool:
    """Whether the headers of a browser name another site as the origin of the request; programs send no such headers."""
    origin = headers.get("origin")
    if origin is not None:
        try:
            sent_by = urlsplit(origin).netloc
        except ValueError:
            return True
        if sent_by.lower() != host.lower():
            return True
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _too_soon(code: str, seconds: float) -> Refused:
    whole = int(seconds) + 1
    return Refused(code, 429, {"Retry-After": str(whole)}, seconds=whole)
