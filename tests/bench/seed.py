"""The development questions on the seed document: the right passage, answers and refusals, by language.

python tests/bench/seed.py
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from typing import Any

from common import ROOT, store

import qa
from qa.progress import ProgressBar

QUESTIONS = ROOT / "tests" / "data" / "seed_questions.jsonl"


def group(language: str) -> str:
    return "Chinese" if language.startswith("zh") else "other languages"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", action="store_true", help="list the questions that went wrong")
    show = parser.parse_args().failures
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as folder, ProgressBar() as bar:
        index = qa.build(ROOT / "seeds", folder, progress=bar)
        for line in QUESTIONS.read_text("utf-8").splitlines():
            entry: dict[str, Any] = json.loads(line)
            answer = index.ask(entry["question"], k=10)
            row = rows[group(entry["language"])]
            good = True
            if entry["quote"] is None:
                row["unanswerable refused"].append(not answer.found)
                good = not answer.found
            else:
                holding = [hit.rank for hit in answer.hits if entry["quote"] in hit.text]
                rank = holding[0] if holding else 99
                row["right passage first"].append(rank == 1)
                row["right passage in the first three"].append(rank <= 3)
                row["answered"].append(answer.found)
                row["first citation holds the answer"].append(
                    any(entry["quote"] in citation.quote for citation in answer.citations[:1])
                )
                good = rank == 1 and answer.found
                row["citations an answer"].append(len(answer.citations))  # type: ignore[arg-type]
            row["citations verify"] += [bool(citation.verify()) for citation in answer.citations]
            if show and not good:
                print(f"{answer.confidence:.2f} {entry['quote'] and rank} {entry['question']}", file=sys.stderr)
        del index
    store("seed", {name: {k: round(sum(v) / len(v), 3) for k, v in row.items()} | {"answerable": len(row["answered"])}
                   for name, row in rows.items()})  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
