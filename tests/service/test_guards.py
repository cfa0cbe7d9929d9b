"""What the server refuses before anything is asked."""

from __future__ import annotations

import base64
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from chat_helpers import ASKED, CREDENTIALS, Served, as_json, asked_json, backend, client, served  # noqa: F401
from gradio_client import Client
from tiny import TinyEncoder

import qa
from qa.chat.process import prepare_process
from qa.collections.library import Library
from qa.service.backend import Backend
from qa.service.web.exchange import HEADERS, ClientLimits, announced_length
from qa.service.web.guards import Allowance, names_served

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


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
        "/monitoring/summary", "/gradio_api/runs", "/gradio_api/vibe-code/", "/gradio_api/profiling/traces", "/redoc",
        "/docs/oauth2-redirect", "/gradio_api/custom_component/1/client/example/x.js", "/gradio_api/deep_link", "/login",
        "/logout",
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
    link = prepare_process() / "link.txt"
    link.symlink_to(secret)
    assert served.http.get(f"/gradio_api/file={link}").status_code == 404
    link.unlink()


def test_uploads_stay_in_a_folder_of_their_own(served: Served) -> None:
    assert prepare_process().stat().st_mode & 0o077 == 0
    names = ["../../escape.txt", "/etc/escape.txt", "..\\..\\escape.txt", "a\x01b.txt", "名" * 300 + ".txt", "..", ""]
    for name in names:
        answer = served.http.post("/gradio_api/upload", files={"files": (name, b"text")})
        if answer.status_code == 200:
            for path in answer.json():
                assert Path(path).resolve().is_relative_to(prepare_process().resolve())
                assert served.http.get(f"/gradio_api/file={quote(path)}").content == b"text"
        else:
            assert answer.status_code in (400, 422, 500)
            assert "Traceback" not in answer.text
    assert not list(prepare_process().parent.glob("escape*"))
    assert served.http.get(f"/gradio_api/file={prepare_process()}").status_code in (403, 404)


@pytest.mark.parametrize("there", ["victim.txt", "file:///etc/passwd", "https://example.invalid/a.txt"])
def test_a_file_of_the_machine_is_not_taken_for_an_upload(corpus: Path, tmp_path: Path, there: str) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("不该被读到。", encoding="utf-8")
    library = Library(tmp_path / "home", corpus, tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    running = Served(Backend(library).open())
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
def strict(backend: Backend) -> Iterator[Served]:
    """The chat with a password and small limits."""
    limits = ClientLimits(upload=100_000, rate=5, burst=4, body_seconds=1, stall_seconds=1)
    running = Served(backend, credentials=CREDENTIALS, names=["docs.example"], limits=limits)
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
    assert talking.predict(ASKED, api_name="/ask") == as_json(asked_json(tiny_index, ASKED))
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
    monkeypatch.setattr("qa.chat.serving.server.HEADER_SECONDS", 0.5)
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


# -- headers that cannot be read ------------------------------------------------------------------------------------------

BROKEN = ["http://[", "[", "http://[::1", "://", "http://]:x", "\x80\xff", "%", "9" * 4400, "-1", "0x10",
          "٣".encode().decode("latin-1"), "Basic", "Basic =", "Basic \xff", "Basic " + "A" * 4001, '=;=;"', 'a="\\',
          ";" * 100, "a" * 5000, 'multipart/form-data; boundary="', "bytes=9-1"]  # fmt: skip
READ = ["Host", "Origin", "Referer", "Content-Length", "Authorization", "Cookie", "Sec-Fetch-Site", "Accept-Language",
        "Content-Type", "Range", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "Mcp-Session-Id"]  # fmt: skip


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/docs"),
        ("GET", "/api/documents"),
        ("POST", "/api/ask"),
        ("POST", "/mcp"),
        ("POST", "/gradio_api/upload"),
    ],
)
def test_a_header_that_cannot_be_read_is_never_a_fault_of_the_server(
    served: Served, capfd: pytest.CaptureFixture[str], name: str, method: str, path: str
) -> None:
    body = b'{"question": "river"}' if method == "POST" else b""
    for value in BROKEN:
        headers = {"Host": f"127.0.0.1:{served.port}", "Content-Length": str(len(body)), "Connection": "close", name: value}
        head = "".join(f"{one}: {given}\r\n" for one, given in headers.items())
        answer = served.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
        status = int(answer.split(b" ", 2)[1])
        assert status < 500, (value, answer[:200])
        if name in ("Host", "Origin") and (name == "Host" or method == "POST"):
            assert status in (400, 403), value
            assert b"\n" not in answer.partition(b"\r\n\r\n")[2]
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("origin", "refused"),
    [("http://[", True), ("http://[::1", True), ("", True), ("//127.0.0.1:{port}", False), ("http://127.0.0.1:{port}", False),
     ("HTTP://127.0.0.1:{port}", False), ("http://localhost:{port}", True), ("http://127.0.0.1", True)],
)  # fmt: skip
def test_an_origin_is_the_servers_own_or_refused(served: Served, origin: str, refused: bool) -> None:
    headers = {"origin": origin.format(port=served.port), "accept-language": "en"}
    answer = served.http.post("/api/ask", json={"question": ASKED}, headers=headers)
    assert answer.status_code == (403 if refused else 200)
    assert ("error" in answer.json()) is refused


def test_a_name_that_a_proxy_passes_on_has_to_be_known_too(served: Served) -> None:
    for forwarded, status in (("evil.example", 400), ("127.0.0.1:1, evil.example", 400), ("127.0.0.1:80, localhost", 200)):
        assert served.http.get("/", headers={"x-forwarded-host": forwarded}).status_code == status


@pytest.mark.parametrize(
    ("announced", "length"), [("7", 7), ("9" * 18, 10**18 - 1), ("9" * 19, -5), ("", -5), ("+7", -5), ("٣", -5), ("-1", -5)]
)
def test_a_length_that_is_no_number_is_unknown(announced: str, length: int) -> None:
    assert announced_length(announced, -5) == length
