"""FAISS against `vectors @ question`, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.dense import DenseIndex


def unit_vectors(count: int, dimension: int = 48) -> NDArray[np.float32]:
    vectors = np.random.default_rng(3).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_search_is_brute_force() -> None:
    vectors = unit_vectors(300)
    index = DenseIndex.build(vectors)
    assert (index.size, index.dimension) == (300, 48)
    for question in unit_vectors(330)[300:]:
        expected = vectors @ question
        order = np.argsort(-expected, kind="stable")
        for k in (1, 7, 300):
            rows, scores = index.search(question, k)
            assert rows.tolist() == order[:k].tolist()
            assert scores == pytest.approx(expected[order[:k]], abs=1e-6)


def test_asking_for_more_than_there_are_gives_all_and_for_none_gives_none() -> None:
    vectors = unit_vectors(5)
    index = DenseIndex.build(vectors)
    assert sorted(index.search(vectors[0], 99)[0].tolist()) == [0, 1, 2, 3, 4]
    for k in (0, -1):
        rows, scores = index.search(vectors[0], k)
        assert (rows.tolist(), scores.tolist()) == ([], [])


def test_equal_vectors_come_by_row_however_few_are_asked_for() -> None:
    distinct = unit_vectors(4)
    vectors = np.repeat(distinct, 100, axis=0)[np.random.default_rng(1).permutation(400)]
    nearest = np.flatnonzero((vectors == distinct[2]).all(axis=1))
    index = DenseIndex.build(vectors)
    for k in (1, 3, 50, 99, 100):
        assert index.search(distinct[2], k)[0].tolist() == nearest[:k].tolist()


def test_scores_of_chosen_rows_are_brute_force_in_their_order() -> None:
    vectors = unit_vectors(50)
    index = DenseIndex.build(vectors)
    rows = np.array([49, 0, 7, 7], np.int64)
    assert index.scores(vectors[7], rows) == pytest.approx(vectors[rows] @ vectors[7], abs=1e-6)
    assert index.scores(vectors[7], np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("count", [2, 3, 5, 7, 13, 101, 333])
def test_equal_vectors_have_equal_scores(count: int) -> None:
    vectors = np.repeat(unit_vectors(1, 384), count, axis=0)
    question = unit_vectors(2, 384)[1]
    assert len(set(DenseIndex.build(vectors).scores(question, np.arange(count)).tolist())) == 1


def test_what_was_saved_opens_with_the_same_scores(tmp_path: Path) -> None:
    vectors = unit_vectors(20)
    index = DenseIndex.build(vectors)
    index.save(tmp_path / "vectors.faiss")
    opened = DenseIndex.open(tmp_path / "vectors.faiss")
    assert (opened.size, opened.dimension) == (20, 48)
    assert (opened.scores(vectors[3], np.arange(20)) == index.scores(vectors[3], np.arange(20))).all()


@pytest.mark.parametrize("data", [b"", b"not an index", None])
def test_a_file_that_is_not_whole_is_refused_in_one_line(data: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "vectors.faiss"
    DenseIndex.build(unit_vectors(20)).save(file)
    file.write_bytes(file.read_bytes()[:-100] if data is None else data)
    with pytest.raises((ValueError, OSError)) as caught:
        DenseIndex.open(file)
    assert "\n" not in str(caught.value)
