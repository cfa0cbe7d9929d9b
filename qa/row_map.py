"""Rows as they are numbered and as they are stored: the same in an index of one piece, not in one of several segments.

Passages are numbered in the order of their documents. They are stored segment after segment, and what was deleted since a
segment was written is still there, under no number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class RowMap:
    """`stored` holds the place of every row, shape (size,), out of `total`; None when each row is at its own."""

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
