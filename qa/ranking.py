"""Choosing the best rows of a score array. Best first, equal scores by row, whatever is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def top_rows(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The rows of the `k` highest of `scores`, shape (min(k, len(scores)),)."""
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
