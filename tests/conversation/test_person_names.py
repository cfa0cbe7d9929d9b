"""Chinese persons' names in a sentence, against what jieba guesses."""

from __future__ import annotations

import pytest

from qa.conversation.person_names import person_names

SENTENCES = [
    ("盐道开凿于景和七年，主持其事的是同知沈维岳。", ["沈维岳"]),
    ("由蔡家的曾孙蔡宜臻在伦敦买回", ["蔡宜臻"]),
    ("寻到匠人蔡添福于一九〇三年创立。蔡添福擅长累丝。", ["蔡添福", "蔡添福"]),
    ("药铺掌柜卞世昌从废纸堆里拣出，园主叫卜长贵。", ["卞世昌", "卜长贵"]),
    ("驻村第一书记王辉铿锵有力地说。", ["王辉"]),
    ("书记郭中村和会计郭家村人来了。", ["郭中村"]),
    ("雅各布·克伦贝格尔在哪里出生", ["雅各布·克伦贝格尔"]),
    ("渊盖苏文与太尉司马懿在辽东。", ["司马懿"]),
    ("石浦镇在黄河边，高层每平方米2.35元，卫星一颗。", []),
    ("", []),
]


@pytest.mark.parametrize(("sentence", "names"), SENTENCES)
def test_the_names_in_a_sentence(sentence: str, names: list[str]) -> None:
    assert [sentence[name.start : name.end] for name in person_names(sentence)] == names


def test_what_stands_around_a_sentence_tells_how_long_a_name_is() -> None:
    sentence = "琴谱是叶鸣岐写的"
    assert [sentence[name.start : name.end] for name in person_names(sentence, "叶鸣岐失明。叶鸣岐授琴。")] == ["叶鸣岐"]
    assert [sentence[name.start : name.end] for name in person_names(sentence, "叶鸣失明。叶鸣授琴。叶鸣岐。")] == ["叶鸣"]
