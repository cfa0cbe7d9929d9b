"""The development questions on the seed document: the right passage, answers and refusals, by language.

python tests/bench/seed.py
"""

from __future__ import annotations

import argparse
import sys
import tempfile

from common import ROOT, store

import qa
from qa.evaluation.outcomes import Outcome
from qa.evaluation.own_documents import measure_own
from qa.evaluation.question_files import read_own_questions
from qa.progress import ProgressBar

QUESTIONS = ROOT / "tests" / "data" / "seed_questions.jsonl"


def figures(rows: list[Outcome]) -> dict[str, float]:
    """The shares of one group of questions."""
    good = [row for row in rows if row.answerable]
    bad = [row for row in rows if not row.answerable]
    return {
        "right passage first": share([row.rank == 1 for row in good]),
        "right passage in the first three": share([row.rank is not None and row.rank <= 3 for row in good]),
        "answered": share([row.found for row in good]),
        "first citation holds the answer": share([row.found and row.first_right for row in good]),
        "unanswerable refused": share([not row.found for row in bad]),
        "answerable": len(good),
    }


def share(values: list[bool]) -> float:
    return round(sum(values) / len(values), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", action="store_true", help="list the questions that went wrong")
    show = parser.parse_args().failures
    questions = read_own_questions(QUESTIONS).questions
    with tempfile.TemporaryDirectory() as folder, ProgressBar() as bar:
        index = qa.build(ROOT / "seeds", folder, progress=bar)
        rows = measure_own(index, questions, QUESTIONS, progress=bar).rows
        cited = [[bool(c.verify()) for c in index.ask(question.text).citations] for question in questions]
        del index
    groups: dict[str, list[Outcome]] = {"Chinese": [], "other languages": []}
    verified: dict[str, list[bool]] = {name: [] for name in groups}
    for question, row, checks in zip(questions, rows, cited, strict=True):
        name = "Chinese" if str(question.labels.get("language", "zh")).startswith("zh") else "other languages"
        groups[name].append(row)
        verified[name] += checks
        if show and row.failure:
            print(f"{row.confidence:.2f} {row.failure}: {row.question}", file=sys.stderr)
    store("seed", {name: {**figures(group), "citations verify": share(verified[name])} for name, group in groups.items()})


if __name__ == "__main__":
    sys.exit(main())
