"""The ways to complete a follow-up from the question before it."""

from __future__ import annotations

import pytest

from qa.conversation.readings import LONGEST_ANSWER, Parsed, completions


def texts(question: str, earlier: str, answer: str = "", kind: str = "") -> list[str]:
    return [one.text for one in completions(question, earlier, answer) if kind in ("", one.kind)]


# a pronoun gives way to a topic: words that the earlier question begins or ends with, or those that answered it
PLACED = [
    ("那它的洪峰是多少？", "綦河在哪里？", "綦河的洪峰是多少？"),
    ("他邮箱呢", "华东区经理是谁", "华东区经理邮箱呢"),
    ("她父親是誰？", "高英是哪位皇帝的皇后？", "高英父親是誰？"),
    ("其首府在哪里？", "卡卢加州成立于哪一年？", "卡卢加州的首府在哪里？"),
    ("这个职位最初参照了什么？", "加拿大总理由谁委任？", "加拿大总理这个职位最初参照了什么？"),
    ("How long does it last?", "Who selects the onboarding buddy?", "How long does onboarding buddy last?"),
    ("How many of his books were sold?", "When did Luther write?", "How many of Luther's books were sold?"),
    ("彼は何歳ですか？", "徐徳純さんはどこの村の書記ですか？", "徐徳純は何歳ですか？"),
]


@pytest.mark.parametrize(("question", "earlier", "text"), PLACED)
def test_a_pronoun_gives_way_to_a_topic(question: str, earlier: str, text: str) -> None:
    assert text in texts(question, earlier)
    assert all(one.placed for one in completions(question, earlier, "王辉") if one.kind in ("first", "answer"))


def test_a_pronoun_may_stand_for_the_words_that_answered() -> None:
    assert texts("他卖了多少只鸡？", "驻村书记是谁？", "王辉", "answer") == ["王辉卖了多少只鸡？"]
    assert texts("他卖了多少只鸡？", "驻村书记是谁？", "水" * (LONGEST_ANSWER + 1), "answer") == []


@pytest.mark.parametrize("question", ["应该怎么办？", "其实是多少？", "那么多少钱？", "037那份呢"])
def test_what_only_looks_like_a_pronoun_is_none(question: str) -> None:
    assert Parsed(question).pronoun() is None


def test_a_question_without_a_pronoun_has_its_topic_in_front_or_behind() -> None:
    assert texts("什么时候要备齐", "CH-320备料200套谁负责", kind="first") == ["CH-320备料200套，什么时候要备齐"]
    assert texts("什么时候要备齐", "CH-320备料200套谁负责", kind="shorter") == [
        "CH-320备料，什么时候要备齐",
        "CH-320，什么时候要备齐",
    ]
    assert texts("Why?", "When did the Zhang family arrive?", kind="first") == ["Why? (Zhang family arrive)"]
    assert texts("いつですか？", "綦江の洪水はどこですか？", kind="first") == ["綦江はいつですか？"]


def test_both_questions_together() -> None:
    assert texts("那两次之间要隔多久？", "献血一次最多能抽多少血", kind="both") == [
        "献血一次最多能抽多少血？ 那两次之间要隔多久？"
    ]
    assert texts("And for meals?", "What is the limit per night?", kind="both") == ["What is the limit per night? And for meals?"]


# the words of the follow-up in the place of words of the earlier question
SLOTS = [
    ("那永富镇呢？", "永福镇送了多少粮食？", "永富镇送了多少粮食？"),
    ("那7号线呢？", "6号线什么时候建成？", "7号线什么时候建成？"),
    ("6月25日呢？", "6月22日哪里发了洪水？", "6月25日哪里发了洪水？"),
    ("那 CH-410 呢", "CH-310 单台多少钱", "CH-410 单台多少钱"),
    ("那白班的安全员呢", "6月19日值班领导是谁", "6月19日白班的安全员是谁"),
    ("五十台往上呢", "CH-310单台多少钱", "CH-310五十台往上多少钱"),
    ("notification 呢，也是这么久吗", "antd message 默认几秒自动关", "antd notification 默认几秒自动关"),
    ("And for meals?", "What is the hotel limit per night?", "What is the meals limit per night?"),
    ("What about 2024?", "What was the turnover in 2023?", "What was the turnover in 2024?"),
    ("好的那永富镇呢？", "胜利村有多少户？", "永富镇有多少户？"),
    ("那在四川呢", "五月艾在福建叫什么？", "五月艾在四川叫什么？"),
    ("不在职的呢", "在职的交多少钱", "不在职的交多少钱"),
    ("Und in Bonn?", "Wie hoch ist die Miete in Köln?", "Wie hoch ist die Miete in Bonn?"),
]


@pytest.mark.parametrize(("question", "earlier", "text"), SLOTS)
def test_words_of_the_earlier_question_are_replaced(question: str, earlier: str, text: str) -> None:
    assert text in texts(question, earlier, kind="slot")


@pytest.mark.parametrize("question", ["多少钱？", "在哪里买的？", "为什么？"])
def test_a_question_that_asks_for_something_itself_replaces_nothing(question: str) -> None:
    assert texts(question, "CH-310单台多少钱", kind="slot") == []


def test_how_alike_the_words_are_is_told() -> None:
    slots = {one.text: one.values for one in completions("那7号线呢？", "6号线什么时候建成？", "")}
    same_end, same_start, *_ = slots["7号线什么时候建成？"]
    assert (same_end, same_start) == (1.0, 0.0)
    assert slots["6号线什么时候7号线？"][0] == 0.0


@pytest.mark.parametrize(
    "question", ["为什么？", "它呢", "那", "他" * 300, "？" * 50, "\ud800它", "𠮷它是什么？", "ﷺ它", "It", "(", "[它", "”它“"]
)
@pytest.mark.parametrize("earlier", ["", "？", "的", "“", "它", "谁", "多少", "\ud800", "ﷺ是什么？", "(", "a" * 300, "第" * 50])
def test_whatever_is_asked_there_are_texts(question: str, earlier: str) -> None:
    found = texts(question, earlier, "水")
    assert question not in found
    assert len(found) == len(set(found)) < 150


def test_the_readings_are_few_whatever_the_length() -> None:
    assert len(texts("那永富镇呢？", "水库有多少条大鱼和小鱼" * 25)) < 800
