"""What a question asks for and a passage lacks."""

from __future__ import annotations

import pytest

from qa.search.question_rules import covered_weight, is_noise, is_small_talk, missing_name, wrong_kind
from qa.text.normalise import normalise

FLOOD = normalise("6月22日，重庆綦江区綦河遭遇1940年以来最大洪水，洪峰水位一度达227.6米。")


@pytest.mark.parametrize(
    ("question", "small_talk"),
    [
        ("你好！", True),
        ("Hello there.", True),
        ("谢谢大家啦", True),
        ("こんにちは", True),
        ("你好，洪峰水位是多少？", False),
        ("Who are you and when did the flood crest?", False),
        ("人民", False),
    ],
)
def test_a_greeting_alone_is_small_talk(question: str, small_talk: bool) -> None:
    assert is_small_talk(question) is small_talk


@pytest.mark.parametrize(
    "question",
    ["asdfgh", "qwerty uiop", "啊啊啊啊", "哈哈哈！", "的", "是的", "什么？", "who", "What the", "wwwwww", "фыва", "йцукен",
     "ضصثق", "ㅁㄴㅇㄹ", "ㅋㅋㅋㅋ", "ababab", "？！", ""],
)  # fmt: skip
def test_function_words_repetition_and_keys_side_by_side_are_noise(question: str) -> None:
    assert is_noise(question)


@pytest.mark.parametrize(
    "question",
    [
        "人民",
        "党",
        "水",
        "谁是书记？",
        "power",
        "666",
        "1998",
        "asdf 洪水",
        "为什么发大水？",
        "Who paid?",
        "洪水洪水",
        "什么是WWW？",
    ],
)
def test_a_word_with_content_is_no_noise(question: str) -> None:
    assert not is_noise(question)


def test_covered_weight_is_the_share_by_weight_of_the_words_in_a_text_accents_aside() -> None:
    assert covered_weight(["洪水", "火山"], [3.0, 1.0], FLOOD) == pytest.approx(0.75)
    assert covered_weight(["zurich"], [2.0], normalise("In Zürich")) == pytest.approx(1)
    assert covered_weight([], [], FLOOD) == 0


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("重庆的洪水有多大？", False),
        ("武汉的洪水有多大？", True),
        ("1940年的洪水", False),
        ("1998年的洪水", True),
        ("洪水有多大？", False),
        ("How high was it in 1998?", True),
        ("227.6是什么？", False),  # a number with a point is no year
        ("中国的洪水", False),  # goes without saying
        ("《紅樓夢》里的洪水", True),
        ("「最大洪水」是哪一年的？", False),
        ("什么是“百年一遇”？", True),
        ("6号线几点开？", True),
        ("E2是什么意思？", True),
        ("《》里的洪水", False),
    ],
)
def test_quoted_words_a_place_or_a_year_that_a_text_lacks(question: str, missing: bool) -> None:
    assert missing_name(question, FLOOD) is missing


@pytest.mark.parametrize(
    ("question", "text", "wrong"),
    [
        ("水位是多少？", FLOOD, False),
        ("水位是多少？", "洪水退去", True),
        ("有几个人？", "三人", False),
        ("什么时候发大水？", FLOOD, False),
        ("什么时候发大水？", "水位达227.6米", True),
        ("哪一年发大水？", FLOOD, False),
        ("哪一年发大水？", "6月22日发大水", True),
        ("How many people?", "12 people", False),
        ("How many people?", "many people", True),
        ("When did it open?", "it opened in may", False),
        ("When did it open?", "it opened", True),
        ("为什么发大水？", "洪水退去", False),
        ("什么时候拆线？", "第十四天拆线", False),
        ("什么时候能洗澡？", "拆线两天以后才可以淋浴", False),
        ("什么时候不开放？", "周一换水不开放", False),
        ("When is it closed?", "closed on sundays", False),
        ("冰敷多长时间？", "每次四十秒", False),
        ("今年多大了？", "二十五分钟就到了", True),
        ("今年多大了？", "今年七十三了", False),
    ],
)
def test_a_kind_of_answer_that_a_text_lacks(question: str, text: str, wrong: bool) -> None:
    assert wrong_kind(question, text) is wrong
