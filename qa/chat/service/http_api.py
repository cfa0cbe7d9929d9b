"""For programs that speak plain HTTP: `POST /api/ask`, `POST /api/search` and `GET /api/documents`, JSON in and out.

What cannot be asked is status 400 and `{"error": "..."}`, one line, in the language of Accept-Language; so is status 405 for
another method.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ...errors import QAError
from ..state.backend import Backend
from ..texts.messages import choose_language, message
from .endpoints import AT_ONCE, Endpoints, Refusal

WAITING = 64  # calls that may wait for their turn; more are told to come again

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PARAMETERS = {
    "ask": ("question", "k", "collection", "within", "threshold", "history"),
    "search": ("question", "k", "collection", "within"),
    "documents": ("collection",),
}


def make_routes(backend: Backend) -> list[BaseRoute]:
    """The routes, asking `backend`."""
    turns: list[anyio.CapacityLimiter] = []  # made where it is used: it belongs to the event loop

    def route(name: str, method: str) -> Route:
        async def answer(request: Request) -> Response:
            endpoints = Endpoints(backend, choose_language(request.headers.get("accept-language", "")))
            if not turns:
                turns.append(anyio.CapacityLimiter(AT_ONCE))
            if turns[0].statistics().tasks_waiting >= WAITING:
                return _json({"error": message("busy", endpoints.language)}, 503)
            try:
                given = dict(request.query_params) if method == "GET" else _parameters(await request.body(), endpoints)
                call = _call(endpoints, name, given)
                return _json(await anyio.to_thread.run_sync(call, limiter=turns[0]))
            except QAError as error:
                return _json({"error": str(error)}, 400)
            except Exception:  # a mistake in the program: for its own window, not for who asks
                traceback.print_exc()
                return _json({"error": message("failed", endpoints.language)}, 500)

        return Route(f"/api/{name}", answer, methods=[method])

    def refusal(name: str, method: str) -> Route:
        async def refuse(request: Request) -> Response:
            language = choose_language(request.headers.get("accept-language", ""))
            return _json({"error": message("wrong_method", language, method=method)}, 405, {"Allow": method})

        return Route(f"/api/{name}", refuse, methods=[other for other in _METHODS if other != method])

    methods = {"ask": "POST", "search": "POST", "documents": "GET"}
    return [make(name, method) for name, method in methods.items() for make in (route, refusal)]


def _parameters(body: bytes, endpoints: Endpoints) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        reason = "UTF-8" if isinstance(error, UnicodeDecodeError) else str(error).splitlines()[0]
        raise Refusal(message("bad_json", endpoints.language, reason=reason)) from error
    if not isinstance(given, dict):
        raise Refusal(message("bad_json", endpoints.language, reason=type(given).__name__))
    return given


def _call(endpoints: Endpoints, name: str, given: dict[str, Any]) -> Callable[[], Any]:
    known = _PARAMETERS[name]
    for parameter in given:
        if parameter not in known:
            shown = parameter[:40].encode("ascii", "backslashreplace").decode()
            raise Refusal(message("bad_parameter", endpoints.language, name=shown, names=", ".join(known)))
    if "question" in known and "question" not in given:
        raise Refusal(message("no_question", endpoints.language))
    return lambda: getattr(endpoints, name)(**given)


def _json(value: Any, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    # lone surrogates, which a question may hold, cannot be written as UTF-8
    content = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, {"Cache-Control": "no-store", **headers}, "application/json")
