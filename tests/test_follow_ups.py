"""Follow-up questions: completed from the conversation when they need it, and only then."""

from __future__ import annotations

import pytest

import qa

FLOOD = "綦河洪峰水位是多少？"


@pytest.mark.parametrize(
    ("question", "history"),
    [(FLOOD, []), ("为什么？", []), (FLOOD, [FLOOD]), ("周方华组织了几支突击队？", [FLOOD]), ("谢谢！", [FLOOD]), ("……", [])],
)
def test_a_question_that_stands_by_itself_stays_as_it_is(question: str, history: list[str]) -> None:
    assert qa.understand(question, history) is question


def test_an_answer_says_how_its_question_was_understood(tiny_index: qa.Index) -> None:
    first = tiny_index.ask(FLOOD)
    assert first.understood == ""
    follow_up = tiny_index.ask("为什么？", history=[first])
    assert follow_up.question == "为什么？"
    assert follow_up.understood == qa.understand("为什么？", [first]) != "为什么？"
    assert follow_up.hits[0].paragraph == first.hits[0].paragraph
    assert tiny_index.search("为什么？", history=[first])[0].paragraph == first.hits[0].paragraph
    assert tiny_index.ask(FLOOD, history=[follow_up]).understood == ""
