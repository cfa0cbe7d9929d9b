"""Scalar quantisation: vectors as memory-mapped codes of 8, 4 or 2 bits per dimension."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..rows import Floats, Ints
from .query import products

# Each call iterates over all vectors of a segment, in batches of shape (rows, dimension).
Batches = Callable[[], Iterator[Floats]]

# Segments of up to this many rows have codes of 8 bits per dimension, whose cosines are off by 0.0004; larger ones have 4 bits,
# to save disk and memory, and are off by 0.003.
FINE = 1_500_000
# Additional bits per dimension for passages, in a separate array that is read only for the nearest rows. Share of the 10 nearest
# of a million that differ from those by exact cosines: with 8 bits 0.018, 9: 0.013, 10: 0.007, 11: 0.004.
MORE_BITS = 2
# Bits -> range of the codes of a dimension, in standard deviations on each side of its mean. Values beyond it are clipped.
_REACH = {8: 4.0, 4: 2.6}
# Rows processed at a time, so that codes and products fit into the processor's cache.
BATCH = 16_384


class Codes:
    """The codes of vectors.

    `codes` has the shape (rows, bytes); a byte holds `8 / bits` consecutive dimensions, the first in its lowest bits. `scale` has
    the shape (2, dimension): for each dimension the value of code 0, and the step from one code to the next.
    """

    def __init__(self, codes: NDArray[np.uint8], scale: Floats, bits: int) -> None:
        self.codes, self.scale, self.bits = codes, scale, bits
        self._held = 8 // bits  # dimensions in a byte

    @classmethod
    def write(cls, file: Path, batches: Batches, rows: int, scale: Floats, bits: int) -> Codes:
        """Write the codes of the `rows` vectors in `batches` to `file`, and `scale` to a file next to it. Raises OSError."""
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
        """Map a file that `write` wrote. Raises OSError or ValueError when it is damaged."""
        codes = np.load(file, mmap_mode="r", allow_pickle=False)
        scale = np.load(_scale_file(file), allow_pickle=False)
        width = -(-scale.shape[-1] * bits // 8)
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != width or scale.shape[0] != 2:
            raise ValueError("codes of another shape")
        return cls(np.asarray(codes), np.asarray(scale, np.float32), bits)

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.codes)

    def encode(self, vectors: Floats) -> NDArray[np.uint8]:
        """The codes of `vectors`, one per byte, shape (len(vectors), dimension)."""
        numbers = np.rint((vectors - self.scale[0]) / self.scale[1])
        return np.asarray(np.clip(numbers, 0, 2**self.bits - 1), np.uint8)

    def remainder(self, vectors: Floats) -> Floats:
        """`vectors` minus their decoded codes: the quantisation error, which the additional bits encode."""
        return np.asarray(vectors - (self.encode(vectors) * self.scale[1] + self.scale[0]), np.float32)

    def remainder_scale(self) -> Floats:
        """The scale for codes of `MORE_BITS` bits of results of `remainder`."""
        step = self.scale[1] / 2**MORE_BITS
        return np.array([(0.5 - 2 ** (MORE_BITS - 1)) * step, step], np.float32)

    def scores(self, vector: Floats, rows: Ints) -> Floats:
        """The scalar products of `vector` with the decoded codes of `rows`, shape (len(rows),)."""
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
        """The decoded codes of `rows`, shape (len(rows), dimension)."""
        code = self.codes[rows]
        if self._held > 1:
            code = np.stack([self._unpacked(code, place) for place in range(self._held)], axis=2).reshape(len(code), -1)
        return np.asarray(code[:, : self.scale.shape[1]] * self.scale[1] + self.scale[0], np.float32)

    def _unpacked(self, code: NDArray[np.uint8], place: int) -> NDArray[np.uint8]:
        """Of packed bytes `code`, the codes at the position `place` in each byte, 0 to `8 / bits - 1`."""
        return code if self._held == 1 else code >> self.bits * place & 2**self.bits - 1


def code_bits(rows: int) -> int:
    """The bits per dimension of the codes of a segment of `rows` rows."""
    return 8 if rows <= FINE else 4


def scale_of(batches: Batches, rows: int, dimension: int, bits: int) -> Floats:
    """The scale for codes of `bits` bits, from the mean and standard deviation of each dimension of the `rows` vectors."""
    total, squares = np.zeros(dimension), np.zeros(dimension)
    for vectors in batches():
        total += vectors.sum(axis=0, dtype=np.float64)
        squares += np.square(vectors, dtype=np.float64).sum(axis=0)
    mean = total / rows
    reach = _REACH[bits] * np.sqrt(np.maximum(squares / rows - mean**2, 1e-12))
    return np.array([mean - reach, 2 * reach / (2**bits - 1)], np.float32)


def _scale_file(file: Path) -> Path:
    return file.with_name(f"{file.stem}_scale{file.suffix}")
