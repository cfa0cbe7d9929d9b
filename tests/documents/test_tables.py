"""Rows of tables as lines that make sense alone, and merged cells in every format that has them."""

from __future__ import annotations

import pytest

from qa.documents.tables import table_rows


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([], []),
        ([["", " "]], []),
        ([["a", "b"]], ["a；b"]),
        ([["a", "b"], ["1", ""], ["", "2"]], ["a；b", "a：1", "b：2"]),
        ([["a", "a"], ["1", "2"]], ["a；a", "1；2"]),  # no names: they are the same
        ([["a", ""], ["1", "2"]], ["a", "1；2"]),
        ([["a"], ["1"]], ["a", "1"]),
        ([["a", "b"], ["1", "2", "3"]], ["a；b", "1；2；3"]),
    ],
)
def test_rows_of_a_table(rows: list[list[str]], lines: list[str]) -> None:
    assert table_rows(rows) == lines
