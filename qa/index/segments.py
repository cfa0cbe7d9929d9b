"""A segment of an index, mapped from its files, and the rule by which an update keeps or rewrites segments."""

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
    """The stored rows, texts and postings of some documents, mapped.

    Raises OSError, ValueError or TypeError when a file is missing or damaged.
    """

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
        """The marks of the passages; a passage's "mark" is a position in this list."""
        return names.load_marks(self.folder / names.MARKS)

    @cached_property
    def first_sentence(self) -> Ints:
        """The row of each passage's first sentence and, last, the number of sentences; shape (passages + 1,)."""
        return np.append(self.passages["sentence"], len(self.sentences)).astype(np.int64)

    @cached_property
    def passage_keys(self) -> NDArray[np.uint8]:
        """The vector cache's keys of the passages, KEY_SIZE bytes each, without separators."""
        return names.map_bytes(self.folder / names.PASSAGE_KEYS)

    @cached_property
    def sentence_keys(self) -> NDArray[np.uint8]:
        """The vector cache's keys of the sentences, KEY_SIZE bytes each, without separators."""
        return names.map_bytes(self.folder / names.SENTENCE_KEYS)

    def text_start(self, row: int) -> int:
        """The offset of a passage's bytes in `texts`; for the row after the last, the end."""
        return int(self.passages["text"][row]) if row < len(self.passages) else len(self.texts)

    def text(self, row: int) -> str:
        """The text of the passage with this row of the segment. Raises OSError."""
        start, end = self.text_start(row), self.text_start(row + 1)
        if self._far is None:
            return names.decoded(self.texts[start:end].tobytes())
        data = np.empty(end - start, np.uint8)
        self._far.read(data, start)
        return names.decoded(data.tobytes())

    def rows(self, document: int) -> tuple[int, int]:
        """The passage rows [first, end) of the document with this number in the segment."""
        first, last = np.searchsorted(self.passages["document"], [document, document + 1])
        return int(first), int(last)

    def held_by(self, documents: Sequence[int]) -> NDArray[np.bool_]:
        """Which passages belong to these documents (numbers in the segment), shape (passages,)."""
        chosen = np.zeros(int(self.passages["document"][-1]) + 1 if len(self.passages) else 0, np.bool_)
        chosen[list(documents)] = True
        return np.asarray(chosen[self.passages["document"]], np.bool_)


def count_deleted(
    segment: Segment, documents: Sequence[int], before: Deleted | None, dictionary: UserDictionary = NO_WORDS
) -> Deleted:
    """The tombstones of `segment` once `documents` (numbers in the segment) are deleted, added to those of `before`.

    They count, for each term, the deleted passages and sentences that hold it. `dictionary` is the segment's user dictionary.
    """
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


# An index of up to this many passages is always written as one new segment, byte for byte that of a first build.
SMALL = 20_000
# When this share of the passages has been added or deleted since the means of languages were measured, they are measured again
# and every segment is rewritten, since all vectors are stored minus the means.
SHARE_CHANGED = 1 / 8
# A segment is rewritten when this share of its passages is deleted, or when its live passages are at most twice those added.
SHARE_DELETED = 1 / 4
MOST_SEGMENTS = 6
# Seconds after which deleted text must leave the disk: the next build rewrites its segment.
KEPT_DELETED = 7 * 24 * 3600


def segments_to_keep(
    sizes: Mapping[int, tuple[int, int]], added: int, measured: int, changed: int, due: Container[int] = ()
) -> list[int]:
    """The numbers of the segments to keep when `added` passages come; the live passages of the others are rewritten with them.

    `sizes` maps each segment to (passages stored, passages live); `measured` and `changed` are as in the manifest; segments in
    `due` are never kept. The sizes of segments form a geometric series, so that a passage is rewritten a number of times that
    grows with the logarithm of the number of passages.
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
