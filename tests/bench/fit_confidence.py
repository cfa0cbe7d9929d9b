"""Fit the confidence anew and compare with the weights that are shipped; nothing is written into the code.

A question's features are taken three times: as it is; with the passages that answer it taken away, so that the best of the
rest stands for them; and a question of another file. The first has an answer, the others have none and weigh half each.

python tests/bench/fit_confidence.py ../shared/eval
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import store
from numpy.typing import NDArray
from retrieval import Remembering
from sklearn.linear_model import LogisticRegression

import qa
from qa.answers import _OTHER_LANGUAGE, _SAME_LANGUAGE, _TRANSLATED, THRESHOLD, confidence, features
from qa.building import build_documents
from qa.evaluation import auroc, read_questions
from qa.index import Index
from qa.progress import ProgressBar
from qa.retrieval import gather
from qa.types import Document

# questions, contexts, another file's questions
SAME = (
    ("cmrc2018_trial", "cmrc2018_trial", "drcd_dev"),
    ("xquad_dev.zh", "xquad_dev.zh", "cmrc2018_trial"),
    ("xquad_dev.en", "xquad_dev.en", "cmrc2018_trial"),
    ("drcd_dev", "drcd_dev", "cmrc2018_trial"),
)
TRANSLATED = (
    ("xquad_dev.en", "xquad_dev.zh", "cmrc2018_trial"),
    ("xquad_dev.zh", "xquad_dev.en", "cmrc2018_trial"),
)
OTHER = (
    ("xquad_dev.es", "xquad_dev.zh", "cmrc2018_trial"),
    ("xquad_dev.zh", "xquad_dev.es", "cmrc2018_trial"),
)
KEPT_FOR_THE_CHECK = {"drcd_dev"}
MOST = 700  # questions of a file
CANDIDATES = ("rows", "score", "dense", "sentence", "bm25", "lexical", "translated")
Rows = list[dict[str, float]]


def measured(index: Index, question: str, hidden: int | None = None) -> dict[str, float] | None:
    """The features of a question, with the passages of context `hidden` taken away."""
    evidence = gather(index, question)
    if evidence is None:
        return None
    if hidden is not None:
        kept = np.array([index.document_number(int(row)) != hidden for row in evidence.rows])
        evidence = replace(evidence, **{name: getattr(evidence, name)[kept] for name in CANDIDATES})
    return features(index, question, evidence)


def fit(sets: list[tuple[Rows, Rows, Rows]], names: list[str]) -> dict[str, float]:
    """Weights and bias by logistic regression; every set counts the same, and so do answers and no answers."""
    values, labels, weights = [], [], []
    for good, near, far in sets:
        for rows, label, weight in ((good, 1, 1.0), (near, 0, 0.5), (far, 0, 0.5)):
            values += [[row[name] for name in names] for row in rows]
            labels += [label] * len(rows)
            weights += [1000 * weight / len(rows)] * len(rows)
    model = LogisticRegression(C=3, max_iter=3000).fit(np.array(values), labels, sample_weight=weights)
    return {**dict(zip(names, model.coef_[0].round(2).tolist(), strict=True)), "bias": round(float(model.intercept_[0]), 2)}


def scores(rows: Rows) -> NDArray[np.float64]:
    return np.array([confidence(row) for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    random.seed(0)
    result: dict[str, object] = {"threshold": THRESHOLD}
    with ProgressBar() as bar:
        encoder = Remembering(qa.load_encoder(progress=bar))
        kinds = (
            ("same language", SAME, _SAME_LANGUAGE),
            ("translated", TRANSLATED, _TRANSLATED),
            ("other", OTHER, _OTHER_LANGUAGE),
        )
        for kind, table, shipped in kinds:
            fitted_on, rates = [], {}
            for asked, searched, foreign in table:
                files = {name: read_questions(folder / f"{name}.json") for name in {asked, searched, foreign}}
                questions = files[asked].questions
                questions = tuple(random.sample(questions, min(MOST, len(questions))))
                others = random.sample(files[foreign].questions, min(MOST, len(files[foreign].questions)))
                with tempfile.TemporaryDirectory() as temporary:
                    documents = [Document(str(i), "", text, "", "utf-8") for i, text in enumerate(files[searched].contexts)]
                    index = build_documents(documents, temporary, Path(temporary), encoder, bar)
                    good = [row for q in questions if (row := measured(index, q.text))]
                    near = [row for q in questions if (row := measured(index, q.text, q.context))]
                    far = [row for q in others if (row := measured(index, q.text))]
                    del index
                if asked not in KEPT_FOR_THE_CHECK:
                    fitted_on.append((good, near, far))
                a, b, c = scores(good), scores(near), scores(far)
                rates[f"{asked} over {searched}"] = {
                    "answered": round(float((a >= THRESHOLD).mean()), 3),
                    "answered with the passage taken away": round(float((b >= THRESHOLD).mean()), 3),
                    "answered of another file": round(float((c >= THRESHOLD).mean()), 3),
                    "auroc, passage taken away": round(auroc(a, b), 4),
                    "auroc, another file": round(auroc(a, c), 4),
                }
            names = [name for name in shipped if name != "bias"]
            result[kind] = {"fitted": fit(fitted_on, names), "shipped": shipped, "shipped rates": rates}
    store("confidence", result)


if __name__ == "__main__":
    sys.exit(main())
