"""How likely each way to complete a follow-up is by the words alone, before anything is searched for.

A softmax over the readings of one question, itself among them. What a reading scores is learned: of the question's runs of
characters, hashed as in `search/hashed.py`, whether it leaves out a topic or names what is to be replaced; of what would be
carried over, what it is; of what would be replaced, how alike the two are. `tests/bench/reader/fit_follow_ups.py` fits them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..search.hashed import BINS, Matrix, bins
from ..text.user_words import NO_WORDS, UserDictionary
from .readings import SLOT_FEATURES, Completion, Parsed, completions
from .turns import EarlierTurn

WEIGHTS = Path(__file__).with_name("follow_ups.npz")
TYPED = "typed"
KINDS = ("both", "first", "shorter", "last", "said", "answer", "slot")
FAMILIES = 2  # of readings beside the question as typed: with a topic carried over, with words replaced
QUESTION_FEATURES = ("one", "short", "long", "shared", "asks", "pronoun", "other_language")


def readings(question: str, turn: EarlierTurn, dictionary: UserDictionary = NO_WORDS) -> list[tuple[Completion, float]]:
    """The readings of `question` after `turn`, each with its probability, the likeliest first; one has the kind TYPED."""
    found = [Completion(question, TYPED), *completions(question, turn.understood or turn.question, turn.answer, dictionary)]
    logits = scores(question, turn.understood or turn.question, found, dictionary)
    odds = np.exp(logits - logits.max())
    shares = odds / odds.sum()
    return [(found[i], float(shares[i])) for i in np.argsort(-shares, kind="stable")]


def scores(
    question: str,
    earlier: str,
    found: Sequence[Completion],
    dictionary: UserDictionary = NO_WORDS,
    weights: Mapping[str, Matrix] | None = None,
) -> Matrix:
    """The logit of each reading; that of the question as typed is 0. `weights` are the stored ones unless others are given."""
    weights = _model() if weights is None else weights
    own = bins(question)
    hashed = weights["bins"][:, own].sum(axis=1) / np.sqrt(max(len(own), 1))
    families = hashed + weights["question"] @ question_features(question, earlier, dictionary)
    made = np.zeros(len(found))
    for i, completion in enumerate(found):
        if completion.kind != TYPED:
            made[i] = families[family(completion)] + weights["kinds"] @ kind_features(completion)
    return made


def family(completion: Completion) -> int:
    """0 for a reading that carries a topic over, 1 for one that replaces words."""
    return int(completion.kind == "slot")


def question_features(question: str, earlier: str, dictionary: UserDictionary = NO_WORDS) -> Matrix:
    """What is known of a question as a whole, in the order of `QUESTION_FEATURES`."""
    asked, before = Parsed(question, dictionary), Parsed(earlier, dictionary)
    own, others = asked.content_words(), before.content_words()
    return np.array([
        1.0, len(own) <= 1, min(len(own), 8) / 4, len(own & others) / max(len(own), 1), asked.asks, asked.pronoun() is not None,
        asked.is_spaced != before.is_spaced,
    ], np.float64)  # fmt: skip


def kind_features(completion: Completion) -> Matrix:
    """Which kind a completion is of, by KINDS, whether it stands in a pronoun's place, and of a slot how alike its words are."""
    kinds = [float(completion.kind == kind) for kind in KINDS]
    placed = [float(completion.kind == kind and completion.placed) for kind in KINDS]
    return np.array([*kinds, *placed, *(completion.values or (0.0,) * len(SLOT_FEATURES))], np.float64)


@lru_cache(maxsize=1)
def _model() -> Mapping[str, Matrix]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        bins_ = stored["bins"].astype(np.float64) * float(stored["scale"])
        assert bins_.shape == (FAMILIES, BINS)
        return {"bins": bins_, "question": stored["question"].astype(np.float64), "kinds": stored["kinds"].astype(np.float64)}
