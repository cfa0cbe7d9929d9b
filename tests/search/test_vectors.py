"""FAISS against `vectors @ question`, row by row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.search import vectors as dense
from qa.search.rows import RowMap
from qa.search.vectors import DenseIndex, DenseSegments


def unit_vectors(count: int, dimension: int = 48) -> NDArray[np.float32]:
    vectors = np.random.default_rng(3).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.fixture(params=[4096, 0], ids=["all at once", "by FAISS"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "_AT_ONCE", request.param)


@pytest.mark.usefixtures("either_way")
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


@pytest.mark.usefixtures("either_way")
def test_asking_for_more_than_there_are_gives_all_and_for_none_gives_none() -> None:
    vectors = unit_vectors(5)
    index = DenseIndex.build(vectors)
    assert sorted(index.search(vectors[0], 99)[0].tolist()) == [0, 1, 2, 3, 4]
    for k in (0, -1):
        rows, scores = index.search(vectors[0], k)
        assert (rows.tolist(), scores.tolist()) == ([], [])


@pytest.mark.usefixtures("either_way")
def test_equal_vectors_come_by_row_however_few_are_asked_for() -> None:
    distinct = unit_vectors(4)
    vectors = np.repeat(distinct, 100, axis=0)[np.random.default_rng(1).permutation(400)]
    nearest = np.flatnonzero((vectors == distinct[2]).all(axis=1))
    index = DenseIndex.build(vectors)
    for k in (1, 3, 50, 99, 100):
        assert index.search(distinct[2], k)[0].tolist() == nearest[:k].tolist()


@pytest.mark.usefixtures("either_way")
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


def test_what_was_written_opens_with_the_same_scores(tmp_path: Path) -> None:
    vectors = unit_vectors(20)
    index = DenseIndex.build(vectors)
    DenseIndex.write(tmp_path / "v", lambda: iter([vectors]), 20, 48)
    opened = DenseIndex.open(tmp_path / "v")
    assert (opened.size, opened.dimension) == (20, 48)
    assert (opened.scores(vectors[3], np.arange(20)) == index.scores(vectors[3], np.arange(20))).all()


@pytest.mark.parametrize("data", [b"", b"not an index", None])
def test_a_file_that_is_not_whole_is_refused_in_one_line(data: bytes | None, tmp_path: Path) -> None:
    DenseIndex.write(tmp_path / "v", lambda: iter([unit_vectors(20)]), 20, 48)
    file = tmp_path / "v" / dense.EXACT_VECTORS
    file.write_bytes(file.read_bytes()[:-100] if data is None else data)
    with pytest.raises((ValueError, OSError)) as caught:
        DenseIndex.open(tmp_path / "v")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("either_way")
def test_segments_are_searched_as_one_index_of_what_is_left(tmp_path: Path) -> None:
    vectors = unit_vectors(300)
    stored = np.array([*range(100, 300), *range(90)])
    segments = DenseSegments([DenseIndex.build(vectors[:100]), DenseIndex.build(vectors[100:])], RowMap(300, stored))
    left = DenseIndex.build(vectors[stored])
    for question in unit_vectors(310)[300:]:
        for allowed in (None, np.arange(290) % 2 == 0):
            (rows, scores), (expected, right) = segments.search(question, 25, allowed), left.search(question, 25, allowed)
            assert rows.tolist() == expected.tolist()
            assert scores == pytest.approx(right, abs=1e-6)
        some = np.array([289, 0, 199, 200])
        assert segments.scores(question, some) == pytest.approx(left.scores(question, some), abs=1e-6)


def clustered(count: int, dimension: int = 48) -> NDArray[np.float32]:
    """Unit vectors around forty centres, as texts on forty subjects have them."""
    random = np.random.default_rng(4)
    vectors = unit_vectors(40, dimension)[random.integers(0, 40, count)] + 0.5 * unit_vectors(count, dimension)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def written(folder: Path, vectors: NDArray[np.float32], precise: bool = False) -> DenseIndex:
    choice = DenseIndex.write(folder, lambda: iter(np.array_split(vectors, 7)), *vectors.shape, precise=precise)
    index = DenseIndex.open(folder)
    assert index.choice == choice
    assert (index.size, index.dimension) == vectors.shape
    return index


@pytest.mark.parametrize(("fine", "precise", "bits", "off"), [
    (10**9, True, 10, 2e-3), (10**9, False, 8, 1e-2), (0, False, 4, 0.1), (0, True, 6, 3e-2),
])  # fmt: skip
@pytest.mark.parametrize("dimension", [48, 45])
def test_many_vectors_are_found_by_lists_and_scored_by_codes(
    fine: int, precise: bool, bits: int, off: float, dimension: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "EXACT", 1000)
    monkeypatch.setattr(dense, "FINE", fine)
    vectors = clustered(4000, dimension)
    index = written(tmp_path / "v", vectors, precise)
    assert (index.choice.bits, index.choice.recall >= dense.RECALL or index.choice.searched == index.choice.lists) == (bits, True)
    rows = np.array([3999, 0, 17, 0])
    recalled = []
    for question in clustered(4050, dimension)[4000:]:
        exact = vectors @ question
        assert index.scores(question, rows) == pytest.approx(exact[rows], abs=off)
        found, scores = index.search(question, 10)
        assert scores.tolist() == index.scores(question, found).tolist() == sorted(scores.tolist(), reverse=True)
        recalled.append(len(set(found.tolist()) & set(np.argsort(-exact)[:10].tolist())) / 10)
        allowed = np.arange(4000) % 3 == 1
        some, _ = index.search(question, 10, allowed)
        assert allowed[some].all()
        assert len(some) == 10
        with monkeypatch.context() as patch:
            patch.setattr(dense, "_FEW_ALLOWED", 0)
            assert set(index.search(question, 10, allowed)[0].tolist()) <= set(np.flatnonzero(allowed).tolist())
    assert np.mean(recalled) > (0.95 if fine else 0.5)


def test_threads_find_what_one_finds_among_lists_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "EXACT", 1000)
    index = written(tmp_path / "v", clustered(4000), True)
    before = {file.name: file.read_bytes() for file in (tmp_path / "v").iterdir()}
    questions = list(clustered(4200)[4000:])
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda question: index.search(question, 20)[0].tolist(), questions))
    assert together == [index.search(question, 20)[0].tolist() for question in questions]
    assert before == {file.name: file.read_bytes() for file in (tmp_path / "v").iterdir()}


def test_equal_vectors_tie_among_lists_and_come_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "EXACT", 1000)
    vectors = clustered(3000)
    vectors[::100] = vectors[7]
    index = written(tmp_path / "v", vectors, True)
    found, scores = index.search(vectors[7], 31)
    assert len(set(scores.tolist())) == 1
    assert found.tolist() == sorted([*range(0, 3000, 100), 7])
