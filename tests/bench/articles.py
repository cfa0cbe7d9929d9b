"""Paragraphs of one article among each other: what the words of its title, which few paragraphs repeat, are worth.

python tests/bench/articles.py FOLDER [--questions 1500]

FOLDER holds the files named below, in SQuAD format with titles. Each article is a document: its title on the first line, then
its paragraphs. recall@1 counts a question whose own paragraph comes first.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import store

import qa
from qa.answers.answering import assess, cite
from qa.evaluation.question_files import holds_answer
from qa.index.build import build_documents
from qa.search import retrieval
from qa.types import Document

FILES = ("drcd_dev", "xquad_dev.zh", "xquad_dev.en")


def read_articles(file: Path) -> tuple[list[Document], list[tuple[str, str, int, int, list[str]]]]:
    """The articles, and for each question its text, its paragraph's source, start and end, and the answers."""
    documents, questions = [], []
    for article in json.loads(file.read_text("utf-8"))["data"]:
        source, text = article["title"], article["title"].replace("_", " ")
        for paragraph in article["paragraphs"]:
            start = len(text) + 2
            text += f"\n\n{paragraph['context']}"
            for asked in paragraph["qas"]:
                questions.append((asked["question"], source, start, len(text), [answer["text"] for answer in asked["answers"]]))
        documents.append(Document(source, "", text, "", "utf-8"))
    return documents, questions


def measure(index: qa.Index, questions: list[tuple[str, str, int, int, list[str]]]) -> dict[str, float]:
    """recall@1 and sentence@1 in percent."""
    first = right = 0
    for question, source, start, end, answers in questions:
        if (found := assess(index.retriever, index.retriever.read(question))) is None:
            continue
        passage = index.paragraph(int(found.evidence.rows[0]))
        first += passage.source == source and passage.start < end and passage.end > start
        right += holds_answer(cite(index.store, 1, found.spans[0]).quote, answers)
    return {name: round(100 * count / len(questions), 2) for name, count in (("recall@1", first), ("sentence@1", right))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=1500, help="drawn of each file, with a fixed seed")
    options = parser.parse_args()
    encoder, weight = qa.load_encoder(), retrieval.TITLE_WEIGHT
    result: dict[str, Any] = {}
    for name in FILES:
        documents, questions = read_articles(options.folder / f"{name}.json")
        questions = random.Random(1).sample(questions, min(len(questions), options.questions))
        with tempfile.TemporaryDirectory() as temporary:
            index = build_documents(documents, temporary, Path(temporary), encoder)
            result[name] = {"questions": len(questions), "articles": len(documents)}
            for label, used in (("with titles", weight), ("without", 0.0)):
                retrieval.TITLE_WEIGHT = used
                result[name][label] = measure(index, questions)
            del index
    store("articles", result)


if __name__ == "__main__":
    sys.exit(main())
