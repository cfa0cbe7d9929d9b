"""The paragraph and the line in which a quotation begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import LONG_LINE, TOGETHER, together
from tiny import TinyEncoder

import qa
from qa import Mark
from qa.answers.citation import citation_of
from qa.chat.drawing.conversation import place_of
from qa.passages.place import paragraph_at
from qa.passages.split import split_passages
from qa.types import Paragraph

TEXT = "集市三月开放。\r\n\r\n石桥很老。\n……\n仓库备有：\n- 沙袋\n- 冲锋舟\n\n轿车不得入内。"
PASSAGE = Paragraph(4, "a.txt", 100, 100 + len(TEXT), 7, 12, TEXT)


@pytest.mark.parametrize(
    ("quote", "number", "line", "text"),
    [
        ("集市三月开放。", 7, 12, "集市三月开放。"),
        ("三月", 7, 12, "集市三月开放。"),
        ("石桥很老。", 8, 14, "石桥很老。"),
        ("仓库备有：", 9, 16, "仓库备有：\n- 沙袋\n- 冲锋舟"),
        ("冲锋舟", 9, 18, "仓库备有：\n- 沙袋\n- 冲锋舟"),
        ("轿车不得入内。", 10, 20, "轿车不得入内。"),
    ],
)
def test_the_paragraph_and_the_line_of_a_quotation(quote: str, number: int, line: int, text: str) -> None:
    found = paragraph_at(PASSAGE, 100 + TEXT.index(quote))
    assert (found.number, found.line, found.text, found.row) == (number, line, text, 4)
    assert TEXT[found.start - 100 : found.end - 100] == text
    assert found.place == f"paragraph {number}, line {line}"
    assert place_of(found, "zh") == f"第 {number} 段，第 {line} 行"


def test_a_part_of_a_long_paragraph_keeps_its_number() -> None:
    part = Paragraph(0, "a.txt", 50, 56, 3, 9, "甲乙\n丙丁。", part=2)
    assert paragraph_at(part, 53).place == "paragraph 3.2, line 10"
    assert paragraph_at(part, 50).place == part.place == "paragraph 3.2, line 9"


def test_a_heading_counts_with_the_paragraph_below_it() -> None:
    text = "# 总则，附则\n\n适用。\n另行约定。"
    passage = Paragraph(0, "a.md", 0, len(text), 5, 1, text, mark=Mark(0, headings=("总则，附则",)))
    assert paragraph_at(passage, text.index("适用")).place == "总则，附则, paragraph 5, line 3"
    assert paragraph_at(passage, text.index("另行")).place == "总则，附则, paragraph 6, line 4"


def test_every_paragraph_of_every_passage_is_told_by_its_number() -> None:
    text = "\n".join(
        ["洪水退去。", "仓库备有：\n- 沙袋\n- 冲锋舟", LONG_LINE, *("水位上涨，" + "水" * n + "。" for n in range(60))]
    )
    with together(TOGETHER):
        spans = split_passages(text)
    number = 0
    for row, span in enumerate(spans):
        line = text.count("\n", 0, span.start) + 1
        passage = Paragraph(row, "a.txt", span.start, span.end, span.paragraph, line, text[span.start : span.end], span.part)
        for start, end in span.paragraphs:
            number += span.part < 2
            found = paragraph_at(passage, end - 1)
            assert (found.number, found.start, found.end) == (number, start, end)
    assert number == 63


def test_a_citation_names_the_paragraph_of_its_quotation_and_a_hit_that_of_its_passage(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("集市每逢三开市。\n\n轿车不得入内。\n綦河洪峰水位227.6米。\n", encoding="utf-8")
    index = qa.build(tmp_path / "a.txt", tmp_path / "index", encoder=tiny)
    assert index.size == 1
    answer = index.ask("綦河洪峰水位是多少？", threshold=0)
    (citation,) = answer.citations
    assert (citation.quote, citation.place) == ("轿车不得入内。\n綦河洪峰水位227.6米。", "paragraph 2, line 3")
    assert answer.hits[0].paragraph.place == index.paragraph(0).place == "paragraph 1, line 1"
    start = citation.start + citation.quote.index("綦河")
    assert citation_of(index.store, 2, 0, start, citation.end).place == "paragraph 3, line 4"
