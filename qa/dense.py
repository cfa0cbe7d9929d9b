"""Unit vectors in FAISS: rows and their cosine with a question, exactly or, where there are many, among the nearest lists.

Up to `EXACT` vectors are searched one by one. Beyond, a second index (IVF: vectors in lists by their nearest of some
centroids) finds several times as many as are asked for, and the rows' own codes, of higher precision, put them in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .row_map import RowMap

Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Vectors kept as they are and searched one by one: 3 ms.
EXACT = 20_000
# Rows that may be found when few are allowed: all of them are scored.
_FEW_ALLOWED = 20_000

CODES, LISTS = "codes.faiss", "lists.faiss"


class DenseIndex:
    """The vectors of one segment by row, memory-mapped."""

    def __init__(self, codes: Any, lists: Any = None) -> None:
        self._codes, self._lists = codes, lists

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """Index unit vectors, shape (rows, dimension), in memory, exactly."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @staticmethod
    def write(folder: Path, parts: Iterable[Vectors], dimension: int) -> None:
        """Index unit vectors, shape (rows, dimension), that come in parts, in `folder`, which is made. Raises OSError."""
        import faiss

        folder.mkdir()
        index = faiss.IndexFlatIP(dimension)
        for part in parts:
            index.add(np.ascontiguousarray(part, np.float32))
        _save(index, folder / CODES)

    @classmethod
    def open(cls, folder: Path) -> DenseIndex:
        """Open what `write` wrote, memory-mapped. Raises OSError or ValueError when it is not whole."""
        lists = folder / LISTS
        return cls(_load(folder / CODES), _load(lists) if lists.exists() else None)

    @property
    def size(self) -> int:
        return int(self._codes.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._codes.d)

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """The `k` rows nearest to a unit vector, shape (dimension,), and their cosines; ties by row.

        `allowed`, shape (size,), says which rows may be found; None is all.
        """
        k = min(k, self.size if allowed is None else int(allowed.sum()))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if allowed is not None:
            import faiss

            bits = np.packbits(allowed, bitorder="little")  # kept alive here: the selector only points at it
            parameters = faiss.SearchParameters()
            parameters.sel = faiss.IDSelectorBitmap(self.size, faiss.swig_ptr(bits))
        _, found = self._codes.search(np.ascontiguousarray(vector[None], np.float32), k, params=parameters)
        rows = found[0].astype(np.int64)
        scores = self.scores(vector, rows)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def scores(self, vector: Vectors, rows: Ints) -> Vectors:
        """The cosines of `rows` with a unit vector, shape (len(rows),)."""
        if not len(rows):
            return np.empty(0, np.float32)
        vectors = self._codes.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        # Not a matrix product: there the last bits depend on a row's place among the others, and equal vectors would not tie.
        return np.asarray(np.einsum("ij,j->i", vectors, vector), np.float32)


class DenseSegments:
    """The vectors of one or several segments, stored one after the other, under the rows that `rows` knows."""

    def __init__(self, parts: Sequence[DenseIndex], rows: RowMap | None = None) -> None:
        self._parts = parts
        self._bases = np.cumsum([0, *(part.size for part in parts)])
        self._rows = rows or RowMap(int(self._bases[-1]))
        if self._rows.total != int(self._bases[-1]):
            raise ValueError(f"{int(self._bases[-1])} vectors of {self._rows.total} rows")

    @property
    def size(self) -> int:
        return self._rows.size

    @property
    def dimension(self) -> int:
        return self._parts[0].dimension

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """The `k` rows nearest to a unit vector, shape (dimension,), and their cosines; ties by row.

        `allowed`, shape (size,), says which rows may be found; None is all.
        """
        mask = self._rows.mask(allowed)
        found = [
            (rows + base, scores)
            for part, base in zip(self._parts, self._bases.tolist(), strict=False)
            for rows, scores in [part.search(vector, k, None if mask is None else mask[base : base + part.size])]
        ]
        rows = self._rows.rows(np.concatenate([rows for rows, _ in found]))
        scores = np.concatenate([scores for _, scores in found])
        order = np.lexsort((rows, -scores))[: max(k, 0)]
        return rows[order], scores[order]

    def scores(self, vector: Vectors, rows: Ints) -> Vectors:
        """The cosines of `rows` with a unit vector, shape (len(rows),)."""
        stored = self._rows.stored(rows)
        if len(self._parts) == 1:
            return self._parts[0].scores(vector, stored)
        scores = np.empty(len(stored), np.float32)
        part_of = np.searchsorted(self._bases, stored, "right") - 1
        for number in np.unique(part_of).tolist():
            here = np.flatnonzero(part_of == number)
            scores[here] = self._parts[number].scores(vector, stored[here] - self._bases[number])
        return scores


def _save(index: Any, file: Path) -> None:
    import faiss

    writer: Any = faiss
    with file.open("wb") as stream:  # faiss's own writer does not notice when the last bytes find no room
        faiss.write_index(index, writer.PyCallbackIOWriter(stream.write, 2**20))


def _load(file: Path) -> Any:
    """Mapped and never to be changed: that would kill the process."""
    import faiss

    try:
        return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise ValueError(str(error).splitlines()[0]) from error
