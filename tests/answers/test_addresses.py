"""A step or a clause that a question names by its number."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import TinyEncoder, index_of

import qa
from qa.answers.addresses import addressed, value_of
from qa.passages.structure import lines_of

STEPS = "报修流程\n第一步：填表。\n第二步：等待派工。\n第三步：验收。"
NUMBERED = "报修：\n1. 填表。\n2. 派工。\n（3）验收。"
BULLETS = "- 填表\n- 派工\n- 验收"
CLAUSES = "第十一条 试用。\n第十二条 转正。\n第一百零三条 附则。"


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("报修的第二步是什么", STEPS, "第二步：等待派工。"),
        ("步骤三做什么", STEPS, "第三步：验收。"),
        ("第2步", NUMBERED, "2. 派工。"),
        ("what is step 3", NUMBERED, "（3）验收。"),
        ("第三步做什么", BULLETS, "- 验收"),
        ("第12条规定了什么", CLAUSES, "第十二条 转正。"),
        ("第١٢条规定了什么", CLAUSES, "第十二条 转正。"),
        ("what does article 103 say", CLAUSES, "第一百零三条 附则。"),
        ("第二条规定了什么", CLAUSES, ""),
        ("第二次怎么办", STEPS, ""),
        ("第二天呢", STEPS, ""),
        ("怎么报修", STEPS, ""),
    ],
)
def test_the_item_whose_number_is_asked_for(question: str, text: str, expected: str) -> None:
    spans = lines_of(text, 0, len(text))
    found = [text[a:b] for (a, b), named in zip(spans, addressed(question, text, spans), strict=True) if named]
    assert found == [expected] * bool(expected)


CLAIM = "报销流程\n1. 整理发票。\n2. 填写报销单。\n   附上行程。\n3. 主管签字。\n4. 财务付款。"
RULES = "一、入职当天领取门卡。\n二、员工离职后须归还门卡。\n三、年假由经理批准。\n四、下班前关闭门窗。\n五、节假日轮流值班。"
MOVING = "1. 到后勤部登记。\n2. 及时到前台领取门卡。\n3. 主管签字。"
TERMS = "1. Send the card within a week.\n2. Once the warranty expires, repairs are charged.\n3. Batteries are excluded."
GUIDE = "- Remove the cover.\n- Rinse the filter.\n- Fit the cover again."


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("填完报销单之后做什么", CLAIM, "3. 主管签字。"),
        ("主管签字以后干嘛", CLAIM, "4. 财务付款。"),
        ("整理发票，然后呢", CLAIM, "2. 填写报销单。"),
        ("主管签字之前要先做什么", CLAIM, "2. 填写报销单。"),
        ("填写报销单的上一步是什么", CLAIM, "1. 整理发票。"),
        ("what comes after rinsing the filter", GUIDE, "- Fit the cover again."),
        ("after I remove the cover, what next?", GUIDE, "- Rinse the filter."),
        ("财务付款之后做什么", CLAIM, ""),  # it is the last
        ("主管签字要多久", CLAIM, ""),
        ("体检之后做什么", CLAIM, ""),  # no item tells it
        ("报销之后多久到账", CLAIM, ""),
        ("离职后要做什么", RULES, ""),  # the item that tells it says so itself
        ("下班前要做什么", RULES, ""),
        ("What happens after the warranty expires?", TERMS, ""),
        ("到后勤部登记之后做什么", MOVING, "2. 及时到前台领取门卡。"),  # 后 in another word
        ("主管签字的上一步是什么", MOVING, "2. 及时到前台领取门卡。"),
        ("领取门卡之后做什么", MOVING, "3. 主管签字。"),  # so is 时
    ],
)
def test_the_item_beside_the_one_that_the_question_tells(question: str, text: str, expected: str) -> None:
    spans = lines_of(text, 0, len(text))
    found = [text[a:b] for (a, b), named in zip(spans, addressed(question, text, spans), strict=True) if named]
    assert found == [expected] * bool(expected)


@pytest.mark.parametrize("text", ["第一条 甲。\n\n第 五 条 乙。\n", "第一条 甲。\n\n5. 第5条生产线投产。\n"])
def test_a_clause_in_another_writing_stands(tmp_path: Path, tiny: TinyEncoder, text: str) -> None:
    index = index_of(tmp_path, {"规定.txt": text}, tiny)
    assert index.ask("第五条规定了什么").absent == ()


@pytest.mark.parametrize(
    ("numeral", "value"), [("12", 12), ("十二", 12), ("二十", 20), ("一百零三", 103), ("两千", 2000), ("⑫", 12), ("١٢", 12)]
)
def test_numerals(numeral: str, value: int) -> None:
    assert value_of(numeral) == value


@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("第五条规定了什么", ("第五条",)),
        ("请问第九条讲了什么？", ("第九条",)),
        ("第三条规定了什么", ()),
        ("第七条规定了什么", ()),  # mentioned, in another text
        ("第五次修改是什么时候", ()),
        ("第五條規定了什麼", ("第五條",)),
        ("第五条生产线什么时候投产", ()),  # 条 counts lines
        ("按劳动合同法第三十九条，迟到会怎样", ()),  # the clause of a law is named beside what is asked
        ("第一百三十三条规定了什么", ()),  # no one word, so that it might stand further down
    ],
)
def test_a_clause_that_stands_nowhere_is_named(tmp_path: Path, tiny: TinyEncoder, question: str, absent: tuple[str, ...]) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "规定.txt").write_text(
        "第一条 食堂早上七点开门。\n\n第二条 打卡用工牌。\n\n第三条 遗失交二十元，按合同第七条办理。\n\n第四条 周末不开放。\n",
        "utf-8",
    )
    index = qa.build(documents, tmp_path / "index", encoder=tiny)
    found = index.ask(question)
    assert found.absent == absent
    assert not absent or (not found.found and found.text in (f"文档里没有 {absent[0]}。", f"文件裡沒有 {absent[0]}。"))


def test_a_clause_is_not_missing_where_clauses_are_numbered_in_digits(tmp_path: Path, tiny: TinyEncoder) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "规定.txt").write_text("第1条 食堂早上七点开门。\n\n第5条 打卡用工牌。\n", "utf-8")
    assert qa.build(documents, tmp_path / "index", encoder=tiny).ask("第五条规定了什么").absent == ()
