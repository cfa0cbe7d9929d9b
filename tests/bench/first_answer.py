"""From Enter to the passage on the page, and from the start of the app to its first answered question, in a real browser:
this chat and a plain Gradio app of the same packages (plain_app.py), alternating; medians.

python tests/bench/first_answer.py [--rounds 3] [--questions 8]

Both have their index on disk already; the plain app shows the five nearest paragraphs and knows no sentence.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from browsers import ARGUMENTS, CHROMIUM
from common import ROOT, store

import qa

SEED = next((ROOT / "seeds").glob("*.txt"))
# where the question goes, and what tells that the passage is on the page
FIELDS = {"this chat": "#question textarea", "plain app": "textarea"}
SHOWN = {
    "this chat": """count => document.querySelectorAll('#conversation .sure').length > count
        && document.querySelector('#panel mark')""",
    "plain app": "count => [...document.querySelectorAll('.bot')].filter(one => one.textContent.includes('[5]')).length > count",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(name: str, folder: Path, model: Path) -> Any:
    """The app's address, as soon as it answers, and when its process was started."""
    port = free_port()
    own = ["app.py", "--port", str(port), "--index", str(folder / "index"), "--home", str(folder / "home")]
    plain = ["tests/bench/plain_app.py", str(port), str(model), str(SEED), str(folder / "plain.faiss")]
    began = time.perf_counter()
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "NO_PROXY": "127.0.0.1,localhost"}
    process = subprocess.Popen(
        [sys.executable, *(own if name == "this chat" else plain)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}/"
    try:
        while process.poll() is None:
            with suppress(OSError):
                urllib.request.urlopen(address, timeout=5).close()
                break
            time.sleep(0.05)
        yield address, began
    finally:
        process.terminate()
        process.wait(30)


def ask(page: Any, name: str, question: str, asked: int) -> float:
    """Seconds from Enter until the passage is on the page."""
    page.fill(FIELDS[name], question)
    began = time.perf_counter()
    page.press(FIELDS[name], "Enter")
    page.wait_for_function(SHOWN[name], arg=asked)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=8)
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    lines = (ROOT / "tests" / "data" / "seed_questions.jsonl").read_text("utf-8").splitlines()
    model = qa.load_encoder().prepared.folder / "sentence-transformers"
    starts: dict[str, list[float]] = {name: [] for name in FIELDS}
    answers: dict[str, list[float]] = {name: [] for name in FIELDS}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index = qa.build(ROOT / "seeds", Path(folder) / "index")
        asked = [line["question"] for line in map(json.loads, lines) if line["quote"]]
        asked = [question for question in asked if index.ask(question).found][: options.questions]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with served("plain app", Path(folder), model):
            pass  # it makes its index
        for _ in range(options.rounds):
            for name, field in FIELDS.items():
                with served(name, Path(folder), model) as (address, began):
                    page = browser.new_page()
                    page.set_default_timeout(120_000)
                    page.goto(address)
                    page.wait_for_selector(field)
                    ask(page, name, asked[0], 0)
                    starts[name].append(time.perf_counter() - began)
                    answers[name] += [ask(page, name, question, n) for n, question in enumerate(asked[1:], 1)]
                    page.close()
        browser.close()
    store(
        "first_answer",
        {
            "questions": len(answers["this chat"]),
            "milliseconds from Enter to the passage, median": {n: round(statistics.median(t) * 1000) for n, t in answers.items()},
            "the same, of 100 the slowest 5": {n: round(statistics.quantiles(t, n=20)[-1] * 1000) for n, t in answers.items()},
            "seconds from app start to first answered question, median": {
                n: round(statistics.median(t), 2) for n, t in starts.items()
            },
        },
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
