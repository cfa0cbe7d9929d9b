"""Scalar quantisation: a code of 8, 4 or 2 bits for each dimension of each vector, memory-mapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..rows import Floats, Ints
from .query import products

# Gives all vectors of a segment, in batches of rows, each time it is called.
Batches = Callable[[], Iterator[Floats]]

# Up to this many rows a code has 8 bits for a dimension, and a cosine computed from it is off by 0.0004; beyond, 4 bits, for the
# sake of disk and memory, and it is off by 0.003.
FINE = 1_500_000
# Bits more for the vectors of passages, in an array of their own that is read for the nearest rows alone. Share of the 10 nearest
# of a million that are others than by the vectors themselves: with 8 bits 0.018, 9: 0.013, 10: 0.007, 11: 0.004.
MORE_BITS = 2
# What the codes of a dimension reach over, in standard deviations to both sides of its mean; values beyond are clipped.
_REACH = {8: 4.0, 4: 2.6}
# Rows handled at a time: their codes and products fit the processor's cache.
BATCH = 16_384


class Codes:
    """`codes`, shape (rows, bytes), and `scale`, shape (2, dimension): the value of code 0 and the step from code to code.

    A byte holds `8 / bits` neighbouring dimensions, the first in its lowest bits.
    """

    def __init__(self, codes: NDArray[np.uint8], scale: Floats, bits: int) -> None:
        self.codes, self.scale, self.bits = codes, scale, bits
        self._held = 8 // bits  # dimensions in a byte

    @classmethod
    def write(cls, file: Path, batches: Batches, rows: int, scale: Floats, bits: int) -> Codes:
        """Write the codes of all vectors to `file`, and `scale` beside it. Raises OSError."""
        np.save(_scale_file(file), scale, allow_pickle=False)
        shape = (rows, -(-scale.shape[1] * bits // 8))
        codes: NDArray[np.uint8] = np.lib.format.open_memmap(file, "w+", np.uint8, shape)
        made = cls(codes, scale, bits)
        at = 0
        for vectors in batches():
            code = made.encode(vectors)
            packed = np.zeros((len(vectors), shape[1]), np.uint8)
            for place in range(made._held):
                some = code[:, place :: made._held]
                packed[:, : some.shape[1]] |= some << bits * place
            codes[at : at + len(vectors)] = packed
            at += len(vectors)
        return made

    @classmethod
    def open(cls, file: Path, bits: int) -> Codes:
        """Open what `write` wrote. Raises OSError or ValueError when it is not whole."""
        codes = np.load(file, mmap_mode="r", allow_pickle=False)
        scale = np.load(_scale_file(file), allow_pickle=False)
        width = -(-scale.shape[-1] * bits // 8)
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != width or scale.shape[0] != 2:
            raise ValueError("codes of another shape")
        return cls(np.asarray(codes), np.asarray(scale, np.float32), bits)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    def encode(self, vectors: Floats) -> NDArray[np.uint8]:
        """The code of each dimension, not packed, shape (len(vectors), dimension)."""
        numbers = np.rint((vectors - self.scale[0]) / self.scale[1])
        return np.asarray(np.clip(numbers, 0, 2**self.bits - 1), np.uint8)

    def remainder(self, vectors: Floats) -> Floats:
        """Vectors less what their codes stand for."""
        return np.asarray(vectors - (self.encode(vectors) * self.scale[1] + self.scale[0]), np.float32)

    def remainder_scale(self) -> Floats:
        """The scale of codes of `MORE_BITS` bits for `remainder`."""
        step = self.scale[1] / 2**MORE_BITS
        return np.array([(0.5 - 2 ** (MORE_BITS - 1)) * step, step], np.float32)

    def scores(self, vector: Floats, rows: Ints) -> Floats:
        """The scalar products of `vector` with what the codes of `rows` stand for, shape (len(rows),)."""
        weights = vector * self.scale[1]
        lowest = np.float32(vector @ self.scale[0])
        found = np.empty(len(rows), np.float32)
        for at in range(0, len(rows), BATCH):
            code = self.codes[rows[at : at + BATCH]]
            found[at : at + BATCH] = 0
            for place in range(self._held):
                own = weights[place :: self._held]
                found[at : at + BATCH] += products(self._unpacked(code[:, : len(own)], place).astype(np.float32), own)
        return found + lowest

    def vectors(self, rows: Ints | slice) -> Floats:
        """The vectors that the codes of `rows` stand for, shape (len(rows), dimension)."""
        code = self.codes[rows]
        if self._held > 1:
            code = np.stack([self._unpacked(code, place) for place in range(self._held)], axis=2).reshape(len(code), -1)
        return np.asarray(code[:, : self.scale.shape[1]] * self.scale[1] + self.scale[0], np.float32)

    def _unpacked(self, code: NDArray[np.uint8], place: int) -> NDArray[np.uint8]:
        """The codes of the dimensions at one place, 0 to `8 / bits - 1`, in their bytes."""
        return code if self._held == 1 else code >> self.bits * place & 2**self.bits - 1


def code_bits(rows: int) -> int:
    """The bits of a dimension in the codes of a segment of `rows`."""
    return 8 if rows <= FINE else 4


def scale_of(batches: Batches, rows: int, dimension: int, bits: int) -> Floats:
    """The scale for codes of `bits` bits, by the mean and the standard deviation of each dimension."""
    total, squares = np.zeros(dimension), np.zeros(dimension)
    for vectors in batches():
        total += vectors.sum(axis=0, dtype=np.float64)
        squares += np.square(vectors, dtype=np.float64).sum(axis=0)
    mean = total / rows
    reach = _REACH[bits] * np.sqrt(np.maximum(squares / rows - mean**2, 1e-12))
    return np.array([mean - reach, 2 * reach / (2**bits - 1)], np.float32)


def _scale_file(file: Path) -> Path:
    return file.with_name(f"{file.stem}_scale{file.suffix}")
