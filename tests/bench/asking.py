"""One question at a time and sixteen people at once, against the bare encoder on the same questions.

    python tests/bench/asking.py FOLDER [--people 16] [--questions 320] [--rounds 5]

FOLDER holds `cmrc2018_trial.json`: its 256 contexts are indexed, its questions asked. "Bare" is `encode_queries` of one question
after the other, by as many threads as ask. Bare and asking take turns; latencies are of all rounds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from common import store

import qa
from qa.evaluation.question_files import read_squad


def ask_all(run: Callable[[str], object], questions: list[str], people: int) -> tuple[float, list[float]]:
    """Seconds for all questions, and those of each, when `people` threads take one after the other."""

    def timed(question: str) -> float:
        began = time.perf_counter()
        run(question)
        return time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(people) as pool:
        each = list(pool.map(timed, questions))
    return time.perf_counter() - began, each


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--questions", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    asked = read_squad(options.folder / "cmrc2018_trial.json")
    questions = [question.text for question in asked.questions][: options.questions]
    encoder = qa.load_encoder()
    result: dict[str, object] = {"passages": 0, "questions": len(questions), "rounds": options.rounds}
    with tempfile.TemporaryDirectory() as temporary:
        documents = Path(temporary) / "documents"
        documents.mkdir()
        for number, context in enumerate(asked.contexts):
            (documents / f"{number:04}.txt").write_text(context, encoding="utf-8")
        index = qa.build(documents, Path(temporary) / "index", encoder=encoder)
        result["passages"] = index.size
        runs: dict[str, Callable[[str], object]] = {
            "bare encoder": lambda question: encoder.encode_queries([question]),
            "ask": index.ask,
        }
        for people in (1, options.people):
            for run in runs.values():
                ask_all(run, questions[:40], people)
            seconds: dict[str, list[float]] = {name: [] for name in runs}
            each: dict[str, list[float]] = {name: [] for name in runs}
            for _ in range(options.rounds):
                for name, run in runs.items():
                    total, latencies = ask_all(run, questions, people)
                    seconds[name].append(total)
                    each[name] += latencies
            rate = {name: len(questions) / statistics.median(values) for name, values in seconds.items()}
            middle = {name: 1000 * statistics.median(values) for name, values in each.items()}
            slow = {name: 1000 * float(np.percentile(values, 95)) for name, values in each.items()}
            result[f"{people} at a time"] = {
                "questions per second": {name: round(value, 1) for name, value in rate.items()},
                "share of the bare throughput": round(rate["ask"] / rate["bare encoder"], 3),
                "median, ms": {name: round(value, 1) for name, value in middle.items()},
                "95th percentile, ms": {name: round(value, 1) for name, value in slow.items()},
                "median, times bare": round(middle["ask"] / middle["bare encoder"], 2),
                "95th percentile, times bare": round(slow["ask"] / slow["bare encoder"], 2),
            }
    store("asking", result)


if __name__ == "__main__":
    sys.exit(main())
