"""One question end to end over 100,000 passages beside the bare call of the encoder, and what the shortcuts change.

.venv/bin/python tests/bench/latency.py ../shared/eval

Calls alternate, one question after the other. The same questions are then searched in an index of the same passages in which
every vector is compared and every list of every term is read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import store

import qa
from qa.search import vectors as dense


def main() -> None:
    from synthetic import SENTENCES, Corpus, Source

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="question files")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kept", type=Path, help="an .npz file to keep the vectors in between runs")
    options = parser.parse_args()
    encoder = qa.load_encoder()
    source = Source(options.folder, encoder, options.kept)
    questions = source.questions[: options.questions]
    corpus = Corpus(source, options.passages)
    result: dict[str, Any] = {"passages": options.passages, "sentences": options.passages * SENTENCES}
    with tempfile.TemporaryDirectory() as temporary:
        folder, exact_folder = Path(temporary) / "index", Path(temporary) / "exact"
        folder.mkdir()
        exact_folder.mkdir()
        corpus.write(folder)
        index = qa.open(folder, encoder=encoder)
        index.check()
        for question in questions[:30]:
            index.ask(question)
        times: dict[str, list[list[float]]] = {"encoder": [], "search": [], "ask": []}
        for _ in range(options.rounds):
            for taken in times.values():
                taken.append([])
            for question in questions:
                for name, step in (
                    ("encoder", lambda text: encoder.encode_queries([text])), ("search", index.search), ("ask", index.ask),
                ):  # fmt: skip
                    began = time.perf_counter()
                    step(question)
                    times[name][-1].append((time.perf_counter() - began) * 1e3)
        best = {name: np.min(taken, axis=0) for name, taken in times.items()}
        every = {name: np.ravel(taken) for name, taken in times.items()}
        for name, taken in every.items():
            result[f"{name}_ms"] = {f"p{q}": round(float(np.percentile(taken, q)), 2) for q in (50, 95)}
            result[f"{name}_ms"]["p50 of each question's best"] = round(float(np.median(best[name])), 2)
        for name in ("search", "ask"):
            result[f"{name} over encoder"] = {
                f"p{q}": round(float(np.percentile(every[name], q) / np.percentile(every["encoder"], q)), 2) for q in (50, 95)
            }
        result["vectors"] = index.manifest.vectors

        dense.EXACT = 10**9
        corpus.write(exact_folder)
        exact = qa.open(exact_folder, encoder=encoder)
        exact.lexical._enough = 10**12
        same = {"first": 0, "first 5": 0, "answer": 0}
        for question in questions:
            found, expected = index.search(question, 5), exact.search(question, 5)
            same["first"] += found[0].paragraph.row == expected[0].paragraph.row
            same["first 5"] += [hit.paragraph.row for hit in found] == [hit.paragraph.row for hit in expected]
            same["answer"] += index.ask(question).text == exact.ask(question).text
        result["questions"] = len(questions)
        result["same as without shortcuts"] = {name: round(count / len(questions), 4) for name, count in same.items()}
    store("latency", result)


if __name__ == "__main__":
    sys.exit(main())
