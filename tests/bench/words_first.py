"""How soon a large folder answers with `build --words-first`: .venv/bin/python tests/bench/words_first.py [--files N]

The folder is that of folder.py, the model the default one, in a process of its own as on the command line. Measured is the time
from the start of the build until the index is open and has answered, and the processor time the build took for it. The build is
then ended: what it needs for the vectors is the model's time, which README.md has.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from common import ROOT, store
from folder import write_files
from server import processor_seconds

import qa

ASKED = 8


def questions(files: int) -> list[tuple[str, str]]:
    """Questions about some files, with what the answer has to hold."""
    random, found = Random(3), []
    while len(found) < ASKED:
        n = random.randrange(files)
        if n % 3 == 0 and n % 20 not in (7, 11):
            found.append((f"第{n}号水库是哪一年建成的？", f"第{n}号水库在第"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    encoder = qa.load_encoder()
    encoder.warm_up()  # prepared and in the cache: the first use of a model takes a minute, once for all
    with tempfile.TemporaryDirectory() as temporary:
        docs, folder = Path(temporary) / "docs", Path(temporary) / "index"
        write_files(docs, options.files)
        result: dict[str, Any] = {"files": options.files}
        result["bytes"] = sum(file.stat().st_size for file in docs.rglob("*") if file.is_file())
        began = time.monotonic()
        build = subprocess.Popen(
            [sys.executable, "-m", "qa", "build", str(docs), "--index", str(folder), "--words-first", "--quiet"], cwd=ROOT
        )
        try:
            while not (folder / "CURRENT").exists():
                if build.poll() is not None:
                    raise SystemExit("the build ended before there were words")
                time.sleep(0.05)
            result["seconds until the words are published"] = round(time.monotonic() - began, 1)
            result["processor seconds of the build until then"] = round(processor_seconds(build.pid, children=True), 1)
            index = qa.open(folder, encoder=encoder)
            answers = []
            for question, held in questions(options.files):
                asked = time.monotonic()
                answer = index.ask(question)
                if not answers:
                    result["seconds until the first answer"] = round(time.monotonic() - began, 1)
                answers.append((time.monotonic() - asked, held in answer.text))
            result["seconds of a question, the build beside it, median"] = round(
                sorted(took for took, _ in answers)[ASKED // 2], 2
            )
            result["answered rightly by words"] = f"{sum(right for _, right in answers)} of {ASKED}"
            result["passages"], result["sentences"] = index.manifest.passages, index.manifest.sentences
        finally:
            build.kill()
            build.wait()
    store("words_first", result)


if __name__ == "__main__":
    sys.exit(main())
