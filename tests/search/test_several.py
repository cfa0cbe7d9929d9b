"""Several questions in one."""

from __future__ import annotations

import pytest

from qa.search.several import several


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("采购部的负责人是谁，电话多少？", ("采购部的负责人是谁", "电话多少？")),
        ("你好，年假有几天？怎么申请？谢谢", ("年假有几天？", "怎么申请？")),
        ("在食堂办卡要多少钱，以及周末几点关门", ("在食堂办卡要多少钱", "周末几点关门")),
        ("采购部和仓储部的负责人分别是谁", ("采购部的负责人是谁", "仓储部的负责人是谁")),
        ("采购部的电话和地址分别是什么？", ("采购部的电话是什么？", "采购部的地址是什么？")),
        ("采购部、仓储部和财务部的预算分别是多少", ("采购部的预算是多少", "仓储部的预算是多少", "财务部的预算是多少")),
        ("How long is probation and who signs it?", ("How long is probation", "who signs it?")),
        ("What is the rent, when is it due?", ("What is the rent", "when is it due?")),
        ("采购部的负责人是谁？", ()),
        ("采购部和仓储部的负责人是谁", ()),
        ("谁申请谁审批？", ()),
        ("我明天第一天上班。班车几点出发？", ()),
        ("和平路几点关门", ()),
        ("Who signs the contract and the annex?", ()),
        ("", ()),
    ],
)
def test_a_clause_with_an_interrogative_of_its_own_is_a_question(text: str, expected: tuple[str, ...]) -> None:
    assert several(text) == expected


def test_many_clauses_that_ask_are_answered_as_one() -> None:
    assert several("，".join(f"第{number}项是谁" for number in range(6))) == ()
