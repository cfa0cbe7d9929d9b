"""The parts of a build on disk: their names and what is in them.

A build is a folder of segments, each the parts of some documents and never changed, and of what is said of all of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Mark

# Of a build: where each document of the manifest is stored, and what is known of languages: the means of their questions and
# passages as the model gives them, and those that the passages' and the sentences' vectors were stored without.
DOCUMENTS = "documents.npy"
QUESTION_MEANS, PASSAGE_MEANS = "question_means.npy", "passage_means.npy"
PASSAGE_CENTRES, SENTENCE_CENTRES = "passage_centres.npy", "sentence_centres.npy"
DELETED = "deleted"  # + the number of a segment: the terms of what was deleted since it was written
SEGMENT = "segment"  # + its number

# Of a segment: the spans of passages and sentences. `text` is where a passage's bytes begin in TEXTS, `sentence` its first
# sentence's row, `document` the number of its document in the segment.
PASSAGES, SENTENCES = "passages.npy", "sentences.npy"
# The marks that passages stand under, those of one document together.
MARKS = "marks.json"
NO_MARK = -1  # in a passage's "mark": its document has none there
# The passages' texts one after the other, in UTF-8, and the cache keys of all passages' and all sentences' vectors.
TEXTS, PASSAGE_KEYS, SENTENCE_KEYS = "texts.bin", "passage_keys.bin", "sentence_keys.bin"
PASSAGE_VECTORS, SENTENCE_VECTORS = "passage_vectors", "sentence_vectors"
WORDS = "words"
PASSAGE_LANGUAGES = "passage_languages.npy"

USER_WORDS = "user_dictionary.txt"  # only where the index was built with one

DOCUMENT = np.dtype([("segment", "<i4"), ("number", "<i4"), ("passage", "<i4")])
PASSAGE = np.dtype(
    [("document", "<i4"), ("start", "<u4"), ("end", "<u4"), ("number", "<i4"), ("line", "<i4"), ("part", "<i4"),
     ("text", "<i8"), ("sentence", "<i4"), ("mark", "<i4")]
)  # fmt: skip
SENTENCE = np.dtype([("start", "<u4"), ("end", "<u4")])


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


def load_rows(file: Path, dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array of rows of this kind, mapped. Raises OSError or ValueError when it is none."""
    rows = np.load(file, mmap_mode="r", allow_pickle=False)
    if rows.dtype != dtype or rows.ndim != 1:
        raise ValueError(f"{file.name} holds other rows")
    return np.asarray(rows)


def passages_of_sentences(passages: NDArray[Any], sentences: int) -> NDArray[np.int32]:
    """The row of each sentence's passage, shape (sentences,)."""
    counts = np.diff(np.append(passages["sentence"], sentences))
    return np.repeat(np.arange(len(passages), dtype=np.int32), counts)


def map_bytes(file: Path) -> NDArray[np.uint8]:
    """The bytes of a file, mapped."""
    return np.asarray(np.memmap(file, np.uint8, "r")) if file.stat().st_size else np.empty(0, np.uint8)
