"""The files of a build: their names, dtypes and contents.

A build is a folder of segments and a few files about all of them. A segment holds the passages, sentences, vectors and postings
of some documents, and is never changed once written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..documents.content import packed, unpacked
from ..types import Mark

# Of a build: the place of each document of the manifest (dtype DOCUMENT); the mean vectors by language of sample questions and
# passages; and the mean vectors by language that were subtracted from all stored passage and sentence vectors.
DOCUMENTS = "documents.npy"
QUESTION_MEANS, PASSAGE_MEANS = "question_means.npy", "passage_means.npy"
PASSAGE_CENTRES, SENTENCE_CENTRES = "passage_centres.npy", "sentence_centres.npy"
DELETED = "deleted"  # + a segment's number: tombstones, the counts by term of what was deleted since the segment was written
SEGMENT = "segment"  # + its number

# Of a segment: its passages (dtype PASSAGE) and sentences (dtype SENTENCE). `start` and `end` are spans in the document's text,
# `text` is the offset of a passage's bytes in TEXTS, `sentence` the row of its first sentence, `document` the number of its
# document in the segment.
PASSAGES, SENTENCES = "passages.npy", "sentences.npy"
# The marks (page or slide, headings) of passages, those of one document together; a passage's "mark" is a position in the list.
MARKS = "marks.json"
NO_MARK = -1  # a passage's "mark" where its document has none
# The title of each document, under which its passages are embedded.
TITLES = "titles.json"
# The passages' texts in UTF-8 without separators, and the vector cache's keys of all passages and of all sentences.
TEXTS, PASSAGE_KEYS, SENTENCE_KEYS = "texts.bin", "passage_keys.bin", "sentence_keys.bin"
PASSAGE_VECTORS, SENTENCE_VECTORS = "passage_vectors", "sentence_vectors"
WORDS = "words"
PASSAGE_LANGUAGES = "passage_languages.npy"  # a number for each passage: a position in the manifest's `languages`

USER_WORDS = "user_dictionary.txt"  # only where the index was built with one

DOCUMENT = np.dtype([("segment", "<i4"), ("number", "<i4"), ("passage", "<i4")])
PASSAGE = np.dtype(
    [("document", "<i4"), ("start", "<u4"), ("end", "<u4"), ("number", "<i4"), ("line", "<i4"), ("part", "<i4"),
     ("text", "<i8"), ("sentence", "<i4"), ("mark", "<i4")]
)  # fmt: skip
SENTENCE = np.dtype([("start", "<u4"), ("end", "<u4")])


def encoded(text: str) -> bytes:
    """`text` in UTF-8; lone surrogates, which file names on Linux and JSON strings can hold, are kept."""
    return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> str:
    """The inverse of `encoded`. Raises UnicodeDecodeError."""
    return data.decode("utf-8", "surrogatepass")


def save_marks(file: Path, marks: Sequence[Mark]) -> None:
    """Write marks to `file`."""
    file.write_bytes(encoded(json.dumps(packed(marks), ensure_ascii=False, separators=(",", ":"))))


def load_marks(data: bytes) -> tuple[Mark, ...]:
    """The marks that `save_marks` wrote as `data`. Raises ValueError, LookupError or TypeError for a damaged file."""
    return unpacked(json.loads(decoded(data)))


def save_titles(file: Path, titles: Sequence[str]) -> None:
    """Write the titles of documents to `file`."""
    file.write_bytes(encoded(json.dumps(list(titles), ensure_ascii=False)))


def load_titles(data: bytes) -> list[str]:
    """The titles that `save_titles` wrote as `data`. Raises ValueError for a damaged file."""
    return [str(title) for title in json.loads(decoded(data))]


def load_rows(file: Path, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The rows in `file`, mapped, shape (rows,) of `dtype`. Raises OSError, or ValueError for another shape or dtype."""
    rows = np.load(file, mmap_mode="r", allow_pickle=False)
    if rows.dtype != dtype or rows.ndim != 1:
        raise ValueError(f"{file.name} holds other rows")
    return np.asarray(rows)


def passages_of_sentences(passages: NDArray[Any], sentences: int) -> NDArray[np.int32]:
    """The row of each sentence's passage, shape (sentences,); `sentences` is the number of sentences of `passages`."""
    counts = np.diff(np.append(passages["sentence"], sentences))
    return np.repeat(np.arange(len(passages), dtype=np.int32), counts)


def map_bytes(file: Path) -> NDArray[np.uint8]:
    """The bytes of `file`, mapped. Raises OSError."""
    return np.asarray(np.memmap(file, np.uint8, "r")) if file.stat().st_size else np.empty(0, np.uint8)
