"""The vectors of one segment, searched by cosine: exhaustively if they are few, else by inverted lists and codes."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..rows import Floats, Ints, Mask, top_rows
from .codes import MORE_BITS, Batches, Codes, code_bits, scale_of
from .lists import RECALL, RECALL_PRECISE, Choice, choose, load, make_lists, refined, save, search_lists
from .query import QuestionVector, products

# Segments of up to this many vectors are stored uncompressed and searched exhaustively, which takes about 2 ms.
EXACT = 20_000
# Up to this many, all cosines are computed at once and cached in the question (`QuestionVector.cosines`).
CACHED_COSINES = 4096
# Refine factor: for each row asked for, the lists return this many to be compared by their codes; at least `refined` in all.
REFINE_FACTOR = 4
# Of these, rows whose additional bits are read: `READ_ON_FACTOR` for each row asked for, plus `READ_ON_MORE`.
READ_ON_FACTOR, READ_ON_MORE = 2, 100
# Up to this many allowed rows are compared exhaustively. With more, the lists are searched for proportionally more rows, so that
# enough of them are allowed.
FEW_ALLOWED = 200_000

EXACT_VECTORS, CODES, REMAINDER, LISTS, CHOICE = "vectors.faiss", "codes.npy", "rest.npy", "lists.faiss", "choice.json"


class DenseIndex(ABC):
    """The vectors of a segment, all of length 1, by row; memory-mapped. Several threads may search."""

    choice: Choice

    @staticmethod
    def write(folder: Path, batches: Batches, rows: int, dimension: int, precise: bool = False) -> Choice:
        """Write the `rows` vectors in `batches` to the new folder `folder`. Raises OSError.

        `precise` gives a higher recall: codes have `MORE_BITS` additional bits, and more lists are searched.
        """
        folder.mkdir()
        if rows <= EXACT:
            ExactVectors.of(batches, dimension).save(folder)
            return Choice(rows)
        bits = code_bits(rows)
        codes = Codes.write(folder / CODES, batches, rows, scale_of(batches, rows, dimension, bits), bits)
        if precise:
            remainders = codes.remainder
            Codes.write(folder / REMAINDER, lambda: map(remainders, batches()), rows, codes.remainder_scale(), MORE_BITS)
        lists = make_lists(codes, batches, rows, dimension)
        choice = choose(codes, lists, bits + MORE_BITS * precise, RECALL_PRECISE if precise else RECALL)
        save(lists, folder / LISTS)
        (folder / CHOICE).write_text(json.dumps(asdict(choice)) + "\n", "ascii")
        return choice

    @staticmethod
    def open(folder: Path) -> DenseIndex:
        """Open a folder that `write` wrote. Raises OSError, ValueError or TypeError when it is damaged."""
        return CompressedVectors.opened(folder) if (folder / CHOICE).exists() else ExactVectors(load(folder / EXACT_VECTORS))

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.choice.rows

    def search(self, question: QuestionVector, k: int, allowed: Mask | None = None) -> tuple[Ints, Floats]:
        """The `k` rows nearest to the question and their cosines, nearest first, ties by row.

        `allowed`, shape (size,), is the mask of rows to search; None is all.
        """
        count = self.size if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, count)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        rows = self._nearest(question, k, allowed, count)
        scores = self.scores(question, rows)
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    @abstractmethod
    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        """The cosines of `rows` with the question, shape (len(rows),)."""

    @abstractmethod
    def vectors(self, rows: Ints) -> Floats:
        """The vectors of `rows`, shape (len(rows), dimension)."""

    @abstractmethod
    def _nearest(self, question: QuestionVector, k: int, allowed: Mask | None, count: int) -> Ints:
        """Candidates for the `k` nearest of the allowed rows, of which there are `count`; exact unless lists are searched."""


class ExactVectors(DenseIndex):
    """Uncompressed vectors in a flat FAISS index."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.choice = Choice(int(index.ntotal))

    @classmethod
    def of(cls, batches: Batches, dimension: int) -> ExactVectors:
        """An index of the vectors in `batches`, in memory."""
        import faiss

        index = faiss.IndexFlatIP(dimension)
        for vectors in batches():
            index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    def save(self, folder: Path) -> None:
        """Write the vectors to `folder`. Raises OSError."""
        save(self._index, folder / EXACT_VECTORS)

    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        if self.size <= CACHED_COSINES:
            return np.asarray(self._all_scores(question)[rows], np.float32)
        if 2 * len(rows) > self.size:  # copying so many rows takes longer than all products
            return np.asarray(products(self._stored, question.values)[rows], np.float32)
        return products(self._stored[rows], question.values)

    def _nearest(self, question: QuestionVector, k: int, allowed: Mask | None, count: int) -> Ints:
        if self.size <= CACHED_COSINES:
            rows = np.arange(self.size) if allowed is None else np.flatnonzero(allowed)
            return rows[top_rows(self._all_scores(question)[rows], k)]
        import faiss

        parameters = None
        if allowed is not None:
            bitmap = np.packbits(allowed, bitorder="little")  # a variable of its own, as the selector does not own the array
            parameters = faiss.SearchParameters()
            parameters.sel = faiss.IDSelectorBitmap(self.size, faiss.swig_ptr(bitmap))
        _, found = self._index.search(np.ascontiguousarray(question.values[None], np.float32), k, params=parameters)
        return np.asarray(found[0], np.int64)

    def vectors(self, rows: Ints) -> Floats:
        return np.asarray(self._stored[rows], np.float32)

    def _all_scores(self, question: QuestionVector) -> Floats:
        """The cosines of all rows, cached in `question`; not to be modified."""
        known = question.cosines.get(self)
        if known is None:
            known = question.cosines[self] = products(self._stored, question.values)
        return known

    @cached_property
    def _stored(self) -> Floats:
        """A view of the vectors in FAISS's memory.

        FAISS's own methods return copies, made by one thread per core; with several questions at once, these threads wait for
        each other longer than the copying takes.
        """
        import faiss

        flat: Any = faiss.rev_swig_ptr(self._index.get_xb(), self.size * self._index.d)
        return np.asarray(flat, np.float32).reshape(self.size, self._index.d)


class NoVectors(DenseIndex):
    """The place of the vectors of `rows` texts that are not embedded yet: a search finds none of them, and a question knows the
    cosines of those that `put` gave it; the others' are 0."""

    def __init__(self, rows: int) -> None:
        self.choice = Choice(rows)

    def put(self, question: QuestionVector, rows: Ints, cosines: Floats) -> None:
        """Let `question` know the cosines of `rows`."""
        known = question.cosines.setdefault(self, np.zeros(self.size, np.float32))
        known[rows] = cosines

    def search(self, question: QuestionVector, k: int, allowed: Mask | None = None) -> tuple[Ints, Floats]:
        return np.empty(0, np.int64), np.empty(0, np.float32)

    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        known = question.cosines.get(self)
        return np.zeros(len(rows), np.float32) if known is None else np.asarray(known[rows], np.float32)

    def vectors(self, rows: Ints) -> Floats:
        raise ValueError("these texts have no vectors yet")

    def _nearest(self, question: QuestionVector, k: int, allowed: Mask | None, count: int) -> Ints:
        return np.empty(0, np.int64)


class CompressedVectors(DenseIndex):
    """Codes of vectors, with additional bits in `remainder` for passages, and inverted lists that give candidate rows."""

    def __init__(self, codes: Codes, remainder: Codes | None, lists: Any, choice: Choice) -> None:
        self._codes, self._remainder, self._lists, self.choice = codes, remainder, lists, choice

    @classmethod
    def opened(cls, folder: Path) -> CompressedVectors:
        """Open a folder that `DenseIndex.write` wrote. Raises as `DenseIndex.open`."""
        choice = Choice(**json.loads((folder / CHOICE).read_text("ascii")))
        remainder = Codes.open(folder / REMAINDER, MORE_BITS) if (folder / REMAINDER).exists() else None
        codes = Codes.open(folder / CODES, choice.bits - (MORE_BITS if remainder else 0))
        lists = load(folder / LISTS)
        if not codes.size == lists.ntotal == choice.rows or lists.nlist != choice.lists:
            raise ValueError("vectors and lists of different sizes")
        return cls(codes, remainder, lists, choice)

    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        if not len(rows):
            return np.empty(0, np.float32)
        scores = self._codes.scores(question.values, rows)
        return scores if self._remainder is None else scores + self._remainder.scores(question.values, rows)

    def vectors(self, rows: Ints) -> Floats:
        found = self._codes.vectors(rows)
        return found if self._remainder is None else found + self._remainder.vectors(rows)

    def _nearest(self, question: QuestionVector, k: int, allowed: Mask | None, count: int) -> Ints:
        if allowed is not None and count <= FEW_ALLOWED:
            rows = np.flatnonzero(allowed)
            rows = rows[top_rows(self.scores(question, rows), k)]
        else:
            wanted = min(max(REFINE_FACTOR * k, refined(self.size)) * self.size // count, self.size)
            rows = search_lists(self._lists, question.values[None], wanted, self.choice.searched)[0]
            rows = rows[rows >= 0]
            rows = rows if allowed is None else rows[allowed[rows]]
        more = READ_ON_FACTOR * k + READ_ON_MORE
        if self._remainder is not None and len(rows) > more:
            rows = rows[top_rows(self._codes.scores(question.values, rows), more)]
        return rows
