"""A sentence of a summary that turns a denial or a sign round is struck out."""

from __future__ import annotations

import pytest

from qa.service.llm.denials import turned
from qa.service.llm.judge import judged


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("注册资本少于三万元", "注册资本不少于三万元"),
        ("系统有数据", "系统无数据"),
        ("有论文发表", "无论文发表"),
        ("数据线断开", "数据线不断开"),
        ("申请人过敏", "申请人不过敏"),
        ("他收费", "他没收费"),
    ],
)
def test_a_denial_is_not_turned_round_either_way(one: str, other: str) -> None:
    assert turned(one, other)
    assert turned(other, one)
    assert not turned(one, one)
    assert not turned(other, other)


@pytest.mark.parametrize("text", ["不断提高", "不但便宜", "没收违法所得", "无线网络", "未来三年", "非常重要", "不论天气"])
def test_words_that_only_look_like_a_denial_are_none(text: str) -> None:
    assert not turned(text, "提高便宜违法所得网络三年重要天气")


@pytest.mark.parametrize(("said", "held"), [("储存温度为5℃", "储存温度为-5℃"), ("增长率为3.5%", "增长率为-3.5%")])
def test_a_minus_is_neither_dropped_nor_added(said: str, held: str) -> None:
    assert judged(f"{said}[1]", {1: f"{held}。"}, "多少").finding == "number"
    assert judged(f"{held}[1]", {1: f"{said}。"}, "多少").finding == "number"
    assert judged(f"{held}[1]", {1: f"{held}。"}, f"{held[:3]}多少").finding == ""


def test_a_sentence_of_many_clauses_over_several_texts_is_not_weighed() -> None:
    texts = dict.fromkeys((1, 2), "价格高；质量高。")
    assert judged("价格高,质量高[1][2]", texts, "价格高吗").finding == ""
    assert judged("价格高;" * 13 + "[1][2]", texts, "价格高吗").finding == "unsupported"
