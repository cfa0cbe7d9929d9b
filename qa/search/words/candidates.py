"""The passages that may be among the k best, found without scoring every one: MaxScore (Turtle and Flood, 1995).

Terms are taken from the rarest on. What the others could add to a passage that holds none of those taken is bounded; when that
is less than the k-th best score so far, no other passage can come among the best, and of those seen only the ones near enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rows import Ints, Mask, top_rows
from .terms import ROUNDING, Term

Sums = NDArray[np.float64]

# Postings read after which the remaining terms are left out, if they could add less than half of what all could, though the
# bounds do not yet allow it. Below some 10,000 passages so few remain that the k best are exactly those of scoring every passage;
# above, the best are the same and the last of 200 may be others.
ENOUGH = 2**14
# Postings read before the first look at what can still come among the best; doubled for each further look.
FIRST_LOOK = 2**13
# No more terms are read when at most this many times k passages can still be among the best: scoring them costs less.
FEW = 2
# Of more candidates than this, which score nearly the same, only the best so far are kept: a question of one word that a
# million passages hold would otherwise score all of them.
MOST_TIED = 1000
# Sums are kept in an array with a place for every passage of the index if that is less than this many times the postings read,
# else they are sorted.
_DENSE = 4


@dataclass(frozen=True, slots=True)
class Group:
    """A term of a question: the alternatives that stand for it, each with a weight, its idf, and the most it adds to a score."""

    alternatives: Sequence[tuple[Term, float]]
    idf: float
    bound: float

    @property
    def size(self) -> int:
        """How many postings there are to read."""
        return sum(term.size for term, _ in self.alternatives)


# The passages that hold groups, one for each group, and what it adds to the score of each.
Read = Callable[[Sequence[Group]], tuple[Ints, Sums]]


def candidates(groups: list[Group], k: int, read: Read, total: int, mask: Mask | None) -> Ints:
    """Places, of `total`, of passages among which the `k` best are: up to `FEW` times k, unless many tie.

    `mask`, shape (total,), says which places may be found; None is all. `groups` is sorted in place.
    """
    if k <= 0 or not groups:
        return np.empty(0, np.int64)
    groups.sort(key=lambda group: group.size)
    sizes, bounds = [group.size for group in groups], [group.bound for group in groups]
    seen, reached = np.empty(0, np.int64), np.empty(0, np.float64)
    whole = sum(bounds)
    taken, look, postings = 0, FIRST_LOOK, 0
    while taken < len(groups):
        first = taken
        while taken < len(groups) and (taken == first or sum(sizes[first : taken + 1]) <= look):
            taken += 1
        passage, added = read(groups[first:taken])
        if mask is not None:
            kept = np.flatnonzero(mask[passage])
            passage, added = passage[kept], added[kept]
        seen, reached = _summed(np.concatenate([seen, passage]), np.concatenate([reached, added]), total)
        postings += sum(sizes[first:taken])
        rest = sum(bounds[taken:])
        if len(seen) > k:
            more = min(k + k // 4, len(seen))
            some = np.partition(reached, [len(seen) - more, len(seen) - k])
            kth, last = some[len(seen) - k], some[len(seen) - more]
            best = reached + rest >= kth * (1 - ROUNDING) if rest < kth else np.ones(len(seen), np.bool_)
            done = taken == len(groups) or (rest < kth and int(np.count_nonzero(best)) <= FEW * k)
            if not done and postings >= ENOUGH and rest < whole / 2:
                done, best = True, reached >= last
            if done:
                seen, reached = seen[best], reached[best]
                if len(seen) > MOST_TIED:
                    seen = seen[top_rows(reached.astype(np.float32), max(MOST_TIED, k))]
                break
        look *= 2
    return seen


def _summed(passage: Ints, added: Sums, total: int) -> tuple[Ints, Sums]:
    """The different passages, ascending, and the sum of what is added to each."""
    if total <= _DENSE * len(passage) or not len(passage):
        sums = np.bincount(passage, added)
        seen = np.asarray(np.flatnonzero(sums), np.int64)
        return seen, np.asarray(sums[seen], np.float64)
    order = np.argsort(passage, kind="stable")
    passage = passage[order]
    first = np.flatnonzero(np.diff(passage, prepend=-1))
    return passage[first], np.asarray(np.add.reduceat(added[order], first), np.float64)
