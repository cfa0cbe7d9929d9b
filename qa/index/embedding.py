"""The vectors of a segment's texts: taken from the cache, or computed, each different text once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from ..models.encoder import Encoder, Vectors
from . import vector_cache
from .vector_cache import VectorCache

VECTORS_HELD = 8192  # vectors held in memory at a time
_T = TypeVar("_T")


def embed_texts(
    file: Path,
    keys: Sequence[bytes],
    lengths: Sequence[int],
    text: Callable[[int], str],
    encoder: Encoder,
    cache: VectorCache,
    progress: Callable[[int, int], None],
) -> tuple[Vectors, int]:
    """The vectors of texts, shape (len(keys), dimension), mapped from the new `file`, and how many of them were computed.

    `keys` are the texts' cache keys, `lengths` their characters, and `text(row)` gives one. `encoder` computes the missing ones,
    and `progress` is told (characters computed, characters to compute). Every `vector_cache.CHUNK` texts what was computed is
    written to `cache`, so that a killed build loses little. Raises OSError.
    """
    missing: dict[bytes, list[int]] = {}  # rows by key
    with file.open("w+b") as stream:
        for at in range(0, len(keys), VECTORS_HELD):
            part = keys[at : at + VECTORS_HELD]
            found = cache.get(part)
            vectors = np.zeros((len(part), encoder.dimension), "<f4")
            for row, key in enumerate(part):
                if key in found:
                    vectors[row] = found[key]
                else:
                    missing.setdefault(key, []).append(at + row)
            stream.write(vectors.tobytes())
        done, total = 0, sum(lengths[rows[0]] for rows in missing.values())
        progress(0, total)
        for some in _batches(missing.items(), vector_cache.CHUNK):
            texts = [text(rows[0]) for _, rows in some]
            ends = done + sum(lengths[rows[0]] for _, rows in some)  # what is embedded is longer by its context
            computed = encoder.encode_passages(
                texts,
                lambda more, done=done, ends=ends: progress(min(done + more, ends), total),  # type: ignore[misc]
            )
            cache.add([key for key, _ in some], computed)
            for (_, rows), vector in zip(some, computed, strict=True):
                _write(stream, rows, vector)
            done = ends
            progress(done, total)  # an encoder may report nothing for a single text
    shape = (len(keys), encoder.dimension)
    return (np.asarray(np.memmap(file, "<f4", "r", shape=shape)) if keys else np.empty(shape, np.float32)), len(missing)


def _write(stream: BinaryIO, rows: Sequence[int], vector: Vectors) -> None:
    data = np.ascontiguousarray(vector, "<f4").tobytes()
    for row in rows:
        stream.seek(row * len(data))
        stream.write(data)


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
