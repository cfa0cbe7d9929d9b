"""Which passages MaxScore puts forward, and what it reads for that, for posting lists made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.search.words.candidates import Group, _summed, candidates
from qa.search.words.terms import Term

TOTAL = 100_000


class Lists:
    """Groups of one term each, by what it adds to places; notes which are read together."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.postings: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        self.reads: list[list[int]] = []

    def add(self, first: int, scores: Sequence[float] | NDArray[np.float64], bound: float | None = None) -> None:
        """A term of the places from `first` on."""
        number = len(self.groups)
        values = np.asarray(scores, np.float64)
        bound = float(values.max()) if bound is None else bound
        term = Term(len(values), number, 1.0, 1.0, bound, len(values), ())
        self.groups.append(Group([(term, 1.0)], 1.0, bound))
        self.postings[number] = np.arange(first, first + len(values)), values

    def read(self, groups: Sequence[Group]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        numbers = [group.alternatives[0][0].sentences for group in groups]
        self.reads.append(numbers)
        places, added = zip(*(self.postings[number] for number in numbers), strict=True)
        return np.concatenate(places), np.concatenate(added)

    def found(self, k: int, mask: NDArray[np.bool_] | None = None) -> list[int]:
        return candidates(list(self.groups), k, self.read, TOTAL, mask).tolist()


@pytest.mark.parametrize(("ties", "reads"), [(11, [[0]]), (20, [[0]]), (21, [[0], [1]])])
def test_no_more_is_read_when_twice_as_many_as_asked_for_can_be_the_best(ties: int, reads: list[list[int]]) -> None:
    lists = Lists()
    lists.add(0, [5.0] * ties)
    lists.add(5000, [1.0] * 9000)
    assert lists.found(10) == list(range(ties))
    assert lists.reads == reads


@pytest.mark.parametrize(("size", "bound", "reads"), [
    (16_384, 4.9, [[0]]), (16_383, 4.9, [[0], [1]]), (16_384, 5.1, [[0], [1]]),
])  # fmt: skip
def test_terms_that_could_add_less_than_half_are_left_out_when_enough_is_read(
    size: int, bound: float, reads: list[list[int]]
) -> None:
    lists = Lists()
    lists.add(0, 5 + np.linspace(1e-6, 0, size), 5.0)
    lists.add(50_000, [1e-9] * 40_000, bound)
    found = lists.found(100)
    assert lists.reads == reads
    assert found[:125] == list(range(125))
    if len(reads) == 1:
        assert len(found) == 125  # a quarter more than asked for


def test_of_many_that_score_the_same_a_thousand_are_kept_the_first() -> None:
    lists = Lists()
    lists.add(0, [5.0] * 20_000)
    assert lists.found(10) == list(range(1000))
    assert lists.found(3000) == list(range(3000))


@pytest.mark.parametrize(("size", "reads"), [(4096, [[0, 1], [2, 3, 4, 5], [6, 7]]), (4097, [[0], [1, 2, 3], [4, 5, 6, 7]])])
def test_twice_as_much_is_read_before_each_further_look(size: int, reads: list[list[int]]) -> None:
    lists = Lists()
    for number in range(8):
        lists.add(number * 5000, [1.0] * size)
    assert len(lists.found(10**6)) == 8 * size
    assert lists.reads == reads


def test_the_rarest_terms_are_read_first() -> None:
    lists = Lists()
    for size in (9000, 10, 8500):
        lists.add(0, [1.0] * size)
    lists.found(10**6)
    assert lists.reads == [[1], [2], [0]]


@pytest.mark.parametrize(("rest", "found"), [(1.0, 11), (0.99999, 11), (0.999, 10)])
def test_a_passage_that_the_other_terms_could_lift_to_the_kth_is_kept_but_for_rounding(rest: float, found: int) -> None:
    lists = Lists()
    lists.add(0, [5.0] * 10 + [4.0])
    lists.add(5000, [0.1] * 9000, rest)
    assert lists.found(10) == list(range(found))
    assert lists.reads == [[0]]


def test_only_allowed_places_are_found_and_nothing_for_nothing() -> None:
    lists = Lists()
    lists.add(0, [1.0, 2.0, 3.0, 4.0])
    assert lists.found(2) == [2, 3]
    assert lists.found(2, np.arange(TOTAL) % 2 == 0) == [0, 2]
    assert lists.found(0) == []
    assert candidates([], 5, lists.read, TOTAL, None).tolist() == []


@pytest.mark.parametrize("total", [40, 10**6])  # an array of all places, and sorting
def test_what_several_terms_add_to_a_passage_is_summed(total: int) -> None:
    places, sums = _summed(np.array([7, 3, 39, 7, 3, 7]), np.array([1.0, 2, 4, 8, 16, 32]), total)
    assert places.tolist() == [3, 7, 39]
    assert sums.tolist() == [18, 41, 4]
