"""Unit vectors in FAISS: rows and their cosine with a question."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DenseIndex:
    """Vectors by row, searched exactly by inner product."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> DenseIndex:
        """Index unit vectors, shape (rows, dimension)."""
        return cls.of([vectors], vectors.shape[1])

    @classmethod
    def of(cls, parts: Iterable[NDArray[np.float32]], dimension: int) -> DenseIndex:
        """Index unit vectors, shape (rows, dimension), that come in parts."""
        import faiss

        index = faiss.IndexFlatIP(dimension)
        for part in parts:
            index.add(np.ascontiguousarray(part, np.float32))
        return cls(index)

    def save(self, file: Path) -> None:
        """Write the vectors to `file`. Raises OSError."""
        import faiss

        writer: Any = faiss
        with file.open("wb") as stream:  # faiss's own writer does not notice when the last bytes find no room
            faiss.write_index(self._index, writer.PyCallbackIOWriter(stream.write, 2**20))

    @classmethod
    def open(cls, file: Path) -> DenseIndex:
        """Open what `save` wrote, memory-mapped. Raises OSError or ValueError when it is not whole."""
        import faiss

        try:
            return cls(faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as error:
            raise ValueError(str(error).splitlines()[0]) from error

    @property
    def size(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
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
        _, found = self._index.search(np.ascontiguousarray(vector[None], np.float32), k, params=parameters)
        rows = found[0].astype(np.int64)
        scores = self.scores(vector, rows)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def scores(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosines of `rows` with a unit vector, shape (len(rows),)."""
        if not len(rows):
            return np.empty(0, np.float32)
        vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        # Not a matrix product: there the last bits depend on a row's place among the others, and equal vectors would not tie.
        return np.asarray((vectors * vector).sum(axis=1), np.float32)
