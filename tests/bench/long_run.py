"""A long day compressed: .venv/bin/python tests/bench/long_run.py [--share 1] [--hours 8 --within 1]

The chat is served in a process of its own over a library of a few documents, with a small encoder made for the tests and
without the reader, and its clocks run `--hours` in `--within` hours. Meanwhile 50,000 questions are asked, 2,000 pages opened
and closed, 500 documents put in and taken out again, and another index is built beside, all times `--share`. Told are memory,
threads, handles and the size of the library on the disk after each tenth, and whatever was not answered. It goes on no faster
than the machine lets it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import httpx
from common import ROOT, store
from server import processor_seconds, used
from sessions import Sessions

sys.path.insert(0, str(ROOT / "tests"))
QUESTIONS, PAGES, UPLOADS, BUILDS, STEPS = 50_000, 2_000, 500, 100, 10


def hasten(times: float) -> None:
    """Let the clocks of this process run so many times as fast from now on."""
    for name in ("time", "monotonic"):
        clock = getattr(time, name)
        began = clock()
        setattr(time, name, lambda clock=clock, began=began: began + (clock() - began) * times)


def serve(folder: Path, times: float) -> None:
    """Serve a library until standard input ends, and build another index beside for each line of it; the address is printed."""
    hasten(times)
    from chat_helpers import Served
    from tiny import TinyEncoder

    import qa
    from qa.collections.library import Library
    from qa.service.backend import Backend
    from qa.service.web.exchange import ClientLimits

    docs, beside = folder / "docs", folder / "beside"
    for kept in (docs, beside):
        kept.mkdir()
        for number in range(50):
            (kept / f"{number}.txt").write_text(f"第{number}号水库在{1950 + number}年建成。\n", "utf-8")
    library = Library(folder / "home", docs, folder / "index", encoder=TinyEncoder())
    library.prepare()
    served = Served(Backend(library, seconds=60).open(), limits=ClientLimits(rate=1e6, burst=1e6, spare=0))
    print(served.url, flush=True)
    for number, _ in enumerate(sys.stdin):
        (beside / f"{number % 50}.txt").write_text(f"第{number}号水库在{number}年重建。\n", "utf-8")
        qa.build(beside, folder / "beside-index", encoder=TinyEncoder())
    served.close()
    library.close()


class Day:
    """What is done to the server at `url`, one thing after another, and what came of it."""

    def __init__(self, url: str, server: subprocess.Popen[str]) -> None:
        self.sessions = Sessions(url)
        # a connection for each request: by its clock the server closes one that rests in a moment, perhaps as it is used again
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=60, limits=httpx.Limits(max_keepalive_connections=0))
        self.sessions.http, self.server, self.random = self.http, server, Random(1)
        self.told: Counter[str] = Counter()
        self.waiting: list[str] = []

    def ask(self, number: int) -> None:
        which = self.random.randrange(60)  # the last ten are about nothing
        body = {"question": f"第{which}号水库是哪一年建成的？", **({"history": ["你好", "水库"]} if number % 9 == 0 else {})}
        answer = self.http.post("/api/ask", json=body)
        self.told["answered" if answer.status_code == 200 else f"{answer.status_code} {answer.text[:80]}"] += 1

    def page(self, number: int) -> None:
        self.sessions.live(asks=number % 10 == 0)
        self.told["pages"] += 1

    def upload(self, number: int) -> None:
        """Put a document in; take out the one before, so that few are there at a time."""
        text = f"第{number}次集市在{number % 12 + 1}月开市。\n" * (number % 40 + 1)
        put = self.http.post("/api/collections/default/documents", files={"file": (f"{number}.txt", text.encode())})
        self.told[f"put in {put.status_code}"] += 1
        (told,) = put.json()
        self.waiting.append(told["id"])
        if len(self.waiting) > 3:
            name = self.waiting.pop(0)
            state = self.http.get(f"/api/collections/default/documents/{name}", params={"wait": 60}).json()
            self.told[f"became {state.get('state')}"] += 1
            self.told[f"taken out {self.http.delete(f'/api/collections/default/documents/{name}').status_code}"] += 1

    def build(self, _: int) -> None:
        assert self.server.stdin is not None
        self.server.stdin.write("\n")
        self.server.stdin.flush()
        self.told["builds beside"] += 1


def on_disk(folder: Path) -> float:
    """The MB of a folder."""
    sizes = []
    for file in folder.rglob("*"):
        try:
            sizes.append(file.stat().st_size if file.is_file() else 0)
        except FileNotFoundError:
            continue
    return round(sum(sizes) / 1e6, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--within", type=float, default=1.0)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    times = options.hours / options.within
    if options.serve:
        serve(options.serve, times)
        return
    counts = {"ask": QUESTIONS, "page": PAGES, "upload": UPLOADS, "build": BUILDS}
    plan = [
        (at / count, name, at)
        for name, whole in counts.items()
        for count in [round(whole * options.share)]
        for at in range(count)
    ]
    result: dict[str, Any] = {"share": options.share, "the clocks ran so many times as fast": times}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        command = [sys.executable, __file__, "--serve", temporary, "--hours", str(options.hours), "--within", str(options.within)]
        server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "errors").open("w"), text=True
        )
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            day = Day(server.stdout.readline().strip(), server)
            began, after = time.monotonic(), result.setdefault("after", {})
            for number, (_, name, at) in enumerate(sorted(plan)):
                getattr(day, name)(at)
                if number % max(1, len(plan) // STEPS) == 0:
                    hours = round((time.monotonic() - began) * times / 3600, 2)
                    after[str(number)] = {**used(server.pid), "mb on the disk": on_disk(folder / "home"), "hours": hours}
                    result["told"] = dict(day.told)
                    result["processor seconds"] = round(processor_seconds(server.pid))
                    result["tracebacks"] = (folder / "errors").read_text("utf-8", "replace").count("Traceback")
                    print(number, json.dumps(after[str(number)]), json.dumps(result["told"]), file=sys.stderr, flush=True)
                    store("long_run", result, shown=False)
        finally:
            server.stdin.close()
            server.wait(600)
    store("long_run", result)


if __name__ == "__main__":
    sys.exit(main())
