"""The endpoints over plain HTTP: `POST /api/ask`, `POST /api/search` and `GET /api/documents`, JSON in and out.

`/openapi.json` describes them, and `/docs` is a page to try them, served without another server. Errors are `{"error": "..."}`,
one line in the language of Accept-Language: status 400 for a wrong request, 405 for another method, 503 for a full queue, 500
for a bug.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Coroutine, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from ...errors import CodedError, Language, QAError
from ..state.turns import Refusal
from ..texts.messages import choose_language
from .endpoints import QUESTIONS_AT_ONCE, REQUESTS, Endpoints, description
from .requests import AskRequest, DocumentsRequest, SearchRequest
from .responses import AnswerResponse, CollectionResponse, ErrorResponse, HitResponse

CALLS_WAITING = 64  # requests that may wait for their turn; further ones get status 503
API_DESCRIPTION = "Questions to your own documents, answered by quotation, each quotation with a citation that can be checked."

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SWAGGER = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}


def add_routes(router: APIRouter, endpoints: Endpoints) -> None:
    """Add the routes of `endpoints` and of their documentation to `router`."""
    router.route_class = _route_class(endpoints)
    turns: list[anyio.CapacityLimiter] = []  # created at the first request, since a limiter belongs to the event loop

    async def answer(request: Request, asked: DocumentsRequest | SearchRequest) -> Response:
        language = _language(request)
        if not turns:
            turns.append(anyio.CapacityLimiter(QUESTIONS_AT_ONCE))
        if turns[0].statistics().tasks_waiting >= CALLS_WAITING:
            return refused(QAError("chat.busy"), language, 503)
        return _json(await anyio.to_thread.run_sync(endpoints.asked, asked, language, limiter=turns[0]))

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
            f"/api/{name}", function, methods=[method], description=description(name), response_class=Response,
            responses={200: {"model": model, "description": "As the command line's --json."}, "4XX": {"model": ErrorResponse}},
        )  # fmt: skip
        others = [other for other in _METHODS if other != method]
        router.add_api_route(f"/api/{name}", _wrong_method(method), methods=others, include_in_schema=False)
    _add_pages(router)


def _wrong_method(method: str) -> Callable[[Request], Response]:
    """The handler for requests that do not use `method`."""

    def refuse(request: Request) -> Response:
        return refused(Refusal("chat.wrong_method", method=method), _language(request), 405, {"Allow": method})

    return refuse


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


def _route_class(endpoints: Endpoints) -> type[APIRoute]:
    class OneLineErrors(APIRoute):
        """A route that reads a body as JSON whatever its Content-Type (`curl -d`), and answers errors in one line."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                MutableHeaders(scope=request.scope)["content-type"] = "application/json"
                try:
                    return await handle(request)
                except (RequestValidationError, HTTPException) as error:
                    return refused(_told(error, self.name, endpoints), _language(request))
                except QAError as error:
                    return refused(error, _language(request))
                except Exception:  # a bug: the details are for the terminal, not for the client
                    traceback.print_exc()
                    return refused(QAError("chat.failed"), _language(request), 500)

            return answer

    return OneLineErrors


def _told(error: RequestValidationError | HTTPException, name: str, endpoints: Endpoints) -> QAError:
    """What is wrong with the body of a request to the endpoint `name`: no JSON object, or a wrong parameter in it."""
    cause = error.__cause__
    if cause is not None:
        reason = "UTF-8" if isinstance(cause, UnicodeDecodeError) else str(cause)
        return Refusal("chat.bad_json", reason=reason)
    problems = [{**one, "loc": one["loc"][1:]} for one in error.errors()] if isinstance(error, RequestValidationError) else []
    if not problems or not problems[0]["loc"]:  # the body as a whole
        given = problems[0]["input"] if problems else None
        return Refusal("chat.bad_json", reason="Expecting value" if given is None else type(given).__name__)
    return endpoints.refusal(problems, REQUESTS[name])


def _language(request: Request) -> Language:
    return choose_language(request.headers.get("accept-language", ""))


def refused(
    error: CodedError, language: Language, status: int = 400, headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    """An error as a response: `{"error": "..."}`."""
    return _json({"error": error.told(language)}, status, headers)


def _json(value: Any, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    # "replace", since a document's name may hold lone surrogates, which UTF-8 cannot encode
    content = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, {"Cache-Control": "no-store", **headers}, "application/json")
