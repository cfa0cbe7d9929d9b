"""How long a question may be that still leaves something out, in words of content."""

from __future__ import annotations

import pytest

from qa.conversation import chinese, spaced
from qa.text.user_words import NO_WORDS


def completed(question: str, earlier: str) -> tuple[str, bool] | None:
    """The completion of a Chinese question and whether it is sure."""
    found = chinese.complete(question, earlier, "", [], NO_WORDS)
    return found and (found.text, found.sure)


@pytest.mark.parametrize(
    ("question", "complete"),
    [
        ("去年冬季粮食亩产多少？", "胜利村，去年冬季粮食亩产多少？"),  # four words
        ("去年冬季全县粮食亩产多少？", None),
        ("去年冬季全县粮食平均亩产多少？", None),
    ],
)
def test_a_question_of_over_four_words_lacks_no_subject(question: str, complete: str | None) -> None:
    assert completed(question, "胜利村在哪里？") == (complete and (complete, False))


@pytest.mark.parametrize(
    ("question", "complete", "sure"),
    [
        ("开凿它花了多少年？", "开凿盐道花了多少年？", True),
        ("修复它时用了多少石料？", "修复盐道时用了多少石料？", False),
        ("它在冬季的全部用水总量是多少？", "盐道在冬季的全部用水总量是多少？", True),  # it begins with the pronoun
    ],
)
def test_a_pronoun_inside_a_question_is_sure_up_to_three_words(question: str, complete: str, sure: bool) -> None:
    assert completed(question, "盐道在哪里？") == (complete, sure)


@pytest.mark.parametrize(
    ("earlier", "complete"),
    [
        ("糖醋里脊要多少度？", "鸡翅要多少度？"),
        ("无糖乌龙茶要泡多久？", "鸡翅要泡多久？"),  # five characters
        ("不锈钢保温杯多少钱？", "不锈钢保温杯的鸡翅是多少？"),
    ],
)
def test_the_name_of_a_sort_of_things_has_five_characters_at_the_most(earlier: str, complete: str) -> None:
    assert completed("鸡翅呢？", earlier) == (complete, True)


@pytest.mark.parametrize(
    ("question", "complete", "sure"),
    [
        ("How much grain does it store?", "How much grain does Fort Point store?", True),
        ("What does it weigh full of grain?", "What does Fort Point weigh full of grain?", True),
        (
            "What does it weigh when loaded full of wheat grain?",
            "What does Fort Point weigh when loaded full of wheat grain?",
            False,
        ),
        ("What does it cost to store dry wheat grain today?", "What does Fort Point cost to store dry wheat grain today?", False),
        ("What does it cost to store dry wheat grain cheaply today?", None, False),
    ],
)
def test_a_question_between_spaces_is_sure_up_to_three_words_and_left_alone_beyond_five(
    question: str, complete: str | None, sure: bool
) -> None:
    found = spaced.complete(question, "Where is Fort Point?")
    assert (found and (found.text, found.sure)) == (complete and (complete, sure))


def test_a_letter_is_a_lead_in_its_own_language_alone() -> None:
    """Of a conversation whose language is not known a word of several letters may be one, a letter is not."""
    led, by_itself = spaced.complete("And Brmv?", "Xyz Qwv?"), spaced.complete("Y Brmv?", "Xyz Qwv?")
    assert led is not None
    assert led.text == "Brmv? (Xyz Qwv)"
    assert by_itself is None or by_itself.text.startswith("Y Brmv?")
