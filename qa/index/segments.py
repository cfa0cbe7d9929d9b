"""A segment of an index: the parts of some documents, opened without reading them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..disk import FarFile
from ..search.rows import Ints
from ..search.words import Deleted, Postings
from ..text.user_words import NO_WORDS, UserDictionary
from ..text.words import tokenize
from ..types import Mark
from . import layout as names


class Segment:
    """What is stored of some documents, mapped. Raises OSError, ValueError or TypeError when it is not whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passages = names.load_rows(folder / names.PASSAGES, names.PASSAGE)
        self.sentences = names.load_rows(folder / names.SENTENCES, names.SENTENCE)
        self.texts = names.map_bytes(folder / names.TEXTS)
        self._far = FarFile.of(folder / names.TEXTS, len(self.texts))
        self.words = Postings.open(folder / names.WORDS)
        self.languages = np.load(folder / names.PASSAGE_LANGUAGES, allow_pickle=False)
        if len(self.words.lengths) != len(self.sentences) or len(self.languages) != len(self.passages):
            raise ValueError("parts of different lengths")

    @cached_property
    def marks(self) -> list[Mark]:
        """The marks that passages stand under."""
        return names.load_marks(self.folder / names.MARKS)

    @cached_property
    def first_sentence(self) -> Ints:
        """The first sentence of each passage and, at the end, the number of sentences."""
        return np.append(self.passages["sentence"], len(self.sentences)).astype(np.int64)

    @cached_property
    def passage_keys(self) -> NDArray[np.uint8]:
        """The cache keys of the passages, one after the other."""
        return names.map_bytes(self.folder / names.PASSAGE_KEYS)

    @cached_property
    def sentence_keys(self) -> NDArray[np.uint8]:
        """The cache keys of the sentences, one after the other."""
        return names.map_bytes(self.folder / names.SENTENCE_KEYS)

    def text_start(self, row: int) -> int:
        """Where the bytes of a passage begin, or those of what comes after the last."""
        return int(self.passages["text"][row]) if row < len(self.passages) else len(self.texts)

    def text(self, row: int) -> str:
        """The text of a passage."""
        start, end = self.text_start(row), self.text_start(row + 1)
        if self._far is None:
            return names.decoded(self.texts[start:end].tobytes())
        data = np.empty(end - start, np.uint8)
        self._far.read(data, start)
        return names.decoded(data.tobytes())

    def rows(self, document: int) -> tuple[int, int]:
        """The passages [first, last) of a document, by its number in the segment."""
        first, last = np.searchsorted(self.passages["document"], [document, document + 1])
        return int(first), int(last)

    def held_by(self, documents: Sequence[int]) -> NDArray[np.bool_]:
        """Which passages are of these documents."""
        chosen = np.zeros(int(self.passages["document"][-1]) + 1 if len(self.passages) else 0, np.bool_)
        chosen[list(documents)] = True
        return np.asarray(chosen[self.passages["document"]], np.bool_)


def count_deleted(
    segment: Segment, documents: Sequence[int], before: Deleted | None, dictionary: UserDictionary = NO_WORDS
) -> Deleted:
    """The terms of `documents`, by their number in the segment, and of what was deleted `before`."""
    passages, sentences = Counter[int](), Counter[int]()
    if before is not None:
        passages.update(dict(zip(before.terms.tolist(), before.passages.tolist(), strict=True)))
        sentences.update(dict(zip(before.terms.tolist(), before.sentences.tolist(), strict=True)))
    for document in documents:
        for row in range(*segment.rows(document)):
            start, text = int(segment.passages["start"][row]), segment.text(row)
            spans = segment.sentences[segment.first_sentence[row] : segment.first_sentence[row + 1]]
            held = [set(tokenize(text[int(a) - start : int(b) - start], dictionary)) for a, b in spans.tolist()]
            tokens = list(set().union(*held))
            terms = dict(zip(tokens, segment.words.find(tokens), strict=True))
            passages.update(terms.values())
            for each in held:
                sentences.update(terms[token] for token in each)
    terms_held = sorted(passages)
    return Deleted(
        np.array(terms_held, np.int32),
        np.array([passages[term] for term in terms_held], np.int32),
        np.array([sentences[term] for term in terms_held], np.int32),
        np.array([time.time()]) if before is None else before.since,
    )


# Up to this many passages an update writes one segment anew, which is then what a first build writes, bit for bit.
SMALL = 20_000
# Means of languages are measured anew, and everything with them, when this share of the passages has come or gone.
SHARE_CHANGED = 1 / 8
# A segment is written anew with what is added when that is half of it or more, or when this share of it was deleted.
SHARE_DELETED = 1 / 4
MOST_SEGMENTS = 6
# A segment is written anew by the next build when what was deleted from it is still there after this many seconds.
KEPT_DELETED = 7 * 24 * 3600


def segments_to_keep(
    sizes: Mapping[int, tuple[int, int]], added: int, measured: int, changed: int, due: Container[int] = ()
) -> list[int]:
    """Which segments stay as they are when `added` passages come, as sizes of a geometric series would have it.

    `sizes` says of each segment how many passages it has stored and how many of them are still of use; those that are `due`
    do not stay. What does not stay goes into the new segment: each passage is so written anew a number of times that grows
    with the logarithm of their number.
    """
    if sum(live for _, live in sizes.values()) + added <= SMALL or changed > SHARE_CHANGED * measured:
        return []
    kept: list[int] = []
    taken = added
    for number, (stored, live) in sorted(sizes.items(), key=lambda item: item[1][1]):
        if not live:
            continue
        if number in due or stored - live > SHARE_DELETED * stored or live <= 2 * taken:
            taken += live
        else:
            kept.append(number)
    return sorted(kept[max(len(kept) - MOST_SEGMENTS, 0) :], key=list(sizes).index)
