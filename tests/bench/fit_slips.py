"""Fit what tells that a homophone of a Chinese word is meant (`qa/search/homophones.py`).

    python tests/bench/fit_slips.py FOLDER ... --kept INDEXES

Of each folder (`documents/`, `questions.jsonl`) an index is built, or taken from `--kept`, and its Chinese questions are asked as
they are and with one wrong homophone, as `wordings.py` makes them. What may be meant is right when it puts the question back.
Prints the weights to paste and, with each folder left out in turn, how many slips are put back, how many are read as another, and
how many right questions are altered, before anything is searched for. Results go to `results/slips.json`.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import store
from sklearn.linear_model import LogisticRegression
from wordings import changed, questions, slip

import qa
from qa.search.homophones import LEAST_ODDS, WEIGHTS, Homophone, candidates
from qa.text.normalise import normalise
from qa.text.scripts import HAN_RUN

OF_A_FOLDER = 150  # questions


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as `typed`, as it was `meant`, and what `found` may be meant by it."""

    typed: str
    meant: str
    found: list[Homophone]

    def is_right(self, one: Homophone) -> bool:
        """Whether a word in its place puts the question back."""
        return self.typed != self.meant and self.typed[: one.start] + one.word + self.typed[one.end :] == self.meant


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--kept", type=Path, help="a folder to keep the indexes in between runs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asked = {folder.name: ask(folder, (given.kept or Path(temporary)) / folder.name) for folder in given.folders}
    counts: Counter[str] = Counter()
    for name, own in asked.items():
        weights, bias = fitted([one for other, rest in asked.items() if other != name for one in rest])
        for one in own:
            odds = [bias + sum(weights[key] * value for key, value in each.values.items()) for each in one.found]
            best = int(np.argmax(odds)) if odds else -1
            kind = "right questions" if one.typed == one.meant else "slips"
            counts[kind] += 1
            if odds and odds[best] > LEAST_ODDS:
                counts[f"{kind} {'put back' if one.is_right(one.found[best]) else 'read as another'}"] += 1
    print("WEIGHTS = {}\nBIAS = {}".format(*fitted([one for own in asked.values() for one in own])))
    store("slips", {"each folder left out in turn": dict(counts), "folders": sorted(asked)})


def ask(folder: Path, at: Path) -> list[Asked]:
    """What may be meant by questions of a folder, as they are and with a slip."""
    index = qa.build(folder / "documents", at)
    words, chance = index.store.lexical, random.Random(7)

    def stands(word: str) -> bool:
        return bool(words.idf("w" + word) < words.idf(""))

    made = []
    texts = [normalise(text) for text, *_ in questions(folder) if HAN_RUN.search(text)]
    for text in random.Random(7).sample(texts, min(OF_A_FOLDER, len(texts))):
        other = changed(text, slip, stands, chance)
        made += [Asked(typed, text, candidates(typed, words)) for typed in (text, *other[:1])] if other else []
    return made


def fitted(asked: list[Asked]) -> tuple[dict[str, float], float]:
    """The weights and the bias of the features of what may be meant."""
    rows = [(one.values, asks.is_right(one)) for asks in asked for one in asks.found]
    features = np.array([[values[name] for name in WEIGHTS] for values, _ in rows])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    model = LogisticRegression().fit((features - mean) / spread, [right for _, right in rows])
    weights = model.coef_[0] / spread
    named = {name: round(float(weight), 3) for name, weight in zip(WEIGHTS, weights, strict=True)}
    return named, round(float(model.intercept_[0] - weights @ mean), 3)


if __name__ == "__main__":
    main()
