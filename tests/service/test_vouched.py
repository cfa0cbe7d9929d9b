"""Passages that readers confirmed: for which questions they come first, and for which they do not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from chat_helpers import Page

import qa
from qa.chat.drawing.conversation import Abilities, draw_conversation
from qa.chat.state.feedback import Feedback
from qa.chat.state.turns import take_turn
from qa.collections.ratings import FEEDBACK, FileRatings
from qa.service.backend import Backend
from qa.service.vouched import SURE, Vouched

QUESTION, ALIKE = "那位大夫在71天里做了什么？", "那位医生在71天里做了什么？"
QUOTE = "人民至上。"


def rated(file: Path, *ratings: tuple[str, str | None, str], question: str = QUESTION, source: str = "river.txt") -> Vouched:
    lines = [
        {"id": str(number), "question": question, "quote": quote, "source": source, "rating": rating}
        for number, (rating, quote, _) in enumerate(ratings)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + "no JSON\n[]\n", "utf-8")
    return Vouched(FileRatings(file))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feedback.jsonl"


def first(vouched: Vouched, index: qa.Index, question: str, **more: object) -> tuple[str, bool]:
    answer = vouched.applied(index, index.ask(question), "default", **more)  # type: ignore[arg-type]
    return (answer.citations[0].quote, answer.citations[0].confirmed) if answer.citations else ("", False)


def test_it_comes_first_for_a_question_of_the_same_meaning(file: Path, tiny_index: qa.Index) -> None:
    vouched = rated(file, ("up", QUOTE, ""))
    plain = tiny_index.ask(ALIKE)
    answer = vouched.applied(tiny_index, plain, "default")
    assert answer.citations[0].quote == QUOTE
    assert answer.citations[0].verify().ok
    assert [one.number for one in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert answer.text.startswith(f"{QUOTE} [1]")
    assert (answer.found, answer.confidence) == (True, max(plain.confidence, SURE))
    assert qa.answer_json(answer)["citations"][0]["confirmed"] is True


def test_another_question_is_answered_as_without(file: Path, tiny_index: qa.Index) -> None:
    vouched = rated(file, ("up", QUOTE, ""))
    for question in ("那位大夫在72天里做了什么？", "集市几点开？", "洪峰水位是多少？"):
        plain = tiny_index.ask(question)
        assert vouched.applied(tiny_index, plain, "default") is plain
    plain = tiny_index.ask(QUESTION)
    assert vouched.applied(tiny_index, plain, "another") is plain


@pytest.mark.parametrize(
    ("ratings", "counts"),
    [(("up",), True), (("up", "down"), False), (("up", "down", "up"), True), (("down",), False)],
)  # fmt: skip
def test_a_rating_against_takes_one_back(file: Path, tiny_index: qa.Index, ratings: tuple[str, ...], counts: bool) -> None:
    vouched = rated(file, *((rating, QUOTE if rating == "up" else None, "") for rating in ratings))
    assert (first(vouched, tiny_index, ALIKE) == (QUOTE, True)) is counts


def test_a_rating_against_counts_in_its_own_collection(file: Path, tiny_index: qa.Index) -> None:
    vouched = rated(file, ("up", QUOTE, ""))
    against = {"id": "x", "question": QUESTION, "source": "river.txt", "rating": "down", "collection": "other"}
    file.write_text(file.read_text("utf-8") + json.dumps(against) + "\n", "utf-8")
    assert first(vouched, tiny_index, QUESTION) == (QUOTE, True)


def test_a_note_about_another_quotation_goes(file: Path, tiny_index: qa.Index) -> None:
    noted = replace(tiny_index.ask(ALIKE), note="（共 9 项，这里是第 1 至 3 项，其余见原文）")
    assert rated(file, ("up", QUOTE, "")).applied(tiny_index, noted, "default").note == ""


def test_what_is_not_in_the_index_is_not_cited(file: Path, tiny_index: qa.Index) -> None:
    assert first(rated(file, ("up", "从来没有写过的话", "")), tiny_index, QUESTION)[1] is False
    assert first(rated(file, ("up", QUOTE, ""), source="gone.txt"), tiny_index, QUESTION)[1] is False
    assert first(rated(file, ("up", QUOTE, "")), tiny_index, QUESTION, within=("notes",))[1] is False
    assert first(rated(file, ("up", QUOTE, "")), tiny_index, QUESTION, within=("river.txt",)) == (QUOTE, True)


def test_a_rating_of_the_page_counts_at_once_and_is_shown(tmp_path: Path, tiny_index: qa.Index) -> None:
    backend = Backend.of(tiny_index).open()
    ratings = FileRatings(tmp_path / FEEDBACK)
    feedback, backend.vouched = Feedback(ratings), Vouched(ratings)
    turn = take_turn(backend, "綦河洪峰水位是多少？", 1)
    assert turn.answer is not None
    assert not turn.answer.citations[0].confirmed
    feedback.keep("talk-1", turn.rated("up"))
    again = take_turn(backend, "綦河洪峰水位是多少", 2)
    assert again.answer is not None
    assert again.answer.citations[0] == replace(turn.answer.citations[0], confirmed=True)
    shown = Page(draw_conversation((again,), "zh", Abilities(rate=True, read=False)))
    assert "有人确认过" in shown.text
    feedback.keep("talk-1", turn)
    third = take_turn(backend, "綦河洪峰水位是多少", 3)
    assert third.answer is not None
    assert not third.answer.citations[0].confirmed
