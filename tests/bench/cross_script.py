"""A simplified question over traditional text, and the other way: recall@1 and sentence@1 beside those of the same script.

The questions are converted by OpenCC, character by character and word by word ("t2s", "s2t"); the contexts stay as they are.

python tests/bench/cross_script.py ../shared/eval
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import store
from opencc import OpenCC

import qa
from qa.answers.answering import assess, cite
from qa.evaluation.question_files import SquadQuestion, holds_answer, read_squad
from qa.evaluation.statistics import mcnemar
from qa.index.build import build_documents
from qa.index.index import Index
from qa.progress import ProgressBar
from qa.types import Document

# questions and contexts, the conversion of the questions
SETS = (("drcd_dev", "t2s"), ("cmrc2018_trial", "s2t"), ("xquad_dev.zh", "s2t"))


def asked(index: Index, question: SquadQuestion, text: str) -> tuple[bool, bool]:
    """Whether the question, worded as `text`, finds its context first, and whether the first citation holds its answer."""
    assessed = assess(index.retriever, index.retriever.read(text))
    if assessed is None:
        return False, False
    found = index.document_number(int(assessed.evidence.rows[0])) == question.context
    return found, holds_answer(cite(index.store, 1, assessed.spans[0]).quote, question.answers)


def figures(same: list[bool], other: list[bool]) -> dict[str, float]:
    """The shares in points of a hundred, and the p value of their difference (exact McNemar)."""
    shares = {name: round(100 * sum(rows) / len(rows), 2) for name, rows in (("same script", same), ("other script", other))}
    return shares | {"p": round(mcnemar(same, other), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the files in SQuAD format")
    folder = parser.parse_args().folder
    result: dict[str, Any] = {}
    with ProgressBar() as bar:
        encoder = qa.load_encoder(progress=bar)
        for name, conversion in SETS:
            convert = OpenCC(conversion).convert
            file = read_squad(folder / f"{name}.json")
            documents = [Document(str(i), "", text, "", "utf-8") for i, text in enumerate(file.contexts)]
            changed = [(question, convert(question.text)) for question in file.questions]
            with tempfile.TemporaryDirectory() as temporary:
                index = build_documents(documents, temporary, Path(temporary), encoder, bar)
                same = [asked(index, question, question.text) for question, _ in changed]
                other = [asked(index, question, text) for question, text in changed]
                del index
            result[name] = {
                "conversion": conversion,
                "questions": len(changed),
                "altered by it": sum(text != question.text for question, text in changed),
                "recall@1": figures([found for found, _ in same], [found for found, _ in other]),
                "sentence@1": figures([right for _, right in same], [right for _, right in other]),
            }
    store("cross_script", result)


if __name__ == "__main__":
    sys.exit(main())
