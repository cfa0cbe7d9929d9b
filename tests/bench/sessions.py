"""What page sessions leave in memory: .venv/bin/python tests/bench/sessions.py [--loads 10000]

The chat is served in a process of its own, over a few documents and a small encoder made for the tests. Each session loads the
page as a browser does (the page, its first events past the queue and by it, the heartbeat that ends when the page is closed), and
every tenth asks a question. Told are the server's memory, threads and handles after each tenth of them.
"""

from __future__ import annotations

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from common import ROOT, store
from server import used

sys.path.insert(0, str(ROOT / "tests"))
STEPS = 10
ASKS_EACH = 10


def serve(folder: str) -> None:
    """Serve a small index until standard input ends; the address is printed."""
    from chat_helpers import Served
    from tiny import TinyEncoder

    import qa
    from qa.service.backend import Backend
    from qa.service.web.exchange import ClientLimits

    docs = Path(folder) / "docs"
    docs.mkdir()
    for number in range(50):
        (docs / f"{number}.txt").write_text(f"第{number}号水库在{1950 + number}年建成。\n", "utf-8")
    index = qa.build(docs, Path(folder) / "index", encoder=TinyEncoder())
    served = Served(Backend.of(index).open(), limits=ClientLimits(rate=100_000))
    print(served.url, flush=True)
    sys.stdin.read()
    served.close()


class Sessions:
    """Page sessions with the server at `url`."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=60)
        config = self.http.get("/config").json()
        self.events = {one["api_name"]: one for one in config["dependencies"]}

    def send(self, name: str, session: str, *data: Any) -> None:
        """An event of the page, as the page sends it, and its results read to the end."""
        event = self.events[name]
        sent = {"fn_index": event["id"], "data": [*data, *[None] * (len(event["inputs"]) - len(data))], "session_hash": session}
        if not event["queue"]:
            self.http.post("/gradio_api/run/predict", json=sent).raise_for_status()
            return
        self.http.post("/gradio_api/queue/join", json=sent).raise_for_status()
        told = self.http.get(f"/gradio_api/queue/data?session_hash={session}").text
        if '"success":true' not in told.replace(" ", ""):
            raise SystemExit(f"{name}: {told[:500]}")

    def live(self, asks: bool) -> None:
        """One session: the page is loaded, asked a question if it `asks`, and closed."""
        session = secrets.token_hex(5)
        self.http.get("/").raise_for_status()
        self.send("load", session, [None])
        with self.http.stream("GET", f"/gradio_api/heartbeat/{session}") as alive:
            next(alive.iter_raw())
            self.send("redraw", session)
            if asks:
                self.send("take_question", session, "第7号水库是哪一年建成的？", None, None, None, 5, "balanced")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=10_000)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            sessions = Sessions(server.stdout.readline().strip())
            began, after = time.monotonic(), {"0": used(server.pid)}
            for number in range(1, options.loads + 1):
                sessions.live(asks=number % ASKS_EACH == 0)
                if number % max(1, options.loads // STEPS) == 0:
                    after[str(number)] = used(server.pid)
                    print(
                        number, json.dumps(after[str(number)]), round(time.monotonic() - began), "s", file=sys.stderr, flush=True
                    )
        finally:
            server.stdin.close()
            server.wait(60)
    whole = list(after.values())
    store(
        "sessions",
        {"loads": options.loads, "after": after, "mb from the first tenth to the last": whole[-1]["mb"] - whole[1]["mb"]},
    )


if __name__ == "__main__":
    sys.exit(main())
