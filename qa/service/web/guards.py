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
import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ...errors import one_line
from ..access.acting import asks
from ..access.users import Users
from ..hosts import address_of
from .exchange import FILE_HEADERS, Body, ClientLimits, GuardedResponse, Refused, announced_length, security_headers
from .sign_in import SIGN_IN, Accounts, link_in

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARDS = ("0.0.0.0", "::")

# The routes of Gradio that the page and programs need. Left out are those that fetch a URL for the client, call endpoints past
# the queue, or belong to features that are off. The page calls events without a queue by `run/predict`.
_JOIN = "/gradio_api/queue/join"
_UPLOAD = "/gradio_api/upload"
_FILE = "/gradio_api/file="
_GRADIO, _HEARTBEAT = "/gradio_api/", "/gradio_api/heartbeat/"
METRICS = "/metrics"
_FOR_PROGRAMS = (METRICS, "/api/", "/v1/", "/retrieval", "/mcp")
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")  # what proxies add
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
_FILES = re.compile(r"/assets/[\w.-]+\.(?:js|css)")


_MOST_CLIENTS = 10_000  # whose tokens are counted at the same time
_MOST_LET_IN = 1_000  # addresses remembered as those of people who know the password


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
        if len(self._left) >= _MOST_CLIENTS:  # a full bucket needs no entry; if there are still too many, the oldest go
            full = self.size / self.rate
            kept = [(name, entry) for name, entry in self._left.items() if now - entry[1] < full]
            self._left = dict(sorted(kept, key=lambda item: item[1][1])[-_MOST_CLIENTS // 2 :])
        self._left[client] = (left - 1, now)
        return 0


class Owners:
    """Whose the sessions are: the user's who first named them. The oldest of 100,000 are forgotten."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def belongs(self, name: str, user: str) -> bool:
        """Whether the session `name` is the user's, who becomes its owner if it has none."""
        if len(self._owners) >= 100_000:
            del self._owners[next(iter(self._owners))]
        return self._owners.setdefault(name[:200], user) == user


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
    beside Gradio's, as patterns. `files` is the only folder whose files are served by path; with `users`, who then
    have to sign in or send a key, none is.
    `behind` is whether a proxy stands in front, so that a request from this machine may be anybody's; `ancestors` are the sites
    that may show the page within theirs.
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
        users: Users | None = None,
        behind: bool = False,
        ancestors: Sequence[str] = (),
    ) -> None:
        self.app = app
        self.behind = behind
        self.headers = security_headers(ancestors)
        self.numeric = host in WILDCARDS  # serve any numeric address then; DNS rebinding needs a name
        self.names = frozenset(names)
        self.credentials = None if credentials is None else ":".join(credentials).encode()
        self.user = b"" if credentials is None else credentials[0].encode()
        self.open_addresses = tuple(open_addresses)
        self.files = files.resolve()
        self.limits = limits
        self.requests = Allowance(limits.rate, limits.rate * limits.burst)
        self.reads = Allowance(10 * limits.rate, 10 * limits.rate * limits.burst)  # a page is some sixty files
        self.wrong_passwords = Allowance(0.2, 10)
        self.guesses = Allowance(1, 50)  # of all clients together, since one may have very many addresses
        self._let_in: dict[str, None] = {}
        self.accounts = None if users is None else Accounts(users, self._wait, bool(ancestors))
        self.sessions = Owners()

    def _wait(self, client: str, take: bool) -> float:
        """The seconds until another password may be given; with `take` a wrong one was.

        They are counted for a client and, but for those that have given a right one before, for all clients together: nobody is
        locked out by others.
        """
        client = network_of(client)
        seconds = self.wrong_passwords.wait(client, take=take)
        return seconds or (0 if client in self._let_in else self.guesses.wait("", take=take))

    def _let(self, client: str) -> None:
        """Note a client that is somebody's who may ask."""
        self._let_in[client] = None
        if len(self._let_in) > _MOST_LET_IN:
            del self._let_in[next(iter(self._let_in))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        added = FILE_HEADERS if _FILES.fullmatch(scope["path"]) else self.headers
        answer = GuardedResponse(send, _replaced(scope["path"], from_page="origin" in headers), added)
        body = Body(receive, self.limits, uploads=_has_files(scope))
        try:
            self._check_origin(scope)
            if self.accounts is not None:
                await self._check_user(self.accounts, scope, headers)
            self._check(scope)
            await body.begin(headers)
            if self.accounts is not None:
                self._check_session(scope, body)
            try:
                await self.app(scope, body.receive, answer.send if body.whole else answer.unless(body))
            except Exception as error:
                if answer.began and isinstance(error.__cause__, HTTPException):  # told in the stream itself: no such event
                    await answer.end()
                elif body.refused is None:
                    _tell(scope, error)
                    if not answer.began:
                        raise (_unlike_the_page() if _is_gradios(scope["path"]) else Refused("chat.failed", 500)) from error
            if body.refused is not None:
                raise body.refused
            if answer.withholds is not None:
                raise answer.withholds
        except Refused as refused:
            if not answer.began:
                await answer.refuse(refused, headers)
                await body.drain()
                await answer.end()

    def _check_origin(self, scope: Scope) -> None:
        """The host name and the site that a request comes from."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        path = scope["path"]
        forwarded = headers.get("x-forwarded-host", host)  # Gradio makes its URLs from it
        if not all(map(self._is_served, (host, *forwarded.split(",")))):
            raise Refused("chat.bad_host", 400)
        reads = scope["method"] in ("GET", "HEAD")
        # another site may link to a page of this one, but not read what programs read
        if (path.startswith(_FOR_PROGRAMS) or not (reads or scope["method"] == "OPTIONS")) and _is_foreign(headers, host):
            raise Refused("chat.bad_origin", 403)

    async def _check_user(self, accounts: Accounts, scope: Scope, headers: Headers) -> None:
        """Note who sends the request. A browser that asks for the page is sent to the form, everything else is refused."""
        if scope["path"] == SIGN_IN or self._is_own_metrics(scope, headers):
            return
        user, seconds = await accounts.sender(headers, _client(scope))
        if seconds:
            raise _too_soon("chat.too_many_passwords", seconds=seconds)
        if user is None:
            if scope["method"] in ("GET", "HEAD") and scope["path"] == "/" and "text/html" in headers.get("accept", ""):
                link = link_in(scope.get("query_string", b"").decode("latin-1"))
                raise Refused("chat.not_signed_in", 303, {"Location": f"{scope.get('root_path', '')}{SIGN_IN}{link}"})
            raise Refused("chat.not_signed_in", 401, {"WWW-Authenticate": 'Bearer realm="Ask your documents"'})
        self._let(_client(scope))
        scope["qa.user"] = user.name
        asks(user)

    def _check_session(self, scope: Scope, body: Body) -> None:
        """A session of the page, and the progress of an upload, belong to who began it."""
        given = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=50)
        named = [*given.get("session_hash", ()), *given.get("upload_id", ())]
        if scope["path"].startswith(_HEARTBEAT):
            named.append(scope["path"].removeprefix(_HEARTBEAT))
        if body.whole and scope["method"] == "POST" and scope["path"].startswith(_GRADIO):
            named.append(body.field("session_hash"))
        for name in filter(None, named):
            if not self.sessions.belongs(name, scope.get("qa.user", "")):
                raise Refused("chat.not_served", 404)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        client = _client(scope)
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        if self.credentials is not None and not self._is_own_metrics(scope, headers):
            self._check_password(headers.get("authorization", ""), client)
        if seconds := (self.reads if reads else self.requests).wait(client):
            raise _too_soon("chat.too_many_requests", seconds=seconds)
        if not any(address.match(path) for address in self.open_addresses):
            served = _SERVED.get(scope["method"])
            if served is None or not served.fullmatch(path):
                raise Refused("chat.not_served", 404)
            if path.startswith(_FILE) and (self.accounts is not None or not self._is_own_file(path.removeprefix(_FILE))):
                raise Refused("chat.not_served", 404)
        coming = announced_length(headers.get("content-length", ""), self.limits.upload)
        if _has_files(scope) and shutil.disk_usage(self.files).free < self.limits.spare + min(coming, self.limits.upload):
            raise Refused("chat.no_space", 507)

    def _is_own_metrics(self, scope: Scope, headers: Headers) -> bool:
        """Whether a program of this machine itself asks for the counts, which needs no password."""
        own = scope["path"] == METRICS and _client(scope) == "loopback" and not self.behind
        return own and not any(name in headers for name in _FORWARDED)

    def _is_served(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host.strip()}").hostname or ""
        except ValueError:
            return False
        if name in self.names:
            return True
        return self.numeric and address_of(name) is not None

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
        if given and (seconds := self._wait(client, not right)):
            raise _too_soon("chat.too_many_passwords", seconds=seconds)
        if right:
            self._let(client)
        if not right:
            raise Refused("chat.bad_password", 401, {"WWW-Authenticate": 'Basic realm="Ask your documents", charset="UTF-8"'})

    def _is_own_file(self, path: str) -> bool:
        """Whether `path`, with links resolved, is in the folder `files`."""
        try:
            return Path(path).resolve(strict=True).is_relative_to(self.files)
        except (OSError, ValueError, RuntimeError):
            return False


def _client(scope: Scope) -> str:
    return network_of(str((scope.get("client") or ("",))[0]))


def network_of(address: str) -> str:
    """What counts as one client: all of this machine's own addresses, an IPv4 address, or the 64 bits of an IPv6 network.

    "" for what is no address, so that no client chooses a key, nor its length.
    """
    number = address_of(address.partition("%")[0])
    if number is None:
        return ""
    number = getattr(number, "ipv4_mapped", None) or number
    if number.is_loopback:
        return "loopback"
    return str(number if number.version == 4 else ipaddress.ip_network((number, 64), strict=False))


def _is_gradios(path: str) -> bool:
    """Whether the page's own routes are asked, which fail on requests that the page does not make."""
    return path.startswith("/gradio_api/")


def _unlike_the_page() -> Refused:
    return Refused("chat.bad_request", 400)


def _replaced(path: str, *, from_page: bool) -> dict[int, Refused]:
    """The statuses of Gradio's responses that are replaced, and by what: Gradio knows English only."""
    if not _is_gradios(path):
        return {}
    replaced = {status: _unlike_the_page() for status in (422, 500)}
    if path == _JOIN and from_page:
        replaced[503] = Refused("chat.busy", 429)
    if path == _UPLOAD:
        replaced[400] = Refused("chat.bad_upload", 400)
    return replaced


def _tell(scope: Scope, error: Exception) -> None:
    """Say in one line on the terminal that a request failed."""
    print(one_line(f"{scope['method']} {scope['path'][:100]}: {type(error).__name__}: {str(error)[:200]}"), file=sys.stderr)


def _has_files(scope: Scope) -> bool:
    """Whether a request brings files: an upload of the page, or a form with documents."""
    path = scope["path"]
    if path == _UPLOAD:
        return True
    form = Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")
    return form and scope["method"] in ("POST", "PUT") and path.startswith(_COLLECTIONS)


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
