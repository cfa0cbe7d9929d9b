"""A segment of an index, mapped from its files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
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
from . import layout


class Segment:
    """The stored rows, texts and postings of some documents, mapped.

    Raises OSError, ValueError or TypeError when a file is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passages = layout.load_rows(folder / layout.PASSAGES, layout.PASSAGE)
        self.sentences = layout.load_rows(folder / layout.SENTENCES, layout.SENTENCE)
        self.texts = layout.map_bytes(folder / layout.TEXTS)
        self._far = FarFile.of(folder / layout.TEXTS, len(self.texts))
        self.words = Postings.open(folder / layout.WORDS)
        # Mapped now and read later: a build that is published meanwhile deletes the folder, and what is mapped stays.
        self._marks = layout.map_bytes(folder / layout.MARKS)
        self._titles = layout.map_bytes(folder / layout.TITLES)
        self.passage_keys = layout.map_bytes(folder / layout.PASSAGE_KEYS)  # keys of the vector cache, KEY_SIZE bytes each,
        self.sentence_keys = layout.map_bytes(folder / layout.SENTENCE_KEYS)  # without separators
        self.languages = np.load(folder / layout.PASSAGE_LANGUAGES, allow_pickle=False)
        if len(self.words.lengths) != len(self.sentences) or len(self.languages) != len(self.passages):
            raise ValueError("parts of different lengths")

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of the passages; a passage's "mark" is a position in them."""
        return layout.load_marks(self._marks.tobytes())

    @cached_property
    def titles(self) -> list[str]:
        """The title of each document, under which its passages are embedded."""
        return layout.load_titles(self._titles.tobytes())

    @cached_property
    def first_sentence(self) -> Ints:
        """The row of each passage's first sentence and, last, the number of sentences; shape (passages + 1,)."""
        return np.append(self.passages["sentence"], len(self.sentences)).astype(np.int64)

    def text_start(self, row: int) -> int:
        """The offset of a passage's bytes in `texts`; for the row after the last, the end."""
        return int(self.passages["text"][row]) if row < len(self.passages) else len(self.texts)

    def text(self, row: int) -> str:
        """The text of the passage with this row of the segment. Raises OSError."""
        start, end = self.text_start(row), self.text_start(row + 1)
        if self._far is None:
            return layout.decoded(self.texts[start:end].tobytes())
        data = np.empty(end - start, np.uint8)
        self._far.read(data, start)
        return layout.decoded(data.tobytes())

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
