"""What the API answers to requests made from its own description: schemathesis over `/openapi.json`, against a small index.

    python tests/bench/contract.py --schemathesis PATH_TO_ST --cases 10000

It is run again with another seed until there have been so many cases; what has come of them is stored after each run, so that it
may be stopped between two.

The server answers with the tiny encoder of the tests, over a library in a temporary folder, as it is documents and not models
that the requests reach. schemathesis is not among the dependencies; install it in an environment of its own.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stderr
from pathlib import Path

from common import ROOT, store

sys.path[:0] = [str(ROOT / "tests")]

from chat_helpers import Served  # noqa: E402
from tiny import TinyEncoder  # noqa: E402

import qa  # noqa: E402
from qa.collections.library import Library  # noqa: E402
from qa.service.backend import Backend  # noqa: E402
from qa.service.web.exchange import ClientLimits  # noqa: E402

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemathesis", required=True, metavar="FILE", help="its command, st")
    parser.add_argument("--cases", type=int, default=10_000, help="at least so many, over all operations")
    parser.add_argument("--examples", type=int, default=200, help="of each operation in a run, beside those of its bounds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "seeds").mkdir()
        (folder / "seeds" / "river.txt").write_text("綦河洪峰水位227.6米。\n医生徐德纯救治了71名病人。\n", "utf-8")
        qa.build(folder / "seeds", folder / "index", encoder=TinyEncoder())
        library = Library(folder / "home", folder / "seeds", folder / "index", encoder=TinyEncoder())
        library.prepare()
        running = Served(Backend(library).open(), limits=ClientLimits(rate=100_000))
        try:
            run(options, running, folder)
        finally:
            running.close()
            library.close()


def run(options: argparse.Namespace, running: Served, folder: Path) -> None:
    """Run it until there have been enough cases, and store the result after each run."""
    counted: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    failures: list[str] = []
    began, seed = time.monotonic(), options.seed
    operations = sum(len(methods) for methods in running.http.get("/openapi.json").json()["paths"].values())
    version = subprocess.run([options.schemathesis, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    while counted["cases"] < options.cases:
        before = _requests(running)
        command = [
            options.schemathesis, "run", f"{running.url}openapi.json", "--checks", CHECKS, "--seed", str(seed), "--phases",
            "examples,coverage,fuzzing", "--max-examples", str(options.examples), "--continue-on-failure",
            "--suppress-health-check", "all", "--no-color", "--request-timeout", "30",
        ]  # fmt: skip
        terminal = folder / "stderr"
        with terminal.open("a") as stream, redirect_stderr(stream):
            done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        after = _requests(running)
        if after == before:
            raise SystemExit(f"no request was made: {done.stderr[-2000:]}")
        statuses.update({status: after[status] - before[status] for status in after})
        counted["cases"] += sum((after - before).values())
        counted["runs"] += 1
        failures += re.findall(r"(?m)^- (.+)$", done.stdout)
        if failures:
            print(done.stdout[-5000:], file=sys.stderr)
        said = terminal.read_text("utf-8")
        store("contract", {
            "operations": operations, "cases": counted["cases"], "runs": counted["runs"], "examples": options.examples,
            "statuses": dict(sorted(statuses.items())), "failures": dict(Counter(failures)),
            "tracebacks": said.count("Traceback"), "seconds": round(time.monotonic() - began), "schemathesis": version,
        })  # fmt: skip
        seed += 1


def _requests(running: Served) -> Counter[str]:
    """Requests answered so far by status, as the server counts them, without those for its description and its counts."""
    found: Counter[str] = Counter()
    for line in running.http.get("/metrics").text.splitlines():
        match = re.match(r'cited_qa_requests_total\{method="\w+",route="(\w+)",status="(\d+)"\} ([\d.]+)', line)
        if match and match[1] not in ("docs", "health"):
            found[match[2]] += int(float(match[3]))
    return found


if __name__ == "__main__":
    main()
