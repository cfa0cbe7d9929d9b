"""Terms: tokens that were looked up in every segment, with their frequencies, idf and posting lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from . import bm25
from .deleted import Deleted
from .postings import MOST_NOTED, Postings

# Tokens that may stand for one term of a question, each with a weight, 0 to 1.
Alternatives = Sequence[tuple[str, float]]

# Terms kept in memory, those of some hundred questions.
_MOST_KNOWN = 4096
# Float32 sums of the same numbers in another order differ by less than this share.
ROUNDING = np.float32(1e-5)


class PostingList(NamedTuple):
    """A term's postings in one segment: its pieces [first, last), which hold the postings [begin, end) of `Postings.rows`."""

    segment: int
    first: int
    last: int
    begin: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Term:
    """How many passages and sentences hold a token, its idf among each, and its posting lists, of `size` postings together.

    `bound` is the most that it adds to the score of a passage.
    """

    passages: int
    sentences: int
    idf: float
    sentence_idf: float
    bound: float
    size: int
    lists: tuple[PostingList, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """The terms of a question in another language: for each the alternatives that some passage holds, and their idf.

    The idf is that of any of the alternatives, 0 where no passage holds one. `ideal` and `sentence_ideal` are the scores of a
    passage and of a sentence of average length with one alternative of every term.
    """

    alternatives: list[list[tuple[Term, float]]]
    idf: list[float]
    sentence_idf: list[float]
    ideal: np.float32
    sentence_ideal: np.float32


class TermTable:
    """The terms of several segments. `size` is the number of passages, `average` and `sentence_average` are lengths in tokens.

    All three, and `sentences`, count only what was not deleted.
    """

    def __init__(
        self, segments: Sequence[Postings], deleted: Sequence[Deleted | None], size: int, sentences: int, tokens: int
    ) -> None:
        self._segments, self._deleted = segments, deleted
        self.size, self.sentences = size, sentences
        self.average = tokens / size if tokens else 1.0
        self.sentence_average = tokens / sentences if tokens else 1.0
        self._known: dict[str, Term] = {}
        self._unknown = self._term(0, 0, 0, ())

    def of(self, tokens: Iterable[str]) -> list[Term]:
        """The term of each token; one that no passage holds has the idf of the rarest and no postings."""
        tokens = list(tokens)
        known = self._known
        missing = [token for token in tokens if token not in known]
        if missing:
            if len(known) > _MOST_KNOWN:
                known = self._known = {}  # another thread goes on with the one it has
                missing = tokens
            known.update(zip(missing, self._found(missing), strict=True))
        return [known[token] for token in tokens]

    def held(self, tokens: Iterable[str]) -> list[Term]:
        """The terms of the different tokens that some passage holds."""
        return [term for term in self.of(dict.fromkeys(tokens)) if term.size]

    def translation(self, groups: Sequence[Alternatives]) -> Translation:
        """The terms of a question, given by their alternatives in another language.

        Each term is weighed as one that occurs where any of its alternatives does (Pirkola, 1998), as if these were independent
        of each other, so that no posting list need be read for it.
        """
        found, idf, sentence_idf = [], [], []
        for group in groups:
            terms = self.of(token for token, _ in group)
            held = [(term, weight) for term, (_, weight) in zip(terms, group, strict=True) if term.passages > 0]
            found.append(held)
            idf.append(bm25.any_idf(self.size, [term.passages for term, _ in held]))
            sentence_idf.append(bm25.any_idf(self.sentences, [term.sentences for term, _ in held]))
        return Translation(
            found,
            idf,
            sentence_idf,
            _ideal(groups, idf, bm25.idf(self.size, 0)),
            _ideal(groups, sentence_idf, bm25.idf(self.sentences, 0)),
        )

    def _found(self, tokens: Sequence[str]) -> list[Term]:
        passages, sentences, most = [0] * len(tokens), [0] * len(tokens), [0] * len(tokens)
        lists: list[list[PostingList]] = [[] for _ in tokens]
        for number, (segment, deleted) in enumerate(zip(self._segments, self._deleted, strict=True)):
            terms = np.array(segment.find(tokens), np.int64)
            held = np.flatnonzero(terms >= 0)
            if not len(held):
                continue
            terms = terms[held]
            first, last = segment.pieces[terms], segment.pieces[terms + 1]
            for i, term, in_passages, in_sentences, oftenest, *where in zip(
                held.tolist(), terms.tolist(), segment.passages[terms].tolist(), segment.sentences[terms].tolist(),
                segment.most[terms].tolist(), first.tolist(), last.tolist(), segment.starts[first].tolist(),
                segment.starts[last].tolist(), strict=True,
            ):  # fmt: skip
                gone = deleted.of(term) if deleted else (0, 0)
                passages[i] += in_passages - gone[0]
                sentences[i] += in_sentences - gone[1]
                most[i] = max(most[i], oftenest)
                lists[i].append(PostingList(number, *where))
        return [self._term(*each) if each[3] else self._unknown for each in zip(passages, sentences, most, lists, strict=True)]

    def _term(self, passages: int, sentences: int, most: int, lists: Sequence[PostingList]) -> Term:
        idf = bm25.idf(self.size, passages)
        highest = bm25.highest_weight(most if 0 < most < MOST_NOTED else None, self.average)
        return Term(
            passages, sentences, idf, bm25.idf(self.sentences, sentences), idf * highest * (1 + float(ROUNDING)),
            sum(each.size for each in lists) if passages else 0, tuple(lists) if passages else (),
        )  # fmt: skip


def _ideal(groups: Sequence[Alternatives], idf: Sequence[float], unseen: float) -> np.float32:
    """The sum of the terms' idf. A term none of whose alternatives any passage holds counts 1; one without alternatives, since the
    dictionary does not have it, half the idf of an unseen token."""
    counted = (each or (1.0 if group else unseen / 2) for group, each in zip(groups, idf, strict=True))
    return np.float32(max(sum(counted), 1e-6))
