"""BM25 against the formula, against bm25s, and through a file."""

from __future__ import annotations

import random
from pathlib import Path

import bm25s
import numpy as np
import pytest
import reference
from conftest import SEED

from qa.lexical import K1, B, LexicalIndex
from qa.tokens import question_terms, tokenize

ROWS = [["水", "大", "水"], ["山"], [], ["水", "山", "石", "火"], ["山"]]


def random_rows(count: int) -> list[list[str]]:
    source = random.Random(5)
    return [source.choices("abcdefghij", weights=range(1, 11), k=source.randint(0, 12)) for _ in range(count)]


def test_scores_are_the_formula_by_hand() -> None:
    index = LexicalIndex.build(ROWS)
    average = 9 / 5
    idf = np.log(1 + (5 - 2 + 0.5) / (2 + 0.5))  # two of five rows hold 水
    expected = [idf * 2 * 1.9 / (2 + 0.9 * (0.6 + 0.4 * 3 / average)), 0, 0, idf * 1.9 / (1 + 0.9 * (0.6 + 0.4 * 4 / average)), 0]
    assert (K1, B) == (0.9, 0.4)
    assert index.scores(["水"]) == pytest.approx(expected, rel=1e-6)
    assert index.idf("水") == pytest.approx(idf)
    assert index.idf("none") == pytest.approx(np.log(1 + 5.5 / 0.5))
    assert index.ideal(["水", "none"]) == pytest.approx(index.idf("水") + index.idf("none"))


def test_scores_equal_the_formula_on_random_rows_and_on_the_seed_document() -> None:
    rows = random_rows(200)
    index = LexicalIndex.build(rows)
    for question in (["a"], ["j", "i"], ["a", "a", "zz"], list("abcdefghij")):
        assert index.scores(question) == pytest.approx(reference.bm25(rows, question), rel=1e-5)
    rows = [tokenize(line) for line in SEED.read_text("utf-8").split("\n")]
    question = question_terms("綦河洪峰水位是多少？")
    assert LexicalIndex.build(rows).scores(question) == pytest.approx(reference.bm25(rows, question), rel=1e-5)


def test_scores_equal_those_of_bm25s_but_for_its_missing_factor() -> None:
    rows = [row for row in random_rows(200) if row]
    other = bm25s.BM25(method="lucene", k1=K1, b=B)
    other.index(rows, show_progress=False)
    index = LexicalIndex.build(rows)
    for question in (["a"], ["j", "i"], list("abcdefghij")):  # Lucene leaves out the (k1 + 1) that is the same for all
        assert index.scores(question) == pytest.approx((K1 + 1) * other.get_scores(question), rel=1e-5)


def test_any_token_of_a_group_stands_for_its_term() -> None:
    index = LexicalIndex.build(ROWS)
    weights = {row: 1.9 / (1 + 0.9 * (0.6 + 0.4 * length / (9 / 5))) for row, length in ((1, 1), (3, 4), (4, 1))}
    idf = np.log(1 + (5 - 3 + 0.5) / (3 + 0.5))  # three of five rows hold 山 or 石
    scores = index.grouped_scores([[("石", 1.0), ("山", 0.5)], [("none", 1.0)]])
    expected = [0, idf * weights[1] / 2, 0, idf * weights[3], idf * weights[4] / 2]
    assert scores == pytest.approx(np.array(expected) / (idf + 1), rel=1e-6)
    unknown = np.log(1 + 5.5 / 0.5) / 2
    assert index.grouped_scores([[("石", 1.0), ("山", 0.5)], []]) == pytest.approx(np.array(expected) / (idf + unknown), rel=1e-6)
    rows = random_rows(200)
    groups = [[("a", 1.0), ("j", 0.25)], [("b", 1.0)], [("zz", 1.0)], []]
    assert LexicalIndex.build(rows).grouped_scores(groups) == pytest.approx(reference.grouped_bm25(rows, groups), rel=1e-5)
    assert index.grouped_scores([]).tolist() == [0] * 5


def test_the_best_rows_come_first_and_equal_ones_by_row() -> None:
    index = LexicalIndex.build(ROWS)
    rows, scores = index.search(["山"], 5)
    assert rows.tolist() == [1, 4, 3]
    assert scores[0] == scores[1] > scores[2] > 0
    assert index.search(["山"], 1)[0].tolist() == [1]
    assert index.search(["山", "水"], 9)[0].tolist() == [3, 0, 1, 4]


def test_a_search_for_fewer_is_the_start_of_a_search_for_more() -> None:
    index = LexicalIndex.build(random_rows(100) * 2)
    everything, _ = index.search(["a", "c", "j"], 200)
    for k in range(len(everything) + 2):
        assert index.search(["a", "c", "j"], k)[0].tolist() == everything[:k].tolist()


@pytest.mark.parametrize("question", [[], ["none"]])
def test_a_question_of_unknown_words_finds_nothing(question: list[str]) -> None:
    index = LexicalIndex.build(ROWS)
    rows, scores = index.search(question, 5)
    assert (rows.tolist(), scores.tolist()) == ([], [])
    assert index.scores(question).tolist() == [0] * 5


@pytest.mark.parametrize("rows", [[], [[]], [[], []]])
def test_rows_without_tokens_can_be_indexed(rows: list[list[str]], tmp_path: Path) -> None:
    LexicalIndex.build(rows).save(tmp_path)
    index = LexicalIndex.open(tmp_path, len(rows))
    assert index.scores(["a"]).tolist() == [0] * len(rows)


def test_what_was_saved_opens_with_the_same_scores(tmp_path: Path) -> None:
    rows = random_rows(50)
    index = LexicalIndex.build(rows)
    index.save(tmp_path)
    opened = LexicalIndex.open(tmp_path, 50)
    question = list("abcxyz")
    assert (opened.scores(question) == index.scores(question)).all()
    assert opened.ideal(question) == index.ideal(question)


def test_arrays_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    LexicalIndex.build(ROWS).save(tmp_path)
    np.save(tmp_path / "weights.npy", np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="arrays of different lengths"):
        LexicalIndex.open(tmp_path, 5)
    (tmp_path / "rows.npy").unlink()
    with pytest.raises(OSError, match=r"rows\.npy"):
        LexicalIndex.open(tmp_path, 5)
