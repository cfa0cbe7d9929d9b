"""Rows (the numbers of passages): the types of arrays, the best rows by their scores, and where each row is stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def top_rows(scores: Floats, k: int) -> Ints:
    """The rows of the `k` highest of `scores`, shape (min(k, len(scores)),): best first, equal scores by row."""
    k = min(k, len(scores))
    if k <= 0:
        return np.empty(0, np.int64)
    # Most scores of words are 0, and to partition so many equal numbers takes longer than all the rest.
    candidates = np.flatnonzero(scores > 0)
    if len(candidates) < k:
        zeros = np.flatnonzero(scores == 0)[: k - len(candidates)]
        enough = len(candidates) + len(zeros) == k
        candidates = np.concatenate([candidates, zeros]) if enough else np.arange(len(scores))
    if k < len(candidates):
        among = scores[candidates]
        kth = np.partition(among, len(among) - k)[len(among) - k]
        candidates = candidates[among >= kth]  # all that tie with the last, so that the row decides
    order = np.lexsort((candidates, -scores[candidates]))
    return candidates[order][:k].astype(np.int64)


class RowMap:
    """Where the passage of each row is stored.

    Rows number the passages in the order of their documents. On the disk passages lie segment after segment, and those of
    deleted documents are still there, without a row. `stored` is the place of every row, shape (size,), among `total` places;
    None when row and place are the same, as in an index of one segment.
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
        """The places of rows."""
        return rows if self._stored is None else self._stored[rows]

    def rows(self, stored: Ints) -> Ints:
        """The rows at these places, -1 where the passage was deleted."""
        return stored if self._row is None else self._row[stored].astype(np.int64)

    def mask(self, allowed: Mask | None) -> Mask | None:
        """Which places hold a row that is `allowed`, shape (size,), or, for None, any row: shape (total,); None when all do."""
        if self._stored is None or self._row is None:
            return allowed
        if allowed is None:
            return None if self.size == self.total else self._row >= 0
        mask = np.zeros(self.total, np.bool_)
        mask[self._stored[allowed]] = True
        return mask
