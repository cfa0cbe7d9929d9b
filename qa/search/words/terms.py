"""Terms: tokens with their document frequencies, idf and posting lists over all segments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...text.translation import Alternatives
from . import bm25
from .deleted import Deleted
from .postings import MOST_NOTED, Postings

# Terms in the cache, about those of a hundred questions.
_MOST_KNOWN = 4096
# Relative tolerance for float32 sums of the same numbers in a different order.
ROUNDING = np.float32(1e-5)


class PostingList(NamedTuple):
    """A term's postings in one segment: the pieces [first, last), which are the range [begin, end) of `Postings.rows`."""

    segment: int
    first: int
    last: int
    begin: int
    end: int

    @property
    def size(self) -> int:
        """The number of postings."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Term:
    """A token, looked up in all segments.

    `passages` and `sentences` are how many of these contain it, `idf` and `sentence_idf` its idf among each. `bound` is an upper
    bound of what it adds to the BM25 of a passage. `lists` are its posting lists, with `size` postings in all; an engine that has
    no lists here finds the `token` in the texts.
    """

    passages: int
    sentences: int
    idf: float
    sentence_idf: float
    bound: float
    size: int
    lists: tuple[PostingList, ...]
    token: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """A question translated into another language.

    `alternatives` gives, for each term of the question, those of its translations that some passage contains, with weights. `idf`
    and `sentence_idf` are the idf of "any of these alternatives", 0 if there are none. `ideal` and `sentence_ideal` are the
    BM25 of a passage and of a sentence of average length that contains one alternative of every term.
    """

    alternatives: list[list[tuple[Term, float]]]
    idf: list[float]
    sentence_idf: list[float]
    ideal: np.float32
    sentence_ideal: np.float32


class Terms(ABC):
    """Looks up terms and caches them.

    `size` passages and `sentences` sentences, with `tokens` tokens together, are not deleted. `average` and `sentence_average`
    are their average lengths in tokens.
    """

    def __init__(self, size: int, sentences: int, tokens: int) -> None:
        self.size, self.sentences = size, sentences
        self.average = tokens / size if tokens else 1.0
        self.sentence_average = tokens / sentences if tokens else 1.0
        self._known: dict[str, Term] = {}
        self._unknown = self._term("", 0, 0, 0)

    def of(self, tokens: Iterable[str]) -> list[Term]:
        """The term of each token; one that no passage contains has the highest possible idf and no postings."""
        tokens = list(tokens)
        known = self._known
        missing = [token for token in tokens if token not in known]
        if missing:
            if len(known) > _MOST_KNOWN:
                known = self._known = {}  # a new one: another thread may still use the old one
                missing = tokens
            known.update(zip(missing, self._found(missing), strict=True))
        return [known[token] for token in tokens]

    def held(self, tokens: Iterable[str]) -> list[Term]:
        """The terms of the distinct `tokens`, of those that some passage contains."""
        return [term for term in self.of(dict.fromkeys(tokens)) if term.size]

    def translation(self, groups: Sequence[Alternatives]) -> Translation:
        """The translation of a question; `groups` has the alternatives of each of its terms.

        The idf of a term is that of "any of its alternatives" (Pirkola, 1998). The alternatives are assumed to be independent, so
        that no posting list has to be read for it.
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

    @abstractmethod
    def _found(self, tokens: Sequence[str]) -> list[Term]:
        """The term of each of the distinct `tokens`, read from where they are kept."""

    def _term(
        self, token: str, passages: int, sentences: int, most: int, size: int = 0, lists: Sequence[PostingList] = ()
    ) -> Term:
        """The term `token` with these counts; `most` is how often a passage holds it at most, `size` counts its postings."""
        idf = bm25.idf(self.size, passages)
        highest = bm25.highest_weight(most if 0 < most < MOST_NOTED else None, self.average)
        return Term(
            passages, sentences, idf, bm25.idf(self.sentences, sentences), idf * highest * (1 + float(ROUNDING)),
            size if passages else 0, tuple(lists) if passages else (), token,
        )  # fmt: skip


class TermTable(Terms):
    """The terms of `segments`, with the tombstones `deleted` of each segment; the counts are those of `Terms`."""

    def __init__(
        self, segments: Sequence[Postings], deleted: Sequence[Deleted | None], size: int, sentences: int, tokens: int
    ) -> None:
        self._segments, self._deleted = segments, deleted
        super().__init__(size, sentences, tokens)

    def frequencies(self) -> dict[str, tuple[int, int, int]]:
        """Every token that a passage holds: how many passages and sentences hold it, and how often one passage does at most."""
        found: dict[str, tuple[int, int, int]] = {}
        for segment, deleted in zip(self._segments, self._deleted, strict=True):
            counts = zip(segment.passages.tolist(), segment.sentences.tolist(), segment.most.tolist(), strict=True)
            for number, (name, (passages, sentences, most)) in enumerate(zip(segment.names(), counts, strict=True)):
                gone = deleted.of(number) if deleted else (0, 0)
                token = name.decode("utf-8", "surrogatepass")
                before = found.get(token, (0, 0, 0))
                found[token] = (before[0] + passages - gone[0], before[1] + sentences - gone[1], max(before[2], most))
        return {token: counts for token, counts in found.items() if counts[0]}

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
        every = zip(tokens, passages, sentences, most, lists, strict=True)
        return [
            self._term(token, here, in_them, oftenest, sum(part.size for part in own), own) if own else self._unknown
            for token, here, in_them, oftenest, own in every
        ]


def _ideal(groups: Sequence[Alternatives], idf: Sequence[float], unseen: float) -> np.float32:
    """The sum of the terms' `idf`.

    A term whose alternatives are in no passage counts 1. A term without alternatives, which is not in the dictionary, counts half
    of `unseen`, the idf of a token in no passage.
    """
    counted = (each or (1.0 if group else unseen / 2) for group, each in zip(groups, idf, strict=True))
    return np.float32(max(sum(counted), 1e-6))
