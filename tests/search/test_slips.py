"""Typing slips and wrong homophones: what is taken for one, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import TinyEncoder, index_of

import qa
from qa.index.index import Index
from qa.text.words import beginning_words

TEXTS = (
    "登录密码每九十天更换一次，忘记密码请联系信息中心。",
    "报销流程：填写报销单，部门经理审批，财务付款。",
    "居住证由派出所办理。电瓶车在车棚充电。",
    "改革方案已经公布，用法见附录。高原地区另有规定。",
    "采购部的陈样负责样式和验收，订单号 K0275。退役军人凭证件免费。",
    "The password expires after ninety days. Submit the receipt to the accounting department.",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, tiny: TinyEncoder) -> Index:
    texts = {f"{number}.txt": f"{text}\n" for number, text in enumerate(TEXTS)}
    return index_of(tmp_path_factory.mktemp("slips"), texts, tiny)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("登路密码多久换一次？", "登录密码多久换一次？"),
        ("报销留程是什么", "报销流程是什么"),
        ("居祖证在哪里办理", "居住证在哪里办理"),  # z for zh
        ("电瓶车在哪里冲电", "电瓶车在哪里充电"),
        ("how long is my pasword valid?", "how long is my password valid?"),
        ("where do I hand in the reciept", "where do I hand in the receipt"),
        ("who is in the acounting department", "who is in the accounting department"),
        ("Pasword expires when?", "password expires when?"),
    ],
)
def test_a_word_that_stands_nowhere_is_read_as_the_one_that_is_meant(index: Index, typed: str, meant: str) -> None:
    (other,) = index.retriever.read(typed).others

    assert (other.text, other.corrected) == (meant, True)


@pytest.mark.parametrize(
    "typed",
    [
        "登录密码多久换一次？",  # nothing is wrong
        "登陆密码多久换一次？",  # a word, though not of these documents
        "年会在哪里开",
        "退一赔三",  # a number in it, beside 退役
        "高远的电话是多少",  # a name, beside 高原
        "陈阳负责什么",  # a surname: 陈样 stands there
        "王报肖的电话是多少",  # beside 报销
        "K0257是什么订单",  # an identifier
        "order K-0257",
        "passport renewal",  # a word
        "passwords",  # a form of a word
        "Where does Reciept live?",  # a name
        "PASWORD",
        "la contraseña caduca",
        "pasw",  # too short to tell
        "报销" * 120 + "留程",  # a paste
    ],
)
def test_a_right_word_a_name_and_an_identifier_are_never_corrected(index: Index, typed: str) -> None:
    assert index.retriever.read(typed).others == ()


def test_what_was_understood_is_told_and_the_quotation_is_the_documents(index: Index) -> None:
    answer = index.ask("登路密码多久更换一次？", threshold=0)

    assert (answer.understood, answer.corrected) == ("登录密码多久更换一次？", True)
    assert answer.question == "登路密码多久更换一次？"
    assert answer.citations[0].quote in TEXTS[0]
    assert answer.citations[0].verify()


def test_an_identifier_that_stands_nowhere_stays_refused_beside_a_slip(index: Index) -> None:
    answer = index.ask("K0257的报销留程是什么？", threshold=0.1)

    assert not answer.found
    assert answer.absent == ("K0257",)


def test_a_word_of_the_user_dictionary_is_right(tmp_path: Path, tiny: TinyEncoder) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.txt").write_text(TEXTS[1], encoding="utf-8")
    (tmp_path / "words.txt").write_text("留程 n\n", encoding="utf-8")
    index = qa.build(tmp_path / "documents", tmp_path / "index", encoder=tiny, user_dict=tmp_path / "words.txt")

    assert index.retriever.read("报销留程是什么").others == ()


def test_what_begins_a_word_with_what_stands_beside_it() -> None:
    assert beginning_words("登", ("路", "录", "鹿"), "") == ["录"]
    assert beginning_words("", ("登", "灯", "凳"), "录") == ["登"]
    assert beginning_words("", (), "录") == []
