"""Many browser pages asking at once, and the server's memory: is every question answered, and with the right answer?

python tests/bench/browsers.py [--pages 16] [--seconds 60]

Each page asks a question of the seed document, compares what it is shown with what the endpoint answers to the question by
itself, begins a new conversation, and asks the next.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from common import ROOT, store

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip


def resident(process: subprocess.Popen[str]) -> int:
    """The memory of a process, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) // 1000 if found else 0


def expected(address: str, question: str) -> str:
    """What the endpoint quotes; "" where it finds nothing, which the page says in words of its own."""
    call = json.dumps({"question": question}).encode()
    with urllib.request.urlopen(f"{address}api/ask", call) as response:
        answer: dict[str, Any] = json.load(response)
    return squeezed(answer["text"]) if answer["found"] else ""


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


class Tally:
    """What came of it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.wrong: list[str] = []
        self.lost: list[str] = []
        self.told = 0  # that there was no time for it, with a button to ask again
        self.errors: list[str] = []


async def visit(browser: Any, address: str, answers: dict[str, str], until: float, tally: Tally, number: int) -> None:
    context = await browser.new_context(locale=("zh-CN", "en-GB")[number % 2])
    context.on("weberror", lambda error: tally.errors.append(str(error.error)))
    context.on(
        "response", lambda response: tally.errors.append(f"{response.status} {response.url}") if response.status >= 400 else None
    )
    page = await context.new_page()
    page.set_default_timeout(120_000)
    await page.goto(address)
    await page.wait_for_selector("#conversation .example")
    draw = random.Random(number)
    while time.monotonic() < until:
        question = draw.choice(list(answers))
        await page.fill("#question textarea", question)
        began = time.perf_counter()
        await page.press("#question textarea", "Enter")
        try:
            await page.wait_for_selector("#conversation .sure, #conversation .trouble")
        except Exception as error:
            tally.lost.append(f"{question}: {error}")
            break
        if await page.locator("#conversation .trouble").count():
            tally.told += 1
        else:
            tally.seconds.append(time.perf_counter() - began)
            if answers[question] not in squeezed(await page.inner_text("#conversation .bot")):
                tally.wrong.append(question)
        await page.click("#new")
        await page.wait_for_selector("#conversation :is(.sure, .trouble)", state="detached")
    await context.close()


async def crowd(address: str, answers: dict[str, str], pages: int, seconds: float) -> Tally:
    from playwright.async_api import async_playwright

    tally = Tally()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        until = time.monotonic() + seconds
        await asyncio.gather(*(visit(browser, address, answers, until, tally, number) for number in range(pages)))
        await browser.close()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--port", type=int, default=7790)
    options = parser.parse_args()
    lines = (ROOT / "tests" / "data" / "seed_questions.jsonl").read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "app.py",
            "--port",
            str(options.port),
            "--index",
            f"{folder}/index",
            "--home",
            f"{folder}/home",
        ]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[1]
            answers = {
                question: expected(address, question) for question in (json.loads(line)["question"] for line in lines[:60])
            }
            before = resident(server)
            tally = asyncio.run(crowd(address, answers, options.pages, options.seconds))
            after = resident(server)
        finally:
            server.terminate()
            server.wait(30)
    times = sorted(tally.seconds)
    if len(times) < 2:
        print(*tally.lost, *tally.errors, sep="\n", file=sys.stderr)
        return 1
    store(
        "browsers",
        {
            "pages at once": options.pages,
            "seconds": options.seconds,
            "questions answered": len(times),
            "wrong answers": tally.wrong,
            "told that there was no time": tally.told,
            "lost": tally.lost,
            "errors": tally.errors,
            "seconds to an answer": {
                "median": round(statistics.median(times), 2), "slowest of 100": round(statistics.quantiles(times, n=100)[-1], 2),
                "slowest": round(times[-1], 2),
            },
            "memory of the server, MB": {"before": before, "after": after},
        },
    )  # fmt: skip
    return 1 if tally.wrong or tally.lost or tally.errors else 0


if __name__ == "__main__":
    sys.exit(main())
