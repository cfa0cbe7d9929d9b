"""Term occurrences and scores of single sentences, from the posting lists.

Sentences are given as ranges [first, last) of sentence numbers, which follow the order of storage.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..rows import Floats, Ints, Mask
from . import bm25
from .index import LexicalIndex
from .lists import runs
from .terms import Translation


class SentenceWords:
    """Looks up terms in the sentences of a `LexicalIndex`."""

    def __init__(self, index: LexicalIndex) -> None:
        self._terms, self._lists = index.terms, index.lists

    def idf(self, token: str) -> float:
        """The idf of `token` among the sentences; the highest possible for a token that no sentence contains."""
        return self._terms.of([token])[0].sentence_idf

    def holds(self, tokens: Sequence[str], first: int, last: int) -> Mask:
        """Which of the sentences [first, last) contain each token, a mask of shape (len(tokens), last - first)."""
        held = np.zeros((len(tokens), last - first), np.bool_)
        owner, sentence = self._lists.in_sentences(self._terms.of(tokens), first, last)
        held[owner, sentence - first] = True
        return held

    def words(self, first: int, last: int) -> Ints:
        """The number of words of each of the sentences [first, last), shape (last - first,)."""
        return self._lists.words_of(first, last)

    def translated_scores(self, translation: Translation, first: int, last: int) -> Floats:
        """The scores of the sentences [first, last) for a translated question: see `WordScores.translated`."""
        terms = translation.alternatives
        best = np.zeros((len(terms), last - first), np.float32)
        held = [(number, term, weight) for number, group in enumerate(terms) for term, weight in group]
        owner, sentence = self._lists.in_sentences([term for _, term, _ in held], first, last)
        if len(owner):
            run, tf = runs(owner, sentence)
            at = sentence[run]
            group = np.array([number for number, _, _ in held])[owner[run]]
            weight = np.array([weight for _, _, weight in held], np.float32)[owner[run]]
            norms = bm25.norms(self._lists.lengths_of(first, last)[at - first], self._terms.sentence_average)
            np.maximum.at(best, (group, at - first), weight * bm25.weights(tf, norms))
            best *= np.array(translation.sentence_idf, np.float32)[:, None]
        return np.asarray(best.sum(axis=0) / translation.sentence_ideal, np.float32)
