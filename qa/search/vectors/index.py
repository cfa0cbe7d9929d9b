"""The vectors of several segments, searched together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..rows import Floats, Ints, Mask, RowMap
from .query import QuestionVector
from .segment import DenseIndex


class DenseSegments:
    """Searches the vectors of `segments` by row.

    `rows` maps rows to places, which count the vectors of the segments in order; None when every row is its place. Raises
    ValueError when the number of vectors is not the number of places. Several threads may search.
    """

    def __init__(self, segments: Sequence[DenseIndex], rows: RowMap | None = None) -> None:
        self._segments = segments
        self._bases = np.cumsum([0, *(segment.size for segment in segments)])
        self._rows = rows or RowMap(int(self._bases[-1]))
        if self._rows.total != int(self._bases[-1]):
            raise ValueError(f"{int(self._bases[-1])} vectors of {self._rows.total} rows")

    @property
    def size(self) -> int:
        """The number of rows."""
        return self._rows.size

    def vectors(self, rows: Ints) -> Floats:
        """The stored vectors of `rows`, shape (len(rows), dimension): of a large segment as near as its codes are."""
        stored = self._rows.stored(rows)
        segment_of = np.searchsorted(self._bases, stored, "right") - 1
        each = zip(stored.tolist(), segment_of.tolist(), strict=True)
        return np.concatenate([self._segments[of].vectors(np.array([at - self._bases[of]], np.int64)) for at, of in each])

    def search(self, question: QuestionVector, k: int, allowed: Mask | None = None) -> tuple[Ints, Floats]:
        """The `k` rows nearest to the question and their cosines, nearest first, ties by row.

        `allowed`, shape (size,), is the mask of rows to search; None is all.
        """
        mask = self._rows.mask(allowed)
        found = [
            (rows + base, scores)
            for segment, base in zip(self._segments, self._bases.tolist(), strict=False)
            for rows, scores in [segment.search(question, k, None if mask is None else mask[base : base + segment.size])]
        ]
        rows = self._rows.rows(np.concatenate([rows for rows, _ in found]))
        scores = np.concatenate([scores for _, scores in found])
        order = np.lexsort((rows, -scores))[: max(k, 0)]
        return rows[order], scores[order]

    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        """The cosines of `rows` with the question, shape (len(rows),)."""
        stored = self._rows.stored(rows)
        if len(self._segments) == 1:
            return self._segments[0].scores(question, stored)
        scores = np.empty(len(stored), np.float32)
        segment_of = np.searchsorted(self._bases, stored, "right") - 1
        for number in np.unique(segment_of).tolist():
            here = np.flatnonzero(segment_of == number)
            scores[here] = self._segments[number].scores(question, stored[here] - self._bases[number])
        return scores
