"""Starting the chat: its options and variables, what is refused and in which words, and what is warned of."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

import pytest
from conftest import ROOT

import app
import qa
from qa.chat.options import read_options
from qa.chat.serving.server import _is_told
from qa.cli import main as command_line
from qa.config import ChatOptions


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    try:
        status = app.main(list(arguments))
    except SystemExit as end:
        status = int(str(end.code))
    (line,) = capsys.readouterr().err.splitlines()
    return status, line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--port 0", "app.py: --port: '0' is not a port; choose a number from 1 to 65535"),
        ("--rate 0", "app.py: --rate: '0' is not a rate; choose a number from 1 to 100000"),
        ("--max-upload ½", "app.py: --max-upload: '½' is not a size in MiB; choose a number from 1 to 65536"),
        ("--names http://x", "app.py: --names: 'http://x' is not a name alone; leave out scheme, port and path"),
        (
            "--root-path /v1/",
            "app.py: --root-path: /v1 does not go with /v1/chat/completions, an address of the chat itself; let the proxy show "
            "it under another path, as /qa",
        ),
        ("--por 7860", "app.py: unrecognized arguments: --por 7860"),
        ("--auth a:longenough --no-auth", "app.py: --auth and --no-auth exclude each other; give one of them"),
        (
            "--host 0.0.0.0",
            "app.py: --host 0.0.0.0 opens the documents to every machine that reaches it; give --auth USER:PASSWORD to ask for a "
            "password, or --no-auth to let everybody in",
        ),
    ],
)
def test_options_that_do_not_fit_are_told_in_one_line(capsys: pytest.CaptureFixture[str], arguments: str, line: str) -> None:
    assert told(capsys, *arguments.split()) == (2, line)


@pytest.mark.parametrize("given", ["secret", "user:short", ":longenough", ""])
def test_a_password_that_is_none_is_not_repeated(capsys: pytest.CaptureFixture[str], tmp_path: Path, given: str) -> None:
    file = tmp_path / "password"
    file.write_text(given, encoding="utf-8")
    expected = "has to be USER:PASSWORD, with a password of 8 characters or more"
    assert told(capsys, "--port", str(free_port()), "--auth-file", str(file)) == (2, f"app.py: {file}: {expected}")
    if given:
        assert told(capsys, "--port", str(free_port()), "--auth", given) == (2, f"app.py: --auth: {expected}")
    file.unlink()
    status, line = told(capsys, "--port", str(free_port()), "--auth-file", str(file))
    assert (status, line) == (1, f"app.py: {file}: No such file or directory; give a file with USER:PASSWORD")


def test_every_option_has_a_variable(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = {
        "QA_HOST": "::1", "QA_PORT": "7001", "QA_INDEX": "i", "QA_SEEDS": "s", "QA_MODEL": "m", "QA_AUTH": "a:b",
        "QA_AUTH_FILE": "f", "QA_HOME": "h", "QA_KEEP_HISTORY": "1", "QA_PASSAGES": "10", "QA_CAUTION": "bold",
        "QA_LANGUAGE": "en",        "QA_NO_AUTH": "yes",
        "QA_NAMES": "x.example, y", "QA_MCP": "1", "QA_MAX_UPLOAD": "7", "QA_RATE": "8", "QA_OPEN": "on",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert read_options([], "app.py") == ChatOptions(
        host="::1", port=7001, index="i", seeds="s", model="m", auth="a:b", auth_file="f", no_auth=True, home="h",
        keep_history=True, passages=10, caution="bold", language="en", names=("x.example", "y"), mcp=True, max_upload=7, rate=8,
        open=True,
    )  # fmt: skip
    assert read_options(["--port", "7002", "--names", "z"], "app.py").port == 7002
    with pytest.raises(SystemExit) as end:
        app.main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in given)
    monkeypatch.setenv("QA_PORT", "many")
    assert told(capsys) == (2, "app.py: QA_PORT: 'many' is not a port; choose a number from 1 to 65535")
    monkeypatch.setenv("QA_PORT", "7001")
    monkeypatch.setenv("QA_MCP", "perhaps")
    assert told(capsys) == (2, "app.py: QA_MCP: 'perhaps' is neither on nor off; choose 1 or 0")


@pytest.mark.parametrize(
    ("access", "warned"),
    [(["--no-auth"], "without a password, can ask"), (["--auth", "a:longenough"], "who has the password can ask")],
)
def test_opening_to_others_is_warned_of(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tiny_index: qa.Index,
    tmp_path: Path,
    access: list[str],
    warned: str,
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise OSError("stopped here")

    monkeypatch.setattr("qa.collections.library.Library.prepare", lambda *_: None)
    monkeypatch.setattr("qa.collections.library.Library.index", lambda *_: tiny_index)
    monkeypatch.setattr("qa.service.web.offline.stay_offline", lambda *_: None)
    monkeypatch.setattr("qa.chat.serving.server.launch_chat", refuse)
    for host, opened in (("0.0.0.0", True), ("127.0.0.1", False)):
        assert app.main(["--host", host, "--port", str(free_port()), "--home", str(tmp_path), *access]) == 1
        told = capsys.readouterr().err
        assert ("WARNING: this chat is open to every machine that can reach 0.0.0.0" in told and warned in told) is opened


def test_mcp_without_its_package_is_told_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("qa.service.api.mcp_tools.find_spec", lambda _: None)
    line = 'app.py: --mcp needs the package mcp: pip install "mcp==2.3.0"'
    assert told(capsys, "--mcp", "--port", str(free_port())) == (1, line)
    assert "\nmcp==2.3.0 " in (ROOT / "tests" / "requirements.txt").read_text("utf-8")


def test_a_busy_port_is_told_before_anything_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert app.main(["--port", str(port), "--index", str(tmp_path / "index")]) == 1
    assert capsys.readouterr().err == f"app.py: Port {port} on 127.0.0.1 is in use; choose another with --port\n"
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_cannot_be_used_is_told_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("nonsense", encoding="ascii")
    assert app.main(["--port", str(free_port()), "--index", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"app.py: {tmp_path}")


def test_no_documents_to_build_from(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert app.main(["--port", str(free_port()), "--index", str(tmp_path / "index"), "--seeds", str(missing)]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"app.py: {missing}")


def test_the_option_comes_before_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_RATE", "8")
    monkeypatch.setenv("QA_MCP", "0")
    monkeypatch.setenv("QA_PORT", "")  # an empty variable is none
    options = read_options(["--rate", "9", "--mcp"], "app.py")
    assert (options.rate, options.mcp, options.port) == (9, True, 7860)


def test_the_command_line_serves_with_the_same_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["serve", "--port", "0"]) == 2
    assert capsys.readouterr().err == "python -m qa serve: --port: '0' is not a port; choose a number from 1 to 65535\n"
    with pytest.raises(SystemExit) as end:
        command_line(["serve", "--help"])
    assert end.value.code == 0
    assert "QA_MAX_UPLOAD; default: 1024" in " ".join(capsys.readouterr().out.split())


def test_a_host_that_is_not_known_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, line = told(capsys, "--host", "no such host", "--no-auth")
    assert status == 1
    assert line.startswith("app.py: Cannot serve on no such host port 7860: ")
    assert line.endswith("; choose another with --host and --port")


def test_a_request_that_the_end_cuts_off_leaves_no_trace_in_the_log() -> None:
    log = logging.getLogger("uvicorn.error")

    def told(error: BaseException | None) -> bool:
        return _is_told(log.makeRecord("", logging.ERROR, "", 0, "Exception", (), error and (type(error), error, None)))

    assert [told(error) for error in (asyncio.CancelledError(), OSError(), None)] == [False, True, True]
