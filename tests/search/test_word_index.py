"""BM25 against the formula, against bm25s, through files, and its best passages against the scores of all."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import pytest
import reference
from conftest import SEED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from word_index import build, search, write

from qa import disk as far_file
from qa.errors import QAError
from qa.passages.split import split_passages
from qa.search.question import read_question
from qa.search.rows import RowMap
from qa.search.words import ARRAYS, Deleted, LexicalIndex, Postings, PostingsWriter, SentenceWords, lists, writer
from qa.search.words import candidates as maxscore
from qa.search.words.bm25 import K1, B
from qa.text.sentences import split_sentences
from qa.text.words import tokenize

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

Passages = list[list[list[str]]]
PASSAGES = [[["水", "大", "水"]], [["山"]], [[]], [["水", "山"], ["石", "火"]], [["山"]]]
ROWS = [[token for sentence in passage for token in sentence] for passage in PASSAGES]
QUESTIONS = (["a"], ["j", "i"], ["a", "a", "zz"], list("abcdefghij"))


def random_passages(count: int, seed: int = 5) -> Passages:
    source = random.Random(seed)
    return [
        [source.choices("abcdefghij", weights=range(1, 11), k=source.randint(0, 6)) for _ in range(source.randint(1, 3))]
        for _ in range(count)
    ]


def joined(passages: Passages) -> list[list[str]]:
    return [[token for sentence in passage for token in sentence] for passage in passages]


def scores(index: LexicalIndex, tokens: list[str]) -> list[float]:
    return index.scores(tokens, np.arange(index.size)).passages.tolist()


def translated(index: LexicalIndex, groups: list[list[tuple[str, float]]]) -> list[float]:
    return index.scores([], np.arange(index.size), index.translation(groups)).translated.tolist()


def test_scores_are_the_formula_by_hand(tmp_path: Path) -> None:
    index = build(PASSAGES, tmp_path)
    average = 9 / 5
    idf = np.log(1 + (5 - 2 + 0.5) / (2 + 0.5))  # two of five rows hold 水
    expected = [idf * 2 * 1.9 / (2 + 0.9 * (0.6 + 0.4 * 3 / average)), 0, 0, idf * 1.9 / (1 + 0.9 * (0.6 + 0.4 * 4 / average)), 0]
    assert (K1, B) == (0.9, 0.4)
    assert scores(index, ["水"]) == pytest.approx(expected, rel=1e-6)
    assert index.idf("水") == pytest.approx(idf)
    assert index.idf("none") == pytest.approx(np.log(1 + 5.5 / 0.5))
    assert index.ideal(["水", "none"]) == pytest.approx(index.idf("水") + index.idf("none"))


def test_scores_of_passages_equal_the_formula(tmp_path: Path) -> None:
    passages = random_passages(200)
    index = build(passages, tmp_path)
    for question in QUESTIONS:
        expected = reference.bm25(joined(passages), question)
        rows = np.array([199, 0, 7, 120, 8])  # in any order
        for chosen in (np.arange(200), rows):
            found = index.scores(question, chosen)
            assert found.passages == pytest.approx(expected[chosen], rel=1e-5)
    sentences = [sentence for passage in passages for sentence in passage]
    for token in "aj":
        assert SentenceWords(index).idf(token) == pytest.approx(reference.idf(sentences, token))


def test_scores_of_the_seed_document_equal_the_formula(tmp_path: Path) -> None:
    passages = [[tokenize(line)] for line in SEED.read_text("utf-8").split("\n")]
    question = list(read_question("綦河洪峰水位是多少？").terms)
    index = build(passages, tmp_path)
    assert scores(index, question) == pytest.approx(reference.bm25(joined(passages), question), rel=1e-5)


def test_scores_equal_those_of_bm25s_but_for_its_missing_factor(tmp_path: Path) -> None:
    passages = [passage for passage in random_passages(200) if any(passage)]
    rows = joined(passages)
    other = bm25s.BM25(method="lucene", k1=K1, b=B)
    other.index(rows, show_progress=False)
    index = build(passages, tmp_path)
    for question in (["a"], ["j", "i"], list("abcdefghij")):  # Lucene leaves out the (k1 + 1) that is the same for all
        assert scores(index, question) == pytest.approx((K1 + 1) * other.get_scores(question), rel=1e-5)


def test_no_token_stands_in_two_sentences(seed_texts: list[str]) -> None:
    for text in seed_texts:
        for span in split_passages(text):
            start, end = span.start, span.end
            sentences = [tokenize(text[a:b]) for a, b in split_sentences(text, start, end)]
            assert Counter(tokenize(text[start:end])) == Counter(token for tokens in sentences for token in tokens)


@pytest.fixture
def seed_texts() -> list[str]:
    english = "Dr. Wu ran it alone. It treated 1,200 patients (in 1987!) a year... Version 2.5 came. “Why?” she asked.\nEnd."
    return [SEED.read_text("utf-8"), english, "他说：“走吧。”她没动！第3.5版……然后？「好。」完，１２．５％。"]


def test_any_token_of_a_group_stands_for_its_term(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    index = build(PASSAGES, tmp_path / "a")
    weights = {row: 1.9 / (1 + 0.9 * (0.6 + 0.4 * length / (9 / 5))) for row, length in ((1, 1), (3, 4), (4, 1))}
    frequency = 5 - 5 * (1 - 3 / 5) * (1 - 1 / 5)  # of five rows three hold 山, and one 石
    idf = np.log(1 + (5 - frequency + 0.5) / (frequency + 0.5))
    found = translated(index, [[("石", 1.0), ("山", 0.5)], [("none", 1.0)]])
    expected = [0, idf * weights[1] / 2, 0, idf * weights[3], idf * weights[4] / 2]
    assert found == pytest.approx(np.array(expected) / (idf + 1), rel=1e-6)
    unknown = np.log(1 + 5.5 / 0.5) / 2
    found = translated(index, [[("石", 1.0), ("山", 0.5)], []])
    assert found == pytest.approx(np.array(expected) / (idf + unknown), rel=1e-6)
    passages = random_passages(200)
    groups = [[("a", 1.0), ("j", 0.25)], [("b", 1.0)], [("zz", 1.0)], []]
    other = build(passages, tmp_path / "b")
    assert translated(other, groups) == pytest.approx(reference.grouped_bm25(joined(passages), groups), rel=1e-5)
    sentences = reference.grouped_bm25([sentence for passage in passages for sentence in passage], groups)
    assert SentenceWords(other).translated_scores(other.translation(groups), 30, 90) == pytest.approx(sentences[30:90], rel=1e-5)
    assert translated(index, []) == [0] * 5


def test_sentences_say_what_they_hold(tmp_path: Path) -> None:
    held = SentenceWords(build(PASSAGES, tmp_path)).holds(["水", "none", "火"], 2, 5)
    assert held.tolist() == [[False, True, False], [False] * 3, [False, False, True]]


def test_sentences_say_how_many_words_they_have(tmp_path: Path) -> None:
    passages = [[["w水", "c水", "w山", "w水"]], [["c山"], [], ["w山"]]]
    sentences = SentenceWords(build(passages, tmp_path))
    assert sentences.words(0, 4).tolist() == [3, 0, 0, 1]


def test_the_best_rows_come_first_and_equal_ones_by_row(tmp_path: Path) -> None:
    index = build(PASSAGES, tmp_path)
    rows, found = search(index, ["山"], 5)
    assert rows.tolist() == [1, 4, 3]
    assert found[0] == found[1] > found[2] > 0
    assert search(index, ["山"], 1)[0].tolist() == [1]
    assert search(index, ["山", "水"], 9)[0].tolist() == [3, 0, 1, 4]
    assert search(index, ["山", "水"], 9, np.array([True, False, True, True, True]))[0].tolist() == [3, 0, 4]


def test_a_search_for_fewer_is_the_start_of_a_search_for_more(tmp_path: Path) -> None:
    index = build(random_passages(100) * 2, tmp_path)
    everything, _ = search(index, ["a", "c", "j"], 200)
    for k in range(len(everything) + 2):
        assert search(index, ["a", "c", "j"], k)[0].tolist() == everything[:k].tolist()


def best(index: LexicalIndex, tokens: list[str], k: int, allowed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[int]:
    """The best rows by the scores of all."""
    found = index.scores(tokens, np.arange(index.size)).passages * allowed
    order = np.lexsort((np.arange(index.size), -found))[:k]
    return [int(row) for row in order if found[row] > 0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(1, 400),
    k=st.integers(1, 30),
    look=st.integers(1, 300),
    words=st.integers(1, 40),
    some=st.booleans(),
)
def test_leaving_frequent_terms_to_candidates_finds_what_scoring_every_passage_finds(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, k: int, look: int, words: int, some: bool
) -> None:
    source = random.Random(seed)
    vocabulary = [f"t{i}" for i in range(words)]
    frequent = [1 / (1 + i) for i in range(words)]
    passages = [
        [source.choices(vocabulary, frequent, k=source.randint(0, 9)) for _ in range(source.randint(1, 4))] for _ in range(count)
    ]
    index = build(passages, tmp_path_factory.mktemp("words"))
    question = source.choices([*vocabulary, "none"], k=source.randint(1, 12))
    allowed = np.array([not some or source.random() < 0.5 for _ in range(count)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maxscore, "ENOUGH", 10**9)
        patch.setattr(maxscore, "FIRST_LOOK", look)
        assert search(index, question, k, allowed if some else None)[0].tolist() == best(index, question, k, allowed)


def test_the_best_are_the_same_when_reading_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maxscore, "ENOUGH", 1)
    monkeypatch.setattr(maxscore, "FIRST_LOOK", 10)
    index = build(random_passages(3000), tmp_path)
    for question in QUESTIONS:
        rows, found = search(index, question, 20)
        every = index.scores(question, np.arange(3000)).passages
        assert found.tolist() == every[rows].tolist()
        assert found[0] == every.max()


@pytest.mark.parametrize("question", [[], ["none"]])
def test_a_question_of_unknown_words_finds_nothing(question: list[str], tmp_path: Path) -> None:
    index = build(PASSAGES, tmp_path)
    rows, found = search(index, question, 5)
    assert (rows.tolist(), found.tolist()) == ([], [])
    assert scores(index, question) == [0] * 5


@pytest.mark.parametrize("passages", [[], [[[]]], [[[]], [[], []]]])
def test_passages_without_tokens_can_be_indexed(passages: Passages, tmp_path: Path) -> None:
    index = build(passages, tmp_path)
    assert scores(index, ["a"]) == [0] * len(passages)
    assert search(index, ["a"], 3)[0].tolist() == []


def test_runs_on_the_disk_give_the_same_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, run in (("one", 2**23), ("many", 7)):
        monkeypatch.setattr(writer, "RUN_POSTINGS", run)
        (tmp_path / name).mkdir()
        build(random_passages(60), tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "many" / file.name).read_bytes()
    assert len(list((tmp_path / "many").iterdir())) == len(ARRAYS)


def test_rows_of_an_earlier_index_come_where_they_are_moved(tmp_path: Path) -> None:
    old, new = random_passages(40), random_passages(10, seed=6)
    old[1] = [[f"gone{i}" for i in range(50)]]  # terms of a row that is not taken
    for name in ("old", "merged", "fresh"):
        (tmp_path / name).mkdir()
    build([[row] for row in joined(old)], tmp_path / "old")
    expected = [row for i in range(10) for row in (joined(new)[i], joined(old)[2 * i])]
    build([[row] for row in expected], tmp_path / "fresh")
    counting = PostingsWriter(tmp_path / "merged")
    for row in joined(new):
        counting.add(row)
    moved = np.full(40, -1)
    moved[np.arange(0, 20, 2)] = np.arange(1, 20, 2)
    counting.add_earlier(Postings.open(tmp_path / "old"), moved)
    counting.finish(np.arange(20, dtype=np.int32), np.arange(0, 20, 2))
    for file in (tmp_path / "fresh").iterdir():
        assert file.read_bytes() == (tmp_path / "merged" / file.name).read_bytes(), file.name


@pytest.mark.parametrize("far", [2**28, 1])
def test_lists_of_several_blocks_are_read_and_searched_alike(far: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_file, "FAR", far)
    source = random.Random(3)
    count = 2**16 + 5000
    sentences = [
        ["all", *(["some", "some"] if source.random() < 0.3 else []), *(["few"] * (i % 9973 == 7))] for i in range(count)
    ]
    sentences[count - 1] += ["last"]
    passages, at = [], 0
    while at < count:  # one passage is in both blocks
        size = 40 if at < 2**16 <= at + 40 else source.randint(1, 9)
        passages.append(sentences[at : at + size])
        at += size
    index = build(passages, tmp_path)
    both = next(i for i, end in enumerate(np.cumsum([len(passage) for passage in passages])) if end > 2**16)
    rows = np.unique([0, both - 1, both, both + 1, len(passages) - 1, *source.sample(range(len(passages)), 50)])
    question = ["some", "few", "last", "all", "none"]
    groups = [[("some", 1.0), ("last", 0.5)], [("few", 1.0)]]
    translation = index.translation(groups)
    first, last = (sum(len(passage) for passage in passages[:end]) for end in (both, both + 1))
    inside = [[token in sentence for sentence in passages[both]] for token in question]
    found = []
    for whole in (10**9, 0):
        monkeypatch.setattr(lists, "READ_WHOLE", whole)
        monkeypatch.setattr(lists, "READ_AT_ONCE", whole)
        evidence = index.scores(question, rows, translation)
        found.append([evidence.passages.tolist(), evidence.translated.tolist()])
        assert SentenceWords(index).holds(question, first, last).tolist() == inside
    assert found[0] == found[1]
    weights = reference.saturated(joined(passages))
    held = sum("some" in sentence for sentence in map(set, joined(passages)))
    idf = np.log(1 + (len(passages) - held + 0.5) / (held + 0.5))
    some = [idf * weights[row].get("some", 0) for row in rows]
    assert index.scores(["some"], rows).passages == pytest.approx(np.array(some), rel=1e-5)


def test_segments_with_deleted_rows_score_as_one_index_of_what_is_left(tmp_path: Path) -> None:
    one, two = random_passages(50), random_passages(30, seed=8)
    for name in ("one", "two", "left"):
        (tmp_path / name).mkdir()
    build(one, tmp_path / "one")
    build(two, tmp_path / "two")
    first = np.cumsum([0, *(len(passage) for passage in one + two)]).astype(np.int64)
    gone = [passage for i, passage in enumerate(one) if i % 5 == 0]
    part = Postings.open(tmp_path / "one")
    held = Counter(token for passage in gone for token in {token for sentence in passage for token in sentence})
    in_sentences = Counter(token for passage in gone for sentence in passage for token in set(sentence))
    terms = sorted((part.find([token])[0], token) for token in held)
    deleted = Deleted(
        np.array([number for number, _ in terms], np.int32),
        np.array([held[token] for _, token in terms], np.int32),
        np.array([in_sentences[token] for _, token in terms], np.int32),
        np.zeros(1),
    )
    stored = np.array([*range(50, 80), *(i for i in range(50) if i % 5)])  # the second segment's documents come first
    index = LexicalIndex([part, Postings.open(tmp_path / "two")], first, RowMap(80, stored), [deleted, None])
    left = build([(one + two)[i] for i in stored], tmp_path / "left")
    for question in QUESTIONS:
        for k in (3, 70):
            (rows, found), (expected, right) = search(index, question, k), search(left, question, k)
            assert rows.tolist() == expected.tolist()
            assert found.tolist() == right.tolist()
        assert index.idf(question[0]) == left.idf(question[0])
        assert SentenceWords(index).idf(question[0]) == SentenceWords(left).idf(question[0])
        assert index.scores(question, np.arange(70)).passages.tolist() == left.scores(question, np.arange(70)).passages.tolist()
    groups = [[("a", 1.0), ("j", 0.25)], [("b", 1.0)], [("zz", 1.0)]]
    assert translated(index, groups) == pytest.approx(translated(left, groups), rel=1e-6)
    begin, end = int(first[50]), int(first[80])
    expected = SentenceWords(left).translated_scores(left.translation(groups), 0, end - begin)
    assert SentenceWords(index).translated_scores(index.translation(groups), begin, end) == pytest.approx(expected, rel=1e-6)


def test_arrays_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    build(PASSAGES, tmp_path)
    np.save(tmp_path / "most.npy", np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="arrays of different lengths"):
        Postings.open(tmp_path)
    np.save(tmp_path / "most.npy", np.zeros(3, np.float32))
    with pytest.raises(ValueError, match=r"most\.npy holds no"):
        Postings.open(tmp_path)
    (tmp_path / "rows.npy").unlink()
    with pytest.raises(OSError, match=r"rows\.npy"):
        Postings.open(tmp_path)


def test_a_list_is_searched_that_has_sixteen_postings_or_more_for_each_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = build([[["all"]]] * 2000, tmp_path)
    searched = counted_searches(monkeypatch)
    for count, times in ((126, 0), (125, 1)):
        rows = np.arange(count)
        assert len(set(index.scores(["all"], rows).passages.tolist())) == 1
        assert len(searched) == times


@pytest.mark.parametrize(("count", "times"), [(2**14, 0), (2**14 + 1, 1)])
def test_long_lists_are_searched_for_the_sentences_of_one_passage(
    count: int, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentences = SentenceWords(build([[["all"]]] * count, tmp_path))
    searched = counted_searches(monkeypatch)
    assert sentences.holds(["all"], 5, 8).tolist() == [[True] * 3]
    assert len(searched) == times


def counted_searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each search in lists."""
    search_lists = lists.PostingLists._search
    searched: list[int] = []

    def counted(self: lists.PostingLists, found: Any, first: Any, last: Any) -> Any:
        searched.append(len(found))
        return search_lists(self, found, first, last)

    monkeypatch.setattr(lists.PostingLists, "_search", counted)
    return searched


def test_the_most_that_a_term_adds_is_that_of_a_passage_of_nothing_else(tmp_path: Path) -> None:
    index = build([[["a"] * 3, ["b"] * 9], [["b"] * 300], [["c"]]], tmp_path)
    average = 313 / 3
    once, twice, often = (index.terms.of([token])[0] for token in "cab")
    assert once.bound == pytest.approx(once.idf * 1.9 / (1 + 0.9 * (0.6 + 0.4 / average)), rel=2e-5)
    assert twice.bound == pytest.approx(twice.idf * 3 * 1.9 / (3 + 0.9 * (0.6 + 0.4 * 3 / average)), rel=2e-5)
    assert often.bound == pytest.approx(often.idf * 1.9, rel=2e-5)  # how often is noted up to 255
    for term, token in ((once, "c"), (twice, "a"), (often, "b")):
        assert term.bound >= max(index.scores([token], np.arange(3)).passages)
    assert Postings.open(tmp_path).most[Postings.open(tmp_path).find(["a", "b", "c"])].tolist() == [3, 255, 1]


def test_lengths_are_noted_up_to_what_sixteen_bits_hold(tmp_path: Path) -> None:
    write([[["wa"] * 70_000], [["wa", "cb"] * 3]], tmp_path)
    opened = Postings.open(tmp_path)
    assert opened.lengths.tolist() == [65_535, 6]
    assert opened.words.tolist() == [65_535, 3]


def test_more_tokens_than_positions_can_be_stored_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_TOKENS", 5)
    (tmp_path / "a").mkdir()
    write([[["a"] * 5]], tmp_path / "a")
    with pytest.raises(QAError) as caught:
        write([[["a"] * 6]], tmp_path)
    assert caught.value.code == "search.too_many_tokens"
    assert str(caught.value) == "6 tokens, more than one index can hold; index the documents in several parts"
    assert caught.value.told("zh") == "6 个词，一个索引放不下；请把文档分到几个索引里"


def test_terms_kept_in_memory_are_bounded(tmp_path: Path) -> None:
    index = build(PASSAGES, tmp_path)
    for start in range(0, 20_000, 1000):
        index.idf("水")
        index.ideal([f"none{i}" for i in range(start, start + 1000)])
        assert len(index.terms._known) <= 4096 + 1001
    assert index.idf("水") == pytest.approx(np.log(1 + (5 - 2 + 0.5) / (2 + 0.5)))
