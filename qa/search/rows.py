"""Rows, the numbers of passages: the best by their scores, and where each is stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def top_rows(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The rows of the `k` highest of `scores`, shape (min(k, len(scores)),): best first, equal scores by row."""
    k = min(k, len(scores))
    if k <= 0:
        return np.empty(0, np.int64)
    # Most scores of words are 0, and to part so many equal numbers takes longer than all the rest.
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
    """Rows as they are numbered and as they are stored: the same in an index of one segment, not in one of several.

    Passages are numbered in the order of their documents. They are stored segment after segment, and what was deleted since a
    segment was written is still there, under no number. `stored` holds the place of every row, shape (size,), out of `total`;
    None when each row is at its own.
    """

    def __init__(self, total: int, stored: Rows | None = None) -> None:
        self.total = total
        self.size = total if stored is None else len(stored)
        self._stored = stored
        self._row: NDArray[np.int32] | None = None
        if stored is not None:
            self._row = np.full(total, -1, np.int32)
            self._row[stored] = np.arange(len(stored), dtype=np.int32)

    def stored(self, rows: Rows) -> Rows:
        """Where rows are stored."""
        return rows if self._stored is None else self._stored[rows]

    def rows(self, stored: Rows) -> Rows:
        """The rows that are stored there, -1 where one was deleted."""
        return stored if self._row is None else self._row[stored].astype(np.int64)

    def mask(self, allowed: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """Which stored places hold an `allowed` row, shape (total,); None when all do."""
        if self._stored is None or self._row is None:
            return allowed
        if allowed is None:
            return None if self.size == self.total else self._row >= 0
        mask = np.zeros(self.total, np.bool_)
        mask[self._stored[allowed]] = True
        return mask
