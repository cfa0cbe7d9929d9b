"""Inverted lists (FAISS IVF, with product-quantised codes for fast scan), and how many of them a question has to search.

Every vector is in the list of its nearest centroid. Searching more lists finds more of the nearest rows and takes longer; the
number (FAISS's nprobe) is measured when the lists are written, against the nearest rows by all codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..rows import Floats, Ints
from .codes import BATCH, Batches, Codes

# Rows whose codes are compared after the lists were searched, at least (`refined`): one of 300, and 800 to 3,200. Of the 10 nearest
# of a million passages 800 find 0.979, 1,600 find 0.987, 3,200 find 0.991.
_SHARE_REFINED, _LEAST_REFINED, _MOST_REFINED = 300, 800, 3200
# The share of the 10 nearest that the lists are to find: of sentences, and of passages, which matter more. Of the 10 passages
# nearest to real questions, of 100,000, 0.985 were found with the first and 0.990 with the second.
RECALL, RECALL_PRECISE = 0.995, 0.9995
# Questions that the share is measured with, and vectors for each list that the centroids are trained with, in so many rounds.
_PROBES, _TRAINED, _ROUNDS = 128, 64, 8
_FIRST_SEARCHED = 8  # lists; half as many again until the share is found


@dataclass(frozen=True, slots=True)
class Choice:
    """How the vectors of a segment are searched: `searched` of `lists`, which finds the share `recall` of the 10 nearest.

    Without lists all are compared. `bits` are those of a dimension in a row's code, 32 for the vector itself.
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
    """How many rows' codes are compared at least, in a segment of `rows`."""
    return min(max(_LEAST_REFINED, rows // _SHARE_REFINED), _MOST_REFINED)


def make_lists(codes: Codes, batches: Batches, rows: int, dimension: int) -> Any:
    """The FAISS index of the vectors, with about two times the square root of their number of lists."""
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
    """The rows that the lists put nearest to each of `vectors`, shape (len(vectors), wanted); -1 where there are too few."""
    import faiss

    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = searched
    return np.asarray(lists.search(np.ascontiguousarray(vectors, np.float32), wanted, params=parameters)[1], np.int64)


def choose(codes: Codes, lists: Any, bits: int, share: float) -> Choice:
    """Search more and more lists until this share of the 10 nearest by all codes is found.

    The questions are made up, each the vector of a row plus the difference of two others: it is as far from that row (a cosine of
    0.6) as a question is from the passage that answers it.
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
    """The 10 rows nearest to each question by all codes, in no order, shape (len(questions), 10)."""
    rows, scores = np.empty((len(questions), 0), np.int64), np.empty((len(questions), 0), np.float32)
    for at in range(0, codes.size, BATCH):
        own = np.asarray(questions @ codes.vectors(slice(at, at + BATCH)).T, np.float32)
        numbers = np.broadcast_to(np.arange(at, at + own.shape[1]), own.shape)
        own, numbers = np.hstack([scores, own], dtype=np.float32), np.hstack([rows, numbers])
        kept = np.argpartition(-own, min(10, own.shape[1]) - 1, axis=1)[:, :10]
        rows, scores = np.take_along_axis(numbers, kept, 1), np.take_along_axis(own, kept, 1)
    return rows


def save(index: Any, file: Path) -> None:
    """Write a FAISS index. Raises OSError, also when the last bytes find no room, which FAISS's own writer does not notice."""
    import faiss

    writer: Any = faiss
    with file.open("wb") as stream:
        faiss.write_index(index, writer.PyCallbackIOWriter(stream.write, 2**20))


def load(file: Path) -> Any:
    """Open a FAISS index, memory-mapped where FAISS can: changing it would kill the process. Raises OSError or ValueError."""
    import faiss

    try:
        return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise ValueError(str(error).splitlines()[0]) from error
