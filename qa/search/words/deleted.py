"""How often the terms of a segment stand in passages deleted since it was written.

A segment is never changed: deleted passages stay in its posting lists and are skipped. Their terms are subtracted from its
document frequencies, so that every idf is that of an index without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Deleted:
    """For each of some terms of a segment, ascending: how many deleted passages and how many deleted sentences hold it.

    `since` is when the first passage was deleted, in seconds since 1970, shape (1,).
    """

    terms: NDArray[np.int32]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    since: NDArray[np.float64]

    @classmethod
    def open(cls, folder: Path) -> Deleted:
        """Read what `save` wrote. Raises OSError or ValueError when it is not whole."""
        return cls(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in cls.__slots__))

    def save(self, folder: Path) -> None:
        """Write the arrays into `folder`, which exists."""
        for name in self.__slots__:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    def of(self, term: int) -> tuple[int, int]:
        """How many deleted passages and sentences hold a term."""
        at = int(np.searchsorted(self.terms, term))
        if at < len(self.terms) and self.terms[at] == term:
            return int(self.passages[at]), int(self.sentences[at])
        return 0, 0
