"""The prepared encoder against sentence-transformers on the same model and texts, alternating; medians and ratios.

python tests/bench/encoding.py
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from common import ROOT, store

import qa
from qa.paragraphs import split_paragraphs

ROUNDS = 5


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    from sentence_transformers import SentenceTransformer

    encoder = qa.load_encoder()
    reference = SentenceTransformer(str(encoder.prepared.folder / "sentence-transformers"), device="cpu")
    text = next((ROOT / "seeds").glob("*.txt")).read_text("utf-8")
    passages = [text[start:end] for start, end in split_paragraphs(text) if end - start >= 60]
    question = "綦河洪峰水位是多少？"
    runs: dict[str, Callable[[], object]] = {
        "prepared, passages": lambda: encoder.encode_passages(passages),
        "sentence-transformers, passages": lambda: reference.encode_document(passages, batch_size=32),
        "prepared, one question": lambda: [encoder.encode_queries([question]) for _ in range(20)],
        "sentence-transformers, one question": lambda: [reference.encode_query([question]) for _ in range(20)],
    }
    for run in runs.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(seconds(run))
    middle = {name: statistics.median(values) for name, values in times.items()}
    store(
        "encoding",
        {
            "passages": len(passages),
            "characters a passage": round(statistics.mean(map(len, passages))),
            "passages per second": {
                name.split(",")[0]: round(len(passages) / middle[name], 1) for name in runs if name.endswith("passages")
            },
            "milliseconds a question": {
                name.split(",")[0]: round(middle[name] / 20 * 1000, 1) for name in runs if name.endswith("question")
            },
            "ratio, passages": round(middle["sentence-transformers, passages"] / middle["prepared, passages"], 2),
            "ratio, one question": round(middle["sentence-transformers, one question"] / middle["prepared, one question"], 2),
        },
    )


if __name__ == "__main__":
    sys.exit(main())
