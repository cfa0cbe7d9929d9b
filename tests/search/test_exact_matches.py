"""Identifiers and days of a question: the very one first, none that stands nowhere, no other one beside."""

from __future__ import annotations

import pytest
from tiny import TinyEncoder

import qa
from qa.index.build import build
from qa.search.exact import differs, named_days, named_identifiers
from qa.text.identifiers import identifier_tokens
from qa.text.normalise import normalise

FILES = {
    "codes.txt": "F201 表示压缩机过热，应停机冷却。\nF210 表示缺水空转，应检查进水口。\nF021 表示电压过低，应检查电源。",
    "staff.txt": "工号Q00731：李华，采购部。\n工号Q00732：王敏，财务部。",
    "days.txt": "3月8日，一号生产线停产检修。\n8月3日，二号生产线停产检修。\n二〇二五年七月十九日，公司迁至苏州新址。",
    "sum.txt": "项目总投资三亿五千万元，其中自筹部分占三分之一。",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> qa.Index:
    folder = tmp_path_factory.mktemp("office") / "documents"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    return build(folder, folder.parent / "index", encoder=TinyEncoder())


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("压缩机报F201怎么处理？", "F201 表示压缩机过热，应停机冷却。"),
        ("报F021怎么办？", "F021 表示电压过低，应检查电源。"),
        ("工号Q00732是谁？", "工号Q00732：王敏，财务部。"),
        ("3月8日哪条生产线停产？", "3月8日，一号生产线停产检修。"),
        ("八月三号哪条生产线停产？", "8月3日，二号生产线停产检修。"),
        ("2025-07-19公司迁到哪里？", "二〇二五年七月十九日，公司迁至苏州新址。"),
        ("350,000,000元的项目，总投资中自筹部分占多少？", "项目总投资三亿五千万元，其中自筹部分占三分之一。"),
    ],
)
def test_the_very_one_is_quoted_and_no_other(office: qa.Index, question: str, quote: str) -> None:
    answer = office.ask(question, threshold=0)
    assert [citation.quote for citation in answer.citations] == [quote]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("工号Q99999是谁？", "文档里没有 Q99999。"),
        ("F999和F201表示什么？", "文档里没有 F999。"),
        ("訂單20250719100的狀態是什麼？", "文件裡沒有 20250719100。"),
        ("Who is employee Q99999?", "Q99999 stands nowhere in these documents."),
    ],
)
def test_one_that_stands_nowhere_is_refused_by_its_name(office: qa.Index, question: str, text: str) -> None:
    answer = office.ask(question)
    assert (answer.found, answer.confidence, answer.text) == (False, 0.0, text)


def test_an_identifier_may_stand_in_the_name_of_the_file(tiny: TinyEncoder, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("named") / "documents"
    folder.mkdir()
    (folder / "HT-2024-031.txt").write_text("甲方须在三十天内付款。", "utf-8")
    index = build(folder, folder.parent / "index", encoder=tiny)
    assert "没有" not in index.ask("HT-2024-031多少天内付款？").text


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("F201是什么", "F210 表示缺水", True),
        ("F201是什么", "F201 和 F210 都要停机", False),
        ("F201是什么", "K77 表示缺水", False),
        ("3月8日停产", "8月3日停产", True),
        ("3月8日停产", "2024年3月8日停产", False),
        ("2023年3月8日停产", "2024年3月8日停产", True),
        ("三月停产", "8月3日停产", False),
        ("停产", "8月3日停产", False),
    ],
)
def test_another_identifier_or_day_differs(question: str, text: str, other: bool) -> None:
    question = normalise(question)
    assert differs(named_identifiers(question), named_days(question), normalise(text)) is other


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("P1–P4 级", "p1 p2 p3 p4"),
        ("P5-P7", "p5 p6 p7 p5p7"),
        ("E0098 至 E0101", "e0098 e0099 e0100 e0101"),
        ("B5~7 层", "b5 b6 b7"),
        ("Q1 to Q3", "q1 q2 q3"),
        ("XT-200-300", "xt200-300 xt200"),  # one model
        ("HT-2024-031", "ht2024-031 ht2024"),
        ("A4-80", "a4-80 a4"),
        ("E7–E3", "e7 e3"),
        ("E1–E9000", "e1 e9000"),
    ],
)
def test_what_lies_between_two_identifiers_stands_in_the_text(text: str, tokens: str) -> None:
    assert set(identifier_tokens(normalise(text))) == set(tokens.split())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("0571-8834 2210", ["057188342210"]),
        ("057188342210", ["057188342210"]),
        ("(010) 6552 9988", ["01065529988"]),
        ("+86 138-0013-8000", ["13800138000"]),
        ("400-810-8888 转 8", ["4008108888"]),
        ("2024-01-15 和 0571", []),
        ("订单 20240315100", ["20240315100"]),
        ("预算13800138000元", []),  # a sum
        ("共计400000000元", []),
        ("单价 400 500 600 元", []),
        ("400 810 8888", ["4008108888"]),
        ("1380 0138 0001", []),
    ],
)
def test_a_telephone_number_is_one_in_any_writing(text: str, tokens: list[str]) -> None:
    assert [each.token for each in named_identifiers(normalise(text))] == tokens
