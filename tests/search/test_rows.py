"""The best rows of a score array, against sorting."""

from __future__ import annotations

import numpy as np
import pytest

from qa.search.rows import top_rows


@pytest.mark.parametrize(
    ("scores", "k", "rows"),
    [
        ([0.1, 0.9, 0.5], 2, [1, 2]),
        ([1, 2, 2, 2, 3], 2, [4, 1]),
        ([1, 1, 1], 2, [0, 1]),
        ([1, 2], 9, [1, 0]),
        ([-1, -3, -2], 1, [0]),
        ([1, 2], 0, []),
        ([1, 2], -1, []),
        ([], 3, []),
    ],
)
def test_the_highest_come_first_and_equal_ones_by_row(scores: list[float], k: int, rows: list[int]) -> None:
    assert top_rows(np.array(scores, np.float32), k).tolist() == rows


def test_random_scores_with_many_ties_are_sorted_for_every_k() -> None:
    scores = np.random.default_rng(2).integers(0, 6, 80).astype(np.float32)
    expected = sorted(range(80), key=lambda row: (-scores[row], row))
    for k in range(82):
        assert top_rows(scores, k).tolist() == expected[:k]


@pytest.mark.parametrize("k", [1, 3, 5, 8, 200, 2000])
@pytest.mark.parametrize("positive", [0, 4, 900])
@pytest.mark.parametrize("negative", [0, 300])
def test_among_many_zeros_the_first_are_those_of_a_whole_sort(k: int, positive: int, negative: int) -> None:
    scores = np.zeros(1500, np.float32)
    rows = np.random.default_rng(positive + negative).permutation(1500)
    scores[rows[:positive]] = np.arange(positive) % 7 + 1
    scores[rows[positive : positive + negative]] = -1
    assert top_rows(scores, k).tolist() == np.lexsort((np.arange(1500), -scores))[:k].tolist()
