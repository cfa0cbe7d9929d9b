"""From the start of the app to the first answer in a browser, against thirty lines of Gradio and sentence-transformers.

    python tests/bench/app_start.py [--rounds 5] [--port 7900]

Each is started anew, in turn, on the same document with the same prepared model and an index, or vectors, made beforehand.
"page" is when the question can be typed, "answer" when the answer stands on the page; the question is sent as soon as it can
be. Needs playwright and /usr/bin/chromium.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import ROOT, store

import qa

QUESTION, ANSWER = "綦河洪峰水位是多少？", "227.6"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
SCRIPT = """
import os
import sys
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import faiss
import gradio as gr
from sentence_transformers import SentenceTransformer

model, document, kept, port = sys.argv[1:]
passages = [line.strip() for line in Path(document).read_text("utf-8").split("\\n") if line.strip()]
encoder = SentenceTransformer(model, device="cpu")
if Path(kept).exists():
    index = faiss.read_index(kept)
else:
    index = faiss.IndexFlatIP(encoder.get_embedding_dimension())
    index.add(encoder.encode_document(passages, normalize_embeddings=True))
    faiss.write_index(index, kept)


def answer(question, history):
    _, rows = index.search(encoder.encode_query([question], normalize_embeddings=True), 3)
    return "\\n\\n".join(passages[row] for row in rows[0])


gr.ChatInterface(answer).launch(server_name="127.0.0.1", server_port=int(port), quiet=True)
"""


def visit(browser: Any, command: list[str | Path], port: int, box: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of `command` until its page can be typed in and until the answer is on it."""
    page = browser.new_page()
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
    )
    try:
        while True:
            try:
                page.goto(f"http://127.0.0.1:{port}", timeout=120_000)
                break
            except Exception:  # nobody listens yet
                if process.poll() is not None or time.perf_counter() - began > 180:
                    raise
                time.sleep(0.05)
        page.locator(box).first.wait_for(state="visible", timeout=120_000)
        typed = time.perf_counter() - began
        page.locator(box).first.fill(QUESTION)
        page.locator(box).first.press("Enter")
        page.get_by_text(ANSWER).first.wait_for(state="visible", timeout=120_000)
        return typed, time.perf_counter() - began
    finally:
        page.close()
        process.terminate()
        process.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=7900, help="the first of two that are free")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    model = qa.load_encoder().prepared.folder / "sentence-transformers"
    (document,) = (ROOT / "seeds").glob("*.txt")
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        build = [sys.executable, "-m", "qa", "build", "seeds", "--index", folder / "index", "--quiet"]
        subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
        environment = {"QA_HOME": str(folder / "home")}
        own = [sys.executable, "app.py", "--index", folder / "index", "--port", str(options.port)]
        other = [sys.executable, folder / "script.py", model, document, folder / "kept.faiss", str(options.port + 1)]
        apps: dict[str, tuple[list[str | Path], int, str]] = {
            "app.py": (own, options.port, "#question textarea"),
            "gradio and sentence-transformers": (other, options.port + 1, "textarea"),
        }
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in apps}
        for number in range(options.rounds + 1):
            for name, app in apps.items():
                seconds = visit(browser, *app, environment)
                if number:  # the first brings files into the system's cache
                    times[name].append(seconds)
        browser.close()
    result: dict[str, Any] = {"rounds": options.rounds}
    for place, what in enumerate(("page", "answer")):
        middle = {name: statistics.median(pair[place] for pair in pairs) for name, pairs in times.items()}
        first, second = middle.values()
        result[what] = {
            "seconds": {name: round(value, 2) for name, value in middle.items()},
            "share of the other's": round(first / second, 3),
        }
    store("app_start", result)


if __name__ == "__main__":
    sys.exit(main())
