"""Counts of tokens by row: what an inverted index is made of, from texts and from rows that an earlier index counted.

Terms are in the order of their bytes and rows ascend within a term, so that the arrays depend on what the rows hold and not
on the way they came together.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term, its UTF-8 bytes in `terms`, [starts, ends of the term before) given by `term_ends`, and its postings.

    Those of term i are at [starts[i], starts[i + 1]) of `rows` and `counts`. `lengths` holds the number of tokens of every
    row, shape (rows,).
    """

    terms: NDArray[np.uint8]
    term_ends: Ints
    starts: Ints
    rows: NDArray[np.int32]
    counts: NDArray[Any]
    lengths: NDArray[np.int32]


class PostingsByRow:
    """Postings turned to rows: the terms and counts of row i are at [starts[i], starts[i + 1]), terms ascending."""

    def __init__(self, postings: Postings) -> None:
        ends = postings.term_ends.tolist()
        blob = postings.terms.tobytes()
        self.names = [blob[a:b].decode("utf-8") for a, b in zip([0, *ends], ends, strict=False)]
        order = np.argsort(postings.rows, kind="stable")
        self.terms = np.repeat(np.arange(len(self.names), dtype=np.int32), np.diff(postings.starts))[order]
        self.counts = postings.counts[order]
        self.lengths = postings.lengths
        self.starts = np.concatenate([[0], np.cumsum(np.bincount(postings.rows, minlength=len(postings.lengths)))])


class Counting:
    """Rows being counted one after the other, those of an earlier index by its numbers and new ones by their tokens."""

    def __init__(self, earlier: PostingsByRow | None = None) -> None:
        self._earlier = earlier
        self._ids: dict[str, int] = {} if earlier is None else {name: i for i, name in enumerate(earlier.names)}
        # of the rows so far: terms, their counts, the number of terms of each row and of its tokens
        self._parts: tuple[list[NDArray[Any]], ...] = ([], [], [], [])
        self._new = _buffers()

    def add(self, tokens: Sequence[str]) -> None:
        """Count the tokens of the next row."""
        counted = Counter(tokens)
        terms, counts, sizes, lengths = self._new
        terms.extend(self._ids.setdefault(token, len(self._ids)) for token in counted)
        counts.extend(counted.values())
        sizes.append(len(counted))
        lengths.append(len(tokens))

    def add_earlier(self, first: int, last: int) -> None:
        """Take the rows [first, last) of the earlier index as the next ones."""
        earlier = self._earlier
        if earlier is None:
            raise ValueError("there is no earlier index")
        a, b = int(earlier.starts[first]), int(earlier.starts[last])
        self._close()
        taken = (earlier.terms[a:b], earlier.counts[a:b], np.diff(earlier.starts[first : last + 1]), earlier.lengths[first:last])
        for parts, part in zip(self._parts, taken, strict=True):
            parts.append(part)

    def _close(self) -> None:
        """Put the new rows behind the others."""
        for parts, buffer in zip(self._parts, self._new, strict=True):
            parts.append(np.frombuffer(buffer, np.int32) if buffer else np.empty(0, np.int32))
        self._new = _buffers()

    def finish(self) -> Postings:
        """The postings of all rows."""
        self._close()
        term, count, sizes, lengths = (np.concatenate(parts).astype(np.int32) for parts in self._parts)
        row = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        frequency = np.bincount(term, minlength=len(self._ids))
        used = [(name.encode("utf-8"), i) for name, i in self._ids.items() if frequency[i]]
        used.sort()
        number = np.zeros(len(self._ids), np.int32)
        number[[i for _, i in used]] = np.arange(len(used), dtype=np.int32)
        term = number[term]
        order = np.argsort(term, kind="stable")  # rows stay ascending within a term
        largest = int(count.max()) if len(count) else 0
        return Postings(
            terms=np.frombuffer(b"".join(name for name, _ in used), np.uint8),
            term_ends=np.cumsum([len(name) for name, _ in used], dtype=np.int64),
            starts=np.concatenate([[0], np.cumsum(frequency[[i for _, i in used]])]).astype(np.int64),
            rows=row[order],
            counts=count[order].astype(np.min_scalar_type(largest)),
            lengths=lengths,
        )


def _buffers() -> tuple[array[int], ...]:
    return tuple(array("i") for _ in range(4))
