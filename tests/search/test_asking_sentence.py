"""Which sentences of a text ask: what stands around them changes neither the search nor the confidence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import TinyEncoder

import qa
from qa.index.build import build
from qa.search.asking import MODEL, MOST_READ, Asked, asked, names_nothing
from qa.search.question import read_question


@pytest.mark.parametrize(
    ("text", "question", "background"),
    [
        ("我下周一报到。食堂几点开门？", "食堂几点开门？", "我下周一报到。"),
        ("我刚搬来，对这边还不熟，想坐校车，请问校车几点出发？", "请问校车几点出发？", "我刚搬来，对这边还不熟，想坐校车，"),
        ("大坝哪年建成？请用一句话回答，不要超过三十个字。", "大坝哪年建成？", ""),
        ("请根据文档回答：大坝哪年建成？如果文档里没有，请回答不知道。", "大坝哪年建成？", ""),
        ("请根据以下资料回答问题：大坝哪年建成", "大坝哪年建成", ""),
        ("您好，大坝哪年建成？谢谢！", "大坝哪年建成？", ""),
        ("谢谢。那它的高度呢？", "那它的高度呢？", ""),
        ("你是公司的知识库助手，请只依据资料回答。问题：病假有几天？", "病假有几天？", ""),
        ("Hello! When was the dam built?", "When was the dam built?", ""),
        ("Based on the documents, when was the dam built? Answer in one sentence.", "when was the dam built?", ""),
        (
            "I just joined last week. What time does the canteen open?",
            "What time does the canteen open?",
            "I just joined last week.",
        ),
        ("thanks for the help. where is the canteen?", "where is the canteen?", ""),
    ],
)
def test_what_asks_is_told_from_what_stands_around_it(text: str, question: str, background: str) -> None:
    assert asked(text) == Asked(question, background)


@pytest.mark.parametrize(
    "text",
    [
        "如果连续旷工三天，公司可以解除合同吗？",
        "今年的产量，比去年多多少？",
        "我的电脑坏了，找谁修",
        "年假几天？病假几天？",
        "雅思成绩管几年，托福呢",
        "请告诉我校车的时间。",
        "我想知道加班费怎么算。",
        "XT-9: what does the blinking light mean?",
        "大坝（1987年建成）有多高？",
        "谢谢！",
        "你好",
        "",
        "？",
        "When did it open, and who paid for it?",
        "Сколько метров в высоту плотина?",
        "ダムはいつ完成しましたか？",
    ],
)
def test_a_question_alone_stays_as_it_is(text: str) -> None:
    assert asked(text) == Asked(text)


@pytest.mark.parametrize(("text", "question"), [("我的打印机显示E7。怎么办？", "我的打印机显示E7。怎么办？"),
    ("你好。打印机显示E7。怎么处理？谢谢！", "打印机显示E7。 怎么处理？")])  # fmt: skip
def test_a_question_that_names_nothing_keeps_its_background(text: str, question: str) -> None:
    assert asked(text).question.split() == question.split()


@pytest.mark.parametrize(("question", "nothing"), [("怎么办？", True), ("应该怎么处理？", True), ("要多久？", True),
    ("怎么报销？", False), ("年假有几天？", False), ("what should I do?", True), ("who repairs lifts?", False)])  # fmt: skip
def test_common_words_name_nothing(question: str, nothing: bool) -> None:
    assert names_nothing(question) is nothing


def test_the_kinds_are_told_by_their_probabilities() -> None:
    for sentence, kind in (("食堂几点关门", 0), ("我明天要去外地出差。", 1), ("请用中文简短回答。", 2)):
        found = MODEL.probabilities(sentence)
        assert found.argmax() == kind
        assert found[kind] > 0.9
        assert found.sum() == pytest.approx(1)


def test_a_long_paste_is_searched_for_as_it_is() -> None:
    text = "谢谢。" * (MOST_READ // 3 + 1)
    assert asked(text) == Asked(text)


def test_a_question_is_analysed_without_what_stands_around_it() -> None:
    alone, around = read_question("食堂几点开门？"), read_question("你好，我下周一报到。食堂几点开门？请简短回答。")
    assert (around.text, around.terms, around.words) == (alone.text, alone.terms, alone.words)
    assert (alone.background, around.background) == ("", "我下周一报到。")


@pytest.fixture(scope="module")
def canteen(tmp_path_factory: pytest.TempPathFactory) -> qa.Index:
    folder = tmp_path_factory.mktemp("canteen")
    lines = {"a": "一号食堂早上七点开门。", "b": "游泳馆早上九点开门。", "c": "打印纸在二楼库房领取，找小陈登记。"}
    for name, line in lines.items():
        (folder / f"{name}.txt").write_text(line, "utf-8")
    return build(folder, folder.parent / "index", encoder=TinyEncoder())


@pytest.mark.parametrize(
    "wrap", ["你好，{}", "{}谢谢！", "请根据文档回答：{}如果文档中没有，请回答不知道。", "{}请用一句话回答。"]
)
def test_words_to_the_program_change_nothing(canteen: qa.Index, wrap: str) -> None:
    alone, around = canteen.ask("食堂几点开门？"), canteen.ask(wrap.format("食堂几点开门？"))
    assert alone.found
    assert (around.confidence, around.text, around.citations) == (alone.confidence, alone.text, alone.citations)
    assert (around.question, around.understood) == (wrap.format("食堂几点开门？"), "")


def test_background_does_not_lower_the_confidence_and_helps_to_choose(canteen: qa.Index) -> None:
    alone = canteen.ask("食堂几点开门？")
    told = canteen.ask("我是新来的，还不太熟悉环境。食堂几点开门？")
    assert (told.text, told.confidence) == (alone.text, alone.confidence)
    which = canteen.ask("我想去游泳馆。早上几点开门？", threshold=0)
    assert which.hits[0].text == "游泳馆早上九点开门。"


def test_a_follow_up_is_completed_from_what_was_asked(tmp_path: Path, canteen: qa.Index) -> None:
    first = canteen.ask("你好，我是新来的。食堂几点开门？谢谢！")
    assert canteen.ask("谢谢。那游泳馆呢？", history=[first]).understood == canteen.ask(
        "那游泳馆呢？", history=["食堂几点开门？"]
    ).understood != ""  # fmt: skip
