"""The parts of a build on disk, apart from the inverted indexes and the vectors: their names and what is in them."""

from __future__ import annotations

import numpy as np

# The spans of passages and sentences. `text` is where a passage's bytes begin in TEXTS, `sentence` its first sentence's row.
PASSAGES, SENTENCES = "passages.npy", "sentences.npy"
# The passages' texts one after the other, in UTF-8, and the cache keys of all passages' and all sentences' vectors.
TEXTS, PASSAGE_KEYS, SENTENCE_KEYS = "texts.bin", "passage_keys.bin", "sentence_keys.bin"
PASSAGE_VECTORS, SENTENCE_VECTORS = "passages.faiss", "sentences.faiss"
PASSAGE_WORDS, SENTENCE_WORDS = "lexical", "sentence_lexical"
PASSAGE_LANGUAGES, QUESTION_MEANS, PASSAGE_MEANS = "passage_languages.npy", "question_means.npy", "passage_means.npy"

PASSAGE = np.dtype(
    [("document", "<i4"), ("start", "<i8"), ("end", "<i8"), ("number", "<i4"), ("line", "<i4"), ("part", "<i4"),
     ("text", "<i8"), ("sentence", "<i8")]
)  # fmt: skip
SENTENCE = np.dtype([("passage", "<i4"), ("start", "<i8"), ("end", "<i8")])


def encoded(text: str) -> bytes:
    """UTF-8, lone surrogates kept: file names on Linux and JSON strings can hold them."""
    return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> str:
    """The text that `encoded` gave these bytes for."""
    return data.decode("utf-8", "surrogatepass")
