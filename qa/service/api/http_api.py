"""The endpoints over plain HTTP: `POST /api/ask`, `POST /api/search` and `GET /api/documents`, JSON in and out.

`/openapi.json` describes them, and `/docs` is a page to try them, served without another server. Errors are `{"error": "..."}`,
one line in the language of Accept-Language: status 400 for a wrong request, 405 for another method, 503 for a full queue, 500
for a bug.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from .endpoints import REQUESTS, Endpoints, description
from .replies import Lines, as_json, language_of, one_line_errors, refused
from .requests import AskRequest, DocumentsRequest, Refusal, SearchRequest
from .responses import AnswerResponse, CollectionResponse, ErrorResponse, HitResponse

API_DESCRIPTION = "Questions to your own documents, answered by quotation, each quotation with a citation that can be checked."
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorResponse, "description": "Why the request is refused."},
    "5XX": {"model": ErrorResponse, "description": "Too many requests wait, or the program failed."},
}

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_SWAGGER = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}


def add_routes(router: APIRouter, endpoints: Endpoints, lines: Lines) -> None:
    """Add the routes of `endpoints` and of their documentation to `router`."""
    router.route_class = one_line_errors(lambda problems, name: endpoints.refusal(problems, REQUESTS[name]))

    async def answer(request: Request, asked: DocumentsRequest | SearchRequest) -> Response:
        return as_json(await lines.run(endpoints.asked, asked, language_of(request)))

    async def ask(request: Request, asked: AskRequest) -> Response:
        return await answer(request, asked)

    async def search(request: Request, asked: SearchRequest) -> Response:
        return await answer(request, asked)

    async def documents(request: Request, asked: Annotated[DocumentsRequest, Query()]) -> Response:
        return await answer(request, asked)

    for function, method, model in (
        (ask, "POST", AnswerResponse), (search, "POST", list[HitResponse]), (documents, "GET", list[CollectionResponse])
    ):  # fmt: skip
        name = function.__name__
        router.add_api_route(
            f"/api/{name}", function, methods=[method], description=description(name), response_class=Response, tags=["ask"],
            responses={200: {"model": model, "description": "As the command line's --json."}, **ERRORS},
        )  # fmt: skip
        add_refusals(router, f"/api/{name}", [method])
    _add_pages(router)

    def health() -> Response:
        backend = endpoints.backend
        status = "ok" if backend.ready else "failed" if backend.loaded else "loading"
        return as_json({"status": status}, 200 if backend.ready else 503)

    router.add_api_route("/health", health, methods=["GET"], include_in_schema=False, response_model=None)


def add_refusals(router: APIRouter, path: str, methods: list[str]) -> None:
    """Let `router` refuse, in one line, every method but `methods` at `path`."""
    allowed = ", ".join(methods)

    def refuse(request: Request) -> Response:
        return refused(Refusal("chat.wrong_method", method=allowed), language_of(request), 405, {"Allow": allowed})

    others = [other for other in _METHODS if other not in methods]
    router.add_api_route(path, refuse, methods=others, include_in_schema=False)


def _add_pages(router: APIRouter) -> None:
    """Add `/docs`, the page on `/openapi.json`. FastAPI's own loads its scripts from another server."""

    def docs() -> Response:
        return get_swagger_ui_html(
            openapi_url="openapi.json", title="Ask your documents: API", oauth2_redirect_url=None,
            swagger_js_url="docs/swagger-ui-bundle.js", swagger_css_url="docs/swagger-ui.css",
            swagger_favicon_url="docs/favicon.png", swagger_ui_parameters={"validatorUrl": None},
        )  # fmt: skip

    def file(name: str, kind: str) -> Callable[[], Response]:
        return lambda: FileResponse(str(files("fastapi_offline") / "static" / name), media_type=kind)

    router.add_api_route("/docs", docs, include_in_schema=False)
    for name, kind in _SWAGGER.items():
        router.add_api_route(f"/docs/{name}", file(name, kind), include_in_schema=False, response_model=None)
