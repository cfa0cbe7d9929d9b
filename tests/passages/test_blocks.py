"""Paragraphs that belong together are one passage where they fit, and each of several records is one."""

from __future__ import annotations

import pytest

from qa.passages.split import BLOCK, TOGETHER, split_passages
from qa.passages.token_estimate import estimate_tokens
from qa.types import Mark


def passages(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_passages(text)]


def prose(tokens: float) -> str:
    return "字" * int(tokens / 0.75 - 1) + "。"


def test_each_of_several_records_is_a_passage() -> None:
    one, two = "工号：71\n姓名：钱一\n部门：仓库", "工号：72\n姓名：孙二\n部门：食堂"
    assert passages(f"名册\n说明：如下\n\n{one}\n\n{two}\n\n完。") == ["名册\n说明：如下", one, two, "完。"]
    assert passages(f"名册\n\n{one}") == [f"名册\n\n{one}"]


def test_the_first_record_keeps_its_first_field_under_the_heading_that_is_joined_to_it() -> None:
    one, two = "部门：仓库\n电话：71\n邮箱：a@b.example", "部门：食堂\n电话：72\n邮箱：c@d.example"
    for between in ("\n\n", "\n"):
        text = f"## 联系人\n\n{one}{between}{two}"
        found = split_passages(text, marks=[Mark(0, headings=("联系人",))])
        assert [text[span.start : span.end] for span in found] == [f"## 联系人\n\n{one}", two]


def test_questions_and_answers_are_no_records() -> None:
    text = "问：几点开门？\n答：九点。\n问：收费吗？\n答：免费。"
    assert passages(text) == [text]


@pytest.mark.parametrize("below", ["第二项如下。", "（一）甲；\n（二）乙。"])
def test_a_clause_stays_with_what_is_under_it(below: str) -> None:
    first, second = "第一条 " + prose(150), "第二条 " + prose(140) + "\n" + below
    assert passages(f"{first}\n{second}") == [first, second]


def test_a_list_stays_whole_with_what_leads_in_up_to_the_size_of_a_block() -> None:
    items = "\n".join(f"{number}. {prose(60)}" for number in range(1, 6))
    text = f"{prose(100)}\n材料如下：\n{items}"
    assert TOGETHER < estimate_tokens(f"材料如下：\n{items}") <= BLOCK * TOGETHER
    assert passages(text) == [prose(100), f"材料如下：\n{items}"]


def test_code_stays_with_the_line_above_it() -> None:
    code = "```sh\n" + "\n".join(f"run --step {number}" for number in range(9)) + "\n```"
    text = f"{prose(200)}\n\n{prose(60)}\n\n{code}"
    assert passages(text) == [prose(200), f"{prose(60)}\n\n{code}".removesuffix("\n```")]
