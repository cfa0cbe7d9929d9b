"""The parts of a build on disk, apart from the inverted indexes and the vectors: their names and what is in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .types import Mark

# The spans of passages and sentences. `text` is where a passage's bytes begin in TEXTS, `sentence` its first sentence's row.
PASSAGES, SENTENCES = "passages.npy", "sentences.npy"
# The marks that passages stand under, those of one document together.
MARKS = "marks.json"
NO_MARK = -1  # in a passage's "mark": its document has none there
# The passages' texts one after the other, in UTF-8, and the cache keys of all passages' and all sentences' vectors.
TEXTS, PASSAGE_KEYS, SENTENCE_KEYS = "texts.bin", "passage_keys.bin", "sentence_keys.bin"
PASSAGE_VECTORS, SENTENCE_VECTORS = "passages.faiss", "sentences.faiss"
PASSAGE_WORDS, SENTENCE_WORDS = "lexical", "sentence_lexical"
PASSAGE_LANGUAGES, QUESTION_MEANS, PASSAGE_MEANS = "passage_languages.npy", "question_means.npy", "passage_means.npy"

USER_WORDS = "user_dictionary.txt"  # only where the index was built with one

PASSAGE = np.dtype(
    [("document", "<i4"), ("start", "<i8"), ("end", "<i8"), ("number", "<i4"), ("line", "<i4"), ("part", "<i4"),
     ("text", "<i8"), ("sentence", "<i8"), ("mark", "<i4")]
)  # fmt: skip
SENTENCE = np.dtype([("passage", "<i4"), ("start", "<i8"), ("end", "<i8")])


def encoded(text: str) -> bytes:
    """UTF-8, lone surrogates kept: file names on Linux and JSON strings can hold them."""
    return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> str:
    """The text that `encoded` gave these bytes for."""
    return data.decode("utf-8", "surrogatepass")


def save_marks(file: Path, marks: Sequence[Mark]) -> None:
    """Write marks to `file`."""
    rows = [[mark.start, mark.unit, mark.number, mark.name, mark.headings] for mark in marks]
    file.write_bytes(encoded(json.dumps(rows, ensure_ascii=False)))


def load_marks(file: Path) -> list[Mark]:
    """What `save_marks` wrote. Raises OSError, ValueError or TypeError when it is not whole."""
    rows = json.loads(decoded(file.read_bytes()))
    return [Mark(start, unit, number, name, tuple(headings)) for start, unit, number, name, headings in rows]
