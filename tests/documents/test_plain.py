"""Texts that are read as they are: headings become marks by the rules of Markdown and reStructuredText."""

from __future__ import annotations

import pytest

from qa.config import Limits
from qa.documents.readers import read_content
from qa.passages.context import in_context


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


def test_a_comment_in_the_front_matter_is_no_heading() -> None:
    front = "\n---\n# 设置\n# title: 旧名\nlayout: post\ntitle: 三号泵\n# 完\n...\n"
    found = read_content("markdown", f"{front}# 检修\n每月。\n".encode(), Limits())
    assert [(mark.headings, found.text[mark.start :][:4]) for mark in found.marks][::2] == [
        (("三号泵",), "titl"),
        (("三号泵", "检修"), "# 检修"),
    ]
    toml = read_content("markdown", "+++\n[a]\n# 设置\n+++\n# 检修\n".encode(), Limits())
    assert [mark.headings for mark in toml.marks] == [("检修",)]
    rule = read_content("markdown", "---\n一段话。\n# 检修\n---\n".encode(), Limits())
    assert [mark.headings for mark in rule.marks] == [("检修",)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("品名 | 单价\n--- | ---\n大米 | 3", "| 品名 | 单价 |\n| --- | --- |\n| 大米 | 3 |"),
        ("品名 | 单价 |\r\n:-|-:\r\n大米 | 3", "| 品名 | 单价 |\r\n| :-|-: |\r\n| 大米 | 3 |"),
        ("| 品名 | 单价\n|:---:|---|\n大米 | 3 |  ", "| 品名 | 单价 |\n|:---:|---|\n| 大米 | 3 |"),
        ("> 品名 | 单价\n> --- | ---\n> 大米 | 3", "> | 品名 | 单价 |\n> | --- | --- |\n> | 大米 | 3 |"),
        ("- 品名 | 单价\n  --- | ---\n  大米 | 3", "- | 品名 | 单价 |\n  | --- | --- |\n  | 大米 | 3 |"),
        ("1. 价目：\n\n   | 品名 | 单价 |\n   |---|---|\n   | 大米 | 3 |", None),
    ],
)
def test_rows_of_tables_have_pipes_at_both_ends_and_names(written: str, read: str | None) -> None:
    content = read_content("markdown", f"{written}\n\n后 | 文\n".encode(), Limits())
    text = content.text
    assert text == f"{read or written}\n\n后 | 文\n"
    start = text.rindex("\n", 0, text.rindex("大米")) + 1
    assert in_context(text, start, text.rindex("3 |") + 3) == "品名：大米；单价：3"
    assert [mark.columns for mark in content.marks] == [("品名", "单价"), ()]
    assert text[content.marks[0].start : content.marks[1].start].strip("> ") == "| 大米 | 3 |"


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["标" * 9000, "b"], ("标" * 199 + "…", "b")),
        (
            [f"第{number:03}列" + "长" * 300 for number in range(400)],
            tuple(f"第{number:03}列长长长长长长…" for number in range(400)),
        ),
        ([f"第{number:02}列" + "长" * 36 for number in range(50)], tuple(f"第{number:02}列" + "长" * 36 for number in range(50))),
    ],
)
def test_names_of_columns_that_every_row_would_repeat_are_cut(names: list[str], columns: tuple[str, ...]) -> None:
    rows = "\n".join("|".join(["", *("x" for _ in names), ""]) for _ in range(3))
    content = read_content("markdown", f"|{'|'.join(names)}|\n{'|--' * len(names)}|\n{rows}\n".encode(), Limits())
    assert content.marks[0].columns == columns
    assert "|".join(names) in content.text


@pytest.mark.parametrize("below", ["## 参数 | 单位", "- 用 甲 | 乙", "1. 先 甲 | 后 乙"])
def test_a_heading_or_a_list_below_a_table_is_no_row(below: str) -> None:
    table = "品名 | 单价\n--- | ---\n大米 | 3"
    text = read_content("markdown", f"{table}\n{below}\n".encode(), Limits()).text
    assert text == f"| 品名 | 单价 |\n| --- | --- |\n| 大米 | 3 |\n{below}\n"


def test_a_field_of_the_front_matter_may_have_spaces_in_its_name() -> None:
    front = "---\ndate created: 2024-01-01\ntitle: 三号泵\n---\n每月。\n"
    assert read_content("markdown", front.encode(), Limits()).marks[0].headings == ("三号泵",)


def test_pipes_that_are_escaped_or_in_code_part_no_cells() -> None:
    text = "命令 | 意思\n---|---\n`a \\| b` | 接上 \\|\n"
    content = read_content("markdown", text.encode(), Limits())
    row = "| `a \\| b` | 接上 \\| |"
    assert content.text == f"| 命令 | 意思 |\n| ---|--- |\n{row}\n"
    assert in_context(content.text, content.text.index(row), content.text.index(row) + len(row)) == "命令：`a | b`；意思：接上 |"
    for other in (
        "```\na | b\n--- | ---\n1 | 2\n```\n",
        "a | b | c\n--- | ---\n1 | 2\n",
        "a\n--- | ---\n",
        "<!--\na | b\n---|---\n-->\n",
    ):
        assert read_content("markdown", other.encode(), Limits()).text == other
