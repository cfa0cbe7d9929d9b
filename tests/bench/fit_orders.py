"""Fit the model that tells an order to a language model from other sentences of a document (`qa/service/llm/orders.py`).

Orders, and sentences that only sound like one, are those of `tests/data/orders.txt`, of whose alternatives some are drawn; the
other sentences are those of the documents in `tests/bench/reader/questions`. A third of the lines and documents is kept for the
check.

    python tests/bench/fit_orders.py
"""

from __future__ import annotations

import random

import numpy as np
from common import ROOT, store
from fit_asking import drawn, matrix
from fit_summaries import documents
from sklearn.linear_model import LogisticRegression

from qa.service.llm.orders import LEAST, MODEL
from qa.text.sentences import split_sentences

LINES = ROOT / "tests" / "data" / "orders.txt"


def main() -> None:
    """Fit, print and store how many of the sentences kept from the fit are told right, and write the weights."""
    random.seed(5)
    fitted: list[tuple[str, str]] = []
    kept: list[tuple[str, str]] = []
    names = {"+": "orders", "-": "like orders"}
    lines = [line for line in LINES.read_text("utf-8").splitlines() if line[0] in names]
    random.shuffle(lines)
    for number, line in enumerate(lines):
        (kept if number % 3 == 0 else fitted).extend((one, names[line[0]]) for one in drawn(line[2:]))
    for number, text in enumerate(documents().values()):
        (kept if number % 3 == 0 else fitted).extend((text[start:end], "other") for start, end in split_sentences(text))
    model = fit(fitted)
    odds = model.predict_proba(matrix([text for text, _ in kept]))[:, 1]
    told = {}
    for kind in (*names.values(), "other"):
        own = [share > LEAST for share, (_, gold) in zip(odds, kept, strict=True) if gold == kind]
        told[kind] = f"{sum(own)} of {len(own)}"
        wrong = [
            text for share, (text, gold) in zip(odds, kept, strict=True) if gold == kind and (share > LEAST) != (kind == "orders")
        ]
        print(kind, "taken for orders:", told[kind], *(f"\n    {text[:100]}" for text in wrong[:12]))
    model = fit(fitted + kept)
    halves = model.coef_ / 2, model.intercept_ / 2
    MODEL.store(*(np.concatenate([-half, half]) for half in halves))
    print(f"{MODEL.path}: {MODEL.path.stat().st_size:,} bytes of {len(fitted + kept):,} sentences")
    store("orders", {"least": LEAST, "taken for orders": told}, shown=False)


def fit(sentences: list[tuple[str, str]]) -> LogisticRegression:
    """The model of some sentences, each with its kind."""
    model = LogisticRegression(C=30, class_weight="balanced", solver="liblinear", max_iter=500)
    return model.fit(matrix([text for text, _ in sentences]), [kind == "orders" for _, kind in sentences])


if __name__ == "__main__":
    main()
