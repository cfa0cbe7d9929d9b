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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .postings import BLOCK_BITS, Counting, Ints, Postings
from .rows import RowMap, top_rows

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
_READ_WHOLE = 16
# Sums are kept in an array of all passages, if there are so many for each that is named, else those named are sorted.
_DENSE = 4
# Lists of so many rows together are read whole to say what one passage holds; longer ones are searched.
_READ_AT_ONCE = 2**14
# Candidates for each passage that is asked for, and all in all where many score the same.
_FEW, _MOST_TIED = 2, 1000
_SLACK = np.float32(1e-5)  # sums in another order differ by less, in parts
_LOW = 2**BLOCK_BITS - 1
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


class _List(NamedTuple):
    """A term's list in one segment: its pieces [first, last), and where its rows begin and end."""

    part: int
    first: int
    last: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class _Term:
    """A token: how many passages and sentences hold it, its idf among them, the most it adds to a passage's score, the number
    of rows in its lists, and these."""

    passages: int
    sentences: int
    idf: float
    sentence_idf: float
    bound: float
    size: int
    lists: tuple[_List, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Tokens, each with its weight, that stand for one term, the idf of that, and what it adds to a passage's score at most."""

    held: Sequence[tuple[_Term, float]]
    idf: float
    bound: float

    @property
    def size(self) -> int:
        return sum(term.size for term, _ in self.held)


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
    """What the words of a question say of candidates: BM25 of each passage, the best of its sentences, and that of the
    question's words in the other language, as `LexicalIndex.translated_scores` has it."""

    passages: Floats
    sentences: Floats
    translated: Floats


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
        none = np.empty(0, np.uint16)
        self._lengths = lengths[0] if len(parts) == 1 else np.concatenate([none, *lengths])
        words = [part.words for part in parts]
        self._words = words[0] if len(parts) == 1 else np.concatenate([none, *words])
        if len(self._lengths) != int(first[-1]):
            raise ValueError(f"tokens of {len(self._lengths)} sentences, not {int(first[-1])}")
        self._bases = [0, *np.cumsum([len(each) for each in lengths]).tolist()][:-1]
        sizes = np.diff(first)
        self._flat = len(parts) == 1 and len(self._lengths) <= 2**BLOCK_BITS
        self._passage_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self._passage_lengths = (
            np.add.reduceat(self._lengths, first[:-1], dtype=np.int32) if len(sizes) else np.empty(0, np.int32)
        )
        self.size = self._rows.size
        alive = self._rows.mask(None)
        total = int(self._passage_lengths.sum() if alive is None else self._passage_lengths[alive].sum())
        self.sentences = int(first[-1]) if alive is None else int(sizes[alive].sum())
        self._average = total / self.size if total else 1.0
        self._sentence_average = total / self.sentences if total else 1.0
        self._norms = _norms(self._passage_lengths, self._average)
        self._known: dict[str, _Term] = {}
        self._unknown = self._term(0, 0, 0, ())

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
        terms = [term for term in self._terms(dict.fromkeys(tokens)) if term.size]
        return self._candidates([_Group([(term, 1.0)], term.idf, term.bound) for term in terms], k, allowed)

    def translated_candidates(self, translation: Translation, k: int, allowed: Mask | None = None) -> Ints:
        """The same of `translated_scores`."""
        groups = [
            _Group(held, idf, max(weight * idf / term.idf * term.bound for term, weight in held))
            for held, idf in zip(translation.groups, translation.idf, strict=True)
            if idf
        ]
        return self._candidates(groups, k, allowed)

    def _candidates(self, groups: list[_Group], k: int, allowed: Mask | None) -> Ints:
        if k <= 0 or not groups:
            return np.empty(0, np.int64)
        groups.sort(key=lambda group: group.size)
        sizes, bounds = [group.size for group in groups], [group.bound for group in groups]
        mask = self._rows.mask(allowed)
        seen, reached = np.empty(0, np.int64), np.empty(0, np.float64)
        whole = sum(bounds)
        taken, look, read = 0, self._look, 0
        while True:
            first = taken
            while taken < len(groups) and (taken == first or sum(sizes[first : taken + 1]) <= look):
                taken += 1
            passage, added = self._added(groups[first:taken])
            if mask is not None:
                kept = np.flatnonzero(mask[passage])
                passage, added = passage[kept], added[kept]
            seen, reached = _summed(np.concatenate([seen, passage]), np.concatenate([reached, added]), len(self._passage_lengths))
            read += sum(sizes[first:taken])
            rest = sum(bounds[taken:])
            if len(seen) > k:
                more = min(k + k // 4, len(seen))
                some = np.partition(reached, [len(seen) - more, len(seen) - k])
                kth, last = some[len(seen) - k], some[len(seen) - more]
                best = reached + rest >= kth * (1 - _SLACK) if rest < kth else np.ones(len(seen), np.bool_)
                count = int(np.count_nonzero(best))
                done = taken == len(groups) or (rest < kth and count <= _FEW * k)
                if not done and read >= self._enough and rest < whole / 2:
                    done, best = True, reached >= last
                if done:
                    seen, reached = seen[best], reached[best]
                    if len(seen) > _MOST_TIED:
                        seen = seen[top_rows(reached.astype(np.float32), max(_MOST_TIED, k))]
                    break
            if taken == len(groups):
                break
            look *= 2
        return np.sort(self._rows.rows(seen))

    def scores(self, tokens: Sequence[str], rows: Ints, translation: Translation | None = None) -> Evidence:
        """What the different `tokens` and, if there is one, their translation say of passages, shape (len(rows),).

        `rows` are different.
        """
        terms = [term for term in self._terms(dict.fromkeys(tokens)) if term.size]
        groups = list(zip(translation.groups, translation.idf, strict=True)) if translation is not None else []
        groups = [(held, idf) for held, idf in groups if idf]
        passages, sentences, translated = np.zeros((3, len(rows)), np.float32)
        every = terms + [term for held, _ in groups for term, _ in held]
        if not len(rows) or not every:
            return Evidence(passages, sentences, translated)
        stored = self._rows.stored(rows)
        order = np.argsort(stored)
        stored = stored[order]
        owner, slot, sentence = self._held(every, stored)
        run, tf = _runs(owner, slot)
        at, of = slot[run], owner[run]
        weights = _weights(tf, self._norms[stored[at]])
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
        return Evidence(passages, sentences, translated)

    def _best_sentences(self, terms: Sequence[_Term], stored: Ints, owner: Ints, slot: Ints, sentence: Ints) -> Floats:
        """The best BM25 of each candidate's sentences, which are numbered one after the other."""
        counts = self._first[stored + 1] - self._first[stored]
        begin = np.cumsum(counts) - counts
        run, tf = _runs(owner, sentence)
        idf = np.array([term.sentence_idf for term in terms], np.float32)
        row, place = sentence[run], slot[run]
        weights = _weights(tf, _norms(self._lengths[row], self._sentence_average))
        number = row - self._first[stored[place]] + begin[place]
        single = np.bincount(number, idf[owner[run]] * weights, int(counts.sum()))
        return np.asarray(np.maximum.reduceat(single, begin), np.float32)

    def translation(self, groups: Sequence[Group]) -> Translation:
        """What groups of tokens, each of which stands for its term, weigh here.

        The idf is that of the group: of the passages, or sentences, that hold any of its tokens (Pirkola, 1998), which would be
        so many if its tokens came independently of each other; their lists need not be read for it.
        """
        found, idf, sentence_idf = [], [], []
        for group in groups:
            terms = self._terms([token for token, _ in group])
            held = [(term, weight) for term, (_, weight) in zip(terms, group, strict=True) if term.passages > 0]
            found.append(held)
            idf.append(_group_idf(self.size, [term.passages for term, _ in held]))
            sentence_idf.append(_group_idf(self.sentences, [term.sentences for term, _ in held]))
        return Translation(
            found,
            idf,
            sentence_idf,
            _ideal(groups, idf, _idf(self.size, 0)),
            _ideal(groups, sentence_idf, _idf(self.sentences, 0)),
        )

    def translated_scores(self, translation: Translation, rows: Ints) -> Floats:
        """BM25 of passages, shape (len(rows),), where any token of a group stands for its term, with the token's weight.

        Divided by the sum of the groups' idf, a group that none holds counting 1, and an empty one, of which no token is known,
        half the idf of a term that none holds: a passage of average length with every term once gets about 1.
        """
        return self.scores([], rows, translation).translated

    def translated_sentence_scores(self, translation: Translation, first: int, last: int) -> Floats:
        """The same of the sentences [first, last), as stored, with the idf of groups among sentences."""
        best = np.zeros((len(translation.groups), last - first), np.float32)
        held = [(number, term, weight) for number, group in enumerate(translation.groups) for term, weight in group]
        owner, sentence = self._within([term for _, term, _ in held], first, last)
        if len(owner):
            run, tf = _runs(owner, sentence)
            at = sentence[run]
            group = np.array([number for number, _, _ in held])[owner[run]]
            weight = np.array([weight for _, _, weight in held], np.float32)[owner[run]]
            np.maximum.at(best, (group, at - first), weight * _weights(tf, _norms(self._lengths[at], self._sentence_average)))
            best *= np.array(translation.sentence_idf, np.float32)[:, None]
        return np.asarray(best.sum(axis=0) / translation.sentence_ideal, np.float32)

    def holds(self, tokens: Sequence[str], first: int, last: int) -> Mask:
        """Whether the sentences [first, last), as stored, hold each of `tokens`, shape (len(tokens), last - first)."""
        held = np.zeros((len(tokens), last - first), np.bool_)
        owner, sentence = self._within(self._terms(tokens), first, last)
        held[owner, sentence - first] = True
        return held

    def words(self, first: int, last: int) -> Ints:
        """How many words each of the sentences [first, last), as stored, has."""
        return self._words[first:last].astype(np.int64)

    def counts(self, tokens: Sequence[str], first: int, last: int) -> Ints:
        """How often each of the sentences [first, last), as stored, holds one of `tokens`."""
        _, sentence = self._within(self._terms(tokens), first, last)
        return np.bincount(sentence - first, minlength=last - first)

    def _terms(self, tokens: Sequence[str] | dict[str, None]) -> list[_Term]:
        known = self._known
        missing = [token for token in tokens if token not in known]
        if missing:
            if len(known) > _MOST_KNOWN:
                known = self._known = {}  # another thread goes on with the one it has
                missing = list(tokens)
            known.update(zip(missing, self._found(missing), strict=True))
        return [known[token] for token in tokens]

    def _found(self, tokens: Sequence[str]) -> list[_Term]:
        passages, sentences, most = [0] * len(tokens), [0] * len(tokens), [0] * len(tokens)
        lists: list[list[_List]] = [[] for _ in tokens]
        for number, (part, deleted) in enumerate(zip(self._parts, self._deleted, strict=True)):
            terms = np.array(part.find(tokens), np.int64)
            held = np.flatnonzero(terms >= 0)
            if not len(held):
                continue
            terms = terms[held]
            first, last = part.pieces[terms], part.pieces[terms + 1]
            for i, term, in_passages, in_sentences, oftenest, *where in zip(
                held.tolist(), terms.tolist(), part.passages[terms].tolist(), part.sentences[terms].tolist(),
                part.most[terms].tolist(), first.tolist(), last.tolist(), part.starts[first].tolist(), part.starts[last].tolist(),
                strict=True,
            ):  # fmt: skip
                gone = deleted.of(term) if deleted else (0, 0)
                passages[i] += in_passages - gone[0]
                sentences[i] += in_sentences - gone[1]
                most[i] = max(most[i], oftenest)
                lists[i].append(_List(number, *where))
        return [self._term(*each) if each[3] else self._unknown for each in zip(passages, sentences, most, lists, strict=True)]

    def _term(self, passages: int, sentences: int, most: int, lists: Sequence[_List]) -> _Term:
        idf = _idf(self.size, passages)
        # no weight is higher than that of a passage which holds nothing else
        highest = most * (K1 + 1) / (most + K1 * (1 - B + B * most / self._average)) if 0 < most < 255 else K1 + 1
        return _Term(
            passages, sentences, idf, _idf(self.sentences, sentences), idf * highest * (1 + float(_SLACK)),
            sum(each.end - each.begin for each in lists) if passages else 0, tuple(lists) if passages else (),
        )  # fmt: skip

    def _added(self, groups: Sequence[_Group]) -> tuple[Ints, NDArray[np.float64]]:
        """What groups add to the scores of the stored passages that hold them: passages, one for each group, and scores."""
        held = [(i, group.idf * weight, term) for i, group in enumerate(groups) for term, weight in group.held]
        owner, sentence = self._read([(i, each) for i, (_, _, term) in enumerate(held) for each in term.lists])
        passage = self._passage_of[sentence]
        run, tf = _runs(owner, passage)
        owner, passage = owner[run], passage[run].astype(np.int64)
        factor = np.array([factor for _, factor, _ in held], np.float32)
        added = factor[owner] * _weights(tf, self._norms[passage])
        if len(held) > len(groups) and len(owner):
            total = len(self._norms)
            key = np.array([i for i, _, _ in held])[owner] * total + passage
            order = np.argsort(key, kind="stable")  # which merges what is in order already
            key = key[order]
            first = np.flatnonzero(np.diff(key, prepend=-1))
            passage = np.asarray(key[first] % total, np.int64)
            added = np.maximum.reduceat(added[order], first)
        return np.asarray(passage, np.int64), added.astype(np.float64)

    def _held(self, terms: Sequence[_Term], stored: Ints) -> tuple[Ints, Ints, Ints]:
        """Where the terms stand in the sentences of `stored` passages, ascending: term, place in `stored`, sentence.

        A sentence comes as often as it holds the term; those of one term come together, ascending.
        """
        most = _READ_WHOLE * len(stored)
        lists = [(i, each) for i, term in enumerate(terms) for each in term.lists]
        owner, sentence = self._read([(i, each) for i, each in lists if each.end - each.begin < most])
        slots = np.zeros(len(self._passage_lengths), np.int32)
        slots[stored] = np.arange(1, len(stored) + 1, dtype=np.int32)
        slot = slots[self._passage_of[sentence]]
        kept = np.flatnonzero(slot)
        owner, sentence, slot = owner[kept], sentence[kept], slot[kept]
        searched = [(i, each) for i, each in lists if each.end - each.begin >= most]
        if searched:
            others, rows = self._search(searched, self._first[stored], self._first[stored + 1])
            owner, sentence = np.concatenate([owner, others]), np.concatenate([sentence, rows])
            slot = np.concatenate([slot, slots[self._passage_of[rows]]])
        return owner, slot.astype(np.int64) - 1, sentence

    def _within(self, terms: Sequence[_Term], first: int, last: int) -> tuple[Ints, Ints]:
        """The sentences [first, last) that hold a term, each as often as it does: which of `terms`, and the sentence."""
        lists = [(i, each) for i, term in enumerate(terms) for each in term.lists]
        if sum(each.end - each.begin for _, each in lists) <= _READ_AT_ONCE:
            owner, sentence = self._read(lists)
            kept = np.flatnonzero((sentence >= first) & (sentence < last))
            return owner[kept], sentence[kept]
        return self._search(lists, np.array([first], np.int64), np.array([last], np.int64))

    def _read(self, lists: Sequence[tuple[int, _List]]) -> tuple[Ints, Ints]:
        """All rows of lists, one list after the other: what each goes by, and the stored sentence."""
        if not lists:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        low = np.concatenate([self._parts[each.part].low(each.begin, each.end) for _, each in lists])
        owner = np.repeat([i for i, _ in lists], [each.end - each.begin for _, each in lists])
        if self._flat:
            return owner, low.astype(np.int64)
        blocks = np.concatenate([self._parts[each.part].blocks[each.first : each.last] for _, each in lists])
        begin = np.concatenate([self._parts[each.part].starts[each.first : each.last] for _, each in lists])
        end = np.concatenate([self._parts[each.part].starts[each.first + 1 : each.last + 1] for _, each in lists])
        bases = np.repeat([self._bases[each.part] for _, each in lists], [each.last - each.first for _, each in lists])
        return owner, np.repeat((blocks.astype(np.int64) << BLOCK_BITS) + bases, end - begin) + low

    def _search(self, lists: Sequence[tuple[int, _List]], first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """The same of the rows within ranges [first, last) of stored sentences, which ascend.

        All lists are searched at once for all ranges, each by bisection of the piece that it may be in.
        """
        owners, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for number, (part, base) in enumerate(zip(self._parts, self._bases, strict=True)):
            own = [(owner, each) for owner, each in lists if each.part == number]
            here = slice(None)
            if len(self._parts) > 1:
                here = slice(*np.searchsorted(first, [base, base + len(part.lengths)]).tolist())
            if not own or not len(first[here]):
                continue
            begin, end = _within_blocks(first[here] - base, last[here] - base)
            blocks, of = np.unique(begin >> BLOCK_BITS, return_inverse=True)
            # the piece of each list in each block, found by the list's number and the block in one number
            pieces = np.array([each.last - each.first for _, each in own])
            piece = _ranges(np.array([each.first for _, each in own]), pieces)
            key = np.repeat(np.arange(len(own)), pieces) << BLOCK_BITS | part.blocks[piece]
            wanted = (np.arange(len(own))[:, None] << BLOCK_BITS | blocks).ravel()
            at = np.minimum(key.searchsorted(wanted), len(key) - 1)
            low = part.starts[piece[at]].astype(np.int64)
            high = np.where(key[at] == wanted, part.starts[piece[at] + 1], low)
            low, high, among = _near(part, low.reshape(len(own), -1), high.reshape(len(own), -1))
            # of each list and each range in turn, the piece that the range may be in
            low, high = low[:, of].ravel(), high[:, of].ravel()
            count = len(begin)
            begin, end, block = (np.tile(each, len(own)) for each in (begin & _LOW, ((end - 1) & _LOW) + 1, blocks[of]))
            low = _bisected(among, low, high, begin)
            kept = np.flatnonzero(low < high)
            kept = kept[among[low[kept]] < end[kept]]
            low = low[kept]
            sizes = _bisected(among, low, high[kept], end[kept]) - low
            owners.append(np.repeat(np.array([owner for owner, _ in own])[kept // count], sizes))
            found = among[_ranges(low, sizes)].astype(np.int64)
            rows.append(np.repeat((block[kept] << BLOCK_BITS) + base, sizes) + found)
        return (owners[1], rows[1]) if len(rows) == 2 else (np.concatenate(owners), np.concatenate(rows))


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


def _within_blocks(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Ranges [first, last) of rows, ascending, parted where they are in several blocks."""
    end = (first | _LOW) + 1  # of its block
    while (over := last > end).any():
        first, last = np.concatenate([first, end[over]]), np.concatenate([np.minimum(last, end), last[over]])
        order = np.argsort(first)
        first, last = first[order], last[order]
        end = (first | _LOW) + 1
    return first, last


def _near(part: Postings, begin: Ints, end: Ints) -> tuple[Ints, Ints, NDArray[np.uint16]]:
    """Parts [begin, end) of the rows of lists, shape (lists, parts), as they are in what is read from the first part of each
    list to its last one."""
    if part.far is None:
        return begin, end, part.rows
    held = begin < end
    last = np.where(held, end, 0).max(axis=1)
    first = np.minimum(np.where(held, begin, last[:, None]).min(axis=1), last)
    ends = np.cumsum(last - first)
    rows = np.empty(int(ends[-1]), np.uint16)
    for at, a, b in zip(ends.tolist(), first.tolist(), last.tolist(), strict=True):
        part.far.read(rows[at - (b - a) : at], a * rows.itemsize)
    moved = (ends - last)[:, None]
    return np.where(held, begin + moved, 0), np.where(held, end + moved, 0), rows


def _bisected(rows: NDArray[np.uint16], begin: Ints, end: Ints, wanted: Ints) -> Ints:
    """Where, in each of the parts [begin, end) of `rows`, which ascend, the first row is that is `wanted` or more."""
    at = begin
    step = 1 << int((end - begin).max(initial=0)).bit_length() >> 1
    while step:
        probe = at + step
        less = rows[np.minimum(probe, end) - 1] < wanted
        at = np.where(less & (probe <= end), probe, at)
        step >>= 1
    return at


def _summed(passage: Ints, added: NDArray[np.float64], count: int) -> tuple[Ints, NDArray[np.float64]]:
    """The different passages of `count`, ascending, and the sum of what is added to each."""
    if count <= _DENSE * len(passage) or not len(passage):
        total = np.bincount(passage, added)
        seen = np.asarray(np.flatnonzero(total), np.int64)
        return seen, np.asarray(total[seen], np.float64)
    order = np.argsort(passage, kind="stable")
    passage = passage[order]
    first = np.flatnonzero(np.diff(passage, prepend=-1))
    return passage[first], np.asarray(np.add.reduceat(added[order], first), np.float64)


def _idf(size: int, frequency: float) -> float:
    return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5))


def _group_idf(size: int, frequencies: Sequence[int]) -> float:
    """The idf of what any of independent terms stands for, 0 without a term."""
    return _idf(size, size - size * math.prod(1 - each / size for each in frequencies)) if frequencies else 0.0


def _ideal(groups: Sequence[Group], idf: Sequence[float], unseen: float) -> np.float32:
    """The sum of the groups' idf, those that none holds, or that are empty, counting what `translated_scores` says."""
    counted = (each or (1.0 if group else unseen / 2) for group, each in zip(groups, idf, strict=True))
    return np.float32(max(sum(counted), 1e-6))


def _norms(lengths: NDArray[np.int32] | NDArray[np.uint16], average: float) -> Floats:
    return np.asarray(lengths.astype(np.float32) * np.float32(K1 * B / average) + np.float32(K1 * (1 - B)), np.float32)


def _weights(tf: NDArray[np.int64], norms: Floats) -> Floats:
    count = tf.astype(np.float32)
    return np.asarray(count * np.float32(K1 + 1) / (count + norms), np.float32)


def _runs(*keys: NDArray[np.int64] | NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Where runs of the same keys begin, and how long they are."""
    count = len(keys[0])
    if not count:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    new = np.ones(count, np.bool_)
    np.logical_or.reduce([key[1:] != key[:-1] for key in keys], out=new[1:])
    run = np.flatnonzero(new)
    return run, np.diff(np.append(run, count))


def _ranges(first: Ints, sizes: Ints) -> Ints:
    """So many numbers from each first one on, one after the other."""
    return np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
