"""Inverted lists (FAISS IVF with fast-scan product quantisation), and the choice of how many of them to search.

Every vector is in the list of its nearest centroid. Searching more lists (FAISS's nprobe) finds more of the nearest rows, but
takes longer. nprobe is chosen when the lists are written, by comparison with an exhaustive search over all codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..rows import Floats, Ints
from .codes import BATCH, Batches, Codes

# Rows that a search of the lists returns at least, to be compared by their codes (`refined`): one row in 300, between 800 and
# 3,200. recall@10 of a million passages: 0.979 with 800, 0.987 with 1,600, 0.991 with 3,200.
_SHARE_REFINED, _LEAST_REFINED, _MOST_REFINED = 300, 800, 3200
# recall@10 that nprobe is chosen for: of sentences, and of passages, which matter more. On real questions and 100,000 passages,
# the first gives a recall@10 of 0.985, the second 0.990.
RECALL, RECALL_PRECISE = 0.995, 0.9995
# Synthetic questions that recall is measured with; training vectors per list; rounds of k-means.
_PROBES, _TRAINED, _ROUNDS = 128, 64, 8
_FIRST_SEARCHED = 8  # first nprobe to try, then half as much again each time


@dataclass(frozen=True, slots=True)
class Choice:
    """How the vectors of a segment are stored and searched.

    `bits` per dimension, 32 for uncompressed vectors. A search visits `searched` of `lists` inverted lists, which gives the
    measured recall@10 `recall`; with no lists it compares all `rows`.
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


def refined(rows: int) -> int:
    """How many rows a search of the lists returns at least, in a segment of `rows` rows."""
    return min(max(_LEAST_REFINED, rows // _SHARE_REFINED), _MOST_REFINED)


def make_lists(codes: Codes, batches: Batches, rows: int, dimension: int) -> Any:
    """A FAISS index of the `rows` vectors in `batches`, with about 2 * sqrt(rows) lists; it is trained on decoded `codes`."""
    import faiss

    count = min(int(2 * rows**0.5), rows // _TRAINED)
    width = next(size for size in (4, 3, 2, 1) if dimension % size == 0)
    index = faiss.index_factory(dimension, f"IVF{count},PQ{dimension // width}x4fs", faiss.METRIC_INNER_PRODUCT)
    clustering: Any = index
    clustering.cp.niter, clustering.cp.max_points_per_centroid = _ROUNDS, _TRAINED
    sample = np.sort(np.random.default_rng(0).choice(rows, min(rows, count * _TRAINED), replace=False))
    index.train(codes.vectors(sample))
    for vectors in batches():
        index.add(np.ascontiguousarray(vectors, np.float32))
    return index


def search_lists(lists: Any, vectors: Floats, wanted: int, searched: int) -> Ints:
    """The `wanted` nearest rows of each of `vectors`, by `searched` of the lists: shape (len(vectors), wanted).

    Where the searched lists have fewer rows, the rest is -1.
    """
    import faiss

    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = searched
    return np.asarray(lists.search(np.ascontiguousarray(vectors, np.float32), wanted, params=parameters)[1], np.int64)


def choose(codes: Codes, lists: Any, bits: int, share: float) -> Choice:
    """The smallest nprobe tried whose recall@10, against an exhaustive search over all codes, is at least `share`.

    The questions are synthetic: the vector of a row plus the difference of two others. Its cosine with that row is about 0.6, as
    of a question with the passage that answers it.
    """
    one, two, three = np.random.default_rng(1).choice(codes.size, (3, _PROBES), replace=False)
    questions = codes.vectors(one) + codes.vectors(two) - codes.vectors(three)
    questions = np.asarray(questions / np.linalg.norm(questions, axis=1, keepdims=True), np.float32)
    nearest = [set(rows) for rows in _nearest(codes, questions).tolist()]
    searched = _FIRST_SEARCHED
    while True:
        searched = min(searched, lists.nlist)
        rows = search_lists(lists, questions, refined(codes.size), searched)
        found = float(np.mean([len(each & set(row)) / len(each) for each, row in zip(nearest, rows.tolist(), strict=True)]))
        if found >= share or searched == lists.nlist:
            return Choice(codes.size, bits, int(lists.nlist), searched, round(found, 4))
        searched = searched * 3 // 2


def _nearest(codes: Codes, questions: Floats) -> Ints:
    """The 10 nearest rows of each question by exhaustive search over the codes, unordered, shape (len(questions), 10)."""
    rows, scores = np.empty((len(questions), 0), np.int64), np.empty((len(questions), 0), np.float32)
    for at in range(0, codes.size, BATCH):
        own = np.asarray(questions @ codes.vectors(slice(at, at + BATCH)).T, np.float32)
        numbers = np.broadcast_to(np.arange(at, at + own.shape[1]), own.shape)
        own, numbers = np.hstack([scores, own], dtype=np.float32), np.hstack([rows, numbers])
        kept = np.argpartition(-own, min(10, own.shape[1]) - 1, axis=1)[:, :10]
        rows, scores = np.take_along_axis(numbers, kept, 1), np.take_along_axis(own, kept, 1)
    return rows


def save(index: Any, file: Path) -> None:
    """Write a FAISS index to `file`. Raises OSError, also for a full disk at the last bytes, which FAISS's own writer misses."""
    import faiss

    writer: Any = faiss
    with file.open("wb") as stream:
        faiss.write_index(index, writer.PyCallbackIOWriter(stream.write, 2**20))


def load(file: Path) -> Any:
    """Open a FAISS index, memory-mapped where FAISS supports it. Raises OSError or ValueError.

    Changing a mapped index would crash the process.
    """
    import faiss

    try:
        return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise ValueError(str(error).splitlines()[0]) from error
