"""Fit the model that tells the sentence that asks from background and from words to the program (`qa/search/asking.py`).

Asking sentences are those of public question sets, with and without their question mark; background and instructions are those
of `tests/data/preambles.json`, whose {a|b|} are alternatives, one of which is drawn at a time. A third is kept for the check.

    python tests/bench/fit_asking.py ../shared/train ../shared/eval ../shared/real/{a,w1,w5}
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from common import json_lines
from sklearn.linear_model import LogisticRegression

from qa.search.asking import KINDS, MODEL
from qa.search.hashed import BINS, bins
from qa.text.sentences import split_sentences

DRAWN = 12  # of one line with alternatives
ASKED, TOLD = 1500, 150  # questions and statements of one file


def main() -> None:
    """Fit, print the share of right kinds on what was kept, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="with files in SQuAD's form, gzipped or not")
    given = parser.parse_args()
    random.seed(13)
    preambles = json.loads((Path(__file__).parent.parent / "data" / "preambles.json").read_text("utf-8"))
    texts: dict[str, list[list[str]]] = {kind: [drawn(line) for line in preambles[kind]] for kind in KINDS}
    for folder in given.folders:
        if (folder / "questions.jsonl").exists():
            rows = json_lines((folder / "questions.jsonl").read_text("utf-8"))
            texts["asks"] += [[row["question"]] for row in rows if not re.search(r"[。；：:]|[?？].", row["question"])]
        for file in sorted(folder.glob("*.json*")):
            if file.name == "questions.jsonl":
                continue
            asked = sorted(set(questions(file)))
            random.shuffle(asked)
            texts["asks"] += [[one, re.sub(r"[?？]$", "", one)] for one in asked[:ASKED]]
            texts["background"] += [[one] for one in statements(file)[:TOLD]]
    fitted: list[tuple[str, str]] = []
    kept: list[tuple[str, str]] = []
    for kind, groups in texts.items():
        random.shuffle(groups)
        for number, group in enumerate(groups):
            (kept if number % 3 == 0 else fitted).extend((text, kind) for text in group)
    model = LogisticRegression(C=30, class_weight="balanced", max_iter=2000)
    model.fit(matrix([text for text, _ in fitted]), [KINDS.index(kind) for _, kind in fitted])
    found = model.predict(matrix([text for text, _ in kept]))
    for kind in KINDS:
        own = [KINDS[guess] == kind for guess, (_, gold) in zip(found, kept, strict=True) if gold == kind]
        print(f"{kind:12} {len(own):5} kept, right {100 * sum(own) / len(own):.1f} %")
        wrong = [(text, KINDS[guess]) for guess, (text, gold) in zip(found, kept, strict=True) if gold == kind != KINDS[guess]]
        print(*(f"    {guess}: {text}" for text, guess in wrong[:8]), sep="\n")
    every = fitted + kept
    model.fit(matrix([text for text, _ in every]), [KINDS.index(kind) for _, kind in every])
    MODEL.store(model.coef_, model.intercept_)
    print(f"{MODEL.path}: {MODEL.path.stat().st_size:,} bytes of {len(every):,} sentences")


def matrix(texts: list[str]) -> np.ndarray:
    """The features of `texts`, a row each: see `bins`."""
    made = np.zeros((len(texts), BINS), np.float32)
    for row, text in zip(made, texts, strict=True):
        found = bins(text)
        row[found] = 1 / np.sqrt(max(len(found), 1))
    return made


def drawn(line: str) -> list[str]:
    """What a line with alternatives says, each once, `DRAWN` at most."""
    said = {re.sub(r"\{([^}]*)\}", lambda match: random.choice(match[1].split("|")), line) for _ in range(DRAWN)}
    return sorted(said)


def statements(file: Path) -> list[str]:
    """Sentences of the texts of a file in SQuAD's form: what people paste before their question."""
    texts = sorted({paragraph["context"] for paragraph in paragraphs(file)})
    random.shuffle(texts)
    found = [text[start:end] for text in texts[: 2 * TOLD] for start, end in split_sentences(text)]
    return [one for one in found if 8 < len(one) < 80 and not re.search("[?？]", one)]


def questions(file: Path) -> Iterator[str]:
    """The questions of a file in SQuAD's form."""
    for paragraph in paragraphs(file):
        yield from (each["question"] for each in paragraph["qas"])


def paragraphs(file: Path) -> Iterator[dict[str, Any]]:
    """The paragraphs of a file in SQuAD's form, each with its `context` and its `qas`."""
    stored = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()

    for article in json.loads(stored)["data"]:
        yield from article["paragraphs"]


if __name__ == "__main__":
    main()
