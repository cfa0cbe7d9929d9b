"""Many clients at once: .venv/bin/python tests/bench/load.py FOLDER [--clients 128] [--seconds 60]

`app.py` answers from FOLDER/documents, with the reader; the questions are those of `questions.jsonl` there. Each of 128
clients asks one after the other and, told that too many ask, comes again when it was told to. First one client asks alone.
Told are the answers, how long those who were let in waited, who was told to come again, and anything else, which would be an
error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from common import json_lines, store
from server import Server, processor_seconds, used

ALONE = 15


async def ask(http: httpx.AsyncClient, question: str, told: Counter[str], took: list[float]) -> float:
    """Ask once; how long to wait until the next time."""
    began = time.monotonic()
    try:
        response = await http.post("/api/ask", json={"question": question})
    except httpx.HTTPError as error:
        told[type(error).__name__] += 1
        return 1.0
    if response.status_code == 200:
        told["answered"] += 1
        took.append(time.monotonic() - began)
        return 0.0
    busy = response.status_code == 503 and "retry-after" in response.headers
    told["told to come again" if busy else f"{response.status_code} {response.text[:80]}"] += 1
    return float(response.headers.get("retry-after", 1))


async def load(url: str, questions: list[str], clients: int, seconds: float) -> tuple[Counter[str], list[float]]:
    told: Counter[str] = Counter()
    took: list[float] = []
    ends = time.monotonic() + seconds

    async def client(number: int) -> None:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as http:
            at = number * 7
            while time.monotonic() < ends:
                await asyncio.sleep(await ask(http, questions[at % len(questions)], told, took))
                at += 1

    await asyncio.gather(*map(client, range(clients)))
    return told, took


def spread(took: list[float]) -> dict[str, float]:
    return {f"p{q}": round(float(np.percentile(took, q)), 2) for q in (50, 95, 100)} if took else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    questions = [one["question"] for one in json_lines((options.folder / "questions.jsonl").read_text("utf-8"))]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(options.folder / "documents", folder / "documents")
        server = Server(folder)
        try:
            result: dict[str, Any] = {"clients": options.clients, "seconds": options.seconds, "load of the machine": _load()}
            for name, clients in (("one client alone", 1), ("all", options.clients)):
                began, before = processor_seconds(server.pid), time.monotonic()
                told, took = asyncio.run(load(server.url, questions, clients, ALONE if clients == 1 else options.seconds))
                spent, passed = processor_seconds(server.pid) - began, time.monotonic() - before
                result[name] = {
                    "told": dict(told), "seconds of the admitted": spread(took),
                    "processor seconds of the server for an answer": round(spent / max(1, len(took)), 2),
                    "answers a second": round(len(took) / passed, 2),
                    "cores that the server had": round(spent / passed, 2), **used(server.pid),
                }  # fmt: skip
                print(json.dumps(result), file=sys.stderr, flush=True)
            result["tracebacks"] = server.tracebacks()
        finally:
            server.close()
    store("load", result)


def _load() -> str:
    return Path("/proc/loadavg").read_text().split()[0]


if __name__ == "__main__":
    sys.exit(main())
