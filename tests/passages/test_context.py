"""Titles and headings over a passage."""

from __future__ import annotations

import pytest

from qa.passages.context import document_title, under_title


@pytest.mark.parametrize(
    ("passage", "headings", "expected"),
    [
        ("默认时间是12小时。", ("缓存", "时间"), "手册 › 缓存 › 时间\n默认时间是12小时。"),
        ("## 时间\n默认是12小时。", ("缓存", "时间"), "手册 › 缓存\n## 时间\n默认是12小时。"),
        ("缓存\n====\n\n时间\n----\n默认。", ("缓存", "时间"), "手册\n缓存\n====\n\n时间\n----\n默认。"),
        ("默认。\n时间", ("手册", "时间"), "手册 › 时间\n默认。\n时间"),
        ("默认。", (), "手册\n默认。"),
    ],
)
def test_a_passage_is_embedded_under_its_title_and_the_headings_it_does_not_repeat(
    passage: str, headings: tuple[str, ...], expected: str
) -> None:
    assert under_title(passage, "手册", headings) == expected


@pytest.mark.parametrize(
    ("source", "title"),
    [("规章/手册.v2.md", "手册.v2"), ("2024年报.pdf", "2024年报"), ("2024-05.txt", ""), ("a/0e_9f3b.txt", "")],
)
def test_the_title_of_a_document_is_its_files_name_where_that_says_something(source: str, title: str) -> None:
    assert document_title(source) == title


def test_of_a_long_path_the_end_is_kept() -> None:
    path = under_title("默认。", "手册", [f"第{number}章" * 10 for number in range(1, 9)])
    assert path.endswith("第8章\n默认。")
    assert len(path) == 120 + len("\n默认。")
