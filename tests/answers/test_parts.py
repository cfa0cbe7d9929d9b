"""Several questions in one message, answered each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import qa
from qa.answers.answer import Answer
from qa.answers.citation import citation_of
from qa.answers.parts import in_parts

STOCK = "仓库里存放着沙袋和帐篷，由保管员每月清点一次。" * 12
TEXT = f"采购部的负责人是周明。\n采购部的电话是8801。\n{STOCK}\n仓储部的负责人是李倩。\n"
WHOLE = Answer("谁，电话多少？", True, 0.5, "x [1]")


@pytest.fixture
def index(tiny: object, tmp_path: Path) -> qa.Index:
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    return qa.build(tmp_path / "a.txt", tmp_path / "index", encoder=tiny)  # type: ignore[arg-type]


def quoting(index: qa.Index, question: str, quote: str, confidence: float = 0.8) -> Answer:
    start = TEXT.index(quote)
    row = next(row for row in range(index.size) if index.paragraph(row).start <= start < index.paragraph(row).end)
    return Answer(question, True, confidence, f"{quote} [1]", (citation_of(index.store, 1, row, start, start + len(quote)),))


def test_what_stands_together_is_quoted_once(index: qa.Index) -> None:
    parts = [quoting(index, "谁", "采购部的负责人是周明。"), quoting(index, "电话多少？", "采购部的电话是8801。", 0.6)]
    found = in_parts(index.store, WHOLE, parts)
    assert [citation.quote for citation in found.citations] == ["采购部的负责人是周明。\n采购部的电话是8801。"]
    assert (found.text, found.confidence) == ("采购部的负责人是周明。\n采购部的电话是8801。 [1]", 0.8)
    assert [part.citations for part in found.parts] == [found.citations, found.citations]


def test_what_stands_apart_has_a_citation_each_and_what_is_not_found_says_so(index: qa.Index) -> None:
    absent = Answer("传真多少？", False, 0.1, "未找到")
    parts = [quoting(index, "甲", "采购部的负责人是周明。"), absent, quoting(index, "乙", "仓储部的负责人是李倩。")]
    found = in_parts(index.store, WHOLE, parts)
    assert found.text == "甲\n采购部的负责人是周明。 [1]\n传真多少？\n未找到\n乙\n仓储部的负责人是李倩。 [2]"
    assert [citation.number for citation in found.citations] == [1, 2]
    assert [[citation.number for citation in part.citations] for part in found.parts] == [[1], [], [2]]
    assert [part.get("found") for part in qa.answer_json(found)["parts"]] == [True, False, True]
    assert "hits" not in qa.answer_json(found)["parts"][0]


def test_a_message_that_is_better_read_as_one_question_stays_one(index: qa.Index) -> None:
    unsure = quoting(index, "甲", "采购部的负责人是周明。", 0.2)
    assert in_parts(index.store, WHOLE, [unsure, unsure]) is WHOLE
    refused = replace(unsure, found=False, citations=())
    assert in_parts(index.store, replace(WHOLE, found=False), [refused, refused]) == replace(WHOLE, found=False)
    assert "parts" not in qa.answer_json(WHOLE)
