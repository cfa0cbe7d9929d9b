"""Rows, the numbers of passages: array types, the rows with the highest scores, and the places where rows are stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def top_rows(scores: Floats, k: int) -> Ints:
    """The rows with the `k` highest `scores`, shape (min(k, len(scores)),): highest first, equal scores by ascending row."""
    k = min(k, len(scores))
    if k <= 0:
        return np.empty(0, np.int64)
    # Most lexical scores are 0, and partitioning so many equal numbers would take most of the time.
    candidates = np.flatnonzero(scores > 0)
    if len(candidates) < k:
        zeros = np.flatnonzero(scores == 0)[: k - len(candidates)]
        enough = len(candidates) + len(zeros) == k
        candidates = np.concatenate([candidates, zeros]) if enough else np.arange(len(scores))
    if k < len(candidates):
        among = scores[candidates]
        kth = np.partition(among, len(among) - k)[len(among) - k]
        candidates = candidates[among >= kth]  # keeps all ties with the k-th, so that the row decides between them
    order = np.lexsort((candidates, -scores[candidates]))
    return candidates[order][:k].astype(np.int64)


class RowMap:
    """Maps rows to places and back.

    Rows number the passages in the order of their documents. A place is the position of a passage on the disk, where segments
    follow each other and passages of deleted documents remain; these have a place but no row. `stored` gives the place of each
    row, shape (size,), from 0 to `total` - 1; None when each row is its place, as in an index of one segment.
    """

    def __init__(self, total: int, stored: Ints | None = None) -> None:
        self.total = total
        self.size = total if stored is None else len(stored)
        self._stored = stored
        self._row: NDArray[np.int32] | None = None
        if stored is not None:
            self._row = np.full(total, -1, np.int32)
            self._row[stored] = np.arange(len(stored), dtype=np.int32)

    def stored(self, rows: Ints) -> Ints:
        """The places of `rows`."""
        return rows if self._stored is None else self._stored[rows]

    def rows(self, stored: Ints) -> Ints:
        """The rows at the places `stored`; -1 where the passage was deleted."""
        return stored if self._row is None else self._row[stored].astype(np.int64)

    def mask(self, allowed: Mask | None) -> Mask | None:
        """The mask of places, shape (total,), for `allowed`, a mask of rows, shape (size,).

        `allowed` None stands for all rows; the result None for all places.
        """
        if self._stored is None or self._row is None:
            return allowed
        if allowed is None:
            return None if self.size == self.total else self._row >= 0
        mask = np.zeros(self.total, np.bool_)
        mask[self._stored[allowed]] = True
        return mask
