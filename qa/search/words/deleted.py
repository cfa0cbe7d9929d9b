"""Tombstones: the document frequencies of the terms of a segment in its deleted passages.

A segment is never modified; deleted passages stay in its posting lists and are skipped. Their counts are subtracted from the
document frequencies, so that each idf is the same as in an index without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Deleted:
    """The number of deleted `passages` and of deleted `sentences` that contain each of `terms`, three arrays of one length.

    `terms` are the numbers, ascending, of the terms of the segment that occur in deleted passages. `since`, shape (1,), is the
    time of the first deletion, in seconds since 1970.
    """

    terms: NDArray[np.int32]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    since: NDArray[np.float64]

    @classmethod
    def open(cls, folder: Path) -> Deleted:
        """Read what `save` wrote to `folder`. Raises OSError or ValueError when it is damaged."""
        return cls(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in cls.__slots__))

    def save(self, folder: Path) -> None:
        """Write the arrays to the existing folder `folder`. Raises OSError."""
        for name in self.__slots__:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    def of(self, term: int) -> tuple[int, int]:
        """The numbers of deleted passages and of deleted sentences that contain the term number `term`."""
        at = int(np.searchsorted(self.terms, term))
        if at < len(self.terms) and self.terms[at] == term:
            return int(self.passages[at]), int(self.sentences[at])
        return 0, 0
