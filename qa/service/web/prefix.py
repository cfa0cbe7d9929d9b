"""The path under which a proxy shows the chat: `--root-path /qa`. Plain ASGI.

A proxy may send a request with the prefix or take it away first; both are the same from here on. What lies between the two
functions below, the checks, sees addresses without it; what answers knows it as `root_path`, and makes its own addresses with it.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ...config import WrongUsage

# Every address that the chat serves, down to where a part of it may be anything. With one of them as prefix it could not be told
# whether a proxy has taken the prefix away.
OWN = (
    "/api/ask", "/api/collections", "/api/documents", "/api/me", "/api/search", "/api/v1/retrieval", "/assets", "/config",
    "/docs", "/favicon.ico", "/gradio_api", "/health", "/manifest.json", "/mcp", "/metrics", "/openapi.json", "/retrieval",
    "/robots.txt", "/sign-in", "/sign-out", "/static", "/svelte", "/theme.css", "/v1/chat/completions", "/v1/models",
)  # fmt: skip


def check_prefix(prefix: str) -> None:
    """Raise `WrongUsage` for a prefix that is an address of the chat's own, or lies above or below one."""
    for own in OWN if prefix else ():
        if f"{own}/".startswith(f"{prefix}/") or prefix.startswith(f"{own}/"):
            raise WrongUsage("chat.prefix_is_own", "--root-path", prefix=prefix, own=own)


def without_prefix(app: ASGIApp, prefix: str) -> ASGIApp:
    """`app` for requests with and without `prefix`, which it finds as `root_path` alone."""
    if not prefix:
        return app

    async def taken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if path == prefix:  # the addresses in the page are relative to a folder
                await RedirectResponse(f"{prefix}/", 308)(scope, receive, send)
                return
            scope = {**scope, "root_path": prefix}
            if path.startswith(f"{prefix}/"):
                scope["path"] = path.removeprefix(prefix)
        await app(scope, receive, send)

    return taken


def with_prefix(app: ASGIApp) -> ASGIApp:
    """`app` as Starlette wants to be asked: with `root_path` at the beginning of `path`."""

    async def given(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("root_path"):
            path = scope["root_path"] + scope["path"]
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return given
