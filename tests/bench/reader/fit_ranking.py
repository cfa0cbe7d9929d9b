"""Fits the weights of `qa/search/retrieval.py`, by which passages are ranked for a question before any is read.

    python tests/bench/reader/fit_ranking.py --rows FOLDER --fit FOLDER ... --squad FILE ... --check FOLDER FILE ...

Folders have `documents` and `questions.jsonl`, files are in the SQuAD format. Nothing is fitted on those to be checked. In
`--rows` the indexes and the candidates are kept, so that fitting again takes seconds. The model is a conditional logit: the
likelihood that, of the candidates of a question, one that answers comes first, with an L2 penalty on standardised weights. What
else the score has (the background, identifiers, names, headings) stays as it is. Prints the weights to paste, and how often a
right passage is first, among three, six and ten with the weights in force and with those fitted.
"""

from __future__ import annotations

import argparse
import pickle
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from common import json_lines, store
from examples import bare, of_source, quotes_of
from fuse import holds

import qa
from qa.evaluation.question_files import read_squad
from qa.index.build import build_documents
from qa.search import retrieval, text_evidence
from qa.types import Document

Array = NDArray[np.float64]

FEATURES = ("dense", "sentence", "bm25", "translated", "title", "covered")
IN_FORCE = np.array(
    [
        retrieval.DENSE_WEIGHT, retrieval.SENTENCE_WEIGHT, retrieval.BM25_WEIGHT, retrieval.TRANSLATED_WEIGHT,
        retrieval.TITLE_WEIGHT, retrieval.COVERED_WEIGHT,
    ]
)  # fmt: skip
DEEP = 60  # candidates kept of a question
FITTED = 40  # and fitted on
QUESTIONS = 400  # of a folder, 100 of a file that is fitted on
PENALTY = 1.0
SEED = 5


@dataclass(frozen=True)
class Ranked:
    """The candidates of a question: `values`, shape (candidates, features), what the score has beside them, and which answer."""

    values: Array
    fixed: Array
    right: NDArray[np.bool_]


def ranked(index: qa.Index, text: str, answers: Any) -> Ranked | None:
    """The candidates of the question `text`, as typed; `answers` tells of a passage whether it does."""
    engine, retriever = index.store, index.retriever
    found = retriever.gather(retriever.read(text))
    if found is None:
        return None
    idf = {term: engine.lexical.idf(term) for term in found.question.word_terms}
    values, fixed = [], []
    for i, row in enumerate(map(int, found.rows[:DEEP])):
        covered, title = text_evidence.word_shares(engine, idf, row)
        values.append([found.dense[i], found.sentence[i], found.bm25[i], found.translated[i], title, covered])
        fixed.append(
            float(found.beside[i])
            + retrieval.NAMES_WEIGHT * text_evidence.holds_names(engine, found.question, np.array([row]))[0]
            - retrieval.HEADING_PENALTY * retrieval.is_heading(engine.paragraph(row))
        )
    right = np.array([answers(engine.paragraph(int(row))) for row in found.rows[:DEEP]], np.bool_)
    return Ranked(np.array(values, float), np.array(fixed), right)


def of_folder(folder: Path, at: Path) -> list[Ranked]:
    index = qa.build(folder / "documents", at)
    asked = [
        one for one in json_lines((folder / "questions.jsonl").read_text("utf-8")) if one.get("quote") and not one.get("history")
    ]
    random.Random(SEED).shuffle(asked)

    def tell(one: dict[str, Any]) -> Any:
        quotes, key = quotes_of(one), bare(str(one.get("row") or ""))[0]
        return lambda passage: of_source(one, passage.source) and holds(passage.text, quotes, key)

    return [found for one in asked[:QUESTIONS] if (found := ranked(index, one["question"], tell(one)))]


def of_file(file: Path, at: Path) -> list[Ranked]:
    squad = read_squad(file)
    at.mkdir(parents=True, exist_ok=True)
    documents = [Document(str(i), "", text, "", "utf-8") for i, text in enumerate(squad.contexts)]
    index = build_documents(documents, at, at, qa.load_encoder())
    asked = [question for question in squad.questions if question.answers]
    random.Random(SEED).shuffle(asked)

    def tell(context: int) -> Any:
        return lambda passage: passage.source == str(context)

    return [found for one in asked[:QUESTIONS] if (found := ranked(index, one.text, tell(one.context)))]


def kept(given: Path, where: Path) -> list[Ranked]:
    name = given.name.removesuffix(".json")
    file = where / f"{name}.ranked"
    if not file.exists():
        found = (of_folder if given.is_dir() else of_file)(given, where / f"{name}.index")
        file.write_bytes(pickle.dumps(found))
    return pickle.loads(file.read_bytes())


def fitted(asked: Sequence[Ranked]) -> Array:
    """The weights of FEATURES, those of the two cosines 2 together. The scale is fitted with them, of what stays as it is too."""
    usable = [one for one in asked if one.right[:FITTED].any() and not one.right[:FITTED].all()]
    scale = np.concatenate([one.values[:FITTED] for one in usable]).std(0) + 1e-6
    sizes = np.array([len(one.right[:FITTED]) for one in usable])
    starts, owner = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(usable)), sizes)
    x = np.concatenate([one.values[:FITTED] for one in usable]) / scale
    right = np.concatenate([one.right[:FITTED] for one in usable]).astype(float)
    fixed = np.concatenate([one.fixed[:FITTED] for one in usable])

    def loss(w: Array) -> tuple[float, Array]:
        unit = (w[0] / scale[0] + w[1] / scale[1]) / 2  # what 1 of the score is in log odds
        logits = x @ w + unit * fixed
        odds = np.exp(logits - np.maximum.reduceat(logits, starts)[owner])
        whole, held = np.add.reduceat(odds, starts), np.add.reduceat(odds * right, starts) + 1e-12
        toward = odds / whole[owner] - odds * right / held[owner]
        gradient = x.T @ toward
        gradient[:2] += (toward @ fixed) / (2 * scale[:2])
        return float(np.log(whole / held).sum() + PENALTY / 2 * w @ w), gradient + PENALTY * w

    weights = minimize(loss, np.ones(len(FEATURES)), jac=True, method="L-BFGS-B").x / scale
    return np.round(2 * weights / (weights[0] + weights[1]), 4)


def figures(asked: Sequence[Ranked], weights: Array) -> dict[str, float]:
    ranks = []
    for one in asked:
        order = np.argsort(-(one.values @ weights + one.fixed), kind="stable")
        ranks.append(int(np.argmax(one.right[order])) if one.right.any() else DEEP)
    among = {f"among {k}": round(100 * float(np.mean([rank < k for rank in ranks])), 1) for k in (1, 3, 6, 10)}
    return {"questions": len(ranks), **among}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--fit", nargs="+", type=Path, required=True)
    parser.add_argument("--squad", nargs="*", type=Path, default=[], help="files of which a quarter is fitted on")
    parser.add_argument("--check", nargs="*", type=Path, default=[])
    given = parser.parse_args()
    given.rows.mkdir(parents=True, exist_ok=True)
    folders = {folder.name: kept(folder, given.rows) for folder in given.fit}
    files = {file.name: kept(file, given.rows)[: QUESTIONS // 4] for file in given.squad}
    found = {**folders, **files}
    weights = fitted([one for part in found.values() for one in part])
    print(dict(zip(FEATURES, weights.tolist(), strict=True)))
    result: dict[str, Any] = {
        "weights": dict(zip(FEATURES, weights.tolist(), strict=True)),
        "left out in turn": {},
        "checked": {},
    }
    for name in folders:
        rest = fitted([one for other, part in found.items() if other != name for one in part])
        result["left out in turn"][name] = {"in force": figures(found[name], IN_FORCE), "fitted": figures(found[name], rest)}
    for path in given.check:
        part = kept(path, given.rows)
        result["checked"][path.name] = {"in force": figures(part, IN_FORCE), "fitted": figures(part, weights)}
    store("ranking", result)


if __name__ == "__main__":
    main()
