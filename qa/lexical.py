"""BM25 over token rows: an inverted index in numpy arrays, saved without pickle and opened memory-mapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .postings import Counting, Postings
from .ranking import top_rows

# Of Robertson's BM25; the values usual for passages (Anserini's defaults), confirmed on cmrc2018_trial and drcd_dev
# against (1.2, 0.75) and (1.5, 0.75): 0.1 to 0.8 points of recall@1 better.
K1, B = 0.9, 0.4

_ARRAYS = ("terms", "term_ends", "starts", "rows", "weights")
_COUNTS = ("counts", "lengths")  # what the weights were made of, for the next build


class LexicalIndex:
    """Rows of tokens, scored by BM25 with idf = ln(1 + (N - df + 0.5) / (df + 0.5)) (Robertson and Zaragoza, 2009; the
    "+1" keeps it positive, as in Lucene).

    `weights` holds tf (k1 + 1) / (tf + k1 (1 - b + b |d| / avg)) of every posting; the idf is multiplied in when scored.
    """

    def __init__(self, size: int, arrays: dict[str, NDArray[Any]]) -> None:
        self.size = size
        self._arrays = arrays
        # np.asarray: still mapped, but without the price of numpy's memmap class on every slice
        self._rows = np.asarray(arrays["rows"])
        self._weights = np.asarray(arrays["weights"])
        self._starts = np.asarray(arrays["starts"])
        blob = bytes(arrays["terms"])
        ends = arrays["term_ends"].tolist()
        begins = [0, *ends][:-1]
        self._ids = {blob[a:b].decode("utf-8"): i for i, (a, b) in enumerate(zip(begins, ends, strict=True))}

    @classmethod
    def build(cls, rows: Iterable[Sequence[str]]) -> LexicalIndex:
        """Index the tokens of each row, in order."""
        counting = Counting()
        for tokens in rows:
            counting.add(tokens)
        return cls.of(counting.finish())

    @classmethod
    def of(cls, postings: Postings) -> LexicalIndex:
        """The index of rows whose tokens are counted."""
        length = postings.lengths.astype(np.float32)
        count = postings.counts.astype(np.float32)
        average = float(length.mean()) if length.any() else 1.0
        weight = count * (K1 + 1) / (count + K1 * (1 - B + B * length[postings.rows] / average))
        arrays = {name: getattr(postings, name) for name in (*_ARRAYS[:-1], *_COUNTS)}
        return cls(len(length), {**arrays, "weights": weight.astype(np.float32)})

    def save(self, folder: Path) -> None:
        """Write the arrays into `folder`, which exists."""
        for name in (*_ARRAYS, *_COUNTS):
            np.save(folder / f"{name}.npy", self._arrays[name], allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, size: int) -> LexicalIndex:
        """Open what `save` wrote; `size` is the number of rows. Raises OSError or ValueError when it is not whole."""
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode=None if name in ("terms", "term_ends") else "r", allow_pickle=False)
            for name in _ARRAYS
        }
        postings = len(arrays["rows"])
        if len(arrays["weights"]) != postings or len(arrays["starts"]) != len(arrays["term_ends"]) + 1:
            raise ValueError("arrays of different lengths")
        return cls(size, arrays)

    @staticmethod
    def read_postings(folder: Path) -> Postings:
        """The counts of what `save` wrote. Raises OSError or ValueError when it is not whole."""
        names = (*_ARRAYS[:-1], *_COUNTS)
        return Postings(**{name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names})

    def idf(self, token: str) -> float:
        """How rare `token` is among the rows; a token in none of them is the rarest."""
        i = self._ids.get(token)
        frequency = 0 if i is None else int(self._starts[i + 1] - self._starts[i])
        return float(np.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5)))

    def ideal(self, tokens: Sequence[str]) -> float:
        """The sum of the tokens' idf: the score of a row of average length that holds each token once."""
        return sum(self.idf(token) for token in tokens)

    def holds(self, tokens: Sequence[str], first: int, last: int) -> NDArray[np.bool_]:
        """Whether the rows [first, last) hold each of `tokens`, shape (len(tokens), last - first)."""
        held = np.zeros((len(tokens), last - first), np.bool_)
        for number, token in enumerate(tokens):
            i = self._ids.get(token)
            if i is not None:
                rows = self._rows[int(self._starts[i]) : int(self._starts[i + 1])]  # ascending
                a, b = np.searchsorted(rows, (first, last))
                held[number, rows[a:b] - first] = True
        return held

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every row for the different `tokens`, shape (size,)."""
        total = np.zeros(self.size, np.float32)
        for token in dict.fromkeys(tokens):
            i = self._ids.get(token)
            if i is not None:
                a, b = int(self._starts[i]), int(self._starts[i + 1])
                total[self._rows[a:b]] += np.float32(self.idf(token)) * self._weights[a:b]  # a row is there once at most
        return total

    def grouped_scores(self, groups: Sequence[Sequence[tuple[str, float]]]) -> NDArray[np.float32]:
        """BM25 of every row, shape (size,), where any token of a group stands for its term, with the token's weight, 0 to 1.

        The idf is that of the group: the rows that hold any of its tokens (Pirkola, 1998). Divided by the sum of the groups'
        idf, a group that no row holds counting 1, and an empty one, of which no token is known, half the idf of a term in no
        row: a row of average length that holds every term once gets about 1.
        """
        total = np.zeros(self.size, np.float32)
        ideal = 0.0
        for group in groups:
            best = np.zeros(self.size, np.float32)
            for token, weight in group:
                i = self._ids.get(token)
                if i is not None:
                    a, b = int(self._starts[i]), int(self._starts[i + 1])
                    rows = self._rows[a:b]
                    best[rows] = np.maximum(best[rows], np.float32(weight) * self._weights[a:b])
            frequency = int(np.count_nonzero(best))
            idf = float(np.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5)))
            ideal += idf if frequency else 1.0 if group else idf / 2
            total += np.float32(idf) * best
        return total / np.float32(max(ideal, 1e-6))

    def search(self, tokens: Sequence[str], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `k` best rows that hold a token, and their scores; ties by row."""
        scores = self.scores(tokens)
        rows = top_rows(scores, k)
        rows = rows[scores[rows] > 0]
        return rows, scores[rows]
