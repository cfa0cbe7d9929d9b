"""A cache beside the index of vectors by the digest of their text, so that no text is embedded twice.

It holds digests and vectors, no text. What a killed build has computed serves the next one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..disk import remove
from ..models.encoder import Encoder, Vectors
from .cache_file import CacheFile

KEY_SIZE = 16  # bytes
# Texts embedded between two writes to the cache. A killed build loses up to this much, seconds of work with the default model.
CHUNK = 512
DAY = 24 * 3600.0
# Seconds for which vectors are kept that the index no longer uses; once they are over half of all, the next build removes them.
KEPT_UNUSED = 7 * DAY
# Seconds without a change after which another model's vectors are removed.
KEPT_OTHER_MODEL = 30 * DAY


def text_key(text: str, kind: str = "passage") -> bytes:
    """The key of a text's vector: KEY_SIZE bytes of the SHA-256 of `kind` ("passage" or "query") and `text`."""
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).digest()[:KEY_SIZE]


def split_keys(keys: bytes | NDArray[np.uint8]) -> list[bytes]:
    """`keys`, KEY_SIZE bytes each without separators, as a list."""
    data = bytes(keys)
    return [data[at : at + KEY_SIZE] for at in range(0, len(data), KEY_SIZE)]


class VectorCache:
    """The vectors of one model, in `folder`; `fingerprint` and `dimension` are the model's.

    A damaged vector counts as absent, and on a disk that cannot be written to none is kept.
    """

    def __init__(self, folder: Path, fingerprint: str, dimension: int) -> None:
        model = hashlib.sha256(fingerprint.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self._file = CacheFile(folder / f"vectors-{model}.sqlite", f"{fingerprint} {dimension}")

    def all_keys(self) -> set[bytes]:
        """The keys of all vectors."""
        return self._file.all_keys()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The vectors, each of shape (dimension,), by key, of those `keys` that are in the cache."""
        return {key: np.frombuffer(value, "<f4") for key, value in self._file.get(keys).items()}

    def add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Store `vectors`, shape (len(keys), dimension), under `keys`, on the disk."""
        if keys:
            values = np.ascontiguousarray(vectors, "<f4")
            self._file.put((key, value.tobytes()) for key, value in zip(keys, values, strict=True))

    def tidy(self, used: Iterable[bytes]) -> None:
        """Remove old vectors that are no longer used; `used` are the keys of the texts that the index holds now."""
        wanted, there = set(used), self.all_keys()
        self._file.drop(wanted, 0 if 2 * len(there & wanted) < len(there) else KEPT_UNUSED)
        self._file.close()
        for other in self._file.file.parent.glob("*"):
            with suppress(OSError):
                is_old = time.time() - other.stat().st_mtime > KEPT_OTHER_MODEL
                if other.is_dir() or (is_old and other.name != self._file.file.name):  # folders are caches of format 1
                    remove(other)


class CachedEncoder:
    """An encoder that takes vectors from the cache and stores there those that it has to compute."""

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self._encoder, self._cache = encoder, cache
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self.used: set[bytes] = set()  # keys of all texts encoded so far

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimension)."""
        return self._encoded([text_key(text, "query") for text in texts], texts, self._encoder.encode_queries)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimension); `progress` is told the characters computed so far."""
        return self._encoded(
            [text_key(text) for text in texts], texts, lambda texts: self._encoder.encode_passages(texts, progress)
        )

    def _encoded(self, keys: Sequence[bytes], texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        self.used.update(keys)
        found = self._cache.get(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            vectors = encode(list(missing.values()))
            self._cache.add(list(missing), vectors)
            found.update(zip(missing, vectors, strict=True))
        return np.array([found[key] for key in keys], np.float32).reshape(len(keys), self.dimension)
