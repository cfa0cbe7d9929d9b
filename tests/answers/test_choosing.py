"""Which reading of a question is answered where it may be a follow-up."""

from __future__ import annotations

from typing import Any

import pytest

import qa
from qa.answers import follow_ups
from qa.conversation.likely import TYPED
from qa.conversation.readings import Completion
from qa.conversation.turns import EarlierTurn
from qa.search.retrieval import Retriever

QUESTION, EARLIER = "它的洪峰多高？", "綦河在哪里？"


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that were searched for, in order."""
    found: list[str] = []
    gather = Retriever.gather
    monkeypatch.setattr(Retriever, "gather", lambda self, *args: found.append(args[0].text) or gather(self, *args))
    return found


def likely(monkeypatch: pytest.MonkeyPatch, typed: float, *others: tuple[str, float]) -> None:
    """Sets the shares of the readings by the words."""
    completions = [(Completion(text, "first"), share) for text, share in others]
    monkeypatch.setattr(follow_ups, "readings", lambda *_: [*completions, (Completion(QUESTION, TYPED), typed)])


def test_a_question_that_surely_stands_by_itself_is_not_compared(
    tiny_index: qa.Index, gathered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    likely(monkeypatch, 0.98, ("綦河的洪峰多高？", 0.02))
    question, evidence = follow_ups.choose(tiny_index.retriever, QUESTION, [EARLIER])
    assert (question.text, evidence, gathered) == (QUESTION, None, [])


def test_three_completions_are_searched_for_and_the_question_itself(
    tiny_index: qa.Index, gathered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["綦河的洪峰多高？", "綦河洪峰？", "洪峰多高？", "綦河多高？"]
    likely(monkeypatch, 0.2, *((text, 0.2) for text in texts))
    question, evidence = follow_ups.choose(tiny_index.retriever, QUESTION, [EARLIER])
    assert gathered == [*texts[:3], QUESTION]
    assert evidence is not None
    assert evidence.question.text == question.text in gathered


def test_what_is_hardly_likely_is_not_searched_for(
    tiny_index: qa.Index, gathered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    likely(monkeypatch, 0.8, ("綦河的洪峰多高？", 0.19), ("綦河洪峰？", 0.01))
    follow_ups.choose(tiny_index.retriever, QUESTION, [EARLIER])
    assert gathered == ["綦河的洪峰多高？", QUESTION]


def test_the_words_alone_choose_the_likeliest(monkeypatch: pytest.MonkeyPatch) -> None:
    likely(monkeypatch, 0.2, ("綦河的洪峰多高？", 0.8))
    assert follow_ups.understand(QUESTION, [EARLIER]) == "綦河的洪峰多高？"
    monkeypatch.setattr(
        follow_ups, "readings", lambda *_: [(Completion(QUESTION, TYPED), 0.8), (Completion("綦河？", "first"), 0.2)]
    )
    assert follow_ups.understand(QUESTION, [EARLIER]) is QUESTION


def test_what_is_weighed_of_a_reading(tiny_index: qa.Index) -> None:
    retriever = tiny_index.retriever
    alone, whole = retriever.read("洪峰多高？"), retriever.read("綦河洪峰多高？", whole=True)
    evidence = retriever.gather(whole)
    assert evidence is not None
    row = int(evidence.rows[0])
    turn = EarlierTurn(EARLIER, row=row)
    values = follow_ups.weighed(retriever, Completion(whole.text, "both"), 0.5, evidence, alone, turn).values
    assert (values["typed"], values["both"], values["same_row"], values["same_document"]) == (0.0, 1.0, 1.0, 1.0)
    assert values["by_words"] == pytest.approx(-0.6931, abs=1e-4)
    assert values["own"] == pytest.approx(follow_ups.held_words(tiny_index.store, alone.word_terms, row))
    assert follow_ups.weighed(retriever, Completion("", TYPED), 0.0, evidence, alone, EarlierTurn("")).values["same_row"] == 0.0
    assert set(values) == set(follow_ups.READINGS.weights)


def test_the_answer_of_an_earlier_question_is_read_from_its_first_citation() -> None:
    citation = qa.Citation(1, "a.txt", "/a.txt", "paragraph 1", 0, 6, "书记是王辉。", "0", 2, span=(3, 5))
    cited: dict[str, Any] = {"citations": (citation,), "understood": "问什么？"}
    turn = follow_ups.as_turn(qa.Answer("问？", True, 0.9, "书记是王辉。 [1]", **cited))
    assert turn == EarlierTurn("问？", "问什么？", "王辉", 2)
    assert follow_ups.as_turn("问？") == follow_ups.as_turn(qa.Answer("问？", False, 0.1, "没有")) == EarlierTurn("问？")


@pytest.mark.parametrize(
    ("question", "joined"),
    [
        ("珠穆朗玛峰有多高？", False),
        ("法国的首都是哪里", False),
        ("Can I keep a dog?", False),
        ("密码忘了怎么办", False),
        ("那保证水位呢", True),
        ("它在哪一年最高？", True),
    ],
)
def test_a_question_about_something_else_is_not_joined_to_the_one_before(
    seed_index: qa.Index, question: str, joined: bool
) -> None:
    before = seed_index.ask("綦河洪峰水位超保证水位多少？")
    answer = seed_index.ask(question, history=[before])
    assert bool(answer.understood) is joined
    assert answer.found or not joined
    assert joined or not answer.found
