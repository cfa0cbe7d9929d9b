"""Finds the passages that may be among the k best by BM25 without scoring all: MaxScore (Turtle and Flood, 1995).

Posting lists are read from the shortest on. Each unread term has an upper bound of what it can add to a score. Once the sum of
these bounds is less than the k-th best partial score, no unseen passage can be among the k best, and of the seen passages only
those whose partial score plus that sum reaches the k-th best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rows import Ints, Mask, top_rows
from .terms import ROUNDING, Term

Sums = NDArray[np.float64]

# After this many postings, the unread terms are left out if their bounds sum to less than half of all bounds, although MaxScore
# would read on. Up to about 10,000 passages the k best stay exact; with more, the best stay the same, and the last of 200 may
# differ.
ENOUGH = 2**14
# Postings read before the first test of whether to stop; doubled for each further test.
FIRST_LOOK = 2**13
# Reading stops when at most `FEW` * k passages can still be among the k best: scoring them is cheaper than reading on.
FEW = 2
# Of more candidates than this, whose scores are nearly equal, only the best by partial score are kept: else a question of one
# word that is in a million passages would score all of them.
MOST_TIED = 1000
# Partial scores are summed in an array over all passages of the index if these are at most this many times the postings; else by
# sorting.
_DENSE = 4


@dataclass(frozen=True, slots=True)
class Group:
    """A term of a question: its alternatives, each with a weight, its idf, and an upper bound of what it adds to a score.

    A term of the question's own language has itself as its only alternative; others have their translations.
    """

    alternatives: Sequence[tuple[Term, float]]
    idf: float
    bound: float

    @property
    def size(self) -> int:
        """The number of postings of all alternatives."""
        return sum(term.size for term, _ in self.alternatives)


# Reads the postings of groups: arrays of the places of passages, and of what a group adds to the score of each. A passage occurs
# once for each group that it contains.
Read = Callable[[Sequence[Group]], tuple[Ints, Sums]]


def candidates(groups: list[Group], k: int, read: Read, total: int, mask: Mask | None) -> Ints:
    """The places of candidates for the `k` best passages for `groups`: up to `FEW` * k, or more if many tie.

    All of the `k` best are among them unless reading stops early (`ENOUGH`). `read` reads postings; `total` is the number of
    places. `mask`, shape (total,), has the places to search; None is all. `groups` is sorted in place.
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
    """The distinct places in `passage`, ascending, and for each the sum of its values in `added`."""
    if total <= _DENSE * len(passage) or not len(passage):
        sums = np.bincount(passage, added)
        seen = np.asarray(np.flatnonzero(sums), np.int64)
        return seen, np.asarray(sums[seen], np.float64)
    order = np.argsort(passage, kind="stable")
    passage = passage[order]
    first = np.flatnonzero(np.diff(passage, prepend=-1))
    return passage[first], np.asarray(np.add.reduceat(added[order], first), np.float64)
