"""BM25 over passages: candidates for a question's words, and the scores of candidates and of their sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..rows import Floats, Ints, Mask, RowMap
from . import bm25
from .candidates import Group, Sums, candidates
from .deleted import Deleted
from .lists import PostingLists, runs
from .postings import Postings
from .terms import Alternatives, Term, TermTable, Translation


@dataclass(frozen=True, slots=True)
class WordScores:
    """What the words of a question say of passages; the arrays have one length.

    `passages` is the BM25 of each passage, `sentences` the highest BM25 of one of its sentences. `translated` is the BM25 of the
    question's terms in another language over their `Translation.ideal`: each term counts by the best of its alternatives there,
    times that one's weight, so that a passage of average length with every term once has about 1.
    """

    passages: Floats
    sentences: Floats
    translated: Floats


class LexicalIndex:
    """The words of the passages of several segments, without those that were deleted.

    The sentences of stored passage i are [first[i], first[i + 1]); `first` ends with their number. `rows` says which passages are
    left, and `deleted` how often the terms of each segment stood in the others. Raises ValueError when these do not fit together.
    """

    def __init__(
        self,
        segments: Sequence[Postings],
        first: Ints,
        rows: RowMap | None = None,
        deleted: Sequence[Deleted | None] | None = None,
    ) -> None:
        self._first = first
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
        """How many passages there are."""
        return self.terms.size

    @property
    def sentences(self) -> int:
        """How many sentences there are."""
        return self.terms.sentences

    def idf(self, token: str) -> float:
        """How rare `token` is among the passages; a token in none of them is the rarest."""
        return self.terms.of([token])[0].idf

    def ideal(self, tokens: Sequence[str]) -> float:
        """The sum of the tokens' idf: the score of a passage of average length that holds each token once."""
        return sum(term.idf for term in self.terms.of(tokens))

    def translation(self, groups: Sequence[Alternatives]) -> Translation:
        """The terms of a question in another language, each given by its alternatives, looked up."""
        return self.terms.translation(groups)

    def candidates(self, tokens: Sequence[str], k: int, allowed: Mask | None = None) -> Ints:
        """Rows, ascending, among which the `k` best are that hold one of the different `tokens`: some more than k.

        `allowed`, shape (size,), says which rows may be found; None is all.
        """
        return self._candidates([Group([(term, 1.0)], term.idf, term.bound) for term in self.terms.held(tokens)], k, allowed)

    def translated_candidates(self, translation: Translation, k: int, allowed: Mask | None = None) -> Ints:
        """`candidates` for a translated question."""
        groups = [
            Group(held, idf, max(weight * idf / term.idf * term.bound for term, weight in held))
            for held, idf in zip(translation.alternatives, translation.idf, strict=True)
            if idf
        ]
        return self._candidates(groups, k, allowed)

    def scores(self, tokens: Sequence[str], rows: Ints, translation: Translation | None = None) -> WordScores:
        """The scores of different `rows` for the different `tokens` and, if there is one, for their `translation`."""
        terms = self.terms.held(tokens)
        groups = list(zip(translation.alternatives, translation.idf, strict=True)) if translation is not None else []
        groups = [(held, idf) for held, idf in groups if idf]
        passages, sentences, translated = np.zeros((3, len(rows)), np.float32)
        every = terms + [term for held, _ in groups for term, _ in held]
        if not len(rows) or not every:
            return WordScores(passages, sentences, translated)
        stored = self._rows.stored(rows)
        order = np.argsort(stored)
        stored = stored[order]
        owner, slot, sentence = self.lists.in_passages(every, stored)
        run, tf = runs(owner, slot)
        at, of = slot[run], owner[run]
        weights = bm25.weights(tf, self._norms[stored[at]])
        if terms:
            own = of < len(terms)
            idf = np.array([term.idf for term in terms], np.float32)
            passages[order] = np.bincount(at[own], idf[of[own]] * weights[own], len(rows))
            own = owner < len(terms)
            sentences[order] = self._best_sentences(terms, stored, owner[own], slot[own], sentence[own])
        if groups and translation is not None:
            group = np.repeat(np.arange(len(groups)), [len(held) for held, _ in groups])
            weight = np.array([weight for held, _ in groups for _, weight in held], np.float32)
            own = of >= len(terms)
            of, at = of[own] - len(terms), at[own]
            best = np.zeros((len(groups), len(rows)), np.float32)
            np.maximum.at(best, (group[of], at), weight[of] * weights[own])
            best *= np.array([idf for _, idf in groups], np.float32)[:, None]
            translated[order] = best.sum(axis=0) / translation.ideal
        return WordScores(passages, sentences, translated)

    def _candidates(self, groups: list[Group], k: int, allowed: Mask | None) -> Ints:
        found = candidates(groups, k, self._added, len(self._norms), self._rows.mask(allowed))
        return np.sort(self._rows.rows(found))

    def _added(self, groups: Sequence[Group]) -> tuple[Ints, Sums]:
        """The stored passages that hold groups, one for each group, and what it adds to the score of each."""
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
            order = np.argsort(key, kind="stable")  # a merge sort, which makes use of the lists being sorted
            key = key[order]
            first = np.flatnonzero(np.diff(key, prepend=-1))
            passage = np.asarray(key[first] % total, np.int64)
            added = np.maximum.reduceat(added[order], first)
        return np.asarray(passage, np.int64), added.astype(np.float64)

    def _best_sentences(self, terms: Sequence[Term], stored: Ints, owner: Ints, slot: Ints, sentence: Ints) -> Floats:
        """The highest BM25 of a sentence of each passage at the places `stored`, from the postings of `terms` in them."""
        counts = self._first[stored + 1] - self._first[stored]
        begin = np.cumsum(counts) - counts
        run, tf = runs(owner, sentence)
        idf = np.array([term.sentence_idf for term in terms], np.float32)
        row, place = sentence[run], slot[run]
        weights = bm25.weights(tf, bm25.norms(self.lists.lengths[row], self.terms.sentence_average))
        number = row - self._first[stored[place]] + begin[place]  # of the sentence, among those of all these passages
        single = np.bincount(number, idf[owner[run]] * weights, int(counts.sum()))
        return np.asarray(np.maximum.reduceat(single, begin), np.float32)
