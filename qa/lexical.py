"""BM25 over passages and over their sentences, from the inverted indexes of one or several segments.

The best passages are found without scoring every one (MaxScore: Turtle and Flood, 1995): terms are taken from the rarest on
until the others together could not lift a passage that holds none of these among the best; what may still be among them is
then scored in full. The scores of a passage's sentences are computed for candidates only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .postings import Counting, Ints, Postings
from .ranking import top_rows
from .row_map import RowMap

# Of Robertson's BM25; the values usual for passages (Anserini's defaults), confirmed on cmrc2018_trial and drcd_dev
# against (1.2, 0.75) and (1.5, 0.75): 0.1 to 0.8 points of recall@1 better.
K1, B = 0.9, 0.4

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
# A term and the tokens that may stand for it, each with a weight, 0 to 1.
Group = Sequence[tuple[str, float]]

# Rows of lists read until those of the more frequent terms, if they are worth less than what was read, are left to the
# candidates. Below some 10,000 passages this is not reached and the result is that of scoring every passage; above, the best
# are the same and the last of 200 may be others.
ENOUGH = 2**14
# Rows of lists taken before the first look at what may still be among the best; from then on they double.
FIRST_LOOK = 2**13
# A list is read whole if that is less than this many rows for each candidate, else it is searched.
_READ_WHOLE = 10
# Candidates for each passage that is asked for, and all in all where many score the same.
_FEW, _MOST_TIED = 2, 1000
_SLACK = np.float32(1e-5)  # sums in another order differ by less, in parts
_MOST_KNOWN = 4096  # terms kept at hand


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many passages and sentences of a segment that hold a term were deleted; `terms` ascend.

    `since` is when the first of them was, in seconds since 1970, shape (1,).
    """

    terms: NDArray[np.int32]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    since: NDArray[np.float64]

    @classmethod
    def open(cls, folder: Path) -> Deleted:
        """Open what `save` wrote."""
        return cls(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in cls.__slots__))

    def save(self, folder: Path) -> None:
        """Write the arrays into `folder`, which exists."""
        for name in self.__slots__:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    def of(self, term: int) -> tuple[int, int]:
        """The numbers of a term."""
        at = int(np.searchsorted(self.terms, term))
        if at < len(self.terms) and self.terms[at] == term:
            return int(self.passages[at]), int(self.sentences[at])
        return 0, 0


@dataclass(frozen=True, slots=True)
class _Term:
    """A token: its idf among passages and among sentences, the most it adds to a passage's score, and its lists.

    A list holds stored sentence rows less its segment's first one.
    """

    idf: float
    sentence_idf: float
    bound: float
    size: int
    lists: tuple[tuple[int, NDArray[np.uint32]], ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """Groups of tokens, each with its weight, that stand for the terms of a question; 0 is the idf of one that none holds.

    `ideal` and `sentence_ideal` are the scores of a text of average length that holds every term once.
    """

    groups: list[list[tuple[_Term, float]]]
    idf: list[float]
    sentence_idf: list[float]
    ideal: np.float32
    sentence_ideal: np.float32


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the words of a question say of candidates: BM25 of each passage and the best of its sentences."""

    passages: Floats
    sentences: Floats


class LexicalIndex:
    """Passages of sentences of tokens, scored by BM25 with idf = ln(1 + (N - df + 0.5) / (df + 0.5)) (Robertson and
    Zaragoza, 2009; the "+1" keeps it positive, as in Lucene) and the weight tf (k1 + 1) / (tf + k1 (1 - b + b |d| / avg)).

    `first` holds the first stored sentence of each stored passage and, at its end, their number. Statistics are those of the
    rows that `rows` knows: what was deleted counts nowhere.
    """

    def __init__(
        self,
        parts: Sequence[Postings],
        first: Ints,
        rows: RowMap | None = None,
        deleted: Sequence[Deleted | None] | None = None,
        enough: int = ENOUGH,
        look: int = FIRST_LOOK,
    ) -> None:
        self._enough, self._look = enough, look
        self._parts = parts
        self._first = first
        self._rows = rows or RowMap(len(first) - 1)
        self._deleted = deleted or [None] * len(parts)
        lengths = [part.lengths for part in parts]
        self._lengths = lengths[0] if len(parts) == 1 else np.concatenate(lengths)
        words = [part.words for part in parts]
        self._words = words[0] if len(parts) == 1 else np.concatenate(words)
        if len(self._lengths) != int(first[-1]):
            raise ValueError(f"tokens of {len(self._lengths)} sentences, not {int(first[-1])}")
        self._bases = [0, *np.cumsum([len(each) for each in lengths]).tolist()][:-1]
        sizes = np.diff(first)
        self._passage_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self._passage_lengths = np.add.reduceat(self._lengths, first[:-1]) if len(sizes) else np.empty(0, np.int32)
        self.size = self._rows.size
        alive = self._rows.mask(None)
        total = int(self._passage_lengths.sum() if alive is None else self._passage_lengths[alive].sum())
        self.sentences = int(first[-1]) if alive is None else int(sizes[alive].sum())
        self._average = total / self.size if total else 1.0
        self._sentence_average = total / self.sentences if total else 1.0
        self._known: dict[str, _Term] = {}

    @classmethod
    def build(
        cls, passages: Sequence[Sequence[Sequence[str]]], folder: Path, enough: int = ENOUGH, look: int = FIRST_LOOK
    ) -> LexicalIndex:
        """Index passages, each the tokens of each of its sentences, into `folder`, which exists, and open the index."""
        counting = Counting(folder)
        for passage in passages:
            for tokens in passage:
                counting.add(tokens)
        sizes = [len(passage) for passage in passages]
        counting.finish(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return cls([Postings.open(folder)], first, enough=enough, look=look)

    def idf(self, token: str) -> float:
        """How rare `token` is among the passages; a token in none of them is the rarest."""
        return self._terms([token])[0].idf

    def sentence_idf(self, token: str) -> float:
        """How rare `token` is among the sentences."""
        return self._terms([token])[0].sentence_idf

    def ideal(self, tokens: Sequence[str]) -> float:
        """The sum of the tokens' idf: the score of a passage of average length that holds each token once."""
        return sum(term.idf for term in self._terms(tokens))

    def search(self, tokens: Sequence[str], k: int, allowed: Mask | None = None) -> tuple[Ints, Floats]:
        """The `k` best passages that hold one of the different `tokens`, and their scores; ties by row.

        `allowed`, shape (size,), says which rows may be found; None is all.
        """
        rows = self.candidates(tokens, k, allowed)
        scores = self.scores(tokens, rows).passages
        best = top_rows(scores, k)
        return rows[best], scores[best]

    def candidates(self, tokens: Sequence[str], k: int, allowed: Mask | None = None) -> Ints:
        """Rows among which the `k` best are that hold one of the different `tokens`, ascending: up to twice as many."""
        terms = sorted((term for term in self._terms(dict.fromkeys(tokens)) if term.size), key=lambda term: term.size)
        if k <= 0 or not terms:
            return np.empty(0, np.int64)
        mask = self._rows.mask(allowed)
        partial = np.zeros(len(self._passage_lengths), np.float32)
        whole = sum(term.bound for term in terms)
        taken, look, read = 0, self._look, 0
        while True:
            first = taken
            while taken < len(terms) and (taken == first or sum(term.size for term in terms[first : taken + 1]) <= look):
                taken += 1
            self._add(partial, terms[first:taken])
            read += sum(term.size for term in terms[first:taken])
            rest = sum(term.bound for term in terms[taken:])
            if mask is not None:
                partial *= mask
            seen = np.flatnonzero(partial)
            if len(seen) > k:
                reached = partial[seen]
                kth = np.partition(reached, len(seen) - k)[len(seen) - k]
                kept = seen[reached + rest >= kth * (1 - _SLACK)] if rest < kth else seen
                if taken == len(terms) or (rest < kth and len(kept) <= _FEW * k):
                    seen = kept if len(kept) <= _MOST_TIED else seen[top_rows(reached, max(_MOST_TIED, k))]
                    break
                if read >= self._enough and rest < whole / 2:
                    seen = seen[top_rows(reached, k + k // 4)]
                    break
            if taken == len(terms):
                break
            look *= 2
        return np.sort(self._rows.rows(seen))

    def scores(self, tokens: Sequence[str], rows: Ints) -> Evidence:
        """BM25 of passages for the different `tokens`, and that of the best of each one's sentences, shape (len(rows),).

        `rows` are different.
        """
        terms = [term for term in self._terms(dict.fromkeys(tokens)) if term.size]
        passages, sentences = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        if not len(rows) or not terms:
            return Evidence(passages, sentences)
        stored = self._rows.stored(rows)
        order = np.argsort(stored)
        stored = stored[order]
        owner, slot, sentence = self._held(terms, stored)
        idf = np.array([term.idf for term in terms], np.float32)
        run, tf = _runs(owner, slot)
        at = slot[run]
        weights = _weights(tf, self._passage_lengths[stored[at]], self._average)
        passages[order] = np.bincount(at, idf[owner[run]] * weights, len(rows))
        # the sentences of the candidates, numbered one after the other
        counts = self._first[stored + 1] - self._first[stored]
        begin = np.cumsum(counts) - counts
        run, tf = _runs(owner, sentence)
        idf = np.array([term.sentence_idf for term in terms], np.float32)
        weights = _weights(tf, self._lengths[sentence[run]], self._sentence_average)
        number = sentence[run] - self._first[stored[slot[run]]] + begin[slot[run]]
        single = np.bincount(number, idf[owner[run]] * weights, int(counts.sum()))
        sentences[order] = np.maximum.reduceat(single, begin)
        return Evidence(passages, sentences)

    def translation(self, groups: Sequence[Group]) -> Translation:
        """What groups of tokens, each of which stands for its term, weigh here.

        The idf is that of the group: the passages, or sentences, that hold any of its tokens (Pirkola, 1998).
        """
        alive = self._rows.mask(None)
        found, idf, sentence_idf = [], [], []
        for group in groups:
            terms = self._terms([token for token, _ in group])
            held = [(term, weight) for term, (_, weight) in zip(terms, group, strict=True) if term.size]
            passages = sentences = 0
            if held:
                rows = np.concatenate([rows.astype(np.int64) + base for term, _ in held for base, rows in term.lists])
                marks = np.zeros(len(self._lengths), np.bool_)
                marks[rows] = True
                stored = self._passage_of[np.flatnonzero(marks)]
                if alive is not None:
                    stored = stored[alive[stored]]
                sentences = len(stored)
                passages = int(np.count_nonzero(np.diff(stored))) + 1 if sentences else 0
            found.append(held)
            idf.append(_idf(self.size, passages) if passages else 0.0)
            sentence_idf.append(_idf(self.sentences, sentences) if sentences else 0.0)
        return Translation(
            found,
            idf,
            sentence_idf,
            _ideal(groups, idf, _idf(self.size, 0)),
            _ideal(groups, sentence_idf, _idf(self.sentences, 0)),
        )

    def translated_scores(self, translation: Translation) -> Floats:
        """BM25 of every passage, shape (size,), where any token of a group stands for its term, with the token's weight.

        Divided by the sum of the groups' idf, a group that none holds counting 1, and an empty one, of which no token is known,
        half the idf of a term that none holds: a passage of average length with every term once gets about 1.
        """
        total = np.zeros(len(self._passage_lengths), np.float32)
        for held, idf in zip(translation.groups, translation.idf, strict=True):
            if idf:
                owner, passage, tf = self._counted([term for term, _ in held])
                weights = np.array([weight for _, weight in held], np.float32)[owner]
                best = np.zeros(len(total), np.float32)
                np.maximum.at(best, passage, weights * _weights(tf, self._passage_lengths[passage], self._average))
                best *= np.float32(idf)
                total += best
        total /= translation.ideal
        return total if self._rows.size == len(total) else total[self._rows.stored(np.arange(self.size))]

    def translated_sentence_scores(self, translation: Translation, first: int, last: int) -> Floats:
        """The same of the sentences [first, last), as stored, with the idf of groups among sentences."""
        total = np.zeros(last - first, np.float32)
        edges = _edges(first, last)
        for held, idf in zip(translation.groups, translation.sentence_idf, strict=True):
            best = np.zeros(last - first, np.float32)
            for term, weight in held:
                within = self._within(term, edges)
                if len(within):
                    at, tf = np.unique(within - first, return_counts=True)
                    score = _weights(tf, self._lengths[at + first], self._sentence_average)
                    best[at] = np.maximum(best[at], np.float32(weight) * score)
            total += np.float32(idf) * best
        return total / translation.sentence_ideal

    def holds(self, tokens: Sequence[str], first: int, last: int) -> Mask:
        """Whether the sentences [first, last), as stored, hold each of `tokens`, shape (len(tokens), last - first)."""
        held = np.zeros((len(tokens), last - first), np.bool_)
        edges = _edges(first, last)
        for number, term in enumerate(self._terms(tokens)):
            if len(within := self._within(term, edges)):
                held[number, within - first] = True
        return held

    def words(self, first: int, last: int) -> Ints:
        """How many words each of the sentences [first, last), as stored, has."""
        return self._words[first:last].astype(np.int64)

    def counts(self, tokens: Sequence[str], first: int, last: int) -> Ints:
        """How often each of the sentences [first, last), as stored, holds one of `tokens`."""
        edges = _edges(first, last)
        within = [self._within(term, edges) for term in self._terms(tokens) if term.size]
        return np.bincount(np.concatenate([np.empty(0, np.int64), *within]) - first, minlength=last - first)

    def _terms(self, tokens: Sequence[str] | dict[str, None]) -> list[_Term]:
        known = self._known
        missing = [token for token in tokens if token not in known]
        if missing:
            if len(known) > _MOST_KNOWN:
                known = self._known = {}  # another thread goes on with the one it has
                missing = list(tokens)
            found = [part.find(missing) for part in self._parts]
            known.update((token, self._term([numbers[i] for numbers in found])) for i, token in enumerate(missing))
        return [known[token] for token in tokens]

    def _term(self, numbers: Sequence[int]) -> _Term:
        passages = sentences = most = 0
        lists = []
        for part, base, deleted, number in zip(self._parts, self._bases, self._deleted, numbers, strict=True):
            if number < 0:
                continue
            gone = deleted.of(number) if deleted else (0, 0)
            passages += int(part.passages[number]) - gone[0]
            sentences += int(part.sentences[number]) - gone[1]
            most = max(most, int(part.most[number]))
            lists.append((base, part.list_of(number)))
        idf = _idf(self.size, passages)
        # no weight is higher than that of a passage which holds nothing else
        highest = most * (K1 + 1) / (most + K1 * (1 - B + B * most / self._average)) if 0 < most < 255 else K1 + 1
        return _Term(
            idf, _idf(self.sentences, sentences), idf * highest * (1 + float(_SLACK)), sum(len(rows) for _, rows in lists),
            tuple(lists) if passages else (),
        )  # fmt: skip

    def _counted(self, terms: Sequence[_Term]) -> tuple[Ints, NDArray[np.int32], Ints]:
        """For every stored passage that holds a term: which of `terms`, which passage and how often, lists one by one."""
        lists = [(i, base, rows) for i, term in enumerate(terms) for base, rows in term.lists]
        owner = np.repeat(np.arange(len(lists)), [len(rows) for _, _, rows in lists])
        passage = np.concatenate([self._passage_of[base:][rows] for _, base, rows in lists])
        run, tf = _runs(owner, passage)
        return np.array([i for i, _, _ in lists])[owner[run]], passage[run], tf

    def _add(self, partial: Floats, terms: Sequence[_Term]) -> None:
        owner, passage, tf = self._counted(terms)
        idf = np.array([term.idf for term in terms], np.float32)
        np.add.at(partial, passage, idf[owner] * _weights(tf, self._passage_lengths[passage], self._average))

    def _held(self, terms: Sequence[_Term], stored: Ints) -> tuple[Ints, Ints, Ints]:
        """Where the terms stand in the sentences of `stored` passages, ascending: term, place in `stored`, sentence.

        A sentence comes as often as it holds the term; those of one term come together, ascending.
        """
        slots = np.full(len(self._passage_lengths), -1, np.int32)
        slots[stored] = np.arange(len(stored), dtype=np.int32)
        edges = np.empty(2 * len(stored), np.int64)
        edges[::2], edges[1::2] = self._first[stored], self._first[stored + 1]
        found: list[NDArray[np.uint32] | Ints] = []
        owners, sizes = [], []
        for i, term in enumerate(terms):
            for base, rows in term.lists:
                if len(rows) < _READ_WHOLE * len(stored):
                    held: NDArray[np.uint32] | Ints = rows
                else:
                    at = np.searchsorted(rows, np.maximum(edges - base, 0).astype(np.uint32))
                    held = rows[_ranges(at[::2], at[1::2])]
                found.append(held.astype(np.int64) + base)
                owners.append(i)
                sizes.append(len(held))
        sentence = np.concatenate(found)
        owner = np.repeat(np.array(owners), sizes)
        slot = slots[self._passage_of[sentence]]
        kept = np.flatnonzero(slot >= 0)
        return np.asarray(owner[kept], np.int64), slot[kept].astype(np.int64), np.asarray(sentence[kept], np.int64)

    def _within(self, term: _Term, edges: NDArray[np.int64]) -> Ints:
        """The sentences between two edges that hold a term, each as often as it does."""
        if len(term.lists) == 1 and not term.lists[0][0]:
            rows = term.lists[0][1]
            a, b = rows.searchsorted(edges.astype(np.uint32))
            return rows[a:b].astype(np.int64)
        found = [np.empty(0, np.int64)]
        for base, rows in term.lists:
            a, b = rows.searchsorted(np.maximum(edges - base, 0).astype(np.uint32))
            found.append(rows[a:b].astype(np.int64) + base)
        return np.concatenate(found)


class SentenceWords:
    """The sentences of a lexical index: what `LexicalIndex` says of passages, of their sentences."""

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def idf(self, token: str) -> float:
        """How rare `token` is among the sentences; a token in none of them is the rarest."""
        return self._index.sentence_idf(token)

    def holds(self, tokens: Sequence[str], first: int, last: int) -> Mask:
        """Whether the sentences [first, last) hold each of `tokens`, shape (len(tokens), last - first)."""
        return self._index.holds(tokens, first, last)

    def words(self, first: int, last: int) -> Ints:
        """How many words each of the sentences [first, last) has."""
        return self._index.words(first, last)

    def counts(self, tokens: Sequence[str], first: int, last: int) -> Ints:
        """How often each of the sentences [first, last) holds one of `tokens`."""
        return self._index.counts(tokens, first, last)

    def translated_scores(self, translation: Translation, first: int, last: int) -> Floats:
        """BM25 of the sentences [first, last), as `LexicalIndex.translated_scores` has it of passages."""
        return self._index.translated_sentence_scores(translation, first, last)


def _edges(first: int, last: int) -> Ints:
    return np.array([first, last], np.int64)


def _idf(size: int, frequency: int) -> float:
    return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5))


def _ideal(groups: Sequence[Group], idf: Sequence[float], unseen: float) -> np.float32:
    """The sum of the groups' idf, those that none holds, or that are empty, counting what `translated_scores` says."""
    counted = (each or (1.0 if group else unseen / 2) for group, each in zip(groups, idf, strict=True))
    return np.float32(max(sum(counted), 1e-6))


def _weights(tf: NDArray[np.int64], lengths: NDArray[np.int32], average: float) -> Floats:
    count = tf.astype(np.float32)
    norm = lengths.astype(np.float32) * np.float32(K1 * B / average) + np.float32(K1 * (1 - B))
    return np.asarray(count * np.float32(K1 + 1) / (count + norm), np.float32)


def _runs(*keys: NDArray[np.int64] | NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Where runs of the same keys begin, and how long they are."""
    count = len(keys[0])
    if not count:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    new = np.ones(count, np.bool_)
    np.logical_or.reduce([key[1:] != key[:-1] for key in keys], out=new[1:])
    run = np.flatnonzero(new)
    return run, np.diff(np.append(run, count))


def _ranges(first: Ints, last: Ints) -> Ints:
    """The numbers [first, last) of each pair, one after the other."""
    sizes = last - first
    kept = np.flatnonzero(sizes)
    sizes, begin = sizes[kept], first[kept]
    return np.repeat(begin - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
