"""The chat behind a real reverse proxy under a path, and its page within another site's."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
import uvicorn
from chat_helpers import ASKED, Served, as_json, asked_json, backend  # noqa: F401
from gradio_client import Client
from liar import Liar, liar  # noqa: F401
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from test_browser import BOX, WAIT, browser  # noqa: F401

import qa
from qa.chat.options import read_options
from qa.config import WrongUsage
from qa.service.backend import Backend
from qa.service.llm.writer import Writer
from qa.service.web.exchange import HEADERS, ClientLimits, security_headers
from qa.service.web.prefix import check_prefix

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")

PREFIX = "/tools/ask"
OWN = ("connection", "host", "transfer-encoding")  # headers that are a proxy's own


@contextmanager
def site(app: Starlette) -> Iterator[str]:
    """`app`, served on a free port; its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # who connects before the server is up waits for it
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def proxy(upstream: str, strips: bool, buffers: bool = False) -> Starlette:
    """A reverse proxy for everything below PREFIX, which passes bodies and streams on as they come, unless it `buffers`."""
    client = httpx.AsyncClient(base_url=upstream, trust_env=False, timeout=60)

    async def forward(request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        asked = path.removeprefix(PREFIX) if strips else path
        query = request.scope["query_string"].decode()
        headers = [(name, value) for name, value in request.headers.items() if name not in OWN]
        headers += [("host", request.headers["host"]), ("x-forwarded-for", "192.0.2.7")]
        sent = client.build_request(
            request.method, f"{asked}?{query}" if query else asked, headers=headers,
            content=request.stream() if request.method in ("POST", "PUT") else None,
        )  # fmt: skip
        answer = await client.send(sent, stream=True)

        async def parts() -> AsyncIterator[bytes]:
            kept = b""
            async for part in answer.aiter_raw():
                kept += part
                if not buffers:
                    yield kept
                    kept = b""
            await answer.aclose()
            yield kept

        kept = {name: value for name, value in answer.headers.items() if name not in OWN}
        return StreamingResponse(parts(), answer.status_code, kept)

    methods = ["GET", "HEAD", "POST", "PUT", "DELETE"]
    return Starlette(routes=[Route(PREFIX, forward, methods=methods), Route(PREFIX + "{rest:path}", forward, methods=methods)])


@pytest.fixture(scope="module")
def behind(backend: Backend) -> Iterator[Served]:
    running = Served(backend, mcp=True, limits=ClientLimits(rate=1000), root_path=PREFIX, trusted_proxies=["127.0.0.1"])
    yield running
    running.close()


@pytest.fixture(scope="module", params=[True, False], ids=["strips", "passes on"])
def outside(behind: Served, request: pytest.FixtureRequest) -> Iterator[str]:
    with site(proxy(behind.url, request.param)) as origin:
        yield origin + PREFIX


def test_addresses_that_it_makes_have_the_prefix(outside: str, tiny_index: qa.Index) -> None:
    with httpx.Client(trust_env=False, timeout=60) as http:
        page = http.get(f"{outside}/")
        assert page.status_code == 200
        assert http.get(f"{outside}/config").json()["root"] == outside
        assert http.get(f"{outside}/openapi.json").json()["servers"] == [{"url": PREFIX}]
        assert "swagger-ui" in http.get(f"{outside}/docs").text
        assert http.get(f"{outside}/docs/swagger-ui.css").headers["content-type"].startswith("text/css")
        answer = http.post(f"{outside}/api/ask", json={"question": ASKED})
        assert answer.json() == as_json(asked_json(tiny_index, ASKED))
        made = http.post(
            f"{outside}/v1/chat/completions", json={"model": "default", "messages": [{"role": "user", "content": ASKED}]}
        )
        assert {one["url"].partition("?")[0] for one in made.json()["citations"]} == {f"{outside}/"}
        assert http.get(outside.removesuffix(PREFIX) + "/api/documents").status_code == 404


def test_the_static_files_that_the_page_names_are_there(outside: str) -> None:
    with httpx.Client(trust_env=False, timeout=60) as http:
        named = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', http.get(f"{outside}/").text)
        assert named
        for address in named:
            assert http.get(httpx.URL(f"{outside}/").join(address)).status_code == 200, address


def test_gradios_client_asks_over_a_stream_and_uploads_a_file(outside: str, tmp_path: Path, tiny_index: qa.Index) -> None:
    client = Client(f"{outside}/", verbose=False)
    assert client.predict(ASKED, api_name="/ask") == as_json(asked_json(tiny_index, ASKED))
    file = {"files": ("a.txt", b"one of many " * 100_000)}
    with httpx.Client(trust_env=False, timeout=60) as http:
        (kept,) = http.post(f"{outside}/gradio_api/upload", files=file).json()
        assert http.get(f"{outside}/gradio_api/file={kept}").content == file["files"][1]


def summary_streamed(outside: str, liar: Liar, backend: Backend, encoding: str = "identity") -> str:
    """What the stream of a reply holds, whose summary is written only once its quotations have been received."""
    received = threading.Event()
    liar.script = [received, "綦河洪峰水位227.6米 [1]。"]
    asked = {"model": "default", "stream": True, "summary": True, "messages": [{"role": "user", "content": ASKED}]}
    text = ""
    backend.writer = Writer(liar.url, "m")
    try:
        with httpx.stream(
            "POST",
            f"{outside}/v1/chat/completions",
            json=asked,
            headers={"accept-encoding": encoding},
            trust_env=False,
            timeout=60,
        ) as reply:
            for line in filter(None, reply.iter_lines()):
                if line != "data: [DONE]":
                    text += json.loads(line.removeprefix("data: "))["choices"][0]["delta"].get("content", "")
                if "[1]" in text:
                    received.set()
    finally:
        backend.writer = None
    assert line == "data: [DONE]"
    return text


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_reply_comes_while_it_is_still_being_written(outside: str, backend: Backend, liar: Liar, encoding: str) -> None:
    text = summary_streamed(outside, liar, backend, encoding)
    assert text.count("[1]") == 2
    assert text.endswith("\n綦河洪峰水位227.6米 [1]。")


def test_a_proxy_that_keeps_a_reply_back_would_be_noticed(behind: Served, backend: Backend, liar: Liar) -> None:
    liar.patience = 0.5
    with site(proxy(behind.url, strips=True, buffers=True)) as origin:
        assert summary_streamed(origin + PREFIX, liar, backend).count("[1]") == 1  # the summary was never written


def test_tools_for_language_models_are_there(outside: str, tiny_index: qa.Index) -> None:
    from mcp import Client as Tools

    async def ask() -> str:
        async with Tools(f"{outside}/mcp") as tools:
            return (await tools.call_tool("ask", {"question": ASKED})).content[0].text

    with ThreadPoolExecutor() as apart:  # the browser of the other tests has a loop in this thread
        assert json.loads(apart.submit(anyio.run, ask).result()) == as_json(asked_json(tiny_index, ASKED))


def test_without_the_last_slash_it_leads_to_the_page(behind: Served) -> None:
    with site(proxy(behind.url, False)) as origin:
        answer = httpx.get(origin + PREFIX, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (308, f"{PREFIX}/")


@pytest.mark.browser
def test_the_page_asks_and_answers_under_the_prefix(outside: str, browser: Browser) -> None:
    page = browser.new_page()
    failed: list[str] = []
    page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    page.goto(f"{outside}/")
    page.wait_for_selector("html[data-ready]", timeout=WAIT)
    page.fill(BOX, ASKED)
    page.press(BOX, "Enter")
    page.wait_for_selector("#conversation .sure", timeout=WAIT)
    assert failed == []
    page.close()


# -- within another site --------------------------------------------------------------------------------------------------


def test_who_may_show_the_page_within_its_own() -> None:
    policy = security_headers(["https://a.example", "http://b.example:81"])["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://a.example http://b.example:81")
    assert security_headers() == HEADERS
    assert HEADERS["Content-Security-Policy"].endswith("frame-ancestors 'none'")


@pytest.mark.parametrize("site", ["*", "a.example", "https://a.example; script-src *", "https://a.example/x", "'self'", "null"])
def test_a_site_is_an_origin(site: str) -> None:
    with pytest.raises(WrongUsage):
        read_options(["--frame-ancestors", site], "serve")


@pytest.mark.parametrize(("given", "path"), [("qa", "/qa"), ("/a/b/", "/a/b"), ("/a//b", None), ("/..", None), ("/a?b", None)])
def test_a_prefix_is_a_path(given: str, path: str | None) -> None:
    if path is None:
        with pytest.raises(WrongUsage):
            read_options(["--root-path", given], "serve")
    else:
        assert read_options(["--root-path", given], "serve").root_path == path


@pytest.mark.parametrize("prefix", ["", "/qa", "/api/qa", "/docs-of-mine", "/v2", "/v1/others"])
def test_a_prefix_beside_the_chats_own_addresses_is_taken(prefix: str) -> None:
    check_prefix(prefix)


@pytest.mark.parametrize(
    ("prefix", "own"),
    [
        ("/api", "/api/ask"), ("/v1", "/v1/chat/completions"), ("/docs", "/docs"), ("/mcp", "/mcp"),
        ("/api/v1", "/api/v1/retrieval"), ("/gradio_api/x", "/gradio_api"), ("/api/collections/a/documents", "/api/collections"),
    ],
)  # fmt: skip
def test_a_prefix_that_is_an_address_of_the_chats_own_is_refused(prefix: str, own: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        check_prefix(prefix)
    assert (caught.value.code, caught.value.values["own"]) == ("chat.prefix_is_own", own)


@pytest.mark.browser
def test_only_a_site_that_is_named_shows_the_page(backend: Backend, browser: Browser) -> None:
    from playwright.sync_api import Error as PlaywrightError

    async def framing(request: Request) -> Response:
        return HTMLResponse(f'<iframe src="{request.query_params["of"]}" width="900" height="700"></iframe>')

    with site(Starlette(routes=[Route("/", framing)])) as named, site(Starlette(routes=[Route("/", framing)])) as other:
        running = Served(backend, frame_ancestors=[named])
        try:
            shown = []
            for origin in (named, other):
                page = browser.new_page()
                page.goto(f"{origin}/?of={running.url}")
                frame = page.frames[-1]
                try:
                    frame.wait_for_selector("html[data-ready]", timeout=WAIT if origin == named else 2000)
                    frame.fill(BOX, ASKED)
                    frame.press(BOX, "Enter")
                    frame.wait_for_selector("#conversation .sure", timeout=WAIT)
                    shown.append(True)
                except PlaywrightError:
                    shown.append(False)
                page.close()
            assert shown == [True, False]
        finally:
            running.close()
