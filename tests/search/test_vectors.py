"""FAISS against `vectors @ question`, row by row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.search.rows import RowMap
from qa.search.vectors import DenseIndex, DenseSegments, QuestionVector, codes, lists, segment
from qa.search.vectors.codes import Codes, code_bits, scale_of
from qa.search.vectors.lists import Choice, choose, refined
from qa.search.vectors.query import products
from qa.search.vectors.segment import CompressedVectors, ExactVectors


def unit_vectors(count: int, dimension: int = 48) -> NDArray[np.float32]:
    vectors = np.random.default_rng(3).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def exact(vectors: NDArray[np.float32]) -> ExactVectors:
    """Vectors in memory, all compared."""
    return ExactVectors.of(lambda: iter([vectors]), vectors.shape[1])


@pytest.fixture(params=[4096, 0], ids=["all at once", "by FAISS"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "CACHED_COSINES", request.param)


@pytest.mark.usefixtures("either_way")
def test_search_is_brute_force() -> None:
    vectors = unit_vectors(300)
    index = exact(vectors)
    assert index.size == 300
    for question in unit_vectors(330)[300:]:
        expected = vectors @ question
        order = np.argsort(-expected, kind="stable")
        for k in (1, 7, 300):
            rows, scores = index.search(QuestionVector(question), k)
            assert rows.tolist() == order[:k].tolist()
            assert scores == pytest.approx(expected[order[:k]], abs=1e-6)


@pytest.mark.usefixtures("either_way")
def test_asking_for_more_than_there_are_gives_all_and_for_none_gives_none() -> None:
    vectors = unit_vectors(5)
    index = exact(vectors)
    assert sorted(index.search(QuestionVector(vectors[0]), 99)[0].tolist()) == [0, 1, 2, 3, 4]
    for k in (0, -1):
        rows, scores = index.search(QuestionVector(vectors[0]), k)
        assert (rows.tolist(), scores.tolist()) == ([], [])


@pytest.mark.usefixtures("either_way")
def test_equal_vectors_come_by_row_however_few_are_asked_for() -> None:
    distinct = unit_vectors(4)
    vectors = np.repeat(distinct, 100, axis=0)[np.random.default_rng(1).permutation(400)]
    nearest = np.flatnonzero((vectors == distinct[2]).all(axis=1))
    index = exact(vectors)
    for k in (1, 3, 50, 99, 100):
        assert index.search(QuestionVector(distinct[2]), k)[0].tolist() == nearest[:k].tolist()


@pytest.mark.usefixtures("either_way")
def test_scores_of_chosen_rows_are_brute_force_in_their_order() -> None:
    vectors = unit_vectors(50)
    index = exact(vectors)
    rows = np.array([49, 0, 7, 7], np.int64)
    assert index.scores(QuestionVector(vectors[7]), rows) == pytest.approx(vectors[rows] @ vectors[7], abs=1e-6)
    assert index.scores(QuestionVector(vectors[7]), np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("count", [2, 3, 5, 7, 13, 101, 333])
def test_equal_vectors_have_equal_scores(count: int) -> None:
    vectors = np.repeat(unit_vectors(1, 384), count, axis=0)
    question = unit_vectors(2, 384)[1]
    assert len(set(exact(vectors).scores(QuestionVector(question), np.arange(count)).tolist())) == 1


def test_what_was_written_opens_with_the_same_scores(tmp_path: Path) -> None:
    vectors = unit_vectors(20)
    index = exact(vectors)
    DenseIndex.write(tmp_path / "v", lambda: iter([vectors]), 20, 48)
    opened = DenseIndex.open(tmp_path / "v")
    assert opened.size == 20
    assert (
        opened.scores(QuestionVector(vectors[3]), np.arange(20)) == index.scores(QuestionVector(vectors[3]), np.arange(20))
    ).all()


@pytest.mark.parametrize("data", [b"", b"not an index", None])
def test_a_file_that_is_not_whole_is_refused_in_one_line(data: bytes | None, tmp_path: Path) -> None:
    DenseIndex.write(tmp_path / "v", lambda: iter([unit_vectors(20)]), 20, 48)
    file = tmp_path / "v" / segment.EXACT_VECTORS
    file.write_bytes(file.read_bytes()[:-100] if data is None else data)
    with pytest.raises((ValueError, OSError)) as caught:
        DenseIndex.open(tmp_path / "v")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("either_way")
def test_segments_are_searched_as_one_index_of_what_is_left(tmp_path: Path) -> None:
    vectors = unit_vectors(300)
    stored = np.array([*range(100, 300), *range(90)])
    segments = DenseSegments([exact(vectors[:100]), exact(vectors[100:])], RowMap(300, stored))
    left = exact(vectors[stored])
    for question in unit_vectors(310)[300:]:
        for allowed in (None, np.arange(290) % 2 == 0):
            (rows, scores), (expected, right) = (
                segments.search(QuestionVector(question), 25, allowed),
                left.search(QuestionVector(question), 25, allowed),
            )
            assert rows.tolist() == expected.tolist()
            assert scores == pytest.approx(right, abs=1e-6)
        some = np.array([289, 0, 199, 200])
        assert segments.scores(QuestionVector(question), some) == pytest.approx(
            left.scores(QuestionVector(question), some), abs=1e-6
        )


def clustered(count: int, dimension: int = 48) -> NDArray[np.float32]:
    """Unit vectors around forty centres, as texts on forty subjects have them."""
    random = np.random.default_rng(4)
    vectors = unit_vectors(40, dimension)[random.integers(0, 40, count)] + 0.5 * unit_vectors(count, dimension)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def written(folder: Path, vectors: NDArray[np.float32], precise: bool = False) -> DenseIndex:
    choice = DenseIndex.write(folder, lambda: iter(np.array_split(vectors, 7)), *vectors.shape, precise=precise)
    index = DenseIndex.open(folder)
    assert index.choice == choice
    assert index.size == len(vectors)
    return index


@pytest.mark.parametrize(("fine", "precise", "bits", "off"), [
    (10**9, True, 10, 2e-3), (10**9, False, 8, 1e-2), (0, False, 4, 0.1), (0, True, 6, 3e-2),
])  # fmt: skip
@pytest.mark.parametrize("dimension", [48, 45])
def test_many_vectors_are_found_by_lists_and_scored_by_codes(
    fine: int, precise: bool, bits: int, off: float, dimension: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "EXACT", 1000)
    monkeypatch.setattr(codes, "FINE", fine)
    vectors = clustered(4000, dimension)
    index = written(tmp_path / "v", vectors, precise)
    assert (index.choice.bits, index.choice.recall >= lists.RECALL or index.choice.searched == index.choice.lists) == (bits, True)
    rows = np.array([3999, 0, 17, 0])
    recalled = []
    for question in clustered(4050, dimension)[4000:]:
        exact = vectors @ question
        assert index.scores(QuestionVector(question), rows) == pytest.approx(exact[rows], abs=off)
        found, scores = index.search(QuestionVector(question), 10)
        assert scores.tolist() == index.scores(QuestionVector(question), found).tolist() == sorted(scores.tolist(), reverse=True)
        recalled.append(len(set(found.tolist()) & set(np.argsort(-exact)[:10].tolist())) / 10)
        allowed = np.arange(4000) % 3 == 1
        some, _ = index.search(QuestionVector(question), 10, allowed)
        assert allowed[some].all()
        assert len(some) == 10
        with monkeypatch.context() as patch:
            patch.setattr(segment, "FEW_ALLOWED", 0)
            assert set(index.search(QuestionVector(question), 10, allowed)[0].tolist()) <= set(np.flatnonzero(allowed).tolist())
    assert np.mean(recalled) > (0.95 if fine else 0.5)


def test_threads_find_what_one_finds_among_lists_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "EXACT", 1000)
    index = written(tmp_path / "v", clustered(4000), True)
    before = {file.name: file.read_bytes() for file in (tmp_path / "v").iterdir()}
    questions = list(clustered(4200)[4000:])
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda question: index.search(QuestionVector(question), 20)[0].tolist(), questions))
    assert together == [index.search(QuestionVector(question), 20)[0].tolist() for question in questions]
    assert before == {file.name: file.read_bytes() for file in (tmp_path / "v").iterdir()}


def test_equal_vectors_tie_among_lists_and_come_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "EXACT", 1000)
    vectors = clustered(3000)
    vectors[::100] = vectors[7]
    index = written(tmp_path / "v", vectors, True)
    found, scores = index.search(QuestionVector(vectors[7]), 31)
    assert len(set(scores.tolist())) == 1
    assert found.tolist() == sorted([*range(0, 3000, 100), 7])


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "EXACT", 1000)
        return written(tmp_path_factory.mktemp("vectors") / "v", clustered(4000), True)


@pytest.mark.parametrize(("rows", "compared"), [(1, 800), (240_000, 800), (600_000, 2000), (960_000, 3200), (3_000_000, 3200)])
def test_more_rows_are_compared_of_more(rows: int, compared: int) -> None:
    assert refined(rows) == compared


@pytest.mark.parametrize(("k", "every", "wanted"), [(10, 1, 800), (300, 1, 1200), (10, 2, 1600), (300, 3, 3598), (999, 1, 3996)])
def test_four_rows_are_compared_for_each_that_is_asked_for_and_more_where_few_are_allowed(
    k: int, every: int, wanted: int, compressed: DenseIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "FEW_ALLOWED", 0)
    asked = []

    def search_lists(found: Any, vectors: Any, count: int, searched: int) -> Any:
        asked.append((count, searched))
        return lists.search_lists(found, vectors, count, searched)

    monkeypatch.setattr(segment, "search_lists", search_lists)
    allowed = None if every == 1 else np.arange(4000) % every == 0
    compressed.search(QuestionVector(clustered(1)[0]), k, allowed)
    assert asked == [(wanted, compressed.choice.searched)]


def test_further_bits_are_read_for_twice_as_many_as_asked_for_and_a_hundred(
    compressed: DenseIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    scores = Codes.scores

    def counted(self: Codes, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        read.append((self.bits, len(rows)))
        return scores(self, vector, rows)

    monkeypatch.setattr(Codes, "scores", counted)
    compressed.search(QuestionVector(clustered(1)[0]), 30)
    assert (2, 160) in read
    assert max(count for bits, count in read if bits == 2) == 160


@pytest.mark.parametrize(("rows", "kind"), [(20_000, ExactVectors), (20_001, CompressedVectors)])
def test_twenty_thousand_vectors_are_kept_as_they_are(rows: int, kind: type, tmp_path: Path) -> None:
    vectors = unit_vectors(rows, 8)
    index = DenseIndex.write(tmp_path / "v", lambda: iter([vectors]), rows, 8)
    assert index.rows == rows
    assert isinstance(DenseIndex.open(tmp_path / "v"), kind)


def test_beyond_a_million_and_a_half_vectors_codes_are_half_as_long() -> None:
    assert [code_bits(rows) for rows in (20_001, 1_500_000, 1_500_001)] == [8, 8, 4]


@pytest.mark.parametrize(("bits", "off"), [(8, 5e-4), (4, 8e-3)])
def test_codes_give_cosines_as_near_as_they_are_said_to(bits: int, off: float, tmp_path: Path) -> None:
    vectors, question = unit_vectors(2000, 384), unit_vectors(2001, 384)[2000]
    coded = Codes.write(
        tmp_path / "c.npy", lambda: iter([vectors]), 2000, scale_of(lambda: iter([vectors]), 2000, 384, bits), bits
    )
    apart = np.abs(coded.scores(question, np.arange(2000)) - vectors @ question)
    assert off / 3 < np.sqrt(np.mean(apart**2)) < off
    left = coded.remainder(vectors)
    more = Codes.write(tmp_path / "d.npy", lambda: iter([left]), 2000, coded.remainder_scale(), 2)
    closer = np.abs(coded.scores(question, np.arange(2000)) + more.scores(question, np.arange(2000)) - vectors @ question)
    assert np.sqrt(np.mean(closer**2)) < 0.4 * np.sqrt(np.mean(apart**2))


@pytest.mark.parametrize(("share", "searched"), [(0.1, 8), (0.25, 12), (0.35, 18), (0.9, 40), (1.0, 40)])
def test_lists_are_searched_until_the_share_is_found(
    share: float, searched: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = clustered(3000)
    coded = Codes.write(tmp_path / "c.npy", lambda: iter([vectors]), 3000, scale_of(lambda: iter([vectors]), 3000, 48, 8), 8)
    nearest = lists._nearest

    class Forty:
        nlist = 40

    def found(_lists: Any, questions: NDArray[np.float32], wanted: int, number: int) -> Any:
        """One of the ten nearest for every four lists."""
        return np.where(np.arange(10) < number // 4, nearest(coded, questions), -1)

    monkeypatch.setattr(lists, "search_lists", found)
    assert choose(coded, Forty(), 8, share) == Choice(3000, 8, 40, searched, min(searched // 4, 10) / 10)


def test_passages_are_to_be_found_more_surely_than_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "EXACT", 1000)
    asked = []

    def chosen(coded: Codes, made: Any, bits: int, share: float) -> Choice:
        asked.append((bits, share))
        return Choice(coded.size, bits, made.nlist, 1, 1.0)

    monkeypatch.setattr(segment, "choose", chosen)
    for precise in (True, False):
        written(tmp_path / str(precise), clustered(2000), precise)
    assert asked == [(10, 0.9995), (8, 0.995)]


@pytest.mark.parametrize("size", [100, 5000])
def test_cosines_with_all_vectors_of_a_small_segment_are_computed_once_for_a_question(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = exact(unit_vectors(size)), exact(unit_vectors(size))
    question, again = QuestionVector(unit_vectors(1)[0]), QuestionVector(unit_vectors(1)[0])
    computed = []

    def counted(vectors: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        computed.append(len(vectors))
        return products(vectors, vector)

    monkeypatch.setattr(segment, "products", counted)
    for each in (question, again):
        for index in (one, other):
            index.search(each, 7)
            index.scores(each, np.arange(9))
    assert computed == ([100] * 4 if size == 100 else [7, 9] * 4)  # 100 at once; of 5,000 those that are asked for


@pytest.mark.parametrize(("some", "searches"), [(200_000, 0), (200_001, 1)])
def test_up_to_two_hundred_thousand_allowed_rows_are_all_compared(
    some: int, searches: int, compressed: DenseIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def search_lists(found: Any, vectors: Any, count: int, searched: int) -> Any:
        asked.append(count)
        return lists.search_lists(found, vectors, count, searched)

    monkeypatch.setattr(segment, "search_lists", search_lists)
    question, allowed = QuestionVector(clustered(1)[0]), np.arange(4000) % 2 == 0
    rows = compressed._nearest(question, 5, allowed, some)
    assert len(asked) == searches
    assert allowed[rows].all()
