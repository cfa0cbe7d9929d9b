"""An encoder with meaning that needs no model: the same vectors on every machine, small enough to reason about."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import qa
from qa.text.normalise import normalise
from qa.text.words import tokenize

DIMENSION = 64
# Words with one meaning. Word search cannot tell that they are the same; this encoder can.
SYNONYMS = {"大夫": "医生", "轿车": "汽车", "大水": "洪水", "flood": "洪水", "physician": "医生", "automobile": "汽车"}


class TinyEncoder:
    """Words and pairs of characters, synonyms folded, hashed into 64 dimensions with a sign."""

    name = "tiny"
    dimension = DIMENSION

    def __init__(self, fingerprint: str = "tiny-1") -> None:
        self.fingerprint = fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return _vectors(texts)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        if progress is not None:
            progress(sum(map(len, texts)))
        return _vectors(texts)


def _vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([_vector(text) for text in texts], np.float32).reshape(len(texts), DIMENSION)


@cache
def _vector(text: str) -> NDArray[np.float32]:
    folded = normalise(text)
    for word, meaning in SYNONYMS.items():
        folded = folded.replace(word, meaning)
    vector = np.zeros(DIMENSION, np.float32)
    for token in tokenize(folded):
        if not token.startswith("c"):
            code = zlib.crc32(token.encode())
            vector[code % DIMENSION] += 1 if code & 64 else -1
    if not vector.any():
        vector[0] = 1
    return vector / np.linalg.norm(vector)


def index_of(folder: Path, texts: Mapping[str, str], encoder: TinyEncoder) -> qa.Index:
    """The index in `folder / "index"` of files, by their names, with these texts."""
    (folder / "documents").mkdir()
    for name, text in texts.items():
        (folder / "documents" / name).write_text(text, encoding="utf-8")
    return qa.build(folder / "documents", folder / "index", encoder=encoder)
