"""Figures of an evaluation against those counted by hand."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import TinyEncoder

import qa
from qa.answers import THRESHOLD, assess
from qa.evaluation import evaluate
from qa.measures import auroc
from qa.questions import holds_answer, read_questions

CONTEXTS = [
    ("綦河洪峰水位227.6米。超保证水位5.1米。", [("綦河洪峰水位是多少？", "227.6米")]),
    ("医生徐德纯救治了71名病人。", [("医生徐德纯救治了多少病人？", "71名")]),
    (
        "汽车运来了500多袋粮食。\n小学的学生恢复上学。",
        [("汽车运来了多少袋粮食？", "５００多袋"), ("小学的学生恢复了什么？", "没有写")],
    ),
    (
        "人民至上。",
        [("綦河洪峰、医生徐德纯、汽车运来粮食", "人民")],
    ),  # asks in the words of the others: its own passage comes last
]
FOREIGN = ["秦始皇统一了几国？", "谁写了红楼梦？", "医生徐德纯多少岁？"]


def squad(file: Path, contexts: list[tuple[str, list[tuple[str, str]]]]) -> Path:
    paragraphs = [
        {"context": context, "qas": [{"question": question, "answers": [{"text": text}]} for question, text in asked]}
        for context, asked in contexts
    ]
    file.write_text(json.dumps({"data": [{"paragraphs": paragraphs[:2]}, {"paragraphs": paragraphs[2:]}]}))
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return squad(tmp_path / "questions.json", CONTEXTS)


def test_the_figures_are_those_counted_by_hand(file: Path, tiny: TinyEncoder) -> None:
    report = evaluate(file, encoder=tiny)
    assert (report.questions, report.passages) == (5, 5)  # the third context is two passages
    assert report.recall == {1: 0.8, 5: 1.0, 10: 1.0}
    assert report.mrr == pytest.approx((4 + 1 / 4) / 5)
    assert report.sentence == 0.6  # of the right answers one is not in its context, and the last context is not found
    assert (report.auroc, report.fpr_at_95, report.false_answers, report.false_refusals) == (None, None, None, None)
    assert (report.model, report.threshold) == ("tiny", THRESHOLD)
    assert report.embed_passages_per_s > 0
    assert report.seconds_per_question > 0


def test_the_json_has_the_documented_names(file: Path, tiny: TinyEncoder, tmp_path: Path) -> None:
    shape = ["questions", "passages", "recall@1", "recall@5", "recall@10", "mrr@10", "sentence@1"]
    ends = ["embed_passages_per_s", "seconds_per_question", "model", "threshold"]
    assert list(evaluate(file, encoder=tiny).as_json()) == [*shape, *ends]
    compared = evaluate(file, unanswerable=squad(tmp_path / "f.json", [("无", [("谁？", "")])]), encoder=tiny).as_json()
    assert list(compared) == [*shape, "auroc", "fpr@95tpr", "false_answers", "false_refusals", *ends]


def test_the_refusal_figures_are_those_counted_pair_by_pair(file: Path, tiny: TinyEncoder, tmp_path: Path) -> None:
    foreign = squad(tmp_path / "foreign.json", [("无关。", [(question, "") for question in FOREIGN])])
    report = evaluate(file, unanswerable=foreign, encoder=tiny)

    (tmp_path / "docs").mkdir()
    for number, (context, _) in enumerate(CONTEXTS):
        (tmp_path / "docs" / f"{number}.txt").write_text(context)
    index = qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)

    def confidence(question: str) -> float:
        assessed = assess(index, question)
        assert assessed is not None
        return assessed.confidence

    good = [confidence(question) for _, asked in CONTEXTS for question, _ in asked]
    bad = [confidence(question) for question in FOREIGN]
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in itertools.product(good, bad)]
    assert report.auroc == pytest.approx(sum(pairs) / len(pairs), abs=1e-6)
    assert report.fpr_at_95 == pytest.approx(np.mean([b >= np.quantile(good, 0.05) for b in bad]), abs=1e-6)
    assert report.false_answers == pytest.approx(np.mean([b >= THRESHOLD for b in bad]), abs=1e-6)
    assert report.false_refusals == pytest.approx(np.mean([a < THRESHOLD for a in good]), abs=1e-6)


def test_auroc_is_the_share_of_pairs_in_the_right_order_ties_counting_half() -> None:
    random = np.random.default_rng(6)
    for sizes in ((1, 1), (7, 3), (40, 60)):
        good, bad = (random.integers(0, 9, size).astype(float) for size in sizes)
        pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in itertools.product(good, bad)]
        assert auroc(good, bad) == pytest.approx(sum(pairs) / len(pairs))
    assert auroc(np.array([1.0]), np.array([0.0])) == 1
    assert auroc(np.array([0.0]), np.array([1.0])) == 0


def test_a_context_stands_where_its_best_passage_does(tiny: TinyEncoder, tmp_path: Path) -> None:
    split = [("洪水退去。\n洪水来了。\n洪水又退去。", [("洪水退去", "退去")]), ("医生来了。", [("医生来了", "医生")])]
    report = evaluate(squad(tmp_path / "q.json", split), encoder=tiny)
    assert report.passages == 4
    assert report.recall[1] == report.mrr == 1.0
    late = [("洪水退去一。\n洪水退去二。\n洪水退去三。", []), ("洪水退去人民。", [("洪水退去一二三", "洪水")])]
    assert evaluate(squad(tmp_path / "q.json", late), encoder=tiny).mrr == 0.5  # second of two contexts, not fourth of passages


def test_another_corpus_is_matched_by_order_and_has_its_own_answers(file: Path, tiny: TinyEncoder, tmp_path: Path) -> None:
    english = squad(
        tmp_path / "en.json",
        [
            ("The flood crested at 綦河 洪峰.", [("How high?", "洪峰")]),
            ("The physician 徐德纯 helped.", [("Who?", "徐德纯")]),
            ("Grain by automobile. 小学 学生 恢复.", [("What?", "automobile"), ("Which?", "学生")]),
            ("Nothing.", [("Why?", "Nothing")]),
        ],
    )
    report = evaluate(file, corpus=english, encoder=tiny)
    assert report.questions == 5
    assert report.passages == 4
    assert report.recall[1] >= 0.6
    assert report.sentence >= 0.4  # by the answers of the corpus: those of the questions stand nowhere in it


def test_a_question_that_asks_nothing_counts_as_not_found(tiny: TinyEncoder, tmp_path: Path) -> None:
    file = squad(tmp_path / "q.json", [("洪水退去。", [("洪水退去", "退去"), ("……", "洪水")])])
    report = evaluate(file, encoder=tiny)
    assert (report.questions, report.recall[10], report.mrr, report.sentence) == (2, 0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("text", "answers", "held"),
    [
        ("水位达 227.6 米。", ["227.6米"], True),
        ("水位达２２７．６米", ["227.6米"], True),
        ("The Old BRIDGE", ["old bridge"], True),
        ("水位", ["水位线"], False),
        ("水位", [], False),
        ("水位", ["", " "], False),
        ("水位", ["山", "水"], True),
    ],
)
def test_an_answer_is_held_white_space_width_and_case_aside(text: str, answers: list[str], held: bool) -> None:
    assert holds_answer(text, answers) is held


def test_a_question_file_is_read_in_its_order(file: Path) -> None:
    read = read_questions(file)
    assert read.contexts == tuple(context for context, _ in CONTEXTS)
    assert [(q.text, q.context, q.answers) for q in read.questions] == [
        (question, number, (text,)) for number, (_, asked) in enumerate(CONTEXTS) for question, text in asked
    ]


def paragraphs(*items: Any) -> str:
    return json.dumps({"data": [{"paragraphs": list(items)}]})


BROKEN = {
    "not JSON": ("{", "is not JSON"),
    "bytes": (b"\xff\xfe\x00", "is not JSON"),
    "a list": ("[]", "is not in SQuAD format"),
    "a number": ("3", "is not in SQuAD format"),
    "no data": ("{}", "is not in SQuAD format"),
    "no paragraphs": ('{"data": [{}]}', "is not in SQuAD format"),
    "no context": (paragraphs({"qas": []}), "is not in SQuAD format"),
    "no question": (paragraphs({"context": "a", "qas": []}), "holds no question"),
    "no answer text": (paragraphs({"context": "a", "qas": [{"question": "b", "answers": [{}]}]}), "is not in SQuAD format"),
    "a context that is no text": (paragraphs({"context": 5, "qas": [{"question": "b"}]}), "is not in SQuAD format"),
    "a question that is no text": (paragraphs({"context": "a", "qas": [{"question": None}]}), "is not in SQuAD format"),
    "an answer that is no text": (
        paragraphs({"context": "a", "qas": [{"question": "b", "answers": [{"text": 3}]}]}),
        "is not in SQuAD format",
    ),
    "nested too deep": ("[" * 100_000, "is not JSON"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_question_file_is_one_line(kind: str, tiny: TinyEncoder, tmp_path: Path) -> None:
    data, reason = BROKEN[kind]
    file = tmp_path / "q.json"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(qa.DocumentError) as caught:
        evaluate(file, encoder=tiny)
    assert str(caught.value).startswith(f"{file}: {reason}")
    assert "\n" not in str(caught.value)


def test_a_lone_surrogate_in_a_question_file_does_not_stop_the_evaluation(tiny: TinyEncoder, tmp_path: Path) -> None:
    file = tmp_path / "q.json"
    file.write_text(
        paragraphs({"context": "洪水\ud800退去。", "qas": [{"question": "洪水\udcff", "answers": [{"text": "洪水"}]}]})
    )
    assert evaluate(file, encoder=tiny).questions == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(qa.DocumentError) as caught:
        evaluate(tmp_path / "none.json")
    assert str(caught.value) == f"{tmp_path}/none.json: No such file or directory; name a question file in SQuAD format"


def test_a_corpus_with_another_number_of_contexts_is_refused(file: Path, tmp_path: Path) -> None:
    other = squad(tmp_path / "other.json", CONTEXTS[:3])
    with pytest.raises(qa.DocumentError) as caught:
        evaluate(file, corpus=other)
    assert str(caught.value) == (
        f"{other}: has 3 contexts and {file} has 4; name a file with the same contexts in the same order"
    )
