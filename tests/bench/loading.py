"""The first load of the page over a slow line, beside what Gradio alone needs there.

.venv/bin/python tests/bench/loading.py [--rounds 3]

Chromium's own emulation: 50 KB/s and 400 ms to every response, nothing in the cache. `typed` is when the box is seen and can
be typed in, `loaded` when the last script or style has come, `usable` when the page is there and asks it, `shift` the layout
shift (CLS) until two seconds later, `wire` and `plain` the bytes with and without compression. `again` is a second visit of
the same browser. `floor` is a `gr.Blocks` with one text box, as Gradio serves it; the two are visited in turn. Medians of the
rounds; the files are those of the last one.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gradio
from browsers import ARGUMENTS, CHROMIUM
from common import ROOT, store
from playwright.sync_api import Browser, sync_playwright

BYTES_PER_SECOND, LATENCY_MS = 50_000, 400
FLOOR = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.Textbox()
page.launch(server_port={port}, quiet=True, prevent_thread_lock=True)
print("Ready", flush=True)
page.block_thread()
"""
_SHIFT = """new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift = (window.shift ?? 0) + each.value
}).observe({ type: 'layout-shift', buffered: true })"""


@contextmanager
def serving(command: list[str], told: str) -> Iterator[None]:
    """A server in a process of its own, once its output says `told`."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if told in line:
                break
        yield
    finally:
        process.terminate()
        process.wait(20)


def visit(browser: Browser, address: str, box: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A first visit and a second one, each with its times, bytes and files."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
    visits = []
    for _ in range(2):
        page = context.new_page()
        page.add_init_script(_SHIFT)
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY_MS,
                "downloadThroughput": BYTES_PER_SECOND,
                "uploadThroughput": BYTES_PER_SECOND,
            },
        )
        files: dict[str, dict[str, Any]] = {}
        began = time.perf_counter()
        watch(network, files, began)
        page.goto(address, wait_until="commit", timeout=120_000)
        page.wait_for_selector("textarea:visible", timeout=120_000)
        typed = time.perf_counter() - began
        page.wait_for_selector(box, timeout=120_000)
        usable = time.perf_counter() - began
        page.wait_for_timeout(2000)
        typed = max(typed, page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000)
        loaded = max(each["ended"] or 0 for each in files.values() if each["file"].startswith(("/assets/", "/theme.css")))
        early = [each for each in files.values() if each["asked"] < usable]
        visits.append(
            {
                "typed": round(typed, 2), "loaded": loaded, "usable": round(usable, 2),
                "shift": round(page.evaluate("window.shift ?? 0"), 4),
                "requests": len(early),
                "wire": sum(each["wire"] for each in early), "plain": sum(each["plain"] for each in early),
                "files": [each for each in files.values() if not each["kept"]],
            }
        )  # fmt: skip
        page.close()
    context.close()
    return visits[0], visits[1]


def watch(network: Any, files: dict[str, dict[str, Any]], began: float) -> None:
    """Note every request of a page in `files`."""

    def sent(event: dict[str, Any]) -> None:
        name = re.sub(r"^\w+://[^/]+", "", event["request"]["url"])[:80]
        asked = round(time.perf_counter() - began, 2)
        files[event["requestId"]] = {"file": name, "asked": asked, "ended": None, "wire": 0, "plain": 0, "kept": False}

    def answered(event: dict[str, Any]) -> None:
        if each := files.get(event["requestId"]):
            headers = {key.lower(): value for key, value in event["response"]["headers"].items()}
            each["encoding"], each["kept"] = headers.get("content-encoding", ""), bool(event["response"].get("fromDiskCache"))

    def grown(event: dict[str, Any]) -> None:
        if each := files.get(event["requestId"]):
            each["plain"] += event["dataLength"]

    def ended(event: dict[str, Any]) -> None:
        if each := files.get(event["requestId"]):
            each["wire"], each["ended"] = event["encodedDataLength"], round(time.perf_counter() - began, 2)

    network.on("Network.requestWillBeSent", sent)
    network.on("Network.responseReceived", answered)
    network.on("Network.dataReceived", grown)
    network.on("Network.loadingFinished", ended)


def medians(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """Of first and of second visits; the files are those of the last first one."""
    found: dict[str, Any] = {}
    for name, visits in (("first", [pair[0] for pair in pairs]), ("again", [pair[1] for pair in pairs])):
        keys = [key for key in visits[0] if key != "files"]
        found[name] = {key: statistics.median(each[key] for each in visits) for key in keys}
    return {**found, "files": pairs[-1][0]["files"]}


def names(files: list[dict[str, Any]]) -> list[str]:
    """Gradio's files that a first load needs, as `static/first_load.txt` has them; styles that it names are not fetched."""
    known = (ROOT / "qa" / "chat" / "static" / "first_load.txt").read_text("utf-8").split()
    assets = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
    asked = [each["file"].removeprefix("/assets/") for each in files if each["file"].startswith("/assets/")]
    return [name for name in dict.fromkeys([*known, *asked]) if (assets / name).exists()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=7931)
    options = parser.parse_args()
    port = options.port
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        chat = [sys.executable, "-m", "qa", "serve", "--port", str(port), "--home", home, "--index", f"{home}/index"]
        floor = [sys.executable, "-c", FLOOR.format(port=port + 1)]
        with serving(chat, "Ready"), serving(floor, "Ready"):
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            urls = [f"http://127.0.0.1:{port + number}/" for number in range(2)]
            boxes = ("html[data-ready] #question textarea:visible", "textarea:visible")
            rounds = [[visit(browser, *each) for each in zip(urls, boxes, strict=True)] for _ in range(options.rounds)]
            result = {
                "line": {"bytes_per_second": BYTES_PER_SECOND, "latency_ms": LATENCY_MS, "rounds": options.rounds},
                "chat": medians([one[0] for one in rounds]),
                "floor": medians([one[1] for one in rounds]),
            }
            result["names"] = names(result["chat"]["files"])
            result["versions"] = {"gradio": version("gradio"), "chromium": browser.version}
            browser.close()
    store("loading", result)


if __name__ == "__main__":
    main()
