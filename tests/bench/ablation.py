"""Turns off each part of retrieval and answering in turn, on question files and on folders with real questions.

    python tests/bench/ablation.py ../shared/eval --real ../shared/real --kept /tmp/indexes

For each part and set: recall@1, whether the first quotation contains the answer, and the AUROC of the confidence (of a folder:
of right answers against all others); for question files the characters quoted, for folders recall@3, recall@10 and the answers
that are right and shown. A part of the confidence is judged by the AUROC, since without it fewer answers reach the threshold.
`changed` counts over all sets the questions that a part makes right and those that it makes wrong, with the p value of McNemar's
test: a part whose p is 0.05 or more in every outcome is within noise. A kind of token is turned off by removing it from the
question; in the documents it then affects only their lengths. A folder's `measure.py` decides which answers are right.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from common import json_lines, store
from retrieval import Remembering

import qa
from qa.answers import answering, confidence
from qa.answers import span as sentences
from qa.answers.answering import assess, cite
from qa.evaluation.run import auroc, holds_answer, read_squad
from qa.evaluation.statistics import mcnemar
from qa.index.build import build_documents
from qa.progress import ProgressBar
from qa.search import retrieval, text_evidence
from qa.search.question import Question, read_question
from qa.text.words import tokenize
from qa.types import Document

# questions, contexts, questions without an answer there
SETS = (
    ("cmrc2018_trial", "cmrc2018_trial", "xquad_dev.zh"),
    ("xquad_dev.zh", "xquad_dev.zh", "cmrc2018_trial"),
    ("drcd_dev", "drcd_dev", "cmrc2018_trial"),
    ("xquad_dev.en", "xquad_dev.en", "cmrc2018_trial"),
    ("xquad_dev.es", "xquad_dev.es", "cmrc2018_trial"),
    ("xquad_dev.en", "xquad_dev.zh", "cmrc2018_trial"),
    ("xquad_dev.zh", "xquad_dev.en", "cmrc2018_trial"),
    ("xquad_dev.es", "xquad_dev.zh", "cmrc2018_trial"),
)
FOLDERS = ("a", "d", "w1", "w2", "w5")
MOST = 200  # questions of a file, evenly spread

Off = Callable[[ExitStack], None]


def without_terms(kind: str) -> Off:
    """Terms of one kind of token left out of the question."""
    return questions_with(lambda question: {"terms": tuple(term for term in question.terms if not term.startswith(kind))})


def questions_with(values: Callable[[Question], dict[str, Any]]) -> Off:
    """Other values in every question that is read."""

    def read(self: retrieval.Retriever, text: str) -> Question:
        question = read_question(text, self.engine.dictionary)
        return replace(question, **values(question))

    return changed(retrieval.Retriever, read=read)


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


def all_terms(question: Question) -> dict[str, Any]:
    return {"terms": tuple(dict.fromkeys(tokenize(question.text)))}


def no_second(_question: Question, _sentences: Any, _best: int) -> None:
    return None


def alone(_index: Any, evidence: Any) -> range:
    return range(int(evidence.rows[0]), int(evidence.rows[0]) + 1)


PARTS: dict[str, Off] = {
    "everything on": lambda stack: None,
    "words of jieba": without_terms("w"),
    "characters": without_terms("c"),
    "pairs of characters": without_terms("b"),
    "question and function words left out": questions_with(all_terms),
    "BM25 of the passage": changed(retrieval, BM25_WEIGHT=0.0),
    "share of the words": changed(retrieval, COVERED_WEIGHT=0.0),
    "vector of the passage": changed(retrieval, DENSE_WEIGHT=0.0),
    "vectors of the sentences": changed(retrieval, SENTENCE_WEIGHT=0.0),
    "mean of the question's language": not_centred,
    "dictionary": changed(retrieval, _other_language=lambda engine, language: ""),
    "gate": changed(retrieval, FULL_GATE=1e-6),
    "names": changed(retrieval, NAMES_WEIGHT=0.0),
    "titles and headings": changed(retrieval, TITLE_WEIGHT=0.0),
    "headings alone come last": changed(retrieval, HEADING_PENALTY=0.0),
    "names in Latin letters": questions_with(lambda question: {"romanised": ()}),
    "neighbours of a passage for names": changed(text_evidence, NEIGHBOURS=0),
    "cosine of the sentence": changed(sentences, COSINE_WEIGHT=0.0),
    "credit of the first sentence's words": changed(sentences, SUBJECT_CREDIT=0.0),
    "questions and headings are no answers": changed(sentences, NO_ANSWER_PENALTY=0.0),
    "translated words in the sentence": changed(sentences, TRANSLATED_WEIGHT=0.0),
    "parts of one paragraph": changed(answering, paragraph_found=alone),
    "second sentence": changed(sentences, _needed=no_second),
    "confidence: cosines": no_weight("dense", "sentence"),
    "confidence: coverage": no_weight("coverage"),
    "confidence: one sentence's share": no_weight("held"),
    "confidence: translated words": no_weight("translated"),
    "confidence: kind of answer": no_weight("wrong_kind"),
    "confidence: missing names": no_weight("missing_name"),
}


Outcomes = dict[str, list[bool]]


def of_file(index: qa.Index, asked: list[Any], foreign: list[Any]) -> tuple[Outcomes, dict[str, float]]:
    """Outcomes by question, and the AUROC of the confidence and the mean length of a quotation."""
    rows: Outcomes = {"recall@1": [], "first right": []}
    lengths, good = [], []
    for question, gold in asked:
        assessed = assess(index.retriever, index.retriever.read(question.text))
        quote = cite(index.store, 1, assessed.spans[0]).quote if assessed else ""
        rows["recall@1"].append(bool(assessed) and index.document_number(int(assessed.evidence.rows[0])) == question.context)
        rows["first right"].append(holds_answer(quote, gold.answers))
        lengths.append(len(quote))
        good.append(assessed.confidence if assessed else 0.0)
    bad = [
        assessed.confidence for question in foreign if (assessed := assess(index.retriever, index.retriever.read(question.text)))
    ]
    return rows, {
        "auroc": round(100 * auroc(np.array(good), np.array(bad)), 1),
        "characters quoted": round(float(np.mean(lengths)), 1),
    }


def of_folder(index: qa.Index, questions: list[Any], measure: Any) -> tuple[Outcomes, dict[str, float]]:
    """Outcomes by answerable question, the share of others that are refused, and the AUROC of right answers against the rest."""
    told = [measure.ask(index, question) for question in questions]
    good = [each for each in told if each["answerable"]]
    rows: Outcomes = {f"recall@{k}": [(each["rank"] or 99) <= k for each in good] for k in (1, 3, 10)}
    rows["first right"] = [each["first"] for each in good]
    rows["right and shown"] = [each["first"] and each["found"] for each in good]
    refused = [not each["found"] for each in told if not each["answerable"]]
    right = np.array([each["confidence"] for each in good if each["first"]])
    wrong = np.array([each["confidence"] for each in told if not each["first"]])
    return rows, {"refused": round(100 * float(np.mean(refused)), 1), "auroc": round(100 * auroc(right, wrong), 1)}


def spread(rows: list[Any], most: int) -> list[Any]:
    """At most `most` of the rows, evenly spread."""
    return rows[:: max(1, -(-len(rows) // most))]


def files_sets(folder: Path, kept: Path, encoder: Any) -> dict[str, Callable[[], tuple[Outcomes, dict[str, float]]]]:
    """What to do for each pair of question files."""
    sets: dict[str, Any] = {}
    made: dict[str, qa.Index] = {}
    for asked, searched, foreign in SETS:
        files = {name: read_squad(folder / f"{name}.json") for name in {asked, searched, foreign}}
        if searched not in made:
            documents = [Document(str(i), "", text, "", "utf-8") for i, text in enumerate(files[searched].contexts)]
            made[searched] = build_documents(documents, str(kept / searched), kept, encoder)
        pairs = spread(list(zip(files[asked].questions, files[searched].questions, strict=True)), MOST)
        others = spread(list(files[foreign].questions), MOST // 2)
        name = asked if asked == searched else f"{asked} over {searched}"
        sets[name] = lambda index=made[searched], pairs=pairs, others=others: of_file(index, pairs, others)
    return sets


def folder_sets(real: Path, kept: Path, encoder: Any) -> dict[str, Callable[[], tuple[Outcomes, dict[str, float]]]]:
    """What to do for each folder of documents and questions."""
    sys.path.insert(0, str(real))
    import measure

    sets: dict[str, Any] = {}
    for name in FOLDERS:
        asked = json_lines((real / name / "questions.jsonl").read_text("utf-8"))
        index = qa.build(real / name / "documents", kept / name, encoder=encoder)
        sets[name] = lambda index=index, asked=asked: of_folder(index, asked, measure)
    return sets


def told(sets: dict[str, Any], before: dict[str, Outcomes] | None) -> tuple[dict[str, Outcomes], dict[str, Any]]:
    """Outcomes of every set, and their figures, with what changed from `before`."""
    outcomes, figures = {}, {}
    pooled: dict[str, tuple[list[bool], list[bool]]] = defaultdict(lambda: ([], []))
    for name, ask in sets.items():
        rows, more = ask()
        outcomes[name] = rows
        figures[name] = {key: round(100 * float(np.mean(values)), 1) for key, values in rows.items()} | more
        for key, values in rows.items() if before else ():
            pooled[key][0].extend(before[name][key])
            pooled[key][1].extend(values)
    changes = {
        key: {
            "gained by it": sum(a and not b for a, b in zip(with_it, without, strict=True)),
            "lost by it": sum(b and not a for a, b in zip(with_it, without, strict=True)),
            "p": round(mcnemar(with_it, without), 4),
        }
        for key, (with_it, without) in pooled.items()
    }
    return outcomes, {"sets": figures} | ({"changed": changes} if before else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--real", type=Path, help="folders of documents and questions beside a measure.py")
    parser.add_argument("--kept", type=Path, help="a folder to keep the indexes in between runs")
    parser.add_argument("--name", default="ablation")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ProgressBar() as bar:
        encoder = Remembering(qa.load_encoder(progress=bar))
        kept = options.kept or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        sets = files_sets(options.folder, kept, encoder)
        if options.real:
            sets |= folder_sets(options.real, kept, encoder)
        result: dict[str, Any] = {}
        whole: dict[str, Outcomes] | None = None
        for done, (part, off) in enumerate(PARTS.items(), 1):
            with ExitStack() as stack:
                off(stack)
                outcomes, result[part] = told(sets, whole)
            whole = whole or outcomes
            print(part, json.dumps(result[part].get("changed")), file=sys.stderr, flush=True)
            bar("parts", done, len(PARTS))
        del sets
    store(options.name, result)


if __name__ == "__main__":
    main()
