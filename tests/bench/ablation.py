"""Every part of retrieval and answering off in turn: what recall@1, sentence@1 and AUROC are without it.

A kind of token is left out of the question, which leaves it without effect in the documents too but for their lengths.

python tests/bench/ablation.py ../shared/eval
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from common import store
from retrieval import Remembering

import qa
from qa.answers import confidence
from qa.answers import span as sentences
from qa.answers.answering import assess, cite
from qa.evaluation.run import auroc, holds_answer, read_questions
from qa.index.build import build_documents
from qa.index.index import Index
from qa.progress import ProgressBar
from qa.search import bm25 as lexical
from qa.search import retrieval
from qa.text.words import tokenize
from qa.types import Document

# questions, contexts, questions without an answer there
SETS = (
    ("cmrc2018_trial", "cmrc2018_trial", "xquad_dev.zh"),
    ("xquad_dev.zh", "xquad_dev.zh", "cmrc2018_trial"),
    ("drcd_dev", "drcd_dev", "cmrc2018_trial"),
    ("xquad_dev.en", "xquad_dev.zh", "cmrc2018_trial"),
    ("xquad_dev.zh", "xquad_dev.en", "cmrc2018_trial"),
)
MOST = 200  # questions of a file, evenly spread

Off = Callable[[ExitStack], None]


def without_terms(kind: str) -> Off:
    """Terms of one kind of token left out of the question."""
    terms = retrieval.question_terms

    def kept(question: str, *more: Any) -> list[str]:
        return [term for term in terms(question, *more) if not term.startswith(kind)]

    def off(stack: ExitStack) -> None:
        stack.enter_context(patch.object(retrieval, "question_terms", kept))

    return off


def changed(module: Any, **values: Any) -> Off:
    """Names of a module set to other values."""

    def off(stack: ExitStack) -> None:
        for name, value in values.items():
            stack.enter_context(patch.object(module, name, value))

    return off


def no_weight(*names: str) -> Off:
    """Features of the confidence left out."""

    def off(stack: ExitStack) -> None:
        for model in (confidence.SAME_LANGUAGE, confidence.TRANSLATED, confidence.OTHER_LANGUAGE):
            stack.enter_context(patch.dict(model.weights, {name: 0.0 for name in names if name in model.weights}))

    return off


def not_centred(stack: ExitStack) -> None:
    """The mean of the question's language left in the question."""
    stack.enter_context(patch("qa.search.language_means.QUESTION_SHARE", 0.0))


def all_terms(question: str, *more: Any) -> list[str]:
    return list(dict.fromkeys(tokenize(question, *more)))


def no_words(_self: Any, _tokens: Any, rows: Any) -> lexical.Evidence:
    return lexical.Evidence(np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32))


def no_second(_question: str, _sentences: Any, _best: int) -> None:
    return None


PARTS: dict[str, Off] = {
    "everything on": lambda stack: None,
    "words of jieba": without_terms("w"),
    "characters": without_terms("c"),
    "pairs of characters": without_terms("b"),
    "question and function words left out": changed(retrieval, question_terms=all_terms),
    "BM25 of the best sentence": changed(retrieval, SENTENCE_BM25=0.0),
    "all lexical evidence": changed(lexical.LexicalIndex, scores=no_words),
    "vector of the passage": changed(retrieval, DENSE_WEIGHT=0.0),
    "vectors of the sentences": changed(retrieval, SENTENCE_WEIGHT=0.0),
    "mean of the question's language": not_centred,
    "dictionary": changed(retrieval, translated_terms=lambda question, to: []),
    "gate": changed(retrieval, FULL_GATE=1e-6),
    "phrases": changed(retrieval, PHRASE_WEIGHT=0.0),
    "names": changed(retrieval, NAMES_WEIGHT=0.0),
    "cosine of the sentence": changed(sentences, COSINE_WEIGHT=0.0),
    "credit of the first sentence's words": changed(sentences, SUBJECT_CREDIT=0.0),
    "kind of answer in the sentence": changed(sentences, KIND_WEIGHT=0.0),
    "new words": changed(sentences, NEW_WORDS_WEIGHT=0.0),
    "second sentence": changed(sentences, _needed=no_second),
    "confidence: cosines": no_weight("dense", "sentence"),
    "confidence: coverage": no_weight("coverage"),
    "confidence: one sentence's share": no_weight("held"),
    "confidence: translated words": no_weight("translated"),
    "confidence: kind of answer": no_weight("wrong_kind"),
    "confidence: missing names": no_weight("missing_name"),
}


@contextmanager
def indexes(folder: Path, encoder: Any) -> Iterator[dict[str, Index]]:
    with tempfile.TemporaryDirectory() as temporary:
        made = {}
        for name in dict.fromkeys(searched for _, searched, _ in SETS):
            documents = [
                Document(str(i), "", text, "", "utf-8") for i, text in enumerate(read_questions(folder / f"{name}.json").contexts)
            ]
            made[name] = build_documents(documents, str(Path(temporary) / name), Path(temporary), encoder)
        yield made
        made.clear()


def figures(index: Index, asked: list[Any], foreign: list[Any]) -> dict[str, float]:
    """recall@1, sentence@1 and AUROC in points of a hundred, and the mean length of a quotation in characters."""
    first, right, lengths, good = [], [], [], []
    for question, gold in asked:
        assessed = assess(index, question.text)
        if assessed is None:
            continue
        quote = cite(index, 1, assessed.spans[0]).quote
        first.append(index.document_number(int(assessed.evidence.rows[0])) == question.context)
        right.append(holds_answer(quote, gold.answers))
        lengths.append(len(quote))
        good.append(assessed.confidence)
    bad = [assessed.confidence for question in foreign if (assessed := assess(index, question.text))]
    return {
        "recall@1": round(100 * float(np.mean(first)), 1),
        "sentence@1": round(100 * float(np.mean(right)), 1),
        "auroc": round(100 * auroc(np.array(good), np.array(bad)), 1),
        "characters quoted": round(float(np.mean(lengths)), 1),
    }


def spread(rows: list[Any], most: int) -> list[Any]:
    """At most `most` of the rows, evenly spread."""
    return rows[:: max(1, -(-len(rows) // most))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with ProgressBar() as bar:
        encoder = Remembering(qa.load_encoder(progress=bar))
        with indexes(folder, encoder) as made:
            sets = []
            for asked, searched, foreign in SETS:
                files = {name: read_questions(folder / f"{name}.json") for name in {asked, searched, foreign}}
                pairs = list(zip(files[asked].questions, files[searched].questions, strict=True))
                name = asked if asked == searched else f"{asked} over {searched}"
                sets.append((name, made[searched], spread(pairs, MOST), spread(list(files[foreign].questions), MOST // 2)))
            result = {}
            for done, (part, off) in enumerate(PARTS.items(), 1):
                with ExitStack() as stack:
                    off(stack)
                    result[part] = {name: figures(index, asked, foreign) for name, index, asked, foreign in sets}
                bar("parts", done, len(PARTS))
            del sets
    store("ablation", result)


if __name__ == "__main__":
    sys.exit(main())
