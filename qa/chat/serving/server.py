"""The HTTP server of the page and the endpoints, in a thread of this process."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import fastapi
import gradio as gr
import h11
import uvicorn
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from ... import __version__
from ...documents.read import largest_file
from ...service.api.documents import Documents
from ...service.api.documents_api import add_document_routes
from ...service.api.endpoints import Endpoints
from ...service.api.http_api import API_DESCRIPTION, add_routes
from ...service.api.mcp_tools import ADDRESS as MCP_ADDRESS
from ...service.api.mcp_tools import make_mcp_server
from ...service.api.openai_api import add_openai_routes
from ...service.api.replies import Lines
from ...service.api.retrieval_api import add_retrieval_routes
from ...service.backend import Backend
from ...service.web.exchange import ClientLimits
from ...service.web.guards import WILDCARDS, Guards, names_served
from ...service.web.metrics import Metrics
from ...service.web.prefix import with_prefix, without_prefix
from ...service.web.sign_in import add_sign_in
from ..page.theme import make_theme
from ..process import prepare_process
from .first_load import STATIC, FirstLoad
from .gradio_api import add_endpoints

HEADER_SECONDS = 10  # for the request line and headers of a connection's first request
CONNECTIONS = 1000  # a page keeps two or three open
SESSIONS = 200  # pages whose state is kept, of which each takes 0.1 to 0.2 MB; beyond them the one that rested longest goes
EVENTS_WAITING = 64  # events that may wait in Gradio's queue; further ones are refused
EVENTS_AT_ONCE = 16  # events of one kind that run at the same time
CLOSE_SECONDS = 3  # for open requests to end when the server stops

_SCRIPTS = ("stream.js", "chat.js", "keep.js", "reader.js")


def launch_chat(
    page: gr.Blocks,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    backend: Backend | None = None,
    mcp: bool = False,
    names: Iterable[str] = (),
    credentials: tuple[str, str] | None = None,
    limits: ClientLimits | None = None,
    import_from: Sequence[str] = (),
    trusted_proxies: Sequence[str] = (),
    root_path: str = "",
    frame_ancestors: Sequence[str] = (),
) -> str:
    """Serve `page` on `host` and `port` and return its URL; `page.close()` stops the server.

    `backend` answers programs at `/api/` and, with `mcp`, at `/mcp`; None serves the page alone. `names` are further host names
    of the server, as behind a proxy; `credentials` are the user and password that every request needs, None for no password;
    `limits` are those for one client; `import_from` are the folders whose files programs may put
    in by their address. What `X-Forwarded-For` says is believed of `trusted_proxies`, addresses, and of nobody else.
    `root_path` is the path under which a proxy shows the server, `frame_ancestors` are the sites that may show its page. Raises
    OSError when the port is taken.
    """
    limits = limits or ClientLimits()
    uploads = prepare_process()
    listening = _listen(host, port)
    users = backend.users if backend is not None else None
    metrics = Metrics(backend)
    if backend is None:
        whole = fastapi.FastAPI(openapi_url=None)
    else:
        whole = _programs_app(page, Endpoints(backend), Documents(backend, import_from, uploads), mcp)
    metrics.add_route(whole.router)
    behind = bool(names or trusted_proxies or root_path)
    guarded = Guards(
        with_prefix(whole), host, names_served(host, names), credentials, (), uploads, limits, users, behind, frame_ancestors
    )
    if guarded.accounts is not None:
        add_sign_in(whole.router, guarded.accounts)
    guarded.open_addresses = tuple(route.path_regex for route in whole.routes if isinstance(route, Route))
    page.state_session_capacity = SESSIONS
    page.delete_cache = (600, 3600)  # every 600 s delete uploads older than 3600 s that no handler has taken
    gr.mount_gradio_app(
        whole, page.queue(max_size=EVENTS_WAITING, default_concurrency_limit=EVENTS_AT_ONCE, api_open=False), path="/",
        root_path=root_path, server_name=host, server_port=port, ssr_mode=False, run_history=False, enable_monitoring=False,
        mcp_server=False, pwa=False, show_error=False, footer_links=[], max_file_size=min(largest_file(), limits.upload),
        allowed_paths=[], theme=make_theme(), favicon_path=str(STATIC / "icon.svg"),
        auth_dependency=(lambda request: request.scope.get("qa.user")) if users else None,
    )  # fmt: skip
    guarded.app = FirstLoad(with_prefix(whole), page, (*_SCRIPTS, *(["account.js"] if users else ())))
    whole.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    page.has_launched = True  # `mount_gradio_app` does not set it, and without it Gradio accepts any path as an upload's
    page.server = _Server(without_prefix(metrics.around(guarded), root_path), listening, trusted_proxies)
    page.app = next(route.app for route in whole.routes if isinstance(route, Mount))
    page.server.start()
    shown = "localhost" if host in WILDCARDS else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def _programs_app(page: gr.Blocks, endpoints: Endpoints, documents: Documents, mcp: bool) -> fastapi.FastAPI:
    """A FastAPI application with the endpoints for programs, into which Gradio is mounted."""
    add_endpoints(page, endpoints)
    tools = make_mcp_server(endpoints, documents) if mcp else None

    @asynccontextmanager
    async def lifespan(_: fastapi.FastAPI) -> AsyncIterator[None]:
        if tools is None:
            yield
        else:
            async with tools.session_manager.run():
                yield

    whole = fastapi.FastAPI(
        title="Ask your documents", description=API_DESCRIPTION, version=__version__, docs_url=None, redoc_url=None,
        lifespan=lifespan,
    )  # fmt: skip
    lines = Lines()
    for add in (add_routes, add_openai_routes, add_retrieval_routes):
        add(whole.router, endpoints, lines)
    add_document_routes(whole.router, documents, lines)
    if tools is not None:
        # a wildcard host turns off the package's own checks of host names and origins: `Guards` checks them for every path
        whole.routes.extend(
            tools.streamable_http_app(
                streamable_http_path=MCP_ADDRESS, json_response=True, stateless_http=True, host=WILDCARDS[0]
            ).routes
        )
    return whole


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening


def _is_told(record: logging.LogRecord) -> bool:
    """Whether uvicorn's message is worth telling: not the trace of a request that the end of the server cut off."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class _Server(uvicorn.Server):
    """Uvicorn in a thread, with limits on connections and time."""

    def __init__(self, app: ASGIApp, listening: socket.socket, trusted_proxies: Sequence[str] = ()) -> None:
        settings = uvicorn.Config(
            app, http=_PromptHttp, ws="none", log_level="warning", access_log=False, server_header=False,
            limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=CLOSE_SECONDS,
            proxy_headers=bool(trusted_proxies), forwarded_allow_ips=list(trusted_proxies),
        )  # fmt: skip
        super().__init__(settings)
        logging.getLogger("uvicorn.error").addFilter(_is_told)
        self._listening = listening
        self._thread = threading.Thread(target=self.run, args=([listening],), name="server", daemon=True)

    def start(self) -> None:
        """Start the thread and return once requests are answered. Raises OSError when it ends before."""
        self._thread.start()
        while not self.started:
            self._thread.join(0.01)
            if not self._thread.is_alive():
                raise OSError("the server did not start")

    def close(self) -> None:
        """Stop the server; Gradio's `close` calls it."""
        self.should_exit = True
        self._thread.join(2 * CLOSE_SECONDS)
        self._listening.close()


class _PromptHttp(H11Protocol):
    """Uvicorn's HTTP, but a connection whose request line and headers are not complete after HEADER_SECONDS is closed."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._forget()
        elif self._timer is None:
            self._timer = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
