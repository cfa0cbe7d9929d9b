"""The process of the chat: what is imported before it starts, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from chat_helpers import ROOT, free_port

import qa

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


def test_the_package_does_not_import_gradio() -> None:
    code = "import sys, qa; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode == 0


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


@pytest.mark.parametrize("proxy", ["socks://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_a_socks_proxy_of_the_shell_does_not_keep_it_from_starting(proxy: str) -> None:
    program = "from qa.chat.process import prepare_process; prepare_process(); import httpx; httpx.Client(); print('started')"
    ended = subprocess.run(
        [sys.executable, "-c", program], env={"PATH": "/usr/bin:/bin", "ALL_PROXY": proxy, "all_proxy": proxy},
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.stdout == "started\n", ended.stderr
