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
