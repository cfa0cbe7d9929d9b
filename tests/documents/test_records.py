"""JSON and JSON Lines: records as lines with names, what a person wrote as it is."""

from __future__ import annotations

import json

import pytest

from qa.config import Limits
from qa.documents.content import Content
from qa.documents.kinds import kind_of
from qa.documents.readers import read_content


def read(text: str, suffix: str = ".json") -> Content:
    data = text.encode()
    return read_content(kind_of(suffix, data, Limits()), data, Limits())


def test_records_are_rows_with_the_names_of_their_fields() -> None:
    staff = [
        {"工号": "A01", "地址": {"城市": "南京", "邮编": "210000"}, "标签": ["党员", "组长"], "在职": True},
        {"工号": "A02", "地址": {"城市": "苏州", "邮编": "215000"}, "标签": [], "在职": None},
    ]
    lines = (
        "工号：A01；地址 城市：南京；地址 邮编：210000；标签：党员、组长；在职：true\n"
        "工号：A02；地址 城市：苏州；地址 邮编：215000"
    )
    head = "工号；地址 城市；地址 邮编；标签；在职\n"
    assert read(json.dumps(staff, ensure_ascii=False)).text == f"{head}{lines}\n\n"
    assert read(json.dumps(staff, indent=2)).text == f"{head}{lines}\n\n"  # however it is set out
    assert read("\n".join(map(json.dumps, staff)), ".jsonl").text == f"{lines}\n\n"


def test_what_holds_records_is_a_heading_and_numbers_are_as_written() -> None:
    text = '{"page": 1, "data": {"items": [{"id": 110101199003071234, "pay": 12.50}, {"id": 2, "rate": 1e-7}], "none": []}}'
    found = read(text)
    assert found.text == "page：1\n\ndata items\n\nid：110101199003071234；pay：12.50\nid：2；rate：1e-7\n\n"
    assert [(mark.start, mark.headings) for mark in found.marks] == [(8, ("data items",)), (len(found.text), ())]


def test_a_long_record_has_a_line_for_each_field_and_records_inside_come_after() -> None:
    long = "一段很长的话。" * 40
    records = [{"标题": "甲", "正文": f"{long}\n第二段。", "明细": [{"k": "x"}, {"k": "y"}]}, {"标题": "乙"}]
    found = read(json.dumps(records))
    assert found.text == f"标题：甲\n正文：{long}\n第二段。\n\n明细\n\nk：x\nk：y\n\n标题：乙\n\n"
    assert [mark.headings for mark in found.marks] == [("明细",), ()]


@pytest.mark.parametrize(
    "text",
    ['{\n  "name": "x",\n  "scripts": {"test": "a"}\n}\n', "[1, 2]", '{"a": [{"b": 1}, {"b": 2},]}', "", '"text"', "[" * 100_000],
    ids=["settings", "numbers", "a comma too many", "empty", "a text", "deep"],
)
def test_what_has_no_records_or_is_no_json_stays_as_it_is(text: str) -> None:
    assert read(text).text == text


def test_a_line_that_a_program_wrote_is_taken_apart() -> None:
    found = read(json.dumps({"说明": "长" * 300, "颜色": {"主": "红"}}, ensure_ascii=False))
    assert found.text == f"说明：{'长' * 300}\n颜色 主：红\n\n"


def test_lines_that_are_no_json_stay_between_the_records() -> None:
    text = '\ufeff{"问": "几点开门？", "答": "八点。"}\nnonsense\n\n[1, 2]\n{"图": "data:image/png;base64,AAAA"}\n'
    assert read(text, ".ndjson").text == "问：几点开门？；答：八点。\n\nnonsense\n\n1\n2\n\n图：data:image/png\n\n"


def test_objects_nested_without_end_are_written_out() -> None:
    value: object = "v"
    for _ in range(60):
        value = {"a": [value, {"b": "c"}]}
    assert read(json.dumps(value)).text.count("c") == 60


def test_lists_nested_without_end_are_written_out() -> None:
    value: object = ["x", {"k": ["v"]}]
    for _ in range(300):
        value = [value, {"b": {"c": ["d"]}}]
    found = read(json.dumps({"r": [{"a": 1}, {"a": 2}], "d": value}))
    assert found.text.startswith("r\n\na：1\na：2\n\nd\n\n")
    assert '[["x", {"k": ["v"]}]' in found.text


def test_fields_whose_names_meet_are_both_read() -> None:
    assert read('[{"a": {"b": 1}, "a b": 2}, {"a": {"b": 3}, "a b": 4}]').text == "a b：1；a b：2\na b：3；a b：4\n\n"


def test_the_order_of_the_fields_makes_no_other_table() -> None:
    assert read('[{"a": 1, "b": 2}, {"b": 3, "a": 4}]').text == read('[{"a": 1, "b": 2}, {"a": 4, "b": 3}]').text


def test_a_long_name_is_not_repeated_for_each_of_its_fields() -> None:
    name = "标" * 5000
    data = json.dumps({name: {str(number): {"x": "y"} for number in range(500)}}, ensure_ascii=False)
    text = read(data).text
    assert text.startswith(f"{name} 0 x：y\n{name[:100]} 1 x：y\n")
    assert len(text) == 5000 + 499 * 100 + sum(len(f" {number} x：y\n") for number in range(500)) + 1
