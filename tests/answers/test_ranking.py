"""Rows for questions that compare or add: which rows, in which order, and when nothing of the kind is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import TinyEncoder, index_of

import qa
from qa.answers.lists import Shown
from qa.answers.ranking import ranking, table_rows
from qa.answers.refusals import told_part
from qa.answers.span import AnsweringSpan
from qa.index.index import Index

SALES = (
    '地区,季度,销售额（万元）,负责人\n华东,一季度,320,陈立\n华东,二季度,"1,410",陈立\n华南,一季度,275,黄敏\n'
    "华南,二季度,298,黄敏\n西北,一季度,88,马骏\n西北,二季度,97,马骏\n"
)
FEES = "# Fees\n\n| Room | Price | Opened |\n|---|---|---|\n" + "".join(
    f"| R{number} | ¥{number * 7 % 50} | 20{number + 10}-01-02 |\n" for number in range(1, 9)
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, tiny: TinyEncoder) -> Index:
    texts = {"sales.csv": SALES, "fees.md": FEES, "total.csv": "部门,人数\n采购部,12\n仓储部,30\n合计,42\n"}
    return index_of(tmp_path_factory.mktemp("ranking"), texts, tiny)


def _ranked(index: Index, question: str, document: str, row: int) -> tuple[list[str], Shown | None]:
    """The values of the rows for a question whose best sentence is the row with this number."""
    passage = index.document_rows(document).start
    rows = table_rows(index.store, passage)
    span = AnsweringSpan(passage, rows[row].sentence, rows[row].sentence, 1.0)
    found = ranking(index.store, index.retriever.read(question), span, rows[row].sentence)
    cells = {each.sentence: each.cells for each in rows}
    return [" ".join(list(cells[each.first].values())[:3]) for each in found], found[0].shown if found else None


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("哪个地区二季度销售额最高？", ["华东 二季度 1,410", "华南 二季度 298", "西北 二季度 97"]),
        ("二季度销售额最低的是哪个地区", ["西北 二季度 97", "华南 二季度 298", "华东 二季度 1,410"]),
        ("二季度销售额一共多少？", ["华东 二季度 1,410", "华南 二季度 298", "西北 二季度 97"]),
        ("二季度销售额是多少", []),
        ("华东二季度销售额最多是多少", []),  # asks for one, not which
        ("最高人民法院的二季度销售额是哪个", []),
    ],
)
def test_the_rows_that_a_question_is_about(index: Index, question: str, rows: list[str]) -> None:
    found, shown = _ranked(index, question, "sales.csv", 1)

    assert found == rows
    assert shown == (Shown(1, 3, 3, rows=True) if rows else None)


STAFF = (
    "姓名,部门,职务\n郑凯,研发部,经理\n冯雪,研发部,工程师\n林涛,销售部,经理\n蒋文,研发部,测试\n"
    + "".join(f"店员{number:02},门店,店员\n" for number in range(12))
    + "方舟,行政部 / 财务部,出纳\n何苗,财务部,会计\n"
)


@pytest.mark.parametrize(
    ("question", "row", "listed"),
    [
        ("研发部都有哪些人", 0, ["郑凯 冯雪", "蒋文"]),
        ("研发部有谁", 3, ["郑凯 冯雪", "蒋文"]),
        ("list all people of 研发部", 1, ["郑凯 冯雪", "蒋文"]),
        ("销售部都有哪些人", 2, []),  # the row itself says it
        ("财务部有哪些人", 16, ["方舟 何苗"]),
        ("财务部有哪些人", 17, ["方舟 何苗"]),
        ("行政部有哪些人", 16, []),
        ("研发部一共有哪些人", 0, ["郑凯 冯雪", "蒋文"]),
        ("研发部的经理是谁", 0, []),
        ("公司都有哪些人", 0, []),  # no value of a row is named
    ],
)
def test_all_rows_with_a_value_that_is_named(
    tmp_path: Path, tiny: TinyEncoder, question: str, row: int, listed: list[str]
) -> None:
    store = index_of(tmp_path, {"staff.csv": STAFF}, tiny)
    rows = table_rows(store.store, 0)
    names = {each.sentence: each.cells["姓名"] for each in rows}
    span = AnsweringSpan(rows[row].passage, rows[row].sentence, rows[row].sentence, 1.0)
    found = ranking(store.store, store.retriever.read(question), span, rows[row].sentence)
    assert [" ".join(names[i] for i in range(each.first, each.last + 1)) for each in found] == listed
    assert all(each.shown is None for each in found)


SHOPS = (
    '门店,城市,销售额,备注\n春熙店,成都,"12,000",\n光谷店,武汉,"3,000",新\n天府店,成都,"8,000",新\n'
    '江汉店,武汉,"15,500",\n合计,成都,"20,000",\n'
)
TRAINS = "出发,到达,票价\n北京,天津,54\n上海,北京,553\n北京,上海,560\n"
SHARED = "部门,设备\n研发部,打印机\n销售部,传真机\n研发部、销售部,会议屏\n"
ABOVE = "姓名,部门,上级\n张伟,仓储部,李娜\n李娜,采购部,王强\n"
PARTS = "型号,价格\nPT-11,300\nHS-21,150\nPT-12,360\n"
ROLES = "name,city,status,room\nAda,Rome,Open,10\nBob,Rome,Closed,20\nEve,Oslo,Open,20\nIda,Oslo,Reopened,100\n"
TASKS = "任务,状态,部门\n巡检,完成,工程部\n培训,未完成,研发部\n盘点,未完成,销售部\n搬迁,完成,研发部\n"


@pytest.mark.parametrize(
    ("table", "question", "row", "listed"),
    [
        (SHOPS, "成都有哪些门店", 0, ["春熙店", "天府店"]),  # one without a remark, and not the total
        (SHOPS, "哪些门店销售额超过10000元", 0, []),
        (SHOPS, "哪些门店不在成都", 0, []),
        (SHOPS, "除了成都还有哪些门店", 0, []),
        (ROLES, "which people are in room 20?", 1, ["Bob", "Eve"]),
        (ROLES, "which people cost 120?", 1, []),
        (ROLES, "which people are reopened", 0, []),
        (ROLES, "Which people do not live in Rome?", 0, []),
        (ROLES, "Which is the city of Rome?", 0, []),
        (TASKS, "未完成的任务有哪些", 1, ["培训", "盘点"]),
        (TASKS, "未完成的任务有哪些", 0, []),
        (TASKS, "研发部和销售部都有哪些任务", 1, ["培训", "盘点", "搬迁"]),
        (TASKS, "研发部的所有权归谁", 1, []),
        (TASKS, "巡检和搬迁是哪个部门的", 0, ["巡检", "搬迁"]),  # two are compared
        (TASKS, "巡检和搬迁是哪个部门的", 1, []),  # but this row is none of them
        (TASKS, "巡检是哪个部门的", 0, []),
        (TRAINS, "北京到上海的票价是多少", 2, []),
        (SHARED, "研发部和销售部共用的设备放在哪里", 2, []),
        (ABOVE, "张伟的上级李娜在哪个部门", 1, []),
        (PARTS, "PT-11停产后用PT-12代替，PT-12多少钱", 2, ["PT-12", "PT-11"]),
        (PARTS, "PT-11和PT-12价格一样吗", 0, ["PT-11", "PT-12"]),
        (ROLES, "Do Ada and Ida share a room?", 3, ["Ida", "Ada"]),
        (SHOPS, "光谷店和江汉店哪家销售额高", 1, ["光谷店", "江汉店"]),
    ],
)
def test_rows_are_listed_by_whole_values_alone(
    tmp_path: Path, tiny: TinyEncoder, table: str, question: str, row: int, listed: list[str]
) -> None:
    store = index_of(tmp_path, {"table.csv": table}, tiny)
    rows = table_rows(store.store, 0)
    assert len(rows) == table.count("\n") - 1  # with those that have an empty cell
    names = {each.sentence: next(iter(each.cells.values())) for each in rows}
    span = AnsweringSpan(rows[row].passage, rows[row].sentence, rows[row].sentence, 1.0)
    found = ranking(store.store, store.retriever.read(question), span, rows[row].sentence)
    assert [names[i] for each in found for i in range(each.first, each.last + 1)] == listed


def test_of_many_rows_with_a_value_the_first_are_listed(tmp_path: Path, tiny: TinyEncoder) -> None:
    store = index_of(tmp_path, {"staff.csv": STAFF}, tiny)
    row = table_rows(store.store, 0)[6]
    span = AnsweringSpan(row.passage, row.sentence, row.sentence, 1.0)
    found = ranking(store.store, store.retriever.read("门店都有哪些人"), span, row.sentence)
    assert sum(each.last - each.first + 1 for each in found) == 10
    assert found[0].shown == Shown(1, 10, 12)
    assert told_part(found[0].shown, "门店都有哪些人", "zh") == "（共 12 项，这里是第 1 至 10 项，其余见原文）"


def test_of_many_rows_the_first_are_quoted(index: Index) -> None:
    found, shown = _ranked(index, "Which room has the lowest price?", "fees.md", 0)

    assert [row.split()[1] for row in found] == ["¥6", "¥7", "¥14", "¥21", "¥28"]
    assert shown == Shown(1, 5, 8, rows=True)


def test_a_row_that_has_the_total_is_the_answer(index: Index) -> None:
    assert _ranked(index, "人数一共多少", "total.csv", 2) == ([], None)
    assert _ranked(index, "人数一共多少", "total.csv", 0)[0] == ["采购部 12", "仓储部 30"]
    assert _ranked(index, "哪个部门人数最多", "total.csv", 0)[0] == ["仓储部 30", "采购部 12"]


def test_a_question_about_no_column_of_numbers_is_left_alone(index: Index) -> None:
    assert _ranked(index, "Which room opened most recently?", "fees.md", 0)[0] == []


@pytest.mark.parametrize("question", ["Which room is the most expensive?", "Which room costs the most?", "哪个房间最贵"])
def test_one_column_of_numbers_need_not_be_named(index: Index, question: str) -> None:
    assert [row.split()[1] for row in _ranked(index, question, "fees.md", 0)[0]] == ["¥49", "¥42", "¥35", "¥28", "¥21"]


def test_a_table_of_too_many_passages_is_not_ranked(index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    rows = "".join(f"部门{number},{number}\n" for number in range(400))
    (tmp_path / "documents" / "long.csv").write_text(f"部门,人数\n{rows}", encoding="utf-8")
    made = qa.build(tmp_path / "documents", tmp_path / "index", encoder=TinyEncoder())
    assert len(table_rows(made.store, 0)) == 400
    monkeypatch.setattr("qa.answers.ranking._MOST_PASSAGES", 2)
    assert table_rows(made.store, 0) == []


def test_what_is_told_of_a_part() -> None:
    shown = Shown(1, 5, 12)

    assert told_part(shown, "需要哪些材料", "zh") == "（共 12 项，这里是第 1 至 5 项，其余见原文）"
    assert told_part(replace(shown, count=8, rows=True), "哪个最高", "zh") == "（相关的共 8 行，列出 5 行；没有替你计算）"
    assert told_part(shown, "what is needed", "en") == "(items 1 to 5 of 12; the rest stand in the document)"
