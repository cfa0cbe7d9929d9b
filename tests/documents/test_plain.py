"""Texts that are read as they are: headings become marks by the rules of Markdown and reStructuredText."""

from __future__ import annotations

import pytest

from qa.config import Limits
from qa.documents.readers import read_content


def test_headings_of_markdown_by_its_rules() -> None:
    lines = [
        "# 甲 ##",
        "## C#",
        "#no",
        "### ",
        "###### 六",
        "    # code",
        "乙 [链接](http://x)",
        "===",
        "- item",
        "---",
        "# " + "长" * 2000,
    ]
    content = read_content("markdown", "\n\n".join(lines).replace("\n\n===", "\n===").encode(), Limits())
    assert [mark.headings for mark in content.marks] == [("甲",), ("甲", "C#"), ("甲", "C#"), ("甲", "C#", "六"), ("乙 链接",)]


@pytest.mark.parametrize("line", ["# a" + " " * 200_000 + "x", "# " + "[" * 200_000, "-" * 200_000 + "x", "<" * 200_000])
def test_a_long_line_takes_no_longer_than_its_length(line: str) -> None:
    data = f"{line}\n{line}".encode()
    for kind in ("markdown", "rst", "subtitles", "values"):
        assert read_content(kind, data, Limits()).encoding == "utf-8"


@pytest.mark.parametrize("rule", ["---", "+++"])
def test_a_title_in_the_front_matter_is_over_all(rule: str) -> None:
    sign = ":" if rule == "---" else " ="
    text = f'{rule}\nlayout{sign} post\ntitle{sign} "三号泵  手册"\n{rule}\n先看这里。\n# 三号泵 手册\n接地。\n## 检修\n每月。\n'
    found = read_content("markdown", text.encode(), Limits())
    assert found.text == text
    assert [(text[mark.start :].split("\n", maxsplit=1)[0], mark.headings) for mark in found.marks] == [
        (f'title{sign} "三号泵  手册"', ("三号泵 手册",)), ("先看这里。", ("三号泵 手册",)), ("## 检修", ("三号泵 手册", "检修")),
    ]  # fmt: skip


def test_front_matter_without_a_title_or_without_an_end_has_no_heading() -> None:
    for text in (
        "---\ntitle: >-\n  甲\n---\n正文。\n",
        "---\ndate: 2024\n---\n正文。\n",
        "---\ntitle: 甲\n正文。\n",
        "title: 甲\n",
    ):
        assert read_content("markdown", text.encode(), Limits()).marks == ()
