"""A question analysed: what it asks with, names, asks for, and when it asks nothing."""

from __future__ import annotations

import pytest

from qa.search.names import lacks
from qa.search.question import read_question
from qa.text.normalise import normalise
from qa.text.user_words import UserDictionary, UserWord

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
    assert read_question(question).is_small_talk is small_talk


@pytest.mark.parametrize(
    "question",
    ["asdfgh", "qwerty uiop", "啊啊啊啊", "哈哈哈！", "的", "是的", "什么？", "who", "What the", "wwwwww", "фыва", "йцукен",
     "ضصثق", "ㅁㄴㅇㄹ", "ㅋㅋㅋㅋ", "ababab", "？！", ""],
)  # fmt: skip
def test_function_words_repetition_and_keys_side_by_side_are_noise(question: str) -> None:
    assert read_question(question).is_noise


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
    assert not read_question(question).is_noise


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
    assert lacks(read_question(question).names, FLOOD) is missing


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
    kind = read_question(question).kind
    assert (kind is not None and kind.search(text) is None) is wrong


NAMES = (
    "何香凝 何炅 何塞 何仙姑 何鸿燊 何梁何利基金 奈何桥 哪吒 哪吒闹海 几何 几何学 平面几何 几内亚 赤道几内亚 几丁质 几率 茶几 "
    "刘知几 吗啡 吗啉 呢绒 呢喃 马裤呢 莫敢谁何 任何 几维鸟 欧几里得"
).split()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("asks", ["{}是什么？", "什么是{}？", "{}在哪里？", "关于{}有多少说法？"])
def test_a_name_keeps_the_characters_of_question_words(name: str, asks: str) -> None:
    question = read_question(asks.format(name))
    assert name in question.content
    assert all(f"c{character}" in question.terms for character in name)
    assert not question.is_noise
    assert "什么" not in question.content
    assert "多少" not in question.content


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("这座桥是几几年由谁建成的", "这座桥是  年由 建成的"),
        ("参数填几", "参数填 "),
        ("百分之几十的人", "百分之 十的人"),
        ("在几世纪以前", "在 世纪以前"),
        ("哪几种茶", "  种茶"),
        ("属哪一国的船", "属 国的船"),
        ("何人何时到何处", " 人 到 "),
        ("有何影响", "有 影响"),
        ("任何时候都开门吗", "任何时候都开门 "),
        ("许多少年宫在哪儿", "许多少年宫在 "),
        ("被称为什么", "被称为 "),
        ("因为何塞迟到", "因为何塞迟到"),
    ],
)
def test_a_question_word_is_cut_as_a_word_of_its_own(text: str, content: str) -> None:
    assert read_question(text).content == content


WHEN, YEAR, AGE, NUMBER = "昨天是1990年1月2日", "1990年", "她43岁", "三个"


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("When did the dam fail?", [WHEN, YEAR]),
        ("Since when is the garden open?", [WHEN, YEAR]),
        ("And when?", [WHEN, YEAR]),
        ("The garden was opened when?", [WHEN, YEAR]),
        ("The garden was opened in what year?", [WHEN, YEAR]),
        ("On the market, how many stalls are there?", [NUMBER, WHEN, YEAR, AGE]),
        ("¿Desde cuándo está abierto?", [WHEN, YEAR]),
        ("Quand le barrage a-t-il cédé ?", [WHEN, YEAR]),
        ("Seit wann gibt es den Garten?", [WHEN, YEAR]),
        ("How old was she when she won?", [AGE]),
        ("许多大学在哪一年成立？", [WHEN, YEAR]),
        ("任何时候几点开门？", [NUMBER, WHEN, YEAR, AGE]),
        ("她的年龄是多少？", [AGE]),
        ("法定结婚年龄是多少岁？", [AGE]),
    ],
)
def test_the_kind_asked_for(question: str, answers: list[str]) -> None:
    kind = read_question(question).kind
    assert kind is not None
    assert [text for text in (NUMBER, WHEN, YEAR, AGE) if kind.search(text)] == answers


@pytest.mark.parametrize(
    "question",
    [
        "What happened when the dam failed?",
        "Who was in the hall when the village was flooded?",
        "When the dam failed, who was in the hall?",
        "Did anyone die when the dam failed?",
        "Who decides how many seats there are?",
        "Who asked how old the bridge is?",
        "¿Quién murió cuando se rompió la presa?",
        "Qui était là quand le barrage a cédé ?",
        "Which bank gave five percent?",
        "年龄最大的人是谁？",
        "许多大学在什么地方？",
        "几何是什么？",
        "哪吒是谁？",
        "太阳在什么时期几乎没有黑子？",
        "这件事有多重要？",
    ],
)
def test_an_interrogative_that_the_question_does_not_ask_with_asks_for_no_kind(question: str) -> None:
    assert read_question(question).kind is None


@pytest.mark.parametrize(
    ("question", "is_open"),
    [
        ("Why did it rain?", True),
        ("Who explained why it rained?", False),
        ("How did the dam fail?", True),
        ("How high is it?", False),
        ("为什么退水？", True),
        ("又被称为什么？", False),
        ("有什么负面影响？", True),
        ("影响力最大的人是谁？", False),
        ("他是因为何塞来的吗？", False),
    ],
)
def test_what_asks_for_more_than_a_fact(question: str, is_open: bool) -> None:
    assert read_question(question).is_open is is_open


def test_the_users_words_reach_everything_that_is_known_of_a_question() -> None:
    words = UserDictionary((UserWord("岚梭", None, "ns"), UserWord("青萝渡口")))
    plain, own = read_question("岚梭的青萝渡口在哪里？"), read_question("岚梭的青萝渡口在哪里？", words)
    assert "岚梭" not in plain.names
    assert own.names == ("岚梭",)
    assert [word.text for word in own.words] == ["岚梭", "的", "青萝渡口", "在"]
    assert "w青萝渡口" in own.terms
    assert "w青萝渡口" not in plain.terms


@pytest.mark.parametrize("year", ["1066", "1848", "1999", "2024"])
def test_a_year_is_a_name(year: str) -> None:
    assert read_question(f"{year}年发生了什么？").names == (year,)
    assert read_question(f"What happened in {year}?").names == (year,)


@pytest.mark.parametrize("number", ["999", "2150", "3.1998", "1,998", "19981"])
def test_a_number_of_another_form_is_no_year(number: str) -> None:
    assert read_question(f"What is {number}?").names == ()
