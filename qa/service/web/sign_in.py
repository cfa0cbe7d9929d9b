"""Who sends a request: by a key, by name and password (HTTP Basic), or by the cookie of a browser that has signed in.

`/sign-in` is a form, on a page that loads nothing; `/sign-out` ends the browser's session. What the browser has stored of
conversations is cleared by both, so that the next user of the same browser does not see it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import parse_qs

import anyio
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ...errors import QAError
from ..access.users import SESSION_SECONDS, User, Users
from ..api.replies import as_json, language_of
from ..messages import message

COOKIE = "qa-session"
SIGN_IN, SIGN_OUT, ME = "/sign-in", "/sign-out", "/api/me"

_PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>:root{{color-scheme:light dark;background:Canvas}}
body{{font:1rem/1.6 system-ui,sans-serif;max-width:22rem;
margin:15vh auto;padding:0 1rem}}label,input,button{{display:block;width:100%;box-sizing:border-box;font:inherit}}
input{{padding:.5rem;margin-bottom:1rem}}button{{padding:.6rem}}input,button{{min-height:2.75rem}}
[role=alert]{{color:light-dark(#b3261e,#ff8a80)}}</style>
<main><h1>{title}</h1>{problem}<form method="post" action="{action}">
<label for="name">{name}</label>
<input id="name" name="name" value="{typed}" autocomplete="username" autocapitalize="none" spellcheck="false" required{at_name}>
<label for="password">{password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{at_password}>
<button>{button}</button></form></main>
<script>try {{ localStorage.removeItem('qa-conversations'); sessionStorage.clear() }} catch {{}}</script>"""


class Accounts:
    """The users of the server, and who of them sends a request.

    `wait(client, take)` is how many seconds a client has to wait after wrong passwords; with `take` one more was wrong.
    `elsewhere` is whether the page is shown within another site's, which then needs a cookie that goes with it.
    """

    def __init__(self, users: Users, wait: Callable[[str, bool], float], elsewhere: bool = False) -> None:
        self.users = users
        self.wait = wait
        self.elsewhere = elsewhere

    async def sender(self, headers: Headers, client: str) -> tuple[User | None, float]:
        """Who sends a request with these `headers`, None for nobody; and the seconds to wait after too many wrong passwords."""
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.users.with_key(rest.strip()), 0  # a key cannot be guessed, so wrong ones are not counted
        if scheme.lower() == "basic":
            try:
                name, _, password = base64.b64decode(rest.strip(), validate=True).decode("utf-8", "replace").partition(":")
            except (binascii.Error, ValueError):
                return None, 0
            return await self.known(name, password, client)
        token = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return (self.users.in_session(token) if token else None), 0

    async def known(self, name: str, password: str, client: str) -> tuple[User | None, float]:
        """The user with this name and password. A client out of attempts is refused without looking."""
        if seconds := self.wait(client, False):
            return None, seconds
        user = await anyio.to_thread.run_sync(self.users.with_password, name, password)
        return user, 0 if user is not None else self.wait(client, True)


def add_sign_in(router: APIRouter, accounts: Accounts) -> None:
    """Add the form, the end of a session, and `/api/me`, which says who has signed in."""

    def form(request: Request, problem: str = "", status: int = 200, typed: str = "") -> Response:
        language = language_of(request)
        texts = {key: escape(message(f"sign_in_{key}", language)) for key in ("title", "name", "password", "button")}
        told = f'<p role="alert">{escape(problem)}</p>' if problem else ""
        action = f"{request.scope.get('root_path', '')}{SIGN_IN}{link_in(request.url.query)}"
        page = _PAGE.format(
            lang="zh-CN" if language == "zh" else "en", problem=told, action=escape(action), typed=escape(typed),
            at_name="" if typed else " autofocus", at_password=" autofocus" if typed else "", **texts,
        )  # fmt: skip
        return HTMLResponse(page, status, {"Cache-Control": "no-store"})

    async def ask(request: Request) -> Response:
        return form(request)

    async def sign_in(request: Request) -> Response:
        given = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        name, password = (given.get(field, [""])[0] for field in ("name", "password"))
        client = request.client.host if request.client else ""
        user, seconds = await accounts.known(name, password, client)
        if user is None:
            error = QAError("chat.too_many_passwords", seconds=int(seconds) + 1) if seconds else QAError("chat.wrong_password")
            return form(request, error.told(language_of(request)), 429 if seconds else 401, name)
        response = _to_page(request)
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, accounts.users.session_of(user), max_age=SESSION_SECONDS, path=_root(request), httponly=True, secure=secure,
            samesite="none" if accounts.elsewhere and secure else "lax",
        )  # fmt: skip
        return response

    async def sign_out(request: Request) -> Response:
        response = RedirectResponse(f"{request.scope.get('root_path', '')}{SIGN_IN}", 303)
        response.delete_cookie(COOKIE, path=_root(request))
        return response

    async def me(request: Request) -> Response:
        user = accounts.users.named(request.scope.get("qa.user", "")) or User("")
        told: dict[str, Any] = {"user": user.name, "manages": user.manages, "reads": user.reads, "changes": user.changes}
        return as_json({**told, "sign_out": message("sign_out", language_of(request), name=user.name)})

    for path, method, function in (
        (SIGN_IN, "GET", ask), (SIGN_IN, "POST", sign_in), (SIGN_OUT, "POST", sign_out), (ME, "GET", me)
    ):  # fmt: skip
        router.add_api_route(path, function, methods=[method], include_in_schema=False, response_model=None)


def _root(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}/"


def _to_page(request: Request) -> RedirectResponse:
    return RedirectResponse(_root(request) + link_in(request.url.query), 303)


def link_in(query: str) -> str:
    """What of a query leads to a place in a document, which is kept while somebody signs in."""
    return f"?{query}" if query.startswith("open=") else ""
