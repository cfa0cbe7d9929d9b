"""Fit the model that tells what a question asks for of several things (`qa/search/asks_for.py`).

    python tests/bench/fit_asks_for.py

Fitted on the wordings of `tests/data/asks_for.json`, whose {a|b|} are alternatives and whose capital and small letters stand for
words of its `slots`, and on the stored questions of `tests/bench/reader/questions`: those of the type `list` ask for several, and
of the others those that a first model does not take for something else for one thing. Checked on `checked`, stored questions
whose kind was told by a reader, the sets left out in turn: each is judged by a model that has seen no question of its set.
Results go to `results/asks_for.json`.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from common import json_lines, store
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from qa.search.asks_for import KINDS, MODEL, SURE
from qa.search.hashed import MANY_BINS, many_bins

HERE = Path(__file__).parent
DRAWN = 40  # of one line with alternatives
OF_A_SET = 400  # stored questions that ask for one thing
ONE_VALUE = ("number", "date", "time", "place", "reason", "howto", "yesno", "condition")  # types that ask for no list
UNSURE = 0.6  # a stored question that a first model is as sure of is left out
CHECKED_WEIGHT = 6.0
C, COUNTED = 3.0, 0.15  # the penalty is stronger the less a feature counts
FOLDS = 4


def main() -> None:
    """Fit, print the share of right kinds on what was left out, and write the weights."""
    random.seed(17)
    given = json.loads((HERE.parent / "data" / "asks_for.json").read_text("utf-8"))
    wordings = [(text, kind) for kind in KINDS for line in given[kind] for text in drawn(line, given["slots"])]
    stored = stored_questions()
    kind_of = {text: kind for kind, texts in given["checked"].items() for text in texts}
    names = sorted(stored)
    random.shuffle(names)
    found: dict[str, str] = {}
    for part in range(FOLDS):
        apart = names[part::FOLDS]
        model = fitted(wordings, [one for name in names if name not in apart for one in stored[name]], kind_of)
        own = [one["question"] for name in apart for one in stored[name] if one["question"] in kind_of]
        found.update(zip(own, model.kinds(own), strict=True))
    figures: dict[str, Any] = {}
    for kind in KINDS:
        gold = [text for text in found if kind_of[text] == kind]
        said = [text for text in found if found[text] == kind]
        right = sum(found[text] == kind for text in gold)
        figures[kind] = {"questions": len(gold), "found": right, "said": len(said)}
        print(f"{kind:8} {figures[kind]}", *(f"    {found[text]}: {text}" for text in gold if found[text] != kind), sep="\n")
    model = fitted(wordings, [one for name in names for one in stored[name]], kind_of)
    MODEL.store(COUNTED * model.weights, model.bias)
    print(f"{MODEL.path}: {MODEL.path.stat().st_size:,} bytes")
    store("asks_for", {"questions of sets left out, by kind": figures})


class Fitted:
    """A logistic regression for each kind against the others, with few weights that are not 0."""

    def __init__(self, rows: list[tuple[str, str]], weights: list[float]) -> None:
        features, kinds = matrix([text for text, _ in rows]), np.array([kind for _, kind in rows])
        model = LogisticRegression(C=C, penalty="l1", solver="liblinear", tol=2e-2, random_state=17)
        models = [clone(model).fit(features, kinds == kind, sample_weight=weights) for kind in KINDS]
        self.weights = np.concatenate([model.coef_ for model in models])
        self.bias = np.concatenate([model.intercept_ for model in models])

    def probabilities(self, texts: list[str]) -> np.ndarray:
        """How likely each of `texts` is of each kind, a row each."""
        logits = matrix(texts) @ self.weights.T + self.bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def kinds(self, texts: list[str]) -> list[str]:
        """What `asks_for` would say of each of `texts`."""
        return [KINDS[row.argmax()] if row.max() > SURE else "one" for row in self.probabilities(texts)]


def fitted(wordings: list[tuple[str, str]], stored: list[dict[str, Any]], kind_of: dict[str, str]) -> Fitted:
    """The model of the wordings and of stored questions; of those a first model leaves out what may ask for something else."""
    several = [(one["question"], "several") for one in stored if one.get("type") == "list" and one["question"] not in kind_of]
    others = [one for one in stored if one.get("type") != "list" and one["question"] not in kind_of]
    known = [(one["question"], kind_of[one["question"]]) for one in stored if one["question"] in kind_of]
    rows = wordings + several + known
    said = Fitted(rows, [1.0] * len(rows)).probabilities([one["question"] for one in others])
    said[:, KINDS.index("one")] = 0
    said[[one.get("type") in ONE_VALUE for one in others], KINDS.index("several")] = 0
    rows = (
        wordings + several + [(one["question"], "one") for one, share in zip(others, said, strict=True) if share.max() < UNSURE]
    )
    return Fitted(rows + known, [1.0] * len(rows) + [CHECKED_WEIGHT] * len(known))


def stored_questions() -> dict[str, list[dict[str, Any]]]:
    """By their set all that ask for a list, and some of the others, the checked ones among them."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    checked = json.loads((HERE.parent / "data" / "asks_for.json").read_text("utf-8"))["checked"]
    known = {text for texts in checked.values() for text in texts}
    for file in sorted((HERE / "reader" / "questions").glob("*.jsonl.gz")):
        rows = json_lines(gzip.decompress(file.read_bytes()).decode("utf-8"))
        random.shuffle(rows)
        kept = [row for row in rows if row.get("type") == "list" or row["question"] in known]
        found[file.name] = kept + [row for row in rows if row.get("type") != "list" and row["question"] not in known][:OF_A_SET]
    return found


def matrix(texts: list[str]) -> csr_matrix:
    """The features of `texts`, a row each."""
    own = [many_bins(text) for text in texts]
    columns = np.concatenate(own).astype(int)
    return csr_matrix((np.full(len(columns), COUNTED), columns, np.cumsum([0, *map(len, own)])), shape=(len(own), MANY_BINS))


def drawn(line: str, slots: dict[str, list[str]]) -> list[str]:
    """What a line with alternatives and slots says, each once, `DRAWN` at most."""
    said = {_said(line, slots) for _ in range(DRAWN)}
    return sorted(said)


def _said(line: str, slots: dict[str, list[str]]) -> str:
    while re.search(r"\{[^{}]*\}", line):
        line = re.sub(r"\{([^{}]*)\}", lambda match: _slot(random.choice(match[1].split("|")), slots), line)
    return line


def _slot(text: str, slots: dict[str, list[str]]) -> str:
    """The words for the letters of slots in `text`: a capital anywhere, a small one where it stands alone."""
    text = re.sub("[A-Z]", lambda match: random.choice(slots.get(match.group(), [match.group()])), text)
    return re.sub(r"\b[a-z]\b", lambda match: random.choice(slots.get(match.group(), [match.group()])), text)


if __name__ == "__main__":
    main()
