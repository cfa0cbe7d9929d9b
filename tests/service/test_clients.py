"""Who counts as one client, how guesses are slowed, and that nothing a request sets off stops the server."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from starlette.exceptions import HTTPException

import qa
from qa.config import WrongUsage
from qa.service.web.exchange import ClientLimits
from qa.service.web.guards import Allowance, Guards, names_served, network_of

Clock = Callable[[], float]


class Asked:
    """`Guards` around an application that answers 200, or does as `does` says."""

    def __init__(self, folder: Path, does: Callable[[], int] = lambda: 200, **limits: Any) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": does(), "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        self.guards = Guards(
            app, "127.0.0.1", names_served("127.0.0.1"), ("ann", "right-password"), [re.compile("/api/")], folder,
            ClientLimits(spare=0, **limits),
        )  # fmt: skip
        self.now = 0.0
        for allowance in (self.guards.requests, self.guards.reads, self.guards.wrong_passwords, self.guards.guesses):
            allowance.clock = lambda: self.now

    def __call__(
        self,
        password: str = "right-password",
        client: str = "10.0.0.1",
        path: str = "/api/ask",
        method: str = "POST",
        **headers: str,
    ) -> tuple[int, str]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(part: Any) -> None:
            sent.append(part)

        key = base64.b64encode(f"ann:{password}".encode()).decode()
        given = {"host": "127.0.0.1", "authorization": f"Basic {key}", **headers}
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": raw, "client": (client, 1)}
        asyncio.run(self.guards(scope, receive, send))
        self.last = sent[-1]
        text = b"".join(part.get("body", b"") for part in sent[1:])
        return sent[0]["status"], json.loads(text)["error"] if text else ""


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("127.0.0.1", "loopback"), ("127.255.3.4", "loopback"), ("::1", "loopback"), ("::ffff:127.0.0.9", "loopback"),
        ("10.1.2.3", "10.1.2.3"), ("::ffff:10.1.2.3", "10.1.2.3"), ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""), ("x" * 55_000, ""), ("unix:", ""),
    ],
)  # fmt: skip
def test_who_counts_as_one_client(address: str, client: str) -> None:
    assert network_of(address) == client


def test_clients_that_are_counted_are_bounded() -> None:
    allowance = Allowance(0.001, 2, clock=lambda: 0.0)
    for number in range(25_000):
        allowance.wait(str(number))
    assert len(allowance._left) <= 10_000


def test_a_header_makes_no_other_client(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    told = [asked("wrong", "127.0.0.1", x_forwarded_for=f"10.9.{number}.1")[0] for number in range(12)]
    assert told == [401] * 10 + [429] * 2
    assert asked("wrong", "127.0.0.77")[0] == 429  # all of 127.0.0.0/8 is one


def test_guesses_are_slowed_over_all_addresses_and_who_was_let_in_stays_in(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    assert asked(client="10.0.0.1")[0] == 200
    told = [asked("wrong", f"10.1.{number}.1")[0] for number in range(60)]
    assert told == [401] * 50 + [429] * 10
    assert asked(client="10.2.0.1")[0] == 429  # else guessing could go on at any speed
    assert asked(client="10.0.0.1")[0] == 200
    asked.now = 2.0
    assert asked(client="10.2.0.1")[0] == 200


def test_what_programs_read_is_not_read_by_another_site(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    assert asked(path="/api/documents", method="GET")[0] == 200
    assert asked(path="/api/documents", method="GET", sec_fetch_site="cross-site")[0] == 403
    assert asked(path="/api/documents", method="GET", origin="http://evil.example")[0] == 403
    assert asked(path="/", method="GET", sec_fetch_site="cross-site")[0] == 200  # a link to the page


def test_reading_has_a_limit_too(tmp_path: Path) -> None:
    asked = Asked(tmp_path, rate=1, burst=1)
    assert [asked(path="/", method="GET")[0] for _ in range(12)] == [200] * 10 + [429] * 2


def _broken() -> int:
    raise KeyError("fn_index")


def test_a_request_that_the_page_does_not_make_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, english = (
        "/gradio_api/queue/join",
        "The page does not send such requests. Reload the page; programs are served at /api/.",
    )
    assert Asked(tmp_path, _broken)(path=path) == (400, english)
    assert capsys.readouterr().err == "POST /gradio_api/queue/join: KeyError: 'fn_index'\n"
    assert Asked(tmp_path, lambda: 500)(path=path) == (400, english)
    assert Asked(tmp_path, lambda: 400)(path="/gradio_api/upload", accept_language="zh") == (
        400, "文件没有完整传到，或一次超过 1000 个；请重新上传，或分几次上传。",
    )  # fmt: skip
    assert Asked(tmp_path, _broken)()[0] == 500


def test_a_stream_that_has_told_of_its_error_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"error": "no such event"}', "more_body": True})
        raise RuntimeError("response already started") from HTTPException(404)  # as Gradio for an event that it does not know

    client = Asked(tmp_path)
    client.guards.app = app
    assert client(path="/gradio_api/call/ask/x", method="GET") == (200, "no such event")
    assert client.last == {"type": "http.response.body", "body": b"", "more_body": False}
    assert capsys.readouterr().err == ""


def test_proxies_are_named_by_their_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.chat.options import read_options

    assert read_options(["--trusted-proxy", "127.0.0.1, 10.0.0.0/8"], "qa").trusted_proxy == ("127.0.0.1", "10.0.0.0/8")
    assert read_options([], "qa").trusted_proxy == ()
    with pytest.raises(WrongUsage, match="'nginx' is not an address; give the proxy's"):
        read_options(["--trusted-proxy", "nginx"], "qa")


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_process_that_does_not_hear_the_signal_is_ended_all_the_same() -> None:
    program = (
        "import re, signal, threading\n"
        "from qa.chat import serve\n"
        "serve._ENDING = 0.2\n"
        "serve._end_in_any_case()\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "print('ready', flush=True)\n"
        "re.fullmatch('(a|aa)+', 'a' * 200 + 'b')\n"  # holds the interpreter for longer than anybody waits
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_process_that_has_closed_all_and_is_slow_to_go_is_left_in_peace() -> None:
    program = (
        "import atexit, signal, threading, time\n"
        "from qa.chat import serve\n"
        "atexit.register(time.sleep, 1.5)\n"  # as a busy machine takes to give back the memory of the models
        "serve._ENDING = 0.2\n"
        "serve._end_in_any_case()\n"
        "ended = threading.Event()\n"
        "signal.signal(signal.SIGTERM, lambda *_: ended.set())\n"
        "print('ready', flush=True)\n"
        "ended.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_leaves_no_folder(number: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "private"
    (folder / "below").mkdir(parents=True)
    program = (
        "import re, sys\n"
        "from qa.chat import serve\n"
        "serve._ENDING = 0.2\n"
        "serve._end_in_any_case(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "re.fullmatch('(a|aa)+', 'a' * 200 + 'b')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        process.wait(60)
    ends = time.monotonic() + 60
    while folder.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    assert not folder.exists()


def test_a_wrong_limit_is_told_by_a_command_that_reads_no_file(tmp_path: Path) -> None:
    environment = {**os.environ, "QA_LIMITS": "x"}
    command = [sys.executable, "-m", "qa", "ask", "q", "--index", str(tmp_path)]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("error: QA_LIMITS: ")
    assert qa.__version__
