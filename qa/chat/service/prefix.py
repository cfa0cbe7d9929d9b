"""The path under which a proxy shows the chat: `--root-path /qa`. Plain ASGI.

A proxy may send a request with the prefix or take it away first; both are the same from here on. What lies between the two
functions below, the checks, sees addresses without it; what answers knows it as `root_path`, and makes its own addresses with it.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


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
