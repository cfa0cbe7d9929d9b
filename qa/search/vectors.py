"""Unit vectors in FAISS: rows and their cosine with a question, exactly or, where there are many, among the nearest lists.

Up to `EXACT` vectors are kept as they are and searched one by one. Beyond, every row has a code of 8 or 4 bits for each
dimension, which its cosine is computed from, and a FAISS index finds the rows to compute it for: vectors in lists by the
nearest of some centroids, each with a code of 48 bytes (IVF, PQ with fast scan). How many lists are searched is measured
when the index is written: as many as it takes to find what a search through all codes finds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rows import RowMap, top_rows

Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Gives the vectors from the first to the last, in parts, each time it is called.
Parts = Callable[[], Iterator[Vectors]]

# Vectors kept as they are and searched one by one, in some 2 ms.
EXACT = 20_000
# Up to so many, the cosines of all are computed once for a question and kept until the next one comes.
_AT_ONCE = 4096
# Up to this many rows, codes have 8 bits for a dimension: the cosine is off by 0.0004. Beyond, 4 bits: by 0.003.
FINE = 1_500_000
# Passages have so many bits more: with 8 alone, 0.018 of the 10 nearest of a million are others, with 9 0.013, with 10 0.007
# and with 11 0.004.
MORE = 2
# Where the range of a dimension's codes ends, in standard deviations from the mean.
_RANGE = {8: 4.0, 4: 2.6}
# Rows whose cosine is computed from their codes for each that is asked for; at the least one of each so many, in these bounds.
# Of the 10 nearest of a million passages, 0.979 are found with 800, 0.987 with 1600, 0.991 with 3200.
_REFINED, _SHARE_REFINED, _LEAST_REFINED, _MOST_REFINED = 4, 300, 800, 3200
# Of these, rows whose codes' last bits are read, for each that is asked for and beside those.
_READ_ON, _LEAST_READ_ON = 2, 100
# Where the rows that may be found are named, these many are all scored; the lists are searched for the rest.
_FEW_ALLOWED = 200_000
# Share of the 10 nearest to be found, and of those of passages: of 100,000, 0.985 of the 10 nearest to real questions were
# found where the other share was, and 0.990 where this was.
RECALL, RECALL_PRECISE = 0.995, 0.9995
# Questions it is measured with, and vectors that the lists are trained with.
_PROBES, _TRAINED = 128, 64
_ROWS = 16_384  # handled at a time

EXACT_VECTORS, CODES, REST, LISTS, CHOICE = "vectors.faiss", "codes.npy", "rest.npy", "lists.faiss", "choice.json"


@dataclass(frozen=True, slots=True)
class Choice:
    """How a segment's vectors are searched: `searched` of `lists`, and the share of the 10 nearest found; 0 lists: exactly.

    `bits` are those of a dimension in a row's code, 32 for the vector itself.
    """

    rows: int
    bits: int = 32
    lists: int = 0
    searched: int = 0
    recall: float = 1.0

    def __str__(self) -> str:
        if not self.lists:
            return f"{self.rows} vectors, all searched"
        return (
            f"{self.rows} vectors, {self.bits} bits a dimension, {self.searched} of {self.lists} lists searched, "
            f"recall@10 {self.recall:.3f}"
        )


class DenseIndex:
    """The vectors of one segment by row, memory-mapped."""

    def __init__(
        self,
        exact: Any,
        codes: _Codes | None = None,
        lists: Any = None,
        choice: Choice | None = None,
        rest: _Codes | None = None,
    ) -> None:
        self._exact, self._codes, self._lists, self._rest = exact, codes, lists, rest
        self.choice = choice or Choice(int(exact.ntotal))
        self._last: tuple[Vectors, Vectors] | None = None

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """Index unit vectors, shape (rows, dimension), in memory, exactly."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @staticmethod
    def write(folder: Path, parts: Parts, rows: int, dimension: int, precise: bool = False) -> Choice:
        """Index unit vectors, shape (rows, dimension), that come in parts, in `folder`, which is made. Raises OSError.

        With `precise` codes have `MORE` bits more.
        """
        import faiss

        folder.mkdir()
        if rows <= EXACT:
            index = faiss.IndexFlatIP(dimension)
            for part in parts():
                index.add(np.ascontiguousarray(part, np.float32))
            _save(index, folder / EXACT_VECTORS)
            return Choice(rows)
        bits = 8 if rows <= FINE else 4
        codes = _Codes.write(_files(folder, CODES), parts, rows, _scale(parts, rows, dimension, bits), bits)
        if precise:
            step = codes.scale[1] / 2**MORE
            scale = np.array([(0.5 - 2 ** (MORE - 1)) * step, step], np.float32)
            _Codes.write(_files(folder, REST), lambda: map(codes.rest, parts()), rows, scale, MORE)
        lists = _fill_lists(codes, parts, rows, dimension)
        choice = _choose(codes, lists, bits + MORE * precise, RECALL_PRECISE if precise else RECALL)
        _save(lists, folder / LISTS)
        (folder / CHOICE).write_text(json.dumps(asdict(choice)) + "\n", "ascii")
        return choice

    @classmethod
    def open(cls, folder: Path) -> DenseIndex:
        """Open what `write` wrote, memory-mapped. Raises OSError, ValueError or TypeError when it is not whole."""
        if not (folder / CHOICE).exists():
            return cls(_load(folder / EXACT_VECTORS))
        choice = Choice(**json.loads((folder / CHOICE).read_text("ascii")))
        bits, precise = (choice.bits - MORE, True) if (folder / REST).exists() else (choice.bits, False)
        codes, lists = _Codes.open(_files(folder, CODES), bits), _load(folder / LISTS)
        rest = _Codes.open(_files(folder, REST), MORE) if precise else None
        if not codes.size == lists.ntotal == choice.rows or lists.nlist != choice.lists:
            raise ValueError("vectors and lists of different sizes")
        return cls(None, codes, lists, choice, rest)

    @property
    def size(self) -> int:
        return self.choice.rows

    @property
    def dimension(self) -> int:
        return int((self._exact or self._lists).d)

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """The `k` rows nearest to a unit vector, shape (dimension,), and their cosines; ties by row.

        `allowed`, shape (size,), says which rows may be found; None is all.
        """
        some = self.size if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, some)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if self.size <= _AT_ONCE and self._codes is None:
            rows = np.arange(self.size) if allowed is None else np.flatnonzero(allowed)
            scores = self._every(vector)[rows]
            best = top_rows(scores, k)
            return rows[best], scores[best]
        rows = self._find(vector, k, allowed, some)
        if self._codes is not None and self._rest is not None and len(rows) > _READ_ON * k + _LEAST_READ_ON:
            rows = rows[top_rows(self._codes.scores(vector, rows), _READ_ON * k + _LEAST_READ_ON)]
        scores = self.scores(vector, rows)
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def _find(self, vector: Vectors, k: int, allowed: Mask | None, some: int) -> Ints:
        """Rows among which the `k` nearest are."""
        import faiss

        question = np.ascontiguousarray(vector[None], np.float32)
        if self._codes is None:
            parameters = None
            if allowed is not None:
                bits = np.packbits(allowed, bitorder="little")  # kept alive here: the selector only points at it
                parameters = faiss.SearchParameters()
                parameters.sel = faiss.IDSelectorBitmap(self.size, faiss.swig_ptr(bits))
            _, found = self._exact.search(question, k, params=parameters)
            return np.asarray(found[0], np.int64)
        if allowed is not None and some <= _FEW_ALLOWED:
            rows = np.flatnonzero(allowed)
            return rows[top_rows(self.scores(vector, rows), k)]
        parameters = faiss.SearchParametersIVF()
        parameters.nprobe = self.choice.searched
        wanted = min(max(_REFINED * k, _refined(self.size)) * self.size // some, self.size)
        _, found = self._lists.search(question, wanted, params=parameters)
        rows = np.asarray(found[0], np.int64)
        rows = rows[rows >= 0]
        return rows if allowed is None else rows[allowed[rows]]

    def scores(self, vector: Vectors, rows: Ints) -> Vectors:
        """The cosines of `rows` with a unit vector, shape (len(rows),)."""
        if not len(rows):
            return np.empty(0, np.float32)
        if self._codes is not None:
            scores = self._codes.scores(vector, rows)
            return scores if self._rest is None else scores + self._rest.scores(vector, rows)
        if self.size <= _AT_ONCE:
            return np.asarray(self._every(vector)[rows], np.float32)
        if 2 * len(rows) > self.size:  # to copy so many takes longer than their products
            return np.asarray(_products(self._stored, vector)[rows], np.float32)
        return _products(self._stored[rows], vector)

    def _every(self, vector: Vectors) -> Vectors:
        """The cosines of all rows with the vector of the question that is asked, which nobody changes."""
        last = self._last
        if last is None or last[0] is not vector:
            last = self._last = vector, _products(self._stored, vector)
        return last[1]

    @cached_property
    def _stored(self) -> Vectors:
        """The vectors where FAISS has them: it gives copies too, by as many threads as there are cores, which wait for each
        other longer than the copying takes when several questions are asked at once."""
        import faiss

        flat: Any = faiss.rev_swig_ptr(self._exact.get_xb(), self.size * self.dimension)
        return np.asarray(flat, np.float32).reshape(self.size, self.dimension)


class _Codes:
    """A code for each row: 8, 4 or 2 bits for each dimension, mapped. `scale` holds the lowest value and the step.

    A byte holds what neighbouring dimensions have, the first in its lowest bits.
    """

    def __init__(self, codes: NDArray[np.uint8], scale: Vectors, bits: int) -> None:
        self.codes, self.scale, self.bits = codes, scale, bits
        self._held = 8 // bits  # dimensions in a byte

    @classmethod
    def write(cls, files: tuple[Path, Path], parts: Parts, rows: int, scale: Vectors, bits: int) -> _Codes:
        """Write codes and scale to two files."""
        np.save(files[1], scale, allow_pickle=False)
        shape = (rows, -(-scale.shape[1] * bits // 8))
        codes: NDArray[np.uint8] = np.lib.format.open_memmap(files[0], "w+", np.uint8, shape)
        made = cls(codes, scale, bits)
        at = 0
        for part in parts():
            code = made.encode(part)
            packed = np.zeros((len(part), shape[1]), np.uint8)
            for place in range(made._held):
                some = code[:, place :: made._held]
                packed[:, : some.shape[1]] |= some << bits * place
            codes[at : at + len(part)] = packed
            at += len(part)
        return made

    @classmethod
    def open(cls, files: tuple[Path, Path], bits: int) -> _Codes:
        codes = np.load(files[0], mmap_mode="r", allow_pickle=False)
        scale = np.load(files[1], allow_pickle=False)
        width = -(-scale.shape[-1] * bits // 8)
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != width or scale.shape[0] != 2:
            raise ValueError("codes of another shape")
        return cls(np.asarray(codes), np.asarray(scale, np.float32), bits)

    def encode(self, vectors: Vectors) -> NDArray[np.uint8]:
        """A number for each dimension, shape (len(vectors), dimension)."""
        numbers = np.rint((vectors - self.scale[0]) / self.scale[1])
        return np.asarray(np.clip(numbers, 0, 2**self.bits - 1), np.uint8)

    def rest(self, vectors: Vectors) -> Vectors:
        """What the codes of these vectors leave out of them."""
        return np.asarray(vectors - (self.encode(vectors) * self.scale[1] + self.scale[0]), np.float32)

    @property
    def size(self) -> int:
        return len(self.codes)

    def scores(self, vector: Vectors, rows: Ints) -> Vectors:
        """The cosines of rows, in the parts of a few thousand that fit the processor's cache."""
        weights = vector * self.scale[1]
        lowest = np.float32(vector @ self.scale[0])
        found = np.empty(len(rows), np.float32)
        for at in range(0, len(rows), _ROWS):
            code = self.codes[rows[at : at + _ROWS]]
            found[at : at + _ROWS] = 0
            for place in range(self._held):
                own = weights[place :: self._held]
                found[at : at + _ROWS] += _products(self._part(code[:, : len(own)], place).astype(np.float32), own)
        return found + lowest

    def vectors(self, rows: Ints | slice) -> Vectors:
        """The vectors that codes stand for, shape (len(rows), dimension)."""
        code = self.codes[rows]
        if self._held > 1:
            code = np.stack([self._part(code, place) for place in range(self._held)], axis=2).reshape(len(code), -1)
        return np.asarray(code[:, : self.scale.shape[1]] * self.scale[1] + self.scale[0], np.float32)

    def _part(self, code: NDArray[np.uint8], place: int) -> NDArray[np.uint8]:
        """What bytes hold in this place."""
        return code if self._held == 1 else code >> self.bits * place & 2**self.bits - 1


def _refined(rows: int) -> int:
    """Rows whose cosine is computed at the least."""
    return min(max(_LEAST_REFINED, rows // _SHARE_REFINED), _MOST_REFINED)


def _files(folder: Path, codes: str) -> tuple[Path, Path]:
    return folder / codes, folder / codes.replace(".", "_scale.")


def _scale(parts: Parts, rows: int, dimension: int, bits: int) -> Vectors:
    """The lowest value of each dimension's codes and their step, shape (2, dimension)."""
    total, squares = np.zeros(dimension), np.zeros(dimension)
    for part in parts():
        total += part.sum(axis=0, dtype=np.float64)
        squares += np.square(part, dtype=np.float64).sum(axis=0)
    mean = total / rows
    reach = _RANGE[bits] * np.sqrt(np.maximum(squares / rows - mean**2, 1e-12))
    return np.array([mean - reach, 2 * reach / (2**bits - 1)], np.float32)


def _products(vectors: Vectors, vector: Vectors) -> Vectors:
    # Not a matrix product: there the last bits depend on a row's place among the others, and equal vectors would not tie.
    return np.asarray(np.einsum("ij,j->i", vectors, np.ascontiguousarray(vector, np.float32)), np.float32)


def _fill_lists(codes: _Codes, parts: Parts, rows: int, dimension: int) -> Any:
    """The FAISS index that finds rows, with about two times the square root of their number of lists."""
    import faiss

    count = min(int(2 * rows**0.5), rows // _TRAINED)
    width = next(size for size in (4, 3, 2, 1) if dimension % size == 0)
    index = faiss.index_factory(dimension, f"IVF{count},PQ{dimension // width}x4fs", faiss.METRIC_INNER_PRODUCT)
    clustering: Any = index
    clustering.cp.niter, clustering.cp.max_points_per_centroid = 8, _TRAINED
    sample = np.sort(np.random.default_rng(0).choice(rows, min(rows, count * _TRAINED), replace=False))
    index.train(codes.vectors(sample))
    for part in parts():
        index.add(np.ascontiguousarray(part, np.float32))
    return index


def _choose(codes: _Codes, lists: Any, bits: int, share: float) -> Choice:
    """Search more and more lists until this share of the 10 nearest by all codes are found.

    Asked are made up: a row's vector plus the difference of two others, which is as far from it as a question is from the
    passage that answers it (a cosine of 0.6).
    """
    import faiss

    one, two, three = np.random.default_rng(1).choice(codes.size, (3, _PROBES), replace=False)
    questions = codes.vectors(one) + codes.vectors(two) - codes.vectors(three)
    questions = np.asarray(questions / np.linalg.norm(questions, axis=1, keepdims=True), np.float32)
    best = np.full((_PROBES, 0), 0, np.int64), np.full((_PROBES, 0), 0, np.float32)
    for at in range(0, codes.size, _ROWS):
        scores = np.asarray(questions @ codes.vectors(slice(at, at + _ROWS)).T, np.float32)
        rows = np.broadcast_to(np.arange(at, at + scores.shape[1]), scores.shape)
        scores, rows = np.hstack([best[1], scores], dtype=np.float32), np.hstack([best[0], rows])
        kept = np.argpartition(-scores, min(10, scores.shape[1]) - 1, axis=1)[:, :10]
        best = np.take_along_axis(rows, kept, 1), np.take_along_axis(scores, kept, 1)
    nearest = [set(rows) for rows in best[0].tolist()]
    searched, found = 8, 0.0
    while True:
        parameters = faiss.SearchParametersIVF()
        parameters.nprobe = searched = min(searched, lists.nlist)
        _, rows = lists.search(np.ascontiguousarray(questions, np.float32), _refined(codes.size), params=parameters)
        found = float(np.mean([len(each & set(row)) / len(each) for each, row in zip(nearest, rows.tolist(), strict=True)]))
        if found >= share or searched == lists.nlist:
            return Choice(codes.size, bits, int(lists.nlist), searched, round(found, 4))
        searched = searched * 3 // 2


class DenseSegments:
    """The vectors of one or several segments, stored one after the other, under the rows that `rows` knows."""

    def __init__(self, parts: Sequence[DenseIndex], rows: RowMap | None = None) -> None:
        self._parts = parts
        self._bases = np.cumsum([0, *(part.size for part in parts)])
        self._rows = rows or RowMap(int(self._bases[-1]))
        if self._rows.total != int(self._bases[-1]):
            raise ValueError(f"{int(self._bases[-1])} vectors of {self._rows.total} rows")

    @property
    def size(self) -> int:
        return self._rows.size

    @property
    def dimension(self) -> int:
        return self._parts[0].dimension

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """The `k` rows nearest to a unit vector, shape (dimension,), and their cosines; ties by row.

        `allowed`, shape (size,), says which rows may be found; None is all.
        """
        mask = self._rows.mask(allowed)
        found = [
            (rows + base, scores)
            for part, base in zip(self._parts, self._bases.tolist(), strict=False)
            for rows, scores in [part.search(vector, k, None if mask is None else mask[base : base + part.size])]
        ]
        rows = self._rows.rows(np.concatenate([rows for rows, _ in found]))
        scores = np.concatenate([scores for _, scores in found])
        order = np.lexsort((rows, -scores))[: max(k, 0)]
        return rows[order], scores[order]

    def scores(self, vector: Vectors, rows: Ints) -> Vectors:
        """The cosines of `rows` with a unit vector, shape (len(rows),)."""
        stored = self._rows.stored(rows)
        if len(self._parts) == 1:
            return self._parts[0].scores(vector, stored)
        scores = np.empty(len(stored), np.float32)
        part_of = np.searchsorted(self._bases, stored, "right") - 1
        for number in np.unique(part_of).tolist():
            here = np.flatnonzero(part_of == number)
            scores[here] = self._parts[number].scores(vector, stored[here] - self._bases[number])
        return scores


def _save(index: Any, file: Path) -> None:
    import faiss

    writer: Any = faiss
    with file.open("wb") as stream:  # faiss's own writer does not notice when the last bytes find no room
        faiss.write_index(index, writer.PyCallbackIOWriter(stream.write, 2**20))


def _load(file: Path) -> Any:
    """Mapped where FAISS can, and never to be changed: that would kill the process."""
    import faiss

    try:
        return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise ValueError(str(error).splitlines()[0]) from error
