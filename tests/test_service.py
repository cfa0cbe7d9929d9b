"""The chat as a service: endpoints for programs, what the server refuses, how it is started, and that nothing goes out."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from test_chat import free_port
from tiny import TinyEncoder

import qa
from qa.chat import TEMPORARY
from qa.chat.page.page import build_chat
from qa.chat.page.turns import QUESTION_LIMIT
from qa.chat.service.desk import Desk
from qa.chat.service.guards import HEADERS, Allowance, Limits, names_served
from qa.chat.service.server import launch_chat
from qa.collections.library import Library

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")

ROOT = Path(__file__).parent.parent
ASKED = "綦河洪峰水位是多少？"
CREDENTIALS = ("reader", "long: enough")


class Served:
    """A chat that is served, and requests to it that go through no proxy."""

    def __init__(self, desk: Desk, **settings: Any) -> None:
        self.page = build_chat(desk)
        self.port = free_port()
        self.url = launch_chat(self.page, "127.0.0.1", self.port, desk=desk, **settings)
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    def post(self, path: str, **values: Any) -> httpx.Response:
        return self.http.post(path, json=values)

    def close(self) -> None:
        self.http.close()
        self.page.close(verbose=False)

    def raw(self, sent: bytes, seconds: float = 30) -> bytes:
        """What comes back for these bytes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(sent)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received


@pytest.fixture(scope="module")
def desk(tiny_index: qa.Index) -> Desk:
    return Desk.of(tiny_index).open()


@pytest.fixture(scope="module")
def served(desk: Desk) -> Iterator[Served]:
    """The chat over the tiny index, with everything that can be switched on."""
    running = Served(desk, mcp=True, limits=Limits(rate=1000))
    yield running
    running.close()


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    return Client(served.url, verbose=False)


def documents_of(index: qa.Index) -> list[dict[str, Any]]:
    return [
        {"source": entry.source, "passages": entry.passages, "characters": entry.characters, "encoding": entry.encoding,
         "sha256": entry.sha256, "also": list(entry.also)}
        for entry in index.manifest.documents
    ]  # fmt: skip


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


# -- what programs may ask, by all three ways -----------------------------------------------------------------------------


def test_gradio_endpoints_take_every_parameter(client: Client, tiny_index: qa.Index) -> None:
    answer = client.predict(ASKED, k=2, within=["river.txt"], threshold=0.0, api_name="/ask")
    assert answer == as_json(qa.answer_json(tiny_index.ask(ASKED, 2, threshold=0.0, within=("river.txt",))))
    assert {hit["source"] for hit in answer["hits"]} == {"river.txt"}
    assert client.predict(ASKED, threshold=1, api_name="/ask")["found"] is False
    hits = client.predict(ASKED, within=["notes"], api_name="/search")
    assert hits == as_json(qa.hits_json(tiny_index.search(ASKED, within=("notes",))))
    (collection,) = client.predict(api_name="/documents")
    assert collection["documents"] == documents_of(tiny_index)
    assert collection["skipped"] == list(tiny_index.manifest.skipped)
    assert client.predict(collection["collection"], api_name="/documents") == [collection]


def test_plain_http_gives_the_same(served: Served, client: Client, tiny_index: qa.Index) -> None:
    answer = served.post("/api/ask", question=ASKED, k=2, within=["river.txt"], threshold=0.0)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == as_json(qa.answer_json(tiny_index.ask(ASKED, 2, threshold=0.0, within=("river.txt",))))
    assert served.post("/api/search", question=ASKED, k=3).json() == as_json(qa.hits_json(tiny_index.search(ASKED, 3)))
    assert served.http.get("/api/documents").json() == client.predict(api_name="/documents")
    # as `curl -d` sends it, which says that it is a form
    form = served.http.post("/api/ask", content=json.dumps({"question": ASKED}), headers={"content-type": "text/plain"})
    assert form.json() == as_json(qa.answer_json(tiny_index.ask(ASKED)))


def test_model_context_protocol_gives_the_same(served: Served, client: Client, tiny_index: qa.Index) -> None:
    from mcp import Client as McpClient

    async def talk() -> None:
        async with McpClient(f"{served.url}mcp") as tools:
            listed = {tool.name: tool for tool in (await tools.list_tools()).tools}
            assert set(listed) == {"ask", "search", "documents"}
            assert all(tool.description for tool in listed.values())
            schema = listed["ask"].input_schema
            assert schema["required"] == ["question"]
            assert set(schema["properties"]) == {"question", "k", "collection", "within", "threshold", "history"}
            assert all(shape["description"] for shape in schema["properties"].values())
            assert (schema["properties"]["k"]["minimum"], schema["properties"]["k"]["maximum"]) == (1, 50)

            async def call(tool: str, **values: Any) -> Any:
                result = await tools.call_tool(tool, values)
                (content,) = result.content
                return content.text if result.is_error else json.loads(content.text)

            assert await call("ask", question=ASKED) == as_json(qa.answer_json(tiny_index.ask(ASKED)))
            assert await call("search", question=ASKED, k=2) == as_json(qa.hits_json(tiny_index.search(ASKED, 2)))
            assert await call("documents") == client.predict(api_name="/documents")
            for values, reason in (
                ({"question": " "}, "Please type a question first."),
                ({"question": ASKED, "k": 51}, "k: Input should be less than or equal to 50"),
                ({"k": 5}, "question: Field required"),
                ({"question": ASKED, "top": 5}, "There is no parameter top; "),
                ({"question": ASKED, "within": ["nowhere"]}, "nowhere: no document and no folder of this index"),
            ):
                told = await call("ask", **values)
                assert told.startswith(reason)
                assert "\n" not in told

    anyio.run(talk)


REFUSED = [
    ({"question": ""}, "Please type a question first."),
    ({"question": ["a"]}, "The question has to be a text."),
    ({"question": "长" * (QUESTION_LIMIT + 1)}, "A question may have at most 2000 characters; this one has 2001."),
    ({"question": "a", "k": True}, "k has to be a whole number from 1 to 50."),
    ({"question": "a", "threshold": 1.5}, "threshold has to be a number from 0 to 1."),
    ({"question": "a", "threshold": True}, "threshold has to be a number from 0 to 1."),
    ({"question": "a", "within": "river.txt"}, "within has to be a list of names"),
    ({"question": "river", "within": ["nowhere"]}, "nowhere: no document and no folder of this index"),
    ({"question": "a", "collection": 3}, "There is no collection int; there are: default"),
    ({"question": "a", "collection": "other"}, "There is no collection other; there are: default"),
    ({"question": "a", "history": [1]}, "history has to be a list of earlier questions, 20 at most."),
    ({"question": "a", "history": ["长" * (QUESTION_LIMIT + 1)]}, "A question may have at most 2000 characters"),
]


@pytest.mark.parametrize(("values", "reason"), REFUSED)
def test_what_cannot_be_asked_is_told_in_one_line(served: Served, client: Client, values: dict[str, Any], reason: str) -> None:
    response = served.post("/api/ask", **values)
    assert response.status_code == 400
    assert response.json()["error"].startswith(reason)
    assert "\n" not in response.json()["error"]
    with pytest.raises(AppError, match=re.escape(reason)) as caught:
        client.predict(**values, api_name="/ask")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The request's body is no JSON object: Expecting value"),
        (b"\xff", "The request's body is no JSON object: UTF-8"),
        (b"[1]", "The request's body is no JSON object: list"),
        (b"[" * 100_000, "The request's body is no JSON object: "),
        (b"{}", "question is missing."),
        (b'{"question": "a", "top": 5}', "There is no parameter top; there are: question, k,"),
    ],
)
def test_a_body_that_is_no_call(served: Served, body: bytes, reason: str) -> None:
    response = served.http.post("/api/ask", content=body)
    assert response.status_code == 400
    assert response.json()["error"].startswith(reason)


def test_refusals_are_in_the_callers_language(served: Served) -> None:
    response = served.http.post("/api/ask", content=b"{}", headers={"accept-language": "zh-CN"})
    assert response.json() == {"error": "缺少 question。"}
    assert served.http.get("/nowhere", headers={"accept-language": "zh-HK"}).json()["error"] == "这里没有这样的地址。"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "ask", "POST"), ("PUT", "search", "POST"), ("POST", "documents", "GET"), ("DELETE", "documents", "GET")],
)
def test_another_method_is_refused_in_a_line_that_names_the_right_one(
    method: str, path: str, allowed: str, served: Served
) -> None:
    response = served.http.request(method, f"/api/{path}", headers={"accept-language": "en"})
    assert (response.status_code, response.json()) == (405, {"error": f"Ask for this address with {allowed}."})
    assert response.headers["allow"] == allowed


def test_half_a_character_is_asked_like_any_other(served: Served) -> None:
    response = served.http.post("/api/ask", content=b'{"question": "\\ud800 \xe6\xb4\xaa\xe5\xb3\xb0"}')
    assert response.status_code == 200
    assert response.json()["question"] == "? 洪峰"


class Broken:
    """An index that fails in a way nobody thought of."""

    manifest: Any = None

    def ask(self, *_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    search = ask

    def warm_up(self) -> None:
        pass


def test_a_mistake_of_the_program_is_told_without_its_details(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, served: Served, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk, "ask", Broken().ask)
    response = served.post("/api/ask", question="a")
    assert response.status_code == 500
    assert response.json()["error"].startswith("Something went wrong")
    with pytest.raises(AppError) as caught:
        client.predict("a", api_name="/ask")
    assert "secret detail" not in response.text + str(caught.value)
    assert "secret detail" in capfd.readouterr().err


def test_sixteen_at_once_are_all_answered(served: Served, tiny_index: qa.Index) -> None:
    questions = [f"第{i}个水库蓄水多少？" for i in range(1, 17)]

    def ask(question: str) -> list[Any]:
        talking = Client(served.url, verbose=False)
        return [talking.predict(question, api_name="/ask"), served.post("/api/ask", question=question).json()]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, questions))
    assert answers == [[as_json(qa.answer_json(tiny_index.ask(question)))] * 2 for question in questions]


# -- what the server refuses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost:1@evil.example", "", "[::1", "0.0.0.0"])
def test_another_name_than_its_own_is_refused(served: Served, host: str) -> None:
    answer = served.http.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert answer.headers.items() >= {name.lower(): value for name, value in HEADERS.items()}.items()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "[::1]:80", "LOCALHOST"])
def test_its_own_names_are_served(served: Served, host: str) -> None:
    assert "http" not in HEADERS["Content-Security-Policy"]
    assert served.http.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/ask", "/gradio_api/queue/join", "/gradio_api/upload", "/mcp"])
def test_what_another_sites_page_sends_is_refused(served: Served, path: str, headers: dict[str, str]) -> None:
    assert served.http.post(path, json={"question": ASKED}, headers=headers).status_code == 403


def test_what_its_own_page_sends_is_served(served: Served) -> None:
    own = {"origin": served.url.rstrip("/"), "sec-fetch-site": "same-origin"}
    assert served.http.post("/api/ask", json={"question": ASKED}, headers=own).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd", "/gradio_api/file=../../../../etc/passwd", "/gradio_api/file=app.py",
        "/gradio_api/file=%2Fetc%2Fpasswd", "/gradio_api/file=//etc/passwd", "/gradio_api/file=%00", "/file=/etc/passwd",
        "/gradio_api/file=http://127.0.0.1:1/", "/gradio_api/file=https://example.invalid/a.png", "/gradio_api/file=file:///etc/hosts",
        "/gradio_api/file/etc/passwd", "/gradio_api/proxy=https://x.hf.space/", "/gradio_api/dev/reload", "/monitoring",
        "/monitoring/summary", "/gradio_api/runs", "/gradio_api/vibe-code/", "/gradio_api/profiling/traces", "/docs",
        "/openapi.json", "/gradio_api/custom_component/1/client/example/x.js", "/gradio_api/deep_link", "/login", "/logout",
    ],
)  # fmt: skip
def test_nothing_else_is_served(served: Served, path: str) -> None:
    answer = served.http.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "There is nothing at this address."


@pytest.mark.parametrize(
    "path", ["/static/../../../../etc/passwd", "/assets/..%2f..%2f..%2f..%2fetc/passwd", "/svelte/%2e%2e/%2e%2e/routes.py"]
)
def test_assets_lead_nowhere_else(served: Served, path: str) -> None:
    answer = served.raw(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    assert re.match(rb"HTTP/1.1 40[34] ", answer)
    assert b"root:" not in answer
    assert b"import " not in answer


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/run/ask", "/gradio_api/api/ask", "/gradio_api/component_server", "/gradio_api/process_recording", "/login",
     "/gradio_api/stream/x", "/gradio_api/run-history/connect", "/gradio_api/vibe-edit"],
)  # fmt: skip
def test_no_way_past_the_queue(served: Served, path: str) -> None:
    assert served.http.post(path, json={"data": [ASKED, 5]}).status_code == 404


def test_an_event_that_has_a_queue_is_not_run_past_it(served: Served) -> None:
    functions = served.page.fns
    queued = [number for number, function in functions.items() if function.queue]
    assert queued
    for number in queued:
        answer = served.http.post("/gradio_api/run/predict", json={"fn_index": number, "data": [], "session_hash": "x"})
        assert answer.status_code == 404


def test_links_out_of_the_folder_of_uploads_are_not_followed(served: Served, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    link = Path(TEMPORARY.name) / "link.txt"
    link.symlink_to(secret)
    assert served.http.get(f"/gradio_api/file={link}").status_code == 404
    link.unlink()


def test_uploads_stay_in_a_folder_of_their_own(served: Served) -> None:
    assert Path(TEMPORARY.name).stat().st_mode & 0o077 == 0
    names = ["../../escape.txt", "/etc/escape.txt", "..\\..\\escape.txt", "a\x01b.txt", "名" * 300 + ".txt", "..", ""]
    for name in names:
        answer = served.http.post("/gradio_api/upload", files={"files": (name, b"text")})
        if answer.status_code == 200:
            for path in answer.json():
                assert Path(path).resolve().is_relative_to(Path(TEMPORARY.name).resolve())
                assert served.http.get(f"/gradio_api/file={quote(path)}").content == b"text"
        else:
            assert answer.status_code in (400, 422, 500)
            assert "Traceback" not in answer.text
    assert not list(Path(TEMPORARY.name).parent.glob("escape*"))
    assert served.http.get(f"/gradio_api/file={TEMPORARY.name}").status_code in (403, 404)


@pytest.mark.parametrize("there", ["victim.txt", "file:///etc/passwd", "https://example.invalid/a.txt"])
def test_a_file_of_the_machine_is_not_taken_for_an_upload(corpus: Path, tmp_path: Path, there: str) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("不该被读到。", encoding="utf-8")
    library = Library(tmp_path / "home", corpus, tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    running = Served(Desk(library).open())
    try:
        (add,) = (number for number, function in running.page.fns.items() if function.name == "add")
        path = str(victim) if there == "victim.txt" else there
        file = {
            "path": path,
            "orig_name": "a.txt",
            "url": None,
            "size": 9,
            "mime_type": None,
            "meta": {"_type": "gradio.FileData"},
        }
        data = [[file], *[None] * (len(running.page.fns[add].inputs) - 1)]
        joined = running.post("/gradio_api/queue/join", fn_index=add, data=data, session_hash="x")
        assert joined.status_code == 200
        with running.http.stream("GET", "/gradio_api/queue/data?session_hash=x") as events:
            done = next(line for line in events.iter_lines() if "process_completed" in line)
        assert json.loads(done.removeprefix("data: "))["success"] is False
        assert "Traceback" not in done
        library.wait(30)
        assert {entry.source for entry in library.index().manifest.documents} == {
            "notes/clinic.md",
            "notes/market.txt",
            "river.txt",
        }
        assert victim.exists()
    finally:
        running.close()
        library.close()


def test_an_uploaded_page_is_not_shown_as_one(served: Served) -> None:
    (path,) = served.http.post("/gradio_api/upload", files={"files": ("a.html", b"<script>alert(1)</script>")}).json()
    answer = served.http.get(f"/gradio_api/file={path}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_web_sockets_are_refused(served: Served) -> None:
    upgrade = (
        "GET /gradio_api/queue/data HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert not served.raw(upgrade.encode()).startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize("path", ["/api/ask", "/mcp", "/gradio_api/queue/join", "/gradio_api/call/ask"])
def test_a_question_of_a_megabyte_is_refused(served: Served, path: str) -> None:
    answer = served.post(path, question="长" * 1_000_000)
    assert answer.status_code == 413
    assert (
        answer.json()["error"] == "A request may have at most 1 MB; this one has more. Shorten the question, or send fewer files."
    )


def test_a_body_that_says_it_is_large_is_not_waited_for(served: Served) -> None:
    began = time.monotonic()
    head = "POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n{"
    assert served.raw(head.encode()).startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - began < 15


def test_a_body_in_pieces_is_not_read_beyond_the_limit(served: Served) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 100_000

    assert served.http.post("/api/ask", content=pieces()).status_code == 413


@pytest.fixture(scope="module")
def strict(desk: Desk) -> Iterator[Served]:
    """The chat with a password and small limits."""
    limits = Limits(upload=100_000, rate=5, burst=4, body_seconds=1, stall_seconds=1)
    running = Served(desk, credentials=CREDENTIALS, names=["docs.example"], limits=limits)
    yield running
    running.close()


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/api/documents", "/gradio_api/info", "/gradio_api/heartbeat/x"])
def test_nothing_is_to_be_had_without_the_password(strict: Served, path: str) -> None:
    answer = strict.http.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    if not path.endswith("/x"):
        assert strict.http.get(path, auth=CREDENTIALS).status_code == 200


def test_programs_give_the_password_too(strict: Served, tiny_index: qa.Index) -> None:
    talking = Client(strict.url, verbose=False, httpx_kwargs={"auth": CREDENTIALS})
    assert talking.predict(ASKED, api_name="/ask") == as_json(qa.answer_json(tiny_index.ask(ASKED)))
    assert strict.http.get("/", auth=CREDENTIALS, headers={"host": "docs.example"}).status_code == 200


def test_uploads_have_a_limit(strict: Served) -> None:
    for size, status in ((90_000, 200), (200_000, 413)):
        answer = strict.http.post("/gradio_api/upload", files={"files": ("a.txt", b"a" * size)}, auth=CREDENTIALS)
        assert answer.status_code == status

    def pieces() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(30):
            yield b"a" * 10_000

    multipart = {"content-type": "multipart/form-data; boundary=x"}
    answer = strict.http.post("/gradio_api/upload", content=pieces(), headers=multipart, auth=CREDENTIALS)
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("A request may have at most 0 MiB")


def test_a_body_that_does_not_come_is_not_waited_for(strict: Served) -> None:
    password = base64.b64encode(":".join(CREDENTIALS).encode()).decode()
    for path in ("/api/ask", "/gradio_api/upload"):
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {password}\r\nContent-Length: 50\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        )
        assert strict.raw(head.encode()).startswith(b"HTTP/1.1 408 ")


def test_too_many_requests_are_told_to_wait(strict: Served) -> None:
    answers = [strict.http.post("/api/ask", json={}, auth=CREDENTIALS) for _ in range(40)]
    assert {answer.status_code for answer in answers} == {400, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"] == "Too many requests; try again in 1 s."
    assert strict.http.get("/", auth=CREDENTIALS).status_code == 200


def test_guessing_the_password_is_slowed_down(strict: Served) -> None:  # the last of those that use `strict`
    guesses = [strict.http.get("/", auth=("reader", f"guess {n}")).status_code for n in range(12)]
    assert guesses[:10] == [401] * 10
    assert guesses[-1] == 429
    assert strict.http.get("/", auth=CREDENTIALS).status_code == 429
    assert strict.http.get("/").status_code == 401


def test_the_head_of_a_request_has_to_come_in_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.chat.service.server.HEADER_SECONDS", 0.5)
    ask = b"GET /theme.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for sent in (b"", b"GET / HTTP/1.1\r\nHost:", ask + b"GET"):
        received = served.raw(sent)
        assert received.startswith(b"HTTP/1.1 200 ") if sent.startswith(ask) else received == b""


def test_a_full_queue_is_told_in_the_readers_language(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.page._queue, "max_size", 0)
    number = next(number for number, function in served.page.fns.items() if function.queue)
    body = {"fn_index": number, "data": [], "session_hash": "full"}
    for language, told in (
        ("zh-CN", "同时提问的人太多，请稍后再试。"),
        ("en", "Too many questions at once; please try again in a moment."),
    ):
        own = {"origin": served.url.rstrip("/"), "accept-language": language}
        answer = served.http.post("/gradio_api/queue/join", json=body, headers=own)
        assert (answer.status_code, answer.json()["detail"]) == (429, told)
    assert served.http.post("/gradio_api/queue/join", json=body).status_code == 503  # as Gradio's clients know it
    with pytest.raises(Exception, match="Queue is full"):
        Client(served.url, verbose=False).predict(ASKED, api_name="/ask")
    monkeypatch.undo()
    assert served.post("/api/ask", question=ASKED).status_code == 200


def test_an_allowance_fills_up_again() -> None:
    now = [0.0]
    allowance = Allowance(2, 3, lambda: now[0])
    assert [allowance.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert allowance.wait("b") == 0
    now[0] = 0.5
    assert allowance.wait("a", take=False) == 0
    assert [allowance.wait("a") for _ in range(2)] == [0, 0.5]
    now[0] = 100
    assert [allowance.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_names_of_a_server_for_every_interface() -> None:
    assert names_served("127.0.0.1") == {"127.0.0.1", "localhost", "::1"}
    assert names_served("0.0.0.0", ["Docs.Example"]) >= {"docs.example", socket.gethostname().lower()}


# -- nothing goes out -----------------------------------------------------------------------------------------------------

# Starts app.py, asks it in every way, and keeps every address and name that any thread of the process turned to.
WATCHED = """
import json, os, runpy, signal, socket, sys, threading, time, urllib.request

turned_to = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        if isinstance(arguments[1], (tuple, list)):  # else a socket of the file system
            turned_to.append(str(arguments[1][0]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        turned_to.append(str(arguments[0]))
sys.addaudithook(watch)

port, index = sys.argv[1:]
os.environ["QA_HOME"] = index + ".home"

def ask():
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=60).read()
            break
        except OSError:
            time.sleep(0.2)
    call = json.dumps({"question": "綦河洪峰水位是多少？"}).encode()
    answer = json.loads(urllib.request.urlopen(f"{address}/api/ask", call, timeout=60).read())
    from gradio_client import Client
    same = Client(address, verbose=False).predict("綦河洪峰水位是多少？", api_name="/ask") == answer
    seen = {"text": answer["text"], "same": same, "turned_to": sorted(set(turned_to)), "refused": []}
    for attempt in (lambda: socket.create_connection(("192.0.2.1", 80), 1), lambda: socket.getaddrinfo("example.com", 80)):
        try:
            attempt()
        except PermissionError as error:
            seen["refused"].append(str(error))
    with open(index + ".json", "w") as file:
        json.dump(seen, file)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=ask).start()
sys.argv = ["app.py", "--port", port, "--index", index]
sys.path.insert(0, os.getcwd())
runpy.run_path("app.py", run_name="__main__")
"""

# Runs a command in a network namespace where every address leads to its loopback interface, and prints the addresses beyond
# loopback that a packet was sent to: what libraries send past Python is among them.
ALONE = """
import ctypes, fcntl, json, socket, struct, subprocess, sys, threading, time

class Route(ctypes.Structure):  # struct rtentry of <linux/route.h>
    _fields_ = [("pad1", ctypes.c_ulong), ("to", ctypes.c_char * 16), ("gateway", ctypes.c_char * 16),
                ("mask", ctypes.c_char * 16), ("flags", ctypes.c_ushort), ("pad2", ctypes.c_short), ("pad3", ctypes.c_ulong),
                ("pad4", ctypes.c_void_p), ("metric", ctypes.c_short), ("device", ctypes.c_char_p),
                ("mtu", ctypes.c_ulong), ("window", ctypes.c_ulong), ("round_trip", ctypes.c_ushort)]

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up and running
    everywhere = struct.pack("H14x", socket.AF_INET)
    fcntl.ioctl(any_socket, 0x890B, bytes(Route(0, everywhere, everywhere, everywhere, 1, device=b"lo")))  # SIOCADDRT
packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))  # a copy of all there is
beyond = set()

def look():
    while True:
        packet, (_, protocol, direction, *_) = packets.recvfrom(65536)
        if protocol == 0x0800 and direction == socket.PACKET_OUTGOING and packet[16] != 127:
            beyond.add(socket.inet_ntoa(packet[16:20]))

threading.Thread(target=look, daemon=True).start()
ended = subprocess.run(sys.argv[1:])
time.sleep(0.2)
print(json.dumps(sorted(beyond)))
sys.exit(ended.returncode)
"""


def without_network(*command: str) -> list[str]:
    """The command to run another in a network namespace, or a skip."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody make a network namespace (unshare -rn)")
    return ["unshare", "-rn", sys.executable, "-c", ALONE, *command]


@pytest.mark.parametrize("alone", [False, True], ids=["recorded", "in a network namespace"])
def test_the_process_turns_to_nobody(seed_index: qa.Index, tmp_path: Path, alone: bool) -> None:
    index = tmp_path / "index"
    shutil.copytree(seed_index.folder, index)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    for name in ("HF_HUB_OFFLINE", "ORT_DISABLE_TELEMETRY"):
        environment.pop(name, None)
    command = [sys.executable, "-c", WATCHED, str(free_port()), str(index)]
    ended = subprocess.run(
        without_network(*command) if alone else command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    seen = json.loads((tmp_path / "index.json").read_text("utf-8"))
    assert "227.6" in seen["text"]
    assert seen["same"]
    assert "127.0.0.1" in seen["turned_to"]
    assert set(seen["turned_to"]) <= {"127.0.0.1", "localhost", "::1", "None"}
    assert [line.partition(":")[0] for line in seen["refused"]] == ["no connection to 192.0.2.1", "no look-up of example.com"]
    if alone:
        assert ended.stdout.splitlines()[-1] == "[]"


def test_packets_that_python_does_not_see_are_seen() -> None:
    send = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.7', 53))"
    ended = subprocess.run(
        without_network(sys.executable, "-c", send), capture_output=True, text=True, timeout=60, check=True
    )  # fmt: skip
    assert ended.stdout == '["192.0.2.7"]\n'


def test_ending_it_leaves_nothing_behind(seed_index: qa.Index, tmp_path: Path) -> None:
    port, temporary = free_port(), tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "app.py", "--port", str(port), "--index", str(seed_index.folder), "--home", str(tmp_path / "home")]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        guard = threading.Timer(120, process.kill)
        guard.start()
        assert process.stdout.readline() == f"Ready: http://127.0.0.1:{port}/ (stop with Ctrl+C)\n"
        guard.cancel()
        with httpx.stream("GET", f"http://127.0.0.1:{port}/gradio_api/heartbeat/x", trust_env=False):  # a page that is open
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
    finally:
        process.kill()
        process.stdout.close()
    assert list(temporary.iterdir()) == []
