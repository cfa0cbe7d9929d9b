"""BM25 over the passages of an index: candidates for a question, and the scores of candidates and their best sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...text.translation import Alternatives
from ..rows import Floats, Ints, Mask, RowMap
from . import bm25
from .candidates import Group, Sums, candidates
from .deleted import Deleted
from .lists import PostingLists, runs
from .postings import Postings
from .terms import TermTable, Translation


@dataclass(frozen=True, slots=True)
class WordScores:
    """The lexical scores of passages, arrays of one length.

    `passages` is the BM25 of each passage. `translated` is the BM25 of the
    translated question divided by `Translation.ideal`, so that a passage of average length with every term once has about 1.
    There, a term counts by its best alternative in the passage: the one whose weight times BM25 weight is highest.
    """

    passages: Floats
    translated: Floats


class LexicalIndex:
    """BM25 over the passages of `segments` that are not deleted.

    The passage at place i has the sentences [first[i], first[i + 1]); the last value in `first` is the number of sentences.
    `rows` maps rows to places, None if no passage is deleted and each row is its place. `deleted` has the tombstones of each
    segment. Raises ValueError when these do not match.
    """

    def __init__(
        self,
        segments: Sequence[Postings],
        first: Ints,
        rows: RowMap | None = None,
        deleted: Sequence[Deleted | None] | None = None,
    ) -> None:
        self._rows = rows or RowMap(len(first) - 1)
        self.lists = PostingLists(segments, first)
        sizes = np.diff(first)
        lengths = np.add.reduceat(self.lists.lengths, first[:-1], dtype=np.int32) if len(sizes) else np.empty(0, np.int32)
        alive = self._rows.mask(None)
        tokens = int(lengths.sum() if alive is None else lengths[alive].sum())
        sentences = int(first[-1]) if alive is None else int(sizes[alive].sum())
        self.terms = TermTable(segments, deleted or [None] * len(segments), self._rows.size, sentences, tokens)
        self._norms = bm25.norms(lengths, self.terms.average)

    @property
    def size(self) -> int:
        """The number of passages that are not deleted."""
        return self.terms.size

    @property
    def sentences(self) -> int:
        """The number of sentences that are not deleted."""
        return self.terms.sentences

    def idf(self, token: str) -> float:
        """The idf of `token` among the passages; the highest possible for a token that no passage contains."""
        return self.terms.of([token])[0].idf

    def ideal(self, tokens: Sequence[str]) -> float:
        """The sum of the tokens' idf: the BM25 of a passage of average length that contains each token once."""
        return sum(term.idf for term in self.terms.of(tokens))

    def translation(self, groups: Sequence[Alternatives]) -> Translation:
        """Look up the alternatives of each term of a translated question."""
        return self.terms.translation(groups)

    def candidates(self, tokens: Sequence[str], k: int, allowed: Mask | None = None) -> Ints:
        """Candidate rows, ascending, for the `k` best by BM25 for the distinct `tokens`: see `candidates.candidates`.

        `allowed`, shape (size,), is the mask of rows to search; None is all.
        """
        return self._candidates([Group([(term, 1.0)], term.idf, term.bound) for term in self.terms.held(tokens)], k, allowed)

    def translated_candidates(self, translation: Translation, k: int, allowed: Mask | None = None) -> Ints:
        """Candidate rows for a translated question; otherwise as `candidates`."""
        groups = [
            Group(held, idf, max(weight * idf / term.idf * term.bound for term, weight in held))
            for held, idf in zip(translation.alternatives, translation.idf, strict=True)
            if idf
        ]
        return self._candidates(groups, k, allowed)

    def scores(self, tokens: Sequence[str], rows: Ints, translation: Translation | None = None) -> WordScores:
        """The scores of the distinct `rows`, in their order, for the distinct `tokens` and for the translated question."""
        terms = self.terms.held(tokens)
        groups = list(zip(translation.alternatives, translation.idf, strict=True)) if translation is not None else []
        groups = [(held, idf) for held, idf in groups if idf]
        passages, translated = np.zeros((2, len(rows)), np.float32)
        every = terms + [term for held, _ in groups for term, _ in held]
        if not len(rows) or not every:
            return WordScores(passages, translated)
        stored = self._rows.stored(rows)
        order = np.argsort(stored)
        stored = stored[order]
        owner, slot, _ = self.lists.in_passages(every, stored)
        run, tf = runs(owner, slot)
        at, of = slot[run], owner[run]
        weights = bm25.weights(tf, self._norms_of(stored)[at])
        if terms:
            own = of < len(terms)
            idf = np.array([term.idf for term in terms], np.float32)
            passages[order] = np.bincount(at[own], idf[of[own]] * weights[own], len(rows))
        if groups and translation is not None:
            group = np.repeat(np.arange(len(groups)), [len(held) for held, _ in groups])
            weight = np.array([weight for held, _ in groups for _, weight in held], np.float32)
            own = of >= len(terms)
            of, at = of[own] - len(terms), at[own]
            best = np.zeros((len(groups), len(rows)), np.float32)
            np.maximum.at(best, (group[of], at), weight[of] * weights[own])
            best *= np.array([idf for _, idf in groups], np.float32)[:, None]
            translated[order] = best.sum(axis=0) / translation.ideal
        return WordScores(passages, translated)

    def _norms_of(self, stored: Ints) -> Floats:
        """The norms of the passages at the places `stored`."""
        return self._norms[stored]

    def _candidates(self, groups: list[Group], k: int, allowed: Mask | None) -> Ints:
        found = candidates(groups, k, self._added, len(self._norms), self._rows.mask(allowed))
        return np.sort(self._rows.rows(found))

    def _added(self, groups: Sequence[Group]) -> tuple[Ints, Sums]:
        """Read the postings of `groups`: the `Read` of `candidates`."""
        held = [(i, group.idf * weight, term) for i, group in enumerate(groups) for term, weight in group.alternatives]
        owner, sentence = self.lists.read([(i, each) for i, (_, _, term) in enumerate(held) for each in term.lists])
        passage = self.lists.passage_of[sentence]
        run, tf = runs(owner, passage)
        owner, passage = owner[run], passage[run].astype(np.int64)
        factor = np.array([factor for _, factor, _ in held], np.float32)
        added = factor[owner] * bm25.weights(tf, self._norms[passage])
        if len(held) > len(groups) and len(owner):
            total = len(self._norms)
            key = np.array([i for i, _, _ in held])[owner] * total + passage
            order = np.argsort(key, kind="stable")  # a merge sort, which is fast on sorted runs
            key = key[order]
            first = np.flatnonzero(np.diff(key, prepend=-1))
            passage = np.asarray(key[first] % total, np.int64)
            added = np.maximum.reduceat(added[order], first)
        return np.asarray(passage, np.int64), added.astype(np.float64)
