"""A language model's server for the tests, which says what it is told to say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Liar(ThreadingHTTPServer):
    """A server with OpenAI's API that says what it is told to, or fails as it is told to.

    Its `script` are texts, seconds to wait, and events to wait for, but not for ever: then it ends.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: Any = []
        self.patience = 30.0  # seconds
        self.asked: list[Any] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def do_POST(self) -> None:
        server: Any = self.server
        server.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        script = server.script
        if isinstance(script, int):
            self.send_error(script)
            return
        self.send_response(200)
        self.end_headers()
        if isinstance(script, bytes):
            self.wfile.write(script)
            return
        for part in script:
            if isinstance(part, float):
                time.sleep(part)
                continue
            if isinstance(part, threading.Event):
                if not part.wait(server.patience):
                    break
                continue
            event = {"choices": [{"index": 0, "delta": {"content": part}}]}
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")


@pytest.fixture
def liar() -> Iterator[Liar]:
    server = Liar()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
